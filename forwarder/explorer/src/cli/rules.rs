//! Rules of a command: read from a flag, the environment or the settings file, and compiled for its destinations.

use std::{path::Path, sync::Arc, time::Duration};

use tailwater_forwarder::{
    assemble::lazy_aws,
    aws::SecretCache,
    http::{Client, Network},
    rule_source::{Refreshed, RuleLoader, RuleLoaderParts, RuleSource, RulesError},
    rules::Rules,
    settings::{Errors, Place, RuleSettings, Settings, SinkName, Values},
    value::SecretRef,
};

use super::{
    clock::now,
    config_file::{read_rules, read_settings},
    exit::Exit,
    stderr,
};

/// Names of the destinations that are not sinks of the settings.
pub(super) const STORE: &str = "store";
pub(super) const STDOUT: &str = "stdout";

/// Maximum time for reading rules in AWS.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Reason why the rules of a command cannot be used.
pub(super) enum UnusableRules {
    /// Settings are invalid.
    Settings(Errors),
    /// The rules cannot be read, or have problems.
    Rules(RulesError),
}

impl UnusableRules {
    /// Logs all problems, and returns the exit code.
    pub(super) fn report(&self) -> Exit {
        match self {
            Self::Settings(errors) => super::exit::invalid_settings(errors),
            Self::Rules(error) => {
                error.to_string().lines().for_each(stderr::write_line);
                Exit::InvalidSettings
            }
        }
    }
}

impl From<RulesError> for UnusableRules {
    fn from(error: RulesError) -> Self {
        Self::Rules(error)
    }
}

/// Returns `flags` with the file of `--rules`.
pub(super) fn with_file(mut flags: Values, rules: Option<&Path>) -> Values {
    if let Some(path) = rules {
        flags.set("TAILWATER_RULES", path.display().to_string());
    }
    flags
}

/// Returns the names of all destinations, those of `first` before the others.
pub(super) fn destination_names(first: &[&'static str]) -> Vec<&'static str> {
    let all = SinkName::NAMES.iter().copied().chain([STORE, STDOUT]);
    first.iter().copied().chain(all.filter(|name| !first.contains(name))).collect()
}

/// Reads and compiles the rules that the settings name, for destinations with these names; `None` without rules. Ignores
/// problems of settings that rules do not need.
///
/// # Errors
/// The inner error lists what prevents the use of the rules.
pub(super) fn load(
    flags: impl Fn() -> Values,
    sinks: &[&'static str],
) -> anyhow::Result<Result<Option<Arc<Rules>>, UnusableRules>> {
    let rules = match read_rules(flags()) {
        Ok(rules) => rules,
        Err(errors) => return Ok(Err(UnusableRules::Settings(errors))),
    };
    let Some(source) = rules.source() else { return Ok(Ok(None)) };
    let is_in_aws = |key: &SecretRef| !matches!(key, SecretRef::Value(_));
    let needs_aws = source.is_remote() || rules.redact_key.as_ref().is_some_and(is_in_aws);
    let settings = needs_aws.then(|| {
        let mut flags = flags();
        flags.set("TAILWATER_SINKS", SinkName::Ndjson.name().to_owned());
        read_settings(flags)
    });
    match settings.transpose() {
        Ok(settings) => compile(settings.as_ref(), source, rules, sinks),
        Err(errors) => Ok(Err(UnusableRules::Settings(errors))),
    }
}

fn compile(
    settings: Option<&Settings>,
    source: RuleSource,
    rules: RuleSettings,
    sinks: &[&'static str],
) -> anyhow::Result<Result<Option<Arc<Rules>>, UnusableRules>> {
    let aws = || match settings {
        Some(settings) => anyhow::Ok(lazy_aws(settings, &Client::new(&settings.network)?)),
        None => {
            let client = Client::new(&Network::default())?;
            Ok(tailwater_forwarder::aws::LazyAwsClient::new(client, Default::default(), TIMEOUT))
        }
    };
    let parts = RuleLoaderParts {
        source,
        redact_key: rules.redact_key,
        datadog: rules.datadog,
        sinks: sinks.to_vec(),
        aws: aws()?,
        secrets: Arc::new(SecretCache::new(aws()?)),
    };
    let mut loader = match RuleLoader::new(parts) {
        Ok(loader) => loader,
        Err(error) => return Ok(Err(error.into())),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match runtime.block_on(loader.refresh(now(), TIMEOUT)) {
        Ok(Refreshed::Changed(_) | Refreshed::Unchanged) => Ok(Ok(loader.rules().cloned())),
        Err(error) => Ok(Err(error.into())),
    }
}

/// Returns the settings that a command has without flags of its own.
pub(super) fn no_flags() -> Values {
    Values::new(Place::Flags)
}
