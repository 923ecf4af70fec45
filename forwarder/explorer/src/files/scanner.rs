//! The interface of the scanners: one for each input format.

use tailwater_parser::{
    ByteSize, DecodeError, Receive, UnixMillis,
    decode::{Envelope, More, Scan, Window},
};

use super::{origin::OriginTracker, scan_report::ScanReport};

/// Finds the log events of one format in a window of text. Like the parser's [`Scan`], but a bad record is reported and
/// scanning continues.
pub(super) trait FormatScanner {
    /// Reads as many events as it can from `window` and consumes their text. Incomplete text stays for the next call,
    /// unless `more` is [`More::No`].
    ///
    /// # Errors
    /// Returns an error if the text is damaged such that nothing after the damage can be read.
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        report: &mut ScanReport,
    ) -> Result<(), DecodeError>;

    /// Emits the events that are buffered, because no more text comes before the end of the input.
    fn flush(&mut self, receive: &mut dyn Receive) {
        let _ = receive;
    }
}

/// JSON documents are read by the parser's own scanner.
impl FormatScanner for Envelope {
    fn scan(
        &mut self,
        window: &mut Window,
        more: More,
        receive: &mut dyn Receive,
        _: &mut ScanReport,
    ) -> Result<(), DecodeError> {
        Scan::scan(self, window, more, receive)
    }
}

/// Input of a scanner besides the text.
pub(super) struct ScanContext {
    pub(super) origins: OriginTracker,
    /// Last modification of the file: the time of lines without one.
    pub(super) modified: Option<UnixMillis>,
    /// Maximum inflated size of a delivery inside the input.
    pub(super) delivery_limit: ByteSize,
}
