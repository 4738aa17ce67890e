//! The formats of text that definitions name, as the API server reads them.
//!
//! Sources: the formats that `k8s.io/apiextensions-apiserver` supports, and what `k8s.io/kube-openapi/pkg/validation/strfmt`
//! makes of each, in the most generous of the versions that are served. A text that is refused here is refused there; not
//! the other way round for e-mail addresses, hosts and escapes in addresses, and letters that are not of ASCII.
//! Must not know where a format is asked for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

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
    Format { name: "hostname", what: "the name of a host such as `web.example.com`", fits: is_hostname },
    Format { name: "ipv4", what: "an IPv4 address", fits: |text| is_address(&without_zeros(text), '.') },
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

/// Numbers without zeros before them, which `ParseIPSloppy` tolerates as Go before 1.17 did.
fn without_zeros(text: &str) -> String {
    let mut left = String::with_capacity(text.len());
    let mut is_start = true;
    let mut bytes = text.chars().peekable();
    while let Some(c) = bytes.next() {
        let is_zero = c == '0' && is_start && bytes.peek().is_some_and(char::is_ascii_hexdigit);
        if !is_zero {
            is_start = !c.is_ascii_hexdigit();
            left.push(c);
        }
    }
    left
}

fn is_cidr(text: &str) -> bool {
    let Some((address, length)) = text.split_once('/') else { return false };
    let address = without_zeros(address);
    let most = match (address.parse::<Ipv4Addr>(), address.parse::<Ipv6Addr>()) {
        (Ok(_), _) => 32,
        (_, Ok(_)) => 128,
        _ => return false,
    };
    length.bytes().all(|byte| byte.is_ascii_digit())
        && length.parse::<u32>().is_ok_and(|length| length <= most)
}

/// 6, 8 or 20 bytes, in pairs behind `:` or `-`, in fours behind `.`, or, from Go 1.26 on, one after another.
fn is_mac(text: &str) -> bool {
    let is_hex = |part: &str| part.bytes().all(|byte| byte.is_ascii_hexdigit());
    let bytes = |sign: char, digits: usize| {
        let mut parts = text.split(sign);
        parts.all(|part| part.len() == digits && is_hex(part)).then(|| text.split(sign).count() * digits / 2)
    };
    let length = bytes(':', 2)
        .or_else(|| bytes('-', 2))
        .or_else(|| bytes('.', 4))
        .or_else(|| (is_hex(text) && text.len().is_multiple_of(2)).then_some(text.len() / 2));
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

/// What stands behind the day and a `t`. A part of a second stands behind any sign.
static TIME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^([0-9]{2}):([0-9]{2}):([0-9]{2})(.[0-9]+)?(z|([+-][0-9]{2}:[0-9]{2}))$").ok()
});

/// Nobody looks behind a second `t`.
fn is_date_time(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let mut parts = text.split('t');
    let (Some(date), Some(time)) = (parts.next(), parts.next()) else { return false };
    let within = |time: &str| {
        let parts = TIME.as_ref()?.captures(time)?;
        Some(
            parts.get(1)?.as_str() <= "23"
                && parts.get(2)?.as_str() <= "59"
                && parts.get(3)?.as_str() <= "59",
        )
    };
    is_date(date) && within(time) == Some(true)
}

/// A number of a unit, wherever it stands: `PT5M`, `1.5 days`, `in 3 weeks`. A commit that asks it of all of the text is in
/// no release (`5a5fae75` of kube-openapi).
static AMOUNT: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"([0-9]+)[\t\n\f\r ]*([A-Za-zµ]+)").ok());

/// `1h30m` as Go writes it, `3 days` as Scala does.
fn is_duration(text: &str) -> bool {
    is_go_duration(text) || is_spoken_duration(text)
}

fn is_go_duration(text: &str) -> bool {
    const UNITS: [&str; 8] = ["ns", "us", "µs", "μs", "ms", "s", "m", "h"];
    let is_number = |c: char| c.is_ascii_digit() || c == '.';
    let mut rest = text.strip_prefix(['+', '-']).unwrap_or(text);
    if rest == "0" {
        return true;
    }
    loop {
        let unit = rest.trim_start_matches(is_number);
        let number = &rest[..rest.len() - unit.len()];
        let is_amount = number.contains(|c: char| c.is_ascii_digit()) && number.matches('.').count() <= 1;
        let mut ends = UNITS.iter().filter_map(|name| unit.strip_prefix(name));
        match ends.find(|rest| rest.is_empty() || rest.starts_with(is_number)).filter(|_| is_amount) {
            Some("") => return true,
            Some(next) => rest = next,
            None => return false,
        }
    }
}

