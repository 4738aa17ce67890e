//! Moments and durations. The clock stands still: `now` is a placeholder. Zones are all UTC.
//!
//! Owns Go's layouts.

use std::rc::Rc;

use super::super::object::Object;
use super::super::value::{Data, Value};
use super::cost::Cost::Flat;
use super::{Answer, Arguments, Function, plain, strval};

pub(super) const FUNCTIONS: &[Function] = &[
    Function { is_chance: true, ..plain("now", "", Flat, |_| Ok(Object::Time(NOW).into())) },
    plain("date", "sa", Flat, |arguments| formatted(arguments.str(0)?, arguments.value(1)?)).helm(),
    plain("dateInZone", "sas", Flat, |arguments| formatted(arguments.str(0)?, arguments.value(1)?)).helm(),
    plain("date_in_zone", "sas", Flat, |arguments| formatted(arguments.str(0)?, arguments.value(1)?)).helm(),
    plain("htmlDate", "a", Flat, |arguments| formatted("2006-01-02", arguments.value(0)?)).helm(),
    plain("htmlDateInZone", "as", Flat, |arguments| formatted("2006-01-02", arguments.value(0)?)).helm(),
    plain("toDate", "ss", Flat, |arguments| {
        let (layout, text) = (arguments.str(0)?, arguments.str(1)?);
        let time = parse(layout, text).unwrap_or(Time { seconds: ZERO, nanos: 0 });
        Ok(Object::Time(time).into())
    })
    .helm(),
    plain("dateModify", "sa", Flat, modify).helm(),
    plain("date_modify", "sa", Flat, modify).helm(),
    plain("ago", "a", Flat, |arguments| {
        let past = NOW.seconds - moment(arguments.value(0)?).seconds;
        Ok(Value::made(duration_text(i128::from(past) * SECOND)))
    })
    .helm(),
    plain("duration", "a", Flat, |arguments| {
        let seconds = match &arguments.value(0)?.data {
            Data::Int64(seconds) => *seconds,
            Data::Text(text) => text.as_str().parse().unwrap_or(0),
            _ => 0,
        };
        Ok(Value::made(duration_text(i128::from(seconds) * SECOND)))
    })
    .helm(),
    plain("durationRound", "a", Flat, |arguments| Ok(Value::made(rounded(arguments.value(0)?)))).helm(),
    plain("unixEpoch", "a", Flat, |arguments| {
        Ok(Value::made(moment(arguments.value(0)?).seconds.to_string()))
    })
    .helm(),
];

/// Nanoseconds of a second.
const SECOND: i128 = 1_000_000_000;

/// The first second of the year 1, which is Go's zero.
const ZERO: i64 = -62_135_596_800;

/// What the clock says: the first of January 2000.
const NOW: Time = Time { seconds: 946_684_800, nanos: 0 };

/// A moment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Time {
    seconds: i64,
    nanos: u32,
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A moment by the calendar.
struct Calendar {
    year: i64,
    month: usize,
    day: i64,
    weekday: usize,
    hour: i64,
    minute: i64,
    second: i64,
}

