//! Holds a property of `tests/it/properties` against whatever the fuzzer thinks of.
#![no_main]

#[path = "../../it/properties/split.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::holds(data));
