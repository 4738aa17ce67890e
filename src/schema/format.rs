//! The formats of text that definitions name, as the API server reads them.
//!
//! Sources: the formats that `k8s.io/apiextensions-apiserver` supports, and what `k8s.io/kube-openapi/pkg/validation/strfmt`
//! makes of each. Where these are generous (durations in days, any address behind a scheme) so is this; a text that is
//! refused here is refused there. Must not know where a format is asked for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A format.
#[derive(Debug)]
pub struct Format {
    /// Its name in schemas, without strokes: the API server does not see them either.
    name: &'static str,
    /// What a text of it is, with its article.
    pub what: &'static str,
    fits: fn(&str) -> bool,
}

/// What a schema says about the format of its texts.
#[derive(Clone, Copy, Debug)]
pub enum Formatted {
    /// Nothing, or a word that the API server does not know.
    Free,
    /// A format.
    As(&'static Format),
    /// One that the API server knows and this does not.
    Unread,
}

const FORMATS: [Format; 15] = [
    Format { name: "byte", what: "base64", fits: is_base64 },
    Format { name: "cidr", what: "a range of addresses such as `10.0.0.0/16`", fits: is_cidr },
    Format { name: "date", what: "a date such as `2026-11-22`", fits: is_date },
    Format { name: "datetime", what: "a time such as `2026-11-22T10:00:00Z`", fits: is_date_time },
    Format { name: "duration", what: "a duration such as `90s`", fits: is_duration },
    Format { name: "email", what: "an e-mail address", fits: |text| text.contains('@') },
    Format { name: "hostname", what: "the name of a host", fits: is_hostname },
    Format { name: "ipv4", what: "an IPv4 address", fits: |text| is_address(text, '.') },
    Format { name: "ipv6", what: "an IPv6 address", fits: |text| is_address(text, ':') },
    Format { name: "mac", what: "a MAC address", fits: is_mac },
    Format { name: "uri", what: "an address with its scheme", fits: is_uri },
    Format { name: "uuid", what: "a UUID", fits: |text| is_uuid(text, None) },
    Format { name: "uuid3", what: "a UUID of version 3", fits: |text| is_uuid(text, Some(b'3')) },
    Format { name: "uuid4", what: "a UUID of version 4", fits: |text| is_uuid(text, Some(b'4')) },
    Format { name: "uuid5", what: "a UUID of version 5", fits: |text| is_uuid(text, Some(b'5')) },
];

/// Those of the API server that no schema of a cluster was seen to use.
const UNREAD: [&str; 8] =
    ["bsonobjectid", "creditcard", "hexcolor", "isbn", "isbn10", "isbn13", "rgbcolor", "ssn"];

impl Formatted {
    /// By the name that a schema gives.
    pub fn named(name: &str) -> Self {
        let name = name.replace('-', "");
        match FORMATS.iter().find(|format| format.name == name) {
            Some(format) => Self::As(format),
            None if UNREAD.contains(&&*name) => Self::Unread,
            None => Self::Free,
        }
    }

    /// The format, if there is one to compare with.
    pub fn format(self) -> Option<&'static Format> {
        match self {
            Self::As(format) => Some(format),
            Self::Free | Self::Unread => None,
        }
    }
}

impl Format {
    /// Whether a text is of it.
    pub fn fits(&self, text: &str) -> bool {
        (self.fits)(text)
    }
}

fn is_address(text: &str, sign: char) -> bool {
    text.contains(sign) && text.parse::<IpAddr>().is_ok()
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let most = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(_), _) => 32,
        (_, Ok(_)) => 128,
        _ => return false,
    };
    length.bytes().all(|byte| byte.is_ascii_digit())
        && length.parse::<u32>().is_ok_and(|length| length <= most)
}

