//! Function names cut in the middle, so that different names stay different.

use std::collections::{BTreeMap, HashSet};

use tailwater_forwarder::telemetry::escape::escape_controls;

use crate::view::format;

/// Returns the names with control characters escaped, each at most `width` columns wide. A longer name is cut in the middle:
/// the names of a stack begin alike, so most of the room is for the end. Two different names never become the same.
pub(super) fn shortened(names: &[&str], width: usize) -> Vec<String> {
    let escaped: Vec<String> =
        names.iter().map(|name| escape_controls((*name).to_owned()).into_owned()).collect();
    let mut short: BTreeMap<&str, String> =
        escaped.iter().map(|name| (name.as_str(), fitted(name, width, width / 3))).collect();
    for alike in alike(&short) {
        for (name, text) in alike.iter().zip(told_apart(&alike, width, &short)) {
            short.insert(name, text);
        }
    }
    escaped.iter().map(|name| short.get(name.as_str()).cloned().unwrap_or_default()).collect()
}

/// Cuts a name with at most `head` columns of its beginning, if it is too wide.
fn fitted(name: &str, width: usize, head: usize) -> String {
    if format::width(name) <= width {
        return name.to_owned();
    }
    let head = format::head(name, head);
    let tail = format::tail(name, width.saturating_sub(format::width(head) + 1));
    format!("{head}…{tail}")
}

/// Groups of names that have become the same.
fn alike<'n>(short: &BTreeMap<&'n str, String>) -> Vec<Vec<&'n str>> {
    let mut groups: BTreeMap<&str, Vec<&'n str>> = BTreeMap::new();
    for (name, text) in short {
        groups.entry(text).or_default().push(name);
    }
    groups.into_values().filter(|group| group.len() > 1).collect()
}

/// Shortens a group of names at the place next to a third of the width at which they differ. If they differ nowhere, they
/// are numbered.
fn told_apart(group: &[&str], width: usize, all: &BTreeMap<&str, String>) -> Vec<String> {
    let taken: HashSet<&str> =
        all.iter().filter(|(name, _)| !group.contains(name)).map(|(_, text)| text.as_str()).collect();
    let mut heads: Vec<usize> = (0..width).collect();
    heads.sort_by_key(|head| head.abs_diff(width / 3));
    for head in heads {
        let texts: Vec<String> = group.iter().map(|name| fitted(name, width, head)).collect();
        let distinct: HashSet<&str> = texts.iter().map(String::as_str).collect();
        if distinct.len() == texts.len() && distinct.is_disjoint(&taken) {
            return texts;
        }
    }
    let numbered = |(index, name): (usize, &&str)| {
        let number = format!("~{}", index + 1);
        let room = width.saturating_sub(number.len());
        format!("{}{number}", fitted(name, room, room / 3))
    };
    group.iter().enumerate().map(numbered).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(names: &[&str], width: usize, expected: &[&str]) {
        let short = shortened(names, width);
        assert_eq!(short, expected);
        assert!(short.iter().all(|name| format::width(name) <= width), "{short:?}");
    }

    #[test]
    fn end_of_a_name_is_kept() {
        check(&["shop-prod-CheckoutStack-HandleOrder1A2B"], 24, &["shop-pro…HandleOrder1A2B"]);
        check(&["checkout-api"], 12, &["checkout-api"]);
        check(&["checkout-api"], 11, &["che…out-api"]);
    }

    #[test]
    fn names_with_the_same_ends_differ_in_their_beginnings() {
        check(
            &["orders-production-handler", "ledger-production-handler"],
            12,
            &["orde…handler", "ledg…handler"],
        );
    }

    #[test]
    fn place_of_the_cut_moves_until_names_differ() {
        // At a third of the width, both would be `shop…k-handle`.
        let names = ["shop-a1-stack-handle", "shop-b1-stack-handle"];
        check(&names, 13, &["shop-a…handle", "shop-b…handle"]);
    }

    #[test]
    fn names_that_differ_only_in_the_middle_are_numbered() {
        let name = |middle: &str| format!("{}{middle}{}", "a".repeat(20), "b".repeat(20));
        let names = [name("1"), name("2")];
        check(&[&names[0], &names[1], &names[0]], 10, &["aa…bbbbb~1", "aa…bbbbb~2", "aa…bbbbb~1"]);
    }

    #[test]
    fn wide_and_control_characters_are_measured_as_shown() {
        check(&["注文受付-prod-関数"], 11, &["注…rod-関数"]);
        check(&["a\u{1b}[2Jb"], 20, &[r"a\u{1b}[2Jb"]);
    }
}
