//! Filters over functions, and the functions as the summary shows them, each with the origins that belong to
//! it.

use std::time::Duration;

use serde::Serialize;
use tailwater_forwarder::pipeline::TimeRange;
use tailwater_parser::{derive::Terms, price::Cpu};

use super::{
    origins::{OriginId, to_index},
    table::InvocationIndex,
};
use crate::view::{
    View, catalog::Catalog, errors::ErrorEvent, function_stats::FunctionStats, resolved::ResolvedFunction,
};

/// Identity of a function as the summary shows it: its name, and its account and region if they are known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct FunctionIdentity {
    /// Name of the function.
    pub function: String,
    /// Account that owns the function.
    pub account: Option<String>,
    /// Region of the function.
    pub region: Option<String>,
}

/// Filter over functions and versions. A member that is `None` matches everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunctionFilter<'f> {
    /// Name of the function.
    pub function: Option<&'f str>,
    /// Account that owns the function.
    pub account: Option<&'f str>,
    /// Region of the function.
    pub region: Option<&'f str>,
    /// Name of the version.
    pub version: Option<&'f str>,
}

impl FunctionFilter<'_> {
    /// True if the function matches; the version is not compared.
    #[must_use]
    pub fn matches(&self, identity: &FunctionIdentity) -> bool {
        self.function.is_none_or(|function| function == identity.function)
            && self.account.is_none_or(|account| identity.account.as_deref() == Some(account))
            && self.region.is_none_or(|region| identity.region.as_deref() == Some(region))
    }
}

/// Set of origins whose functions and versions match a filter.
#[derive(Debug)]
pub struct Selection {
    /// For each origin id, true if the origin is selected.
    is_selected: Vec<bool>,
}

impl Selection {
    /// Creates a selection: for each origin id, true if the origin is selected.
    pub(super) fn new(is_selected: Vec<bool>) -> Self {
        Self { is_selected }
    }

    pub(super) fn contains(&self, id: OriginId) -> bool {
        to_index(id).and_then(|at| self.is_selected.get(at)).copied().unwrap_or(false)
    }
}

/// A function as the summary shows it, and the ids of its origins.
pub(super) struct FunctionGroup<'a> {
    pub(super) identity: FunctionIdentity,
    pub(super) terms: Terms<'a>,
    /// Architecture, if the catalog or `--arch` gives it.
    pub(super) known_cpu: Option<Cpu>,
    /// Timeout in the catalog.
    pub(super) timeout: Option<Duration>,
    pub(super) origins: &'a [usize],
}

impl FunctionIdentity {
    /// Identity of a function, completed by the catalog.
    pub(in crate::view) fn of(function: &FunctionStats, catalog: &Catalog) -> Self {
        Self::resolved(function, &ResolvedFunction::of(function, catalog))
    }

    fn resolved(function: &FunctionStats, resolved: &ResolvedFunction<'_>) -> Self {
        Self {
            function: function.name().to_owned(),
            account: function.account().or_else(|| resolved.configuration?.account()).map(str::to_owned),
            region: resolved.region.map(str::to_owned),
        }
    }
}

impl<'a> FunctionGroup<'a> {
    fn new(function: &'a FunctionStats, catalog: &'a Catalog) -> Self {
        let resolved = ResolvedFunction::of(function, catalog);
        Self {
            identity: FunctionIdentity::resolved(function, &resolved),
            terms: resolved.terms(),
            known_cpu: (!resolved.is_cpu_assumed()).then(|| resolved.cpu()),
            timeout: resolved.configuration.and_then(|configuration| configuration.timeout),
            origins: function.attached(),
        }
    }
}

impl InvocationIndex {
    /// Returns the origins of the functions and versions that match `filter`. Names and regions are those
    /// that a summary of `range` shows.
    #[must_use]
    pub fn select(&self, range: TimeRange, catalog: &Catalog, filter: &FunctionFilter<'_>) -> Selection {
        let mut is_selected = vec![false; self.origins.len()];
        self.for_each_function(range, catalog, |function| {
            if !filter.matches(&function.identity) {
                return;
            }
            let has_version =
                |at: &&usize| filter.version.is_none_or(|version| version == self.origins.version(**at));
            for at in function.origins.iter().filter(has_version) {
                if let Some(selected) = is_selected.get_mut(*at) {
                    *selected = true;
                }
            }
        });
        Selection { is_selected }
    }

    /// Calls `each` with every function that has invocations in `range`.
    pub(super) fn for_each_function(
        &self,
        range: TimeRange,
        catalog: &Catalog,
        each: impl FnMut(&FunctionGroup<'_>),
    ) {
        self.for_each_function_with(&self.is_present(range, &[]), catalog, each);
    }

    /// For each origin, true if it has invocations in `range`, or one of `errors`.
    pub(super) fn is_present(&self, range: TimeRange, errors: &[ErrorEvent]) -> Vec<bool> {
        let mut is_present = vec![false; self.origins.len()];
        let invocations = self.within(range).iter().map(|invocation| invocation.origin_id);
        for origin in invocations.chain(errors.iter().map(|event| event.origin)) {
            if let Some(present) = to_index(origin).and_then(|at| is_present.get_mut(at)) {
                *present = true;
            }
        }
        is_present
    }

    /// Calls `each` with every function that has one of the origins that are present.
    pub(super) fn for_each_function_with(
        &self,
        is_present: &[bool],
        catalog: &Catalog,
        mut each: impl FnMut(&FunctionGroup<'_>),
    ) {
        let mut view = View::default();
        let origins = self.origins.iter().enumerate().zip(is_present);
        for ((at, origin), _) in origins.filter(|(_, is_present)| **is_present) {
            view.attach(origin, at);
        }
        for function in view.merged(catalog) {
            each(&FunctionGroup::new(&function, catalog));
        }
    }
}
