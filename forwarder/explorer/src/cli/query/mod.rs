//! `tailwater query`: runs a query over the store, or over files, and prints its rows.

mod output;
mod temporary;

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use self::temporary::TemporaryStore;
use super::{
    args::{self, QueryArgs},
    assumptions::AssumptionFlags,
    clock::now,
    exit::Exit,
    interrupt::Interrupt,
    stderr, stdout,
};
use crate::{
    query::{
        self, Answer, DEFAULT_MEMORY, DEFAULT_ROWS, Options, Partial, RunError, Tables,
        language::{self, Query, QueryError},
        named::{NamedQuery, Parameter, named_queries},
        sql::{self, SqlError, SqlOptions},
    },
    store::Store,
    view::format::count,
};

/// Question of a command line.
enum Question<'q> {
    /// Query with its text.
    Query(&'q str, Box<Query>),
    /// SQL statement.
    Sql(&'q str),
}

/// Runs the command.
pub(super) fn run(args: &QueryArgs, interrupt: &Interrupt) -> anyhow::Result<Exit> {
    if let Some(problem) = output::problem(args.format, args.output.as_deref()) {
        return Ok(wrong_usage(problem));
    }
    if let Some(sql) = &args.sql {
        // Without a query, its argument is the first path.
        let first = args.query.iter().map(PathBuf::from);
        let paths: Vec<_> = first.chain(args.paths.iter().cloned()).collect();
        return ask(args, &paths, &Question::Sql(sql), interrupt);
    }
    let named = match named_queries(args.queries.as_deref()) {
        Ok(named) => named,
        Err(error) => return Ok(wrong_usage(&error.to_string())),
    };
    if args.list {
        return list(&named);
    }
    let text = match text(args, &named) {
        Ok(text) => text,
        Err(problem) => return Ok(wrong_usage(&problem)),
    };
    match language::parse(&text) {
        Ok(query) => {
            query.notes.iter().for_each(|note| stderr::log(&note.text));
            ask(args, &args.paths, &Question::Query(&text, Box::new(query)), interrupt)
        }
        Err(error) => {
            let exit = malformed(&error, &text);
            suggest_named(&text, &named);
            Ok(exit)
        }
    }
}

fn list(named: &[NamedQuery]) -> anyhow::Result<Exit> {
    let width = named.iter().map(|query| query.name.chars().count()).max().unwrap_or(0);
    for query in named {
        let parameter = |parameter: &Parameter| {
            let value = parameter.default.as_deref().unwrap_or("…");
            format!(" --param {}={value}", parameter.name)
        };
        let parameters: String = query.parameters.iter().map(parameter).collect();
        let line = format!("{:width$}  {:5}  {}{parameters}", query.name, query.chart.name(), query.question);
        stdout::write_line(line.trim_end())?;
    }
    Ok(Exit::Success)
}

/// Text of the query: that of a named one, or the argument itself.
fn text(args: &QueryArgs, named: &[NamedQuery]) -> Result<String, String> {
    let argument = args.query.as_deref().unwrap_or_default();
    match named.iter().find(|query| query.name == argument.trim()) {
        Some(query) => query.fill(&args.param).map_err(|error| error.to_string()),
        None if !args.param.is_empty() => {
            Err(format!("--param is for named queries, and none is called {argument:?}; --list shows them"))
        }
        None => Ok(argument.to_owned()),
    }
}

fn wrong_usage(problem: &str) -> Exit {
    stderr::log(problem);
    Exit::WrongUsage
}

/// Says where a query is wrong.
fn malformed(error: &QueryError, text: &str) -> Exit {
    stderr::log(error);
    error.excerpt(text).lines().for_each(stderr::write_line);
    Exit::WrongUsage
}

/// Says which named query resembles a text of one word.
fn suggest_named(text: &str, named: &[NamedQuery]) {
    let word = text.trim();
    if word.contains(char::is_whitespace) {
        return;
    }
    let hint = language::nearest(word, named.iter().map(|query| query.name.as_str()))
        .map_or_else(String::new, |name| format!(", but `{name}` is"));
    stderr::log(format_args!("{word:?} is not a named query either{hint}; --list shows all"));
}

/// Asks the store, or the files at `paths`.
fn ask(
    args: &QueryArgs,
    paths: &[PathBuf],
    question: &Question<'_>,
    interrupt: &Interrupt,
) -> anyhow::Result<Exit> {
    if paths.is_empty() {
        return ask_store(&args.store, args, question, interrupt, Exit::Success);
    }
    let read = TemporaryStore::read(args, paths, interrupt)?;
    if interrupt.is_requested() {
        return Ok(Exit::Interrupted);
    }
    let exit = if read.is_complete { Exit::Success } else { Exit::Failure };
    ask_store(read.path(), args, question, interrupt, exit)
}

/// Asks a store. `exit` is the result if nothing goes wrong.
fn ask_store(
    store: &Path,
    args: &QueryArgs,
    question: &Question<'_>,
    interrupt: &Interrupt,
    exit: Exit,
) -> anyhow::Result<Exit> {
    let flags = AssumptionFlags {
        region: args.region.as_deref(),
        arch: args.arch,
        functions: args.functions.as_ref(),
        log_price: None,
    };
    let catalog = flags.catalog_for_reading(&Store::open_read_only(store)?)?;
    let now = now();
    let range = match args::time_range(args.since, args.until, now) {
        Ok(range) => range,
        Err(problem) => return Ok(wrong_usage(&problem)),
    };
    let (own, deadline) = (interrupt.clone(), args.timeout.map(Duration::from_secs));
    let begin = Instant::now();
    let must_cancel =
        move || own.is_requested() || deadline.is_some_and(|deadline| begin.elapsed() >= deadline);
    match question {
        Question::Sql(sql) => {
            let limit = args.limit.unwrap_or(DEFAULT_ROWS);
            let must_cancel = Arc::new(must_cancel);
            let options = SqlOptions { store, catalog: &catalog, range, limit, must_cancel };
            match sql::run(sql, &options) {
                Ok(answer) => finish(&answer, args, interrupt, exit),
                Err(error @ SqlError::Refused(_)) => Ok(wrong_usage(&error.to_string())),
                Err(error) => Err(error.into()),
            }
        }
        Question::Query(text, query) => {
            let tables = Tables { folder: args.tables.clone() };
            let jobs = args.jobs.or_else(|| thread::available_parallelism().ok());
            let options = Options {
                store,
                catalog: &catalog,
                tables: &tables,
                range,
                filter: None,
                now: now.0,
                jobs: jobs.map_or(1, NonZeroUsize::get),
                memory: DEFAULT_MEMORY,
                limit: args.limit,
                must_cancel: &must_cancel,
            };
            run_query(text, query, &options, args, interrupt, exit)
        }
    }
}

/// Runs or explains a query.
fn run_query(
    text: &str,
    query: &Query,
    options: &Options<'_>,
    args: &QueryArgs,
    interrupt: &Interrupt,
    exit: Exit,
) -> anyhow::Result<Exit> {
    if args.explain {
        return match query::explain(query, options) {
            Ok(explanation) => {
                explanation.lines().try_for_each(stdout::write_line)?;
                Ok(exit)
            }
            Err(error) => failed(error, text),
        };
    }
    match query::run(query, options) {
        Ok(answer) => finish(&answer, args, interrupt, exit),
        Err(error) => failed(error, text),
    }
}

/// Prints the rows, and says what they lack.
fn finish(answer: &Answer, args: &QueryArgs, interrupt: &Interrupt, exit: Exit) -> anyhow::Result<Exit> {
    output::write(&answer.table, args.format, args.output.as_deref())?;
    Ok(report(answer, interrupt, exit))
}

fn failed(error: RunError, text: &str) -> anyhow::Result<Exit> {
    match error {
        RunError::Plan(error) => {
            let error = QueryError::new(text, error.span, error.problem);
            Ok(malformed(&error, text))
        }
        RunError::Store(error) => Err(error.into()),
    }
}

/// Says what the result lacks.
fn report(answer: &Answer, interrupt: &Interrupt, exit: Exit) -> Exit {
    let rows = u64::try_from(answer.table.rows.len()).unwrap_or(u64::MAX);
    if answer.cut > 0 {
        stderr::log(format_args!(
            "only the first {} rows are shown; set `| limit N` or --limit for more",
            count(rows)
        ));
    }
    match answer.partial {
        None => exit,
        Some(partial @ (Partial::Memory { .. } | Partial::Truncated)) => {
            stderr::log(format_args!("the result is partial: {}", partial.describe(answer.events)));
            Exit::Failure
        }
        Some(Partial::Cancelled) => {
            let events = count(answer.events);
            let (reason, exit) = if interrupt.is_requested() {
                ("interrupted", Exit::Interrupted)
            } else {
                ("stopped by --timeout", Exit::Failure)
            };
            stderr::log(format_args!("the result is partial: {reason} after {events} events"));
            exit
        }
    }
}
