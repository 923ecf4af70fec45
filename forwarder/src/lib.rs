//! Tailwater as a library.
