//! Times every stage of the pure pipeline, and reading each dialect, over the same corpus.

use std::time::Duration;

use benches::{
    Mix,
    stages::{Material, STAGES, dialects},
};
use criterion::{BenchmarkId, Criterion, Throughput};

/// About 9 MB of documents: more than a processor's cache holds, and than its branch predictor learns.
const EVENTS: u64 = 20_000;

/// So many that every dialect comes often.
const OF_EVERY_DIALECT: u64 = 60_000;

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

/// Elements are events: Criterion prints how many a second.
fn stages(criterion: &mut Criterion) {
    let material = Material::make(Mix::Typical, EVENTS);
    let mut group = criterion.benchmark_group("stage");
    group.throughput(Throughput::Elements(material.events()));
    for stage in STAGES {
        let mut work = stage.prepare(&material);
        group.bench_function(BenchmarkId::from_parameter(stage.name), |bencher| bencher.iter(|| work.run()));
    }
    group.finish();
}

fn lines(criterion: &mut Criterion) {
    let material = Material::make(Mix::EveryDialect, OF_EVERY_DIALECT);
    let mut group = criterion.benchmark_group("line");
    for (name, lines, mut work) in dialects(&material) {
        group.throughput(Throughput::Elements(lines));
        group.bench_function(BenchmarkId::from_parameter(name), |bencher| bencher.iter(|| work.run()));
    }
    group.finish();
}
