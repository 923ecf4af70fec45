//! What holds for any input at all. Here each property is held against the committed seeds and damaged forms of them; the
//! fuzz targets of `tests/fuzz` hold the same against whatever a fuzzer thinks of.

mod envelope;
mod line;
mod report;
mod settings;
mod split;

use std::fs;

use tests::{binary::root, source::files};

/// Everything that fuzzing of `target` starts with.
fn seeds(folders: &[&str]) -> Vec<Vec<u8>> {
    let paths: Vec<_> = folders.iter().flat_map(|folder| files(folder)).collect();
    let seeds: Vec<_> =
        paths.iter().map(|path| fs::read(root().join(path)).expect("it was listed")).collect();
    assert!(!seeds.is_empty(), "no seeds in {folders:?}");
    seeds
}

/// Holds a property against each seed, each beginning of it, and each seed with a byte that is another one.
fn hold(holds: fn(&[u8]), folders: &[&str]) {
    const DAMAGES: usize = 64;
    for seed in seeds(folders) {
        holds(&seed);
        let step = (seed.len() / DAMAGES).max(1);
        for at in (0..seed.len()).step_by(step) {
            holds(&seed[..at]);
            let mut damaged = seed.clone();
            damaged[at] ^= 1 << (at % 8);
            holds(&damaged);
        }
    }
}

#[test]
fn a_delivery_reads_the_same_however_it_arrives() {
    hold(envelope::holds, &["tests/fuzz/seeds/envelope"]);
}

#[test]
fn what_a_line_is_read_as_stands_in_it() {
    hold(line::holds, &["parser/testdata", "tests/fuzz/seeds/line"]);
}

#[test]
fn the_numbers_of_a_report_are_those_that_stand_in_it() {
    hold(report::holds, &["parser/testdata", "tests/fuzz/seeds/report"]);
}

#[test]
fn an_object_gives_the_same_lines_however_it_arrives() {
    hold(split::holds, &["tests/fuzz/seeds/split"]);
}

#[test]
fn wrong_settings_are_named_and_no_secret_is_shown() {
    hold(settings::holds, &["tests/fuzz/seeds/settings"]);
}
