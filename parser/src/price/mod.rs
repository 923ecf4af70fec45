//! List prices.
