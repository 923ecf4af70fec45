//! The functions that a clock starts.

use super::{Cue, Take};
use crate::{
    rng::Rng,
    spread::Spread,
    words::{Level, Metrics, Words},
};

const PRICES: Spread = Spread(&[(0, 1_900_000), (500, 3_200_000), (950, 6_100_000), (1000, 9_400_000)]);
const PRICES_MEMORY: Spread = Spread(&[(0, 171), (500, 188), (1000, 212)]);

/// Fetches prices from suppliers and counts what changed. It has ten times the memory it needs.
pub(crate) fn price_sync(cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(PRICES, PRICES_MEMORY, rng);
    let supplier = rng.pick(&["nordwind", "hansa", "velo-teile"]);
    let changed = rng.below(240);
    take.log(4, Level::Info, format!("fetching {supplier}"));
    if rng.in_ten_thousand(90) {
        take.time_out(cue);
        take.log(30, Level::Warn, format!("{supplier}: connection is open, nothing received for 30 s"));
        return take;
    }
    if rng.in_ten_thousand(500) {
        take.log(40, Level::Warn, format!("{supplier}: 429 Too Many Requests, waiting 1 s"));
    }
    let values =
        vec![("PricesChanged", "Count", changed), ("FetchLatency", "Milliseconds", rng.between(300, 2900))];
    let dimension = ("supplier", supplier.to_owned());
    take.say(90, Words::Metrics(Metrics { namespace: "Shop/Prices", dimension, values }));
    take.log(97, Level::Info, format!("{supplier}: {changed} prices changed"));
    take
}

const CLEANUP: Spread = Spread(&[(0, 410_000), (500, 760_000), (950, 1_410_000), (1000, 2_300_000)]);
const CLEANUP_MEMORY: Spread = Spread(&[(0, 79), (1000, 88)]);

/// Deletes old pictures. It runs so seldom that every start is cold.
pub(crate) fn thumbs_cleanup(cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(CLEANUP, CLEANUP_MEMORY, rng);
    let objects = rng.between(40, 900);
    take.log(
        20,
        Level::Info,
        format!("listing s3://shop-media/thumbs/, {objects} objects older than 30 days"),
    );
    if cue.ordinal == 57 {
        take.log(
            60,
            Level::Warn,
            "delete_objects: SlowDown (Please reduce your request rate.), attempt 3 of 3",
        );
        let frames = &["/var/task/cleanup.rb:31:in 'Cleanup#delete'", "/var/task/cleanup.rb:12:in 'handler'"];
        take.throw("Aws::S3::Errors::SlowDown", "Please reduce your request rate.", frames);
    } else {
        take.log(
            95,
            Level::Info,
            format!("deleted {objects} thumbnails, \"{} MB\" freed", objects * 14 / 1000),
        );
    }
    take
}

const STOCK: Spread = Spread(&[(0, 90_000), (500, 160_000), (950, 420_000), (1000, 910_000)]);
const STOCK_MEMORY: Spread = Spread(&[(0, 38), (1000, 44)]);

/// Compares stock with the warehouse's; its one environment lives all day.
pub(crate) fn stock_sync(_cue: &Cue<'_>, rng: &mut Rng) -> Take {
    let mut take = Take::quiet(STOCK, STOCK_MEMORY, rng);
    let differ = rng.below(12);
    if differ > 9 {
        take.log(70, Level::Warn, format!("{differ} articles differ from the warehouse, corrected"));
    }
    take.log(95, Level::Info, format!("{} articles compared", rng.between(4180, 4260)));
    take
}
