//! Assigns the lines of one log stream, which is one execution environment, to its invocations.

use std::sync::Arc;

use super::{
    Collect,
    event_meta::{EventMeta, LogFormat},
    evidence::{Details, EvidenceKind},
    open_invocation::{CloseReason, OpenInvocation, PendingEvidence},
    outcome::StartKind,
    pending_error::{PendingStart, UnconfirmedError, UntypedFailure},
};
use crate::{
    line::{
        App, Dialect, Emf, EmfSubject, End, Fault, InitReport, InitStart, Initialization, Line, Phase,
        Report, RuntimeDone, RuntimeFailure, Start,
    },
    origin::{FunctionArn, Origin, region_of_arn},
    units::UnixMillis,
};

/// Maximum number of open invocations in a stream; if it is exceeded, the oldest is closed. Only streams of Managed
/// Instances come near it.
const MAX_OPEN: usize = 64;

/// State of a log stream between its lines.
#[derive(Debug, Default)]
pub(super) struct Stream {
    /// Origin of the batch, completed by the stream's own lines.
    origin: Arc<Origin>,
    open: Vec<OpenInvocation>,
    concurrency: Concurrency,
    /// Start of the next invocation, from lines about its environment.
    pending_start: Option<PendingStart>,
    /// Time of the `INIT_START` or `RESTORE_START` after the latest invocation.
    init_start_time: Option<UnixMillis>,
    /// True while the environment is being initialized: a failure during that time is not the failure of an invocation.
    is_initializing: bool,
    /// Evidence without a request id, for an invocation whose START is in another input.
    unassigned: Vec<PendingEvidence>,
    /// Error in the last line of the function, which is a failure if the invocation ends without another line.
    unconfirmed: Option<UnconfirmedError>,
    /// Failure whose error type may be in the next line.
    untyped: Option<UntypedFailure>,
}

/// Concurrency of an execution environment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Concurrency {
    /// Unknown: no line has shown the concurrency yet.
    #[default]
    Unknown,
    /// One invocation at a time: the beginning of one proves that the one before is over.
    Sequential,
    /// Several invocations at once, as on Managed Instances: lines between a START and its END may belong to others.
    Concurrent,
}

impl Stream {
    pub(super) fn new(origin: &Origin) -> Self {
        Self { origin: Arc::new(origin.clone()), ..Self::default() }
    }

    pub(super) fn origin(&self) -> &Origin {
        &self.origin
    }

    /// True if a batch of this origin belongs to the stream. Lines without a log group and a log stream are told apart by
    /// what they arrived through; a named stream may arrive in several ways.
    pub(super) fn is_from(&self, origin: &Origin) -> bool {
        self.origin.log_stream() == origin.log_stream()
            && self.origin.log_group() == origin.log_group()
            && self.origin.batch_account() == origin.batch_account()
            && self.origin.batch_function() == origin.batch_function()
            && (self.origin.arrival == origin.arrival || is_named(origin))
    }

    /// Takes region and arrival of a batch from this stream. They do not identify a stream: the same stream can arrive
    /// through several resources, and events without a log group have nothing else. The region that a line has named stays.
    pub(super) fn update_origin(&mut self, batch: &Origin) {
        let is_named = !self.origin.log_group().is_empty() || !self.origin.log_stream().is_empty();
        let may_change = !is_named || self.origin.region.is_empty();
        let is_other_region = may_change && !batch.region.is_empty() && batch.region != self.origin.region;
        let is_other_arrival = match (&batch.arrival, &self.origin.arrival) {
            (None, None) => false,
            (Some(batch), Some(own)) => !Arc::ptr_eq(batch, own) && batch != own,
            (Some(_), None) | (None, Some(_)) => true,
        };
        if is_other_region {
            batch.region.clone_into(&mut self.origin_mut().region);
        }
        if is_other_arrival {
            self.origin_mut().arrival.clone_from(&batch.arrival);
        }
    }

