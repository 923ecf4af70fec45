//! Says whether anything was lost: every event acknowledged to AWS has to be with each backend, intact, or parked.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use crate::{
    backend::Got,
    producer::{Number, number_of, payload},
};

/// What it was told.
#[derive(Clone, Debug, Default)]
pub struct Oracle {
    offered: BTreeSet<Number>,
    acknowledged: BTreeSet<Number>,
    sinks: BTreeMap<String, Sink>,
    struck: Struck,
}

/// What is known of one sink.
#[derive(Clone, Debug, Default)]
struct Sink {
    got: BTreeMap<Number, Copies>,
    /// The ids under which each event came.
    ids: BTreeMap<Number, BTreeSet<String>>,
    strangers: Vec<String>,
    parked: BTreeSet<Number>,
}

/// The texts of an event by part; `None` is the whole of it.
type Copies = BTreeMap<Option<u64>, Vec<String>>;

/// How often something went wrong on purpose: a run in which nothing did proves nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Struck {
    /// Requests that a backend did not simply take.
    pub faults: u64,
    /// Events that AWS sent again.
    pub retries: u64,
    /// Objects parked.
    pub parkings: u64,
    /// Processes killed.
    pub kills: u64,
}

/// The judgement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// Acknowledged, but a sink neither has it nor is owed it by what is parked: lost.
    pub missing: Vec<(String, Number)>,
    /// A sink has an id that was never made.
    pub unknown: Vec<(String, String)>,
    /// A sink has it with another payload.
    pub corrupted: Vec<(String, Number)>,
    /// A sink has it under several ids, so that it cannot tell duplicates.
    pub renamed: Vec<(String, Number)>,
    /// Sent to a sink more than once, which at-least-once allows.
    pub duplicates: u64,
    /// What went wrong on purpose.
    pub struck: Struck,
}

impl Oracle {
    /// An oracle that asks these sinks.
    #[must_use]
    pub fn new(sinks: &[&str]) -> Self {
        let sinks = sinks.iter().map(|name| ((*name).to_owned(), Sink::default())).collect();
        Self { sinks, ..Self::default() }
    }

    /// These events were sent.
    pub fn offer(&mut self, events: &[Number]) {
        self.offered.extend(events);
    }

    /// AWS was told that these events are processed.
    pub fn acknowledge(&mut self, events: &[Number]) {
        self.acknowledged.extend(events);
    }

    /// A sink took this.
    ///
    /// # Panics
    /// When it is a sink that the oracle was not made for.
    pub fn took(&mut self, sink: &str, all: &[Got]) {
        let sink = self.sink(sink);
        for got in all {
            match number_of(got) {
                Some(number) => {
                    sink.ids.entry(number).or_default().insert(got.id.clone());
                    let parts = sink.got.entry(number).or_default();
                    parts.entry(got.part).or_default().push(got.message.clone());
                }
                None => sink.strangers.push(got.id.clone()),
            }
        }
    }

    /// What is parked owes these events to a sink.
    ///
    /// # Panics
    /// When it is a sink that the oracle was not made for.
    pub fn parked(&mut self, sink: &str, events: &[Number]) {
        self.sink(sink).parked.extend(events);
    }

    /// So much more went wrong on purpose.
    pub fn strike(&mut self, more: Struck) {
        self.struck.faults += more.faults;
        self.struck.retries += more.retries;
        self.struck.parkings += more.parkings;
        self.struck.kills += more.kills;
    }

    /// The judgement on all it was told.
    #[must_use]
    pub fn verdict(&self) -> Verdict {
        let mut verdict = Verdict { struck: self.struck, ..Verdict::default() };
        for (name, sink) in &self.sinks {
            self.judge(name, sink, &mut verdict);
        }
        verdict
    }

    fn judge(&self, name: &str, sink: &Sink, verdict: &mut Verdict) {
        let is_lost = |event: &&Number| !sink.got.contains_key(event) && !sink.parked.contains(event);
        let missing = self.acknowledged.iter().filter(is_lost);
        verdict.missing.extend(missing.map(|event| (name.to_owned(), *event)));
        let made = |id: &String| (name.to_owned(), id.clone());
        verdict.unknown.extend(sink.strangers.iter().map(made));
        let renamed = sink.ids.iter().filter(|(_, ids)| ids.len() > 1);
        verdict.renamed.extend(renamed.map(|(event, _)| (name.to_owned(), *event)));
        for (event, parts) in &sink.got {
            if !self.offered.contains(event) {
                verdict.unknown.push((name.to_owned(), event.to_string()));
            } else if !is_intact(*event, parts) {
                verdict.corrupted.push((name.to_owned(), *event));
            }
            verdict.duplicates += parts.values().map(|copies| copies.len() - 1).map(widen).sum::<u64>();
        }
    }

    fn sink(&mut self, name: &str) -> &mut Sink {
        self.sinks.get_mut(name).unwrap_or_else(|| panic!("the oracle knows no sink {name}"))
    }
}

