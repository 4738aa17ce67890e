//! The syntax of names, as `k8s.io/apimachinery` has it: why a text is no name of a kind.

use std::net::IpAddr;

/// What a name may be at most, in characters.
const SUBDOMAIN: usize = 253;
const LABEL: usize = 63;

fn is_lower(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

/// Why a text is no DNS label: `web-1`.
pub fn dns_label(text: &str) -> Option<String> {
    too_long(text, LABEL).or_else(|| {
        let is_label = label(text, is_lower, |byte| is_lower(byte) || byte == b'-');
        (!is_label).then(|| {
            "may have small letters, digits and `-`, with a letter or a digit at both ends".to_owned()
        })
    })
}

/// Why a text is no DNS subdomain: `web.example.com`.
pub fn dns_subdomain(text: &str) -> Option<String> {
    too_long(text, SUBDOMAIN).or_else(|| {
        let is_part = |part: &str| label(part, is_lower, |byte| is_lower(byte) || byte == b'-');
        (!text.split('.').all(is_part)).then(|| {
            "may have small letters, digits, `-` and `.`, with a letter or a digit at both ends of each part".to_owned()
        })
    })
}

/// Why a text is no address as Kubernetes writes it: `10.0.0.1`, `fd00::1`.
pub fn address(text: &str) -> Option<String> {
    let is_written_so = text.parse::<IpAddr>().is_ok_and(|address| address.to_string() == text);
    (!is_written_so).then(|| "must be an IP address in its shortest form".to_owned())
}

/// Why a text is no part of a path: the names of roles and bindings.
pub fn path_segment(text: &str) -> Option<String> {
    let is_wrong = text.is_empty() || text == "." || text == ".." || text.contains(['/', '%']);
    is_wrong.then(|| "may not have `/` or `%`, or be `.` or `..`".to_owned())
}

/// Why a text is no key of a label or an annotation: `example.com/name`.
pub fn qualified_name(text: &str) -> Option<String> {
    let (prefix, name) = match text.split_once('/') {
        Some((prefix, name)) => (Some(prefix), name),
        None => (None, text),
    };
    if name.contains('/') {
        return Some("may have one `/` between a prefix and a name".to_owned());
    }
    if let Some(why) = prefix.and_then(dns_subdomain) {
        return Some(format!("has a prefix that {why}"));
    }
    match name.is_empty() {
        true => Some("needs a name behind the `/`".to_owned()),
        false => plain(name),
    }
}

/// Why a text is no value of a label.
pub fn label_value(text: &str) -> Option<String> {
    if text.is_empty() { None } else { plain(text) }
}

/// Why a text is no name of a port: `http-metrics`.
pub fn port_name(text: &str) -> Option<String> {
    let is_label = label(text, is_lower, |byte| is_lower(byte) || byte == b'-');
    let why = match () {
        () if text.len() > 15 => "may have at most 15 characters",
        () if !text.bytes().any(|byte| byte.is_ascii_lowercase()) && is_label => "needs a letter",
        () if !is_label => "may have small letters, digits and `-`, with a letter or a digit at both ends",
        () if text.contains("--") => "may not have two `-` in a row",
        () => return None,
    };
    Some(why.to_owned())
}

fn plain(text: &str) -> Option<String> {
    let is_end = |byte: u8| byte.is_ascii_alphanumeric();
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    too_long(text, LABEL).or_else(|| {
        (!label(text, is_end, is_inner)).then(|| {
            "may have letters, digits, `-`, `_` and `.`, with a letter or a digit at both ends".to_owned()
        })
    })
}

fn too_long(text: &str, most: usize) -> Option<String> {
    (text.len() > most).then(|| format!("may have at most {most} characters, and has {}", text.len()))
}

fn label(text: &str, is_end: impl Fn(u8) -> bool, is_inner: impl Fn(u8) -> bool) -> bool {
    let ends = text.bytes().next().zip(text.bytes().last());
    ends.is_some_and(|(first, last)| is_end(first) && is_end(last)) && text.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_kubernetes() {
        let long = "a".repeat(64);
        for good in ["a", "web-1", "0", "1a"] {
            assert_eq!(dns_label(good), None, "{good}");
        }
        for bad in ["", "-a", "a-", "A", "a.b", "a_b", &long] {
            assert!(dns_label(bad).is_some(), "{bad}");
        }
        assert_eq!(dns_subdomain("a.b-c.1"), None);
        for bad in ["a..b", ".a", "a.", "a.-b", "a_b", "A", "a/b"] {
            assert!(dns_subdomain(bad).is_some(), "{bad}");
        }
        assert!(address("10.0.0.1").is_none() && address("fd00::1").is_none());
        assert!(address("web").is_some() && address("fd00:0::1").is_some());
        assert!(path_segment("system:node").is_none() && path_segment("a/b").is_some());
        for good in ["app", "example.com/App_1.x", "A"] {
            assert_eq!(qualified_name(good), None, "{good}");
        }
        for bad in ["a/b/c", "/a", "a/", "Example.com/a", "a b", "_a", "a:b", &long] {
            assert!(qualified_name(bad).is_some(), "{bad}");
        }
        assert!(label_value("").is_none() && label_value("v1.2_3-x").is_none());
        assert!(label_value("a b").is_some() && label_value("-a").is_some() && label_value(&long).is_some());
        assert!(port_name("http-web").is_none() && port_name("1a").is_none());
        for bad in ["80", "http_web", "HTTP", "a--b", "-a", "a-", "a234567890123456", ""] {
            assert!(port_name(bad).is_some(), "{bad}");
        }
    }
}
