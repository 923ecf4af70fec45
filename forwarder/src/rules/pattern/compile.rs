//! Compiles a parsed regex to the automaton of `regex-automata`.

use regex_automata::{
    nfa::thompson::{BuildError, Builder, NFA, Transition},
    util::{look::Look, primitives::StateID},
};

use super::{
    class::Class,
    node::{Greed, Node},
    utf8::{ByteRange, sequences},
};

/// Direction in which an automaton reads the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Forward,
    Reverse,
}

/// Groups whose places an automaton finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Groups {
    /// None, which is all that a DFA can do.
    Ignored,
    /// All of them, and the whole match as group 0.
    Captured,
}

/// Result of a step of the compiler. The error is large, so it is boxed.
type Built<T> = Result<T, Box<BuildError>>;

/// Part of an automaton: its first state, and its last one, which is to be connected.
#[derive(Clone, Copy, Debug)]
struct Part {
    start: StateID,
    end: StateID,
}

struct Compiler {
    builder: Builder,
    direction: Direction,
    groups: Groups,
}

/// Compiles an automaton of at most `max_size` bytes.
pub(super) fn compile(node: &Node, direction: Direction, groups: Groups, max_size: usize) -> Built<NFA> {
    let mut builder = Builder::new();
    builder.set_utf8(true);
    builder.set_reverse(direction == Direction::Reverse);
    builder.set_size_limit(Some(max_size))?;
    builder.start_pattern()?;
    let mut compiler = Compiler { builder, direction, groups };
    let part = match groups {
        Groups::Ignored => compiler.node(node)?,
        Groups::Captured => compiler.group(0, node)?,
    };
    let last = compiler.builder.add_match()?;
    compiler.builder.patch(part.end, last)?;
    compiler.builder.finish_pattern(part.start)?;
    let unanchored = match direction {
        Direction::Forward if !node.is_anchored() => compiler.unanchored(part.start)?,
        Direction::Forward | Direction::Reverse => part.start,
    };
    Ok(compiler.builder.build(part.start, unanchored)?)
}

impl Compiler {
    /// Adds a loop over any bytes before the pattern, so that it matches anywhere.
    fn unanchored(&mut self, start: StateID) -> Built<StateID> {
        let any = self.range((0, 255))?;
        let either = self.builder.add_union(vec![start, any])?;
        self.builder.patch(any, either)?;
        Ok(either)
    }

    fn node(&mut self, node: &Node) -> Built<Part> {
        match node {
            Node::Empty => self.empty(),
            Node::Class(class) => self.class(class),
            Node::Look(look) => self.look(*look),
            Node::Concat(nodes) => match self.direction {
                Direction::Forward => self.concat(nodes.iter()),
                Direction::Reverse => self.concat(nodes.iter().rev()),
            },
            Node::Alternate(nodes) => {
                let parts: Vec<_> = nodes.iter().map(|node| self.node(node)).collect::<Built<_>>()?;
                self.alternate(&parts)
            }
            Node::Group(number, node) => match self.groups {
                Groups::Ignored => self.node(node),
                Groups::Captured => self.group(*number, node),
            },
            Node::Repeat { node, min, max, greed } => self.repeat(node, *min, *max, *greed),
        }
    }

    fn group(&mut self, number: u32, node: &Node) -> Built<Part> {
        let start = self.builder.add_capture_start(StateID::ZERO, number, None)?;
        let part = self.node(node)?;
        let end = self.builder.add_capture_end(StateID::ZERO, number)?;
        self.builder.patch(start, part.start)?;
        self.builder.patch(part.end, end)?;
        Ok(Part { start, end })
    }

    fn empty(&mut self) -> Built<Part> {
        let state = self.builder.add_empty()?;
        Ok(Part { start: state, end: state })
    }

    fn look(&mut self, look: Look) -> Built<Part> {
        let look = if self.direction == Direction::Reverse { look.reversed() } else { look };
        let state = self.builder.add_look(StateID::ZERO, look)?;
        Ok(Part { start: state, end: state })
    }

    fn range(&mut self, (start, end): ByteRange) -> Built<StateID> {
        Ok(self.builder.add_range(Transition { start, end, next: StateID::ZERO })?)
    }

