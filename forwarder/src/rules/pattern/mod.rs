//! Regexes that are matched in linear time: no look-around and no back references.
//!
//! The syntax is that of the crate `regex` with these differences: `\d`, `\w`, `\s` and `\b` are about ASCII only, there
//! are no Unicode properties, no nested classes, and of the flags only `i`, `m` and `s`. The parser is our own, because
//! it is a tenth of the size of the crate `regex-syntax`; the matching is done by the lazy DFA of `regex-automata`.

mod class;
mod compile;
mod node;
mod parse;
mod python;
mod required;
#[cfg(test)]
mod tests;
mod utf8;

use std::{fmt, ops::Range};

use regex_automata::{
    Anchored, Input, MatchKind,
    hybrid::dfa::{Cache, DFA},
    nfa::thompson::{
        BuildError, NFA,
        pikevm::{self, PikeVM},
    },
};

use self::{
    compile::{Direction, Groups},
    node::Node,
    parse::{Regex, parse},
    required::{Required, required},
};

/// A compiled regex.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    forward: DFA,
    /// Finds the start of a match; only for patterns that are compiled to find.
    reverse: Option<DFA>,
    /// Text that every match contains, if there is one. Its search is faster than the DFA.
    required: Option<Required>,
    is_required_all: bool,
    /// Slower machine that finds groups, and knows the borders of words of any script; only for [`Dialect::Python`].
    machine: Option<PikeVM>,
    /// True if the DFA can only search in ASCII text.
    is_dfa_ascii: bool,
    /// Names of the groups from the first one on; empty except for [`Dialect::Python`].
    groups: Vec<Option<String>>,
}

/// Syntax and meaning of a regex.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dialect {
    /// That of rules: classes and borders of words are about ASCII only.
    #[default]
    Rules,
    /// That of Python's module `re` for text: classes and borders of words are about all scripts, groups have numbers.
    Python,
}

/// Purpose that a regex is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// To test if a text has a match.
    Test,
    /// To find the matches in a text, which takes twice the memory.
    Find,
}

/// Caches of a regex, which one worker uses at a time. They are allocated at the first search.
#[derive(Debug, Default)]
pub(super) struct PatternCache {
    forward: Option<Cache>,
    reverse: Option<Cache>,
    machine: Option<pikevm::Cache>,
}

/// Reason why a regex is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PatternError {
    /// Number of the character in the regex, counted from 1.
    pub(super) character: usize,
    /// Description of the problem.
    pub(super) reason: String,
    /// Memory that the compiler took before it refused the regex.
    pub(super) n_bytes: usize,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (character {} of the regex)", self.reason, self.character)
    }
}

/// Maximum size of one compiled regex in bytes.
const MAX_SIZE: usize = 4 << 20;

impl Pattern {
    /// Compiles a regex. Each of its caches takes up to `cache_bytes`, or more if it could not work with so little.
    pub(super) fn new(text: &str, purpose: Purpose, cache_bytes: usize) -> Result<Self, PatternError> {
        Self::in_dialect(text, Dialect::Rules, purpose, cache_bytes)
    }

    /// Compiles a regex of a dialect, as [`Self::new`] does.
    pub(super) fn in_dialect(
        text: &str,
        dialect: Dialect,
        purpose: Purpose,
        cache_bytes: usize,
    ) -> Result<Self, PatternError> {
        let Regex { node, groups } = parse(text, dialect)?;
        let too_large = || PatternError {
            character: 1,
            reason: format!("the regex takes more than {} MiB when compiled", MAX_SIZE >> 20),
            n_bytes: MAX_SIZE,
        };
        let compiled = |direction| compile::compile(&node, direction, Groups::Ignored, MAX_SIZE);
        let forward = dfa(compiled(Direction::Forward), MatchKind::LeftmostFirst, cache_bytes);
        let forward = forward.ok_or_else(too_large)?;
        let reverse = match purpose {
            Purpose::Test => None,
            Purpose::Find => {
                let reverse = dfa(compiled(Direction::Reverse), MatchKind::All, cache_bytes);
                Some(reverse.ok_or_else(too_large)?)
            }
        };
        let required = required(&node);
        let is_required_all = required.as_ref().is_some_and(|required| required.is_all_of(&node));
        let is_dfa_ascii = node.has_unicode_border();
        let machine = (!groups.is_empty() || is_dfa_ascii).then(|| machine(&node));
        let machine = machine.map(|machine| machine.ok_or_else(too_large)).transpose()?;
        let text = text.to_owned();
        Ok(Self { text, forward, reverse, required, is_required_all, machine, is_dfa_ascii, groups })
    }

