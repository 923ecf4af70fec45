//! Query parameters of a URL, parsed by type. Unknown and invalid parameters are errors.

use std::ops::RangeInclusive;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Level, UnixMillis, timestamp};

use super::response::Problem;
use crate::{
    store::{InvocationKey, LogPosition},
    view::{
        index::{FunctionFilter, OutcomeFilter, Position, SortOrder},
        insight::Dimension,
    },
};

/// Description of a query parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// Type of the value in the OpenAPI description: `string` or `integer`.
    pub(super) kind: &'static str,
    pub(super) description: &'static str,
}

const fn text(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, kind: "string", description }
}

const fn number(name: &'static str, description: &'static str) -> Parameter {
    Parameter { name, kind: "integer", description }
}

/// All query parameters of the API.
pub(super) mod parameter {
    use super::{Parameter, number, text};

    pub(in crate::serve) const SINCE: Parameter =
        text("since", "Start of the time range: milliseconds since the Unix epoch, or RFC 3339.");
    pub(in crate::serve) const UNTIL: Parameter = text("until", "End of the time range, exclusive.");
    pub(in crate::serve) const FUNCTION: Parameter = text("function", "Name of the function.");
    pub(in crate::serve) const ACCOUNT: Parameter = text("account", "Account of the function.");
    pub(in crate::serve) const REGION: Parameter = text("region", "Region of the function.");
    pub(in crate::serve) const BY: Parameter = text(
        "by",
        "Dimensions of the cost, with commas: `tenant`, `version`, `function`, `day`, `field:PATH`, `emf:NAME`; else those of \
         the store.",
    );
    pub(in crate::serve) const VERSION: Parameter = text("version", "Version of the function.");
    pub(in crate::serve) const A: Parameter = text(
        "a",
        "First time range: `since..until`, each a date, RFC 3339 or milliseconds since the Unix epoch; either may be missing.",
    );
    pub(in crate::serve) const B: Parameter = text("b", "Second time range.");
    pub(in crate::serve) const VERSIONS: Parameter =
        text("versions", "Two versions instead of time ranges: `FUNCTION:VERSION,FUNCTION:VERSION`.");
    pub(in crate::serve) const BUCKETS: Parameter =
        number("buckets", "Maximum number of time buckets, 2 to 1000.");
    pub(in crate::serve) const LIMIT: Parameter = number("limit", "Maximum number of items, 1 to 500.");
    pub(in crate::serve) const ORDER: Parameter = text("order", "Order: `latest`, `slowest` or `costliest`.");
    pub(in crate::serve) const OUTCOME: Parameter = text(
        "outcome",
        "Filter: `all`, `failed`, `timeout`, `out_of_memory` or `cold` (cold starts and restores).",
    );
    pub(in crate::serve) const AFTER: Parameter = text("after", "`next` of the previous page.");
    pub(in crate::serve) const KEY: Parameter = text("key", "Key of an invocation: 32 hexadecimal digits.");
    pub(in crate::serve) const REQUEST: Parameter = text("request_id", "Request id.");
    pub(in crate::serve) const TRACE: Parameter = text("trace_id", "X-Ray trace id.");
    pub(in crate::serve) const TEXT: Parameter = text(
        "text",
        "Words that must all occur, and quoted phrases that must occur literally, also inside of words.",
    );
    pub(in crate::serve) const LEVEL: Parameter = text("level", "Minimum level.");
    pub(in crate::serve) const PLACE: Parameter = text("place", "`place` of a log event.");
    pub(in crate::serve) const COUNT: Parameter =
        number("count", "Number of events before and after, 0 to 200.");
    pub(in crate::serve) const QUERY: Parameter = text("q", "Text of the query, at most 10,000 characters.");
    pub(in crate::serve) const LANGUAGE: Parameter =
        text("language", "Language of the query: `insights` (default) or `sql`.");
    pub(in crate::serve) const ROWS: Parameter =
        number("limit", "Maximum number of rows, 1 to 10000; 1000 if missing.");
    pub(in crate::serve) const FIELD: Parameter = text(
        "field",
        "Field as queries name it, such as `@level` or `order.id`. May be given up to 10 times; `@function`, `@level` and `@version` if missing.",
    );
}

/// Language of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    /// CloudWatch Logs Insights.
    Insights,
    Sql,
}

/// Maximum number of characters of a query.
const MAX_QUERY_CHARACTERS: usize = 10_000;
/// Maximum number of fields of a request.
const MAX_FIELDS: usize = 10;

/// Query parameters of one request.
#[derive(Clone, Debug, Default)]
pub(super) struct QueryParams {
    pairs: Vec<(String, String)>,
}

