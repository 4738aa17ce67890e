//! Strings that are no UTF-8, which Go's may be: a character cut in two, a key that was decoded.
//!
//! Owns how such bytes stand in our strings: each as a character of the last private plane, which nobody writes.

use std::borrow::Cow;

/// What is added to a byte of 0x80 and more.
pub(super) const FIRST: u32 = 0x0010_FF00;

/// Text for bytes.
pub(super) fn text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().filter_map(|byte| char::from_u32(FIRST + u32::from(*byte))));
    }
    text
}

/// The byte that a character stands for.
pub(super) fn byte(sign: char) -> Option<u8> {
    u32::from(sign).checked_sub(FIRST).and_then(|byte| u8::try_from(byte).ok())
}

/// Whether a text has a character that stands for a byte.
pub(super) fn is_binary(text: &str) -> bool {
    memchr::memchr(0xf4, text.as_bytes()).is_some() && text.chars().any(|sign| byte(sign).is_some())
}

/// The bytes of a text.
pub(super) fn of(text: &str) -> Cow<'_, [u8]> {
    if !is_binary(text) {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut bytes = Vec::with_capacity(text.len());
    for sign in text.chars() {
        match byte(sign) {
            Some(byte) => bytes.push(byte),
            None => bytes.extend(sign.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    Cow::Owned(bytes)
}
