//! Changes that would lower the price of logs, each with its saving and its loss.

use std::collections::BTreeMap;

use serde::Serialize;
use tailwater_parser::Usd;

use super::{
    class::LevelClass, collect::Depth, function::Function, function_logs::Volume, price::Prices, rule,
};
use crate::{
    number,
    view::{insight::Window, share::Share},
};

/// Greatest number of patterns that may be left out.
const MAX_PATTERNS: usize = 5;
/// Greatest number of functions of each change.
const MAX_FUNCTIONS: usize = 10;

/// Change that would lower the price of logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// No TRACE and DEBUG lines.
    DropDebug,
    /// No lines of a pattern.
    DropPattern,
    /// System log level WARN. It is never advised.
    SystemWarn,
    /// Text format instead of JSON.
    JsonToText,
    /// Log class Infrequent Access.
    InfrequentAccess,
}

/// Saving and loss of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WhatIf {
    /// Change.
    pub change: Change,
    /// Name of the function; `None` for all functions.
    pub function: Option<String>,
    /// Region of the function.
    pub region: Option<String>,
    /// Id of the pattern.
    pub pattern_id: Option<String>,
    /// Bytes that CloudWatch would not count.
    pub saved_bytes: u64,
    /// Their price in the window; `None` if it is unknown.
    #[serde(rename = "saved_usd", serialize_with = "number::dollars")]
    pub saved: Option<Usd>,
    /// Their price in a month.
    #[serde(rename = "saved_usd_per_month", serialize_with = "number::dollars")]
    pub saved_per_month: Option<Usd>,
    /// Loss by the change, and how the change is made.
    pub lost: String,
    /// Number of invocations of which nothing would be known.
    pub lost_invocations: u64,
    /// Bytes for which the effect of the change is not known.
    pub unknown_bytes: u64,
    /// Rule of the forwarder that leaves the lines out, as TOML. It lowers the price at the backends only: CloudWatch
    /// counts what the function writes.
    pub rule: Option<String>,
}

/// Bytes of each account and region in a month.
pub(super) struct Months<'f> {
    functions: &'f [Function],
    window: Window,
    by_account: BTreeMap<Account<'f>, (Prices, u64)>,
}

/// Account and region, which have tiers of their own.
type Account<'f> = (Option<&'f str>, Option<&'f str>);

impl<'f> Months<'f> {
    pub(super) fn new(functions: &'f [Function], window: Window) -> Self {
        let mut by_account: BTreeMap<Account<'f>, (Prices, u64)> = BTreeMap::new();
        for function in functions {
            let Some(prices) = function.prices else { continue };
            let (_, bytes) = by_account.entry(function.account()).or_insert((prices, 0));
            *bytes = bytes.saturating_add(function.logs.total().ingest_bytes());
        }
        Self { functions, window, by_account }
    }

    /// Price of ingestion in a month; `None` if that of one account is unknown, or if there is none.
    pub(super) fn ingestion(&self) -> Option<Usd> {
        let months = self.by_account.values();
        sum(months.map(|(prices, bytes)| prices.month(self.window.count_per_month(*bytes))))
    }

    /// Price of storing the compressed part of a month's logs for a month.
    pub(super) fn storage(&self, compressed: Share) -> Option<Usd> {
        let months = self.by_account.values();
        let stored = sum(months.map(|(prices, bytes)| prices.storage(self.window.count_per_month(*bytes))));
        Some(stored?.scaled(compressed.part, compressed.whole))
    }

    /// Price in a month of bytes of one function: what its account would pay less.
    pub(super) fn saved_of(&self, function: &Function, bytes: u64) -> Option<Usd> {
        self.saved_in(function.account(), bytes)
    }

    fn saved_in(&self, account: Account<'_>, bytes: u64) -> Option<Usd> {
        let (prices, all) = self.by_account.get(&account)?;
        let month = |bytes| prices.month(self.window.count_per_month(bytes));
        Some(month(*all)?.minus(month(all.saturating_sub(bytes))?))
    }

