//! Function configurations from `aws lambda list-functions`: architecture, timeout and others that logs lack.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use foldhash::fast::RandomState;
use serde::Deserialize;
use serde_json::Value;
use tailwater_parser::{FunctionArn, MemoryMib, price::Cpu};

use super::{aws_metrics::AwsMetricsByFunction, logs::LogPrice};
use crate::requests::Declared;

/// Function configurations by name, and defaults for functions that the catalog does not list.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    functions: HashMap<String, Vec<FunctionConfiguration>, RandomState>,
    /// Architecture of functions that the catalog does not list (`--arch`). If `None`, x86_64 is assumed and
    /// the summary notes it.
    pub default_cpu: Option<Cpu>,
    /// Region of functions for which neither log lines nor the listed configurations give one (`--region`).
    pub default_region: Option<String>,
    /// Price of the ingestion of logs (`--log-price`); `None` for the list price of the region.
    pub log_price: Option<LogPrice>,
    /// Paths of members of log lines that are correlation ids (`TAILWATER_CORRELATION_FIELDS`).
    pub correlation_fields: Vec<String>,
    /// Metrics of functions that AWS has measured (`pull --metrics`).
    pub aws_metrics: AwsMetricsByFunction,
    /// Number of log groups of which the store has only what a query returned (`pull --query`).
    pub partial_groups: usize,
    /// Source of the listed functions.
    pub functions_source: Source,
    /// Source of `default_cpu`.
    pub cpu_source: Source,
    /// Source of `default_region`.
    pub region_source: Source,
}

/// Source of a value that the logs do not contain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// A flag of this run.
    #[default]
    Flag,
    /// The store: a flag of an earlier run.
    Store,
    /// The environment variable of this name.
    Environment(&'static str),
}

/// Configuration of a deployed function; members that AWS left out are empty or `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionConfiguration {
    /// ARN, which contains account and region.
    pub arn: String,
    /// Version that was listed, such as `$LATEST` or `41`.
    pub version: String,
    /// Architecture.
    pub cpu: Option<Cpu>,
    /// Timeout of an invocation.
    pub timeout: Option<Duration>,
    /// Memory size.
    pub memory: Option<MemoryMib>,
    /// Size of `/tmp`; the first 512 MB cost nothing.
    pub ephemeral_storage: Option<MemoryMib>,
    /// Runtime identifier such as `nodejs22.x`; `None` for container images.
    pub runtime: Option<String>,
    /// Tags; only `get-function` returns them.
    pub tags: BTreeMap<String, String>,
}

/// Error of reading a catalog.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The text contains no JSON document.
    #[error("no JSON found; expected the output of `aws lambda list-functions`")]
    Empty,
    /// The text is not JSON.
    #[error("invalid JSON: {source}")]
    Json {
        /// Error of the JSON parser.
        source: serde_json::Error,
    },
    /// A JSON document does not describe functions.
    #[error(
        "document {number} has neither \"Functions\" nor \"FunctionName\"; expected the output of `aws lambda list-functions`"
    )]
    NotFunctions {
        /// Number of the document in the file, from 1.
        number: usize,
    },
    /// A function's configuration has a member of an unexpected type.
    #[error("function {name} in document {number}: {source}")]
    Function {
        /// Number of the document in the file, from 1.
        number: usize,
        /// Name of the function, or `without a name`.
        name: String,
        /// Error of the JSON parser.
        source: serde_json::Error,
    },
}

