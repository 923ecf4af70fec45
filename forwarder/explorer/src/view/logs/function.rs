//! Lines of one function as the summary shows it.

use tailwater_parser::Origin;

use super::{collect::LogCosts, function_logs::FunctionLogs, price::Prices};
use crate::view::{View, catalog::Catalog, index::FunctionIdentity};

/// Lines of one function, with its name and prices.
#[derive(Debug)]
pub(super) struct Function {
    pub(super) identity: FunctionIdentity,
    /// Origin of some of the lines.
    pub(super) origin: Origin,
    /// Prices of logs in its region; `None` if they are unknown.
    pub(super) prices: Option<Prices>,
    pub(super) logs: FunctionLogs,
}

/// Merges the lines of each function, whose name and region may be known from some of the lines only.
pub(super) fn merge(costs: LogCosts, catalog: &Catalog) -> Vec<Function> {
    let mut view = View::default();
    for (id, place) in costs.places.iter().enumerate() {
        view.attach(&place.origin, id);
    }
    let groups: Vec<_> = view
        .merged(catalog)
        .iter()
        .map(|stats| (FunctionIdentity::of(stats, catalog), stats.attached().to_vec()))
        .collect();
    let mut places: Vec<_> = costs.places.into_iter().map(Some).collect();
    let mut functions = Vec::with_capacity(groups.len());
    for (identity, ids) in groups {
        let own = ids.into_iter().filter_map(|id| places.get_mut(id).and_then(Option::take));
        let merged = own.reduce(|mut all, place| {
            all.logs.merge(place.logs);
            // The smallest name does not depend on the order of the lines.
            if named(&place.origin) < named(&all.origin) {
                all.origin = place.origin;
            }
            all
        });
        if let Some(place) = merged {
            let prices = Prices::of(identity.region.as_deref(), catalog.log_price);
            functions.push(Function { identity, origin: place.origin, prices, logs: place.logs });
        }
    }
    functions.sort_by(|a, b| a.identity.cmp(&b.identity));
    functions
}

/// Names in the order in which they are preferred: a known function first.
fn named(origin: &Origin) -> (bool, &str, &str) {
    (origin.function().is_empty(), origin.function(), origin.log_group())
}
