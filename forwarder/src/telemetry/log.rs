//! Our own log: one JSON object a line on standard error, of our own modules only.
//!
//! Other crates write what they handle into their logs, bodies and headers included, so nothing of theirs is let
//! through at any level. The log has no times: CloudWatch stamps each line.

use std::{
    fmt::{self, Write as _},
    io::{self, Write},
};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

/// What begins the names of our own modules.
const OWN: &str = "tailwater";

/// How much of the log is written, as `RUST_LOG` says it: `warn`, or `info,tailwater_forwarder::send=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    default: LevelFilter,
    /// Modules that have a level of their own, the longest name first.
    modules: Vec<(String, LevelFilter)>,
}

/// A part of a filter is neither a level nor `module=level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has a part that is neither a level nor module=level")]
pub struct WrongFilter;

impl Filter {
    /// Reads it. Levels are off, error, warn, info, debug and trace; what is said of other programs' modules is read,
    /// and is no matter.
    ///
    /// # Errors
    /// A part is neither.
    pub fn read(text: &str) -> Result<Self, WrongFilter> {
        let mut filter = Self { default: LevelFilter::OFF, modules: Vec::new() };
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            match part.split_once('=') {
                Some((module, word)) => filter.modules.push((module.trim().to_owned(), level(word.trim())?)),
                None => filter.default = level(part)?,
            }
        }
        filter.modules.sort_by_key(|(module, _)| std::cmp::Reverse(module.len()));
        Ok(filter)
    }

    /// The level for a module, as its path names it.
    fn of(&self, module: &str) -> LevelFilter {
        if !module.starts_with(OWN) {
            return LevelFilter::OFF;
        }
        let is_within = |own: &str| {
            module.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let own = self.modules.iter().find(|(own, _)| is_within(own));
        own.map_or(self.default, |(_, level)| *level)
    }

    fn most(&self) -> LevelFilter {
        self.modules.iter().map(|(_, level)| *level).chain([self.default]).max().unwrap_or(LevelFilter::OFF)
    }
}

fn level(word: &str) -> Result<LevelFilter, WrongFilter> {
    // The words only: numbers would be read, too.
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic());
    word.parse().ok().filter(|_| is_word && !word.is_empty()).ok_or(WrongFilter)
}

/// Writes the log.
#[derive(Debug)]
pub struct Log<W> {
    filter: Filter,
    open: fn() -> W,
}

impl Log<io::Stderr> {
    /// Writes to standard error from now on; a second call changes nothing.
    pub fn install(filter: Filter) {
        let log = Self { filter, open: io::stderr };
        // Whoever was first stays: two logs would be as bad as none.
        let _ = tracing::subscriber::set_global_default(log);
    }
}

impl<W: Write + 'static> Subscriber for Log<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.filter.of(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter.most())
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::of(event.metadata());
        event.record(&mut line);
        line.text.push_str("}\n");
        // There is no place left to say that a log cannot be written.
        let _ = (self.open)().write_all(line.text.as_bytes());
    }

    // Spans are not kept: one line for each batch says all that is said.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// A line being written.
struct Line {
    text: String,
}

impl Line {
    fn of(metadata: &Metadata<'_>) -> Self {
        let level = match *metadata.level() {
            Level::ERROR => "error",
            Level::WARN => "warn",
            Level::INFO => "info",
            Level::DEBUG => "debug",
            Level::TRACE => "trace",
        };
        Self { text: format!("{{\"level\":\"{level}\",\"target\":\"{}\"", metadata.target()) }
    }

    fn member(&mut self, field: &Field, json: fmt::Arguments<'_>) {
        write!(self.text, ",{}:{json}", quoted(field.name())).expect("a string takes everything");
    }
}

fn quoted(text: &str) -> serde_json::Value {
    serde_json::Value::from(text)
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.member(field, format_args!("{}", serde_json::Value::from(value)));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.member(field, format_args!("{value}"));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.member(field, format_args!("{value}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.member(field, format_args!("{}", quoted(value)));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.record_str(field, &value.to_string());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    static WRITTEN: Mutex<Vec<u8>> = Mutex::new(Vec::new());

    /// Writes where a test can look.
    struct Shared;

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            WRITTEN.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn say_ours() {
        tracing::warn!(sink = "otlp", attempts = 3, share = 0.5, "gave \"up\"\n");
        tracing::info_span!("span", secret = "c4n4ry").in_scope(|| tracing::info!(ok = true, "inside"));
    }

    fn say_others() {
        tracing::error!(target: "hyper::proto", body = "c4n4ry", "sent");
        let error: &dyn std::error::Error = &WrongFilter;
        tracing::trace!(error, n = ?Some(1));
    }

    #[test]
    fn lines_are_json_of_our_own_modules_only() {
        let log = Log { filter: Filter::read("trace").unwrap(), open: || Shared };
        tracing::subscriber::with_default(log, || {
            say_ours();
            say_others();
        });
        let written = WRITTEN.lock().unwrap().clone();
        assert_eq!(
            String::from_utf8(written).unwrap().replace(module_path!(), "HERE"),
            "{\"level\":\"warn\",\"target\":\"HERE\",\"message\":\"gave \\\"up\\\"\\n\",\"sink\":\"otlp\",\"attempts\":3,\"share\":0.5}\n\
             {\"level\":\"info\",\"target\":\"HERE\",\"message\":\"inside\",\"ok\":true}\n\
             {\"level\":\"trace\",\"target\":\"HERE\",\"error\":\"has a part that is neither a level nor module=level\",\"n\":\"Some(1)\"}\n"
        );
    }

    fn check(filter: &str, module: &str, expected: LevelFilter) {
        assert_eq!(Filter::read(filter).unwrap().of(module), expected, "{filter} {module}");
    }

    #[test]
    fn a_module_has_its_own_level() {
        const FILTER: &str = "warn, tailwater_forwarder::send=debug,tailwater_forwarder::parking=off";
        check(FILTER, "tailwater_forwarder::source", LevelFilter::WARN);
        check(FILTER, "tailwater_forwarder::send", LevelFilter::DEBUG);
        check(FILTER, "tailwater_forwarder::send::retry", LevelFilter::DEBUG);
        check(FILTER, "tailwater_forwarder::parking::key", LevelFilter::OFF);
        check(FILTER, "tailwater_forwarder::delivery", LevelFilter::WARN);
        check("tailwater_forwarder=info", "tailwater_parser", LevelFilter::OFF);
    }

    #[test]
    fn other_programs_stay_silent() {
        for filter in ["trace", "trace,hyper=trace", "lambda_runtime=trace"] {
            check(filter, "hyper::proto", LevelFilter::OFF);
            check(filter, "lambda_runtime", LevelFilter::OFF);
        }
    }

    #[test]
    fn what_is_no_level_is_wrong() {
        for filter in ["loud", "a=loud", "3", "a=", "tailwater[span]=x"] {
            assert_eq!(Filter::read(filter), Err(WrongFilter), "{filter}");
        }
        assert!(Filter::read("").is_ok());
    }
}
