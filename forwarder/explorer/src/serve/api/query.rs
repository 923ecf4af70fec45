//! `GET /api/v1/query`: rows of a query in the Logs Insights query language, or in SQL.

use std::{sync::Arc, time::Instant};

use serde::Serialize;
use serde_json::value::RawValue;

use super::context::{QueryContext, Selection};
use crate::{
    query::{
        Answer, Partial, RunError,
        language::{self, QueryError},
        print,
        sql::{self, SqlError, SqlOptions},
        value::Value,
    },
    serve::{
        query_params::{Language, QueryParams, format_place},
        query_slots::TIME_LIMIT,
        response::{self, Problem},
    },
    store::LogPosition,
    view::format::count,
};

/// Maximum size of all rows and links in bytes, so that the response is smaller than 16 MiB.
const MAX_ROW_BYTES: usize = 15 * 1024 * 1024;

#[derive(Serialize)]
struct QueryAnswer<'a> {
    columns: &'a [String],
    rows: Vec<Box<RawValue>>,
    links: Vec<Option<Box<RawValue>>>,
    rows_before_limit: u64,
    events: u64,
    elapsed_ms: u64,
    partial: Option<PartialResult>,
    notes: Vec<String>,
}

/// Log event or invocation that a row stands for.
#[derive(Serialize)]
struct QueryLink<'a> {
    place: Option<String>,
    function: Option<&'a str>,
    request_id: Option<&'a str>,
}

/// Reason why a result stands for a part of the log only.
#[derive(Debug, Serialize)]
pub(super) struct PartialResult {
    reason: &'static str,
    message: String,
}

/// Columns by which a row names its function and its request.
struct LinkColumns {
    function: Option<usize>,
    request_id: Option<usize>,
}

pub(super) fn run(context: &QueryContext<'_>, params: &QueryParams) -> Result<Vec<u8>, Problem> {
    let begin = Instant::now();
    let (answer, notes, names) = match params.language()? {
        Language::Insights => {
            let (answer, notes) = run_insights(context, params)?;
            (answer, notes, ["@function", "@requestId"])
        }
        Language::Sql => (run_sql(context, params)?, Vec::new(), ["function", "request_id"]),
    };
    let [function, request_id] =
        names.map(|name| answer.table.columns.iter().position(|column| column == name));
    let (rows, links) = rows(&answer, &LinkColumns { function, request_id }, MAX_ROW_BYTES)?;
    let kept = u64::try_from(answer.table.rows.len()).unwrap_or(u64::MAX);
    let mut partial = answer.partial.map(|partial| PartialResult::new(partial, answer.events));
    if rows.len() < answer.table.rows.len() {
        partial.get_or_insert_with(|| PartialResult::too_large(rows.len()));
    }
    response::to_json(&QueryAnswer {
        columns: &answer.table.columns,
        rows,
        links,
        rows_before_limit: kept.saturating_add(answer.cut),
        events: answer.events,
        elapsed_ms: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        partial,
        notes,
    })
}

/// Runs a query. Returns also remarks about it.
fn run_insights(context: &QueryContext<'_>, params: &QueryParams) -> Result<(Answer, Vec<String>), Problem> {
    let text = params.query()?;
    let (range, limit) = (params.time_range()?, params.rows()?);
    let query = language::parse(text).map_err(|error| Problem::malformed_query(&error, text))?;
    let selection = Selection { range, limit: Some(limit), ..Selection::default() };
    let answer = context.run(&query, selection).map_err(|error| problem(error, text))?;
    Ok((answer, query.notes.into_iter().map(|note| note.text).collect()))
}

/// Converts the failure to run the query with this text.
pub(super) fn problem(error: RunError, text: &str) -> Problem {
    match error {
        RunError::Plan(error) => {
            Problem::malformed_query(&QueryError::new(text, error.span, error.problem), text)
        }
        RunError::Store(error) => error.into(),
    }
}

fn run_sql(context: &QueryContext<'_>, params: &QueryParams) -> Result<Answer, Problem> {
    let stop = context.stop.clone();
    let options = SqlOptions {
        store: context.path,
        catalog: context.request.catalog,
        range: params.time_range()?,
        limit: params.rows()?,
        must_cancel: Arc::new(move || stop.is_due()),
    };
    sql::run(params.query()?, &options).map_err(|error| match error {
        SqlError::Refused(_) | SqlError::Failed(_) => Problem::bad_request(error.to_string()),
        SqlError::Store(error) => error.into(),
    })
}

