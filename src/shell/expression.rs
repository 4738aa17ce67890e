//! Expressions that something fills in before a shell sees the text, and the text without them.
//!
//! A shell grammar cannot read `${{ github.sha }}`: bytes of expressions are replaced by as many `_`, which are part of a
//! word wherever they stand.

use std::ops::Range;

/// Which expressions a dialect has.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Expressions(u8);

impl Expressions {
    /// None: a script file.
    pub const NONE: Self = Self(0);
    /// `${{ … }}`, of GitHub, Azure and Gitea.
    pub const DOLLAR_BRACES: Self = Self(1);
    /// `{{ … }}`, of Argo Workflows, Go templates and `just`.
    pub const BRACES: Self = Self(2);
    /// `<< … >>`, of CircleCI.
    pub const ANGLES: Self = Self(4);
    /// `$(name.name)`, of Azure and Tekton: a name without a blank. A command substitution of one word looks the same.
    pub const MACRO: Self = Self(8);
    /// `$[[ … ]]`, of GitLab.
    pub const BRACKETS: Self = Self(16);
    /// Both sets.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    const fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Where the expressions of a text are, in order and apart from each other.
    pub(super) fn find(self, text: &str) -> Vec<Range<usize>> {
        let mut found: Vec<Range<usize>> = Vec::new();
        if self == Self::NONE {
            return found;
        }
        let bytes = text.as_bytes();
        let mut at = 0;
        while let Some(next) = memchr::memchr3(b'$', b'{', b'<', bytes.get(at..).unwrap_or_default()) {
            at += next;
            match self.length(text.get(at..).unwrap_or_default()) {
                Some(length) => {
                    found.push(at..at + length);
                    at += length;
                }
                None => at += 1,
            }
        }
        found
    }

    /// The length of the expression that a text starts with.
    fn length(self, text: &str) -> Option<usize> {
        let closed = |open: &str, close: &str| {
            let inner = text.strip_prefix(open)?;
            // An expression is short; what is not closed soon is none.
            let window = inner.char_indices().nth(2000).map_or(inner, |(end, _)| &inner[..end]);
            window.find(close).map(|end| open.len() + end + close.len())
        };
        if self.has(Self::DOLLAR_BRACES)
            && let Some(length) = closed("${{", "}}")
        {
            return Some(length);
        }
        if self.has(Self::BRACKETS)
            && let Some(length) = closed("$[[", "]]")
        {
            return Some(length);
        }
        if self.has(Self::BRACES) && text.starts_with("{{") {
            return closed("{{", "}}");
        }
        if self.has(Self::ANGLES) && text.starts_with("<<") {
            let length = closed("<<", ">>")?;
            let name = text.get(2..length - 2)?.trim();
            let is_name = !name.contains('\n') && name.contains('.');
            return is_name.then_some(length);
        }
        if self.has(Self::MACRO) && text.starts_with("$(") {
            let length = closed("$(", ")")?;
            let name = text.get(2..length - 1)?;
            let plain =
                |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '[' | ']' | '\'' | '"');
            return (!name.is_empty() && name.chars().all(plain)).then_some(length);
        }
        None
    }
}

/// The text with `_` for every byte of an expression, and a blank for bytes that are no text.
pub(super) fn masked(text: &str, expressions: &[Range<usize>]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for range in expressions {
        if let Some(bytes) = bytes.get_mut(range.clone()) {
            bytes.fill(b'_');
        }
    }
    // The grammar reads NUL as the end of the text; a shell drops it.
    bytes.iter_mut().filter(|byte| **byte == 0).for_each(|byte| *byte = b' ');
    bytes
}
