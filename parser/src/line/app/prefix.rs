//! `<time>\t<request id>\t<level>\t<message>`: the prefix that Node.js and .NET share but for their levels.

use crate::timestamp;

/// A line's prefix, taken apart.
pub(super) struct Prefix<'a> {
    pub(super) timestamp: &'a str,
    pub(super) request_id: Option<&'a str>,
    pub(super) level: &'a str,
    pub(super) message: &'a str,
}

impl<'a> Prefix<'a> {
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let (timestamp, rest) = split_timestamp(text)?;
        let mut parts = rest.strip_prefix('\t')?.splitn(3, '\t');
        let (request_id, level, message) = (parts.next()?, parts.next()?, parts.next()?);
        let is_word = !request_id.contains(' ');
        is_word.then_some(Self { timestamp, request_id: known(request_id), level, message })
    }
}

/// The time a text begins with, and what follows.
pub(super) fn split_timestamp(text: &str) -> Option<(&str, &str)> {
    let (_, rest) = timestamp::read(text)?;
    text.split_at_checked(text.len() - rest.len())
}

/// A request id, unless it is missing: outside of an invocation Node.js writes `undefined` and Python nothing.
pub(super) fn known(request_id: &str) -> Option<&str> {
    Some(request_id).filter(|id| !id.is_empty() && *id != "undefined")
}
