//! Allowed imports: they follow the data, or point down to the parser.

use tests::source::{Reference, Source, read};

use super::none;

/// Rule that sources below `within` never name anything below `never`.
struct Rule {
    within: &'static str,
    never: &'static [&'static str],
    because: &'static str,
}

const SHELL: &[&str] = &[
    "tailwater_forwarder",
    "benches",
    "tokio",
    "http",
    "hyper",
    "reqwest",
    "tracing",
    "metrics",
    "std::env",
    "std::fs",
    "std::net",
    "std::thread",
];

const RULES: &[Rule] = &[
    Rule { within: "parser/src/", never: SHELL, because: "the parser is pure" },
    Rule {
        within: "parser/src/line/",
        never: &["crate::decode", "crate::record", "crate::derive", "crate::price"],
        because: "a line does not know its origin",
    },
    Rule {
        within: "parser/src/decode/",
        never: &["crate::line"],
        because: "finding events is not reading them",
    },
    Rule {
        within: "parser/src/price/",
        never: &["crate::decode", "crate::line", "crate::record", "crate::derive"],
        because: "a price depends on region and processor only",
    },
    Rule {
        within: "parser/src/units.rs",
        never: &["crate::"],
        because: "units are what everything else is made of",
    },
    Rule {
        within: "forwarder/src/value/",
        never: &["crate::http", "crate::aws", "crate::settings", "crate::parking", "crate::send", "tokio"],
        because: "checked values depend on nothing of ours",
    },
    Rule {
        within: "forwarder/src/source/",
        never: &["crate::pipeline", "crate::batch", "crate::sink", "crate::forward", "crate::send"],
        because: "a source does not know what becomes of its events",
    },
    Rule {
        within: "forwarder/src/sink/",
        never: &[
            "crate::batch",
            "crate::pipeline",
            "crate::send",
            "crate::tracker",
            "crate::source",
            "crate::http",
        ],
        because: "a sink describes a backend and sends nothing",
    },
    Rule {
        within: "forwarder/src/http/",
        never: &["crate::sink", "crate::send", "crate::aws", "crate::source", "crate::pipeline"],
        because: "the HTTP client does not know what it carries",
    },
    Rule {
        within: "forwarder/src/aws/",
        never: &["crate::sink", "crate::send", "crate::parking", "crate::source", "crate::pipeline"],
        because: "clients of AWS services do not know what they are used for",
    },
    Rule {
        within: "forwarder/src/parking/",
        never: &["crate::sink", "crate::source", "crate::pipeline", "crate::tracker", "crate::forward"],
        because: "the parking store does not know who parks",
    },
    Rule {
        within: "forwarder/src/pipeline/",
        never: &["crate::settings", "tokio"],
        because: "the pipeline is synchronous and is given what it needs",
    },
    Rule {
        within: "forwarder/explorer/src/files/",
        never: &["std::fs", "std::net", "std::thread", "crate::store", "crate::cli", "crate::serve"],
        because: "local forms are recognised in bytes that the caller reads",
    },
    Rule {
        within: "forwarder/explorer/src/store/",
        never: &["crate::files", "crate::cli", "crate::serve", "crate::view"],
        because: "the store does not know what it is used for",
    },
    Rule {
        within: "forwarder/explorer/src/view/",
        never: &["crate::files", "crate::store", "crate::cli", "crate::serve"],
        because: "the view is computed from invocations, whoever holds them",
    },
    Rule {
        within: "forwarder/explorer/src/serve/",
        never: &["crate::cli", "tailwater_forwarder::send", "tailwater_forwarder::settings"],
        because: "the page's server is given what it needs",
    },
];

/// Text that only some folders may contain, because it reads a clock, the environment or the network.
struct Reach {
    text: &'static [&'static str],
    only_in: &'static [&'static str],
    because: &'static str,
}

