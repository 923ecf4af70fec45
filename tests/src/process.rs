//! Process under test, run as AWS Lambda runs it: with its own environment variables and captured output, and killed
//! without warning.

use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{
    runtime_api::{FUNCTION, RuntimeApi},
    sample::REGION,
};

/// Program with arguments and environment.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    arguments: Vec<String>,
    environment: Vec<(String, String)>,
    memory_mb: u32,
}

/// Unit in which `/proc/PID/stat` states processor time: it is rounded.
const TICK: Duration = Duration::from_millis(10);

/// Running process; dropping the last clone kills it. Clones share the same process.
#[derive(Clone)]
pub struct Process {
    own: Arc<Own>,
}

struct Own {
    child: Mutex<Child>,
    pid: u32,
    started: Instant,
    output: Arc<Mutex<Output>>,
    readers: Mutex<Vec<JoinHandle<()>>>,
}

/// Output of a process.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Output {
    /// Bytes written to stdout.
    pub stdout: Vec<u8>,
    /// Bytes written to stderr.
    pub stderr: Vec<u8>,
}

impl Program {
    /// Creates a program with the environment of a Lambda function of 128 MB, and no inherited variables.
    #[must_use]
    pub fn new(path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_owned();
        Self { path, arguments: Vec::new(), environment: Vec::new(), memory_mb: 128 }
    }

    /// Adds an argument, for programs other than `bootstrap`.
    #[must_use]
    pub fn arg(mut self, argument: &str) -> Self {
        self.arguments.push(argument.to_owned());
        self
    }

    /// Sets an environment variable; the last value of a name is used.
    #[must_use]
    pub fn env(mut self, name: &str, value: impl AsRef<str>) -> Self {
        self.environment.push((name.to_owned(), value.as_ref().to_owned()));
        self
    }

    /// Sets `AWS_LAMBDA_FUNCTION_MEMORY_SIZE`; the memory is not limited.
    #[must_use]
    pub fn memory_mb(mut self, memory_mb: u32) -> Self {
        self.memory_mb = memory_mb;
        self
    }

    /// Starts a process with a Runtime API, which is notified of its end.
    ///
    /// # Panics
    /// Panics if it cannot be started.
    #[must_use]
    pub fn start(&self, api: &RuntimeApi) -> Process {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .env_clear()
            .envs(self.aws_environment(api))
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.path.display()));
        let output = Arc::new(Mutex::new(Output::default()));
        let exit_notifier = api.exit_notifier();
        let readers = vec![
            capture(
                child.stdout.take(),
                &output,
                |output| &mut output.stdout,
                move || exit_notifier.notify(),
            ),
            capture(child.stderr.take(), &output, |output| &mut output.stderr, || {}),
        ];
        let (pid, child, readers) = (child.id(), Mutex::new(child), Mutex::new(readers));
        Process { own: Arc::new(Own { child, pid, started, output, readers }) }
    }

    /// Environment variables that AWS sets, with example credentials.
    fn aws_environment(&self, api: &RuntimeApi) -> Vec<(&'static str, String)> {
        let fixed = [
            ("AWS_LAMBDA_FUNCTION_NAME", FUNCTION),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/tailwater"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "2026/03/04/[$LATEST]0123456789abcdef0123456789abcdef"),
            ("AWS_REGION", REGION),
            ("AWS_DEFAULT_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "token"),
            ("_HANDLER", "bootstrap"),
            ("LAMBDA_TASK_ROOT", "/var/task"),
            ("LANG", "en_US.UTF-8"),
            ("PATH", "/usr/local/bin:/usr/bin:/bin"),
            ("TZ", ":UTC"),
        ];
        let mut all: Vec<_> = fixed.map(|(name, value)| (name, value.to_owned())).into();
        all.push(("AWS_LAMBDA_RUNTIME_API", api.address().to_string()));
        all.push(("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", self.memory_mb.to_string()));
        all
    }
}

/// Reads a pipe to its end, which comes when all processes that hold it have ended, and then calls `ended`.
fn capture(
    pipe: Option<impl Read + Send + 'static>,
    output: &Arc<Mutex<Output>>,
    part: fn(&mut Output) -> &mut Vec<u8>,
    ended: impl FnOnce() + Send + 'static,
) -> JoinHandle<()> {
    let output = Arc::clone(output);
    thread::spawn(move || {
        let mut pipe = pipe.expect("the output is piped");
        let mut room = [0; 8 * 1024];
        while let Ok(read @ 1..) = pipe.read(&mut room) {
            part(&mut lock(&output)).extend(room.iter().take(read));
        }
        ended();
    })
}

