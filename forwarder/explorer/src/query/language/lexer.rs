//! Tokens of a query. The parser asks for one at a time, because `/` begins a regular expression only where one may stand.

use super::span::Span;

/// Token with its position.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) span: Span,
}

/// Kind and content of a token.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum TokenKind {
    /// Name, backticks removed.
    Name {
        text: String,
        quoting: Quoting,
    },
    /// Number with its digits as they were written.
    Number(String),
    /// Text in quotes, escapes resolved.
    Text(String),
    /// Regular expression between slashes, `\/` resolved.
    Regex(String),
    /// Operator or punctuation.
    Symbol(Symbol),
    /// Characters that are no token, with the problem.
    Invalid(&'static str),
    End,
}

/// Use of backticks in a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Quoting {
    /// Without backticks: the name may be a keyword or a function.
    Plain,
    /// With backticks around the name or a part of it.
    Quoted,
}

/// Declares the symbols with their spelling. Longer ones go first.
macro_rules! symbols {
    ($($name:ident $text:literal)*) => {
        /// Operator or punctuation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Symbol { $($name),* }

        impl Symbol {
            const ALL: &[(Self, &str)] = &[$((Self::$name, $text)),*];

            /// Spelling.
            pub(super) fn text(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

symbols! {
    EqualEqual "==" Match "=~" NotEqual "!=" LessOrEqual "<=" GreaterOrEqual ">="
    Equal "=" Less "<" Greater ">" Not "!" Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Power "^"
    Open "(" Close ")" OpenList "[" CloseList "]" Comma "," Pipe "|" Colon ":" Dot "."
}

/// Reads the token that begins at or after `offset`, past white space and comments.
pub(super) fn token_at(text: &str, offset: usize) -> Token {
    let start = skip_blank(text, offset);
    let rest = text.get(start..).unwrap_or_default();
    let (kind, length) = match rest.chars().next() {
        None => (TokenKind::End, 0),
        Some(quote @ ('"' | '\'')) => quoted_text(rest, quote),
        Some(c) if c.is_ascii_digit() => number_or_name(rest),
        Some(c) if is_name_start(c) => name(rest),
        Some(c) => symbol(rest, c),
    };
    Token { kind, span: Span { start, end: start.saturating_add(length) } }
}

/// Reads a regular expression that begins with the slash at `start`.
pub(super) fn regex_at(text: &str, start: usize) -> Token {
    let rest = text.get(start..).unwrap_or_default();
    let mut source = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    let token = |kind, length: usize| Token { kind, span: Span { start, end: start.saturating_add(length) } };
    while let Some((at, c)) = chars.next() {
        match c {
            '/' => return token(TokenKind::Regex(source), at.saturating_add(1)),
            '\\' => {
                let (_, escaped) = chars.next().unwrap_or((at, '\\'));
                if escaped != '/' {
                    source.push('\\');
                }
                source.push(escaped);
            }
            c => source.push(c),
        }
    }
    token(TokenKind::Invalid("regular expression without a closing `/`"), rest.len())
}

/// Reads a number that begins with its point, such as `.5`, at `start`.
pub(super) fn fraction_at(text: &str, start: usize) -> Option<Token> {
    let rest = text.get(start..)?;
    let length = number_length(rest).filter(|length| *length > 1)?;
    let kind = TokenKind::Number(rest.get(..length)?.to_owned());
    Some(Token { kind, span: Span { start, end: start.saturating_add(length) } })
}

fn skip_blank(text: &str, mut offset: usize) -> usize {
    loop {
        let rest = text.get(offset..).unwrap_or_default();
        let trimmed = rest.trim_start();
        offset = offset.saturating_add(rest.len().saturating_sub(trimmed.len()));
        if !trimmed.starts_with('#') {
            return offset;
        }
        offset = offset.saturating_add(trimmed.find('\n').unwrap_or(trimmed.len()));
    }
}

/// Reads text in quotes. A backslash before a quote or a backslash is an escape; before anything else it stays.
fn quoted_text(rest: &str, quote: char) -> (TokenKind, usize) {
    let mut text = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            return (TokenKind::Text(text), at.saturating_add(1));
        }
        let escaped = chars.peek().filter(|(_, next)| c == '\\' && matches!(next, '"' | '\'' | '\\'));
        match escaped.copied() {
            Some((_, next)) => {
                text.push(next);
                chars.next();
            }
            None => text.push(c),
        }
    }
    let problem = if quote == '"' { "text without a closing `\"`" } else { "text without a closing `'`" };
    (TokenKind::Invalid(problem), rest.len())
}

fn is_name_start(c: char) -> bool {
    is_name_char(c) && c != '.' || c == '`'
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '@' | '.')
}

fn name(rest: &str) -> (TokenKind, usize) {
    let (mut text, mut quoting) = (String::new(), Quoting::Plain);
    let mut chars = rest.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '`' => {
                quoting = Quoting::Quoted;
                let inside = chars.by_ref().map(|(_, c)| c).take_while(|c| *c != '`');
                let before = text.len();
                text.extend(inside);
                let is_closed = chars.offset() > at.saturating_add(1).saturating_add(text.len() - before);
                if !is_closed {
                    return (TokenKind::Invalid("name without a closing backtick"), rest.len());
                }
            }
            c if is_name_char(c) => text.push(c),
            _ => return (TokenKind::Name { text, quoting }, at),
        }
    }
    (TokenKind::Name { text, quoting }, rest.len())
}

/// Reads a number, or a name that begins with a digit, such as `4xx` or the period `5m`.
fn number_or_name(rest: &str) -> (TokenKind, usize) {
    let length = number_length(rest).unwrap_or(1);
    let (number, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
    if after.starts_with(is_name_start) {
        return name(rest);
    }
    (TokenKind::Number(number.to_owned()), length)
}

/// Returns the length of the number at the start: digits, a fraction, an exponent.
fn number_length(rest: &str) -> Option<usize> {
    let digits = |from: usize| {
        let tail = rest.get(from..).unwrap_or_default();
        from.saturating_add(tail.bytes().take_while(u8::is_ascii_digit).count())
    };
    let byte = |at: usize| rest.as_bytes().get(at).copied();
    let is_digit = |at: usize| byte(at).is_some_and(|b| b.is_ascii_digit());
    let mut end = digits(0);
    if byte(end) == Some(b'.') && is_digit(end.saturating_add(1)) {
        end = digits(end.saturating_add(1));
    }
    if end == 0 {
        return None;
    }
    if matches!(byte(end), Some(b'e' | b'E')) {
        let signed = matches!(byte(end.saturating_add(1)), Some(b'+' | b'-'));
        let from = end.saturating_add(1).saturating_add(usize::from(signed));
        if is_digit(from) {
            end = digits(from);
        }
    }
    Some(end)
}

fn symbol(rest: &str, first: char) -> (TokenKind, usize) {
    match Symbol::ALL.iter().find(|(_, text)| rest.starts_with(text)) {
        Some((symbol, text)) => (TokenKind::Symbol(*symbol), text.len()),
        None => {
            (TokenKind::Invalid("character that may only stand in a text or in backticks"), first.len_utf8())
        }
    }
}
