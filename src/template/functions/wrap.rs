//! Text that is broken into lines or shortened: what Masterminds/goutils does.

use super::super::text::Text;
use super::cost::Cost::Deep;
use super::{Answer, Arguments, Function, plain};

pub(super) const FUNCTIONS: &[Function] = &[
    plain("wrap", "is", Deep, |arguments| wrapped(arguments.int(0)?, "\n", false, arguments.text(1)?)),
    plain("wrapWith", "iss", Deep, |arguments| {
        wrapped(arguments.int(0)?, arguments.str(1)?, true, arguments.text(2)?)
    }),
    plain("abbrev", "is", Deep, |arguments| shortened(0, arguments.int(0)?, arguments.text(1)?)),
    plain("abbrevboth", "iis", Deep, both),
];

/// Lines of so many characters; a word that is longer is broken when asked for, else has a line of its own.
fn wrapped(width: i64, line: &str, breaks_words: bool, text: &Text) -> Answer {
    let width = usize::try_from(width).unwrap_or(1).max(1);
    let signs: Vec<char> = text.as_str().chars().collect();
    let mut made = String::new();
    let mut at = 0;
    while signs.len() - at > width {
        if signs[at] == ' ' {
            at += 1;
            continue;
        }
        let window = &signs[at..(at + width + 1).min(signs.len())];
        if let Some(space) = window.iter().rposition(|sign| *sign == ' ') {
            made.extend(&signs[at..at + space]);
            made.push_str(line);
            at += space + 1;
        } else if breaks_words {
            made.extend(&signs[at..at + width]);
            made.push_str(line);
            at += width;
        } else {
            match signs[at + width..].iter().position(|sign| *sign == ' ') {
                Some(space) => {
                    made.extend(&signs[at..at + width + space]);
                    made.push_str(line);
                    at += width + space + 1;
                }
                None => break,
            }
        }
    }
    made.extend(&signs[at..]);
    Ok(text.became(made).into())
}

/// The text with dots in place of what is too much; `offset` characters in front may be cut.
fn shortened(offset: i64, width: i64, text: &Text) -> Answer {
    let signs: Vec<char> = text.as_str().chars().collect();
    let least = if offset > 0 { 7 } else { 4 };
    let (Ok(width), Ok(offset)) = (usize::try_from(width), usize::try_from(offset)) else {
        return Ok(text.clone().into());
    };
    if width < least || signs.len() <= width {
        return Ok(text.clone().into());
    }
    let offset = offset.min(signs.len());
    let offset = if signs.len() - offset < width - 3 { signs.len() - (width - 3) } else { offset };
    let made: String = if offset <= 4 {
        signs[..width - 3].iter().copied().chain("...".chars()).collect()
    } else if offset + width - 3 < signs.len() {
        let rest = &signs[offset..];
        let inner = rest[..(width - 6).min(rest.len())].iter().copied();
        "...".chars().chain(inner).chain("...".chars()).collect()
    } else {
        "...".chars().chain(signs[signs.len() - (width - 3)..].iter().copied()).collect()
    };
    Ok(text.became(made).into())
}

fn both(arguments: Arguments<'_>) -> Answer {
    let (left, right, text) = (arguments.int(0)?, arguments.int(1)?, arguments.text(2)?);
    if right < 4 || left > 0 && right < 7 {
        return Ok(text.clone().into());
    }
    shortened(left, right, text)
}
