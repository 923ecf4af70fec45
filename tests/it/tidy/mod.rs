//! What the layout promises and no compiler checks: directions, sizes, and documents that say what the code does.

mod directions;
mod documents;
mod language;
mod rooms;
mod shape;

/// Fails with every broken rule at once, each with its place.
#[track_caller]
fn none(broken: impl IntoIterator<Item = String>) {
    let broken: Vec<_> = broken.into_iter().collect();
    assert!(broken.is_empty(), "\n{}\n", broken.join("\n"));
}
