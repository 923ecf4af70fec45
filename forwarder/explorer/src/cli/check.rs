//! `tailwater check`: validates the settings and shows what would be sent where, without secrets. Sends only with `--connect`.

use std::{fmt, io, sync::Arc};

use tailwater_forwarder::{
    assemble::{datadog_endpoints, rule_loader},
    http::{Client, Proxy},
    parking::Location,
    rule_source::RulesError,
    rules::Rules,
    settings::{Datadog, Ndjson, Otlp, Settings, SinkSettings},
    sink::{Signal, Signals},
    value::{Headers, SecretRef, Tag, Url},
};

use super::{
    args::CheckArgs,
    clock::now,
    config_file::read_settings,
    connect::{self, Probe},
    exit::{Exit, invalid_settings},
    from_datadog,
    interrupt::Interrupt,
    rules::UnusableRules,
    stderr, stdout,
};
use crate::view::format::plural;

/// Runs the command.
pub(super) fn run(args: CheckArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    if let Some(path) = &args.from_datadog {
        return from_datadog::run(path);
    }
    match read_settings(args.settings.into_values()) {
        Ok(settings) => {
            let rules = match loaded_rules(&settings)? {
                Ok(rules) => rules,
                Err(error) => return Ok(UnusableRules::from(error).report()),
            };
            if args.connect {
                return check_with_probes(&settings, rules.as_deref(), interrupt);
            }
            print(&describe("The settings are valid; nothing was sent.", &settings, rules.as_deref()))?;
            Ok(Exit::Success)
        }
        Err(errors) => Ok(invalid_settings(&errors)),
    }
}

