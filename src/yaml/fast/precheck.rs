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
    let seen = Seen::of(text);
    if seen.control {
        return Err(Bail { why: "control character", at: 0 });
    }
    if seen.carriage_return
        && let Some(at) = lone_carriage_return(padded, text)
    {
        return Err(Bail { why: "lone carriage return", at });
    }
    let start = if text.starts_with(BOM) { BOM.len() } else { 0 };
    if seen.non_ascii
        && let Some(at) = special_character(text, start)
    {
        return Err(Bail { why: "character with a meaning of its own", at });
    }
    Ok(start)
}

/// Kinds of bytes that a text has.
struct Seen {
    control: bool,
    non_ascii: bool,
    carriage_return: bool,
}

impl Seen {
    fn of(text: &[u8]) -> Self {
        // Sixteen lanes that only meet at the end: this compiles to vector code, a fold over bytes does not.
        let (mut controls, mut highs, mut returns) = ([0_u8; 16], [0_u8; 16], [0_u8; 16]);
        let mut look = |lane: usize, byte: u8| {
            let is_return = (byte == b'\r') as u8;
            let is_layout = (byte == b'\n') as u8 | (byte == b'\t') as u8 | is_return;
            returns[lane] |= is_return;
            controls[lane] |= (byte < b' ') as u8 & !is_layout | (byte == 0x7f) as u8;
            highs[lane] |= byte;
        };
        let (blocks, rest) = text.as_chunks::<16>();
        for block in blocks {
            for (lane, &byte) in block.iter().enumerate() {
                look(lane, byte);
            }
        }
        for (lane, &byte) in rest.iter().enumerate() {
            look(lane, byte);
        }
        Self {
            control: controls.iter().any(|&lane| lane != 0),
            non_ascii: highs.iter().any(|&lane| lane >= 0x80),
            carriage_return: returns.iter().any(|&lane| lane != 0),
        }
    }
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
