//! Image references by the grammar of the registries (distribution/reference), with the place of every part.
//!
//! Must not know which images are good. Ranges are byte offsets in the decoded text.

use std::ops::Range;

/// The parts of a valid image reference.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageReference<'t> {
    text: &'t str,
    /// Host and port. `None` when the reference leaves it to the default registry.
    pub registry: Option<Range<usize>>,
    /// The path below the registry.
    pub repository: Range<usize>,
    /// The tag, without its colon.
    pub tag: Option<Range<usize>>,
    /// Algorithm and hash, without the at sign.
    pub digest: Option<Range<usize>>,
}

/// Why a text is no image reference, and which bytes are to blame.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ImageProblem {
    /// What is wrong.
    pub kind: ImageProblemKind,
    /// Where; the whole text when no part alone is wrong.
    pub range: Range<usize>,
}

/// The ways in which a text fails to be an image reference.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ImageProblemKind {
    /// Nothing is written.
    Empty,
    /// There is a blank or a line break.
    WhiteSpace,
    /// It starts with a scheme, as in `docker://`.
    Scheme,
    /// The registry is no host name with an optional port.
    Registry,
    /// The repository has capital letters.
    Uppercase,
    /// The repository has a character or an empty part that the grammar does not allow.
    Repository,
    /// The name is 64 hexadecimal digits, which registries keep for ids.
    Identifier,
    /// The name is longer than 255 bytes.
    TooLong,
    /// The tag is empty, too long, or has a character that the grammar does not allow.
    Tag,
    /// There are two tags.
    TwoTags,
    /// The digest is not an algorithm and its hash.
    Digest,
}

impl ImageProblemKind {
    /// What is wrong, as the end of a sentence about the reference.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Empty => "is empty",
            Self::WhiteSpace => "has white space",
            Self::Scheme => "starts with a URL scheme",
            Self::Registry => "has a registry that is no host name",
            Self::Uppercase => "has capital letters in its repository",
            Self::Repository => "has a repository that registries do not allow",
            Self::Identifier => "is an image id, not a name",
            Self::TooLong => "has a name of more than 255 bytes",
            Self::Tag => "has a tag that registries do not allow",
            Self::TwoTags => "has two tags",
            Self::Digest => "has a digest that is not an algorithm and its hash",
        }
    }
}

const NAME_LIMIT: usize = 255;
const TAG_LIMIT: usize = 128;

impl<'t> ImageReference<'t> {
    /// Reads a reference.
    pub fn parse(text: &'t str) -> Result<Self, ImageProblem> {
        let problem = |kind, range| Err(ImageProblem { kind, range });
        if text.is_empty() {
            return problem(ImageProblemKind::Empty, 0..0);
        }
        if let Some(at) = text.find(char::is_whitespace) {
            return problem(ImageProblemKind::WhiteSpace, at..text.len());
        }
        if let Some(at) = text.find("://") {
            return problem(ImageProblemKind::Scheme, 0..at + 3);
        }
        let name_and_tag = text.find('@').unwrap_or(text.len());
        let digest = (name_and_tag < text.len()).then(|| name_and_tag + 1..text.len());
        if let Some(digest) = digest.clone().filter(|digest| !is_digest(&text[digest.clone()])) {
            return problem(ImageProblemKind::Digest, digest);
        }
        // A colon before the last slash belongs to the registry's port.
        let path = text[..name_and_tag].rfind('/').map_or(0, |at| at + 1);
        let name = text[path..name_and_tag].find(':').map_or(name_and_tag, |at| path + at);
        let tag = (name < name_and_tag).then(|| name + 1..name_and_tag);
        if let Some(tag) = tag.clone() {
            if text[tag.clone()].contains(':') {
                return problem(ImageProblemKind::TwoTags, tag);
            }
            if !is_tag(&text[tag.clone()]) {
                return problem(ImageProblemKind::Tag, if tag.is_empty() { name..tag.end } else { tag });
            }
        }
        let registry = text[..name].find('/').filter(|&slash| is_registry_part(&text[..slash]));
        if let Some(end) = registry.filter(|&end| !is_host(&text[..end])) {
            return problem(ImageProblemKind::Registry, 0..end);
        }
        let repository = registry.map_or(0, |slash| slash + 1)..name;
        if let Some(kind) = repository_problem(&text[repository.clone()]) {
            return problem(kind, if repository.is_empty() { 0..text.len() } else { repository });
        }
        if name > NAME_LIMIT {
            return problem(ImageProblemKind::TooLong, 0..name);
        }
        if name == text.len() && name == 64 && text.bytes().all(is_lower_hex) {
            return problem(ImageProblemKind::Identifier, 0..name);
        }
        Ok(Self { text, registry: registry.map(|end| 0..end), repository, tag, digest })
    }

