//! Calls that tags of functions declare: `Upstream` and `Downstream`, each `Kind:a,b;Kind:c`.

use std::collections::{BTreeMap, BTreeSet};

/// Kinds of resources in tags, as they are written.
const KINDS: [&str; 9] = ["Fn", "SQS", "SNS", "S3", "DDB", "EB", "KIN", "API", "SFN"];
/// Maximum number of declared calls.
const MAX_DECLARED: usize = 20_000;

/// Declared calls, as pairs of names: the caller, and what it calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared(BTreeSet<(String, String)>);

impl Declared {
    /// Adds what the tags of a function declare. Parts that cannot be read are left out.
    pub fn add(&mut self, function: &str, tags: &BTreeMap<String, String>) {
        for name in tags.get("Upstream").into_iter().flat_map(|value| names(value)) {
            self.insert(name, function.to_owned());
        }
        for name in tags.get("Downstream").into_iter().flat_map(|value| names(value)) {
            self.insert(function.to_owned(), name);
        }
    }

    fn insert(&mut self, from: String, to: String) {
        if self.0.len() < MAX_DECLARED {
            self.0.insert((from, to));
        }
    }

    /// All declared calls, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(from, to)| (from.as_str(), to.as_str()))
    }

    /// True if this call is declared.
    #[must_use]
    pub fn has(&self, from: &str, to: &str) -> bool {
        self.0.contains(&(from.to_owned(), to.to_owned()))
    }

    /// True if a call between two functions is declared, or one over a resource that the first writes and the second reads.
    #[must_use]
    pub fn has_way(&self, from: &str, to: &str) -> bool {
        let over = |resource: &str| is_resource(resource) && self.has(resource, to);
        let own = self.0.range((from.to_owned(), String::new())..).take_while(|(one, _)| one == from);
        self.has(from, to) || own.map(|(_, other)| other.as_str()).any(over)
    }
}

/// True for the name of a resource, which begins with its kind.
pub(super) fn is_resource(name: &str) -> bool {
    name.split_once(':').is_some_and(|(kind, _)| KINDS.contains(&kind) || kind == "HTTP")
}

/// Names in the value of a tag, as nodes of the map have them.
fn names(value: &str) -> Vec<String> {
    let parts = value.split(';').filter_map(|part| part.trim().split_once(':'));
    let of_part = |(kind, names): (&str, &str)| {
        let kind = KINDS.into_iter().find(|known| known.eq_ignore_ascii_case(kind.trim()));
        let named = names.split(',').map(str::trim).filter(|name| !name.is_empty() && name.len() <= 160);
        let full = |name: &str, kind| if kind == "Fn" { name.to_owned() } else { [kind, ":", name].concat() };
        named.filter_map(|name| Some(full(name, kind?))).collect::<Vec<_>>()
    };
    parts.flat_map(of_part).collect()
}
