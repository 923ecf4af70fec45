//! From a request to its answer: who asks, what for, and which thread finds it out.

use std::{net::SocketAddr, sync::Arc};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderValue, Method, Response, StatusCode, header},
    middleware::{self, Next},
};
use tokio::task;

use super::{
    Site,
    answer::{self, Problem},
    api::{self, ROUTES, Route},
    assets, export,
    guard::{self, Admission},
    ingest::EVENT_LIMIT,
    question::Question,
};
use crate::store::Store;

type Answered = Result<Response<Body>, Problem>;

pub(super) fn router(site: Arc<Site>) -> Router {
    Router::new()
        .fallback(answer)
        .layer(middleware::from_fn_with_state(Arc::clone(&site), admit))
        .with_state(site)
}

/// Lets in who may ask, and tells browsers what to forbid.
async fn admit(State(site): State<Arc<Site>>, request: Request, next: Next) -> Response<Body> {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|peer| peer.0.ip());
    let is_shown = request.uri().path() == "/login" && request.method() == Method::POST;
    let admission = site.guard.admit(request.method(), request.headers(), peer);
    let mut answer = match admission {
        // Whoever shows the token cannot have shown it before.
        Admission::ShowToken if is_shown => next.run(request).await,
        Admission::Welcome => next.run(request).await,
        Admission::ShowToken => ask_for_token(&request),
        Admission::Refused(reason) => Problem::new(StatusCode::FORBIDDEN, reason).answer(),
    };
    guard::forbid(answer.headers_mut());
    answer
}

/// Browsers get a form, programs a status.
fn ask_for_token(request: &Request) -> Response<Body> {
    let wants_page = !request.uri().path().starts_with("/api/");
    let mut answer = if wants_page {
        let mut page = Response::new(Body::from(LOGIN));
        page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        page
    } else {
        Problem::new(StatusCode::UNAUTHORIZED, "show the token: Authorization: Bearer TOKEN").answer()
    };
    *answer.status_mut() = StatusCode::UNAUTHORIZED;
    answer.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

const LOGIN: &str = include_str!("login.html");

async fn answer(State(site): State<Arc<Site>>, request: Request) -> Response<Body> {
    let answered = match (request.method().as_str(), request.uri().path()) {
        ("POST", "/api/v1/deliveries") => keep(site, request).await,
        ("POST", "/login") => login(&site, request).await,
        ("GET" | "HEAD", path) if path.starts_with("/api/") => tell(site, request).await,
        ("GET" | "HEAD", path) => assets::find(path)
            .map(|asset| asset.answer(request.headers()))
            .ok_or_else(|| Problem::missing("file")),
        _ => Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "only questions are answered here")),
    };
    answered.unwrap_or_else(|problem| problem.answer())
}

/// Answers a question of the API.
async fn tell(site: Arc<Site>, request: Request) -> Answered {
    let path = request.uri().path();
    let query = request.uri().query().unwrap_or_default();
    let route = ROUTES.iter().find(|route| route.path == path).ok_or_else(|| Problem::missing("question"))?;
    let question = Question::read(query, route.parameters)?;
    match route.answer {
        api::Kind::Lasting(_) | api::Kind::Document(_) => {
            let is_compressed = answer::takes(request.headers(), "gzip");
            let asked = format!("{path}?{query}");
            until_read(&site).await;
            let found =
                task::spawn_blocking(move || found(&site, route, &asked, &question, is_compressed)).await;
            found.unwrap_or_else(|_| {
                Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the answer was lost"))
            })
        }
        api::Kind::Export => {
            until_read(&site).await;
            export::begin(site, question)
        }
        api::Kind::News => Ok(api::news::begin(&site)),
        api::Kind::Description => Ok(answer::document(answer::json(&api::describe::document())?, false)),
    }
}

/// Waits until the store was read for the first time: before that nothing could be told.
async fn until_read(site: &Site) {
    let mut changes = site.live.subscribe();
    // The sender lives as long as the site.
    let _ = changes.wait_for(|revision| *revision > 0).await;
}

/// Finds the answer to a question, which is `asked` in these words.
fn found(site: &Site, route: &Route, asked: &str, question: &Question, is_compressed: bool) -> Answered {
    let find = |find: api::Find| {
        let found =
            |store: &Store| find(&api::Asked { store, catalog: &site.catalog, live: &site.live }, question);
        site.readers.with(found)?
    };
    let document = match route.answer {
        api::Kind::Lasting(finder) => {
            let revision = site.live.now().revision;
            site.remembered.answer(asked, revision, || find(finder))?
        }
        api::Kind::Document(finder) => Arc::new(find(finder)?),
        api::Kind::Export | api::Kind::News | api::Kind::Description => {
            return Err(Problem::missing("document"));
        }
    };
    let gzip = is_compressed.then(|| answer::compressed(&document)).flatten();
    Ok(match gzip {
        Some(gzip) => answer::document(gzip, true),
        None => answer::document(Arc::unwrap_or_clone(document), false),
    })
}

/// Keeps a Lambda event.
async fn keep(site: Arc<Site>, request: Request) -> Answered {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let is_json =
        kind.is_some_and(|kind| kind.split(';').next().is_some_and(|kind| kind.trim() == "application/json"));
    if !is_json {
        // A form of another site's page could not say so without asking first.
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "expected content-type: application/json",
        ));
    }
    let too_large = |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "an event has 16 MiB at most");
    let event = to_bytes(request.into_body(), EVENT_LIMIT).await.map_err(too_large)?;
    let kept = task::spawn_blocking(move || site.ingest.keep(event.to_vec())).await;
    let kept =
        kept.unwrap_or_else(|_| Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the event was lost")))?;
    Ok(answer::document(answer::json(&kept)?, false))
}

/// Changes the token for a cookie.
async fn login(site: &Site, request: Request) -> Answered {
    const LONGEST: usize = 4096;
    let too_large = |_| Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "that is no token");
    let form = to_bytes(request.into_body(), LONGEST).await.map_err(too_large)?;
    let shown =
        form_urlencoded::parse(&form).find(|(name, _)| name == "token").map(|(_, token)| token.into_owned());
    let cookie = site.guard.cookie(&shown.unwrap_or_default());
    let cookie = cookie.ok_or_else(|| Problem::new(StatusCode::FORBIDDEN, "that is not the token"))?;
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::SEE_OTHER;
    answer.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/"));
    answer.headers_mut().insert(header::SET_COOKIE, cookie);
    Ok(answer)
}
