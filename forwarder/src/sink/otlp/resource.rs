//! Resource and instrumentation scope of logs and metrics, with the attributes of OpenTelemetry's semantic conventions.

use std::collections::BTreeMap;

use tailwater_parser::{Origin, price::Cpu};

use super::{
    additions::ResourceAdditions,
    attribute::{self, Value},
    identity,
    wire::{Field, Message},
};
use crate::value::Partition;

/// Field of `Resource`.
const ATTRIBUTES: Field = 1;

/// Fields of `InstrumentationScope`.
const NAME: Field = 1;
const VERSION: Field = 2;

/// Attributes that the settings add to every resource.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrichment {
    /// Region to assume when the logs do not name one; empty if unknown.
    pub region: String,
    /// Attributes of every resource, by name. They override attributes that come from the logs.
    pub attributes: BTreeMap<String, String>,
}

/// Lambda function with one version and one memory size, or another service that declares metrics. Metrics are
/// aggregated by it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function {
    pub(super) account: String,
    /// Region of the logs.
    pub(super) region: String,
    /// Region in the ARN of the function.
    pub(super) home_region: String,
    /// Name of the function; empty if unknown.
    pub(super) name: String,
    pub(super) version: String,
    /// Log group of metrics whose function is unknown, or that another service declares; else empty.
    pub(super) log_group: String,
    /// Value of `cloud.platform`; empty if unknown.
    pub(super) platform: &'static str,
    pub(super) cpu: Option<Cpu>,
    pub(super) memory_bytes: Option<i64>,
}

impl Function {
    /// Creates the function or service of an origin whose logs are in `region`.
    pub(super) fn of(origin: &Origin, region: String) -> Self {
        let name = origin.function().to_owned();
        Self {
            account: origin.account.clone(),
            home_region: origin.home_region(&region).to_owned(),
            region,
            version: origin.version().to_owned(),
            log_group: if name.is_empty() { origin.log_group().to_owned() } else { String::new() },
            name,
            platform: identity::platform(origin),
            cpu: None,
            memory_bytes: None,
        }
    }

    /// Returns the attributes that each data point repeats to identify the function. Prometheus and other backends
    /// drop the attributes of the resource; without these attributes, they would merge the series of different
    /// functions.
    pub(super) fn point_attributes(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let known = [
            ("faas.name", Value::Text(&self.name)),
            ("faas.version", Value::Text(&self.version)),
            ("aws.log.group.names", Value::OnlyText(&self.log_group)),
            ("cloud.account.id", Value::Text(&self.account)),
            ("cloud.region", Value::Text(&self.region)),
            ("host.arch", Value::Text(self.cpu.map_or("", architecture))),
        ];
        let memory = self.memory_bytes.map(|bytes| ("faas.max_memory", Value::Integer(bytes)));
        known.into_iter().filter(|(_, value)| !value.is_empty()).chain(memory)
    }

    /// Appends a `Resource` with the attributes of the function. `field` is its number in the message that `out`
    /// writes.
    pub(super) fn write(&self, enrichment: &Enrichment, out: &mut Message<'_>, field: Field) {
        let arn = function_arn(&self.home_region, &self.account, &self.name);
        let names = [self.name.as_str(), &self.log_group, identity::UNKNOWN_SERVICE];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        let cluster = cluster(&self.log_group, &self.region, &self.account);
        let attributes = service(name, self.platform, &arn)
            .into_iter()
            .chain(self.point_attributes())
            .chain(text(cluster.as_ref()));
        write(attributes, enrichment, out, field);
    }
}

/// Appends a `Resource` with the attributes of an origin: an execution environment of a function, or what another
/// service's logs come from. `more` are attributes that the origin does not have. `additions` take precedence over the
/// attributes of the origin. `field` is its number in the message that `out` writes.
pub(super) fn write_origin<'a>(
    origin: &'a Origin,
    more: Option<(&'a str, Value<'a>)>,
    additions: &ResourceAdditions,
    enrichment: &Enrichment,
    out: &mut Message<'_>,
    field: Field,
) {
    let region = region(origin, enrichment);
    let arn = arn(origin, region);
    let group = if origin.is_lambda() { "" } else { origin.log_group() };
    let cluster = cluster(group, region, &origin.account);
    let attributes = [
        ("faas.name", Value::Text(origin.function())),
        ("faas.version", Value::Text(origin.version())),
        ("faas.instance", Value::Text(origin.environment())),
        ("cloud.account.id", Value::Text(&origin.account)),
        ("cloud.region", Value::Text(region)),
        ("aws.log.group.names", Value::OnlyText(origin.log_group())),
        ("aws.log.stream.names", Value::OnlyText(origin.log_stream())),
    ];
    let all = service(identity::service_name(origin), identity::platform(origin), &arn)
        .into_iter()
        .chain(attributes)
        .chain(text(cluster.as_ref()))
        .chain(identity::arrival_attributes(origin))
        .chain(more);
    match additions.added_to(enrichment) {
        None => write(all, enrichment, out, field),
        Some(merged) => write(all, &merged, out, field),
    }
}