    /// Price in a month of these bytes of each function: what the accounts would pay less.
    pub(super) fn saved(&self, bytes_of: impl Fn(&Function) -> u64) -> Option<Usd> {
        let mut saved: BTreeMap<Account<'f>, u64> = BTreeMap::new();
        for function in self.functions {
            *saved.entry(function.account()).or_default() += bytes_of(function);
        }
        let saved = saved.into_iter().filter(|(_, bytes)| *bytes > 0);
        sum(saved.map(|(account, bytes)| self.saved_in(account, bytes)))
    }

    /// Difference to the class Infrequent Access, in the window and in a month.
    fn infrequent(&self) -> (Option<Usd>, Option<Usd>) {
        let differences = self.by_account.values().map(|(prices, bytes)| {
            let month = self.window.count_per_month(*bytes);
            let infrequent = prices.infrequent?;
            let window = prices.ingestion(*bytes).minus(infrequent.first_tier(*bytes));
            Some((window, prices.month(month)?.minus(infrequent.month(month)?)))
        });
        let differences: Vec<_> = differences.collect();
        let of = |part: fn(&(Usd, Usd)) -> Usd| sum(differences.iter().map(|pair| pair.as_ref().map(part)));
        (of(|pair| pair.0), of(|pair| pair.1))
    }
}

/// Sum of amounts; `None` if one is unknown or there is none.
fn sum(amounts: impl Iterator<Item = Option<Usd>>) -> Option<Usd> {
    let all: Option<Vec<Usd>> = amounts.collect();
    all?.into_iter().reduce(|mut sum, amount| {
        sum += amount;
        sum
    })
}

/// Collects what-ifs of all functions.
pub(super) struct WhatIfs<'f> {
    months: &'f Months<'f>,
    found: Vec<WhatIf>,
}

impl<'f> WhatIfs<'f> {
    pub(super) fn new(months: &'f Months<'f>) -> Self {
        Self { months, found: Vec::new() }
    }