const REACHES: &[Reach] = &[
    Reach {
        text: &["Instant::now(", "SystemTime::now(", "Timestamp::now(", "Zoned::now("],
        only_in: &[
            "forwarder/src/lambda.rs",
            "forwarder/src/send/",
            "forwarder/src/aws/",
            "forwarder/explorer/src/serve/",
            "forwarder/explorer/src/cli/",
        ],
        because: "time is an argument",
    },
    Reach {
        text: &["env::var"],
        only_in: &[
            "forwarder/src/settings/",
            "forwarder/src/own_function.rs",
            // Variables of AWS's credentials, which are no settings of ours.
            "forwarder/explorer/src/credentials/environment.rs",
            // Standard variables of the machine, no settings: the width of the terminal, and the folder for caches.
            "forwarder/explorer/src/cli/terminal.rs",
            "forwarder/explorer/src/cli/demo/mod.rs",
        ],
        because: "settings are read in one place",
    },
    Reach {
        text: &["std::net", "reqwest::", "axum::", "hyper::"],
        only_in: &[
            "forwarder/src/http/",
            "forwarder/src/aws/",
            "forwarder/explorer/src/serve/",
            "forwarder/src/lambda.rs",
            "forwarder/explorer/src/cli/args/mod.rs",
            "forwarder/explorer/src/cli/metrics_server.rs",
            // It parses addresses.
            "forwarder/src/rules/redact/detect/ip.rs",
        ],
        because: "only these touch the network",
    },
];

#[test]
fn imports_follow_the_data() {
    none(crates().iter().flat_map(|source| RULES.iter().flat_map(|rule| broken(rule, source))));
}

#[test]
fn clock_environment_and_network_stay_in_their_rooms() {
    none(crates().iter().flat_map(|source| REACHES.iter().flat_map(|reach| reached(reach, source))));
}

/// Modules of `sink` that several sinks share.
const SHARED_BY_SINKS: &[&str] = &["retry_after", "text"];

/// Sources of the forwarder that may know the settings.
const KNOW_SETTINGS: &[&str] =
    &["forwarder/src/settings/", "forwarder/src/assemble.rs", "forwarder/src/bin/"];

#[test]
fn only_assemble_and_the_binaries_know_the_settings() {
    let names_settings = |source: &Source| {
        let references = source.references().into_iter();
        let found = references.filter(|found| is_below(&found.path, "crate::settings"));
        found.map(|found| format!("{}:{}: names {}", source.path, found.line, found.path)).collect::<Vec<_>>()
    };
    let others = crates().into_iter().filter(|source| {
        source.path.starts_with("forwarder/src/")
            && !KNOW_SETTINGS.iter().any(|known| source.path.starts_with(known))
    });
    none(others.flat_map(|source| names_settings(&source)));
}

#[test]
fn sinks_do_not_import_each_other() {
    none(crates().iter().flat_map(other_sinks));
}

fn other_sinks(source: &Source) -> Vec<String> {
    let Some(own) = source.path.strip_prefix("forwarder/src/sink/").filter(|path| *path != "mod.rs") else {
        return Vec::new();
    };
    let own = own.split(['/', '.']).next().unwrap_or_default();
    let is_other = |found: &Reference| {
        let name = found.path.strip_prefix("crate::sink::").and_then(|path| path.split("::").next());
        let module = name.filter(|name| name.starts_with(char::is_lowercase));
        module.is_some_and(|module| module != own && !SHARED_BY_SINKS.contains(&module))
    };
    let references = source.references().into_iter().filter(is_other);
    references.map(|found| format!("{}:{}: names {}", source.path, found.line, found.path)).collect()
}

#[test]
fn parser_has_no_dependency_with_io() {
    let manifest = read("parser/Cargo.toml");
    let dependencies = section(&manifest, "[dependencies]");
    none(
        [
            "tokio",
            "http",
            "hyper",
            "reqwest",
            "tracing",
            "metrics",
            "tailwater",
            "benches",
            "tests",
            "jiff",
            "rusqlite",
        ]
        .into_iter()
        .filter(|name| dependencies.iter().any(|line| line.split(['.', ' ', '=']).next() == Some(name)))
        .map(|name| format!("parser/Cargo.toml: depends on {name}")),
    );
}

