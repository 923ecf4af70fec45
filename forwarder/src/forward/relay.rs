//! Sending from `replay`: threads that are not asynchronous read, and one thread sends what they make.
//!
//! What a backend wants in other portions is read again from its input, as from a delivery. What it does not take is
//! rejected and named: the input is still there.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread::{self, JoinHandle},
    time::Duration,
};

use tailwater_parser::{Origin, Record, UnixMillis, derive::Invocation, line::Emf};
use tokio::{runtime::Handle, sync::oneshot};

use super::{
    assemble::{Unusable, lanes, meters, outlets},
    item::Debt,
    lanes::Lanes,
    meter::{Meter, Pricing},
    rounds::Undelivered,
    shipment::Batch,
};
use crate::{
    body::{Body, Plan, SinkIndex},
    deliver::{
        ParkReason, Rejection,
        budget::{Budget, Terms},
        clock::Clock,
        obligations::{Account, DeliveryIndex, End},
        sender::{Outlet, Sent},
    },
    http::Client,
    ledger::Imbalance,
    pipeline::Target,
    settings::{OwnFunction, Settings},
    sink::RejectedPoints,
};

/// How long one body may take, tries and pauses together.
const PATIENCE: Duration = Duration::from_secs(120);

/// Bytes of one worker's bodies that may be under way at once.
const UNDER_WAY: usize = 16 * 1024 * 1024;

/// Reads the wall's clock.
pub type Now = fn() -> UnixMillis;

/// The sinks of a run, shared by its workers.
#[derive(Debug)]
pub struct Relays {
    settings: Settings,
    outlets: Vec<Arc<Outlet>>,
    meters: Mutex<Vec<Option<Meter>>>,
    now: Now,
    handle: Handle,
    /// Ends the sending thread when it is dropped.
    stop: Option<oneshot::Sender<()>>,
    sender: Option<JoinHandle<()>>,
}

/// Events that a sink did not take, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The sink's name.
    pub sink: &'static str,
    /// How many.
    pub events: u64,
    /// A word for why.
    pub reason: &'static str,
}

/// What became of the metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// The sinks that did not take theirs, or not all.
    pub failures: Vec<Failure>,
    /// The points that sinks will never have, by the sink's name.
    pub lost: Vec<(&'static str, RejectedPoints)>,
}

impl Measured {
    fn add(&mut self, sink: &'static str, batch: &Batch) {
        // Whatever was not answered for was not taken.
        let unanswered = (!batch.is_decided()).then_some(ParkReason::Broken);
        let parked = batch.parked.or(unanswered).map(ParkReason::name);
        let refused = batch.refused.as_ref().map(|_| Rejection::Refused.name());
        let failure = |reason| Failure { sink, events: 0, reason };
        self.failures.extend(parked.into_iter().chain(refused).map(failure));
        if batch.rejected.sum() > 0 {
            self.lost.push((sink, batch.rejected));
        }
    }
}

impl Relays {
    /// The sinks that the settings name, with these prices. Nothing is connected to.
    ///
    /// # Errors
    /// The settings cannot be used, or there is no thread to send.
    pub fn new(settings: Settings, pricing: &Arc<dyn Pricing>, now: Now) -> Result<Self, Unusable> {
        let client = Client::new(&settings.network)?;
        let outlets = outlets(&settings, &OwnFunction::default(), &client)?;
        let mut meters = meters(&outlets, &settings, pricing);
        for meter in meters.iter_mut().flatten() {
            meter.begin_delivery(DeliveryIndex(0), true);
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let handle = runtime.handle().clone();
        let (stop, stopped) = oneshot::channel();
        let sender = thread::Builder::new().name("sender".to_owned()).spawn(move || {
            // Either way it is over.
            let _ = runtime.block_on(stopped);
        })?;
        let meters = Mutex::new(meters);
        Ok(Self { settings, outlets, meters, now, handle, stop: Some(stop), sender: Some(sender) })
    }

    /// The sinks' names.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.outlets.iter().map(|outlet| outlet.name).collect()
    }

