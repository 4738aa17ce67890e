//! Byte searches, sixteen bytes at a time.
//!
//! Owns the code that is written for the vectoriser. Every search ends at a NUL byte at the latest: the text has
//! none and [`PADDING`](crate::source::PADDING) of them follow it, so a search never runs off the end.
//!
//! Intrinsics would need `unsafe`. Comparisons over an array of sixteen bytes compile to the same instructions on
//! every processor that has them; only the last step, from the comparison to an offset, takes two moves more.

/// The offset of the first byte from `at` that `found` accepts.
#[inline(always)]
fn search(bytes: &[u8], mut at: usize, found: impl Fn(u8) -> bool) -> usize {
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        let hits = u128::from_le_bytes(block.map(|byte| if found(byte) { 0xff } else { 0 }));
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 16;
    }
    bytes.len() // not reached while the padding is there
}

// The conditions are written with `|`: a branch inside them would undo the vectorisation.

/// Where a plain scalar in block context may end: `:`, `#`, a line break, a tab or NUL.
#[inline(always)]
pub(super) fn plain(bytes: &[u8], at: usize) -> usize {
    search(bytes, at, |byte| (byte == b':') | (byte == b'#') | (byte <= b'\r'))
}

/// Where a plain scalar in flow context may end: also at `,` and brackets.
#[inline(always)]
pub(super) fn plain_flow(bytes: &[u8], at: usize) -> usize {
    search(bytes, at, |byte| {
        let bracket = byte | 0x20; // `[` and `{`, `]` and `}` differ in this bit
        let indicator = (byte == b':') | (byte == b'#') | (byte == b',');
        indicator | (bracket == b'{') | (bracket == b'}') | (byte <= b'\r')
    })
}

/// Where something happens in quoted text: the quote, a backslash, a line break, a tab or NUL.
#[inline(always)]
pub(super) fn quoted(bytes: &[u8], at: usize, quote: u8) -> usize {
    search(bytes, at, |byte| (byte == quote) | (byte == b'\\') | (byte <= b'\r'))
}

/// The first byte that is no space.
#[inline(always)]
pub(super) fn not_space(bytes: &[u8], at: usize) -> usize {
    search(bytes, at, |byte| byte != b' ')
}

/// The line feed or NUL that ends the line.
#[inline(always)]
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    search(bytes, at, |byte| (byte == b'\n') | (byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each search against the obvious loop, for every byte value at every offset of a block.
    #[test]
    fn searches_find_what_a_loop_finds() {
        type Search = fn(&[u8], usize) -> usize;
        let searches: [(Search, fn(u8) -> bool); 5] = [
            (plain, |byte| matches!(byte, b':' | b'#' | 0..=b'\r')),
            (plain_flow, |byte| matches!(byte, b':' | b'#' | b',' | b'[' | b']' | b'{' | b'}' | 0..=b'\r')),
            (|bytes, at| quoted(bytes, at, b'\''), |byte| matches!(byte, b'\'' | b'\\' | 0..=b'\r')),
            (|bytes, at| not_space(bytes, at), |byte| byte != b' '),
            (line_end, |byte| matches!(byte, b'\n' | 0)),
        ];
        for (number, (search, stops)) in searches.into_iter().enumerate() {
            for at in 0..40 {
                for byte in 0..=255 {
                    let mut text = [if number == 3 { b' ' } else { b'x' }; 104];
                    text[40..].fill(0);
                    text[at] = byte;
                    let expected = (5.min(at)..104).find(|&offset| stops(text[offset]));
                    assert_eq!(
                        Some(search(&text, 5.min(at))),
                        expected,
                        "search {number}, byte {byte} at {at}"
                    );
                }
            }
        }
    }
}
