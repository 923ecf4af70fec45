//! Text that every match of a regex contains. A line without it cannot match, and its search is faster than the DFA.

use memchr::{memchr2_iter, memmem::Finder};

use super::{class::Class, node::Node};

/// Text that every match contains.
#[derive(Debug)]
pub(super) enum Required {
    /// Text that is compared with its case.
    Exact(Box<Finder<'static>>),
    /// An ASCII text in any case.
    AnyCase(AnyCase),
    /// One of several texts.
    AnyOf(Vec<Required>),
}

/// ASCII text that is found in any case.
#[derive(Debug)]
pub(super) struct AnyCase {
    /// The text in lower case.
    lower: Vec<u8>,
    /// Index of the byte that is searched for: the rarest one.
    rare: usize,
}

/// Longest text that is compared in any case; of a longer one, this much is required.
const MAX_ANY_CASE: usize = 64;

/// Bytes from frequent to rare in log lines. Others are rarer still.
const FREQUENT: &[u8] = b" e0tain1o2rs3dl5467c89m-u:p.\",fg/_yhbvwk{}=\\[]xqj";

/// Most alternatives of which one is searched for. With more of them, the DFA is faster.
const MAX_ALTERNATIVES: usize = 6;

/// Finds the longest text that every match contains; `None` if it is shorter than two bytes.
pub(super) fn required(node: &Node) -> Option<Required> {
    match node {
        Node::Empty | Node::Class(_) | Node::Look(_) => None,
        Node::Group(_, node) => required(node),
        Node::Repeat { node, min, .. } => required(node).filter(|_| *min > 0),
        Node::Alternate(nodes) if nodes.len() > MAX_ALTERNATIVES => None,
        Node::Alternate(nodes) => nodes.iter().map(required).collect::<Option<_>>().map(Required::AnyOf),
        Node::Concat(nodes) => {
            let inner = nodes.iter().filter_map(required).max_by_key(Required::len);
            let outer = longest_run(nodes);
            [inner, outer].into_iter().flatten().max_by_key(Required::len)
        }
    }
}

/// The longest text of adjacent characters.
fn longest_run(nodes: &[Node]) -> Option<Required> {
    let exact = longest(nodes, single);
    let any_case = longest(nodes, any_case);
    if exact.len() < 2 && any_case.len() < 2 {
        return None;
    }
    Some(if exact.len() >= any_case.len() {
        Required::Exact(Box::new(Finder::new(exact.as_bytes()).into_owned()))
    } else {
        Required::AnyCase(AnyCase::new(any_case.into_bytes()))
    })
}

/// The longest text of adjacent nodes for which `read` returns a character.
fn longest(nodes: &[Node], read: impl Fn(&Node) -> Option<char>) -> String {
    let (mut best, mut current) = (String::new(), String::new());
    for node in nodes {
        match read(node) {
            Some(c) => current.push(c),
            None => current.clear(),
        }
        if current.len() > best.len() {
            best.clone_from(&current);
        }
    }
    best
}

fn single(node: &Node) -> Option<char> {
    class(node)?.single()
}

/// An ASCII character of which the case does not matter, in lower case.
fn any_case(node: &Node) -> Option<char> {
    let class = class(node)?;
    class.letter().or_else(|| class.single().filter(|c| c.is_ascii() && !c.is_ascii_uppercase()))
}

fn class(node: &Node) -> Option<&Class> {
    match node {
        Node::Class(class) => Some(class),
        Node::Empty
        | Node::Look(_)
        | Node::Concat(_)
        | Node::Group(..)
        | Node::Alternate(_)
        | Node::Repeat { .. } => None,
    }
}

impl Required {
    /// Length of the text, of several the shortest.
    fn len(&self) -> usize {
        match self {
            Self::Exact(finder) => finder.needle().len(),
            Self::AnyCase(text) => text.lower.len(),
            Self::AnyOf(all) => all.iter().map(Self::len).min().unwrap_or_default(),
        }
    }

    /// True if `text` contains it.
    pub(super) fn is_in(&self, text: &str) -> bool {
        match self {
            Self::Exact(finder) => finder.find(text.as_bytes()).is_some(),
            Self::AnyCase(any_case) => any_case.is_in(text.as_bytes()),
            Self::AnyOf(all) => all.iter().any(|required| required.is_in(text)),
        }
    }

    /// True if the regex is nothing but this text or these texts, so that what contains one matches.
    pub(super) fn is_all_of(&self, node: &Node) -> bool {
        match (self, node) {
            (Self::Exact(_), Node::Concat(nodes)) => nodes.iter().all(|node| single(node).is_some()),
            (Self::AnyCase(text), Node::Concat(nodes)) => {
                text.lower.len() == nodes.len() && nodes.iter().all(ignores_case)
            }
            (Self::AnyOf(all), Node::Alternate(nodes)) => {
                all.iter().zip(nodes).all(|(required, node)| required.is_all_of(node))
            }
            _ => false,
        }
    }
}

/// True if the node is an ASCII character that matches in any case.
fn ignores_case(node: &Node) -> bool {
    let is_caseless = |c: char| c.is_ascii() && !c.is_ascii_alphabetic();
    class(node).is_some_and(|class| class.letter().is_some() || class.single().is_some_and(is_caseless))
}

impl AnyCase {
    fn new(mut lower: Vec<u8>) -> Self {
        lower.truncate(MAX_ANY_CASE);
        let rank = |byte: u8| FREQUENT.iter().position(|known| *known == byte).unwrap_or(FREQUENT.len());
        let rare = lower.iter().enumerate().max_by_key(|(_, byte)| rank(**byte)).map_or(0, |(idx, _)| idx);
        Self { lower, rare }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        let rare = self.lower.get(self.rare).copied().unwrap_or_default();
        memchr2_iter(rare, rare.to_ascii_uppercase(), text).any(|at| {
            let start = at.checked_sub(self.rare);
            let found = start.and_then(|start| text.get(start..start + self.lower.len()));
            found.is_some_and(|found| found.eq_ignore_ascii_case(&self.lower))
        })
    }
}
