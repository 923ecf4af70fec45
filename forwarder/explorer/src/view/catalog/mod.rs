//! What AWS knows about functions and logs do not: the output of `aws lambda list-functions`.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use foldhash::fast::RandomState;
use serde::Deserialize;
use serde_json::Value;
use tailwater_parser::{FunctionArn, MemoryMib, price::Cpu};

/// Functions as they are deployed, by name.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    functions: HashMap<String, Vec<Deployed>, RandomState>,
    /// Architecture of functions that are not listed (`--arch`); `None`: x86_64 is assumed, and the summary says so.
    pub otherwise: Option<Cpu>,
    /// Region of functions that neither their lines nor the list tell the region of (`--region`).
    pub region: Option<String>,
}

/// A function as it is deployed. Everything is optional: what is unknown stays so.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deployed {
    /// Its ARN, which names account and region.
    pub arn: String,
    /// `$LATEST`, or the version that was listed.
    pub version: String,
    /// Architecture.
    pub cpu: Option<Cpu>,
    /// Time limit of a run.
    pub timeout: Option<Duration>,
    /// Memory.
    pub memory: Option<MemoryMib>,
    /// Size of `/tmp`, of which 512 MB are free.
    pub ephemeral_storage: Option<MemoryMib>,
    /// Such as `nodejs22.x`; container images have none.
    pub runtime: Option<String>,
    /// Tags, which only `get-function` tells.
    pub tags: BTreeMap<String, String>,
}

/// Why a catalog could not be read.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The text ends where a document should begin.
    #[error("no JSON in it; expected the output of `aws lambda list-functions`")]
    Empty,
    /// It is not JSON.
    #[error("not JSON: {source}")]
    Json {
        /// What the reader says.
        source: serde_json::Error,
    },
    /// It is JSON of something else.
    #[error(
        "document {number} has neither \"Functions\" nor \"FunctionName\"; expected the output of `aws lambda list-functions`"
    )]
    NotFunctions {
        /// Which of the documents in the file, from 1.
        number: usize,
    },
    /// A function's description is not as AWS writes it.
    #[error("function {name} in document {number}: {source}")]
    Function {
        /// Which of the documents in the file, from 1.
        number: usize,
        /// Name of the function, as far as it has one.
        name: String,
        /// What is wrong.
        source: serde_json::Error,
    },
}

impl Catalog {
    /// Reads the output of `aws lambda list-functions`, `get-function-configuration` or `get-function`; also several
    /// of them one after the other, or in an array.
    ///
    /// # Errors
    /// It is none of these; nothing of it is used then.
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let mut catalog = Self::default();
        let documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
        let mut number = 0;
        for document in documents {
            number += 1;
            catalog.document(document.map_err(|source| CatalogError::Json { source })?, number)?;
        }
        if number == 0 { Err(CatalogError::Empty) } else { Ok(catalog) }
    }

    /// How many functions it knows, versions and regions counted apart.
    #[must_use]
    pub fn len(&self) -> usize {
        self.functions.values().map(Vec::len).sum()
    }

    /// Whether it knows none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.functions.is_empty()
    }

    /// The function of this name, if it is the only one that account and region, as far as known, allow.
    #[must_use]
    pub fn find(&self, account: Option<&str>, region: Option<&str>, function: &str) -> Option<&Deployed> {
        let deployed = self.functions.get(function)?;
        let mut fitting = deployed.iter().filter(|deployed| {
            may_be_same(account, deployed.account()) && may_be_same(region, deployed.region())
        });
        let found = fitting.next()?;
        fitting.next().is_none().then_some(found)
    }

    fn document(&mut self, document: Value, number: usize) -> Result<(), CatalogError> {
        match document {
            Value::Array(items) => items.into_iter().try_for_each(|item| self.document(item, number)),
            Value::Object(mut object) => {
                if let Some(Value::Array(functions)) = object.remove("Functions") {
                    functions.into_iter().try_for_each(|function| self.function(function, None, number))
                } else if let Some(configuration) = object.remove("Configuration") {
                    self.function(configuration, object.remove("Tags"), number)
                } else if object.contains_key("FunctionName") {
                    self.function(Value::Object(object), None, number)
                } else {
                    Err(CatalogError::NotFunctions { number })
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                Err(CatalogError::NotFunctions { number })
            }
        }
    }

    fn function(
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
        let configuration = Configuration::deserialize(function)
            .map_err(|source| CatalogError::Function { number, name, source })?;
        self.insert(configuration.name.clone(), configuration.into());
        Ok(())
    }

    /// Versions of a function differ in little; the one that is edited stands for all.
    fn insert(&mut self, name: String, new: Deployed) {
        const EDITED: &str = "$LATEST";
        let listed = self.functions.entry(name).or_default();
        let place = |deployed: &Deployed| {
            (deployed.account().map(str::to_owned), deployed.region().map(str::to_owned))
        };
        match listed.iter_mut().find(|known| place(known) == place(&new)) {
            Some(known) if known.version != EDITED || new.version == EDITED => *known = new,
            Some(_) => {}
            None => listed.push(new),
        }
    }
}

fn may_be_same(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_none_or(|(one, other)| one == other)
}

impl Deployed {
    /// Account that owns it.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        FunctionArn::read(&self.arn).map(|arn| arn.account)
    }

    /// Region it runs in.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        FunctionArn::read(&self.arn).map(|arn| arn.region)
    }
}

/// `FunctionConfiguration` of the Lambda API, as far as it is of use here.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Configuration {
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

impl From<Configuration> for Deployed {
    fn from(configuration: Configuration) -> Self {
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
