//! Selection of log groups by name, log class and tags.

use std::collections::BTreeMap;

use crate::{
    aws::logs::LogGroup,
    own_function::OwnFunction,
    subscriber::Config,
    value::{LogGroupPattern, Tag},
};

/// Rules that select the log groups to subscribe.
#[derive(Clone, Debug)]
pub struct Rules {
    include: Vec<LogGroupPattern>,
    exclude: Vec<LogGroupPattern>,
    /// Log groups of the destination and of the subscriber. If they were subscribed, they would cause an endless
    /// loop of events.
    delivery_path: Vec<String>,
    tags: Vec<Tag>,
}

/// Reason why a log group is not subscribed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SkipReason {
    /// The name of the log group matches no pattern of `include`.
    NotIncluded,
    /// The name of the log group matches a pattern of `exclude`.
    Excluded,
    /// The destination or the subscriber itself writes to the log group.
    DeliveryPath,
    /// The log class of the log group does not support subscription filters.
    Class,
    /// The log group lacks a required tag.
    Tags,
}

impl SkipReason {
    /// Returns the name of this reason in [`Report::skipped`](super::Report::skipped).
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
    /// Creates the rules of a configuration; `own` is the Lambda function that the subscriber runs in.
    #[must_use]
    pub fn new(config: &Config, own: &OwnFunction) -> Self {
        let of_own = own.name.as_deref().map(log_group_of_function).into_iter().chain(own.log_group.clone());
        Self {
            include: config.include.clone(),
            exclude: config.exclude.clone(),
            delivery_path: log_group_of_destination(&config.destination_arn)
                .into_iter()
                .chain(of_own)
                .collect(),
            tags: config.tags.clone(),
        }
    }

    /// Returns the shortest list of prefixes such that every name that `include` matches begins with one of them.
    /// Only log groups with these prefixes have to be listed.
    #[must_use]
    pub fn name_prefixes(&self) -> Vec<&str> {
        let mut prefixes: Vec<_> = self.include.iter().map(LogGroupPattern::prefix).collect();
        prefixes.sort_unstable();
        // In a sorted list, a prefix precedes all longer ones that it covers.
        prefixes.dedup_by(|longer, shorter| longer.starts_with(*shorter));
        prefixes
    }

    /// True if the rules depend on tags. Reading tags takes a request for each log group.
    #[must_use]
    pub fn need_tags(&self) -> bool {
        !self.tags.is_empty()
    }

    /// Returns the reason to skip a log group because of its name; `None` if there is none.
    #[must_use]
    pub fn skip_by_name(&self, name: &str) -> Option<SkipReason> {
        let matches_any = |groups: &[LogGroupPattern]| groups.iter().any(|groups| groups.contains(name));
        if self.delivery_path.iter().any(|own| own == name) {
            Some(SkipReason::DeliveryPath)
        } else if !matches_any(&self.include) {
            Some(SkipReason::NotIncluded)
        } else {
            matches_any(&self.exclude).then_some(SkipReason::Excluded)
        }
    }

    /// Returns the reason to skip a log group because of its name or log class; `None` if there is none.
    #[must_use]
    pub fn skip(&self, group: &LogGroup) -> Option<SkipReason> {
        let has_filters = group.class.as_deref().is_none_or(|class| class == "STANDARD");
        self.skip_by_name(&group.name).or_else(|| (!has_filters).then_some(SkipReason::Class))
    }

    /// Returns the reason to skip a log group because of its tags; `None` if there is none.
    #[must_use]
    pub fn skip_by_tags(&self, tags: &BTreeMap<String, String>) -> Option<SkipReason> {
        let has = |required: &Tag| tags.get(&required.key) == Some(&required.value);
        (!self.tags.iter().all(has)).then_some(SkipReason::Tags)
    }
}

fn log_group_of_function(name: &str) -> String {
    format!("/aws/lambda/{name}")
}

/// Returns the log group that a destination writes to: `arn:aws:lambda:REGION:ACCOUNT:function:NAME`, with or
/// without an alias, or `arn:aws:firehose:REGION:ACCOUNT:deliverystream/NAME`. `None` for a Kinesis stream, which
/// writes no logs.
fn log_group_of_destination(arn: &str) -> Option<String> {
    let mut parts = arn.splitn(6, ':').skip(2);
    let (service, resource) = (parts.next()?, parts.nth(2)?);
    match service {
        "lambda" => resource.strip_prefix("function:")?.split(':').next().map(log_group_of_function),
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
    fn log_groups_are_selected_by_name_and_class() {
        let rules = rules(&["/aws/lambda/*", "/ecs/one"]);
        let check = |name: &str, class: Option<&str>, expected: Option<SkipReason>| {
            let (name, class) = (name.to_owned(), class.map(str::to_owned));
            assert_eq!(
                rules.skip(&LogGroup { name: name.clone(), arn: String::new(), class }),
                expected,
                "{name}"
            );
        };
        check("/aws/lambda/orders", None, None);
        check("/ecs/one", Some("STANDARD"), None);
        check("/ecs/one-more", None, Some(SkipReason::NotIncluded));
        check("/aws/lambda/secrets", None, Some(SkipReason::Excluded));
        check("/aws/lambda/tailwater", None, Some(SkipReason::DeliveryPath));
        check("/aws/lambda/tailwater-too", None, None);
        check("/aws/lambda/orders", Some("INFREQUENT_ACCESS"), Some(SkipReason::Class));
        check("/aws/lambda/orders", Some("DELIVERY"), Some(SkipReason::Class));
    }

    #[test]
    fn log_group_without_a_required_tag_is_skipped() {
        let rules = rules(&["*"]);
        let tags = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        assert_eq!(rules.skip_by_tags(&tags(&[("team", "shop"), ("stage", "prod")])), None);
        for other in [tags(&[]), tags(&[("team", "other")]), tags(&[("stage", "shop")])] {
            assert_eq!(rules.skip_by_tags(&other), Some(SkipReason::Tags));
        }
    }

    #[test]
    fn prefixes_covered_by_shorter_ones_are_left_out() {
        assert_eq!(
            rules(&["/aws/lambda/*", "/aws/lambda/a", "/ecs/b", "/ecs/b*"]).name_prefixes(),
            ["/aws/lambda/", "/ecs/b"]
        );
        assert_eq!(rules(&["*", "/aws/*"]).name_prefixes(), [""]);
    }

    #[test]
    fn log_group_of_the_destination_is_read_from_its_arn() {
        let check = |arn: &str, expected: Option<&str>| {
            assert_eq!(log_group_of_destination(arn).as_deref(), expected, "{arn}");
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
