//! Conditions: numbers, texts, truth values, times and missing values.

use super::check_conditions;

#[test]
fn numbers_and_texts_that_read_as_numbers_compare_as_numbers() {
    check_conditions(&[
        ("n = '200'", true),
        ("t = 200", true),
        ("t == 200.0", true),
        ("t >= 150 and t < 1000", true),
        ("n > '1e2'", true),
        ("'9' < '10'", true),
        ("t != 200", false),
        ("n = '200 '", false),
        ("9007199254740993 = 9007199254740992", false),
        ("9007199254740993 > 9007199254740992.0", true),
        ("1 < 1.5 and -1 > -1.5 and 2 > 1.5 and 2 = 2.0", true),
        ("9223372036854775807 < 9223372036854775808", true),
        ("-9223372036854775807 > -9223372036854775809", true),
    ]);
}

#[test]
fn texts_compare_by_code_point() {
    check_conditions(&[
        ("'a' < 'b'", true),
        ("'B' < 'a'", true),
        ("'z' < 'é'", true),
        ("word = 'word'", true),
        ("word = 'Word'", false),
        ("'007' = '7'", false),
        ("empty = ''", true),
        ("empty < 'a'", true),
    ]);
}

#[test]
fn number_and_other_text_are_only_different() {
    check_conditions(&[
        ("word != 1", true),
        ("word = 1", false),
        ("word > 1", false),
        ("word <= 1", false),
        ("empty = 0", false),
        ("empty != 0", true),
    ]);
}

#[test]
fn truth_values_are_numbers_and_words() {
    check_conditions(&[
        ("yes = 1", true),
        ("yes = true", true),
        ("yes = 'true'", true),
        ("yes = '1'", true),
        ("yes != false", true),
        ("no = 0 and no = false and no = 'false'", true),
        ("no", false),
        ("yes", true),
        ("'true' = true", true),
        ("yes = 'word'", false),
    ]);
}

#[test]
fn comparison_with_a_missing_value_or_a_list_does_not_hold() {
    check_conditions(&[
        ("gone = 1", false),
        ("gone != 1", false),
        ("gone = gone", false),
        ("gone < 1 or gone >= 1", false),
        ("list = 1", false),
        ("list != 1", false),
        ("gone like ''", false),
        ("gone like /.*/", false),
        ("list like '1'", false),
    ]);
}

#[test]
fn times_compare_with_numbers_and_texts() {
    check_conditions(&[
        ("@timestamp = 1709210096789", true),
        ("@timestamp > '2024-02-29T12:34:56Z'", true),
        ("@timestamp < '2024-02-29 12:34:57'", true),
        ("@timestamp = '2024-02-29 12:34:56.789'", true),
        ("@timestamp > 'yesterday'", false),
        ("@timestamp like '2024-02-29'", true),
    ]);
}

#[test]
fn like_searches_anywhere() {
    check_conditions(&[
        ("@message like 'message'", true),
        ("@message like 'Message'", false),
        ("@message like 'a.message'", false),
        ("@message like ''", true),
        ("@message like /(?i)MESSAGE/", true),
        ("@message =~ /^a.*ä$/", true),
        ("n like '20'", true),
        ("yes like '1'", true),
    ]);
}
