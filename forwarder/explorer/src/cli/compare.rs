//! `tailwater compare`: two time spans or two versions of the store beside each other.

use super::{
    args::{CompareArgs, TimeSpec},
    assumptions::AssumptionFlags,
    clock::now,
    exit::Exit,
    stderr, stdout,
    store::open_existing,
};
use crate::{
    stored_index::read_index,
    view::{
        compare::{Compared, Comparison, ErrorOfSide, Measures, Pair},
        format,
    },
};

/// Number of error groups that are listed of each kind.
const MAX_ERRORS: usize = 10;

/// Runs the command.
pub(super) fn run(args: &CompareArgs) -> anyhow::Result<Exit> {
    let compared = match (&args.versions, &args.a, &args.b) {
        (Some(versions), ..) => Compared::versions(versions),
        (None, Some(a), Some(b)) => {
            let now = now();
            Compared::ranges([a, b], |text| TimeSpec::read(text).ok().map(|time| time.resolve(now)))
        }
        (None, ..) => Err("name two time spans with --a and --b, or two versions with --versions".to_owned()),
    };
    let compared = match compared {
        Ok(compared) => compared,
        Err(problem) => {
            stderr::log(problem);
            return Ok(Exit::WrongUsage);
        }
    };
    let store = open_existing(&args.store)?;
    let flags =
        AssumptionFlags { region: args.region.as_deref(), arch: args.arch, functions: None, log_price: None };
    let catalog = flags.catalog_for_reading(&store)?;
    let comparison = compared.compare(&read_index(&store)?, &catalog);
    for (name, side) in [(&comparison.a, &comparison.total.a), (&comparison.b, &comparison.total.b)] {
        if side.is_none() {
            stderr::log(format_args!("{name} has no invocations"));
        }
    }
    if args.json {
        stdout::write_json(&comparison)?;
    } else {
        print(&comparison)?;
    }
    let is_empty = comparison.total.a.is_none() && comparison.total.b.is_none();
    Ok(if is_empty { Exit::Failure } else { Exit::Success })
}

/// Prints a block of lines for all functions together and for each.
fn print(comparison: &Comparison) -> anyhow::Result<()> {
    stdout::write_line(format_args!("{}  →  {}", comparison.a, comparison.b))?;
    if comparison.functions.len() != 1 {
        block("all functions", &comparison.total)?;
    }
    for function in &comparison.functions {
        block(&function.identity.function, &function.pair)?;
    }
    errors("new errors", comparison.new_errors.as_deref())?;
    errors("gone errors", comparison.gone_errors.as_deref())
}

fn block(name: &str, pair: &Pair) -> anyhow::Result<()> {
    stdout::write_line("")?;
    stdout::write_line(name)?;
    for (label, value) in ROWS {
        let of = |side: &Option<Measures>| side.as_ref().and_then(value);
        let text = |value: Option<Value>| value.map_or_else(|| format::UNKNOWN.to_owned(), Value::text);
        let (a, b) = (of(&pair.a), of(&pair.b));
        let change = a.zip(b).and_then(|(a, b)| change(a.number(), b.number())).unwrap_or_default();
        let line = format!("  {label:<18} {:>14} {:>14}  {change}", text(a), text(b));
        stdout::write_line(line.trim_end())?;
    }
    Ok(())
}

/// Value of a row.
#[derive(Clone, Copy)]
enum Value {
    Count(u64),
    Percent(f64),
    Millis(f64),
    Dollars(f64),
}

impl Value {
    fn number(self) -> f64 {
        match self {
            Self::Count(count) => u32::try_from(count).map_or(f64::MAX, f64::from),
            Self::Percent(value) | Self::Millis(value) | Self::Dollars(value) => value,
        }
    }

    fn text(self) -> String {
        match self {
            Self::Count(count) => format::count(count),
            Self::Percent(percent) => format!("{percent:.2} %"),
            Self::Millis(millis) => {
                let time = std::time::Duration::try_from_secs_f64(millis / 1_000.0);
                time.map_or_else(|_| format::UNKNOWN.to_owned(), format::duration)
            }
            Self::Dollars(dollars) => format!("${dollars:.4}"),
        }
    }
}

type Row = (&'static str, fn(&Measures) -> Option<Value>);

/// Rows of a block.
const ROWS: [Row; 10] = [
    ("invocations", |side| Some(Value::Count(side.invocations))),
    ("errors", |side| Some(Value::Count(side.errors))),
    ("error rate", |side| side.error_rate_pct.map(Value::Percent)),
    ("timeouts", |side| Some(Value::Count(side.timeouts))),
    ("out of memory", |side| Some(Value::Count(side.out_of_memory))),
    ("cold starts", |side| side.cold_start_pct.map(Value::Percent)),
    ("p50", |side| side.duration_ms.p50.map(Value::Millis)),
    ("p95", |side| side.duration_ms.p95.map(Value::Millis)),
    ("p99", |side| side.duration_ms.p99.map(Value::Millis)),
    ("cost", |side| side.cost_usd.map(Value::Dollars)),
];

/// Relative change, such as `+86 %`.
fn change(before: f64, after: f64) -> Option<String> {
    let percent = (before > 0.0).then(|| (after / before - 1.0) * 100.0)?;
    (percent.abs() >= 0.5).then(|| format!("{percent:+.0} %"))
}

fn errors(label: &str, errors: Option<&[ErrorOfSide]>) -> anyhow::Result<()> {
    stdout::write_line("")?;
    let Some(errors) = errors else {
        stdout::write_line(format_args!("{label} are unknown: there are too many errors to group"))?;
        return Ok(());
    };
    let number = u64::try_from(errors.len()).unwrap_or(u64::MAX);
    stdout::write_line(format_args!("{label}: {}", format::count(number)))?;
    for error in errors.iter().take(MAX_ERRORS) {
        let culprit = error.culprit.as_deref().map(|culprit| format!(" in {culprit}")).unwrap_or_default();
        let counts = format!(
            "{} failed, {}",
            format::plural(error.failed_invocations, "run"),
            format::plural(error.events, "line")
        );
        stdout::write_line(format_args!(
            "  {}  {}{culprit}: {counts}",
            error.identity.function, error.title
        ))?;
    }
    if errors.len() > MAX_ERRORS {
        stdout::write_line("  …")?;
    }
    Ok(())
}
