//! What is known of a function, whoever tells it: its own lines first, then the catalog, then the settings.

use tailwater_parser::{Origin, derive::Terms, price::Cpu};

use super::catalog::{Catalog, Deployed};

/// What AWS assumes as well when a function is created.
const ASSUMED_CPU: Cpu = Cpu::X86_64;

/// What lines, catalog and settings say together of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known<'a> {
    pub(super) deployed: Option<&'a Deployed>,
    pub(super) region: Option<&'a str>,
    told_cpu: Option<Cpu>,
}

impl<'a> Known<'a> {
    /// Of a function whose own lines tell this much.
    pub(super) fn of(
        catalog: &'a Catalog,
        account: Option<&str>,
        region: Option<&'a str>,
        function: &str,
    ) -> Self {
        let deployed = catalog.find(account, region, function);
        Self {
            deployed,
            region: region.or_else(|| deployed?.region()).or(catalog.region.as_deref()),
            told_cpu: deployed.and_then(|deployed| deployed.cpu).or(catalog.otherwise),
        }
    }

    /// Architecture, told or assumed.
    pub(super) fn cpu(&self) -> Cpu {
        self.told_cpu.unwrap_or(ASSUMED_CPU)
    }

    pub(super) fn is_cpu_assumed(&self) -> bool {
        self.told_cpu.is_none()
    }

    /// What its price depends on.
    pub(super) fn terms(&self) -> Terms<'a> {
        Terms {
            region: self.region.unwrap_or_default(),
            cpu: self.cpu(),
            tmp: self.deployed.and_then(|deployed| deployed.ephemeral_storage),
        }
    }
}

impl Catalog {
    /// What the price of a function's invocations depends on, as far as its own lines, this catalog and the settings
    /// tell.
    #[must_use]
    pub fn terms<'a>(&'a self, origin: &'a Origin) -> Terms<'a> {
        let [account, region] = [&origin.account, &origin.region].map(|text| not_empty(text));
        Known::of(self, account, region, origin.function()).terms()
    }
}

/// In an origin an empty text stands for what nothing told.
pub(super) fn not_empty(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}
