//! Functions that answer customers' requests: checkout, search, sign-in and payment notifications.

use std::fmt::Write;

use super::{RunInput, RunResult, money};
use crate::{
    app_log::{Level, Statement},
    distribution::Distribution,
    json_object::JsonObject,
    rng::Rng,
};

/// Durations in microseconds: the p95 is 412 ms for version 40, and 768 ms for version 41, which waits for a
/// second price service.
const CHECKOUT: Distribution = Distribution(&[
    (0, 17_000),
    (500, 64_000),
    (900, 236_000),
    (950, 412_000),
    (990, 890_000),
    (1000, 1_380_000),
]);
const CHECKOUT_41: Distribution = Distribution(&[
    (0, 21_000),
    (500, 109_000),
    (900, 520_000),
    (950, 745_000),
    (990, 1_190_000),
    (1000, 2_100_000),
]);
const CHECKOUT_MEMORY: Distribution = Distribution(&[(0, 118), (500, 141), (990, 179), (1000, 187)]);

/// Turns a cart into an order. Version 41 fails for carts without a stored currency.
pub(crate) fn checkout_api(input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let is_new = input.version == "41";
    let mut result = RunResult::successful(if is_new { CHECKOUT_41 } else { CHECKOUT }, CHECKOUT_MEMORY, rng);
    let cart = format!("c-{:04}", rng.below(10_000));
    let items = rng.between(1, 7);
    result.powertools(
        8,
        Level::Info,
        "cart loaded",
        JsonObject::new().text("cart_id", &cart).json("items", items),
    );
    if rng.in_ten_thousand(if is_new { 2600 } else { 700 }) {
        let fields = JsonObject::new().text("sku", &sku(rng)).text("cart_id", &cart);
        result.powertools(22, Level::Warn, "price cache miss", fields);
    }
    if !checkout_failure(&mut result, input, is_new, rng) {
        pay(&mut result, items, rng);
    }
    result
}

fn pay(result: &mut RunResult, items: u64, rng: &mut Rng) {
    if rng.in_ten_thousand(120) {
        let fields = JsonObject::new().text("provider", "adyen").json("attempt", 2).json("status", 503);
        result.powertools(70, Level::Warn, "payment provider is busy, trying again", fields);
    }
    let amount = money(items * rng.between(690, 7990));
    let fields = JsonObject::new()
        .text("order_id", &format!("ord_{}", rng.hex(8)))
        .text("amount", &amount)
        .text("currency", rng.pick(&["EUR", "EUR", "EUR", "CHF", "GBP"]))
        .text("provider", rng.pick(&["adyen", "adyen", "klarna", "paypal"]));
    result.powertools(96, Level::Info, "order placed", fields);
}

/// Fails the run in 0.2 % of cases, and in 3.9 % since version 41. Returns true if it did.
fn checkout_failure(result: &mut RunResult, input: &RunInput<'_>, is_new: bool, rng: &mut Rng) -> bool {
    match (is_new, rng.below(1000)) {
        (true, 0..35) => result.fail(
            "TypeError",
            "Cannot read properties of undefined (reading 'currency')",
            &["price (/var/task/price.js:41:18)", "async handler (/var/task/index.js:22:9)"],
        ),
        (true, 35..37) => {
            let fields = JsonObject::new().text("url", "https://prices.internal/v2/quote").json("attempt", 3);
            result.powertools(40, Level::Warn, "price service does not answer", fields);
            result.time_out(input);
        }
        (true, 37..39) | (false, 0..2) => result.fail(
            "PaymentDeclinedError",
            "card was declined: insufficient_funds",
            &["authorise (/var/task/payment.js:88:11)", "async handler (/var/task/index.js:31:5)"],
        ),
        _ => return false,
    }
    true
}

fn sku(rng: &mut Rng) -> String {
    format!("SKU-{:03}", rng.between(100, 480))
}

