//! What the functions of a corpus say: lines of every form, and lines that only look like the platform's.

use crate::{
    model::{Environment, Format, Run},
    object::Object,
    rng::Rng,
    words::{Level, Library, Metrics, Script, Words},
};

/// Seven structured lines and two of text for each of the platform's own, spread over the run.
pub(super) fn typical(environment: &Environment, run: &Run, rng: &mut Rng) -> Script {
    let (structured, text) = match environment.function.format {
        Format::Text => (21, 6),
        Format::Json(_) => (14, 4),
    };
    let mut script = Script::default();
    let step = step(run, structured + text);
    for n in 0..structured + text {
        let words = if n % 9 < 7 { structured_words(rng) } else { Words::Printed(text_line(rng)) };
        script.say(step * n, words);
    }
    script
}

/// Up to six lines, each of another form.
pub(super) fn every_dialect(environment: &Environment, run: &Run, rng: &mut Rng) -> Script {
    let lines = rng.below(7);
    let mut script = Script::default();
    let step = step(run, lines);
    for n in 0..lines {
        script.say(step * n, any_words(environment, rng));
    }
    script
}

/// Microseconds between two of `lines` lines.
fn step(run: &Run, lines: u64) -> u64 {
    u64::try_from(run.duration.as_micros()).expect("runs are short") / lines.max(1)
}

fn any_words(environment: &Environment, rng: &mut Rng) -> Words {
    let format = environment.function.format;
    match rng.below(60) {
        0..16 => Words::Logged(level(rng), text_line(rng)),
        16..30 => structured_words(rng),
        30..38 => Words::Printed(text_line(rng)),
        38..44 => Words::Metrics(metrics(environment, rng)),
        44..48 if format != Format::Text => {
            Words::DoubleEncoded(Library::Bare, level(rng), message(rng), fields(rng))
        }
        44..52 => look_alike(rng),
        52..56 => Words::Printed(stack_trace(rng)),
        56..59 => Words::Logged(Level::Info, unusual_text(rng)),
        _ => Words::Printed(large(rng)),
    }
}

fn level(rng: &mut Rng) -> Level {
    rng.pick(&[Level::Debug, Level::Info, Level::Info, Level::Info, Level::Warn, Level::Error])
}

fn message(rng: &mut Rng) -> String {
    rng.pick(&[
        "cart loaded",
        "payment authorised",
        "price cache miss",
        "retrying after 503 from inventory",
        "order accepted",
        "address normalised",
        "idempotency key reused",
    ])
    .to_owned()
}

/// A structured line of about 400 bytes.
fn structured_words(rng: &mut Rng) -> Words {
    let library = rng.pick(&[Library::Powertools, Library::Pino, Library::Bare]);
    let fields = match library {
        Library::Powertools => Object::new().text("order_id", &order(rng)).json("items", rng.between(1, 12)),
        Library::Pino | Library::Bare => fields(rng),
    };
    Words::Structured(library, level(rng), message(rng), fields)
}

fn order(rng: &mut Rng) -> String {
    format!("ord_{}", rng.hex(12))
}

fn fields(rng: &mut Rng) -> Object {
    let path = rng.pick(&["/v1/carts", "/v1/orders", "/v1/prices", "/v2/customers", "/healthz"]);
    Object::new()
        .text("order_id", &order(rng))
        .text("customer", &rng.hex(16))
        .json("items", rng.between(1, 12))
        .text("method", rng.pick(&["GET", "POST", "PUT"]))
        .text("path", path)
        .json("status", rng.pick(&[200, 200, 200, 201, 404, 503]))
        .json("latency_ms", rng.between(1, 900))
        .text("user_agent", "Mozilla/5.0 (iPhone; CPU iPhone OS 18_3 like Mac OS X) AppleWebKit/605.1.15")
}

fn text_line(rng: &mut Rng) -> String {
    let (order, ms) = (order(rng), rng.between(1, 900));
    match rng.below(4) {
        0 => format!("loaded {order} in {ms} ms"),
        1 => format!("GET https://inventory.internal/v1/stock/{} 200 {ms}ms", rng.hex(8)),
        2 => format!("published OrderAccepted for {order}, attempt 1 of 3"),
        _ => format!("cache: {} hits, {} misses, {ms} ms", rng.between(1, 80), rng.below(9)),
    }
}

fn metrics(environment: &Environment, rng: &mut Rng) -> Metrics {
    Metrics {
        namespace: "Shop",
        dimension: ("service", environment.function.name.clone()),
        values: vec![
            ("OrdersAccepted", "Count", rng.between(1, 9)),
            ("PaymentLatency", "Milliseconds", rng.between(20, 900)),
        ],
    }
}

/// Lines of a function that quote the platform: they must not count.
fn look_alike(rng: &mut Rng) -> Words {
    let id = rng.uuid();
    match rng.below(6) {
        0 => Words::Logged(Level::Info, "upstream said: Task timed out after 3.00 seconds".to_owned()),
        1 => Words::Logged(
            Level::Warn,
            "caught MemoryError in the worker, retrying with half the batch".to_owned(),
        ),
        2 => Words::Printed(format!(
            "forwarding: REPORT RequestId: {id}\tDuration: 46.84 ms\tBilled Duration: 47 ms\tMemory Size: 192 MB\t\
             Max Memory Used: 72 MB\t"
        )),
        3 => Words::Printed(
            Object::new().text("type", "platform.report").text("note", "no record").to_string(),
        ),
        4 => Words::Printed(format!("worker {id}: Error: Runtime exited with error: signal: killed")),
        _ => Words::Printed("START of the nightly run; END is near".to_owned()),
    }
}

/// An error that was caught and printed.
fn stack_trace(rng: &mut Rng) -> String {
    let line = rng.between(10, 400);
    format!(
        "Error: connect ETIMEDOUT 10.0.3.{}:5432\n    at TCPConnectWrap.afterConnect [as oncomplete] \
         (node:net:1611:16)\n    at async query (/var/task/db.js:{line}:11)",
        rng.below(255)
    )
}

fn unusual_text(rng: &mut Rng) -> String {
    rng.pick(&[
        "Grüße aus Zürich, 価格 ¥1,200, 🚚 unterwegs",
        "quotes \" and \\ backslashes \\n that are no newline",
        "",
        "   leading blanks and a tab\tinside",
        "\u{1b}[33mwarning\u{1b}[0m colours from a build tool",
    ])
    .to_owned()
}

/// A message of 1 KB to 1 MB, most of them small.
fn large(rng: &mut Rng) -> String {
    let bytes = match rng.below(40) {
        0 => 1_000_000,
        1..5 => rng.between(60_000, 260_000),
        _ => rng.between(1000, 20_000),
    };
    let mut text = String::from("dump: ");
    while u64::try_from(text.len()).expect("lengths fit 64 bits") < bytes {
        text.push_str(&text_line(rng));
        text.push_str("; ");
    }
    text
}
