//! Conversion of times to OpenTelemetry's formats.

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
}