impl Catalog {
    /// Parses the output of `aws lambda list-functions`, `get-function-configuration` or `get-function`: one document,
    /// several in a row, or an array of them.
    ///
    /// # Errors
    /// Returns [`CatalogError`] if any part of the text is something else, even if other parts are valid.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let mut number = 0;
        for document in documents {
            number += 1;
            catalog.add_document(document.map_err(|source| CatalogError::Json { source })?, number)?;
        }
        if number == 0 { Err(CatalogError::Empty) } else { Ok(catalog) }
    }

    /// Number of configurations. Functions of the same name in several accounts or regions count separately.
    #[must_use]
    pub fn len(&self) -> usize {
        self.functions.values().map(Vec::len).sum()
    }

    /// True if no functions are listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// Returns the configuration of this function. Returns `None` if no configuration, or more than one,
    /// matches the known account and region.
    #[must_use]
    pub fn find(
        &self,
        account: Option<&str>,
        region: Option<&str>,
        function: &str,
    ) -> Option<&FunctionConfiguration> {
        let mut matching = self.functions.get(function)?.iter().filter(|listed| {
            is_compatible(account, listed.account()) && is_compatible(region, listed.region())
        });
        let found = matching.next()?;
        matching.next().is_none().then_some(found)
    }

    /// Returns the calls that the tags of the functions declare.
    #[must_use]
    pub fn declared_calls(&self) -> Declared {
        let mut declared = Declared::default();
        for (name, listed) in &self.functions {
            listed.iter().for_each(|function| declared.add(name, &function.tags));
        }
        declared
    }

    fn add_document(&mut self, document: Value, number: usize) -> Result<(), CatalogError> {
        match document {
            Value::Array(items) => items.into_iter().try_for_each(|item| self.add_document(item, number)),
            Value::Object(mut object) => {
                if let Some(Value::Array(functions)) = object.remove("Functions") {
                    functions.into_iter().try_for_each(|function| self.add_function(function, None, number))
                } else if let Some(configuration) = object.remove("Configuration") {
                    self.add_function(configuration, object.remove("Tags"), number)
                } else if object.contains_key("FunctionName") {
                    self.add_function(Value::Object(object), None, number)
                } else {
                    Err(CatalogError::NotFunctions { number })
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(CatalogError::NotFunctions { number })
            }
        }
    }

    fn add_function(
        &mut self,
        mut function: Value,
        tags: Option<Value>,
        number: usize,
    ) -> Result<(), CatalogError> {
        let name =
            function.get("FunctionName").and_then(Value::as_str).unwrap_or("without a name").to_owned();
        if let (Some(tags), Some(object)) = (tags, function.as_object_mut()) {
            object.insert("Tags".to_owned(), tags);
        }
        let configuration = ListedConfiguration::deserialize(function)
            .map_err(|source| CatalogError::Function { number, name, source })?;
        self.insert(configuration.name.clone(), configuration.into());
        Ok(())
    }

    /// Adds a configuration. Only one version of a function is kept: `$LATEST` if it is listed, else the
    /// version that was added last.
    fn insert(&mut self, name: String, new: FunctionConfiguration) {
        const LATEST: &str = "$LATEST";
        let listed = self.functions.entry(name).or_default();
        let is_same = |known: &FunctionConfiguration| {
            known.account() == new.account() && known.region() == new.region()
        };
        match listed.iter_mut().find(|known| is_same(known)) {
            Some(known) if known.version != LATEST || new.version == LATEST => *known = new,
            Some(_) => {}
            None => listed.push(new),
        }
    }
}

fn is_compatible(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

impl FunctionConfiguration {
    /// Account that owns the function.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        FunctionArn::read(&self.arn).map(|arn| arn.account)
    }

    /// Region of the function.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        FunctionArn::read(&self.arn).map(|arn| arn.region)
    }
}

/// `FunctionConfiguration` of the Lambda API as JSON; only the members that are used.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListedConfiguration {
    #[serde(rename = "FunctionName")]
    name: String,
    #[serde(rename = "FunctionArn", default)]
    arn: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    architectures: Vec<String>,
    timeout: Option<u64>,
    memory_size: Option<u32>,
    ephemeral_storage: Option<EphemeralStorage>,
    runtime: Option<String>,
    #[serde(default)]
    tags: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct EphemeralStorage {
    size: u32,
}

impl From<ListedConfiguration> for FunctionConfiguration {
    fn from(configuration: ListedConfiguration) -> Self {
        Self {
            cpu: configuration.architectures.iter().find_map(|name| Cpu::read(name)),
            arn: configuration.arn,
            version: configuration.version,
            timeout: configuration.timeout.map(Duration::from_secs),
            memory: configuration.memory_size.map(MemoryMib),
            ephemeral_storage: configuration.ephemeral_storage.map(|storage| MemoryMib(storage.size)),
            runtime: configuration.runtime,
            tags: configuration.tags,
        }
    }
}

#[cfg(test)]
mod tests;
