//! Checks the property `address` of `tests/it/properties` for generated input.
#![no_main]

#[path = "../../it/properties/address.rs"]
mod property;

libfuzzer_sys::fuzz_target!(|data: &[u8]| property::holds(data));
