//! Rules that settings of the Datadog Forwarder stand for. They come before the rules of the user, for all sinks.

use std::sync::Arc;

use super::{
    condition::{EventConditions, OriginConditions},
    describe::redacted_parts,
    pattern::{Dialect, Pattern, Purpose},
    redact::{LineOptions, Options, OptionsError, Redactor},
    rule::{Action, JoinRule, RedactRule, Rule},
    schema::Context,
    sinks::Sinks,
};

/// Regex of `REDACT_IP`, as the Datadog Forwarder has it.
const IP: &str = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}";
/// Text that replaces an IP address.
const IP_REPLACEMENT: &str = "xxx.xxx.xxx.xxx";
/// Regex of `REDACT_EMAIL`, as the Datadog Forwarder has it.
const EMAIL: &str = r"[a-zA-Z0-9_.+-]+@[a-zA-Z0-9-]+\.[a-zA-Z0-9-.]+";
/// Text that replaces an e-mail address.
const EMAIL_REPLACEMENT: &str = "xxxxx@xxxxx.com";

const MULTILINE: &str = "DD_MULTILINE_LOG_REGEX_PATTERN";
/// Most lines of an S3 object that are joined.
const MAX_JOINED_LINES: u32 = 500;
/// Most bytes of an event that is joined.
const MAX_JOINED_BYTES: usize = 256 * 1024;

/// Size of the cache of each regex while it is only checked.
const CHECK_CACHE: usize = 64 * 1024;

/// Settings of the Datadog Forwarder that filter and redact log events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DatadogRules {
    /// `EXCLUDE_AT_MATCH`: regex of messages that are not delivered.
    pub exclude: Option<String>,
    /// `INCLUDE_AT_MATCH`: regex of the only messages that are delivered.
    pub include: Option<String>,
    /// `REDACT_IP`: true if IPv4 addresses are replaced.
    pub redact_ip: bool,
    /// `REDACT_EMAIL`: true if e-mail addresses are replaced.
    pub redact_email: bool,
    /// `DD_MULTILINE_LOG_REGEX_PATTERN`: regex of the first line of an event in an S3 object.
    pub multiline: Option<String>,
    /// `DD_FORWARD_LOG`: true if the sink `datadog` gets no logs.
    pub drops_logs: bool,
    /// `DD_SCRUBBING_RULE` and `DD_SCRUBBING_RULE_REPLACEMENT`.
    pub scrubbing: Option<LineOptions>,
}

/// Name of a setting that cannot be honoured, and the reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusedSetting {
    /// Name of the setting.
    pub setting: &'static str,
    /// Description of the problem, with its place in the value.
    pub reason: String,
}

impl DatadogRules {
    /// True if no setting is set.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the settings that cannot be honoured: Python's syntax is larger than that of regexes in linear time.
    #[must_use]
    pub fn refused(&self) -> Vec<RefusedSetting> {
        let mut refused = Vec::new();
        let multiline = self.multiline.as_deref().map(|regex| (MULTILINE, regex));
        for (setting, regex) in self.filters().chain(multiline) {
            if let Err(error) = Pattern::in_dialect(regex, Dialect::Python, Purpose::Test, CHECK_CACHE) {
                refused.push(RefusedSetting { setting, reason: error.to_string() });
            }
        }
        if let Some(line) = &self.scrubbing
            && let Err(error) = Redactor::new(&line_options(line), CHECK_CACHE)
        {
            let setting = match error {
                OptionsError::Replacement(_) => "DD_SCRUBBING_RULE_REPLACEMENT",
                OptionsError::Pattern { .. } | OptionsError::Template | OptionsError::Key(_) => {
                    "DD_SCRUBBING_RULE"
                }
            };
            let reason = error.to_string();
            let prefixes = ["pattern: ", "replacement: "];
            let reason = prefixes.iter().find_map(|prefix| reason.strip_prefix(prefix)).unwrap_or(&reason);
            refused.push(RefusedSetting { setting, reason: reason.to_owned() });
        }
        refused
    }

    /// Number of regexes, among which the memory for caches is divided.
    pub(super) fn n_patterns(&self) -> usize {
        self.filters().count()
            + usize::from(self.multiline.is_some())
            + usize::from(self.redact_ip)
            + usize::from(self.redact_email)
            + usize::from(self.scrubbing.is_some())
    }

    /// Compiles the rules.
    pub(super) fn compile(&self, context: &mut Context<'_>) -> Vec<Rule> {
        let mut rules = Vec::new();
        let datadog = context.options.sinks.iter().position(|name| *name == "datadog");
        if let Some(sink) = datadog.filter(|_| self.drops_logs) {
            rules.push(Rule { sinks: Sinks::one(sink), ..rule("DD_FORWARD_LOG", Action::Drop) });
        }
        rules.extend(self.join(context));
        for (name, regex) in self.filters() {
            let Some(pattern) = context.python_pattern(name, regex) else { continue };
            let mut event = EventConditions::default();
            match name {
                "INCLUDE_AT_MATCH" => event.other_messages.push(pattern),
                _ => event.messages.push(pattern),
            }
            rules.push(Rule { event, ..rule(name, Action::Drop) });
        }
        for (name, options) in self.redactions() {
            match Redactor::new(&options, context.cache_bytes()) {
                Ok(redactor) => {
                    context.add_memory(redactor.memory_usage(), 0);
                    let description = redacted_parts(&options);
                    let action = Action::Redact(RedactRule { redactor: Arc::new(redactor), description });
                    rules.push(rule(name, action));
                }
                Err(error) => context.problem(0, format!("{name}: {error}")),
            }
        }
        rules
    }

    /// Options of the redactions, with the names of their settings.
    fn redactions(&self) -> impl Iterator<Item = (&'static str, Options)> {
        let values = |is_on: bool, regex: &str, with: &str| {
            is_on.then(|| Options {
                pattern: Some(regex.to_owned()),
                dialect: Dialect::Python,
                with: Some(with.to_owned()),
                ..Options::default()
            })
        };
        let redactions = [
            ("REDACT_IP", values(self.redact_ip, IP, IP_REPLACEMENT)),
            ("REDACT_EMAIL", values(self.redact_email, EMAIL, EMAIL_REPLACEMENT)),
            ("DD_SCRUBBING_RULE", self.scrubbing.as_ref().map(line_options)),
        ];
        redactions.into_iter().filter_map(|(name, options)| Some((name, options?)))
    }

    /// Compiles the rule that joins lines of S3 objects.
    fn join(&self, context: &mut Context<'_>) -> Option<Rule> {
        let regex = format!("^(?:{})", self.multiline.as_deref()?);
        let starts = context.python_pattern(MULTILINE, &regex)?;
        let join = JoinRule { starts, max_events: MAX_JOINED_LINES, max_bytes: MAX_JOINED_BYTES };
        let origin = OriginConditions { is_line_of_object: true, ..OriginConditions::default() };
        Some(Rule { origin, ..rule(MULTILINE, Action::Join(join)) })
    }

    fn filters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let filters = [("EXCLUDE_AT_MATCH", &self.exclude), ("INCLUDE_AT_MATCH", &self.include)];
        filters.into_iter().filter_map(|(name, regex)| Some((name, regex.as_deref()?)))
    }
}

fn line_options(line: &LineOptions) -> Options {
    Options { line: Some(line.clone()), ..Options::default() }
}

fn rule(name: &str, action: Action) -> Rule {
    Rule {
        name: name.to_owned(),
        origin: OriginConditions::default(),
        event: EventConditions::default(),
        sinks: Sinks::ALL,
        action,
    }
}