/// Reads and compiles the rules that the settings name. The inner error is why they cannot be used.
fn loaded_rules(settings: &Settings) -> anyhow::Result<Result<Option<Arc<Rules>>, RulesError>> {
    let sinks: Vec<_> = settings.sinks.iter().map(|sink| sink.name().name()).collect();
    let client = Client::new(&settings.network)?;
    let mut loader = match rule_loader(settings, &client, &sinks) {
        Ok(Some(loader)) => loader,
        Ok(None) => return Ok(Ok(None)),
        Err(error) => return Ok(Err(error)),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let refreshed = runtime.block_on(loader.refresh(now(), settings.limits.timeout));
    Ok(refreshed.map(|_| loader.rules().cloned()))
}

fn check_with_probes(
    settings: &Settings,
    rules: Option<&Rules>,
    interrupt: &Interrupt,
) -> anyhow::Result<Exit> {
    let probes = connect::run(settings, interrupt)?;
    print(&describe("The settings are valid.", settings, rules))?;
    stdout::write_line("")?;
    print(&probes.iter().map(probe_line).collect::<Vec<_>>())?;
    Ok(if interrupt.is_requested() {
        stderr::log("interrupted before the end of the connection tests");
        Exit::Interrupted
    } else if probes.iter().all(|probe| probe.result.is_ok()) {
        Exit::Success
    } else {
        Exit::Failure
    })
}

fn probe_line(probe: &Probe) -> String {
    let Probe { name, target, took, result } = probe;
    match result {
        Ok(()) => row(name, format_args!("{target}: ok ({took:?})")),
        Err(error) => row(name, format_args!("{target}: failed: {error}")),
    }
}

fn print(lines: &[String]) -> io::Result<()> {
    lines.iter().try_for_each(stdout::write_line)
}

/// Describes what would be sent where, one line for each destination and option.
fn describe(headline: &str, settings: &Settings, rules: Option<&Rules>) -> Vec<String> {
    let mut lines = vec![headline.to_owned(), String::new()];
    lines.extend(settings.sinks.iter().flat_map(|sink| sink_lines(sink, settings.signals)));
    lines.push(row("parking", parking(settings.parking.as_ref())));
    lines.extend((!settings.tags.is_empty()).then(|| row("tags", tags(&settings.tags))));
    let region = settings.region.as_ref();
    lines.extend(region.map(|region| row("region", format_args!("{region} if the logs do not name one"))));
    lines.extend(settings.network.proxy.as_ref().map(|through| row("proxy", proxy(through))));
    lines.extend(settings.aws.endpoint.as_ref().map(|url| row("AWS", format_args!("at {url}"))));
    let limits = settings.limits;
    let limits = format_args!(
        "{} per inflated delivery, {:?} per attempt, {:?} reserved for parking, {} concurrent requests",
        limits.inflated, limits.timeout, limits.deadline_reserve, limits.concurrency
    )
    .to_string();
    lines.push(row("limits", limits));
    if let Some(rules) = rules {
        let source = settings.rules.own.as_ref().map_or_else(String::new, |own| format!(" from {own}"));
        lines.push(row("rules", format_args!("{}{source}", plural(count_of(rules), "rule"))));
        lines.extend(rules.describe().iter().map(|sentence| row("", sentence)));
    }
    let targets = settings.target_functions.iter();
    lines.extend(targets.map(|function| row("invokes", format_args!("{function} with each event"))));
    lines.extend(settings.notes.iter().map(|note| row("note", format_args!("{} {}", note.name, note.text))));
    lines
}

fn count_of(rules: &Rules) -> u64 {
    u64::try_from(rules.len()).unwrap_or(u64::MAX)
}

/// Formats a line of the description: `name` in a column of fixed width, then `text`.
fn row(name: &str, text: impl fmt::Display) -> String {
    format!("{name:8}  {text}")
}

fn sink_lines(sink: &SinkSettings, signals: Signals) -> Vec<String> {
    let texts = match sink {
        SinkSettings::Otlp(otlp) => otlp_lines(otlp),
        SinkSettings::Datadog(datadog) => datadog_lines(datadog, signals),
        SinkSettings::Ndjson(Ndjson::Stdout) => vec![format!("{} to standard output", signal_names(signals))],
        SinkSettings::Ndjson(Ndjson::File(path)) => {
            vec![format!("{} appended to {}", signal_names(signals), path.display())]
        }
    };
    texts.into_iter().map(|text| row(sink.name().name(), text)).collect()
}

fn otlp_lines(otlp: &Otlp) -> Vec<String> {
    let options = format!("{}, {}", otlp.compression.name(), headers(otlp.headers.as_ref()));
    let line = |signal: &str, url: &Url| format!("{signal} to {url} ({options})");
    let logs = otlp.logs.iter().map(|url| line("logs", url));
    let metrics = otlp.metrics.iter().map(|url| line("metrics", url));
    let traces = otlp.traces.iter().map(|url| line("traces", url));
    logs.chain(metrics).chain(traces).collect()
}

fn datadog_lines(datadog: &Datadog, signals: Signals) -> Vec<String> {
    let mut lines = Vec::new();
    let endpoints = datadog_endpoints(datadog).ok();
    if signals.include(Signal::Logs) {
        let to = endpoints.as_ref().map_or(&datadog.site, |endpoints| &endpoints.logs);
        lines.push(format!("logs to {to} (key: {})", secret_source(&datadog.api_key)));
    }
    if signals.include(Signal::Metrics) {
        let to = endpoints.as_ref().map_or(&datadog.site, |endpoints| &endpoints.points);
        lines.push(format!("metrics to {to} (key: {})", secret_source(&datadog.api_key)));
    }
    lines
}

/// Names the signals that are written to standard output or a file, which does not take traces.
fn signal_names(signals: Signals) -> String {
    let names: Vec<_> = signals.iter().filter(|signal| *signal != Signal::Traces).map(Signal::name).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
}

fn headers(headers: Option<&Headers>) -> String {
    match headers {
        None => "no headers".to_owned(),
        Some(Headers::Given(headers)) => {
            let names: Vec<_> = headers.iter().map(|header| header.name.as_str()).collect();
            format!("headers: {}", names.join(", "))
        }
        Some(Headers::Fetched(reference)) => format!("headers: {}", secret_source(reference)),
    }
}

fn secret_source(secret: &SecretRef) -> String {
    match secret {
        SecretRef::Value(_) => "value in the settings".to_owned(),
        SecretRef::SecretsManager(arn) => format!("from Secrets Manager {arn}"),
        SecretRef::Parameter(name) => format!("from SSM Parameter Store {name}"),
    }
}

fn parking(parking: Option<&Location>) -> String {
    match parking {
        None => "none: data that cannot be delivered is returned to AWS as an error".to_owned(),
        Some(Location::S3(bucket)) => bucket.to_string(),
        Some(Location::Sqs { url, overflow: None }) => format!("queue {url}"),
        Some(Location::Sqs { url, overflow: Some(bucket) }) => {
            format!("queue {url}, and {bucket} for objects too large for a message")
        }
        Some(Location::Folder { path }) => format!("folder {}", path.display()),
    }
}

fn tags(tags: &[Tag]) -> String {
    let tags: Vec<_> = tags.iter().map(|tag| format!("{}:{}", tag.key, tag.value)).collect();
    tags.join(", ")
}

fn proxy(proxy: &Proxy) -> String {
    let login = proxy.login.as_ref().map_or("", |_| ", with a login");
    format!("{}{login}", proxy.url)
}
