//! `tailwater check --from-datadog FILE`: reads the configuration of a deployed Datadog Forwarder, and prints the settings of
//! Tailwater that take its place. What differs is named on standard error, with the reason.

use std::{collections::BTreeMap, fs, path::Path};

use anyhow::Context as _;
use serde_json::Value;
use tailwater_forwarder::settings::{
    DATADOG_NAMES, DatadogName, DatadogNote, Kind, SETTINGS, Setting, Settings, Values,
};

use super::{exit::Exit, stderr, stdout};

/// Settings that the forwarder needs besides those that it shares with the Datadog Forwarder.
const ADDED: &[(&str, &str)] = &[("TAILWATER_SINKS", "datadog")];

/// Names of levels of `DD_LOG_LEVEL`, with those of `RUST_LOG`.
const LEVELS: &[(&str, &str)] = &[
    ("DEBUG", "debug"),
    ("INFO", "info"),
    ("WARN", "warn"),
    ("WARNING", "warn"),
    ("ERROR", "error"),
    ("CRITICAL", "error"),
];

/// Settings that take the place of a configuration, and what is different.
#[derive(Debug, Default)]
struct Translation {
    /// Lines `NAME=VALUE`, and comments that begin with `#`.
    lines: Vec<String>,
    /// Differences, with their reasons.
    differences: Vec<String>,
    /// True if a setting is refused.
    is_refused: bool,
}

/// Runs the command.
pub(super) fn run(path: &Path) -> anyhow::Result<Exit> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let variables = match variables(&text) {
        Ok(variables) => variables,
        Err(problem) => {
            stderr::log(format_args!("{} {problem}", path.display()));
            return Ok(Exit::Failure);
        }
    };
    let translation = translate(&variables);
    translation.lines.iter().try_for_each(stdout::write_line)?;
    translation.differences.iter().for_each(stderr::write_line);
    Ok(if translation.is_refused { Exit::Failure } else { Exit::Success })
}

/// Reads the variables in the output of `get-function-configuration` or `get-function`. The error follows the name of the
/// file.
fn variables(text: &str) -> Result<BTreeMap<String, String>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let document: Value = serde_json::from_str(text).map_err(|error| format!("is not JSON: {error}"))?;
    let environment = document.get("Configuration").unwrap_or(&document).get("Environment");
    if let Some(code) = environment.and_then(|environment| environment.pointer("/Error/ErrorCode")) {
        return Err(format!("has no variables: AWS answered {code}; use a role that may decrypt them"));
    }
    let variables =
        environment.and_then(|environment| environment.get("Variables")).and_then(Value::as_object);
    let expected =
        "has no Environment.Variables; expected the output of `aws lambda get-function-configuration`";
    let text = |(name, value): (&String, &Value)| match value.as_str() {
        Some(text) => Ok((name.clone(), text.to_owned())),
        None => Err(format!("has a variable {name} that is no text")),
    };
    variables.ok_or(expected)?.iter().map(text).collect()
}

fn translate(variables: &BTreeMap<String, String>) -> Translation {
    let mut translation = Translation::default();
    let added = ADDED.iter().filter(|(name, _)| !variables.contains_key(*name));
    translation.lines.extend(added.clone().map(|(name, value)| format!("{name}={value}")));
    for known in DATADOG_NAMES {
        if let Some(value) = variables.get(known.name).filter(|value| !value.trim().is_empty()) {
            translation.add(known, value);
        }
    }
    let is_known =
        |name: &str| DatadogName::named(name).is_some() || SETTINGS.iter().any(|it| it.name == name);
    for name in variables.keys().filter(|name| !is_known(name) && !name.starts_with("AWS_")) {
        translation
            .differences
            .push(format!("{name}: no setting of the Datadog Forwarder 5.4.11: it is ignored"));
    }
    let all = added.map(|(name, value)| ((*name).into(), (*value).into()));
    let own = variables.iter().map(|(name, value)| (name.into(), value.into()));
    if let Err(errors) = Settings::read(&Values::of_environment(all.chain(own))) {
        translation.is_refused = true;
        translation.differences.extend(errors.0.iter().map(|problem| format!("refused: {problem}")));
    }
    translation
}