    /// Invocation that a line without a request id belongs to: the one between its START and its END, if there is only
    /// one.
    pub(super) fn current(&self) -> Option<&OpenInvocation> {
        self.open.get(self.current_index()?)
    }

    /// Attributes a line to a function, before [`Self::process`]: a line of Lambda Insights belongs to the function that
    /// it names, and in the log of another service, a member such as `requestId` is not the id of an invocation.
    pub(super) fn attribute(&mut self, line: &mut Line<'_>) {
        if let Line::Emf(Emf { subject: Some(subject), .. }) = line {
            self.learn_subject(subject);
        }
        if !self.origin.is_other_service() {
            return;
        }
        if let Line::App(app) | Line::Emf(Emf { app, .. }) = line
            && app.dialect == Dialect::Json
            && app.request_id.as_deref().is_some_and(|id| !self.is_open(id))
            && !app.names_lambdas_request()
        {
            app.request_id = None;
        }
    }

    /// Takes over the function of a line of Lambda Insights, unless the names show that another function logged it.
    fn learn_subject(&mut self, subject: &EmfSubject<'_>) {
        if self.origin.has_lambda_names() {
            return;
        }
        if subject.function != self.origin.function() {
            self.origin_mut().learn_function(subject.function);
        }
        if subject.version != self.origin.version() {
            self.origin_mut().set_version(subject.version);
        }
    }

    /// Updates the state with a line, and emits what the line proves to be complete.
    pub(super) fn process(&mut self, meta: &EventMeta<'_>, line: &Line<'_>, out: &mut dyn Collect) {
        match line {
            Line::App(app) | Line::Emf(Emf { app, .. }) => self.on_app(app, meta, out),
            Line::InitStart(start) | Line::RestoreStart(start) => self.on_environment(start, meta.time, out),
            Line::InitReport(report) => self.on_init_report(report, meta),
            Line::RestoreReport(_) => {
                self.pending_start = Some(PendingStart::of(StartKind::Restored, meta.time));
            }
            Line::Start(start) => self.on_start(start, meta, out),
            Line::RuntimeDone(done) => self.on_runtime_done(done, meta, out),
            Line::End(end) => self.on_end(end, out),
            Line::Report(report) => self.on_report(report, meta, out),
            Line::Fault(fault) => self.on_fault(fault, meta, out),
            Line::InitRuntimeDone(_)
            | Line::RestoreRuntimeDone(_)
            | Line::Extension(_)
            | Line::Subscription(_)
            | Line::LogsDropped(_)
            | Line::OtherPlatform(_) => {}
        }
    }

    /// Emits invocations whose REPORT was read and keeps the other invocations: for the end of a delivery
    /// that is followed by further deliveries.
    pub(super) fn flush(&mut self, out: &mut dyn Collect) {
        self.close_where(OpenInvocation::is_reported, CloseReason::InputEnded, out);
    }

    /// Emits all open invocations and all evidence that is still held.
    pub(super) fn finish(mut self, out: &mut dyn Collect) {
        self.confirm_error(None, out);
        self.close_where(|_| true, CloseReason::InputEnded, out);
        for pending in self.unassigned {
            out.evidence(pending.evidence("", &self.origin));
        }
        if let Some(pending) = self.pending_start {
            out.evidence(pending.evidence(&self.origin));
        }
    }

    fn on_app(&mut self, app: &App<'_>, meta: &EventMeta<'_>, out: &mut dyn Collect) {
        if self.untyped.is_some() {
            self.add_missing_type(app, meta.time, out);
        }
        if self.unconfirmed.as_ref().is_some_and(|error| error.is_refuted_by(app)) {
            self.unconfirmed = None;
        }
        let (request_id, error_type) = (app.request_id.as_deref(), app.error_type.as_deref());
        match app.failure {
            None => {}
            Some(RuntimeFailure::UnhandledIfLast) => {
                self.unconfirmed = Some(UnconfirmedError::new(request_id, error_type, meta.time));
            }
            Some(failure @ (RuntimeFailure::Unhandled | RuntimeFailure::OutOfMemory)) => {
                let kind = EvidenceKind::of_failure(failure);
                self.add_evidence(request_id, kind, error_type, meta.time, out);
                self.untyped = UntypedFailure::new(request_id, kind, error_type);
            }
        }
    }

