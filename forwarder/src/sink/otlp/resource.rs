//! Who says it: a function, or one of its environments, as OpenTelemetry's conventions describe it.

use std::collections::BTreeMap;

use tailwater_parser::{Origin, price::Cpu};

use super::{
    attribute::{self, Value},
    wire::{Field, Message},
};

/// Field of `Resource`.
const ATTRIBUTES: Field = 1;

/// What the user says about everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Enrichment {
    /// Region, for what does not name its own; empty when unknown.
    pub region: String,
    /// Attributes of every resource; they prevail over what the logs tell.
    pub attributes: BTreeMap<String, String>,
}

/// A function of one size and version: what metrics are summed up by.
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
    /// What tells this function's series from others. They stand on each data point too, because Prometheus and
    /// others drop a resource's attributes and would take two series for one.
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

    /// Appends it as the field `field`, a `Resource`.
    pub(super) fn write(&self, enrichment: &Enrichment, out: &mut Message<'_>, field: Field) {
        let arn = function_arn(&self.region, &self.account, &self.name);
        let told = service(&self.name, &arn).into_iter().chain(self.point_attributes());
        write(told, enrichment, out, field);
    }
}

/// Appends an environment of a function, which is a log stream, as the field `field`, a `Resource`.
pub(super) fn write_origin(origin: &Origin, enrichment: &Enrichment, out: &mut Message<'_>, field: Field) {
    let region = if origin.region.is_empty() { &enrichment.region } else { &origin.region };
    let arn = function_arn(region, &origin.account, origin.function());
    let told = [
        ("faas.name", Value::Text(origin.function())),
        ("faas.version", Value::Text(origin.version())),
        ("faas.instance", Value::Text(origin.log_stream())),
        ("cloud.account.id", Value::Text(&origin.account)),
        ("cloud.region", Value::Text(region)),
        ("aws.log.group.names", Value::OnlyText(origin.log_group())),
        ("aws.log.stream.names", Value::OnlyText(origin.log_stream())),
    ];
    write(service(origin.function(), &arn).into_iter().chain(told), enrichment, out, field);
}

/// What every resource says. A service has to have a name; for one without, the conventions have this.
fn service<'a>(function: &'a str, arn: &'a str) -> [(&'a str, Value<'a>); 4] {
    [
        ("service.name", Value::Text(if function.is_empty() { "unknown_service" } else { function })),
        ("cloud.provider", Value::Text("aws")),
        ("cloud.platform", Value::Text("aws_lambda")),
        ("cloud.resource_id", Value::Text(arn)),
    ]
}

/// No name comes twice: OpenTelemetry forbids it.
fn write<'a>(
    told: impl Iterator<Item = (&'a str, Value<'a>)>,
    enrichment: &Enrichment,
    out: &mut Message<'_>,
    field: Field,
) {
    let is_new =
        |(key, value): &(&str, Value<'_>)| !value.is_empty() && !enrichment.attributes.contains_key(*key);
    out.nested(field, |resource| {
        for (key, value) in told.filter(is_new) {
            attribute::write(resource, ATTRIBUTES, key, value);
        }
        for (key, value) in &enrichment.attributes {
            attribute::write_text(resource, ATTRIBUTES, key, value);
        }
    });
}

/// The function's ARN without a version, as the conventions want it; empty where a part is unknown, or where the
/// name is none that Lambda allows and so that of a log group.
fn function_arn(region: &str, account: &str, function: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if region.is_empty() || account.is_empty() || function.is_empty() || !function.chars().all(is_name) {
        return String::new();
    }
    let partition = partition(region);
    format!("arn:{partition}:lambda:{region}:{account}:function:{function}")
}

/// The part of AWS that a region belongs to.
fn partition(region: &str) -> &'static str {
    const OTHERS: [(&str, &str); 6] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-iso-", "aws-iso"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("eu-isoe-", "aws-iso-e"),
    ];
    OTHERS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

/// As the conventions name it.
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
    fn an_arn_needs_all_its_parts() {
        let check = |region, account, function, expected| {
            assert_eq!(function_arn(region, account, function), expected);
        };
        check("eu-west-1", "012345678901", "f", "arn:aws:lambda:eu-west-1:012345678901:function:f");
        check("cn-north-1", "1", "f", "arn:aws-cn:lambda:cn-north-1:1:function:f");
        check("us-gov-west-1", "1", "f", "arn:aws-us-gov:lambda:us-gov-west-1:1:function:f");
        check("", "1", "f", "");
        check("eu-west-1", "", "f", "");
        check("eu-west-1", "1", "", "");
        check("eu-west-1", "1", "my-app/prod", "");
    }
}
