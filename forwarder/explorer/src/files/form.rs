//! The forms in which people hold logs.

use std::fmt;

/// A form in which people hold logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// Lambda events: subscription, Kinesis, SQS, SNS, Firehose.
    LambdaEvents,
    /// Subscription documents and pages of `filter-log-events` and `get-log-events`, one after the other.
    Documents,
    /// Subscription documents, one a line.
    DocumentLines,
    /// `aws logs get-query-results`.
    QueryResults,
    /// Events in one array, or one after the other: the JSON that Logs Insights exports, what `jq` takes out of pages.
    EventRows,
    /// Events, one a line.
    EventLines,
    /// Our own records, one a line.
    Records,
    /// The console's CSV.
    ConsoleCsv,
    /// The CSV that Logs Insights exports.
    InsightsCsv,
    /// `aws logs tail`.
    TailDetailed,
    /// `aws logs tail --format short`.
    TailShort,
    /// `sam logs`.
    SamLogs,
    /// CloudWatch's export to S3.
    Export,
    /// What a function wrote.
    Plain,
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::LambdaEvents => "Lambda events",
            Self::Documents => "documents of log events",
            Self::DocumentLines => "documents of log events, one a line",
            Self::QueryResults => "output of aws logs get-query-results",
            Self::EventRows => "log events",
            Self::EventLines => "log events, one a line",
            Self::Records => "records of Tailwater",
            Self::ConsoleCsv => "CSV of the console",
            Self::InsightsCsv => "CSV of Logs Insights",
            Self::TailDetailed => "output of aws logs tail",
            Self::TailShort => "output of aws logs tail --format short",
            Self::SamLogs => "output of sam logs",
            Self::Export => "CloudWatch's export to S3",
            Self::Plain => "function output",
        })
    }
}