    fn concat<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>) -> Built<Part> {
        let mut whole = self.empty()?;
        for node in nodes {
            let part = self.node(node)?;
            self.builder.patch(whole.end, part.start)?;
            whole.end = part.end;
        }
        Ok(whole)
    }

    fn alternate(&mut self, parts: &[Part]) -> Built<Part> {
        let start = self.builder.add_union(parts.iter().map(|part| part.start).collect())?;
        let end = self.builder.add_empty()?;
        for part in parts {
            self.builder.patch(part.end, end)?;
        }
        Ok(Part { start, end })
    }

    fn class(&mut self, class: &Class) -> Built<Part> {
        let all = class.ranges().iter().flat_map(|(first, last)| sequences(*first, *last));
        let parts: Vec<_> = all.map(|sequence| self.bytes(sequence)).collect::<Built<_>>()?;
        match parts.as_slice() {
            [] => {
                let state = self.builder.add_fail()?;
                let end = self.builder.add_empty()?;
                Ok(Part { start: state, end })
            }
            [part] => Ok(*part),
            parts => self.alternate(parts),
        }
    }

    fn bytes(&mut self, mut sequence: Vec<ByteRange>) -> Built<Part> {
        if self.direction == Direction::Reverse {
            sequence.reverse();
        }
        let mut whole: Option<Part> = None;
        for range in sequence {
            let state = self.range(range)?;
            match &mut whole {
                Some(part) => {
                    self.builder.patch(part.end, state)?;
                    part.end = state;
                }
                None => whole = Some(Part { start: state, end: state }),
            }
        }
        whole.map_or_else(|| self.empty(), Ok)
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>, greed: Greed) -> Built<Part> {
        let mut whole = self.empty()?;
        let Some(max) = max else {
            self.copies(node, min.saturating_sub(1), &mut whole)?;
            let rest = self.loop_over(node, min, greed)?;
            self.builder.patch(whole.end, rest.start)?;
            return Ok(Part { start: whole.start, end: rest.end });
        };
        self.copies(node, min, &mut whole)?;
        let end = self.builder.add_empty()?;
        for _ in min..max {
            let choice = self.choice(greed)?;
            let part = self.node(node)?;
            self.builder.patch(whole.end, choice)?;
            self.connect_choice(choice, part.start, end)?;
            whole.end = part.end;
        }
        self.builder.patch(whole.end, end)?;
        Ok(Part { start: whole.start, end })
    }

    /// Appends a node several times.
    fn copies(&mut self, node: &Node, n: u32, whole: &mut Part) -> Built<()> {
        for _ in 0..n {
            let part = self.node(node)?;
            self.builder.patch(whole.end, part.start)?;
            whole.end = part.end;
        }
        Ok(())
    }

    /// Compiles `x*`, or `x+` if `min` is not 0. If `x` can be empty, `x*` is `(x+)?`, so that the preferred match is the
    /// same as that of a backtracking engine.
    fn loop_over(&mut self, node: &Node, min: u32, greed: Greed) -> Built<Part> {
        let part = self.node(node)?;
        let end = self.builder.add_empty()?;
        let again = self.choice(greed)?;
        self.builder.patch(part.end, again)?;
        self.connect_choice(again, part.start, end)?;
        if min > 0 {
            return Ok(Part { start: part.start, end });
        }
        if !node.can_be_empty() {
            return Ok(Part { start: again, end });
        }
        let first = self.choice(greed)?;
        self.connect_choice(first, part.start, end)?;
        Ok(Part { start: first, end })
    }

    fn choice(&mut self, greed: Greed) -> Built<StateID> {
        Ok(match greed {
            Greed::Greedy => self.builder.add_union(Vec::new())?,
            Greed::Lazy => self.builder.add_union_reverse(Vec::new())?,
        })
    }

    /// Connects a choice to the repetition and to what follows; a lazy choice prefers the latter.
    fn connect_choice(&mut self, choice: StateID, repeated: StateID, end: StateID) -> Built<()> {
        self.builder.patch(choice, repeated)?;
        Ok(self.builder.patch(choice, end)?)
    }
}
