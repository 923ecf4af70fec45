//! Calls over queues, topics and state machines, retries, siblings, clocks, and functions of one name.

use super::*;

/// Adds a run with ids of messages and roles at resources: `+SQS:jobs` sends, `-SQS:jobs` handles.
fn add(
    builder: &mut GraphBuilder,
    function: &str,
    (begin, end): (i64, i64),
    ids: &[(IdKind, &str)],
    roles: &[&str],
) -> u32 {
    let run = run(builder, function, begin, end);
    let at = builder.run(run);
    ids.iter().for_each(|(kind, id)| builder.id(at, *kind, id_key(id)));
    for role in roles {
        let mention = if role.starts_with('-') { Mention::HandlesEventOf } else { Mention::Uses };
        builder.mention(at, mention, 0, role.get(1..).unwrap());
    }
    at
}

const SQS: IdKind = IdKind::SqsMessage;
const SNS: IdKind = IdKind::SnsMessage;

fn map(graph: &Graph) -> Map {
    graph.map(&Declared::default(), MapOptions::default())
}

/// Edges as `from > to: calls/errors+retries evidence via`.
fn edges(map: &Map) -> Vec<String> {
    let text = |edge: &Edge| {
        let Edge { from, to, calls, errors, retries, evidence, via, .. } = edge;
        format!("{from} > {to}: {calls}/{errors}+{retries} {} {}", evidence.join(","), via.join(","))
            .trim_end()
            .to_owned()
    };
    map.edges.iter().map(text).collect()
}

#[test]
fn queue_that_only_the_sender_names_leads_to_the_consumer() {
    let mut builder = GraphBuilder::default();
    for n in 0..4 {
        let (begin, message) = (n * 10_000, format!("message-{n}"));
        add(&mut builder, "web", (begin, begin + 50), &[(SQS, &message)], &["+SQS:mails"]);
        add(&mut builder, "mail", (begin + 3_000, begin + 3_020), &[(SQS, &message)], &[]);
    }
    let map = map(&builder.finish());
    assert_eq!(
        edges(&map),
        [
            "SQS:mails > mail: 4/0+0 message",
            "web > SQS:mails: 4/0+0 message,arn",
            "web > mail: 4/0+0 order SQS:mails",
        ]
    );
    assert!(map.edges[2].is_over_resources());
    assert_eq!(map.reach("web", Direction::Downstream, 1), ["SQS:mails", "mail", "web"]);
    assert_eq!(map.reach("mail", Direction::Upstream, 1), ["SQS:mails", "mail", "web"]);
    assert_eq!(map.reach("SQS:mails", Direction::Both, 1), ["SQS:mails", "mail", "web"]);
    // Drawings have the way over the queue, not beside it.
    let dot = Dot(&map).to_string();
    assert!(dot.contains("\"SQS:mails\" -> \"mail\"") && !dot.contains("\"web\" -> \"mail\""), "{dot}");
}

#[test]
fn queue_that_only_the_consumer_names_leads_to_the_sender() {
    let mut builder = GraphBuilder::default();
    add(&mut builder, "web", (0, 50), &[(SQS, "message-1")], &[]);
    add(&mut builder, "mail", (3_000, 3_020), &[(SQS, "message-1")], &["-SQS:mails"]);
    assert_eq!(
        edges(&map(&builder.finish())),
        [
            "SQS:mails > mail: 1/0+0 message,arn",
            "web > SQS:mails: 1/0+0 message",
            "web > mail: 1/0+0 order SQS:mails",
        ]
    );
}

#[test]
fn of_several_queues_of_a_sender_that_of_other_calls_is_taken() {
    let mut builder = GraphBuilder::default();
    add(&mut builder, "web", (0, 50), &[(SQS, "message-1")], &["+SQS:mails"]);
    add(&mut builder, "mail", (3_000, 3_020), &[(SQS, "message-1")], &[]);
    // This run sends to both queues.
    let both = [(SQS, "message-2"), (SQS, "message-3")];
    add(&mut builder, "web", (10_000, 10_050), &both, &["+SQS:mails", "+SQS:bills"]);
    add(&mut builder, "mail", (13_000, 13_020), &[(SQS, "message-2")], &[]);
    add(&mut builder, "bill", (13_000, 13_020), &[(SQS, "message-3")], &[]);
    let map = map(&builder.finish());
    let found = edges(&map);
    assert!(found.contains(&"web > mail: 2/0+0 order SQS:mails".to_owned()), "{found:?}");
    // No other call shows which queue leads to it: the call stays direct.
    assert!(found.contains(&"web > bill: 1/0+0 order".to_owned()), "{found:?}");
}

