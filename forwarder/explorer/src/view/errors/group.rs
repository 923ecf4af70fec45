//! The groups: what is counted for each, and their form in JSON.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
};

use foldhash::fast::RandomState;
use serde::{Serialize, Serializer};
use tailwater_parser::UnixMillis;

pub use super::history::Trend;
use super::{
    assign::{self, ErrorKind, Event, FailedRun, GroupKey},
    grouped::{self, GroupId, GroupedErrors, VersionErrors},
    history::{self, VersionRuns},
    table::{ErrorEvent, ErrorSource, ErrorTable},
};
use crate::{
    errors::ErrorForm,
    number,
    view::{
        index::{FunctionIdentity, InvocationId},
        insight::{FunctionRuns, Run, Window},
        share::Share,
    },
};

/// Maximum number of groups in a list.
const MAX_GROUPS: usize = 1_000;

/// Errors of all functions.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Errors {
    /// Number of failed invocations: the sum over all groups.
    pub failed_invocations: u64,
    /// Groups: most failed invocations first, then most events, then by function and title.
    pub groups: Vec<ErrorGroup>,
    /// True if groups are left out because there are more than a thousand.
    pub groups_truncated: bool,
}

/// Errors of one function with the same cause.
#[derive(Clone, Debug, Serialize)]
pub struct ErrorGroup {
    /// Id, which stays the same from run to run and from version to version.
    #[serde(serialize_with = "id_text")]
    pub id: GroupId,
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Kind of the error.
    pub kind: ErrorKind,
    /// Type of the error.
    #[serde(rename = "type")]
    pub error_type: Option<String>,
    /// Type and first line of the first occurrence, with numbers and ids masked.
    pub title: String,
    /// Innermost frame in code of the function, as `function (file)`.
    pub culprit: Option<String>,
    /// Number of log lines; of failed invocations without a line, their REPORTs.
    pub events: u64,
    /// Number of invocations that failed with this error.
    pub failed_invocations: u64,
    /// Time of the first occurrence.
    #[serde(rename = "first_seen_ms", serialize_with = "number::unix_millis")]
    pub first_seen: UnixMillis,
    /// Time of the last occurrence.
    #[serde(rename = "last_seen_ms", serialize_with = "number::unix_millis")]
    pub last_seen: UnixMillis,
    /// Function versions in which the error occurred, oldest first.
    pub versions: Vec<String>,
    /// Occurrences in each version, also in an unknown one, ordered by its name.
    #[serde(skip)]
    pub by_version: Vec<VersionErrors>,
    /// Version that brought the error.
    pub new_in_version: Option<String>,
    /// Version that brought the error back.
    pub regressed_in_version: Option<String>,
    /// Direction within the time span.
    pub trend: Trend,
}

fn id_text<S: Serializer>(id: &GroupId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(id)
}

impl FailedRun for Run {
    fn begin(&self) -> UnixMillis {
        self.begin
    }

    fn end(&self) -> UnixMillis {
        self.end
    }

    fn stream(&self) -> Option<u32> {
        self.environment
    }

    fn request(&self) -> Option<std::num::NonZeroU64> {
        self.request
    }

    fn outcome(&self) -> tailwater_parser::derive::Outcome {
        self.outcome
    }
}

/// Counts of one group.
#[derive(Debug, Default)]
struct Counts<'e> {
    /// Earliest occurrence: time, id and form.
    first: Option<(UnixMillis, u64)>,
    form: Option<&'e ErrorForm>,
    last: Option<UnixMillis>,
    by_version: BTreeMap<&'e str, VersionCounts>,
    halves: [u64; 2],
}

/// Counts of one version of the function.
#[derive(Debug, Default)]
struct VersionCounts {
    /// Occurrences for the history.
    occurrences: u64,
    errors: VersionErrors,
}

/// One occurrence.
struct Occurrence<'e> {
    time: UnixMillis,
    id: u64,
    form: Option<&'e ErrorForm>,
    version: &'e str,
}

