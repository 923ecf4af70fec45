//! Names of S3 buckets, patterns of them, and keys of S3 objects. They become parts of URLs, so they are checked when
//! they are read.

use std::fmt;

use super::{ValueError, list};

/// Name of an S3 bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BucketName(String);

impl BucketName {
    /// Parses the name of a bucket: 3 to 63 lower-case letters, digits, `-` and `.`.
    ///
    /// # Errors
    /// Returns an error if the text is not such a name.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        let is_allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'.';
        let is_valid = (3..=63).contains(&text.len()) && text.bytes().all(is_allowed);
        if is_valid { Self::read_old(text) } else { Err(ValueError::BadBucket) }
    }

    /// Parses a name that may be older than today's rules: until 2018, `us-east-1` also accepted upper-case letters,
    /// `_`, and up to 255 characters.
    ///
    /// # Errors
    /// Returns an error if no bucket can have this name.
    pub fn read_old(text: &str) -> Result<Self, ValueError> {
        let is_allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._".contains(&b);
        let is_valid =
            (3..=255).contains(&text.len()) && text.bytes().all(is_allowed) && !text.contains("..");
        if is_valid { Ok(Self(text.to_owned())) } else { Err(ValueError::BadBucket) }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// True if the name can be a label of a host name that the certificate for `*.s3.REGION.…` covers. Requests for
    /// other buckets have the name in the path.
    #[must_use]
    pub fn is_host_label(&self) -> bool {
        let is_inner = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        self.0.len() <= 63
            && self.0.bytes().all(is_inner)
            && !self.0.starts_with('-')
            && !self.0.ends_with('-')
    }
}

impl fmt::Display for BucketName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Pattern of bucket names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BucketPattern {
    /// The bucket of this name.
    Named(BucketName),
    /// All buckets whose names begin with this text.
    StartingWith(String),
}

impl BucketPattern {
    /// Parses names that are separated by commas. A `*` at the end of a name matches any text.
    ///
    /// # Errors
    /// Returns an error if a name is empty, or has a character that no name of a bucket has.
    pub fn read(text: &str) -> Result<Vec<Self>, ValueError> {
        let pattern = |name: String| match name.strip_suffix('*') {
            // Padded to the length of a name, since its start may be shorter.
            Some(start) if BucketName::read_old(&format!("{start}xxx")).is_ok() => {
                Ok(Self::StartingWith(start.to_owned()))
            }
            Some(_) => Err(ValueError::BadBucket),
            None => BucketName::read_old(&name).map(Self::Named),
        };
        list(text)?.into_iter().map(pattern).collect()
    }

    /// True if `name` matches.
    #[must_use]
    pub fn contains(&self, name: &BucketName) -> bool {
        match self {
            Self::Named(own) => own == name,
            Self::StartingWith(start) => name.0.starts_with(start.as_str()),
        }
    }
}

/// Key of an S3 object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// Parses a key: 1 to 1,024 bytes. The parts `.` and `..` between slashes are refused, although S3 accepts them:
    /// HTTP clients resolve them as in a path, so that the request would be for another object.
    ///
    /// # Errors
    /// Returns an error if the text is not such a key.
    pub fn read(text: &str) -> Result<Self, ValueError> {
        const MAX_LENGTH: usize = 1024;
        let is_valid = (1..=MAX_LENGTH).contains(&text.len()) && !has_dot_parts(text);
        if is_valid { Ok(Self(text.to_owned())) } else { Err(ValueError::BadKey) }
    }

    /// Returns the key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// True if a path has a part `.` or `..`.
fn has_dot_parts(path: &str) -> bool {
    path.split('/').any(|part| part == "." || part == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names and keys that would change host, path or query of a URL.
    const HOSTILE: [&str; 13] = [
        "",
        "..",
        "...",
        "a..b",
        "//evil.example",
        "logs@evil.example",
        "logs/../other",
        "logs?x",
        "logs#x",
        "logs:80",
        "lo gs",
        "logs\n",
        "lögs",
    ];

    #[test]
    fn names_of_buckets_are_letters_digits_and_separators() {
        for name in ["abc", "my-logs", "my.logs", "123456789012-logs", "x--use1-az4--x-s3"] {
            assert_eq!(BucketName::read(name).map(|name| name.to_string()), Ok(name.to_owned()));
        }
        for old in ["My_Logs", &"a".repeat(255)] {
            assert_eq!(BucketName::read(old), Err(ValueError::BadBucket), "{old}");
            assert!(BucketName::read_old(old).is_ok(), "{old}");
        }
        for hostile in HOSTILE.into_iter().chain(["ab", &"a".repeat(256)]) {
            assert_eq!(BucketName::read_old(hostile), Err(ValueError::BadBucket), "{hostile:?}");
            assert_eq!(BucketName::read(hostile), Err(ValueError::BadBucket), "{hostile:?}");
        }
    }

    #[test]
    fn host_label_has_no_dots_capitals_or_underscores() {
        let is_label = |name: &str| BucketName::read_old(name).is_ok_and(|name| name.is_host_label());
        assert!(is_label("my-logs-1"));
        for name in ["my.logs", "My-logs", "my_logs", "-my-logs", "my-logs-", "127.0.0.1", &"a".repeat(64)] {
            assert!(!is_label(name), "{name}");
        }
    }

    #[test]
    fn keys_that_clients_would_resolve_are_refused() {
        for key in
            ["a", "a b+c%2F-é", "a//b", "/a", "//evil.example/x", "a/...", ".a/b.", "a\\..\\b", "a\n\0"]
        {
            assert_eq!(ObjectKey::read(key).map(|key| key.0), Ok(key.to_owned()));
        }
        for hostile in ["", ".", "..", "../a", "a/..", "a/./b", "a/../../b", &"a".repeat(1025)] {
            assert_eq!(ObjectKey::read(hostile), Err(ValueError::BadKey), "{hostile:?}");
        }
    }

    #[test]
    fn pattern_is_a_name_or_its_start() {
        let matches = |patterns: &str, name: &str| {
            let name = BucketName::read_old(name).expect("it is a name");
            BucketPattern::read(patterns).expect("they are patterns").iter().any(|own| own.contains(&name))
        };
        assert!(matches("logs,my-*", "logs") && matches("logs,my-*", "my-logs") && matches("*", "logs"));
        assert!(!matches("logs,my-*", "logs-2") && !matches("logs", "my-logs"));
        for wrong in ["", "logs,", "lo gs", "a/b*", "*logs", "ab"] {
            assert!(BucketPattern::read(wrong).is_err(), "{wrong}");
        }
    }
}
