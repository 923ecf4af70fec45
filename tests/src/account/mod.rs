//! Stand-in for the APIs of an AWS account from which logs are pulled: CloudWatch Logs, Lambda, tagging and STS. It knows
//! every event, sends small and empty pages, throttles, expires credentials and denies rights.

mod answers;
mod logs;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use self::logs::Logs;
pub use self::logs::{LoggedEvent, Shape};
use crate::http::{Connection, Request, Response, Server};

/// Account id.
pub const ACCOUNT: &str = "123456789012";
/// Region.
pub const REGION: &str = "eu-west-1";
/// Value of an environment variable of every function, which nothing may store.
pub const FUNCTION_SECRET: &str = "function-secret-4711";

/// Behaviour of the APIs.
#[derive(Clone, Debug, Default)]
pub struct Behaviour {
    /// Maximum number of events in a page; 0 for as many as are asked for.
    pub page: usize,
    /// Sends an empty page with a token before each page.
    pub has_empty_pages: bool,
    /// Maximum number of requests a second for each operation; beyond it they are throttled.
    pub rate: Option<usize>,
    /// Number of requests after which an access key has expired.
    pub key_lifetime: Option<u64>,
    /// Operations that are denied.
    pub denied: Vec<&'static str>,
}

/// Running stand-in.
pub struct Account {
    shared: Arc<Shared>,
    server: Server,
}

struct Shared {
    logs: Logs,
    behaviour: Behaviour,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Requests by operation, throttled ones included.
    calls: BTreeMap<String, u64>,
    throttled: u64,
    /// Ids of queries whose results were asked for.
    polled: BTreeSet<String>,
    /// Times of the answered requests of the last second, by operation.
    recent: BTreeMap<String, VecDeque<Instant>>,
    /// Requests by access key.
    keys: BTreeMap<String, u64>,
}

impl Account {
    /// Generates logs of this shape, and listens on a free port.
    #[must_use]
    pub fn start(shape: Shape, behaviour: Behaviour) -> Self {
        let shared =
            Arc::new(Shared { logs: Logs::generate(shape), behaviour, state: Mutex::new(State::default()) });
        let own = Arc::clone(&shared);
        Self { shared, server: Server::start(move |connection| own.serve(connection)) }
    }

    /// Base URL: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address())
    }

    /// All events of all log groups, ordered by their ids.
    #[must_use]
    pub fn events(&self) -> &[LoggedEvent] {
        &self.shared.logs.events
    }

    /// Number of requests for an operation.
    #[must_use]
    pub fn calls(&self, operation: &str) -> u64 {
        self.shared.lock().calls.get(operation).copied().unwrap_or(0)
    }

    /// Number of throttled requests.
    #[must_use]
    pub fn throttled(&self) -> u64 {
        self.shared.lock().throttled
    }

    /// Access keys that requests were signed with.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        self.shared.lock().keys.keys().cloned().collect()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn serve(&self, mut connection: Connection) -> io::Result<()> {
        while let Some(head) = connection.read_head()? {
            let request = connection.read_request(head)?;
            connection.send(&self.answer(&request))?;
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> Response {
        let operation = operation(request);
        if let Some(refusal) = self.refuse(&operation, request) {
            return refusal;
        }
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let answer = match operation.as_str() {
            "DescribeLogGroups" => answers::log_groups(&self.logs, &body),
            "FilterLogEvents" => answers::events(&self.logs, &self.behaviour, &body),
            "StartQuery" => answers::start_query(&body),
            "GetQueryResults" => answers::query_results(&self.logs, &body, self.is_first_poll(&body)),
            "ListFunctions" => answers::functions(&self.logs, &request.head.line),
            "GetMetricData" => answers::metrics(&self.logs, &body),
            "GetResources" => answers::resources(&self.logs, &body),
            "GetCallerIdentity" => return Response::new(200, format!("<R><Account>{ACCOUNT}</Account></R>")),
            unknown => return error(400, "UnknownOperationException", unknown),
        };
        Response::new(200, answer.to_string())
    }

    /// True if the results of a query are asked for the first time: the query is still running then.
    fn is_first_poll(&self, body: &Value) -> bool {
        self.lock().polled.insert(body["queryId"].to_string())
    }

    /// Returns the response if the request is denied, throttled, or signed with an expired key.
    fn refuse(&self, operation: &str, request: &Request) -> Option<Response> {
        let key = access_key(request)?;
        let mut state = self.lock();
        *state.calls.entry(operation.to_owned()).or_default() += 1;
        if self.behaviour.denied.contains(&operation) {
            let message =
                format!("User: arn:aws:iam::{ACCOUNT}:user/u is not authorized to perform: {operation}");
            return Some(error(400, "AccessDeniedException", &message));
        }
        let used = state.keys.entry(key).or_default();
        *used += 1;
        if self.behaviour.key_lifetime.is_some_and(|lifetime| *used > lifetime) {
            return Some(error(
                400,
                "ExpiredTokenException",
                "The security token included in the request is expired",
            ));
        }
        let rate = self.behaviour.rate?;
        let now = Instant::now();
        let recent = state.recent.entry(operation.to_owned()).or_default();
        while recent.front().is_some_and(|at| now.duration_since(*at) > Duration::from_secs(1)) {
            recent.pop_front();
        }
        if recent.len() < rate {
            recent.push_back(now);
            return None;
        }
        state.throttled += 1;
        Some(if operation == "ListFunctions" {
            error(429, "TooManyRequestsException", "Rate exceeded")
        } else {
            error(400, "ThrottlingException", "Rate exceeded")
        })
    }
}

fn operation(request: &Request) -> String {
    if let Some(target) = request.head.header("x-amz-target") {
        return target.rsplit('.').next().unwrap_or_default().to_owned();
    }
    if request.head.path() == "/2015-03-31/functions/" {
        return "ListFunctions".to_owned();
    }
    let form = String::from_utf8_lossy(&request.body).into_owned();
    let action = form.split('&').find_map(|pair| pair.strip_prefix("Action="));
    action.unwrap_or("unknown").to_owned()
}

/// Access key id in the signature; empty if the request is not signed.
fn access_key(request: &Request) -> Option<String> {
    let signature = request.head.header("authorization").unwrap_or_default();
    let (_, key) = signature.split_once("Credential=").unwrap_or_default();
    key.split('/').next().map(str::to_owned)
}

fn error(status: u16, code: &str, message: &str) -> Response {
    let body = json!({"__type": code, "message": message}).to_string();
    Response::new(status, body).with("x-amzn-errortype", code)
}