/// Days since 1970 of a day. Source: Howard Hinnant's `days_from_civil`.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Time {
    fn calendar(self) -> Calendar {
        let day_number = self.seconds.div_euclid(86_400);
        let rest = self.seconds.rem_euclid(86_400);
        let shifted = day_number + 719_468;
        let of_era = shifted.rem_euclid(146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        let year = year_of_era + shifted.div_euclid(146_097) * 400 + i64::from(month <= 2);
        let weekday = (day_number + 4).rem_euclid(7) as usize;
        let (hour, minute, second) = (rest / 3_600, rest / 60 % 60, rest % 60);
        Calendar { year, month: month as usize, day, weekday, hour, minute, second }
    }

    fn format(self, layout: &str) -> String {
        let calendar = self.calendar();
        let month = MONTHS.get(calendar.month - 1).copied().unwrap_or_default();
        let weekday = DAYS.get(calendar.weekday).copied().unwrap_or_default();
        let hour_of_12 = if calendar.hour % 12 == 0 { 12 } else { calendar.hour % 12 };
        let half = if calendar.hour < 12 { "AM" } else { "PM" };
        let mut text = String::new();
        let mut rest = layout;
        while let Some(sign) = rest.chars().next() {
            let Some(part) = PARTS.iter().find(|part| rest.starts_with(**part)) else {
                text.push(sign);
                rest = &rest[sign.len_utf8()..];
                continue;
            };
            rest = &rest[part.len()..];
            text.push_str(&match *part {
                "2006" => format!("{:04}", calendar.year),
                "06" => format!("{:02}", calendar.year.rem_euclid(100)),
                "January" => month.to_owned(),
                "Jan" => month.get(..3).unwrap_or_default().to_owned(),
                "01" => format!("{:02}", calendar.month),
                "1" => calendar.month.to_string(),
                "Monday" => weekday.to_owned(),
                "Mon" => weekday.get(..3).unwrap_or_default().to_owned(),
                "002" => {
                    let first = days(calendar.year, 1, 1);
                    format!("{:03}", self.seconds.div_euclid(86_400) - first + 1)
                }
                "02" => format!("{:02}", calendar.day),
                "_2" => format!("{:2}", calendar.day),
                "2" => calendar.day.to_string(),
                "15" => format!("{:02}", calendar.hour),
                "03" => format!("{hour_of_12:02}"),
                "3" => hour_of_12.to_string(),
                "04" => format!("{:02}", calendar.minute),
                "4" => calendar.minute.to_string(),
                "05" => format!("{:02}", calendar.second),
                "5" => calendar.second.to_string(),
                "PM" => half.to_owned(),
                "pm" => half.to_lowercase(),
                "MST" => "UTC".to_owned(),
                "-07:00" => "+00:00".to_owned(),
                "-0700" => "+0000".to_owned(),
                "-07" => "+00".to_owned(),
                ".000000000" => format!(".{:09}", self.nanos),
                ".000000" => format!(".{:06}", self.nanos / 1_000),
                ".000" => format!(".{:03}", self.nanos / 1_000_000),
                // Trailing zeros are left out, and with them the point.
                ".999999999" | ".999999" | ".999" => match self.nanos {
                    0 => String::new(),
                    nanos => format!(".{nanos:09}").trim_end_matches('0').to_owned(),
                },
                // `Z07:00` and the like.
                _ => "Z".to_owned(),
            });
        }
        text
    }

    /// What printing gives.
    pub fn printed(self) -> String {
        self.format("2006-01-02 15:04:05.999999999 -0700 MST")
    }

    /// What JSON has.
    pub fn json(self) -> String {
        self.format("2006-01-02T15:04:05.999999999Z07:00")
    }

    pub(crate) fn method(self, name: &str, arguments: &[Value]) -> Option<Answer> {
        let calendar = self.calendar();
        let number = |number: i64| Data::Int(number).into();
        Some(Ok(match name {
            "Format" => Value::made(
                self.format(arguments.first().and_then(Value::text).map_or("", |text| text.as_str())),
            ),
            "Unix" => Data::Int64(self.seconds).into(),
            "UnixNano" => Data::Int64(self.seconds.wrapping_mul(SECOND as i64)).into(),
            "Year" => number(calendar.year),
            "Month" => Value::made(MONTHS.get(calendar.month - 1).copied().unwrap_or_default()),
            "Day" => number(calendar.day),
            "Hour" => number(calendar.hour),
            "Minute" => number(calendar.minute),
            "Second" => number(calendar.second),
            "Weekday" => Value::made(DAYS.get(calendar.weekday).copied().unwrap_or_default()),
            "UTC" | "Local" => Object::Time(self).into(),
            "String" => Value::made(self.printed()),
            "AddDate" => {
                let part = |index: usize| {
                    arguments.get(index).map_or(0, super::numbers::to_int).clamp(-100_000, 100_000)
                };
                let months = calendar.year * 12 + calendar.month as i64 - 1 + part(0) * 12 + part(1);
                let day = days(months.div_euclid(12), months.rem_euclid(12) + 1, calendar.day + part(2));
                let seconds = day * 86_400 + self.seconds.rem_euclid(86_400);
                Object::Time(Time { seconds, ..self }).into()
            }
            _ => return None,
        }))
    }
}

/// The parts of a layout; what is longer stands first.
const PARTS: &[&str] = &[
    ".000000000",
    ".999999999",
    ".000000",
    ".999999",
    "January",
    "Monday",
    "Z07:00",
    "-07:00",
    "Z0700",
    "-0700",
    "2006",
    ".000",
    ".999",
    "Jan",
    "Mon",
    "MST",
    "002",
    "Z07",
    "-07",
    "01",
    "02",
    "03",
    "04",
    "05",
    "06",
    "_2",
    "15",
    "PM",
    "pm",
    "1",
    "2",
    "3",
    "4",
    "5",
];

