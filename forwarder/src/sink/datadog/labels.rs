//! Labels that the settings add to all logs and points: tags, service, and the region to assume if the logs name none.

use tailwater_parser::Origin;

use super::tags::{tag, tags_of};
use crate::value::Partition;

/// Tag of logs of functions whose environment is unknown, as Datadog's forwarder sends it.
pub(super) const NO_ENV: &str = "env:none";

/// Tag of logs whose source is that of `DD_SOURCE`.
const SOURCE_OVERRIDDEN: &str = "source_overridden:true";

/// Labels that are added to every log and point.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    service: Option<String>,
    source: Option<String>,
    region: String,
    tags: Vec<String>,
    forwarder: Vec<String>,
}

/// Lambda function that runs Tailwater. Its name, memory size and version become tags of logs, as with Datadog's
/// forwarder.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forwarder<'a> {
    /// Name of the function.
    pub name: &'a str,
    /// Memory size of the function in MB.
    pub memory_mb: &'a str,
    /// Version of the program.
    pub version: &'a str,
}

impl Labels {
    /// Creates labels without tags. `region` is used for logs that do not name their region; empty if unknown.
    #[must_use]
    pub fn in_region(region: &str) -> Self {
        Self { region: region.to_owned(), ..Self::default() }
    }

    /// Adds the tags of `DD_TAGS` or `TAILWATER_TAGS`, `key:value,…`. A tag `service:NAME` is not added: it sets the
    /// service of all logs and points, unless the service is set already. [`with_service`](Self::with_service)
    /// overrides it.
    #[must_use]
    pub fn with_tags(mut self, list: &str) -> Self {
        for tag in tags_of(list) {
            match tag.strip_prefix("service:") {
                Some(service) => self.service = self.service.or_else(|| Some(service.to_owned())),
                None if self.tags.contains(&tag) => {}
                None => self.tags.push(tag),
            }
        }
        self
    }

    /// Sets the service of all logs and points (`DD_SERVICE`), unless `service` is empty.
    #[must_use]
    pub fn with_service(mut self, service: &str) -> Self {
        if !service.is_empty() {
            self.service = Some(service.to_owned());
        }
        self
    }

    /// Sets the source of all logs (`DD_SOURCE`), instead of that of their origin.
    #[must_use]
    pub fn with_source(self, source: Option<&str>) -> Self {
        Self { source: source.map(str::to_owned), ..self }
    }

    /// Returns the source of logs whose origin has the source `own`.
    pub(super) fn source<'a>(&'a self, own: &'a str) -> &'a str {
        self.source.as_deref().unwrap_or(own)
    }

    /// Sets the tags that every log gets to identify the forwarder.
    #[must_use]
    pub fn with_forwarder(mut self, forwarder: &Forwarder<'_>) -> Self {
        let tags = [
            tag("forwardername", forwarder.name),
            tag("forwarder_memorysize", forwarder.memory_mb),
            tag("forwarder_version", forwarder.version),
        ];
        self.forwarder = tags.into_iter().flatten().collect();
        self
    }

    /// Returns the service of logs of `origin`: the configured service, else the name of the function in lower case, else
    /// the source of the logs.
    pub(super) fn service(&self, origin: &Origin, source: &str) -> String {
        let default = || match origin.function() {
            "" => source.to_owned(),
            function => function.to_lowercase(),
        };
        self.service.clone().unwrap_or_else(default)
    }

    /// Returns the region of `origin`; if the logs do not name it, the default region of these labels.
    pub(super) fn region<'a>(&'a self, origin: &'a Origin) -> &'a str {
        if origin.region.is_empty() { &self.region } else { &origin.region }
    }

    /// Returns the configured tags of points, and the tag `service:NAME` if a service is configured.
    pub(super) fn of_points(&self) -> impl Iterator<Item = String> {
        let service = self.service.as_deref().and_then(|service| tag("service", service));
        self.tags.iter().cloned().chain(service)
    }

