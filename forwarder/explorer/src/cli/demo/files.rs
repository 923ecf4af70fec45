//! The files of the sample, which `build.rs` takes from `tests/demo`.

include!(concat!(env!("OUT_DIR"), "/demo.rs"));
