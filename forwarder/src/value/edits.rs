//! Distance of names, by which a mistyped one is recognised.

/// Number of characters of each text that are compared, so that long texts take little time too.
const MAX_COMPARED: usize = 64;

/// Returns the number of characters to insert, delete, replace or exchange with their neighbour that make one text of the
/// other (optimal string alignment distance). Of longer texts, the lengths of the rests are compared.
pub fn edits(one: &str, other: &str) -> usize {
    let split = |text: &str| text.char_indices().nth(MAX_COMPARED).map_or(text.len(), |(at, _)| at);
    let (start, rest) = one.split_at(split(one));
    let (other_start, other_rest) = other.split_at(split(other));
    strsim::osa_distance(start, other_start) + rest.chars().count().abs_diff(other_rest.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edit_distance_counts_changed_characters() {
        let check = |one: &str, other: &str, expected| {
            assert_eq!(edits(one, other), expected, "{one} {other}");
            assert_eq!(edits(other, one), expected, "{other} {one}");
        };
        check("", "", 0);
        check("abc", "", 3);
        check("kitten", "sitting", 3);
        check("SINK", "SINKS", 1);
        check("fitler", "filter", 1);
        check("ca", "abc", 3);
        let (long, longer) = ("é".repeat(1000), "é".repeat(1001));
        check(&long, "é", 999);
        check(&long, &longer, 1);
    }
}
