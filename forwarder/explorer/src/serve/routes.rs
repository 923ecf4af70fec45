//! Request routing: admission, then the login form, the ingest endpoint, the API endpoints or the files of the page.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{HeaderValue, Method, Request, Response, StatusCode, header},
};
use tokio::{task, time::timeout};

use super::{
    api::{self, ENDPOINTS, Endpoint, QueryContext, RequestContext},
    assets,
    client_stream::Activity,
    cross_site::Head,
    export,
    guard::{self, Admission},
    ingest::EVENT_LIMIT,
    query_params::QueryParams,
    query_slots::Stop,
    response::{self, Problem},
    site::Site,
};
use crate::store::Store;

type RouteResult = Result<Response<Body>, Problem>;

/// Answers a request of the client with address `peer`: checks its admission, and adds the security headers to the
/// response.
pub(super) async fn answer(
    site: Arc<Site>,
    peer: IpAddr,
    activity: &Arc<Activity>,
    request: Request<Body>,
) -> Response<Body> {
    let path = request.uri().path();
    let head = Head { method: request.method(), path, headers: request.headers() };
    let is_login = path == "/login" && request.method() == Method::POST;
    let mut response = match site.guard.admit(&head, peer).await {
        // A login request brings the token in its body.
        Admission::Granted | Admission::TokenRequired if is_login => {
            login(&site, peer, request).await.unwrap_or_else(|problem| problem.response())
        }
        Admission::Granted => route(site, activity, request).await,
        Admission::TokenRequired => token_required(&request),
        Admission::TooManyTokens => too_many_tokens().response(),
        Admission::Denied(reason) => Problem::new(StatusCode::FORBIDDEN, reason).response(),
    };
    guard::set_security_headers(response.headers_mut());
    response
}

fn too_many_tokens() -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens; wait a second")
}

