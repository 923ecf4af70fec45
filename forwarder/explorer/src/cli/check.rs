//! `tailwater check`: are the settings right, and what would be sent where. No secret is shown; only `--connect` sends.

use std::{
    fmt,
    io::{self, Write as _},
};

use super::{
    ALL_FINE, BAD_SETTINGS, SOME_REJECTED,
    args::Check,
    complain,
    config_file::read_settings,
    connect::{self, Report},
};
use tailwater_forwarder::settings::{
    Datadog, Errors, Headers, Ndjson, Otlp, Parking, Proxy, SecretRef, Settings, Signals, Sink, Tag, Url,
};

/// Runs the verb; the answer is the exit code.
pub(super) fn run(flags: Check) -> anyhow::Result<u8> {
    match read_settings(flags.settings.into_values()) {
        Ok(settings) if flags.connect => tried(&settings),
        Ok(settings) => {
            let headline = "The settings are right; nothing was sent.";
            io::stdout().lock().write_all(report(headline, &settings).as_bytes())?;
            Ok(ALL_FINE)
        }
        Err(errors) => {
            complain(&complaint(&errors));
            Ok(BAD_SETTINGS)
        }
    }
}

fn tried(settings: &Settings) -> anyhow::Result<u8> {
    let Report { lines, failed } = connect::run(settings)?;
    let text = format!("{}\n{}\n", report("The settings are right.", settings), lines.join("\n"));
    io::stdout().lock().write_all(text.as_bytes())?;
    Ok(if failed == 0 { ALL_FINE } else { SOME_REJECTED })
}

/// How wrong settings are told, by whichever verb reads them.
pub(super) fn complaint(errors: &Errors) -> String {
    let n = errors.0.len();
    let count = if n == 1 { "a setting is wrong".to_owned() } else { format!("{n} settings are wrong") };
    format!("tailwater: {count}\n{errors}")
}

/// What would be sent where, a line a sentence.
fn report(headline: &str, settings: &Settings) -> String {
    let mut lines = vec![headline.to_owned(), String::new()];
    lines.extend(settings.sinks.iter().flat_map(|sink| sink_lines(sink, settings.signals)));
    lines.push(row("parking", parking(settings.parking.as_ref())));
    lines.extend((!settings.tags.is_empty()).then(|| row("tags", tags(&settings.tags))));
    lines.extend(
        settings.region.as_ref().map(|region| row("region", format_args!("{region}, where no log tells"))),
    );
    lines.extend(settings.network.proxy.as_ref().map(|through| row("proxy", proxy(through))));
    lines.extend(settings.network.aws_endpoint.as_ref().map(|url| row("AWS", format_args!("at {url}"))));
    let limits = settings.limits;
    let limits = format_args!(
        "{} inflated, {:?} a try, {:?} kept for parking, {} requests at once",
        limits.inflated, limits.timeout, limits.deadline_reserve, limits.concurrency
    )
    .to_string();
    lines.push(row("limits", limits));
    lines.join("\n") + "\n"
}

/// A line that begins with what it is about.
pub(super) fn row(name: &str, text: impl fmt::Display) -> String {
    format!("{name:8}  {text}")
}

fn sink_lines(sink: &Sink, signals: Signals) -> Vec<String> {
    let texts = match sink {
        Sink::Otlp(otlp) => otlp_lines(otlp),
        Sink::Datadog(datadog) => datadog_lines(datadog, signals),
        Sink::Ndjson(Ndjson::Stdout) => vec![format!("{} to standard output", what(signals))],
        Sink::Ndjson(Ndjson::File(path)) => {
            vec![format!("{} to the end of {}", what(signals), path.display())]
        }
    };
    texts.into_iter().map(|text| row(sink.name().name(), text)).collect()
}

fn otlp_lines(otlp: &Otlp) -> Vec<String> {
    let how = format!("{}, {}", otlp.compression.name(), headers(otlp.headers.as_ref()));
    let line = |what: &str, url: &Url| format!("{what} to {url} ({how})");
    let logs = otlp.logs.iter().map(|url| line("logs", url));
    logs.chain(otlp.metrics.iter().map(|url| line("metrics", url))).collect()
}

fn datadog_lines(datadog: &Datadog, signals: Signals) -> Vec<String> {
    let mut lines = Vec::new();
    if signals.with_logs() {
        let to = datadog.logs.as_ref().map_or_else(|| datadog.site.clone(), Url::to_string);
        lines.push(format!("logs to {to} (key: {})", kept(&datadog.api_key)));
    }
    if signals.with_metrics() {
        lines.push(format!("metrics to {} (key: {})", datadog.site, kept(&datadog.api_key)));
    }
    lines
}

fn what(signals: Signals) -> &'static str {
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
        Some(Headers::Fetched(reference)) => format!("headers: {}", kept(reference)),
    }
}

fn kept(secret: &SecretRef) -> String {
    match secret {
        SecretRef::Value(_) => "as given".to_owned(),
        SecretRef::SecretsManager(arn) => format!("from Secrets Manager, {arn}"),
        SecretRef::Parameter(name) => format!("from SSM, {name}"),
    }
}

fn parking(parking: Option<&Parking>) -> String {
    match parking {
        None => "nowhere: what cannot be delivered is returned to AWS as an error".to_owned(),
        Some(Parking::S3(bucket)) => bucket.to_string(),
        Some(Parking::Sqs { url, overflow: None }) => format!("the queue {url}"),
        Some(Parking::Sqs { url, overflow: Some(bucket) }) => {
            format!("the queue {url}, and {bucket} for what is too large for a message")
        }
        Some(Parking::Folder { path }) => format!("the folder {}", path.display()),
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
