//! Correlation ids and resources in a log line: the ids that several functions log for one request, and the queues,
//! topics, tables and hosts that a line names.
//!
//! [`Scanner`] reads the message of a line, whatever its format. Nothing of this runs while logs are forwarded.

mod resource;
#[cfg(test)]
mod tests;
mod text;
mod value;
mod walk;

use memchr::memmem::Finder;

pub use self::value::{canonical_id, canonical_trace, valid_id, xray_form};

/// Maximum number of ids and resources that one line can give.
pub const MAX_PER_LINE: usize = 16;
/// Maximum length of an id or the name of a resource in bytes.
pub const MAX_LENGTH: usize = 160;
/// Maximum number of paths in `TAILWATER_CORRELATION_FIELDS`.
pub const MAX_FIELDS: usize = 16;

/// Kind of a correlation id, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdKind {
    /// Trace id of X-Ray or W3C, as 32 hexadecimal digits.
    Trace,
    /// Correlation id, under one of its usual names.
    Correlation,
    /// Value of a member that `TAILWATER_CORRELATION_FIELDS` names.
    Field,
    /// Request id of API Gateway.
    ApiRequest,
    /// Message id of SQS.
    SqsMessage,
    /// Message id of SNS.
    SnsMessage,
    /// Id of an event of EventBridge.
    Event,
    /// Name of an execution of Step Functions.
    Execution,
}

impl IdKind {
    /// All kinds, the strongest first.
    pub const ALL: [Self; 8] = [
        Self::Trace,
        Self::Correlation,
        Self::Field,
        Self::ApiRequest,
        Self::SqsMessage,
        Self::SnsMessage,
        Self::Event,
        Self::Execution,
    ];

    /// Name of the kind in JSON.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "trace_id",
            Self::Correlation => "correlation_id",
            Self::Field => "field",
            Self::ApiRequest => "api_request_id",
            Self::SqsMessage => "sqs_message_id",
            Self::SnsMessage => "sns_message_id",
            Self::Event => "event_id",
            Self::Execution => "execution",
        }
    }

    /// Greatest confidence in percent of a link that this kind of id proves.
    #[must_use]
    pub fn confidence_pct(self) -> u8 {
        match self {
            Self::Trace | Self::Correlation | Self::Field | Self::ApiRequest | Self::SqsMessage => 100,
            Self::SnsMessage | Self::Event | Self::Execution => 80,
        }
    }
}

/// Meaning of an id or a resource in a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mention {
    /// The line has a correlation id of this kind.
    Id(IdKind),
    /// The line names a resource that the function uses, such as `SQS:orders` or `HTTP:api.example.com`.
    Uses,
    /// The line names the resource whose event the function handles.
    HandlesEventOf,
}

/// True if lines of a kind, as [`Line::kind`](super::Line::kind) names it, may have correlation ids: those that functions
/// write, not those of the platform.
#[must_use]
pub fn may_have_ids(kind: &str) -> bool {
    matches!(kind, "app" | "text" | "emf")
}

/// Finder of correlation ids and resources in log lines.
#[derive(Clone, Debug)]
pub struct Scanner {
    /// Texts of a quick search: a line that has none of them has no id and no resource.
    hints: Vec<Finder<'static>>,
    /// Paths of the members that the user has set, divided at the dots.
    fields: Vec<Vec<Box<str>>>,
}

/// Texts of a quick search: a line that has none of them has no id and no resource.
const HINTS: [&str; 15] = [
    "orrelation",
    "equestContext",
    "piRequestId",
    "pi_request_id",
    "essageId",
    "essage_id",
    "raceparent",
    "race_id",
    "raceId",
    "Root=1-",
    "xecution",
    "detail-type",
    "ventId",
    "arn:aws",
    "http",
];

impl Default for Scanner {
    fn default() -> Self {
        Self::new([])
    }
}

impl Scanner {
    /// Creates a scanner. `fields` are dotted paths of members whose values are correlation ids, too; at most
    /// [`MAX_FIELDS`] of them are used.
    #[must_use]
    pub fn new<'f>(fields: impl IntoIterator<Item = &'f str>) -> Self {
        let path = |field: &str| field.split('.').map(|part| part.trim().into()).collect();
        let is_named = |field: &&str| !field.trim().is_empty();
        Self {
            hints: HINTS.iter().map(Finder::new).collect(),
            fields: fields.into_iter().filter(is_named).take(MAX_FIELDS).map(path).collect(),
        }
    }

    /// Calls `each` with every id and resource in a message, at most [`MAX_PER_LINE`] of them, each once.
    ///
    /// ```
    /// use tailwater_parser::line::correlation::{IdKind, Mention, Scanner};
    /// let mut found = Vec::new();
    /// let line = r#"{"message":"paid","correlation_id":"order-7f3a91"}"#;
    /// Scanner::default().scan(line, &mut |mention, value| found.push((mention, value.to_owned())));
    /// assert_eq!(found, [(Mention::Id(IdKind::Correlation), "order-7f3a91".to_owned())]);
    /// ```
    pub fn scan(&self, message: &str, each: &mut dyn FnMut(Mention, &str)) {
        let has_hint = || self.hints.iter().any(|hint| hint.find(message.as_bytes()).is_some());
        if self.fields.is_empty() && !has_hint() {
            return;
        }
        let mut found = Found { values: Vec::new() };
        match walk::json_in(message) {
            Some((before, json)) => {
                text::scan(before, &mut found);
                walk::scan(json, &self.fields, &mut found);
            }
            None => text::scan(message, &mut found),
        }
        found.values.iter().for_each(|(mention, value)| each(*mention, value));
    }
}

/// Ids and resources found in a line so far, each once.
#[derive(Debug, Default)]
struct Found {
    values: Vec<(Mention, Box<str>)>,
}

impl Found {
    /// Adds an id if it can be one.
    fn id(&mut self, kind: IdKind, text: &str) {
        if let Some(id) = canonical_id(kind, text) {
            self.add(Mention::Id(kind), &id);
        }
    }

    fn add(&mut self, mention: Mention, value: &str) {
        let is_known = self.values.iter().any(|(known, other)| *known == mention && &**other == value);
        if !is_known && self.values.len() < MAX_PER_LINE && value.len() <= MAX_LENGTH {
            self.values.push((mention, value.into()));
        }
    }
}
