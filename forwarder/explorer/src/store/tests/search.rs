//! Tests of searching log events, and of reading those of an invocation or around a position.

use tailwater_parser::line::{Report, Start};

use super::*;

/// Creates `count` events that alternate between two streams; id and time count from 0.
fn two_streams(count: i64) -> Vec<Event> {
    let streams = ["a", "b"].into_iter().cycle();
    let events = (0..count).zip(streams);
    events.map(|(n, stream)| Event { stream, ..event(n, &format!("order {n} placed")) }).collect()
}

#[test]
fn newest_event_comes_first_across_streams() {
    let scratch = Scratch::new();
    scratch.log(&two_streams(3000));
    let expected: Vec<_> = (0..3000).rev().map(|n| format!("order {n} placed")).collect();
    assert_eq!(scratch.found(&Query::default()), expected[..1000]);
}

#[test]
fn pages_have_no_gaps_and_no_repeats() {
    let scratch = Scratch::new();
    let same_time = |n: i64| Event { time: n / 50, ..two_streams(n + 1).remove(usize::try_from(n).unwrap()) };
    scratch.log(&(0..1500).map(same_time).collect::<Vec<_>>());
    let store = scratch.store();
    let whole = messages(&store.search(&Query::default(), 1500).unwrap());
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = store.search(&Query { after, ..Query::default() }, 70).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.position);
        paged.extend(messages(&page));
    }
    assert_eq!(paged.len(), 1500);
    assert_eq!(paged, whole);
}

#[test]
fn word_in_a_single_block_is_found() {
    let scratch = Scratch::new();
    scratch.log(&two_streams(5000));
    assert_eq!(scratch.found(&Query { text: "1234", ..Query::default() }), ["order 1234 placed"]);
    assert_eq!(scratch.found(&Query { text: "ORDER \"4 pla\" 4", ..Query::default() }), ["order 4 placed"]);
    assert!(scratch.found(&Query { text: "absent", ..Query::default() }).is_empty());
}

#[test]
fn level_matches_itself_and_more_severe_ones() {
    let scratch = Scratch::new();
    let levels = [None, Some(Level::Debug), Some(Level::Warn), Some(Level::Fatal)];
    let events = levels.into_iter().zip(1..).map(|(level, n)| Event { level, ..event(n, &n.to_string()) });
    scratch.log(&events.collect::<Vec<_>>());
    assert_eq!(scratch.found(&Query { level: Some(Level::Warn), ..Query::default() }), ["4", "3"]);
    assert_eq!(scratch.found(&Query { level: Some(Level::Trace), ..Query::default() }), ["4", "3", "2"]);
}

#[test]
fn search_is_limited_to_its_time_range() {
    let scratch = Scratch::new();
    scratch.log(&(1..=5).map(|n| event(n, &n.to_string())).collect::<Vec<_>>());
    let (since, until) = (Some(UnixMillis(2)), Some(UnixMillis(4)));
    assert_eq!(scratch.found(&Query { since, until, ..Query::default() }), ["3", "2"]);
}

#[test]
fn search_by_function_id() {
    let scratch = Scratch::new();
    scratch.log(&[event(1, "here")]);
    let functions = [scratch.store().functions().unwrap()[0].id];
    let functions = Some(functions.as_slice());
    assert_eq!(scratch.found(&Query { functions, ..Query::default() }), ["here"]);
    let functions = Some([FunctionId(99)].as_slice());
    assert!(scratch.found(&Query { functions, ..Query::default() }).is_empty());
}

#[test]
fn found_event_has_all_stored_fields() {
    let scratch = Scratch::new();
    let stored = Event { level: Some(Level::Warn), request_id: Some("r-1"), ..event(7, "hello") };
    scratch.log(&[stored]);
    let found = scratch.store().search(&Query { request_id: Some("r-1"), ..Query::default() }, 10).unwrap();
    let [found] = found.as_slice() else { panic!("one event") };
    assert_eq!((found.level, found.request_id.as_deref()), (Some(Level::Warn), Some("r-1")));
    assert_eq!((found.position.time, &*found.kind, found.part), (UnixMillis(7), "text", Part::Whole));
    assert_eq!(found.key, EventKey::of(EventId::CloudWatch("7"), Part::Whole));
    assert_eq!((found.origin.log_stream(), found.origin.function()), ("a", "checkout"));
    assert!(scratch.found(&Query { request_id: Some("r-2"), ..Query::default() }).is_empty());
}