    /// Names of the groups from the first one on; empty except for [`Dialect::Python`].
    pub(super) fn groups(&self) -> &[Option<String>] {
        &self.groups
    }

    /// Finds the groups of a match that is the whole of `text`, from group 0 on; empty if there is none.
    pub(super) fn find_groups(&self, cache: &mut PatternCache, text: &str) -> Vec<Option<Range<usize>>> {
        let Some(machine) = &self.machine else { return Vec::new() };
        let cache = cache.machine.get_or_insert_with(|| machine.create_cache());
        let mut captures = machine.create_captures();
        machine.captures(cache, Input::new(text).anchored(Anchored::Yes), &mut captures);
        let is_whole = captures.get_match().is_some_and(|found| found.end() == text.len());
        let spans = captures.iter().map(|span| span.map(|span| span.start..span.end));
        if is_whole { spans.collect() } else { Vec::new() }
    }

    /// The regex as written.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Memory that the compiled regex takes, together with one set of caches.
    pub(super) fn memory_usage(&self) -> usize {
        let size = |dfa: &DFA| {
            let (nfa, config) = (dfa.get_nfa(), dfa.get_config());
            let least = config.get_minimum_cache_capacity(nfa).unwrap_or(MAX_SIZE);
            nfa.memory_usage() + config.get_cache_capacity().max(least)
        };
        let machine = self.machine.as_ref().map_or(0, |machine| machine.get_nfa().memory_usage());
        size(&self.forward) + self.reverse.as_ref().map_or(0, size) + machine
    }

    /// True if the regex matches anywhere in `text`.
    pub(super) fn is_match(&self, cache: &mut PatternCache, text: &str) -> bool {
        if self.required.as_ref().is_some_and(|required| !required.is_in(text)) {
            return false;
        }
        if self.is_required_all {
            return true;
        }
        if let Some(machine) = self.machine.as_ref().filter(|_| self.needs_machine(text)) {
            let cache = cache.machine.get_or_insert_with(|| machine.create_cache());
            return machine.is_match(cache, text);
        }
        let cache = cache.forward.get_or_insert_with(|| self.forward.create_cache());
        let found = self.forward.try_search_fwd(cache, &Input::new(text).earliest(true));
        found.is_ok_and(|found| found.is_some())
    }

    fn needs_machine(&self, text: &str) -> bool {
        self.is_dfa_ascii && !text.is_ascii()
    }

    /// Finds the first match that begins at byte `from` or later. The regex must be compiled for [`Purpose::Find`].
    pub(super) fn find_at(&self, cache: &mut PatternCache, text: &str, from: usize) -> Option<Range<usize>> {
        let rest = text.get(from..)?;
        if self.required.as_ref().is_some_and(|required| !required.is_in(rest)) {
            return None;
        }
        let input = Input::new(text).range(from..);
        if let Some(machine) = self.machine.as_ref().filter(|_| self.needs_machine(text)) {
            let cache = cache.machine.get_or_insert_with(|| machine.create_cache());
            return machine.find(cache, input).map(|found| found.range());
        }
        let forward = cache.forward.get_or_insert_with(|| self.forward.create_cache());
        let end = self.forward.try_search_fwd(forward, &input).ok()??.offset();
        let dfa = self.reverse.as_ref()?;
        let reverse = cache.reverse.get_or_insert_with(|| dfa.create_cache());
        let input = Input::new(text).range(from..end).anchored(Anchored::Yes);
        let start = dfa.try_search_rev(reverse, &input).ok()??.offset();
        Some(start..end)
    }
}

fn machine(node: &Node) -> Option<PikeVM> {
    let nfa = compile::compile(node, Direction::Forward, Groups::Captured, MAX_SIZE);
    PikeVM::new_from_nfa(nfa.ok()?).ok()
}

fn dfa(nfa: Result<NFA, Box<BuildError>>, kind: MatchKind, cache_bytes: usize) -> Option<DFA> {
    let config = DFA::config().match_kind(kind).cache_capacity(cache_bytes).skip_cache_capacity_check(true);
    let config = config.unicode_word_boundary(true);
    DFA::builder().configure(config).build_from_nfa(nfa.ok()?).ok()
}
