//! Timestamps as go-yaml recognises them, and as Go's JSON writes them.
//!
//! Owns the four layouts of go-yaml's `resolve.go`, read with the leniency of Go's `time.Parse`: fields of one or two
//! digits, fractions of any length behind a point or a comma.

/// A moment that a plain scalar names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Timestamp {
    /// Year, month, day, hour, minute, second.
    fields: [u32; 6],
    nanoseconds: u32,
    /// Minutes east of Greenwich.
    offset: i32,
}

impl Timestamp {
    /// The timestamp that a text is, if it is one: `2001-1-2`, `2001-01-02 3:4:5`, `2001-01-02T03:04:05.6+07:00`.
    pub fn parse(text: &str) -> Option<Self> {
        let year = text.get(..4).filter(|year| year.bytes().all(|byte| byte.is_ascii_digit()))?;
        let mut fields = [year.parse().ok()?, 0, 0, 0, 0, 0];
        let mut rest = text.get(4..)?;
        for field in &mut fields[1..3] {
            (*field, rest) = short(rest.strip_prefix('-')?)?;
        }
        let [year, month, day, ..] = fields;
        if !(1..=12).contains(&month) || !(1..=days(year, month)).contains(&day) {
            return None;
        }
        let mut timestamp = Self { fields, nanoseconds: 0, offset: 0 };
        let Some(separator) = rest.chars().next() else { return Some(timestamp) };
        rest = rest.strip_prefix([' ', 'T', 't'])?;
        for (index, limit) in [(3, 24), (4, 60), (5, 60)] {
            rest = if index > 3 { rest.strip_prefix(':')? } else { rest };
            let value;
            (value, rest) = short(rest)?;
            timestamp.fields[index] = Some(value).filter(|&value| value < limit)?;
        }
        if let Some(fraction) = rest.strip_prefix(['.', ',']) {
            let digits = fraction.bytes().take_while(u8::is_ascii_digit).count();
            // Beyond nanoseconds nothing counts.
            let counted = fraction.get(..digits.min(9)).filter(|counted| !counted.is_empty())?;
            timestamp.nanoseconds = format!("{counted:0<9}").parse().ok()?;
            rest = &fraction[digits..];
        }
        match (separator, rest) {
            (' ', "") | ('T' | 't', "Z") => Some(timestamp),
            ('T' | 't', zone) => Some(Self { offset: offset(zone)?, ..timestamp }),
            _ => None,
        }
    }

    /// The form of RFC 3339, as Go's JSON has it; `None` for an offset of a day, which Go refuses to write.
    pub fn json(&self) -> Option<String> {
        let Self { fields: [year, month, day, hour, minute, second], nanoseconds, offset } = *self;
        let mut text = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}");
        if nanoseconds > 0 {
            text.push('.');
            text.push_str(format!("{nanoseconds:09}").trim_end_matches('0'));
        }
        match offset {
            0 => text.push('Z'),
            _ => {
                let sign = if offset < 0 { '-' } else { '+' };
                let (hours, minutes) = (offset.abs() / 60, offset.abs() % 60);
                text.push_str(&format!("{sign}{hours:02}:{minutes:02}"));
                return (hours < 24).then_some(text);
            }
        }
        Some(text)
    }
}

/// A number of one or two digits, and what follows.
fn short(text: &str) -> Option<(u32, &str)> {
    let digits = text.bytes().take(2).take_while(u8::is_ascii_digit).count();
    Some((text.get(..digits)?.parse().ok()?, text.get(digits..)?))
}

/// `+07:00`. Go lets an offset have 24 hours or 60 minutes.
fn offset(zone: &str) -> Option<i32> {
    let sign = match zone.chars().next()? {
        '+' => 1,
        '-' => -1,
        _ => return None,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let two = |text: &str| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| text.parse::<i32>().ok()).flatten()
    };
    let (hours, minutes) = (two(hours)?, two(minutes)?);
    (hours <= 24 && minutes <= 60).then_some(sign * (hours * 60 + minutes))
}

fn days(year: u32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::Timestamp;

    #[test]
    fn timestamps_of_go_yaml() {
        for (text, expected) in [
            ("2001-01-01", Some("2001-01-01T00:00:00Z")),
            ("2001-1-2", Some("2001-01-02T00:00:00Z")),
            ("0000-01-01", Some("0000-01-01T00:00:00Z")),
            ("2000-02-29", Some("2000-02-29T00:00:00Z")),
            ("2001-12-14t21:59:43.10-05:00", Some("2001-12-14T21:59:43.1-05:00")),
            ("2001-12-14 21:59:43.10", Some("2001-12-14T21:59:43.1Z")),
            ("2001-12-14 1:9:3,10", Some("2001-12-14T01:09:03.1Z")),
            ("2001-12-14T01:09:03.1234567891234+01:00", Some("2001-12-14T01:09:03.123456789+01:00")),
            ("2001-12-14T01:09:03-00:00", Some("2001-12-14T01:09:03Z")),
            ("2001-12-14T01:09:03+24:00", None), // Kustomize fails
        ] {
            assert_eq!(Timestamp::parse(text).unwrap().json().as_deref(), expected, "{text}");
        }
        for text in [
            "1900-02-29",
            "2001-13-01",
            "2001-02-30",
            "2001-001-01",
            "-2001-01-01",
            "2001-01-01-",
            "2001-01-01T",
            "20010-01-01",
            "2001-12-14 21:59:43.10 -5",
            "2001-12-14 21:59:43Z",
            "2001-12-14T21:59:43",
            "2001-12-14T24:00:00Z",
            "2001-12-14T23:60:00Z",
            "2001-12-14T23:00:00.Z",
            "2001-12-14T23:00:00+5:00",
            "2001-é",
            "",
        ] {
            assert_eq!(Timestamp::parse(text), None, "{text}");
        }
    }
}
