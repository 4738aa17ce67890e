//! What differs between two texts, line by line.
//!
//! Must not know what the lines mean. The algorithm is that of a library, which gives up the shortest answer rather than
//! look for it for long.

use std::fmt::Write as _;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, Hunk, InternedInput};

/// For each line of `new` whether it was added or changed since `old`. A last line without a line break counts, and is
/// the same as one with it.
pub fn new_lines(old: &str, new: &str) -> Vec<bool> {
    let mut input = InternedInput::default();
    input.update_before(old.lines());
    input.update_after(new.lines());
    let diff = Diff::compute(Algorithm::Myers, &input);
    (0..input.after.len() as u32).map(|line| diff.is_added(line)).collect()
}

/// The difference as a patch with three lines around each change, and how many lines it adds and removes.
pub fn unified(old: &str, new: &str) -> (String, usize, usize) {
    let input = InternedInput::new(old, new);
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_lines(&input);
    let lines = [&input.before, &input.after].map(|tokens| -> Vec<&str> {
        tokens.iter().map(|token| input.interner[*token].trim_end_matches('\n')).collect()
    });
    let mut patch = String::new();
    let hunks: Vec<Hunk> = diff.hunks().collect();
    // Changes that are so near that their surroundings touch are shown together.
    for near in hunks.chunk_by(|a, b| b.before.start - a.before.end <= 2 * AROUND) {
        let (Some(first), Some(last)) = (near.first(), near.last()) else { continue };
        let above = first.before.start.min(AROUND);
        let below = (lines[0].len() as u32 - last.before.end).min(AROUND);
        let old = first.before.start - above..last.before.end + below;
        let new = first.after.start - above..last.after.end + below;
        // A range of no lines is said to follow a line, as in POSIX.
        let start = |range: &Range<u32>| range.start + u32::from(!range.is_empty());
        let _ = writeln!(patch, "@@ -{},{} +{},{} @@", start(&old), old.len(), start(&new), new.len());
        let mut at = old.start;
        for hunk in near {
            push(&mut patch, ' ', &lines[0], at..hunk.before.start);
            push(&mut patch, '-', &lines[0], hunk.before.clone());
            push(&mut patch, '+', &lines[1], hunk.after.clone());
            at = hunk.before.end;
        }
        push(&mut patch, ' ', &lines[0], at..old.end);
    }
    (patch, diff.count_additions() as usize, diff.count_removals() as usize)
}

/// Lines that are shown around a change.
const AROUND: u32 = 3;

fn push(patch: &mut String, sign: char, lines: &[&str], range: Range<u32>) {
    for line in lines.get(range.start as usize..range.end as usize).unwrap_or_default() {
        let _ = writeln!(patch, "{sign}{line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The new lines of a text, `+` behind each that is new.
    fn marked(old: &str, new: &str) -> String {
        let (old, text) = (old.replace(' ', "\n"), new.replace(' ', "\n"));
        let marks = new_lines(&old, &text);
        let lines =
            text.lines().zip(marks).map(|(line, new)| format!("{line}{}", if new { "+" } else { "" }));
        lines.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn added_changed_and_moved_lines() {
        for (old, new) in [
            ("", "a+ b+"),
            ("a b c", ""),
            ("a b c", "a b c"),
            ("a b c", "a x+ c"),
            ("a b c", "a b x+ c"),
            ("a b c", "a c"),
            ("a b c d e f", "a x+ c d y+ f"),
            ("a b c d e", "b c x+ d e y+"),
            ("a a b b", "a b b b+"),
            ("a b c", "x+ y+ z+"),
            ("a b c d", "c+ d+ a b"),
        ] {
            let plain = new.replace('+', "");
            let found = marked(old, &plain);
            // Of several shortest ways one is taken; how many lines are new is the same on all.
            assert_eq!(found.matches('+').count(), new.matches('+').count(), "{old} -> {new}: {found}");
        }
        assert_eq!(marked("a b c d e f", "a x c d y f"), "a x+ c d y+ f");
    }

    #[test]
    fn patches_show_what_is_around_a_change() {
        let lines = |range: Range<u32>| range.map(|line| format!("{line}\n")).collect::<String>();
        let old = lines(0..40);
        let new = old.replace("\n5\n", "\nfive\n").replace("\n10\n", "\n").replace("\n30\n", "\n30\nx\n");
        let (patch, added, removed) = unified(&old, &new);
        let first = "@@ -3,12 +3,11 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n 9\n-10\n 11\n 12\n 13\n";
        let second = "@@ -29,6 +28,7 @@\n 28\n 29\n 30\n+x\n 31\n 32\n 33\n";
        assert_eq!((patch, added, removed), (format!("{first}{second}"), 2, 2));
        assert_eq!(unified("", "a\nb\n").0, "@@ -0,0 +1,2 @@\n+a\n+b\n");
        assert_eq!(unified("a\nb\n", "a\n").0, "@@ -1,2 +1,1 @@\n a\n-b\n");
        assert_eq!(unified("a\n", "a\n"), (String::new(), 0, 0));
    }

    #[test]
    fn what_is_rewritten_is_new_as_a_whole() {
        let text = |word: &str| (0..3000).map(|line| format!("{word}{line}\n")).collect::<String>();
        let old = format!("a\n{}z\n", text("old"));
        let new = format!("a\n{}z\n", text("new"));
        let marks = new_lines(&old, &new);
        assert_eq!((marks[0], marks[1], marks[3000], marks[3001]), (false, true, true, false));
    }
}
