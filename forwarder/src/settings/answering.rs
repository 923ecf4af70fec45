//! Settings of the responses to Lambda's events. Some event sources understand responses that others do not, so
//! people choose.

use super::{
    kind::Kind,
    reader::Reader,
    setting::{Setting, TypedSetting},
};
use crate::{
    outcome::{Answering, Onward, Reporting},
    value::{self, ValueError},
};

pub(super) const BATCH_ITEM_FAILURES: TypedSetting<Reporting> =
    Setting::new("TAILWATER_BATCH_ITEM_FAILURES", Kind::Switch)
        .default("false")
        .doc("Set to true only if every event source mapping of the function has `ReportBatchItemFailures`: AWS then delivers only failed items again, else the whole batch. True without it loses failed items.")
        .accepts(&["true", "false"])
        .rejects(&[("yes", ValueError::UnknownWord)])
        .parsed_by(|text| {
            value::switch(text).map(|is_on| if is_on { Reporting::PerItem } else { Reporting::WholeBatch })
        });

pub(super) const FIREHOSE: TypedSetting<Onward> = Setting::new(
    "TAILWATER_FIREHOSE",
    Kind::Word(&["keep", "drop"]),
)
.default("keep")
.doc("Result of a Firehose transformation for records that were delivered: Firehose keeps or drops them.")
.accepts(&["keep", "drop"])
.rejects(&[("discard", ValueError::UnknownWord)])
.parsed_by(|text| value::word(text, &[("keep", Onward::Keep), ("drop", Onward::Drop)]));

/// Reads the settings of the responses to Lambda's events.
pub(super) fn answering(reader: &mut Reader<'_>) -> Option<Answering> {
    let reporting = reader.value(&BATCH_ITEM_FAILURES);
    let onward = reader.value(&FIREHOSE);
    Some(Answering { reporting: reporting?, onward: onward? })
}
