//! The scanner of each input format.

use tailwater_parser::decode::{Envelope, Keys, Shape};

use super::{
    awslogs,
    boundary::{EventStart, PrefixBoundary},
    csv::CsvScanner,
    export,
    format::InputFormat,
    lambda_events::LambdaEventScanner,
    multiline::MultilineScanner,
    ndjson::NdjsonScanner,
    origin::OriginTracker,
    plain::PlainBoundary,
    rows::RowBoundary,
    scanner::{FormatScanner, ScanContext},
    table::TableScanner,
    tail,
    time_completer::TimeCompleter,
    time_sort::TimeSorter,
};

/// Creates the scanner of a format. The first events get the time of the first event that has one, except in Lambda events,
/// whose log events are of the time of their delivery.
pub(super) fn create(format: InputFormat, context: ScanContext) -> Box<dyn FormatScanner> {
    let scanner = of_format(format, context);
    if format == InputFormat::LambdaEvents { scanner } else { Box::new(TimeCompleter::new(scanner)) }
}

fn of_format(format: InputFormat, context: ScanContext) -> Box<dyn FormatScanner> {
    let ScanContext { origins, delivery_limit } = context;
    let envelope = |shape| Envelope::new(shape, Keys::CloudWatch, origins.default_origin().clone());
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
        InputFormat::Table => Box::new(TimeSorter::new(TableScanner::new(origins))),
        InputFormat::TailDetailed => prefixed(tail::detailed, origins),
        InputFormat::TailShort => prefixed(tail::short, origins),
        InputFormat::SamLogs => prefixed(tail::sam, origins),
        InputFormat::Awslogs => prefixed(awslogs::awslogs, origins),
        InputFormat::Saw => prefixed(awslogs::saw, origins),
        InputFormat::Export => prefixed(export::event_start, origins),
        InputFormat::Rows => Box::new(MultilineScanner::new(RowBoundary::default(), origins)),
        InputFormat::Plain => Box::new(MultilineScanner::new(PlainBoundary::default(), origins)),
    }
}

fn prefixed(
    event_start: fn(&str) -> Option<EventStart<'_>>,
    origins: OriginTracker,
) -> Box<dyn FormatScanner> {
    Box::new(MultilineScanner::new(PrefixBoundary(event_start), origins))
}