#[test]
fn around_returns_events_of_the_same_stream_across_blocks() {
    let scratch = Scratch::new();
    scratch.log(&two_streams(4000));
    let store = scratch.store();
    let middle = store.search(&Query { text: "2000", ..Query::default() }, 1).unwrap().remove(0);
    let expected: Vec<_> = (800..=3200).step_by(2).map(|n| format!("order {n} placed")).collect();
    assert_eq!(messages(&store.around(middle.position, 600).unwrap()), expected);
}

#[test]
fn around_ends_with_the_stream() {
    let scratch = Scratch::new();
    scratch.log(&(1..=5).map(|n| event(n, &n.to_string())).collect::<Vec<_>>());
    let store = scratch.store();
    let first = store.search(&Query { text: "1", ..Query::default() }, 1).unwrap().remove(0);
    assert_eq!(messages(&store.around(first.position, 2).unwrap()), ["1", "2", "3"]);
}

/// Creates an event of the request `r-1`.
fn of_request(time: i64, message: &str, line: Option<Line<'static>>) -> Event {
    Event { request_id: Some("r-1"), line, ..event(time, message) }
}

#[test]
fn invocation_log_excludes_events_of_its_retry() {
    let start = || Some(Line::Start(Start { request_id: "r-1", ..Start::default() }));
    let report = || Some(Line::Report(Report { request_id: "r-1", ..Report::default() }));
    let scratch = Scratch::new();
    scratch.log(&[
        of_request(1, "start", start()),
        of_request(2, "work", None),
        event(3, "of nobody"),
        of_request(4, "report", report()),
        Event { id: 5, ..of_request(4, "timed out", None) },
        of_request(60, "start again", start()),
        of_request(61, "report again", report()),
        Event { request_id: Some("r-2"), ..event(62, "of another") },
    ]);
    scratch.run(&[invocation("4", 4), invocation("61", 61)], &[]);
    let log_of = |id| messages(&scratch.store().invocation_log(InvocationKey::of(&origin("a"), id)).unwrap());
    assert_eq!(log_of("4"), ["start", "work", "report", "timed out"]);
    assert_eq!(log_of("61"), ["start again", "report again"]);
    assert!(log_of("99").is_empty());
}

#[test]
fn stopped_search_continues_without_loss() {
    let scratch = Scratch::new();
    scratch.log(&two_streams(5000));
    let store = scratch.store();
    let (mut found, mut after, mut partial_pages) = (Vec::new(), None, 0);
    loop {
        let query = Query { text: "\"99 placed\"", after, ..Query::default() };
        let calls = std::cell::Cell::new(0);
        let once = || calls.replace(calls.get() + 1) < 1;
        let page = store.search_while(&query, 7, &once).unwrap();
        found.extend(messages(&page.events));
        partial_pages += usize::from(page.is_partial);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    let all = scratch.found(&Query { text: "\"99 placed\"", ..Query::default() });
    assert_eq!((found.len(), found), (50, all));
    assert!(partial_pages > 2, "only {partial_pages} pages were partial");
}

/// Events of four streams whose blocks overlap: they start 1 ms apart and end 100 ms apart. Each block holds
/// one event at its start and one at its end.
fn overlapping_blocks() -> Vec<Event> {
    let streams = ["a", "b", "c", "d"].into_iter().zip(1..);
    let ends = streams.flat_map(|(stream, n): (_, i64)| [(stream, n), (stream, n * 100)]);
    ends.map(|(stream, time)| Event { stream, ..event(time, &format!("event {time}")) }).collect()
}

#[test]
fn stopped_search_over_overlapping_blocks_always_advances() {
    let scratch = Scratch::new();
    scratch.log(&overlapping_blocks());
    let store = scratch.store();
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let query = Query { after, ..Query::default() };
        let page = store.search_while(&query, 3, &|| false).unwrap();
        found.extend(messages(&page.events));
        let Some(next) = page.next else { break };
        assert!(after.is_none_or(|after| next < after), "{next:?} is not before {after:?}");
        after = Some(next);
    }
    assert_eq!(found, scratch.found(&Query::default()));
}

