//! The modules of a template under names of their own, so that templates can be compiled together.
//!
//! Owns what Gatekeeper allows a module to refer to: `data.inventory`, and `data.lib` with the libraries of the same
//! template. Must not know Rego's grammar beyond its words: what is wrong with a policy is said by those who compile it.

use std::ops::Range;

/// What a module is to its template.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Role {
    /// It has the rule `violation`; its package may be called anything.
    Entry,
    /// Its package lies below `lib`.
    Library,
}

/// A module that was renamed.
#[derive(Debug)]
pub struct Renamed {
    /// The text to compile, line by line that which was written.
    pub text: String,
    edits: Vec<Edit>,
}

/// Why Gatekeeper does not take a module.
#[derive(PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Bytes of the text as it is written.
    pub at: Range<usize>,
    /// One sentence without a full stop.
    pub message: String,
}

/// Text that stands in place of other text.
#[derive(Debug)]
struct Edit {
    /// Offset in the new text.
    at: usize,
    new: usize,
    old: usize,
}

impl Renamed {
    /// The offset in the text as it is written of a line and a column, both from 1, of the new one.
    pub fn written(&self, line: u32, column: u32) -> usize {
        let line = (line as usize).saturating_sub(1);
        let start: usize = self.text.split_inclusive('\n').take(line).map(str::len).sum();
        let rest = self.text.get(start..).unwrap_or_default();
        let within = rest.char_indices().nth((column as usize).saturating_sub(1));
        let offset = start + within.map_or(rest.len(), |(at, _)| at);
        let mut written = offset;
        for edit in self.edits.iter().rev().filter(|edit| edit.at < offset) {
            // Inside of new text, what it stands for begins.
            let past = (offset - edit.at).min(edit.new);
            written = written + if past < edit.new { 0 } else { edit.old } - past;
        }
        written
    }
}

/// Puts the module below `data.<prefix>`: the entry as `data.<prefix>.template`, libraries as `data.<prefix>.lib…`.
///
/// # Errors
/// What Gatekeeper refuses.
pub fn rename(text: &str, role: Role, prefix: &str) -> Result<Renamed, Refusal> {
    let tokens = tokens(text);
    let word = |index: usize| tokens.get(index).and_then(|token| token.word(text));
    let mut renamed = Renamed { text: String::with_capacity(text.len() + 16), edits: Vec::new() };
    let mut copied = 0;
    let mut replace = |at: Range<usize>, new: &str| {
        renamed.text.push_str(text.get(copied..at.start).unwrap_or_default());
        renamed.edits.push(Edit { at: renamed.text.len(), new: new.len(), old: at.len() });
        renamed.text.push_str(new);
        copied = at.end;
    };
    let mut is_named = false;
    for (index, token) in tokens.iter().enumerate() {
        if index > 0 && tokens.get(index - 1).is_some_and(|before| before.kind == Kind::Mark(b'.')) {
            continue;
        }
        match token.word(text) {
            Some("package") if !is_named => {
                is_named = true;
                let path = path(&tokens, index + 1);
                match role {
                    Role::Entry => replace(path, &format!("{prefix}.template")),
                    Role::Library if word(index + 1) == Some("lib") && path.len() > "lib".len() => {
                        replace(path.start..path.start, &format!("{prefix}."));
                    }
                    Role::Library => {
                        let message = "The package of a library must lie below `lib`".to_owned();
                        return Err(Refusal { at: path, message });
                    }
                }
            }
            Some("import") => match word(index + 1) {
                Some("future") => {}
                Some("data") if member(&tokens, index + 1, text) == Some("lib") => {}
                _ => {
                    let path = path(&tokens, index + 1);
                    let name = text.get(path.clone()).unwrap_or_default();
                    let message = format!("Gatekeeper imports `data.lib` and `future`, not `{name}`");
                    return Err(Refusal { at: path, message });
                }
            },
            Some("data") => match member(&tokens, index, text) {
                Some("inventory") => {}
                Some("lib") => replace(token.at.end..token.at.end, &format!(".{prefix}")),
                _ => {
                    let path = path(&tokens, index);
                    let name = text.get(path.clone()).unwrap_or_default();
                    let message = format!("Templates read `data.inventory` and `data.lib`, not `{name}`");
                    return Err(Refusal { at: path, message });
                }
            },
            _ => {}
        }
    }
    renamed.text.push_str(text.get(copied..).unwrap_or_default());
    Ok(renamed)
}

/// Whether a word stands somewhere in a module, comments and strings apart.
pub fn has_word(text: &str, word: &str) -> bool {
    tokens(text).iter().any(|token| token.word(text) == Some(word))
}

/// The bytes of a reference that starts with a word.
fn path(tokens: &[Token], first: usize) -> Range<usize> {
    let Some(start) = tokens.get(first) else { return 0..0 };
    let mut end = start.at.end;
    let mut next = first + 1;
    loop {
        let kind = |index: usize| tokens.get(index).map(|token| token.kind);
        let len = match (kind(next), kind(next + 1), kind(next + 2)) {
            (Some(Kind::Mark(b'.')), Some(Kind::Word), _) => 2,
            (Some(Kind::Mark(b'[')), Some(Kind::Text), Some(Kind::Mark(b']'))) => 3,
            _ => return start.at.start..end,
        };
        next += len;
        end = tokens.get(next - 1).map_or(end, |token| token.at.end);
    }
}

