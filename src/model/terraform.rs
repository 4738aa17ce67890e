//! Blocks and attributes of Terraform files, with the places of their values.
//!
//! Owns as much of the language as it takes to tell blocks, attributes, strings, here-documents and comments apart.
//! Expressions are text. Must not know what a block is for.

use std::ops::Range;

use crate::source::{SourceId, Span};

/// Blocks inside of blocks are read this deep; nobody writes more.
const DEPTH: usize = 32;

/// A block: `resource "github_branch_protection" "main" { … }`.
#[derive(Clone, Debug)]
pub struct Block {
    /// `resource`
    pub kind: String,
    /// Where that is written.
    pub span: Span,
    /// The words behind it, without quotes.
    pub labels: Vec<String>,
    /// The block around it, an index.
    pub parent: Option<usize>,
    /// Its attributes.
    pub attributes: Vec<Attribute>,
}

/// An attribute: `enforce_admins = false`.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// The expression, as it is written.
    pub value: String,
    /// Where the expression is written.
    pub span: Span,
}

impl Block {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }
}

impl Attribute {
    /// The text of a string without anything to fill in.
    pub fn text(&self) -> Option<&str> {
        let text = self.value.strip_prefix('"')?.strip_suffix('"')?;
        (!text.contains(['"', '\\']) && !text.contains("${")).then_some(text)
    }
}

/// The blocks of a file in the order in which they start; what is no Terraform gives few or none.
pub fn read(source: SourceId, text: &str) -> Vec<Block> {
    let mut reader = Reader { source, text, at: 0, blocks: Vec::new(), open: Vec::new() };
    while reader.statement() {}
    reader.blocks
}

