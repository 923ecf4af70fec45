//! Log statements that functions of a corpus make, including lines that only resemble the platform's.

use crate::{
    app_log::{AppLog, EmbeddedMetrics, Level, Library, Statement},
    json_object::JsonObject,
    model::{Environment, LogFormat, Run},
    rng::Rng,
};

/// Generates seven structured lines and two text lines for each platform line, spread evenly over the run.
pub(super) fn typical(environment: &Environment, run: &Run, rng: &mut Rng) -> AppLog {
    let (structured, text) = match environment.function.log_format {
        LogFormat::Text => (21, 6),
        LogFormat::Json(_) => (14, 4),
    };
    let mut app_log = AppLog::default();
    let step = step(run, structured + text);
    for n in 0..structured + text {
        let words = if n % 9 < 7 { structured_statement(rng) } else { Statement::Printed(text_line(rng)) };
        app_log.push(step * n, words);
    }
    app_log
}

/// Generates zero to six lines, each of a random kind.
pub(super) fn every_dialect(environment: &Environment, run: &Run, rng: &mut Rng) -> AppLog {
    let lines = rng.below(7);
    let mut app_log = AppLog::default();
    let step = step(run, lines);
    for n in 0..lines {
        app_log.push(step * n, any_statement(environment, rng));
    }
    app_log
}

/// Interval in microseconds between `lines` evenly spread lines.
fn step(run: &Run, lines: u64) -> u64 {
    u64::try_from(run.duration.as_micros()).expect("runs are short") / lines.max(1)
}

fn any_statement(environment: &Environment, rng: &mut Rng) -> Statement {
    let format = environment.function.log_format;
    match rng.below(60) {
        0..16 => Statement::Logged(level(rng), text_line(rng)),
        16..30 => structured_statement(rng),
        30..38 => Statement::Printed(text_line(rng)),
        38..44 => Statement::Metrics(metrics(environment, rng)),
        44..48 if format != LogFormat::Text => {
            Statement::DoubleEncoded(Library::Generic, level(rng), message(rng), fields(rng))
        }
        44..52 => look_alike(rng),
        52..56 => Statement::Printed(stack_trace(rng)),
        56..59 => Statement::Logged(Level::Info, unusual_text(rng)),
        _ => Statement::Printed(large(rng)),
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

/// Generates a structured line of about 400 bytes.
fn structured_statement(rng: &mut Rng) -> Statement {
    let library = rng.pick(&[Library::Powertools, Library::Pino, Library::Generic]);
    let fields = match library {
        Library::Powertools => {
            JsonObject::new().text("order_id", &order(rng)).json("items", rng.between(1, 12))
        }
        Library::Pino | Library::Generic => fields(rng),
    };
    Statement::Structured(library, level(rng), message(rng), fields)
}

fn order(rng: &mut Rng) -> String {
    format!("ord_{}", rng.hex(12))
}

fn fields(rng: &mut Rng) -> JsonObject {
    let path = rng.pick(&["/v1/carts", "/v1/orders", "/v1/prices", "/v2/customers", "/healthz"]);
    JsonObject::new()
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

fn metrics(environment: &Environment, rng: &mut Rng) -> EmbeddedMetrics {
    EmbeddedMetrics {
        namespace: "Shop",
        dimension: ("service", environment.function.name.clone()),
        values: vec![
            ("OrdersAccepted", "Count", rng.between(1, 9)),
            ("PaymentLatency", "Milliseconds", rng.between(20, 900)),
        ],
    }
}

/// Generates a line that resembles one of the platform; readers must not count it.
fn look_alike(rng: &mut Rng) -> Statement {
    let id = rng.uuid();
    match rng.below(6) {
        0 => Statement::Logged(Level::Info, "upstream said: Task timed out after 3.00 seconds".to_owned()),
        1 => Statement::Logged(
            Level::Warn,
            "caught MemoryError in the worker, retrying with half the batch".to_owned(),
        ),
        2 => Statement::Printed(format!(
            "forwarding: REPORT RequestId: {id}\tDuration: 46.84 ms\tBilled Duration: 47 ms\tMemory Size: 192 MB\t\
             Max Memory Used: 72 MB\t"
        )),
        3 => Statement::Printed(
            JsonObject::new().text("type", "platform.report").text("note", "no record").to_string(),
        ),
        4 => Statement::Printed(format!("worker {id}: Error: Runtime exited with error: signal: killed")),
        _ => Statement::Printed("START of the nightly run; END is near".to_owned()),
    }
}

/// Generates the stack trace of an error that was caught and printed.
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

/// Generates a message of 1 KB to 1 MB; 35 of 40 are at most 20 KB.
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
