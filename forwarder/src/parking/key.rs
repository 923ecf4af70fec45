//! Where a parked object is stored: a key that sorts by time, names its sink and collides only with itself.

use tailwater_parser::UnixMillis;

/// Stands for a sink where a delivery is damaged and so owed to none.
pub const INPUT: &str = "input";

/// What an object waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParkedKind {
    /// To be delivered.
    Parked,
    /// To be looked at by a person.
    Rejected,
}

impl ParkedKind {
    /// What keys on it begin with.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Parked => "parked/v1/",
            Self::Rejected => "rejected/v1/",
        }
    }

    /// What keys on it of one sink begin with.
    #[must_use]
    pub fn prefix_of_sink(self, sink: &str) -> String {
        format!("{}sink={}/", self.prefix(), plain(sink))
    }
}

/// What a key is made of, besides the hash of the object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ObjectName<'a> {
    /// What it waits for.
    pub kind: ParkedKind,
    /// The sink it is owed to, or [`INPUT`].
    pub sink: &'a str,
    /// When it is parked.
    pub time: UnixMillis,
    /// The invocation that parks it.
    pub request_id: &'a str,
    /// The delivery's place in that invocation, counted from 0.
    pub delivery: usize,
}

impl ObjectName<'_> {
    /// `parked/v1/sink=NAME/dt=YYYY/MM/DD/HH/REQUEST-N-HASH`, of nothing but letters, digits and `/=._-`.
    #[must_use]
    pub fn key(&self, hash: &str) -> String {
        let Hour { year, month, day, hour } = Hour::of(self.time);
        let (prefix, request) = (self.kind.prefix_of_sink(self.sink), plain(self.request_id));
        let n = self.delivery;
        format!("{prefix}dt={year:04}/{month:02}/{day:02}/{hour:02}/{request}-{n}-{}", plain(hash))
    }
}

/// A name that means nothing to a shell, a URL or a file system.
fn plain(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let name: String = name.chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    if name.is_empty() { "_".to_owned() } else { name }
}

/// An hour of the calendar, in UTC.
struct Hour {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
}

impl Hour {
    fn of(time: UnixMillis) -> Self {
        let hours = time.0.div_euclid(60 * 60 * 1000);
        let (year, month, day) = civil(hours.div_euclid(24));
        Self { year, month, day, hour: hours.rem_euclid(24) }
    }
}

/// Year, month and day of the day so many days after 1970-01-01, in the Gregorian calendar.
fn civil(days: i64) -> (i64, i64, i64) {
    // Years begin in March here, so that a leap day is the last of its year; 400 of them have 146,097 days.
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = era * 400 + year_of_era + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use tailwater_parser::timestamp;

    use super::*;

    const PLACE: ObjectName<'_> = ObjectName {
        kind: ParkedKind::Parked,
        sink: "otlp",
        time: UnixMillis(1_772_618_400_123),
        request_id: "8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b",
        delivery: 3,
    };

    fn check(place: ObjectName<'_>, expected: &str) {
        assert_eq!(place.key("0123456789abcdef"), expected);
    }

    #[test]
    fn keys_name_sink_hour_invocation_and_content() {
        let name = "8f5f3c1e-0d6b-4b0e-9f0a-1c2d3e4f5a6b-3-0123456789abcdef";
        check(PLACE, &format!("parked/v1/sink=otlp/dt=2026/03/04/10/{name}"));
        let rejected = ObjectName { kind: ParkedKind::Rejected, sink: INPUT, ..PLACE };
        check(rejected, &format!("rejected/v1/sink=input/dt=2026/03/04/10/{name}"));
    }

    #[test]
    fn names_cannot_lead_elsewhere() {
        let place = ObjectName { sink: "../é", request_id: "", time: UnixMillis(0), ..PLACE };
        check(place, "parked/v1/sink=____/dt=1970/01/01/00/_-3-0123456789abcdef");
    }

    #[test]
    fn hours_are_those_of_the_calendar() {
        let hours = [
            ("1969-12-31T23:59:59.999Z", "1969/12/31/23"),
            ("2000-02-29T00:00:00Z", "2000/02/29/00"),
            ("2024-02-29T12:00:00Z", "2024/02/29/12"),
            ("2024-03-01T00:00:00Z", "2024/03/01/00"),
            ("2100-02-28T23:00:00Z", "2100/02/28/23"),
            ("2100-03-01T01:00:00Z", "2100/03/01/01"),
            ("0001-01-01T00:00:00Z", "0001/01/01/00"),
        ];
        for (time, expected) in hours {
            let time = timestamp::read_all(time).unwrap();
            let key = ObjectName { time, ..PLACE }.key("h");
            assert!(key.contains(&format!("/dt={expected}/")), "{key}");
        }
    }

    #[test]
    fn each_day_follows_the_one_before() {
        let mut before = civil(-800_000);
        for days in -799_999..800_000 {
            let (year, month, day) = civil(days);
            let follows = (year, month, day) == (before.0, before.1, before.2 + 1)
                || (day == 1 && (year, month) == (before.0, before.1 + 1))
                || (month, day) == (1, 1) && year == before.0 + 1;
            assert!(follows, "{before:?} then {year}-{month}-{day}");
            before = (year, month, day);
        }
    }

    #[test]
    fn times_at_the_extremes_have_a_key() {
        for time in [i64::MIN, i64::MAX] {
            assert!(!ObjectName { time: UnixMillis(time), ..PLACE }.key("h").is_empty());
        }
    }
}