struct Reader<'t> {
    source: SourceId,
    text: &'t str,
    at: usize,
    blocks: Vec<Block>,
    /// The blocks around.
    open: Vec<usize>,
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span::new(self.source, range.start as u32, range.end as u32)
    }

    /// Reads a statement, or the end of a block. `false` at the end of the file.
    fn statement(&mut self) -> bool {
        self.blank(true);
        let Some(first) = self.rest().chars().next() else { return false };
        if first == '}' {
            self.at += 1;
            self.open.pop();
            return true;
        }
        let start = self.at;
        let name = self.word();
        if name.is_empty() {
            self.at += first.len_utf8();
            return true;
        }
        self.blank(false);
        if self.rest().starts_with('=') && !self.rest().starts_with("==") {
            self.at += 1;
            self.blank(false);
            self.attribute(name);
            return true;
        }
        let mut labels = Vec::new();
        loop {
            self.blank(false);
            let label = self.label();
            if label.is_empty() {
                break;
            }
            labels.push(label.to_owned());
        }
        if self.rest().starts_with('{') {
            self.at += 1;
            let (span, parent) = (self.span(start..start + name.len()), self.open.last().copied());
            self.open.push(self.blocks.len());
            self.blocks.push(Block { kind: name.to_owned(), span, labels, parent, attributes: Vec::new() });
            if self.open.len() > DEPTH {
                self.at = self.text.len();
            }
        }
        true
    }

    fn attribute(&mut self, name: &str) {
        let start = self.at;
        let end = self.expression();
        let value = self.text.get(start..end).unwrap_or_default().trim_end();
        let attribute = Attribute {
            name: name.to_owned(),
            value: value.to_owned(),
            span: self.span(start..start + value.len()),
        };
        if let Some(block) = self.open.last().and_then(|&block| self.blocks.get_mut(block)) {
            block.attributes.push(attribute);
        }
    }

    /// Goes to the end of an expression: the end of the line outside of brackets, or the end of the block. Returns where it
    /// ends without the comment behind it.
    fn expression(&mut self) -> usize {
        let mut brackets = 0_usize;
        let mut end = self.at;
        while let Some(next) = self.rest().chars().next() {
            match next {
                '\n' if brackets == 0 => return end,
                '}' | ']' | ')' if brackets == 0 => return end,
                '{' | '[' | '(' => brackets += 1,
                '}' | ']' | ')' => brackets -= 1,
                '"' => {
                    self.string();
                    end = self.at;
                    continue;
                }
                '<' if self.rest().starts_with("<<") => {
                    self.here_document();
                    end = self.at;
                    continue;
                }
                '#' | '/' if self.comment() => continue,
                _ => {}
            }
            self.at += next.len_utf8();
            end = self.at;
        }
        end
    }

    /// Goes past a string. What is filled in (`${…}`) may hold strings of its own.
    fn string(&mut self) {
        let mut inside = 0_usize;
        let mut is_quoted = true;
        self.at += 1;
        while let Some(next) = self.rest().chars().next() {
            let rest = self.rest();
            match next {
                '\\' if is_quoted => self.at += 1,
                '$' | '%' if rest.starts_with("$${") || rest.starts_with("%%{") => self.at += 2,
                '$' | '%' if is_quoted && rest[1..].starts_with('{') => {
                    (inside, is_quoted) = (inside + 1, false);
                    self.at += 1;
                }
                '}' if !is_quoted => (inside, is_quoted) = (inside - 1, true),
                '"' if is_quoted && inside == 0 => {
                    self.at += 1;
                    return;
                }
                '"' => is_quoted = !is_quoted,
                // A string ends with its line; one that does not is broken, and costs itself alone.
                '\n' => return,
                _ => {}
            }
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        }
    }

    /// Goes past `<<EOF` and its lines.
    fn here_document(&mut self) {
        self.at += 2;
        if self.rest().starts_with('-') {
            self.at += 1;
        }
        let end = self.word();
        if end.is_empty() {
            return;
        }
        while let Some(line) = self.rest().find('\n') {
            self.at += line + 1;
            if self.rest().lines().next().is_some_and(|line| line.trim() == end) {
                self.at += self.rest().find(end).unwrap_or(0) + end.len();
                return;
            }
        }
        self.at = self.text.len();
    }

    fn word(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-'))).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// A label of a block: a string without anything to fill in, or a word.
    fn label(&mut self) -> &'t str {
        if !self.rest().starts_with('"') {
            return self.word();
        }
        let start = self.at;
        self.string();
        self.text.get(start..self.at).unwrap_or_default().trim_matches('"')
    }

    /// Goes past blanks and comments.
    fn blank(&mut self, lines: bool) {
        while let Some(next) = self.rest().chars().next() {
            match next {
                '\n' if !lines => return,
                '#' | '/' if self.comment() => {}
                c if c.is_whitespace() || c == '\u{feff}' => self.at += c.len_utf8(),
                _ => return,
            }
        }
    }

    /// Goes past a comment, if there is one here. The end of its line stays.
    fn comment(&mut self) -> bool {
        let rest = self.rest();
        let length = match () {
            () if rest.starts_with('#') || rest.starts_with("//") => rest.find('\n'),
            () if rest.starts_with("/*") => rest.find("*/").map(|at| at + 2),
            () => return false,
        };
        self.at += length.unwrap_or(rest.len());
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let blocks = read(SourceId(0), text);
        let show = |block: &Block| {
            let attributes = block.attributes.iter().map(|one| {
                assert_eq!(text.get(one.span.start as usize..one.span.end() as usize), Some(&*one.value));
                format!(" {}={}", one.name, one.value)
            });
            let attributes: String = attributes.collect();
            let parent = block.parent.map_or(String::new(), |parent| format!("{parent}/"));
            format!("{parent}{} {:?}{attributes}", block.kind, block.labels)
        };
        blocks.iter().map(show).collect()
    }

    #[test]
    fn blocks_attributes_and_what_looks_like_them() {
        let text = r##"
# resource "no" "no" {}
/* } */
resource "a" "b" { # why
  one = "x } ${join("}", [1])} y" // two = 2
  list = [
    "}", # {
  ]
  map = {
    inner = 1
  }
  text = <<-EOT
    resource "c" "d" {
  EOT
  nested {
    three = false
  }
  short { four = 4 }
}
locals { é = "$${a}" }
"##;
        let expected = [
            "resource [\"a\", \"b\"] one=\"x } ${join(\"}\", [1])} y\" list=[\n    \"}\", # {\n  ] map={\n    inner = 1\n  } \
             text=<<-EOT\n    resource \"c\" \"d\" {\n  EOT",
            "0/nested [] three=false",
            "0/short [] four=4",
            "locals [] é=\"$${a}\"",
        ];
        assert_eq!(shown(text), expected);
    }

    #[test]
    fn broken_and_hostile_text_ends() {
        for text in [
            "",
            "\"",
            "a {",
            "a = \"",
            "a = <<",
            "a = <<E",
            "}}}}",
            "= =",
            "a \"b\" \"",
            "a = \"${",
            "/*",
            "\\",
            "a = \"\\é",
        ] {
            drop(read(SourceId(0), text));
            drop(read(SourceId(0), &text.repeat(1000)));
        }
        assert!(read(SourceId(0), &"a {".repeat(100_000)).len() < 100);
    }
}
