//! `tailwater settings`: lists all settings, for the terminal, as Markdown or as JSON.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use serde::Serialize;
use tailwater_forwarder::settings::{Kind, MACRO_SETTINGS, SETTINGS, SUBSCRIBER_SETTINGS, Setting};

use super::{args::SettingsArgs, exit::Exit};

/// Space between columns.
const GAP: &str = "  ";

/// Runs the command.
pub(super) fn run(args: &SettingsArgs) -> anyhow::Result<Exit> {
    let list = match (args.json, args.markdown) {
        (true, _) => json()?,
        (false, true) => markdown(),
        (false, false) => aligned(),
    };
    io::stdout().lock().write_all(list.as_bytes())?;
    Ok(Exit::Success)
}

/// All settings of each program, as `--json` prints them.
#[derive(Serialize)]
struct Programs {
    forwarder: Vec<Entry>,
    subscriber: Vec<Entry>,
    r#macro: Vec<Entry>,
}

/// One setting, as `--json` prints it.
#[derive(Serialize)]
struct Entry {
    name: &'static str,
    kind: &'static str,
    words: &'static [&'static str],
    default: Option<&'static str>,
    required: bool,
    doc: &'static str,
    expected: String,
    sink: Option<&'static str>,
    secret: bool,
}

impl Entry {
    fn of(setting: &Setting) -> Self {
        Self {
            name: setting.name,
            kind: setting.kind.name(),
            words: setting.kind.words(),
            default: setting.default,
            required: setting.is_required,
            doc: setting.doc,
            expected: setting.kind.to_string(),
            sink: setting.sink.map(|sink| sink.name()),
            secret: setting.is_secret(),
        }
    }
}

/// Formats the settings of all programs as JSON.
fn json() -> serde_json::Result<String> {
    let entries = |settings: &[Setting]| settings.iter().map(Entry::of).collect();
    let programs = Programs {
        forwarder: entries(SETTINGS),
        subscriber: entries(SUBSCRIBER_SETTINGS),
        r#macro: entries(MACRO_SETTINGS),
    };
    Ok(serde_json::to_string_pretty(&programs)? + "\n")
}

/// Formats all settings as a Markdown table.
fn markdown() -> String {
    let mut table = String::from("| setting | kind | default | meaning |\n|---|---|---|---|\n");
    for setting in SETTINGS {
        let default = setting.default.map(|default| format!("`{default}`")).unwrap_or_default();
        let (name, kind, meaning) = (setting.name, setting.kind.label(), meaning(setting));
        // Writing to a string cannot fail.
        let _ = writeln!(table, "| `{name}` | {kind} | {default} | {meaning} |");
    }
    table
}

/// Formats all settings in columns for a terminal.
fn aligned() -> String {
    let mut table = String::new();
    let rows = std::iter::once(["SETTING", "KIND", "DEFAULT", "MEANING"].map(str::to_owned));
    let rows: Vec<_> = rows.chain(SETTINGS.iter().map(row)).collect();
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(String::len).max().unwrap_or(0);
    let (name_width, kind_width, default_width) = (width(0), width(1), width(2));
    for [name, kind, default, meaning] in &rows {
        let columns = format!("{name:name_width$}{GAP}{kind:kind_width$}{GAP}{default:default_width$}");
        // Writing to a string cannot fail.
        let _ = writeln!(table, "{columns}{GAP}{meaning}");
    }
    table
}

fn row(setting: &Setting) -> [String; 4] {
    let kind = setting.kind.label().replace('`', "");
    let default = setting.default.unwrap_or_default().to_owned();
    [setting.name.to_owned(), kind, default, meaning(setting).replace('`', "")]
}

/// Formats the meaning of a setting: its sink, its documentation and the values it takes.
fn meaning(setting: &Setting) -> String {
    let sink = setting.sink.map(|sink| format!("{}: ", sink.name())).unwrap_or_default();
    let takes = if setting.kind == Kind::Text { String::new() } else { format!(" Takes {}.", setting.kind) };
    format!("{sink}{}{takes}", setting.doc)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readme_has_the_table_of_settings() {
        let readme = include_str!("../../../README.md");
        let (_, table) = readme.split_once("<!-- settings -->\n").expect("a marker begins the table");
        let (table, _) = table.split_once("<!-- /settings -->").expect("a marker ends the table");
        assert_eq!(
            table,
            markdown(),
            "put the output of `tailwater settings --markdown` between the markers in forwarder/README.md"
        );
    }

    #[test]
    fn json_lists_the_settings_of_each_program() {
        let programs: serde_json::Value = serde_json::from_str(&json().unwrap()).unwrap();
        for (program, settings) in
            [("forwarder", SETTINGS), ("subscriber", SUBSCRIBER_SETTINGS), ("macro", MACRO_SETTINGS)]
        {
            let listed: Vec<_> =
                programs[program].as_array().unwrap().iter().map(|one| &one["name"]).collect();
            assert_eq!(listed, settings.iter().map(|setting| setting.name).collect::<Vec<_>>());
        }
    }

    #[test]
    fn json_has_every_member_of_a_setting() {
        let entry = |name| {
            let setting = SETTINGS.iter().find(|setting| setting.name == name);
            serde_json::to_string_pretty(&Entry::of(setting.expect("it is a setting"))).unwrap()
        };
        insta::assert_snapshot!(entry("OTEL_EXPORTER_OTLP_COMPRESSION"), @r#"
        {
          "name": "OTEL_EXPORTER_OTLP_COMPRESSION",
          "kind": "word",
          "words": [
            "gzip",
            "zstd",
            "none"
          ],
          "default": "gzip",
          "required": false,
          "doc": "Compression of request bodies; `zstd` is smaller and faster if the collector supports it.",
          "expected": "one of gzip, zstd, none",
          "sink": "otlp",
          "secret": false
        }
        "#);
        insta::assert_snapshot!(entry("HTTPS_PROXY"), @r#"
        {
          "name": "HTTPS_PROXY",
          "kind": "proxy",
          "words": [],
          "default": null,
          "required": false,
          "doc": "Proxy for requests to backends.",
          "expected": "a proxy such as http://proxy.example:3128",
          "sink": null,
          "secret": true
        }
        "#);
    }

    #[test]
    fn columns_are_aligned() {
        let table = aligned();
        let column = |word| table.lines().next().and_then(|header| header.find(word)).expect("a header");
        for (line, setting) in table.lines().skip(1).zip(SETTINGS) {
            assert!(line.starts_with(setting.name), "{line}");
            assert_eq!(line.find(&row(setting)[3]), Some(column("MEANING")), "{line}");
        }
        assert_eq!(table.lines().count(), SETTINGS.len() + 1);
    }
}
