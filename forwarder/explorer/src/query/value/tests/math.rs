//! Arithmetic and functions of numbers.

use super::check;

#[test]
fn arithmetic_takes_numbers_and_their_texts() {
    check(&[
        ("1 + 2 * 3", "7"),
        ("t / 8", "25"),
        ("t / 3 * 3", "200"),
        ("1 / 3", "0.3333333333333333"),
        ("2 ^ 10", "1024"),
        ("2 ^ -1", "0.5"),
        ("2 ^ 3 ^ 2", "512"),
        ("-2 ^ 2", "-4"),
        ("7 % 3", "1"),
        ("-7 % 3", "-1"),
        ("7.5 % 2", "1.5"),
        ("0.1 + 0.2", "0.30000000000000004"),
        ("128 * 1000000", "128000000"),
        ("yes + yes", "2"),
        ("@timestamp + 1", "1709210096790"),
    ]);
}

#[test]
fn integers_are_exact_until_they_overflow() {
    check(&[
        ("9007199254740993 + 0", "9007199254740993"),
        ("9223372036854775807 + 1", "9223372036854776000"),
        ("3037000500 * 3037000500", "9223372037000250000"),
        ("1e300 * 1e300", "-"),
        ("-9223372036854775807 - 2", "-9223372036854776000"),
    ]);
}

#[test]
fn missing_and_other_operands_make_a_missing_result() {
    check(&[
        ("gone + 1", "-"),
        ("word * 2", "-"),
        ("empty + 1", "-"),
        ("list + 1", "-"),
        ("1 / 0", "-"),
        ("1 % 0", "-"),
        ("0 / 0", "-"),
        ("(-1) ^ 0.5", "-"),
        ("-gone", "-"),
    ]);
}

#[test]
fn functions_of_numbers_are_computed() {
    check(&[
        ("abs(-3)", "3"),
        ("abs('-3.5')", "3.5"),
        ("ceil(1.2)", "2"),
        ("floor(-1.2)", "-2"),
        ("round(2.5)", "3"),
        ("round(-2.5)", "-3"),
        ("round(3.14159, 2)", "3.14"),
        ("round(1234, -2)", "1200"),
        ("sqrt(9)", "3"),
        ("sqrt(-1)", "-"),
        ("log(1)", "0"),
        ("log(0)", "-"),
        ("abs(gone)", "-"),
        ("abs(word)", "-"),
        ("round(haversine(52.52, 13.405, 48.8566, 2.3522))", "877"),
    ]);
}

#[test]
fn numbers_are_read_from_texts() {
    check(&[
        ("toNumber('12.50')", "12.5"),
        ("toInt('-12.9')", "-12"),
        ("toLong(12.9)", "12"),
        ("toDouble('1e3')", "1000"),
        ("toNumber('1x')", "-"),
        ("toNumber(' 1')", "-"),
        ("toNumber('inf')", "-"),
        ("toNumber('0x10')", "-"),
        ("toNumber('1_000')", "-"),
        ("to_number('1.')", "1"),
        ("isNumeric('-.5')", "1"),
        ("isNumeric('-')", "0"),
        ("isNumeric(gone)", "0"),
        ("toNumber('1e999')", "-"),
        ("toInt('1e300')", "-"),
    ]);
}

#[test]
fn extremes_skip_missing_values() {
    check(&[
        ("greatest(gone, 0)", "0"),
        ("greatest(9, '10', gone)", "\"10\""),
        ("least(9, 10, 3.5)", "3.5"),
        ("least('b', 'a')", "\"a\""),
        ("greatest('b', 1)", "1"),
        ("greatest(gone)", "-"),
    ]);
}

#[test]
fn conditions_choose_values() {
    check(&[
        ("if(n > 100, 'slow', 'fast')", "\"slow\""),
        ("if(gone, 1, 2)", "2"),
        ("case(n < 100, 'a', n < 300, 'b', 'c')", "\"b\""),
        ("case(n < 100, 'a', n < 150, 'b', 'c')", "\"c\""),
        ("case(n < 100, 'a', n < 150, 'b')", "-"),
        ("coalesce(gone, empty, 1)", "\"\""),
        ("coalesce(gone, gone)", "-"),
        ("isPresent(gone)", "0"),
        ("ispresent(empty)", "1"),
        ("isPresent(list)", "1"),
        ("unmask(word)", "\"word\""),
    ]);
}