impl QueryParams {
    /// Parses the query of a URL.
    ///
    /// # Errors
    /// Returns a [`Problem`] if the query has a parameter that is not in `allowed`.
    pub(super) fn read(query: &str, allowed: &[Parameter]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let unknown = pairs.iter().find(|(name, _)| allowed.iter().all(|parameter| parameter.name != name));
        match unknown {
            Some((name, _)) => {
                let names: Vec<_> = allowed.iter().map(|parameter| parameter.name).collect();
                let expected = if names.is_empty() {
                    "this endpoint has no parameters".to_owned()
                } else {
                    format!("expected one of {}", names.join(", "))
                };
                Err(Problem::bad_request(format!("unknown parameter {name:?}: {expected}")))
            }
            None => Ok(Self { pairs }),
        }
    }

    /// Returns the text of a parameter; `None` if the parameter is missing or empty.
    pub(super) fn text(&self, parameter: Parameter) -> Option<&str> {
        let found = self.pairs.iter().find(|(name, _)| name == parameter.name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn parsed<T>(
        &self,
        parameter: Parameter,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(parameter) else { return Ok(None) };
        let wrong = || Problem::bad_request(format!("{}: expected {expected}, got {text:?}", parameter.name));
        parse(text).map(Some).ok_or_else(wrong)
    }

    fn choice<T: Copy>(&self, parameter: Parameter, choices: &[(&str, T)]) -> Result<Option<T>, Problem> {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let choose = |text: &str| choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        self.parsed(parameter, &names.join(" or "), choose)
    }

    fn number(
        &self,
        parameter: Parameter,
        range: RangeInclusive<usize>,
        default: usize,
    ) -> Result<usize, Problem> {
        let in_range = |text: &str| text.parse().ok().filter(|number| range.contains(number));
        let expected = format!("a number from {} to {}", range.start(), range.end());
        Ok(self.parsed(parameter, &expected, in_range)?.unwrap_or(default))
    }

    fn time(&self, parameter: Parameter) -> Result<Option<UnixMillis>, Problem> {
        let read = |text: &str| text.parse().ok().map(UnixMillis).or_else(|| timestamp::read_all(text));
        self.parsed(
            parameter,
            "milliseconds since the Unix epoch, or a time such as 2026-03-04T10:00:00Z",
            read,
        )
    }

    pub(super) fn time_range(&self) -> Result<TimeRange, Problem> {
        let (since, until) = (self.time(parameter::SINCE)?, self.time(parameter::UNTIL)?);
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(Problem::bad_request("since is later than until".to_owned()));
        }
        Ok(TimeRange { since, until })
    }

    pub(super) fn function_filter(&self) -> FunctionFilter<'_> {
        FunctionFilter {
            function: self.text(parameter::FUNCTION),
            account: self.text(parameter::ACCOUNT),
            region: self.text(parameter::REGION),
            version: self.text(parameter::VERSION),
        }
    }

    /// Dimensions of the cost; `None` if none are given.
    pub(super) fn dimensions(&self) -> Result<Option<Vec<Dimension>>, Problem> {
        self.parsed(parameter::BY, Dimension::EXPECTED, Dimension::read_list)
    }

    /// Maximum number of buckets; `default` if none is given.
    pub(super) fn buckets(&self, default: usize) -> Result<usize, Problem> {
        self.number(parameter::BUCKETS, 2..=1000, default)
    }

    /// Text of the query.
    pub(super) fn query(&self) -> Result<&str, Problem> {
        let missing = || Problem::bad_request("q is missing: expected the text of a query".to_owned());
        let text = self.text(parameter::QUERY).ok_or_else(missing)?;
        let characters = text.chars().count();
        if characters > MAX_QUERY_CHARACTERS {
            let problem =
                format!("the query has {characters} characters; at most {MAX_QUERY_CHARACTERS} are allowed");
            return Err(Problem::bad_request(problem));
        }
        Ok(text)
    }

    pub(super) fn language(&self) -> Result<Language, Problem> {
        let choices = [("insights", Language::Insights), ("sql", Language::Sql)];
        Ok(self.choice(parameter::LANGUAGE, &choices)?.unwrap_or(Language::Insights))
    }

    /// Maximum number of rows of a query.
    pub(super) fn rows(&self) -> Result<usize, Problem> {
        self.number(parameter::ROWS, 1..=10_000, 1_000)
    }

    /// Fields in the order in which they are given.
    pub(super) fn fields(&self) -> Result<Vec<&str>, Problem> {
        let given =
            self.pairs.iter().filter(|(name, value)| name == parameter::FIELD.name && !value.is_empty());
        let fields: Vec<_> = given.map(|(_, value)| value.as_str()).collect();
        if fields.len() > MAX_FIELDS {
            let problem = format!("field is given {} times; at most {MAX_FIELDS} are allowed", fields.len());
            return Err(Problem::bad_request(problem));
        }
        Ok(fields)
    }

    pub(super) fn limit(&self) -> Result<usize, Problem> {
        self.number(parameter::LIMIT, 1..=500, 100)
    }

    pub(super) fn count(&self) -> Result<usize, Problem> {
        self.number(parameter::COUNT, 0..=200, 20)
    }

