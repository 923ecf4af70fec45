//! The prefix of Node.js and .NET: `<time>\t<request id>\t<level>\t<message>`. Only the level names differ. `sls logs` of
//! the Serverless Framework 3 leaves out the request id.

use super::layout::is_uuid;
use crate::{line::field::word, timestamp};

/// Parts of a line with this prefix.
pub(super) struct Prefix<'a> {
    pub(super) timestamp: &'a str,
    pub(super) request_id: Option<&'a str>,
    pub(super) level: &'a str,
    pub(super) message: &'a str,
    pub(super) separator: Separator,
}

/// Separator between the parts of the prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Tab,
    /// Spaces, into which a console or a document turned the tabs.
    Spaces,
}

impl<'a> Prefix<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (timestamp, rest) = split_timestamp(text)?;
        let Some(rest) = rest.strip_prefix('\t') else { return Self::read_spaced(timestamp, rest) };
        if let [_, _, _, _, b'\t', ..] | [_, _, _, _, _, b'\t', ..] = rest.as_bytes()
            && let Some((level, message)) = rest.split_once('\t').filter(|(word, _)| is_node_level(word))
        {
            return Some(Self { timestamp, request_id: None, level, message, separator: Separator::Tab });
        }
        let mut parts = rest.splitn(3, '\t');
        let (request_id, level, message) = (parts.next()?, parts.next()?, parts.next()?);
        let is_word = !request_id.contains(' ');
        let (request_id, separator) = (valid_request_id(request_id), Separator::Tab);
        is_word.then_some(Self { timestamp, request_id, level, message, separator })
    }

    /// Reads the prefix without its tabs. The request id must have its form, because such a line could be any text.
    fn read_spaced(timestamp: &'a str, rest: &'a str) -> Option<Self> {
        let (request_id, rest) = word(rest.strip_prefix(' ')?.trim_start_matches(' '))?;
        let is_id =
            timestamp.ends_with('Z') && (is_uuid(request_id) || valid_request_id(request_id).is_none());
        let (level, rest) = word(rest.trim_start_matches(' ')).filter(|_| is_id)?;
        let (request_id, separator) = (valid_request_id(request_id), Separator::Spaces);
        Some(Self { timestamp, request_id, level, message: rest.trim_start_matches(' '), separator })
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

/// The request id; `None` for a placeholder: Node.js writes `undefined` or `-` where it knows no request id, Python
/// nothing.
pub(super) fn valid_request_id(request_id: &str) -> Option<&str> {
    Some(request_id).filter(|id| !matches!(*id, "" | "-" | "undefined" | "null" | "None"))
}
