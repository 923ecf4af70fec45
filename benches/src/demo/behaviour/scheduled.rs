//! Functions that run on a schedule.

use super::{RunInput, RunResult};
use crate::{
    app_log::{EmbeddedMetrics, Level, Statement},
    distribution::Distribution,
    rng::Rng,
};

const PRICES: Distribution =
    Distribution(&[(0, 1_900_000), (500, 3_200_000), (950, 6_100_000), (1000, 9_400_000)]);
const PRICES_MEMORY: Distribution = Distribution(&[(0, 171), (500, 188), (1000, 212)]);

/// Fetches suppliers' prices and emits the number of changes as metrics. It waits for the suppliers, so more memory
/// does not make it faster.
pub(crate) fn price_sync(input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(PRICES, PRICES_MEMORY, rng);
    let supplier = rng.pick(&["nordwind", "hansa", "velo-teile"]);
    let changed = rng.below(240);
    result.log(4, Level::Info, format!("fetching {supplier}"));
    if rng.in_ten_thousand(90) {
        result.time_out(input);
        result.log(30, Level::Warn, format!("{supplier}: connection is open, nothing received for 30 s"));
        return result;
    }
    if rng.in_ten_thousand(500) {
        result.log(40, Level::Warn, format!("{supplier}: 429 Too Many Requests, waiting 1 s"));
    }
    let values =
        vec![("PricesChanged", "Count", changed), ("FetchLatency", "Milliseconds", rng.between(300, 2900))];
    let dimension = ("supplier", supplier.to_owned());
    result.log_statement(
        90,
        Statement::Metrics(EmbeddedMetrics { namespace: "Shop/Prices", dimension, values }),
    );
    result.log(97, Level::Info, format!("{supplier}: {changed} prices changed"));
    result
}

const CLEANUP: Distribution =
    Distribution(&[(0, 410_000), (500, 760_000), (950, 1_410_000), (1000, 2_300_000)]);
const CLEANUP_MEMORY: Distribution = Distribution(&[(0, 79), (1000, 88)]);

/// Deletes old thumbnails. It runs so rarely that every start is cold.
pub(crate) fn thumbs_cleanup(input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(CLEANUP, CLEANUP_MEMORY, rng);
    let objects = rng.between(40, 900);
    result.log(
        20,
        Level::Info,
        format!("listing s3://shop-media/thumbs/, {objects} objects older than 30 days"),
    );
    if input.run_number == 57 {
        result.log(
            60,
            Level::Warn,
            "delete_objects: SlowDown (Please reduce your request rate.), attempt 3 of 3",
        );
        let frames = &["/var/task/cleanup.rb:31:in 'Cleanup#delete'", "/var/task/cleanup.rb:12:in 'handler'"];
        result.fail("Aws::S3::Errors::SlowDown", "Please reduce your request rate.", frames);
    } else {
        result.log(
            95,
            Level::Info,
            format!("deleted {objects} thumbnails, \"{} MB\" freed", objects * 14 / 1000),
        );
    }
    result
}

const STOCK: Distribution = Distribution(&[(0, 90_000), (500, 160_000), (950, 420_000), (1000, 910_000)]);
const STOCK_MEMORY: Distribution = Distribution(&[(0, 38), (1000, 44)]);

/// Compares stock with the warehouse; one environment lasts all day.
pub(crate) fn stock_sync(_input: &RunInput<'_>, rng: &mut Rng) -> RunResult {
    let mut result = RunResult::successful(STOCK, STOCK_MEMORY, rng);
    let differ = rng.below(12);
    if differ > 9 {
        result.log(70, Level::Warn, format!("{differ} articles differ from the warehouse, corrected"));
    }
    result.log(95, Level::Info, format!("{} articles compared", rng.between(4180, 4260)));
    result
}