    /// Adds the error type to a failure that was written without one, if `app`, the next line, states it.
    fn add_missing_type(&mut self, app: &App<'_>, time: UnixMillis, out: &mut dyn Collect) {
        let Some(failure) = self.untyped.take() else { return };
        match failure.error_type_in(app) {
            Some(error_type) => {
                self.add_evidence(failure.request_id(), failure.kind, Some(&error_type), time, out);
            }
            None if failure.may_continue_with(app) => self.untyped = Some(failure),
            None => {}
        }
    }

    /// Turns the error in the function's last line into evidence, because the invocation of `request_id` ends without
    /// another line of it. Without a request id, because the lines of the stream end.
    fn confirm_error(&mut self, request_id: Option<&str>, out: &mut dyn Collect) {
        if let Some(error) = self.unconfirmed.take_if(|error| error.may_be_of(request_id)) {
            let pending = error.evidence;
            let error_type = pending.error_type.as_deref();
            self.add_evidence(error.request_id.as_deref(), pending.kind, error_type, pending.time, out);
        }
    }

    /// Handles the beginning of an INIT or a restore: an environment is created, restored, or created again after a
    /// failure.
    fn on_environment(&mut self, start: &InitStart<'_>, time: UnixMillis, out: &mut dyn Collect) {
        match start.initialization {
            None => {}
            Some(Initialization::ManagedInstances) => self.set_concurrency(Concurrency::Concurrent),
            Some(
                Initialization::OnDemand | Initialization::ProvisionedConcurrency | Initialization::SnapStart,
            ) => self.set_concurrency(Concurrency::Sequential),
        }
        self.pending_start = None;
        self.init_start_time = Some(time);
        self.is_initializing = true;
        self.close_where(OpenInvocation::is_reported, CloseReason::Ended, out);
        let arn = start.function_arn.or(start.runtime_version_arn);
        self.merge_function_info(&FunctionInfo { arn, function: start.function, version: start.version });
    }

    /// Sets the concurrency if the stream has a name. A log without stream names mixes environments: in such a log,
    /// the beginning of one invocation does not prove that another is over.
    fn set_concurrency(&mut self, concurrency: Concurrency) {
        if !self.origin.log_stream().is_empty() {
            self.concurrency = concurrency;
        }
    }

    /// Handles the report of an INIT. Only an INIT in the invoke phase belongs to an invocation, the current one or
    /// else the next one: it makes that a cold start, and fails it if it failed. Any other INIT is stated in a REPORT
    /// too, or belongs to no invocation.
    fn on_init_report(&mut self, report: &InitReport<'_>, meta: &EventMeta<'_>) {
        if report.phase != Some(Phase::Invoke) {
            return;
        }
        let pending = PendingStart::of_init(report, meta.time);
        match self.current_mut() {
            Some(invocation) => pending.add_to(invocation),
            None => self.pending_start = Some(pending),
        }
    }

    fn on_start(&mut self, start: &Start<'_>, meta: &EventMeta<'_>, out: &mut dyn Collect) {
        self.confirm_error(None, out);
        self.untyped = None;
        if meta.format == LogFormat::Text {
            self.set_concurrency(Concurrency::Sequential); // Managed Instances log in JSON only.
        }
        if self.concurrency == Concurrency::Sequential {
            self.close_where(|_| true, CloseReason::Ended, out);
        }
        self.merge_function_info(&FunctionInfo {
            arn: start.function_arn,
            function: None,
            version: start.version,
        });
        self.is_initializing = false;
        self.unassigned.clear();
        let mut invocation = OpenInvocation::started(start, meta.time);
        if let Some(time) = self.init_start_time.take() {
            invocation.add_init_start(time);
        }
        if let Some(pending) = self.pending_start.take() {
            pending.add_to(&mut invocation);
        }
        self.push(invocation, out);
    }