impl Translation {
    fn add(&mut self, known: &DatadogName, value: &str) {
        let setting = SETTINGS.iter().find(|setting| setting.name == known.name);
        match setting {
            Some(setting) if setting.is_secret() => self.add_secret(setting, value),
            // An address that may contain a password or a key, which is refused below.
            Some(setting)
                if matches!(setting.kind, Kind::HostOrUrl | Kind::Url) && value.contains(['@', '?']) => {}
            Some(setting) => self.lines.push(format!("{}={value}", setting.name)),
            None => self.add_equivalent(known.name, value),
        }
        if let Some(DatadogNote { name, text }) = known.note(value) {
            self.differences.push(format!("{name} {text}"));
        }
    }

    /// Adds a secret: a reference to one as it is, else only the advice to keep it.
    fn add_secret(&mut self, setting: &Setting, value: &str) {
        let is_reference = value.starts_with("secretsmanager:") || value.starts_with("ssm:");
        let name = setting.name;
        self.lines.push(match is_reference {
            true => format!("{name}={value}"),
            false => format!("# {name} is a secret: keep it as it is"),
        });
    }

    fn add_equivalent(&mut self, name: &str, value: &str) {
        let level = LEVELS.iter().find(|(level, _)| value.trim().eq_ignore_ascii_case(level));
        match (name, level) {
            ("DD_LOG_LEVEL", Some((_, level))) => self.lines.push(format!("RUST_LOG={level}")),
            ("HTTP_PROXY", _) => self
                .lines
                .push("# HTTPS_PROXY takes the place of HTTP_PROXY: set it to that value".to_owned()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(set: &[(&str, &str)]) -> Translation {
        translate(&set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn both_outputs_of_the_command_line_of_aws_are_read() {
        let configuration = r#"{"FunctionName":"dd","Environment":{"Variables":{"DD_SITE":"datadoghq.eu"}}}"#;
        let function = format!(r#"{{"Configuration":{configuration},"Code":{{}}}}"#);
        for text in [configuration, &function] {
            assert_eq!(variables(text).unwrap()["DD_SITE"], "datadoghq.eu");
        }
        let problem = |text| variables(text).unwrap_err();
        assert!(problem("{}").starts_with("has no Environment.Variables"));
        assert!(problem("no JSON").starts_with("is not JSON: "));
        let denied = r#"{"Environment":{"Error":{"ErrorCode":"AccessDeniedException"}}}"#;
        assert!(problem(denied).contains("AccessDeniedException"));
        assert!(problem(r#"{"Environment":{"Variables":{"DD_PORT":443}}}"#).contains("DD_PORT"));
    }

    #[test]
    fn secrets_are_not_repeated() {
        let translation = translated(&[
            ("DD_API_KEY", "c4n4ry"),
            ("HTTPS_PROXY", "http://u:c4n4ry@p:1"),
            ("HTTP_PROXY", "http://u:c4n4ry@p:1"),
        ]);
        let all = format!("{translation:?}");
        assert!(!all.contains("c4n4ry"), "{all}");
        assert!(all.contains("# DD_API_KEY is a secret: keep it as it is"), "{all}");
        assert!(!translation.is_refused, "{all}");
    }

    #[test]
    fn settings_are_kept_and_differences_named() {
        let translation = translated(&[
            ("DD_API_KEY_SECRET_ARN", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:dd-AbCdEf"),
            ("DD_SITE", "datadoghq.eu"),
            ("REDACT_IP", "true"),
            ("DD_FETCH_LAMBDA_TAGS", "true"),
            ("DD_LOG_LEVEL", "WARN"),
            ("SOME_OTHER", "x"),
        ]);
        let expected = [
            "TAILWATER_SINKS=datadog",
            "DD_API_KEY_SECRET_ARN=arn:aws:secretsmanager:eu-west-1:123456789012:secret:dd-AbCdEf",
            "DD_SITE=datadoghq.eu",
            "REDACT_IP=true",
            "RUST_LOG=warn",
        ];
        assert_eq!(translation.lines, expected);
        assert_eq!(translation.differences.len(), 3, "{translation:?}");
        assert!(translation.differences[0].starts_with("DD_FETCH_LAMBDA_TAGS is not available yet: "));
        assert!(!translation.is_refused);
    }

    #[test]
    fn refused_settings_are_failures() {
        let base = ("DD_API_KEY", "abc");
        for (name, value) in [("DD_SKIP_SSL_VALIDATION", "true"), ("DD_SCRUBBING_RULE", "a(?=b)")] {
            let translation = translated(&[base, (name, value)]);
            assert!(translation.is_refused, "{name} {translation:?}");
            assert!(translation.differences.iter().any(|line| line.contains(name)), "{translation:?}");
        }
    }
}
