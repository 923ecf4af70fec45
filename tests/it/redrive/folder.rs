//! What a real `bootstrap` parks in a folder is delivered once, whatever happens meanwhile.

use std::{
    fs,
    process::{Child, Command},
    sync::{Arc, Mutex},
    time::Duration,
};

use tests::{
    backend::{Backend, Script, Step, narrow::Narrow, otlp::Otlp},
    function::{Function, datadog, otlp},
    pack::lambda_event,
    parked::{Parked, Shelf},
    producer::{Number, Producer},
};

use super::{Verb, before_now, fill, has_each_once, judge, left, minutes};

/// The next so many events of each delivery: their numbers, and the events that bring them.
fn deliveries(sizes: &[u64]) -> (Vec<Number>, Vec<Vec<u8>>) {
    let mut producer = Producer::default();
    let (mut all, mut events) = (Vec::new(), Vec::new());
    for size in sizes {
        let (numbers, document) = producer.document(*size);
        all.extend(numbers);
        events.push(lambda_event(&document).to_string().into_bytes());
    }
    (all, events)
}

#[track_caller]
fn invoke(function: &Function, events: &[Vec<u8>]) {
    let mut lambda = function.start();
    for (index, event) in events.iter().enumerate() {
        let run = lambda.invoke_once(&format!("request-{index}"), event);
        assert!(run.answer.response().is_some(), "{:?}", run.answer);
    }
}

#[test]
fn when_the_backend_is_back_it_gets_everything_once() {
    let (backend, twin) = (otlp(Script::always(Step::status(503))), otlp(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, events) = deliveries(&[20, 1, 300]);
    let function = Function::new().otlp(&backend).parking(folder.path()).timeout(Duration::from_secs(2));
    invoke(&function, &events);
    assert_eq!((backend.logs().len(), left(folder.path())), (0, 3));
    backend.play(Script::default());
    let before = backend.seen().len();

    let listed = Verb::folder(folder.path()).args(&["--dry-run"]).run().with(0);
    for said in ["otlp: 300 events and metrics, ", "otlp: 1 event", "3 parked objects, ", "nothing was sent"]
    {
        assert!(listed.stdout.contains(said), "{said}: {}", listed.stdout);
    }
    assert_eq!((backend.seen().len(), left(folder.path())), (before, 3));

    // Run far from the function: where that was is parked, too, and prices depend on it.
    let verb = || Verb::folder(folder.path()).otlp(&backend).env("TAILWATER_ARCH", "arm64");
    let ended = verb().env("AWS_REGION", "us-east-1").args(&["--json"]).run().with(0);
    let summary = ended.summary();
    assert_eq!((&summary["settled"], &summary["left"]), (&3.into(), &0.into()));
    assert_eq!(summary["sinks"]["otlp"]["received"], 321);
    assert_eq!(summary["sinks"]["otlp"]["delivered"], 321);
    has_each_once(&backend, &numbers);
    assert_eq!(left(folder.path()), 0);

    // Metrics have no ids, so nobody would notice one that came twice: they are what another backend got at once.
    invoke(&Function::new().otlp(&twin), &events);
    assert!(!twin.sums().is_empty());
    assert_eq!(backend.sums(), twin.sums());
    verb().run().with(0);
    assert_eq!((backend.logs().len(), backend.sums()), (321, twin.sums()));
}

#[test]
fn metrics_that_alone_are_owed_come_alone() {
    let (backend, twin) =
        (otlp(Script::always(Step::status(503)).on("/v1/metrics")), otlp(Script::default()));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, events) = deliveries(&[40, 40]);
    invoke(&Function::new().otlp(&backend).parking(folder.path()).timeout(Duration::from_secs(2)), &events);
    has_each_once(&backend, &numbers);
    assert!(backend.sums().is_empty() && left(folder.path()) == 2);
    let listed = Verb::folder(folder.path()).args(&["--dry-run"]).run().with(0);
    assert_eq!(listed.stdout.matches("otlp: metrics, ").count(), 2, "{}", listed.stdout);

    backend.play(Script::default());
    invoke(&Function::new().otlp(&twin), &events);
    Verb::folder(folder.path()).otlp(&backend).env("TAILWATER_ARCH", "arm64").run().with(0);
    has_each_once(&backend, &numbers);
    assert_eq!((backend.sums(), left(folder.path())), (twin.sums(), 0));
}

#[test]
fn an_event_that_is_refused_for_good_is_put_on_another_shelf() {
    let narrow = Narrow { protocol: Otlp, most_events: 1_000, most_bytes: None, dislikes: Some("event 17:") };
    let backend = Backend::start(narrow, Script::always(Step::status(503)));
    let folder = tempfile::tempdir().expect("a folder");
    let (numbers, events) = deliveries(&[60]);
    invoke(&Function::new().otlp(&backend).parking(folder.path()).timeout(Duration::from_secs(2)), &events);
    backend.play(Script::default());
    let ended = Verb::folder(folder.path()).otlp(&backend).run().with(0);
    assert!(ended.stdout.contains("60 events received = 59 delivered"), "{}", ended.stdout);
    let others: Vec<_> = numbers.into_iter().filter(|number| *number != 17).collect();
    has_each_once(&backend, &others);
    let kept = Parked::in_folder(folder.path());
    let kept: Vec<_> = kept.iter().map(|parked| (parked.shelf(), parked.owed(&parked.delivery))).collect();
    assert_eq!(kept, [(Shelf::Rejected, vec![17])]);
}

