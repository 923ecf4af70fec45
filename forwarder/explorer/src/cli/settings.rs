//! `tailwater settings`: lists all settings, for the terminal or as Markdown.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
};

use tailwater_forwarder::settings::{Kind, SETTINGS, Setting};

use super::{args::SettingsArgs, exit::Exit};

/// Space between columns.
const GAP: &str = "  ";

/// Runs the command.
pub(super) fn run(args: &SettingsArgs) -> anyhow::Result<Exit> {
    let table = if args.markdown { markdown() } else { aligned() };
    io::stdout().lock().write_all(table.as_bytes())?;
    Ok(Exit::Success)
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
        let readme = include_str!("../../../../README.md");
        assert!(
            readme.contains(&markdown()),
            "put the output of `tailwater settings --markdown` below \"Settings\" in README.md"
        );
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
