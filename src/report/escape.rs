//! Makes text of a repository harmless where it is printed: a file must not be able to move the cursor, colour a
//! report or reverse the order of its letters.

use std::borrow::Cow;

/// Replaces control characters and the invisible characters that change how text is shown with visible escapes.
/// Line feeds and tabs are replaced too: what is printed is one line.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_unsafe) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        push_escaped(&mut escaped, c);
    }
    Cow::Owned(escaped)
}

/// Appends a character, or its escape.
pub(super) fn push_escaped(to: &mut String, c: char) {
    if is_unsafe(c) { to.extend(c.escape_default()) } else { to.push(c) }
}

/// Control characters, line and paragraph separators, and the bidirectional controls of "Trojan Source"
/// (CVE-2021-42574).
pub(super) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        )
}

#[cfg(test)]
mod tests {
    use super::escape;

    #[test]
    fn nothing_that_moves_the_cursor_or_the_reading_direction_is_left() {
        assert_eq!(escape("größe 📦"), "größe 📦");
        assert_eq!(escape("a\u{1b}[31mb\r\n\tc"), "a\\u{1b}[31mb\\r\\n\\tc");
        assert_eq!(escape("\u{202e}gnp\u{2066}"), "\\u{202e}gnp\\u{2066}");
        assert_eq!(escape("\u{9b}31m\u{7f}"), "\\u{9b}31m\\u{7f}");
    }
}
