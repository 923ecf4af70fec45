//! The input formats and their names.

use std::fmt;

/// Format of a local log file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InputFormat {
    /// Lambda events: CloudWatch Logs subscription, Kinesis, SQS, SNS, Firehose.
    LambdaEvents,
    /// CloudWatch Logs subscription documents, and pages of `filter-log-events` and `get-log-events`,
    /// concatenated.
    Documents,
    /// CloudWatch Logs subscription documents, one per line.
    DocumentLines,
    /// Output of `aws logs get-query-results`.
    QueryResults,
    /// Log events as a JSON array, or concatenated: for example the JSON export of Logs Insights, or events
    /// that `jq` extracted from pages of `filter-log-events`.
    EventRows,
    /// Log events as JSON objects, one per line.
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
    /// Output of `awslogs get`.
    Awslogs,
    /// Output of `saw get --pretty` and `saw watch`.
    Saw,
    /// Table of log events as text: ASCII table or Markdown, as the console and Logs Insights copy it.
    Table,
    /// Rows of a time and a message, copied from the console, saved by an editor or printed by `sls logs`.
    Rows,
    /// File of a CloudWatch export to S3.
    Export,
    /// Plain output of a function, as text lines.
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
            Self::Awslogs => "output of awslogs",
            Self::Saw => "output of saw",
            Self::Table => "table of log events",
            Self::Rows => "rows of time and message",
            Self::Export => "CloudWatch export to S3",
            Self::Plain => "plain function output",
        })
    }
}