    /// One worker's way to the sinks.
    #[must_use]
    pub fn relay(&self) -> Relay<'_> {
        let without = self.outlets.iter().map(|_| None).collect();
        let (done, sent) = mpsc::channel();
        Relay {
            relays: self,
            lanes: lanes(&self.outlets, &self.settings, &OwnFunction::default(), without),
            done,
            sent,
            under_way: 0,
            bytes: 0,
            finished: Vec::new(),
            bisections: vec![0; self.outlets.len()],
            undelivered: Vec::new(),
            accounts: vec![Account::default(); self.outlets.len()],
        }
    }

    /// Adds an invocation, complete with all evidence, to the metrics.
    pub fn measure(&self, invocation: &Invocation) {
        let now = (self.now)();
        self.lock().iter_mut().flatten().for_each(|meter| meter.add(invocation, now));
    }

    /// Sends the metrics of everything that was read, once.
    #[must_use]
    pub fn finish(&self) -> Measured {
        let (done, sent) = mpsc::channel();
        let mut meters = self.lock();
        let mut under_way: usize = 0;
        for meter in meters.iter_mut().flatten() {
            meter.ship();
            under_way += self.send_next(meter, &done);
        }
        while under_way > 0 {
            // This end keeps the channel open, and the sender answers for every body.
            let Ok((sent, _)) = sent.recv() else { break };
            under_way -= 1;
            let sink = sent.body.sink.0;
            let Some(meter) = meters.get_mut(sink).and_then(Option::as_mut) else { continue };
            meter.shipment.settle(sent, self.outlets.get(sink).map_or(0, |outlet| outlet.policy.bisections));
            under_way += self.send_next(meter, &done);
        }
        let mut measured = Measured::default();
        for (meter, outlet) in meters.iter_mut().zip(&self.outlets) {
            for batch in meter.iter_mut().flat_map(|meter| meter.shipment.take_batches()) {
                measured.add(outlet.name, &batch);
            }
        }
        measured
    }

    /// Sets a sink's next body of metrics on its way. Returns how many that are.
    fn send_next(&self, meter: &mut Meter, done: &mpsc::Sender<(Sent, usize)>) -> usize {
        let Some(body) = meter.shipment.next() else { return 0 };
        self.send(body, meter.shipment.bisections, done);
        1
    }

    fn measure_declared(&self, record: &Record<'_>, emf: &Emf<'_>) {
        let now = (self.now)();
        self.lock().iter_mut().flatten().for_each(|meter| meter.add_declared(record, emf, now));
    }

    fn send(&self, body: Body, bisections: u32, done: &mpsc::Sender<(Sent, usize)>) {
        let Some(outlet) = self.outlets.get(body.sink.0).map(Arc::clone) else { return };
        let (clock, len, done) = (self.clock(), body.bytes.len(), done.clone());
        self.handle.spawn(async move {
            let sent = outlet.deliver(body, clock, bisections).await;
            // Whoever waited has given up.
            let _ = done.send((sent, len));
        });
    }

    fn clock(&self) -> Clock {
        let now = (self.now)();
        let deadline =
            UnixMillis(now.0.saturating_add(i64::try_from(PATIENCE.as_millis()).unwrap_or(i64::MAX)));
        let longest_try = self.settings.limits.timeout;
        let terms = Terms { timeout: PATIENCE, reserve: Duration::ZERO, longest_try };
        Clock::begin(Budget::begin(now, deadline, &terms), now)
    }

    fn name(&self, sink: usize) -> &'static str {
        self.outlets.get(sink).map_or("", |outlet| outlet.name)
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Option<Meter>>> {
        self.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Relays {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(sender) = self.sender.take() {
            // A thread that panicked has said so.
            let _ = sender.join();
        }
    }
}

/// One worker's way to the sinks: it is given one input after the other.
#[derive(Debug)]
pub struct Relay<'r> {
    relays: &'r Relays,
    lanes: Lanes,
    done: mpsc::Sender<(Sent, usize)>,
    sent: mpsc::Receiver<(Sent, usize)>,
    /// Bodies that are under way, and their bytes.
    under_way: usize,
    bytes: usize,
    /// Of the bodies whose way is over.
    finished: Vec<Sent>,
    bisections: Vec<u32>,
    undelivered: Vec<Undelivered>,
    accounts: Vec<Account>,
}

