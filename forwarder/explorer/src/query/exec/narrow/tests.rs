use super::*;

fn check_regex(regex: &str, expected: &str) {
    assert_eq!(regex_words::need(regex).describe(), expected, "{regex}");
}

#[test]
fn inner_words_of_a_regular_expression_must_occur() {
    check_regex("Task timed out", r#"word "timed""#);
    check_regex("(?i)Task TIMED out", r#"word "timed""#);
    check_regex("a user=(\\w+), total cost", r#"(word "user" and word "total")"#);
    check_regex("error|exception", "all");
    check_regex("a big error|a small error", r#"(word "big" or word "small")"#);
    check_regex("( big )+", r#"word "big""#);
    check_regex("( big )*", "all");
    check_regex("[", "all");
}

#[test]
fn words_of_a_text_are_in_lower_case() {
    assert_eq!(
        words("Über-Graph 17").describe(),
        r#"(word "Über" and word "graph" and word "17")"#.to_lowercase().replace("über", "Über")
    );
    assert_eq!(BlockWords::inner("out of memory"), " of ");
}
