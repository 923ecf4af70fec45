//! Assumptions about functions where the logs say nothing: region, architecture and configurations. A flag counts first,
//! then what an earlier run with the same store was told, then the environment.

use std::fs;

use tailwater_forwarder::{
    own_function::OwnFunction,
    settings::{Source as _, Values},
};
use tailwater_parser::{line::correlation::MAX_FIELDS, price::Cpu};

use crate::{
    store::{Assumption, PullKind, Store, StoreError},
    view::{AwsMetricsByFunction, Catalog, Source, insight::Dimension, logs::LogPrice},
};

/// File of `--functions`.
#[derive(Clone, Debug)]
pub(super) struct FunctionsFile {
    text: String,
    catalog: Catalog,
}

impl FunctionsFile {
    /// Reads and parses the file. It is called while the flags are parsed, so that an invalid file is reported as wrong
    /// usage.
    pub(super) fn read(path: &str) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("cannot read the file: {error}"))?;
        let catalog = Catalog::parse(&text).map_err(|error| error.to_string())?;
        Ok(Self { text, catalog })
    }
}

/// Values of the flags `--region`, `--arch`, `--functions` and `--log-price`.
#[derive(Clone, Copy, Debug)]
pub(super) struct AssumptionFlags<'a> {
    pub(super) region: Option<&'a str>,
    pub(super) arch: Option<Cpu>,
    pub(super) functions: Option<&'a FunctionsFile>,
    pub(super) log_price: Option<LogPrice>,
}

impl AssumptionFlags<'_> {
    /// Returns the catalog of these flags, completed by what the store keeps and by the environment. What the flags say is
    /// kept in the store.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read or written.
    pub(super) fn catalog(&self, store: Option<&Store>) -> Result<Catalog, StoreError> {
        let catalog = self.combined(store)?;
        if let Some(store) = store {
            self.keep(store)?;
            keep_correlation_fields(store)?;
        }
        Ok(catalog)
    }

    /// Returns the catalog of these flags, completed by what the store keeps and by the environment. The store is not
    /// changed.
    ///
    /// # Errors
    /// Returns an error if the store cannot be read.
    pub(super) fn catalog_for_reading(&self, store: &Store) -> Result<Catalog, StoreError> {
        self.combined(Some(store))
    }

    fn combined(&self, store: Option<&Store>) -> Result<Catalog, StoreError> {
        let kept = |assumption| match store {
            Some(store) => store.assumption(assumption),
            None => Ok(None),
        };
        let mut catalog = match self.functions {
            Some(file) => file.catalog.clone(),
            None => kept_functions(kept(Assumption::Functions)?),
        };
        (catalog.default_cpu, catalog.cpu_source) = match self.arch {
            Some(cpu) => (Some(cpu), Source::Flag),
            None => (kept(Assumption::Arch)?.and_then(|name| Cpu::read(&name)), Source::Store),
        };
        (catalog.default_region, catalog.region_source) = match self.region {
            Some(region) => (Some(region.to_owned()), Source::Flag),
            None => kept(Assumption::Region)?
                .map_or_else(region_of_environment, |kept| (Some(kept), Source::Store)),
        };
        catalog.correlation_fields = match correlation_fields_of_environment() {
            Some(fields) => fields,
            None => split_fields(&kept(Assumption::CorrelationFields)?.unwrap_or_default()),
        };
        if let Some(store) = store {
            let mut kept = store.all_pulls()?;
            catalog.partial_groups = kept.remove(&PullKind::Query).unwrap_or_default().len();
            let days = kept.remove(&PullKind::Metrics).unwrap_or_default();
            catalog.aws_metrics = AwsMetricsByFunction::from_days(days);
        }
        catalog.log_price = match self.log_price {
            Some(price) => Some(price),
            None => kept(Assumption::LogPrice)?.and_then(|price| LogPrice::read(&price)),
        };
        Ok(catalog)
    }

    fn keep(&self, store: &Store) -> Result<(), StoreError> {
        let log_price = self.log_price.map(|price| price.to_string());
        let values = [
            (Assumption::LogPrice, log_price.as_deref()),
            (Assumption::Region, self.region),
            (Assumption::Arch, self.arch.map(Cpu::name)),
            (Assumption::Functions, self.functions.map(|file| file.text.as_str())),
        ];
        let given = values.into_iter().filter_map(|(assumption, value)| Some((assumption, value?)));
        given.into_iter().try_for_each(|(assumption, value)| store.keep_assumption(assumption, value))
    }
}

/// Dimensions that the cost is divided by: those of the flags, else those that the store keeps, else the default. Those of
/// the flags are kept in the store.
///
/// # Errors
/// Returns an error if the store cannot be read or written.
pub(super) fn dimensions(given: &[Dimension], store: Option<&Store>) -> Result<Vec<Dimension>, StoreError> {
    let Some(store) = store else { return Ok(Dimension::or_default(given.to_vec())) };
    if given.is_empty() {
        let kept = store.assumption(Assumption::Dimensions)?;
        return Ok(Dimension::kept(kept.as_deref()));
    }
    store.keep_assumption(Assumption::Dimensions, &Dimension::write_list(given))?;
    Ok(Dimension::or_default(given.to_vec()))
}

/// Keeps the paths of correlation ids in a store, if the environment names some. They hold for lines that are stored later.
///
/// # Errors
/// Returns an error if the store cannot be written.
pub(super) fn keep_correlation_fields(store: &Store) -> Result<(), StoreError> {
    match correlation_fields_of_environment() {
        Some(fields) => store.keep_assumption(Assumption::CorrelationFields, &fields.join(",")),
        None => Ok(()),
    }
}

/// Paths in `TAILWATER_CORRELATION_FIELDS`; `None` if it is not set.
fn correlation_fields_of_environment() -> Option<Vec<String>> {
    let environment = Values::from_environment();
    environment.find("TAILWATER_CORRELATION_FIELDS").map(|found| split_fields(found.text))
}

/// Paths of members, divided by commas.
fn split_fields(text: &str) -> Vec<String> {
    let paths = text.split(',').map(str::trim).filter(|path| !path.is_empty());
    paths.take(MAX_FIELDS).map(str::to_owned).collect()
}

fn kept_functions(text: Option<String>) -> Catalog {
    // The text was parsed before it was kept; another version of this program may still refuse it.
    let mut catalog = text.and_then(|text| Catalog::parse(&text).ok()).unwrap_or_default();
    catalog.functions_source = Source::Store;
    catalog
}

fn region_of_environment() -> (Option<String>, Source) {
    const SETTING: &str = "TAILWATER_REGION";
    let environment = Values::from_environment();
    let setting =
        environment.find(SETTING).map(|found| found.text.to_owned()).filter(|region| !region.is_empty());
    match (setting, OwnFunction::from_environment().region) {
        (Some(region), _) => (Some(region), Source::Environment(SETTING)),
        (None, Some(region)) => (Some(region), Source::Environment("AWS_REGION")),
        (None, None) => (None, Source::Flag),
    }
}
