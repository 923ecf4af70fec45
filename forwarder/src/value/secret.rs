//! Secrets, references to stored secrets, and request headers with secret values. A secret has no `Display`, and its
//! `Debug` hides it.

use std::fmt;

use super::{Tag, ValueError, arn::resource, attributes};

/// Text that must never be shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text. Only code that sends the secret may call this.
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

/// Secret, or a reference to a secret that is stored in AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretRef {
    /// Secret, as it is written in the setting.
    Value(Secret),
    /// ARN of a secret in Secrets Manager.
    SecretsManager(String),
    /// Name or ARN of an SSM parameter.
    Parameter(String),
}

impl SecretRef {
    /// Parses `secretsmanager:ARN`, `ssm:NAME`, or the secret itself.
    ///
    /// # Errors
    /// Returns an error if the reference is invalid, or the secret has characters that no API key has.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        Self::reference(text).unwrap_or_else(|| key(text).map(Self::Value))
    }

    /// Parses `text` if it has the form of a reference; else returns `None`.
    fn reference(text: &str) -> Option<Result<Self, ValueError>> {
        let arn = text.strip_prefix("secretsmanager:").map(Self::secret_arn);
        arn.or_else(|| text.strip_prefix("ssm:").map(Self::parameter))
    }

    /// Parses `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME`, of any AWS partition.
    ///
    /// # Errors
    /// Returns an error if the text is not such an ARN.
    pub fn secret_arn(text: &str) -> Result<Self, ValueError> {
        let name = resource(text, "secretsmanager").and_then(|resource| resource.strip_prefix("secret:"));
        let is_arn = name.is_some_and(|name| !name.is_empty() && !name.contains(':'));
        if is_arn && is_visible(text) {
            Ok(Self::SecretsManager(text.to_owned()))
        } else {
            Err(ValueError::BadSecretArn)
        }
    }

    /// Parses the name of an SSM parameter (letters, digits, `.-_/`), or its ARN.
    ///
    /// # Errors
    /// Returns an error if the text is neither.
    pub fn parameter(text: &str) -> Result<Self, ValueError> {
        const MAX_LENGTH: usize = 2048;
        let name = if text.starts_with("arn:") {
            let name = resource(text, "ssm").and_then(|resource| resource.strip_prefix("parameter/"));
            name.ok_or(ValueError::BadParameter)?
        } else {
            text
        };
        let is_name = |c: char| c.is_ascii_alphanumeric() || ".-_/".contains(c);
        let is_parameter =
            !name.is_empty() && text.len() <= MAX_LENGTH && name.chars().all(is_name) && is_visible(text);
        if is_parameter { Ok(Self::Parameter(text.to_owned())) } else { Err(ValueError::BadParameter) }
    }
}

/// Parses an API key. It must be visible ASCII, because it is sent in a header.
fn key(text: &str) -> Result<Secret, ValueError> {
    if is_visible(text) { Ok(Secret::new(text)) } else { Err(ValueError::BadSecret) }
}

fn is_visible(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Header that is added to every request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// Name in lowercase.
    pub name: String,
    /// Value, which is often an API key.
    pub value: Secret,
}

impl Header {
    /// Parses percent-encoded `name=value` pairs separated by commas, from a setting or a stored secret.
    ///
    /// # Errors
    /// Returns an error if a header is invalid, occurs twice, or is one that Tailwater sets itself.
    pub fn list(text: &str) -> Result<Vec<Self>, ValueError> {
        let headers: Vec<_> = attributes(text)?.into_iter().map(Self::checked).collect::<Result<_, _>>()?;
        let names: std::collections::BTreeSet<_> = headers.iter().map(|header| &header.name).collect();
        if names.len() < headers.len() { Err(ValueError::Duplicate) } else { Ok(headers) }
    }

    fn checked(tag: Tag) -> Result<Self, ValueError> {
        /// Names of headers that Tailwater sets itself, since they depend on the body and the connection.
        const RESERVED: &[&str] = &[
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
        if !is_token || !is_value || RESERVED.contains(&name.as_str()) {
            return Err(ValueError::BadHeader);
        }
        Ok(Self { name, value: Secret::new(tag.value) })
    }
}

/// Headers, or a reference to a stored secret that contains them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Headers {
    /// Headers, as they are written in the setting.
    Given(Vec<Header>),
    /// Reference to a stored secret with headers, which [`Header::list`] parses.
    Fetched(SecretRef),
}

impl Headers {
    /// Parses headers, or a reference to a stored secret that contains headers.
    ///
    /// # Errors
    /// Returns an error if the text is neither headers nor a reference.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        match SecretRef::reference(text) {
            Some(reference) => reference.map(Self::Fetched),
            None => Header::list(text).map(Self::Given),
        }
    }
}
