//! How Kubernetes reads single values: types, amounts, and what is filled in before it sees them.

use crate::yaml::{Cursor, Schema, Typed};

/// The type of a value as JSON has it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Json {
    /// Nothing.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A whole number, also one that is written with a fraction of zero.
    Integer(f64),
    /// Another number.
    Number(f64),
    /// Text.
    Text,
    /// A mapping.
    Object,
    /// A list.
    List,
}

impl Json {
    /// The type of a value as a reader has it.
    pub fn of(value: Cursor<'_>, reader: Schema) -> Self {
        let scalar = value.typed_as(reader, |typed| match typed {
            Typed::Null => Self::Null,
            Typed::Bool(_) => Self::Boolean,
            Typed::Int(value) => Self::Integer(value as f64),
            Typed::Uint(value) => Self::Integer(value as f64),
            Typed::Float(value) if value.fract() == 0.0 => Self::Integer(value),
            Typed::Float(value) => Self::Number(value),
            Typed::Str(_) => Self::Text,
        });
        scalar.unwrap_or(if value.is_map() { Self::Object } else { Self::List })
    }

    /// As a noun.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean => "a boolean",
            Self::Integer(_) | Self::Number(_) => "a number",
            Self::Text => "text",
            Self::Object => "a mapping",
            Self::List => "a list",
        }
    }
}

/// Whether a text is an amount as Kubernetes reads it.
pub fn is_quantity(text: &str) -> bool {
    let text = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
    let (number, suffix) = text.split_at_checked(digits).unwrap_or_default();
    let is_number = number.bytes().any(|byte| byte.is_ascii_digit()) && number.matches('.').count() <= 1;
    let is_exponent = suffix.strip_prefix(['e', 'E']).is_some_and(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && exponent.bytes().all(|byte| byte.is_ascii_digit())
    });
    let units = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    is_number && (is_exponent || units.contains(&suffix))
}

/// Whether something fills a text in, or decrypts it, before Kubernetes sees it: nothing is known about it then.
pub fn is_filled_in(text: &str) -> bool {
    const MARKS: [&str; 6] = ["${", "{{", "<<", "$(", "[[", "@@"];
    const WORDS: [&str; 6] = ["REPLACE_ME", "REPLACEME", "CHANGE_ME", "CHANGEME", "TODO", "FIXME"];
    if WORDS.contains(&text) {
        return true;
    }
    // Nearly every text has no sign of any mark, which one look tells.
    let has_sign = text.bytes().any(|byte| matches!(byte, b'$' | b'{' | b'<' | b'[' | b'@' | b'%' | b'_'));
    if !has_sign {
        return false;
    }
    text.starts_with("ENC[")
        || text.starts_with('$')
        || (text.starts_with('<') && text.ends_with('>'))
        || (text.starts_with('%') && text.ends_with('%') && text.len() > 1)
        || MARKS.iter().any(|mark| text.contains(mark))
        || text.split("__").skip(1).step_by(2).any(is_capitals)
        // `web-$BRANCH`, for a shell.
        || text.split('$').skip(1).any(|name| name.starts_with(|letter: char| letter.is_ascii_uppercase()))
}

/// `IMAGE_TAG` in `web:__IMAGE_TAG__`. Between small letters two strokes are a part of a name: `web__v1`.
fn is_capitals(text: &str) -> bool {
    text.starts_with(|letter: char| letter.is_ascii_uppercase())
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_capitals_between_strokes() {
        assert!(is_filled_in("__NAME__") && is_filled_in("web:__IMAGE_TAG__"));
        assert!(is_filled_in("REPLACE_ME") && !is_filled_in("REPLACE"));
        assert!(!is_filled_in("web__v1") && !is_filled_in("__name__") && !is_filled_in("a__b__c"));
    }

    #[test]
    fn amounts_are_those_of_kubernetes() {
        for good in
            ["1", "1.5", "100m", "1Gi", "0.5Gi", "1e3", "1E-3", "+2", "-1", ".5", "5.", "1E", "12k", "0"]
        {
            assert!(is_quantity(good), "{good}");
        }
        for bad in ["", "1GB", "1 Gi", "100M i", "1gi", "K", "1.2.3", "1K", "m", "1MB", "512mb", "e3", "."] {
            assert!(!is_quantity(bad), "{bad}");
        }
    }
}
