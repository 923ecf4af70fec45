//! Seeded corpora with known truth.
