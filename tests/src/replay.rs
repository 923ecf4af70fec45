//! Runs `tailwater` commands and reads their results.

use std::{
    collections::VecDeque,
    ffi::{OsStr, OsString},
    fmt::Write as _,
    fs,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary;

/// Command line of `tailwater`, run in a temporary folder unless another is given.
pub struct Replay {
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    input: Vec<u8>,
    limit: Option<Limit>,
    environment: Vec<(String, String)>,
}

/// Limit of the shell's `ulimit`.
struct Limit {
    option: &'static str,
    value: u64,
}

/// Result of a command.
#[derive(Debug)]
pub struct Finished {
    /// Exit code; `None` if a signal ended the process.
    pub code: Option<i32>,
    /// Text written to stdout.
    pub stdout: String,
    /// Text written to stderr.
    pub stderr: String,
}

/// Running command.
pub struct Running {
    child: Child,
    // Deleted when the command has ended.
    _folder: Option<TempDir>,
}

impl Default for Replay {
    fn default() -> Self {
        Self::new()
    }
}

impl Replay {
    /// Creates `tailwater replay`.
    #[must_use]
    pub fn new() -> Self {
        Self::subcommand("replay")
    }

    /// Creates `tailwater NAME`.
    #[must_use]
    pub fn subcommand(name: &str) -> Self {
        Self {
            arguments: vec![name.into()],
            folder: None,
            input: Vec::new(),
            limit: None,
            environment: Vec::new(),
        }
    }

    /// Creates `tailwater replay --json --to none INPUT`.
    pub fn measure(input: impl AsRef<Path>) -> Self {
        Self::new().args(["--json", "--to", "none"]).arg(input.as_ref())
    }

    /// Creates `tailwater replay --json --store STORE INPUT`.
    pub fn into_store(input: impl AsRef<Path>, store: impl AsRef<Path>) -> Self {
        Self::new().arg("--json").arg("--store").arg(store.as_ref()).arg(input.as_ref())
    }

    /// Adds an argument.
    #[must_use]
    pub fn arg(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().to_owned());
        self
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<OsStr>>(self, arguments: impl IntoIterator<Item = A>) -> Self {
        arguments.into_iter().fold(self, Self::arg)
    }

    /// Sets the working directory.
    #[must_use]
    pub fn in_folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.folder = Some(folder.as_ref().to_owned());
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets the content of stdin.
    #[must_use]
    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = input.into();
        self
    }

    /// Limits the memory of the process (heap and stacks) to this many MiB. Beyond it, allocations fail and the
    /// process aborts.
    #[must_use]
    pub fn memory_mib(mut self, limit: u64) -> Self {
        self.limit = Some(Limit { option: "-d", value: limit * 1024 });
        self
    }

    /// Limits the size of files that the process may write to this many blocks of 512 or 1,024 bytes, depending on the
    /// shell.
    #[must_use]
    pub fn file_blocks(mut self, limit: u64) -> Self {
        self.limit = Some(Limit { option: "-f", value: limit });
        self
    }

    /// Runs the command to its end.
    ///
    /// # Panics
    /// Panics if the binary cannot be started.
    #[must_use]
    pub fn run(mut self) -> Finished {
        let input = std::mem::take(&mut self.input);
        let mut running = self.start();
        let stdin = running.child.stdin.take();
        let feeder = thread::spawn(move || feed(stdin, &input));
        let finished = running.wait();
        feeder.join().expect("writing stdin does not panic");
        finished
    }

    /// Starts the command with stdin open.
    ///
    /// # Panics
    /// Panics if the binary cannot be started.
    #[must_use]
    pub fn start(self) -> Running {
        let own =
            self.folder.is_none().then(|| tempfile::tempdir().expect("a temporary folder can be created"));
        let folder = self.folder.as_deref().or(own.as_ref().map(TempDir::path));
        let child = self
            .command()
            .current_dir(folder.expect("it is given or was created"))
            .env_remove("NO_COLOR")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary can be started");
        Running { child, _folder: own }
    }

    fn command(&self) -> Command {
        let mut command = match &self.limit {
            None => Command::new(binary::tailwater()),
            Some(limit) => limited(limit),
        };
        // Variables of the environment that runs the tests must not be read as settings.
        let foreign = std::env::vars_os().map(|(name, _)| name);
        for name in foreign.filter(|name| name.to_string_lossy().starts_with("TAILWATER_")) {
            command.env_remove(name);
        }
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// Limits a resource with the shell's `ulimit`: std has no `setrlimit`.
fn limited(limit: &Limit) -> Command {
    let mut command = Command::new("sh");
    command
        .args([
            "-c",
            r#"ulimit "$1" "$2" && shift 2 && exec "$@""#,
            "sh",
            limit.option,
            &limit.value.to_string(),
        ])
        .arg(binary::tailwater());
    command
}

/// Writes stdin. The process may end before it has read everything.
fn feed(stdin: Option<ChildStdin>, input: &[u8]) {
    if let Some(mut stdin) = stdin {
        let _closed_early = stdin.write_all(input);
    }
}

impl Running {
    /// Sends a signal by its name, such as `KILL` or `INT`; without effect if the process has ended.
    ///
    /// # Panics
    /// Panics if there is no `kill` program.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.child.id().to_string())
            .stderr(Stdio::null())
            .status();
        sent.expect("every POSIX system has `kill`");
    }

    /// Waits until the process handles SIGINT and has not used the processor for a while, so that it waits for something.
    /// Returns after some seconds at most.
    pub fn wait_until_blocked(&self) {
        const POLLS: usize = 20;
        const POLL: Duration = Duration::from_millis(20);
        let deadline = Instant::now() + Duration::from_secs(8);
        let mut history = VecDeque::new();
        while Instant::now() < deadline {
            history.push_front(processor_time(self.child.id()));
            history.truncate(POLLS);
            let is_idle = history.len() == POLLS
                && history
                    .front()
                    .zip(history.back())
                    .is_some_and(|(now, before)| now.saturating_sub(*before) < POLL);
            if is_idle && handles_interrupt(self.child.id()) {
                return;
            }
            thread::park_timeout(POLL);
        }
    }

    /// Sends a signal, keeps stdin open, and waits for the end. Returns the result and the time that the end took.
    ///
    /// # Panics
    /// Panics if the process has not ended after `limit`; it is then killed.
    #[must_use]
    pub fn end_by(mut self, signal: &str, limit: Duration) -> (Finished, Duration) {
        let stdin = self.child.stdin.take();
        let pid = self.child.id();
        self.signal(signal);
        let start = Instant::now();
        let (sender, ended) = mpsc::channel();
        let waiting = thread::spawn(move || {
            let mut child = self.child;
            // Not read before the end: a process that waits for its reader has to end, too.
            let status = child.wait().expect("the process can be waited for");
            let _ = sender.send(start.elapsed());
            let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
            let _ = child.stdout.take().map(|mut pipe| pipe.read_to_end(&mut stdout));
            let _ = child.stderr.take().map(|mut pipe| pipe.read_to_end(&mut stderr));
            Finished::from(Output { status, stdout, stderr })
        });
        let took = ended.recv_timeout(limit);
        if took.is_err() {
            let _ = Command::new("kill").args(["-KILL", &pid.to_string()]).status();
        }
        let finished = waiting.join().expect("waiting does not panic");
        drop(stdin);
        let took =
            took.unwrap_or_else(|_| panic!("{signal} did not end the process; stderr:\n{}", finished.stderr));
        (finished, took)
    }

    /// Returns stdin, once.
    ///
    /// # Panics
    /// Panics if it was taken before.
    #[must_use]
    pub fn stdin(&mut self) -> ChildStdin {
        self.child.stdin.take().expect("stdin is taken once")
    }

    /// Closes stdin and waits for the end.
    ///
    /// # Panics
    /// Panics if the output cannot be read.
    #[must_use]
    pub fn wait(self) -> Finished {
        Finished::from(self.child.wait_with_output().expect("the process can be waited for"))
    }
}

/// Returns the time for which all threads of a process have used the processor.
fn processor_time(pid: u32) -> Duration {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of_thread = |thread: fs::DirEntry| {
        let statistics = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        Some(Duration::from_nanos(statistics.split(' ').next()?.parse().ok()?))
    };
    threads.filter_map(of_thread).sum()
}

/// True if a process has a handler for SIGINT, the second signal.
fn handles_interrupt(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:"));
    caught.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 2 != 0)
}