    /// Returns the configured tags of logs and those of the forwarder. If no tag `env:NAME` is configured,
    /// [`NO_ENV`] is added.
    pub(super) fn of_logs(&self) -> impl Iterator<Item = String> {
        let has_env = self.tags.iter().any(|tag| tag.starts_with("env:"));
        let no_env = (!has_env).then(|| NO_ENV.to_owned());
        let overridden = self.source.is_some().then(|| SOURCE_OVERRIDDEN.to_owned());
        self.tags.iter().chain(&self.forwarder).cloned().chain(no_env).chain(overridden)
    }
}

/// Returns the tags that identify a function: name, region, account and version.
pub(super) fn of_function(origin: &Origin, region: &str) -> impl Iterator<Item = String> + use<> {
    let tags = [
        tag("functionname", origin.function()),
        tag("region", region),
        tag("aws_account", &origin.account),
        tag("executedversion", origin.version()),
    ];
    tags.into_iter().flatten()
}

/// Returns the ARN of the function in lower case, as Datadog's forwarder sends it; `None` if region, account or name
/// is unknown.
pub(super) fn function_arn(origin: &Origin, region: &str) -> Option<String> {
    let (account, function) = (&origin.account, origin.function());
    let region = origin.home_region(region);
    if region.is_empty() || account.is_empty() || function.is_empty() {
        return None;
    }
    let partition = Partition::of_region(region).name();
    Some(format!("arn:{partition}:lambda:{region}:{account}:function:{function}").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin() -> Origin {
        let mut origin = Origin::default();
        "012345678901".clone_into(&mut origin.account);
        origin.set_names("/aws/lambda/CheckOut", "2026/11/21/[41]0a");
        origin
    }

    fn check_service(labels: &Labels, expected: &str) {
        assert_eq!(labels.service(&origin(), "lambda"), expected);
    }

    #[test]
    fn configured_service_overrides_the_tag_and_the_tag_the_function() {
        let tagged = Labels::default().with_tags("env:prod,service:Shop");
        check_service(&Labels::default(), "checkout");
        check_service(&tagged, "shop");
        check_service(&tagged.with_service("billing"), "billing");
        check_service(&Labels::default().with_service("billing").with_tags("service:shop"), "billing");
        check_service(&Labels::default().with_service(""), "checkout");
    }

    #[test]
    fn logs_have_tags_of_the_forwarder_and_env_none() {
        let forwarder = Forwarder { name: "Tail_Water", memory_mb: "128", version: "0.1.0" };
        let labels = Labels::default().with_tags("team:a,team:a").with_forwarder(&forwarder);
        let tags: Vec<_> = labels.of_logs().collect();
        let of_forwarder =
            ["forwardername:tail_water", "forwarder_memorysize:128", "forwarder_version:0.1.0"];
        assert_eq!(tags, [&["team:a"], &of_forwarder[..], &["env:none"]].concat());
    }

    #[test]
    fn points_have_the_configured_service() {
        let labels = Labels::default().with_tags("env:prod,service:shop");
        assert_eq!(labels.of_points().collect::<Vec<_>>(), ["env:prod", "service:shop"]);
        assert_eq!(labels.of_logs().collect::<Vec<_>>(), ["env:prod"]);
    }

    #[test]
    fn arn_has_the_partition_of_its_region_and_needs_all_parts() {
        let arn = |region| function_arn(&origin(), region);
        let expected = |partition, region| {
            Some(format!("arn:{partition}:lambda:{region}:012345678901:function:checkout"))
        };
        assert_eq!(arn("eu-west-1"), expected("aws", "eu-west-1"));
        assert_eq!(arn("us-gov-west-1"), expected("aws-us-gov", "us-gov-west-1"));
        assert_eq!(arn("cn-north-1"), expected("aws-cn", "cn-north-1"));
        assert_eq!(arn("us-iso-east-1"), expected("aws-iso", "us-iso-east-1"));
        assert_eq!(arn("eusc-de-east-1"), expected("aws-eusc", "eusc-de-east-1"));
        assert_eq!(arn(""), None);
    }
}
