use std::fmt::Write as _;

use super::*;

/// Writes a table in one line: `a=1 b={c="x"}`.
fn shown(table: &Table) -> String {
    let entries = table.entries.iter().map(|entry| format!("{}={}", entry.key, value(&entry.value)));
    entries.collect::<Vec<_>>().join(" ")
}

fn value(value: &Value) -> String {
    match &value.kind {
        ValueKind::Text(text) => format!("{text:?}"),
        ValueKind::Integer(n) => n.to_string(),
        ValueKind::Float(n) => n.to_string(),
        ValueKind::Boolean(is_true) => is_true.to_string(),
        ValueKind::DateTime => "time".to_owned(),
        ValueKind::Array(items) => {
            format!("[{}]", items.iter().map(self::value).collect::<Vec<_>>().join(" "))
        }
        ValueKind::Tables(tables) => {
            let tables: Vec<_> = tables.iter().map(|table| format!("{{{}}}", shown(table))).collect();
            format!("[{}]", tables.join(" "))
        }
        ValueKind::Table(table) => format!("{{{}}}", shown(table)),
    }
}

fn check(text: &str, expected: &str) {
    let (table, problems) = parse(text);
    let mut found = shown(&table);
    for (at, problem) in problems {
        write!(found, " | {at}: {problem}").unwrap();
    }
    assert_eq!(found, expected, "{text}");
}

#[test]
fn values_of_all_types_are_read() {
    check(
        "a = 'x\\y' # comment\nb = \"t\\tu\"\nc = -1_000\nd = 1.5\ne = true\nf = 2026-01-01\ng = [1, 'b',\n]",
        "a=\"x\\\\y\" b=\"t\\tu\" c=-1000 d=1.5 e=true f=time g=[1 \"b\"]",
    );
    check("a = 0x1F\nb = '''\nx'y'''", "a=31 b=\"x'y\"");
    check("", "");
}

#[test]
fn dotted_keys_and_headers_make_tables() {
    check(
        "top = 1\n[[rule]]\nwhen.type = 'app'\nwhen.\"a.b\" = 2\ndrop = {}\n[[rule]]\n[rule.when]\nx = 1\n",
        "top=1 rule=[{when={type=\"app\" a.b=2} drop={}} {when={x=1}}]",
    );
    check("a = { b.c = 1, d = { e = 2 } }", "a={b={c=1} d={e=2}}");
    check("[a.b]\nc = 1\n[a]\nd = 2", "a={b={c=1} d=2}");
}

#[test]
fn second_definitions_are_problems() {
    check("a = 1\na = 2", "a=1 | 6: `a` is defined twice");
    check("a = {}\na.b = 2", "a={} | 7: `a` is defined twice");
    check("[a]\n[a]\nb = 1", "a={} | 5: `a` is defined twice");
    check("a = 1\n[[a]]\nb = 1", "a=1 | 8: `a` is defined twice");
    check("[a]\nb.c = 1\n[a.b]\nd = 1", "a={b={c=1}} | 15: `b` is defined twice");
}

#[test]
fn malformed_text_is_reported_and_the_rest_is_read() {
    let (table, problems) = parse("a = \nb = 1\nc = 'x\nd = 2\n");
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(shown(&table).contains("b=1") && shown(&table).contains("d=2"), "{}", shown(&table));
    for text in [
        "a",
        "[",
        "[[a]",
        "a = [",
        "a = {b",
        "= 1",
        "a = 99999999999999999999",
        "a.b",
        "a = 1e",
        "\"",
        "a = 'é",
    ] {
        assert!(!parse(text).1.is_empty(), "{text}");
    }
    let deep = format!("a = {}", "[".repeat(100_000));
    assert!(!parse(&deep).1.is_empty());
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in "[a\\[\\]{}=.,'\"\n 1-]{0,40}|\\PC{0,40}") {
        parse(&text);
    }
}
