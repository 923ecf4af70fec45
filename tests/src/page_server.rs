//! Running `tailwater serve` process and HTTP requests to it.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::{
    binary,
    http::{Request, Response, send},
};

/// Server on a free port of loopback; dropping it ends the process.
pub struct PageServer {
    child: Child,
    address: SocketAddr,
}

impl PageServer {
    /// Starts a server for a store, with further flags.
    ///
    /// # Panics
    /// Panics if the server does not print its address.
    #[must_use]
    pub fn start(store: impl AsRef<Path>, flags: &[&str]) -> Self {
        let mut child = Command::new(binary::tailwater())
            .args(["serve", "--addr", "127.0.0.1:0", "--store"])
            .arg(store.as_ref())
            .args(flags)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        let mut stderr = BufReader::new(child.stderr.take().expect("stderr is piped"));
        let mut line = String::new();
        stderr.read_line(&mut line).expect("stderr can be read");
        let address = line.split("http://").nth(1).and_then(|rest| rest.split('/').next());
        let address = address.and_then(|address| address.parse().ok());
        Self { child, address: address.unwrap_or_else(|| panic!("no address in {line:?}")) }
    }

    /// Address that the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Sends a request. The header `host` is the server's address unless it is given.
    ///
    /// # Panics
    /// Panics if there is no response.
    #[must_use]
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Response {
        let host = self.address.to_string();
        let mut all = vec![("connection", "close")];
        if !headers.iter().any(|(name, _)| *name == "host") {
            all.push(("host", &host));
        }
        all.extend(headers);
        send(self.address, &Request::new(method, path, &all, body)).expect("the server answers")
    }

    /// Requests a path and decodes the JSON body.
    ///
    /// # Panics
    /// Panics if the status is not 200 or the body is not JSON.
    #[must_use]
    pub fn json(&self, path: &str) -> Value {
        let answer = self.request("GET", path, &[], "");
        let text = String::from_utf8_lossy(&answer.body);
        assert_eq!(answer.status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{path}: {error} in {text}"))
    }

    /// Posts a Lambda event to be stored.
    #[must_use]
    pub fn post_delivery(&self, event: impl Into<Vec<u8>>, headers: &[(&str, &str)]) -> Response {
        self.request("POST", "/api/v1/deliveries", headers, event)
    }

    /// Sends a signal and waits for the end of the process; returns its exit code.
    ///
    /// # Panics
    /// Panics if the process has not ended after `limit`.
    #[must_use]
    pub fn end_by(mut self, signal: &str, limit: Duration) -> Option<i32> {
        let sent = Command::new("kill").args([format!("-{signal}"), self.pid().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()), "every POSIX system has `kill`");
        let deadline = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("the process can be waited for") {
                return status.code();
            }
            assert!(Instant::now() < deadline, "{signal} did not end the server");
            thread::park_timeout(Duration::from_millis(10));
        }
    }

    /// Process id of the server.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for PageServer {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _waited_already = self.child.wait();
    }
}
