//! Which lines of a text are new, compared with an older one.
//!
//! Must not know what the lines mean.

/// Differences beyond this many lines are not taken apart: all that lies between what is the same at both ends counts
/// as new. Whoever rewrites so much has touched all of it.
const MOST_EDITS: usize = 1000;

/// For each line of `new` whether it was added or changed since `old`. A last line without a line break counts.
pub fn new_lines(old: &str, new: &str) -> Vec<bool> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let rest = old.len().min(new.len()) - start;
    let ends = old.iter().rev().zip(new.iter().rev());
    let end = ends.take(rest).take_while(|(a, b)| a == b).count();
    let mut is_new = vec![false; new.len()];
    let middle = start..new.len() - end;
    is_new[middle.clone()].fill(true);
    for kept in common(&old[start..old.len() - end], &new[middle]) {
        is_new[start + kept] = false;
    }
    is_new
}

/// The indices in `new` of a longest common subsequence (Myers, "An O(ND) Difference Algorithm", 1986); none when the
/// texts have too little in common.
fn common(old: &[&str], new: &[&str]) -> Vec<usize> {
    let (rows, columns) = (old.len() as isize, new.len() as isize);
    let most = MOST_EDITS.min(old.len() + new.len());
    let middle = most as isize + 1;
    // The furthest row reached on each diagonal, after each number of edits.
    let mut furthest = vec![0_isize; 2 * most + 3];
    let mut trace: Vec<Vec<isize>> = Vec::new();
    let steps_down = |furthest: &[isize], diagonal: isize, edits: isize| {
        let at = (middle + diagonal) as usize;
        diagonal == -edits || diagonal != edits && furthest[at - 1] < furthest[at + 1]
    };
    for edits in 0..=most as isize {
        let from = (middle - edits - 1).max(0) as usize;
        let to = (middle + edits + 2).min(furthest.len() as isize) as usize;
        trace.push(furthest[from..to].to_vec());
        for diagonal in (-edits..=edits).step_by(2) {
            let at = (middle + diagonal) as usize;
            let is_down = steps_down(&furthest, diagonal, edits);
            let mut row = if is_down { furthest[at + 1] } else { furthest[at - 1] + 1 };
            let mut column = row - diagonal;
            while row < rows && column < columns && old[row as usize] == new[column as usize] {
                (row, column) = (row + 1, column + 1);
            }
            furthest[at] = row;
            if row >= rows && column >= columns {
                return walk_back(&trace, rows, columns);
            }
        }
    }
    Vec::new()
}

/// The kept lines on the way that the search took.
fn walk_back(trace: &[Vec<isize>], rows: isize, columns: isize) -> Vec<usize> {
    let (mut row, mut column) = (rows, columns);
    let mut kept = Vec::new();
    for (edits, furthest) in trace.iter().enumerate().rev() {
        let (edits, diagonal) = (edits as isize, row - column);
        // Each part of the trace begins at the diagonal `-edits - 1`.
        let reached = |diagonal: isize| furthest.get((diagonal + edits + 1) as usize).copied().unwrap_or(0);
        let is_down =
            diagonal == -edits || diagonal != edits && reached(diagonal - 1) < reached(diagonal + 1);
        let before = if is_down { diagonal + 1 } else { diagonal - 1 };
        let (old_row, old_column) =
            if edits == 0 { (0, 0) } else { (reached(before), reached(before) - before) };
        while row > old_row && column > old_column {
            (row, column) = (row - 1, column - 1);
            kept.push(column as usize);
        }
        (row, column) = (old_row, old_column);
    }
    kept
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
    fn what_is_rewritten_is_new_as_a_whole() {
        let text = |word: &str| (0..3000).map(|line| format!("{word}{line}\n")).collect::<String>();
        let old = format!("a\n{}z\n", text("old"));
        let new = format!("a\n{}z\n", text("new"));
        let marks = new_lines(&old, &new);
        assert_eq!((marks[0], marks[1], marks[3000], marks[3001]), (false, true, true, false));
    }
}
