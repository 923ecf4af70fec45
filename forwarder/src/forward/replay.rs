//! Sending from the command `replay`. Worker threads read and encode; one other thread sends, on a tokio runtime.
//! Bodies in flight, smaller bodies and metrics work as in an invocation.
//!
//! If a backend needs smaller bodies, the input is read again. Events that it does not accept are rejected and
//! reported. They are not parked, since the input still exists.

use std::{
    fmt, mem,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread::{self, JoinHandle},
    time::Duration,
};

use tailwater_parser::{Origin, Record, UnixMillis, derive::Invocation, line::Emf};
use tokio::{runtime::Handle, sync::oneshot, time::timeout};

use super::{
    FanoutConfig, Pricing, Scope, aggregator::DerivedAggregator, derived_batcher::DerivedBatch,
    derived_signals::DerivedSending, fanout::SinkFanout, in_flight::InFlight, resend::Undelivered,
};
use crate::{
    batch::Selection,
    ledger::{Disposition, Imbalance, ParkReason, Rejection, Tally},
    pipeline::Target,
    rules::{MetricPoint, Sinks},
    send::{
        budget::{Budget, BudgetTerms},
        client::SinkClient,
        clock::Clock,
    },
    sink::{RejectedPoints, Signal},
    tracker::{Account, DeliveryIndex},
};

/// Maximum time for sending one request body, with its retries and the pauses between them.
const MAX_BODY_TIME: Duration = Duration::from_secs(120);

/// Interval at which a wait for backends looks whether the run should stop.
const STOP_CHECK_INTERVAL: Duration = Duration::from_millis(50);

/// Function that reads the wall clock.
pub type Now = fn() -> UnixMillis;

/// Function that returns true once the replay has to abandon the requests under way.
struct StopCheck(Box<dyn Fn() -> bool + Send + Sync>);

impl fmt::Debug for StopCheck {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StopCheck")
    }
}

/// Sinks of a replay, shared by its workers.
#[derive(Debug)]
pub struct ReplaySinks {
    clients: Vec<Arc<SinkClient>>,
    config: FanoutConfig,
    aggregators: Mutex<Vec<DerivedAggregator>>,
    /// Maximum duration of one HTTP request.
    timeout: Duration,
    now: Now,
    runtime: Handle,
    should_stop: StopCheck,
    /// Stops the sending thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Events, metrics or spans that a sink did not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplayFailure {
    /// Name of the sink.
    pub sink: &'static str,
    /// Signal that was not accepted.
    pub signal: Signal,
    /// Number of events; 0 for other signals.
    pub events: u64,
    /// Reason why the sink did not accept them: the name of a `ParkReason` or `Rejection`, as in logs.
    pub reason: &'static str,
    /// URL, and what the backend or the connection said; `None` if nothing was sent.
    pub error: Option<String>,
}

/// Writes the reason, and what the backend or the connection said.
impl fmt::Display for ReplayFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.reason)?;
        self.error.iter().try_for_each(|error| write!(f, ": {error}"))
    }
}

/// Result of sending the metrics and spans of a replay.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DerivedResult {
    /// Sinks that did not accept all of their metrics or spans.
    pub failures: Vec<ReplayFailure>,
    /// Data points or spans that a sink will never accept, by the sink's name and the signal.
    pub rejected: Vec<(&'static str, Signal, RejectedPoints)>,
}

impl DerivedResult {
    fn add(&mut self, sink: &'static str, signal: Signal, batch: &DerivedBatch) {
        // A chunk without a result was not accepted.
        let undecided = (!batch.is_decided()).then_some(ParkReason::Broken);
        let undecided = undecided.map(|reason| (reason.name(), None));
        let parked = batch.parked.as_ref().map(|parked| (parked.reason.name(), parked.error_text.clone()));
        let refused =
            batch.refused.as_ref().map(|refused| (Rejection::Refused.name(), refused.error_text.clone()));
        let failures = parked.or(undecided).into_iter().chain(refused);
        self.failures.extend(failures.map(|(reason, error)| ReplayFailure {
            sink,
            signal,
            events: 0,
            reason,
            error,
        }));
        if batch.rejected.sum() > 0 {
            self.rejected.push((sink, signal, batch.rejected));
        }
    }
}

