//! Kinds of values that settings accept. Each has a name for listings and a description for errors.

use std::fmt;

/// Kind of value that a setting accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Word(&'static [&'static str]),
    /// One or more of these words, separated by commas.
    Words(&'static [&'static str]),
    /// Any text.
    Text,
    /// Name of an S3 bucket.
    Bucket,
    /// Whole number from 1.
    Number,
    /// Texts separated by commas.
    List,
    /// `key:value` pairs separated by commas.
    Tags,
    /// `key=value` pairs separated by commas, with percent-encoded values, as in OpenTelemetry's specification.
    Attributes,
    /// Request headers, in the format of [`Self::Attributes`]; their values may be secrets.
    Headers,
    /// Number from 1 to 64.
    Count,
    /// Number of a TCP port.
    Port,
    /// Number of bytes with a unit, such as `5MB`.
    Size,
    /// Time span with a unit, such as `30s`.
    Duration,
    /// Time span in milliseconds, without a unit.
    Milliseconds,
    /// `true` or `false`.
    Switch,
    /// ARN of any service.
    Arn,
    /// Number of days that CloudWatch Logs supports as retention of a log group.
    Retention,
    /// Code of an AWS region.
    Region,
    /// Log levels of the program, in the syntax of `RUST_LOG`.
    Levels,
    /// HTTP URL.
    Url,
    /// HTTP URL, or only the host of one.
    HostOrUrl,
    /// URL of a proxy, which may contain a password.
    Proxy,
    /// Location where events are parked.
    Location,
    /// Path of a file.
    File,
    /// Path of a file, or `-` for standard output.
    FileOrStdout,
    /// Secret, or a reference to a secret in Secrets Manager or SSM.
    Secret,
    /// Secret; a reference to a secret is not accepted.
    Credential,
    /// ARN of a secret in Secrets Manager.
    SecretArn,
    /// Name or ARN of an SSM parameter.
    ParameterName,
    /// Rules: their text, or the place where they are.
    Rules,
    /// Regular expression of Python's module `re`. Spaces around it are a part of it.
    Regex,
    /// Replacement for matches, as Python's `re.sub` takes it. Spaces around it are a part of it.
    Replacement,
}

impl Kind {
    /// True if values of this kind must never be shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Credential | Self::Headers | Self::Proxy)
    }

    /// True if spaces around a value are a part of it.
    pub(super) fn keeps_spaces(self) -> bool {
        matches!(self, Self::Regex | Self::Replacement)
    }

    /// Returns the name of this kind for programs that read the list of settings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Word(_) => "word",
            Self::Words(_) => "words",
            Self::Text => "text",
            Self::Bucket => "bucket",
            Self::Number => "number",
            Self::List => "list",
            Self::Tags => "tags",
            Self::Attributes => "attributes",
            Self::Headers => "headers",
            Self::Count => "count",
            Self::Port => "port",
            Self::Size => "size",
            Self::Duration => "duration",
            Self::Milliseconds => "milliseconds",
            Self::Switch => "switch",
            Self::Arn => "arn",
            Self::Retention => "retention",
            Self::Region => "region",
            Self::Levels => "levels",
            Self::Url => "url",
            Self::HostOrUrl => "host_or_url",
            Self::Proxy => "proxy",
            Self::Location => "location",
            Self::File => "file",
            Self::FileOrStdout => "file_or_stdout",
            Self::Secret => "secret",
            Self::Credential => "credential",
            Self::SecretArn => "secret_arn",
            Self::ParameterName => "parameter_name",
            Self::Rules => "rules",
            Self::Regex => "regex",
            Self::Replacement => "replacement",
        }
    }

    /// Returns the name of this kind for people.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Headers => "headers, secret",
            Self::Arn | Self::SecretArn => "ARN",
            Self::Retention => "days",
            Self::Url => "URL",
            Self::HostOrUrl => "host or URL",
            Self::Proxy => "proxy, secret",
            Self::FileOrStdout => "file or `-`",
            Self::Credential => "secret",
            Self::ParameterName => "name or ARN",
            Self::Word(_)
            | Self::Words(_)
            | Self::Text
            | Self::Bucket
            | Self::Number
            | Self::List
            | Self::Tags
            | Self::Attributes
            | Self::Count
            | Self::Port
            | Self::Size
            | Self::Duration
            | Self::Milliseconds
            | Self::Switch
            | Self::Region
            | Self::Levels
            | Self::Location
            | Self::File
            | Self::Rules
            | Self::Regex
            | Self::Replacement
            | Self::Secret => self.name(),
        }
    }

    /// Returns the words that a setting of this kind accepts; empty for kinds without a list of words.
    #[must_use]
    pub fn words(self) -> &'static [&'static str] {
        if let Self::Word(words) | Self::Words(words) = self { words } else { &[] }
    }
}

/// Describes the values of this kind, as the end of an error message "expected …".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Word(words) => return write!(f, "one of {}", words.join(", ")),
            Self::Words(words) => {
                return write!(f, "one or more of {}, separated by commas", words.join(", "));
            }
            Self::Text => "any text without control characters",
            Self::Bucket => "the name of a bucket such as logs-of-shop",
            Self::Number => "a whole number from 1",
            Self::Rules => "rules, the path of a file, ssm:NAME or s3://BUCKET/KEY",
            Self::Regex => "a regular expression of Python without look-around and back references",
            Self::Replacement => "a text, with \\1 or \\g<name> for what a group matches",
            Self::List => "a list separated by commas",
            Self::Tags => "tags such as team:shop,stage:prod",
            Self::Attributes => "attributes such as team=shop,stage=prod, percent-encoded where necessary",
            Self::Headers => "headers such as authorization=Bearer%20KEY, or secretsmanager:ARN, or ssm:NAME",
            Self::Count => "a number from 1 to 64",
            Self::Port => "a port such as 443",
            Self::Size => "a size such as 256MiB or 5MB",
            Self::Duration => "a duration such as 1500ms, 30s or 5m",
            Self::Milliseconds => "milliseconds such as 10000",
            Self::Switch => "true or false",
            Self::Arn => "an ARN such as arn:aws:lambda:eu-west-1:123456789012:function:tailwater",
            Self::Retention => "a number of days that CloudWatch Logs supports, such as 7, 30 or 365",
            Self::Region => "a region such as eu-west-1",
            Self::Levels => {
                "off, error, warn, info, debug or trace, also module=level for one module, separated by commas"
            }
            Self::Url => "a URL such as https://collector.example:4318",
            Self::HostOrUrl => "a host or a URL such as https://intake.example",
            Self::Proxy => "a proxy such as http://proxy.example:3128",
            Self::Location => {
                "s3://BUCKET/PREFIX, sqs:QUEUE_URL (also sqs:QUEUE_URL,s3://BUCKET/PREFIX) or file:FOLDER"
            }
            Self::File => "the path of a file",
            Self::FileOrStdout => "the path of a file, or - for standard output",
            Self::Credential => "the secret itself",
            Self::Secret => "the secret itself, or secretsmanager:ARN, or ssm:NAME",
            Self::SecretArn => "an ARN such as arn:aws:secretsmanager:eu-west-1:123456789012:secret:NAME",
            Self::ParameterName => "a name such as /tailwater/api-key, or its ARN",
        };
        f.write_str(text)
    }
}
