//! Tests of keys, patterns, names and templates, and of JSON in other text.

use super::*;

#[test]
fn values_of_keys_are_replaced_whole() {
    let check = |message, expected| check(&with_keys(&["password", "pin"]), message, expected);
    check(r#"{"password":"x","a":1}"#, r#"{"password":"[keys]","a":1}"#);
    check(r#"{"a":{"password" : {"x":["}"]} ,"b":2}}"#, r#"{"a":{"password" : "[keys]" ,"b":2}}"#);
    check(
        r#"[{"pin":1},{"pin":[1,2]},{"pin":null},{"pin":true}]"#,
        r#"[{"pin":"[keys]"},{"pin":"[keys]"},{"pin":"[keys]"},{"pin":"[keys]"}]"#,
    );
    check(
        "2026\tid\tINFO\t{\"password\":\"x\"} and more",
        "2026\tid\tINFO\t{\"password\":\"[keys]\"} and more",
    );
    check("[INFO] [1] {\"pin\":1}", "[INFO] [1] {\"pin\":\"[keys]\"}");
    check(r#"{"p\u0061ssword":"x"}"#, r#"{"p\u0061ssword":"[keys]"}"#);
    check(r#"{"body":"{\"password\":\"x\",\"a\":1}"}"#, r#"{"body":"{\"password\":\"[keys]\",\"a\":1}"}"#);
    check(r#"{"b":"{\"c\":\"{\\\"pin\\\":1}\"}"}"#, r#"{"b":"{\"c\":\"{\\\"pin\\\":\\\"[keys]\\\"}\"}"}"#);
    check(r#"body={\"password\":\"x\"}"#, r#"body={\"password\":\"[keys]\"}"#);
    check(r#"{"passwords":"x","a":"password"}"#, r#"{"passwords":"x","a":"password"}"#);
}

#[test]
fn keys_are_found_in_damaged_json() {
    let check = |message, expected| check(&with_keys(&["password"]), message, expected);
    check(r#"{"a":1,"password":"x"#, r#"{"a":1,"password":"[keys]""#);
    check(r#"lue","b":2,"password":"x","c":3}"#, r#"lue","b":2,"password":"[keys]","c":3}"#);
    check(r#"  "password": "x","#, r#"  "password": "[keys]","#);
    check(r#"{"a":oops,"password":"x"}"#, r#"{"a":oops,"password":"[keys]"}"#);
    check(r#"{"a":"x" "password":"x"}"#, r#"{"a":"x" "password":"[keys]"}"#);
    check(r#"msg="{" then {"password":"x"}"#, r#"msg="{" then {"password":"[keys]"}"#);
    check(r#"["x" then {"password":"x"}"#, r#"["x" then {"password":"[keys]"}"#);
    check(r#"{"password": None, "b": 1}"#, r#"{"password": "[keys]", "b": 1}"#);
}

#[test]
fn paths_begin_at_the_root() {
    let check = |keys, message, expected| check(&with_keys(keys), message, expected);
    let message = r#"{"customer":{"home":{"phone":1},"phone":2},"phone":3}"#;
    check(&["customer.*.phone"], message, r#"{"customer":{"home":{"phone":"[keys]"},"phone":2},"phone":3}"#);
    check(&["customer.phone"], message, r#"{"customer":{"home":{"phone":1},"phone":"[keys]"},"phone":3}"#);
    check(&["*.phone"], message, r#"{"customer":{"home":{"phone":1},"phone":"[keys]"},"phone":3}"#);
    check(&["a.*.b"], r#"{"a":[{"b":1},{"b":2}],"b":3}"#, r#"{"a":[{"b":"[keys]"},{"b":"[keys]"}],"b":3}"#);
    check(&["a.b"], r#"{"a":[{"b":1},[{"b":2}]]}"#, r#"{"a":[{"b":"[keys]"},[{"b":"[keys]"}]]}"#);
    check(&["a.1"], r#"{"a":[1,{"b":2},3]}"#, r#"{"a":[1,"[keys]",3]}"#);
    check(&["a.b"], r#"x {"a":"{\"b\":1}"}"#, r#"x {"a":"{\"b\":\"[keys]\"}"}"#);
    check(&["*_token"], r#"{"id_token":1,"token":2}"#, r#"{"id_token":"[keys]","token":2}"#);
}

#[test]
fn names_are_redacted_and_numbered() {
    let check = |message, expected| check(&options(&[Kind::Email]), message, expected);
    check(
        r#"{"a@x.com":1,"b@x.com":{"c@x.com":2},"d@x.com":3}"#,
        r#"{"[email]":1,"[email] 2":{"[email]":2},"[email] 3":3}"#,
    );
    check(r#"{"to a@x.com":1,"b@x.com":2}"#, r#"{"to [email]":1,"[email]":2}"#);
    check(r#"{"a\u0040x.com":1,"b@x.com":2}"#, r#"{"[email]":1,"[email] 2":2}"#);
}

#[test]
fn patterns_match_in_strings_numbers_and_text() {
    check(&with_pattern(r"IBAN [A-Z]{2}\d+"), "x IBAN DE12345 y", "x [pattern] y");
    check(&with_pattern(r"IBAN [A-Z]{2}\d+"), r#"{"a":"\u0049BAN DE12345"}"#, r#"{"a":"[pattern]"}"#);
    check(
        &with_pattern(r"^\d{9}$"),
        r#"{"a":"123456789","b":123456789,"c":"1"}"#,
        r#"{"a":"[pattern]","b":"[pattern]","c":"1"}"#,
    );
    check(&with_pattern(".*"), r#"{"a":"x"}"#, r#"{"[pattern]":"[pattern]"}"#);
    check(&with_pattern("x*"), "yxxy", "y[pattern]y");
    let words = "ab ".repeat(500);
    check(&with_pattern("a(b|.*B)"), &words, &"[pattern] ".repeat(500));
}

#[test]
fn replacement_follows_the_template() {
    let options = |with: &str, key: Option<&str>| Options {
        with: Some(with.to_owned()),
        hash_key: key.map(|key| key.as_bytes().to_vec()),
        ..options(&[Kind::Email, Kind::Card])
    };
    check(&options("***", None), "a@x.com", "***");
    check(&options("<{kind}> {x}", None), "a@x.com", "<email> {x}");
    let hashed = Options { with: None, ..options("", Some("key")) };
    let one = redact(&set(std::slice::from_ref(&hashed)), r#"{"a":"a@x.com"}"#);
    check(&hashed, r#"{"a":"\u0061@x.com"}"#, &one);
    assert_eq!(one.len(), r#"{"a":"[email:0123456789abcdef]"}"#.len(), "{one}");
    check(&hashed, "4111-1111-1111-1111", &redact(&set(std::slice::from_ref(&hashed)), "4111111111111111"));
    let other = Options { hash_key: Some(b"other".to_vec()), ..hashed };
    assert_ne!(redact(&set(&[other]), r#"{"a":"a@x.com"}"#), one);
    for bad in [options("\"", None), options("\\", None), options("{hash}", None)] {
        assert!(matches!(Redactor::new(&bad, CACHE), Err(OptionsError::Template)));
    }
}

#[test]
fn malformed_settings_are_refused() {
    for key in ["", "a..b", "*", "."] {
        assert!(matches!(Redactor::new(&with_keys(&[key]), CACHE), Err(OptionsError::Key(_))), "{key}");
    }
    for pattern in ["(", r"(a)\1", "(?=a)", r"(\w{1000}){1000}"] {
        assert!(
            matches!(Redactor::new(&with_pattern(pattern), CACHE), Err(OptionsError::Pattern { .. })),
            "{pattern}"
        );
    }
}

#[test]
fn order_of_rules_does_not_decide_about_leaks() {
    let rules = [options(&[Kind::Email]), with_pattern("user [a-z]+@[a-z]+"), with_keys(&["password"])];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let set = set(&order.map(|rule| rules[rule].clone()));
        let message = r#"user zoe@example.org {"password":"user a@x.com","b":"a@x.com"}"#;
        assert_eq!(redact(&set, message), r#"[pattern] {"password":"[keys]","b":"[email]"}"#);
    }
}

#[test]
fn redactions_are_counted_by_kind() {
    let set = set(&[options(&DETECTORS), with_keys(&["k"])]);
    let (mut state, mut counts) = (State::default(), Counts::default());
    redact_with(
        &set,
        &mut state,
        Part::Whole,
        r#"{"k":1,"a@x.com":"10.0.0.1 b@x.com","c@x.com":2}"#,
        &mut counts,
    );
    let counted: Vec<_> = counts.iter().map(|(kind, count)| (kind.name(), count)).collect();
    assert_eq!(counted, [("email", 3), ("ipv4", 1), ("keys", 1)]);
}
