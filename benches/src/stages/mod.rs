//! The pure pipeline, stage by stage and as a whole, over one corpus: what Criterion times and callgrind counts.
//!
//! Each stage keeps its buffers between runs, as the forwarder does, and says after each run how much it did: whoever
//! measures compares that with what there was to do, so a stage that stopped doing its work is not taken for a fast one.

mod forward;
mod material;
mod parse;

pub use self::material::Material;

/// A stage.
#[derive(Clone, Copy)]
pub struct Stage {
    /// Its name, for reports and baselines.
    pub name: &'static str,
    make: for<'m> fn(&'m Material) -> Work<'m>,
    /// Whether C takes part in it: then another compiler makes other instructions of it.
    pub is_partly_c: bool,
}

/// A stage with something to do.
pub struct Work<'m> {
    run: Box<dyn FnMut() -> u64 + 'm>,
    expected: u64,
}

/// All stages, in the order data moves.
pub const STAGES: [Stage; 15] = [
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
];

impl Stage {
    const fn new(name: &'static str, make: for<'m> fn(&'m Material) -> Work<'m>) -> Self {
        Self { name, make, is_partly_c: false }
    }

    const fn with_c(name: &'static str, make: for<'m> fn(&'m Material) -> Work<'m>) -> Self {
        Self { name, make, is_partly_c: true }
    }

    /// The stage of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        STAGES.into_iter().find(|stage| stage.name == name)
    }

    /// Prepares it for this corpus.
    #[must_use]
    pub fn prepare(self, material: &Material) -> Work<'_> {
        (self.make)(material)
    }
}

/// Reading the lines of one dialect each, by its name: the platform's, metrics in lines, and what functions write.
pub fn dialects(material: &Material) -> impl Iterator<Item = (&str, u64, Work<'_>)> {
    material.dialects().map(|(name, lines)| (name, count(lines.len()), parse::lines(lines)))
}

impl<'m> Work<'m> {
    fn new(expected: u64, run: impl FnMut() -> u64 + 'm) -> Self {
        Self { run: Box::new(run), expected }
    }

    /// Does all of it once.
    ///
    /// # Panics
    /// When it did not.
    pub fn run(&mut self) {
        let done = (self.run)();
        assert_eq!(done, self.expected, "a stage did not do its work");
    }
}

/// A length as a number.
fn count(length: usize) -> u64 {
    u64::try_from(length).expect("lengths fit 64 bits")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mix::Mix;

    #[test]
    fn every_stage_does_its_work_again_and_again() {
        let material = Material::make(Mix::Typical, 2000);
        for stage in STAGES {
            let mut work = stage.prepare(&material);
            (0..3).for_each(|_| work.run());
        }
    }

    #[test]
    fn names_find_their_stages() {
        assert!(STAGES.iter().all(|stage| Stage::named(stage.name).is_some()));
        assert!(Stage::named("nothing").is_none());
    }

    #[test]
    fn every_dialect_is_there() {
        let material = Material::make(Mix::EveryDialect, 60_000);
        let names: Vec<_> = dialects(&material).map(|(name, ..)| name.to_owned()).collect();
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
        dialects(&material).for_each(|(_, _, mut work)| work.run());
    }
}
