//! The JSON API: the table of its endpoints, from which the router and the OpenAPI description are built.
//!
//! To add an endpoint, add a handler in a module of this folder, an entry to [`ENDPOINTS`], and a schema to
//! `schemas.json`.

mod compare;
mod context;
mod cost;
pub(super) mod describe;
mod errors;
pub(super) mod events;
mod fields;
mod find;
mod histogram;
mod invocations;
pub(super) mod logs;
mod map;
mod named;
mod names;
mod overview;
mod query;
mod requests;
mod search_query;

pub(super) use self::context::{QueryContext, RequestContext};
use super::{
    query_params::{Parameter, QueryParams, parameter as p},
    response::Problem,
};

/// Function that computes the JSON document of a response.
pub(super) type DocumentHandler = fn(&RequestContext<'_>, &QueryParams) -> Result<Vec<u8>, Problem>;

/// Function that computes the JSON document of a response with a query.
pub(super) type QueryHandler = fn(&QueryContext<'_>, &QueryParams) -> Result<Vec<u8>, Problem>;

/// Handler of an endpoint.
#[derive(Clone, Copy)]
pub(super) enum Handler {
    /// Responds with a JSON document, cached until the store changes.
    Cached(DocumentHandler),
    /// Responds with a JSON document, computed for each request.
    Document(DocumentHandler),
    /// Responds with a JSON document that a query computes. Few queries run at the same time.
    Query(QueryHandler),
    /// Responds with a JSON document. A query computes it if the parameter is given.
    DocumentOrQuery(Parameter, DocumentHandler, QueryHandler),
    /// Streams all results of a search as NDJSON.
    Export,
    /// Streams changes of the store as server-sent events.
    Changes,
    /// Responds with the OpenAPI description.
    OpenApi,
}

/// Endpoint of the API.
pub(super) struct Endpoint {
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    /// Parameters, in groups that endpoints share.
    pub(super) parameters: &'static [&'static [Parameter]],
    /// Name of the response's schema in `schemas.json`.
    pub(super) schema: &'static str,
    pub(super) handler: Handler,
}

/// Parameters that filter log events.
const LOG_FILTER: &[Parameter] = &[
    p::TEXT,
    p::FUNCTION,
    p::ACCOUNT,
    p::REGION,
    p::VERSION,
    p::LEVEL,
    p::REQUEST,
    p::TRACE,
    p::SINCE,
    p::UNTIL,
];

/// All endpoints with method GET.
pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: "/api/v1/summary",
        summary: "Serverless view of the store, in the format of `tailwater replay --json`",
        parameters: &[&[p::SINCE, p::UNTIL]],
        schema: "Summary",
        handler: Handler::Cached(overview::summary),
    },
    Endpoint {
        path: "/api/v1/insight",
        summary: "Cost by tenant and other dimensions, memory sizes, concurrency, waste, leaks and timeout risk",
        parameters: &[&[p::SINCE, p::UNTIL, p::BY]],
        schema: "InsightAnswer",
        handler: Handler::Cached(overview::insight),
    },
    Endpoint {
        path: "/api/v1/series",
        summary: "Counts and durations by time bucket",
        parameters: &[&[p::SINCE, p::UNTIL, p::FUNCTION, p::ACCOUNT, p::REGION, p::VERSION, p::BUCKETS]],
        schema: "Series",
        handler: Handler::Cached(overview::series),
    },
    Endpoint {
        path: "/api/v1/sparklines",
        summary: "Invocations of each function by time bucket",
        parameters: &[&[p::SINCE, p::UNTIL, p::BUCKETS]],
        schema: "Sparklines",
        handler: Handler::Cached(overview::sparklines),
    },
    Endpoint {
        path: "/api/v1/cost",
        summary: "Cost of each function by day and version, and cost of failures",
        parameters: &[&[p::SINCE, p::UNTIL, p::FUNCTION, p::ACCOUNT, p::REGION]],
        schema: "Cost",
        handler: Handler::Cached(cost::cost),
    },
    Endpoint {
        path: "/api/v1/compare",
        summary: "Two time ranges or two versions beside each other, with the errors that are new or gone",
        parameters: &[&[p::A, p::B, p::VERSIONS]],
        schema: "Comparison",
        handler: Handler::Cached(compare::compare),
    },
    Endpoint {
        path: "/api/v1/errors",
        summary: "Failed invocations and error lines, grouped by cause; each failed invocation is in one group",
        parameters: &[&[p::SINCE, p::UNTIL, p::FUNCTION, p::ACCOUNT, p::REGION, p::VERSION, p::LIMIT]],
        schema: "Errors",
        handler: Handler::Cached(errors::errors),
    },
    Endpoint {
        path: "/api/v1/invocations",
        summary: "Invocations, filtered and ordered, in pages",
        parameters: &[&[
            p::SINCE,
            p::UNTIL,
            p::FUNCTION,
            p::ACCOUNT,
            p::REGION,
            p::VERSION,
            p::OUTCOME,
            p::START,
            p::SLOWER_THAN,
            p::TENANT,
            p::ERROR_GROUP,
            p::FIELD_VALUE,
            p::ORDER,
            p::LIMIT,
            p::AFTER,
        ]],
        schema: "Invocations",
        handler: Handler::DocumentOrQuery(p::FIELD_VALUE, invocations::list, invocations::list_by_field),
    },
    Endpoint {
        path: "/api/v1/invocation",
        summary: "One invocation by `key` or `request_id`, with its log lines and the lines just before it",
        parameters: &[&[p::KEY, p::REQUEST]],
        schema: "InvocationDetail",
        handler: Handler::Document(invocations::one),
    },
    Endpoint {
        path: "/api/v1/requests",
        summary: "Requests across several functions, in pages",
        parameters: &[&[
            p::FROM,
            p::TO,
            p::FUNCTION,
            p::ACCOUNT,
            p::REGION,
            p::FAILED,
            p::SORT,
            p::LIMIT,
            p::CURSOR,
        ]],
        schema: "Requests",
        handler: Handler::Cached(requests::list),
    },
    Endpoint {
        path: "/api/v1/request",
        summary: "One request over all functions by any of its ids, with the invocations in order, their links and lines",
        parameters: &[&[p::ID]],
        schema: "RequestDetail",
        handler: Handler::Document(requests::one),
    },
    Endpoint {
        path: "/api/v1/map",
        summary: "Functions, the resources that they use, and the calls between them",
        parameters: &[&[
            p::FROM,
            p::TO,
            p::ACCOUNT,
            p::REGION,
            p::VERSION,
            p::BEFORE_FROM,
            p::BEFORE_TO,
            p::VERSION_BEFORE,
            p::ASK,
            p::OF,
            p::DIRECTION,
            p::DEPTH,
            p::CONFIDENCE,
        ]],
        schema: "ServiceMap",
        handler: Handler::Cached(map::map),
    },
    Endpoint {
        path: "/api/v1/find",
        summary: "Functions by a part of their name or a similar one, invocations, traces and other ids by their beginning",
        parameters: &[&[p::FIND]],
        schema: "Found",
        handler: Handler::Document(find::find),
    },
    Endpoint {
        path: "/api/v1/names",
        summary: "Names that filters can choose from: functions with their versions, accounts, regions and tenants",
        parameters: &[],
        schema: "Names",
        handler: Handler::Cached(names::names),
    },
    Endpoint {
        path: "/api/v1/logs",
        summary: "Log search, newest events first, in pages",
        parameters: &[LOG_FILTER, &[p::LIMIT, p::AFTER]],
        schema: "Logs",
        handler: Handler::Document(logs::search),
    },
    Endpoint {
        path: "/api/v1/logs/around",
        summary: "A log event with its whole message, and its neighbours in the same log stream",
        parameters: &[&[p::PLACE, p::COUNT]],
        schema: "Around",
        handler: Handler::Document(logs::around),
    },
    Endpoint {
        path: "/api/v1/logs/export",
        summary: "All results of a log search as NDJSON, which `tailwater replay` can read",
        parameters: &[LOG_FILTER],
        schema: "Record",
        handler: Handler::Export,
    },
    Endpoint {
        path: "/api/v1/logs/histogram",
        summary: "Number of log events that match a search, over time and by level, and the search as a query",
        parameters: &[LOG_FILTER, &[p::BUCKETS]],
        schema: "LogHistogram",
        handler: Handler::Query(histogram::histogram),
    },
    Endpoint {
        path: "/api/v1/logs/facets",
        summary: "Most frequent values of fields among the log events that match a search",
        parameters: &[LOG_FILTER, &[p::FIELD]],
        schema: "LogFacets",
        handler: Handler::Query(histogram::facets),
    },
    Endpoint {
        path: "/api/v1/query",
        summary: "Rows of a query in the Logs Insights query language, or in SQL",
        parameters: &[&[p::QUERY, p::LANGUAGE, p::SINCE, p::UNTIL, p::ROWS]],
        schema: "QueryAnswer",
        handler: Handler::Query(query::run),
    },
    Endpoint {
        path: "/api/v1/query/fields",
        summary: "Fields of the log events in a sample, with their share and an example",
        parameters: &[&[p::SINCE, p::UNTIL]],
        schema: "QueryFields",
        handler: Handler::Query(fields::fields),
    },
    Endpoint {
        path: "/api/v1/query/named",
        summary: "Named queries of this program",
        parameters: &[],
        schema: "NamedQueries",
        handler: Handler::Document(named::queries),
    },
    Endpoint {
        path: "/api/v1/status",
        summary: "Status: server version, numbers of stored items, and the time they span",
        parameters: &[],
        schema: "Status",
        handler: Handler::Document(overview::status),
    },
    Endpoint {
        path: "/api/v1/events",
        summary: "Server-sent events: `change` with the revision whenever the store has changed",
        parameters: &[],
        schema: "Change",
        handler: Handler::Changes,
    },
    Endpoint {
        path: "/api/v1/openapi.json",
        summary: "This OpenAPI description",
        parameters: &[],
        schema: "OpenApi",
        handler: Handler::OpenApi,
    },
];
