//! Cost of single invocations as a number by which they are ordered.

use tailwater_parser::derive::Terms;

use super::{
    compact::CompactInvocation,
    origins::{OriginTable, to_index},
};
use crate::view::Catalog;

/// Calculates cost keys. The terms of each origin are looked up once.
pub(super) struct CostKeys<'c> {
    origins: &'c OriginTable,
    catalog: &'c Catalog,
    terms: Vec<Option<Terms<'c>>>,
}

impl<'c> CostKeys<'c> {
    pub(super) fn new(origins: &'c OriginTable, catalog: &'c Catalog) -> Self {
        Self { origins, catalog, terms: vec![None; origins.len()] }
    }

    /// Number that is greater the more an invocation cost, and equal for equal costs; `None` if the cost is unknown.
    pub(super) fn of(&mut self, invocation: &CompactInvocation) -> Option<u64> {
        let origin = self.origins.origin(invocation.origin_id);
        let terms = to_index(invocation.origin_id).and_then(|at| self.terms.get_mut(at))?;
        let terms = terms.get_or_insert_with(|| self.catalog.terms(origin));
        let cost = invocation.expand(origin).cost(terms).ok()?;
        // The bits of numbers that are not negative are in the order of the numbers.
        Some(cost.total.dollars().to_bits())
    }
}