impl ReplaySinks {
    /// Creates the sinks of a replay, and the thread that sends. No connection is made yet. `timeout` limits one HTTP
    /// request.
    ///
    /// # Errors
    /// Returns an error if the thread or its timer cannot be created.
    pub fn new(
        clients: Vec<Arc<SinkClient>>,
        config: FanoutConfig,
        pricing: &Arc<dyn Pricing>,
        timeout: Duration,
        now: Now,
    ) -> std::io::Result<Self> {
        let mut aggregators = config.aggregators(&clients, pricing);
        for aggregator in aggregators.iter_mut() {
            aggregator.begin_delivery(DeliveryIndex(0), true);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().name("sender".to_owned()).spawn(move || {
            // An error means that the other end is dropped, which stops it as well.
            let _ = runtime.block_on(stopped);
        })?;
        let aggregators = Mutex::new(aggregators);
        let (stop, thread) = (Some(stop), Some(thread));
        let should_stop = StopCheck(Box::new(|| false));
        Ok(Self { clients, config, aggregators, timeout, now, runtime: handle, should_stop, stop, thread })
    }

    /// Abandons the requests under way, and begins no others, once `should_stop` returns true. Their events count as
    /// rejected.
    #[must_use]
    pub fn stop_when(mut self, should_stop: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        self.should_stop = StopCheck(Box::new(should_stop));
        self
    }

    /// Returns the names of the sinks, in the order of the settings.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.clients.iter().map(|client| client.name).collect()
    }

    /// Creates the sender of one worker thread.
    #[must_use]
    pub fn sender(&self) -> ReplaySender<'_> {
        ReplaySender {
            sinks: self,
            // Metrics and spans are aggregated over all workers.
            fanout: self.config.fanout(&self.clients, Vec::new()),
            in_flight: InFlight::on_runtime(&self.clients, self.runtime.clone()),
            undelivered: Vec::new(),
            accounts: vec![Account::default(); self.clients.len()],
        }
    }

    /// Adds an invocation to the metrics and spans, once all its log lines have been read.
    pub fn measure(&self, invocation: &Invocation) {
        let now = (self.now)();
        self.lock().iter_mut().for_each(|aggregator| aggregator.add(invocation, now));
    }

    /// Sends the metrics and spans of all inputs. Call it once, after the last input.
    #[must_use]
    pub fn finish(&self) -> DerivedResult {
        let mut aggregators = self.lock();
        aggregators.iter_mut().for_each(DerivedAggregator::begin_sending);
        let policies = self.clients.iter().map(|client| client.policy).collect();
        let mut in_flight = InFlight::on_runtime(&self.clients, self.runtime.clone());
        let mut sending =
            DerivedSending { aggregators: &mut aggregators, policies, in_flight: &mut in_flight };
        // Bodies that are abandoned have no result, and so are reported as failures.
        let _ = self.wait_for(sending.send_all(|| self.clock()));
        let mut result = DerivedResult::default();
        for aggregator in &mut *aggregators {
            for batch in aggregator.batcher.take_batches() {
                result.add(self.name(aggregator.to.sink.0), aggregator.to.signal, &batch);
            }
        }
        result
    }

    /// Adds a data point that a rule makes of an event. Call it only when the input is read for the first time.
    pub fn measure_point(&self, record: &Record<'_>, point: &MetricPoint<'_>) {
        let now = (self.now)();
        for aggregator in self.lock().iter_mut().filter(|aggregator| aggregator.takes(point)) {
            aggregator.add_point(record, point, now);
        }
    }

    fn measure_declared(&self, record: &Record<'_>, emf: &Emf<'_>) {
        if !self.config.emf.includes(record.origin) {
            return;
        }
        let now = (self.now)();
        self.lock().iter_mut().for_each(|aggregator| aggregator.add_declared(record, emf, now));
    }

    /// Returns the clock of a request body that is sent now.
    fn clock(&self) -> Clock {
        let now = (self.now)();
        let time = i64::try_from(MAX_BODY_TIME.as_millis()).unwrap_or(i64::MAX);
        let terms =
            BudgetTerms { timeout: MAX_BODY_TIME, reserve: Duration::ZERO, max_request_time: self.timeout };
        Clock::start(Budget::new(now, UnixMillis(now.0.saturating_add(time)), &terms), now)
    }

    /// Blocks until `work` is done; `None` if the replay has to stop before.
    fn wait_for<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        self.runtime.block_on(async {
            let mut work = pin!(work);
            while !self.has_to_stop() {
                if let Ok(done) = timeout(STOP_CHECK_INTERVAL, &mut work).await {
                    return Some(done);
                }
            }
            None
        })
    }

    fn has_to_stop(&self) -> bool {
        (self.should_stop.0)()
    }

    fn name(&self, sink: usize) -> &'static str {
        self.clients.get(sink).map_or("", |client| client.name)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<DerivedAggregator>> {
        self.aggregators.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for ReplaySinks {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A thread that panicked has reported it.
            let _ = thread.join();
        }
    }
}

/// Sender of one worker thread, which reads one input file or stream after the other.
#[derive(Debug)]
pub struct ReplaySender<'r> {
    sinks: &'r ReplaySinks,
    fanout: SinkFanout,
    in_flight: InFlight,
    undelivered: Vec<Undelivered>,
    accounts: Vec<Account>,
}

/// Next step after an input was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// Read the input again: a sink needs some of its events in smaller bodies.
    Read,
    /// Do not read the input again: the result of each event is known.
    No,
}

