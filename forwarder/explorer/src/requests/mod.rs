//! Requests across functions: which runs belong to one request, which run caused which, and what functions use.
//!
//! Everything is calculated from runs and the ids that their logs have; nothing is read or looked up here. A [`Graph`] does
//! not depend on the order of the runs. Time alone never links two runs: they share an id, or one names the other's span.

mod calls;
mod chains;
mod document;
mod edges;
mod functions;
mod graph;
mod impact;
mod map;
mod nodes;
mod parents;
mod question;
mod roles;
mod run;
mod summary;
mod tags;
#[cfg(test)]
mod tests;
mod unions;

pub(crate) use self::chains::MAX_RUNS_OF_ID;
pub use self::{
    document::{Dot, Mermaid},
    edges::{Caller, Change, Edge, Example, Impact, Map, MapOptions, Node, NodeKind, WhyEmpty},
    functions::{FunctionId, GraphFunction},
    graph::{Chain, Graph, GraphBuilder},
    parents::{Evidence, Link},
    question::{Direction, NameError, Question, QuestionError},
    run::{IdKey, IdUse, LinkedRun, RunLink, id_key},
    summary::{EdgeSummary, MapSummary, NodeSummary, RequestStep, RequestSummary, Requests, Spans, Texts},
    tags::Declared,
};
