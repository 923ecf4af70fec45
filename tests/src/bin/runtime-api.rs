//! Drives a `bootstrap` by hand: hands it the events of files, one after another, and prints each answer.

use std::{
    env, fs,
    io::{self, Write as _},
    path::PathBuf,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use tests::{
    lambda::{History, Lambda},
    process::Program,
    runtime_api::{Answer, InvocationResult},
};

const USAGE: &str = "Drives a Lambda function's bootstrap with events, as AWS would, and prints each answer.

usage: runtime-api --event FILE [--event FILE …] [--deadline 30s] [--env NAME=VALUE …] -- PROGRAM [ARGUMENT …]

  --event FILE      an event's JSON; repeatable
  --deadline TIME   the function's timeout, in s or ms (default 30s); a process that is late is killed
  --env NAME=VALUE  an environment variable besides AWS's own; nothing else is inherited; repeatable

Exits with 1 when an event was not answered with a response.";

/// What was asked for.
struct Order {
    events: Vec<PathBuf>,
    deadline: Duration,
    program: Program,
}

fn main() -> Result<()> {
    let words: Vec<_> = env::args().skip(1).collect();
    if words.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h") {
        return Ok(writeln!(io::stdout(), "{USAGE}")?);
    }
    let order = read_order(words.into_iter()).context(USAGE)?;
    let mut lambda = Lambda::new(order.program, order.deadline);
    let mut failures = 0;
    for (number, path) in order.events.iter().enumerate() {
        let payload = fs::read(path).with_context(|| path.display().to_string())?;
        let run = lambda.invoke_once(&format!("{number:08x}-0000-4000-8000-000000000000"), &payload);
        failures += usize::from(run.answer.response().is_none());
        print(&format!("{}: {}", path.display(), describe(&run)))?;
    }
    print_history(&lambda.finish())?;
    ensure!(failures == 0, "{failures} of {} events without a response", order.events.len());
    Ok(())
}

fn read_order(mut words: impl Iterator<Item = String>) -> Result<Order> {
    let (mut events, mut deadline, mut environment) = (Vec::new(), Duration::from_secs(30), Vec::new());
    loop {
        let word = words.next().context("no program after --")?;
        match word.as_str() {
            "--" => break,
            "--event" => events.push(words.next().context("--event wants a file")?.into()),
            "--deadline" => deadline = read_time(&words.next().context("--deadline wants a time")?)?,
            "--env" => environment.push(words.next().context("--env wants NAME=VALUE")?),
            other => bail!("no such flag: {other}"),
        }
    }
    ensure!(!events.is_empty(), "no --event");
    let mut program = Program::new(words.next().context("no program after --")?);
    for pair in environment {
        let (name, value) = pair.split_once('=').context("--env wants NAME=VALUE")?;
        program = program.env(name, value);
    }
    Ok(Order { events, deadline, program: words.fold(program, |program, word| program.arg(&word)) })
}

/// `30s`, `1500ms`
fn read_time(text: &str) -> Result<Duration> {
    let time = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => Duration::from_millis(millis.parse()?),
        (None, Some(seconds)) => Duration::from_secs(seconds.parse()?),
        (None, None) => bail!("a time has a unit: 30s, 1500ms"),
    };
    Ok(time)
}

fn describe(result: &InvocationResult) -> String {
    let millis = result.duration.as_millis();
    match &result.answer {
        Answer::Response(body) => format!("response after {millis} ms: {}", String::from_utf8_lossy(body)),
        Answer::Error { kind, body } => {
            format!("error after {millis} ms: {kind} {}", String::from_utf8_lossy(body))
        }
        Answer::TooLarge(bytes) => format!("a response of {bytes} bytes, which is too large"),
        Answer::TimedOut => format!("timed out after {millis} ms, killed"),
        Answer::ProcessExited => format!("the process ended after {millis} ms"),
        Answer::InitFailed(why) => format!("the process did not start: {why}"),
    }
}

/// What the processes wrote, and what they took.
fn print_history(history: &History) -> Result<()> {
    for (name, text) in [("stdout", &history.output.stdout), ("stderr", &history.output.stderr)] {
        for line in String::from_utf8_lossy(text).lines() {
            print(&format!("{name}: {line}"))?;
        }
    }
    for init in &history.init_durations {
        print(&format!("asked for its first event {:.1} ms after exec", init.as_secs_f64() * 1_000.0))?;
    }
    for violation in &history.violations {
        print(&format!("broke the protocol: {violation}"))?;
    }
    print(&format!("at most {} KiB of memory", history.peak_memory_kib))
}

fn print(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
