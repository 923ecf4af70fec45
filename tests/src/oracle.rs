//! Detects lost events: each event that was acknowledged to AWS must have been received intact by each sink, or be
//! parked for that sink.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    backend::ReceivedLog,
    producer::{EventNumber, number_of, payload},
};

/// Recorded facts about events and sinks.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    sent: BTreeSet<EventNumber>,
    acknowledged: BTreeSet<EventNumber>,
    sinks: BTreeMap<String, Sink>,
    fault_totals: FaultTotals,
}

/// Recorded facts about one sink.
#[derive(Clone, Debug, Default)]
struct Sink {
    got: BTreeMap<EventNumber, Copies>,
    /// Ids under which each event was received.
    ids: BTreeMap<EventNumber, BTreeSet<String>>,
    unknown_ids: Vec<String>,
    parked: BTreeSet<EventNumber>,
}

/// Received messages of one event, by the index of the part; `None` is the event sent as a whole.
type Copies = BTreeMap<Option<u64>, Vec<String>>;

/// Numbers of injected faults and their effects.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultTotals {
    /// Requests with a fault.
    pub faults: u64,
    /// Events that AWS sent again.
    pub retries: u64,
    /// Parked objects.
    pub parkings: u64,
    /// Killed processes.
    pub kills: u64,
}

/// Result of the checks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Acknowledged events that a sink neither received nor has parked: lost events.
    pub missing: Vec<(String, EventNumber)>,
    /// Received ids that belong to no sent event.
    pub unknown: Vec<(String, String)>,
    /// Events received with a wrong payload.
    pub corrupted: Vec<(String, EventNumber)>,
    /// Events received under several ids, by which a sink cannot recognize duplicates.
    pub renamed: Vec<(String, EventNumber)>,
    /// Number of events received more than once, which at-least-once delivery allows.
    pub duplicates: u64,
    /// Injected faults.
    pub fault_totals: FaultTotals,
}

impl Oracle {
    /// Creates an oracle for these sinks.
    #[must_use]
    pub fn new(sinks: &[&str]) -> Self {
        let sinks = sinks.iter().map(|name| ((*name).to_owned(), Sink::default())).collect();
        Self { sinks, ..Self::default() }
    }

    /// Records events that were sent.
    pub fn record_sent(&mut self, events: &[EventNumber]) {
        self.sent.extend(events);
    }

    /// Records events that were acknowledged to AWS.
    pub fn record_acknowledged(&mut self, events: &[EventNumber]) {
        self.acknowledged.extend(events);
    }

    /// Records events that a sink received.
    ///
    /// # Panics
    /// Panics if the sink is unknown.
    pub fn record_received(&mut self, sink: &str, all: &[ReceivedLog]) {
        let sink = self.sink(sink);
        for got in all {
            match number_of(got) {
                Some(number) => {
                    sink.ids.entry(number).or_default().insert(got.id.clone());
                    let parts = sink.got.entry(number).or_default();
                    parts.entry(got.part).or_default().push(got.message.clone());
                }
                None => sink.unknown_ids.push(got.id.clone()),
            }
        }
    }

    /// Records events that are parked for a sink.
    ///
    /// # Panics
    /// Panics if the sink is unknown.
    pub fn record_parked(&mut self, sink: &str, events: &[EventNumber]) {
        self.sink(sink).parked.extend(events);
    }

    /// Adds injected faults.
    pub fn add_faults(&mut self, more: FaultTotals) {
        self.fault_totals.faults += more.faults;
        self.fault_totals.retries += more.retries;
        self.fault_totals.parkings += more.parkings;
        self.fault_totals.kills += more.kills;
    }

    /// Checks all recorded facts.
    #[must_use]
    pub fn findings(&self) -> Findings {
        let mut findings = Findings { fault_totals: self.fault_totals, ..Findings::default() };
        for (name, sink) in &self.sinks {
            self.examine_sink(name, sink, &mut findings);
        }
        findings
    }

