//! One log stream, so one execution environment: which lines belong to which of its runs.

use std::sync::Arc;

use super::{
    Collect,
    evidence::{Details, Evidence, EvidenceKind},
    invocation::StartKind,
    run::{Closing, Clue, Run},
};
use crate::{
    line::{
        App, Emf, End, Fault, InitReport, InitStart, Initialization, Line, Phase, Report, RuntimeDone, Start,
    },
    origin::{FunctionArn, Origin, region_of_arn},
    record::EventId,
    units::UnixMillis,
};

/// Runs held at most; beyond, the oldest is let go. Only Managed Instances come near it.
const RUNS_LIMIT: usize = 64;

/// What is remembered of a stream from line to line.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Where it is, and what its own lines added to that.
    origin: Arc<Origin>,
    runs: Vec<Run>,
    overlap: Overlap,
    /// What the environment went through since its last invocation, and when.
    preparation: Option<(StartKind, UnixMillis)>,
    /// Whether the environment is being made: what fails then is no invocation's failure.
    is_initialising: bool,
    /// Evidence without a request id, of a run whose START stands in another input.
    unnamed: Vec<Clue>,
}

/// Whether an environment runs several invocations at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Overlap {
    /// No line told yet.
    #[default]
    Untold,
    /// One at a time: what begins proves that what ran before is over.
    Never,
    /// As Managed Instances do: START and END bracket nothing.
    Possible,
}

/// When and how a line was written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark<'a> {
    pub(super) event_id: EventId<'a>,
    pub(super) time: UnixMillis,
    pub(super) form: Form,
}

/// The log format of a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Json,
}

impl Form {
    pub(super) fn of(message: &str) -> Self {
        if message.starts_with('{') { Self::Json } else { Self::Text }
    }
}