#[test]
fn search_by_version_and_region_reads_only_their_streams() {
    let scratch = Scratch::new();
    let first = "2026/03/04/[1]aa";
    let second = "2026/03/04/[22]bb";
    scratch.log(&[
        Event { stream: first, ..event(1, "one") },
        Event { stream: second, ..event(2, "two") },
        event(3, "unknown"),
    ]);
    let of = |version, region| scratch.found(&Query { version, region, ..Query::default() });
    assert_eq!(of(Some("22"), None), ["two"]);
    assert_eq!(of(Some("1"), Some("eu-west-1")), ["one"]);
    assert!(of(Some("2"), None).is_empty());
    // No line of these streams names a region, so each may be in any.
    assert_eq!(of(None, Some("eu-west-1")), ["unknown", "two", "one"]);
    let connection = Connection::open(&scratch.path).unwrap();
    checksum::register(&connection).unwrap();
    let update = format!(
        "UPDATE streams SET region = 'us-east-1' WHERE log_stream = '{second}';
         UPDATE streams SET sum = checksum(function_id, log_stream, region)"
    );
    connection.execute_batch(&update).unwrap();
    assert_eq!(of(None, Some("eu-west-1")), ["unknown", "one"]);
    assert_eq!(of(None, Some("us-east-1")), ["unknown", "two", "one"]);
}

#[test]
fn invocations_and_traces_are_found_by_the_beginning_of_their_ids() {
    let scratch = Scratch::new();
    let run = |id: &str, time| Invocation {
        request_id: id.into(),
        trace_id: Some(format!("1-{id}").into()),
        ..invocation(id, time)
    };
    let long = "5759e988-bd862e3fe1be46a994272793";
    scratch.run(&[run("ab1", 1), run("ab2", 2), run("ac1", 3), run("a%", 4), run(long, 5)], &[]);
    let store = scratch.store();
    let requests = |prefix, limit| {
        let found = store.invocations_by_prefix(prefix, limit).unwrap();
        found.into_iter().map(|one| one.invocation.request_id.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(requests("ab", 9), ["ab1", "ab2"]);
    assert_eq!(requests("a", 2), ["a%", "ab1"]);
    assert_eq!(requests("ac1", 9), ["ac1"]);
    assert!(requests("ac12", 9).is_empty() && requests("%", 9).is_empty());
    assert_eq!(store.traces_with_prefix("1-ab", 9).unwrap(), ["1-ab1", "1-ab2"]);
    for beginning in ["1-5759e988-", "1-5759e988-bd86", "1-5759e988-bd862e3fe1be46"] {
        assert_eq!(store.traces_with_prefix(beginning, 9).unwrap(), [format!("1-{long}")], "{beginning}");
    }
    assert!(store.traces_with_prefix("1-5759e988-bd862e3fe1be5", 9).unwrap().is_empty());
}

#[test]
fn search_by_trace_finds_events_of_its_invocations() {
    let scratch = Scratch::new();
    let traced = Invocation { trace_id: Some("1-5d".into()), ..invocation("1", 10) };
    scratch.run(&[traced], &[]);
    scratch.log(&[
        Event { request_id: Some("r-1"), ..event(1, "mine") },
        Event { request_id: Some("r-2"), ..event(2, "other") },
    ]);
    assert_eq!(scratch.found(&Query { trace_id: Some("1-5d"), ..Query::default() }), ["mine"]);
    assert!(scratch.found(&Query { trace_id: Some("1-6d"), ..Query::default() }).is_empty());
    let both = Query { trace_id: Some("1-5d"), request_id: Some("r-2"), ..Query::default() };
    assert!(scratch.found(&both).is_empty());
}
