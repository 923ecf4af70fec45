//! Which log groups are subscribed, and why others are not: decided from their names, their class and their tags.

use std::collections::BTreeMap;

use crate::{
    aws::logs::LogGroup,
    own_function::OwnFunction,
    subscriber::Config,
    value::{LogGroupPattern, Tag},
};

/// Which log groups are subscribed.
#[derive(Clone, Debug)]
pub struct Rules {
    include: Vec<LogGroupPattern>,
    exclude: Vec<LogGroupPattern>,
    /// What forwarding writes itself: subscribed, it would feed itself.
    delivery_path: Vec<String>,
    tags: Vec<Tag>,
}

/// Why a log group is not subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Skip {
    /// Its name is not among those that are to be.
    NotIncluded,
    /// Its name is among those that are not to be.
    Excluded,
    /// It is the forwarder's, or our own.
    DeliveryPath,
    /// It is of a class that has no subscriptions.
    Class,
    /// It lacks a tag.
    Tags,
}

impl Skip {
    /// As the report calls it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::NotIncluded => "not_included",
            Self::Excluded => "excluded",
            Self::DeliveryPath => "delivery_path",
            Self::Class => "class",
            Self::Tags => "tags",
        }
    }
}

impl Rules {
    /// As set, for a subscriber that is this function.
    #[must_use]
    pub fn new(settings: &Config, own: &OwnFunction) -> Self {
        let of_own = own.name.as_deref().map(group_of_function).into_iter().chain(own.log_group.clone());
        Self {
            include: settings.include.clone(),
            exclude: settings.exclude.clone(),
            delivery_path: group_of_destination(&settings.destination_arn)
                .into_iter()
                .chain(of_own)
                .collect(),
            tags: settings.tags.clone(),
        }
    }

    /// What the names of log groups that may be subscribed begin with, so that no others need to be listed.
    #[must_use]
    pub fn beginnings(&self) -> Vec<&str> {
        let mut all: Vec<_> = self.include.iter().map(LogGroupPattern::prefix).collect();
        all.sort_unstable();
        // Sorted, what another one covers stands behind it.
        all.dedup_by(|longer, shorter| longer.starts_with(*shorter));
        all
    }

    /// Whether tags have to be asked for.
    #[must_use]
    pub fn need_tags(&self) -> bool {
        !self.tags.is_empty()
    }

    /// Why the log group of this name is not subscribed, whatever else it is.
    #[must_use]
    pub fn skip_name(&self, name: &str) -> Option<Skip> {
        let is_among = |groups: &[LogGroupPattern]| groups.iter().any(|groups| groups.contains(name));
        if self.delivery_path.iter().any(|own| own == name) {
            Some(Skip::DeliveryPath)
        } else if !is_among(&self.include) {
            Some(Skip::NotIncluded)
        } else {
            is_among(&self.exclude).then_some(Skip::Excluded)
        }
    }

    /// Why this log group is not subscribed, whatever its tags are.
    #[must_use]
    pub fn skip(&self, group: &LogGroup) -> Option<Skip> {
        let has_subscriptions = group.class.as_deref().is_none_or(|class| class == "STANDARD");
        self.skip_name(&group.name).or_else(|| (!has_subscriptions).then_some(Skip::Class))
    }

    /// Why a log group of these tags is not subscribed.
    #[must_use]
    pub fn skip_tags(&self, tags: &BTreeMap<String, String>) -> Option<Skip> {
        let has = |wanted: &Tag| tags.get(&wanted.key) == Some(&wanted.value);
        (!self.tags.iter().all(has)).then_some(Skip::Tags)
    }
}

fn group_of_function(name: &str) -> String {
    format!("/aws/lambda/{name}")
}

/// The log group of what is behind `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, with or without an alias, or behind
/// `arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME`. A stream writes no log.
fn group_of_destination(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next()?, parts.nth(2)?);
    match service {
        "lambda" => resource.strip_prefix("function:")?.split(':').next().map(group_of_function),
        "firehose" => Some(format!("/aws/kinesisfirehose/{}", resource.strip_prefix("deliverystream/")?)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups(names: &[&str]) -> Vec<LogGroupPattern> {
        LogGroupPattern::read(&names.join(",")).unwrap()
    }

    fn rules(include: &[&str]) -> Rules {
        Rules {
            include: groups(include),
            exclude: groups(&["/aws/lambda/secret*"]),
            delivery_path: vec!["/aws/lambda/tailwater".to_owned()],
            tags: vec![Tag { key: "team".to_owned(), value: "shop".to_owned() }],
        }
    }

    #[test]
    fn names_and_classes_decide() {
        let rules = rules(&["/aws/lambda/*", "/ecs/one"]);
        let check = |name: &str, class: Option<&str>, expected: Option<Skip>| {
            let (name, class) = (name.to_owned(), class.map(str::to_owned));
            assert_eq!(
                rules.skip(&LogGroup { name: name.clone(), arn: String::new(), class }),
                expected,
                "{name}"
            );
        };
        check("/aws/lambda/orders", None, None);
        check("/ecs/one", Some("STANDARD"), None);
        check("/ecs/one-more", None, Some(Skip::NotIncluded));
        check("/aws/lambda/secrets", None, Some(Skip::Excluded));
        check("/aws/lambda/tailwater", None, Some(Skip::DeliveryPath));
        check("/aws/lambda/tailwater-too", None, None);
        check("/aws/lambda/orders", Some("INFREQUENT_ACCESS"), Some(Skip::Class));
        check("/aws/lambda/orders", Some("DELIVERY"), Some(Skip::Class));
    }

    #[test]
    fn every_tag_has_to_be_there() {
        let rules = rules(&["*"]);
        let tags = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(rules.skip_tags(&tags(&[("team", "shop"), ("stage", "prod")])), None);
        for other in [tags(&[]), tags(&[("team", "other")]), tags(&[("stage", "shop")])] {
            assert_eq!(rules.skip_tags(&other), Some(Skip::Tags));
        }
    }

    #[test]
    fn beginnings_cover_each_other() {
        assert_eq!(
            rules(&["/aws/lambda/*", "/aws/lambda/a", "/ecs/b", "/ecs/b*"]).beginnings(),
            ["/aws/lambda/", "/ecs/b"]
        );
        assert_eq!(rules(&["*", "/aws/*"]).beginnings(), [""]);
    }

    #[test]
    fn the_destination_names_its_log_group() {
        let check = |arn: &str, expected: Option<&str>| {
            assert_eq!(group_of_destination(arn).as_deref(), expected, "{arn}");
        };
        check("arn:aws:lambda:eu-west-1:123456789012:function:tailwater", Some("/aws/lambda/tailwater"));
        check(
            "arn:aws-cn:lambda:cn-north-1:123456789012:function:tailwater:live",
            Some("/aws/lambda/tailwater"),
        );
        check(
            "arn:aws:firehose:eu-west-1:123456789012:deliverystream/logs",
            Some("/aws/kinesisfirehose/logs"),
        );
        check("arn:aws:kinesis:eu-west-1:123456789012:stream/logs", None);
        check("nonsense", None);
    }
}
