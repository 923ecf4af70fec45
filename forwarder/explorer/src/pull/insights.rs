//! Reads the events of a log group that a Logs Insights query returns, for groups that `FilterLogEvents` cannot read.

use std::{borrow::Cow, collections::HashMap, time::Duration};

use foldhash::fast::RandomState;
use serde::Deserialize;
use serde_json::{Value, json};
use tailwater_forwarder::aws::Call;
use tailwater_parser::{UnixMillis, timestamp};
use xxhash_rust::xxh3::xxh3_128;

use super::{
    account::Account,
    api::Api,
    discover::Group,
    error::PullError,
    events::{FilteredEvent, PageHandler},
    operation::Operation,
};

/// Maximum number of rows of a query; AWS allows no more.
const MAX_ROWS: usize = 10_000;
/// Pause between two requests for the results of a query.
const POLL: Duration = Duration::from_millis(500);
/// Fields that every row needs. A command in front of the user's query adds them to its fields.
const FIELDS: &str = "fields @timestamp, @message, @logStream";

/// Row of a result that is an event.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Row {
    stream: String,
    time: i64,
    message: String,
}

/// Reads the events of a log group that a query returns, with times from `since` up to but not including `until`. A range
/// with too many rows is divided, and each half is queried again, which costs its price again.
///
/// The rows have no event ids. An event gets an id of its stream, time and message, so that the same query, repeated or with
/// another range, gives the same events.
///
/// # Errors
/// Returns an error if a request fails for good, if the query fails, or if its rows are no events.
pub async fn query_group(
    api: &Api<'_>,
    account: &Account,
    group: &Group,
    (since, until): (UnixMillis, UnixMillis),
    query: &str,
    handler: &mut dyn PageHandler,
) -> Result<(), PullError> {
    // AWS takes whole seconds, of which the last one is included.
    let range = (since.0.div_euclid(1000).max(0), until.0.saturating_sub(1).div_euclid(1000));
    let mut open = vec![range];
    while let Some((first, last)) = open.pop() {
        if first > last {
            continue;
        }
        let rows = run(api, account, group, (first, last), query).await?;
        if rows.len() < MAX_ROWS {
            page(group, rows, handler);
        } else if first < last {
            let middle = first + (last - first) / 2;
            open.extend([(middle + 1, last), (first, middle)]);
        } else {
            return Err(PullError::TooManyRows(MAX_ROWS));
        }
        if handler.has_failed() {
            return Err(PullError::Interrupted);
        }
    }
    Ok(())
}

/// Answer of `StartQuery`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Started {
    query_id: String,
}

/// Answer of `GetQueryResults`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Results {
    status: String,
    #[serde(default)]
    results: Vec<Vec<Cell>>,
}

#[derive(Deserialize)]
struct Cell {
    field: String,
    #[serde(default)]
    value: String,
}

/// Runs a query over a range of seconds, both included, and returns its rows in the order of their events.
async fn run(
    api: &Api<'_>,
    account: &Account,
    group: &Group,
    (first, last): (i64, i64),
    query: &str,
) -> Result<Vec<Row>, PullError> {
    let body = json!({
        "logGroupName": group.name,
        "startTime": first,
        "endTime": last,
        "queryString": format!("{FIELDS} | {query}"),
        "limit": MAX_ROWS,
    });
    let started: Started = call(api, account, Operation::StartQuery, &body).await?;
    let body = json!({"queryId": started.query_id});
    loop {
        let results: Results = call(api, account, Operation::GetQueryResults, &body).await?;
        match results.status.as_str() {
            "Complete" => {
                let rows: Option<Vec<Row>> = results.results.into_iter().map(row).collect();
                let mut rows = rows.ok_or(PullError::NotEvents)?;
                rows.sort();
                return Ok(rows);
            }
            "Scheduled" | "Running" | "Unknown" => api.pause(POLL).await?,
            _ => return Err(PullError::Query(results.status)),
        }
    }
}

