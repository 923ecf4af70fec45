//! Rows of the table of functions: their order, and which are shown.

use std::cmp::Ordering;

use clap::ValueEnum;
use glob::{MatchOptions, Pattern};

use crate::view::{FunctionSummary, format};

/// Functions that have a row in the table, and their order.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Column that the rows are sorted by; `None` is the order of the summary.
    pub sort: Option<SortColumn>,
    /// Greatest number of rows.
    pub top: Option<usize>,
    /// Functions to show.
    pub filter: Option<NameFilter>,
}

/// Column that rows are sorted by: names from A to Z, numbers from the greatest, and rows without a value last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[expect(missing_docs, reason = "the names are those of the columns")]
pub enum SortColumn {
    Function,
    Invocations,
    Avg,
    P50,
    P95,
    P99,
    Errors,
    Timeout,
    Oom,
    ColdStarts,
    Restores,
    Cost,
    Memory,
    Last,
}

/// Filter over function names: a glob, or a part of the name. Upper and lower case are the same.
#[derive(Clone, Debug)]
pub struct NameFilter {
    text: String,
    glob: Option<Pattern>,
}

impl Rows {
    /// Returns the rows to show, in their order.
    pub(super) fn of<'f>(&self, functions: &'f [FunctionSummary]) -> Vec<&'f FunctionSummary> {
        let is_shown =
            |row: &&FunctionSummary| self.filter.as_ref().is_none_or(|filter| filter.matches(&row.function));
        let mut rows: Vec<_> = functions.iter().filter(is_shown).collect();
        if let Some(column) = self.sort {
            rows.sort_by(|a, b| column.compare(a, b));
        }
        rows.truncate(self.top.unwrap_or(usize::MAX));
        rows
    }

    /// Says how many rows are hidden; `None` if all are shown.
    pub(super) fn note(&self, shown: usize, all: usize) -> Option<String> {
        let number = |n: usize| format::count(u64::try_from(n).unwrap_or(u64::MAX));
        let hidden = all.checked_sub(shown).filter(|hidden| *hidden > 0)?;
        let filter = self.filter.as_ref().map(|filter| format!("--filter {}", filter.text));
        let top = self.top.map(|top| format!("--top {top}"));
        let flags: Vec<_> = filter.into_iter().chain(top).collect();
        let are = if hidden == 1 { "is" } else { "are" };
        Some(format!(
            "{} of {} functions {are} hidden by {}; everything above and below the table is of all",
            number(hidden),
            number(all),
            flags.join(" and ")
        ))
    }
}

impl SortColumn {
    /// Returns the title of the column.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Function => "FUNCTION",
            Self::Invocations => "INVOCATIONS",
            Self::Avg => "AVG",
            Self::P50 => "P50",
            Self::P95 => "P95",
            Self::P99 => "P99",
            Self::Errors => "ERRORS",
            Self::Timeout => "TIMEOUT",
            Self::Oom => "OOM",
            Self::ColdStarts => "COLD STARTS",
            Self::Restores => "RESTORES",
            Self::Cost => "COST",
            Self::Memory => "MEMORY",
            Self::Last => "LAST",
        }
    }

    fn compare(self, a: &FunctionSummary, b: &FunctionSummary) -> Ordering {
        let (times_a, times_b) = (&a.times.duration, &b.times.duration);
        match self {
            Self::Function => a.function.cmp(&b.function),
            Self::Invocations => b.invocations.cmp(&a.invocations),
            Self::Avg => times_b.avg.cmp(&times_a.avg),
            Self::P50 => times_b.p50.cmp(&times_a.p50),
            Self::P95 => times_b.p95.cmp(&times_a.p95),
            Self::P99 => times_b.p99.cmp(&times_a.p99),
            Self::Errors => b.outcomes.errors.cmp(&a.outcomes.errors),
            Self::Timeout => b.outcomes.timeouts.cmp(&a.outcomes.timeouts),
            Self::Oom => b.outcomes.out_of_memory.cmp(&a.outcomes.out_of_memory),
            Self::ColdStarts => b.starts.cold_starts.cmp(&a.starts.cold_starts),
            Self::Restores => b.starts.restores.cmp(&a.starts.restores),
            Self::Cost => b.billing.cost.cmp(&a.billing.cost),
            Self::Memory => {
                let percent = |row: &FunctionSummary| row.memory_used_pct.unwrap_or(-1.0);
                percent(b).total_cmp(&percent(a))
            }
            Self::Last => b.last_start.cmp(&a.last_start),
        }
    }
}

impl NameFilter {
    /// Reads a glob if the text has one of `*?[`, else a part of a name.
    ///
    /// # Errors
    /// Returns the reason why the glob is invalid.
    pub fn read(text: &str) -> Result<Self, String> {
        let is_glob = text.contains(['*', '?', '[']);
        let glob = is_glob.then(|| Pattern::new(text)).transpose();
        let glob = glob.map_err(|error| format!("{}; to find a bracket, write [[]", error.msg))?;
        Ok(Self { text: text.to_owned(), glob })
    }

    fn matches(&self, name: &str) -> bool {
        let options = MatchOptions { case_sensitive: false, ..MatchOptions::default() };
        match &self.glob {
            Some(glob) => glob.matches_with(name, options),
            None => name.to_lowercase().contains(&self.text.to_lowercase()),
        }
    }
}