/// Whether an input has to be read again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// A sink wants some of it in smaller bodies.
    Read,
    /// Everything is decided.
    No,
}

impl Relay<'_> {
    /// An input begins.
    pub fn begin_input(&mut self) {
        self.lanes.begin((self.relays.now)());
        self.lanes.begin_delivery(&Debt::Everything);
    }

    /// What is read from now on comes from here.
    pub fn batch(&mut self, origin: &Origin) {
        self.lanes.batch(origin);
    }

    /// A log event, for the first time or again.
    pub fn record(&mut self, record: &Record<'_>) {
        self.lanes.record(record);
        self.hand_over();
    }

    /// What an event declares, the first time.
    pub fn declared(&self, record: &Record<'_>, emf: &Emf<'_>) {
        self.relays.measure_declared(record, emf);
    }

    /// The input was read: waits for what became of it.
    pub fn settle(&mut self) -> Again {
        self.lanes.close();
        self.hand_over();
        self.wait_until(|relay| relay.under_way == 0);
        let sent = std::mem::take(&mut self.finished);
        let mut left = self.lanes.settle_round(sent, &mut self.bisections);
        self.undelivered.append(&mut left.undelivered);
        let again = if left.again.is_empty() { Again::No } else { Again::Read };
        self.lanes.plan(|sink| left.again.remove(&sink).map_or_else(Plan::nothing, Plan::of));
        self.lanes.begin_again(DeliveryIndex(0), |_| false);
        again
    }

    /// The input is over; what no sink took, or could not be read again, is rejected.
    ///
    /// # Errors
    /// The account does not balance: a defect of ours.
    pub fn end_input(&mut self) -> Result<Vec<Failure>, Imbalance> {
        let mut failures = Vec::new();
        let mut obligations = self.lanes.take_obligations();
        for undelivered in self.undelivered.drain(..) {
            let events = undelivered.refused.unwrap_or_else(|| obligations.weigh(&undelivered.events).events);
            if undelivered.refused.is_none() {
                let rejected = End::Rejected(Rejection::Refused);
                let ended = obligations.end(undelivered.sink, &undelivered.events, rejected);
                ended.expect("what was not delivered is owed");
            }
            let sink = self.relays.name(undelivered.sink.0);
            failures.push(Failure { sink, events, reason: undelivered.reason() });
        }
        for sink in (0..self.accounts.len()).map(SinkIndex) {
            let rest = obligations.pending(sink);
            if !rest.is_empty() {
                let events = obligations.weigh(&rest).events;
                let rejected = End::Rejected(Rejection::Refused);
                obligations.end(sink, &rest, rejected).expect("what is pending is owed");
                failures.push(Failure { sink: self.relays.name(sink.0), events, reason: "not read again" });
            }
        }
        let closed = obligations.close()?;
        self.accounts.iter_mut().zip(&closed.accounts).for_each(|(sum, account)| sum.merge(account));
        Ok(failures)
    }

    /// The account of each sink over all inputs.
    #[must_use]
    pub fn accounts(self) -> Vec<Account> {
        self.accounts
    }

    fn hand_over(&mut self) {
        while let Some(body) = self.lanes.pop() {
            let bisections = self.bisections.get(body.sink.0).copied().unwrap_or_default();
            self.under_way += 1;
            self.bytes += body.bytes.len();
            self.relays.send(body, bisections, &self.done);
        }
        self.wait_until(|relay| relay.bytes <= UNDER_WAY);
    }

    fn wait_until(&mut self, is_enough: impl Fn(&Self) -> bool) {
        while !is_enough(self) {
            // This end keeps the channel open, and the sender answers for every body.
            let Ok((sent, len)) = self.sent.recv() else { return };
            self.under_way -= 1;
            self.bytes = self.bytes.saturating_sub(len);
            self.finished.push(sent);
        }
    }
}
