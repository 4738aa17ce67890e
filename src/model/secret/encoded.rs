//! Credentials in base64: a value is decoded and looked at again.
//!
//! Owns how deep and how far that goes. Must not know the forms themselves.

use std::borrow::Cow;

use serde_json::Value;

use super::base64::{Decoded, decode};
use super::placeholder::stand_in;
use super::{Certainty, KnownFormat, assignment, by_key, docker, format};

/// Shorter base64 holds no credential of a known form.
const SHORTEST: usize = 24;
/// The longest value that is decoded, in bytes: no object of Kubernetes is larger.
const LONGEST: usize = 2 << 20;
/// Base64 inside of base64 is followed this often.
const DEPTH: u32 = 2;

/// A log-in of a program, by what it writes.
const fn file(name: &'static str) -> KnownFormat {
    KnownFormat {
        name,
        identifier: false,
        doubtful: false,
        encoded: true,
        encrypted: false,
        is_private_key: false,
        is_url_password: false,
    }
}

/// The credential that a value holds in base64.
pub fn find(value: &str) -> Option<KnownFormat> {
    let mut text = Cow::Borrowed(value);
    for _ in 0..DEPTH {
        let Some(Decoded::Text(decoded)) = decode(could_be(&text)?) else { return None };
        if let Some(found) = format::find(&decoded) {
            return Some(KnownFormat { encoded: true, ..KnownFormat::from(&found) });
        }
        if let Some(found) = in_file(&decoded) {
            return Some(found);
        }
        text = Cow::Owned(decoded);
    }
    None
}

/// The text if it could be base64, as far as one can see without decoding it.
fn could_be(text: &str) -> Option<&str> {
    let text = text.trim();
    let fits = (SHORTEST..=LONGEST).contains(&text.len());
    (fits && text.bytes().all(|byte| is_base64(byte) || matches!(byte, b'\r' | b'\n'))).then_some(text)
}

/// Whether a scalar as YAML writes it, with its quotes or the header of its block, may be base64: its length and its first
/// line say so of nearly all scalars, most of which need not be taken out of their quotes and blocks then.
pub fn may_be_written(scalar: &str) -> bool {
    let mut lines =
        scalar.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(['|', '>']));
    let is_quote = |byte| matches!(byte, b'"' | b'\'' | b'\\');
    scalar.len() >= SHORTEST
        && lines.next().is_some_and(|line| line.bytes().all(|byte| is_base64(byte) || is_quote(byte)))
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_')
}

/// The credential of a whole file: a docker configuration, a kubeconfig, JSON with a password.
fn in_file(text: &str) -> Option<KnownFormat> {
    if text.trim_start().starts_with('{') {
        let json: Value = serde_json::from_str(text).ok()?;
        return match json.get("auths") {
            Some(_) => {
                (docker::logins(text) == docker::Logins::Credential).then(|| file("the log-in to a registry"))
            }
            None => has_credential(&json).then(|| file("JSON with a credential")),
        };
    }
    // The key of a client is base64 of a key in armour, which has been looked for.
    let mut lines = assignment::in_lines(text);
    let is_kubeconfig = text.contains("kind: Config") && text.contains("users:");
    let has_token = is_kubeconfig && lines.any(|line| line.key == "token" && stand_in(line.value).is_none());
    has_token.then(|| file("a kubeconfig"))
}

/// Whether a field somewhere in JSON is a credential. The reader of JSON has limited its depth.
fn has_credential(json: &Value) -> bool {
    match json {
        Value::Object(fields) => fields.iter().any(|(key, value)| match value.as_str() {
            Some(text) => by_key(key, text).is_some_and(|found| found.certainty == Certainty::Named),
            None => has_credential(value),
        }),
        Value::Array(items) => items.iter().any(has_credential),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encode(text: &str) -> String {
        data_encoding::BASE64.encode(text.as_bytes())
    }

    #[test]
    fn what_base64_holds() {
        let url = ["postgres://app:", "hunter2", "@db/app"].concat();
        let auth = encode("bot:hunter2hunter2");
        let kubeconfig = "apiVersion: v1\nkind: Config\nusers:\n- name: a\n  user:\n    token: abc.def\n";
        let table = [
            (encode(&url), Some("a password in a URL")),
            (encode(&encode(&url)), Some("a password in a URL")),
            (encode(&encode(&encode(&url))), None),
            (
                encode(&format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{auth}"}}}}}}"#)),
                Some("the log-in to a registry"),
            ),
            (encode(r#"{"auths":{"ghcr.io":{"auth":"CHANGEME"}}}"#), None),
            (encode(r#"{"db":[{"password":"hunter2hunter2"}]}"#), Some("JSON with a credential")),
            (encode(r#"{"db":[{"password":"${PASSWORD}","user":"app"}]}"#), None),
            (encode(kubeconfig), Some("a kubeconfig")),
            (encode("nothing that is a secret, only text"), None),
            ("registry.example.com/team/web".to_owned(), None),
        ];
        for (text, expected) in table {
            let found = find(&text);
            assert_eq!(found.map(|found| found.name), expected, "{text}");
            assert!(found.is_none_or(|found| found.encoded));
        }
    }

    /// Base64 of ten megabytes, and of as much of it in itself as fits, take no more time than others.
    #[test]
    fn made_up_texts_are_bounded() {
        let started = std::time::Instant::now();
        assert!(find(&"QUJD".repeat((10 << 20) / 4)).is_none());
        let mut nested = encode(&"x".repeat(64 << 10));
        while nested.len() < LONGEST {
            nested = encode(&nested);
        }
        assert!(find(&nested).is_none());
        assert!(find(&encode(&"[".repeat(1 << 20))).is_none());
        assert!(find(&encode(&("{".to_owned() + &"\"a\":{".repeat(1 << 16)))).is_none());
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }
}
