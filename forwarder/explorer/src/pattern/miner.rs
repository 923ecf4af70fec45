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

/// Collection of patterns. Lines of different groups `G` have no pattern in common.
#[derive(Debug)]
pub struct Miner<G = ()> {
    groups: BTreeMap<G, Group>,
    /// Number of masked lines that are not in a tree yet.
    pending: usize,
    nodes: usize,
    max_children: usize,
}

/// Lines of one group.
#[derive(Debug, Default)]
struct Group {
    /// Masked lines that are not in the tree yet. Most lines are equal to one of these.
    pending: HashMap<Box<str>, Tally, RandomState>,
    /// Roots of the trees, by the number of tokens of their patterns.
    roots: BTreeMap<usize, Node>,
}

/// Pattern with what is known about its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern<G = ()> {
    /// Group of its lines.
    pub group: G,
    /// Printed pattern: `<Time-1> ERROR order <Number-2> failed`.
    pub text: String,
    /// Masked line that stands for all lines.
    pub masked: Masked,
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
    /// Adds the counts of other lines.
    fn count(&mut self, other: &Self) {
        self.events = self.events.saturating_add(other.events);
        self.earlier_events = self.earlier_events.saturating_add(other.earlier_events);
        self.bytes = self.bytes.saturating_add(other.bytes);
    }

    /// Adds the counts and the example of other lines.
    pub fn add(&mut self, other: Self) {
        self.count(&other);
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

impl<G> Default for Miner<G> {
    fn default() -> Self {
        Self { groups: BTreeMap::new(), pending: 0, nodes: 0, max_children: MAX_CHILDREN }
    }
}

impl<G: Ord + Copy> Miner<G> {
    /// Adds a line, or several equal ones. `example` is copied only if no earlier one is known.
    pub fn add(&mut self, group: G, line: &Masked, mut tally: Tally, example: Option<(UnixMillis, &str)>) {
        let pending = &mut self.groups.entry(group).or_default().pending;
        let owned = |(time, message): (UnixMillis, &str)| Example { time, message: message.into() };
        if let Some(known) = pending.get_mut(line.0.as_str()) {
            known.count(&tally);
            let is_earlier = |(time, message): &(UnixMillis, &str)| {
                known.example.as_ref().is_none_or(|known| (*time, *message) < (known.time, &*known.message))
            };
            if let Some(example) = example.filter(is_earlier) {
                known.example = Some(owned(example));
            }
            return;
        }
        tally.example = example.map(owned);
        pending.insert(line.0.as_str().into(), tally);
        self.pending += 1;
        if self.pending >= MAX_PENDING {
            self.sort_pending();
        }
    }

    /// Number of nodes of the trees, after the lines that were added last are sorted into them.
    pub fn sorted_nodes(&mut self) -> usize {
        self.sort_pending();
        self.nodes
    }

    /// Number of different masked lines that are not sorted into the trees yet.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.pending
    }

    /// Sorts the collected lines into the tree.
    fn sort_pending(&mut self) {
        self.pending = 0;
        let groups: Vec<G> = self.groups.keys().copied().collect();
        for group in groups {
            let taken = self.groups.get_mut(&group).map(|group| std::mem::take(&mut group.pending));
            let mut pending: Vec<_> = taken.unwrap_or_default().into_iter().collect();
            // The order matters only if there are too many nodes. Then it should not be that of the hash table.
            pending.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
            for (line, tally) in pending {
                self.insert(group, &line, tally);
            }
        }
    }

    fn insert(&mut self, group: G, line: &str, tally: Tally) {
        let tokens = tokens(line);
        let roots = &mut self.groups.entry(group).or_default().roots;
        let mut node = roots.entry(tokens.len()).or_default();
        for token in tokens {
            node = node.child(token, self.max_children, &mut self.nodes);
        }
        node.tally.add(tally);
        self.shrink();
    }

    /// Adds all lines of another miner.
    pub fn merge(&mut self, other: Self) {
        self.max_children = self.max_children.min(other.max_children);
        for (key, theirs) in other.groups {
            let ours = self.groups.entry(key).or_default();
            for (tokens, root) in theirs.roots {
                ours.roots.entry(tokens).or_default().merge(root, self.max_children);
            }
            for (line, tally) in theirs.pending {
                ours.pending.entry(line).or_default().add(tally);
            }
        }
        self.pending = self.groups.values().map(|group| group.pending.len()).sum();
        self.recount();
        self.shrink();
        if self.pending >= MAX_PENDING {
            self.sort_pending();
        }
    }

    /// True if there were so many different lines that words with fewer values than usual became parts of any content.
    #[must_use]
    pub fn is_truncated(&self) -> bool {
        self.max_children < MAX_CHILDREN
    }

    /// Returns all patterns, the one with most lines first.
    #[must_use]
    pub fn patterns(mut self) -> Vec<Pattern<G>> {
        self.sort_pending();
        let mut found: HashMap<String, Tally, RandomState> = HashMap::default();
        let mut patterns = Vec::new();
        for (group, Group { roots, .. }) in &self.groups {
            for root in roots.values() {
                root.collect(&mut String::new(), &mut found);
            }
            patterns.extend(found.drain().map(|(masked, tally)| Pattern {
                group: *group,
                text: print(&masked),
                masked: Masked(masked),
                tally,
            }));
        }
        patterns.sort_by(|a, b| {
            let names = |pattern: &Pattern<G>| (pattern.group, pattern.text.clone());
            b.tally.events.cmp(&a.tally.events).then_with(|| names(a).cmp(&names(b)))
        });
        patterns
    }

    /// Halves the number of different tokens at one place, for good. Returns the number of nodes that are left; `None` if
    /// it cannot be halved any more.
    pub fn halve(&mut self) -> Option<usize> {
        if self.max_children <= 1 {
            return None;
        }
        self.max_children /= 2;
        let roots = self.groups.values_mut().flat_map(|group| group.roots.values_mut());
        roots.for_each(|root| root.limit(self.max_children));
        self.recount();
        Some(self.nodes)
    }

    /// Halves the number of different tokens at one place until there are few enough nodes.
    fn shrink(&mut self) {
        while self.nodes > MAX_NODES && self.halve().is_some() {}
    }

    fn recount(&mut self) {
        let roots = self.groups.values().flat_map(|group| group.roots.values());
        self.nodes = roots.map(Node::count).sum();
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
            miner.add((), &mask(line), Tally { events: 1, ..Tally::default() }, None);
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
    fn groups_have_no_pattern_in_common_and_examples_are_the_earliest() {
        let mut miner: Miner<u8> = Miner::default();
        for (group, time, line) in
            [(1, 30, "paid 1"), (2, 20, "paid 2"), (1, 10, "paid 3"), (1, 10, "paid 9")]
        {
            let one = Tally { events: 1, bytes: 6, ..Tally::default() };
            miner.add(group, &mask(line), one, Some((UnixMillis(time), line)));
        }
        let found: Vec<_> = miner
            .patterns()
            .into_iter()
            .map(|pattern| (pattern.group, pattern.tally.events, pattern.tally.example.unwrap().message))
            .collect();
        assert_eq!(found, [(1, 3, "paid 3".into()), (2, 1, "paid 2".into())]);
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
