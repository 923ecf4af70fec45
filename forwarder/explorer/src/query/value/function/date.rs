//! Functions of time.

use jiff::{Timestamp, Zoned, fmt::strtime, tz::TimeZone};

use super::{super::time, Arguments, Context, Function, Value, date_pattern, integer_value, text_value};

pub(super) fn call<'v>(
    function: Function,
    arguments: &Arguments<'_, 'v>,
    context: &Context,
) -> Option<Value<'v>> {
    Some(match function {
        Function::Bin | Function::DateFloor => rounded(arguments, time::floor),
        Function::DateCeil => rounded(arguments, time::ceil),
        Function::FromMillis => arguments.millis(0).map_or(Value::Missing, Value::Time),
        Function::ToMillis => integer_value(arguments.millis(0)),
        Function::Now => Value::integer(context.now.div_euclid(1000)),
        Function::QueryStartTime => Value::integer(context.start),
        Function::QueryEndTime => Value::integer(context.end),
        Function::QueryTimeRange => Value::integer(context.end.saturating_sub(context.start)),
        Function::ParseDate => integer_value(parse_date(arguments)),
        Function::FormatDate => text_value(format_date(arguments)),
        _ => return None,
    })
}

fn rounded<'v>(arguments: &Arguments<'_, 'v>, round: fn(i64, super::Period) -> i64) -> Value<'v> {
    match (arguments.millis(0), arguments.period(1)) {
        (Some(millis), Some(period)) => Value::Time(round(millis, period)),
        _ => Value::Missing,
    }
}

/// Returns the time zone of an argument: an IANA name, or an offset such as `+02:00`. UTC if there is none.
fn zone(arguments: &Arguments<'_, '_>, at: usize) -> Option<TimeZone> {
    if arguments.len() <= at {
        return Some(TimeZone::UTC);
    }
    zone_of(&arguments.text(at)?)
}

/// Looks a time zone up by its IANA name or its offset.
pub(super) fn zone_of(name: &str) -> Option<TimeZone> {
    if matches!(name, "UTC" | "GMT" | "Z") {
        return Some(TimeZone::UTC);
    }
    let offset = || {
        let digits = name.strip_prefix("UTC").or_else(|| name.strip_prefix("GMT")).unwrap_or(name);
        date_pattern::offset(digits)
    };
    offset().or_else(|| TimeZone::get(name).ok())
}

fn parse_date(arguments: &Arguments<'_, '_>) -> Option<i64> {
    let zone = zone(arguments, 2)?;
    date_pattern::parse(&arguments.text(0)?, &arguments.text(1)?, &zone)
}

fn format_date(arguments: &Arguments<'_, '_>) -> Option<String> {
    let time = Timestamp::from_millisecond(arguments.millis(0)?).ok()?;
    let zoned = Zoned::new(time, zone(arguments, 2)?);
    strtime::BrokenDownTime::from(&zoned).to_string(&*arguments.text(1)?).ok()
}
