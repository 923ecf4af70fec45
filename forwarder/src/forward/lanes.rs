//! What the pipeline hands its records to: each sink's lane and meter, and the account of what is owed.

use std::sync::Arc;

use tailwater_parser::{
    Line, Origin, Record, UnixMillis,
    derive::{Collect, Evidence, Invocation, Joiner},
};

use super::{Debt, meter::Meter};
use crate::{
    body::{Body, Lane, Plan, RangeSet, SinkIndex},
    deliver::{
        Obligations,
        obligations::{Creditor, DeliveryIndex, End},
    },
    ledger::Tally,
    pipeline::Target,
    settings::LogGroups,
    telemetry::UnknownShape,
};

/// Invocations and evidence of one delivery that are held back until both have come.
const HELD_BACK: usize = 4096;

/// Everything that is made of records, for all sinks at once.
#[derive(Debug)]
pub(super) struct Lanes {
    /// One for each sink; none where its logs are not wanted.
    lanes: Vec<Option<Lane>>,
    /// One for each sink; none where its metrics are not wanted.
    meters: Vec<Option<Meter>>,
    guard: Arc<[LogGroups]>,
    obligations: Obligations,
    joiner: Joiner,
    /// The first origin of each delivery, for whoever looks for it when it is parked.
    pub(super) origins: Vec<Origin>,
    pass: Pass,
    now: UnixMillis,
    /// Whether the events that come are of a log group that must not be forwarded.
    is_guarded: bool,
    /// Lines that no format knew, by their shape.
    unknown: [u64; UnknownShape::ALL.len()],
}

/// Which time the delivery is read that comes.
#[derive(Clone, Debug)]
enum Pass {
    /// The first: its events are received.
    First {
        delivery: DeliveryIndex,
        /// Its first event's number.
        start: u32,
        debt: Debt,
    },
    /// Again: they have their numbers.
    Again { next: u32 },
}

impl Lanes {
    pub(super) fn new(lanes: Vec<Option<Lane>>, meters: Vec<Option<Meter>>, guard: Arc<[LogGroups]>) -> Self {
        Self {
            obligations: Obligations::new(lanes.len()),
            lanes,
            meters,
            guard,
            joiner: Joiner::new(HELD_BACK),
            origins: Vec::new(),
            pass: Pass::Again { next: 0 },
            now: UnixMillis::default(),
            is_guarded: false,
            unknown: Default::default(),
        }
    }

    /// An invocation begins: every sink wants everything.
    pub(super) fn begin(&mut self, now: UnixMillis) {
        self.obligations = Obligations::new(self.lanes.len());
        self.origins.clear();
        self.now = now;
        for lane in self.lanes.iter_mut().flatten() {
            lane.plan(Plan::Everything);
        }
        self.meters.iter_mut().flatten().for_each(Meter::clear);
    }

    /// How many lines no format knew since this was last asked, in the order of their shapes.
    pub(super) fn take_unknown(&mut self) -> [u64; UnknownShape::ALL.len()] {
        std::mem::take(&mut self.unknown)
    }

    pub(super) fn sinks(&self) -> usize {
        self.lanes.len()
    }

    pub(super) fn obligations(&self) -> &Obligations {
        &self.obligations
    }

    pub(super) fn obligations_mut(&mut self) -> &mut Obligations {
        &mut self.obligations
    }

    pub(super) fn take_obligations(&mut self) -> Obligations {
        std::mem::replace(&mut self.obligations, Obligations::new(0))
    }

    /// A delivery comes for the first time.
    pub(super) fn begin_delivery(&mut self, debt: &Debt) -> DeliveryIndex {
        let delivery = self.obligations.begin_delivery();
        let start = self.obligations.next_number();
        self.pass = Pass::First { delivery, start, debt: debt.clone() };
        self.origins.push(Origin::default());
        self.is_guarded = false;
        for (sink, meter) in self.meters.iter_mut().enumerate() {
            let sink = SinkIndex(sink);
            if let Some(meter) = meter.as_mut() {
                let wanted = debt.has_metrics(sink);
                meter.begin_delivery(delivery, wanted);
                if wanted {
                    self.obligations.owe_metrics(sink, delivery);
                }
            }
        }
        delivery
    }

    /// A delivery comes again. Meters take it where `metrics` says so.
    pub(super) fn begin_again(&mut self, delivery: DeliveryIndex, metrics: impl Fn(SinkIndex) -> bool) {
        self.pass = Pass::Again { next: self.obligations.span(delivery).start };
        self.is_guarded = false;
        for (sink, meter) in self.meters.iter_mut().enumerate() {
            if let Some(meter) = meter.as_mut() {
                meter.begin_delivery(delivery, metrics(SinkIndex(sink)));
            }
        }
    }

