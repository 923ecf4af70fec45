//! `tailwater check`: validates the settings and shows what would be sent where, without secrets. Sends only with `--connect`.

use std::{fmt, io};

use tailwater_forwarder::{
    http::Proxy,
    parking::Location,
    settings::{Datadog, Ndjson, Otlp, Settings, SinkSettings},
    sink::Signals,
    value::{Headers, SecretRef, Tag, Url},
};

use super::{
    args::CheckArgs,
    config_file::read_settings,
    connect::{self, Probe},
    exit::{Exit, invalid_settings},
    interrupt::Interrupt,
    stderr, stdout,
};

/// Runs the command.
pub(super) fn run(args: CheckArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    match read_settings(args.settings.into_values()) {
        Ok(settings) if args.connect => check_with_probes(&settings, interrupt),
        Ok(settings) => {
            print(&describe("The settings are valid; nothing was sent.", &settings))?;
            Ok(Exit::Success)
        }
        Err(errors) => Ok(invalid_settings(&errors)),
    }
}

fn check_with_probes(settings: &Settings, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let probes = connect::run(settings, interrupt)?;
    print(&describe("The settings are valid.", settings))?;
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
fn describe(headline: &str, settings: &Settings) -> Vec<String> {
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
    lines
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
    logs.chain(otlp.metrics.iter().map(|url| line("metrics", url))).collect()
}

fn datadog_lines(datadog: &Datadog, signals: Signals) -> Vec<String> {
    let mut lines = Vec::new();
    if signals.with_logs() {
        let to = datadog.logs.as_ref().map_or_else(|| datadog.site.clone(), Url::to_string);
        lines.push(format!("logs to {to} (key: {})", secret_source(&datadog.api_key)));
    }
    if signals.with_metrics() {
        lines.push(format!("metrics to {} (key: {})", datadog.site, secret_source(&datadog.api_key)));
    }
    lines
}

fn signal_names(signals: Signals) -> &'static str {
    match signals {
        Signals::Logs => "logs",
        Signals::Metrics => "metrics",
        Signals::Both => "logs and metrics",
    }
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