impl From<Output> for Finished {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl Finished {
    /// Checks the exit code and returns the result.
    ///
    /// # Panics
    /// Panics if it differs; the message includes stderr.
    #[expect(clippy::must_use_candidate, reason = "the check itself may be all that is wanted")]
    pub fn code(self, expected: i32) -> Self {
        assert_eq!(self.code, Some(expected), "exit code; stderr:\n{}", self.stderr);
        self
    }

    /// Decodes the document of `--json`.
    ///
    /// # Panics
    /// Panics if stdout is not one JSON document.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr))
    }

    /// Decodes the lines of stdout, each of which is a JSON document.
    ///
    /// # Panics
    /// Panics if a line is not JSON.
    #[must_use]
    pub fn records(&self) -> Vec<Value> {
        let read = |line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error} in {line}"));
        self.stdout.lines().map(read).collect()
    }

    /// Returns the members of the `--json` document that describe the logs, without the ledger of this run.
    #[must_use]
    pub fn view(&self) -> String {
        let json = self.json();
        let mut view = format!("{}\n", json["totals"]);
        for function in json["functions"].as_array().into_iter().flatten() {
            writeln!(view, "{function}").expect("writing to a string cannot fail");
        }
        view
    }
}

/// Checks that the ledger of a `--json` document balances, and returns it.
///
/// # Panics
/// Panics if it does not, or if a count is missing.
pub fn balanced(json: &Value) -> &Value {
    let ledger = &json["ledger"];
    let part = |name: &str| ledger[name].as_u64().unwrap_or_else(|| panic!("no number {name} in {ledger}"));
    let settled: u64 = ["delivered", "filtered", "sampled", "parked", "rejected"].map(part).iter().sum();
    assert_eq!(part("received"), settled, "unbalanced ledger: {ledger}");
    assert!(part("duplicates") <= part("delivered"), "more duplicates than delivered: {ledger}");
    ledger
}
