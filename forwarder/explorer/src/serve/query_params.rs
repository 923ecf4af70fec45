//! What is asked: the parameters of a URL, each read as what it has to be. Unknown and unreadable ones are errors.

use tailwater_parser::{Level, UnixMillis, timestamp};

use super::answer::Problem;
use crate::{
    store::{InvocationKey, Place},
    view::runs::{Between, Order, Outcomes, Which},
};

/// A parameter of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    /// As OpenAPI names it: `string` or `integer`.
    pub(super) kind: &'static str,
    pub(super) meaning: &'static str,
}

const fn text(name: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, kind: "string", meaning }
}

const fn number(name: &'static str, meaning: &'static str) -> Parameter {
    Parameter { name, kind: "integer", meaning }
}

/// Every parameter there is.
pub(super) mod parameter {
    use super::{Parameter, number, text};

    pub(in crate::serve) const SINCE: Parameter =
        text("since", "From this time: milliseconds of the epoch, or RFC 3339.");
    pub(in crate::serve) const UNTIL: Parameter = text("until", "Before this time.");
    pub(in crate::serve) const FUNCTION: Parameter = text("function", "Only functions of this name.");
    pub(in crate::serve) const ACCOUNT: Parameter = text("account", "Only functions of this account.");
    pub(in crate::serve) const REGION: Parameter = text("region", "Only functions of this region.");
    pub(in crate::serve) const VERSION: Parameter = text("version", "Only this version.");
    pub(in crate::serve) const BUCKETS: Parameter = number("buckets", "At most so many points, 2 to 1000.");
    pub(in crate::serve) const LIMIT: Parameter = number("limit", "At most so many, 1 to 500.");
    pub(in crate::serve) const ORDER: Parameter = text("order", "`latest`, `slowest` or `costliest`.");
    pub(in crate::serve) const OUTCOME: Parameter =
        text("outcome", "`all`, `failed`, `timeout`, `out_of_memory` or `cold`.");
    pub(in crate::serve) const AFTER: Parameter = text("after", "`next` of the page before.");
    pub(in crate::serve) const KEY: Parameter =
        text("key", "Identity of an invocation: 32 hexadecimal digits.");
    pub(in crate::serve) const REQUEST: Parameter = text("request_id", "Only this request.");
    pub(in crate::serve) const TRACE: Parameter = text("trace_id", "Only invocations of this X-Ray trace.");
    pub(in crate::serve) const TEXT: Parameter =
        text("text", "Words that must all occur, and \"phrases\" that may occur anywhere.");
    pub(in crate::serve) const LEVEL: Parameter = text("level", "Only this level and more serious ones.");
    pub(in crate::serve) const PLACE: Parameter = text("place", "Where a log event stands.");
    pub(in crate::serve) const COUNT: Parameter =
        number("count", "So many events before and behind, 0 to 200.");
}

/// The parameters of one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Question {
    pairs: Vec<(String, String)>,
}

impl Question {
    /// Reads the query of a URL.
    ///
    /// # Errors
    /// A parameter that is not `allowed`.
    pub(super) fn read(query: &str, allowed: &[Parameter]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let unknown = pairs.iter().find(|(name, _)| allowed.iter().all(|parameter| parameter.name != name));
        match unknown {
            Some((name, _)) => {
                let known: Vec<_> = allowed.iter().map(|parameter| parameter.name).collect();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                Err(Problem::wrong(format!("unknown parameter {name:?}; there are: {known}")))
            }
            None => Ok(Self { pairs }),
        }
    }

