//! The functions that customers wait for: checkout, search, sign-in, and payments coming in.

use super::{Cue, Take, money};
use crate::{
    object::Object,
    rng::Rng,
    spread::Spread,
    words::{Level, Words},
};

/// In microseconds: version 40, whose p95 is 412 ms, and version 41, whose p95 is 768 ms because it waits for a second price service.
const CHECKOUT: Spread =
    Spread(&[(0, 17_000), (500, 64_000), (900, 236_000), (950, 412_000), (990, 890_000), (1000, 1_380_000)]);
const CHECKOUT_41: Spread = Spread(&[
    (0, 21_000),
    (500, 109_000),
    (900, 520_000),
    (950, 745_000),
    (990, 1_190_000),
    (1000, 2_100_000),
]);
const CHECKOUT_MEMORY: Spread = Spread(&[(0, 118), (500, 141), (990, 179), (1000, 187)]);

/// A cart becomes an order. Since version 41, carts whose currency is not stored make it fail.
pub(crate) fn checkout_api(cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let is_new = cue.version == "41";
    let mut take = Take::quiet(if is_new { CHECKOUT_41 } else { CHECKOUT }, CHECKOUT_MEMORY, rng);
    let cart = format!("c-{:04}", rng.below(10_000));
    let items = rng.between(1, 7);
    take.powertools(8, Level::Info, "cart loaded", Object::new().text("cart_id", &cart).json("items", items));
    if rng.in_ten_thousand(if is_new { 2600 } else { 700 }) {
        let fields = Object::new().text("sku", &sku(rng)).text("cart_id", &cart);
        take.powertools(22, Level::Warn, "price cache miss", fields);
    }
    if !checkout_failure(&mut take, cue, is_new, rng) {
        pay(&mut take, items, rng);
    }
    take
}

fn pay(take: &mut Take, items: u64, rng: &mut Rng) {
    if rng.in_ten_thousand(120) {
        let fields = Object::new().text("provider", "adyen").json("attempt", 2).json("status", 503);
        take.powertools(70, Level::Warn, "payment provider is busy, trying again", fields);
    }
    let amount = money(items * rng.between(690, 7990));
    let fields = Object::new()
        .text("order_id", &format!("ord_{}", rng.hex(8)))
        .text("amount", &amount)
        .text("currency", rng.pick(&["EUR", "EUR", "EUR", "CHF", "GBP"]))
        .text("provider", rng.pick(&["adyen", "adyen", "klarna", "paypal"]));
    take.powertools(96, Level::Info, "order placed", fields);
}

/// Whether this run fails: 0.2 % of them, and 3.9 % since version 41.
fn checkout_failure(take: &mut Take, cue: &Cue<'_>, is_new: bool, rng: &mut Rng) -> bool {
    match (is_new, rng.below(1000)) {
        (true, 0..35) => take.throw(
            "TypeError",
            "Cannot read properties of undefined (reading 'currency')",
            &["price (/var/task/price.js:41:18)", "async handler (/var/task/index.js:22:9)"],
        ),
        (true, 35..37) => {
            let fields = Object::new().text("url", "https://prices.internal/v2/quote").json("attempt", 3);
            take.powertools(40, Level::Warn, "price service does not answer", fields);
            take.time_out(cue);
        }
        (true, 37..39) | (false, 0..2) => take.throw(
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

const SUGGEST: Spread = Spread(&[(0, 1_100), (500, 4_700), (950, 13_600), (990, 31_000), (1000, 88_000)]);
const SUGGEST_MEMORY: Spread = Spread(&[(0, 24), (500, 27), (1000, 31)]);

/// Completes what is being typed.
pub(crate) fn search_suggest(_cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(SUGGEST, SUGGEST_MEMORY, rng);
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
    if hits == 0 {
        take.log(80, Level::Warn, format!("no suggestion for {query:?}, falling back to the most popular"));
    } else if rng.in_ten_thousand(4000) {
        take.log(90, Level::Info, format!("{hits} suggestions for {query:?}"));
    }
    if rng.in_ten_thousand(4) {
        let frames = &["suggest::index::open (src/index.rs:57)"];
        take.throw("IndexError", "segment 000412.idx: checksum does not match", frames);
    }
    take
}

const TOKEN: Spread = Spread(&[(0, 6_000), (500, 17_000), (950, 66_000), (990, 140_000), (1000, 420_000)]);
const TOKEN_MEMORY: Spread = Spread(&[(0, 61), (500, 66), (1000, 71)]);

/// Gives and renews tokens; many are refused, which is its job and no error.
pub(crate) fn auth_token(_cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(TOKEN, TOKEN_MEMORY, rng);
    let user = format!("u_{}", rng.hex(6));
    let fields =
        Object::new().text("user", &user).text("client", rng.pick(&["web", "web", "ios", "android"]));
    match rng.below(100) {
        0..6 => take.powertools(60, Level::Warn, "refresh token has expired", fields),
        6..8 => take.powertools(40, Level::Warn, "signature does not match", fields.text("kid", "2025-11")),
        8..10 => take.powertools(
            50,
            Level::Warn,
            "key set is stale, fetching it again",
            fields.json("age_s", 3604),
        ),
        10..70 => take.powertools(80, Level::Info, "token renewed", fields.json("expires_in_s", 900)),
        _ => take.powertools(80, Level::Info, "token issued", fields.json("expires_in_s", 900)),
    }
    take
}

const WEBHOOK: Spread = Spread(&[(0, 3_000), (500, 9_400), (950, 40_000), (1000, 190_000)]);
const WEBHOOK_MEMORY: Spread = Spread(&[(0, 29), (500, 33), (1000, 36)]);

/// Takes what the payment provider reports and puts it into a queue.
pub(crate) fn webhook_in(_cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(WEBHOOK, WEBHOOK_MEMORY, rng);
    let event = rng.pick(&["AUTHORISATION", "AUTHORISATION", "CAPTURE", "REFUND", "CHARGEBACK"]);
    let order = format!("ord_{}", rng.hex(8));
    take.log(10, Level::Info, format!("{event} {order} verified"));
    match rng.below(200) {
        0..3 => {
            take.log(40, Level::Warn, format!("{order} was seen before, acknowledged and dropped"));
        }
        3 => take.say(
            40,
            Words::Printed(
                "provider said \"Task timed out after 3.00 seconds\", it will send the event again"
                    .to_owned(),
            ),
        ),
        _ => take.log(95, Level::Info, format!("{order} queued as msg-{}", rng.hex(8))),
    }
    take
}
