//! Paths that a source file names: modules of its crate, and other crates.

use super::line_number;

/// Path in a source file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Path from the root of the crate, with `super::` resolved, up to a group: `crate::decode::Window`, `std::fs`.
    pub path: String,
    /// Line, counted from 1.
    pub line: usize,
}

/// Finds the paths in blanked code; each member of a group is a path.
pub(super) fn references(file: &str, code: &str) -> Vec<Reference> {
    let module = module_of(file);
    let (mut found, mut group_end) = (Vec::new(), 0);
    for (at, _) in code.match_indices("::") {
        let (Some(root), Some((_, rest))) = (root_before(code, at), code.split_at_checked(at + 2)) else {
            continue;
        };
        // Paths inside of a group are handled with the group.
        if at < group_end {
            continue;
        }
        let members = members(rest);
        group_end = at + members.iter().map(|member| member.len() + 1).sum::<usize>();
        let line = line_number(code, at);
        let paths = members.into_iter().filter_map(|member| resolve(&module, root, path_only(member)));
        found.extend(paths.map(|path| Reference { path, line }));
    }
    found
}

/// Returns the module of a file: `sink::otlp::logs` for `forwarder/src/sink/otlp/logs.rs`.
fn module_of(file: &str) -> Vec<&str> {
    let in_crate = file.split_once("/src/").map_or(file, |(_, rest)| rest);
    let without = in_crate.trim_end_matches(".rs").trim_end_matches("/mod").trim_end_matches("lib");
    without.split('/').filter(|segment| !segment.is_empty()).collect()
}

/// Returns the name before `::` if a path starts with it.
fn root_before(code: &str, at: usize) -> Option<&str> {
    let before = code.get(..at)?;
    let is_name = |c: char| c.is_alphanumeric() || c == '_';
    let start = before.char_indices().rev().take_while(|(_, c)| is_name(*c)).last()?.0;
    let path_goes_further_back = before.get(..start)?.ends_with("::");
    let name = before.get(start..)?;
    (!path_goes_further_back && name.chars().next()?.is_lowercase()).then_some(name)
}

/// Returns the paths after `root::`, without the contents of nested groups.
fn members(rest: &str) -> Vec<&str> {
    let Some(group) = rest.strip_prefix('{') else {
        return vec![path_only(rest)];
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

/// Resolves a path from the root of the crate; `None` for a path below the file's own module.
fn resolve(module: &[&str], root: &str, member: &str) -> Option<String> {
    let mut segments = member.split("::");
    let mut place = match root {
        "self" => return None,
        "crate" => Vec::new(),
        "super" => module.split_last()?.1.to_vec(),
        other => {
            let first = segments.next().filter(|first| !first.is_empty())?;
            return Some(format!("{other}::{first}"));
        }
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

/// Returns the text before the first character that cannot be in a path.
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
    fn path_in_the_crate_starts_at_its_root() {
        check("parser/src/line/mod.rs", "use crate::units::Bytes;", &["crate::units::Bytes"]);
        check("parser/src/lib.rs", "let x = crate::decode(1);", &["crate::decode"]);
    }

    #[test]
    fn each_member_of_a_group_is_a_path() {
        check(
            "parser/src/a.rs",
            "use crate::{\n  decode::{A, B},\n  line,\n};",
            &["crate::decode", "crate::line"],
        );
        check("parser/src/a.rs", "use std::{fs, io::{Read, self}};", &["std::fs", "std::io"]);
    }

    #[test]
    fn all_paths_of_a_file_are_listed() {
        check(
            "parser/src/a.rs",
            "use crate::{a::{b::C, D}, e};\nuse std::fs;\nfn f() { std::net::connect(crate::g()) }",
            &["crate::a", "crate::e", "std::fs", "std::net", "crate::g"],
        );
    }

    #[test]
    fn super_is_resolved() {
        check("forwarder/src/source/a/b.rs", "use super::super::super::sink::X;", &["crate::sink::X"]);
        check("forwarder/src/source/mod.rs", "use super::pipeline;", &["crate::pipeline"]);
        check("forwarder/src/source/a/b.rs", "use super::text;", &["crate::source::a::text"]);
    }

    #[test]
    fn types_and_own_modules_are_not_listed() {
        check("parser/src/a.rs", "Self::new(); Vec::new(); self::b::c();", &[]);
    }
}