#[test]
fn topic_event_and_execution_lead_to_their_receivers() {
    let mut builder = GraphBuilder::default();
    add(&mut builder, "web", (0, 50), &[(SNS, "topic-message-1")], &["+SNS:news"]);
    add(&mut builder, "push", (1_000, 1_090), &[(SNS, "topic-message-1")], &["-SNS:news"]);
    add(&mut builder, "mail", (1_020, 1_080), &[(SNS, "topic-message-1")], &["-SNS:news"]);
    let execution = [(IdKind::Execution, "execution-1")];
    add(&mut builder, "start", (5_000, 5_050), &execution, &["+SFN:pay"]);
    add(&mut builder, "check", (5_100, 5_200), &execution, &["-SFN:pay"]);
    add(&mut builder, "book", (5_300, 5_400), &execution, &["-SFN:pay"]);
    let event = [(IdKind::Event, "event-0001")];
    add(&mut builder, "shop", (9_000, 9_010), &event, &["+EB:orders"]);
    add(&mut builder, "stock", (9_500, 9_510), &event, &[]);
    let graph = builder.finish();
    assert_eq!(
        parents(&graph),
        [
            "push < web Order 50",
            "mail < web Order 50",
            "check < start Order 50",
            "book < start Order 50",
            "stock < shop Order 50",
        ]
    );
    let map = map(&graph);
    assert_eq!(map.reach("web", Direction::Downstream, 1), ["SNS:news", "mail", "push", "web"]);
    assert_eq!(map.reach("start", Direction::Downstream, 1), ["SFN:pay", "book", "check", "start"]);
    assert_eq!(map.reach("shop", Direction::Downstream, 1), ["EB:orders", "shop", "stock"]);
    let ways = |ask: &str| {
        let mut map = map.clone();
        Question::read(ask).unwrap().apply(&mut map);
        map.edges.iter().map(|edge| format!("{}>{}", edge.from, edge.to)).collect::<Vec<_>>()
    };
    assert_eq!(ways("web ->> mail depth 1"), ["SNS:news>mail", "web>SNS:news", "web>mail"]);
    assert_eq!(ways("shop ->> EB:orders depth 1"), ["shop>EB:orders"]);
}

#[test]
fn receivers_of_one_message_are_no_callers_of_each_other() {
    let mut builder = GraphBuilder::default();
    // Nothing names the topic: the first with the id published it.
    add(&mut builder, "web", (0, 50), &[(SNS, "topic-message-1")], &[]);
    add(&mut builder, "push", (1_000, 1_010), &[(SNS, "topic-message-1")], &[]);
    add(&mut builder, "mail", (1_020, 1_030), &[(SNS, "topic-message-1")], &[]);
    // The publisher is unknown, but both say where the message came from.
    add(&mut builder, "log", (5_000, 5_010), &[(SNS, "topic-message-2")], &["-SNS:news"]);
    add(&mut builder, "audit", (5_020, 5_030), &[(SNS, "topic-message-2")], &["-SNS:news"]);
    assert_eq!(parents(&builder.finish()), ["push < web Order 50", "mail < web Order 50"]);
}

#[test]
fn runs_with_one_parent_span_are_siblings() {
    let mut builder = GraphBuilder::default();
    for (function, begin) in [("stock", 0), ("price", 50)] {
        let link = RunLink { parent_span: NonZeroU64::new(7), ..RunLink::default() };
        let run = LinkedRun { link, ..run(&mut builder, function, begin, begin + 10) };
        let at = builder.run(run);
        builder.id(at, IdKind::Trace, 1);
    }
    let graph = builder.finish();
    assert_eq!(parents(&graph), [""; 0]);
    assert_eq!(graph.chains.len(), 1);
}

#[test]
fn clock_that_is_behind_does_not_turn_a_call_around() {
    let mut builder = GraphBuilder::default();
    // By the clocks the consumer began 3 seconds before the sender.
    add(&mut builder, "mail", (0, 20), &[(SQS, "message-1")], &["-SQS:mails"]);
    add(&mut builder, "web", (3_000, 3_050), &[(SQS, "message-1")], &["+SQS:mails"]);
    let graph = builder.finish();
    assert_eq!(parents(&graph), ["mail < web Order 50"]);
    assert_eq!(map(&graph).edges[0].calls, 1);
}

