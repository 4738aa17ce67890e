//! A day of the calendar. Owns reading and comparing; which day is today is an input of the run.

use std::fmt;
use std::str::FromStr;

/// A day, in the proleptic Gregorian calendar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Date {
    // The order of the fields is the order of days.
    year: u16,
    month: u8,
    day: u8,
}

impl Date {
    /// The day, if there is one with these numbers.
    pub fn new(year: u16, month: u8, day: u8) -> Option<Self> {
        let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let days = match month {
            1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
            4 | 6 | 9 | 11 => 30,
            2 if leap => 29,
            2 => 28,
            _ => return None,
        };
        (1..=days).contains(&day).then_some(Self { year, month, day })
    }

    /// The day in UTC of a moment given as seconds since 1970.
    pub fn from_unix_seconds(seconds: u64) -> Self {
        // Howard Hinnant's `civil_from_days`, for days since 1970 only: eras of 400 years that begin on 1 March.
        let days = seconds / 86_400 + 719_468;
        let (era, day_of_era) = (days / 146_097, days % 146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted + 2) / 5 + 1;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = year_of_era + era * 400 + u64::from(month <= 2);
        Self { year: year.min(9999) as u16, month: month as u8, day: day as u8 }
    }
}

impl FromStr for Date {
    type Err = String;

    /// Reads `YYYY-MM-DD` and nothing else.
    fn from_str(text: &str) -> Result<Self, String> {
        let digits = |part: &str, len| {
            (part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit()))
                .then(|| part.parse::<u16>().ok())?
        };
        let mut parts = text.splitn(3, '-');
        let numbers = (
            parts.next().and_then(|year| digits(year, 4)),
            parts.next().and_then(|month| digits(month, 2)),
            parts.next().and_then(|day| digits(day, 2)),
        );
        let (Some(year), Some(month), Some(day)) = numbers else {
            return Err(format!("`{text}` is not a date of the form YYYY-MM-DD"));
        };
        Self::new(year, month as u8, day as u8).ok_or_else(|| format!("there is no day `{text}`"))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        for good in ["2026-01-01", "2024-02-29", "2000-02-29", "9999-12-31"] {
            assert_eq!(good.parse::<Date>().map(|date| date.to_string()).as_deref(), Ok(good));
        }
        let bad = [
            "",
            "2026",
            "2026-1-1",
            "2026-01-32",
            "2026-02-29",
            "1900-02-29",
            "2026-13-01",
            "2026-00-01",
            "2026-01-00",
            "26-01-01",
            "2026/01/01",
            "2026-01-01 ",
            "2026-01-01T00:00:00Z",
            "+026-01-01",
            "2026-01--1",
        ];
        for bad in bad {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
    }

    #[test]
    fn later_days_are_greater() {
        let days = ["2025-12-31", "2026-01-01", "2026-01-02", "2026-02-01", "2027-01-01"];
        assert!(days.map(|day| day.parse::<Date>().unwrap()).is_sorted());
    }

    #[test]
    fn the_day_of_a_moment() {
        let cases = [
            (0, "1970-01-01"),
            (86_399, "1970-01-01"),
            (86_400, "1970-01-02"),
            (951_782_400, "2000-02-29"),
            (1_735_689_599, "2024-12-31"),
            (1_798_761_600, "2027-01-01"),
        ];
        for (seconds, day) in cases {
            assert_eq!(Date::from_unix_seconds(seconds).to_string(), day);
        }
    }
}
