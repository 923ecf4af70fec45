//! The scanner of each input format.

use tailwater_parser::decode::{Envelope, Keys, Shape};

use super::{
    boundary::PrefixBoundary,
    csv::CsvScanner,
    export,
    format::InputFormat,
    lambda_events::LambdaEventScanner,
    multiline::MultilineScanner,
    ndjson::NdjsonScanner,
    plain::PlainBoundary,
    scanner::{FormatScanner, ScanContext},
    tail,
    time_sort::TimeSorter,
};

/// Creates the scanner of a format.
pub(super) fn create(format: InputFormat, context: ScanContext) -> Box<dyn FormatScanner> {
    let ScanContext { origins, modified, delivery_limit } = context;
    let envelope = |shape| Envelope::new(shape, Keys::CloudWatch, origins.default_origin().clone());
    let prefixed = PrefixBoundary;
    match format {
        InputFormat::LambdaEvents => Box::new(LambdaEventScanner::new(delivery_limit, &origins)),
        InputFormat::Documents => Box::new(envelope(Shape::Documents)),
        InputFormat::QueryResults => Box::new(TimeSorter::new(envelope(Shape::Documents))),
        InputFormat::EventRows => Box::new(TimeSorter::new(envelope(Shape::Events))),
        InputFormat::DocumentLines => {
            Box::new(NdjsonScanner::new(Shape::Documents, Keys::CloudWatch, origins))
        }
        InputFormat::EventLines => Box::new(NdjsonScanner::new(Shape::Events, Keys::CloudWatch, origins)),
        InputFormat::Records => Box::new(NdjsonScanner::new(Shape::Events, Keys::Records, origins)),
        InputFormat::ConsoleCsv => Box::new(CsvScanner::new(origins)),
        InputFormat::InsightsCsv => Box::new(TimeSorter::new(CsvScanner::new(origins))),
        InputFormat::TailDetailed => Box::new(MultilineScanner::new(prefixed(tail::detailed), origins)),
        InputFormat::TailShort => Box::new(MultilineScanner::new(prefixed(tail::short), origins)),
        InputFormat::SamLogs => Box::new(MultilineScanner::new(prefixed(tail::sam), origins)),
        InputFormat::Export => Box::new(MultilineScanner::new(prefixed(export::event_start), origins)),
        InputFormat::Plain => Box::new(MultilineScanner::new(PlainBoundary::new(modified), origins)),
    }
}
