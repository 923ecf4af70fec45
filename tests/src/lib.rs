//! What the end-to-end tests share: finding and running the real binaries.
