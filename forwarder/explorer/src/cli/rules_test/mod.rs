//! `tailwater rules test`: applies rules to local logs, and prints the work of each rule. Nothing is sent or stored.

mod groups;
mod report;
#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, ops::ControlFlow, path::Path, sync::Arc};

use tailwater_forwarder::{
    ledger::{Disposition, Rejection, Tally},
    pipeline::{Pipeline, RuleConfig, TimeRange},
    rule_source::{RuleSource, RulesError},
    rules::{ParseOptions, Problem, RuleIdx, Rules},
    value::SecretRef,
};
use tailwater_parser::{ByteSize, Event, Origin, Receive};

use self::{groups::ErrorGroups, report::Report};
use super::{
    args::{RulesCommand, RulesTestArgs},
    clock::now,
    config_file::read_rules,
    exit::{Exit, invalid_settings},
    inputs::{EmptyFiles, Input, InputKind, find_inputs},
    interrupt::Interrupt,
    progress::Progress,
    rules::{UnusableRules, destination_names, no_flags, with_file},
    stderr, stdout, workers,
};
use crate::files::{
    InputContext, InputFormat, InputHandler, OriginDefaults, Reader, RejectedInput, TextPolicy,
};

/// Runs the command.
pub(super) fn run(command: &RulesCommand, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    match command {
        RulesCommand::Test(args) => test(args, interrupt),
    }
}

fn test(args: &RulesTestArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    let key = match read_rules(with_file(no_flags(), Some(&args.rules))) {
        Ok(rules) => rules.redact_key,
        Err(errors) => return Ok(invalid_settings(&errors)),
    };
    let rules = match compile(&args.rules, key.as_ref()) {
        Ok(rules) => Arc::new(rules),
        Err(RulesError::Invalid { place, problems }) => return refuse(args, place, problems),
        Err(error) => return Ok(UnusableRules::from(error).report()),
    };
    let (report, has_rejected) = read(args, &rules, interrupt)?;
    if args.json {
        stdout::write_json(&report)?;
    } else {
        report.lines(&rules, !args.paths.is_empty()).iter().try_for_each(stdout::write_line)?;
    }
    Ok(if interrupt.is_requested() {
        stderr::log("interrupted before the end of the input");
        Exit::Interrupted
    } else if has_rejected {
        Exit::Failure
    } else {
        Exit::Success
    })
}

/// Compiles the rules of a file. A key in AWS is not read: another one takes its place, which changes no count.
fn compile(path: &Path, key: Option<&SecretRef>) -> Result<Rules, RulesError> {
    let text = RuleSource::File(path.to_owned()).local_text().unwrap_or_else(|| Ok(String::new()))?;
    let key = key.map(|key| match key {
        SecretRef::Value(key) => key.reveal(),
        SecretRef::SecretsManager(_) | SecretRef::Parameter(_) => "key",
    });
    let options = ParseOptions { sinks: &destination_names(&[]), redact_key: key, datadog: None };
    let place = || path.display().to_string();
    Rules::parse(&text, &options).map_err(|problems| RulesError::Invalid { place: place(), problems })
}

/// Reports the problems of the rules.
fn refuse(args: &RulesTestArgs, place: String, problems: Vec<Problem>) -> anyhow::Result<Exit> {
    if args.json {
        stdout::write_json(&Report::of_problems(&problems))?;
    }
    Ok(UnusableRules::from(RulesError::Invalid { place, problems }).report())
}

/// Applies the rules to all inputs. Also returns true if some input could not be read.
fn read(args: &RulesTestArgs, rules: &Arc<Rules>, interrupt: &Interrupt) -> anyhow::Result<(Report, bool)> {
    let sinks = (0..destination_names(&[]).len()).collect();
    let config = RuleConfig::new(Arc::clone(rules), sinks);
    let mut pipeline = Pipeline::new(TimeRange::default(), ErrorGroups::default());
    pipeline.set_rules(Some(&config));
    pipeline.start_audit();
    let inputs = find_inputs(&args.paths, EmptyFiles::Reject);
    let progress = Progress::new(workers::total_size(&inputs))?;
    let defaults = OriginDefaults {
        function: args.function.clone().unwrap_or_default(),
        log_group: args.log_group.clone().unwrap_or_default(),
    };
    let mut reader = Reader::default();
    for input in inputs {
        if interrupt.is_requested() {
            break;
        }
        let mut handler = Handler { pipeline: &mut pipeline, progress: &progress, interrupt, events: 0 };
        match input {
            Ok(input) => read_input(&input, &defaults, &mut handler, &mut reader),
            Err(rejection) => handler.on_rejected(&rejection),
        }
    }
    progress.finish();
    let audit = pipeline.audit().cloned().unwrap_or_default();
    let series = config.series.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let series: BTreeMap<_, _> = (0..rules.len()).map(|index| (index, series.of(RuleIdx(index)))).collect();
    let has_rejected = pipeline.ledger().rejected().events > 0;
    let ledger = *pipeline.ledger();
    Ok((Report::new(rules, &audit, &series, pipeline.target(), &ledger), has_rejected))
}

fn read_input(input: &Input, defaults: &OriginDefaults, handler: &mut Handler<'_>, reader: &mut Reader) {
    handler.pipeline.set_default_time(input.modified.unwrap_or_else(now));
    let is_any_text = input.kind == InputKind::Stdin || !defaults.function.is_empty();
    let context = InputContext {
        path: &input.path,
        defaults,
        text_policy: if is_any_text { TextPolicy::AcceptAny } else { TextPolicy::RequireEvidence },
        delivery_limit: workers::INFLATED_LIMIT,
    };
    match input.open(handler.interrupt) {
        Ok(mut bytes) => {
            reader.read(&mut *bytes, &context, handler);
            handler.pipeline.end_input();
        }
        Err(error) => handler.on_rejected(&RejectedInput {
            input: input.name(),
            records: 1,
            offset: None,
            reason: error.to_string(),
        }),
    }
}

/// Handler of inputs that passes their events to the rules.
struct Handler<'h> {
    pipeline: &'h mut Pipeline<ErrorGroups>,
    progress: &'h Progress,
    interrupt: &'h Interrupt,
    /// Number of events since the last report to the progress bar.
    events: u64,
}

impl Receive for Handler<'_> {
    fn batch(&mut self, origin: &Origin) {
        self.pipeline.batch(origin);
    }

    fn event(&mut self, event: &Event<'_>) {
        self.events += 1;
        self.pipeline.event(event);
    }
}

impl InputHandler for Handler<'_> {
    fn on_start(&mut self, _: InputFormat, head: &[u8]) {
        self.pipeline.begin_input(head);
    }

    fn on_rejected(&mut self, rejection: &RejectedInput) {
        let tally = Tally::new(rejection.records, 0);
        self.pipeline.ledger_mut().receive_and_end(Disposition::Rejected(Rejection::Damaged), tally);
        self.progress.log(format_args!("rejected {rejection}"));
    }

    fn on_filtered(&mut self, _: u64) {}

    fn on_progress(&mut self, read: ByteSize) -> ControlFlow<()> {
        self.progress.advance(read.0, std::mem::take(&mut self.events));
        if self.interrupt.is_requested() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}