/// 6, 8 or 20 bytes, in pairs behind `:` or `-`, or in fours behind `.`.
fn is_mac(text: &str) -> bool {
    let is_hex =
        |part: &str, digits: usize| part.len() == digits && part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = |sign: char, digits: usize| {
        let mut parts = text.split(sign);
        parts.all(|part| is_hex(part, digits)).then(|| text.split(sign).count() * digits / 2)
    };
    let length = bytes(':', 2).or_else(|| bytes('-', 2)).or_else(|| bytes('.', 4));
    length.is_some_and(|length| matches!(length, 6 | 8 | 20))
}

fn is_uuid(text: &str, version: Option<u8>) -> bool {
    let mut digits = Vec::with_capacity(32);
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next_if(u8::is_ascii_hexdigit) {
        digits.push(byte.to_ascii_lowercase());
        if matches!(digits.len(), 8 | 12 | 16 | 20) {
            bytes.next_if_eq(&b'-');
        }
    }
    // Version 3 is older than the digit that says which variant it is.
    let has_variant = || digits.get(16).is_some_and(|digit| b"89ab".contains(digit));
    let is_version = |version| digits.get(12) == Some(&version) && (version == b'3' || has_variant());
    bytes.peek().is_none() && digits.len() == 32 && version.is_none_or(is_version)
}

/// `2026-11-22`: a day that there is.
fn is_date(text: &str) -> bool {
    let bytes = text.as_bytes();
    let number = |from: usize, to: usize| -> Option<u32> {
        let digits = bytes.get(from..to).filter(|digits| digits.iter().all(u8::is_ascii_digit))?;
        std::str::from_utf8(digits).ok()?.parse().ok()
    };
    let (Some(year), Some(month), Some(day)) = (number(0, 4), number(5, 7), number(8, 10)) else {
        return false;
    };
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        1..=12 => 31,
        _ => return false,
    };
    bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-' && (1..=days).contains(&day)
}

fn is_date_time(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let Some((date, time)) = text.split_once('t') else { return false };
    let pair = |at: usize, most: u8| {
        let two = time.as_bytes().get(at..at + 2).filter(|two| two.iter().all(u8::is_ascii_digit));
        two.is_some_and(|two| (two[0] - b'0') * 10 + two[1] - b'0' <= most)
    };
    let sign = |at: usize| time.as_bytes().get(at) == Some(&b':');
    let zone = time.get(8..).unwrap_or_default();
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A part of a second stands behind any sign.
    let mut fraction = zone.chars();
    let zone = match fraction.next() {
        Some('z' | '+' | '-') | None => zone,
        Some(_) => fraction.as_str().trim_start_matches(|c: char| c.is_ascii_digit()),
    };
    let is_offset = zone.strip_prefix(['+', '-']).is_some_and(|offset| {
        offset.split_once(':').is_some_and(|(hours, minutes)| {
            hours.len() == 2 && minutes.len() == 2 && digits(hours) && digits(minutes)
        })
    });
    is_date(date)
        && pair(0, 23)
        && sign(2)
        && pair(3, 59)
        && sign(5)
        && pair(6, 59)
        && (zone == "z" || is_offset)
}

/// `1h30m` as Go writes it, `3 days` as Scala does.
fn is_duration(text: &str) -> bool {
    let digits = |c: char| c.is_ascii_digit();
    if text.trim_start_matches(['+', '-']) == "0" {
        return true;
    }
    let is_go = text.len() > 1 && {
        let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
        loop {
            let unit = rest.trim_start_matches(|c: char| digits(c) || c == '.');
            let number = &rest[..rest.len() - unit.len()];
            let units = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
            let is_number = number.chars().any(digits) && number.matches('.').count() <= 1;
            let next = units
                .iter()
                .filter_map(|name| unit.strip_prefix(name))
                .find(|rest| rest.is_empty() || rest.starts_with(|c: char| digits(c) || c == '.'));
            match next.filter(|_| is_number) {
                Some("") => break true,
                Some(next) => rest = next,
                None => break false,
            }
        }
    };
    is_go || is_spoken_duration(text)
}

