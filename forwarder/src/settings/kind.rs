//! What a setting takes, in a word for tables and in a sentence for errors.

use std::fmt;

/// What a setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One of these words.
    Word(&'static [&'static str]),
    /// Some of these words.
    Words(&'static [&'static str]),
    /// Any text.
    Text,
    /// Texts with commas between.
    List,
    /// `key:value`, with commas between.
    Tags,
    /// `key=value`, percent-encoded, with commas between, as OpenTelemetry has it.
    Attributes,
    /// Like attributes, but as request headers, whose values may be secrets.
    Headers,
    /// A number from 1 to 64.
    Count,
    /// Bytes with a unit.
    Size,
    /// A time with a unit.
    Duration,
    /// A time without a unit, as OpenTelemetry has it.
    Milliseconds,
    /// `true` or `false`.
    Switch,
    /// An ARN.
    Arn,
    /// Days that CloudWatch Logs can keep events.
    Retention,
    /// The code of an AWS region.
    Region,
    /// Levels of a log, as `RUST_LOG` has them.
    Levels,
    /// An address over HTTP.
    Url,
    /// The same, or only its host.
    HostOrUrl,
    /// A proxy, whose address may hold a password.
    Proxy,
    /// A place for what could not be delivered.
    Location,
    /// A file's path.
    File,
    /// A file's path, or `-`.
    FileOrStdout,
    /// A secret, or where it is kept.
    Secret,
    /// A secret that can only be given itself.
    Credential,
    /// The ARN of a secret in Secrets Manager.
    SecretArn,
    /// The name or ARN of an SSM parameter.
    ParameterName,
}

impl Kind {
    /// Whether its values must never be shown.
    #[must_use]
    pub fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::Credential | Self::Headers | Self::Proxy)
    }

    /// In a word or two, for tables.
    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::Word(_) => "word",
            Self::Words(_) => "words",
            Self::Text => "text",
            Self::List => "list",
            Self::Tags => "tags",
            Self::Attributes => "attributes",
            Self::Headers => "headers, secret",
            Self::Count => "count",
            Self::Size => "size",
            Self::Duration => "duration",
            Self::Milliseconds => "milliseconds",
            Self::Switch => "switch",
            Self::Arn => "ARN",
            Self::Retention => "days",
            Self::Region => "region",
            Self::Levels => "levels",
            Self::Url => "URL",
            Self::HostOrUrl => "host or URL",
            Self::Proxy => "proxy, secret",
            Self::Location => "place",
            Self::File => "file",
            Self::FileOrStdout => "file or `-`",
            Self::Secret | Self::Credential => "secret",
            Self::SecretArn => "ARN",
            Self::ParameterName => "name or ARN",
        }
    }
}

/// What it takes, as the end of "expected …".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match self {
            Self::Word(words) => return write!(f, "one of {}", words.join(", ")),
            Self::Words(words) => {
                return write!(f, "one or more of {} with commas between", words.join(", "));
            }
            Self::Text => "any text",
            Self::List => "a list with commas between",
            Self::Tags => "tags such as team:shop,stage:prod",
            Self::Attributes => "attributes such as team=shop,stage=prod, percent-encoded where need be",
            Self::Headers => "headers such as authorization=Bearer%20KEY, or secretsmanager:ARN, or ssm:NAME",
            Self::Count => "a number from 1 to 64",
            Self::Size => "a size such as 256MiB or 5MB",
            Self::Duration => "a duration such as 1500ms, 30s or 5m",
            Self::Milliseconds => "milliseconds such as 10000",
            Self::Switch => "true or false",
            Self::Arn => "an ARN such as arn:aws:lambda:eu-west-1:123456789012:function:tailwater",
            Self::Retention => "days such as 7, 30 or 365, as CloudWatch Logs takes them",
            Self::Region => "a region such as eu-west-1",
            Self::Levels => {
                "off, error, warn, info, debug or trace, and module=level for a module, with commas between"
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
