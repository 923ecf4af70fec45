//! Limits of functions and files, and rules of names.

use std::fs;

use tests::{
    binary::root,
    source::{Source, files, read},
};

use super::none;

/// Maximum number of lines of a file.
const FILE_LINES: usize = 500;
/// Maximum number of lines of a function.
const FUNCTION_LINES: usize = 70;

/// Files and folders at the top level, besides those in `.gitignore`.
const TOP: &[&str] = &[
    "parser",
    "forwarder",
    "infra",
    "benches",
    "tests",
    "Cargo.toml",
    "Cargo.lock",
    "README.md",
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "CODE_OF_CONDUCT.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "SECURITY.md",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "clippy.toml",
    "deny.toml",
    ".ci",
    ".github",
    ".git",
    ".gitattributes",
    ".gitignore",
];

/// File names that do not describe their content.
const EMPTY_NAMES: &[&str] = &["utils", "util", "common", "helpers", "helper", "misc", "types"];

fn ours() -> Vec<Source> {
    ["parser", "forwarder", "benches", "tests"].into_iter().flat_map(Source::all).collect()
}

#[test]
fn top_level_is_fixed() {
    let names =
        fs::read_dir(root()).expect("the root can be read").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let ignored = |name: &str| name == "target" || name == "node_modules" || name.starts_with("tailwater.db");
    none(names.filter(|name| !TOP.contains(&name.as_str()) && !ignored(name)));
}

/// A tag of an action can be moved to other code; a digest cannot.
#[test]
fn workflows_name_actions_by_digest() {
    let uses = [".github/workflows/ci.yml", ".github/workflows/release.yml"]
        .into_iter()
        .flat_map(|file| read(file).lines().map(str::to_owned).collect::<Vec<_>>())
        .filter_map(|line| line.split_once("uses: ").map(|(_, action)| action.to_owned()));
    let is_pinned = |action: &str| {
        let digest = action.split_once('@').map_or("", |(_, rest)| rest.split(' ').next().unwrap_or(""));
        digest.len() == 40 && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let uses: Vec<_> = uses.collect();
    assert!(!uses.is_empty(), "the workflows use no action");
    none(uses.into_iter().filter(|action| !is_pinned(action)));
}

#[test]
fn files_have_at_most_500_lines() {
    let long = ours().into_iter().map(|source| (source.text.lines().count(), source));
    none(
        long.filter(|(lines, _)| *lines > FILE_LINES)
            .map(|(lines, source)| format!("{}: {lines} lines", source.path)),
    );
}

#[test]
fn functions_have_at_most_70_lines() {
    none(ours().iter().flat_map(|source| {
        let long = source.functions().into_iter().filter(|function| function.lines > FUNCTION_LINES);
        long.map(|f| format!("{}:{}: {} has {} lines", source.path, f.first_line, f.name, f.lines))
            .collect::<Vec<_>>()
    }));
}

#[test]
fn modules_open_with_a_description() {
    let opens = |source: &Source| {
        source.text.lines().next().is_some_and(|line| line.len() > 12 && line.starts_with("//! "))
    };
    none(
        ours()
            .iter()
            .filter(|source| !source.is_test() && !opens(source))
            .map(|source| format!("{}:1: no `//!` line", source.path)),
    );
}

#[test]
fn file_names_describe_their_content() {
    none(
        ours()
            .into_iter()
            .map(|source| source.path)
            .filter(|path| path.split(['/', '.']).any(|name| EMPTY_NAMES.contains(&name))),
    );
}

#[test]
fn modules_with_submodules_are_folders() {
    let beside = |path: &String| path.strip_suffix(".rs").is_some_and(|module| root().join(module).is_dir());
    none(ours().into_iter().map(|source| source.path).filter(beside));
}

#[test]
fn no_test_is_ignored_or_sleeps_in_a_thread() {
    let ignored = |source: &Source| source.code.contains("#[ignore") || source.code.contains("thread::sleep");
    none(ours().into_iter().filter(ignored).map(|source| source.path));
}

#[test]
fn testdata_files_are_in_the_index() {
    let index = read("parser/testdata/INDEX.md");
    let fixtures = files("parser/testdata").into_iter().filter(|path| !path.ends_with("INDEX.md"));
    none(fixtures.filter(|path| {
        let name = path.trim_start_matches("parser/testdata/");
        !index.contains(name) && !index.contains(name.trim_end_matches(".txt"))
    }));
}
