//! Name of an AWS region. It becomes part of host names, so it is checked when it is read.

use std::fmt;

use super::{Partition, ValueError};

/// Name of an AWS region, such as `eu-west-1`, or of the region of another server with an AWS API.
#[derive(Clone, PartialEq, Eq)]
pub struct Region(String);

/// Maximum length of a region's name. The longest names have about half as many letters.
const MAX_LENGTH: usize = 32;

impl Region {
    /// Parses the name of an AWS region, such as `eu-west-1` or `us-gov-east-1`: words of lowercase letters, then a
    /// number. Unknown names of this form are accepted, because AWS adds regions.
    ///
    /// # Errors
    /// Returns an error if the text has another form.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        let (words, number) = text.rsplit_once('-').ok_or(ValueError::BadRegion)?;
        let is_word = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
        let is_number = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
        let is_region = is_number && words.contains('-') && words.split('-').all(is_word);
        if is_region && text.len() <= MAX_LENGTH {
            Ok(Self(text.to_owned()))
        } else {
            Err(ValueError::BadRegion)
        }
    }

    /// Parses a region from a setting, which may also be that of an S3-compatible server, such as `garage` or `auto`:
    /// letters, digits, `-` and `_`.
    ///
    /// # Errors
    /// Returns an error if the text has other characters, or is too long.
    pub fn read_any(text: &str) -> Result<Self, ValueError> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        let is_label = (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(is_allowed);
        if is_label { Ok(Self(text.to_owned())) } else { Err(ValueError::BadRegion) }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the partition that the region belongs to.
    #[must_use]
    pub fn partition(&self) -> Partition {
        Partition::of_region(&self.0)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Shows the region as [`fmt::Display`] does.
impl fmt::Debug for Region {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_regions_are_accepted() {
        for region in ["eu-west-1", "us-gov-east-1", "us-isob-east-1", "eusc-de-east-1", "mx-central-1"] {
            assert_eq!(Region::read(region).map(|region| region.to_string()), Ok(region.to_owned()));
        }
        let long = format!("eu-{}-1", "w".repeat(MAX_LENGTH));
        for hostile in [
            "",
            "x@127.0.0.1:8080/",
            "evil.example/",
            "evil.example#",
            "eu-west-1.evil.example",
            "eu-west-1/",
            "eu-west-1 ",
            "eu-west-1\n",
            "eu-west-1\0",
            "eu-west-1:443",
            "eu-west-1@evil.example-1",
            "169.254.169.254",
            "eu-west-１",
            "EU-WEST-1",
            &long,
        ] {
            assert_eq!(Region::read(hostile), Err(ValueError::BadRegion), "{hostile:?}");
        }
    }

    #[test]
    fn settings_may_name_regions_of_other_servers() {
        for region in ["garage", "auto", "us_west", "EU"] {
            assert_eq!(Region::read_any(region).map(|region| region.to_string()), Ok(region.to_owned()));
            assert!(Region::read(region).is_err(), "{region}");
        }
        for hostile in ["", "a.b", "a/b", "a@b", "a b", &"a".repeat(MAX_LENGTH + 1)] {
            assert_eq!(Region::read_any(hostile), Err(ValueError::BadRegion), "{hostile:?}");
        }
    }
}
