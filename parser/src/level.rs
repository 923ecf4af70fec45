//! Severity level of a log line: Lambda's six log levels.

/// Log level of Lambda. The levels map one to one to OpenTelemetry's severity ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Most detailed, finer than debug.
    Trace,
    /// Detail for developers.
    Debug,
    /// Normal operation.
    Info,
    /// A possible problem.
    Warn,
    /// Something failed.
    Error,
    /// The process cannot continue.
    Fatal,
}

/// Level names of the runtimes and their logging libraries, in lower case. The most frequent come first.
const SPELLINGS: [(&str, Level); 24] = [
    ("info", Level::Info),
    ("error", Level::Error),
    ("debug", Level::Debug),
    ("warn", Level::Warn),
    ("warning", Level::Warn),
    ("trace", Level::Trace),
    ("fatal", Level::Fatal),
    ("critical", Level::Fatal),
    ("information", Level::Info),
    // Microsoft.Extensions.Logging, console style
    ("trce", Level::Trace),
    ("dbug", Level::Debug),
    ("fail", Level::Error),
    ("crit", Level::Fatal),
    // java.util.logging
    ("severe", Level::Error),
    ("fine", Level::Debug),
    ("finer", Level::Trace),
    ("finest", Level::Trace),
    ("notice", Level::Info),
    // pino and bunyan
    ("10", Level::Trace),
    ("20", Level::Debug),
    ("30", Level::Info),
    ("40", Level::Warn),
    ("50", Level::Error),
    ("60", Level::Fatal),
];

impl Level {
    /// Parses the level names of all runtimes and common logging libraries, in any case; `None` for other text.
    ///
    /// ```
    /// use tailwater_parser::Level;
    /// assert_eq!(Level::read("WARNING"), Some(Level::Warn));
    /// assert_eq!(Level::read("crit"), Some(Level::Fatal));
    /// assert_eq!(Level::read("loud"), None);
    /// ```
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        SPELLINGS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, level)| *level)
    }

    /// Lambda's name of the level, in capitals.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}
