//! Text that replaces a secret.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::kind::Kind;

/// Bytes of a hash that are written, as two hexadecimal digits each.
const HASH_BYTES: usize = 8;

/// Text that replaces the secrets of a rule.
#[derive(Clone, Debug)]
pub(super) struct Style {
    template: String,
    hash: Option<Hmac<Sha256>>,
}

impl Style {
    /// Creates the style of a template, in which `{kind}` and `{hash}` are replaced. `None` if the template has a
    /// character that JSON strings escape, or needs a key and has none.
    pub(super) fn new(template: Option<&str>, hash_key: Option<&[u8]>) -> Option<Self> {
        let standard = if hash_key.is_some() { "[{kind}:{hash}]" } else { "[{kind}]" };
        let template = template.unwrap_or(standard);
        let is_escaped = |c: char| c.is_control() || c == '"' || c == '\\';
        let hash = match hash_key {
            Some(key) => Some(Hmac::<Sha256>::new_from_slice(key).ok()?),
            None => None,
        };
        let is_valid = !template.contains(is_escaped) && (hash.is_some() || !template.contains("{hash}"));
        is_valid.then(|| Self { template: template.to_owned(), hash })
    }

    /// Appends the replacement of `secret`.
    pub(super) fn write(&self, kind: Kind, secret: &str, out: &mut String) {
        let mut rest = self.template.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            if let Some(after) = after.strip_prefix("kind}") {
                out.push_str(kind.name());
                rest = after;
            } else if let Some(after) = after.strip_prefix("hash}") {
                self.write_hash(kind, secret, out);
                rest = after;
            } else {
                out.push('{');
                rest = after;
            }
        }
        out.push_str(rest);
    }

    /// Appends the hash of a secret; cards have the same one with and without separators.
    fn write_hash(&self, kind: Kind, secret: &str, out: &mut String) {
        let Some(mut hash) = self.hash.clone() else { return };
        if kind == Kind::Card {
            let digits: Vec<u8> = secret.bytes().filter(u8::is_ascii_digit).collect();
            hash.update(&digits);
        } else {
            hash.update(secret.as_bytes());
        }
        for byte in hash.finalize().into_bytes().iter().take(HASH_BYTES) {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "{byte:02x}");
        }
    }
}
