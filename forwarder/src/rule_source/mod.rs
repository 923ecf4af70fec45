//! Sources of rules: the setting itself, a file, an SSM parameter or an S3 object. Rules in AWS are read again from time
//! to time; a new version that cannot be used leaves the last good one in use.

mod loader;

use std::{fmt, path::PathBuf};

pub use self::loader::{Refreshed, RuleLoader, RuleLoaderParts};
use crate::{
    aws,
    rules::Problem,
    value::{BucketName, ObjectKey, SecretRef, ValueError},
};

/// Maximum size in bytes of the text of rules.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// Source of rules, as in the setting `TAILWATER_RULES`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleSource {
    /// Text of the rules.
    Inline(String),
    /// Path of a file.
    File(PathBuf),
    /// Name or ARN of an SSM parameter.
    Parameter(String),
    /// S3 object.
    Object {
        /// Name of the bucket.
        bucket: BucketName,
        /// Key of the object.
        key: ObjectKey,
    },
}

impl RuleSource {
    /// Reads `ssm:NAME`, `s3://BUCKET/KEY`, the path of a file, or the text of rules.
    ///
    /// # Errors
    /// Returns an error if the parameter, the bucket or the key has an invalid name.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        if let Some(name) = text.strip_prefix("ssm:") {
            let name = SecretRef::parameter(name).map(|_| name.to_owned())?;
            return Ok(Self::Parameter(name));
        }
        if let Some(rest) = text.strip_prefix("s3://") {
            let (bucket, key) = rest.split_once('/').ok_or(ValueError::BadBucket)?;
            return Ok(Self::Object { bucket: BucketName::read(bucket)?, key: ObjectKey::read(key)? });
        }
        // No path has a line break or the head of a table, and text without a table has no rules.
        let is_text = text.contains("[[") || text.contains('\n') || text.trim_start().starts_with('#');
        Ok(if is_text { Self::Inline(text.to_owned()) } else { Self::File(text.into()) })
    }

    /// True if the rules are in AWS, where they may change while the program runs.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        match self {
            Self::Parameter(_) | Self::Object { .. } => true,
            Self::Inline(_) | Self::File(_) => false,
        }
    }

    /// Returns the text of rules that are not in AWS; `None` if they are.
    ///
    /// # Errors
    /// Returns an error if the file cannot be read.
    pub fn local_text(&self) -> Option<Result<String, RulesError>> {
        match self {
            Self::Inline(text) => Some(Ok(text.clone())),
            Self::File(path) => {
                let text = std::fs::read_to_string(path);
                Some(text.map_err(|error| RulesError::File { path: path.clone(), error: error.to_string() }))
            }
            Self::Parameter(_) | Self::Object { .. } => None,
        }
    }
}

/// Formats the source as in the setting; text of rules is not repeated.
impl fmt::Display for RuleSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(_) => f.write_str("TAILWATER_RULES"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Parameter(name) => write!(f, "ssm:{name}"),
            Self::Object { bucket, key } => write!(f, "s3://{bucket}/{}", key.as_str()),
        }
    }
}

/// Error for rules that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// The file with the rules cannot be read.
    #[error("the rules in {} cannot be read: {error}", path.display())]
    File {
        /// Path of the file.
        path: PathBuf,
        /// Error of the operating system.
        error: String,
    },
    /// The rules in AWS cannot be read.
    #[error("the rules in {place} cannot be read: {error}")]
    Aws {
        /// The source.
        place: String,
        /// Error of the request.
        error: aws::Error,
    },
    /// The rules in AWS were not read in time.
    #[error("the rules in {place} could not be read in time")]
    TimedOut {
        /// The source.
        place: String,
    },
    /// The S3 object with the rules does not exist.
    #[error("the rules in {place} do not exist")]
    Missing {
        /// The source.
        place: String,
    },
    /// The secret with which `hash = true` hashes cannot be read.
    #[error("TAILWATER_REDACT_KEY cannot be read: {0}")]
    Key(aws::secret_cache::SecretError),
    /// The rules are larger than rules may be.
    #[error("the rules in {place} have more than {MAX_TEXT} bytes")]
    TooLarge {
        /// The source.
        place: String,
    },
    /// The text has problems.
    #[error("{}", listed(place, problems))]
    Invalid {
        /// The source.
        place: String,
        /// All problems.
        problems: Vec<Problem>,
    },
}

/// Lists problems, one per line.
fn listed(place: &str, problems: &[Problem]) -> String {
    let lines: Vec<_> = problems.iter().map(|problem| format!("{place}:{problem}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let read = RuleSource::read(text);
        let read =
            read.map_or_else(|error| error.to_string(), |source| format!("{} {source}", source.is_remote()));
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn source_is_recognised_by_its_form() {
        check("ssm:/tailwater/rules", "true ssm:/tailwater/rules");
        check("s3://my-bucket/a/rules.toml", "true s3://my-bucket/a/rules.toml");
        check("rules.toml", "false rules.toml");
        check("[[rule]]\ndrop = {}", "false TAILWATER_RULES");
        check("# none\n", "false TAILWATER_RULES");
        check("ssm:a b", &ValueError::BadParameter.to_string());
        check("s3://my-bucket", &ValueError::BadBucket.to_string());
    }
}
