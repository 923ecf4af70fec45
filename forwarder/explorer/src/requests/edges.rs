//! Parts of a map: functions and resources, and the calls between them.

use serde::Serialize;
use tailwater_parser::{Usd, line::correlation::IdKind};

use super::{calls::EdgeEvidence, run::IdKey, tags::is_resource};
use crate::number;

/// Number of calls below which an edge is uncertain, unless a tag declares it.
pub(super) const MIN_CALLS: u64 = 3;

/// Kind of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NodeKind {
    /// Lambda function.
    Function,
    /// Queue of SQS.
    Queue,
    /// Topic of SNS.
    Topic,
    /// Bucket of S3.
    Bucket,
    /// Table of DynamoDB.
    Table,
    /// Bus or rule of EventBridge.
    Bus,
    /// Stream of Kinesis.
    Stream,
    /// API of API Gateway.
    Api,
    /// State machine of Step Functions.
    StateMachine,
    /// Host of a URL.
    Host,
}

impl NodeKind {
    /// Kind of the node with this name.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let kind = if is_resource(name) { name.split(':').next().unwrap_or_default() } else { "" };
        match kind {
            "SQS" => Self::Queue,
            "SNS" => Self::Topic,
            "S3" => Self::Bucket,
            "DDB" => Self::Table,
            "EB" => Self::Bus,
            "KIN" => Self::Stream,
            "API" => Self::Api,
            "SFN" => Self::StateMachine,
            "HTTP" => Self::Host,
            _ => Self::Function,
        }
    }
}

/// Numbers of runs of a function by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Answers {
    /// Runs that succeeded.
    pub ok: u64,
    /// Throttled calls; always `None`, because they write no log line.
    pub throttled: Option<u64>,
    /// Runs that ended with an error.
    pub errors: u64,
    /// Runs that Lambda ended: out of time or memory.
    pub faults: u64,
}

/// Function or resource of a map.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Node {
    /// Kind.
    pub kind: NodeKind,
    /// Name, unique in the map: that of a function has its account or region behind it if several have the name.
    pub name: String,
    /// Name of a function; `None` for a resource.
    pub function: Option<String>,
    /// Account of a function, if it is known.
    pub account: Option<String>,
    /// Region of a function, if it is known.
    pub region: Option<String>,
    /// Runs of a function; of a resource the runs whose lines name it.
    pub invocations: u64,
    /// Failed ones of these runs.
    pub errors: u64,
    /// Average run time of the handler; `None` for a resource.
    pub average_ms: Option<f64>,
    /// Run time of the handler that 95 % of the runs do not exceed.
    pub p95_ms: Option<f64>,
    /// Share of the requests across several functions in which the node takes part.
    pub traces_pct: Option<f64>,
    /// Cost of the runs; `None` without a price.
    #[serde(serialize_with = "number::dollars")]
    pub cost_usd: Option<Usd>,
    /// Answers by kind; `None` for a resource.
    pub answers: Option<Answers>,
}

/// Change of an edge against an earlier period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// There were no calls before.
    New,
    /// There are no calls any more.
    Gone,
    /// The p95 has risen by a half at least.
    Slower,
    /// The share of failed calls has risen by five points at least.
    Failing,
}

impl Change {
    /// Word for the change, as in JSON.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Gone => "gone",
            Self::Slower => "slower",
            Self::Failing => "failing",
        }
    }
}

/// Numbers of an edge in the earlier period.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Before {
    /// Calls.
    pub calls: u64,
    /// Failed calls.
    pub errors: u64,
    /// p95 of the callee.
    pub p95_ms: Option<f64>,
}

/// Calls from one node to another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Edge {
    /// Name of the caller.
    pub from: String,
    /// Name of the callee.
    pub to: String,
    /// Calls: runs of the callee that the caller caused, or of the caller that name a resource, each attempt of Lambda
    /// included.
    pub calls: u64,
    /// Failed ones of these runs.
    pub errors: u64,
    /// Calls that are retries by Lambda: further attempts with the request id of the first.
    pub retries: u64,
    /// Failed ones of the retries.
    pub failed_retries: u64,
    /// Resources over which calls between two functions go. The edges to and from them are in the map, too.
    pub via: Vec<String>,
    /// Calls that go over them.
    pub via_calls: u64,
    /// p95 of the run time of a called function.
    pub p95_ms: Option<f64>,
    /// Calls that a parent span proves.
    pub parent_span_calls: u64,
    /// Calls that a shared id shows.
    pub shared_id_calls: u64,
    /// True if a tag declares the call.
    pub declared: bool,
    /// Confidence of the best evidence in percent.
    pub confidence_pct: u8,
    /// Names of the evidence, the strongest first.
    pub evidence: Vec<&'static str>,
    /// True if the edge is uncertain: few calls, and no tag.
    pub uncertain: bool,
    /// Change against the earlier period; `None` if there is none, or none was asked for.
    pub change: Option<Change>,
    /// Numbers of the earlier period.
    pub before: Option<Before>,
    /// Call with the best evidence, to check it in the logs; `None` if no run shows the call.
    pub example: Option<Example>,
    /// The same with the numbers of the runs.
    #[serde(skip)]
    pub(super) example_runs: Option<ExampleRuns>,
}

