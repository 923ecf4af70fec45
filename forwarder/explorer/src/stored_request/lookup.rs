//! Lookup of a request by any of its ids, in any spelling, whole or by the beginning.

use std::collections::HashSet;

use foldhash::fast::RandomState;
use tailwater_parser::{
    UnixMillis,
    line::correlation::{IdKind, canonical_trace, valid_id, xray_form},
};

use super::{
    StoredRequest,
    spelling::{self, Prefixes},
};
use crate::{
    requests::MAX_RUNS_OF_ID,
    store::{Store, StoreError, StoreStats, StoredInvocation},
    view::{
        Catalog,
        format::{count, date_time, head, plural},
    },
};

/// Minimum number of characters of the prefix of an id.
const MIN_PREFIX: usize = 8;
/// Maximum number of characters of an unknown id that are repeated.
const MAX_SHOWN: usize = 100;
/// Maximum number of ids that are listed for an ambiguous prefix.
pub(crate) const MAX_LISTED: usize = 12;

/// Result of looking for a request.
pub(crate) enum Lookup {
    /// No run has the id.
    None(Box<Missing>),
    /// The text is the beginning of several ids: these, or the first of them.
    Ambiguous(Vec<Candidate>),
    /// The request.
    Found(Box<StoredRequest>),
}

/// Id that begins with the text that was looked for.
pub(crate) struct Candidate {
    pub(crate) id: String,
    /// Function and end of the first run with it; `None` if no run with it has ended.
    pub(crate) run: Option<(String, UnixMillis)>,
}

/// Facts about a store that has no run with an id.
pub(crate) struct Missing {
    /// Id as it was looked for.
    id: String,
    stats: StoreStats,
    /// Function and time of the first line with the id, if lines have it although no run with it has ended.
    line: Option<(String, UnixMillis)>,
}

/// Finds the request that one of these ids has: Lambda's request id, a trace id, a correlation id, the id of a message or
/// an event, in any spelling, or the only one that begins with the text.
///
/// # Errors
/// Returns an error if the file cannot be read.
pub(crate) fn find(store: &Store, catalog: &Catalog, text: &str) -> Result<Lookup, StoreError> {
    let spellings = spelling::exact(text);
    for id in &spellings {
        let runs = runs_of(store, id)?;
        if !runs.is_empty() {
            return found(store, catalog, id, runs);
        }
    }
    let shortest = spellings.last().map_or(0, |id| id.chars().count());
    let candidates = if shortest < MIN_PREFIX { Vec::new() } else { ids_with(store, text)? };
    match candidates.as_slice() {
        [] => missing(store, text, &spellings),
        [id] => {
            let runs = runs_of(store, id)?;
            // Lines have the id, but no REPORT of their runs was read.
            if runs.is_empty() { missing(store, text, &candidates) } else { found(store, catalog, id, runs) }
        }
        _ => several(store, catalog, candidates),
    }
}

fn found(
    store: &Store,
    catalog: &Catalog,
    id: &str,
    runs: Vec<StoredInvocation>,
) -> Result<Lookup, StoreError> {
    Ok(Lookup::Found(Box::new(StoredRequest::read(store, catalog, id, runs)?)))
}

/// Decides between several ids with one beginning: they may all be ids of one request.
fn several(store: &Store, catalog: &Catalog, ids: Vec<String>) -> Result<Lookup, StoreError> {
    let mut runs_of_ids = Vec::with_capacity(ids.len());
    for id in &ids {
        runs_of_ids.push(runs_of(store, id)?);
    }
    let first = ids.iter().zip(&runs_of_ids).find(|(_, runs)| !runs.is_empty());
    if let Some((id, runs)) = first.filter(|_| ids.len() < MAX_LISTED) {
        let request = StoredRequest::read(store, catalog, id, runs.clone())?;
        let own: HashSet<i64, RandomState> = request.runs.iter().map(|run| run.id).collect();
        if runs_of_ids.iter().flatten().all(|run| own.contains(&run.id)) {
            return Ok(Lookup::Found(Box::new(request)));
        }
    }
    let candidate = |(id, runs): (String, Vec<StoredInvocation>)| {
        let first = runs.into_iter().map(|run| run.invocation).min_by_key(|invocation| invocation.time);
        let run = first.map(|first| (first.origin.listed_name().to_owned(), first.time));
        Candidate { id, run }
    };
    Ok(Lookup::Ambiguous(ids.into_iter().zip(runs_of_ids).map(candidate).collect()))
}

fn missing(store: &Store, text: &str, ids: &[String]) -> Result<Lookup, StoreError> {
    let mut line = None;
    for id in ids {
        line = line.map_or_else(|| store.first_line_with_id(id), |line| Ok(Some(line)))?;
    }
    Ok(Lookup::None(Box::new(Missing { id: text.trim().to_owned(), stats: store.stats()?, line })))
}

