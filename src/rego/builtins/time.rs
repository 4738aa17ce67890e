//! Points in time as numbers: nothing here knows what time it is.
//!
//! Owns the calendar and how Go writes times. Time zones other than UTC are not known, and undefined.

use super::{Answer, Failure, int, text};
use crate::rego::Value;

const SECOND: i64 = 1_000_000_000;
const DAY: i64 = 86_400 * SECOND;
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
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

/// A moment, taken apart.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    /// Of the day.
    nanoseconds: i64,
}

/// Days from 1970-01-01; months may be out of range. Howard Hinnant's algorithm.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = (year + (month - 1).div_euclid(12), (month - 1).rem_euclid(12) + 1);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year - era * 400;
    let of_year = (153 * (month + if month > 2 { -3 } else { 9 }) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

impl Moment {
    fn of(nanoseconds: i64) -> Self {
        let days = nanoseconds.div_euclid(DAY) + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days.rem_euclid(146_097);
        let years = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * years + years / 4 - years / 100);
        let shifted = (5 * of_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = years + era * 400 + i64::from(month <= 2);
        let day = of_year - (153 * shifted + 2) / 5 + 1;
        Self { year, month, day, nanoseconds: nanoseconds.rem_euclid(DAY) }
    }

    fn number(self) -> Result<i64, Failure> {
        if self.year.abs() > 10_000 {
            return Err(Failure::Undefined);
        }
        let days = days(self.year, self.month, self.day);
        days.checked_mul(DAY).and_then(|start| start.checked_add(self.nanoseconds)).ok_or(Failure::Undefined)
    }

    fn clock(self) -> [i64; 3] {
        let seconds = self.nanoseconds / SECOND;
        [seconds / 3600, seconds / 60 % 60, seconds % 60]
    }

    fn weekday(self) -> usize {
        usize::try_from((days(self.year, self.month, self.day) + 4).rem_euclid(7)).unwrap_or_default()
    }
}

/// A number, or `[number, zone]`, and the layout behind them.
fn moment(value: &Value) -> Result<(Moment, Option<&str>), Failure> {
    let Value::Array(items) = value else { return Ok((Moment::of(int(value)?), None)) };
    let number = items.first().ok_or(Failure::Undefined)?;
    let zone = items.get(1).map_or(Ok("UTC"), text)?;
    if !matches!(zone, "" | "UTC") {
        return Err(Failure::Undefined);
    }
    Ok((Moment::of(int(number)?), items.get(2).map(text).transpose()?))
}

fn one(arguments: &[Value]) -> Result<Moment, Failure> {
    let [value] = arguments else { return Err(Failure::Undefined) };
    Ok(moment(value)?.0)
}

fn numbers(numbers: &[i64]) -> Answer {
    Ok(numbers.iter().map(|number| Value::from(*number)).collect::<Vec<_>>().into())
}

pub fn date(arguments: &[Value]) -> Answer {
    let moment = one(arguments)?;
    numbers(&[moment.year, moment.month, moment.day])
}

pub fn clock(arguments: &[Value]) -> Answer {
    numbers(&one(arguments)?.clock())
}

pub fn weekday(arguments: &[Value]) -> Answer {
    Ok(Value::from(WEEKDAYS.get(one(arguments)?.weekday()).copied().unwrap_or_default()))
}

pub fn add_date(arguments: &[Value]) -> Answer {
    let [value, years, months, days] = arguments else { return Err(Failure::Undefined) };
    let mut moment = moment(value)?.0;
    let limited = |value: &Value| int(value).ok().filter(|by| by.abs() < 1_000_000).ok_or(Failure::Undefined);
    moment.year += limited(years)?;
    moment.month += limited(months)?;
    moment.day += limited(days)?;
    Ok(moment.number()?.into())
}

/// Years, months, days, hours, minutes and seconds between two moments.
pub fn difference(arguments: &[Value]) -> Answer {
    let [left, right] = arguments else { return Err(Failure::Undefined) };
    let (mut from, mut to) = (moment(left)?.0, moment(right)?.0);
    if from.number()? > to.number()? {
        (from, to) = (to, from);
    }
    let ([h1, m1, s1], [h2, m2, s2]) = (from.clock(), to.clock());
    let mut parts =
        [to.year - from.year, to.month - from.month, to.day - from.day, h2 - h1, m2 - m1, s2 - s1];
    let month_before = days(from.year, from.month + 1, 1) - days(from.year, from.month, 1);
    for (place, size) in [(5, 60), (4, 60), (3, 24), (2, month_before), (1, 12)] {
        if let Some([larger, part]) = parts.get_mut(place - 1..=place)
            && *part < 0
        {
            *part += size;
            *larger -= 1;
        }
    }
    numbers(&parts)
}

pub fn parse_rfc3339(arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    read("2006-01-02T15:04:05Z07:00", text(value)?).map(Value::from)
}

/// Layouts that Go has names for.
fn layout(name: &str) -> &str {
    match name {
        "ANSIC" => "Mon Jan _2 15:04:05 2006",
        "UnixDate" => "Mon Jan _2 15:04:05 MST 2006",
        "RubyDate" => "Mon Jan 02 15:04:05 -0700 2006",
        "RFC822" => "02 Jan 06 15:04 MST",
        "RFC822Z" => "02 Jan 06 15:04 -0700",
        "RFC850" => "Monday, 02-Jan-06 15:04:05 MST",
        "RFC1123" => "Mon, 02 Jan 2006 15:04:05 MST",
        "RFC1123Z" => "Mon, 02 Jan 2006 15:04:05 -0700",
        "RFC3339" => "2006-01-02T15:04:05Z07:00",
        "RFC3339Nano" => "2006-01-02T15:04:05.999999999Z07:00",
        other => other,
    }
}

pub fn parse(arguments: &[Value]) -> Answer {
    let [written, value] = arguments else { return Err(Failure::Undefined) };
    read(layout(text(written)?), text(value)?).map(Value::from)
}

/// The pieces of a layout, longer ones before those that they start with.
const PIECES: [&str; 23] = [
    "January", "Monday", "2006", "Z07:00", "-07:00", "-0700", "Jan", "Mon", "MST", "01", "02", "03", "04",
    "05", "06", "15", "PM", "_2", "1", "2", "3", "4", "5",
];

/// The next piece of a layout, its length, or a letter that stands for itself.
fn piece(layout: &str) -> Option<(&str, &str)> {
    let known = PIECES.iter().find(|piece| layout.starts_with(**piece)).map(|piece| piece.len());
    let fraction = layout.strip_prefix(['.', ',']).map(|rest| {
        let digits = rest.len() - rest.trim_start_matches(['0', '9']).len();
        if rest.starts_with(['0', '9']) { digits + 1 } else { 0 }
    });
    let length =
        known.or(fraction.filter(|length| *length > 0)).or(layout.chars().next().map(char::len_utf8))?;
    layout.split_at_checked(length)
}

/// A number of at most so many digits.
fn digits<'t>(text: &'t str, most: usize) -> Result<(i64, &'t str), Failure> {
    let count = text.bytes().take(most).take_while(u8::is_ascii_digit).count();
    let (number, rest) = text.split_at_checked(count).ok_or(Failure::Undefined)?;
    Ok((number.parse().map_err(|_| Failure::Undefined)?, rest))
}