impl Process {
    /// Ends the process with SIGKILL, from any thread; without effect if it has ended.
    pub fn kill(&self) {
        let _ended_already = lock(&self.own.child).kill();
    }

    /// Ends the process and returns its exit status, which is its own if it had ended before. The output is then
    /// complete.
    ///
    /// # Panics
    /// Panics if it cannot be waited for.
    #[must_use]
    pub fn end(&self) -> ExitStatus {
        self.kill();
        let status = lock(&self.own.child).wait().expect("the process can be waited for");
        self.join_readers();
        status
    }

    fn join_readers(&self) {
        for reader in lock(&self.own.readers).drain(..) {
            reader.join().expect("reading a pipe does not panic");
        }
    }

    /// Ends the process with SIGTERM, for tools that report at their end, and returns its exit status.
    ///
    /// # Panics
    /// Panics if there is no `kill` program, or the process cannot be waited for.
    #[must_use]
    pub fn terminate(&self) -> ExitStatus {
        self.signal("-TERM");
        let status = lock(&self.own.child).wait().expect("the process can be waited for");
        self.join_readers();
        status
    }

    /// Freezes the process, as AWS does between invocations, or lets it continue.
    ///
    /// # Panics
    /// Panics if there is no `kill` program.
    pub fn set_state(&self, state: SandboxState) {
        let signal = match state {
            SandboxState::Frozen => "-STOP",
            SandboxState::Running => "-CONT",
        };
        self.signal(signal);
    }

    fn signal(&self, signal: &str) {
        let sent =
            Command::new("kill").arg(signal).arg(self.own.pid.to_string()).stderr(Stdio::null()).status();
        sent.expect("every POSIX system has `kill`");
    }

    /// Time just before the start.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.own.started
    }

    /// Maximum resident memory so far (`VmHWM`) in KiB; `None` after the end.
    #[must_use]
    pub fn peak_memory_kib(&self) -> Option<u64> {
        self.memory_kib("VmHWM:")
    }

    /// Current resident memory (`VmRSS`) in KiB; `None` after the end.
    #[must_use]
    pub fn memory_now_kib(&self) -> Option<u64> {
        self.memory_kib("VmRSS:")
    }

    fn memory_kib(&self, name: &str) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.own.pid)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim().strip_suffix(" kB")?.parse().ok()
    }

    /// Processor time of the process, exact for running threads and rounded to 10 ms for ended ones; `None` after the
    /// end.
    #[must_use]
    pub fn processor_time(&self) -> Option<Duration> {
        let threads = fs::read_dir(format!("/proc/{}/task", self.own.pid)).ok()?.flatten();
        let of_thread = |thread: fs::DirEntry| {
            let statistics = fs::read_to_string(thread.path().join("schedstat")).ok()?;
            Some(Duration::from_nanos(statistics.split(' ').next()?.parse().ok()?))
        };
        let exact: Duration = threads.filter_map(of_thread).sum();
        // A difference of more than a tick is the time of ended threads.
        self.rounded_time().map(|rounded| if rounded > exact + TICK { rounded } else { exact })
    }

    fn rounded_time(&self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.own.pid)).ok()?;
        // The name is in brackets and may hold any character. After it, user and system time are the 12th and 13th
        // field.
        let fields = stat.rsplit_once(") ")?.1.split(' ').skip(11).take(2);
        let ticks: Option<u32> = fields.map(|field| field.parse::<u32>().ok()).sum();
        Some(TICK * ticks?)
    }

    /// Output so far.
    #[must_use]
    pub fn output(&self) -> Output {
        lock(&self.own.output).clone()
    }
}

/// State of a sandbox between and during invocations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SandboxState {
    /// Stopped.
    Frozen,
    /// Running.
    Running,
}

impl Drop for Own {
    fn drop(&mut self) {
        let child = self.child.get_mut().unwrap_or_else(PoisonError::into_inner);
        let _ended_already = child.kill();
        let _waited_already = child.wait();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
