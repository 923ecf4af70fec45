//! Unreadable and skipped records, collected while a chunk of the input is scanned.

use std::fmt::Display;

use super::handler::{InputHandler, RejectedInput};

/// Maximum number of unreadable records per chunk that are described one by one. Further ones are only
/// counted, so that compressed garbage cannot fill the memory.
const MAX_NAMED: usize = 64;

/// Records of one chunk of the input that yielded no event.
#[derive(Debug, Default)]
pub(super) struct ScanReport {
    filtered: u64,
    /// Rejected records: byte offset in the inflated text, and reason.
    rejected: Vec<(u64, String)>,
    /// Number of rejected records beyond [`MAX_NAMED`].
    unnamed: u64,
}

impl ScanReport {
    /// Counts a record that was skipped on purpose.
    pub(super) fn add_filtered(&mut self) {
        self.filtered += 1;
    }

    /// Adds the record at `offset` of the text, which could not be read.
    pub(super) fn add_rejected(&mut self, offset: u64, reason: &dyn Display) {
        if self.rejected.len() < MAX_NAMED {
            self.rejected.push((offset, reason.to_string()));
        } else {
            self.unnamed += 1;
        }
    }

    /// Passes everything collected to `handler` and empties the report.
    pub(super) fn send_to(&mut self, input: &str, handler: &mut dyn InputHandler) {
        let filtered = std::mem::take(&mut self.filtered);
        if filtered > 0 {
            handler.on_filtered(filtered);
        }
        for (offset, reason) in self.rejected.drain(..) {
            handler.on_rejected(&RejectedInput {
                input: input.to_owned(),
                records: 1,
                offset: Some(offset),
                reason,
            });
        }
        let records = std::mem::take(&mut self.unnamed);
        if records > 0 {
            let reason = format!("{records} more records cannot be read");
            handler.on_rejected(&RejectedInput { input: input.to_owned(), records, offset: None, reason });
        }
    }
}
