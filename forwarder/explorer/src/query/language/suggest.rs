//! Known name that resembles an unknown one.

/// Returns the known name that differs least from `name`, if it differs by a third of its letters at most.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distances = known.into_iter().map(|known| (distance(&name, &known.to_lowercase()), known));
    let (distance, known) = distances.min_by_key(|(distance, _)| *distance)?;
    let longest = known.chars().count().max(name.chars().count());
    (distance.saturating_mul(3) <= longest).then_some(known)
}

/// Computes the number of letters to insert, delete, replace or exchange with their neighbour.
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().take(LONGEST).collect();
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=right.len()).collect();
    let mut previous = None;
    for (row, l) in left.chars().take(LONGEST).enumerate() {
        let mut current = vec![row.saturating_add(1)];
        for (at, r) in right.iter().enumerate() {
            let cell = |cells: &[usize], at: usize| cells.get(at).copied().unwrap_or(usize::MAX);
            let replaced = cell(&last, at).saturating_add(usize::from(l != *r));
            let inserted = cell(&current, at).min(cell(&last, at.saturating_add(1))).saturating_add(1);
            let before = at.checked_sub(1);
            let is_exchange =
                before.is_some_and(|before| right.get(before) == Some(&l)) && previous == Some(*r);
            let exchanged =
                before.filter(|_| is_exchange).map_or(usize::MAX, |before| cell(&before_last, before));
            current.push(replaced.min(inserted).min(exchanged.saturating_add(1)));
        }
        before_last = std::mem::replace(&mut last, current);
        previous = Some(l);
    }
    last.last().copied().unwrap_or_default()
}

/// Longest name that is compared, in characters.
const LONGEST: usize = 40;
