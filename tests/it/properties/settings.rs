//! Any environment and settings file is accepted or rejected with errors; each error names a setting, and none
//! contains a secret.

use std::{ffi::OsString, os::unix::ffi::OsStringExt as _, path::Path};

use tailwater_explorer::cli::config_file::layers;
use tailwater_forwarder::settings::{Place, SETTINGS, Setting, Settings, Values};

/// Part of each value that may be secret.
const CANARY: &str = "c4n4ry";

/// Separator of environment and settings file in the data.
const BETWEEN: &[u8] = b"\n---\n";

/// The data is an environment of lines `NAME=TEXT` and a settings file.
pub(crate) fn holds(data: &[u8]) {
    if String::from_utf8_lossy(data).to_ascii_lowercase().contains(CANARY) {
        return;
    }
    let between = data.windows(BETWEEN.len()).position(|window| window == BETWEEN).unwrap_or(data.len());
    let (environment, file) = data.split_at(between);
    let file = String::from_utf8_lossy(file.get(BETWEEN.len()..).unwrap_or_default());
    let files = SETTINGS.iter().filter(|setting| setting.is_secret()).flat_map(|setting| {
        let secret = format!("{} = \"{CANARY} {CANARY}\"", setting.name);
        [format!("{secret}\n{file}"), format!("{file}\n{secret}")]
    });
    for file in files {
        check(environment, &file);
    }
}

fn check(environment: &[u8], file: &str) {
    let mut flags = Values::new(Place::Flags);
    flags.set("TAILWATER_CONFIG", "settings.toml".to_owned());
    let environment = Values::of_environment(environment.split(|byte| *byte == b'\n').filter_map(variable));
    let load = |_: &Path| Ok(file.to_owned());
    match Settings::read(&layers(flags, environment, load)) {
        Ok(settings) => is_silent(&format!("{settings:?}")),
        Err(errors) => {
            is_silent(&errors.to_string());
            is_silent(&format!("{errors:?}"));
            assert!(!errors.0.is_empty(), "an error has at least one problem");
            for problem in &errors.0 {
                assert!(
                    !problem.name.is_empty() && problem.to_string().starts_with(&problem.name),
                    "{problem:?}"
                );
            }
        }
    }
}

/// Parses a variable and adds the canary to values that may be secret.
fn variable(line: &[u8]) -> Option<(OsString, OsString)> {
    let at = line.iter().position(|byte| *byte == b'=')?;
    let (name, text) = (&line[..at], &line[at + 1..]);
    let setting = SETTINGS.iter().find(|setting| setting.name.as_bytes() == name);
    let canary: &[u8] = if setting.is_some_and(Setting::is_secret) { CANARY.as_bytes() } else { b"" };
    let text = [text, canary].concat();
    Some((OsString::from_vec(name.to_vec()), OsString::from_vec(text)))
}

fn is_silent(text: &str) {
    assert!(!text.contains(CANARY), "a secret is printed: {text}");
}
