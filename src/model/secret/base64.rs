//! Base64 as `data:` of a Secret holds it.

use data_encoding::{BASE64, BASE64_NOPAD, BASE64URL_NOPAD};

/// What a base64 text decodes to.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Decoded {
    /// Text.
    Text(String),
    /// Bytes that are no UTF-8: a key store, a compressed file.
    Binary,
}

/// Decodes base64 as Kubernetes and its users write it: with line breaks, with or without padding.
pub fn decode(text: &str) -> Option<Decoded> {
    let compact: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let bytes = BASE64
        .decode(&compact)
        .or_else(|_| BASE64_NOPAD.decode(&compact))
        .or_else(|_| BASE64URL_NOPAD.decode(&compact))
        .ok()?;
    Some(String::from_utf8(bytes).map_or(Decoded::Binary, Decoded::Text))
}

/// The length of the base64 text at the start of `text`; line breaks end it.
pub fn run_length(text: &str) -> usize {
    let is_base64 =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=' | b'-' | b'_');
    text.bytes().take_while(|&byte| is_base64(byte)).count()
}