async fn call<T: for<'de> Deserialize<'de>>(
    api: &Api<'_>,
    account: &Account,
    operation: Operation,
    body: &Value,
) -> Result<T, PullError> {
    let answer = api.call(account, operation, &Call::Json { target: operation.target(), body }).await?;
    serde_json::from_slice(&answer).map_err(|_| PullError::InvalidAnswer(operation))
}

/// Reads a row; `None` if it is no event.
fn row(cells: Vec<Cell>) -> Option<Row> {
    let mut fields: HashMap<_, _, RandomState> =
        cells.into_iter().map(|cell| (cell.field, cell.value)).collect();
    Some(Row {
        stream: fields.remove("@logStream").unwrap_or_default(),
        // Such as `2026-03-04 10:00:00.123`, in UTC.
        time: timestamp::read_all(&fields.remove("@timestamp")?)?.0,
        message: fields.remove("@message")?,
    })
}

/// Passes sorted rows on as events. Equal rows are counted, so that each has an id of its own.
fn page(group: &Group, rows: Vec<Row>, handler: &mut dyn PageHandler) {
    let mut events: Vec<FilteredEvent<'_>> = Vec::with_capacity(rows.len());
    let (mut last, mut same) = (0, 0_u64);
    for Row { stream, time, message } in rows {
        let hash = xxh3_128(format!("{stream}\0{time}\0{message}").as_bytes());
        same = if hash == last { same + 1 } else { 0 };
        last = hash;
        events.push(FilteredEvent {
            event_id: Cow::Owned(format!("insights-{hash:032x}-{same}")),
            log_stream_name: Cow::Owned(stream),
            timestamp: time,
            message: Cow::Owned(message),
        });
    }
    handler.page(group, &events);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pull::Covered;

    fn cells(fields: &[(&str, &str)]) -> Vec<Cell> {
        let cell =
            |(field, value): &(&str, &str)| Cell { field: (*field).to_owned(), value: (*value).to_owned() };
        fields.iter().map(cell).collect()
    }

    #[test]
    fn row_is_an_event_if_it_has_time_and_message() {
        let time = ("@timestamp", "2026-03-04 10:00:00.123");
        let found = row(cells(&[time, ("@message", "m"), ("@logStream", "s"), ("@ptr", "p")])).unwrap();
        assert_eq!(
            (found.time, found.message.as_str(), found.stream.as_str()),
            (1_772_618_400_123, "m", "s")
        );
        assert_eq!(row(cells(&[time, ("@message", "m")])).unwrap().stream, "");
        assert_eq!(row(cells(&[time, ("count(*)", "7")])), None);
        assert_eq!(row(cells(&[("bin(5m)", "2026-03-04 10:00:00.000"), ("@message", "m")])), None);
    }

    #[derive(Default)]
    struct Ids(Vec<String>);

    impl PageHandler for Ids {
        fn page(&mut self, _: &Group, events: &[FilteredEvent<'_>]) {
            self.0.extend(events.iter().map(|event| event.event_id.to_string()));
        }

        fn covered(&mut self, _: &Group, _: Covered) {}

        fn has_failed(&self) -> bool {
            false
        }
    }

    #[test]
    fn ids_depend_on_the_event_alone_and_equal_events_are_kept() {
        let row = |time: i64| Row { stream: "s".to_owned(), time, message: "m".to_owned() };
        let ids = |rows: Vec<Row>| {
            let mut ids = Ids::default();
            page(&Group::default(), rows, &mut ids);
            ids.0
        };
        let all = ids(vec![row(1), row(1), row(2)]);
        assert_eq!(all.len(), 3);
        assert!(all[0].ends_with("-0") && all[1].ends_with("-1") && all[0] != all[2], "{all:?}");
        assert_eq!(ids(vec![row(2)])[0], all[2]);
    }
}
