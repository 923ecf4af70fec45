//! Conversion of times and trace ids to OpenTelemetry's formats.

use tailwater_parser::UnixMillis;

/// Converts a time to nanoseconds since the Unix epoch. `None` if it is out of range: 0 means "unknown" in
/// OpenTelemetry, and backends store nanoseconds in an `i64`, which ends in 2262.
pub(super) fn nanos(time: UnixMillis) -> Option<u64> {
    let nanos = time.0.checked_mul(1_000_000).filter(|nanos| *nanos > 0)?;
    u64::try_from(nanos).ok()
}

/// Converts a time like [`nanos`], but a time after the range becomes the end of the range. `None` if it is before
/// the range.
pub(super) fn nearest_nanos(time: UnixMillis) -> Option<u64> {
    const LAST: u64 = i64::MAX.unsigned_abs();
    if time.0 > 0 { Some(nanos(time).unwrap_or(LAST)) } else { None }
}

/// Parses an X-Ray trace id, `1-5d8bba5a-dc2932496a65bab91d2d42d4`, to 16 bytes. `None` for any other text, and for
/// all zeros, which OpenTelemetry forbids.
pub(super) fn trace_id(text: &str) -> Option<[u8; 16]> {
    let (seconds, random) = text.strip_prefix("1-")?.split_once('-')?;
    (seconds.len() == 8 && random.len() == 24).then_some(())?;
    let mut digits = seconds.bytes().chain(random.bytes()).map(hex_digit);
    let mut id = [0; 16];
    for byte in &mut id {
        *byte = (digits.next()?? << 4) | digits.next()??;
    }
    (id != [0; 16]).then_some(id)
}

fn hex_digit(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_out_of_range_are_none_or_limited() {
        let check = |millis, exact, nearest| {
            assert_eq!((nanos(UnixMillis(millis)), nearest_nanos(UnixMillis(millis))), (exact, nearest));
        };
        check(1, Some(1_000_000), Some(1_000_000));
        check(1_772_618_400_123, Some(1_772_618_400_123_000_000), Some(1_772_618_400_123_000_000));
        check(0, None, None);
        check(-1, None, None);
        check(i64::MIN, None, None);
        check(i64::MAX, None, Some(9_223_372_036_854_775_807));
    }

    #[test]
    fn x_ray_id_is_sixteen_bytes() {
        let check = |text, expected: Option<u128>| {
            assert_eq!(trace_id(text).map(u128::from_be_bytes), expected, "{text}");
        };
        check("1-5d8bba5a-dc2932496a65bab91d2d42d4", Some(0x5d8b_ba5a_dc29_3249_6a65_bab9_1d2d_42d4));
        check("1-5D8BBA5A-DC2932496A65BAB91D2D42D4", Some(0x5d8b_ba5a_dc29_3249_6a65_bab9_1d2d_42d4));
        check("1-00000000-000000000000000000000000", None);
        check("1-5d8bba5a-dc2932496a65bab91d2d42d", None);
        check("1-5d8bba5-adc2932496a65bab91d2d42d4", None);
        check("1-5d8bba5g-dc2932496a65bab91d2d42d4", None);
        check("Root=1-5d8bba5a-dc2932496a65bab91d2d42d4", None);
        check("", None);
    }
}
