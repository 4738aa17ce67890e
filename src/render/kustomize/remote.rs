//! What is far away: URLs of repositories and files. Nothing is ever fetched.

use camino::{Utf8Path, Utf8PathBuf};

/// Whether Kustomize would fetch this: a URL, or what its `git` loader takes for one.
pub fn is_remote(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let schemes = ["http://", "https://", "ssh://", "file://", "git::", "oci://", "s3::", "gcs::"];
    schemes.iter().any(|scheme| lower.starts_with(scheme))
        || lower.starts_with("git@")
        || ["github.com/", "github.com:", "gitlab.com/", "bitbucket.org/"]
            .iter()
            .any(|host| lower.starts_with(host))
        || lower.contains("?ref=")
        || lower.contains(".git/")
        || lower.ends_with(".git")
        || lower.contains("/_git/")
        || is_scp(text)
}

/// `user@host:path`
fn is_scp(text: &str) -> bool {
    let Some((before, rest)) = text.split_once(':') else { return false };
    before.contains('@') && !before.contains('/') && !rest.is_empty()
}

/// The commit, tag or branch a URL names.
pub fn reference(text: &str) -> Option<&str> {
    let (_, query) = text.split_once('?')?;
    let named = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("ref=").or_else(|| pair.strip_prefix("version=")))?;
    (!named.is_empty()).then_some(named)
}

/// The URL without user and password.
pub fn shown(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find(['/', '?']).unwrap_or(rest.len());
            let host = rest[..end].rsplit_once('@').map_or(&rest[..end], |(_, host)| host);
            format!("{scheme}://{host}{}", &rest[end..])
        }
        None => text.to_owned(),
    }
}

/// The place below `directory`, which stands in for the whole remote repository, that a URL leads to: the path
/// behind `//`, or behind the repository's name on the hosts that are known.
pub(in crate::render) fn within(directory: &Utf8Path, text: &str) -> Utf8PathBuf {
    let path = text.split_once('?').map_or(text, |(path, _)| path);
    let path = path.split_once("://").map_or(path, |(_, path)| path);
    let below = match path.split_once("//") {
        Some((_, below)) => below,
        None => path.splitn(4, '/').nth(3).unwrap_or_default(),
    };
    below
        .split('/')
        .filter(|part| !matches!(*part, "" | "." | ".."))
        .fold(directory.to_owned(), |at, part| at.join(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_told_from_paths() {
        for url in [
            "https://example.com/a.yaml",
            "github.com/acme/app//deploy?ref=v1",
            "git@github.com:acme/app.git",
            "ssh://git@example.com/acme/app",
            "git::https://example.com/acme/app//x",
            "acme/app?ref=main",
            "https://dev.azure.com/acme/p/_git/app",
        ] {
            assert!(is_remote(url), "{url}");
        }
        for path in
            ["../base", "base.yaml", "my.gitops/app", ".github/workflows", "a@b/c.yaml", "github.company/x"]
        {
            assert!(!is_remote(path), "{path}");
        }
    }

    #[test]
    fn references_and_places() {
        assert_eq!(reference("github.com/acme/app?timeout=9s&ref=v1.2"), Some("v1.2"));
        assert_eq!(reference("github.com/acme/app?ref="), None);
        assert_eq!(shown("https://user:secret@example.com/a?ref=b"), "https://example.com/a?ref=b");
        let within = |text| within(Utf8Path::new("vendor/app"), text).into_string();
        assert_eq!(within("https://example.com/acme/app//deploy/prod?ref=v1"), "vendor/app/deploy/prod");
        assert_eq!(within("github.com/acme/app/deploy?ref=v1"), "vendor/app/deploy");
        assert_eq!(within("https://github.com/acme/app//../../x"), "vendor/app/x");
    }
}
