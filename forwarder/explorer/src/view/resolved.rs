//! Region, architecture and configuration of a function: from its log lines first, then the catalog, then the settings.

use tailwater_parser::{Origin, derive::Terms, price::Cpu};

use super::{
    catalog::{Catalog, FunctionConfiguration},
    function_stats::FunctionStats,
};

/// Architecture of functions that neither the catalog nor `--arch` gives one for; also AWS's default for new functions.
const DEFAULT_CPU: Cpu = Cpu::X86_64;

/// Configuration and region of a function, combined from log lines, catalog and settings.
#[derive(Clone, Copy, Debug)]
pub(super) struct ResolvedFunction<'a> {
    pub(super) configuration: Option<&'a FunctionConfiguration>,
    pub(super) region: Option<&'a str>,
    known_cpu: Option<Cpu>,
    /// Values that are assumptions of the catalog: neither the logs nor a configuration has them.
    pub(super) assumed: Assumed,
}

/// Values of a function that are assumptions of the catalog.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Assumed {
    pub(super) region: bool,
    pub(super) cpu: bool,
}

impl<'a> ResolvedFunction<'a> {
    /// Finds the configuration and region of the function that log lines name with this account and region.
    pub(super) fn new(
        catalog: &'a Catalog,
        account: Option<&str>,
        region: Option<&'a str>,
        function: &str,
    ) -> Self {
        let configuration = catalog.find(account, region, function);
        let region = region.or_else(|| configuration?.region());
        let cpu = configuration.and_then(|configuration| configuration.cpu);
        Self {
            configuration,
            region: region.or(catalog.default_region.as_deref()),
            known_cpu: cpu.or(catalog.default_cpu),
            assumed: Assumed {
                region: region.is_none() && catalog.default_region.is_some(),
                cpu: cpu.is_none() && catalog.default_cpu.is_some(),
            },
        }
    }

    /// Finds the configuration and region of a function.
    pub(super) fn of(function: &'a FunctionStats, catalog: &'a Catalog) -> Self {
        Self::new(catalog, function.account(), function.region(), function.name())
    }

    /// Architecture of the function; x86_64 if it is not known.
    pub(super) fn cpu(&self) -> Cpu {
        self.known_cpu.unwrap_or(DEFAULT_CPU)
    }

    pub(super) fn is_cpu_assumed(&self) -> bool {
        self.known_cpu.is_none()
    }

    /// Region, architecture and `/tmp` size, which decide the price.
    pub(super) fn terms(&self) -> Terms<'a> {
        Terms {
            region: self.region.unwrap_or_default(),
            cpu: self.cpu(),
            tmp: self.configuration.and_then(|configuration| configuration.ephemeral_storage),
        }
    }
}

impl Catalog {
    /// Pricing terms of the invocations of `origin`: region, architecture and `/tmp` size from its log lines,
    /// from this catalog and from the settings, in this order of precedence.
    #[must_use]
    pub fn terms<'a>(&'a self, origin: &'a Origin) -> Terms<'a> {
        let [account, region] = [&origin.account, &origin.region].map(|text| not_empty(text));
        ResolvedFunction::new(self, account, region, origin.function()).terms()
    }
}

/// `None` for an empty text, which in an origin means unknown.
pub(super) fn not_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
