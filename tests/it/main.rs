//! End-to-end tests, one binary.
fn main() {}
