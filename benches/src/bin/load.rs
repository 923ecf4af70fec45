//! Drives a `bootstrap` with load and prints its cost; `load --help` lists the flags.

use std::{
    env,
    io::{self, Write as _},
};

use anyhow::{Context as _, Result, ensure};
use benches::load::{Options, Report, USAGE, measure};

fn main() -> Result<()> {
    if env::args().any(|argument| argument == "--help") {
        return Ok(writeln!(io::stdout(), "{USAGE}")?);
    }
    let options = Options::read(env::args().skip(1)).context(USAGE)?;
    let measurements =
        options.events.iter().map(|events| measure(&options, *events)).collect::<Result<_>>()?;
    let report = Report { options, measurements };
    if report.options.json {
        writeln!(io::stdout(), "{:#}", report.to_json())?;
    } else {
        write!(io::stdout(), "{report}")?;
    }
    if report.options.check {
        let violations: Vec<_> = report
            .measurements
            .iter()
            .flat_map(|measurement| measurement.budget_violations(&report.options))
            .collect();
        ensure!(violations.is_empty(), "budget exceeded:\n{}", violations.join("\n"));
    }
    Ok(())
}
