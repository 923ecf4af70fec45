//! Time at the start of a line of plain output.

use tailwater_parser::{UnixMillis, timestamp};

/// Returns the time at the start of a line (Node.js, .NET, platform), or after its level (Python).
pub(super) fn leading_time(line: &str) -> Option<UnixMillis> {
    match line.as_bytes().first()? {
        b'0'..=b'9' => timestamp::read(line).map(|(time, _)| time),
        b'[' => timestamp::read_unpadded(line.strip_prefix('[')?.split_once("]\t")?.1).map(|(time, _)| time),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(line: &str, expected: Option<i64>) {
        let found = leading_time(line);
        assert_eq!(found.map(|time| time.0), expected, "{line}");
    }

    #[test]
    fn time_of_each_runtime_is_parsed() {
        check("1970-01-01T00:00:05.000Z\tid\tINFO\tx", Some(5000));
        check("1970-01-01T02:00:05.000+02:00 x", Some(5000));
        check("[INFO]\t1970-01-01T00:00:05.000Z\tid\tx", Some(5000));
        check("START RequestId: x Version: 1", None);
    }

    #[test]
    fn milliseconds_of_python_are_not_padded() {
        check("[INFO]\t1970-01-01T00:00:05.7Z\tid\tx", Some(5007));
        check("[INFO]\t1970-01-01T00:00:05.45Z\tid\tx", Some(5045));
        check("1970-01-01T00:00:05.7Z\tid\tINFO\tx", Some(5700));
    }
}
