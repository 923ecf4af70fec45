//! Deliveries that cannot be read to their end, made so that it is certain how many of their events can.

use std::io::Write;

use anyhow::Result;
use flate2::write::GzEncoder;

use crate::{
    delivery::Delivery,
    pack::{LEVEL, gzip, lambda_event},
};

/// What is wrong with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Damage {
    /// The compressed bytes end early, right behind the last readable event.
    TruncatedGzip,
    /// The JSON breaks off behind the last readable event, and something else follows.
    BrokenJson,
    /// The first character is not base64, so nothing can be read.
    BadBase64,
}

impl Damage {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::TruncatedGzip, Self::BrokenJson, Self::BadBase64];
}

/// A delivery with damage.
#[derive(Clone, Debug)]
pub struct Damaged {
    /// The delivery before it was damaged.
    pub delivery: Delivery,
    /// What is wrong.
    pub damage: Damage,
    /// How many of its events can be read: those before the damage.
    pub readable: usize,
}

impl Damaged {
    /// The Lambda event that carries it.
    ///
    /// # Errors
    /// When compression fails, which it does not in memory.
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

    /// A flush puts the readable events into blocks of their own, so every inflater gets all of them and no more.
    fn truncated(&self) -> Result<Vec<u8>> {
        let mut encoder = GzEncoder::new(Vec::new(), LEVEL);
        encoder.write_all(self.delivery.opening(self.readable).as_bytes())?;
        encoder.flush()?;
        Ok(encoder.get_ref().clone())
    }

    fn broken(&self) -> String {
        self.delivery.opening(self.readable) + ",{\"id\":\"36#!\u{0}<html>502 Bad Gateway</html>"
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use base64::{Engine, engine::general_purpose::STANDARD};
    use flate2::read::GzDecoder;

    use super::*;
    use crate::{lines::LogEvent, moment::Moment};

    fn damaged(damage: Damage) -> Damaged {
        let event = |n: u64| LogEvent { time: Moment(n), message: format!("event {n}") };
        let delivery = Delivery {
            account: "123456789012",
            group: String::new(),
            stream: String::new(),
            events: (0..9).map(event).collect(),
            first: 0,
        };
        Damaged { delivery, damage, readable: 4 }
    }

    /// What an inflater gets out of it before the damage; `None` when it is no base64.
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
    fn a_truncated_delivery_ends_behind_the_readable_events() {
        let text = inflated(Damage::TruncatedGzip).unwrap();
        assert!(text.ends_with("\"event 3\"}"), "{text}");
    }

    #[test]
    fn a_broken_document_breaks_behind_the_readable_events() {
        let text = inflated(Damage::BrokenJson).unwrap();
        assert!(text.contains("\"event 3\"},") && !text.contains("event 4"), "{text}");
        assert!(serde_json::from_str::<serde_json::Value>(&text).is_err());
    }

    #[test]
    fn bad_base64_cannot_be_read_at_all() {
        assert_eq!(inflated(Damage::BadBase64), None);
    }
}
