//! The hash of key texts that makes a key look-up a comparison of numbers.

/// Hash of a key's decoded text. Usable in constants, so that field names are hashed when plimsoll is compiled.
/// Never 0, which nodes that are no keys have.
pub const fn key_hash(text: &[u8]) -> u32 {
    // FxHash's multiply-rotate over eight bytes at a time: keys are short, and equal hashes are compared as text.
    let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ text.len() as u64;
    let mut at = 0;
    while at < text.len() {
        let mut word = 0_u64;
        let mut byte = 0;
        while byte < 8 && at + byte < text.len() {
            word |= (text[at + byte] as u64) << (byte * 8);
            byte += 1;
        }
        hash = (hash.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
        at += 8;
    }
    (hash >> 32) as u32 | 1
}