impl<'e> Counts<'e> {
    fn see(&mut self, seen: &Occurrence<'e>) {
        let is_earlier = self.first.is_none_or(|first| (seen.time, seen.id) < first);
        if is_earlier {
            self.first = Some((seen.time, seen.id));
        }
        // The title is that of the earliest line; a run without one has none.
        if seen.form.is_some() && (is_earlier || self.form.is_none()) {
            self.form = seen.form;
        }
        self.last = self.last.max(Some(seen.time));
        self.by_version.entry(seen.version).or_default().errors.events += 1;
    }

    /// Counts an occurrence for the history.
    fn count(&mut self, seen: &Occurrence<'e>, window: Window) {
        let version = self.by_version.entry(seen.version).or_default();
        version.occurrences += 1;
        if let Some(part) = version.errors.over_time.get_mut(grouped::part_of(window, seen.time)) {
            *part = part.saturating_add(1);
        }
        if let Some(half) = self.halves.get_mut(window.half_of(seen.time)) {
            *half += 1;
        }
    }
}

impl Counts<'_> {
    /// Counts a failed invocation.
    fn fail(&mut self, run: &Run, version: &str) {
        let Some(counts) = self.by_version.get_mut(version) else { return };
        counts.errors.failed_invocations += 1;
        counts.errors.latest = counts.errors.latest.max(Some((run.end, run.id)));
    }

    fn sum(&self, count: impl Fn(&VersionErrors) -> u64) -> u64 {
        self.by_version.values().map(|version| count(&version.errors)).sum()
    }
}

/// Calculates [`Errors`] from one function after another.
#[derive(Debug)]
pub(in crate::view) struct ErrorsBuilder {
    window: Window,
    errors: Errors,
    groups: Vec<(InvocationId, GroupId)>,
}

impl ErrorsBuilder {
    pub(in crate::view) fn new(window: Window) -> Self {
        Self { window, errors: Errors::default(), groups: Vec::new() }
    }

    /// Adds a function: its runs, and its error events with the version of each.
    pub(in crate::view) fn add(
        &mut self,
        function: &FunctionRuns<'_>,
        events: &[(&ErrorEvent, &str)],
        table: &ErrorTable,
    ) {
        let known: Vec<(&ErrorEvent, &str, Event<'_>)> = events
            .iter()
            .filter_map(|(event, version)| Some((*event, *version, read(event, table)?)))
            .collect();
        let read: Vec<Event<'_>> = known.iter().map(|(.., read)| *read).collect();
        let mut reported: HashMap<_, _, RandomState> = HashMap::default();
        for event in read.iter().filter(|event| matches!(event.source, ErrorSource::Report(_))) {
            reported.entry(event.request).or_insert(event.form);
        }
        let assigned = assign::assign(&function.runs, &read);
        let mut groups: HashMap<GroupKey, Counts<'_>, RandomState> = HashMap::default();
        for (run, key, line) in &assigned.runs {
            let Some(run) = function.runs.get(*run) else { continue };
            let version = function.version(run);
            let form = match (line, key.form) {
                (Some(_), _) | (None, None) => None,
                (None, Some(_)) => reported.get(&run.request).copied(),
            };
            let seen = Occurrence { time: run.end, id: u64::MAX, form, version };
            let counts = groups.entry(*key).or_default();
            counts.count(&seen, self.window);
            counts.fail(run, version);
            self.groups.push((run.id, key.id(&function.identity.function)));
            if line.is_none() {
                counts.see(&seen);
            }
        }
        for ((event, version, read), key) in known.iter().zip(&assigned.lines) {
            let Some(key) = key else { continue };
            let seen = Occurrence { time: event.time, id: event.id, form: Some(read.form), version };
            let counts = groups.entry(*key).or_default();
            counts.see(&seen);
            if key.kind == ErrorKind::Handled {
                counts.count(&seen, self.window);
            }
        }
        let context = FunctionContext::new(function, self.window);
        self.errors.groups.extend(groups.into_iter().filter_map(|(key, counts)| context.group(key, &counts)));
    }

    /// Returns the errors in their order.
    pub(in crate::view) fn finish(self) -> GroupedErrors {
        let mut errors = self.errors;
        errors.failed_invocations = errors.groups.iter().map(|group| group.failed_invocations).sum();
        errors.groups.sort_by(|a, b| {
            let key = |group: &ErrorGroup| Reverse((group.failed_invocations, group.events));
            let names = |group: &ErrorGroup| (group.identity.clone(), group.title.clone(), group.id);
            key(a).cmp(&key(b)).then_with(|| names(a).cmp(&names(b)))
        });
        errors.groups_truncated = errors.groups.len() > MAX_GROUPS;
        errors.groups.truncate(MAX_GROUPS);
        GroupedErrors::new(errors, self.window, self.groups)
    }
}

fn read<'t>(event: &ErrorEvent, table: &'t ErrorTable) -> Option<Event<'t>> {
    Some(Event {
        time: event.time,
        stream: Some(event.stream).filter(|stream| *stream != u32::MAX),
        request: event.request,
        source: event.source,
        form: table.form(event.form)?,
    })
}

