//! Stack traces of the languages that Lambda runs: from the text or the JSON of a logged error to its types, its message
//! and the frames of the function's own code.
//!
//! [`read`] is pure. Each language has a module with the form of its frames; [`LANGUAGES`] lists them.

mod dotnet;
mod go;
mod java;
mod json;
mod node;
mod python;
mod ruby;
mod rust;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use self::{go::is_part as is_part_of_go_trace, rust::is_part as is_part_of_rust_trace};

/// Maximum number of frames of an error.
const MAX_FRAMES: usize = 10;
/// Number of bytes of a message that are read.
const MAX_LENGTH: usize = 64 * 1024;
/// Greatest length in bytes of a type, a function or a file name; longer ones are cut.
const MAX_NAME: usize = 200;

/// Error as the runtime or a logging library writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct LoggedError {
    /// Type of the error that was reported, such as `ValueError`.
    pub(crate) outer: Option<String>,
    /// Type of its root cause; the same as `outer` if the error has no cause.
    pub(crate) root: Option<String>,
    /// First line of the message of the reported error, without its type.
    pub(crate) message: String,
    /// Frames of the root cause in code of the function, innermost first, each once; at most ten.
    pub(crate) frames: Vec<Frame>,
    /// True if there were frames, of whatever code.
    pub(crate) has_stack: bool,
    /// File of a Rust panic, if the panic states it and has no backtrace.
    pub(crate) file: Option<String>,
}

/// Frame of a stack.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Frame {
    /// Function, with its package or class where the language writes it.
    pub(crate) function: String,
    /// Name of the file without its folder; empty if unknown.
    pub(crate) file: String,
}

/// Frame as it is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct RawFrame<'a> {
    function: String,
    /// Path of the file; empty if unknown.
    path: &'a str,
    line: u32,
    /// Column; 0 if unknown.
    column: u32,
}

/// Language, by the form of its stacks.
struct Language {
    /// Reads the frame in a line, and in the line after it where the language uses two.
    frame: for<'a> fn(&'a str, &'a str) -> Option<RawFrame<'a>>,
    /// True for a frame in code of the function, not of the runtime or a library.
    is_own: fn(&RawFrame<'_>) -> bool,
    /// True if the innermost frame is the last one.
    is_innermost_last: bool,
}

/// Languages in the order in which a line is tried. Those whose frames are told apart best come first: a frame of .NET
/// may be little more than `at` and a name.
const LANGUAGES: [Language; 7] = [
    Language { frame: python::frame, is_own: python::is_own, is_innermost_last: true },
    Language { frame: java::frame, is_own: java::is_own, is_innermost_last: false },
    Language { frame: rust::frame, is_own: rust::is_own, is_innermost_last: false },
    Language { frame: node::frame, is_own: node::is_own, is_innermost_last: false },
    Language { frame: ruby::frame, is_own: ruby::is_own, is_innermost_last: false },
    Language { frame: go::frame, is_own: go::is_own, is_innermost_last: false },
    Language { frame: dotnet::frame, is_own: dotnet::is_own, is_innermost_last: false },
];

/// Reads the error in a message without the runtime's prefix. It may be JSON, also behind other text, or text with or
/// without a stack.
#[must_use]
pub(crate) fn read(message: &str) -> LoggedError {
    let cut = message.floor_char_boundary(MAX_LENGTH);
    let message = message.get(..cut).unwrap_or(message).trim();
    json::read(message).unwrap_or_else(|| text::read(message))
}

impl LoggedError {
    /// The innermost frame as `function (file)`; for a Rust panic without a backtrace its file.
    #[must_use]
    pub(crate) fn culprit(&self) -> Option<String> {
        let frame = self.frames.first().map(|frame| match (&*frame.function, &*frame.file) {
            (function, "") => function.to_owned(),
            (function, file) => format!("{function} ({file})"),
        });
        frame.or_else(|| self.file.clone())
    }
}

/// Keeps the frames of the function's own code that a new build does not rename, innermost first.
fn own_frames(raw: &[RawFrame<'_>], language: &Language) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    let kept = raw.iter().filter(|raw| (language.is_own)(raw) && !is_minified(raw));
    let ordered: Vec<_> = if language.is_innermost_last { kept.rev().collect() } else { kept.collect() };
    for raw in ordered {
        let frame = Frame { function: shortened(&raw.function), file: shortened(file_name(raw.path)) };
        if frames.len() < MAX_FRAMES && !frames.contains(&frame) {
            frames.push(frame);
        }
    }
    frames
}

/// True for a name of at most two letters, and for a place in a file of one line: a tool has made both up.
fn is_minified(frame: &RawFrame<'_>) -> bool {
    let name = frame.function.rsplit(['.', ':', '#', '/']).next().unwrap_or_default();
    let is_short = (1..=2).contains(&name.chars().count()) && name.chars().all(char::is_alphabetic);
    is_short || (frame.line == 1 && frame.column > 500)
}

/// Name of a file without its folder, in the spelling of any system.
fn file_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

fn shortened(name: &str) -> String {
    name.get(..name.floor_char_boundary(MAX_NAME)).unwrap_or(name).to_owned()
}

/// Splits `path:line:column` or `path:line`; numbers that are missing are 0.
fn place(text: &str) -> Option<(&str, u32, u32)> {
    let (before, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    match before.rsplit_once(':').and_then(|(path, line)| Some((path, line.parse().ok()?))) {
        Some((path, line)) => Some((path, line, last)),
        None => Some((before, last, 0)),
    }
}

/// Type of an error in the spelling of every language: without `Function<…>`, in which Ruby's runtime puts it.
pub(crate) fn error_type(name: &str) -> String {
    let inner = name.strip_prefix("Function<").and_then(|rest| rest.strip_suffix('>'));
    shortened(inner.unwrap_or(name).trim_start_matches('*'))
}
