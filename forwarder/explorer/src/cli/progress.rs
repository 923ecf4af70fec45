//! The progress bar: bytes, events a second, time left; drawn only on a terminal.

use std::{
    io::{self, IsTerminal as _},
    sync::atomic::{AtomicU64, Ordering},
    time::{Duration, Instant},
};

use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};
use tailwater_forwarder::{ledger::Ledger, telemetry::Telemetry};
use tailwater_parser::ByteSize;

const BAR: &str = "{wide_bar:.cyan/dim} {binary_bytes}/{binary_total_bytes}  {msg}  {eta} left";
/// Standard input has no known end.
const SPINNER: &str = "{spinner} {binary_bytes}  {msg}  {elapsed}";
/// Where it is not bytes that are counted.
const STEPS: &str = "{spinner} {msg}  {elapsed}";

/// How far a run has come, shared by its workers.
pub(super) struct Progress {
    bar: ProgressBar,
    events: AtomicU64,
    began: Instant,
    /// Where somebody may ask how far it has come.
    telemetry: Option<Telemetry>,
}

impl Progress {
    /// A bar over `bytes`, or a spinner where the total is not known.
    pub(super) fn new(bytes: Option<u64>) -> anyhow::Result<Self> {
        let bar = match bytes {
            Some(bytes) => ProgressBar::new(bytes).with_style(ProgressStyle::with_template(BAR)?),
            None => ProgressBar::new_spinner().with_style(ProgressStyle::with_template(SPINNER)?),
        };
        Ok(Self::with(bar))
    }

    /// A spinner beside what [`Progress::show`] says.
    pub(super) fn of_steps() -> anyhow::Result<Self> {
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

    /// The same, which also counts.
    pub(super) fn counted(self, telemetry: Option<Telemetry>) -> Self {
        Self { telemetry, ..self }
    }

    /// A worker's account went on.
    pub(super) fn account(&self, before: &Ledger, now: &Ledger) {
        if let Some(telemetry) = &self.telemetry {
            telemetry.went_on(before, now);
        }
    }

    /// A worker read `bytes` that held `events`.
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

    /// Says beside the spinner how far it has come.
    pub(super) fn show(&self, text: String) {
        self.bar.set_message(text);
    }

    /// Says something above the bar.
    pub(super) fn say(&self, text: &str) {
        self.bar.suspend(|| super::complain(text));
    }

    /// Takes the bar away.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Since the run began.
    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

/// Events a second, 0 before there is anything to divide by.
pub(super) fn per_second(events: u64, time: Duration) -> u64 {
    let rate = u128::from(events).saturating_mul(1000) / time.as_millis().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}