/// Versions, window and totals of a function, with which its groups are compared.
struct FunctionContext<'f> {
    identity: &'f FunctionIdentity,
    /// In the order of their first run.
    versions: Vec<VersionRuns<'f>>,
    /// Runs in each half of the time span.
    halves: [u64; 2],
}

impl<'f> FunctionContext<'f> {
    fn new(function: &'f FunctionRuns<'_>, window: Window) -> Self {
        let mut by_version: BTreeMap<&str, (UnixMillis, u64)> = BTreeMap::new();
        let mut halves = [0; 2];
        for run in &function.runs {
            let (first, runs) = by_version.entry(function.version(run)).or_insert((run.begin, 0));
            *first = (*first).min(run.begin);
            *runs += 1;
            if let Some(half) = halves.get_mut(window.half_of(run.end)) {
                *half += 1;
            }
        }
        let mut versions: Vec<_> = by_version.into_iter().collect();
        versions.sort_by_key(|(name, (first, _))| (*first, *name));
        let versions = versions.into_iter().map(|(name, (_, runs))| VersionRuns { name, runs }).collect();
        Self { identity: &function.identity, versions, halves }
    }

    fn group(&self, key: GroupKey, counts: &Counts<'_>) -> Option<ErrorGroup> {
        let (first_seen, _) = counts.first?;
        let form = counts.form.filter(|_| key.form.is_some());
        let position = |name: &str| self.versions.iter().position(|version| version.name == name);
        let mut versions: Vec<&str> =
            counts.by_version.keys().copied().filter(|name| !name.is_empty()).collect();
        versions.sort_by_key(|name| (position(name).unwrap_or(usize::MAX), *name));
        let counted = counts.by_version.iter().filter(|(_, version)| version.occurrences > 0);
        let seen: BTreeMap<&str, u64> = counted.map(|(name, version)| (*name, version.occurrences)).collect();
        let by_version = counts
            .by_version
            .iter()
            .map(|(name, version)| VersionErrors { version: (*name).to_owned(), ..version.errors.clone() });
        let named = |found: Option<&str>| found.filter(|name| !name.is_empty()).map(str::to_owned);
        let [first, second] = [0, 1].map(|half| Share {
            part: counts.halves.get(half).copied().unwrap_or(0),
            whole: self.halves.get(half).copied().unwrap_or(0),
        });
        Some(ErrorGroup {
            id: key.id(&self.identity.function),
            identity: self.identity.clone(),
            kind: key.kind,
            error_type: form.and_then(|form| form.outer.as_deref()).map(str::to_owned),
            title: form.map_or(key.kind.title(), |form| &form.title).to_owned(),
            culprit: form.and_then(|form| form.culprit.as_deref()).map(str::to_owned),
            events: counts.sum(|version| version.events),
            failed_invocations: counts.sum(|version| version.failed_invocations),
            first_seen,
            last_seen: counts.last.unwrap_or(first_seen),
            versions: versions.into_iter().map(str::to_owned).collect(),
            by_version: by_version.collect(),
            new_in_version: named(history::new_in(&self.versions, &seen)),
            regressed_in_version: named(history::regressed_in(&self.versions, &seen)),
            trend: Trend::of([first, second]),
        })
    }
}