impl PartialResult {
    /// Converts the reason why a result is partial after so many events.
    pub(super) fn new(partial: Partial, events: u64) -> Self {
        match partial {
            Partial::Memory { .. } => Self { reason: "memory", message: partial.describe(events) },
            Partial::Truncated => Self { reason: "truncated", message: partial.describe(events) },
            Partial::Cancelled => {
                let (seconds, events) = (TIME_LIMIT.as_secs(), count(events));
                let message = format!(
                    "stopped after {seconds} seconds and {events} events; narrow the query or its time range"
                );
                Self { reason: "time", message }
            }
        }
    }

    /// Reason for a result that has more rows than a response.
    fn too_large(rows: usize) -> Self {
        let rows = count(u64::try_from(rows).unwrap_or(u64::MAX));
        let message = format!("the response has only the first {rows} rows, because it would exceed 16 MiB");
        Self { reason: "truncated", message }
    }

    /// Reason for counts that lack some values.
    pub(super) fn truncated(message: String) -> Self {
        Self { reason: "truncated", message }
    }
}

type Written = (Vec<Box<RawValue>>, Vec<Option<Box<RawValue>>>);

/// Writes the first rows that fit into `limit` bytes, and what they stand for.
fn rows(answer: &Answer, columns: &LinkColumns, limit: usize) -> Result<Written, Problem> {
    let (mut rows, mut links, mut size) = (Vec::new(), Vec::new(), 0_usize);
    for (index, row) in answer.table.rows.iter().enumerate() {
        let cells: Vec<_> = row.iter().map(print::json_cell).collect();
        let cells = response::raw(format!("[{}]", cells.join(",")))?;
        let place = answer.places.get(index).copied().flatten();
        let link = link(row, place, columns).map(|link| response::to_raw(&link)).transpose()?;
        // A comma, or `null` and a comma.
        size += cells.get().len() + 1 + link.as_ref().map_or(4, |link| link.get().len()) + 1;
        if size > limit {
            break;
        }
        rows.push(cells);
        links.push(link);
    }
    Ok((rows, links))
}

fn link<'r>(
    row: &'r [Value<'static>],
    place: Option<LogPosition>,
    columns: &LinkColumns,
) -> Option<QueryLink<'r>> {
    let text = |column: Option<usize>| match row.get(column?)? {
        Value::Text(text) if !text.is_empty() => Some(text.as_ref()),
        Value::Text(_)
        | Value::Missing
        | Value::Boolean(_)
        | Value::Number(_)
        | Value::Time(_)
        | Value::List(_)
        | Value::Map(_) => None,
    };
    let request_id = text(columns.request_id);
    let is_one = place.is_some() || request_id.is_some();
    is_one.then(|| QueryLink {
        place: place.as_ref().map(format_place),
        function: text(columns.function),
        request_id,
    })
}

#[cfg(test)]
mod tests {
    use tailwater_parser::UnixMillis;

    use super::*;
    use crate::query::Table;

    fn answer(rows: Vec<Vec<Value<'static>>>, places: Vec<Option<LogPosition>>) -> Answer {
        let table = Table { columns: vec!["@function".to_owned(), "@requestId".to_owned()], rows };
        Answer { table, places, cut: 0, events: 0, partial: None }
    }

    const COLUMNS: LinkColumns = LinkColumns { function: Some(0), request_id: Some(1) };

    #[test]
    fn row_links_to_its_event_or_to_the_request_that_it_names() {
        let place = LogPosition { time: UnixMillis(5), stream: 1, block: 2, index: 3 };
        let shop = || Value::text("shop");
        let answer = answer(
            vec![
                vec![shop(), Value::Missing],
                vec![shop(), Value::text("r1")],
                vec![shop(), Value::integer(7)],
            ],
            vec![Some(place)],
        );
        let (rows, links) = rows(&answer, &COLUMNS, 1000).unwrap();
        let links = serde_json::to_string(&links).unwrap();
        let expected = r#"[{"place":"5.1.2.3","function":"shop","request_id":null},{"place":null,"function":"shop","request_id":"r1"},null]"#;
        assert_eq!(links, expected);
        assert_eq!(serde_json::to_string(&rows).unwrap(), r#"[["shop",null],["shop","r1"],["shop",7]]"#);
    }

    #[test]
    fn rows_end_before_the_response_is_too_large() {
        // Each row has 24 bytes, and its missing link 5 with the comma.
        let row = || vec![Value::text("0123456789"), Value::integer(123_456_789)];
        let answer = answer(vec![row(), row(), row()], Vec::new());
        let written = |limit| rows(&answer, &COLUMNS, limit).unwrap().0.len();
        let bytes = r#"["0123456789",123456789]"#.len() + 1 + "null,".len();
        assert_eq!((written(2 * bytes), written(2 * bytes - 1), written(bytes - 1)), (2, 1, 0));
    }
}