/// Reads what a layout describes.
fn parse(layout: &str, text: &str) -> Option<Time> {
    let (mut year, mut month, mut day) = (1, 1, 1);
    let (mut hour, mut minute, mut second, mut offset, mut afternoon) = (0, 0, 0, 0, None);
    let (mut layout, mut text) = (layout, text);
    while let Some(sign) = layout.chars().next() {
        let Some(part) = PARTS.iter().find(|part| layout.starts_with(**part)) else {
            text = text.strip_prefix(sign)?;
            layout = &layout[sign.len_utf8()..];
            continue;
        };
        layout = &layout[part.len()..];
        let mut number = |least: usize, most: usize| {
            text = text.trim_start_matches(if *part == "_2" { ' ' } else { '\0' });
            let digits = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
            let (digits, rest) = text.split_at(digits);
            text = rest;
            (digits.len() >= least).then(|| digits.parse::<i64>().ok()).flatten()
        };
        match *part {
            "2006" => year = number(4, 4)?,
            "06" => {
                let short = number(2, 2)?;
                year = if short >= 69 { 1_900 + short } else { 2_000 + short };
            }
            "01" | "1" => month = number(part.len(), 2)?,
            "02" | "2" | "_2" => day = number(1, 2)?,
            "15" | "03" | "3" => hour = number(1, 2)?,
            "04" | "4" => minute = number(1, 2)?,
            "05" | "5" => {
                second = number(1, 2)?;
                // A fraction may follow that no layout asks for.
                if let Some(rest) = text.strip_prefix('.') {
                    text = rest.trim_start_matches(|sign: char| sign.is_ascii_digit());
                }
            }
            "January" | "Jan" | "Monday" | "Mon" => {
                let names: &[&str] = if part.starts_with('J') { &MONTHS } else { &DAYS };
                let short =
                    |name: &&&str| text.starts_with(if part.len() == 3 { &name[..3] } else { **name });
                let name = names.iter().find(short)?;
                text = &text[if part.len() == 3 { 3 } else { name.len() }..];
                if part.starts_with('J') {
                    month = 1 + names.iter().position(|known| known == name)? as i64;
                }
            }
            "PM" | "pm" => {
                afternoon = Some(text.get(..2)?.eq_ignore_ascii_case("pm"));
                text = &text[2..];
            }
            "MST" => text = text.trim_start_matches(|sign: char| sign.is_ascii_uppercase()),
            zone if zone.starts_with('Z') && text.starts_with('Z') => text = &text[1..],
            zone if zone.contains("07") => {
                let sign = if text.starts_with('-') { -1 } else { 1 };
                let digits: String = text.chars().filter(char::is_ascii_digit).take(4).collect();
                text = text.get(zone.trim_start_matches('Z').len().max(zone.len() - 1)..)?;
                let digits: i64 = format!("{digits:0<4}").parse().ok()?;
                offset = sign * (digits / 100 * 3_600 + digits % 100 * 60);
            }
            // Fractions.
            _ => {
                text = text
                    .strip_prefix('.')
                    .unwrap_or(text)
                    .trim_start_matches(|sign: char| sign.is_ascii_digit());
            }
        }
    }
    hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    let valid = text.is_empty() && (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24;
    let seconds = days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset;
    valid.then_some(Time { seconds, nanos: 0 })
}

/// The moment that a value is; now, when it is none.
fn moment(value: &Value) -> Time {
    match &value.data {
        Data::Object(object) => match &**object {
            Object::Time(time) => *time,
            _ => NOW,
        },
        Data::Int(seconds) | Data::Int64(seconds) => Time { seconds: *seconds, nanos: 0 },
        _ => NOW,
    }
}

fn formatted(layout: &str, value: &Value) -> Answer {
    let clamped = moment(value).seconds.clamp(-(1 << 40), 1 << 40);
    Ok(Value { origin: value.origin, ..Value::made(Time { seconds: clamped, nanos: 0 }.format(layout)) })
}

fn modify(arguments: Arguments<'_>) -> Answer {
    let time = moment(arguments.value(1)?);
    let change = duration(arguments.str(0)?).unwrap_or(0);
    let seconds = time.seconds.saturating_add(i64::try_from(change / SECOND).unwrap_or(0));
    Ok(Value { data: Data::Object(Rc::new(Object::Time(Time { seconds, ..time }))), origin: None })
}

/// Nanoseconds of `1h30m`.
fn duration(text: &str) -> Option<i128> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let end = rest.find(|sign: char| !sign.is_ascii_digit() && sign != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        rest = &rest[end..];
        let units =
            [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9)];
        let (unit, size) = units.into_iter().find(|(unit, _)| rest.starts_with(unit))?;
        rest = &rest[unit.len()..];
        total += number * size;
    }
    Some(sign * total as i128)
}

/// A duration as Go prints it.
fn duration_text(nanos: i128) -> String {
    let (sign, seconds) = (if nanos < 0 { "-" } else { "" }, nanos.abs() / SECOND);
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, minutes) => format!("{sign}{minutes}m{seconds}s"),
        (hours, minutes) => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// The largest unit of a duration.
fn rounded(value: &Value) -> String {
    let seconds = match &value.data {
        Data::Text(text) => duration(text.as_str()).unwrap_or(0) / SECOND,
        Data::Int64(nanos) => i128::from(*nanos) / SECOND,
        Data::Object(_) => i128::from(NOW.seconds - moment(value).seconds),
        _ => duration(strval(value).as_str()).unwrap_or(0) / SECOND,
    };
    let units = [(31_536_000, "y"), (2_592_000, "mo"), (86_400, "d"), (3_600, "h"), (60, "m"), (1, "s")];
    let unit = units.into_iter().find(|(size, _)| seconds.abs() >= *size);
    unit.map_or("0s".to_owned(), |(size, unit)| format!("{}{unit}", seconds / size))
}
