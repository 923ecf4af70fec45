//! Arguments of the table of functions.

use std::num::NonZeroUsize;

use clap::{Args, builder::NonEmptyStringValueParser};

use super::positive;
use crate::cli::table::{NameFilter, Rows, SortColumn};

/// Arguments of the table of functions.
#[derive(Args, Debug)]
pub(in crate::cli) struct TableArgs {
    /// Column of the table to sort by
    ///
    /// Numbers come from the greatest, names from A to Z. The default order is that of invocations.
    #[arg(long, value_name = "COLUMN", conflicts_with = "json")]
    pub(in crate::cli) sort: Option<SortColumn>,

    /// Show only the first N functions
    ///
    /// Totals, findings and notes stay those of all functions.
    #[arg(long, value_name = "N", value_parser = positive, conflicts_with = "json")]
    pub(in crate::cli) top: Option<NonZeroUsize>,

    /// Show only functions with this text in their name, or whose name matches a glob such as 'shop-*'
    ///
    /// Upper and lower case are the same. Totals, findings and notes stay those of all functions.
    #[arg(long, value_name = "GLOB", value_parser = filter(), conflicts_with = "json")]
    pub(in crate::cli) filter: Option<NameFilter>,
}

fn filter() -> impl clap::builder::TypedValueParser<Value = NameFilter> {
    use clap::builder::TypedValueParser as _;
    NonEmptyStringValueParser::new().try_map(|text| NameFilter::read(&text))
}

impl TableArgs {
    /// Returns the rows that the flags ask for.
    pub(in crate::cli) fn rows(&self) -> Rows {
        Rows { sort: self.sort, top: self.top.map(NonZeroUsize::get), filter: self.filter.clone() }
    }
}
