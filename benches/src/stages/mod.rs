//! Stages of the pipeline from Lambda event to request body, without I/O, for timing with Criterion and for counting
//! instructions with callgrind.
//!
//! A stage keeps its buffers between runs, as the forwarder does. It returns the amount of work done, which is
//! compared with the expected amount: a stage that stops doing its work is an error, not an improvement.

mod forward;
mod input;
mod parse;
mod rules;

pub use self::input::StageInput;

/// Stage of the pipeline, such as base64 decoding or parsing of lines.
#[derive(Clone, Copy)]
pub struct Stage {
    /// Name in reports and baselines.
    pub name: &'static str,
    make: for<'m> fn(&'m StageInput) -> PreparedStage<'m>,
    /// True if the stage runs C code: its instruction count depends on the C compiler.
    pub has_c_code: bool,
}

/// Stage with its input and buffers.
pub struct PreparedStage<'m> {
    run: Box<dyn FnMut() -> u64 + 'm>,
    expected: u64,
}

/// All stages, in the order in which data passes them.
pub const STAGES: [Stage; 18] = [
    Stage::new("base64", parse::base64),
    Stage::new("gunzip", parse::gunzip),
    Stage::new("envelope", parse::envelope),
    Stage::new("line", parse::line),
    Stage::new("derive", parse::derive),
    Stage::new("encode-otlp", forward::encode_otlp),
    Stage::new("encode-datadog", forward::encode_datadog),
    Stage::new("encode-ndjson", forward::encode_ndjson),
    Stage::new("compress-gzip-1", forward::compress_gzip),
    Stage::with_c("compress-zstd-1", forward::compress_zstd),
    Stage::new("pipeline-none", forward::pipeline_none),
    Stage::new("pipeline-otlp-gzip-1", forward::pipeline_otlp_gzip),
    Stage::with_c("pipeline-otlp-zstd-1", forward::pipeline_otlp_zstd),
    Stage::new("pipeline-datadog-gzip-1", forward::pipeline_datadog),
    Stage::new("pipeline-otlp-datadog-gzip-1", forward::pipeline_both),
    Stage::new("pipeline-otlp-gzip-1-ten-rules", rules::typical),
    Stage::new("pipeline-otlp-gzip-1-all-detectors", rules::all_detectors),
    Stage::new("pipeline-otlp-gzip-1-sample-1-in-20", rules::sample),
];

impl Stage {
    const fn new(name: &'static str, make: for<'m> fn(&'m StageInput) -> PreparedStage<'m>) -> Self {
        Self { name, make, has_c_code: false }
    }

    const fn with_c(name: &'static str, make: for<'m> fn(&'m StageInput) -> PreparedStage<'m>) -> Self {
        Self { name, make, has_c_code: true }
    }

    /// Finds a stage by name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        STAGES.into_iter().find(|stage| stage.name == name)
    }

    /// Prepares the stage to run on this input.
    #[must_use]
    pub fn prepare(self, input: &StageInput) -> PreparedStage<'_> {
        (self.make)(input)
    }
}

/// Prepares the parsing of lines for each dialect. Yields the dialect, the number of lines, and the stage.
pub fn dialects(input: &StageInput) -> impl Iterator<Item = (&str, u64, PreparedStage<'_>)> {
    input.dialects().map(|(name, lines)| (name, count(lines.len()), parse::lines(lines)))
}

impl<'m> PreparedStage<'m> {
    fn new(expected: u64, run: impl FnMut() -> u64 + 'm) -> Self {
        Self { run: Box::new(run), expected }
    }

    /// Runs the stage once.
    ///
    /// # Panics
    /// Panics if the amount of work is not the expected one.
    pub fn run(&mut self) {
        let done = (self.run)();
        assert_eq!(done, self.expected, "the stage did not do the expected amount of work");
    }
}

/// Converts a length to `u64`.
fn count(length: usize) -> u64 {
    u64::try_from(length).expect("lengths fit 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Mix;

    #[test]
    fn every_stage_can_run_repeatedly() {
        let input = StageInput::make(Mix::Typical, 2000);
        for stage in STAGES {
            let mut work = stage.prepare(&input);
            (0..3).for_each(|_| work.run());
        }
    }

    #[test]
    fn stages_are_found_by_name() {
        assert!(STAGES.iter().all(|stage| Stage::named(stage.name).is_some()));
        assert!(Stage::named("nothing").is_none());
    }

    #[test]
    fn input_has_lines_of_every_dialect() {
        let input = StageInput::make(Mix::EveryDialect, 60_000);
        let names: Vec<_> = dialects(&input).map(|(name, ..)| name.to_owned()).collect();
        let expected = [
            "dotnet",
            "emf",
            "go",
            "java",
            "json",
            "node",
            "platform",
            "platform-json",
            "python",
            "ruby",
            "text",
        ];
        assert_eq!(names, expected);
        dialects(&input).for_each(|(_, _, mut work)| work.run());
    }
}
