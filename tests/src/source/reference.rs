//! What a file names by path: modules of its own crate, and other crates.

use super::line_number;

/// A module of ours or a crate that a file names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// From the crate's root, with `super::` resolved, up to a group: `crate::decode::Window`, `std::fs`.
    pub path: String,
    /// The line, counted from 1.
    pub line: usize,
}

/// Paths in blanked code that begin at a crate's root, or at the parent of the file's module. What stands deeper in a
/// group comes as a path of its own too, from a root that is none: it matches no rule.
pub(super) fn references(file: &str, code: &str) -> Vec<Reference> {
    let module = module_of(file);
    code.match_indices("::")
        .filter_map(|(at, _)| Some((root_before(code, at)?, at)))
        .flat_map(|(root, at)| named(&module, root, code, at))
        .collect()
}

/// `forwarder/src/source/files/csv.rs` is the module `source::files::csv`.
fn module_of(file: &str) -> Vec<&str> {
    let in_crate = file.split_once("/src/").map_or(file, |(_, rest)| rest);
    let without = in_crate.trim_end_matches(".rs").trim_end_matches("/mod").trim_end_matches("lib");
    without.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// The name before `::`, when the path begins with it.
fn root_before(code: &str, at: usize) -> Option<&str> {
    let before = code.get(..at)?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let start = before.char_indices().rev().take_while(|(_, c)| is_name(*c)).last()?.0;
    let path_goes_further_back = before.get(..start)?.ends_with("::");
    let name = before.get(start..)?;
    (!path_goes_further_back && name.chars().next()?.is_lowercase()).then_some(name)
}

/// What `root::…` names: one thing, or one for each member of `{…}`.
fn named(module: &[&str], root: &str, code: &str, at: usize) -> Vec<Reference> {
    let rest = code.get(at + 2..).unwrap_or_default();
    let line = line_number(code, at);
    let paths = members(rest).into_iter().map(path_only);
    paths.filter_map(|member| Some(Reference { path: resolve(module, root, member)?, line })).collect()
}

/// The paths behind `root::`, without the insides of deeper groups.
fn members(rest: &str) -> Vec<&str> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![rest];
    };
    let (mut depth, mut from, mut found) = (1_usize, 0, Vec::new());
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 || (depth == 1 && character == ',') {
            found.extend(group.get(from..at));
            from = at + 1;
        }
        if depth == 0 {
            break;
        }
    }
    found
}

/// The path seen from the crate's root; `None` for one below the file's own module.
fn resolve(module: &[&str], root: &str, member: &str) -> Option<String> {
    let mut segments = member.split("::");
    let mut place = match root {
        "self" => return None,
        "crate" => Vec::new(),
        "super" => module.split_last()?.1.to_vec(),
        other => return Some(format!("{other}::{}", segments.next()?)),
    };
    for segment in segments {
        if segment == "super" {
            place.pop();
        } else {
            place.push(segment);
        }
    }
    place.retain(|segment| !segment.is_empty());
    (!place.is_empty()).then(|| format!("crate::{}", place.join("::")))
}

/// What stands before the first character that no path holds.
fn path_only(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != ':').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &str, code: &str, expected: &[&str]) {
        let found: Vec<_> = references(file, code).into_iter().map(|reference| reference.path).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn modules_of_the_crate_are_named_from_its_root() {
        check("parser/src/line/mod.rs", "use crate::units::Bytes;", &["crate::units::Bytes"]);
        check("parser/src/lib.rs", "let x = crate::decode(1);", &["crate::decode"]);
    }

    #[test]
    fn each_member_of_a_group_counts() {
        check(
            "parser/src/a.rs",
            "use crate::{\n  decode::{},\n  line,\n};",
            &["crate::decode", "crate::line"],
        );
        check("parser/src/a.rs", "use std::{fs, io::{Read, self}};", &["std::fs", "std::io"]);
    }

    #[test]
    fn super_is_resolved() {
        check("forwarder/src/source/files/csv.rs", "use super::super::super::sink::X;", &["crate::sink::X"]);
        check("forwarder/src/source/mod.rs", "use super::pipeline;", &["crate::pipeline"]);
        check("forwarder/src/source/files/csv.rs", "use super::text;", &["crate::source::files::text"]);
    }

    #[test]
    fn types_and_own_modules_are_no_references() {
        check("parser/src/a.rs", "Self::new(); Vec::new(); self::b::c();", &[]);
    }
}
