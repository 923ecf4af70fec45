//! Deliveries damaged at a known event, so that the number of readable events is certain.

use std::io::Write;

use anyhow::Result;
use flate2::write::GzEncoder;

use crate::{
    delivery::Delivery,
    pack::{LEVEL, gzip, lambda_event},
};

/// Kinds of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The compressed bytes end directly after the last readable event.
    TruncatedGzip,
    /// The JSON is invalid after the last readable event.
    BrokenJson,
    /// The first character is not base64, so no event is readable.
    BadBase64,
}

impl Damage {
    /// All kinds of damage.
    pub const ALL: [Self; 3] = [Self::TruncatedGzip, Self::BrokenJson, Self::BadBase64];
}

/// Damaged delivery.
#[derive(Clone, Debug)]
pub struct DamagedDelivery {
    /// The delivery, as it was before it was damaged.
    pub delivery: Delivery,
    /// Kind of damage.
    pub damage: Damage,
    /// Number of readable events: those before the damage.
    pub readable: usize,
}

impl DamagedDelivery {
    /// Builds the Lambda event that carries the damaged delivery.
    ///
    /// # Errors
    /// Returns an error if compression fails; in memory it does not.
    pub fn lambda_event(&self) -> Result<String> {
        Ok(match self.damage {
            Damage::TruncatedGzip => lambda_event(&self.truncated()?),
            Damage::BrokenJson => lambda_event(&gzip(self.broken().as_bytes())?),
            Damage::BadBase64 => {
                let whole = lambda_event(&gzip(self.delivery.document().as_bytes())?);
                whole.replacen("\"data\":\"", "\"data\":\"!", 1)
            }
        })
    }

    /// Truncates the gzip data. The flush ends a deflate block after the readable events, so that every decoder
    /// yields exactly those events.
    fn truncated(&self) -> Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), LEVEL);
        encoder.write_all(self.delivery.document_prefix(self.readable).as_bytes())?;
        encoder.flush()?;
        Ok(encoder.get_ref().clone())
    }

    fn broken(&self) -> String {
        self.delivery.document_prefix(self.readable) + ",{\"id\":\"36#!\u{0}<html>502 Bad Gateway</html>"
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use base64::{Engine, engine::general_purpose::STANDARD};
    use flate2::read::GzDecoder;

    use super::*;
    use crate::{lines::LogEvent, timestamp::Timestamp};

    fn damaged(damage: Damage) -> DamagedDelivery {
        let event = |n: u64| LogEvent { time: Timestamp(n), message: format!("event {n}") };
        let delivery = Delivery {
            account: "123456789012",
            group: String::new(),
            stream: String::new(),
            events: (0..9).map(event).collect(),
            first: 0,
        };
        DamagedDelivery { delivery, damage, readable: 4 }
    }

    /// Text that a gzip decoder yields before the damage; `None` if the data is not base64.
    fn inflated(damage: Damage) -> Option<String> {
        let event: serde_json::Value =
            serde_json::from_str(&damaged(damage).lambda_event().unwrap()).unwrap();
        let bytes = STANDARD.decode(event["awslogs"]["data"].as_str().unwrap()).ok()?;
        let mut text = Vec::new();
        let end = GzDecoder::new(bytes.as_slice()).read_to_end(&mut text);
        assert_eq!(end.is_err(), damage == Damage::TruncatedGzip);
        Some(String::from_utf8(text).unwrap())
    }

    #[test]
    fn truncated_gzip_ends_after_the_readable_events() {
        let text = inflated(Damage::TruncatedGzip).unwrap();
        assert!(text.ends_with("\"event 3\"}"), "{text}");
    }

    #[test]
    fn broken_json_is_invalid_after_the_readable_events() {
        let text = inflated(Damage::BrokenJson).unwrap();
        assert!(text.contains("\"event 3\"},") && !text.contains("event 4"), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_err());
    }

    #[test]
    fn bad_base64_has_no_readable_event() {
        assert_eq!(inflated(Damage::BadBase64), None);
    }
}
