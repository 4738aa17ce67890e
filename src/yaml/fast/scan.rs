//! Byte searches, eight bytes at a time.
//!
//! Owns the tricks with whole words. Every search ends at a NUL byte at the latest: the text has none and
//! [`PADDING`](crate::source::PADDING) of them follow it, so a search never runs off the end.
//!
//! SSE2 intrinsics would need `unsafe` and are not faster here: most searches end within eight bytes, and a word
//! gets from memory to the answer in fewer steps. Comparisons over arrays of sixteen bytes, which compile to SSE2
//! without `unsafe`, were a fifth slower.

const ONES: u64 = u64::from_le_bytes([0x01; 8]);
const HIGH_BITS: u64 = u64::from_le_bytes([0x80; 8]);

/// Eight bytes of text. The comparisons set the high bit of each byte that they find. Of several hits only the
/// first is certain, because a borrow may reach the bytes behind it; no search looks further.
#[derive(Clone, Copy)]
struct Word(u64);

impl Word {
    #[inline(always)]
    fn equal(self, byte: u8) -> u64 {
        let difference = self.0 ^ (ONES * byte as u64);
        difference.wrapping_sub(ONES) & !difference
    }

    /// Bytes below `limit`, which is at most 0x80.
    #[inline(always)]
    fn below(self, limit: u8) -> u64 {
        self.0.wrapping_sub(ONES * limit as u64) & !self.0
    }

    #[inline(always)]
    fn with_bits(self, bits: u8) -> Self {
        Self(self.0 | (ONES * bits as u64))
    }
}

/// The offset of the first byte from `at` whose high bit `found` sets.
#[inline(always)]
fn search(bytes: &[u8], mut at: usize, found: impl Fn(Word) -> u64) -> usize {
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let hits = found(Word(u64::from_le_bytes(*block))) & HIGH_BITS;
        if hits != 0 {
            return at + hits.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes.len() // not reached while the padding is there
}

/// Every control character that text can have ends a run of it: tab, line feed, carriage return, NUL.
const CONTROLS: u8 = b'\r' + 1;

/// Where a plain scalar in block context may end: `:`, `#`, a line break, a tab or NUL.
#[inline(always)]
pub(super) fn plain(bytes: &[u8], at: usize) -> usize {
    search(bytes, at, |word| word.equal(b':') | word.equal(b'#') | word.below(CONTROLS))
}

/// Where a plain scalar in flow context may end: also at `,` and brackets.
#[inline(always)]
pub(super) fn plain_flow(bytes: &[u8], at: usize) -> usize {
    search(bytes, at, |word| {
        let brackets = word.with_bits(0x20); // `[` and `{`, `]` and `}` differ in this bit
        let indicators = word.equal(b':') | word.equal(b'#') | word.equal(b',');
        indicators | brackets.equal(b'{') | brackets.equal(b'}') | word.below(CONTROLS)
    })
}

/// Where something happens in quoted text: the quote, a backslash, a line break, a tab or NUL.
#[inline(always)]
pub(super) fn quoted(bytes: &[u8], at: usize, quote: u8) -> usize {
    search(bytes, at, |word| word.equal(quote) | word.equal(b'\\') | word.below(CONTROLS))
}

/// The line feed or NUL that ends the line.
#[inline(always)]
pub(super) fn line_end(bytes: &[u8], at: usize) -> usize {
    search(bytes, at, |word| word.equal(b'\n') | word.equal(0))
}

/// The first byte that is no space.
#[inline(always)]
pub(super) fn not_space(bytes: &[u8], mut at: usize) -> usize {
    while let Some(block) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) {
        let others = u64::from_le_bytes(*block) ^ (ONES * b' ' as u64);
        if others != 0 {
            return at + others.trailing_zeros() as usize / 8;
        }
        at += 8;
    }
    bytes.len() // not reached while the padding is there
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each search against the obvious loop, for every byte value at every offset of several words.
    #[test]
    fn searches_find_what_a_loop_finds() {
        type Search = fn(&[u8], usize) -> usize;
        type Stops = fn(u8) -> bool;
        let searches: [(Search, Stops); 5] = [
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
