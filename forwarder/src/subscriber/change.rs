//! What has to be done to a log group, decided from the subscriptions that it has.

use crate::aws::logs::Filter;

/// A log group has no more subscriptions.
const FILTERS: usize = 2;

/// What has to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it is subscribed.
    None,
    /// Our subscription goes elsewhere, or is another one in some other way.
    Update,
    /// There is none.
    Add,
    /// Nothing can be done: others' subscriptions take all places.
    Taken,
}

impl Change {
    /// Of a log group with these subscriptions, which is to have `wanted`, too.
    #[must_use]
    pub fn of(filters: &[Filter], wanted: &Filter) -> Self {
        let own = filters.iter().find(|filter| filter.name == wanted.name);
        // Somebody else brought it there, under another name: a second one would bring everything twice.
        let is_there = filters.iter().any(|filter| filter.destination_arn == wanted.destination_arn);
        match own {
            Some(own) if own == wanted => Self::None,
            Some(_) => Self::Update,
            None if is_there => Self::None,
            None if filters.len() < FILTERS => Self::Add,
            None => Self::Taken,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(name: &str, to: &str) -> Filter {
        Filter {
            name: name.to_owned(),
            pattern: String::new(),
            destination_arn: to.to_owned(),
            role_arn: None,
        }
    }

    fn check(filters: &[Filter], expected: Change) {
        assert_eq!(Change::of(filters, &filter("tailwater", "arn:ours")), expected, "{filters:?}");
    }

    #[test]
    fn what_is_missing_is_added_where_there_is_room() {
        check(&[], Change::Add);
        check(&[filter("other", "arn:other")], Change::Add);
        check(&[filter("other", "arn:other"), filter("third", "arn:third")], Change::Taken);
    }

    #[test]
    fn what_is_there_stays() {
        check(&[filter("tailwater", "arn:ours")], Change::None);
        check(&[filter("by-hand", "arn:ours")], Change::None);
        check(&[filter("other", "arn:other"), filter("by-hand", "arn:ours")], Change::None);
    }

    #[test]
    fn our_own_is_kept_as_it_is_set() {
        check(&[filter("other", "arn:other"), filter("tailwater", "arn:old")], Change::Update);
        let other_pattern = Filter { pattern: "ERROR".to_owned(), ..filter("tailwater", "arn:ours") };
        check(&[other_pattern], Change::Update);
        let other_role = Filter { role_arn: Some("arn:role".to_owned()), ..filter("tailwater", "arn:ours") };
        check(&[other_role], Change::Update);
    }
}
