//! Refuses, before anything is read, texts with bytes that make the rest of the reader simpler when they cannot
//! occur. One vectorised pass over all bytes, and a search only in texts that have candidates.

use super::Bail;

const BOM: &[u8] = "\u{feff}".as_bytes();

/// Checks `text` (the first `length` bytes of `padded`) and returns the offset behind a byte order mark.
pub(super) fn check(padded: &[u8], length: usize) -> Result<usize, Bail> {
    // Offsets are kept in 32 bits, and look-ahead must not overflow them either.
    let Some(text) = padded.get(..length).filter(|_| padded.len() < u32::MAX as usize) else {
        return Err(Bail { why: "size", at: 0 });
    };
    let (mut control, mut high, mut carriage_return) = (false, 0_u8, false);
    for &byte in text {
        carriage_return |= byte == b'\r';
        control |= (byte < 0x20) & (byte != b'\n') & (byte != b'\t') & (byte != b'\r') | (byte == 0x7f);
        high |= byte;
    }
    if control {
        return Err(Bail { why: "control character", at: 0 });
    }
    if carriage_return && let Some(at) = lone_carriage_return(padded, text) {
        return Err(Bail { why: "lone carriage return", at });
    }
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    if high >= 0x80
        && let Some(at) = special_character(text, start)
    {
        return Err(Bail { why: "character with a meaning of its own", at });
    }
    Ok(start)
}

fn lone_carriage_return(padded: &[u8], text: &[u8]) -> Option<usize> {
    memchr::memchr_iter(b'\r', text).find(|&at| padded[at + 1] != b'\n')
}

/// Characters that go-yaml (YAML 1.1) reads as line breaks, a byte order mark within the text, C1 controls and
/// non-characters.
fn special_character(text: &[u8], start: usize) -> Option<usize> {
    let candidates = memchr::memchr3_iter(0xc2, 0xe2, 0xef, &text[start..]).map(|at| start + at);
    candidates.into_iter().find(|&at| match text[at..] {
        [0xc2, second, ..] => second < 0xa0,
        [0xe2, 0x80, third, ..] => matches!(third, 0xa8 | 0xa9),
        [0xef, 0xbb, third, ..] => third == 0xbf,
        [0xef, 0xbf, third, ..] => matches!(third, 0xbe | 0xbf),
        _ => false,
    })
}
