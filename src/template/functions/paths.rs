//! Paths and URLs.

use std::fmt::Write;

use super::super::bytes;
use super::super::value::{Map, Value};
use super::case::changed;
use super::cost::Cost::Deep;
use super::logic::truth;
use super::{Answer, Arguments, Function, format, plain, strval};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("base", "s", Deep, |arguments| changed(arguments, |path| base(path).to_owned())),
    plain("dir", "s", Deep, |arguments| changed(arguments, directory)),
    plain("clean", "s", Deep, |arguments| changed(arguments, clean)),
    plain("ext", "s", Deep, |arguments| changed(arguments, extension)),
    plain("isAbs", "s", Deep, |arguments| Ok(truth(arguments.str(0)?.starts_with('/')))),
    plain("osBase", "s", Deep, |arguments| changed(arguments, |path| base(path).to_owned())),
    plain("osDir", "s", Deep, |arguments| changed(arguments, directory)),
    plain("osClean", "s", Deep, |arguments| changed(arguments, clean)),
    plain("osExt", "s", Deep, |arguments| changed(arguments, extension)),
    plain("osIsAbs", "s", Deep, |arguments| Ok(truth(arguments.str(0)?.starts_with('/')))),
    plain("urlquery", "a*", Deep, |arguments| {
        let printed = match arguments.from(0) {
            [one] => strval(one),
            all => format::print(all),
        };
        Ok(printed.became(escaped(printed.as_str())).into())
    }),
    plain("urlParse", "s", Deep, parse).helm(),
    plain("urlJoin", "m", Deep, join).helm(),
];

fn directory(path: &str) -> String {
    clean(path.rfind('/').map_or("", |at| &path[..at + 1]))
}

fn extension(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rfind('.').map_or("", |at| &name[at..]).to_owned()
}

/// The last part of a path, as Go's `path.Base` has it.
pub(super) fn base(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".",
        "" => "/",
        path => path.rsplit('/').next().unwrap_or_default(),
    }
}

/// A path without `.`, `..` and repeated slashes, as Go's `path.Clean` has it.
fn clean(path: &str) -> String {
    let is_rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_rooted => {}
            part => parts.push(part),
        }
    }
    let joined = parts.join("/");
    match (is_rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".to_owned(),
        (false, false) => joined,
    }
}

/// Text as a part of a query.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in bytes::of(text).iter() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                escaped.push(char::from(*byte))
            }
            b' ' => escaped.push('+'),
            byte => {
                let _ = write!(escaped, "%{byte:02X}");
            }
        }
    }
    escaped
}

/// The parts of a URL as a map.
fn parse(arguments: Arguments<'_>) -> Answer {
    let text = arguments.str(0)?;
    let (rest, fragment) = text.split_once('#').unwrap_or((text, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let is_scheme = |scheme: &&str| {
        scheme.starts_with(|sign: char| sign.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
    };
    let split = rest.split_once(':').filter(|(scheme, _)| is_scheme(scheme));
    let (scheme, rest) = split.unwrap_or(("", rest));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let is_opaque = !scheme.is_empty() && !rest.starts_with('/');
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let hostname = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let map = Map::default();
    for (key, part) in [
        ("scheme", scheme.to_lowercase().as_str()),
        ("host", host),
        ("hostname", hostname.trim_matches(['[', ']'])),
        ("path", if is_opaque { "" } else { path }),
        ("query", query),
        ("opaque", if is_opaque { path } else { "" }),
        ("fragment", fragment),
        ("userinfo", user),
    ] {
        let origin = arguments.text(0)?.origin();
        map.set(key, Value::word(part, origin.filter(|_| !part.is_empty())));
    }
    Ok(map.into())
}

/// The URL of a map of its parts.
fn join(arguments: Arguments<'_>) -> Answer {
    let map = arguments.map(0)?;
    let part = |key: &str| map.get(key).map(|value| strval(&value).as_str().to_owned()).unwrap_or_default();
    let mut url = String::new();
    let (scheme, opaque, user, host) = (part("scheme"), part("opaque"), part("userinfo"), part("host"));
    if !scheme.is_empty() {
        url.push_str(&format!("{scheme}:"));
    }
    if !opaque.is_empty() {
        url.push_str(&opaque);
    } else {
        if !scheme.is_empty() || !host.is_empty() || !user.is_empty() {
            url.push_str("//");
        }
        if !user.is_empty() {
            url.push_str(&format!("{user}@"));
        }
        url.push_str(&host);
        let path = part("path");
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            url.push('/');
        }
        url.push_str(&path);
    }
    for (mark, key) in [('?', "query"), ('#', "fragment")] {
        let part = part(key);
        if !part.is_empty() {
            url.push(mark);
            url.push_str(&part);
        }
    }
    Ok(Value::made(url))
}
