//! Tailwater's own log: one JSON object per line on standard error. Only Tailwater's own modules write to it.
//!
//! Other crates log the data they handle, including bodies and headers, so their log events are dropped at every level.
//! Lines have no timestamp, since CloudWatch adds one.

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

use super::escape::escape_json;

/// Prefix of Tailwater's own module paths.
const OWN: &str = "tailwater";

/// Log levels by module, in the syntax of `RUST_LOG`: `warn`, or `info,tailwater_forwarder::send=debug`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    default: LevelFilter,
    /// Module paths with a level of their own, longest path first.
    modules: Vec<(String, LevelFilter)>,
}

/// Error for a log filter with a part that is neither a level nor `module=level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("has a part that is neither a level nor module=level")]
pub struct InvalidFilter;

impl Filter {
    /// Parses a filter. Levels are off, error, warn, info, debug and trace. Levels for modules of other crates are
    /// accepted, but have no effect.
    ///
    /// # Errors
    /// Returns an error if a part is neither a level nor `module=level`.
    pub fn read(text: &str) -> Result<Self, InvalidFilter> {
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

    /// Returns the level of the module with this path.
    fn level_of(&self, module: &str) -> LevelFilter {
        if !module.starts_with(OWN) {
            return LevelFilter::OFF;
        }
        let is_within = |own: &str| {
            module.strip_prefix(own).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let own = self.modules.iter().find(|(own, _)| is_within(own));
        own.map_or(self.default, |(_, level)| *level)
    }

    fn max_level(&self) -> LevelFilter {
        self.modules.iter().map(|(_, level)| *level).chain([self.default]).max().unwrap_or(LevelFilter::OFF)
    }
}

fn level(word: &str) -> Result<LevelFilter, InvalidFilter> {
    // `LevelFilter` would also parse numbers.
    let is_word = word.bytes().all(|byte| byte.is_ascii_alphabetic());
    word.parse().ok().filter(|_| is_word && !word.is_empty()).ok_or(InvalidFilter)
}

/// `tracing` subscriber that writes the log.
#[derive(Debug)]
pub struct Log<W> {
    filter: Filter,
    open: fn() -> W,
}

impl Log<io::Stderr> {
    /// Sends the log of the whole process to standard error from now on. Later calls have no effect.
    pub fn install(filter: Filter) {
        let log = Self { filter, open: io::stderr };
        // An error means that a log is installed already.
        let _ = tracing::subscriber::set_global_default(log);
    }
}

impl<W: Write + 'static> Subscriber for Log<W> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && *metadata.level() <= self.filter.level_of(metadata.target())
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.filter.max_level())
    }

    fn event(&self, event: &Event<'_>) {
        let mut line = Line::of(event.metadata());
        event.record(&mut line);
        line.text.push_str("}\n");
        // There is no other output to report a failed write to.
        let _ = (self.open)().write_all(escape_json(&line.text).as_bytes());
    }

    // Spans are ignored: events carry all fields themselves.
    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

/// Log line that is being built.
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
        write!(self.text, ",{}:{json}", quoted(field.name())).expect("writing to a string cannot fail");
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

    /// Writer that keeps its bytes for the test.
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

    fn log_from_our_module() {
        tracing::warn!(sink = "otlp", attempts = 3, share = 0.5, "gave \"up\"\n");
        tracing::info_span!("span", secret = "c4n4ry").in_scope(|| tracing::info!(ok = true, "inside"));
    }

    fn log_from_others() {
        tracing::error!(target: "hyper::proto", body = "c4n4ry", "sent");
        let error: &dyn std::error::Error = &InvalidFilter;
        tracing::trace!(error, n = ?Some(1));
    }

    #[test]
    fn only_our_own_modules_are_logged_as_json() {
        let log = Log { filter: Filter::read("trace").unwrap(), open: || Shared };
        tracing::subscriber::with_default(log, || {
            log_from_our_module();
            log_from_others();
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
        assert_eq!(Filter::read(filter).unwrap().level_of(module), expected, "{filter} {module}");
    }

    #[test]
    fn module_level_overrides_the_default() {
        const FILTER: &str = "warn, tailwater_forwarder::send=debug,tailwater_forwarder::parking=off";
        check(FILTER, "tailwater_forwarder::source", LevelFilter::WARN);
        check(FILTER, "tailwater_forwarder::send", LevelFilter::DEBUG);
        check(FILTER, "tailwater_forwarder::send::retry", LevelFilter::DEBUG);
        check(FILTER, "tailwater_forwarder::parking::key", LevelFilter::OFF);
        check(FILTER, "tailwater_forwarder::delivery", LevelFilter::WARN);
        check("tailwater_forwarder=info", "tailwater_parser", LevelFilter::OFF);
    }

    #[test]
    fn other_crates_are_never_logged() {
        for filter in ["trace", "trace,hyper=trace", "lambda_runtime=trace"] {
            check(filter, "hyper::proto", LevelFilter::OFF);
            check(filter, "lambda_runtime", LevelFilter::OFF);
        }
    }

    #[test]
    fn unknown_level_is_rejected() {
        for filter in ["loud", "a=loud", "3", "a=", "tailwater[span]=x"] {
            assert_eq!(Filter::read(filter), Err(InvalidFilter), "{filter}");
        }
        assert!(Filter::read("").is_ok());
    }
}
