//! The JSON API: every question there is, in one table that the server and its OpenAPI description are made from.

pub(super) mod describe;
mod errors;
mod invocations;
pub(super) mod logs;
pub(super) mod news;
mod overview;
mod spending;

use std::sync::RwLockReadGuard;

use super::{
    answer::Problem,
    live::{Live, Now},
    question::{Parameter, Question, parameter as p},
};
use crate::{store::Store, view::Catalog};

/// What an answer is found in.
pub(super) struct Asked<'a> {
    pub(super) store: &'a Store,
    pub(super) catalog: &'a Catalog,
    pub(super) live: &'a Live,
}

impl<'a> Asked<'a> {
    /// What is in memory. Whoever holds this holds up news, so nobody does while the file is searched.
    fn now(&self) -> RwLockReadGuard<'a, Now> {
        self.live.now()
    }
}

/// Finds an answer: a JSON document.
pub(super) type Find = fn(&Asked<'_>, &Question) -> Result<Vec<u8>, Problem>;

/// How a question is answered.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// With a document that stays the same until the store changes.
    Lasting(Find),
    /// With a document that is found anew each time.
    Document(Find),
    /// With lines, as many as there are.
    Export,
    /// With news, for as long as someone listens.
    News,
    /// With the description of all questions.
    Description,
}

/// One question.
pub(super) struct Route {
    pub(super) path: &'static str,
    pub(super) summary: &'static str,
    pub(super) parameters: &'static [Parameter],
    /// Name of the answer's schema.
    pub(super) schema: &'static str,
    pub(super) answer: Kind,
}

/// All questions.
pub(super) const ROUTES: &[Route] = &[
    Route {
        path: "/api/v1/summary",
        summary: "The serverless view: the document of `tailwater replay --json` for the store",
        parameters: &[p::SINCE, p::UNTIL],
        schema: "Summary",
        answer: Kind::Lasting(overview::summary),
    },
    Route {
        path: "/api/v1/series",
        summary: "Counts and durations over time, in buckets",
        parameters: &[p::SINCE, p::UNTIL, p::FUNCTION, p::ACCOUNT, p::REGION, p::VERSION, p::BUCKETS],
        schema: "Series",
        answer: Kind::Lasting(overview::series),
    },
    Route {
        path: "/api/v1/sparklines",
        summary: "How often each function ran over time",
        parameters: &[p::SINCE, p::UNTIL, p::BUCKETS],
        schema: "Sparklines",
        answer: Kind::Lasting(overview::sparklines),
    },
    Route {
        path: "/api/v1/cost",
        summary: "What each function cost, by day and version, and what failures paid for",
        parameters: &[p::SINCE, p::UNTIL, p::FUNCTION, p::ACCOUNT, p::REGION],
        schema: "Cost",
        answer: Kind::Lasting(spending::cost),
    },
    Route {
        path: "/api/v1/errors",
        summary: "Errors by what they say, with first and last sight",
        parameters: &[p::SINCE, p::UNTIL, p::FUNCTION, p::ACCOUNT, p::LIMIT],
        schema: "Errors",
        answer: Kind::Lasting(errors::errors),
    },
    Route {
        path: "/api/v1/invocations",
        summary: "Invocations: the latest, the slowest or the costliest",
        parameters: &[
            p::SINCE,
            p::UNTIL,
            p::FUNCTION,
            p::ACCOUNT,
            p::REGION,
            p::VERSION,
            p::OUTCOME,
            p::ORDER,
            p::LIMIT,
            p::AFTER,
        ],
        schema: "Invocations",
        answer: Kind::Document(invocations::list),
    },
    Route {
        path: "/api/v1/invocation",
        summary: "One invocation by `key` or `request_id`: its numbers, its log, and the lines just before it",
        parameters: &[p::KEY, p::REQUEST],
        schema: "InvocationDetail",
        answer: Kind::Document(invocations::one),
    },
    Route {
        path: "/api/v1/logs",
        summary: "Search over the log, newest first, page by page",
        parameters: &[
            p::TEXT,
            p::FUNCTION,
            p::ACCOUNT,
            p::LEVEL,
            p::REQUEST,
            p::TRACE,
            p::SINCE,
            p::UNTIL,
            p::LIMIT,
            p::AFTER,
        ],
        schema: "Logs",
        answer: Kind::Document(logs::search),
    },
    Route {
        path: "/api/v1/logs/around",
        summary: "A log event whole, and its neighbours in the same stream",
        parameters: &[p::PLACE, p::COUNT],
        schema: "Around",
        answer: Kind::Document(logs::around),
    },
    Route {
        path: "/api/v1/logs/export",
        summary: "Everything a search finds, as NDJSON that `tailwater replay` reads again",
        parameters: &[p::TEXT, p::FUNCTION, p::ACCOUNT, p::LEVEL, p::REQUEST, p::TRACE, p::SINCE, p::UNTIL],
        schema: "Record",
        answer: Kind::Export,
    },
    Route {
        path: "/api/v1/status",
        summary: "What the server shows: how much there is, of which time, and which version shows it",
        parameters: &[],
        schema: "Status",
        answer: Kind::Document(overview::status),
    },
    Route {
        path: "/api/v1/events",
        summary: "News as server-sent events: `change` with the revision, whenever the store has changed",
        parameters: &[],
        schema: "News",
        answer: Kind::News,
    },
    Route {
        path: "/api/v1/openapi.json",
        summary: "This description",
        parameters: &[],
        schema: "Description",
        answer: Kind::Description,
    },
];
