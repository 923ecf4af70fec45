//! The trait that the scanner of each input format implements.

use tailwater_parser::{
    ByteSize, DecodeError, Receive,
    decode::{Envelope, More, Scan, Window},
};

use super::{origin::OriginTracker, scan_report::ScanReport};

/// Scanner that finds the log events of one input format in a window of text. Unlike with the parser's
/// [`Scan`], scanning continues after an unreadable record, which is reported.
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

    /// Emits the buffered events. Called when no more text follows, or none that the events should wait for.
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

/// Information that a scanner needs besides the text.
pub(super) struct ScanContext {
    pub(super) origins: OriginTracker,
    /// Maximum decompressed size of a delivery (compressed log data inside a Lambda event).
    pub(super) delivery_limit: ByteSize,
}
