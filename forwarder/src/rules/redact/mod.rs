//! Redaction: finds secrets in log messages and replaces them. Pure: no clock, network or environment.
//!
//! A message is read as what it is: plain text, JSON, JSON within text, JSON in JSON strings. Valid JSON stays valid.
//! Everything runs in time linear in the length of the message.

mod detect;
mod edit;
mod json_form;
mod keys;
mod kind;
mod lexer;
mod line;
mod line_parts;
mod pattern;
mod places;
mod replacement;
mod scan;
mod style;
mod unescape;

use std::{ops::Range, sync::Arc};

use aho_corasick::packed;
use tailwater_parser::decode;
use thiserror::Error;

pub use self::{
    kind::{Counts, Kind},
    replacement::ReplacementError,
};
pub use super::pattern::Dialect;

use super::pattern::{PatternCache, PatternError};

use self::{
    detect::{Detectors, Found, PemState, Span},
    edit::{Edit, apply},
    keys::Keys,
    line::{LineCache, LineRule},
    line_parts::LineParts,
    pattern::Redacted,
    places::Places,
    scan::{Extent, MAX_LAYERS, Scanner, Shared},
    style::Style,
    unescape::unescape_all,
};

/// Settings of a redact rule.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Detectors.
    pub detect: Vec<Kind>,
    /// Names and paths of members whose values are redacted whole. A name matches at any depth, a path
    /// (`customer.*.phone`) from the root of a JSON text.
    pub keys: Vec<String>,
    /// Regular expression whose matches in the values of a message are redacted.
    pub pattern: Option<String>,
    /// Dialect of [`Self::pattern`].
    pub dialect: Dialect,
    /// Regular expression of Python whose matches are replaced in the message as it is written, and in its values.
    pub line: Option<LineOptions>,
    /// Template of the replacement, with `{kind}` and `{hash}`. Default: `[{kind}]`, with a key `[{kind}:{hash}]`.
    pub with: Option<String>,
    /// Key of the hash (HMAC-SHA256) that is written in place of a secret; `None` for no hash.
    pub hash_key: Option<Vec<u8>>,
}

/// Arguments of Python's `re.sub`, which is applied to messages as they are written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineOptions {
    /// Regular expression.
    pub regex: String,
    /// Replacement, with references to groups such as `\\1` and `\\g<name>`.
    pub replacement: String,
}

/// Reason why the settings of a redact rule are refused.
#[derive(Debug, Error)]
pub enum OptionsError {
    /// The pattern is not a regular expression, is too large, or has look-around or back references.
    #[error("pattern: {reason} (character {character} of the regex)")]
    Pattern {
        /// Number of the character in the pattern, counted from 1.
        character: usize,
        /// Description of the problem.
        reason: String,
    },
    /// The replacement of [`LineOptions`] is invalid.
    #[error("replacement: {} (character {} of the replacement)", .0.reason, .0.character)]
    Replacement(ReplacementError),
    /// The template would have to be escaped in JSON, or has `{hash}` without a key.
    #[error(
        "with: must not contain quotes, backslashes or control characters, and needs hash = true for {{hash}}"
    )]
    Template,
    /// A key has an empty segment, has too many segments or is `*` alone.
    #[error("keys: {0:?} is not a name or a path of names and *")]
    Key(String),
}

/// Compiled redact rule.
#[derive(Debug)]
pub struct Redactor {
    detect: Vec<Kind>,
    keys: Vec<String>,
    pattern: Option<Redacted>,
    line: Option<LineRule>,
    style: Style,
}

impl Redactor {
    /// Compiles a rule. Each cache of its pattern takes up to `cache_bytes`.
    ///
    /// # Errors
    /// Returns the first problem of the settings.
    pub fn new(options: &Options, cache_bytes: usize) -> Result<Self, OptionsError> {
        let style = Style::new(options.with.as_deref(), options.hash_key.as_deref());
        let style = style.ok_or(OptionsError::Template)?;
        let mut keys = Keys::default();
        if let Some(key) = options.keys.iter().find(|key| !keys.add(key, 0)) {
            return Err(OptionsError::Key(key.clone()));
        }
        let compile = |pattern| Redacted::in_dialect(pattern, options.dialect, cache_bytes);
        let pattern = options.pattern.as_deref().map(compile).transpose();
        let refused =
            |error: PatternError| OptionsError::Pattern { character: error.character, reason: error.reason };
        let pattern = pattern.map_err(refused)?;
        let line = |line: &LineOptions| LineRule::new(&line.regex, &line.replacement, cache_bytes);
        let line = options.line.as_ref().map(line).transpose()?;
        Ok(Self { detect: options.detect.clone(), keys: options.keys.clone(), pattern, line, style })
    }

