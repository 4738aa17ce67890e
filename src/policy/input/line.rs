//! Lines of files that are no trees: where a path of an input stands in the text.
//!
//! The readers of these formats say what a file holds and not where. A key is looked for in the order of the path, each from
//! the line of the one before, so that what is found is the line of a key of this name or of one above it. Must not guess
//! columns.

use super::super::Key;
use super::Format;

/// The first line of what a path leads to, from 1; `None` where nothing of the path is found.
pub fn line(format: Format, text: &str, path: &[Key]) -> Option<u32> {
    if format == Format::Dockerfile {
        let [Key::Index(index), ..] = path else { return None };
        let instruction = super::instructions(text).ok()?.into_iter().nth(*index)?;
        return u32::try_from(instruction.lines.0).ok();
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut at = 0;
    let mut is_found = false;
    for key in path {
        let Key::Name(name) = key else { continue };
        let rest = lines.iter().enumerate().skip(at);
        let Some((next, _)) = rest.into_iter().find(|(_, line)| names(line, name)) else { break };
        (at, is_found) = (next, true);
    }
    is_found.then(|| u32::try_from(at + 1).ok()).flatten()
}

/// Whether a line that is no comment has a word as a key, as the header of a section, or as the label of a block: what
/// stands behind `=` and `:` is a value.
fn names(line: &str, word: &str) -> bool {
    let line = line.trim_start();
    if line.starts_with(['#', ';', '!']) || line.starts_with("//") {
        return false;
    }
    let key = line.split(['=', ':']).next().unwrap_or(line);
    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
    key.trim() == word || key.split(|c: char| !is_word(c)).any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(format: Format, text: &str, path: &[&str]) -> Option<u32> {
        let key = |key: &&str| key.parse().map_or_else(|_| Key::Name((*key).to_owned()), Key::Index);
        line(format, text, &path.iter().map(key).collect::<Vec<Key>>())
    }

    #[test]
    fn keys_are_found_in_the_order_of_the_path() {
        let toml = "# port\nport = 1\n[server]\nname = \"port\"\nport = 2\n[client.http]\nport = 3\n";
        assert_eq!(at(Format::Toml, toml, &["port"]), Some(2));
        assert_eq!(at(Format::Toml, toml, &["server", "port"]), Some(5));
        assert_eq!(at(Format::Toml, toml, &["client", "http", "port"]), Some(7));
        assert_eq!(at(Format::Toml, toml, &["server", "gone"]), Some(3));
        assert_eq!(at(Format::Toml, toml, &["gone"]), None);
        let hcl = "resource \"aws_s3_bucket\" \"logs\" {\n  acl = \"private\"\n}\nresource \"aws_s3_bucket\" \"web\" {\n  acl = \"public-read\"\n}\n";
        assert_eq!(at(Format::Hcl, hcl, &["resource", "aws_s3_bucket", "web", "0", "acl"]), Some(5));
        assert_eq!(at(Format::Dotenv, "A=1\nexport B=A\n", &["B"]), Some(2));
    }

    #[test]
    fn instructions_have_their_first_lines() {
        let text = "FROM a\n\nRUN b \\\n  c\nUSER d\n";
        assert_eq!(
            [0, 1, 2].map(|index| line(Format::Dockerfile, text, &[Key::Index(index)])),
            [1, 3, 5].map(Some)
        );
        assert_eq!(at(Format::Dockerfile, text, &["1", "Value", "0"]), Some(3));
        assert_eq!(at(Format::Dockerfile, text, &["7"]), None);
    }
}
