//! Names in an index that filters can choose from: functions with their versions, accounts, regions and tenants.

use std::collections::BTreeSet;

use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;

use super::{select::FunctionIdentity, table::InvocationIndex};
use crate::view::Catalog;

/// Maximum number of tenants in [`Names::tenants`].
const MAX_TENANTS: usize = 1_000;

/// Names that occur in an index, each list in the order of the alphabet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Names {
    /// Functions.
    pub functions: Vec<FunctionNames>,
    /// Accounts that own functions.
    pub accounts: BTreeSet<String>,
    /// Regions of functions.
    pub regions: BTreeSet<String>,
    /// Tenants that the platform names, at most a thousand.
    pub tenants: BTreeSet<String>,
}

/// A function with its versions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionNames {
    /// Identity of the function.
    #[serde(flatten)]
    pub identity: FunctionIdentity,
    /// Known versions.
    pub versions: BTreeSet<String>,
}

impl InvocationIndex {
    /// Returns the names of all invocations.
    #[must_use]
    pub fn names(&self, catalog: &Catalog) -> Names {
        let mut names = Names::default();
        self.for_each_function(TimeRange::default(), catalog, |function| {
            let identity = &function.identity;
            names.accounts.extend(identity.account.clone());
            names.regions.extend(identity.region.clone());
            let versions = function.origins.iter().map(|at| self.origins.version(*at));
            let versions = versions.filter(|version| !version.is_empty()).map(str::to_owned).collect();
            names.functions.push(FunctionNames { identity: identity.clone(), versions });
        });
        names.functions.sort_by(|a, b| a.identity.cmp(&b.identity));
        names.tenants = self.tables.tenants().iter().take(MAX_TENANTS).map(|name| name.to_string()).collect();
        names
    }
}
