//! The list of all settings of the forwarder and the command line.

use std::{env, ffi::OsString};

use super::{
    answering, aws, datadog, datadog_forwarder, delivery, limits, ndjson, network, otlp, problem::Place,
    program, rules, setting::Setting, source::Values,
};

/// All settings of the forwarder and the command line. Their order is that of listings: the settings that everybody
/// sets, those of each sink, limits, and at the end settings that other programs use too.
pub const SETTINGS: &[Setting] = &[
    delivery::SINKS.setting,
    delivery::SIGNALS.setting,
    delivery::EMF.setting,
    delivery::DERIVED_METRICS.setting,
    delivery::PARKING.setting,
    delivery::TAGS.setting,
    rules::RULES.setting,
    rules::REDACT_KEY.setting,
    datadog_forwarder::REDACT_IP.setting,
    datadog_forwarder::REDACT_EMAIL.setting,
    datadog_forwarder::SCRUBBING_RULE.setting,
    datadog_forwarder::SCRUBBING_RULE_REPLACEMENT.setting,
    datadog_forwarder::INCLUDE_AT_MATCH.setting,
    datadog_forwarder::EXCLUDE_AT_MATCH.setting,
    datadog_forwarder::MULTILINE.setting,
    datadog_forwarder::STORE_FAILED_EVENTS.setting,
    datadog_forwarder::S3_BUCKET_NAME.setting,
    datadog_forwarder::SQS_QUEUE_URL.setting,
    datadog_forwarder::TARGET_LAMBDAS.setting,
    delivery::REGION.setting,
    delivery::ARCH.setting,
    otlp::ENDPOINT.setting,
    otlp::LOGS_ENDPOINT.setting,
    otlp::METRICS_ENDPOINT.setting,
    otlp::TRACES_ENDPOINT.setting,
    otlp::SPANS.setting,
    otlp::HEADERS.setting,
    otlp::COMPRESSION.setting,
    otlp::TIMEOUT.setting,
    otlp::RESOURCE_ATTRIBUTES.setting,
    datadog::API_KEY_SECRET_ARN.setting,
    datadog::API_KEY_SSM_NAME.setting,
    datadog::API_KEY.setting,
    datadog::SITE.setting,
    datadog::URL.setting,
    datadog_forwarder::PORT.setting,
    datadog_forwarder::API_URL.setting,
    datadog_forwarder::NO_SSL.setting,
    datadog_forwarder::SKIP_SSL_VALIDATION.setting,
    datadog::TAGS.setting,
    datadog_forwarder::SOURCE.setting,
    datadog_forwarder::FORWARD_LOG.setting,
    datadog_forwarder::USE_COMPRESSION.setting,
    datadog_forwarder::COMPRESSION_LEVEL.setting,
    datadog_forwarder::WORKERS.setting,
    datadog_forwarder::ENRICH_S3.setting,
    datadog_forwarder::ENRICH_CLOUDWATCH.setting,
    ndjson::NDJSON.setting,
    limits::INFLATED.setting,
    limits::TIMEOUT.setting,
    limits::DEADLINE_RESERVE.setting,
    limits::CONCURRENCY.setting,
    limits::INVOCATION_TIMEOUT.setting,
    limits::COMPRESSION_LEVEL.setting,
    answering::BATCH_ITEM_FAILURES.setting,
    answering::FIREHOSE.setting,
    delivery::EXCLUDE_LOG_GROUPS.setting,
    delivery::SOURCE_BUCKETS.setting,
    network::ALLOW_INSECURE.setting,
    network::CA_FILE.setting,
    program::CONFIG,
    program::CORRELATION_FIELDS.setting,
    network::HTTPS_PROXY.setting,
    network::NO_PROXY.setting,
    aws::REGION.setting,
    aws::DEFAULT_REGION.setting,
    aws::ACCESS_KEY_ID.setting,
    aws::SECRET_ACCESS_KEY.setting,
    aws::SESSION_TOKEN.setting,
    aws::PROFILE.setting,
    aws::SHARED_CREDENTIALS_FILE.setting,
    aws::CONFIG_FILE.setting,
    aws::ENDPOINT_URL.setting,
    program::RUST_LOG.setting,
    program::NO_COLOR.setting,
];

/// Constructors for the forwarder and the command line, the programs that have the settings of [`SETTINGS`].
impl Values {
    /// Creates values of this place (flags, environment or file), without any setting yet.
    #[must_use]
    pub fn new(place: Place) -> Self {
        Self::of(SETTINGS, place)
    }

    /// Reads the environment variables of this process.
    #[must_use]
    pub fn from_environment() -> Self {
        Self::of_environment(env::vars_os())
    }

    /// Reads environment variables. Other programs have variables too, so an unknown name is an error only if it
    /// begins with `TAILWATER_`.
    #[must_use]
    pub fn of_environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        Self::of_variables(SETTINGS, variables)
    }
}
