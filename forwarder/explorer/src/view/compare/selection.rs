//! The two sets of invocations of a comparison, as a user names them: time spans or versions.

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;

use super::{Comparison, Side};
use crate::view::{
    catalog::Catalog,
    index::{FunctionFilter, InvocationIndex},
    summary::LedgerCounts,
};

/// The two sets of invocations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Compared {
    /// Two time spans, each with its name.
    Ranges([(String, [Option<UnixMillis>; 2]); 2]),
    /// Two versions: function and version.
    Versions([(String, String); 2]),
}

impl Compared {
    /// Reads two time spans `since..until`; either end may be missing. `time` reads a point in time.
    ///
    /// # Errors
    /// Returns what is wrong.
    pub fn ranges(spans: [&str; 2], time: impl Fn(&str) -> Option<UnixMillis>) -> Result<Self, String> {
        let read = |text: &str| {
            let expected = || format!("expected since..until, such as 2026-03-03..2026-03-04, got {text:?}");
            let (since, until) = text.split_once("..").ok_or_else(expected)?;
            let end = |text: &str| match text.trim() {
                "" => Ok(None),
                text => time(text).map(Some).ok_or_else(expected),
            };
            let (since, until) = (end(since)?, end(until)?);
            match since.zip(until) {
                Some((since, until)) if since >= until => Err(format!("{text:?} ends before it begins")),
                Some(_) | None => Ok((text.to_owned(), [since, until])),
            }
        };
        Ok(Self::Ranges([read(spans[0])?, read(spans[1])?]))
    }

    /// Reads two versions `FUNCTION:VERSION,FUNCTION:VERSION`. In the second one, the function may be missing.
    ///
    /// # Errors
    /// Returns what is wrong.
    pub fn versions(text: &str) -> Result<Self, String> {
        let read = || {
            let (a, b) = text.split_once(',')?;
            let (function, version) = a.trim().rsplit_once(':')?;
            let (other, other_version) = b.trim().rsplit_once(':').unwrap_or((function, b.trim()));
            let names = [function, version, other, other_version];
            let [function, version, other, other_version] = names.map(str::to_owned);
            let is_complete = names.iter().all(|name| !name.is_empty() && !name.contains(','));
            is_complete.then_some(Self::Versions([(function, version), (other, other_version)]))
        };
        read().ok_or_else(|| {
            format!(
                "expected FUNCTION:VERSION,FUNCTION:VERSION, such as checkout:41,checkout:42, got {text:?}"
            )
        })
    }

    /// Compares the two sets.
    #[must_use]
    pub fn compare(&self, index: &InvocationIndex, catalog: &Catalog) -> Comparison {
        let [a, b] = match self {
            Self::Ranges(spans) => spans.each_ref().map(|(name, [since, until])| {
                side(name.clone(), index, TimeRange { since: *since, until: *until }, catalog)
            }),
            Self::Versions(versions) => versions.each_ref().map(|(function, version)| {
                let filter = FunctionFilter {
                    function: Some(function),
                    version: Some(version),
                    ..FunctionFilter::default()
                };
                let part = index.only(&index.select(TimeRange::default(), catalog, &filter));
                side(format!("{function}:{version}"), &part, TimeRange::default(), catalog)
            }),
        };
        Comparison::new(&a, &b)
    }
}

fn side(name: String, index: &InvocationIndex, range: TimeRange, catalog: &Catalog) -> Side {
    let summary = index.summary(range, catalog, LedgerCounts::default());
    let errors = index.error_groups(range, catalog);
    Side::new(name, &summary, errors.as_deref().map(|found| &found.errors))
}
