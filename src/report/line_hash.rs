//! GitHub's `primaryLocationLineHash`: which code a line starts, whatever its number.
//!
//! Must give what the uploader of code scanning gives for the same file, bit by bit: alerts keep their identity
//! whether the uploader or plimsoll computed it, and the uploader warns about every hash that differs from its own.
//! Must not give the hash of a secret.

use rustc_hash::{FxHashMap, FxHashSet};

/// UTF-16 code units without blanks that are hashed from the start of a line.
const WINDOW: usize = 100;
/// Base of the polynomial.
const BASE: i64 = 37;
/// What the uploader puts behind the last character of a file.
const END_OF_FILE: u16 = 65535;

/// A line whose hash is not known yet, because fewer than [`WINDOW`] units were read since it started.
#[derive(Clone, Copy)]
struct Open {
    line: u32,
    /// Offset of its first unit that is no blank.
    start: usize,
}

/// The hashes of these lines (numbered from 1) of a text, each as `hash:occurrence`, in one pass. A line is left out
/// when a byte that its hash is made from is secret: `is_secret` is asked for ranges of bytes of the text.
///
/// The byte order mark is hashed as the uploader hashes it, as a character of the first line. A lone carriage return
/// ends a line here as it does there, so behind one the numbers are the uploader's.
pub(super) fn line_hashes(
    text: &str,
    lines: &FxHashSet<u32>,
    is_secret: impl Fn(usize, usize) -> bool,
) -> FxHashMap<u32, String> {
    let mut pass = Pass {
        window: [0; WINDOW],
        open: [None; WINDOW],
        at: 0,
        hash: 0,
        leaving: (0..WINDOW).fold(1, |product: i64, _| product.wrapping_mul(BASE)),
        occurrences: FxHashMap::default(),
        hashes: FxHashMap::default(),
        lines,
        is_secret,
    };
    let mut line = 0;
    let mut at_line_start = true;
    let mut after_cr = false;
    let units = text.char_indices().flat_map(|(at, c)| {
        let mut buffer = [0; 2];
        let len = c.encode_utf16(&mut buffer).len();
        // The second half of a pair lies behind the first byte, so that a window that ends with the first half
        // touches the character.
        buffer.into_iter().take(len).enumerate().map(move |(half, unit)| (at + half, unit))
    });
    for (offset, unit) in units.chain([(text.len(), END_OF_FILE)]) {
        let newline = unit == u16::from(b'\n') || unit == u16::from(b'\r');
        let skipped =
            unit == u16::from(b' ') || unit == u16::from(b'\t') || (after_cr && unit == u16::from(b'\n'));
        after_cr = !skipped && unit == u16::from(b'\r');
        if skipped {
            continue;
        }
        pass.close(offset);
        if at_line_start {
            line += 1;
            pass.open[pass.at] = Some(Open { line, start: offset });
        }
        at_line_start = newline;
        pass.push(if newline { u16::from(b'\n') } else { unit });
    }
    // Lines near the end are hashed with zeros behind them.
    for _ in 0..WINDOW {
        pass.close(text.len());
        pass.push(0);
    }
    pass.hashes
}

/// The rolling window.
struct Pass<'a, S> {
    window: [u16; WINDOW],
    /// The line that starts at a unit of the window.
    open: [Option<Open>; WINDOW],
    /// Where in the window the next unit goes, which is where the oldest one is.
    at: usize,
    hash: i64,
    /// The factor with which a unit leaves the hash.
    leaving: i64,
    occurrences: FxHashMap<i64, u32>,
    hashes: FxHashMap<u32, String>,
    lines: &'a FxHashSet<u32>,
    is_secret: S,
}

impl<S: Fn(usize, usize) -> bool> Pass<'_, S> {
    /// Takes down the hash of the line that starts at the oldest unit; it was made from the text up to `end`.
    fn close(&mut self, end: usize) {
        let Some(open) = self.open[self.at].take() else { return };
        // Lines that nobody asked for count as well: the number of an occurrence is that within the file.
        let occurrence = self.occurrences.entry(self.hash).or_default();
        *occurrence += 1;
        if self.lines.contains(&open.line) && !(self.is_secret)(open.start, end) {
            self.hashes.insert(open.line, format!("{:x}:{occurrence}", self.hash));
        }
    }

    fn push(&mut self, unit: u16) {
        let oldest = std::mem::replace(&mut self.window[self.at], unit);
        self.hash = self
            .hash
            .wrapping_mul(BASE)
            .wrapping_add(i64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(i64::from(oldest)));
        self.at = (self.at + 1) % WINDOW;
    }
}

#[cfg(test)]
mod tests {
    use super::line_hashes;

    /// The hash of every line, in order.
    fn all(text: &str) -> Vec<String> {
        let lines = (1..=1000).collect();
        let hashes = line_hashes(text, &lines, |_, _| false);
        (1..).map_while(|line| hashes.get(&line).cloned()).collect()
    }

    /// Texts and hashes that the tests of github/codeql-action expect of its own function.
    #[test]
    fn the_vectors_of_the_uploader() {
        assert_eq!(all(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            all(" a\nb\n  \t\tc\n d"),
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
        assert_eq!(
            all(" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End"),
            [
                "8b7cf3e952e7aeb2:1",
                "b1ae1287ec4718d9:1",
                "bff680108adb0fcc:1",
                "c6805c5e1288b612:1",
                "b86d3392aea1be30:1",
                "e6ceba753e1a442:1",
            ]
        );
        for text in [
            " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n",
            " hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r",
            " hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n",
            " hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n",
        ] {
            assert_eq!(
                all(text),
                [
                    "e9496ae3ebfced30:1",
                    "fb7c023a8b9ccb3f:1",
                    "ce8ba1a563dcdaca:1",
                    "e20e36e16fcb0cc8:1",
                    "b3edc88f2938467e:1",
                    "c8e28b0b4002a3a0:1",
                    "c129715d7a2bc9a3:1",
                ],
                "{text:?}"
            );
        }
        assert_eq!(
            all(&"Lorem ipsum dolor sit amet.\n".repeat(10)),
            [
                "a7f2ff13bc495cf2:1",
                "a7f2ff13bc495cf2:2",
                "a7f2ff13bc495cf2:3",
                "a7f2ff13bc495cf2:4",
                "a7f2ff13bc495cf2:5",
                "a7f2ff13bc495cf2:6",
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1",
            ]
        );
    }

    #[test]
    fn only_the_lines_asked_for_with_the_numbers_they_have_in_the_file() {
        let text = "Lorem ipsum dolor sit amet.\n".repeat(10);
        let hashes = line_hashes(&text, &[3].into_iter().collect(), |_, _| false);
        assert_eq!(hashes.into_iter().collect::<Vec<_>>(), [(3, "a7f2ff13bc495cf2:3".to_owned())]);
    }

    #[test]
    fn a_hash_is_left_out_exactly_when_its_window_touches_a_secret() {
        // 40 units a line with its line feed, so the window of a line is two lines and 20 units of the third.
        let text = format!("{}\n", "x".repeat(39)).repeat(5);
        let hidden = |from: usize, to: usize| {
            let lines = (1..=5).collect();
            let hashes = line_hashes(&text, &lines, |start, end| start < to && end > from);
            (1..=5).filter(|line| !hashes.contains_key(line)).collect::<Vec<u32>>()
        };
        assert_eq!(hidden(99, 100), [1, 2, 3], "the last unit of the first line's window");
        assert_eq!(hidden(100, 101), [2, 3], "one behind it");
        assert_eq!(hidden(0, 1), [1]);
        assert_eq!(hidden(199, 200), [4, 5]);
    }
}