fn widen(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

/// Every whole copy is the payload, and so are the parts together when the whole never came; copies of a part are
/// equal. A backend's refusal may have split an event that another try had delivered whole.
fn is_intact(event: Number, copies: &Copies) -> bool {
    let expected = payload(event);
    if let Some(whole) = copies.get(&None) {
        return whole.iter().all(|copy| *copy == expected);
    }
    let same = copies.values().all(|copies| copies.windows(2).all(|pair| pair[0] == pair[1]));
    let together: String = copies.values().filter_map(|copies| copies.first()).map(String::as_str).collect();
    same && together == expected
}

impl Verdict {
    /// Whether nothing is lost, made up, damaged or renamed.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        let Self { missing, unknown, corrupted, renamed, .. } = self;
        missing.is_empty() && unknown.is_empty() && corrupted.is_empty() && renamed.is_empty()
    }

    /// Fails unless all is well and something went wrong on the way there.
    ///
    /// # Panics
    /// When an event is missing, unknown or corrupted, or nothing struck.
    pub fn assert_nothing_lost(&self) {
        assert!(self.is_clean(), "{self}");
        let Struck { faults, retries, parkings, kills } = self.struck;
        assert!(faults + retries + parkings + kills > 0, "no fault struck, so this run proves nothing");
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { missing, unknown, corrupted, renamed, duplicates, struck } = self;
        let [n_missing, n_corrupted, n_renamed] = [missing, corrupted, renamed].map(Vec::len);
        write!(f, "missing {n_missing}, unknown {}, corrupted {n_corrupted}, ", unknown.len())?;
        writeln!(f, "renamed {n_renamed}, duplicates {duplicates}")?;
        writeln!(f, "{struck:?}")?;
        let first = |found: &[(String, Number)]| found.iter().take(10).cloned().collect::<Vec<_>>();
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

    fn got(number: Number) -> Got {
        Got { id: id(number), part: None, message: payload(number) }
    }

    fn part(number: Number, part: u64, message: &str) -> Got {
        Got { id: id(number), part: Some(part), message: message.to_owned() }
    }

    /// Events 0 to 4 were offered and acknowledged; the only sink got this, and is owed that.
    fn judge(got: &[Got], parked: &[Number]) -> Verdict {
        let mut oracle = Oracle::new(&["sink"]);
        oracle.offer(&[0, 1, 2, 3, 4]);
        oracle.acknowledge(&[0, 1, 2, 3, 4]);
        oracle.took("sink", got);
        oracle.parked("sink", parked);
        oracle.verdict()
    }

    fn all() -> Vec<Got> {
        (0..5).map(got).collect()
    }

    #[test]
    fn all_of_them_once_is_clean() {
        assert_eq!(judge(&all(), &[]), Verdict::default());
    }

    #[test]
    fn a_planted_loss_is_found() {
        let verdict = judge(&all()[..4], &[]);
        assert_eq!(verdict.missing, [("sink".to_owned(), 4)]);
        assert!(!verdict.is_clean());
    }

    #[test]
    fn what_is_parked_is_not_lost() {
        assert!(judge(&all()[..4], &[4]).is_clean());
    }

    #[test]
    fn a_loss_at_one_sink_is_found_although_the_other_has_it() {
        let mut oracle = Oracle::new(&["one", "two"]);
        oracle.offer(&[0]);
        oracle.acknowledge(&[0]);
        oracle.took("one", &[got(0)]);
        assert_eq!(oracle.verdict().missing, [("two".to_owned(), 0)]);
    }

    #[test]
    fn what_was_not_acknowledged_may_be_absent_or_present() {
        let mut oracle = Oracle::new(&["sink"]);
        oracle.offer(&[0, 1]);
        oracle.took("sink", &[got(0)]);
        assert!(oracle.verdict().is_clean());
    }

    #[test]
    fn a_planted_corruption_is_found() {
        let mut damaged = all();
        damaged[2].message.push('!');
        let verdict = judge(&damaged, &[]);
        assert_eq!(verdict.corrupted, [("sink".to_owned(), 2)]);
        assert!(!verdict.is_clean());
    }

    #[test]
    fn a_planted_stranger_is_found() {
        let mut more = all();
        more.extend([got(5), Got { id: "who".to_owned(), part: None, message: String::new() }]);
        let verdict = judge(&more, &[]);
        assert_eq!(
            verdict.unknown,
            [("sink".to_owned(), "who".to_owned()), ("sink".to_owned(), "5".to_owned())]
        );
        assert!(!verdict.is_clean());
    }

    #[test]
    fn a_duplicate_with_another_id_is_found() {
        let mut more = all();
        more.push(Got { id: format!("/aws/lambda/f:{}", id(3)), ..got(3) });
        assert_eq!(judge(&more, &[]).renamed, [("sink".to_owned(), 3)]);
    }

    #[test]
    fn duplicates_are_counted_and_allowed() {
        let twice: Vec<_> = all().into_iter().chain(all()).collect();
        let verdict = judge(&twice, &[]);
        assert!(verdict.is_clean());
        assert_eq!(verdict.duplicates, 5);
    }

    #[test]
    fn parts_are_put_together() {
        let whole = payload(4);
        let (first, second) = whole.split_at(whole.floor_char_boundary(whole.len() / 2));
        let mut split = all();
        split.truncate(4);
        split.extend([part(4, 2, second), part(4, 1, first)]);
        assert!(judge(&split, &[]).is_clean());
        split.pop();
        assert_eq!(judge(&split, &[]).corrupted, [("sink".to_owned(), 4)]);
    }

    #[test]
    #[should_panic(expected = "proves nothing")]
    fn a_run_without_a_fault_proves_nothing() {
        judge(&all(), &[]).assert_nothing_lost();
    }

    #[test]
    #[should_panic(expected = "missing 1")]
    fn a_loss_fails_the_run_whatever_struck() {
        let mut verdict = judge(&all()[..4], &[]);
        verdict.struck.faults = 1;
        verdict.assert_nothing_lost();
    }
}
