//! Checks that a format carries in itself: what only looks like a token fails them.
//!
//! Must not know where a text was found.

use data_encoding::{BASE64_NOPAD, BASE64URL_NOPAD};
use serde_json::Value;

use super::super::base64::{Decoded, decode};
use super::super::placeholder::stand_in;
use super::super::strength::looks_random;

/// Random characters of a token of GitHub or npm.
const RANDOM: usize = 30;
/// Characters of the checksum behind them.
const CHECKSUM: usize = 6;

/// Tokens of GitHub and npm end in the CRC-32 of their random part, in base 62. Longer ones are of a newer form.
pub(super) fn is_checked_token(token: &str) -> bool {
    let body = token.split_once('_').map_or(token, |(_, body)| body);
    match (body.get(..RANDOM), body.get(RANDOM..)) {
        (Some(random), Some(checksum)) if checksum.len() == CHECKSUM => base62(crc32(random)) == checksum,
        _ => true,
    }
}

/// CRC-32 as in zip and PNG.
fn crc32(text: &str) -> u32 {
    let step = |crc: u32, _| if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
    !text.bytes().fold(!0, |crc, byte| (0..8).fold(crc ^ u32::from(byte), step))
}

fn base62(number: u32) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    let digit = |place: u32| DIGITS[(number / 62_u32.pow(place) % 62) as usize] as char;
    (0..CHECKSUM as u32).rev().map(digit).collect()
}

/// Whether the parts of a JSON web token are what they must be, and the token is for nobody in particular: the one of
/// the documentation, and the public one of Supabase.
pub(super) fn is_web_token(token: &str) -> bool {
    let mut parts = token.split('.').map(|part| {
        let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
        serde_json::from_slice::<Value>(&bytes).ok()
    });
    let (Some(Some(header)), Some(Some(payload))) = (parts.next(), parts.next()) else { return false };
    let algorithm = header.get("alg").and_then(Value::as_str).unwrap_or("none");
    let says = |field: &str, text: &str| payload.get(field).and_then(Value::as_str) == Some(text);
    !algorithm.eq_ignore_ascii_case("none")
        && payload.is_object()
        && !says("role", "anon")
        && !says("name", "John Doe")
}

/// Whether a token is a key of Grafana, which is JSON with the name and the organisation it is for. Addresses of embedded
/// reports of Power BI begin alike.
pub(super) fn is_grafana_key(token: &str) -> bool {
    let bytes = BASE64_NOPAD.decode(token.trim_end_matches('=').as_bytes());
    let key = bytes.ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    key.is_some_and(|key| ["k", "n", "id"].iter().all(|field| key.get(field).is_some()))
}

/// Whether what stands in a header logs in: a user and a password in base64, or a token that was made by a generator.
pub(super) fn is_header(value: &str) -> bool {
    let Some((scheme, credential)) = value.split_once(' ') else { return false };
    if !scheme.eq_ignore_ascii_case("basic") {
        return stand_in(credential).is_none() && looks_random(credential);
    }
    let Some(Decoded::Text(pair)) = decode(credential) else { return false };
    pair.split_once(':').is_some_and(|(_, password)| stand_in(password).is_none())
}

/// A token with its checksum, for tests: nobody's.
#[cfg(test)]
pub(super) fn with_checksum(prefix: &str, random: &str) -> String {
    format!("{prefix}{random}{}", base62(crc32(random)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksums() {
        assert_eq!(crc32("123456789"), 0xcbf4_3926);
        assert_eq!(base62(0), "000000");
        assert_eq!(base62(u32::MAX), "4gfFC3");
        let token = with_checksum("ghp_", "Zk3PqX9vLw2RtY7aBc4DeF5gHj6KmN");
        assert!(is_checked_token(&token));
        assert!(!is_checked_token(&token.replace('Z', "Y")));
    }
}
