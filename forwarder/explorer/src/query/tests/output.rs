use super::*;

#[test]
fn default_limit_is_told() {
    let log = Log::lines(&["a"; 30]);
    let answer = log.answer("fields @message", |options| options.limit = Some(10)).unwrap();
    assert_eq!((answer.table.rows.len(), answer.cut > 0), (10, true));
    let answer = log.answer("fields @message | limit 20", |options| options.limit = Some(25)).unwrap();
    assert_eq!(answer.table.rows.len(), 20);
}

#[test]
fn range_includes_its_start_and_excludes_its_end() {
    let log = Log::lines(&["a", "b", "c"]);
    let answer = log.answer("stats count(*) as n", |options| {
        options.range = TimeRange { since: Some(UnixMillis(START)), until: Some(UnixMillis(START + 2000)) };
    });
    assert_eq!(answer.unwrap().table.rows, [[value::Value::integer(2)]]);
}

#[test]
fn query_over_its_memory_has_a_partial_result() {
    let lines: Vec<_> = (0..2000).map(|n| format!("{{\"n\":{n}}}")).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let log = Log::lines(&lines);
    let answer = log.answer("stats count(*) by n", |options| options.memory = 20_000).unwrap();
    assert_eq!(answer.partial, Some(Partial::Memory { limit: 20_000 }));
    assert!(!answer.table.rows.is_empty());
}

#[test]
fn number_of_workers_does_not_change_the_result() {
    let lines: Vec<_> =
        (0..3000).map(|n| format!("{{\"n\":{},\"f\":{}.1,\"w\":\"w{}\"}}", n % 7, n % 13, n % 11)).collect();
    let lines: Vec<_> = lines.iter().map(String::as_str).collect();
    let log = Log::lines(&lines);
    for query in [
        "stats count(*), sum(f), avg(f), stddev(f), pct(f, 90), count_distinct(w) by n",
        "sort f desc, w | limit 50",
        "fields w, n | dedup w",
        "pattern @message",
    ] {
        let rows = |jobs| log.answer(query, |options| options.jobs = jobs).unwrap().table;
        assert_eq!(rows(1), rows(3), "{query}");
    }
}

#[test]
fn explanation_names_what_is_read() {
    let log = Log::lines(&["a"]);
    let catalog = Catalog::default();
    let options = Options {
        store: &log.path,
        catalog: &catalog,
        tables: &log.tables,
        range: TimeRange::default(),
        filter: None,
        now: START,
        jobs: 1,
        memory: DEFAULT_MEMORY,
        limit: None,
        must_cancel: &|| false,
    };
    let text =
        explain(&parse("filter @type = 'REPORT' | stats count(*) by bin(1h)").unwrap(), &options).unwrap();
    assert!(text.contains(r#"blocks read: word "report""#), "{text}");
    assert!(text.contains("pass 1: 1 filters, then group"), "{text}");
}

#[test]
fn json_with_escaped_letters_is_found() {
    let log = Log::lines(&[
        r#"{"level":"\u0045RROR","n":1}"#,
        r#"{"l\u0065vel":"ERROR","n":2}"#,
        r#"{"gr\u00f6\u00dfe":3}"#,
    ]);
    for (query, expected) in [
        ("filter level = 'ERROR' | stats count(*) as n", 2),
        ("filter level in ['ERROR'] | stats count(*) as n", 2),
        ("filter level like 'ERROR' | stats count(*) as n", 2),
        ("filter ispresent(`größe`) | stats count(*) as n", 1),
        ("filter `größe` = 3 | stats count(*) as n", 1),
    ] {
        let answer = log.answer(query, |_| {}).unwrap();
        assert_eq!(answer.table.rows, [[value::Value::integer(expected)]], "{query}");
    }
}

#[test]
fn texts_and_rows_over_a_limit_make_the_result_partial() {
    let list = format!("[{}0]", "0,".repeat(10_000));
    let log = Log::lines(&["a", &list]);
    let doubled: String =
        (1..=30).map(|n| format!("| fields concat(x{}, x{}) as x{n} ", n - 1, n - 1)).collect();
    let replaced = "fields concat('aaaaaaaaaa', 'aaaaaaaaaa') as a | fields replace(a, 'a', a) as b
        | fields replace(b, 'a', b) as c | fields regexReplace(c, /a/, c) as d | fields strlen(d)";
    let elements = "fields jsonParse(@message) as l | unnest l into x | stats count(*)";
    for (query, is_partial) in [
        (format!("fields 'aaaaaaaa' as x0 {doubled}| fields strlen(x30)"), true),
        (replaced.to_owned(), true),
        (elements.to_owned(), true),
        ("fields replace(concat(@message, 'b'), 'b', 'c')".to_owned(), false),
    ] {
        let partial = log.query_partial(&query);
        assert_eq!(partial, is_partial.then_some(Partial::Truncated), "{query}");
    }
}

#[test]
fn rows_know_their_event_and_groups_have_none() {
    let log = Log::lines(&["a 1", "b 2", "a 3", "b 4"]);
    let store = Store::open_read_only(&log.path).unwrap();
    let messages = |query: &str| -> Vec<Option<String>> {
        let answer = log.answer(query, |_| {}).unwrap();
        let message = |place: &Option<LogPosition>| {
            let events = store.around((*place)?, 0).unwrap();
            Some(events[0].message.to_string())
        };
        answer.places.iter().map(message).collect()
    };
    let expected = |messages: &[&str]| messages.iter().map(|it| Some((*it).to_owned())).collect::<Vec<_>>();
    assert_eq!(messages("fields @message"), expected(&["b 4", "a 3", "b 2", "a 1"]));
    let parsed = "parse '* *' as letter, number | sort number asc";
    assert_eq!(messages(&format!("{parsed} | limit 2")), expected(&["a 1", "b 2"]));
    assert_eq!(messages(&format!("{parsed} | dedup letter")), expected(&["a 1", "b 2"]));
    assert_eq!(messages(&format!("{parsed} | tail 1")), expected(&["b 4"]));
    let passes = format!("{parsed} | limit 3 | sort number desc | limit 2 | filter letter = 'b'");
    assert_eq!(messages(&passes), expected(&["b 2"]));
    for groups in ["stats count(*) by @message", "pattern @message", "countFrequent @message"] {
        assert!(messages(groups).iter().all(Option::is_none), "{groups}");
    }
}
