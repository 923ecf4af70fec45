//! Loader of rules: compiles them, and reads those in AWS again at most every five minutes.

use std::{sync::Arc, time::Duration};

use tailwater_parser::UnixMillis;
use tokio::time::timeout;

use super::{MAX_TEXT, RuleSource, RulesError};
use crate::{
    aws::{self, LazyAwsClient, S3, SecretCache, parameter},
    rules::{DatadogRules, ParseOptions, Rules},
    value::SecretRef,
};

/// Minimum time between two requests for the rules in AWS.
const INTERVAL: Duration = Duration::from_secs(300);

/// Components of a [`RuleLoader`].
#[derive(Debug)]
pub struct RuleLoaderParts {
    /// Source of the rules.
    pub source: RuleSource,
    /// Key of `hash = true` in redact rules.
    pub redact_key: Option<SecretRef>,
    /// Settings of the Datadog Forwarder, whose rules come before the others.
    pub datadog: DatadogRules,
    /// Names of the sinks, which rules refer to.
    pub sinks: Vec<&'static str>,
    /// Client of AWS services.
    pub aws: LazyAwsClient,
    /// Cache of secrets in AWS.
    pub secrets: Arc<SecretCache>,
}

/// Loads rules, and keeps the last ones that can be used.
#[derive(Debug)]
pub struct RuleLoader {
    parts: RuleLoaderParts,
    rules: Option<Arc<Rules>>,
    /// Version of the text that was compiled last, with or without success.
    version: Option<String>,
    /// Time of the last request for the rules.
    read_at: Option<UnixMillis>,
    /// Error because of which earlier rules than the newest ones are in use.
    error: Option<RulesError>,
    /// Problems of the version that was compiled last; `None` if it has none.
    invalid: Option<RulesError>,
}

/// Result of [`RuleLoader::refresh`].
#[derive(Clone, Debug)]
pub enum Refreshed {
    /// These rules replace those that were in use.
    Changed(Arc<Rules>),
    /// The rules that are in use stay in use.
    Unchanged,
}

/// Text of rules, with its version.
struct Text {
    text: String,
    version: String,
}

impl RuleLoader {
    /// Creates a loader. Rules that are not in AWS are compiled now; a key in AWS is replaced by another one until it can
    /// be read.
    ///
    /// # Errors
    /// Returns an error if rules that are not in AWS cannot be used.
    pub fn new(parts: RuleLoaderParts) -> Result<Self, RulesError> {
        let mut loader =
            Self { parts, rules: None, version: None, read_at: None, error: None, invalid: None };
        if let Some(text) = loader.parts.source.local_text() {
            let text = text?;
            let (known, has_key) = match &loader.parts.redact_key {
                Some(SecretRef::Value(key)) => (Some(key.reveal().to_owned()), true),
                Some(SecretRef::SecretsManager(_) | SecretRef::Parameter(_)) => {
                    (Some(String::from("key")), false)
                }
                None => (None, true),
            };
            let rules = loader.compile(&text, known.as_deref())?;
            loader.rules = has_key.then_some(rules);
        }
        Ok(loader)
    }

    /// Returns the rules that can be used; `None` before rules in AWS were read.
    #[must_use]
    pub fn rules(&self) -> Option<&Arc<Rules>> {
        self.rules.as_ref()
    }

    /// Returns the error because of which earlier rules than the newest ones are in use.
    #[must_use]
    pub fn error(&self) -> Option<&RulesError> {
        self.error.as_ref()
    }

