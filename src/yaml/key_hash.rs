//! The hash of key texts that makes a key look-up a comparison of numbers.

const SEED: u64 = 0xcbf2_9ce4_8422_2325;

const fn mix(hash: u64, word: u64) -> u64 {
    (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Hash of a key's decoded text. Usable in constants, so that field names are hashed when plimsoll is compiled.
/// Never 0, which nodes that are no keys have.
pub const fn key_hash(text: &[u8]) -> u32 {
    // FxHash's multiply-rotate over eight bytes at a time: keys are short, and equal hashes are compared as text.
    let mut hash = SEED ^ text.len() as u64;
    let mut at = 0;
    while at < text.len() {
        let mut word = 0_u64;
        let mut byte = 0;
        while byte < 8 && at + byte < text.len() {
            word |= (text[at + byte] as u64) << (byte * 8);
            byte += 1;
        }
        hash = mix(hash, word);
        at += 8;
    }
    (hash >> 32) as u32 | 1
}

/// [`key_hash`] of `bytes[start..end]`, by whole words: at least seven more bytes must follow `end`.
#[inline(always)]
pub(super) fn key_hash_padded(bytes: &[u8], start: usize, end: usize) -> u32 {
    let mut hash = SEED ^ (end - start) as u64;
    let mut at = start;
    while at < end {
        let Some(word) = bytes.get(at..).and_then(<[u8]>::first_chunk::<8>) else { break };
        let unused = 64 - 8 * (end - at).min(8) as u32;
        hash = mix(hash, u64::from_le_bytes(*word) << unused >> unused);
        at += 8;
    }
    (hash >> 32) as u32 | 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_hashes_agree() {
        let text: Vec<u8> = (0..64).chain([0; 8]).collect();
        for start in 0..20 {
            for end in start..64 {
                assert_eq!(key_hash_padded(&text, start, end), key_hash(&text[start..end]), "{start}..{end}");
            }
        }
    }
}
