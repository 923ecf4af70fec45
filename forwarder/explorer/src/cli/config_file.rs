//! Settings file of the command line: flat TOML. Keys are the names of the settings in upper or lower case;
//! the prefix `TAILWATER_` may be left out.

use std::{fmt::Write as _, fs, io, path::Path};

use toml::{Table, Value};

use tailwater_forwarder::{
    settings::{
        CONFIG, Errors, Layers, Place, Problem, RuleSettings, SETTINGS, Settings, Source as _, Values,
    },
    sink::EmfScope,
    value::ValueError,
};

use super::aws_profile;

/// Reads all settings. Flags take precedence over environment variables, and both over the settings file that
/// one of them names.
///
/// # Errors
/// Returns all errors found in the flags, the environment variables and the settings file.
pub fn read_settings(flags: Values) -> Result<Settings, Errors> {
    let mut settings = read_settings_without_profile(flags)?;
    aws_profile::add_credentials(&mut settings.aws);
    Ok(settings)
}

/// Reads all settings like [`read_settings`], but takes no credentials from a profile.
///
/// # Errors
/// Returns all errors found in the flags, the environment variables and the settings file.
pub fn read_settings_without_profile(flags: Values) -> Result<Settings, Errors> {
    Settings::read(&layers(flags, Values::from_environment(), |path| fs::read_to_string(path)))
}

/// Reads `TAILWATER_EMF`, the only setting of output to standard output.
///
/// # Errors
/// Returns an error if the value is invalid.
pub fn read_emf(flags: Values) -> Result<EmfScope, Errors> {
    Settings::read_emf(&layers(flags, Values::from_environment(), |path| fs::read_to_string(path)))
}

/// Reads the settings from which rules are compiled.
///
/// # Errors
/// Returns an error if a value is invalid.
pub fn read_rules(flags: Values) -> Result<RuleSettings, Errors> {
    Settings::read_rules(&layers(flags, Values::from_environment(), |path| fs::read_to_string(path)))
}

/// Combines flags, environment variables and the settings file that one of them names, in this order of
/// precedence. `load` reads the settings file.
pub fn layers(flags: Values, environment: Values, load: impl FnOnce(&Path) -> io::Result<String>) -> Layers {
    let named = Layers::new(vec![flags, environment]);
    let path = named.find(CONFIG.name).map(|found| found.text.to_owned());
    match path {
        Some(path) => named.with_file(load_file(Path::new(&path), load)),
        None => named,
    }
}

fn load_file(path: &Path, load: impl FnOnce(&Path) -> io::Result<String>) -> Values {
    match load(path) {
        Ok(text) => from_toml(&text),
        Err(error) => {
            let mut values = Values::new(Place::File);
            values.add_problem(Problem::of_file(format!("{}: {error}", path.display())));
            values
        }
    }
}

/// Parses the settings in a TOML text. Every name in it must be a setting.
#[must_use]
pub fn from_toml(text: &str) -> Values {
    let mut values = Values::new(Place::File);
    match text.parse::<Table>() {
        Ok(table) => table.into_iter().for_each(|(name, value)| set(&mut values, &name, value)),
        Err(error) => values.add_problem(Problem::of_file(describe(&error, text))),
    }
    values
}

fn set(values: &mut Values, name: &str, value: Value) {
    match flat(value) {
        Ok(text) => values.set(name, text),
        Err(wrong) => values.add_problem(Problem::unreadable(SETTINGS, name, Place::File, wrong)),
    }
}

/// Converts a TOML value to the text that an environment variable of the same meaning would have. An array
/// becomes a comma-separated list.
fn flat(value: Value) -> Result<String, ValueError> {
    match value {
        Value::String(text) => Ok(text),
        Value::Integer(n) => Ok(n.to_string()),
        Value::Boolean(is_on) => Ok(is_on.to_string()),
        Value::Array(items) => {
            let items: Vec<_> = items.into_iter().map(item).collect::<Result<_, _>>()?;
            Ok(items.join(","))
        }
        Value::Float(_) | Value::Datetime(_) | Value::Table(_) => Err(ValueError::NotFlat),
    }
}

/// Converts an element of a TOML array. An element with a comma is an error, because it would become two list
/// elements.
fn item(value: Value) -> Result<String, ValueError> {
    match flat(value)? {
        text if text.contains(',') => Err(ValueError::NotFlat),
        text => Ok(text),
    }
}

/// Describes a TOML error by its line number. The parser's own message quotes the line, which might show a
/// secret.
fn describe(error: &toml::de::Error, text: &str) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let mut description = "invalid TOML".to_owned();
    if let Some(before) = before {
        // Writing to a string cannot fail.
        let _ = write!(description, " in line {}", before.matches('\n').count() + 1);
    }
    description
}

