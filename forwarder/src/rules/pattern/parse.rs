//! Parser of regexes.

use regex_automata::util::look::Look;

use super::{
    Dialect, PatternError,
    class::Class,
    node::{Greed, Node},
};

/// Deepest nesting of groups and repetitions.
const MAX_DEPTH: u32 = 64;

/// Highest number of repetitions in `{n,m}`.
const MAX_REPEAT: u32 = 1000;

pub(super) type Parsed<T> = Result<T, PatternError>;

/// Parsed regex, with the names of its groups.
#[derive(Debug)]
pub(super) struct Regex {
    pub(super) node: Node,
    /// Names of the groups from the first one on; `None` for a group without a name. Empty except for Python's dialect.
    pub(super) groups: Vec<Option<String>>,
}

/// Flags of a part of the regex.
#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// `i`: letters match in both cases.
    ignores_case: bool,
    /// `s`: a dot matches a line feed.
    dot_matches_line_feed: bool,
    /// `m`: `^` and `$` match at every line.
    is_multi_line: bool,
    /// `a`: the classes of Python's dialect have ASCII characters only.
    is_ascii: bool,
}

pub(super) struct Parser<'p> {
    pub(super) dialect: Dialect,
    chars: std::str::Chars<'p>,
    /// Number of characters that were read.
    at: usize,
    flags: Flags,
    depth: u32,
    pub(super) groups: Vec<Option<String>>,
}

/// Parses a regex.
pub(super) fn parse(text: &str, dialect: Dialect) -> Parsed<Regex> {
    let (chars, flags) = (text.chars(), Flags::default());
    let mut parser = Parser { dialect, chars, at: 0, flags, depth: 0, groups: Vec::new() };
    let node = parser.alternatives()?;
    match parser.peek() {
        None => Ok(Regex { node, groups: parser.groups }),
        Some(_) => parser.fail_here("the group that this `)` closes was not opened"),
    }
}

impl Parser<'_> {
    pub(super) fn peek(&self) -> Option<char> {
        self.chars.clone().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        self.at += 1;
        Some(c)
    }

    /// Returns the text that was not read yet.
    pub(super) fn rest(&self) -> &str {
        self.chars.as_str()
    }

    pub(super) fn take(&mut self, text: &str) -> bool {
        let Some(rest) = self.chars.as_str().strip_prefix(text) else { return false };
        self.at += text.chars().count();
        self.chars = rest.chars();
        true
    }

    pub(super) fn fail<T>(&self, character: usize, reason: impl Into<String>) -> Parsed<T> {
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
            '$' if self.dialect == Dialect::Python => Self::python_end(),
            '$' => Node::Look(Look::End),
            '\\' => self.escape(start)?,
            '*' | '+' | '?' => return self.fail(start, format!("`{c}` has nothing to repeat")),
            '{' if self.dialect == Dialect::Rules => {
                return self.fail(start, "`{` has nothing to repeat; write `\\{` for the character");
            }
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
        let mut number = None;
        if self.take("?P=") {
            return self.fail(start, "the back reference `(?P=` is not supported");
        } else if self.take("?P<") || self.take("?<") {
            let name = self.group_name(start)?;
            number = self.open_group(Some(name));
        } else if self.dialect == Dialect::Python && self.python_extension(start)? {
            return Ok(None);
        } else if !self.take("?") {
            number = self.open_group(None);
        } else if !self.group_flags(start)? {
            return Ok(None);
        }
        let node = self.alternatives()?;
        self.flags = outer;
        if !self.take(")") {
            return self.fail(start, "the group that this `(` opens is not closed");
        }
        Ok(Some(match number {
            Some(number) => Node::Group(number, Box::new(node)),
            None => node,
        }))
    }

    fn group_name(&mut self, start: usize) -> Parsed<String> {
        let mut name = String::new();
        while let Some(c) = self.next() {
            match c {
                '>' => return Ok(name),
                '_' | '.' | '[' | ']' => {}
                c if c.is_alphanumeric() => {}
                _ => break,
            }
            name.push(c);
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
                Some('a') if self.dialect == Dialect::Python => self.flags.is_ascii = is_set,
                Some('u') if self.dialect == Dialect::Python => self.flags.is_ascii = !is_set,
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
            if self.dialect == Dialect::Python {
                if c == '{' && !self.has_python_bounds() {
                    break;
                }
                if count > 0 {
                    return self
                        .fail(start, format!("the possessive or double repetition `{c}` is not supported"));
                }
            }
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
        let min = match (self.number(start)?, self.dialect) {
            (Some(min), _) => min,
            (None, Dialect::Python) => 0,
            (None, Dialect::Rules) => return self.fail(start, malformed),
        };
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
        let is_unicode = self.dialect == Dialect::Python && !self.flags.is_ascii;
        Ok(match c {
            'b' if is_unicode => Node::Look(Look::WordUnicode),
            'B' if is_unicode => Node::Look(Look::WordUnicodeNegate),
            'Z' if self.dialect == Dialect::Python => Node::Look(Look::End),
            'b' => Node::Look(Look::WordAscii),
            'B' => Node::Look(Look::WordAsciiNegate),
            'A' => Node::Look(Look::Start),
            'z' => Node::Look(Look::End),
            '1'..='9' | 'k' if !self.is_octal(c) => {
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
        let is_unicode = self.dialect == Dialect::Python && !self.flags.is_ascii;
        if let Some(class) = if is_unicode { Class::python(c) } else { Class::perl(c) } {
            return Ok(class);
        }
        Ok(Class::of(match c {
            '0'..='7' if self.dialect == Dialect::Python => self.octal(c, start)?,
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
        let is_python = self.dialect == Dialect::Python;
        let is_negated = self.take("^");
        let mut class = Class::default();
        let mut is_first = true;
        loop {
            let at = self.at + 1;
            match self.next() {
                None => return self.fail(start, "the class that this `[` opens is not closed"),
                Some(']') if !is_first => break,
                Some('[') if !is_python && self.take(":") => class.add(&self.named_class(at)?),
                Some('[') if !is_python => {
                    return self
                        .fail(at, "a class in a class is not supported; write `\\[` for the character");
                }
                Some('&') if !is_python && self.peek() == Some('&') => {
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
