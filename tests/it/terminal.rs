//! Text from outside cannot control the terminal: every command shows control characters escaped. JSON stays JSON.

use std::{ffi::OsString, fs, path::Path};

use tailwater_forwarder::{
    batch::RangeSet,
    parking::{self, Header, ObjectName, ParkedKind},
};
use tempfile::TempDir;
use tests::{
    forms,
    replay::{Finished, Replay},
    sample::{GROUP, STREAM, events},
};

/// Text with what a terminal could obey: ESC, C1, DEL, bell, backspace, a line end, and a change of direction.
const HOSTILE: &str = "evil\u{1b}[2J\u{9b}31m\u{7f}\u{7}\u{8}\r\u{202e}\u{2066}\u{2028}end";
/// Escaped form of [`HOSTILE`].
const SHOWN: &str = r"evil\u{1b}[2J\u{9b}31m\u{7f}\u{7}\u{8}\r\u{202e}\u{2066}\u{2028}end";

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be created")
}

fn write(folder: &Path, name: &str, content: &[u8]) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("it is in the folder")).expect("the folder can be made");
    fs::write(path, content).expect("the file can be written");
}

/// Checks that no output has a control character.
#[track_caller]
fn check_clean(finished: &Finished) {
    let output = format!("{}{}", finished.stdout, finished.stderr);
    let is_bad = |character: char| {
        (character.is_control() && character != '\n')
            || matches!(character, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let bad: Vec<_> = output.chars().filter(|character| is_bad(*character)).collect();
    assert!(bad.is_empty(), "{bad:?} in {output:?}");
}

/// Checks that no output has a control character, and that the hostile text is shown escaped in so many lines.
#[track_caller]
fn check(finished: &Finished, lines: usize) {
    check_clean(finished);
    let output = format!("{}{}", finished.stdout, finished.stderr);
    assert_eq!(output.lines().filter(|line| line.contains(SHOWN)).count(), lines, "{output}");
}

/// Checks that JSON output has no control character, and still has the hostile text.
#[track_caller]
fn check_json(finished: &Finished) {
    check_clean(finished);
    let document = finished.records().iter().map(ToString::to_string).collect::<String>();
    assert!(document.contains("\\u001b[2J\u{9b}31m"), "{document}");
}

/// Writes a subscription document whose function has a hostile name.
fn hostile_function(folder: &Path) {
    let group = GROUP.replace("checkout-api", HOSTILE);
    write(folder, "a.json", &forms::document_of(&group, STREAM, &events()));
}

#[test]
fn function_names_in_the_summary_are_escaped() {
    let folder = folder();
    hostile_function(folder.path());
    let finished = Replay::new().args(["--to", "none"]).arg(folder.path()).run().code(0);
    assert!(finished.stdout.contains(r"\u{9b}31m"), "{}", finished.stdout);
    check_clean(&finished);
    check_clean(&Replay::measure(folder.path()).run().code(0));
}

#[test]
fn names_of_flags_in_the_summary_are_escaped() {
    let flags = ["--to", "none", "--function", HOSTILE, "-"];
    let finished = Replay::new().args(flags).stdin(forms::plain(&events())).run().code(0);
    check(&finished, finished.stdout.lines().filter(|line| line.contains(SHOWN)).count());
    assert!(finished.stdout.contains(r"evil\u{1b}[2J"), "{}", finished.stdout);
    check_json(
        &Replay::measure("-").args(["--function", HOSTILE]).stdin(forms::plain(&events())).run().code(0),
    );
}

#[test]
fn file_names_in_rejections_are_escaped() {
    let folder = folder();
    write(folder.path(), &format!("{HOSTILE}\n.log"), b"dear diary\n");
    write(folder.path(), &format!("{HOSTILE}.gz"), b"\x1f\x8b\x08 damaged");
    write(folder.path(), &format!("{HOSTILE}.empty"), b"");
    let finished = Replay::new().args(["--to", "none"]).arg(folder.path()).run().code(1);
    check(&finished, 3);
    // One line for each file, and one that says that nothing was read.
    assert_eq!(finished.stderr.lines().count(), 4, "{}", finished.stderr);
    let missing = folder.path().join(format!("missing {HOSTILE}"));
    check(&Replay::new().args(["--to", "none"]).arg(missing).run().code(1), 1);
}

#[test]
fn file_names_of_a_dry_run_are_escaped() {
    let folder = folder();
    write(folder.path(), &format!("{HOSTILE}.json"), &forms::document(&events()));
    check(&Replay::new().arg("--dry-run").arg(folder.path()).run().code(0), 1);
}

/// The argument parser leaves escape sequences out by itself.
#[test]
fn arguments_in_usage_errors_are_escaped() {
    let check = |finished: Finished| {
        check_clean(&finished);
        assert!(finished.stderr.contains(r"\u{9b}31m"), "{}", finished.stderr);
    };
    check(Replay::new().arg(format!("--{HOSTILE}")).arg("x").run().code(2));
    check(Replay::new().args(["--since", HOSTILE, "x"]).run().code(2));
    check(Replay::subcommand(HOSTILE).run().code(2));
    check(Replay::new().args(["--functions", HOSTILE, "x"]).run().code(2));
}

#[test]
fn paths_and_settings_in_errors_are_escaped() {
    let folder = folder();
    let path = |name: &str| folder.path().join(name);
    let store = path(&format!("no folder/{HOSTILE}"));
    check(&Replay::new().arg("--store").arg(store).arg("-").run().code(1), 1);
    check(&Replay::subcommand("serve").arg("--token-file").arg(path(HOSTILE)).run().code(1), 1);
    check(&Replay::subcommand("check").arg("--config").arg(path(HOSTILE)).run().code(64), 1);
    let mut location = OsString::from("file:");
    location.push(path(HOSTILE));
    check(&Replay::subcommand("redrive").arg(location).arg("--dry-run").run().code(64), 1);
    check(&Replay::new().args(["--follow", "--to", "none"]).arg(path(HOSTILE)).run().code(1), 1);
}

#[test]
fn settings_in_the_description_are_escaped() {
    let folder = folder();
    let file = folder.path().join(HOSTILE);
    let command = Replay::subcommand("check")
        .args(["--sinks", "ndjson"])
        .env("TAILWATER_NDJSON", file.to_string_lossy());
    let finished = command.run();
    check(&finished, 1);
}

#[test]
fn keys_reasons_and_sinks_of_parked_objects_are_escaped() {
    let folder = folder();
    let header = |sink: &str, reason: &str| Header {
        sink: sink.to_owned(),
        reason: reason.to_owned(),
        owed: RangeSet::from(0..1),
        ..Header::default()
    };
    let other_key = format!("parked/v1/sink=otlp/dt=2026/{HOSTILE}");
    write(folder.path(), &other_key, &parking::encode(&header("otlp", "busy"), b"text").bytes);
    for header in [header("otlp", HOSTILE), header(HOSTILE, "busy")] {
        let encoded = parking::encode(&header, b"text");
        let (kind, sink, time) = (ParkedKind::Parked, header.sink.as_str(), header.time_ms);
        let name = ObjectName { kind, sink, time, request_id: "r", delivery: 0 };
        write(folder.path(), &name.key(&encoded.hash), &encoded.bytes);
    }
    let redrive = || Replay::subcommand("redrive").arg(format!("file:{}", folder.path().display()));
    check(&redrive().arg("--dry-run").run(), 3);
    check_json(&redrive().args(["--dry-run", "--json"]).run());
    let command = redrive().env("TAILWATER_SINKS", "ndjson");
    let finished = command.run();
    check_clean(&finished);
    assert!(finished.stderr.contains(SHOWN), "{}", finished.stderr);
}