    pub(super) fn order(&self) -> Result<SortOrder, Problem> {
        let choices = [
            ("latest", SortOrder::Latest),
            ("slowest", SortOrder::Slowest),
            ("costliest", SortOrder::Costliest),
        ];
        Ok(self.choice(parameter::ORDER, &choices)?.unwrap_or_default())
    }

    pub(super) fn outcome_filter(&self) -> Result<OutcomeFilter, Problem> {
        let choices = [
            ("all", OutcomeFilter::All),
            ("failed", OutcomeFilter::Failed),
            ("timeout", OutcomeFilter::Timeouts),
            ("out_of_memory", OutcomeFilter::OutOfMemory),
            ("cold", OutcomeFilter::Cold),
        ];
        Ok(self.choice(parameter::OUTCOME, &choices)?.unwrap_or_default())
    }

    pub(super) fn level(&self) -> Result<Option<Level>, Problem> {
        let all = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];
        let names = all.map(|level| level.name().to_ascii_lowercase());
        let choices: Vec<_> = names.iter().map(String::as_str).zip(all).collect();
        self.choice(parameter::LEVEL, &choices)
    }

    /// Parses the parameter `after` of a list of invocations: the position of the last invocation of the
    /// previous page, as `TIME.ID`.
    pub(super) fn after_invocation(&self) -> Result<Option<Position>, Problem> {
        let read = |text: &str| {
            let (time, id) = text.split_once('.')?;
            Some(Position { time: UnixMillis(time.parse().ok()?), id: id.parse().ok()? })
        };
        self.parsed(parameter::AFTER, "`next` of the previous page", read)
    }

    pub(super) fn after_place(&self) -> Result<Option<LogPosition>, Problem> {
        self.parsed(parameter::AFTER, "`next` of the previous page", parse_place)
    }

    pub(super) fn place(&self) -> Result<LogPosition, Problem> {
        let place = self.parsed(parameter::PLACE, "the `place` of a log event", parse_place)?;
        place.ok_or_else(|| Problem::bad_request("place is missing".to_owned()))
    }

    pub(super) fn key(&self) -> Result<Option<InvocationKey>, Problem> {
        self.parsed(parameter::KEY, "32 hexadecimal digits", |text| {
            let is_valid = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u128::from_str_radix(text, 16).ok().filter(|_| is_valid)?;
            Some(InvocationKey(number.to_be_bytes()))
        })
    }
}

/// Formats the position of a log event for URLs: `TIME.STREAM.BLOCK.INDEX`.
pub(super) fn format_place(place: &LogPosition) -> String {
    format!("{}.{}.{}.{}", place.time.0, place.stream, place.block, place.index)
}

fn parse_place(text: &str) -> Option<LogPosition> {
    let mut parts = text.split('.');
    let mut next = || parts.next()?.parse::<i64>().ok();
    let (time, stream, block, index) = (next()?, next()?, next()?, next()?);
    parts.next().is_none().then_some(())?;
    Some(LogPosition { time: UnixMillis(time), stream, block, index: usize::try_from(index).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(query: &str) -> Result<QueryParams, Problem> {
        use parameter::{AFTER, KEY, LEVEL, LIMIT, PLACE, SINCE, UNTIL};
        QueryParams::read(query, &[SINCE, UNTIL, LIMIT, AFTER, PLACE, KEY, LEVEL])
    }

    #[test]
    fn times_are_milliseconds_or_rfc_3339() {
        let time_range =
            parse("since=1772618400000&until=2026-03-04T10:00:00%2B00:00").unwrap().time_range().unwrap();
        assert_eq!(time_range.since, time_range.until);
        assert!(parse("since=2&until=1").unwrap().time_range().is_err());
        assert!(parse("since=yesterday").unwrap().time_range().is_err());
    }

    #[test]
    fn unknown_and_invalid_parameters_are_errors() {
        assert!(parse("sinc=1").unwrap_err().to_string().contains("sinc"));
        assert!(parse("limit=0").unwrap().limit().is_err() && parse("limit=501").unwrap().limit().is_err());
        assert_eq!(parse("limit=").unwrap().limit().unwrap(), 100);
        assert!(parse("level=loud").unwrap().level().unwrap_err().to_string().contains("trace or debug"));
    }

    #[test]
    fn places_and_keys_round_trip() {
        let place = LogPosition { time: UnixMillis(-5), stream: i64::MIN, block: 7, index: 3 };
        assert_eq!(parse(&format!("place={}", format_place(&place))).unwrap().place().unwrap(), place);
        assert!(
            parse("place=1.2.3").unwrap().place().is_err()
                && parse("place=1.2.3.4.5").unwrap().place().is_err()
        );
        let key = parse("key=000102030405060708090a0b0c0d0e0f").unwrap().key().unwrap().unwrap();
        assert_eq!(key.0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert!(parse("key=+0010203040506070809 a0b0c0d0e0f").unwrap().key().is_err());
    }
}