    fn examine_sink(&self, name: &str, sink: &Sink, findings: &mut Findings) {
        let is_lost = |event: &&EventNumber| !sink.got.contains_key(event) && !sink.parked.contains(event);
        let missing = self.acknowledged.iter().filter(is_lost);
        findings.missing.extend(missing.map(|event| (name.to_owned(), *event)));
        let made = |id: &String| (name.to_owned(), id.clone());
        findings.unknown.extend(sink.unknown_ids.iter().map(made));
        let renamed = sink.ids.iter().filter(|(_, ids)| ids.len() > 1);
        findings.renamed.extend(renamed.map(|(event, _)| (name.to_owned(), *event)));
        for (event, parts) in &sink.got {
            if !self.sent.contains(event) {
                findings.unknown.push((name.to_owned(), event.to_string()));
            } else if !is_intact(*event, parts) {
                findings.corrupted.push((name.to_owned(), *event));
            }
            findings.duplicates += parts.values().map(|copies| copies.len() - 1).map(widen).sum::<u64>();
        }
    }

    fn sink(&mut self, name: &str) -> &mut Sink {
        self.sinks.get_mut(name).unwrap_or_else(|| panic!("unknown sink {name}"))
    }
}

fn widen(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// True if each whole copy equals the payload, or, without a whole copy, the parts together do and copies of a part
/// are equal. A rejected request may have split an event that another attempt delivered whole.
fn is_intact(event: EventNumber, copies: &Copies) -> bool {
    let expected = payload(event);
    if let Some(whole) = copies.get(&None) {
        return whole.iter().all(|copy| *copy == expected);
    }
    let same = copies.values().all(|copies| copies.windows(2).all(|pair| pair[0] == pair[1]));
    let together: String = copies.values().filter_map(|copies| copies.first()).map(String::as_str).collect();
    same && together == expected
}

impl Findings {
    /// True if no event is missing, unknown, corrupted or renamed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let Self { missing, unknown, corrupted, renamed, .. } = self;
        missing.is_empty() && unknown.is_empty() && corrupted.is_empty() && renamed.is_empty()
    }

    /// Checks that nothing was lost although faults occurred.
    ///
    /// # Panics
    /// Panics if there are findings, or if no fault occurred.
    pub fn assert_nothing_lost(&self) {
        assert!(self.is_clean(), "{self}");
        let FaultTotals { faults, retries, parkings, kills } = self.fault_totals;
        assert!(faults + retries + parkings + kills > 0, "no fault occurred, so this run proves nothing");
    }
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { missing, unknown, corrupted, renamed, duplicates, fault_totals } = self;
        let [n_missing, n_corrupted, n_renamed] = [missing, corrupted, renamed].map(Vec::len);
        write!(f, "missing {n_missing}, unknown {}, corrupted {n_corrupted}, ", unknown.len())?;
        writeln!(f, "renamed {n_renamed}, duplicates {duplicates}")?;
        writeln!(f, "{fault_totals:?}")?;
        let first = |found: &[(String, EventNumber)]| found.iter().take(10).cloned().collect::<Vec<_>>();
        writeln!(f, "the first missing {:?}", first(missing))?;
        writeln!(f, "the first corrupted {:?}", first(corrupted))?;
        writeln!(f, "the first renamed {:?}", first(renamed))?;
        writeln!(f, "the first unknown {:?}", unknown.iter().take(10).collect::<Vec<_>>())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::producer::id;

    fn got(number: EventNumber) -> ReceivedLog {
        ReceivedLog { id: id(number), part: None, message: payload(number) }
    }

    fn part(number: EventNumber, part: u64, message: &str) -> ReceivedLog {
        ReceivedLog { id: id(number), part: Some(part), message: message.to_owned() }
    }

    /// Findings for events 0 to 4, sent and acknowledged, of which one sink received some and has others parked.
    fn findings_for(got: &[ReceivedLog], parked: &[EventNumber]) -> Findings {
        let mut oracle = Oracle::new(&["sink"]);
        oracle.record_sent(&[0, 1, 2, 3, 4]);
        oracle.record_acknowledged(&[0, 1, 2, 3, 4]);
        oracle.record_received("sink", got);
        oracle.record_parked("sink", parked);
        oracle.findings()
    }

    fn all() -> Vec<ReceivedLog> {
        (0..5).map(got).collect()
    }

    #[test]
    fn events_received_once_are_clean() {
        assert_eq!(findings_for(&all(), &[]), Findings::default());
    }

    #[test]
    fn lost_event_is_missing() {
        let findings = findings_for(&all()[..4], &[]);
        assert_eq!(findings.missing, [("sink".to_owned(), 4)]);
        assert!(!findings.is_clean());
    }

    #[test]
    fn parked_event_is_not_missing() {
        assert!(findings_for(&all()[..4], &[4]).is_clean());
    }

    #[test]
    fn event_lost_at_one_of_two_sinks_is_missing() {
        let mut oracle = Oracle::new(&["one", "two"]);
        oracle.record_sent(&[0]);
        oracle.record_acknowledged(&[0]);
        oracle.record_received("one", &[got(0)]);
        assert_eq!(oracle.findings().missing, [("two".to_owned(), 0)]);
    }

    #[test]
    fn unacknowledged_event_may_be_absent_or_present() {
        let mut oracle = Oracle::new(&["sink"]);
        oracle.record_sent(&[0, 1]);
        oracle.record_received("sink", &[got(0)]);
        assert!(oracle.findings().is_clean());
    }

    #[test]
    fn changed_payload_is_corrupted() {
        let mut damaged = all();
        damaged[2].message.push('!');
        let findings = findings_for(&damaged, &[]);
        assert_eq!(findings.corrupted, [("sink".to_owned(), 2)]);
        assert!(!findings.is_clean());
    }

    #[test]
    fn event_that_was_never_sent_is_unknown() {
        let mut more = all();
        more.extend([got(5), ReceivedLog { id: "who".to_owned(), part: None, message: String::new() }]);
        let findings = findings_for(&more, &[]);
        assert_eq!(
            findings.unknown,
            [("sink".to_owned(), "who".to_owned()), ("sink".to_owned(), "5".to_owned())]
        );
        assert!(!findings.is_clean());
    }

    #[test]
    fn duplicate_under_another_id_is_renamed() {
        let mut more = all();
        more.push(ReceivedLog { id: format!("/aws/lambda/f:{}", id(3)), ..got(3) });
        assert_eq!(findings_for(&more, &[]).renamed, [("sink".to_owned(), 3)]);
    }

    #[test]
    fn duplicates_are_counted_and_allowed() {
        let twice: Vec<_> = all().into_iter().chain(all()).collect();
        let findings = findings_for(&twice, &[]);
        assert!(findings.is_clean());
        assert_eq!(findings.duplicates, 5);
    }

    #[test]
    fn parts_are_joined() {
        let whole = payload(4);
        let (first, second) = whole.split_at(whole.floor_char_boundary(whole.len() / 2));
        let mut split = all();
        split.truncate(4);
        split.extend([part(4, 2, second), part(4, 1, first)]);
        assert!(findings_for(&split, &[]).is_clean());
        split.pop();
        assert_eq!(findings_for(&split, &[]).corrupted, [("sink".to_owned(), 4)]);
    }

    #[test]
    #[should_panic(expected = "proves nothing")]
    fn run_without_faults_fails_the_assertion() {
        findings_for(&all(), &[]).assert_nothing_lost();
    }

    #[test]
    #[should_panic(expected = "missing 1")]
    fn lost_event_fails_the_assertion() {
        let mut findings = findings_for(&all()[..4], &[]);
        findings.fault_totals.faults = 1;
        findings.assert_nothing_lost();
    }
}