const SUGGEST: Distribution =
    Distribution(&[(0, 1_100), (500, 4_700), (950, 13_600), (990, 31_000), (1000, 88_000)]);
const SUGGEST_MEMORY: Distribution = Distribution(&[(0, 24), (500, 27), (1000, 31)]);

/// Completes search terms. Version 13 logs all candidates at DEBUG, which nobody switched off.
pub(crate) fn search_suggest(input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(SUGGEST, SUGGEST_MEMORY, rng);
    let query = rng.pick(&[
        "win",
        "winter j",
        "rain boo",
        "sneak",
        "leather be",
        "wool so",
        "back",
        "backpack 3",
        "scar",
        "gift c",
    ]);
    let hits = rng.below(9);
    if input.version == "13" {
        result.log(70, Level::Debug, candidates(query));
    }
    if hits == 0 {
        result.log(80, Level::Warn, format!("no suggestion for {query:?}, falling back to the most popular"));
    } else if rng.in_ten_thousand(4000) {
        result.log(90, Level::Info, format!("{hits} suggestions for {query:?}"));
    }
    if rng.in_ten_thousand(4) {
        let frames = &["suggest::index::open (src/index.rs:57)"];
        result.fail("IndexError", "segment 000412.idx: checksum does not match", frames);
    }
    result
}

/// Formats the debug line of [`search_suggest`].
fn candidates(query: &str) -> String {
    let mut line = format!("ranked 20 candidates for {query:?}:");
    for rank in 1..=20 {
        write!(line, " SKU-{}={}.{}", 100 + 16 * rank, 20 - rank, query.len())
            .expect("strings take any text");
    }
    line
}

const TOKEN: Distribution =
    Distribution(&[(0, 6_000), (500, 17_000), (950, 66_000), (990, 140_000), (1000, 420_000)]);
const TOKEN_MEMORY: Distribution = Distribution(&[(0, 61), (500, 66), (1000, 71)]);

/// Issues and renews tokens; refusals are normal results, not errors.
pub(crate) fn auth_token(_input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(TOKEN, TOKEN_MEMORY, rng);
    let user = format!("u_{}", rng.hex(6));
    let fields =
        JsonObject::new().text("user", &user).text("client", rng.pick(&["web", "web", "ios", "android"]));
    match rng.below(100) {
        0..6 => result.powertools(60, Level::Warn, "refresh token has expired", fields),
        6..8 => result.powertools(40, Level::Warn, "signature does not match", fields.text("kid", "2025-11")),
        8..10 => result.powertools(
            50,
            Level::Warn,
            "key set is stale, fetching it again",
            fields.json("age_s", 3604),
        ),
        10..70 => result.powertools(80, Level::Info, "token renewed", fields.json("expires_in_s", 900)),
        _ => result.powertools(80, Level::Info, "token issued", fields.json("expires_in_s", 900)),
    }
    result
}

const WEBHOOK: Distribution = Distribution(&[(0, 3_000), (500, 9_400), (950, 40_000), (1000, 190_000)]);
const WEBHOOK_MEMORY: Distribution = Distribution(&[(0, 29), (500, 33), (1000, 36)]);

/// Queues the notifications of the payment provider.
pub(crate) fn webhook_in(_input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(WEBHOOK, WEBHOOK_MEMORY, rng);
    let event = rng.pick(&["AUTHORISATION", "AUTHORISATION", "CAPTURE", "REFUND", "CHARGEBACK"]);
    let order = format!("ord_{}", rng.hex(8));
    result.log(10, Level::Info, format!("{event} {order} verified"));
    match rng.below(200) {
        0..3 => {
            result.log(40, Level::Warn, format!("{order} was seen before, acknowledged and dropped"));
        }
        3 => result.log_statement(
            40,
            Statement::Printed(
                "provider said \"Task timed out after 3.00 seconds\", it will send the event again"
                    .to_owned(),
            ),
        ),
        _ => result.log(95, Level::Info, format!("{order} queued as msg-{}", rng.hex(8))),
    }
    result
}
