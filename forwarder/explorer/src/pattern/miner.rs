//! Grouping of masked lines: a tree of tokens for each number of tokens.

use std::collections::{BTreeMap, HashMap};

use foldhash::fast::RandomState;
use tailwater_parser::UnixMillis;

use super::mask::{Kind, Masked, print, tokens};

/// Greatest number of different tokens at one place; with more, the place takes any token.
const MAX_CHILDREN: usize = 100;
/// Greatest number of nodes. With more, the number of different tokens at one place is halved for good.
const MAX_NODES: usize = 20_000;

/// Number of different masked lines that are collected before they are sorted into the tree.
const MAX_PENDING: usize = 8192;

/// Collection of patterns.
#[derive(Debug)]
pub struct Miner {
    /// Masked lines that are not in the tree yet. Most lines are equal to one of these.
    pending: HashMap<Box<str>, Tally, RandomState>,
    /// Roots of the trees, by the number of tokens of their patterns.
    roots: BTreeMap<usize, Node>,
    nodes: usize,
    max_children: usize,
}

/// Pattern with what is known about its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Printed pattern: `<Time-1> ERROR order <Number-2> failed`.
    pub text: String,
    /// Sums over its lines.
    pub tally: Tally,
}

/// Sums over the lines of a pattern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Number of lines.
    pub events: u64,
    /// Number of lines in the range to compare with.
    pub earlier_events: u64,
    /// Size of the lines in bytes.
    pub bytes: u64,
    /// Earliest line.
    pub example: Option<Example>,
}

/// Line of a pattern. Of several, the first in this order is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Example {
    /// Time of the event.
    pub time: UnixMillis,
    /// Message.
    pub message: Box<str>,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.events = self.events.saturating_add(other.events);
        self.earlier_events = self.earlier_events.saturating_add(other.earlier_events);
        self.bytes = self.bytes.saturating_add(other.bytes);
        self.example = match (self.example.take(), other.example) {
            (Some(ours), Some(theirs)) => Some(ours.min(theirs)),
            (ours, theirs) => ours.or(theirs),
        };
    }
}

#[derive(Debug, Default)]
struct Node {
    children: HashMap<Box<str>, Self, RandomState>,
    /// Child for any token, instead of `children`.
    any: Option<Box<Self>>,
    tally: Tally,
}

impl Default for Miner {
    fn default() -> Self {
        Self { pending: HashMap::default(), roots: BTreeMap::new(), nodes: 0, max_children: MAX_CHILDREN }
    }
}

impl Miner {
    /// Adds a line, or several equal ones.
    pub fn add(&mut self, line: &Masked, tally: Tally) {
        match self.pending.get_mut(line.0.as_str()) {
            Some(known) => known.add(tally),
            None => {
                self.pending.insert(line.0.as_str().into(), tally);
            }
        }
        if self.pending.len() >= MAX_PENDING {
            self.sort_pending();
        }
    }

    /// Sorts the collected lines into the tree.
    fn sort_pending(&mut self) {
        let mut pending: Vec<_> = std::mem::take(&mut self.pending).into_iter().collect();
        // The order matters only if there are too many nodes. Then it should not be that of the hash table.
        pending.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        for (line, tally) in pending {
            let tokens = tokens(&line);
            let mut node = self.roots.entry(tokens.len()).or_default();
            for token in tokens {
                node = node.child(token, self.max_children, &mut self.nodes);
            }
            node.tally.add(tally);
            self.shrink();
        }
    }

    /// Adds all lines of another miner.
    pub fn merge(&mut self, other: Self) {
        self.max_children = self.max_children.min(other.max_children);
        for (line, tally) in other.pending {
            self.add(&Masked(line.into()), tally);
        }
        for (tokens, root) in other.roots {
            self.roots.entry(tokens).or_default().merge(root, self.max_children);
        }
        self.recount();
        self.shrink();
    }

    /// True if there were so many different lines that words with fewer values than usual became parts of any content.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.max_children < MAX_CHILDREN
    }

    /// Returns all patterns, the one with most lines first.
    #[must_use]
    pub fn patterns(mut self) -> Vec<Pattern> {
        self.sort_pending();
        let mut found: HashMap<String, Tally, RandomState> = HashMap::default();
        for root in self.roots.values() {
            root.collect(&mut String::new(), &mut found);
        }
        let mut patterns: Vec<_> =
            found.into_iter().map(|(masked, tally)| Pattern { text: print(&masked), tally }).collect();
        patterns.sort_by(|a, b| b.tally.events.cmp(&a.tally.events).then_with(|| a.text.cmp(&b.text)));
        patterns
    }

    /// Halves the number of different tokens at one place until there are few enough nodes.
    fn shrink(&mut self) {
        while self.nodes > MAX_NODES && self.max_children > 1 {
            self.max_children /= 2;
            self.roots.values_mut().for_each(|root| root.limit(self.max_children));
            self.recount();
        }
    }

    fn recount(&mut self) {
        self.nodes = self.roots.values().map(Node::count).sum();
    }
}

