//! Real servers, started on a free port by the scripts in `tests/servers`.
//!
//! If a server is not installed, its test prints a warning and passes; with `TEST_REQUIRE_SERVERS=1` it fails.

mod duckdb;
mod loki;
mod moto;
mod prometheus;
pub mod query;
mod versitygw;

use std::{
    env, fs,
    io::{self, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use tempfile::TempDir;

pub use self::{
    duckdb::Duckdb,
    loki::{Line, Loki},
    moto::{Moto, Operation},
    prometheus::{Prometheus, Sample},
    versitygw::Versitygw,
};
use crate::{
    binary::root,
    delay::pause,
    http::{Request, Response, send},
};

/// Maximum start-up time. Loki takes 17 s on an idle machine.
const READY_WITHIN: Duration = Duration::from_secs(120);

/// Running server; dropping it ends the process. If the test fails, the end of the server's log is printed.
pub struct Server {
    name: &'static str,
    child: Child,
    address: SocketAddr,
    folder: TempDir,
}

/// Name and readiness check of a server.
#[derive(Clone, Copy, Debug)]
struct ServerSpec {
    /// Name of its script in `tests/servers`.
    name: &'static str,
    /// Path that is answered with a status below 500 once the server is ready.
    ready: &'static str,
}

impl Server {
    /// Starts the server and waits until it is ready. Returns `None` and prints a warning if it is not installed.
    ///
    /// # Panics
    /// Panics if it is required and not installed, or does not become ready.
    fn start_if_installed(known: ServerSpec) -> Option<Self> {
        let ServerSpec { name, ready } = known;
        let script = root().join("tests/servers").join(name);
        if !is_installed(&script) {
            report_skipped(name, &format!("tests/servers/install {name}"));
            return None;
        }
        let mut server = Self::start(name, &script);
        server.wait_until_ready(ready);
        Some(server)
    }

    fn start(name: &'static str, script: &Path) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let log = fs::File::create(folder.path().join("log")).expect("the folder is new");
        let address = free_address();
        let child = Command::new(script)
            .arg("start")
            .arg(address.port().to_string())
            .arg(folder.path().join("data"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the file handle can be duplicated"))
            .stderr(log)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", script.display()));
        Self { name, child, address, folder }
    }

    fn wait_until_ready(&mut self, path: &str) {
        let give_up = Instant::now() + READY_WITHIN;
        loop {
            let answer = self.get(path).map(|response| response.status);
            if answer.as_ref().is_ok_and(|status| *status < 500) {
                return;
            }
            let ended = self.child.try_wait().expect("the process can be waited for");
            assert!(ended.is_none(), "{} ended before it was ready: {ended:?}", self.name);
            assert!(Instant::now() < give_up, "{} is not ready: {answer:?}", self.name);
            pause(Duration::from_millis(100));
        }
    }

    /// Address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Base URL: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn get(&self, target: &str) -> io::Result<Response> {
        self.request("GET", target, &[], "")
    }

    fn request(
        &self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> io::Result<Response> {
        let host = self.address.to_string();
        let headers = [&[("Host", host.as_str()), ("Connection", "close")], headers].concat();
        send(self.address, &Request::new(method, target, &headers, body))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _waited_already = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            let lines: Vec<_> = log.lines().rev().take(30).collect();
            print_uncaptured(&format!("end of the log of {}:", self.name));
            lines.into_iter().rev().for_each(print_uncaptured);
        }
    }
}

/// True if the script finds the server's binary.
fn is_installed(script: &Path) -> bool {
    let found = Command::new(script).arg("where").stdout(Stdio::null()).stdin(Stdio::null()).status();
    found.unwrap_or_else(|error| panic!("{}: {error}", script.display())).success()
}

/// Prints that a test was skipped, and how to install what it needs.
///
/// # Panics
/// Panics if everything is required, as in `.ci/run`.
pub fn report_skipped(what: &str, how: &str) {
    let required = env::var("TEST_REQUIRE_SERVERS").is_ok_and(|value| value == "1");
    assert!(!required, "{what} is required: {how}");
    print_uncaptured(&format!("SKIPPED: {what} is not available ({how})"));
}

/// Writes to stderr directly. Unlike `eprintln!` it is not captured, so that skipped tests and measurements are
/// visible.
pub fn print_uncaptured(line: &str) {
    let _nobody_listens = writeln!(io::stderr(), "{line}");
}

/// Returns a loopback address with a free port whose successor is free too, because Loki uses both. It is below the
/// range of ephemeral ports, from which an outgoing connection could take it before the server starts.
fn free_address() -> SocketAddr {
    const FIRST: u32 = 20_000;
    const COUNT: u32 = 12_000;
    let listens = |port: u16| TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok();
    let start = std::process::id().wrapping_mul(2_654_435_761) ^ nanoseconds();
    (0..COUNT)
        .map(|step| FIRST + start.wrapping_add(step * 2) % COUNT / 2 * 2)
        .filter_map(|port| u16::try_from(port).ok())
        .find(|port| listens(*port) && listens(port + 1))
        .map(|port| SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
        .expect("loopback has a free port")
}

/// Nanoseconds of the current time, used as a random number: it differs for two servers that one process starts.
fn nanoseconds() -> u32 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0, |now| now.subsec_nanos())
}
