//! Which functions the invocations are of: a cell for everything that the view may tell apart, and which cells are
//! shown as one function.

use std::{collections::HashMap, sync::Arc};

use foldhash::fast::RandomState;
use serde::Serialize;
use tailwater_parser::{Origin, derive::Terms};

use super::{Between, Runs};
use crate::view::{
    View,
    catalog::Catalog,
    known::Known,
    row::{Called, Row, called},
    row_of,
};

/// The place of a cell.
pub(super) type CellId = u32;

/// What one cell holds invocations of: all that the view tells functions and versions apart by.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct CellKey {
    account: Box<str>,
    region: Box<str>,
    function: Box<str>,
    version: Box<str>,
    called: Called,
    is_learned: bool,
}

/// All cells.
#[derive(Debug, Default)]
pub(super) struct Cells {
    ids: HashMap<CellKey, CellId, RandomState>,
    origins: Vec<Arc<Origin>>,
    /// The last origin that was looked up: rows of one stream come together.
    last: Option<(Arc<Origin>, CellId)>,
}

/// A function as it is shown: name, account and region as far as anything tells them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FunctionName {
    /// Its name.
    pub function: String,
    /// The account that owns it.
    pub account: Option<String>,
    /// The region it runs in.
    pub region: Option<String>,
}

/// Which functions are meant; the default is all of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Which<'w> {
    /// Only those of this name.
    pub function: Option<&'w str>,
    /// Only those of this account.
    pub account: Option<&'w str>,
    /// Only those of this region.
    pub region: Option<&'w str>,
    /// Only this version.
    pub version: Option<&'w str>,
}

impl Which<'_> {
    fn allows(&self, name: &FunctionName) -> bool {
        self.function.is_none_or(|function| function == name.function)
            && self.account.is_none_or(|account| name.account.as_deref() == Some(account))
            && self.region.is_none_or(|region| name.region.as_deref() == Some(region))
    }
}

/// The cells of the functions that are meant.
#[derive(Debug)]
pub struct Selection {
    cells: Vec<bool>,
}

impl Selection {
    pub(super) fn holds(&self, cell: CellId) -> bool {
        index(cell).and_then(|cell| self.cells.get(cell)).copied().unwrap_or(false)
    }
}

/// A function as it is shown, and the cells that are shown as it.
pub(super) struct Home<'a> {
    pub(super) name: FunctionName,
    pub(super) terms: Terms<'a>,
    pub(super) cells: &'a [usize],
}

impl Cells {
    /// The cell of an origin.
    pub(super) fn of(&mut self, origin: &Arc<Origin>) -> CellId {
        if let Some((last, cell)) = &self.last
            && Arc::ptr_eq(last, origin)
        {
            return *cell;
        }
        let key = CellKey {
            account: origin.account.as_str().into(),
            region: origin.region.as_str().into(),
            function: origin.function().into(),
            version: origin.version().into(),
            called: called(origin),
            is_learned: origin.is_learned(),
        };
        let next =
            CellId::try_from(self.origins.len()).expect("fewer cells than invocations, which fit in memory");
        let cell = *self.ids.entry(key).or_insert(next);
        if cell == next {
            self.origins.push(Arc::clone(origin));
        }
        self.last = Some((Arc::clone(origin), cell));
        cell
    }

    pub(super) fn len(&self) -> usize {
        self.origins.len()
    }

    /// An origin of a cell's invocations: their streams differ, nothing else.
    pub(super) fn origin(&self, cell: CellId) -> &Arc<Origin> {
        index(cell).and_then(|cell| self.origins.get(cell)).expect("every run's cell was made")
    }

    pub(super) fn version(&self, cell: usize) -> &str {
        self.origins.get(cell).map_or("", |origin| origin.version())
    }
}

pub(super) fn index(cell: CellId) -> Option<usize> {
    usize::try_from(cell).ok()
}

impl Runs {
    /// The cells of the functions that are meant, as those that ran in a span of time are shown.
    #[must_use]
    pub fn select(&self, between: Between, catalog: &Catalog, which: &Which<'_>) -> Selection {
        let mut cells = vec![false; self.cells.len()];
        self.for_each_home(between, catalog, |home| {
            if !which.allows(&home.name) {
                return;
            }
            let of_version = home
                .cells
                .iter()
                .filter(|cell| which.version.is_none_or(|v| v == self.cells.version(**cell)));
            of_version.for_each(|cell| {
                if let Some(chosen) = cells.get_mut(*cell) {
                    *chosen = true;
                }
            });
        });
        Selection { cells }
    }

    /// Hands out each function that ran in a span of time, as it is shown.
    pub(super) fn for_each_home(&self, between: Between, catalog: &Catalog, mut each: impl FnMut(&Home<'_>)) {
        let mut ran = vec![false; self.cells.len()];
        for run in self.within(between) {
            if let Some(ran) = index(run.cell).and_then(|cell| ran.get_mut(cell)) {
                *ran = true;
            }
        }
        let mut view = View::default();
        let origins = self.cells.origins.iter().enumerate().zip(&ran);
        for ((cell, origin), _) in origins.filter(|(_, ran)| **ran) {
            let rows = view.functions.entry(origin.function().into()).or_default();
            row_of(rows, origin).mark(origin, cell);
        }
        for row in view.rows(catalog) {
            each(&home(&row, catalog));
        }
    }
}

fn home<'a>(row: &'a Row, catalog: &'a Catalog) -> Home<'a> {
    let known = Known::of(catalog, row.account(), row.region(), row.function());
    let name = FunctionName {
        function: row.function().to_owned(),
        account: row.account().or_else(|| known.deployed?.account()).map(str::to_owned),
        region: known.region.map(str::to_owned),
    };
    Home { name, terms: known.terms(), cells: row.marks() }
}
