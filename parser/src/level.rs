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
const SPELLINGS: [(&str, Level); 55] = [
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
    // syslog, PHP, zap, winston
    ("err", Level::Error),
    ("emergency", Level::Fatal),
    ("emerg", Level::Fatal),
    ("alert", Level::Fatal),
    ("panic", Level::Fatal),
    ("dpanic", Level::Fatal),
    ("verbose", Level::Debug),
    ("http", Level::Debug),
    ("silly", Level::Trace),
    // NestJS, Loguru, java.util.logging
    ("log", Level::Info),
    ("success", Level::Info),
    ("config", Level::Debug),
    // Serilog, three letters; zerolog
    ("vrb", Level::Trace),
    ("trc", Level::Trace),
    ("dbg", Level::Debug),
    ("inf", Level::Info),
    ("wrn", Level::Warn),
    ("ftl", Level::Fatal),
    // logrus, four letters
    ("trac", Level::Trace),
    ("debu", Level::Debug),
    ("erro", Level::Error),
    ("fata", Level::Fatal),
    ("pani", Level::Fatal),
    // Monolog
    ("100", Level::Debug),
    ("200", Level::Info),
    ("250", Level::Info),
    ("300", Level::Warn),
    ("400", Level::Error),
    ("500", Level::Fatal),
    ("550", Level::Fatal),
    ("600", Level::Fatal),
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
    #[inline]
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        Self::common(text).or_else(|| Self::named(text)).or_else(|| Self::of_go(text))
    }

    /// Fast path: parses the names that nearly every line has, in the case in which it has them.
    #[inline]
    fn common(text: &str) -> Option<Self> {
        match text {
            "INFO" | "info" | "Information" | "30" => Some(Self::Info),
            "ERROR" | "error" | "Error" | "fail" | "50" => Some(Self::Error),
            "DEBUG" | "debug" | "Debug" | "dbug" | "20" => Some(Self::Debug),
            "WARN" | "warn" | "WARNING" | "Warning" | "40" => Some(Self::Warn),
            _ => None,
        }
    }

    fn named(text: &str) -> Option<Self> {
        SPELLINGS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, level)| *level)
    }

    /// Parses a level between those of Go's `slog`, such as `INFO+2`, which is at least INFO, or `DEBUG-4`.
    fn of_go(text: &str) -> Option<Self> {
        let end = text.find(['+', '-']).filter(|end| *end > 0)?;
        let (name, distance) = text.split_at_checked(end)?;
        let (sign, digits) = distance.split_at_checked(1)?;
        let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let level = Self::named(name).filter(|_| is_number)?;
        Some(if sign == "-" && level == Self::Debug { Self::Trace } else { level })
    }

    /// Converts a `SeverityNumber` of OpenTelemetry, from 1 to 24.
    #[must_use]
    pub fn of_severity_number(number: u8) -> Option<Self> {
        match number {
            1..=4 => Some(Self::Trace),
            5..=8 => Some(Self::Debug),
            9..=12 => Some(Self::Info),
            13..=16 => Some(Self::Warn),
            17..=20 => Some(Self::Error),
            21..=24 => Some(Self::Fatal),
            0 | 25..=u8::MAX => None,
        }
    }

    /// Converts a severity of syslog (RFC 5424), from 0 for an emergency to 7 for debugging.
    #[must_use]
    pub fn of_syslog(severity: u8) -> Option<Self> {
        match severity {
            0..=2 => Some(Self::Fatal),
            3 => Some(Self::Error),
            4 => Some(Self::Warn),
            5 | 6 => Some(Self::Info),
            7 => Some(Self::Debug),
            8..=u8::MAX => None,
        }
    }

    /// Converts a numeric level of Python's `logging`, which counts by ten from DEBUG; other libraries count from
    /// TRACE.
    #[must_use]
    pub fn of_python(number: u8) -> Option<Self> {
        match number {
            0 => None,
            1..=9 => Some(Self::Trace),
            10..=19 => Some(Self::Debug),
            20..=29 => Some(Self::Info),
            30..=39 => Some(Self::Warn),
            40..=49 => Some(Self::Error),
            50..=u8::MAX => Some(Self::Fatal),
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use Level::{Debug, Error, Fatal, Info, Trace, Warn};

    #[test]
    fn names_of_logging_libraries_are_levels() {
        for (text, level) in [
            ("emerg", Fatal),
            ("ALERT", Fatal),
            ("dpanic", Fatal),
            ("err", Error),
            ("ERRO", Error),
            ("WRN", Warn),
            ("Verbose", Debug),
            ("silly", Trace),
            ("SUCCESS", Info),
            ("400", Error),
            ("550", Fatal),
            ("INFO+2", Info),
            ("ERROR+4", Error),
            ("DEBUG-4", Trace),
        ] {
            assert_eq!(Level::read(text), Some(level), "{text}");
        }
        for text in ["", "+", "-4", "INFO+", "INFO+x", "401", "3", "errors", "wa"] {
            assert_eq!(Level::read(text), None, "{text}");
        }
    }

    #[test]
    fn each_scale_of_numbers_is_converted_by_its_own_rule() {
        let check = |read: fn(u8) -> Option<Level>, pairs: &[(u8, Option<Level>)]| {
            for (number, level) in pairs {
                assert_eq!(read(*number), *level, "{number}");
            }
        };
        check(Level::of_severity_number, &[(0, None), (1, Some(Trace)), (13, Some(Warn)), (17, Some(Error))]);
        check(Level::of_severity_number, &[(24, Some(Fatal)), (25, None)]);
        check(
            Level::of_syslog,
            &[(0, Some(Fatal)), (3, Some(Error)), (6, Some(Info)), (7, Some(Debug)), (8, None)],
        );
        check(
            Level::of_python,
            &[(0, None), (10, Some(Debug)), (30, Some(Warn)), (40, Some(Error)), (50, Some(Fatal))],
        );
    }
}
