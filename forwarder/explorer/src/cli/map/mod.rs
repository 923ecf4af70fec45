//! `tailwater map`: functions, the resources that they use, and the calls between them.

mod text;

use std::sync::Arc;

use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::UnixMillis;

use super::{
    args::{self, Drawing, MapArgs},
    assumptions::AssumptionFlags,
    clock::now,
    exit::Exit,
    stderr, stdout,
    store::open_existing,
};
use crate::{
    query::language::nearest,
    requests::{Dot, Graph, Map, MapOptions, Mermaid, NameError, Question},
    store::Store,
    stored_index::read_links_in,
    view::{
        Catalog,
        format::date_time,
        index::{FunctionFilter, InvocationIndex, VersionOf},
    },
};

/// Runs the command.
pub(super) fn run(args: &MapArgs) -> anyhow::Result<Exit> {
    let (ask, range) = match (ask(args), args::time_range(args.since, args.until, now())) {
        (Ok(ask), Ok(range)) => (ask, range),
        (Err(problem), _) | (_, Err(problem)) => {
            stderr::log(problem);
            return Ok(Exit::WrongUsage);
        }
    };
    let store = open_existing(&args.store)?;
    let flags = AssumptionFlags {
        region: args.region.as_deref(),
        arch: args.arch,
        functions: args.functions.as_ref(),
        log_price: None,
    };
    let catalog = flags.catalog_for_reading(&store)?;
    let index = read_links_in(&store, read_range(args, range))?;
    let answer = match (Search { args, index: &index, catalog: &catalog }).answer(range, ask) {
        Ok(answer) => answer,
        Err(problem) => {
            stderr::log(problem.sentence(&store)?);
            return Ok(Exit::Failure);
        }
    };
    match args.drawing() {
        Drawing::Json => stdout::write_json(&answer.map)?,
        Drawing::Dot => Dot(&answer.map).to_string().lines().try_for_each(stdout::write_line)?,
        Drawing::Mermaid => Mermaid(&answer.map).to_string().lines().try_for_each(stdout::write_line)?,
        Drawing::Table => {
            text::lines(&answer, args.confidence, &store)?.iter().try_for_each(stdout::write_line)?;
        }
    }
    Ok(Exit::Success)
}

/// Time that has to be read: with --changes also that before the time of the map.
fn read_range(args: &MapArgs, range: TimeRange) -> TimeRange {
    match (args.changes, range.since) {
        (true, Some(since)) => {
            let until = range.until.unwrap_or_else(now);
            TimeRange { since: Some(UnixMillis(since.0 - (until.0 - since.0))), ..range }
        }
        (true, None) | (false, _) => range,
    }
}

/// Map that answers the question.
struct Answer {
    map: Map,
    graph: Arc<Graph>,
    ask: Option<Question>,
    /// Versions or times that are compared.
    compared: Option<String>,
}

/// Reason why there is no map.
enum Problem {
    /// The ids are too many to keep.
    TooManyIds,
    /// The time range has no invocations.
    NoInvocations,
    /// Sentence about what was asked for.
    Other(String),
}

impl Problem {
    fn sentence(self, store: &Store) -> anyhow::Result<String> {
        Ok(match self {
            Self::TooManyIds => {
                "the store has too many correlation ids for a map; read fewer days of logs into a new store"
                    .to_owned()
            }
            Self::NoInvocations => no_invocations(store)?,
            Self::Other(sentence) => sentence,
        })
    }
}

/// Sentence about a time range without invocations, with the time that the store holds.
fn no_invocations(store: &Store) -> anyhow::Result<String> {
    Ok(match store.stats()?.first_and_last {
        Some((first, last)) => format!(
            "the store has no invocations of this time, only lines of {} to {}; check --since and --until",
            date_time(first),
            date_time(last)
        ),
        None => "the store has no invocations of this time: it is empty; read logs into it with tailwater replay or \
                 tailwater pull"
            .to_owned(),
    })
}

struct Search<'s> {
    args: &'s MapArgs,
    index: &'s InvocationIndex,
    catalog: &'s Catalog,
}

