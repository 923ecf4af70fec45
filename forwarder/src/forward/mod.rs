//! Forwarding of one Lambda event: reads its deliveries, encodes and sends request bodies, parks what no sink accepted,
//! and closes the ledger.
//!
//! A [`Forwarder`] lives as long as the process; a `Run` is one invocation. Start reading with `Run::complete`.
//! Events are encoded for all sinks at once, while their delivery is read. If a backend needs smaller bodies, the
//! delivery, which is still in memory, is read again. So encoded events never have to be kept.

mod aggregator;
mod context;
mod derived;
mod derived_batcher;
mod derived_signals;
mod fanout;
mod in_flight;
mod instrument;
mod limits;
mod metric_lines;
mod object_reader;
mod park;
mod pending;
mod read;
mod redacted_copy;
mod redrive;
pub mod replay;
mod resend;
mod run;
mod target_functions;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use tailwater_parser::{ByteSize, Origin};

use self::run::{Mode, Run};
pub use self::{
    aggregator::{FixedTerms, Pricing},
    context::{ForwardError, Forwarded, InvocationContext},
    derived::DerivedMetric,
    fanout::FanoutConfig,
    limits::Limits,
    object_reader::ObjectReader,
    pending::{Payload, PendingDelivery, Scope},
    redrive::{Coverage, Pacing, RedriveError, RedriveRequest, RedriveStep, RedriveSummary, TimeSlot},
    target_functions::TargetFunctions,
};
use crate::{
    forward::fanout::SinkFanout,
    ledger::Imbalance,
    outcome::{self, Answering, Invoker, Outcome},
    own_function::OwnFunction,
    parking::ParkingStore,
    pipeline::{Pipeline, RuleConfig, TimeRange},
    rule_source::{Refreshed, RuleLoader, RulesError},
    rules::Rules,
    send::{budget::ParkingTimes, client::SinkClient, refusals::Refusals},
    source::{DeliveryReader, read_event},
    telemetry::{RulesState, Telemetry},
    tracker::Closed,
};

/// Components of a [`Forwarder`].
#[derive(Debug)]
pub struct Parts {
    /// Client of each sink.
    pub clients: Vec<Arc<SinkClient>>,
    /// Signals, compression level, and log groups that must not be forwarded, for all sinks.
    pub fanout: FanoutConfig,
    /// Supplies the inputs for the cost of an invocation that its log lines do not contain.
    pub pricing: Arc<dyn Pricing>,
    /// Store for events that cannot be delivered; `None` if parking is not configured.
    pub parking: Option<ParkingStore>,
    /// Reader of deliveries that are S3 objects.
    pub objects: ObjectReader,
    /// Resource limits.
    pub limits: Limits,
    /// Configuration of the answers to event sources.
    pub answering: Answering,
    /// Lambda function that this program runs as.
    pub function: OwnFunction,
    /// Recorder of the program's own metrics.
    pub telemetry: Telemetry,
    /// Loader of the rules; `None` without rules.
    pub rules: Option<RuleLoader>,
    /// Functions that are invoked with each event, too.
    pub targets: TargetFunctions,
}

/// Forwards Lambda events to all sinks; kept between invocations.
#[derive(Debug)]
pub struct Forwarder {
    clients: Vec<Arc<SinkClient>>,
    pipeline: Pipeline<SinkFanout>,
    reader: DeliveryReader,
    parking: Option<ParkingStore>,
    objects: ObjectReader,
    parking_times: ParkingTimes,
    /// Counts of accepted and refused events of each sink.
    refusals: Vec<Refusals>,
    limits: Limits,
    answering: Answering,
    function: OwnFunction,
    telemetry: Telemetry,
    loader: Option<RuleLoader>,
    targets: TargetFunctions,
    /// Rules that are applied now; `None` without rules.
    rules: Option<RuleConfig>,
}

