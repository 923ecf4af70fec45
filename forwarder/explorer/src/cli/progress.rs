//! Progress bar on standard error: bytes, events per second, remaining time. Drawn only on a terminal.

use std::{
    fmt::Display,
    io::{self, IsTerminal as _},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tailwater_forwarder::{ledger::Ledger, telemetry::Telemetry};
use tailwater_parser::ByteSize;

use super::stderr;

/// Template of the bar, for a known total number of bytes.
const BAR: &str = "{wide_bar:.cyan/dim} {binary_bytes}/{binary_total_bytes}  {msg}  {eta} left";
/// Template of the bar for a number of log groups.
const GROUPS: &str = "{wide_bar:.cyan/dim} {pos}/{len} log groups  {msg}  {eta} left";
/// Template of the spinner, for an unknown total number of bytes, as with standard input.
const SPINNER: &str = "{spinner} {binary_bytes}  {msg}  {elapsed}";
/// Template of the spinner for work that is not measured in bytes.
const STEPS: &str = "{spinner} {msg}  {elapsed}";

/// Progress of a run, shared by its workers.
pub(super) struct Progress {
    bar: ProgressBar,
    events: AtomicU64,
    began: Instant,
    /// Counters for Prometheus, if `--metrics` is given.
    telemetry: Option<Telemetry>,
}

impl Progress {
    /// Creates a progress bar for a total of `bytes`, or a spinner if the total is not known.
    pub(super) fn new(bytes: Option<u64>) -> anyhow::Result<Self> {
        let bar = match bytes {
            Some(bytes) => ProgressBar::new(bytes).with_style(ProgressStyle::with_template(BAR)?),
            None => ProgressBar::new_spinner().with_style(ProgressStyle::with_template(SPINNER)?),
        };
        Ok(Self::with(bar))
    }

    /// Creates a bar for a number of log groups, which [`Progress::step`] advances.
    pub(super) fn groups(n: u64) -> anyhow::Result<Self> {
        Ok(Self::with(ProgressBar::new(n).with_style(ProgressStyle::with_template(GROUPS)?)))
    }

    /// Creates a spinner with the text of [`Progress::set_text`].
    pub(super) fn spinner() -> anyhow::Result<Self> {
        Ok(Self::with(ProgressBar::new_spinner().with_style(ProgressStyle::with_template(STEPS)?)))
    }

    fn with(bar: ProgressBar) -> Self {
        let is_shown = io::stderr().is_terminal();
        bar.set_draw_target(if is_shown {
            ProgressDrawTarget::stderr()
        } else {
            ProgressDrawTarget::hidden()
        });
        if is_shown {
            bar.enable_steady_tick(Duration::from_millis(200));
        }
        Self { bar, events: AtomicU64::new(0), began: Instant::now(), telemetry: None }
    }

    /// Adds counters for Prometheus.
    pub(super) fn with_telemetry(self, telemetry: Option<Telemetry>) -> Self {
        Self { telemetry, ..self }
    }

    /// Adds to the counters for Prometheus what the ledger of a worker has counted between `before` and `now`.
    pub(super) fn add_ledger(&self, before: &Ledger, now: &Ledger) {
        if let Some(telemetry) = &self.telemetry {
            telemetry.ledger_progress(before, now);
        }
    }

    /// Advances the bar by `bytes` that were read, which contained `events` events.
    pub(super) fn advance(&self, bytes: u64, events: u64) {
        let events = self.events.fetch_add(events, Ordering::Relaxed) + events;
        self.bar.inc(bytes);
        if let Some(telemetry) = &self.telemetry {
            telemetry.bytes_in(ByteSize(bytes));
        }
        if !self.bar.is_hidden() {
            self.bar
                .set_message(format!("{} events/s", HumanCount(per_second(events, self.began.elapsed()))));
        }
    }

    /// Advances the bar by one.
    pub(super) fn step(&self) {
        self.bar.inc(1);
    }

    /// Sets the text next to the spinner.
    pub(super) fn set_text(&self, text: String) {
        self.bar.set_message(text);
    }

    /// Logs a message to standard error, above the bar.
    pub(super) fn log(&self, message: impl Display) {
        self.bar.suspend(|| stderr::log(message));
    }

    /// Writes a line to standard error above the bar.
    pub(super) fn write_line(&self, line: impl Display) {
        self.bar.suspend(|| stderr::write_line(line));
    }

    /// Removes the bar.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Returns the time since the run began.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Returns the number of events per second.
fn per_second(events: u64, time: Duration) -> u64 {
    let rate = u128::from(events).saturating_mul(1000) / time.as_millis().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}