impl Stream {
    pub(super) fn new(origin: &Origin) -> Self {
        Self { origin: Arc::new(origin.clone()), ..Self::default() }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    pub(super) fn is_of(&self, origin: &Origin) -> bool {
        self.origin.log_stream() == origin.log_stream()
            && self.origin.log_group() == origin.log_group()
            && self.origin.named_account() == origin.named_account()
            && self.origin.named_function() == origin.named_function()
    }

    /// The run that a line without a request id belongs to: the one between its START and its END, if it is the only
    /// one.
    pub(super) fn bracket(&self) -> Option<&Run> {
        self.runs.get(self.bracket_index()?)
    }

    /// Learns from a line, and hands on what it proves to be over.
    pub(super) fn observe(&mut self, mark: &Mark<'_>, line: &Line<'_>, out: &mut dyn Collect) {
        match line {
            Line::App(app) | Line::Emf(Emf { app, .. }) => self.on_app(app, mark, out),
            Line::InitStart(start) | Line::RestoreStart(start) => self.on_environment(start, out),
            Line::InitReport(report) => self.on_init_report(report, mark),
            Line::RestoreReport(_) => self.preparation = Some((StartKind::Restored, mark.time)),
            Line::Start(start) => self.on_start(start, mark, out),
            Line::RuntimeDone(done) => self.on_runtime_done(done, mark, out),
            Line::End(end) => self.on_end(end),
            Line::Report(report) => self.on_report(report, mark, out),
            Line::Fault(fault) => self.on_fault(fault, mark, out),
            Line::InitRuntimeDone(_)
            | Line::RestoreRuntimeDone(_)
            | Line::Extension(_)
            | Line::Subscription(_)
            | Line::LogsDropped(_)
            | Line::OtherPlatform(_) => {}
        }
    }

    /// Hands on what is reported and keeps what still runs: the end of a delivery that others follow.
    pub(super) fn flush(&mut self, out: &mut dyn Collect) {
        self.close_runs(Run::is_reported, Closing::Cut, out);
    }

    /// Hands on all there is.
    pub(super) fn finish(mut self, out: &mut dyn Collect) {
        self.close_runs(|_| true, Closing::Cut, out);
        for clue in self.unnamed {
            out.evidence(clue.evidence("", &self.origin));
        }
        if let Some((start, time)) = self.preparation {
            let seen = Clue { kind: EvidenceKind::Seen, error_type: None, time };
            out.evidence(Evidence { details: Details::of_start(start), ..seen.evidence("", &self.origin) });
        }
    }

    fn on_app(&mut self, app: &App<'_>, mark: &Mark<'_>, out: &mut dyn Collect) {
        if let Some(sign) = app.sign {
            let kind = EvidenceKind::of_sign(sign);
            self.note(app.request_id.as_deref(), kind, app.error_type.as_deref(), mark, out);
        }
    }

    /// The environment is made, restored, or made anew after a failure.
    fn on_environment(&mut self, start: &InitStart<'_>, out: &mut dyn Collect) {
        match start.initialization {
            None => {}
            Some(Initialization::ManagedInstances) => self.learn_overlap(Overlap::Possible),
            Some(
                Initialization::OnDemand | Initialization::ProvisionedConcurrency | Initialization::SnapStart,
            ) => self.learn_overlap(Overlap::Never),
        }
        self.preparation = None;
        self.is_initialising = true;
        self.close_runs(Run::is_reported, Closing::Over, out);
        let arn = start.function_arn.or(start.runtime_version_arn);
        self.learn(&Told { arn, function: start.function, version: start.version });
    }

    /// A log without stream names mixes environments: there, nothing that begins proves that another thing is over.
    fn learn_overlap(&mut self, overlap: Overlap) {
        if !self.origin.log_stream().is_empty() {
            self.overlap = overlap;
        }
    }

    /// Only an INIT that is part of an invocation is a cold start of it; others are in its REPORT or nobody's.
    fn on_init_report(&mut self, report: &InitReport<'_>, mark: &Mark<'_>) {
        if report.phase != Some(Phase::Invoke) {
            return;
        }
        match self.bracket_mut() {
            Some(run) => run.describe(Details::of_start(StartKind::Cold)),
            None => self.preparation = Some((StartKind::Cold, mark.time)),
        }
    }

    fn on_start(&mut self, start: &Start<'_>, mark: &Mark<'_>, out: &mut dyn Collect) {
        if mark.form == Form::Text {
            self.learn_overlap(Overlap::Never); // Managed Instances log in JSON only.
        }
        if self.overlap == Overlap::Never {
            self.close_runs(|_| true, Closing::Over, out);
        }
        self.learn(&Told { arn: start.function_arn, function: None, version: start.version });
        self.is_initialising = false;
        self.unnamed.clear();
        let preparation = self.preparation.take().map(|(start, _)| start);
        self.hold(Run::begun(start, preparation, mark.time), out);
    }

    fn on_runtime_done(&mut self, done: &RuntimeDone<'_>, mark: &Mark<'_>, out: &mut dyn Collect) {
        self.update(done.request_id, mark, out, |run| {
            run.note(EvidenceKind::of_runtime_done(done), done.error_type.as_deref(), mark.time);
            run.describe(Details::of_runtime_done(done));
        });
    }

    fn on_end(&mut self, end: &End<'_>) {
        if let Some(run) = self.find(end.request_id) {
            run.end();
        }
    }

    fn on_report(&mut self, report: &Report<'_>, mark: &Mark<'_>, out: &mut dyn Collect) {
        // Only what has its environment to itself logs as text, or is billed by its duration.
        let alone = mark.form == Form::Text || report.billed_duration.is_some();
        self.learn_overlap(if alone { Overlap::Never } else { Overlap::Possible });
        let alone = self.overlap == Overlap::Never;
        let is_over = |run: &Run| run.is_reported() && (alone || *run.request_id == *report.request_id);
        self.close_runs(is_over, Closing::Over, out);
        let origin = Arc::clone(&self.origin);
        // Where the log level hides START, what prepared the run is still to be told.
        let preparation = self.preparation.take().map(|(start, _)| start);
        let unnamed = std::mem::take(&mut self.unnamed);
        self.is_initialising = false;
        self.update(report.request_id, mark, out, |run| {
            for clue in unnamed {
                run.note(clue.kind, clue.error_type.as_deref(), clue.time);
            }
            run.describe(Details { start: preparation, ..Details::default() });
            run.report(report, &origin, mark);
        });
    }

    fn on_fault(&mut self, fault: &Fault<'_>, mark: &Mark<'_>, out: &mut dyn Collect) {
        self.note(fault.request_id, EvidenceKind::of_fault(fault), fault.error_type, mark, out);
    }

    /// Gives evidence to the run it names, else to the one it stands in.
    fn note(
        &mut self,
        request_id: Option<&str>,
        kind: EvidenceKind,
        error_type: Option<&str>,
        mark: &Mark<'_>,
        out: &mut dyn Collect,
    ) {
        match request_id {
            Some(id) => self.update(id, mark, out, |run| run.note(kind, error_type, mark.time)),
            None => match self.latest_index().and_then(|latest| self.runs.get_mut(latest)) {
                Some(run) => run.note(kind, error_type, mark.time),
                None if self.overlap != Overlap::Possible && !self.is_initialising => {
                    self.unnamed.retain(|clue| clue.kind != kind);
                    self.unnamed.push(Clue { kind, error_type: error_type.map(Box::from), time: mark.time });
                }
                None => {}
            },
        }
    }

    /// Where runs follow one another and each shows its START, what fails between two of them is of the earlier one.
    fn latest_index(&self) -> Option<usize> {
        let latest = self.runs.iter().enumerate().next_back();
        let ended = latest.filter(|(_, run)| self.overlap == Overlap::Never && run.has_begun());
        self.bracket_index().or(ended.map(|(latest, _)| latest))
    }

    fn bracket_index(&self) -> Option<usize> {
        let mut running = self.runs.iter().enumerate().filter(|(_, run)| run.is_running());
        let (only, _) = running.next().filter(|_| self.overlap != Overlap::Possible)?;
        running.next().is_none().then_some(only)
    }

    fn bracket_mut(&mut self) -> Option<&mut Run> {
        let only = self.bracket_index()?;
        self.runs.get_mut(only)
    }

    /// The latest run of this request id: a retry has the same one.
    fn find(&mut self, request_id: &str) -> Option<&mut Run> {
        self.runs.iter_mut().rev().find(|run| *run.request_id == *request_id)
    }

    fn update(
        &mut self,
        request_id: &str,
        mark: &Mark<'_>,
        out: &mut dyn Collect,
        change: impl FnOnce(&mut Run),
    ) {
        match self.find(request_id) {
            Some(run) => change(run),
            None => {
                let mut run = Run::mentioned(request_id, mark.time);
                change(&mut run);
                self.hold(run, out);
            }
        }
    }

    fn hold(&mut self, run: Run, out: &mut dyn Collect) {
        if self.runs.len() == RUNS_LIMIT {
            let oldest = self.runs.iter().position(Run::is_reported).unwrap_or(0);
            self.runs.remove(oldest).close(Closing::Over, &self.origin, out);
        }
        self.runs.push(run);
    }

    fn close_runs(&mut self, which: impl Fn(&Run) -> bool, closing: Closing, out: &mut dyn Collect) {
        for run in self.runs.extract_if(.., |run| which(run)) {
            run.close(closing, &self.origin, out);
        }
    }

    /// Adds what a line tells about the function to what the batch told.
    fn learn(&mut self, told: &Told<'_>) {
        let arn = told.arn.and_then(FunctionArn::read);
        if let Some(region) = told.arn.and_then(region_of_arn).filter(|_| self.origin.region.is_empty()) {
            region.clone_into(&mut self.own_origin().region);
        }
        if let Some(arn) = arn.filter(|_| self.origin.account.is_empty()) {
            self.own_origin().learn_account(arn.account);
        }
        let function = told.function.or(arn.map(|arn| arn.function));
        if let Some(function) = function.filter(|function| *function != self.origin.function()) {
            self.own_origin().learn_function(function);
        }
        if let Some(version) = told.version.filter(|_| self.origin.version().is_empty()) {
            self.own_origin().set_version(version);
        }
    }

    /// The origin, to be changed; invocations that left keep what was known then.
    fn own_origin(&mut self) -> &mut Origin {
        Arc::make_mut(&mut self.origin)
    }
}

/// What a platform line tells about the function it runs.
struct Told<'a> {
    arn: Option<&'a str>,
    function: Option<&'a str>,
    version: Option<&'a str>,
}
