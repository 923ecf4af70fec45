//! End-to-end tests, one binary: each module drives the real program on one subject.

mod tidy;
