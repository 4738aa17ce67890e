//! Whether a short text can be a part of a long one, without reading the long one again for every question.
//!
//! Must not know what the texts are. A file may hold tens of thousands of secrets, and as many messages ask about them.

use memchr::memmem;

/// Parts that are asked about are at least as long, in bytes.
const LENGTH: usize = crate::model::secret::repeat::SHORTEST;
/// Bits for each byte of the text: so few are set that a text that is no part is told by its first pieces.
const BITS: usize = 8;

/// A text, with the pieces of it that are as long as the shortest part.
#[derive(Clone, Default, Debug)]
pub(super) struct Grams {
    text: String,
    /// A bit for each piece, by its hash; the length is a power of two.
    set: Vec<u64>,
}

impl Grams {
    /// Those of a text.
    pub fn new(text: String) -> Self {
        let words = (text.len() * BITS / 64 + 1).next_power_of_two();
        let mut grams = Self { set: vec![0; words], text };
        for piece in grams.text.as_bytes().windows(LENGTH) {
            let (word, bit) = place(piece, words);
            if let Some(word) = grams.set.get_mut(word) {
                *word |= bit;
            }
        }
        grams
    }

    /// Whether a text is a part of this one.
    pub fn contain(&self, part: &str) -> bool {
        let is_known = |piece: &[u8]| {
            let (word, bit) = place(piece, self.set.len());
            self.set.get(word).is_some_and(|word| word & bit != 0)
        };
        part.as_bytes().windows(LENGTH).all(is_known)
            && memmem::find(self.text.as_bytes(), part.as_bytes()).is_some()
    }
}

/// The word and the bit of a piece.
fn place(piece: &[u8], words: usize) -> (usize, u64) {
    let number = piece.iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    // Knuth's multiplicative hash: the upper bits are mixed best.
    let hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 20;
    (hash as usize >> 6 & words.saturating_sub(1), 1 << (hash & 63))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_parts() {
        let text = "Kelp2048!barnacle\nZk3PqX9vLw2RtY7aBc4D\né".to_owned();
        let grams = Grams::new(text.clone());
        for from in 0..10 {
            for to in from..text.len() - 2 {
                assert!(grams.contain(&text[from..to]), "{}", &text[from..to]);
            }
        }
        for other in ["Kelp2049!barnacle", "barnacleZk3P", "monitoring", "Kelp2048 "] {
            assert!(!grams.contain(other), "{other}");
        }
        assert!(!Grams::default().contain("monitoring"));
    }
}