#[test]
fn what_is_damaged_stays_and_is_named_and_costs_only_itself() {
    let backend = otlp(Script::default());
    let (folder, mut producer) = (tempfile::tempdir().expect("a folder"), Producer::default());
    fill(folder.path(), &mut producer, 1, "otlp", before_now(minutes(9)));
    let damaged = Parked::in_folder(folder.path()).remove(0).key;
    let path = folder.path().join(&damaged);
    let mut bytes = fs::read(&path).expect("it was written");
    bytes.pop();
    fs::write(&path, bytes).expect("there is room");
    let numbers = fill(folder.path(), &mut producer, 3, "otlp", before_now(minutes(5)));
    let listed = Verb::folder(folder.path()).args(&["--dry-run"]).run().with(1);
    assert!(listed.stdout.contains(", 1 unreadable; nothing was sent"), "{}", listed.stdout);
    let ended = Verb::folder(folder.path()).otlp(&backend).run().with(1);
    assert!(ended.stderr.contains(&damaged) && ended.stderr.contains("another hash"), "{}", ended.stderr);
    assert!(ended.stdout.contains("3 parked objects settled, 0 left, 1 unreadable"), "{}", ended.stdout);
    has_each_once(&backend, &numbers);
    assert_eq!(left(folder.path()), 1);
}

#[test]
fn a_dead_backend_is_not_asked_for_each_of_many_objects() {
    let backend = otlp(Script::always(Step::status(503)));
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = fill(folder.path(), &mut Producer::default(), 200, "otlp", before_now(minutes(5)));
    let ended = Verb::folder(folder.path()).otlp(&backend).args(&["--json"]).run().with(1);
    assert!(ended.stderr.contains("otlp failed repeatedly"), "{}", ended.stderr);
    assert_eq!(ended.summary()["dead"], serde_json::json!(["otlp"]));
    assert!(backend.seen().len() <= 10, "{} requests", backend.seen().len());
    assert_eq!(left(folder.path()), 200);
    backend.play(Script::default());
    Verb::folder(folder.path()).otlp(&backend).run().with(0);
    has_each_once(&backend, &numbers);
}

#[test]
fn a_dead_backend_is_no_matter_to_another() {
    let (well, dead) = (otlp(Script::default()), datadog(Script::always(Step::status(503))));
    let (folder, mut producer) = (tempfile::tempdir().expect("a folder"), Producer::default());
    // In the order of keys, what the dead one is owed comes first.
    fill(folder.path(), &mut producer, 50, "datadog", before_now(minutes(5)));
    let numbers = fill(folder.path(), &mut producer, 50, "otlp", before_now(minutes(5)));
    let ended = Verb::folder(folder.path()).both(&well, &dead).args(&["--json"]).run().with(1);
    let summary = ended.summary();
    assert_eq!((&summary["settled"], &summary["left"]), (&50.into(), &50.into()));
    has_each_once(&well, &numbers);
    assert!(dead.seen().len() <= 10, "{} requests", dead.seen().len());
    assert_eq!(left(folder.path()), 50);
}

#[test]
fn more_than_a_page_of_objects_are_delivered_to_the_last() {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = fill(folder.path(), &mut Producer::default(), 1_050, "otlp", before_now(minutes(5)));
    let ended = Verb::folder(folder.path()).otlp(&backend).run().with(0);
    assert!(ended.stdout.contains("1,050 parked objects settled"), "{}", ended.stdout);
    has_each_once(&backend, &numbers);
    assert_eq!(left(folder.path()), 0);
}

/// A run that gets this signal while its fourth object is under way: how it ended. Then another, to its end.
fn check_broken_off(signal: &'static str, code: Option<i32>) {
    let backend = otlp(Script::default());
    let folder = tempfile::tempdir().expect("a folder");
    let numbers = fill(folder.path(), &mut Producer::default(), 9, "otlp", before_now(minutes(5)));
    let running: Arc<Mutex<Option<Child>>> = Arc::default();
    let victim = Arc::clone(&running);
    let strike = move || {
        let victim = victim.lock().expect("no other test has it");
        let id = victim.as_ref().expect("it runs").id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status();
        assert!(sent.expect("every POSIX system has `kill`").success());
    };
    backend.play(Script::new([
        Step::default(),
        Step::default(),
        Step::default(),
        // The answer comes late, so that a signal is noticed before it, however busy the machine is.
        Step::default().calling(strike).delayed(Duration::from_secs(1)),
    ]));
    {
        // The backend has to wait until it is known who runs.
        let mut running = running.lock().expect("nobody failed");
        *running = Some(Verb::folder(folder.path()).otlp(&backend).0.spawn().expect("the binary was built"));
    }
    let ended = loop {
        let mut running = running.lock().expect("nobody failed");
        if let Some(ended) = running.as_mut().expect("it runs").try_wait().expect("it can be waited for") {
            break ended;
        }
        drop(running);
        std::thread::yield_now();
    };
    assert_eq!(ended.code(), code, "{ended}");
    let rest = left(folder.path());
    assert!((5..9).contains(&rest), "{rest} are left");
    backend.play(Script::default());
    Verb::folder(folder.path()).otlp(&backend).run().with(0);
    let verdict = judge(&numbers, &backend.logs());
    assert!(verdict.is_clean(), "{verdict}");
    // One may come twice: what the backend had taken when the run was killed.
    assert!(backend.logs().len() <= numbers.len() + 1);
    assert_eq!(left(folder.path()), 0);
}

#[test]
fn killed_a_second_run_delivers_the_rest() {
    check_broken_off("-KILL", None);
}

#[test]
fn interrupted_it_stops_between_two_objects() {
    check_broken_off("-INT", Some(130));
}
