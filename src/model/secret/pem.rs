//! Private keys in armour: PEM, OpenSSH and PGP blocks.

use std::ops::Range;

use memchr::memmem;

use super::base64::run_length;

/// A private key in a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PrivateKey {
    /// From the first dash to the last, or to the end of the text when the block is not closed.
    pub range: Range<usize>,
    /// Whether a passphrase protects the key.
    pub encrypted: bool,
}

/// Shortest run of base64 that makes a body; documentation writes `…` or a sentence there.
const BODY: usize = 32;
/// Fewest different characters of that run; `xxxx…` is no key.
const VARIETY: usize = 10;
/// Lines behind the header among which the first of the body must be.
const HEADERS: usize = 8;
/// Characters behind the header among which the first line of the body must be.
const HEAD: usize = 2048;
/// Longest block looked at.
const LONGEST: usize = 64 * 1024;
/// The kdf `bcrypt` in the header of an OpenSSH key, base64.
const OPENSSH_ENCRYPTED: &str = "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni";

/// The first private key of a text.
pub fn private_key(text: &str) -> Option<PrivateKey> {
    memmem::find_iter(text.as_bytes(), "-----BEGIN ").find_map(|start| private_key_at(text, start))
}

/// The private key whose first dash is at `start`. Line breaks may be escaped, and lines indented or commented.
pub fn private_key_at(text: &str, start: usize) -> Option<PrivateKey> {
    let block = text.get(start..)?;
    let label_end = block.strip_prefix("-----BEGIN ")?.find("-----")? + "-----BEGIN ".len();
    let label = block.get("-----BEGIN ".len()..label_end)?;
    let is_label =
        label.len() < 40 && label.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b' ');
    if !is_label || !label.contains("PRIVATE KEY") {
        return None;
    }
    let body_start = label_end + "-----".len();
    let rest = block.get(body_start..)?;
    // A text of nothing but headers is not searched for an end once for each of them.
    let head = rest.char_indices().nth(HEAD).map_or(rest, |(at, _)| &rest[..at]);
    if !has_key_material(head.split("-----").next().unwrap_or_default()) {
        return None;
    }
    let window = rest.as_bytes().get(..LONGEST).unwrap_or(rest.as_bytes());
    let closed = memmem::find(window, b"-----END ");
    let body = match closed {
        Some(at) => rest.get(..at)?,
        // A block that was cut off ends where the text does, or at the next empty line.
        _ => rest.split("\n\n").next().unwrap_or_default(),
    };
    let end_line =
        closed.and_then(|at| rest.get(at + "-----END ".len()..)).and_then(|tail| tail.find("-----"));
    let length = body_start + body.len() + end_line.map_or(0, |at| "-----END ".len() + at + "-----".len());
    let encrypted =
        label.contains("ENCRYPTED") || body.contains("4,ENCRYPTED") || body.contains(OPENSSH_ENCRYPTED);
    Some(PrivateKey { range: start..start + length, encrypted })
}

/// Whether base64 follows the header at once, as in a key; prose that mentions the header goes on in words.
/// Lines may be escaped, indented, commented or quoted; a header such as `Proc-Type:` may stand first.
fn has_key_material(body: &str) -> bool {
    let is_frame = |c: char| c.is_whitespace() || matches!(c, '#' | '"' | '\'' | '\\' | '|' | '+' | ',');
    let lines = body.split('\n').flat_map(|line| line.split("\\n")).take(HEADERS);
    let mut lines = lines.map(|line| line.trim_matches(is_frame)).filter(|line| !line.is_empty());
    let Some(first) = lines.find(|line| !line.contains(": ")) else { return false };
    let run = run_length(first);
    let mut seen: Vec<u8> = first.bytes().take(run).collect();
    seen.sort_unstable();
    seen.dedup();
    run >= BODY && seen.len() >= VARIETY
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY_LINE: &str = "MIIEpAIBAAKCAQEAxk3PqX9vLw2RtY7aZk3PqX9vLw2RtY7a";

    /// Written in parts, so that scanners of this repository find no key in it.
    fn block(label: &str, body: &str) -> String {
        format!("-----BEGIN {label}-----\n{body}\n-----END {label}-----")
    }

    #[test]
    fn keys_and_what_looks_like_them() {
        let private = ["PRIVATE", " KEY"].concat();
        let table = [
            (block(&private, BODY_LINE), Some(false)),
            (block(&format!("RSA {private}"), BODY_LINE), Some(false)),
            (block(&format!("RSA {private}"), &format!("Proc-Type: 4,ENCRYPTED\n\n{BODY_LINE}")), Some(true)),
            (block(&format!("ENCRYPTED {private}"), BODY_LINE), Some(true)),
            (block(&format!("OPENSSH {private}"), &format!("{OPENSSH_ENCRYPTED}{BODY_LINE}")), Some(true)),
            (block(&format!("PGP {private} BLOCK"), BODY_LINE), Some(false)),
            (block(&private, BODY_LINE).replace('\n', "\\n"), Some(false)),
            (block(&private, BODY_LINE).replace('\n', "\n#   "), Some(false)),
            (block(&private, "..."), None),
            (block(&private, &format!("\n## the certificate comes next:\n{BODY_LINE}")), None),
            (block(&private, "put the key of the server here, please"), None),
            (block(&private, &"x".repeat(64)), None),
            (block("PUBLIC KEY", BODY_LINE), None),
            (block("CERTIFICATE", BODY_LINE), None),
        ];
        for (text, expected) in table {
            let text = format!("é {text} é");
            let key = private_key(&text);
            assert_eq!(key.as_ref().map(|key| key.encrypted), expected, "{text}");
            if let Some(key) = key {
                assert_eq!(&text[key.range], &text["é ".len()..text.len() - " é".len()]);
            }
        }
    }
}
