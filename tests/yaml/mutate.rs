//! Mutants of the hand-written manifests: a few small edits each, made of what means something in YAML.

use crate::manifests::SEEDS;
use crate::support::Random;

const PIECES: &[&str] = &[
    " ", "  ", "\n", "\n\n", "\r\n", "\r", "\t", ":", ": ", "-", "- ", "#", " # c", "'", "''", "\"", "\\",
    "\\n", "|", "|-", ">", ">+", "|2", "[", "]", "{", "}", ",", "&a ", "*a", "!t ", "!!str ", "?", "? ",
    "---\n", "...\n", "%", "@", "`", "~", "\u{e9}", "\u{feff}", "\u{2028}", "\0", "<<: *a", "a", "0",
    "x: y\n", "\n  ", "\n    ", "\\u00e9", "\\x4", "{a: b}", "[a, b]", "\n#c\n",
];

pub fn mutate(random: &mut Random) -> String {
    let (_, seed): (&str, &str) = random.pick(SEEDS);
    // A window of a few lines: a small text has few things that can go wrong at a time.
    let lines: Vec<&str> = seed.split_inclusive('\n').collect();
    let start = random.below(lines.len());
    let length = 1 + random.below(12);
    let mut text = lines[start..(start + length).min(lines.len())].concat();
    for _ in 0..1 + random.below(3) {
        edit(&mut text, random);
    }
    text
}

fn edit(text: &mut String, random: &mut Random) {
    let at = boundary(text, random.below(text.len() + 1));
    match random.below(8) {
        0 | 1 => text.insert_str(at, random.pick(PIECES)),
        2 => {
            let end = boundary(text, (at + 1 + random.below(4)).min(text.len()));
            text.replace_range(at..end.max(at), "");
        }
        3 => {
            let end = boundary(text, (at + 1).min(text.len()));
            text.replace_range(at..end.max(at), random.pick(PIECES));
        }
        4 => text.truncate(at),
        5 => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            let (from, to) = (random.below(lines.len()), random.below(lines.len() + 1));
            if let Some(&line) = lines.get(from) {
                lines.insert(to, line);
            }
            *text = lines.concat();
        }
        6 => {
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            if !lines.is_empty() {
                lines.remove(random.below(lines.len()));
            }
            *text = lines.concat();
        }
        _ => {
            // Another indentation for one line.
            let lines: Vec<&str> = text.split_inclusive('\n').collect();
            let chosen = random.below(lines.len());
            let columns = random.below(5);
            let moved = |(index, line): (usize, &&str)| match index == chosen {
                true => format!("{}{}", " ".repeat(columns), line.trim_start_matches(' ')),
                false => (*line).to_owned(),
            };
            *text = lines.iter().enumerate().map(moved).collect();
        }
    }
}

fn boundary(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}