#[test]
fn retries_are_told_apart_among_the_calls() {
    let attempts = |is_proven: bool| {
        let mut builder = GraphBuilder::default();
        let span = NonZeroU64::new(9);
        let caller = run(&mut builder, "web", 0, 50);
        let caller = LinkedRun { link: RunLink { span, ..RunLink::default() }, ..caller };
        let at = builder.run(caller);
        builder.id(at, SQS, id_key("message-1"));
        for (begin, outcome) in [(1_000, Outcome::Error), (9_000, Outcome::Error), (30_000, Outcome::Success)]
        {
            let link = RunLink { parent_span: span.filter(|_| is_proven), ..RunLink::default() };
            let attempt = run(&mut builder, "mail", begin, begin + 10);
            let at = builder.run(LinkedRun { request: NonZeroU64::new(5), outcome, link, ..attempt });
            builder.id(at, SQS, id_key("message-1"));
        }
        let map = map(&builder.finish());
        let Edge { calls, errors, retries, failed_retries, .. } = map.edges[0];
        (calls, errors, retries, failed_retries)
    };
    assert_eq!(attempts(false), (3, 2, 2, 1));
    assert_eq!(attempts(true), (3, 2, 2, 1));
}

#[test]
fn impact_counts_all_invocations_and_those_without_a_caller() {
    let mut builder = GraphBuilder::default();
    add(&mut builder, "web", (0, 50), &[(SQS, "message-1")], &["+SQS:mails"]);
    add(&mut builder, "mail", (3_000, 3_020), &[(SQS, "message-1")], &[]);
    let failed = run(&mut builder, "mail", 20_000, 20_010);
    builder.run(LinkedRun { outcome: Outcome::Error, ..failed });
    add(&mut builder, "bill", (3_100, 3_120), &[], &[]);
    let graph = builder.finish();
    let impact = graph.impact(&map(&graph), "mail");
    assert_eq!(
        (impact.invocations, impact.requests, impact.single_invocations, impact.without_caller),
        (2, 1, 1, 1)
    );
    let caller = Caller { name: "web".to_owned(), distance: 1, requests: 1, failed_requests: 0 };
    assert_eq!((impact.callers, impact.failed_requests), (vec![caller], 0));
    // What a queue carries stops with it.
    let of_queue = graph.impact(&map(&graph), "SQS:mails");
    assert_eq!((of_queue.functions, of_queue.requests), (vec!["web".to_owned()], 1));
}

#[test]
fn functions_of_one_name_stay_apart() {
    let mut builder = GraphBuilder::default();
    for (region, id) in [("eu-west-1", "request-eu"), ("us-east-1", "request-us")] {
        for (name, begin, end) in [("api", 0, 100), ("stock", 10, 50)] {
            let function = builder.function(&FunctionId::new(name, Some("123456789012"), Some(region)));
            let run = LinkedRun { function, ..run(&mut builder, "other", begin, end) };
            let at = builder.run(run);
            builder.id(at, IdKind::Correlation, id_key(id));
        }
    }
    let graph = builder.finish();
    let map = map(&graph);
    assert_eq!(
        edges(&map),
        [
            "api@eu-west-1 > stock@eu-west-1: 1/0+0 enclosing",
            "api@us-east-1 > stock@us-east-1: 1/0+0 enclosing",
        ]
    );
    let node = map.nodes.iter().find(|node| node.name == "api@us-east-1").unwrap();
    assert_eq!((node.function.as_deref(), node.region.as_deref()), (Some("api"), Some("us-east-1")));
    let resolved = |name: &str| {
        let of = name.to_owned();
        let ask = Question::Around { of, direction: Direction::Both, depth: 1 };
        ask.resolve(&map, &graph).map(|ask| ask.first().to_owned()).map_err(|error| error.to_string())
    };
    assert_eq!(
        resolved("arn:aws:lambda:us-east-1:123456789012:function:api:41"),
        Ok("api@us-east-1".to_owned())
    );
    assert_eq!(resolved("api@eu-west-1"), Ok("api@eu-west-1".to_owned()));
    assert_eq!(
        resolved("api"),
        Err("the map has several nodes named \"api\"; name one of them: api@eu-west-1, api@us-east-1"
            .to_owned())
    );
    assert_eq!(
        resolved("stok@eu-west-1"),
        Err("the map has no function or resource \"stok@eu-west-1\"".to_owned())
    );
}