    fn on_runtime_done(&mut self, done: &RuntimeDone<'_>, meta: &EventMeta<'_>, out: &mut dyn Collect) {
        self.confirm_error(Some(done.request_id), out);
        self.update(done.request_id, meta.time, out, |invocation| {
            invocation.add_evidence(
                EvidenceKind::of_runtime_done(done),
                done.error_type.as_deref(),
                meta.time,
            );
            invocation.add_details(Details::of_runtime_done(done));
        });
    }

    fn on_end(&mut self, end: &End<'_>, out: &mut dyn Collect) {
        self.confirm_error(Some(end.request_id), out);
        if let Some(invocation) = self.find(end.request_id) {
            invocation.end();
        }
    }

    fn on_report(&mut self, report: &Report<'_>, meta: &EventMeta<'_>, out: &mut dyn Collect) {
        self.confirm_error(Some(report.request_id), out);
        // The text format and billing by duration exist only for environments with one invocation at a time.
        let is_sequential = meta.format == LogFormat::Text || report.billed_duration.is_some();
        self.set_concurrency(if is_sequential { Concurrency::Sequential } else { Concurrency::Concurrent });
        let is_sequential = self.concurrency == Concurrency::Sequential;
        let has_ended = |invocation: &OpenInvocation| {
            invocation.is_reported() && (is_sequential || *invocation.request_id == *report.request_id)
        };
        self.close_where(has_ended, CloseReason::Ended, out);
        let origin = Arc::clone(&self.origin);
        // If the log level hides START, the start is still pending.
        let (pending_start, init_start_time) = (self.pending_start.take(), self.init_start_time.take());
        let unassigned = std::mem::take(&mut self.unassigned);
        self.is_initializing = false;
        self.update(report.request_id, meta.time, out, |invocation| {
            for pending in unassigned {
                invocation.add_evidence(pending.kind, pending.error_type.as_deref(), pending.time);
            }
            if let Some(pending) = pending_start {
                pending.add_to(invocation);
            }
            if let Some(time) = init_start_time {
                invocation.add_init_start(time);
            }
            invocation.report(report, &origin, meta);
        });
    }

    fn on_fault(&mut self, fault: &Fault<'_>, meta: &EventMeta<'_>, out: &mut dyn Collect) {
        let kind = EvidenceKind::of_fault(fault);
        self.add_evidence(fault.request_id, kind, fault.error_type, meta.time, out);
        self.untyped = UntypedFailure::new(fault.request_id, kind, fault.error_type);
    }

    /// Adds evidence to the invocation of `request_id`. Without a request id, to the current or latest invocation; if
    /// the stream has neither, the evidence is kept for an invocation whose START is in another input.
    fn add_evidence(
        &mut self,
        request_id: Option<&str>,
        kind: EvidenceKind,
        error_type: Option<&str>,
        time: UnixMillis,
        out: &mut dyn Collect,
    ) {
        match request_id {
            Some(id) => {
                self.update(id, time, out, |invocation| invocation.add_evidence(kind, error_type, time));
            }
            None => match self.latest_index().and_then(|latest| self.open.get_mut(latest)) {
                Some(invocation) => invocation.add_evidence(kind, error_type, time),
                None if self.concurrency != Concurrency::Concurrent && !self.is_initializing => {
                    self.unassigned.retain(|pending| pending.kind != kind);
                    self.unassigned.push(PendingEvidence {
                        kind,
                        error_type: error_type.map(Box::from),
                        time,
                    });
                }
                None => {}
            },
        }
    }

    /// Invocation that a failure without a request id belongs to: the current one, else the latest that has ended, if
    /// invocations run one at a time.
    fn latest_index(&self) -> Option<usize> {
        let latest = self.open.iter().enumerate().next_back();
        let ended = latest
            .filter(|(_, invocation)| self.concurrency == Concurrency::Sequential && invocation.has_start());
        self.current_index().or(ended.map(|(latest, _)| latest))
    }

