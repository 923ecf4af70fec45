//! Length of time in a query, for example `5m` or `1 hour`.

/// Length of time as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Number of units, at least 1.
    pub count: u32,
    /// Unit.
    pub unit: PeriodUnit,
}

/// Unit of a [`Period`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodUnit {
    /// `ms`, `msec`
    Millisecond,
    /// `s`, `sec`
    Second,
    /// `m`, `min`
    Minute,
    /// `h`, `hr`
    Hour,
    /// `d`
    Day,
    /// `w`; bins begin on Monday.
    Week,
    /// `mo`, `mon`; bins begin on the first day of a month.
    Month,
    /// `q`, `qtr`: three months.
    Quarter,
    /// `y`, `yr`
    Year,
}

/// Length of a [`Period`]: months have no fixed number of milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PeriodLength {
    /// Fixed number of milliseconds.
    Millis(i64),
    /// Number of months of the calendar.
    Months(i64),
}

impl PeriodUnit {
    /// Parses a unit: one of its short forms or its word, in any case, the longer forms also with a plural `s`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let singular = name.strip_suffix('s').filter(|rest| rest.len() > 1);
        Self::from_singular(&name).or_else(|| Self::from_singular(singular?))
    }

    fn from_singular(name: &str) -> Option<Self> {
        Some(match name {
            "ms" | "msec" | "millisecond" => Self::Millisecond,
            "s" | "sec" | "second" => Self::Second,
            "m" | "min" | "minute" => Self::Minute,
            "h" | "hr" | "hour" => Self::Hour,
            "d" | "day" => Self::Day,
            "w" | "week" => Self::Week,
            "mo" | "mon" | "month" => Self::Month,
            "q" | "qtr" | "quarter" => Self::Quarter,
            "y" | "yr" | "year" => Self::Year,
            _ => return None,
        })
    }

    /// Greatest number of units that CloudWatch takes; a greater one counts as this.
    pub fn cap(self) -> Option<u32> {
        match self {
            Self::Millisecond => Some(1000),
            Self::Second | Self::Minute => Some(60),
            Self::Hour => Some(24),
            Self::Day | Self::Week | Self::Month | Self::Quarter | Self::Year => None,
        }
    }

    /// Short form for printing.
    pub fn symbol(self) -> &'static str {
        match self {
            Self::Millisecond => "ms",
            Self::Second => "s",
            Self::Minute => "m",
            Self::Hour => "h",
            Self::Day => "d",
            Self::Week => "w",
            Self::Month => "mo",
            Self::Quarter => "q",
            Self::Year => "y",
        }
    }
}

impl Period {
    /// Returns the length of this period.
    pub fn length(self) -> PeriodLength {
        let count = i64::from(self.count);
        let millis = |unit: i64| PeriodLength::Millis(count.saturating_mul(unit));
        match self.unit {
            PeriodUnit::Millisecond => millis(1),
            PeriodUnit::Second => millis(1000),
            PeriodUnit::Minute => millis(60_000),
            PeriodUnit::Hour => millis(3_600_000),
            PeriodUnit::Day => millis(86_400_000),
            PeriodUnit::Week => millis(7 * 86_400_000),
            PeriodUnit::Month => PeriodLength::Months(count),
            PeriodUnit::Quarter => PeriodLength::Months(count.saturating_mul(3)),
            PeriodUnit::Year => PeriodLength::Months(count.saturating_mul(12)),
        }
    }
}

impl std::fmt::Display for Period {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.count, self.unit.symbol())
    }
}