/// The name that follows a word: `lib` of `data.lib` and of `data["lib"]`.
fn member<'t>(tokens: &[Token], word: usize, text: &'t str) -> Option<&'t str> {
    let name = tokens.get(word + 2)?;
    match (tokens.get(word + 1)?.kind, name.kind) {
        (Kind::Mark(b'.'), Kind::Word) => text.get(name.at.clone()),
        (Kind::Mark(b'['), Kind::Text) => text.get(name.at.start + 1..name.at.end.saturating_sub(1)),
        _ => None,
    }
}

/// A token, as far as names need them told apart.
struct Token {
    at: Range<usize>,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Word,
    /// A string, quotes included.
    Text,
    Mark(u8),
}

impl Token {
    fn word<'t>(&self, text: &'t str) -> Option<&'t str> {
        (self.kind == Kind::Word).then(|| text.get(self.at.clone())).flatten()
    }
}

/// The tokens without comments and blanks.
fn tokens(text: &str) -> Vec<Token> {
    let bytes = text.as_bytes();
    let is_word = |byte: u8| byte == b'_' || byte.is_ascii_alphanumeric();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = bytes.get(at + 1..).unwrap_or_default();
        let past = |end: Option<usize>| end.map_or(bytes.len(), |end| at + 1 + end);
        let (end, kind) = match byte {
            b'#' => (past(memchr::memchr(b'\n', rest)), None),
            b'`' => (past(memchr::memchr(b'`', rest).map(|end| end + 1)), Some(Kind::Text)),
            b'"' => (past(closing_quote(rest)), Some(Kind::Text)),
            _ if is_word(byte) => (past(rest.iter().position(|&byte| !is_word(byte))), Some(Kind::Word)),
            _ if byte.is_ascii_whitespace() => (at + 1, None),
            _ => (at + 1, Some(Kind::Mark(byte))),
        };
        tokens.extend(kind.map(|kind| Token { at: at..end, kind }));
        at = end;
    }
    tokens
}

/// Where a string ends whose opening quote stands before `rest`.
fn closing_quote(rest: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr2(b'"', b'\\', rest.get(at..)?)?;
        if rest.get(at) == Some(&b'"') {
            return Some(at + 1);
        }
        at += 2;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_become_those_of_the_template() {
        let cases = [
            (Role::Entry, "package a.b\nx = 1", "package t1.template\nx = 1"),
            (Role::Entry, "# package z\npackage a[\"b\"]\n", "# package z\npackage t1.template\n"),
            (Role::Library, "package lib.a # data.x", "package t1.lib.a # data.x"),
            (
                Role::Entry,
                "package a\nimport data.lib.b as c",
                "package t1.template\nimport data.t1.lib.b as c",
            ),
            (
                Role::Entry,
                "package a\nx { data[\"lib\"].b }",
                "package t1.template\nx { data.t1[\"lib\"].b }",
            ),
            (
                Role::Entry,
                "package a\nx { input.data.b; \"data.b\" }",
                "package t1.template\nx { input.data.b; \"data.b\" }",
            ),
            (Role::Entry, "package a\nx { data.inventory.b }", "package t1.template\nx { data.inventory.b }"),
            (Role::Entry, "package a\nimport future.keywords", "package t1.template\nimport future.keywords"),
        ];
        for (role, text, expected) in cases {
            assert_eq!(rename(text, role, "t1").unwrap().text, expected);
        }
    }

    #[test]
    fn what_gatekeeper_refuses() {
        let cases = [
            (Role::Library, "package lib\n", "lib"),
            (Role::Library, "package libs.a\n", "libs.a"),
            (Role::Entry, "package a\nimport rego.v1\n", "rego.v1"),
            (Role::Entry, "package a\nimport data.inventory\n", "data.inventory"),
            (Role::Entry, "package a\nimport input.review\n", "input.review"),
            (Role::Entry, "package a\nx { data.b[\"c\"].d }\n", "data.b[\"c\"].d"),
            (Role::Entry, "package a\nx { walk(data) }\n", "data"),
        ];
        for (role, text, at) in cases {
            let refusal = rename(text, role, "t1").unwrap_err();
            assert_eq!(&text[refusal.at.clone()], at, "{refusal:?}");
        }
    }

    #[test]
    fn places_are_those_of_the_text_as_it_is_written() {
        let text = "package a\nx { data.lib.b(1); y }\n";
        let renamed = rename(text, Role::Entry, "t1").unwrap();
        for (name, expected) in [("package", "package"), ("lib", "lib"), ("y }", "y }"), ("template", "a\n")]
        {
            let offset = renamed.text.find(name).unwrap();
            let line = renamed.text[..offset].matches('\n').count() + 1;
            let column = offset - renamed.text[..offset].rfind('\n').map_or(0, |at| at + 1) + 1;
            let written = renamed.written(line as u32, column as u32);
            assert!(text[written..].starts_with(expected), "{name}: {}", &text[written..]);
        }
    }
}
