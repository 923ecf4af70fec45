//! What the forwarder says of itself while it works: counts and times, no content.

use std::time::Duration;

use tailwater_parser::ByteSize;

use super::Forwarder;
use crate::{
    body::SinkIndex,
    deliver::{
        Closed, ParkReason,
        sender::{Fate, Sent},
    },
    sink::RejectedPoints,
    telemetry::{Circuit, OwnPrice, Stage, UnknownShape},
};

impl Forwarder {
    /// All deliveries were read, and that took so long.
    pub(super) fn tell_read(&mut self, took: Duration) {
        self.telemetry.stage(Stage::Read, took);
        let unknown = self.pipeline.target_mut().take_unknown();
        for (shape, lines) in UnknownShape::ALL.into_iter().zip(unknown).filter(|(_, lines)| *lines > 0) {
            self.telemetry.unknown_lines(shape, lines);
        }
    }

    /// A body's way is over.
    pub(super) fn tell_sent(&self, sent: &Sent) {
        let sink = sent.body.sink;
        let each = sent.bytes.checked_div(u64::from(sent.sends)).unwrap_or(0);
        (0..sent.sends).for_each(|_| self.telemetry.request(sink, ByteSize(each)));
        (1..sent.sends).for_each(|_| self.telemetry.retry(sink));
        if sent.refreshes > 0 || sent.fate == Fate::Parked(ParkReason::Unauthorized) {
            self.telemetry.unauthorized(sink);
        }
    }

    /// A sink will never have these points.
    pub(super) fn tell_lost(&self, sink: SinkIndex, points: RejectedPoints) {
        if points.sum() == 0 {
            return;
        }
        self.telemetry.rejected_points(sink, points);
        let RejectedPoints { too_old, too_early, unwritable, refused } = points;
        let sink = self.outlets.get(sink.0).map_or("", |outlet| outlet.name);
        tracing::warn!(sink, too_old, too_early, unwritable, refused, "points of metrics are lost to a sink");
    }

    /// An invocation is over.
    pub(super) fn tell_run(&self, closed: &Closed, took: Duration) {
        self.telemetry.stage(Stage::Send, took.saturating_sub(self.parked_for));
        self.telemetry.stage(Stage::Park, self.parked_for);
        self.telemetry.stage(Stage::Invocation, took);
        for (index, (account, outlet)) in closed.accounts.iter().zip(&self.outlets).enumerate() {
            self.telemetry.account(SinkIndex(index), account);
            let circuit = if outlet.is_open() { Circuit::Open } else { Circuit::Closed };
            self.telemetry.circuit(SinkIndex(index), circuit);
        }
        let price = self.function.region.as_deref().zip(self.function.memory);
        if let Some(price) = price.and_then(|(region, memory)| OwnPrice::of(region, memory)) {
            self.telemetry.own_cost(price.of_invocation(took));
        }
    }
}
