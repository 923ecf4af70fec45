//! Requests across functions: which runs belong to one request, which run caused which, and what functions use.
//!
//! Everything is calculated from runs and the ids that their logs have; nothing is read or looked up here. A [`Graph`] does
//! not depend on the order of the runs. Time alone never links two runs: they share an id, or one names the other's span.

mod chains;
mod document;
mod edges;
mod graph;
mod map;
mod parents;
mod question;
mod run;
mod summary;
mod tags;
#[cfg(test)]
mod tests;
mod unions;

pub(crate) use self::chains::MAX_RUNS_OF_ID;
pub use self::{
    document::{Dot, Mermaid},
    edges::{Change, Edge, Impact, Map, MapOptions, Node, NodeKind},
    graph::{Chain, Graph, GraphBuilder},
    parents::{Evidence, Link},
    question::{Direction, Question, QuestionError},
    run::{IdKey, IdUse, LinkedRun, ResourceUse, RunLink, id_key},
    summary::{EdgeSummary, MapSummary, NodeSummary, RequestStep, RequestSummary, Requests, Spans, Texts},
    tags::Declared,
};