    /// Bytes of memory of the compiled pattern, with one cache.
    #[must_use]
    pub fn memory_usage(&self) -> usize {
        let pattern = self.pattern.as_ref().map_or(0, Redacted::memory_usage);
        pattern + self.line.as_ref().map_or(0, LineRule::memory_usage)
    }

    /// Regex for the values of a message.
    fn for_values(&self) -> Option<&Redacted> {
        let line = self.line.as_ref().filter(|line| line.is_fit_for_strings());
        self.pattern.as_ref().or(line.map(LineRule::regex))
    }
}

/// Redact rules that apply to a message together, with the caches and buffers of one worker. All rules read the original
/// text, so their order decides about the replacement of a secret that several of them find, but not about what is found.
#[derive(Debug)]
pub struct RedactorSet {
    combined: Combined,
    buffers: Buffers,
}

/// Rules of a [`RedactorSet`], combined.
#[derive(Debug)]
struct Combined {
    rules: Vec<Arc<Redactor>>,
    detectors: Detectors,
    keys: Keys,
    /// Searcher for the names of keys; `None` if any message may have one.
    key_searcher: Option<packed::Searcher>,
}

/// Caches and buffers of one worker.
#[derive(Debug, Default)]
struct Buffers {
    /// Caches of the patterns of the rules, by the index of the rule.
    caches: Vec<PatternCache>,
    /// Caches of the line rules, by the index of the rule.
    lines: Vec<LineCache>,
    found: Found,
    places: Places,
    unescaped: [String; 2],
}

/// State of a log stream between its events. It does not depend on the rules.
#[derive(Debug, Default)]
pub struct State {
    pem: PemState,
    secret_name_age: u8,
    /// End of the last part of an oversize event, which is read with the next part.
    carry: String,
    /// Position in the JSON of an oversize event; `None` outside of one.
    scanner: Option<Scanner>,
    /// Progress of the line rule in an oversize event.
    line: LineParts,
}

/// Part of an event's message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The whole message.
    Whole,
    /// A part that more parts follow.
    Piece,
    /// The last one of several parts.
    Last,
}

impl From<decode::Part> for Part {
    fn from(part: decode::Part) -> Self {
        match part {
            decode::Part::Whole => Self::Whole,
            decode::Part::Piece(_) => Self::Piece,
            decode::Part::Last(_) => Self::Last,
        }
    }
}

impl RedactorSet {
    /// Combines rules, in their order.
    #[must_use]
    pub fn new(rules: Vec<Arc<Redactor>>) -> Self {
        let kinds = rules.iter().flat_map(|rule| &rule.detect).fold(0, |kinds, kind| kinds | kind.bit());
        let mut keys = Keys::default();
        for (index, rule) in rules.iter().enumerate() {
            for key in &rule.keys {
                keys.add(key, index);
            }
        }
        let key_searcher = keys.needles().and_then(packed::Searcher::new);
        let mut buffers = Buffers::default();
        buffers.caches.resize_with(rules.len(), PatternCache::default);
        buffers.lines.resize_with(rules.len(), LineCache::default);
        Self { combined: Combined { detectors: Detectors::new(kinds), keys, key_searcher, rules }, buffers }
    }

    /// Redacts a message or a part of one. Returns true if it changed: then `out` is the redacted text. Parts of a message
    /// always change: the end of each part is held back and comes with the next one.
    pub fn redact(
        &mut self,
        state: &mut State,
        part: Part,
        message: &str,
        out: &mut String,
        counts: &mut Counts,
    ) -> bool {
        if part == Part::Whole {
            state.carry.clear();
            state.scanner = None;
            state.secret_name_age = 0;
            state.line.clear();
            self.buffers.places.clear();
            let lines = self.combined.line_edits(&mut self.buffers, message);
            let may_redact =
                state.pem != PemState::Outside || self.combined.may_redact(&mut self.buffers, message);
            if lines.is_empty() && !may_redact {
                return false;
            }
            let mut scanner = Scanner::default();
            if may_redact {
                self.scan(state, &mut scanner, message, Extent::ToEnd);
            }
            line::add(message, &mut scanner.edits, lines);
            write(message, &scanner, out, counts);
            return !scanner.edits.is_empty();
        }
        self.buffers.places.clear();
        let mut text = std::mem::take(&mut state.carry);
        let mut n_lines = Counts::default();
        match self.line_rule() {
            Some((rule, cache)) => text.push_str(&state.line.read(rule, cache, part, message, &mut n_lines)),
            None => text.push_str(message),
        }
        counts.merge(&n_lines);
        let mut scanner = state.scanner.take().unwrap_or_default();
        let extent = if part == Part::Last { Extent::ToEnd } else { Extent::Cut };
        let end = self.scan(state, &mut scanner, &text, extent);
        write(text.get(..end).unwrap_or_default(), &scanner, out, counts);
        if part == Part::Piece {
            scanner.edits.clear();
            state.scanner = Some(scanner);
            text.drain(..end);
            state.carry = text;
        } else {
            state.secret_name_age = 0;
        }
        true
    }