/// Call of an edge, and what links its ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Example {
    /// Evidence, as in [`Edge::evidence`].
    pub evidence: &'static str,
    /// Kind of the id that both runs have; `None` if the logs name a resource or a span instead.
    pub id_kind: Option<&'static str>,
    /// This id: of the message if there is one, else of the request.
    pub id: Option<String>,
    /// Function of the calling run: of an edge from a resource that of the run that sent to it; `None` if it is unknown.
    pub from_function: Option<String>,
    /// Function of the called run: of an edge to a resource that of the run that handled what was sent.
    pub to_function: Option<String>,
    /// Request id of the calling run.
    pub from_request_id: Option<String>,
    /// Beginning of the calling run in Unix milliseconds.
    pub from_time: Option<i64>,
    /// Request id of the called run.
    pub to_request_id: Option<String>,
    /// Beginning of the called run.
    pub to_time: Option<i64>,
}

/// Runs of an [`Example`] in a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ExampleRuns {
    pub(super) evidence: EdgeEvidence,
    pub(super) from: Option<u32>,
    pub(super) to: Option<u32>,
    pub(super) id: Option<(IdKind, IdKey)>,
}

/// Functions and requests that a failure of a node can reach.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Impact {
    /// Functions that call it, directly, through others or over queues and other resources.
    pub functions: Vec<String>,
    /// The same functions, the nearest first, each with the requests in which both take part.
    pub callers: Vec<Caller>,
    /// Requests across several functions in which it takes part.
    pub requests: u64,
    /// Those of which a run failed.
    pub failed_requests: u64,
    /// Its runs; of a resource those whose lines name it.
    pub invocations: u64,
    /// Those that are part of no request across several functions.
    pub single_invocations: u64,
    /// Those for which no log tells the caller: the first of a request, and those that share no id.
    pub without_caller: u64,
}

/// Function upstream of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Caller {
    /// Name.
    pub name: String,
    /// Distance in calls.
    pub distance: usize,
    /// Requests in which both take part.
    pub requests: u64,
    /// Those of which a run failed.
    pub failed_requests: u64,
}

/// Functions and resources with their calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Map {
    /// Nodes: most runs first, then by name.
    pub nodes: Vec<Node>,
    /// Edges: most calls first, then by name.
    pub edges: Vec<Edge>,
    /// Impact of a failure, if it was asked for.
    pub impact: Option<Impact>,
    /// True if nodes are left out.
    pub nodes_truncated: bool,
    /// Number of edges that are left out because their confidence is below the one that was asked for.
    pub edges_below_confidence: u64,
    /// Reason why there are no edges; `None` if there are.
    pub why_empty: Option<WhyEmpty>,
}

/// Reason why a map, or the part of it that was asked for, has no edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyEmpty {
    /// No invocation ended in the time range.
    NoInvocations,
    /// All invocations are of one function.
    OneFunction,
    /// No invocation has an id or names a resource.
    NoIds,
    /// The invocations have ids, but those of different functions share none.
    NoSharedIds,
    /// Edges are known, but not with the confidence that was asked for.
    BelowConfidence,
    /// The map has edges, but none in the part that was asked for.
    NoneInThisPart,
}

/// Limits of a map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MapOptions {
    /// Maximum number of nodes; 0 for the usual one.
    pub max_nodes: usize,
    /// Minimum confidence of an edge in percent.
    pub min_confidence_pct: u8,
}

impl Edge {
    /// True if all calls between two functions go over resources, to and from which the map has edges of their own.
    #[must_use]
    pub fn is_over_resources(&self) -> bool {
        !self.via.is_empty() && self.via_calls >= self.calls
    }
}
