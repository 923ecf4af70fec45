//! What settings say about everything that is sent: tags, service, and the region where no log tells.

use tailwater_parser::Origin;

use super::tags::{tag, tags_of};

/// What stands on every log and point beside what it says itself.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    service: Option<String>,
    region: String,
    tags: Vec<String>,
    forwarder: Vec<String>,
}

/// The function that forwards, as Datadog's forwarder names itself in the tags of logs.
#[derive(Clone, Copy, Debug, Default)]
pub struct Forwarder<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its memory in MB.
    pub memory_mb: &'a str,
    /// Version of the program.
    pub version: &'a str,
}

impl Labels {
    /// Nothing but the region to assume where neither log nor ARN tells; empty when unknown.
    #[must_use]
    pub fn in_region(region: &str) -> Self {
        Self { region: region.to_owned(), ..Self::default() }
    }

    /// Adds the tags of `DD_TAGS` or `TAILWATER_TAGS`, `key:value,…`. A `service:` among them is the service of
    /// everything, unless [`with_service`](Self::with_service) says otherwise.
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

    /// Sets the service of everything: `DD_SERVICE`. Empty is none.
    #[must_use]
    pub fn with_service(mut self, service: &str) -> Self {
        if !service.is_empty() {
            self.service = Some(service.to_owned());
        }
        self
    }

    /// Adds the tags by which logs tell who forwarded them.
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

    /// The service of what `origin` logs: the one configured, else the function, in lower case as in its ARN.
    pub(super) fn service(&self, origin: &Origin) -> String {
        self.service.clone().unwrap_or_else(|| origin.function().to_lowercase())
    }

    /// The region of `origin`.
    pub(super) fn region<'a>(&'a self, origin: &'a Origin) -> &'a str {
        if origin.region.is_empty() { &self.region } else { &origin.region }
    }

    /// The configured tags of points, with the service where one is configured.
    pub(super) fn of_points(&self) -> impl Iterator<Item = String> {
        let service = self.service.as_deref().and_then(|service| tag("service", service));
        self.tags.iter().cloned().chain(service)
    }

    /// The configured tags of logs. Datadog's forwarder says `env:none` where no environment is configured.
    pub(super) fn of_logs(&self) -> impl Iterator<Item = String> {
        let has_env = self.tags.iter().any(|tag| tag.starts_with("env:"));
        let no_env = (!has_env).then(|| "env:none".to_owned());
        self.tags.iter().chain(&self.forwarder).cloned().chain(no_env)
    }
}

/// The tags that tell a function from others: its name, region, owner's account and version.
pub(super) fn of_function(origin: &Origin, region: &str) -> impl Iterator<Item = String> + use<> {
    let tags = [
        tag("functionname", origin.function()),
        tag("region", region),
        tag("aws_account", &origin.account),
        tag("executedversion", origin.version()),
    ];
    tags.into_iter().flatten()
}

/// The function's ARN in lower case, as Datadog's forwarder makes it; `None` when a part of it is unknown.
pub(super) fn function_arn(origin: &Origin, region: &str) -> Option<String> {
    let (account, function) = (&origin.account, origin.function());
    if region.is_empty() || account.is_empty() || function.is_empty() {
        return None;
    }
    let partition = match region.split('-').next() {
        Some("cn") => "aws-cn",
        Some("us") if region.starts_with("us-gov-") => "aws-us-gov",
        _ => "aws",
    };
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
        assert_eq!(labels.service(&origin()), expected);
    }

    #[test]
    fn a_configured_service_wins_over_a_tag_and_a_tag_over_the_function() {
        let tagged = Labels::default().with_tags("env:prod,service:Shop");
        check_service(&Labels::default(), "checkout");
        check_service(&tagged, "shop");
        check_service(&tagged.with_service("billing"), "billing");
        check_service(&Labels::default().with_service("billing").with_tags("service:shop"), "billing");
        check_service(&Labels::default().with_service(""), "checkout");
    }

    #[test]
    fn logs_tell_their_forwarder_and_that_no_environment_is_known() {
        let forwarder = Forwarder { name: "Tail_Water", memory_mb: "128", version: "0.1.0" };
        let labels = Labels::default().with_tags("team:a,team:a").with_forwarder(&forwarder);
        let tags: Vec<_> = labels.of_logs().collect();
        let of_forwarder =
            ["forwardername:tail_water", "forwarder_memorysize:128", "forwarder_version:0.1.0"];
        assert_eq!(tags, [&["team:a"], &of_forwarder[..], &["env:none"]].concat());
    }

    #[test]
    fn points_tell_the_configured_service() {
        let labels = Labels::default().with_tags("env:prod,service:shop");
        assert_eq!(labels.of_points().collect::<Vec<_>>(), ["env:prod", "service:shop"]);
        assert_eq!(labels.of_logs().collect::<Vec<_>>(), ["env:prod"]);
    }

    #[test]
    fn an_arn_needs_account_and_region_and_knows_partitions() {
        let arn = |region| function_arn(&origin(), region);
        let expected = |partition, region| {
            Some(format!("arn:{partition}:lambda:{region}:012345678901:function:checkout"))
        };
        assert_eq!(arn("eu-west-1"), expected("aws", "eu-west-1"));
        assert_eq!(arn("us-gov-west-1"), expected("aws-us-gov", "us-gov-west-1"));
        assert_eq!(arn("cn-north-1"), expected("aws-cn", "cn-north-1"));
        assert_eq!(arn(""), None);
    }
}
