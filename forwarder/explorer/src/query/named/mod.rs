//! Named queries: those of this program, and users' own in a folder. Each is one TOML file.

mod list;
#[cfg(test)]
mod tests;

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

/// Query with a name.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NamedQuery {
    /// Name by which it is run.
    pub name: String,
    /// Subject, such as `Cold starts`.
    #[serde(default = "own_group")]
    pub group: String,
    /// Question that it answers.
    pub question: String,
    /// Chart that shows the result best.
    pub chart: Chart,
    /// Parameters: texts of the query, in double quotes there, that are replaced by values.
    #[serde(default)]
    pub parameters: Vec<Parameter>,
    /// Text of the query.
    pub query: String,
}

/// Parameter of a named query. In a file it is a text, the name, or a table with the name and the default.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "WrittenParameter")]
pub struct Parameter {
    /// Text in the query that is replaced.
    pub name: String,
    /// Value if none is given; `None` if one must be given.
    pub default: Option<String>,
}

/// Parameter in a file.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenParameter {
    Name(String),
    WithDefault { name: String, default: String },
}

/// Subject of a user's query that states none.
fn own_group() -> String {
    "Own".to_owned()
}

/// Chart of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Chart {
    /// Rows and columns.
    Table,
    /// Lines over time.
    Line,
    /// One bar a row.
    Bar,
}

/// Failure to read or to fill a named query.
#[derive(Debug, thiserror::Error)]
pub enum NamedError {
    /// The folder or a file cannot be read.
    #[error("cannot read the named queries in {path}: {reason}")]
    Unreadable {
        /// Path of the folder or file.
        path: String,
        /// Reason in words.
        reason: String,
    },
    /// A parameter has no value.
    #[error("the query {query} needs --param {parameter}=VALUE")]
    Missing {
        /// Name of the query.
        query: String,
        /// Name of the parameter.
        parameter: String,
    },
    /// The query has no such parameter.
    #[error("the query {query} has no parameter {parameter}")]
    Unknown {
        /// Name of the query.
        query: String,
        /// Name of the parameter.
        parameter: String,
    },
}

impl Chart {
    /// Name of the chart.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Line => "line",
            Self::Bar => "bar",
        }
    }
}

impl From<WrittenParameter> for Parameter {
    fn from(written: WrittenParameter) -> Self {
        match written {
            WrittenParameter::Name(name) => Self { name, default: None },
            WrittenParameter::WithDefault { name, default } => Self { name, default: Some(default) },
        }
    }
}

impl NamedQuery {
    /// Text of the query with its parameters replaced by these values, or by their defaults.
    ///
    /// # Errors
    /// Returns an error if a parameter has neither a value nor a default, or a value no parameter.
    pub fn fill(&self, values: &[(String, String)]) -> Result<String, NamedError> {
        let is_known = |name: &String| self.parameters.iter().any(|parameter| parameter.name == *name);
        let unknown = values.iter().find(|(name, _)| !is_known(name));
        if let Some((parameter, _)) = unknown {
            return Err(NamedError::Unknown { query: self.name.clone(), parameter: parameter.clone() });
        }
        let mut values = values.to_vec();
        for Parameter { name, default } in &self.parameters {
            let is_given = values.iter().any(|(given, _)| given == name);
            match default {
                _ if is_given => {}
                Some(default) => values.push((name.clone(), default.clone())),
                None => {
                    return Err(NamedError::Missing { query: self.name.clone(), parameter: name.clone() });
                }
            }
        }
        // In one pass, so that a value that is the name of a parameter stays as it is.
        let (mut text, mut rest) = (String::new(), self.query.as_str());
        let next = |rest: &str| {
            let at = |(name, value): &(String, String)| {
                let quoted = format!("\"{name}\"");
                rest.find(&quoted).map(|at| (at, quoted.len(), value.clone()))
            };
            values.iter().filter_map(at).min_by_key(|(at, ..)| *at)
        };
        while let Some((at, len, value)) = next(rest) {
            let (before, after) = rest.split_at(at);
            text += before;
            text += &quoted(&value);
            rest = after.get(len..).unwrap_or_default();
        }
        text += rest;
        Ok(text)
    }
}

/// Returns the named queries of this program and those in `folder`, which replace others of the same name.
///
/// # Errors
/// Returns an error if the folder or one of its files cannot be read.
pub fn named_queries(folder: Option<&Path>) -> Result<Vec<NamedQuery>, NamedError> {
    let unreadable = |path: String| move |reason: String| NamedError::Unreadable { path, reason };
    let mut queries = Vec::new();
    for text in list::FILES {
        queries.push(parse(text).map_err(unreadable("this program".to_owned()))?);
    }
    let Some(folder) = folder else { return Ok(queries) };
    let failed = unreadable(folder.display().to_string());
    let entries = fs::read_dir(folder).map_err(|error| failed(error.to_string()))?;
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|it| it == "toml")) {
        let text = fs::read_to_string(path).map_err(|error| error.to_string());
        let query = text.and_then(|text| parse(&text)).map_err(unreadable(path.display().to_string()))?;
        queries.retain(|known| known.name != query.name);
        queries.push(query);
    }
    Ok(queries)
}

fn parse(text: &str) -> Result<NamedQuery, String> {
    let query: NamedQuery = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    Ok(NamedQuery { query: query.query.trim().to_owned(), ..query })
}

/// Text in double quotes, as the query language reads it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