impl Node {
    /// Returns the child for a token, and creates it if it is missing.
    fn child(&mut self, token: &str, max_children: usize, nodes: &mut usize) -> &mut Self {
        let is_new = self.any.is_none() && !self.children.contains_key(token);
        if is_new {
            *nodes += 1;
            self.children.insert(token.into(), Self::default());
            if self.children.len() > max_children {
                self.open(max_children);
            }
        }
        match self.any {
            Some(ref mut any) => any,
            None => self.children.entry(token.into()).or_default(),
        }
    }

    /// Joins all children to one for any token.
    fn open(&mut self, max_children: usize) {
        let mut any = self.any.take().unwrap_or_default();
        for (_, child) in self.children.drain() {
            any.merge(child, max_children);
        }
        self.any = Some(any);
    }

    fn merge(&mut self, other: Self, max_children: usize) {
        self.tally.add(other.tally);
        let has_any = self.any.is_some() || other.any.is_some();
        for (token, child) in other.children {
            self.children.entry(token).or_default().merge(child, max_children);
        }
        if let Some(theirs) = other.any {
            self.any.get_or_insert_default().merge(*theirs, max_children);
        }
        if has_any || self.children.len() > max_children {
            self.open(max_children);
        }
    }

    /// Applies a lower number of different tokens.
    fn limit(&mut self, max_children: usize) {
        if self.children.len() > max_children {
            self.open(max_children);
        }
        self.children.values_mut().for_each(|child| child.limit(max_children));
        if let Some(any) = &mut self.any {
            any.limit(max_children);
        }
    }

    fn count(&self) -> usize {
        let below: usize = self.children.values().map(Self::count).sum();
        1 + below + self.any.as_ref().map_or(0, |any| any.count())
    }

    /// Adds the patterns below this node, whose tokens so far are `prefix`.
    fn collect(&self, prefix: &mut String, found: &mut HashMap<String, Tally, RandomState>) {
        let is_end = self.children.is_empty() && self.any.is_none();
        if is_end {
            found.entry(prefix.trim_end().to_owned()).or_default().add(self.tally.clone());
            return;
        }
        let length = prefix.len();
        for (token, child) in &self.children {
            prefix.push_str(token);
            child.collect(prefix, found);
            prefix.truncate(length);
        }
        if let Some(any) = &self.any {
            prefix.push(Kind::Token.mark());
            prefix.push(' ');
            any.collect(prefix, found);
            prefix.truncate(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::mask, *};

    fn mine<'l>(lines: impl IntoIterator<Item = &'l str>) -> Miner {
        let mut miner = Miner::default();
        for line in lines {
            miner.add(&mask(line), Tally { events: 1, ..Tally::default() });
        }
        miner
    }

    fn texts(miner: Miner) -> Vec<(String, u64)> {
        miner.patterns().into_iter().map(|pattern| (pattern.text, pattern.tally.events)).collect()
    }

    #[test]
    fn lines_with_other_numbers_are_one_pattern() {
        let miner = mine(["order 1 failed", "order 22 failed", "order 3 paid"]);
        let expected = [("order <Number-1> failed".to_owned(), 2), ("order <Number-1> paid".to_owned(), 1)];
        assert_eq!(texts(miner), expected);
    }

    #[test]
    fn word_with_many_values_becomes_a_token() {
        let names: Vec<_> =
            ('a'..='z').flat_map(|a| ('a'..='z').map(move |b| format!("user {a}{b} left"))).collect();
        let miner = mine(names.iter().map(String::as_str));
        assert_eq!(texts(miner), [("user <Token-1> left".to_owned(), 676)]);
    }

    #[test]
    fn order_and_merging_change_nothing() {
        let words = ["alpha", "beta", "gamma"];
        let lines: Vec<_> = (0..400_u32)
            .map(|n| {
                let letter = |n: u32| char::from_u32(97 + n).unwrap();
                let (a, b) = (letter(n % 26), letter((n / 26) % 15));
                format!("{} x{a}{b} {}", words[usize::try_from(n % 3).unwrap()], n % 7)
            })
            .collect::<Vec<String>>();
        let all = mine(lines.iter().map(String::as_str));
        let mut merged = mine(lines.iter().rev().take(150).map(String::as_str));
        merged.merge(mine(lines.iter().take(250).map(String::as_str)));
        assert_eq!(all.patterns(), merged.patterns());
    }

    #[test]
    fn number_of_nodes_is_bounded() {
        let letter = |n: u32, place: u32| {
            let mixed = (n * 31 + place).wrapping_mul(2_654_435_761).rotate_left(7).wrapping_mul(40_503);
            char::from_u32(97 + mixed % 26).unwrap()
        };
        let lines: Vec<_> = (0..3000)
            .map(|n| (0..20).map(|place| format!("w{} ", letter(n, place))).collect())
            .collect::<Vec<String>>();
        let mut miner = mine(lines.iter().map(String::as_str));
        miner.sort_pending();
        assert!(miner.nodes <= MAX_NODES && miner.is_truncated());
        assert_eq!(miner.patterns().iter().map(|pattern| pattern.tally.events).sum::<u64>(), 3000);
    }
}
