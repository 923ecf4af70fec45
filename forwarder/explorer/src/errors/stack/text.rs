//! Errors in text: a line with the type and the message, and the stack below it, also those of the causes.

use super::{LANGUAGES, Language, LoggedError, RawFrame, error_type, file_name, own_frames, rust, shortened};

/// Number of lines of a text that are read.
const MAX_LINES: usize = 1_000;

/// One error of a chain of causes.
#[derive(Debug, Default)]
struct Link<'a> {
    name: Option<String>,
    message: &'a str,
    frames: Vec<RawFrame<'a>>,
}

/// Chain of causes while its lines are read.
struct Chain<'a> {
    links: Vec<Link<'a>>,
    /// Index of the error that the next frame belongs to.
    current: usize,
    language: Option<&'static Language>,
    /// True if the first error of the text is the root cause, as in Python.
    is_root_first: bool,
}

/// Reads a text whose first line has the message.
pub(super) fn read(text: &str) -> LoggedError {
    let lines: Vec<&str> = text.lines().map(str::trim_end).take(MAX_LINES).collect();
    let line = |at: usize| lines.get(at).copied().unwrap_or_default();
    if let Some((path, message)) = rust::panic(line(0), line(1)) {
        let chain = Chain::of(&lines, Link { name: Some("panic".to_owned()), message, frames: Vec::new() });
        return LoggedError { file: Some(shortened(file_name(path))), ..chain.finish(true) };
    }
    let (first, is_panic) = match line(0).strip_prefix("panic: ") {
        Some(message) => (message, true),
        None => (line(0), false),
    };
    let name = is_panic.then(|| "panic".to_owned());
    Chain::of(&lines, Link { name, message: first, frames: Vec::new() }).finish(is_panic)
}

/// Reads the frames of a text that has no message, as in the members of a JSON object.
pub(super) fn read_stack(text: &str) -> LoggedError {
    let lines: Vec<&str> = text.lines().map(str::trim_end).take(MAX_LINES).collect();
    Chain::of(&lines, Link::default()).finish(false)
}

impl<'a> Chain<'a> {
    fn of(lines: &[&'a str], first: Link<'a>) -> Self {
        let mut chain = Self { links: vec![first], current: 0, language: None, is_root_first: false };
        for (at, line) in lines.iter().enumerate() {
            chain.read(line, lines.get(at + 1).copied().unwrap_or_default());
        }
        chain
    }

    fn read(&mut self, line: &'a str, next: &'a str) {
        if let Some(frame) = self.frame(line, next) {
            if let Some(link) = self.links.get_mut(self.current) {
                link.frames.push(frame);
            }
            return;
        }
        let text = line.trim();
        if text == "Traceback (most recent call last):" {
            self.begin_traceback();
        } else if self.is_root_first && !line.starts_with(char::is_whitespace) {
            self.end_traceback(text);
        } else if text.starts_with("--- End of inner exception stack trace") {
            self.current = self.current.saturating_sub(1);
        } else if let Some(cause) = cause(text) {
            self.links.push(link_of(cause, true));
            self.current = self.links.len() - 1;
        }
    }

    /// Reads a frame. The language is that of the first frame.
    fn frame(&mut self, line: &'a str, next: &'a str) -> Option<RawFrame<'a>> {
        match self.language {
            Some(language) => (language.frame)(line, next),
            None => LANGUAGES.iter().find_map(|language| {
                let frame = (language.frame)(line, next)?;
                self.language = Some(language);
                Some(frame)
            }),
        }
    }

    /// A traceback of Python has its error below it. The first traceback is that of the root cause; the text before it
    /// is a message.
    fn begin_traceback(&mut self) {
        self.links.push(Link::default());
        self.current = self.links.len() - 1;
        self.is_root_first = true;
    }

    fn end_traceback(&mut self, text: &'a str) {
        let link =
            self.links.get_mut(self.current).filter(|link| !link.frames.is_empty() && link.name.is_none());
        if let Some(link) = link {
            let ended = link_of(text, true);
            (link.name, link.message) = (ended.name, ended.message);
        }
    }

    /// Combines the chain. `is_typed` is true if the type of the first error is known.
    fn finish(mut self, is_typed: bool) -> LoggedError {
        let has_stack = self.links.iter().any(|link| !link.frames.is_empty());
        if let Some(first) = self.links.first_mut()
            && !is_typed
        {
            let read = link_of(first.message, has_stack);
            (first.name, first.message) = (read.name, read.message);
        }
        let (Some(first), Some(last)) = (self.links.first(), self.links.last()) else {
            return LoggedError::default();
        };
        // A log message above tracebacks has no type; its error is that of the last traceback.
        let outer = if self.is_root_first && first.name.is_none() { last } else { first };
        let root = if self.is_root_first { self.links.get(1).unwrap_or(first) } else { last };
        let message = if first.message.is_empty() { outer.message } else { first.message };
        let outer_name = outer.name.clone().or_else(|| first.name.clone());
        LoggedError {
            root: root.name.clone().or_else(|| outer_name.clone()),
            outer: outer_name,
            message: message.to_owned(),
            frames: self.language.map(|language| own_frames(&root.frames, language)).unwrap_or_default(),
            has_stack,
            file: None,
        }
    }
}

/// Text about a cause: `Caused by: …` in Java, ` ---> …` in .NET, `[cause]: …` in Node.js.
fn cause(text: &str) -> Option<&str> {
    let text = text.trim_start_matches("{ ");
    ["Caused by: ", "---> ", "[cause]: "].iter().find_map(|begin| text.strip_prefix(begin))
}

/// Splits `Type: message`. Above a stack every name is a type, elsewhere only one that is usual for errors.
fn link_of(text: &str, has_stack: bool) -> Link<'_> {
    let text = text.trim();
    let text = match text.strip_prefix("Exception in thread \"") {
        Some(thread) => thread.split_once("\" ").map_or(text, |(_, text)| text),
        None => text
            .strip_prefix("Unhandled exception. ")
            .or_else(|| text.strip_prefix("Uncaught "))
            .unwrap_or(text),
    };
    let in_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '$' | '+' | '`' | '<' | '>');
    let end = text.find(|c| !in_name(c)).unwrap_or(text.len());
    let (name, after) = text.split_at_checked(end).unwrap_or((text, ""));
    let message = if after.is_empty() { Some("") } else { after.strip_prefix(':') };
    let is_type = name.starts_with(|c: char| c.is_alphabetic() || c == '_')
        && (is_usual(name) || has_stack && is_capital(name));
    match message {
        Some(message) if is_type => {
            Link { name: Some(error_type(name)), message: message.trim(), frames: Vec::new() }
        }
        Some(_) | None => Link { name: None, message: text, frames: Vec::new() },
    }
}

fn is_usual(name: &str) -> bool {
    const ENDS: [&str; 5] = ["Error", "Exception", "Failure", "Interrupt", "Fault"];
    const BEGINS: [&str; 4] = ["Runtime.", "Function.", "Extension.", "Sandbox."];
    let bare = name.trim_end_matches('>');
    ENDS.iter().any(|end| bare.ends_with(end)) || BEGINS.iter().any(|begin| name.starts_with(begin))
}

/// True if the last part of a name begins with a capital, as types do.
fn is_capital(name: &str) -> bool {
    name.rsplit(['.', '$', '+']).next().is_some_and(|last| last.starts_with(char::is_uppercase))
}