    /// Reads the rules if they are in AWS, and were not read for five minutes. `within` limits the time for that. A
    /// failure leaves the rules in use that are.
    ///
    /// # Errors
    /// Returns an error if there are no rules that can be used.
    pub async fn refresh(&mut self, now: UnixMillis, within: Duration) -> Result<Refreshed, RulesError> {
        let is_fixed = !self.parts.source.is_remote();
        let is_recent = self.read_at.is_some_and(|read| now.before(INTERVAL) < read);
        if self.rules.is_some() && (is_fixed || is_recent) {
            return Ok(Refreshed::Unchanged);
        }
        self.read_at = Some(now);
        let loaded = timeout(within, self.load()).await;
        let loaded = loaded.unwrap_or_else(|_| Err(RulesError::TimedOut { place: self.place() }));
        match loaded {
            Ok(Refreshed::Changed(rules)) => {
                (self.error, self.invalid) = (None, None);
                self.rules = Some(Arc::clone(&rules));
                Ok(Refreshed::Changed(rules))
            }
            Ok(Refreshed::Unchanged) => {
                // The newest version is the one that was compiled last; its problems are still there.
                self.error.clone_from(&self.invalid);
                Ok(Refreshed::Unchanged)
            }
            Err(error) if self.rules.is_none() => Err(error),
            Err(error) => {
                if let RulesError::Invalid { .. } = &error {
                    self.invalid = Some(error.clone());
                }
                tracing::error!(%error, "the newest rules cannot be used: the last good ones stay in use");
                self.error = Some(error);
                Ok(Refreshed::Unchanged)
            }
        }
    }

    async fn load(&mut self) -> Result<Refreshed, RulesError> {
        let Text { text, version } = self.text().await?;
        if self.version.as_ref() == Some(&version) && self.rules.is_some() {
            return Ok(Refreshed::Unchanged);
        }
        let key = match &self.parts.redact_key {
            None => None,
            Some(key) => Some(self.parts.secrets.reveal(key).await.map_err(RulesError::Key)?),
        };
        self.version = Some(version);
        self.compile(&text, key.as_ref().map(crate::value::Secret::reveal)).map(Refreshed::Changed)
    }

    async fn text(&self) -> Result<Text, RulesError> {
        match &self.parts.source {
            RuleSource::Inline(_) | RuleSource::File(_) => {
                let text = self.parts.source.local_text().unwrap_or_else(|| Ok(String::new()))?;
                Ok(Text { text, version: String::new() })
            }
            RuleSource::Parameter(name) => {
                let aws = self.parts.aws.get().map_err(|error| self.unreadable(error))?;
                let found = parameter(aws, name).await.map_err(|error| self.unreadable(error))?;
                let (text, version) = found;
                Ok(Text { text: text.reveal().to_owned(), version: version.to_string() })
            }
            RuleSource::Object { bucket, key } => {
                let aws = self.parts.aws.get().map_err(|error| self.unreadable(error))?;
                let s3 = S3::new(aws.clone(), bucket).map_err(|error| self.unreadable(error))?;
                let object = s3.read_dated(key, MAX_TEXT.saturating_add(1)).await;
                let object = object.map_err(|error| self.unreadable(error))?;
                let object = object.ok_or_else(|| RulesError::Missing { place: self.place() })?;
                if object.body.len() > MAX_TEXT {
                    return Err(RulesError::TooLarge { place: self.place() });
                }
                let text = String::from_utf8_lossy(&object.body).into_owned();
                Ok(Text { text, version: object.etag })
            }
        }
    }

    fn place(&self) -> String {
        self.parts.source.to_string()
    }

    fn unreadable(&self, error: aws::Error) -> RulesError {
        RulesError::Aws { place: self.place(), error }
    }

    fn compile(&self, text: &str, redact_key: Option<&str>) -> Result<Arc<Rules>, RulesError> {
        if text.len() > MAX_TEXT {
            return Err(RulesError::TooLarge { place: self.place() });
        }
        let datadog = Some(&self.parts.datadog).filter(|settings| !settings.is_empty());
        let options = ParseOptions { sinks: &self.parts.sinks, redact_key, datadog };
        let rules = Rules::parse(text, &options);
        rules.map(Arc::new).map_err(|problems| RulesError::Invalid { place: self.place(), problems })
    }
}