/// Returns the region of an origin's logs, or the one to assume.
pub(super) fn region<'a>(origin: &'a Origin, enrichment: &'a Enrichment) -> &'a str {
    if origin.region.is_empty() { &enrichment.region } else { &origin.region }
}

/// Returns the ARN of the function of an origin whose logs are in `region`; empty if a part of it is unknown.
pub(super) fn arn(origin: &Origin, region: &str) -> String {
    function_arn(origin.home_region(region), &origin.account, origin.function())
}

/// Returns the attribute that names the cluster of another service's log group; `None` if there is none.
fn cluster(log_group: &str, region: &str, account: &str) -> Option<(&'static str, String)> {
    identity::cluster(log_group, Partition::of_region(region).name(), region, account)
}

/// Borrows an attribute with a string value.
fn text<'a>(attribute: Option<&'a (&'static str, String)>) -> Option<(&'a str, Value<'a>)> {
    attribute.map(|(name, value)| (*name, Value::Text(value)))
}

/// Returns the attributes that every resource has. `service.name` is mandatory.
fn service<'a>(name: &'a str, platform: &'a str, arn: &'a str) -> [(&'a str, Value<'a>); 4] {
    [
        ("service.name", Value::Text(name)),
        ("cloud.provider", Value::Text("aws")),
        ("cloud.platform", Value::Text(platform)),
        ("cloud.resource_id", Value::Text(arn)),
    ]
}

/// Appends a `Resource` as the field with this number. An attribute of the enrichment replaces one with the same
/// name, because OpenTelemetry forbids duplicate names.
fn write<'a>(
    attributes: impl Iterator<Item = (&'a str, Value<'a>)>,
    enrichment: &Enrichment,
    out: &mut Message<'_>,
    field: Field,
) {
    let is_kept =
        |(key, value): &(&str, Value<'_>)| !value.is_empty() && !enrichment.attributes.contains_key(*key);
    out.nested(field, |resource| {
        for (key, value) in attributes.filter(is_kept) {
            attribute::write(resource, ATTRIBUTES, key, value);
        }
        for (key, value) in &enrichment.attributes {
            attribute::write_text(resource, ATTRIBUTES, key, value);
        }
    });
}

/// Encodes the `InstrumentationScope` that names Tailwater, as the field with this number.
pub(super) fn scope(field: Field) -> Vec<u8> {
    let mut out = Vec::new();
    Message::on(&mut out).nested(field, |scope| {
        scope.bytes(NAME, b"tailwater");
        scope.bytes(VERSION, env!("CARGO_PKG_VERSION").as_bytes());
    });
    out
}

/// Returns the ARN of the function without a version, as the conventions define it. Empty if region, account or name
/// is unknown, or if the name cannot be that of a function. Then it is the name of a log group.
fn function_arn(region: &str, account: &str, function: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if region.is_empty() || account.is_empty() || function.is_empty() || !function.chars().all(is_name) {
        return String::new();
    }
    let partition = Partition::of_region(region).name();
    format!("arn:{partition}:lambda:{region}:{account}:function:{function}")
}

/// Returns the value of the attribute `host.arch`.
fn architecture(cpu: Cpu) -> &'static str {
    match cpu {
        Cpu::X86_64 => "amd64",
        Cpu::Arm64 => "arm64",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arn_needs_all_its_parts() {
        let check = |region, account, function, expected| {
            assert_eq!(function_arn(region, account, function), expected);
        };
        check("eu-west-1", "012345678901", "f", "arn:aws:lambda:eu-west-1:012345678901:function:f");
        check("cn-north-1", "1", "f", "arn:aws-cn:lambda:cn-north-1:1:function:f");
        check("us-gov-west-1", "1", "f", "arn:aws-us-gov:lambda:us-gov-west-1:1:function:f");
        check("eusc-de-east-1", "1", "f", "arn:aws-eusc:lambda:eusc-de-east-1:1:function:f");
        check("us-isob-east-1", "1", "f", "arn:aws-iso-b:lambda:us-isob-east-1:1:function:f");
        check("", "1", "f", "");
        check("eu-west-1", "", "f", "");
        check("eu-west-1", "1", "", "");
        check("eu-west-1", "1", "my-app/prod", "");
    }
}
