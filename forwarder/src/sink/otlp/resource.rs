//! Resource and instrumentation scope of logs and metrics, with the attributes of OpenTelemetry's semantic conventions.

use std::collections::BTreeMap;

use tailwater_parser::{Origin, price::Cpu};

use super::{
    attribute::{self, Value},
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

/// Lambda function with one version and one memory size. Metrics are aggregated by it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function {
    pub(super) account: String,
    pub(super) region: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) cpu: Option<Cpu>,
    pub(super) memory_bytes: Option<i64>,
}

impl Function {
    /// Returns the attributes that each data point repeats to identify the function. Prometheus and other backends
    /// drop the attributes of the resource; without these attributes, they would merge the series of different
    /// functions.
    pub(super) fn point_attributes(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let known = [
            ("faas.name", Value::Text(&self.name)),
            ("faas.version", Value::Text(&self.version)),
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
        let arn = function_arn(&self.region, &self.account, &self.name);
        let attributes = service(&self.name, &arn).into_iter().chain(self.point_attributes());
        write(attributes, enrichment, out, field);
    }
}

/// Appends a `Resource` with the attributes of an origin, which is one execution environment of a function. `field`
/// is its number in the message that `out` writes.
pub(super) fn write_origin(origin: &Origin, enrichment: &Enrichment, out: &mut Message<'_>, field: Field) {
    let region = if origin.region.is_empty() { &enrichment.region } else { &origin.region };
    let arn = function_arn(region, &origin.account, origin.function());
    let attributes = [
        ("faas.name", Value::Text(origin.function())),
        ("faas.version", Value::Text(origin.version())),
        ("faas.instance", Value::Text(origin.log_stream())),
        ("cloud.account.id", Value::Text(&origin.account)),
        ("cloud.region", Value::Text(region)),
        ("aws.log.group.names", Value::OnlyText(origin.log_group())),
        ("aws.log.stream.names", Value::OnlyText(origin.log_stream())),
    ];
    write(service(origin.function(), &arn).into_iter().chain(attributes), enrichment, out, field);
}

/// Returns the attributes that every resource has. `service.name` is mandatory, and its default is that of the
/// conventions.
fn service<'a>(function: &'a str, arn: &'a str) -> [(&'a str, Value<'a>); 4] {
    [
        ("service.name", Value::Text(if function.is_empty() { "unknown_service" } else { function })),
        ("cloud.provider", Value::Text("aws")),
        ("cloud.platform", Value::Text("aws_lambda")),
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
