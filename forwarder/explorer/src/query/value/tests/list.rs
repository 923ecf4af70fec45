//! JSON, lists and maps.

use super::check;

#[test]
fn json_is_parsed_and_its_members_are_read() {
    check(&[
        (r#"jsonParse('{"b":1,"a":[1,2.50,true,null,"x"]}')"#, r#"{"b":1,"a":[1,2.5,true,null,"x"]}"#),
        (r#"jsonParse('{"a":{"b.c":[10,20]}}').a['b.c'][1]"#, "20"),
        (r#"jsonParse('{"a":[{"x":"y"}]}').a[0].x"#, "\"y\""),
        (r#"jsonParse('{"a":[{"x":"y"}]}').a.0.x"#, "\"y\""),
        ("list[0]", "1"),
        ("list[-1].a", "1"),
        ("list[9]", "-"),
        ("list[-9]", "-"),
        ("list[3]", "-"),
        ("word[0]", "-"),
        ("jsonParse('{')", "-"),
        ("jsonParse('null')", "-"),
        ("jsonParse('12')", "12"),
        ("jsonParse('18446744073709551615')", "18446744073709552000"),
        ("jsonParse(gone)", "-"),
        ("jsonParse(list)[1]", "\"2\""),
        (r#"jsonParse('{"a":"x"}').a"#, "\"x\""),
        (r#"jsonParse('{"a\\u0041":1}').aA"#, "1"),
    ]);
}

#[test]
fn json_of_any_depth_is_parsed_or_missing() {
    let deep = format!("jsonParse('{}')", "[".repeat(5000));
    check(&[(&deep, "-")]);
}

#[test]
fn values_are_written_as_json() {
    check(&[
        ("jsonStringify(list)", r#""[1,\"2\",true,null,{\"a\":1}]""#),
        ("jsonStringify('a\"b')", r#""\"a\\\"b\"""#),
        ("jsonStringify(1.5)", "\"1.5\""),
        ("jsonStringify(gone)", "-"),
    ]);
}

#[test]
fn arrays_are_measured_and_searched() {
    check(&[
        ("jsonArraySize('[1,2,3]')", "3"),
        ("jsonArraySize(list)", "5"),
        ("jsonArraySize('{}')", "-"),
        ("jsonArraySize(word)", "-"),
        ("jsonArrayContains('[1,\"x\"]', 'x')", "1"),
        ("jsonArrayContains(list, 2)", "1"),
        ("jsonArrayContains(list, 3)", "0"),
        ("jsonArrayContains(list, gone)", "-"),
        ("jsonArrayContains(gone, 1)", "-"),
    ]);
}
