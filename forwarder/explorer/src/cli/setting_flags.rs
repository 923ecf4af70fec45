//! A command-line flag for each setting, made from the list of settings.

use std::sync::LazyLock;

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, error::Error};
use tailwater_forwarder::settings::{Place, SETTINGS, Setting, Values};

/// All setting flags. Static, because the argument parser borrows their texts.
static FLAGS: LazyLock<Vec<SettingFlag>> =
    LazyLock::new(|| SETTINGS.iter().filter_map(SettingFlag::new).collect());

/// Command-line flag of a setting.
struct SettingFlag {
    setting: &'static Setting,
    long: String,
    help: String,
    value_name: String,
}

impl SettingFlag {
    /// Creates the flag. Returns `None` for a secret, which has no flag.
    fn new(setting: &'static Setting) -> Option<Self> {
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

/// Settings given as flags: unparsed values.
#[derive(Debug)]
pub(super) struct SettingFlags(Values);

impl SettingFlags {
    /// Returns the unparsed values of the settings that were given as flags.
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
    fn secret_has_no_flag() {
        let flags: Vec<_> = FLAGS.iter().map(|flag| flag.long.as_str()).collect();
        assert!(flags.contains(&"sinks") && flags.contains(&"dd-site"), "{flags:?}");
        assert!(
            !flags.contains(&"dd-api-key") && !flags.contains(&"otel-exporter-otlp-headers"),
            "{flags:?}"
        );
    }

    #[test]
    fn flag_sets_its_setting() {
        use tailwater_forwarder::settings::Source as _;
        let command = SettingFlags::augment_args(Command::new("test"));
        let matches = command.get_matches_from(["test", "--sinks", "otlp", "--dd-site=datadoghq.eu"]);
        let values = SettingFlags::from_arg_matches(&matches).expect("the flags were matched").into_values();
        assert_eq!(values.find("TAILWATER_SINKS").map(|found| found.text), Some("otlp"));
        assert_eq!(values.find("DD_SITE").map(|found| found.text), Some("datadoghq.eu"));
        assert!(values.find("TAILWATER_TAGS").is_none());
    }
}
