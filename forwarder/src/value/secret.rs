//! Secrets, and where they are kept. A secret is shown by nothing: it has no `Display`, and its `Debug` says nothing.

use std::fmt;

use super::{Tag, ValueError, attributes};

/// A text that never reaches any output of ours.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Keeps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

/// A secret, or where it has to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// The secret itself.
    Value(Secret),
    /// The ARN of a secret in Secrets Manager.
    SecretsManager(String),
    /// The name or ARN of an SSM parameter.
    Parameter(String),
}

impl SecretRef {
    /// `secretsmanager:ARN`, `ssm:NAME`, or the secret itself.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        Self::kept_elsewhere(text).unwrap_or_else(|| key(text).map(Self::Value))
    }

    /// What `text` refers to, if it is a reference.
    fn kept_elsewhere(text: &str) -> Option<Result<Self, ValueError>> {
        let arn = text.strip_prefix("secretsmanager:").map(Self::secret_arn);
        arn.or_else(|| text.strip_prefix("ssm:").map(Self::parameter))
    }

    /// `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`, in any of AWS's partitions.
    pub fn secret_arn(text: &str) -> Result<Self, ValueError> {
        let fields: Vec<_> = text.split(':').collect();
        let is_arn = matches!(
            fields.as_slice(),
            ["arn", partition, "secretsmanager", region, account, "secret", name]
                if !partition.is_empty() && !region.is_empty() && !account.is_empty() && !name.is_empty()
        );
        if is_arn && is_visible(text) {
            Ok(Self::SecretsManager(text.to_owned()))
        } else {
            Err(ValueError::BadSecretArn)
        }
    }

    /// The name of a parameter (letters, digits, `.-_/`), or its ARN.
    pub fn parameter(text: &str) -> Result<Self, ValueError> {
        const LONGEST: usize = 2048;
        let name = if text.starts_with("arn:") {
            text.split_once(":parameter/").map(|(_, name)| name).ok_or(ValueError::BadParameter)?
        } else {
            text
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
        let is_parameter =
            !name.is_empty() && text.len() <= LONGEST && name.chars().all(is_name) && is_visible(text);
        if is_parameter { Ok(Self::Parameter(text.to_owned())) } else { Err(ValueError::BadParameter) }
    }
}

/// A key as backends take it in a header: visible ASCII.
fn key(text: &str) -> Result<Secret, ValueError> {
    if is_visible(text) { Ok(Secret::new(text)) } else { Err(ValueError::BadSecret) }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// A header of every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// In small letters.
    pub name: String,
    /// Often a key.
    pub value: Secret,
}

impl Header {
    /// Reads `name=value,…`, percent-encoded, as settings and fetched secrets hold them.
    ///
    /// # Errors
    /// When one is no header, is there twice, or is one that the sender sets itself.
    pub fn list(text: &str) -> Result<Vec<Self>, ValueError> {
        let headers: Vec<_> = attributes(text)?.into_iter().map(Self::checked).collect::<Result<_, _>>()?;
        let names: std::collections::BTreeSet<_> = headers.iter().map(|header| &header.name).collect();
        if names.len() < headers.len() { Err(ValueError::Duplicate) } else { Ok(headers) }
    }

    fn checked(tag: Tag) -> Result<Self, ValueError> {
        /// They say how the body is to be read and where it goes, which only its sender knows.
        const OURS: &[&str] = &[
            "host",
            "content-length",
            "content-type",
            "content-encoding",
            "transfer-encoding",
            "connection",
        ];
        let name = tag.key.to_ascii_lowercase();
        let is_token = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b));
        let is_value = tag.value.bytes().all(|b| b.is_ascii_graphic() || b == b' ');
        if !is_token || !is_value || OURS.contains(&name.as_str()) {
            return Err(ValueError::BadHeader);
        }
        Ok(Self { name, value: Secret::new(tag.value) })
    }
}

/// Headers, or where they have to be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Headers {
    /// As given.
    Given(Vec<Header>),
    /// Kept in Secrets Manager or SSM; what is fetched is read with [`Header::list`].
    Fetched(SecretRef),
}

impl Headers {
    /// Reads headers, or a reference to the secret that holds them.
    ///
    /// # Errors
    /// Returns an error if the text is neither.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        match SecretRef::kept_elsewhere(text) {
            Some(kept) => kept.map(Self::Fetched),
            None => Header::list(text).map(Self::Given),
        }
    }
}
