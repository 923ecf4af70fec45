//! Drives a `bootstrap` with load, and prints what it costs; `load --help` has the flags.

use std::{
    env,
    io::{self, Write as _},
};

use anyhow::{Context as _, Result, ensure};
use benches::load::{Order, Report, USAGE, measure};

fn main() -> Result<()> {
    if env::args().any(|word| word == "--help") {
        return Ok(writeln!(io::stdout(), "{USAGE}")?);
    }
    let order = Order::read(env::args().skip(1)).context(USAGE)?;
    let figures = order.events.iter().map(|events| measure(&order, *events)).collect::<Result<_>>()?;
    let report = Report { order, figures };
    if report.order.json {
        writeln!(io::stdout(), "{:#}", report.to_json())?;
    } else {
        write!(io::stdout(), "{report}")?;
    }
    if report.order.check {
        let excesses: Vec<_> =
            report.figures.iter().flat_map(|figures| figures.excesses(&report.order)).collect();
        ensure!(excesses.is_empty(), "over budget:\n{}", excesses.join("\n"));
    }
    Ok(())
}
