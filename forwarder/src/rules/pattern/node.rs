//! Parsed regex.

use regex_automata::util::look::Look;

use super::class::Class;

/// Node of a parsed regex.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Empty,
    /// One character of a class; a literal character is a class of one.
    Class(Class),
    Look(Look),
    Concat(Vec<Node>),
    /// Group with its number, counted from 1. Only the dialect of Python has such nodes.
    Group(u32, Box<Node>),
    /// Alternatives, of which the first that matches is preferred.
    Alternate(Vec<Node>),
    Repeat {
        node: Box<Node>,
        min: u32,
        /// Maximum; `None` if there is none.
        max: Option<u32>,
        greed: Greed,
    },
}

/// Preference of a repetition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greed {
    /// As many repetitions as possible.
    Greedy,
    /// As few repetitions as possible.
    Lazy,
}

impl Node {
    /// True if the node can match the empty text.
    pub(super) fn can_be_empty(&self) -> bool {
        match self {
            Self::Empty | Self::Look(_) => true,
            Self::Class(_) => false,
            Self::Concat(nodes) => nodes.iter().all(Self::can_be_empty),
            Self::Alternate(nodes) => nodes.iter().any(Self::can_be_empty),
            Self::Group(_, node) => node.can_be_empty(),
            Self::Repeat { node, min, .. } => *min == 0 || node.can_be_empty(),
        }
    }

    /// True if every match begins at the start of the text.
    pub(super) fn is_anchored(&self) -> bool {
        match self {
            Self::Look(look) => *look == Look::Start,
            Self::Concat(nodes) => nodes.first().is_some_and(Self::is_anchored),
            Self::Alternate(nodes) => nodes.iter().all(Self::is_anchored),
            Self::Group(_, node) => node.is_anchored(),
            Self::Repeat { node, min, .. } => *min > 0 && node.is_anchored(),
            Self::Empty | Self::Class(_) => false,
        }
    }

    /// True if the node looks at the borders of words of any script, which the DFA cannot do in text that is not ASCII.
    pub(super) fn has_unicode_border(&self) -> bool {
        match self {
            Self::Look(look) => matches!(look, Look::WordUnicode | Look::WordUnicodeNegate),
            Self::Concat(nodes) | Self::Alternate(nodes) => nodes.iter().any(Self::has_unicode_border),
            Self::Group(_, node) | Self::Repeat { node, .. } => node.has_unicode_border(),
            Self::Empty | Self::Class(_) => false,
        }
    }
}