    fn current_index(&self) -> Option<usize> {
        let mut running = self.open.iter().enumerate().filter(|(_, invocation)| invocation.is_running());
        let (only, _) = running.next().filter(|_| self.concurrency != Concurrency::Concurrent)?;
        running.next().is_none().then_some(only)
    }

    fn current_mut(&mut self) -> Option<&mut OpenInvocation> {
        let only = self.current_index()?;
        self.open.get_mut(only)
    }

    /// The latest invocation of this request id. A retry has the same id.
    fn find(&mut self, request_id: &str) -> Option<&mut OpenInvocation> {
        self.open.iter_mut().rev().find(|invocation| *invocation.request_id == *request_id)
    }

    fn is_open(&self, request_id: &str) -> bool {
        self.open.iter().any(|invocation| *invocation.request_id == *request_id)
    }

    /// Applies `change` to the open invocation of this request id; opens the invocation first if it is not open.
    fn update(
        &mut self,
        request_id: &str,
        time: UnixMillis,
        out: &mut dyn Collect,
        change: impl FnOnce(&mut OpenInvocation),
    ) {
        match self.find(request_id) {
            Some(invocation) => change(invocation),
            None => {
                let mut invocation = OpenInvocation::without_start(request_id, time);
                change(&mut invocation);
                self.push(invocation, out);
            }
        }
    }

    fn push(&mut self, invocation: OpenInvocation, out: &mut dyn Collect) {
        if self.open.len() == MAX_OPEN {
            let oldest = self.open.iter().position(OpenInvocation::is_reported).unwrap_or(0);
            self.open.remove(oldest).close(CloseReason::Ended, &self.origin, out);
        }
        self.open.push(invocation);
    }

    fn close_where(
        &mut self,
        which: impl Fn(&OpenInvocation) -> bool,
        reason: CloseReason,
        out: &mut dyn Collect,
    ) {
        for invocation in self.open.extract_if(.., |invocation| which(invocation)) {
            invocation.close(reason, &self.origin, out);
        }
    }

    /// Completes the origin of the batch with facts from a line.
    fn merge_function_info(&mut self, info: &FunctionInfo<'_>) {
        let arn = info.arn.and_then(FunctionArn::read);
        // The ARN of a Lambda@Edge function names its home region, not that of the replica.
        let names_region = arn.is_none() || !self.origin.is_edge();
        // The region of the resource that the events arrived through is only probably that of the function.
        let is_open = self.origin.region.is_empty() || self.origin.arrival.is_some();
        let names_region = names_region && is_open;
        let named = info.arn.filter(|_| names_region).and_then(region_of_arn);
        if let Some(region) = named.filter(|region| *region != self.origin.region) {
            region.clone_into(&mut self.origin_mut().region);
        }
        if let Some(arn) = arn.filter(|_| self.origin.account.is_empty()) {
            self.origin_mut().learn_account(arn.account);
        }
        let function = info.function.or(arn.map(|arn| arn.function));
        if let Some(function) = function.filter(|function| *function != self.origin.function()) {
            self.origin_mut().learn_function(function);
        }
        if let Some(version) = info.version.filter(|_| self.origin.version().is_empty()) {
            self.origin_mut().set_version(version);
        }
    }

    /// Mutable origin of the stream. Invocations that were emitted before keep the origin as it was then.
    fn origin_mut(&mut self) -> &mut Origin {
        Arc::make_mut(&mut self.origin)
    }
}

/// True if the origin has a log group or a log stream.
pub(super) fn is_named(origin: &Origin) -> bool {
    !origin.log_group().is_empty() || !origin.log_stream().is_empty()
}

/// Facts about the function in a platform line.
struct FunctionInfo<'a> {
    arn: Option<&'a str>,
    function: Option<&'a str>,
    version: Option<&'a str>,
}
