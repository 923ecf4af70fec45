//! Questions about a map: `a -> *`, `* -> a`, `a -> b`, `a ->> b`, optionally followed by `depth N`.

use std::collections::BTreeSet;

use super::{
    edges::{Edge, Map, NodeKind},
    graph::Graph,
};

/// Greatest number of steps between two nodes of `a ->> b`.
const MAX_HOPS: usize = 8;

/// Direction of a walk along the calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// To the callers.
    Upstream,
    /// To what is called.
    Downstream,
    /// Both, each followed separately: other callers of what is called are not included.
    #[default]
    Both,
}

/// One of the two ways along a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// From the callee to the caller.
    Up,
    /// From the caller to the callee.
    Down,
}

impl Direction {
    pub(super) fn ways(self) -> &'static [Way] {
        match self {
            Self::Upstream => &[Way::Up],
            Self::Downstream => &[Way::Down],
            Self::Both => &[Way::Up, Way::Down],
        }
    }
}

impl Way {
    /// Ends of a call in the order of the walk.
    pub(super) fn ends(self, edge: &Edge) -> (&str, &str) {
        match self {
            Self::Up => (&edge.to, &edge.from),
            Self::Down => (&edge.from, &edge.to),
        }
    }
}

/// Question about a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A node, and what is around it.
    Around {
        /// Name of the node.
        of: String,
        /// Direction.
        direction: Direction,
        /// Greatest number of steps.
        depth: usize,
    },
    /// All ways from one node to another.
    Way {
        /// Name of the first node.
        from: String,
        /// Name of the last node.
        to: String,
        /// Greatest number of steps.
        depth: usize,
    },
}

/// Error of reading a question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "at character {position}: expected {expected}, as in \"checkout -> *\", \"* -> checkout\", \"api ->> billing depth 4\""
)]
pub struct QuestionError {
    /// Number of the character at which the question is wrong, from 1.
    pub position: usize,
    /// Words or characters that are expected there.
    pub expected: &'static str,
}

/// Error of a name in a question.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No node has the name.
    #[error("the map has no function or resource {name:?}")]
    Unknown {
        /// Name.
        name: String,
    },
    /// Functions of several accounts or regions, or resources of several kinds, have the name.
    #[error("the map has several nodes named {name:?}; name one of them: {}", .labels.join(", "))]
    Several {
        /// Name.
        name: String,
        /// Names by which the map tells them apart.
        labels: Vec<String>,
    },
}

/// Words of a question, each with the number of its first character.
type Words<'t> = Vec<(usize, &'t str)>;

impl Question {
    /// Reads a question.
    ///
    /// # Errors
    /// Returns a [`QuestionError`] with the position of the first word that is not expected.
    pub fn read(text: &str) -> Result<Self, QuestionError> {
        let words = words(text);
        let end = text.chars().count() + 1;
        let at = |number: usize| words.get(number).map_or((end, ""), |word| *word);
        let error = |number: usize, expected| QuestionError { position: at(number).0, expected };
        let name = |number: usize| match at(number).1 {
            "" | "->" | "->>" => Err(error(number, "the name of a function or *")),
            name => Ok(name),
        };
        let (from, to) = (name(0)?, at(1).1);
        let is_way = match to {
            "->" => false,
            "->>" => true,
            _ => return Err(error(1, "-> or ->>")),
        };
        let to = name(2)?;
        let depth = match (at(3).1, at(4).1) {
            ("", _) => None,
            ("depth", number) => {
                let depth = number.parse().ok().filter(|depth| (1..=MAX_HOPS).contains(depth));
                Some(depth.ok_or_else(|| error(4, "a number from 1 to 8"))?)
            }
            _ => return Err(error(3, "depth, or the end")),
        };
        if words.len() > 5 {
            return Err(error(5, "the end"));
        }
        let default = if is_way { MAX_HOPS } else { 1 };
        Self::of(from, to, depth.unwrap_or(default))
            .ok_or_else(|| error(2, "a name, because the other side is *"))
    }

    fn of(from: &str, to: &str, depth: usize) -> Option<Self> {
        let around = |of: &str, direction| Some(Self::Around { of: of.to_owned(), direction, depth });
        match (from, to) {
            ("*", "*") => None,
            (of, "*") => around(of, Direction::Downstream),
            ("*", of) => around(of, Direction::Upstream),
            (from, to) => Some(Self::Way { from: from.to_owned(), to: to.to_owned(), depth }),
        }
    }

