//! Runs `tailwater` commands and reads their results.

use std::{
    ffi::{OsStr, OsString},
    fmt::Write as _,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Output, Stdio},
    thread,
};

use serde_json::Value;
use tempfile::TempDir;

use crate::binary;

/// Command line of `tailwater`, run in a temporary folder unless another is given.
pub struct Replay {
    arguments: Vec<OsString>,
    folder: Option<PathBuf>,
    input: Vec<u8>,
    memory_mib: Option<u64>,
    environment: Vec<(String, String)>,
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
            memory_mib: None,
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
        self.memory_mib = Some(limit);
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
        let mut command = match self.memory_mib {
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

/// Limits the memory with the shell's `ulimit`: std has no `setrlimit`.
fn limited(mebibytes: u64) -> Command {
    let mut command = Command::new("sh");
    command
        .args(["-c", r#"ulimit -d "$1" && shift && exec "$@""#, "sh", &(mebibytes * 1024).to_string()])
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
