//! `tailwater settings`: the table of settings, for the terminal and for README.md; and a flag for each setting.

use std::{
    fmt::Write as _,
    io::{self, Write as _},
    sync::LazyLock,
};

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, error::Error};

use super::{ALL_FINE, args::ListSettings};
use tailwater_forwarder::settings::{Kind, Place, SETTINGS, Setting, Values};

/// Between the columns.
const GAP: &str = "  ";

/// Runs the verb; the answer is the exit code.
pub(super) fn run(flags: &ListSettings) -> anyhow::Result<u8> {
    let table = if flags.markdown { markdown() } else { aligned() };
    io::stdout().lock().write_all(table.as_bytes())?;
    Ok(ALL_FINE)
}

/// As Markdown.
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

/// In columns for a terminal.
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

/// Whose it is, what it means, and what it takes.
fn meaning(setting: &Setting) -> String {
    let sink = setting.sink.map(|sink| format!("{}: ", sink.name())).unwrap_or_default();
    let takes = if setting.kind == Kind::Text { String::new() } else { format!(" Takes {}.", setting.kind) };
    format!("{sink}{}{takes}", setting.doc)
}

/// Each setting's flag and what its help says; made once, since the command line's parser borrows them for good.
static FLAGS: LazyLock<Vec<SettingFlag>> =
    LazyLock::new(|| SETTINGS.iter().filter_map(SettingFlag::of).collect());

/// A flag made from the table of settings.
struct SettingFlag {
    setting: &'static Setting,
    long: String,
    help: String,
    value_name: String,
}

impl SettingFlag {
    /// Nothing for a secret.
    fn of(setting: &'static Setting) -> Option<Self> {
        let long = setting.flag()?;
        let help = format!("{} [{}]", setting.doc.replace('`', ""), setting.name);
        let value_name = setting.kind.label().to_ascii_uppercase().replace(['`'], "");
        Some(Self { setting, long, help, value_name })
    }

    fn argument(&'static self) -> Arg {
        Arg::new(self.setting.name)
            .long(self.long.as_str())
            .value_name(self.value_name.as_str())
            .help(self.help.as_str())
    }
}

/// The settings given as flags, not yet read.
#[derive(Debug)]
pub(super) struct SettingFlags(Values);

impl SettingFlags {
    /// Hands them over.
    pub(super) fn into_values(self) -> Values {
        self.0
    }
}

impl Args for SettingFlags {
    fn augment_args(command: Command) -> Command {
        FLAGS.iter().fold(command, |command, flag| command.arg(flag.argument()))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for SettingFlags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self(Values::new(Place::Flags));
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for flag in FLAGS.iter() {
            if let Some(text) = matches.get_one::<String>(flag.setting.name) {
                self.0.set(flag.setting.name, text.clone());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_has_this_table() {
        let readme = include_str!("../../../README.md");
        assert!(
            readme.contains(&markdown()),
            "put the output of `tailwater settings --markdown` below \"Settings\" in forwarder/README.md"
        );
    }

    #[test]
    fn columns_stand_below_each_other() {
        let table = aligned();
        let column = |word| table.lines().next().and_then(|header| header.find(word)).expect("a header");
        for (line, setting) in table.lines().skip(1).zip(SETTINGS) {
            assert!(line.starts_with(setting.name), "{line}");
            assert_eq!(line.find(&row(setting)[3]), Some(column("MEANING")), "{line}");
        }
        assert_eq!(table.lines().count(), SETTINGS.len() + 1);
    }

    #[test]
    fn a_secret_has_no_flag() {
        let flags: Vec<_> = FLAGS.iter().map(|flag| flag.long.as_str()).collect();
        assert!(flags.contains(&"sinks") && flags.contains(&"dd-site"), "{flags:?}");
        assert!(
            !flags.contains(&"dd-api-key") && !flags.contains(&"otel-exporter-otlp-headers"),
            "{flags:?}"
        );
    }

    #[test]
    fn a_flag_becomes_a_setting() {
        use tailwater_forwarder::settings::Source as _;
        let command = SettingFlags::augment_args(Command::new("test"));
        let matches = command.get_matches_from(["test", "--sinks", "otlp", "--dd-site=datadoghq.eu"]);
        let values = SettingFlags::from_arg_matches(&matches).expect("they were matched").into_values();
        assert_eq!(values.find("TAILWATER_SINKS").map(|found| found.text), Some("otlp"));
        assert_eq!(values.find("DD_SITE").map(|found| found.text), Some("datadoghq.eu"));
        assert!(values.find("TAILWATER_TAGS").is_none());
    }
}
