//! What settings say, put together: sinks, the ways to them, lanes and meters.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tailwater_parser::price::Cpu;

use super::{
    lanes::Lanes,
    meter::{Flat, Meter, Pricing},
    objects::Objects,
};
use crate::{
    aws::{self, Access, Vault},
    body::{Lane, Level, SinkIndex},
    deliver::{
        park::Lot,
        sender::{Credentials, Form, Outlet, Output, Way},
    },
    http::{Client, ClientError, HeaderName},
    outcome::Answering,
    settings::{self, Compression, Limits, LogGroups, Ndjson, OwnFunction, Settings, Tag, Url},
    sink::{
        Encoding, Endpoint, Sink,
        datadog::{Datadog, Endpoints, Forwarder as Named, Labels, UnknownSite, limits::KEY_HEADER},
        ndjson, otlp,
    },
    telemetry::Telemetry,
};

/// All that a [`Forwarder`](super::Forwarder) is made of.
#[derive(Debug)]
pub struct Assembled {
    pub(super) outlets: Vec<Arc<Outlet>>,
    pub(super) lanes: Lanes,
    pub(super) lot: Option<Lot>,
    pub(super) objects: Objects,
    pub(super) limits: Limits,
    pub(super) answering: Answering,
    pub(super) function: OwnFunction,
    pub(super) telemetry: Telemetry,
}