fn name<'t>(text: &'t str, names: &[&str], length: usize) -> Result<(i64, &'t str), Failure> {
    let of = |name: &&str| {
        let name = name.get(..length.min(name.len()))?;
        let (start, rest) = text.split_at_checked(name.len())?;
        start.eq_ignore_ascii_case(name).then_some(rest)
    };
    let found = names.iter().enumerate().find_map(|(index, name)| of(name).map(|rest| (index as i64, rest)));
    found.ok_or(Failure::Undefined)
}

fn read(layout: &str, text: &str) -> Result<i64, Failure> {
    let (mut layout, mut text) = (layout, text);
    let mut moment = Moment { year: 1, month: 1, day: 1, nanoseconds: 0 };
    let (mut clock, mut fraction, mut zone, mut is_pm) = ([0, 0, 0], 0, 0, false);
    while let Some((piece, rest)) = piece(layout) {
        layout = rest;
        let mut take = |most: usize| {
            let (number, rest) = digits(text, most)?;
            text = rest;
            Ok(number)
        };
        match piece {
            "2006" => moment.year = take(4)?,
            "06" => moment.year = take(2)? + 2000,
            "01" | "1" => moment.month = take(2)?,
            "02" | "2" => moment.day = take(2)?,
            "_2" => {
                text = text.trim_start_matches(' ');
                (moment.day, text) = digits(text, 2)?;
            }
            "15" | "03" | "3" => clock[0] = take(2)?,
            "04" | "4" => clock[1] = take(2)?,
            "05" | "5" => {
                clock[2] = take(2)?;
                // A fraction may follow seconds that a layout gives without one.
                if !layout.starts_with(['.', ',']) {
                    (fraction, text) = fraction_of(text)?;
                }
            }
            "PM" => {
                is_pm = text.starts_with('P');
                text = text.get(2..).ok_or(Failure::Undefined)?;
            }
            "January" => {
                (moment.month, text) = name(text, &MONTHS, 9).map(|(index, rest)| (index + 1, rest))?
            }
            "Jan" => (moment.month, text) = name(text, &MONTHS, 3).map(|(index, rest)| (index + 1, rest))?,
            "Monday" => (_, text) = name(text, &WEEKDAYS, 9)?,
            "Mon" => (_, text) = name(text, &WEEKDAYS, 3)?,
            "MST" => {
                text = text.strip_prefix("UTC").or(text.strip_prefix("GMT")).ok_or(Failure::Undefined)?
            }
            "Z07:00" | "-07:00" | "-0700" => (zone, text) = offset(piece, text)?,
            _ if piece.len() > 1 && piece.starts_with(['.', ',']) => (fraction, text) = fraction_of(text)?,
            _ => text = text.strip_prefix(piece).ok_or(Failure::Undefined)?,
        }
    }
    let [mut hours, minutes, seconds] = clock;
    if is_pm && hours < 12 {
        hours += 12;
    }
    let days = days(moment.year, moment.month + 1, 1) - days(moment.year, moment.month, 1);
    let is_good = (1..=12).contains(&moment.month) && (1..=days).contains(&moment.day);
    if !text.is_empty() || !is_good || hours > 23 || minutes > 59 || seconds > 59 {
        return Err(Failure::Undefined);
    }
    moment.nanoseconds = (hours * 3600 + minutes * 60 + seconds - zone) * SECOND + fraction;
    moment.number()
}

