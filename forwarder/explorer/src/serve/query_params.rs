//! Query parameters of a URL, parsed by type. Unknown and invalid parameters are errors.

use std::{ops::RangeInclusive, time::Duration};

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{Level, UnixMillis, derive::StartKind, timestamp};

use super::response::Problem;
use crate::{
    store::{InvocationKey, LogPosition},
    view::{
        errors::GroupId,
        index::{FunctionFilter, InvocationFilter, ListPlace, OutcomeFilter, SortOrder},
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
    pub(in crate::serve) const ORDER: Parameter = text(
        "order",
        "Order: `latest`, `oldest`, `slowest`, `fastest`, `costliest`, `cheapest`, `most_memory` or `least_memory`.",
    );
    pub(in crate::serve) const OUTCOME: Parameter = text(
        "outcome",
        "Filter: `all`, `failed` (any of the next three), `error`, `timeout`, `out_of_memory`, `success`, `unknown` or `cold` \
         (cold starts and restores).",
    );
    pub(in crate::serve) const START: Parameter =
        text("start", "Kind of start: `warm`, `cold` (INIT) or `restored` (SnapStart).");
    pub(in crate::serve) const SLOWER_THAN: Parameter =
        text("slower_than", "Only invocations whose handler took longer than this number of milliseconds.");
    pub(in crate::serve) const TENANT: Parameter = text("tenant", "Tenant that the platform names.");
    pub(in crate::serve) const ERROR_GROUP: Parameter = text(
        "error_group",
        "`id` of an error group: only invocations that failed with this error in the time range.",
    );
    pub(in crate::serve) const FIELD_VALUE: Parameter = text(
        "field",
        "Field and value as `NAME:VALUE`, such as `order.id:o-17`: only invocations with a log event that has it.",
    );
    pub(in crate::serve) const FROM: Parameter =
        text("from", "Start of the time range: milliseconds since the Unix epoch, or RFC 3339.");
    pub(in crate::serve) const TO: Parameter = text("to", "End of the time range, exclusive.");
    pub(in crate::serve) const BEFORE_FROM: Parameter =
        text("before_from", "Start of an earlier time range, with which the map is compared.");
    pub(in crate::serve) const BEFORE_TO: Parameter =
        text("before_to", "End of the earlier time range, exclusive.");
    pub(in crate::serve) const VERSION_BEFORE: Parameter =
        text("version_before", "Version of functions with which the map of `version` is compared.");
    pub(in crate::serve) const FAILED: Parameter =
        text("outcome", "Filter: `all`, or `failed` for requests of which an invocation failed.");
    pub(in crate::serve) const SORT: Parameter =
        text("sort", "Order, the greatest first: `time` (default), `total` or `cost`.");
    pub(in crate::serve) const CURSOR: Parameter = text("cursor", "`next` of the previous page.");
    pub(in crate::serve) const ID: Parameter = text(
        "id",
        "Request id, trace id, correlation id, or id of a message or an event; or the first 8 characters or more of one.",
    );
    pub(in crate::serve) const ASK: Parameter = text(
        "ask",
        "Question: `a -> *` (what a calls), `* -> a` (what calls a), `a ->> b` (all ways), optionally followed by `depth N`.",
    );
    pub(in crate::serve) const OF: Parameter =
        text("of", "Name of a function or resource: only what is around it, and the impact of its failure.");
    pub(in crate::serve) const DIRECTION: Parameter =
        text("direction", "Side of `of`: `upstream`, `downstream` or `both` (default).");
    pub(in crate::serve) const DEPTH: Parameter = number(
        "depth",
        "Greatest number of calls between `of` and a node, 1 to 8; 1 if missing. A resource between two functions is part \
             of one call.",
    );
    pub(in crate::serve) const CONFIDENCE: Parameter =
        number("confidence", "Minimum confidence of an edge in percent, 0 to 100; 0 if missing.");
    pub(in crate::serve) const FIND: Parameter = text(
        "text",
        "Part of a function's name, or beginning of a request id, a trace id or a correlation id.",
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

    pub(super) fn parsed<T>(
        &self,
        parameter: Parameter,
        expected: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, Problem> {
        let Some(text) = self.text(parameter) else { return Ok(None) };
        let wrong = || Problem::bad_request(format!("{}: expected {expected}, got {text:?}", parameter.name));
        parse(text).map(Some).ok_or_else(wrong)
    }

    pub(super) fn choice<T: Copy>(
        &self,
        parameter: Parameter,
        choices: &[(&str, T)],
    ) -> Result<Option<T>, Problem> {
        let names: Vec<_> = choices.iter().map(|(name, _)| *name).collect();
        let choose = |text: &str| choices.iter().find(|(name, _)| *name == text).map(|(_, choice)| *choice);
        self.parsed(parameter, &names.join(" or "), choose)
    }

    pub(super) fn number(
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

    pub(super) fn range_of(&self, from: Parameter, to: Parameter) -> Result<TimeRange, Problem> {
        let (since, until) = (self.time(from)?, self.time(to)?);
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(Problem::bad_request(format!("{} is later than {}", from.name, to.name)));
        }
        Ok(TimeRange { since, until })
    }

    pub(super) fn time_range(&self) -> Result<TimeRange, Problem> {
        self.range_of(parameter::SINCE, parameter::UNTIL)
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
        Ok(self.choice(parameter::ORDER, &ORDERS)?.unwrap_or_default())
    }

    pub(super) fn outcome_filter(&self) -> Result<OutcomeFilter, Problem> {
        let choices = [
            ("all", OutcomeFilter::All),
            ("failed", OutcomeFilter::Failed),
            ("error", OutcomeFilter::Errors),
            ("timeout", OutcomeFilter::Timeouts),
            ("out_of_memory", OutcomeFilter::OutOfMemory),
            ("success", OutcomeFilter::Succeeded),
            ("unknown", OutcomeFilter::Unknown),
            ("cold", OutcomeFilter::Cold),
        ];
        Ok(self.choice(parameter::OUTCOME, &choices)?.unwrap_or_default())
    }

    /// Filter of a list of invocations, except `field`.
    pub(super) fn invocation_filter(&self) -> Result<InvocationFilter<'_>, Problem> {
        let starts =
            [("warm", StartKind::Warm), ("cold", StartKind::Cold), ("restored", StartKind::Restored)];
        Ok(InvocationFilter {
            outcomes: self.outcome_filter()?,
            start: self.choice(parameter::START, &starts)?,
            slower_than: self.parsed(parameter::SLOWER_THAN, "a number of milliseconds", read_millis)?,
            tenant: self.text(parameter::TENANT),
            error_group: self.parsed(parameter::ERROR_GROUP, "16 hexadecimal digits", GroupId::read)?,
            requests: None,
        })
    }

    /// Name and value of the field by which invocations are filtered.
    pub(super) fn field_value(&self) -> Result<Option<(&str, &str)>, Problem> {
        let Some(text) = self.text(parameter::FIELD_VALUE) else { return Ok(None) };
        let wrong = || Problem::bad_request(format!("field: expected NAME:VALUE, got {text:?}"));
        let (name, value) = text.split_once(':').ok_or_else(wrong)?;
        if name.is_empty() { Err(wrong()) } else { Ok(Some((name, value))) }
    }

    pub(super) fn level(&self) -> Result<Option<Level>, Problem> {
        let all = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];
        let names = all.map(|level| level.name().to_ascii_lowercase());
        let choices: Vec<_> = names.iter().map(String::as_str).zip(all).collect();
        self.choice(parameter::LEVEL, &choices)
    }

    /// Parses the parameter `after` of a list of invocations, which must be of the same order.
    pub(super) fn after_invocation(&self) -> Result<Option<ListPlace>, Problem> {
        let order = self.order()?;
        let read = |text: &str| {
            let (name, place) = text.split_once('.')?;
            (name == name_of(order)).then(|| ListPlace::read(place))?
        };
        self.parsed(parameter::AFTER, "`next` of the previous page in the same order", read)
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

/// Orders of a list of invocations by name.
const ORDERS: [(&str, SortOrder); 8] = [
    ("latest", SortOrder::Latest),
    ("oldest", SortOrder::Oldest),
    ("slowest", SortOrder::Slowest),
    ("fastest", SortOrder::Fastest),
    ("costliest", SortOrder::Costliest),
    ("cheapest", SortOrder::Cheapest),
    ("most_memory", SortOrder::MostMemory),
    ("least_memory", SortOrder::LeastMemory),
];

fn name_of(order: SortOrder) -> &'static str {
    ORDERS.iter().find(|(_, one)| *one == order).map_or("", |(name, _)| name)
}

/// Formats the place of the last invocation of a page for the parameter `after`.
pub(super) fn format_list_place(order: SortOrder, place: ListPlace) -> String {
    format!("{}.{}", name_of(order), place.to_text())
}

/// Parses a number of milliseconds, such as `250` or `0.5`.
fn read_millis(text: &str) -> Option<Duration> {
    let millis: f64 = text.parse().ok()?;
    Duration::try_from_secs_f64(millis / 1000.0).ok()
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
    fn next_page_continues_only_a_list_in_the_same_order() {
        use parameter::{AFTER, ORDER};
        let read = |query: &str| QueryParams::read(query, &[AFTER, ORDER]).unwrap().after_invocation();
        let place = ListPlace::read("7.5.3").unwrap();
        assert_eq!(format_list_place(SortOrder::Slowest, place), "slowest.7.5.3");
        assert_eq!(read("order=slowest&after=slowest.7.5.3").unwrap(), Some(place));
        for wrong in ["after=slowest.7.5.3", "order=slowest&after=7.5.3", "order=slowest&after=slowest.7.5"] {
            assert!(read(wrong).unwrap_err().to_string().contains("same order"), "{wrong}");
        }
    }

    #[test]
    fn filters_of_invocations_are_checked() {
        use parameter::{ERROR_GROUP, FIELD_VALUE, OUTCOME, SLOWER_THAN, START, TENANT};
        let allowed = [OUTCOME, START, SLOWER_THAN, TENANT, ERROR_GROUP, FIELD_VALUE];
        let read = |query: &str| QueryParams::read(query, &allowed).unwrap();
        let params =
            read("start=cold&slower_than=0.5&error_group=00000000000000ff&tenant=a&field=order.id:a:b");
        let filter = params.invocation_filter().unwrap();
        assert_eq!((filter.start, filter.tenant), (Some(StartKind::Cold), Some("a")));
        assert_eq!(filter.slower_than, Some(Duration::from_micros(500)));
        assert_eq!(filter.error_group, GroupId::read("00000000000000ff"));
        assert_eq!(params.field_value().unwrap(), Some(("order.id", "a:b")));
        for wrong in ["start=hot", "slower_than=-1", "slower_than=NaN", "slower_than=1e300", "error_group=ff"]
        {
            assert!(read(wrong).invocation_filter().is_err(), "{wrong}");
        }
        assert!(read("field=order").field_value().is_err() && read("field=:x").field_value().is_err());
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
