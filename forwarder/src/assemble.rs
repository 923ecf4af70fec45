//! Building of a forwarder, or of the sinks of a replay, from the settings. Apart from the binaries, no other module
//! uses the settings.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use tailwater_parser::price::Cpu;

use crate::{
    aws::{self, LazyAwsClient, SecretCache},
    batch::Level,
    forward::{
        FanoutConfig, FixedTerms, Forwarder, ObjectReader, Parts, Pricing, TargetFunctions,
        replay::{Now, ReplaySinks},
    },
    http::{Client, ClientError, HeaderName},
    own_function::OwnFunction,
    parking::{Location, ParkingStore},
    rule_source::{RuleLoader, RuleLoaderParts, RulesError},
    send::client::{AuthScheme, Credentials, Output, SinkClient, Transport},
    settings::{self, Compression, Ndjson, Settings, SinkName},
    sink::{
        Encoding, Endpoint, Sink,
        datadog::{Datadog, Endpoints, Forwarder as Named, Labels, UnknownSite, limits::KEY_HEADER},
        ndjson, otlp,
    },
    telemetry::Telemetry,
    value::{BucketPattern, LogGroupPattern, Tag, Url},
};

/// Error for settings that are valid, but cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum AssembleError {
    /// The HTTP client cannot be created.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// The parking store is in AWS, which cannot be used: there are no credentials, for instance.
    #[error(transparent)]
    Parking(#[from] aws::Error),
    /// The thread that sends request bodies cannot be created.
    #[error(transparent)]
    Runtime(#[from] std::io::Error),
    /// The rules cannot be used.
    #[error(transparent)]
    Rules(#[from] RulesError),
    /// The Datadog site is unknown.
    #[error(transparent)]
    Site(#[from] UnknownSite),
}

/// Builds a forwarder that runs as the Lambda function `function` and records its own metrics with `recorder`. Makes no
/// connection.
///
/// # Errors
/// Returns an error if something that the settings name cannot be used.
pub fn forwarder(
    settings: &Settings,
    function: OwnFunction,
    recorder: &dyn metrics::Recorder,
) -> Result<Forwarder, AssembleError> {
    let client = Client::new(&settings.network)?;
    let clients = sink_clients(settings, &function, &client)?;
    let names: Vec<_> = clients.iter().map(|client| client.name).collect();
    let rules = rule_loader(settings, &client, &names)?;
    let terms = FixedTerms { region: region(settings, &function), cpu: settings.arch.unwrap_or(Cpu::X86_64) };
    Ok(Forwarder::new(Parts {
        fanout: fanout_config(settings, &function),
        pricing: Arc::new(terms),
        parking: parking(settings, &client)?,
        objects: ObjectReader::new(lazy_aws(settings, &client), source_buckets(settings)),
        limits: settings.limits,
        answering: settings.answering,
        telemetry: Telemetry::new(recorder, &names),
        rules,
        targets: TargetFunctions::new(settings.target_functions.clone(), lazy_aws(settings, &client)),
        function,
        clients,
    }))
}

/// Builds the loader of the rules, which knows `sinks` by their index; `None` if the settings name no rules. Rules that
/// are not in AWS are compiled now.
///
/// # Errors
/// Returns an error if rules that are not in AWS cannot be used.
pub fn rule_loader(
    settings: &Settings,
    client: &Client,
    sinks: &[&'static str],
) -> Result<Option<RuleLoader>, RulesError> {
    let Some(source) = settings.rules.source() else { return Ok(None) };
    let others = SinkName::NAMES.iter().copied().filter(|name| !sinks.contains(name));
    let parts = RuleLoaderParts {
        source,
        redact_key: settings.rules.redact_key.clone(),
        datadog: settings.rules.datadog.clone(),
        sinks: sinks.iter().copied().chain(others).collect(),
        aws: lazy_aws(settings, client),
        secrets: Arc::new(SecretCache::new(lazy_aws(settings, client))),
    };
    RuleLoader::new(parts).map(Some)
}

/// Builds the sinks of a replay. Makes no connection.
///
/// # Errors
/// Returns an error if something that the settings name cannot be used, or the thread that sends request bodies cannot
/// be created.
pub fn replay_sinks(
    settings: &Settings,
    pricing: &Arc<dyn Pricing>,
    now: Now,
) -> Result<ReplaySinks, AssembleError> {
    let (client, function) = (Client::new(&settings.network)?, OwnFunction::default());
    let clients = sink_clients(settings, &function, &client)?;
    let config = fanout_config(settings, &function);
    Ok(ReplaySinks::new(clients, config, pricing, settings.limits.timeout, now)?)
}

/// Builds the client of the parking store; `None` if the settings name no parking store.
///
/// # Errors
/// Returns an error if the parking store is in AWS and there are no credentials.
pub fn parking(settings: &Settings, client: &Client) -> Result<Option<ParkingStore>, aws::Error> {
    let aws = lazy_aws(settings, client);
    let store = settings.parking.as_ref().map(|location| ParkingStore::new(location, &aws));
    store.transpose()
}

/// Builds the client of AWS services, which needs credentials only when it is first used.
#[must_use]
pub fn lazy_aws(settings: &Settings, client: &Client) -> LazyAwsClient {
    LazyAwsClient::new(client.clone(), settings.aws_config(), settings.limits.timeout)
}

/// Returns the buckets whose objects are read; empty for all. The forwarder reads what it parked, too.
fn source_buckets(settings: &Settings) -> Vec<BucketPattern> {
    let parking = match &settings.parking {
        Some(Location::S3(bucket) | Location::Sqs { overflow: Some(bucket), .. }) => Some(&bucket.name),
        Some(Location::Sqs { overflow: None, .. } | Location::Folder { .. }) | None => None,
    };
    let mut buckets = settings.source_buckets.clone();
    if !buckets.is_empty() {
        buckets.extend(parking.cloned().map(BucketPattern::Named));
    }
    buckets
}

fn fanout_config(settings: &Settings, function: &OwnFunction) -> FanoutConfig {
    let own = function.log_group.clone().map(LogGroupPattern::Named);
    FanoutConfig {
        signals: settings.signals,
        emf: settings.emf,
        derived: settings.derived_metrics.clone(),
        level: Level(settings.limits.compression_level),
        guard: settings.exclude_log_groups.iter().cloned().chain(own).collect(),
    }
}

fn sink_clients(
    settings: &Settings,
    function: &OwnFunction,
    client: &Client,
) -> Result<Vec<Arc<SinkClient>>, AssembleError> {
    let builder = SinkBuilder {
        settings,
        function,
        client,
        secrets: Arc::new(SecretCache::new(lazy_aws(settings, client))),
        datadog_secrets: Arc::new(SecretCache::with_member(lazy_aws(settings, client), "DD_API_KEY")),
    };
    settings.sinks.iter().map(|sink| builder.client(sink).map(Arc::new)).collect()
}

/// Returns the region to assume for invocations whose log lines name none.
fn region(settings: &Settings, function: &OwnFunction) -> String {
    settings.region.clone().or_else(|| function.region.clone()).unwrap_or_default()
}

/// Builds the clients of all sinks from the settings.
struct SinkBuilder<'s> {
    settings: &'s Settings,
    function: &'s OwnFunction,
    client: &'s Client,
    secrets: Arc<SecretCache>,
    /// Secrets of Datadog, which may have more members than the API key.
    datadog_secrets: Arc<SecretCache>,
}

impl SinkBuilder<'_> {
    fn client(&self, sink: &settings::SinkSettings) -> Result<SinkClient, AssembleError> {
        let own = if let settings::SinkSettings::Datadog(datadog) = sink { Some(datadog) } else { None };
        let concurrency = own.and_then(|own| own.concurrency).unwrap_or(self.settings.limits.concurrency);
        let concurrency = usize::from(concurrency.get());
        let name = sink.name().name();
        let mut client = SinkClient::new(name, self.sink(sink)?, self.transport(sink), concurrency);
        client.max_request_time = max_request_time(sink);
        client.level = own.and_then(|own| own.compression_level).filter(|level| *level > 0).map(Level);
        Ok(client)
    }

    fn sink(&self, sink: &settings::SinkSettings) -> Result<Arc<dyn Sink>, AssembleError> {
        Ok(match sink {
            settings::SinkSettings::Otlp(otlp) => Arc::new(self.otlp(otlp)),
            settings::SinkSettings::Datadog(datadog) => Arc::new(self.datadog(datadog)?),
            settings::SinkSettings::Ndjson(_) => Arc::new(ndjson::Ndjson),
        })
    }

    fn transport(&self, sink: &settings::SinkSettings) -> Transport {
        let scheme = match sink {
            settings::SinkSettings::Otlp(otlp) => {
                otlp.headers.clone().map_or(AuthScheme::None, AuthScheme::Headers)
            }
            settings::SinkSettings::Datadog(datadog) => {
                let header = HeaderName::from_bytes(KEY_HEADER.as_bytes()).expect("a valid header name");
                AuthScheme::Key(header, datadog.api_key.clone())
            }
            settings::SinkSettings::Ndjson(Ndjson::Stdout) => return Transport::Output(Output::Stdout),
            settings::SinkSettings::Ndjson(Ndjson::File(path)) => {
                return Transport::Output(Output::file(path.clone()));
            }
        };
        let is_datadog = matches!(sink, settings::SinkSettings::Datadog(_));
        let secrets = if is_datadog { &self.datadog_secrets } else { &self.secrets };
        let credentials = Credentials::new(scheme, Arc::clone(secrets));
        Transport::Http { client: self.client.clone(), credentials }
    }

    fn otlp(&self, otlp: &settings::Otlp) -> otlp::Otlp {
        let encoding = match otlp.compression {
            Compression::Gzip => Encoding::Gzip,
            Compression::Zstd => Encoding::Zstd,
            Compression::None => Encoding::Identity,
        };
        let endpoint = |url: &Option<Url>| {
            let url = url.as_ref()?.to_string();
            Some(Endpoint { url, content_type: otlp::CONTENT_TYPE, encoding, header: None })
        };
        let tags = self.settings.tags.iter().chain(&otlp.resource);
        let attributes: BTreeMap<_, _> =
            tags.map(|Tag { key, value }| (key.clone(), value.clone())).collect();
        otlp::Otlp {
            logs: endpoint(&otlp.logs),
            metrics: endpoint(&otlp.metrics),
            traces: endpoint(&otlp.traces),
            spans: otlp.spans,
            enrichment: otlp::Enrichment { region: region(self.settings, self.function), attributes },
        }
    }

    fn datadog(&self, datadog: &settings::Datadog) -> Result<Datadog, UnknownSite> {
        let endpoints = datadog_endpoints(datadog)?;
        let own = self.settings.tags.iter().map(|Tag { key, value }| format!("{key}:{value}"));
        let tags: Vec<_> = own.chain(datadog.tags.iter().cloned()).collect();
        let memory_mb = self.function.memory.map(|memory| memory.0.to_string()).unwrap_or_default();
        let labels = Labels::in_region(&region(self.settings, self.function))
            .with_tags(&tags.join(","))
            .with_source(datadog.source.as_deref())
            .with_forwarder(&Named {
                name: self.function.name.as_deref().unwrap_or_default(),
                memory_mb: &memory_mb,
                version: env!("CARGO_PKG_VERSION"),
            });
        let sink = Datadog::new(endpoints, labels).with_storage_tag(datadog.storage_tag);
        Ok(if datadog.compression_level == Some(0) { sink.uncompressed() } else { sink })
    }
}

/// Returns the URLs that logs and points are sent to.
///
/// # Errors
/// Returns an error if the site is unknown.
pub fn datadog_endpoints(datadog: &settings::Datadog) -> Result<Endpoints, UnknownSite> {
    let mut endpoints = Endpoints::of_site(&datadog.site)?;
    if let Some(url) = &datadog.logs {
        endpoints = endpoints.with_logs_at(&url.to_string());
    }
    Ok(match &datadog.api {
        Some(url) => endpoints.with_api_at(&url.to_string()),
        None => endpoints,
    })
}

/// Returns the maximum duration of one request to a sink; `None` if the sink's own settings do not limit it.
fn max_request_time(sink: &settings::SinkSettings) -> Option<Duration> {
    match sink {
        settings::SinkSettings::Otlp(otlp) => otlp.timeout,
        settings::SinkSettings::Datadog(_) | settings::SinkSettings::Ndjson(_) => None,
    }
}
