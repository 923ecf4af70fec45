//! Change of a log group's subscription filters that is needed to subscribe the log group.

use crate::aws::logs::SubscriptionFilter;

/// Maximum number of subscription filters of a log group, a quota of CloudWatch Logs.
const MAX_FILTERS: usize = 2;

/// Change that a log group needs, so that it has the subscriber's filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// No change: the log group has the right filter, or another filter with the same destination.
    None,
    /// Update: the log group has the subscriber's filter, but with another destination, pattern or role.
    Update,
    /// Addition: the log group does not have the subscriber's filter.
    Add,
    /// No change is possible: filters of others use up the quota of the log group.
    Taken,
}

impl Change {
    /// Compares the filters of a log group with the filter that it should have.
    #[must_use]
    pub fn of(filters: &[SubscriptionFilter], wanted: &SubscriptionFilter) -> Self {
        let own = filters.iter().find(|filter| filter.name == wanted.name);
        // A filter with another name, created by hand for example, may have our destination already. A second one would
        // deliver every event twice.
        let is_forwarded = filters.iter().any(|filter| filter.destination_arn == wanted.destination_arn);
        match own {
            Some(own) if own == wanted => Self::None,
            Some(_) => Self::Update,
            None if is_forwarded => Self::None,
            None if filters.len() < MAX_FILTERS => Self::Add,
            None => Self::Taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(name: &str, destination: &str) -> SubscriptionFilter {
        SubscriptionFilter {
            name: name.to_owned(),
            pattern: String::new(),
            destination_arn: destination.to_owned(),
            role_arn: None,
        }
    }

    fn check(filters: &[SubscriptionFilter], expected: Change) {
        assert_eq!(Change::of(filters, &filter("tailwater", "arn:ours")), expected, "{filters:?}");
    }

    #[test]
    fn missing_filter_is_added_unless_the_quota_is_used_up() {
        check(&[], Change::Add);
        check(&[filter("other", "arn:other")], Change::Add);
        check(&[filter("other", "arn:other"), filter("third", "arn:third")], Change::Taken);
    }

    #[test]
    fn existing_filter_with_our_destination_stays() {
        check(&[filter("tailwater", "arn:ours")], Change::None);
        check(&[filter("by-hand", "arn:ours")], Change::None);
        check(&[filter("other", "arn:other"), filter("by-hand", "arn:ours")], Change::None);
    }

    #[test]
    fn our_filter_is_updated_if_it_differs_from_the_settings() {
        check(&[filter("other", "arn:other"), filter("tailwater", "arn:old")], Change::Update);
        let own = filter("tailwater", "arn:ours");
        let other_pattern = SubscriptionFilter { pattern: "ERROR".to_owned(), ..own.clone() };
        check(&[other_pattern], Change::Update);
        let other_role = SubscriptionFilter { role_arn: Some("arn:role".to_owned()), ..own };
        check(&[other_role], Change::Update);
    }
}