#[cfg(test)]
mod tests {
    use tailwater_parser::ByteSize;

    use super::*;

    fn values<'v>(place: Place, set: impl IntoIterator<Item = (&'v str, &'v str)>) -> Values {
        let mut values = Values::new(place);
        set.into_iter().for_each(|(name, text)| values.set(name, text.to_owned()));
        values
    }

    fn environment<'v>(set: impl IntoIterator<Item = (&'v str, &'v str)>) -> Values {
        values(Place::Environment, set)
    }

    fn layered(flags: &[(&str, &str)], set: &[(&str, &str)], file: &str) -> Result<Settings, Errors> {
        let flags = values(Place::Flags, flags.iter().copied());
        let load = |path: &Path| {
            assert_eq!(path, Path::new("my.toml"));
            Ok(file.to_owned())
        };
        Settings::read(&layers(flags, environment(set.iter().copied()), load))
    }

    #[test]
    fn flags_precede_environment_and_environment_precedes_file() {
        let check = |flags: &[(&str, &str)], set: &[(&str, &str)], expected: &str| {
            let file = "sinks = 'ndjson'\nregion = 'us-east-1'\n";
            let set: Vec<_> = [("TAILWATER_CONFIG", "my.toml")].iter().chain(set).copied().collect();
            let settings = layered(flags, &set, file).expect("it is right");
            assert_eq!(settings.region.as_deref(), Some(expected));
        };
        let (flag, variable) = (("region", "eu-west-1"), ("TAILWATER_REGION", "eu-north-1"));
        check(&[], &[], "us-east-1");
        check(&[], &[variable], "eu-north-1");
        check(&[flag], &[variable], "eu-west-1");
        check(&[flag], &[], "eu-west-1");
        check(&[], &[("TAILWATER_REGION", "")], "us-east-1");
    }

    #[test]
    fn flag_names_the_settings_file() {
        let settings = layered(&[("config", "my.toml")], &[], "sinks = 'ndjson'").expect("it is right");
        assert_eq!(settings.sinks.len(), 1);
    }

    #[test]
    fn names_in_the_file_need_no_prefix_and_no_capitals() {
        let file = "
            TAILWATER_SINKS = ['ndjson', 'datadog']
            inflated-limit = '1MiB'
            Concurrency = 2
            allow_insecure = true
            dd_api_key = 'abc'
            dd-site = 'datadoghq.eu'
        ";
        let settings = layered(&[("config", "my.toml")], &[], file).expect("it is right");
        assert_eq!(settings.sinks.len(), 2);
        assert_eq!(settings.limits.inflated, ByteSize::mib(1));
        assert_eq!(settings.limits.concurrency.get(), 2);
    }

    #[test]
    fn all_problems_of_the_file_are_reported() {
        let file = "
            sinkz = 'ndjson'
            region = 'eu-west-1'
            tailwater_region = 'eu-west-1'
            concurrency = 1.5
            exclude_log_groups = ['a,b']
            [tags]
            team = 'shop'
        ";
        let errors = layered(&[], &[("TAILWATER_CONFIG", "my.toml")], file).expect_err("much is wrong");
        insta::assert_snapshot!(errors, @r"
        TAILWATER_CONCURRENCY is not a string, integer, boolean, or array of these without commas; expected a number from 1 to 64 (in the settings file)
        TAILWATER_EXCLUDE_LOG_GROUPS is not a string, integer, boolean, or array of these without commas; expected a list separated by commas (in the settings file)
        sinkz is not a setting; did you mean TAILWATER_SINKS? (in the settings file)
        TAILWATER_TAGS is not a string, integer, boolean, or array of these without commas; expected tags such as team:shop,stage:prod (in the settings file)
        TAILWATER_REGION is set twice; expected a region such as eu-west-1 (in the settings file)
        TAILWATER_SINKS is not set; expected one or more of otlp, datadog, ndjson, separated by commas
        ");
    }

    #[test]
    fn unreadable_file_is_reported_by_name() {
        let set = environment([("TAILWATER_CONFIG", "my.toml"), ("TAILWATER_SINKS", "ndjson")]);
        let merged = layers(Values::new(Place::Flags), set, |_| Err(io::ErrorKind::NotFound.into()));
        let errors = Settings::read(&merged).expect_err("there is no file").to_string();
        assert_eq!(errors, "TAILWATER_CONFIG: my.toml: entity not found");
    }

    #[test]
    fn toml_error_does_not_quote_the_file() {
        let values = from_toml("sinks = 'ndjson'\ndd_api_key = 'c4n4ry-t0ken\n");
        let errors = Settings::read(&values).expect_err("it is broken");
        let printed = format!("{errors} {errors:?}");
        assert!(printed.contains("line 2") && !printed.contains("c4n4ry"), "{printed}");
    }
}
