//! The input formats: their names, and the scanner that reads each.

use std::fmt;

use tailwater_parser::decode::{Envelope, Keys, Shape};

use super::{
    boundary::PrefixBoundary,
    csv::CsvScanner,
    export,
    lambda_events::LambdaEventScanner,
    multiline::MultilineScanner,
    ndjson::NdjsonScanner,
    plain::PlainBoundary,
    scanner::{FormatScanner, ScanContext},
    tail,
    time_sort::TimeSorter,
};

/// Format of a local log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// Lambda events: CloudWatch Logs subscription, Kinesis, SQS, SNS, Firehose.
    LambdaEvents,
    /// Subscription documents and pages of `filter-log-events` and `get-log-events`, concatenated.
    Documents,
    /// Subscription documents, one per line.
    DocumentLines,
    /// Output of `aws logs get-query-results`.
    QueryResults,
    /// Log events as a JSON array, or concatenated: the JSON export of Logs Insights, events that `jq` took from pages.
    EventRows,
    /// Log events, one per line.
    EventLines,
    /// Tailwater's own NDJSON records, one per line.
    Records,
    /// CSV download of the CloudWatch console.
    ConsoleCsv,
    /// CSV export of Logs Insights.
    InsightsCsv,
    /// Output of `aws logs tail`.
    TailDetailed,
    /// Output of `aws logs tail --format short`.
    TailShort,
    /// Output of `sam logs`.
    SamLogs,
    /// CloudWatch's export to S3.
    Export,
    /// Plain output of a function.
    Plain,
}

impl fmt::Display for InputFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LambdaEvents => "Lambda events",
            Self::Documents => "log event documents",
            Self::DocumentLines => "log event documents, one per line",
            Self::QueryResults => "output of aws logs get-query-results",
            Self::EventRows => "log events",
            Self::EventLines => "log events, one per line",
            Self::Records => "Tailwater records",
            Self::ConsoleCsv => "CSV from the CloudWatch console",
            Self::InsightsCsv => "CSV from Logs Insights",
            Self::TailDetailed => "output of aws logs tail",
            Self::TailShort => "output of aws logs tail --format short",
            Self::SamLogs => "output of sam logs",
            Self::Export => "CloudWatch export to S3",
            Self::Plain => "plain function output",
        })
    }
}

impl InputFormat {
    /// Creates a scanner for this format.
    pub(super) fn scanner(self, context: ScanContext) -> Box<dyn FormatScanner> {
        let ScanContext { origins, modified, delivery_limit } = context;
        let envelope = |shape| Envelope::new(shape, Keys::CloudWatch, origins.default_origin().clone());
        let prefixed = PrefixBoundary;
        match self {
            Self::LambdaEvents => Box::new(LambdaEventScanner::new(delivery_limit, &origins)),
            Self::Documents => Box::new(envelope(Shape::Documents)),
            Self::QueryResults => Box::new(TimeSorter::new(envelope(Shape::Documents))),
            Self::EventRows => Box::new(TimeSorter::new(envelope(Shape::Events))),
            Self::DocumentLines => Box::new(NdjsonScanner::new(Shape::Documents, Keys::CloudWatch, origins)),
            Self::EventLines => Box::new(NdjsonScanner::new(Shape::Events, Keys::CloudWatch, origins)),
            Self::Records => Box::new(NdjsonScanner::new(Shape::Events, Keys::Records, origins)),
            Self::ConsoleCsv => Box::new(CsvScanner::new(origins)),
            Self::InsightsCsv => Box::new(TimeSorter::new(CsvScanner::new(origins))),
            Self::TailDetailed => Box::new(MultilineScanner::new(prefixed(tail::detailed), origins)),
            Self::TailShort => Box::new(MultilineScanner::new(prefixed(tail::short), origins)),
            Self::SamLogs => Box::new(MultilineScanner::new(prefixed(tail::sam), origins)),
            Self::Export => Box::new(MultilineScanner::new(prefixed(export::event_start), origins)),
            Self::Plain => Box::new(MultilineScanner::new(PlainBoundary::new(modified), origins)),
        }
    }
}
