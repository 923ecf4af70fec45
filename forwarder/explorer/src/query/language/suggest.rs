//! Known name that resembles an unknown one.

use tailwater_forwarder::value::edits;

/// Returns the known name that differs least from `name`, if it differs by a third of its letters at most.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distances = known.into_iter().map(|known| (edits(&name, &known.to_lowercase()), known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    let longest = known.chars().count().max(name.chars().count());
    (distance.saturating_mul(3) <= longest).then_some(known)
}
