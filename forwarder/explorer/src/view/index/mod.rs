//! Compact in-memory index of all invocations, ordered by time, so that any time range of a store is summarized in
//! milliseconds.
//!
//! Its numbers equal those of a [`View`](super::View) of the same invocations. Each segment of many invocations keeps
//! its view, so a summary merges few views and adds only the invocations at the ends of the range. An invocation takes
//! 136 bytes, a segment about 4 KiB for each function.

mod buckets;
mod compact;
mod cost;
mod cost_key;
mod kept;
mod links;
mod list;
#[cfg(test)]
mod list_tests;
mod names;
mod origins;
mod runs;
mod segments;
mod select;
mod series;
mod slow;
mod subset;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use self::runs::request_hash;
pub(in crate::view) use self::runs::stream_hash;
pub use self::{
    buckets::Buckets,
    compact::{InvocationId, Position},
    cost::{CostParts, DayCost, FunctionCost, VersionCost},
    links::VersionOf,
    list::{InvocationFilter, InvocationPage, ListContext, ListOptions, ListPlace, OutcomeFilter, SortOrder},
    names::{FunctionNames, Names},
    select::{FunctionFilter, FunctionIdentity, Selection},
    series::{Series, Sparkline, Sparklines},
    slow::SlowLimits,
    subset::VersionAges,
    table::{Changes, InvocationIndex},
};
pub use super::percentiles::Quantiles;
