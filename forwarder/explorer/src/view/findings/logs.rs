//! Findings about the cost of logs.

use super::{Context, Draft};
use crate::view::{
    format::{dollars_per_month, percent},
    index::FunctionIdentity,
    logs::FunctionVolume,
    share::Share,
    summary::FunctionSummary,
};

/// Reports a function whose logs cost at least as much as its invocations, if that is a material amount.
pub(super) fn chatty(function: &FunctionSummary, context: &Context<'_>) -> Option<Draft> {
    let identity = FunctionIdentity {
        function: function.function.clone(),
        account: function.account.clone(),
        region: function.region.clone(),
    };
    let logs = context.insight?.logs.as_ref()?.function(&identity)?;
    let (usd, ingest) = (logs.per_month?, logs.volume.ingest?);
    let compute = function.billing.cost?;
    let times = ingest.millionths_of(compute)?;
    let is_chatty = ingest >= compute && context.is_material(usd);
    is_chatty.then(|| Draft {
        text: format!(
            "chatty: logs cost {} times its compute{}: {} a month",
            tenths(times),
            debug_part(logs),
            dollars_per_month(usd)
        ),
        usd: Some(usd),
        ..Draft::default()
    })
}

/// Formats millionths with one decimal: `4.1`.
fn tenths(millionths: u64) -> String {
    let tenths = millionths.saturating_add(50_000) / 100_000;
    format!("{}.{}", tenths / 10, tenths % 10)
}

/// The share of TRACE and DEBUG, if it is at least a quarter: `, 71 % of it DEBUG`.
fn debug_part(logs: &FunctionVolume) -> String {
    let share = Share { part: logs.debug_bytes, whole: logs.volume.ingest_bytes };
    if share.is_at_least(25) { format!(", {} of it DEBUG", percent(share)) } else { String::new() }
}
