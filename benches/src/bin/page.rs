//! Measures a running `tailwater serve`: response time of each request, and memory of the server.

use std::{
    env,
    fmt::Write as _,
    fs,
    io::{self, Read, Write as _},
    net::TcpStream,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

const USAGE: &str = "usage: page HOST:PORT [--pid N] [--rounds N]";

/// Limit of the response time of the API, with a store of one million invocations and ten million lines.
const API: Duration = Duration::from_millis(200);
const SEARCH: Duration = Duration::from_millis(500);
const MEMORY_MIB: u64 = 300;

struct Options {
    host: String,
    pid: Option<u32>,
    rounds: usize,
}

fn main() -> Result<()> {
    let options = parse_options(env::args().skip(1)).context(USAGE)?;
    let requests = requests(&options.host)?;
    let mut report = String::from("request                                   median      p95    bytes\n");
    let mut is_slow = false;
    for (request, budget) in &requests {
        let (median, p95, bytes) = measure(&options, request)?;
        let mark = if p95 > *budget { "  too slow" } else { "" };
        is_slow |= p95 > *budget;
        let name: String = request.trim_start_matches("/api/v1/").chars().take(40).collect();
        writeln!(report, "{name:<40} {:>6.1} ms {:>5.1} ms {bytes:>8}{mark}", millis(median), millis(p95))?;
    }
    let memory = options.pid.map(peak_memory_mib).transpose()?;
    if let Some(memory) = memory {
        writeln!(report, "peak memory of the server: {memory} MiB")?;
    }
    write!(io::stdout(), "{report}")?;
    ensure!(!is_slow, "a response time exceeds its limit");
    ensure!(memory.is_none_or(|memory| memory < MEMORY_MIB), "the server's memory exceeds {MEMORY_MIB} MiB");
    Ok(())
}

/// Requests that the page makes, each with its limit of response time.
fn requests(host: &str) -> Result<Vec<(String, Duration)>> {
    let status: Value = serde_json::from_slice(&get(host, "/api/v1/status")?)?;
    let number = |name: &str| {
        status
            .get(name)
            .and_then(Value::as_i64)
            .with_context(|| format!("the store is empty: the status has no {name}"))
    };
    let (first, last) = (number("first_ms")?, number("last_ms")?);
    let (quarter, half) = (first + (last - first) / 4, first + (last - first) / 2);
    let text = |path: &str, pointer: &str| -> Result<String> {
        let response: Value = serde_json::from_slice(&get(host, path)?)?;
        Ok(response
            .pointer(pointer)
            .and_then(Value::as_str)
            .with_context(|| format!("the response has no {pointer}"))?
            .to_owned())
    };
    let function = text("/api/v1/summary", "/functions/0/function")?;
    let slowest = "/api/v1/invocations?order=slowest&limit=1";
    let key = text(slowest, "/invocations/0/key")?;
    let request = text(slowest, "/invocations/0/request_id")?;
    let group = text("/api/v1/errors?limit=1", "/errors/0/id")?;
    let range = format!("since={quarter}&until={half}");
    let api = [
        "status".to_owned(),
        "summary".to_owned(),
        format!("summary?{range}"),
        "series?buckets=100".to_owned(),
        format!("series?{range}&buckets=100"),
        format!("series?function={function}&buckets=100"),
        "sparklines?buckets=32".to_owned(),
        "cost".to_owned(),
        format!("cost?function={function}"),
        "errors?limit=200".to_owned(),
        format!("errors?function={function}"),
        "invocations?order=slowest&limit=10".to_owned(),
        format!("invocations?function={function}&outcome=failed&limit=10"),
        "invocations?limit=100".to_owned(),
        "invocations?order=costliest&limit=100".to_owned(),
        format!("invocations?order=most_memory&error_group={group}&limit=100"),
        format!("invocations?order=slowest&slower_than=100&start=cold&{range}&limit=100"),
        "names".to_owned(),
        format!("find?text={}", request.get(..8).unwrap_or_default()),
        format!("invocation?key={key}"),
    ];
    let searches = [
        "logs".to_owned(),
        "logs?level=error".to_owned(),
        format!("logs?function={function}"),
        format!("logs?{range}"),
        format!("logs?request_id={request}"),
        "logs?text=order".to_owned(),
        "logs?text=nowheretobefound".to_owned(),
        "logs?text=%22no+such+phrase+anywhere%22".to_owned(),
        "logs?text=%22e%22+%22zzzzzz%22".to_owned(),
    ];
    let under = |budget| move |request: String| (format!("/api/v1/{request}"), budget);
    Ok(api.into_iter().map(under(API)).chain(searches.into_iter().map(under(SEARCH))).collect())
}

/// Measures the median and the 95th percentile of the response time, after one request that does not count, and
/// the response size.
fn measure(options: &Options, request: &str) -> Result<(Duration, Duration, usize)> {
    let mut bytes = get(&options.host, request)?.len();
    let mut times = Vec::with_capacity(options.rounds);
    for _ in 0..options.rounds {
        let began = Instant::now();
        bytes = get(&options.host, request)?.len();
        times.push(began.elapsed());
    }
    times.sort_unstable();
    let at = |share: usize| times.get((times.len() * share / 100).min(times.len() - 1)).copied();
    Ok((at(50).context("there is no round")?, at(95).context("there is no round")?, bytes))
}

/// Body of a response. The request asks for no compression.
fn get(host: &str, path: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(host)?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    write!(stream, "GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")?;
    let mut response = Vec::new();
    stream.read_to_end(&mut response)?;
    let end =
        response.windows(4).position(|window| window == b"\r\n\r\n").context("the response has no header")?;
    let (head, body) = response.split_at(end + 4);
    ensure!(head.starts_with(b"HTTP/1.1 200"), "{path}: {}", String::from_utf8_lossy(head));
    Ok(body.to_vec())
}

/// Peak resident memory of a process (`VmHWM`), in MiB.
fn peak_memory_mib(pid: u32) -> Result<u64> {
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("/proc has no VmHWM for this process")?;
    let kib: u64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kib / 1024)
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn parse_options(mut arguments: impl Iterator<Item = String>) -> Result<Options> {
    let mut options =
        Options { host: arguments.next().context("HOST:PORT is missing")?, pid: None, rounds: 20 };
    while let Some(flag) = arguments.next() {
        let value = arguments.next().with_context(|| format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--pid" => options.pid = Some(value.parse()?),
            "--rounds" => options.rounds = value.parse::<usize>()?.max(1),
            unknown => bail!("unknown flag {unknown}"),
        }
    }
    Ok(options)
}
