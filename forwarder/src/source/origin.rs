//! Account, region and AWS resources of a delivery, as the Lambda event names them.

use std::sync::Arc;

use tailwater_parser::{Arrival, Origin};

/// Account, region and AWS resources through which a delivery arrived. An empty string means that the Lambda event does
/// not name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryOrigin {
    /// Id of the account of the log events.
    pub account: String,
    /// Region of the log events.
    pub region: String,
    /// AWS resources through which the delivery arrived; `None` if the Lambda event names none.
    pub arrival: Option<Arc<Arrival>>,
}

impl DeliveryOrigin {
    /// Creates the origin of deliveries that came through the resource with this ARN. Account and region are those of
    /// the ARN; `region` is the region if the ARN has none.
    pub(super) fn of_arn(arn: &str, region: Option<&str>, arrival: Arrival) -> Self {
        // arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE
        let mut parts = arn.splitn(6, ':').skip(3);
        let region_of_arn = parts.next().filter(|region| !region.is_empty());
        Self {
            account: parts.next().unwrap_or_default().to_owned(),
            region: region_of_arn.or(region).unwrap_or_default().to_owned(),
            arrival: (arrival != Arrival::default()).then(|| Arc::new(arrival)),
        }
    }

    /// Returns the origin of a delivery that was nested in a message of the origin `outer`. What both name is taken
    /// from this one.
    pub(super) fn within(self: Arc<Self>, outer: &Arc<Self>) -> Arc<Self> {
        if *self == Self::default() || Arc::ptr_eq(&self, outer) {
            return Arc::clone(outer);
        }
        let mut merged = Self::clone(&self);
        fill(&mut merged.account, &outer.account);
        fill(&mut merged.region, &outer.region);
        merged.arrival = match (merged.arrival, &outer.arrival) {
            (Some(arrival), Some(outer)) => Some(Arc::new(merge(Arrival::clone(&arrival), outer))),
            (arrival, outer) => arrival.or_else(|| outer.clone()),
        };
        Arc::new(merged)
    }

    /// Returns the origin of the delivery's log events: `fallback`, with what this names.
    pub(super) fn over(&self, fallback: &Origin) -> Origin {
        let mut origin = fallback.clone();
        replace(&mut origin.account, &self.account);
        replace(&mut origin.region, &self.region);
        origin.arrival = self.arrival.clone().or(origin.arrival);
        origin
    }
}

/// Origin of the records of one Lambda event. Records that follow one another nearly always have the same ARN, and then
/// they share it.
#[derive(Debug, Default)]
pub(super) struct SharedOrigin {
    arn: String,
    origin: Arc<DeliveryOrigin>,
}

impl SharedOrigin {
    /// Returns the origin of a record with this ARN. `arrival` builds what is not known yet.
    pub(super) fn of_arn(
        &mut self,
        arn: Option<&str>,
        region: Option<&str>,
        arrival: impl FnOnce(String) -> Arrival,
    ) -> Arc<DeliveryOrigin> {
        let arn = arn.unwrap_or_default();
        if arn.is_empty() || arn != self.arn {
            arn.clone_into(&mut self.arn);
            self.origin = Arc::new(DeliveryOrigin::of_arn(arn, region, arrival(arn.to_owned())));
        }
        Arc::clone(&self.origin)
    }
}

fn merge(inner: Arrival, outer: &Arrival) -> Arrival {
    let or = |inner: String, outer: &String| if inner.is_empty() { outer.clone() } else { inner };
    Arrival {
        bucket: or(inner.bucket, &outer.bucket),
        key: or(inner.key, &outer.key),
        topic_arn: or(inner.topic_arn, &outer.topic_arn),
        subject: or(inner.subject, &outer.subject),
        queue_arn: or(inner.queue_arn, &outer.queue_arn),
        stream_arn: or(inner.stream_arn, &outer.stream_arn),
        delivery_stream_arn: or(inner.delivery_stream_arn, &outer.delivery_stream_arn),
        event_source: or(inner.event_source, &outer.event_source),
        detail_type: or(inner.detail_type, &outer.detail_type),
    }
}

fn fill(slot: &mut String, text: &str) {
    if slot.is_empty() {
        text.clone_into(slot);
    }
}

fn replace(slot: &mut String, text: &str) {
    if !text.is_empty() {
        text.clone_into(slot);
    }
}
