//! `tailwater serve` under slow, silent, curious and greedy clients: the API answers, and a replay writes to the store.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    path::PathBuf,
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use tempfile::TempDir;
use tests::{
    binary::{DEMO_EVENTS, root},
    forms,
    page_server::PageServer,
    replay::Replay,
    sample::events,
};

/// Time in which the API answers a request on a busy machine, whatever other clients do.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

struct Fixture {
    folder: TempDir,
}

impl Fixture {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder can be created") }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("tailwater.db")
    }

    /// Starts a server for the demo, whose export is larger than the buffers of a connection.
    fn demo(&self) -> PageServer {
        let _ = Replay::into_store(root().join("tests/demo"), self.store()).run().code(0);
        PageServer::start(self.store(), &[])
    }

    fn with_token(&self, token: &str) -> PageServer {
        let file = self.folder.path().join("token");
        std::fs::write(&file, token).expect("the file can be written");
        PageServer::start(self.store(), &["--token-file", file.to_str().expect("the path is text")])
    }
}

fn connect(page: &PageServer, text: &str) -> TcpStream {
    let mut client = TcpStream::connect(page.address()).expect("the server listens");
    // The server may close the connection at any time.
    let _ = client.write_all(text.as_bytes());
    client
}

fn request(page: &PageServer, first_line: &str, headers: &str) -> TcpStream {
    connect(page, &format!("{first_line} HTTP/1.1\r\nhost: {}\r\n{headers}", page.address()))
}

/// Connects 200 clients: silent ones, ones with an unfinished head or body, and ones that do not read an export.
fn slow_clients(page: &PageServer) -> Vec<TcpStream> {
    let post = "content-type: application/json\r\ncontent-length: 1000000\r\n\r\n{";
    let four = |_| {
        [
            connect(page, ""),
            request(page, "GET /api/v1/status", "x-slow: "),
            request(page, "POST /api/v1/deliveries", post),
            request(page, "GET /api/v1/logs/export", "\r\n"),
        ]
    };
    (0..50).flat_map(four).collect()
}

/// Starts a thread that sends one byte on each connection again and again, until all are closed or dropped.
fn trickle(clients: &[TcpStream]) -> JoinHandle<()> {
    let clients: Vec<_> = clients.iter().map(|client| client.try_clone().expect("it is open")).collect();
    thread::spawn(move || {
        for _ in 0..100 {
            for mut client in &clients {
                let _ = client.write_all(b"a");
            }
            thread::park_timeout(Duration::from_millis(50));
        }
    })
}

/// Requests a path and checks that it is answered in time.
#[track_caller]
fn assert_answers(page: &PageServer, path: &str) {
    let start = Instant::now();
    let answer = page.request("GET", path, &[], "");
    let took = start.elapsed();
    assert!(answer.status == 200 && took < ANSWERS_WITHIN, "{path}: {} after {took:?}", answer.status);
}

#[test]
fn api_answers_and_replay_writes_with_200_slow_clients() {
    let fixture = Fixture::new();
    let page = fixture.demo();
    let clients = slow_clients(&page);
    let trickling = trickle(&clients);
    let input = fixture.folder.path().join("more.json");
    let more = forms::document_of("/aws/lambda/another", "2026/03/04/[$LATEST]0", &events());
    std::fs::write(&input, more).expect("the file can be written");
    let replay = Replay::into_store(&input, fixture.store()).start();
    for path in ["/api/v1/summary", "/api/v1/logs?text=error", "/", "/api/v1/errors"] {
        assert_answers(&page, path);
    }
    let _ = replay.wait().code(0);
    let start = Instant::now();
    while page.json("/api/v1/status")["events"] != DEMO_EVENTS + 12 {
        assert!(start.elapsed() < ANSWERS_WITHIN, "the replayed events are not shown");
    }
    assert_eq!(
        page.post_delivery(forms::event_line(&events()), &[("content-type", "application/json")]).status,
        200
    );
    trickling.join().expect("the thread does not panic");
    drop(clients);
}

#[test]
fn new_connections_replace_idle_ones() {
    let fixture = Fixture::new();
    let page = PageServer::start(fixture.store(), &[]);
    let clients: Vec<_> = (0..600).map(|_| connect(&page, "")).collect();
    assert_answers(&page, "/api/v1/status");
    drop(clients);
}

