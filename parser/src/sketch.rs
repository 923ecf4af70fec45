//! Mergeable quantile sketch.
