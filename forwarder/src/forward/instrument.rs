//! Metrics and log lines about a run of the program itself: counts and durations, no content of events.

use tailwater_parser::{ByteSize, Origin};
use tracing::field;

use super::{PendingDelivery, metrics_batcher::NotAccepted, read::Damage, run::Run};
use crate::{
    batch::SinkIndex,
    ledger::{Disposition, ParkReason},
    pipeline::RuleConfig,
    send::{client::Sent, retry::Completion},
    sink::{RejectedPoints, Signal},
    telemetry::{Circuit, OwnPrice, Stage, UnknownShape},
    tracker::Closed,
};

impl Run<'_, '_> {
    /// Records the time that reading all deliveries took, and the number of log lines in an unknown format.
    pub(super) fn record_read(&mut self) {
        self.forwarder.telemetry.stage(Stage::Read, self.clock.elapsed());
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

    /// Records metric data points that a sink will never accept.
    pub(super) fn record_rejected_points(&self, sink: SinkIndex, points: RejectedPoints) {
        if points.sum() == 0 {
            return;
        }
        self.forwarder.telemetry.rejected_points(sink, points);
        let RejectedPoints { too_old, too_early, unwritable, refused } = points;
        let sink = self.sink_name(sink);
        tracing::warn!(sink, too_old, too_early, unwritable, refused, "metric data points are not delivered");
    }

    /// Records metric data points that are parked until a redrive.
    pub(super) fn record_parked_points(&self, sink: SinkIndex, parked: &NotAccepted, points: u64) {
        if points > 0 {
            self.forwarder.telemetry.parked_points(sink, parked.reason, points);
        }
    }

    /// Records metric data points that are neither accepted nor parked.
    pub(super) fn record_lost_points(&self, sink: SinkIndex, parked: &NotAccepted, points: u64) {
        self.forwarder.telemetry.lost_points(sink, parked.reason, points);
        let (sink, reason, error) =
            (self.sink_name(sink), parked.reason.name(), parked.error_text.as_deref());
        tracing::error!(
            sink,
            points,
            reason,
            error,
            "metric data points are lost: the sink did not accept them and they are not parked"
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
            let is_open = [Signal::Logs, Signal::Metrics].iter().any(|signal| client.is_open(*signal));
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