impl Forwarder {
    /// Creates a forwarder; nothing is sent yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let mut fallback = Origin::default();
        fallback.region = parts.function.region.clone().unwrap_or_default();
        let aggregators = parts.fanout.aggregators(&parts.clients, &parts.pricing);
        let fanout = parts.fanout.fanout(&parts.clients, aggregators);
        let rules = parts.rules.as_ref().and_then(RuleLoader::rules).cloned();
        let mut forwarder = Self {
            refusals: parts.clients.iter().map(|_| Refusals::default()).collect(),
            clients: parts.clients,
            pipeline: Pipeline::new(TimeRange::default(), fanout),
            reader: DeliveryReader::new(parts.limits.inflated, fallback),
            parking: parts.parking,
            objects: parts.objects,
            parking_times: ParkingTimes::default(),
            limits: parts.limits,
            answering: parts.answering,
            function: parts.function,
            telemetry: parts.telemetry,
            loader: parts.rules,
            targets: parts.targets,
            rules: None,
        };
        forwarder.set_rules(rules);
        forwarder
    }

    /// Sets the rules that are applied to the events of the next invocations; `None` for none. They know the sinks by
    /// their index in [`Self::names`].
    fn set_rules(&mut self, rules: Option<Arc<Rules>>) {
        let sinks = (0..self.clients.len()).collect();
        self.rules = rules.map(|rules| RuleConfig::new(rules, sinks));
        self.pipeline.set_rules(self.rules.as_ref());
    }

    /// Reads rules in AWS again if it is time to, and begins the metrics of an invocation.
    ///
    /// # Errors
    /// Returns an error if there are no rules that can be used.
    pub async fn refresh_rules(&mut self, context: &InvocationContext<'_>) -> Result<(), RulesError> {
        let Some(loader) = &mut self.loader else { return Ok(()) };
        let within = context.clock(&self.parking_times, &self.limits).left().all();
        let refreshed = loader.refresh(context.now, within).await;
        let is_newest = refreshed.is_ok() && loader.error().is_none();
        self.telemetry.rules(if is_newest { RulesState::Newest } else { RulesState::Broken });
        if let Refreshed::Changed(rules) = refreshed? {
            self.set_rules(Some(rules));
        }
        if let Some(rules) = &self.rules {
            rules.begin_run();
        }
        Ok(())
    }

    /// Forwards a Lambda event and returns the answer to Lambda, with the account of each sink.
    ///
    /// # Errors
    /// Returns an error if the event is of no known kind, the ledger does not balance, or parked objects cannot be listed.
    /// Nothing of the event may be acknowledged then.
    pub async fn forward(
        &mut self,
        mut event: Vec<u8>,
        context: &InvocationContext<'_>,
    ) -> Result<Forwarded, ForwardError> {
        self.refresh_rules(context).await?;
        let clock = context.clock(&self.parking_times, &self.limits);
        self.telemetry.bytes_in(ByteSize(u64::try_from(event.len()).unwrap_or(u64::MAX)));
        let invocations = self.targets.invoke(&event, clock.left().all());
        let parsed = read_event(&mut event)?;
        let names = self.names();
        let items: Vec<_> =
            parsed.deliveries.iter().map(|delivery| PendingDelivery::new(delivery, &names)).collect();
        let mut closed = self.run(&items, context).await?;
        for selection in &parsed.redrives {
            let summary = self.redrive_own(selection, context, clock).await?;
            closed.accounts.iter_mut().zip(&summary.accounts).for_each(|(sum, account)| sum.merge(account));
        }
        self.telemetry.failed_targets(invocations.failed().await);
        let results = parsed.deliveries.iter().zip(closed.deliveries);
        let results: Vec<_> = results
            .map(|(delivery, result)| outcome::Item { id: &delivery.id, data: delivery.base64(), result })
            .collect();
        let outcome = Outcome::of(Invoker::of(parsed.trigger, self.answering), &results);
        Ok(Forwarded { outcome, sinks: names.into_iter().zip(closed.accounts).collect() })
    }

    /// Sends each delivery to the sinks that its [`Scope`] names, and parks what they do not accept, within the time of
    /// the invocation.
    ///
    /// # Errors
    /// Returns an error if the ledger does not balance.
    pub async fn run(
        &mut self,
        items: &[PendingDelivery<'_>],
        context: &InvocationContext<'_>,
    ) -> Result<Closed, Imbalance> {
        let mut run = Run::new(self, items, *context, Mode::Forward);
        run.complete().await;
        run.close()
    }

    /// Returns the names of the sinks, in the order of the settings.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        self.clients.iter().map(|client| client.name).collect()
    }
}