    /// A parameter's text; an empty one counts as not given.
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
        let wrong = || Problem::wrong(format!("{}: expected {expected}, got {text:?}", parameter.name));
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
        least: usize,
        otherwise: usize,
        most: usize,
    ) -> Result<usize, Problem> {
        let in_range = |text: &str| text.parse().ok().filter(|number| (least..=most).contains(number));
        let number = self.parsed(parameter, &format!("a number from {least} to {most}"), in_range)?;
        Ok(number.unwrap_or(otherwise))
    }

    fn time(&self, parameter: Parameter) -> Result<Option<UnixMillis>, Problem> {
        let read = |text: &str| text.parse().ok().map(UnixMillis).or_else(|| timestamp::read_all(text));
        self.parsed(parameter, "milliseconds of the epoch, or 2026-03-04T10:00:00Z", read)
    }

    pub(super) fn between(&self) -> Result<Between, Problem> {
        let (since, until) = (self.time(parameter::SINCE)?, self.time(parameter::UNTIL)?);
        if since.zip(until).is_some_and(|(since, until)| since > until) {
            return Err(Problem::wrong("since comes after until".to_owned()));
        }
        Ok(Between { since, until })
    }

    pub(super) fn which(&self) -> Which<'_> {
        Which {
            function: self.text(parameter::FUNCTION),
            account: self.text(parameter::ACCOUNT),
            region: self.text(parameter::REGION),
            version: self.text(parameter::VERSION),
        }
    }

    pub(super) fn buckets(&self) -> Result<usize, Problem> {
        self.number(parameter::BUCKETS, 2, 100, 1000)
    }

    pub(super) fn limit(&self) -> Result<usize, Problem> {
        self.number(parameter::LIMIT, 1, 100, 500)
    }

    pub(super) fn count(&self) -> Result<usize, Problem> {
        self.number(parameter::COUNT, 0, 20, 200)
    }

    pub(super) fn order(&self) -> Result<Order, Problem> {
        let choices =
            [("latest", Order::Latest), ("slowest", Order::Slowest), ("costliest", Order::Costliest)];
        Ok(self.choice(parameter::ORDER, &choices)?.unwrap_or_default())
    }

    pub(super) fn outcomes(&self) -> Result<Outcomes, Problem> {
        let choices = [
            ("all", Outcomes::All),
            ("failed", Outcomes::Failed),
            ("timeout", Outcomes::Timeouts),
            ("out_of_memory", Outcomes::OutOfMemory),
            ("cold", Outcomes::Cold),
        ];
        Ok(self.choice(parameter::OUTCOME, &choices)?.unwrap_or_default())
    }

    pub(super) fn level(&self) -> Result<Option<Level>, Problem> {
        let all = [Level::Trace, Level::Debug, Level::Info, Level::Warn, Level::Error, Level::Fatal];
        let names = all.map(|level| level.name().to_ascii_lowercase());
        let choices: Vec<_> = names.iter().map(String::as_str).zip(all).collect();
        self.choice(parameter::LEVEL, &choices)
    }

    /// Behind which invocation a page begins.
    pub(super) fn after_invocation(&self) -> Result<Option<(i64, i64)>, Problem> {
        let read = |text: &str| {
            let (time, id) = text.split_once('.')?;
            Some((time.parse().ok()?, id.parse().ok()?))
        };
        self.parsed(parameter::AFTER, "`next` of the page before", read)
    }

    pub(super) fn after_place(&self) -> Result<Option<Place>, Problem> {
        self.parsed(parameter::AFTER, "`next` of the page before", read_place)
    }

    pub(super) fn place(&self) -> Result<Place, Problem> {
        let place = self.parsed(parameter::PLACE, "the `place` of a log event", read_place)?;
        place.ok_or_else(|| Problem::wrong("place is missing".to_owned()))
    }

    pub(super) fn key(&self) -> Result<Option<InvocationKey>, Problem> {
        self.parsed(parameter::KEY, "32 hexadecimal digits", |text| {
            let sound = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
            let number = u128::from_str_radix(text, 16).ok().filter(|_| sound)?;
            Some(InvocationKey(number.to_be_bytes()))
        })
    }
}

/// A place as it stands in URLs: `TIME.STREAM.BLOCK.INDEX`.
pub(super) fn written_place(place: &Place) -> String {
    format!("{}.{}.{}.{}", place.time.0, place.stream, place.block, place.index)
}

fn read_place(text: &str) -> Option<Place> {
    let mut parts = text.split('.');
    let mut next = || parts.next()?.parse::<i64>().ok();
    let (time, stream, block, index) = (next()?, next()?, next()?, next()?);
    parts.next().is_none().then_some(())?;
    Some(Place { time: UnixMillis(time), stream, block, index: usize::try_from(index).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(query: &str) -> Result<Question, Problem> {
        use parameter::{AFTER, KEY, LEVEL, LIMIT, PLACE, SINCE, UNTIL};
        Question::read(query, &[SINCE, UNTIL, LIMIT, AFTER, PLACE, KEY, LEVEL])
    }

    #[test]
    fn times_are_numbers_or_written_out() {
        let between =
            ask("since=1772618400000&until=2026-03-04T10:00:00%2B00:00").unwrap().between().unwrap();
        assert_eq!(between.since, between.until);
        assert!(ask("since=2&until=1").unwrap().between().is_err());
        assert!(ask("since=yesterday").unwrap().between().is_err());
    }

    #[test]
    fn what_is_unknown_or_out_of_range_is_told() {
        assert!(ask("sinc=1").unwrap_err().to_string().contains("sinc"));
        assert!(ask("limit=0").unwrap().limit().is_err() && ask("limit=501").unwrap().limit().is_err());
        assert_eq!(ask("limit=").unwrap().limit().unwrap(), 100);
        assert!(ask("level=loud").unwrap().level().unwrap_err().to_string().contains("trace or debug"));
    }

    #[test]
    fn places_and_keys_come_back_as_they_were_written() {
        let place = Place { time: UnixMillis(-5), stream: i64::MIN, block: 7, index: 3 };
        assert_eq!(ask(&format!("place={}", written_place(&place))).unwrap().place().unwrap(), place);
        assert!(
            ask("place=1.2.3").unwrap().place().is_err() && ask("place=1.2.3.4.5").unwrap().place().is_err()
        );
        let key = ask("key=000102030405060708090a0b0c0d0e0f").unwrap().key().unwrap().unwrap();
        assert_eq!(key.0, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
        assert!(ask("key=+0010203040506070809 a0b0c0d0e0f").unwrap().key().is_err());
    }
}