    /// First name in the question.
    #[must_use]
    pub fn first(&self) -> &str {
        match self {
            Self::Around { of, .. } => of,
            Self::Way { from, .. } => from,
        }
    }

    /// Replaces names, ARNs of functions, and names of resources without their kind, by the names that the map has.
    ///
    /// # Errors
    /// Returns a [`NameError`] for a name that no node has, or that several share.
    pub fn resolve(mut self, map: &Map, graph: &Graph) -> Result<Self, NameError> {
        let names = match &mut self {
            Self::Around { of, .. } => vec![of],
            Self::Way { from, to, .. } => vec![from, to],
        };
        for name in names {
            if map.nodes.iter().any(|node| node.name == *name) {
                continue;
            }
            let functions = graph.functions_named(name);
            let found = if functions.is_empty() { map.resources_named(name) } else { functions };
            match found.as_slice() {
                [label] => *name = (*label).to_owned(),
                [] => return Err(NameError::Unknown { name: name.clone() }),
                several => {
                    let labels = several.iter().map(|label| (*label).to_owned()).collect();
                    return Err(NameError::Several { name: name.clone(), labels });
                }
            }
        }
        Ok(self)
    }

    /// Names in the question that the map does not have.
    #[cfg(test)]
    #[must_use]
    pub fn unknown<'a>(&'a self, map: &Map) -> Vec<&'a str> {
        let names = match self {
            Self::Around { of, .. } => vec![of.as_str()],
            Self::Way { from, to, .. } => vec![from.as_str(), to.as_str()],
        };
        names.into_iter().filter(|name| !map.nodes.iter().any(|node| node.name == *name)).collect()
    }

    /// Removes the nodes and edges of a map that do not answer the question.
    pub fn apply(&self, map: &mut Map) {
        self.keep_answer(map);
        map.note_empty_part();
    }

    fn keep_answer(&self, map: &mut Map) {
        match self {
            Self::Around { of, direction, depth } => map.keep_around(of, *direction, *depth),
            Self::Way { from, to, depth } => {
                let kept = map.edges_between(from, to, *depth);
                map.keep_edges(&kept);
                let ends: Vec<String> =
                    map.edges.iter().flat_map(|edge| [edge.from.clone(), edge.to.clone()]).collect();
                map.nodes.retain(|node| ends.contains(&node.name) || node.name == *from || node.name == *to);
            }
        }
    }
}

impl Map {
    /// Resources with a name, of any kind: `SQS:mails` and `SNS:mails` are named `mails`.
    fn resources_named(&self, name: &str) -> Vec<&str> {
        let nodes = self.nodes.iter().filter(|node| node.kind != NodeKind::Function);
        let is_named = |full: &&str| full.split_once(':').is_some_and(|(_, short)| short == name);
        nodes.map(|node| node.name.as_str()).filter(is_named).collect()
    }

    /// Indices of the edges that are part of a way from one node to another of at most `depth` steps.
    fn edges_between(&self, from: &str, to: &str, depth: usize) -> BTreeSet<usize> {
        let (after, before) = (self.distances(from, Way::Down, depth), self.distances(to, Way::Up, depth));
        let is_part = |edge: &Edge| {
            let steps = after.get(edge.from.as_str()).zip(before.get(edge.to.as_str()));
            // The way to and from a resource between two functions is one call, which one of the two walks has counted.
            let is_counted = |name: &str, end: &str| name != end && NodeKind::of(name) != NodeKind::Function;
            let is_call = !is_counted(&edge.from, from) && !is_counted(&edge.to, to);
            steps.is_some_and(|(after, before)| after + usize::from(is_call) + before <= depth)
        };
        self.edges.iter().zip(0_usize..).filter(|(edge, _)| is_part(edge)).map(|(_, at)| at).collect()
    }
}

/// Divides a text into words. An arrow is a word without blanks around it, too.
fn words(text: &str) -> Words<'_> {
    let mut found = Words::new();
    let mut rest = text;
    let position = |rest: &str| text.chars().count() - rest.chars().count() + 1;
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return found;
        }
        let end = match (rest.starts_with("->>"), rest.starts_with("->")) {
            (true, _) => 3,
            (false, true) => 2,
            (false, false) => {
                let blank = rest.find(char::is_whitespace).unwrap_or(rest.len());
                rest.find("->").unwrap_or(rest.len()).min(blank)
            }
        };
        let (word, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
        found.push((position(rest), word));
        rest = after;
    }
}
