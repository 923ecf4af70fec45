//! Detectors: find secrets in text without escapes.

mod bytes;
mod card;
mod email;
mod ip;
mod pem;
mod token;
mod word;

use aho_corasick::packed;
use memchr::memmem;

use super::kind::Kind;

pub(super) use self::{bytes::run_end, pem::PemState};

/// Secret in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) kind: Kind,
    /// Start of what shows that this is a secret: at or before `start`.
    pub(super) from: usize,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Index of the rule whose pattern matched; of no meaning for other kinds.
    pub(super) rule: usize,
}

/// Secrets that were found in a text.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) spans: Vec<Span>,
    /// True if a name like "secret access key" was found: the key itself may be in another text.
    pub(super) has_secret_name: bool,
}

impl Found {
    pub(super) fn push(&mut self, kind: Kind, from: usize, start: usize, end: usize) {
        self.spans.push(Span { kind, from, start, end, rule: 0 });
    }

    /// True if only the structure of a message shows where its secrets are, not the spans that were found in the message
    /// as a whole: their parts are in several strings.
    pub(super) fn needs_structure(&self) -> bool {
        self.has_secret_name || self.spans.iter().any(|span| span.kind == Kind::PrivateKey)
    }

    pub(super) fn clear(&mut self) {
        self.spans.clear();
        self.has_secret_name = false;
    }
}

/// Text around a text: what decides about a secret in it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Context<'a> {
    /// Name of the member whose value the text is, or empty.
    pub(super) name: &'a str,
    /// True if a name like "secret access key" is shortly before the text.
    pub(super) is_after_secret_name: bool,
}

/// Meaning of a fixed text that begins or announces a secret.
#[derive(Clone, Copy, Debug)]
enum Needle {
    Secret,
    Bearer,
    Jwt,
    KeyId,
    Begin,
}

/// Set of detectors.
#[derive(Debug)]
pub(super) struct Detectors {
    kinds: u16,
    /// Searcher for all needles at once; `None` if the processor lacks the instructions for it.
    searcher: Option<packed::Searcher>,
    needles: Vec<(String, Needle)>,
    double_colon: memmem::Finder<'static>,
}

impl Detectors {
    pub(super) fn new(kinds: u16) -> Self {
        let mut needles: Vec<(String, Needle)> = Vec::new();
        let mut add = |kind: Kind, needle: Needle, texts: &[String]| {
            if kinds & kind.bit() != 0 {
                needles.extend(texts.iter().map(|text| (text.clone(), needle)));
            }
        };
        let fixed = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        add(Kind::AwsKey, Needle::Secret, &in_any_case("sec"));
        add(Kind::AwsKey, Needle::KeyId, &fixed(&["AKIA", "ASIA", "ABIA", "ACCA"]));
        // The end of the word: its beginning is in many hexadecimal numbers.
        add(Kind::Bearer, Needle::Bearer, &in_any_case("rer"));
        add(Kind::Jwt, Needle::Jwt, &fixed(&["eyJ"]));
        add(Kind::PrivateKey, Needle::Begin, &fixed(&["BEGIN "]));
        let texts = needles.iter().map(|(text, _)| text);
        let searcher = if needles.is_empty() { None } else { packed::Searcher::new(texts) };
        Self { kinds, searcher, needles, double_colon: memmem::Finder::new("::") }
    }

    #[cfg(test)]
    pub(super) fn remove_searcher(&mut self) {
        self.searcher = None;
    }

    fn has(&self, kind: Kind) -> bool {
        self.kinds & kind.bit() != 0
    }

    /// Appends the secrets in `text`, which has no escapes, in the order of their detectors. Runs in linear time.
    pub(super) fn find(&self, text: &[u8], context: Context<'_>, pem: &mut PemState, found: &mut Found) {
        if self.has(Kind::Email) {
            email::find(text, found);
        }
        if self.has(Kind::Ipv4) {
            ip::find_ipv4(text, context.name, found);
        }
        if self.has(Kind::Ipv6) {
            ip::find_ipv6(text, &self.double_colon, found);
        }
        if self.has(Kind::Card) {
            card::find(text, found);
        }
        self.find_by_context(text, context, found);
        self.find_by_needle(text, context.name, pem, found);
    }

    fn find_by_context(&self, text: &[u8], context: Context<'_>, found: &mut Found) {
        if context.is_after_secret_name
            && self.has(Kind::AwsKey)
            && let Some(end) = token::secret_key_end(text, 0)
        {
            found.push(Kind::AwsKey, 0, 0, end);
        }
        if self.has(Kind::Bearer)
            && token::is_bearer_name(context.name.as_bytes())
            && let Some(end) = token::bearer_end(text, 0)
        {
            found.push(Kind::Bearer, 0, 0, end);
        }
    }

    fn find_by_needle(&self, text: &[u8], name: &str, pem: &mut PemState, found: &mut Found) {
        let mut next_jwt = 0;
        let mut blocks = pem::Blocks::default();
        if self.has(Kind::PrivateKey) && *pem != PemState::Outside {
            blocks.find_rest(text, name, pem, found);
        }
        let mut visit = |index: usize, at: usize| match self.needles.get(index) {
            Some((_, Needle::Secret)) => token::find_secret_key(text, at, found),
            Some((_, Needle::Bearer)) => token::find_bearer(text, at, found),
            Some((_, Needle::KeyId)) => token::find_key_id(text, at, found),
            Some((_, Needle::Jwt)) if at >= next_jwt => next_jwt = token::find_jwt(text, at, found),
            Some((_, Needle::Begin)) => blocks.find(text, at, name, pem, found),
            Some((_, Needle::Jwt)) | None => {}
        };
        match &self.searcher {
            Some(searcher) => {
                searcher.find_iter(text).for_each(|hit| visit(hit.pattern().as_usize(), hit.start()));
            }
            None => {
                for (index, (needle, _)) in self.needles.iter().enumerate() {
                    memmem::find_iter(text, needle).for_each(|at| visit(index, at));
                }
            }
        }
    }

    /// Finds the secrets of a whole message without escapes, without regard to its structure. Nothing is found if there
    /// is nothing to find.
    pub(super) fn find_anywhere(&self, text: &[u8], found: &mut Found) {
        found.clear();
        self.find(text, Context::default(), &mut PemState::Outside, found);
    }
}

/// Returns all spellings of a word in upper and lower case.
fn in_any_case(word: &str) -> Vec<String> {
    word.chars().fold(vec![String::new()], |spellings, letter| {
        let both = [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()];
        spellings.iter().flat_map(|start| both.map(|letter| format!("{start}{letter}"))).collect()
    })
}