    /// Returns all what-ifs. `dear` are the patterns with most bytes.
    pub(super) fn finish(mut self, dear: &[DearPattern<'_>], depth: Depth) -> Vec<WhatIf> {
        self.debug();
        if depth == Depth::Sums || self.months.functions.is_empty() {
            return self.found;
        }
        self.patterns(dear);
        self.system_warn();
        self.json_to_text();
        self.infrequent_access();
        self.found
    }

    /// Adds a change for all functions, and for the functions with most bytes.
    fn each(&mut self, bytes_of: impl Fn(&Function) -> u64, describe: impl Fn(&[&Function]) -> WhatIf) {
        let mut functions: Vec<_> =
            self.months.functions.iter().filter(|function| bytes_of(function) > 0).collect();
        if functions.is_empty() {
            return;
        }
        functions.sort_by(|a, b| bytes_of(b).cmp(&bytes_of(a)).then_with(|| a.identity.cmp(&b.identity)));
        let all = WhatIf { function: None, region: None, rule: None, ..describe(&functions) };
        self.found.push(self.priced(all, &bytes_of));
        for function in functions.into_iter().take(MAX_FUNCTIONS) {
            let is_own = |other: &Function| if std::ptr::eq(other, function) { bytes_of(other) } else { 0 };
            self.found.push(self.priced(describe(&[function]), is_own));
        }
    }

    fn priced(&self, what_if: WhatIf, bytes_of: impl Fn(&Function) -> u64) -> WhatIf {
        let functions = self.months.functions;
        let saved = functions.iter().filter(|function| bytes_of(function) > 0);
        WhatIf {
            saved_bytes: functions.iter().map(&bytes_of).sum(),
            saved: sum(saved.map(|function| Some(function.prices?.ingestion(bytes_of(function))))),
            saved_per_month: self.months.saved(&bytes_of),
            ..what_if
        }
    }

    fn debug(&mut self) {
        self.each(Function::debug_bytes, |functions| {
            let bytes = |part: fn(&Function) -> u64| functions.iter().map(|function| part(function)).sum::<u64>();
            let (all, json) = (bytes(Function::debug_bytes), bytes(|function| function.logs.json_debug.ingest_bytes()));
            let how = match json {
                0 => "needs a change of the code: Lambda filters only its JSON format",
                json if json == all => "set the function's application log level to INFO",
                _ => "set the application log level to INFO where the format is JSON; the rest needs a change of the code",
            };
            WhatIf {
                rule: functions.first().and_then(|function| rule::drop_debug(&function.origin)),
                ..what_if(Change::DropDebug, functions, format!("TRACE and DEBUG lines; {how}"))
            }
        });
    }

    fn patterns(&mut self, dear: &[DearPattern<'_>]) {
        let droppable = dear.iter().filter(|pattern| pattern.level.is_droppable());
        for pattern in droppable.take(MAX_PATTERNS) {
            let is_own =
                |other: &Function| if std::ptr::eq(other, pattern.function) { pattern.bytes } else { 0 };
            let what_if = WhatIf {
                pattern_id: Some(pattern.id.clone()),
                rule: pattern.rule.clone(),
                ..what_if(
                    Change::DropPattern,
                    &[pattern.function],
                    "the lines of the pattern; needs a change of the code".to_owned(),
                )
            };
            self.found.push(self.priced(what_if, is_own));
        }
    }

    fn system_warn(&mut self) {
        let volume = |function: &Function| function.logs.details.system_info;
        self.each(|function| volume(function).ingest_bytes(), |functions| {
            let lost = functions.iter().map(|function| function.logs.details.good_reports).sum();
            let text = "invocations, duration, billed time, cost, memory, cold starts and concurrency of all \
                        runs that succeed: not advised";
            WhatIf { lost_invocations: lost, ..what_if(Change::SystemWarn, functions, text.to_owned()) }
        });
    }

    fn json_to_text(&mut self) {
        self.each(Function::text_saving, |functions| {
            let unknown = functions.iter().map(|function| function.logs.details.text_unknown).sum();
            let text =
                "members of JSON lines other than message, level, time and request id; log levels of Lambda";
            WhatIf { unknown_bytes: unknown, ..what_if(Change::JsonToText, functions, text.to_owned()) }
        });
    }

    fn infrequent_access(&mut self) {
        let (saved, saved_per_month) = self.months.infrequent();
        let text =
            "subscriptions, and so this tool; metric filters, EMF and Live Tail; needs a new log group";
        let row = what_if(Change::InfrequentAccess, &[], text.to_owned());
        self.found.push(WhatIf { saved, saved_per_month, ..row });
    }
}

/// Row without numbers, of the first of these functions.
fn what_if(change: Change, functions: &[&Function], lost: String) -> WhatIf {
    let identity = functions.first().map(|function| &function.identity);
    WhatIf {
        change,
        function: identity.map(|identity| identity.function.clone()),
        region: identity.and_then(|identity| identity.region.clone()),
        pattern_id: None,
        saved_bytes: 0,
        saved: None,
        saved_per_month: None,
        lost,
        lost_invocations: 0,
        unknown_bytes: 0,
        rule: None,
    }
}

/// Pattern among those with most bytes.
pub(super) struct DearPattern<'f> {
    pub(super) id: String,
    pub(super) function: &'f Function,
    pub(super) level: LevelClass,
    pub(super) bytes: u64,
    pub(super) rule: Option<String>,
}

impl Function {
    fn account(&self) -> Account<'_> {
        (self.identity.account.as_deref(), self.identity.region.as_deref())
    }

    /// Bytes of TRACE and DEBUG.
    pub(super) fn debug_bytes(&self) -> u64 {
        Volume::ingest_bytes(self.logs.sum(LevelClass::is_debug))
    }

    fn text_saving(&self) -> u64 {
        u64::try_from(self.logs.details.text_saving).unwrap_or(0)
    }
}