    /// The delivery is over: invocations that were held back are complete as they are.
    pub(super) fn end_delivery(&mut self) {
        let joined = std::mem::replace(&mut self.joiner, Joiner::new(HELD_BACK)).finish();
        for invocation in &joined.invocations {
            self.measure(invocation);
        }
        self.meters.iter_mut().flatten().for_each(Meter::end_delivery);
    }

    /// What each lane takes from now on.
    pub(super) fn plan(&mut self, mut plan: impl FnMut(SinkIndex) -> Plan) {
        for (sink, lane) in self.lanes.iter_mut().enumerate() {
            if let Some(lane) = lane {
                lane.plan(plan(SinkIndex(sink)));
            }
        }
    }

    /// Ends the open bodies.
    pub(super) fn close(&mut self) {
        self.lanes.iter_mut().flatten().for_each(Lane::close);
    }

    /// The next finished body of any sink.
    pub(super) fn pop(&mut self) -> Option<Body> {
        self.lanes.iter_mut().flatten().find_map(Lane::pop)
    }

    /// Events that fit into no body of a sink.
    pub(super) fn take_unfit(&mut self, SinkIndex(sink): SinkIndex) -> RangeSet {
        let lane = self.lanes.get_mut(sink).and_then(Option::as_mut);
        lane.map(Lane::take_unfit).unwrap_or_default()
    }

    pub(super) fn meter_mut(&mut self, SinkIndex(sink): SinkIndex) -> Option<&mut Meter> {
        self.meters.get_mut(sink)?.as_mut()
    }

    fn measure(&mut self, invocation: &Invocation) {
        if is_guarded(&self.guard, &invocation.origin) {
            return;
        }
        for meter in self.meters.iter_mut().flatten() {
            meter.add(invocation, self.now);
        }
    }

    /// The event's number, and to whom it is owed.
    fn number(&mut self, tally: Tally) -> (u32, Creditor) {
        match &mut self.pass {
            Pass::Again { next } => {
                let number = *next;
                *next = next.saturating_add(1);
                (number, Creditor::Each)
            }
            Pass::First { start, debt, .. } => {
                let creditor = debt.creditor(self.obligations.next_number().saturating_sub(*start));
                (self.obligations.receive_for(creditor, tally), creditor)
            }
        }
    }

    fn note_unknown(&mut self, shape: UnknownShape) {
        let place = UnknownShape::ALL.iter().position(|other| *other == shape);
        if let Some(count) = place.and_then(|place| self.unknown.get_mut(place)) {
            *count += 1;
        }
    }

    /// An event that no lane takes: of a log group that must not be forwarded, or logs are not wanted.
    fn filter(&mut self, number: u32, creditor: Creditor, sink: SinkIndex) {
        let is_owed = match creditor {
            Creditor::Each => true,
            Creditor::Only(only) => only == sink,
            Creditor::Nobody => false,
        };
        if is_owed && matches!(self.pass, Pass::First { .. }) {
            let event = RangeSet::from(number..number.saturating_add(1));
            self.obligations.end(sink, &event, End::Filtered).expect("it was just received");
        }
    }
}

fn is_guarded(guard: &[LogGroups], origin: &Origin) -> bool {
    !guard.is_empty() && guard.iter().any(|groups| groups.contain(origin.log_group()))
}

impl Collect for Lanes {
    fn invocation(&mut self, invocation: Invocation) {
        if let Some(complete) = self.joiner.invocation(invocation) {
            self.measure(&complete);
        }
    }

    fn evidence(&mut self, evidence: Evidence) {
        // What there is no room for belongs to an invocation whose REPORT is far away: another delivery tells it.
        let _ = self.joiner.evidence(evidence);
    }
}

impl Target for Lanes {
    fn batch(&mut self, origin: &Origin) {
        self.is_guarded = is_guarded(&self.guard, origin);
        if let Pass::First { delivery, .. } = self.pass
            && let Some(first) = self.origins.get_mut(delivery.0)
            && first.log_group().is_empty()
        {
            first.copy_from(origin);
        }
    }

    fn record(&mut self, record: &Record<'_>) {
        let tally = Tally::new(u64::from(record.part.is_first()), record.message.len());
        let (number, creditor) = self.number(tally);
        if let Some(shape) = UnknownShape::of(&record.line, record.message) {
            self.note_unknown(shape);
        }
        for index in 0..self.lanes.len() {
            let sink = SinkIndex(index);
            let lane = self.lanes.get_mut(index).and_then(Option::as_mut).filter(|_| !self.is_guarded);
            match (lane, creditor) {
                (None, _) => self.filter(number, creditor, sink),
                (Some(_), Creditor::Nobody) => {}
                (Some(_), Creditor::Only(only)) if only != sink => {}
                (Some(lane), Creditor::Each | Creditor::Only(_)) => lane.add(number, record, self.now),
            }
        }
        if let Line::Emf(emf) = &record.line
            && !self.is_guarded
        {
            for meter in self.meters.iter_mut().flatten() {
                meter.add_declared(record, emf, self.now);
            }
        }
    }
}
