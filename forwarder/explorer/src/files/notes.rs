//! What a scanner noticed beside events: records that are none, and records set aside.

use std::fmt::Display;

use super::{Intake, Rejected};

/// More bad records than this between two reports are counted, not named: compressed garbage must not fill memory.
const NAMED: usize = 64;

/// Collected while a piece of the input is scanned, then reported and begun anew.
#[derive(Debug, Default)]
pub(super) struct Notes {
    filtered: u64,
    rejected: Vec<(u64, String)>,
    unnamed: u64,
}

impl Notes {
    /// A record was set aside on purpose.
    pub(super) fn filter(&mut self) {
        self.filtered += 1;
    }

    /// The record at `offset` of the text could not be read.
    pub(super) fn reject(&mut self, offset: u64, reason: &dyn Display) {
        if self.rejected.len() < NAMED {
            self.rejected.push((offset, reason.to_string()));
        } else {
            self.unnamed += 1;
        }
    }

    /// Tells `intake` and begins anew.
    pub(super) fn report(&mut self, input: &str, intake: &mut dyn Intake) {
        let filtered = std::mem::take(&mut self.filtered);
        if filtered > 0 {
            intake.filtered(filtered);
        }
        for (offset, reason) in self.rejected.drain(..) {
            intake.rejected(&Rejected { input: input.to_owned(), records: 1, offset: Some(offset), reason });
        }
        let records = std::mem::take(&mut self.unnamed);
        if records > 0 {
            let reason = format!("{records} more records that cannot be read");
            intake.rejected(&Rejected { input: input.to_owned(), records, offset: None, reason });
        }
    }
}