#[test]
fn shipped_crates_do_not_depend_on_benches_or_tests() {
    none(["parser", "forwarder", "forwarder/explorer"].into_iter().flat_map(|package| {
        let manifest = read(&format!("{package}/Cargo.toml"));
        let back = manifest.lines().filter(|line| line.starts_with("benches") || line.starts_with("tests"));
        back.map(|line| format!("{package}/Cargo.toml: {line}")).collect::<Vec<_>>()
    }));
}

#[test]
fn forwarder_does_not_depend_on_the_explorer() {
    let manifest = read("forwarder/Cargo.toml");
    none(
        ["tailwater", "clap", "rusqlite", "axum", "toml"]
            .into_iter()
            .filter(|name| manifest.lines().any(|line| line.split(['.', ' ', '=']).next() == Some(name)))
            .map(|name| format!("forwarder/Cargo.toml: depends on {name}")),
    );
}

fn crates() -> Vec<Source> {
    let all = ["parser/src", "forwarder/src", "forwarder/explorer/src"].into_iter().flat_map(Source::all);
    all.filter(|source| !source.is_test()).collect()
}

fn broken(rule: &Rule, source: &Source) -> Vec<String> {
    if !source.path.starts_with(rule.within) {
        return Vec::new();
    }
    let forbidden = |found: &Reference| rule.never.iter().any(|never| is_below(&found.path, never));
    let references = source.references().into_iter().filter(forbidden);
    references
        .map(|found| format!("{}:{}: names {}; {}", source.path, found.line, found.path, rule.because))
        .collect()
}

/// `crate::line::App` is below `crate::line`, `crate::lines` is not.
fn is_below(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::") || module.ends_with("::"))
}

fn reached(reach: &Reach, source: &Source) -> Vec<String> {
    if reach.only_in.iter().any(|folder| source.path.starts_with(folder)) {
        return Vec::new();
    }
    let lines = source.code_without_tests().lines().zip(1..);
    lines
        .filter(|(line, _)| reach.text.iter().any(|text| line.contains(text)))
        .map(|(line, number)| format!("{}:{number}: {}; {}", source.path, line.trim(), reach.because))
        .collect()
}

/// The lines of a manifest's section.
fn section<'t>(manifest: &'t str, name: &str) -> Vec<&'t str> {
    manifest
        .lines()
        .skip_while(|line| *line != name)
        .skip(1)
        .take_while(|line| !line.starts_with('['))
        .collect()
}

#[test]
fn rules_find_what_they_forbid() {
    let check = |path: &str, code: &str, expected: usize| {
        let source = Source::new(path.to_owned(), code.to_owned());
        let by_rule = RULES.iter().flat_map(|rule| broken(rule, &source));
        let by_reach = REACHES.iter().flat_map(|reach| reached(reach, &source));
        let found: Vec<_> = by_rule.chain(by_reach).chain(other_sinks(&source)).collect();
        assert_eq!(found.len(), expected, "{path}: {code}\n{found:?}");
    };
    check("parser/src/line/app/node.rs", "use crate::{decode::Event, level::Level};", 1);
    check("parser/src/line/app/node.rs", "// see crate::decode\nuse crate::level::Level;", 0);
    check("parser/src/decode/mod.rs", "use super::line;", 1);
    check("parser/src/json.rs", "use std::{fs, fmt};", 1);
    check("parser/src/units.rs", "use crate::origin::Origin;", 1);
    check("forwarder/src/source/s3.rs", "use super::super::pipeline::run;", 1);
    check("forwarder/src/source/mod.rs", "let now = std::time::Instant::now();", 1);
    check("forwarder/explorer/src/cli/replay.rs", "let now = std::time::Instant::now();", 0);
    check("forwarder/explorer/src/view/mod.rs", "#[cfg(test)]\nmod tests { use crate::store::Store; }", 0);
    check("forwarder/src/sink/otlp/mod.rs", "use crate::sink::datadog::Series;", 1);
    check("forwarder/src/value/url.rs", "use crate::http::Client;", 1);
    check("forwarder/explorer/src/files/csv.rs", "use std::fs::File;", 1);
    check("forwarder/src/sink/otlp/mod.rs", "use super::{Sink, text, otlp::logs};", 0);
}