impl ReplaySender<'_> {
    /// Begins an input.
    pub fn begin_input(&mut self) {
        self.fanout.begin((self.sinks.now)());
        self.fanout.begin_delivery(&Scope::Everything);
    }

    /// Sets the origin (log group and stream) of the following records.
    pub fn batch(&mut self, origin: &Origin) {
        self.fanout.batch(origin);
    }

    /// Adds a log event, when its input is read for the first time or again.
    pub fn record(&mut self, record: &Record<'_>) {
        self.fanout.record(record);
        self.send_finished_bodies();
    }

    /// Begins an event to which rules apply, as [`Target::begin_event`] does.
    pub fn begin_event(&mut self, record: &Record<'_>, tally: Tally, followers: &[u32]) {
        self.fanout.begin_event(record, tally, followers);
    }

    /// Adds the record that these sinks get of the event that was begun.
    pub fn deliver(&mut self, sinks: Sinks, record: &Record<'_>) {
        self.fanout.deliver(sinks, record);
        self.send_finished_bodies();
    }

    /// Ends the event that was begun for these sinks, which do not get it.
    pub fn leave_out(&mut self, sinks: Sinks, disposition: Disposition) {
        self.fanout.leave_out(sinks, disposition);
    }

    /// Receives the position of an event that was joined into an earlier one.
    pub fn absorb(&mut self) {
        self.fanout.absorb();
    }

    /// Adds the metrics that an event in embedded metric format (EMF) declares. Call it only when the input is read for
    /// the first time.
    pub fn declared(&self, record: &Record<'_>, emf: &Emf<'_>) {
        self.sinks.measure_declared(record, emf);
    }

    /// Waits for the results of all request bodies of the input, and returns whether to read it again.
    pub fn settle(&mut self) -> Again {
        self.fanout.close();
        self.send_finished_bodies();
        let sent = self.sinks.wait_for(self.in_flight.finish());
        let sent = sent.unwrap_or_else(|| self.in_flight.abandon());
        let mut remaining = self.fanout.settle_round(sent, self.in_flight.bisections_mut());
        self.undelivered.append(&mut remaining.undelivered);
        let is_last = remaining.again.is_empty() || self.sinks.has_to_stop();
        let again = if is_last { Again::No } else { Again::Read };
        let mut selection = |sink| remaining.again.remove(&sink).map(Selection::of);
        self.fanout.select(|sink| selection(sink).unwrap_or_else(Selection::nothing));
        self.fanout.begin_again(DeliveryIndex(0), |_| false);
        again
    }

    /// Ends the input. Events that no sink accepted, or that could not be read again, are rejected.
    ///
    /// # Errors
    /// Returns an error if the ledger does not balance.
    pub fn end_input(&mut self) -> Result<Vec<ReplayFailure>, Imbalance> {
        const REJECTED: Disposition = Disposition::Rejected(Rejection::Refused);
        let mut failures = Vec::new();
        let mut tracker = self.fanout.take_tracker();
        for part in mem::take(&mut self.undelivered) {
            let events = part.refused.unwrap_or_else(|| tracker.tally(&part.events).events);
            if part.refused.is_none() {
                tracker.end(part.sink, &part.events, REJECTED).expect("what was not delivered is owed");
            }
            let sink = self.sinks.name(part.sink.0);
            failures.push(ReplayFailure {
                sink,
                signal: Signal::Logs,
                events,
                reason: part.reason(),
                error: part.error(),
            });
        }
        for sink in self.fanout.sinks() {
            let pending = tracker.pending(sink);
            if !pending.is_empty() {
                let events = tracker.tally(&pending).events;
                tracker.end(sink, &pending, REJECTED).expect("what is pending is owed");
                let reason = if self.sinks.has_to_stop() { "interrupted" } else { "not read again" };
                let sink = self.sinks.name(sink.0);
                failures.push(ReplayFailure { sink, signal: Signal::Logs, events, reason, error: None });
            }
        }
        let closed = tracker.close()?;
        self.accounts.iter_mut().zip(&closed.accounts).for_each(|(sum, account)| sum.merge(account));
        Ok(failures)
    }

    /// Returns the account of each sink over all inputs.
    #[must_use]
    pub fn accounts(self) -> Vec<Account> {
        self.accounts
    }

    /// Starts sending the bodies that are finished, and blocks while too many bytes are in flight.
    fn send_finished_bodies(&mut self) {
        while let Some(body) = self.fanout.pop() {
            if self.sinks.has_to_stop() {
                // The events of this body stay pending and are reported at the end of the input.
                continue;
            }
            let bisections = self.in_flight.bisections(body.sink);
            self.in_flight.send(body, self.sinks.clock(), bisections);
        }
        if self.in_flight.is_over_limit() {
            let _ = self.sinks.wait_for(self.in_flight.progress());
        }
    }
}
