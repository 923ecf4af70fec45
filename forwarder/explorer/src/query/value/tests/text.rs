//! Functions of texts, and those that encode and hash them.

use super::check;

#[test]
fn texts_are_measured_in_characters_and_bytes() {
    check(&[
        ("strlen('aé日')", "3"),
        ("messageSize('aé日')", "6"),
        ("message_size(@message)", "13"),
        ("strlen(n)", "3"),
        ("strlen(gone)", "-"),
        ("isEmpty('')", "1"),
        ("isEmpty(gone)", "1"),
        ("isEmpty(' ')", "0"),
        ("isBlank(' \t')", "1"),
        ("isBlank(gone)", "1"),
        ("isBlank(0)", "0"),
    ]);
}

#[test]
fn texts_are_joined_and_cut() {
    check(&[
        ("concat('a', 1, gone, true, 0.5)", "\"a110.5\""),
        ("substr('aé日b', 1)", "\"é日b\""),
        ("substr('aé日b', 1, 2)", "\"é日\""),
        ("substr(@message, 2, 7)", "\"message\""),
        ("substr('ab', 5)", "\"\""),
        ("substr('ab', -1)", "\"ab\""),
        ("substr('ab', 0, -1)", "\"\""),
        ("substr('ab', gone)", "-"),
        ("substr(12345, 1, 3)", "\"234\""),
        ("split('a,b,,c', ',')", r#"["a","b","","c"]"#),
        ("split('ab', '')", r#"["ab"]"#),
        ("split(gone, ',')", "-"),
    ]);
}

#[test]
fn trimmed_characters_are_a_set() {
    check(&[
        ("trim('  a b ')", "\"a b\""),
        ("ltrim('  a ')", "\"a \""),
        ("rtrim(' a  ')", "\" a\""),
        ("trim('xyxaxyx', 'yx')", "\"a\""),
        ("ltrim('xyxa', 'yx')", "\"a\""),
        ("rtrim('a//', '/')", "\"a\""),
        ("trim('a', gone)", "-"),
        ("trim(gone)", "-"),
    ]);
}

#[test]
fn case_of_letters_is_changed() {
    check(&[("toUpper('aß')", "\"ASS\""), ("tolower('ÄB')", "\"äb\""), ("toupper(gone)", "-")]);
}

#[test]
fn parts_are_replaced() {
    check(&[
        ("replace('a.b.c', '.', '-')", "\"a-b-c\""),
        ("replace('abc', '', '-')", "\"abc\""),
        ("replace('abc', 'b', gone)", "-"),
        ("regexReplace('a1b22', '[0-9]+', '#')", "\"a#b#\""),
        ("regex_replace('k=v', /(\\w)=(\\w)/, '$2=\\1 $$ $9 $x')", "\"v=k $  $x\""),
        ("regexReplace(gone, 'a', 'b')", "-"),
    ]);
}

#[test]
fn parts_are_found() {
    check(&[
        ("strcontains('abc', 'b')", "1"),
        ("strcontains('abc', 'B')", "0"),
        ("strcontains('abc', 'B', true)", "1"),
        ("strcontains('abc', 'B', 0)", "0"),
        ("startsWith('abc', 'ab')", "1"),
        ("starts_with('abc', 'b')", "0"),
        ("endsWith('abc', 'bc')", "1"),
        ("endsWith(gone, 'bc')", "-"),
        ("strcontains(n, 0)", "1"),
    ]);
}

#[test]
fn texts_are_encoded_and_decoded() {
    check(&[
        ("urlencode('a b/ä?~')", "\"a%20b%2F%C3%A4%3F~\""),
        ("urldecode('a%20b%2f%C3%A4+%zz%')", "\"a b/ä+%zz%\""),
        ("urldecode('%ff')", "-"),
        ("base64encode('aé')", "\"YcOp\""),
        ("base64decode('YQ==')", "\"a\""),
        ("base64decode('YQ')", "\"a\""),
        ("base64decode('!')", "-"),
        ("hexToAscii('48656C6c6f')", "\"Hello\""),
        ("hexToAscii('4')", "-"),
        ("hexToDec('ff')", "255"),
        ("hexToDec('0xFF')", "255"),
        ("hexToDec('xyz')", "-"),
        ("hexToDec('-1')", "-"),
        ("decToHex(255)", "\"ff\""),
        ("decToHex('-1')", "-"),
    ]);
}

#[test]
fn texts_are_hashed() {
    check(&[
        ("md5('abc')", "\"900150983cd24fb0d6963f7d28e17f72\""),
        ("sha256('abc')", "\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\""),
        ("md5(gone)", "-"),
    ]);
}
