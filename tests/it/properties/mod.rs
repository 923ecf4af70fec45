//! Properties that hold for any input. These tests check them for committed seeds and damaged copies of them; the fuzz
//! targets in `tests/fuzz` check the same properties for generated input.

mod address;
mod envelope;
mod line;
mod report;
mod settings;
mod split;

use std::fs;

use tests::{binary::root, source::files};

/// Reads all seeds.
fn seeds(folders: &[&str]) -> Vec<Vec<u8>> {
    let paths: Vec<_> = folders.iter().flat_map(|folder| files(folder)).collect();
    let seeds: Vec<_> =
        paths.iter().map(|path| fs::read(root().join(path)).expect("the file exists")).collect();
    assert!(!seeds.is_empty(), "no seeds in {folders:?}");
    seeds
}

/// Checks a property for each seed, for prefixes of it, and for copies with one changed bit.
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
fn request_for_an_object_goes_to_s3() {
    hold(address::holds, &["tests/fuzz/seeds/address"]);
}

#[test]
fn delivery_is_read_the_same_in_any_pieces() {
    hold(envelope::holds, &["tests/fuzz/seeds/envelope"]);
}

#[test]
fn parts_of_a_parsed_line_are_in_the_line() {
    hold(line::holds, &["parser/testdata", "tests/fuzz/seeds/line"]);
}

#[test]
fn numbers_of_a_parsed_report_are_in_the_line() {
    hold(report::holds, &["parser/testdata", "tests/fuzz/seeds/report"]);
}

#[test]
fn object_has_the_same_lines_in_any_pieces() {
    hold(split::holds, &["tests/fuzz/seeds/split"]);
}

#[test]
fn invalid_settings_are_named_without_secrets() {
    hold(settings::holds, &["tests/fuzz/seeds/settings"]);
}