/// `.25` in nanoseconds; nothing where there is none.
fn fraction_of(text: &str) -> Result<(i64, &str), Failure> {
    let Some(rest) = text.strip_prefix('.') else { return Ok((0, text)) };
    let count = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (digits, rest) = rest.split_at_checked(count).ok_or(Failure::Undefined)?;
    let digits: String = digits.chars().chain("000000000".chars()).take(9).collect();
    Ok((digits.parse().map_err(|_| Failure::Undefined)?, rest))
}

/// `Z`, `+02:00`, in seconds.
fn offset<'t>(piece: &str, text: &'t str) -> Result<(i64, &'t str), Failure> {
    if piece == "Z07:00"
        && let Some(rest) = text.strip_prefix('Z')
    {
        return Ok((0, rest));
    }
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let rest = text.strip_prefix(['+', '-']).ok_or(Failure::Undefined)?;
    let (hours, rest) = digits(rest, 2)?;
    let rest = if piece == "-0700" { rest } else { rest.strip_prefix(':').ok_or(Failure::Undefined)? };
    let (minutes, rest) = digits(rest, 2)?;
    Ok((sign * (hours * 3600 + minutes * 60), rest))
}

pub fn format(arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    let (moment, written) = moment(value)?;
    let ([hour, minute, second], nanoseconds) = (moment.clock(), moment.nanoseconds % SECOND);
    let mut rest = layout(written.unwrap_or("RFC3339Nano"));
    let mut out = String::new();
    let name = |names: &[&str], index: i64, length: usize| {
        let name =
            usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or_default();
        name.get(..length).unwrap_or(name).to_owned()
    };
    let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
    while let Some((piece, behind)) = piece(rest) {
        rest = behind;
        out += &match piece {
            "2006" => format!("{:04}", moment.year),
            "06" => format!("{:02}", moment.year % 100),
            "01" => format!("{:02}", moment.month),
            "1" => moment.month.to_string(),
            "02" => format!("{:02}", moment.day),
            "_2" => format!("{:2}", moment.day),
            "2" => moment.day.to_string(),
            "15" => format!("{hour:02}"),
            "03" => format!("{twelve:02}"),
            "3" => twelve.to_string(),
            "04" => format!("{minute:02}"),
            "4" => minute.to_string(),
            "05" => format!("{second:02}"),
            "5" => second.to_string(),
            "PM" => if hour < 12 { "AM" } else { "PM" }.to_owned(),
            "January" => name(&MONTHS, moment.month - 1, 9),
            "Jan" => name(&MONTHS, moment.month - 1, 3),
            "Monday" => name(&WEEKDAYS, moment.weekday() as i64, 9),
            "Mon" => name(&WEEKDAYS, moment.weekday() as i64, 3),
            "MST" => "UTC".to_owned(),
            "Z07:00" => "Z".to_owned(),
            "-07:00" => "+00:00".to_owned(),
            "-0700" => "+0000".to_owned(),
            _ if piece.len() > 1 && piece.starts_with(['.', ',']) => {
                let digits = format!("{nanoseconds:09}").chars().take(piece.len() - 1).collect::<String>();
                let digits = if piece.contains('9') { digits.trim_end_matches('0') } else { &digits };
                if digits.is_empty() { String::new() } else { format!(".{digits}") }
            }
            _ => piece.to_owned(),
        };
    }
    Ok(out.into())
}

