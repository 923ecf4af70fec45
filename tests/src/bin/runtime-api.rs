//! Runs a `bootstrap` with events from files and prints each answer.

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
  --deadline TIME   the function's timeout, in s or ms (default 30s); a process that exceeds it is killed
  --env NAME=VALUE  environment variable in addition to those of AWS; no others are inherited; repeatable

Exits with 1 if an event has no response.";

/// Parsed arguments.
struct Arguments {
    events: Vec<PathBuf>,
    deadline: Duration,
    program: Program,
}

fn main() -> Result<()> {
    let words: Vec<_> = env::args().skip(1).collect();
    if words.iter().take_while(|word| *word != "--").any(|word| word == "--help" || word == "-h") {
        return Ok(writeln!(io::stdout(), "{USAGE}")?);
    }
    let arguments = read_arguments(words.into_iter()).context(USAGE)?;
    let mut lambda = Lambda::new(arguments.program, arguments.deadline);
    let mut failures = 0;
    for (number, path) in arguments.events.iter().enumerate() {
        let payload = fs::read(path).with_context(|| path.display().to_string())?;
        let run = lambda.invoke_once(&format!("{number:08x}-0000-4000-8000-000000000000"), &payload);
        failures += usize::from(run.answer.response().is_none());
        print(&format!("{}: {}", path.display(), describe(&run)))?;
    }
    print_history(&lambda.finish())?;
    ensure!(failures == 0, "{failures} of {} events without a response", arguments.events.len());
    Ok(())
}

fn read_arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments> {
    let (mut events, mut deadline, mut environment) = (Vec::new(), Duration::from_secs(30), Vec::new());
    loop {
        let word = words.next().context("a program after -- is required")?;
        match word.as_str() {
            "--" => break,
            "--event" => events.push(words.next().context("--event requires a file")?.into()),
            "--deadline" => deadline = read_time(&words.next().context("--deadline requires a time")?)?,
            "--env" => environment.push(words.next().context("--env requires NAME=VALUE")?),
            other => bail!("unknown flag: {other}"),
        }
    }
    ensure!(!events.is_empty(), "--event is required");
    let mut program = Program::new(words.next().context("a program after -- is required")?);
    for pair in environment {
        let (name, value) = pair.split_once('=').context("--env requires NAME=VALUE")?;
        program = program.env(name, value);
    }
    Ok(Arguments { events, deadline, program: words.fold(program, |program, word| program.arg(&word)) })
}

/// Parses `30s` or `1500ms`.
fn read_time(text: &str) -> Result<Duration> {
    let time = match (text.strip_suffix("ms"), text.strip_suffix('s')) {
        (Some(millis), _) => Duration::from_millis(millis.parse()?),
        (None, Some(seconds)) => Duration::from_secs(seconds.parse()?),
        (None, None) => bail!("a time requires a unit: 30s, 1500ms"),
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
        Answer::TooLarge(bytes) => format!("response of {bytes} bytes exceeds the limit"),
        Answer::TimedOut => format!("timed out after {millis} ms, killed"),
        Answer::ProcessExited => format!("the process ended after {millis} ms"),
        Answer::InitFailed(why) => format!("initialization failed: {why}"),
    }
}

/// Prints output, start-up times, violations and memory.
fn print_history(history: &History) -> Result<()> {
    for (name, text) in [("stdout", &history.output.stdout), ("stderr", &history.output.stderr)] {
        for line in String::from_utf8_lossy(text).lines() {
            print(&format!("{name}: {line}"))?;
        }
    }
    for init in &history.init_durations {
        print(&format!("first request for an event: {:.1} ms after exec", init.as_secs_f64() * 1_000.0))?;
    }
    for violation in &history.violations {
        print(&format!("invalid Runtime API call: {violation}"))?;
    }
    print(&format!("maximum memory: {} KiB", history.peak_memory_kib))
}

fn print(line: &str) -> Result<()> {
    Ok(writeln!(io::stdout(), "{line}")?)
}