#[test]
fn resource_is_found_by_its_name_without_its_kind() {
    let mut builder = GraphBuilder::default();
    add(&mut builder, "web", (0, 50), &[(SQS, "message-1")], &["+SQS:mails", "+SQS:jobs", "+SNS:jobs"]);
    add(&mut builder, "mail", (3_000, 3_020), &[(SQS, "message-1")], &["-SQS:mails"]);
    let graph = builder.finish();
    let map = map(&graph);
    let resolved = |text: &str| {
        let ask = Question::read(text).unwrap().resolve(&map, &graph);
        ask.map(|ask| ask.first().to_owned()).map_err(|error| error.to_string())
    };
    assert_eq!(resolved("* -> mails"), Ok("SQS:mails".to_owned()));
    assert_eq!(resolved("SQS:jobs -> *"), Ok("SQS:jobs".to_owned()));
    assert_eq!(resolved("mail -> *"), Ok("mail".to_owned()));
    assert_eq!(
        resolved("jobs -> *"),
        Err("the map has several nodes named \"jobs\"; name one of them: SNS:jobs, SQS:jobs".to_owned())
    );
}

#[test]
fn empty_map_has_the_reason() {
    let why = |runs: &[(&str, i64, i64, &[&str])], min_confidence_pct: u8| {
        graph(runs)
            .map(&Declared::default(), MapOptions { min_confidence_pct, ..MapOptions::default() })
            .why_empty
    };
    assert_eq!(why(&[], 0), Some(WhyEmpty::NoInvocations));
    assert_eq!(why(&[("a", 0, 10, &["id-00001"])], 0), Some(WhyEmpty::OneFunction));
    assert_eq!(why(&[("a", 0, 10, &[]), ("b", 0, 10, &[])], 0), Some(WhyEmpty::NoIds));
    let apart: &[(&str, i64, i64, &[&str])] = &[("a", 0, 10, &["id-00001"]), ("b", 5, 9, &["id-00002"])];
    assert_eq!(why(apart, 0), Some(WhyEmpty::NoSharedIds));
    let after: &[(&str, i64, i64, &[&str])] = &[("a", 0, 10, &["id-00001"]), ("b", 50, 90, &["id-00001"])];
    assert_eq!((why(after, 50), why(after, 51)), (None, Some(WhyEmpty::BelowConfidence)));
    let mut map = graph(after).map(&Declared::default(), MapOptions::default());
    Question::read("b -> *").unwrap().apply(&mut map);
    assert_eq!(map.why_empty, Some(WhyEmpty::NoneInThisPart));
}

struct Known;

impl Texts for Known {
    fn id(&self, key: IdKey) -> Option<String> {
        ["message-1", "order-0001"].into_iter().find(|id| id_key(id) == key).map(str::to_owned)
    }

    fn request(&self, hash: NonZeroU64) -> Option<String> {
        Some(format!("request-{hash}"))
    }
}

#[test]
fn example_of_an_edge_can_be_looked_up() {
    let mut builder = GraphBuilder::default();
    for (function, begin, request) in [("web", 0, 1), ("mail", 3_000, 2)] {
        let run =
            LinkedRun { request: NonZeroU64::new(request), ..run(&mut builder, function, begin, begin + 10) };
        let at = builder.run(run);
        builder.id(at, IdKind::Correlation, id_key("order-0001"));
        builder.id(at, SQS, id_key("message-1"));
    }
    let graph = builder.finish();
    let mut map = map(&graph);
    graph.explain(&mut map, &Known);
    let example = Example {
        evidence: "order",
        id_kind: Some("sqs_message_id"),
        id: Some("message-1".to_owned()),
        from_function: Some("web".to_owned()),
        to_function: Some("mail".to_owned()),
        from_request_id: Some("request-1".to_owned()),
        from_time: Some(0),
        to_request_id: Some("request-2".to_owned()),
        to_time: Some(3_000),
    };
    assert_eq!(map.edges[0].example, Some(example));
}