fn is_spoken_duration(text: &str) -> bool {
    const UNITS: [&str; 11] = ["ns", "us", "µs", "ms", "s", "m", "h", "hr", "d", "w", "wk"];
    const LONG: [&str; 8] = ["nano", "micro", "milli", "sec", "min", "hour", "day", "week"];
    let Some(amount) = AMOUNT.as_ref() else { return true };
    let mut has_unit = false;
    for found in amount.captures_iter(text) {
        let (_, [number, unit]) = found.extract();
        if number.parse::<i64>().is_err() {
            return false;
        }
        let unit = unit.to_lowercase();
        has_unit |= UNITS.contains(&&*unit) || LONG.iter().any(|long| unit.starts_with(long));
    }
    has_unit
}

/// One word with at most one stroke, behind its first letter; or a domain, whose last part is letters alone. Symbols such
/// as `$` are letters there (`\p{S}`).
fn is_hostname(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "$+<=>^`|~".contains(c) || !c.is_ascii();
    let is_letter = |c: char| c.is_ascii_alphabetic() || !c.is_ascii();
    let is_label = |label: &str| {
        label.starts_with(is_part)
            && label.ends_with(is_part)
            && label.chars().all(|c| is_part(c) || c == '-')
    };
    let is_word = |word: &str| {
        let mut rest = word.chars();
        rest.next().is_some_and(is_part)
            && rest.as_str().strip_prefix('-').unwrap_or(rest.as_str()).chars().all(is_part)
    };
    let is_named = match text.rsplit_once('.') {
        None => is_word(text),
        Some((labels, last)) => {
            labels.split('.').all(is_label) && last.chars().count() >= 2 && last.chars().all(is_letter)
        }
    };
    is_named && text.len() <= 255 && text.split('.').all(|label| label.len() <= 63)
}

/// An absolute address or path, or `*`, as in the first line of a request.
fn is_uri(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let has_scheme = || text.split_once(':').is_some_and(|(scheme, _)| is_scheme(scheme));
    !text.chars().any(|c| c.is_ascii_control()) && (text == "*" || text.starts_with('/') || has_scheme())
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
            (
                "ipv4",
                &["10.0.0.1", "::ffff:10.0.0.1", "10.0.0.01", "010.0.0.1"],
                &["10.0.0", "10.0.0.0256", "0x0a.0.0.1", "10.0.0.1/8", "::1", ""],
            ),
            ("ipv6", &["::1", "fe80::1"], &["10.0.0.1", "fe80::1%eth0", "::ffff:10.0.0.01", "00001::"]),
            (
                "cidr",
                &["10.0.0.0/8", "::/0", "10.0.00.0/08", "00001::/16"],
                &["10.0.0.0", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/"],
            ),
            (
                "mac",
                &["aa:bb:cc:dd:ee:ff", "AA-BB-CC-DD-EE-FF", "aabb.ccdd.eeff", "aabbccddeeff"],
                &["aa:bb:cc", "aabbccddeeff0", "aabbccddee", "aa:bb-cc:dd:ee:ff", ""],
            ),
            ("date", &["2024-02-29"], &["2023-02-29", "2024-13-01", "24-01-01", "2024-1-1"]),
            (
                "date-time",
                &["2026-11-22T10:00:00Z", "2026-11-22t10:00:00.123+01:00", "2026-11-22T10:00:00ZTx"],
                &[
                    "2026-11-22",
                    "2026-11-22 10:00:00Z",
                    "2026-11-22T24:00:00Z",
                    "2026-11-22T10:00:00",
                    "2026-11-22T10:00Z",
                    "2026-11-22T10:00:00.Z",
                ],
            ),
            (
                "duration",
                &[
                    "90s",
                    "1h30m",
                    "1.5h",
                    "1.h",
                    "0",
                    "-5m",
                    "3 days",
                    "1w",
                    "2 Weeks",
                    "1d12h",
                    "PT5M",
                    "P1D",
                    "1.5 days",
                    "1m5",
                    "in 5 minutes",
                    "1 fortnight 2d",
                ],
                &["90", "", "s", "five minutes", "1 fortnight", "1 month", "--0", "99999999999999999999 d"],
            ),
            ("byte", &["YQ==", "YWI=", "YWJj"], &["YQ", "YQ=", "a b c d "]),
            (
                "uri",
                &["https://example.com", "/path", "mailto:a@example.com", "*"],
                &["example.com", "", "a b", "**"],
            ),
            (
                "hostname",
                &["web", "w-eb", "a-", "web.example.com", "1.example.com", "web-1-a.example.com"],
                &["web_1", "-web", "a..b", "web:80", "*.example.com", "web-1", "10.0.0.1", "a.b", "web.", ""],
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