/// Ids of any kind that begin with a text, each once, whatever its spellings: a trace id in the notation of X-Ray if the
/// text is.
pub(crate) fn ids_with(store: &Store, prefix: &str) -> Result<Vec<String>, StoreError> {
    let Prefixes { texts, traces, is_trace } = spelling::prefixes(prefix);
    let mut found: Vec<String> = Vec::new();
    for text in &texts {
        if !is_trace {
            found.extend(store.requests_with_prefix(text, MAX_LISTED)?);
        }
        found.extend(store.ids_with_prefix(text, MAX_LISTED)?.into_iter().map(|(_, id)| id));
    }
    for digits in &traces {
        // The index of traces has what follows their time, so the beginning of a time alone is read from all runs.
        let is_indexed = digits.len() > 8;
        if is_trace || is_indexed || found.is_empty() {
            found.extend(store.traces_with_prefix(&spelling::xray_prefix(digits), MAX_LISTED)?);
        }
        let of_lines = store.ids_with_prefix(digits, MAX_LISTED)?.into_iter();
        let of_lines = of_lines.filter(|(kind, _)| *kind == IdKind::Trace).map(|(_, id)| id);
        found.extend(of_lines.map(|id| if is_trace { xray_form(&id) } else { id }));
    }
    let mut seen: HashSet<String, RandomState> = HashSet::default();
    found.retain(|id| seen.insert(spelling::canonical(id)));
    found.sort();
    found.truncate(MAX_LISTED);
    Ok(found)
}

/// Runs with a request id or a correlation id.
fn runs_of(store: &Store, id: &str) -> Result<Vec<StoredInvocation>, StoreError> {
    let mut runs = store.invocations_of_request(id)?;
    if valid_id(id) || canonical_trace(id).is_some() {
        runs.extend(store.runs_with_id(id, MAX_RUNS_OF_ID + 1)?);
    }
    Ok(runs)
}

impl Missing {
    /// Sentences about what was looked for, where, and what to do next. `place` names the store.
    pub(crate) fn sentences(&self, place: &str) -> Vec<String> {
        let StoreStats { events, invocations, first_and_last } = &self.stats;
        let mut found = vec![format!(
            "no invocation of {place} has the id {:?}, whole or as its beginning: request ids, trace ids, correlation ids \
             and ids of messages and events were searched",
            head(&self.id, MAX_SHOWN)
        )];
        let Some((first, last)) = *first_and_last else {
            found
                .push(format!("{place} is empty: read logs into it with tailwater replay or tailwater pull"));
            return found;
        };
        found.push(format!(
            "the store holds {} and {} of {} to {}",
            plural(*invocations, "invocation"),
            [&count(*events), " log lines"].concat(),
            date_time(first),
            date_time(last)
        ));
        let made = trace_time(&self.id).filter(|made| !(first..=last).contains(made));
        found.push(match (&self.line, made) {
            (Some((function, time)), _) => format!(
                "a line of {function} at {} has it, but the REPORT of its invocation is not in the store: read the logs \
                 after that time, too",
                date_time(*time)
            ),
            (None, Some(made)) => format!(
                "the trace began at {}, outside that time: read the logs of that time with tailwater replay or pull",
                date_time(made)
            ),
            (None, None) if self.id.chars().count() < MIN_PREFIX => {
                format!("give the first {MIN_PREFIX} characters of an id at least")
            }
            (None, None) => "to search the text of all lines: tailwater query 'filter @message like \"TEXT\"'; to read \
                 more logs: tailwater replay or tailwater pull"
                .to_owned(),
        });
        found
    }
}

impl Candidate {
    /// Function and time of the first run with the id.
    pub(crate) fn place(&self) -> String {
        match &self.run {
            Some((function, time)) => format!("{function}, {}", crate::query::value::time::print(time.0)),
            None => "in lines only, no invocation with it has ended".to_owned(),
        }
    }
}

/// Time in a trace id of X-Ray.
fn trace_time(text: &str) -> Option<UnixMillis> {
    /// Seconds from 2014 to 2100, which tell a time from random digits.
    const SECONDS: std::ops::Range<i64> = 1_388_534_400..4_102_444_800;
    // The digits of a request id without dashes are no time.
    let x_ray = spelling::exact(text).into_iter().filter(|id| id.starts_with("1-"));
    let traces = x_ray.filter_map(|id| canonical_trace(&id));
    let seconds = traces.filter_map(|digits| i64::from_str_radix(digits.get(..8)?, 16).ok());
    seconds.filter(|seconds| SECONDS.contains(seconds)).map(|seconds| UnixMillis(seconds * 1_000)).next()
}
