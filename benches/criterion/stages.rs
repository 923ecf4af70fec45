//! Times every stage of the pure pipeline, and the parsing of lines of each dialect.

use std::time::Duration;

use benches::{
    Mix,
    stages::{STAGES, StageInput, dialects},
};
use criterion::{BenchmarkId, Criterion, Throughput};

/// Events of the typical corpus, about 9 MB of documents: more than a processor's caches and branch predictor
/// hold.
const EVENTS: u64 = 20_000;

/// Events of the corpus of every dialect: enough for many lines of each.
const EVERY_DIALECT_EVENTS: u64 = 60_000;

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_secs(1))
        .measurement_time(Duration::from_secs(4))
        .configure_from_args();
    stages(&mut criterion);
    lines(&mut criterion);
    criterion.final_summary();
}

/// Times the stages; the throughput is in events.
fn stages(criterion: &mut Criterion) {
    let input = StageInput::make(Mix::Typical, EVENTS);
    let mut group = criterion.benchmark_group("stage");
    group.throughput(Throughput::Elements(input.events()));
    for stage in STAGES {
        let mut work = stage.prepare(&input);
        group.bench_function(BenchmarkId::from_parameter(stage.name), |bencher| bencher.iter(|| work.run()));
    }
    group.finish();
}

fn lines(criterion: &mut Criterion) {
    let input = StageInput::make(Mix::EveryDialect, EVERY_DIALECT_EVENTS);
    let mut group = criterion.benchmark_group("line");
    for (name, lines, mut work) in dialects(&input) {
        group.throughput(Throughput::Elements(lines));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| bencher.iter(|| work.run()));
    }
    group.finish();
}