fn is_spoken_duration(text: &str) -> bool {
    const UNITS: [&str; 14] =
        ["ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk", "nano", "micro", "milli"];
    const LONG: [&str; 8] = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
    let mut rest = text.trim();
    let mut has_unit = false;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        let unit = after.trim_start();
        let next = unit.trim_start_matches(|c: char| c.is_ascii_alphabetic() || c == 'µ');
        if after.len() == rest.len() || next.len() == unit.len() {
            return false;
        }
        let unit = unit[..unit.len() - next.len()].to_lowercase();
        has_unit |= UNITS.contains(&&*unit) || LONG.iter().any(|long| unit.starts_with(long));
        rest = next.trim_start();
    }
    has_unit
}

fn is_hostname(text: &str) -> bool {
    let is_letter = |c: char| c.is_alphanumeric() || !c.is_ascii();
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.starts_with(is_letter)
            && label.ends_with(is_letter)
            && label.chars().all(|c| is_letter(c) || c == '-')
    };
    text.len() <= 255 && text.split('.').all(is_label)
}

/// An absolute address or path, as in the first line of a request.
fn is_uri(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let has_scheme = || text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme));
    !text.chars().any(|c| c.is_ascii_control()) && (text.starts_with('/') || has_scheme())
}

fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    // The API server wants it filled up, and not empty; an empty one is left to it.
    text.len().is_multiple_of(4)
        && text.len() - digits.len() <= 2
        && digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_fit_as_the_api_server_reads_them() {
        let cases: [(&str, &[&str], &[&str]); 13] = [
            ("ipv4", &["10.0.0.1", "::ffff:10.0.0.1"], &["10.0.0", "10.0.0.01", "10.0.0.1/8", "::1", ""]),
            ("ipv6", &["::1", "fe80::1"], &["10.0.0.1", "fe80::1%eth0"]),
            ("cidr", &["10.0.0.0/8", "::/0"], &["10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/"]),
            (
                "mac",
                &["aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF", "aabb.ccdd.eeff"],
                &["aa:bb:cc", "aabbccddeeff"],
            ),
            ("date", &["2024-02-29"], &["2023-02-29", "2024-13-01", "24-01-01", "2024-1-1"]),
            (
                "date-time",
                &["2026-11-22T10:00:00Z", "2026-11-22t10:00:00.123+01:00"],
                &[
                    "2026-11-22",
                    "2026-11-22 10:00:00Z",
                    "2026-11-22T24:00:00Z",
                    "2026-11-22T10:00:00",
                    "2026-11-22T10:00Z",
                ],
            ),
            (
                "duration",
                &["90s", "1h30m", "1.5h", "0", "-5m", "3 days", "1w", "2 Weeks", "1d12h"],
                &["90", "", "s", "five minutes", "1 fortnight", "1.5 days"],
            ),
            ("byte", &["YQ==", "YWI=", "YWJj"], &["YQ", "YQ=", "a b c d "]),
            ("uri", &["https://example.com", "/path", "mailto:a@example.com"], &["example.com", "", "a b"]),
            (
                "hostname",
                &["web", "web.example.com", "1.example.com"],
                &["web_1", "-web", "a..b", "web:80", "*.example.com"],
            ),
            (
                "uuid",
                &["123e4567-e89b-12d3-a456-426614174000", "123E4567E89B12D3A456426614174000"],
                &["123e4567-e89b-12d3-a456-42661417400", "123e4567--e89b-12d3-a456-426614174000"],
            ),
            ("uuid4", &["123e4567-e89b-42d3-a456-426614174000"], &["123e4567-e89b-12d3-a456-426614174000"]),
            ("email", &["web@example.com"], &["web"]),
        ];
        for (name, good, bad) in cases {
            let fits = |text: &str| Formatted::named(name).format().map(|format| format.fits(text));
            for text in good {
                assert_eq!(fits(text), Some(true), "{name}: {text}");
            }
            for text in bad {
                assert_eq!(fits(text), Some(false), "{name}: {text}");
            }
        }
    }

    #[test]
    fn words_of_others_restrict_nothing() {
        assert!(matches!(Formatted::named("int64"), Formatted::Free));
        assert!(matches!(Formatted::named("isbn-13"), Formatted::Unread));
    }
}