/// Builds a response with status 401: a problem document for API clients, the login form for browsers.
fn token_required(request: &Request<Body>) -> Response<Body> {
    let is_page = !request.uri().path().starts_with("/api/");
    let mut response = if is_page {
        let mut page = Response::new(Body::from(LOGIN));
        page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
        page
    } else {
        Problem::new(StatusCode::UNAUTHORIZED, "token required: send the header Authorization: Bearer TOKEN")
            .response()
    };
    *response.status_mut() = StatusCode::UNAUTHORIZED;
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

const LOGIN: &str = include_str!("login.html");

async fn route(site: Arc<Site>, activity: &Arc<Activity>, request: Request<Body>) -> Response<Body> {
    let result = match (request.method().as_str(), request.uri().path()) {
        ("POST", "/api/v1/deliveries") => ingest(site, activity, request).await,
        ("GET" | "HEAD", path) if path.starts_with("/api/") => {
            let _busy = activity.begin();
            call_endpoint(site, request).await
        }
        ("GET" | "HEAD", path) => assets::find(path)
            .map(|asset| asset.response(request.headers()))
            .ok_or_else(|| Problem::not_found("no such file")),
        _ => Err(Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method not allowed: use GET")),
    };
    result.unwrap_or_else(|problem| problem.response())
}

/// Runs the handler of an API endpoint.
async fn call_endpoint(site: Arc<Site>, request: Request<Body>) -> RouteResult {
    let path = request.uri().path();
    let query = request.uri().query().unwrap_or_default();
    let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.path == path);
    let endpoint = endpoint.ok_or_else(|| Problem::not_found("unknown endpoint"))?;
    let params = QueryParams::read(query, &endpoint.parameters.concat())?;
    let query_handler = match endpoint.handler {
        api::Handler::Query(handler) => Some(handler),
        api::Handler::DocumentOrQuery(when, _, handler) => params.text(when).map(|_| handler),
        api::Handler::Cached(_)
        | api::Handler::Document(_)
        | api::Handler::Export
        | api::Handler::Changes
        | api::Handler::OpenApi => None,
    };
    if let Some(handler) = query_handler {
        let accepts_gzip = response::accepts_encoding(request.headers(), "gzip");
        first_refresh(&site).await?;
        let own = Arc::clone(&site);
        let run = move |stop: &Stop| run_query(&own, handler, &params, stop, accepts_gzip);
        return site.query_slots.run(run).await?;
    }
    match endpoint.handler {
        api::Handler::Cached(_)
        | api::Handler::Document(_)
        | api::Handler::DocumentOrQuery(..)
        | api::Handler::Query(_) => {
            let accepts_gzip = response::accepts_encoding(request.headers(), "gzip");
            let cache_key = format!("{path}?{query}");
            first_refresh(&site).await?;
            let response = task::spawn_blocking(move || {
                json_document(&site, endpoint, &cache_key, &params, accepts_gzip)
            });
            response.await.unwrap_or_else(|_| {
                Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the request handler failed"))
            })
        }
        api::Handler::Export => {
            first_refresh(&site).await?;
            export::response(site, params)
        }
        api::Handler::Changes => Ok(api::events::response(&site)),
        api::Handler::OpenApi => {
            Ok(response::json_response(response::to_json(&api::describe::document())?, false))
        }
    }
}

/// Waits until the snapshot has been filled from the store for the first time. Before that, every result
/// would be empty.
async fn first_refresh(site: &Site) -> Result<(), Problem> {
    const MAX_WAIT: Duration = Duration::from_secs(10);
    let mut changes = site.live.subscribe();
    let refreshed = timeout(MAX_WAIT, changes.wait_for(|revision| *revision > 0)).await;
    refreshed.map(|_| ()).map_err(|_| {
        let reason =
            site.live.failure().unwrap_or_else(|| "it is still being read; try again later".to_owned());
        Problem::new(StatusCode::SERVICE_UNAVAILABLE, &format!("the store is not ready: {reason}"))
    })
}

/// Computes the JSON document of an endpoint, or takes it from the cache, and compresses it if the client accepts that.
fn json_document(
    site: &Site,
    endpoint: &Endpoint,
    cache_key: &str,
    params: &QueryParams,
    accepts_gzip: bool,
) -> RouteResult {
    let compute = |handler: api::DocumentHandler| {
        let with_store = |store: &Store| {
            handler(&RequestContext { store, catalog: &site.catalog, live: &site.live }, params)
        };
        site.readers.with(with_store)?
    };
    let document = match endpoint.handler {
        api::Handler::Cached(handler) => {
            let revision = site.live.snapshot().revision;
            site.response_cache.get_or_compute(cache_key, revision, || compute(handler))?
        }
        api::Handler::Document(handler) | api::Handler::DocumentOrQuery(_, handler, _) => {
            Arc::new(compute(handler)?)
        }
        api::Handler::Query(_) | api::Handler::Export | api::Handler::Changes | api::Handler::OpenApi => {
            return Err(Problem::not_found("unknown endpoint"));
        }
    };
    Ok(document_response(document, accepts_gzip))
}

/// Runs the handler of an endpoint that is answered by a query.
fn run_query(
    site: &Site,
    handler: api::QueryHandler,
    params: &QueryParams,
    stop: &Stop,
    accepts_gzip: bool,
) -> RouteResult {
    let with_store = |store: &Store| {
        let request = RequestContext { store, catalog: &site.catalog, live: &site.live };
        handler(&QueryContext { request, path: site.readers.path(), stop }, params)
    };
    let document = site.readers.with(with_store)??;
    Ok(document_response(Arc::new(document), accepts_gzip))
}

fn document_response(document: Arc<Vec<u8>>, accepts_gzip: bool) -> Response<Body> {
    let gzip = accepts_gzip.then(|| response::gzip_if_large(&document)).flatten();
    match gzip {
        Some(gzip) => response::json_response(gzip, true),
        None => response::json_response(Arc::unwrap_or_clone(document), false),
    }
}

/// Stores the log events of a Lambda event.
async fn ingest(site: Arc<Site>, activity: &Arc<Activity>, request: Request<Body>) -> RouteResult {
    let media_type = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let is_json = media_type
        .is_some_and(|value| value.split(';').next().is_some_and(|value| value.trim() == "application/json"));
    if !is_json {
        // A form on another site's page cannot send this type without a CORS preflight request.
        return Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "expected content-type: application/json",
        ));
    }
    let mut event = site.uploads.read(request.into_body(), EVENT_LIMIT).await?;
    let _busy = activity.begin();
    let turn = site.ingest.turn().await;
    let result = task::spawn_blocking(move || site.ingest.store_event(&mut event.bytes, turn)).await;
    let result = result.unwrap_or_else(|_| {
        Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "the event could not be stored"))
    })?;
    Ok(response::json_response(response::to_json(&result)?, false))
}

/// Checks the token of the login form, and sets the session cookie.
async fn login(site: &Site, peer: IpAddr, request: Request<Body>) -> RouteResult {
    const FORM_LIMIT: usize = 4096;
    let form = site.uploads.read(request.into_body(), FORM_LIMIT).await?;
    let token = form_urlencoded::parse(&form.bytes).find(|(name, _)| name == "token");
    let token = token.map(|(_, token)| token.into_owned()).unwrap_or_default();
    match site.guard.check_token(&token, peer).await {
        Admission::Granted => {}
        Admission::TooManyTokens => return Err(too_many_tokens()),
        Admission::TokenRequired | Admission::Denied(_) => {
            return Err(Problem::new(StatusCode::FORBIDDEN, "wrong token"));
        }
    }
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    response.headers_mut().insert(header::LOCATION, HeaderValue::from_static("/"));
    if let Some(cookie) = site.guard.session_cookie() {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    Ok(response)
}
