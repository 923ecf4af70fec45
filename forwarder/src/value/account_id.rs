//! Id of an AWS account.

use super::ValueError;

/// Id of an AWS account: twelve digits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountId(String);

impl AccountId {
    /// Parses the id of an account.
    ///
    /// # Errors
    /// Returns an error if the text is not twelve digits.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        let is_id = text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        if is_id { Ok(Self(text.to_owned())) } else { Err(ValueError::BadAccount) }
    }

    /// Returns the digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
