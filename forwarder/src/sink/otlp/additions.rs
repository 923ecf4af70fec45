//! Attributes of a resource that the user's rules set.

use tailwater_parser::record::Additions;

use super::resource::Enrichment;

/// Number of bytes, at most, that an attribute adds to the length of its name and value.
const OVERHEAD: usize = 24;

/// Service, tags and attributes that the user's rules add to a resource; all empty without rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ResourceAdditions {
    service: Option<String>,
    tags: Vec<String>,
    attributes: Vec<(String, String)>,
}

impl ResourceAdditions {
    pub(super) fn of(additions: Option<&Additions<'_>>) -> Self {
        let Some(additions) = additions else { return Self::default() };
        let attributes = additions.attributes.iter();
        Self {
            service: additions.service.map(str::to_owned),
            tags: additions.tags.iter().map(|tag| (*tag).to_owned()).collect(),
            attributes: attributes.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        }
    }

    /// True if these are the additions of a record.
    pub(super) fn are_of(&self, additions: Option<&Additions<'_>>) -> bool {
        let Some(additions) = additions else { return self.is_empty() };
        let attributes = self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.service.as_deref() == additions.service
            && self.tags == additions.tags
            && attributes.eq(additions.attributes.iter().copied())
    }

    /// Returns the attributes of the settings with these, which take precedence; `None` if there are none. A tag
    /// `KEY:VALUE` becomes an attribute, and a tag without a value has the value `true`.
    pub(super) fn added_to(&self, enrichment: &Enrichment) -> Option<Enrichment> {
        if self.is_empty() {
            return None;
        }
        let mut merged = enrichment.clone();
        let tags = self.tags.iter().map(|tag| tag.split_once(':').unwrap_or((tag, "true")));
        let attributes = self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let service = self.service.as_deref().map(|service| ("service.name", service));
        let all = tags.chain(attributes).chain(service);
        merged.attributes.extend(all.map(|(name, value)| (name.to_owned(), value.to_owned())));
        Some(merged)
    }

    fn is_empty(&self) -> bool {
        self.service.is_none() && self.tags.is_empty() && self.attributes.is_empty()
    }
}

/// Returns an upper limit of the number of bytes that additions add to a body.
pub(super) fn longest(additions: &Additions<'_>) -> usize {
    let service = additions.service.map_or(0, str::len);
    let tags: usize = additions.tags.iter().map(|tag| tag.len() + OVERHEAD).sum();
    let attributes = additions.attributes.iter().map(|(name, value)| name.len() + value.len() + OVERHEAD);
    service + tags + attributes.sum::<usize>() + 4 * OVERHEAD
}