/// Why settings that are right cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// There is no client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// Parking is at AWS, which cannot be accessed.
    #[error(transparent)]
    Parking(#[from] aws::Error),
    /// There is no thread or no timer to send with.
    #[error(transparent)]
    Runtime(#[from] std::io::Error),
    /// There is no such site.
    #[error(transparent)]
    Site(#[from] UnknownSite),
}

/// Puts together what `settings` say, for the function that runs this; `recorder` takes what is counted. Nothing is
/// connected to.
///
/// # Errors
/// What the settings name cannot be used.
pub fn assemble(
    settings: &Settings,
    function: OwnFunction,
    recorder: &dyn metrics::Recorder,
) -> Result<Assembled, Unusable> {
    let client = Client::new(&settings.network)?;
    let outlets = outlets(settings, &function, &client)?;
    let flat = Flat { region: region(settings, &function), cpu: settings.arch.unwrap_or(Cpu::X86_64) };
    let pricing: Arc<dyn Pricing> = Arc::new(flat);
    let meters = meters(&outlets, settings, &pricing);
    let lanes = lanes(&outlets, settings, &function, meters);
    let names: Vec<_> = outlets.iter().map(|outlet| outlet.name).collect();
    let telemetry = Telemetry::new(recorder, &names);
    let access = || Access::new(client.clone(), settings);
    let lot = settings.parking.as_ref().map(|parking| Lot::new(parking, access)).transpose()?;
    let objects = Objects::new(client.clone(), settings);
    let (limits, answering) = (settings.limits, settings.answering);
    Ok(Assembled { outlets, lanes, lot, objects, limits, answering, function, telemetry })
}

/// The ways to all sinks.
pub(super) fn outlets(
    settings: &Settings,
    function: &OwnFunction,
    client: &Client,
) -> Result<Vec<Arc<Outlet>>, Unusable> {
    let vault = Arc::new(Vault::new(client.clone(), settings));
    let concurrency = usize::from(settings.limits.concurrency.get());
    let outlet = |sink: &settings::Sink| {
        let (described, way) = describe(sink, settings, function, (client, &vault))?;
        let mut outlet = Outlet::new(sink.name().name(), described, way, concurrency);
        outlet.longest_try = longest_try(sink);
        Ok(Arc::new(outlet))
    };
    settings.sinks.iter().map(outlet).collect()
}

/// A meter for each sink, where metrics are wanted.
pub(super) fn meters(
    outlets: &[Arc<Outlet>],
    settings: &Settings,
    pricing: &Arc<dyn Pricing>,
) -> Vec<Option<Meter>> {
    let level = Level(settings.limits.compression_level);
    let meter = |(index, outlet): (usize, &Arc<Outlet>)| {
        let sink = &*outlet.sink;
        let is_wanted = settings.signals.with_metrics();
        is_wanted.then(|| Meter::new(SinkIndex(index), sink, level, Arc::clone(pricing)))
    };
    outlets.iter().enumerate().map(meter).collect()
}

/// A lane to each sink, where logs are wanted, beside these meters.
pub(super) fn lanes(
    outlets: &[Arc<Outlet>],
    settings: &Settings,
    function: &OwnFunction,
    meters: Vec<Option<Meter>>,
) -> Lanes {
    let level = Level(settings.limits.compression_level);
    let lane = |(index, outlet): (usize, &Arc<Outlet>)| {
        settings.signals.with_logs().then(|| Lane::new(SinkIndex(index), &*outlet.sink, level))
    };
    let own = function.log_group.clone().map(LogGroups::Named);
    let guard: Arc<[_]> = settings.exclude_log_groups.iter().cloned().chain(own).collect();
    Lanes::new(outlets.iter().enumerate().map(lane).collect(), meters, guard)
}

/// Where invocations ran that do not tell.
fn region(settings: &Settings, function: &OwnFunction) -> String {
    settings.region.clone().or_else(|| function.region.clone()).unwrap_or_default()
}

/// The longest that one try may take, where the sink's own settings say.
fn longest_try(sink: &settings::Sink) -> Option<Duration> {
    match sink {
        settings::Sink::Otlp(otlp) => otlp.timeout,
        settings::Sink::Datadog(_) | settings::Sink::Ndjson(_) => None,
    }
}

fn describe(
    sink: &settings::Sink,
    settings: &Settings,
    function: &OwnFunction,
    (client, vault): (&Client, &Arc<Vault>),
) -> Result<(Arc<dyn Sink>, Way), Unusable> {
    let over_http =
        |form| Way::Http { client: client.clone(), credentials: Credentials::new(form, Arc::clone(vault)) };
    Ok(match sink {
        settings::Sink::Otlp(otlp) => {
            let form = otlp.headers.clone().map_or(Form::None, Form::Headers);
            (Arc::new(otlp_sink(otlp, settings, function)), over_http(form))
        }
        settings::Sink::Datadog(datadog) => {
            let key = HeaderName::from_bytes(KEY_HEADER.as_bytes()).expect("a name of ours");
            let form = Form::Key(key, datadog.api_key.clone());
            (Arc::new(datadog_sink(datadog, settings, function)?), over_http(form))
        }
        settings::Sink::Ndjson(Ndjson::Stdout) => (Arc::new(ndjson::Ndjson), Way::Output(Output::Stdout)),
        settings::Sink::Ndjson(Ndjson::File(path)) => {
            (Arc::new(ndjson::Ndjson), Way::Output(Output::file(path.clone())))
        }
    })
}

fn otlp_sink(otlp: &settings::Otlp, settings: &Settings, function: &OwnFunction) -> otlp::Otlp {
    let encoding = match otlp.compression {
        Compression::Gzip => Encoding::Gzip,
        Compression::Zstd => Encoding::Zstd,
        Compression::None => Encoding::Identity,
    };
    let endpoint = |url: &Option<Url>| {
        url.as_ref().map(|url| Endpoint { url: url.to_string(), content_type: otlp::CONTENT_TYPE, encoding })
    };
    let tags = settings.tags.iter().chain(&otlp.resource);
    let attributes: BTreeMap<_, _> = tags.map(|Tag { key, value }| (key.clone(), value.clone())).collect();
    otlp::Otlp {
        logs: endpoint(&otlp.logs),
        metrics: endpoint(&otlp.metrics),
        enrichment: otlp::Enrichment { region: region(settings, function), attributes },
    }
}

fn datadog_sink(
    datadog: &settings::Datadog,
    settings: &Settings,
    function: &OwnFunction,
) -> Result<Datadog, UnknownSite> {
    let endpoints = match &datadog.logs {
        Some(url) => Endpoints::at_url(&url.to_string()),
        None => Endpoints::of_site(&datadog.site)?,
    };
    let own = settings.tags.iter().map(|Tag { key, value }| format!("{key}:{value}"));
    let tags: Vec<_> = own.chain(datadog.tags.iter().cloned()).collect();
    let memory_mb = function.memory.map(|memory| memory.0.to_string()).unwrap_or_default();
    let labels =
        Labels::in_region(&region(settings, function)).with_tags(&tags.join(",")).with_forwarder(&Named {
            name: function.name.as_deref().unwrap_or_default(),
            memory_mb: &memory_mb,
            version: env!("CARGO_PKG_VERSION"),
        });
    Ok(Datadog::new(endpoints, labels))
}