/// `1h15m0.5s`.
pub fn parse_duration(arguments: &[Value]) -> Answer {
    let [value] = arguments else { return Err(Failure::Undefined) };
    let value = text(value)?;
    let sign = if value.starts_with('-') { -1.0 } else { 1.0 };
    let mut rest = value.strip_prefix(['+', '-']).unwrap_or(value);
    if rest == "0" {
        return Ok(0_i64.into());
    }
    let mut total = 0.0;
    while !rest.is_empty() {
        let count = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, behind) = rest.split_at_checked(count).ok_or(Failure::Undefined)?;
        let number: f64 = number.parse().map_err(|_| Failure::Undefined)?;
        let units = [
            ("ns", 1.0),
            ("us", 1e3),
            ("µs", 1e3),
            ("μs", 1e3),
            ("ms", 1e6),
            ("s", 1e9),
            ("m", 6e10),
            ("h", 3.6e12),
        ];
        let unit =
            units.into_iter().find_map(|(unit, size)| behind.strip_prefix(unit).map(|rest| (size, rest)));
        let (size, behind) = unit.ok_or(Failure::Undefined)?;
        (total, rest) = (total + number * size, behind);
    }
    if value.trim_start_matches(['+', '-']).is_empty() || total >= 9.2e18 {
        return Err(Failure::Undefined);
    }
    Ok(((sign * total) as i64).into())
}