    /// Registry and repository as written: what Kustomize compares with the `name` of an `images:` entry.
    pub fn name(&self) -> &'t str {
        &self.text[..self.repository.end]
    }

    /// The registry as written.
    pub fn registry(&self) -> Option<&'t str> {
        self.registry.clone().map(|range| &self.text[range])
    }

    /// The repository.
    pub fn repository(&self) -> &'t str {
        &self.text[self.repository.clone()]
    }

    /// The tag.
    pub fn tag(&self) -> Option<&'t str> {
        self.tag.clone().map(|range| &self.text[range])
    }
}

/// Whether the part before the first slash is a registry, as the reference library decides it: a name without
/// dot, colon or capital letter is the first part of a repository of the default registry.
fn is_registry_part(part: &str) -> bool {
    part == "localhost" || part.contains(['.', ':']) || part.bytes().any(|byte| byte.is_ascii_uppercase())
}

fn is_host(text: &str) -> bool {
    let (host, port) = match text.rfind(']') {
        Some(end) => (&text[..=end], &text[end + 1..]),
        None => text.split_at(text.find(':').unwrap_or(text.len())),
    };
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let port_fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
    let is_label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !label.is_empty() && !label.starts_with('-') && !label.ends_with('-') && label.bytes().all(inner)
    };
    let is_ipv6 = |inner: &str| inner.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':');
    let host_fits = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(inner) => !inner.is_empty() && is_ipv6(inner),
        None => host.split('.').all(is_label),
    };
    host_fits && port_fits
}

fn repository_problem(text: &str) -> Option<ImageProblemKind> {
    let lower = text.to_ascii_lowercase();
    match lower.split('/').all(is_path_component) {
        true if lower == text => None,
        true => Some(ImageProblemKind::Uppercase),
        false => Some(ImageProblemKind::Repository),
    }
}

/// Letters and digits, joined by a dot, one or two underscores, or any number of hyphens.
fn is_path_component(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_joint = |joint: &str| matches!(joint, "" | "." | "_" | "__") || joint.bytes().all(|b| b == b'-');
    let ends = [text.as_bytes().first(), text.as_bytes().last()];
    ends.into_iter().all(|end| end.is_some_and(|&byte| is_word(byte)))
        && text.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(is_joint)
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= TAG_LIMIT
        && text.bytes().next().is_some_and(is_word)
        && text.bytes().all(|byte| is_word(byte) || byte == b'.' || byte == b'-')
}

fn is_digest(text: &str) -> bool {
    let Some((algorithm, hash)) = text.split_once(':') else { return false };
    let hex = hash.bytes().all(is_lower_hex);
    match algorithm {
        "sha256" => hex && hash.len() == 64,
        "sha512" => hex && hash.len() == 128,
        _ => {
            let is_word = |word: &str| {
                word.starts_with(|c: char| c.is_ascii_alphabetic())
                    && word.bytes().all(|byte| byte.is_ascii_alphanumeric())
            };
            algorithm.split(['+', '.', '-', '_']).all(is_word)
                && hash.len() >= 32
                && hash.bytes().all(|byte| byte.is_ascii_hexdigit())
        }
    }
}