impl Search<'_> {
    fn answer(&self, range: TimeRange, ask: Option<Question>) -> Result<Answer, Problem> {
        let declared = self.catalog.declared_calls();
        let options = MapOptions { min_confidence_pct: self.args.confidence, ..MapOptions::default() };
        let (range, before) = self.periods(range)?;
        let versions = self.versions(range)?;
        let graph = self.graph(range, versions.as_ref().map(|(version, _)| version))?;
        let mut map = graph.map(&declared, options);
        let earlier = match (&before, &versions) {
            (Some(before), _) => Some(self.graph(*before, None)?),
            (None, Some((_, Some(version)))) => Some(self.graph(range, Some(version))?),
            (None, _) => None,
        };
        let is_comparable = earlier.as_ref().is_some_and(|earlier| !earlier.runs.is_empty());
        if let Some(earlier) = earlier.filter(|_| is_comparable) {
            map.compare(&earlier.map(&declared, options));
        }
        let ask = ask.map(|ask| resolved(ask, &map, &graph)).transpose()?;
        if let Some(ask) = &ask {
            let impact = self.args.of.is_some().then(|| graph.impact(&map, ask.first()));
            ask.apply(&mut map);
            map.impact = impact;
        }
        graph.explain(&mut map, self.index);
        let compared = compared(range, before, versions.as_ref(), is_comparable);
        Ok(Answer { map, graph, ask, compared })
    }

    fn graph(&self, range: TimeRange, version: Option<&VersionOf>) -> Result<Arc<Graph>, Problem> {
        let filter = FunctionFilter::default();
        self.index.request_graph_of(range, self.catalog, &filter, version).ok_or(Problem::TooManyIds)
    }

    /// Time of the map, and the earlier time with which it is compared: as long, or the first half of the store.
    fn periods(&self, range: TimeRange) -> Result<(TimeRange, Option<TimeRange>), Problem> {
        if !self.args.changes {
            return Ok((range, None));
        }
        let (first, last) = self.index.first_and_last().ok_or(Problem::NoInvocations)?;
        let end = range.until.unwrap_or(UnixMillis(last.0 + 1));
        let (begin, before) = match range.since {
            Some(since) => (since, UnixMillis(since.0.saturating_sub(end.0.saturating_sub(since.0)))),
            None => (UnixMillis(first.0 + (end.0 - first.0) / 2), first),
        };
        let part = |since, until| TimeRange { since: Some(since), until: Some(until) };
        Ok((part(begin, end), Some(part(before, begin))))
    }

    /// The version of the function that was asked for, and the one before it.
    fn versions(&self, range: TimeRange) -> Result<Option<(VersionOf, Option<VersionOf>)>, Problem> {
        let Some((version, function)) = self.args.version.as_ref().zip(self.args.of.as_ref()) else {
            return Ok(None);
        };
        // A name behind which the map writes account or region.
        let function = function.split('@').next().unwrap_or(function);
        let known = self.index.versions_of(range, self.catalog, function);
        let of = |version: &str| VersionOf { function: function.to_owned(), version: version.to_owned() };
        let Some(at) = known.iter().position(|one| one == version) else {
            let sentence = match known.as_slice() {
                [] => format!("no invocation of {function} in this time: check --of, --since and --until"),
                known => format!(
                    "no invocation of version {version:?} of {function} in this time; its versions, the oldest first: {}",
                    known.join(", ")
                ),
            };
            return Err(Problem::Other(sentence));
        };
        let before = at.checked_sub(1).and_then(|before| known.get(before)).map(|version| of(version));
        Ok(Some((of(version), before)))
    }
}

/// Words for what is compared. `is_comparable` is false if nothing ran in the time before.
fn compared(
    range: TimeRange,
    before: Option<TimeRange>,
    versions: Option<&(VersionOf, Option<VersionOf>)>,
    is_comparable: bool,
) -> Option<String> {
    let times = |range: TimeRange| {
        let end = range.until.map_or_else(|| "now".to_owned(), date_time);
        format!("{} to {end}", range.since.map_or_else(|| "the beginning".to_owned(), date_time))
    };
    match (before, versions) {
        (Some(before), _) => {
            let missing =
                if is_comparable { "" } else { ", of which the store has no invocations: no edge is marked" };
            Some(format!("{}, compared with {}{missing}", times(range), times(before)))
        }
        (None, Some((version, Some(before)))) => Some(format!(
            "version {} of {}, compared with version {}",
            version.version, version.function, before.version
        )),
        (None, Some((version, None))) => Some(format!(
            "version {} of {}, the first in this time, so that there is nothing to compare it with",
            version.version, version.function
        )),
        (None, None) => None,
    }
}

/// Question of the arguments; `None` for the whole map.
fn ask(args: &MapArgs) -> Result<Option<Question>, String> {
    let around = |of: &String| {
        let (of, direction) = (of.clone(), args.direction());
        Question::Around { of, direction, depth: usize::from(args.depth) }
    };
    match &args.of {
        Some(of) => Ok(Some(around(of))),
        None if args.ask.is_empty() => Ok(None),
        None => Question::read(&args.ask.join(" "))
            .map(Some)
            .map_err(|error| format!("cannot read QUESTION: {error}")),
    }
}

/// The question with the names that the map has.
fn resolved(ask: Question, map: &Map, graph: &Graph) -> Result<Question, Problem> {
    if map.nodes.is_empty() {
        return Err(Problem::NoInvocations);
    }
    ask.resolve(map, graph).map_err(|problem| {
        let similar = match &problem {
            NameError::Unknown { name } => nearest(name, map.nodes.iter().map(|node| node.name.as_str())),
            NameError::Several { .. } => None,
        };
        let similar = similar.map(|similar| format!("; did you mean {similar}?")).unwrap_or_default();
        Problem::Other(format!("{problem}{similar}"))
    })
}
