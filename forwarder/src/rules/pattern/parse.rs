//! Parser of regexes.

use regex_automata::util::look::Look;

use super::{
    PatternError,
    class::Class,
    node::{Greed, Node},
};

/// Deepest nesting of groups and repetitions.
const MAX_DEPTH: u32 = 64;

/// Highest number of repetitions in `{n,m}`.
const MAX_REPEAT: u32 = 1000;

type Parsed<T> = Result<T, PatternError>;

/// Flags of a part of the regex.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// `i`: letters match in both cases.
    ignores_case: bool,
    /// `s`: a dot matches a line feed.
    dot_matches_line_feed: bool,
    /// `m`: `^` and `$` match at every line.
    is_multi_line: bool,
}

struct Parser<'p> {
    chars: std::str::Chars<'p>,
    /// Number of characters that were read.
    at: usize,
    flags: Flags,
    depth: u32,
}

/// Parses a regex.
pub(super) fn parse(text: &str) -> Parsed<Node> {
    let mut parser = Parser { chars: text.chars(), at: 0, flags: Flags::default(), depth: 0 };
    let node = parser.alternatives()?;
    match parser.peek() {
        None => Ok(node),
        Some(_) => parser.fail_here("the group that this `)` closes was not opened"),
    }
}

impl Parser<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.clone().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        self.at += 1;
        Some(c)
    }

    fn take(&mut self, text: &str) -> bool {
        let Some(rest) = self.chars.as_str().strip_prefix(text) else { return false };
        self.at += text.chars().count();
        self.chars = rest.chars();
        true
    }

    fn fail<T>(&self, character: usize, reason: impl Into<String>) -> Parsed<T> {
        Err(PatternError { character: character.max(1), reason: reason.into(), n_bytes: 0 })
    }

    fn fail_here<T>(&self, reason: impl Into<String>) -> Parsed<T> {
        self.fail(self.at + 1, reason)
    }

    fn alternatives(&mut self) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return self.fail_here(format!("groups are nested deeper than {MAX_DEPTH}"));
        }
        let outer = self.flags;
        let mut all = vec![self.sequence()?];
        while self.take("|") {
            all.push(self.sequence()?);
        }
        self.flags = outer;
        self.depth -= 1;
        Ok(match all.len() {
            1 => all.pop().unwrap_or(Node::Empty),
            _ => Node::Alternate(all),
        })
    }

    fn sequence(&mut self) -> Parsed<Node> {
        let mut nodes = Vec::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            let start = self.at + 1;
            self.next();
            let Some(node) = self.item(c, start)? else { continue };
            nodes.push(self.repetitions(node)?);
        }
        Ok(match nodes.len() {
            0 => Node::Empty,
            1 => nodes.pop().unwrap_or(Node::Empty),
            _ => Node::Concat(nodes),
        })
    }

    /// Parses one item, which begins with `c`; `None` if it sets flags and matches nothing.
    fn item(&mut self, c: char, start: usize) -> Parsed<Option<Node>> {
        let node = match c {
            '(' => return self.group(start),
            '[' => self.bracket(start)?,
            '.' if self.flags.dot_matches_line_feed => Node::Class(Class::any()),
            '.' => Node::Class(Class::any_but_line_feed()),
            '^' if self.flags.is_multi_line => Node::Look(Look::StartLF),
            '^' => Node::Look(Look::Start),
            '$' if self.flags.is_multi_line => Node::Look(Look::EndLF),
            '$' => Node::Look(Look::End),
            '\\' => self.escape(start)?,
            '*' | '+' | '?' => return self.fail(start, format!("`{c}` has nothing to repeat")),
            '{' => return self.fail(start, "`{` has nothing to repeat; write `\\{` for the character"),
            _ => self.literal(c),
        };
        Ok(Some(node))
    }

    fn literal(&self, c: char) -> Node {
        let mut class = Class::of(c);
        self.fold(&mut class);
        Node::Class(class)
    }

    fn fold(&self, class: &mut Class) {
        if self.flags.ignores_case {
            class.fold_case();
        }
    }

    fn group(&mut self, start: usize) -> Parsed<Option<Node>> {
        for look_around in ["?=", "?!", "?<=", "?<!"] {
            if self.take(look_around) {
                return self.fail(start, format!("look-around `({look_around}` is not supported"));
            }
        }
        let outer = self.flags;
        if self.take("?P=") {
            return self.fail(start, "the back reference `(?P=` is not supported");
        } else if self.take("?P<") || self.take("?<") {
            self.group_name(start)?;
        } else if self.take("?") && !self.group_flags(start)? {
            return Ok(None);
        }
        let node = self.alternatives()?;
        self.flags = outer;
        if !self.take(")") {
            return self.fail(start, "the group that this `(` opens is not closed");
        }
        Ok(Some(node))
    }

    fn group_name(&mut self, start: usize) -> Parsed<()> {
        while let Some(c) = self.next() {
            match c {
                '>' => return Ok(()),
                '_' | '.' | '[' | ']' => {}
                c if c.is_alphanumeric() => {}
                _ => break,
            }
        }
        self.fail(start, "the name of the group is not closed with `>`")
    }

    /// Parses flags after `(?`. Returns true if a group follows, false if they hold for the rest of the current group.
    fn group_flags(&mut self, start: usize) -> Parsed<bool> {
        let mut is_set = true;
        loop {
            match self.next() {
                Some('-') if is_set => is_set = false,
                Some('i') => self.flags.ignores_case = is_set,
                Some('s') => self.flags.dot_matches_line_feed = is_set,
                Some('m') => self.flags.is_multi_line = is_set,
                Some(':') => return Ok(true),
                Some(')') => return Ok(false),
                Some(c) => {
                    return self.fail(self.at, format!("the flag `{c}` is not supported; i, m and s are"));
                }
                None => return self.fail(start, "the group that this `(` opens is not closed"),
            }
        }
    }

    fn repetitions(&mut self, mut node: Node) -> Parsed<Node> {
        let mut count = 0;
        while let Some(c) = self.peek().filter(|c| matches!(c, '*' | '+' | '?' | '{')) {
            let start = self.at + 1;
            count += 1;
            if count + self.depth > MAX_DEPTH {
                return self.fail(start, format!("repetitions are nested deeper than {MAX_DEPTH}"));
            }
            self.next();
            let (min, max) = match c {
                '*' => (0, None),
                '+' => (1, None),
                '?' => (0, Some(1)),
                _ => self.bounds(start)?,
            };
            let greed = if self.take("?") { Greed::Lazy } else { Greed::Greedy };
            node = Node::Repeat { node: Box::new(node), min, max, greed };
        }
        Ok(node)
    }

    /// Parses `n}`, `n,}` or `n,m}`.
    fn bounds(&mut self, start: usize) -> Parsed<(u32, Option<u32>)> {
        let malformed = "`{` is not followed by `n}`, `n,}` or `n,m}`; write `\\{` for the character";
        let Some(min) = self.number(start)? else { return self.fail(start, malformed) };
        let max = if self.take(",") { self.number(start)? } else { Some(min) };
        if !self.take("}") {
            return self.fail(start, malformed);
        }
        match max {
            Some(max) if max < min => {
                self.fail(start, format!("the repetition `{{{min},{max}}}` is impossible"))
            }
            _ => Ok((min, max)),
        }
    }

    fn number(&mut self, start: usize) -> Parsed<Option<u32>> {
        let mut number = None;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            self.next();
            let n = number.unwrap_or(0) * 10 + digit;
            if n > MAX_REPEAT {
                return self.fail(start, format!("a repetition of more than {MAX_REPEAT} is not supported"));
            }
            number = Some(n);
        }
        Ok(number)
    }

    fn escape(&mut self, start: usize) -> Parsed<Node> {
        let Some(c) = self.next() else { return self.fail(start, "nothing follows the `\\`") };
        Ok(match c {
            'b' => Node::Look(Look::WordAscii),
            'B' => Node::Look(Look::WordAsciiNegate),
            'A' => Node::Look(Look::Start),
            'z' => Node::Look(Look::End),
            '1'..='9' | 'k' => {
                return self.fail(start, format!("the back reference `\\{c}` is not supported"));
            }
            _ => {
                let mut class = self.class_escape(c, start)?;
                self.fold(&mut class);
                Node::Class(class)
            }
        })
    }

    /// Parses an escape that is also valid in brackets.
    fn class_escape(&mut self, c: char, start: usize) -> Parsed<Class> {
        if let Some(class) = Class::perl(c) {
            return Ok(class);
        }
        Ok(Class::of(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'f' => '\x0c',
            'v' => '\x0b',
            'a' => '\x07',
            'x' => self.hexadecimal(2, start)?,
            'u' => self.hexadecimal(4, start)?,
            'U' => self.hexadecimal(8, start)?,
            'p' | 'P' => return self.fail(start, format!("the Unicode property `\\{c}` is not supported")),
            c if c.is_ascii_alphanumeric() => {
                return self.fail(start, format!("the escape `\\{c}` is unknown"));
            }
            c => c,
        }))
    }

    /// Parses a character in hexadecimal, of `n_digits` or in braces.
    fn hexadecimal(&mut self, n_digits: usize, start: usize) -> Parsed<char> {
        let is_braced = self.take("{");
        let (mut number, mut count) = (0_u32, 0);
        while let Some(digit) =
            self.peek().and_then(|c| c.to_digit(16)).filter(|_| is_braced || count < n_digits)
        {
            self.next();
            number = number.saturating_mul(16).saturating_add(digit);
            count += 1;
        }
        let is_complete = if is_braced { count > 0 && self.take("}") } else { count == n_digits };
        match char::from_u32(number).filter(|_| is_complete) {
            Some(c) => Ok(c),
            None => self.fail(start, "the escape is not a character in hexadecimal"),
        }
    }

    /// Parses a class after its `[`.
    fn bracket(&mut self, start: usize) -> Parsed<Node> {
        let is_negated = self.take("^");
        let mut class = Class::default();
        let mut is_first = true;
        loop {
            let at = self.at + 1;
            match self.next() {
                None => return self.fail(start, "the class that this `[` opens is not closed"),
                Some(']') if !is_first => break,
                Some('[') if self.take(":") => class.add(&self.named_class(at)?),
                Some('[') => {
                    return self
                        .fail(at, "a class in a class is not supported; write `\\[` for the character");
                }
                Some('&') if self.peek() == Some('&') => {
                    return self.fail(at, "the intersection `&&` of classes is not supported");
                }
                Some(c) => self.class_range(c, at, &mut class)?,
            }
            is_first = false;
        }
        self.fold(&mut class);
        let class = if is_negated { class.negated() } else { class };
        if class.ranges().is_empty() {
            return self.fail(start, "the class contains no character");
        }
        Ok(Node::Class(class))
    }

    fn named_class(&mut self, start: usize) -> Parsed<Class> {
        let name: String = self.chars.clone().take_while(|c| c.is_ascii_lowercase() || *c == '^').collect();
        let class = Class::named(&name);
        match class.filter(|_| self.take(&name) && self.take(":]")) {
            Some(class) => Ok(class),
            None => self.fail(start, format!("there is no class `[:{name}:]`")),
        }
    }

    fn class_range(&mut self, c: char, start: usize, class: &mut Class) -> Parsed<()> {
        let first = self.class_item(c, start)?;
        let is_range = {
            let mut rest = self.chars.clone();
            rest.next() == Some('-') && rest.next().is_some_and(|c| c != ']')
        };
        let Some(low) = first.single().filter(|_| is_range) else {
            class.add(&first);
            return Ok(());
        };
        self.next();
        let Some(c) = self.next() else { return self.fail(start, "the range has no end") };
        let Some(high) = self.class_item(c, start)?.single() else {
            return self.fail(start, "the range does not end with a character");
        };
        if high < low {
            return self.fail(start, format!("the range `{low}-{high}` is empty"));
        }
        class.add_range(low, high);
        Ok(())
    }

    fn class_item(&mut self, c: char, start: usize) -> Parsed<Class> {
        if c != '\\' {
            return Ok(Class::of(c));
        }
        match self.next() {
            Some('b') => Ok(Class::of('\x08')),
            Some(c) => self.class_escape(c, start),
            None => self.fail(start, "nothing follows the `\\`"),
        }
    }
}