#[test]
fn exports_are_limited_and_the_limit_ends_with_them() {
    let fixture = Fixture::new();
    let page = fixture.demo();
    let clients: Vec<_> = (0..20).map(|_| request(&page, "GET /api/v1/logs/export", "\r\n")).collect();
    let status = |mut client: &TcpStream| {
        let mut head = [0; 12];
        client.read_exact(&mut head).expect("the server answers");
        String::from_utf8_lossy(&head).into_owned()
    };
    let refused = clients.iter().filter(|client| status(client) == "HTTP/1.1 503").count();
    assert!((1..20).contains(&refused), "{refused} of 20 exports were refused");
    drop(clients);
    let start = Instant::now();
    while page.request("GET", "/api/v1/logs/export?text=nothing", &[], "").status != 200 {
        assert!(start.elapsed() < ANSWERS_WITHIN, "the exports have not ended");
    }
}

#[test]
fn uploads_together_are_limited() {
    let fixture = Fixture::new();
    let page = PageServer::start(fixture.store(), &[]);
    let size = 16_000_000;
    let head = format!("content-type: application/json\r\ncontent-length: {}\r\n\r\n", size + 1);
    let upload = |_| {
        let mut client = request(&page, "POST /api/v1/deliveries", &head);
        let _ = client.write_all(&vec![b' '; size]);
        client
    };
    let clients: Vec<_> = (0..6).map(upload).collect();
    let refused = clients.into_iter().filter(|mut client| {
        let _ = client.set_read_timeout(Some(Duration::from_millis(500)));
        let mut head = [0; 12];
        client.read_exact(&mut head).is_ok() && head == *b"HTTP/1.1 503"
    });
    assert!(refused.count() > 0, "96 MB of uploads were accepted");
    assert_answers(&page, "/api/v1/status");
}

#[test]
fn slow_clients_are_disconnected() {
    let fixture = Fixture::new();
    let page = fixture.demo();
    let post = "content-type: application/json\r\ncontent-length: 1000000\r\n\r\n{";
    let clients = [
        connect(&page, ""),
        request(&page, "GET /api/v1/status", "x-slow: "),
        request(&page, "POST /api/v1/deliveries", post),
    ];
    let start = Instant::now();
    for mut client in clients {
        client.set_read_timeout(Some(Duration::from_secs(40))).expect("the timeout is valid");
        client.read_to_end(&mut Vec::new()).expect("the server closes the connection");
    }
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn large_head_is_rejected() {
    let fixture = Fixture::new();
    let page = PageServer::start(fixture.store(), &[]);
    let path = format!("/api/v1/summary?since={}", "1".repeat(200_000));
    let mut client = request(&page, &format!("GET {path}"), "\r\n");
    let mut answer = Vec::new();
    let _ = client.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP/1.1 2"), "{:?}", String::from_utf8_lossy(&answer));
}

#[test]
fn requests_that_other_sites_cause_are_denied() {
    let fixture = Fixture::new();
    let page = PageServer::start(fixture.store(), &[]);
    let status = |path: &str, headers: &[(&str, &str)]| page.request("GET", path, headers, "").status;
    let navigation =
        [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "document")];
    assert_eq!(status("/functions", &navigation), 200);
    assert_eq!(status("/api/v1/logs/export", &navigation), 403);
    for site in ["cross-site", "same-site"] {
        assert_eq!(status("/api/v1/summary", &[("sec-fetch-site", site)]), 403);
    }
    assert_eq!(status("/api/v1/summary", &[("referer", "http://evil.example/")]), 403);
    assert_eq!(status("/api/v1/summary", &[("origin", "null")]), 403);
    assert_eq!(status("/api/v1/summary", &[("sec-fetch-site", "same-origin")]), 200);
}

#[test]
fn wrong_tokens_are_slowed_down() {
    const TOKEN: &str = "correct-horse-battery-staple";
    let fixture = Fixture::new();
    let page = fixture.with_token(TOKEN);
    let bearer = |token: &str| {
        page.request("GET", "/api/v1/status", &[("authorization", &format!("Bearer {token}"))], "").status
    };
    let start = Instant::now();
    assert_eq!((bearer("wrong-horse-battery-staple"), bearer("wrong-horse")), (401, 401));
    assert!(start.elapsed() > Duration::from_millis(1_500), "{:?}", start.elapsed());
    assert_eq!(page.request("POST", "/login", &[], "token=wrong").status, 403);
    assert_eq!(bearer(TOKEN), 200);
    let at_once: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..12).map(|_| scope.spawn(|| bearer("wrong-horse-battery-staple"))).collect();
        threads.into_iter().map(|thread| thread.join().expect("the request does not panic")).collect()
    });
    assert!(at_once.contains(&429) && !at_once.contains(&200), "{at_once:?}");
}
