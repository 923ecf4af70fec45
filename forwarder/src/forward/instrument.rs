//! Metrics and log lines about a run of the program itself: counts and durations, no content of events.

use tailwater_parser::{ByteSize, Origin};
use tracing::field;

use super::{PendingDelivery, derived_batcher::NotAccepted, read::Damage, run::Run};
use crate::{
    batch::{SinkIndex, SinkSignal},
    ledger::{Disposition, ParkReason},
    pipeline::RuleConfig,
    send::{client::Sent, retry::Completion},
    sink::{RejectedPoints, Signal},
    telemetry::{Circuit, DerivedOutcome, OwnPrice, Stage, UnknownShape},
    tracker::Closed,
};

impl Run<'_, '_> {
    /// Records the time that reading all deliveries took, and the number of log lines in an unknown format.
    pub(super) fn record_read(&mut self) {
        self.forwarder.telemetry.stage(Stage::Read, self.clock.elapsed());
        let traces = self.fanout_mut().take_traces();
        self.forwarder.telemetry.unsupported_traces(traces);
        let unknown = self.fanout_mut().take_unknown();
        for (shape, lines) in UnknownShape::ALL.into_iter().zip(unknown).filter(|(_, lines)| *lines > 0) {
            self.forwarder.telemetry.unknown_lines(shape, lines);
        }
    }

    /// Logs damage in a delivery: what it is, where the delivery is from, and the byte offset.
    pub(super) fn warn_of_damage(&self, item: &PendingDelivery<'_>, damage: &Damage) {
        let source = item.source();
        let group = self.fanout().origin(damage.delivery).map(Origin::log_group).unwrap_or_default();
        let known = |text: &str| (!text.is_empty()).then(|| field::display(text.to_owned()));
        tracing::warn!(
            error = %damage.error,
            offset = damage.offset(),
            delivery = item.delivery.name.as_ref(),
            index = item.delivery.index,
            group = known(group),
            bucket = known(&source.bucket),
            key = known(&source.key),
            "a delivery is damaged: what was read before the damage is delivered"
        );
    }

    /// Records the requests that were made for a body.
    pub(super) fn record_sent(&self, sent: &Sent) {
        const UNAUTHORIZED: Disposition = Disposition::Parked(ParkReason::Unauthorized);
        let (sink, telemetry) = (sent.body.sink, &self.forwarder.telemetry);
        let each = sent.bytes.checked_div(u64::from(sent.sends)).unwrap_or(0);
        (0..sent.sends).for_each(|_| telemetry.request(sink, ByteSize(each)));
        (1..sent.sends).for_each(|_| telemetry.retry(sink));
        let is_unauthorized = matches!(sent.result, Ok(Completion { disposition: UNAUTHORIZED, .. }));
        if sent.refreshes > 0 || is_unauthorized {
            telemetry.unauthorized(sink);
        }
    }

    /// Records data points or spans that a sink accepted.
    pub(super) fn record_delivered(&self, to: SinkSignal, items: u64) {
        self.forwarder.telemetry.derived(to, DerivedOutcome::Delivered, items);
    }

    /// Records data points or spans that a sink will never accept.
    pub(super) fn record_rejected(&self, to: SinkSignal, items: RejectedPoints) {
        if items.sum() == 0 {
            return;
        }
        self.forwarder.telemetry.rejected(to, items);
        let RejectedPoints { too_old, too_early, unwritable, refused } = items;
        let (sink, what) = (self.sink_name(to.sink), to.signal.items());
        tracing::warn!(sink, too_old, too_early, unwritable, refused, "{what} are not delivered");
    }

    /// Records data points or spans that are parked until a redrive.
    pub(super) fn record_parked(&self, to: SinkSignal, parked: &NotAccepted, items: u64) {
        if items > 0 {
            self.forwarder.telemetry.derived(to, DerivedOutcome::Parked(parked.reason), items);
        }
    }

    /// Records data points or spans that are neither accepted nor parked.
    pub(super) fn record_lost(&self, to: SinkSignal, parked: &NotAccepted, count: u64) {
        self.forwarder.telemetry.derived(to, DerivedOutcome::Lost(parked.reason), count);
        let (sink, what) = (self.sink_name(to.sink), to.signal.items());
        let (reason, error) = (parked.reason.name(), parked.error_text.as_deref());
        tracing::error!(
            sink,
            count,
            reason,
            error,
            "{what} are lost: the sink did not accept them and they are not parked"
        );
    }

    /// Records the durations of the run, and the account of each sink.
    pub(super) fn record_run(&self, closed: &Closed) {
        let (took, telemetry) = (self.clock.elapsed(), &self.forwarder.telemetry);
        telemetry.stage(Stage::Send, took.saturating_sub(self.parked_for));
        telemetry.stage(Stage::Park, self.parked_for);
        telemetry.stage(Stage::Invocation, took);
        for (sink, (account, client)) in
            (0..).map(SinkIndex).zip(closed.accounts.iter().zip(&self.forwarder.clients))
        {
            telemetry.account(sink, account);
            let is_open = Signal::ALL.iter().any(|signal| client.is_open(*signal));
            telemetry.circuit(sink, if is_open { Circuit::Open } else { Circuit::Closed });
        }
        if let Some(cut) = self.forwarder.rules.as_ref().map(RuleConfig::take_cut_events) {
            telemetry.series_cut(cut);
        }
        let function = &self.forwarder.function;
        let price = function.region.as_deref().zip(function.memory);
        if let Some(price) = price.and_then(|(region, memory)| OwnPrice::of(region, memory)) {
            telemetry.own_cost(price.of_invocation(took));
        }
    }
}
