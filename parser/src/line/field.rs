//! `Key: value unit` fields and numbers, without a regex.