fn is_lower_hex(byte: u8) -> bool {
    byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "sha256:3f1c0b6a4d1f2e5b8c7a9d0e1f2a3b4c5d6e7f8091a2b3c4d5e6f708192a3b4c";

    /// `registry|repository|tag|digest` of a reference, `-` for what it does not have.
    fn parts(text: &str) -> String {
        match ImageReference::parse(text) {
            Err(problem) => format!("{:?} `{}`", problem.kind, &text[problem.range]),
            Ok(image) => {
                let part = |range: Option<Range<usize>>| range.map_or("-", |range| &text[range]).to_owned();
                let repository = Some(image.repository.clone());
                [part(image.registry), part(repository), part(image.tag), part(image.digest)].join("|")
            }
        }
    }

    #[test]
    fn valid_references() {
        let table = [
            ("nginx", "-|nginx|-|-"),
            ("nginx:1.27", "-|nginx|1.27|-"),
            ("library/nginx:1.27-alpine", "-|library/nginx|1.27-alpine|-"),
            ("docker.io/library/nginx", "docker.io|library/nginx|-|-"),
            ("registry:5000/app", "registry:5000|app|-|-"),
            ("registry:5000/app:2", "registry:5000|app|2|-"),
            ("localhost/app", "localhost|app|-|-"),
            ("localhost:5000/team/app:v1", "localhost:5000|team/app|v1|-"),
            ("Registry/app", "Registry|app|-|-"),
            ("acr.AzureCR.io/app:1", "acr.AzureCR.io|app|1|-"),
            ("[::1]:5000/app:1", "[::1]:5000|app|1|-"),
            ("[fe80:0:1]/app", "[fe80:0:1]|app|-|-"),
            ("127.0.0.1:80/a/b", "127.0.0.1:80|a/b|-|-"),
            ("a__b/c--d/e.f:_x", "-|a__b/c--d/e.f|_x|-"),
            ("ghcr.io/acme/web:TAG_1.0", "ghcr.io|acme/web|TAG_1.0|-"),
        ];
        for (text, expected) in table {
            assert_eq!(parts(text), expected, "{text}");
        }
        assert_eq!(parts(&format!("web@{SHA}")), format!("-|web|-|{SHA}"));
        assert_eq!(parts(&format!("r.io:1/web:1.2@{SHA}")), format!("r.io:1|web|1.2|{SHA}"));
        let sha512 = format!("sha512:{}", "0".repeat(128));
        assert_eq!(parts(&format!("web@{sha512}")), format!("-|web|-|{sha512}"));
    }

    #[test]
    fn texts_that_are_no_references() {
        let table = [
            ("", "Empty ``"),
            (" ", "WhiteSpace ` `"),
            ("nginx:1.27\n", "WhiteSpace `\n`"),
            ("nginx :1", "WhiteSpace ` :1`"),
            ("docker://nginx:1", "Scheme `docker://`"),
            ("https://ghcr.io/acme/web", "Scheme `https://`"),
            ("nginx:", "Tag `:`"),
            ("nginx:-1", "Tag `-1`"),
            ("nginx:1+2", "Tag `1+2`"),
            ("nginx:1:2", "TwoTags `1:2`"),
            ("ghcr.io/web:v1:latest", "TwoTags `v1:latest`"),
            ("MyApp:1", "Uppercase `MyApp`"),
            ("ghcr.io/Acme/web:1", "Uppercase `Acme/web`"),
            (":1", "Repository `:1`"),
            ("ghcr.io/", "Repository `ghcr.io/`"),
            ("ghcr.io//web", "Repository `/web`"),
            ("/web", "Repository `/web`"),
            ("a..b", "Repository `a..b`"),
            ("a___b", "Repository `a___b`"),
            ("-a", "Repository `-a`"),
            ("café", "Repository `café`"),
            ("-bad.io/web", "Registry `-bad.io`"),
            ("r.io:port/web", "Registry `r.io:port`"),
            ("r.io:/web", "Registry `r.io:`"),
            ("[::1/web", "Registry `[::1`"),
            ("web@", "Digest ``"),
            ("web@sha256:abc", "Digest `sha256:abc`"),
            ("web@latest", "Digest `latest`"),
        ];
        for (text, expected) in table {
            assert_eq!(parts(text), expected, "{text}");
        }
        let id = "0".repeat(64);
        assert_eq!(parts(&id), format!("Identifier `{id}`"));
        let long = "a".repeat(256);
        assert_eq!(parts(&long), format!("TooLong `{long}`"));
        let tag = "1".repeat(129);
        assert_eq!(parts(&format!("a:{tag}")), format!("Tag `{tag}`"));
    }
}
