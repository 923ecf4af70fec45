//! Distance of names, by which a mistyped one is recognised.

/// Number of characters of the first text that are compared; each further one counts as deleted, so that a long text
/// takes little time.
const MAX_COMPARED: usize = 64;

/// Returns the Levenshtein distance of two texts: the number of characters to insert, delete or replace.
pub fn edits(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (idx, a) in one.chars().take(MAX_COMPARED).enumerate() {
        let (mut diagonal, mut left) = (idx, idx + 1);
        if let Some(first) = row.first_mut() {
            *first = left;
        }
        for (above, b) in row.iter_mut().skip(1).zip(other.chars()) {
            left = (diagonal + usize::from(a != b)).min(*above + 1).min(left + 1);
            diagonal = std::mem::replace(above, left);
        }
    }
    row.last().copied().unwrap_or_default() + one.chars().skip(MAX_COMPARED).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance_counts_changed_characters() {
        let check = |one, other, expected| assert_eq!(edits(one, other), expected, "{one} {other}");
        check("", "", 0);
        check("abc", "", 3);
        check("", "abc", 3);
        check("kitten", "sitting", 3);
        check("SINK", "SINKS", 1);
        check(&"a".repeat(1000), "a", 999);
    }
}
