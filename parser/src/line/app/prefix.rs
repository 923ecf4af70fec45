//! The prefix of Node.js and .NET: `<time>\t<request id>\t<level>\t<message>`. Only the level names differ. `sls logs` of
//! the Serverless Framework 3 leaves out the request id.

use crate::timestamp;

/// Parts of a line with this prefix.
pub(super) struct Prefix<'a> {
    pub(super) timestamp: &'a str,
    pub(super) request_id: Option<&'a str>,
    pub(super) level: &'a str,
    pub(super) message: &'a str,
}

impl<'a> Prefix<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (timestamp, rest) = split_timestamp(text)?;
        let rest = rest.strip_prefix('\t')?;
        if let [_, _, _, _, b'\t', ..] | [_, _, _, _, _, b'\t', ..] = rest.as_bytes()
            && let Some((level, message)) = rest.split_once('\t').filter(|(word, _)| is_node_level(word))
        {
            return Some(Self { timestamp, request_id: None, level, message });
        }
        let mut parts = rest.splitn(3, '\t');
        let (request_id, level, message) = (parts.next()?, parts.next()?, parts.next()?);
        let is_word = !request_id.contains(' ');
        is_word.then_some(Self { timestamp, request_id: valid_request_id(request_id), level, message })
    }
}

/// True for a level as Node.js writes it.
pub(super) fn is_node_level(word: &str) -> bool {
    matches!(word, "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR" | "FATAL")
}

/// Splits off the time at the start of a text.
pub(super) fn split_timestamp(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = timestamp::read(text)?;
    text.split_at_checked(text.len() - rest.len())
}

/// The request id; `None` outside of an invocation, where Node.js writes `undefined` and Python nothing.
pub(super) fn valid_request_id(request_id: &str) -> Option<&str> {
    Some(request_id).filter(|id| !id.is_empty() && *id != "undefined")
}