    /// The first line rule, with its caches. There is no more than one: `DD_SCRUBBING_RULE`.
    fn line_rule(&mut self) -> Option<(&LineRule, &mut LineCache)> {
        let rules = self.combined.rules.iter().zip(&mut self.buffers.lines);
        rules.filter_map(|(rule, cache)| Some((rule.line.as_ref()?, cache))).next()
    }

    fn scan(&mut self, state: &mut State, scanner: &mut Scanner, text: &str, extent: Extent) -> usize {
        let State { pem, secret_name_age, .. } = state;
        let Buffers { caches, found, places, .. } = &mut self.buffers;
        let mut shared = Shared { set: &self.combined, caches, pem, found, places, secret_name_age };
        scanner.scan(&mut shared, text, extent)
    }
}

impl Combined {
    /// Returns false if the message has nothing to redact, after a look at its bytes alone.
    fn may_redact(&self, buffers: &mut Buffers, message: &str) -> bool {
        let Buffers { caches, found, places, unescaped, .. } = buffers;
        let has_escapes = memchr::memchr(b'\\', message.as_bytes()).is_some()
            && unescape_all(message, MAX_LAYERS, unescaped);
        let text = if has_escapes { unescaped.first().map_or(message, String::as_str) } else { message };
        self.detectors.find_anywhere(text.as_bytes(), found);
        let is_found = !found.spans.is_empty() || found.has_secret_name;
        if !has_escapes && !found.needs_structure() {
            places.set(&found.spans);
        }
        is_found
            || self.may_match_key(text)
            || self
                .patterns()
                .zip(caches)
                .any(|((_, pattern), cache)| pattern.is_some_and(|pattern| pattern.may_match(cache, text)))
    }

    fn may_match_key(&self, text: &str) -> bool {
        !self.keys.is_empty()
            && self.key_searcher.as_ref().is_none_or(|searcher| searcher.find(text).is_some())
    }

    fn has_patterns(&self) -> bool {
        self.rules.iter().any(|rule| rule.for_values().is_some())
    }

    /// Finds the edits of the line rules.
    fn line_edits(&self, buffers: &mut Buffers, message: &str) -> Vec<Edit> {
        let rules = self.rules.iter().zip(&mut buffers.lines);
        let found = rules.filter_map(|(rule, cache)| Some(rule.line.as_ref()?.edits(cache, message)));
        let mut edits: Vec<_> = found.flatten().collect();
        line::merge(&mut edits);
        edits
    }

    /// Iterates over the rules, with their indexes and patterns.
    fn patterns(&self) -> impl Iterator<Item = (usize, Option<&Redacted>)> {
        self.rules.iter().map(|rule| rule.for_values()).enumerate()
    }

    /// Finds the matches of patterns in text without escapes.
    fn find_patterns(&self, text: &str, caches: &mut [PatternCache], found: &mut Found) {
        for ((rule, pattern), cache) in self.patterns().zip(caches) {
            let Some(pattern) = pattern else { continue };
            pattern.find(cache, text, |Range { start, end }| {
                found.spans.push(Span { kind: Kind::Pattern, from: start, start, end, rule });
            });
        }
    }

    /// Appends the replacement of a secret.
    fn write(&self, span: &Span, secret: &str, out: &mut String) {
        let rule = if span.kind == Kind::Pattern {
            Some(span.rule)
        } else {
            self.rules.iter().position(|rule| rule.detect.contains(&span.kind))
        };
        self.write_for(rule.unwrap_or(0), span.kind, secret, out);
    }

    fn write_for(&self, rule: usize, kind: Kind, secret: &str, out: &mut String) {
        let Some(rule) = self.rules.get(rule) else { return };
        match &rule.line {
            Some(line) if kind == Kind::Pattern && rule.pattern.is_none() => {
                line.write(&mut LineCache::default(), secret, out);
            }
            Some(_) | None => rule.style.write(kind, secret, out),
        }
    }
}

/// Writes a text with the edits of its scanner, and counts them.
fn write(text: &str, scanner: &Scanner, out: &mut String, counts: &mut Counts) {
    out.clear();
    apply(text, &scanner.edits, out);
    for kind in scanner.edits.iter().filter_map(|edit| edit.kind) {
        counts.add(kind);
    }
}

#[cfg(test)]
mod tests;
