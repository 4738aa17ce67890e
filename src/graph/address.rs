//! Addresses of git repositories, brought to one form for each repository.
//!
//! Owns the spellings of forges. The form is for comparing only: nobody can fetch from it. Argo CD compares addresses in
//! a stricter way where an AppProject permits them, which is not this.

use camino::Utf8PathBuf;

/// Hosts that go by another name when they are reached by SSH over the port of HTTPS.
const ALTERNATIVES: [(&str, &str); 3] = [
    ("ssh.github.com", "github.com"),
    ("altssh.gitlab.com", "gitlab.com"),
    ("altssh.bitbucket.org", "bitbucket.org"),
];

/// What all addresses of one repository have in common: `host/path`, without scheme, user, port and `.git`. A path of
/// the file system stays one.
pub fn normalise(address: &str) -> String {
    let address = address.trim();
    if let Some((region, repository)) =
        address.strip_prefix("codecommit::").and_then(|rest| rest.split_once("://"))
    {
        // git-remote-codecommit: a profile of the AWS CLI may stand before the name.
        let repository = repository.rsplit('@').next().unwrap_or_default();
        return code_commit(region, repository);
    }
    if let Some(repository) = address.strip_prefix("codecommit://") {
        return code_commit("", repository.rsplit('@').next().unwrap_or_default());
    }
    if is_path(address) {
        return resolve("", address);
    }
    let (scheme, rest) = match address.split_once("://") {
        Some((scheme, rest)) => (scheme.to_lowercase(), rest.to_owned()),
        // The form of scp: the first colon ends the host.
        None => (String::new(), address.replacen(':', "/", 1)),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((&rest, ""));
    let host = authority.rsplit('@').next().unwrap_or_default();
    let host = host.rsplit_once(':').filter(|(_, port)| is_number(port)).map_or(host, |(host, _)| host);
    let host = host.to_lowercase();
    let host = ALTERNATIVES.iter().find(|(other, _)| *other == host).map_or(host.as_str(), |(_, name)| name);
    let path = percent_decoded(path);
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    let (host, path) = forge(host, parts);
    let path = path.strip_suffix(".git").unwrap_or(&path);
    let is_case_sensitive = !["github", "gitlab", "bitbucket"].iter().any(|forge| host.contains(forge))
        && host != "dev.azure.com";
    let path = if is_case_sensitive { path.to_owned() } else { path.to_lowercase() };
    // An artifact in a registry is never a git repository, whatever it is called.
    if scheme == "oci" { format!("oci:{host}/{path}") } else { format!("{host}/{path}") }
}

/// Host and path without what forges add for one protocol.
fn forge<'t>(host: &'t str, mut parts: Vec<&'t str>) -> (String, String) {
    let azure = match host {
        "dev.azure.com" => Some(parts.first().copied().unwrap_or_default()),
        "ssh.dev.azure.com" | "vs-ssh.visualstudio.com" => {
            parts.retain(|part| *part != "v3");
            Some(parts.first().copied().unwrap_or_default())
        }
        _ => host.strip_suffix(".visualstudio.com").inspect(|organisation| {
            parts.retain(|part| !part.eq_ignore_ascii_case("DefaultCollection"));
            parts.insert(0, organisation);
        }),
    };
    if azure.is_some() {
        if let Some(git) = parts.iter().position(|part| *part == "_git") {
            parts.remove(git);
            // A project's repository of the same name is addressed without the project.
            if parts.len() == 2 {
                parts.push(parts[1]);
            }
        }
        return ("dev.azure.com".to_owned(), parts.join("/"));
    }
    if let (true, Some(region)) = (host.starts_with("git-codecommit."), host.split('.').nth(1)) {
        let name = parts.last().copied().unwrap_or_default();
        return ("codecommit".to_owned(), format!("{region}/{name}"));
    }
    // Bitbucket Data Center: `/scm/` marks addresses for HTTP, behind the path of the server.
    if let Some(scm) = parts.iter().position(|part| *part == "scm").filter(|scm| parts.len() == scm + 3) {
        parts.drain(..=scm);
    }
    (host.to_owned(), parts.join("/"))
}

fn code_commit(region: &str, repository: &str) -> String {
    let repository = repository.trim_end_matches('/');
    format!("codecommit/{region}/{repository}")
}

/// Whether an address is a path of the file system.
pub fn is_path(address: &str) -> bool {
    let address = address.trim();
    let is_drive = matches!(address.as_bytes(), [_, b':', b'/' | b'\\', ..]);
    address.starts_with("file://")
        || address.starts_with(['/', '.', '~', '\\'])
        || is_drive
        || (!address.contains(':') && !address.split('/').next().is_some_and(|host| host.contains('.')))
}

/// The path that an address leads to, seen from a directory; without the `.git` of its git directory.
pub fn resolve(base: &str, address: &str) -> String {
    let address = address.trim();
    let path = address.strip_prefix("file://").map_or_else(
        || address.replace('\\', "/"),
        // `file://localhost/srv/git` is `/srv/git`.
        |path| path.strip_prefix("localhost").unwrap_or(path).to_owned(),
    );
    let mut resolved = if path.starts_with('/') { Utf8PathBuf::from("/") } else { base.into() };
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                resolved.pop();
            }
            part => resolved.push(part),
        }
    }
    if resolved.file_name() == Some(".git") {
        resolved.pop();
    }
    let text = resolved.into_string();
    text.strip_suffix(".git").map(str::to_owned).unwrap_or(text)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match code.filter(|_| first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_repository_are_one_text() {
        let groups: &[&[&str]] = &[
            &[
                "https://github.com/Acme/GitOps.git",
                "https://github.com/acme/gitops/",
                "http://token:x-oauth-basic@github.com:443/acme/gitops.git",
                "git@github.com:acme/gitops.git",
                "ssh://git@ssh.github.com:443/acme/gitops",
                "git+ssh://git@github.com/acme/gitops",
                "github.com/acme/gitops",
            ],
            &[
                "https://gitlab.com/acme/platform/team/gitops",
                "git@altssh.gitlab.com:acme/platform/team/gitops.git",
            ],
            &[
                "https://dev.azure.com/acme/shop/_git/config",
                "https://acme@dev.azure.com/acme/shop/_git/config",
                "git@ssh.dev.azure.com:v3/acme/shop/config",
                "https://acme.visualstudio.com/DefaultCollection/shop/_git/config",
                "https://acme.visualstudio.com/shop/_git/config",
                "acme@vs-ssh.visualstudio.com:v3/acme/shop/config",
            ],
            &["https://dev.azure.com/acme/_git/config", "https://dev.azure.com/acme/config/_git/config"],
            &[
                "https://bitbucket.acme.com/scm/SHOP/config.git",
                "ssh://git@bitbucket.acme.com:7999/shop/config.git",
            ],
            &[
                "codecommit::eu-west-1://config",
                "codecommit::eu-west-1://profile@config",
                "https://git-codecommit.eu-west-1.amazonaws.com/v1/repos/config",
                "ssh://git-codecommit.eu-west-1.amazonaws.com/v1/repos/config",
            ],
            &["https://git.acme.com/team%20a/config", "git@git.acme.com:team a/config.git"],
            &["file:///srv/git/config.git", "/srv/git/config", "/srv/git/../git/config/.git"],
        ];
        for group in groups {
            let identities: Vec<String> = group.iter().map(|address| normalise(address)).collect();
            assert!(identities.iter().all(|identity| *identity == identities[0]), "{identities:#?}");
        }
    }

    #[test]
    fn different_repositories_stay_different() {
        let addresses = [
            "https://github.com/acme/gitops",
            "https://github.com/acme/gitops-infra",
            "https://github.acme.com/acme/gitops",
            "oci://github.com/acme/gitops",
            "https://git.acme.com/acme/gitops",
            "https://git.acme.com/Acme/gitops",
            "https://gitlab.com/acme/gitops/gitops",
            "https://dev.azure.com/acme/gitops/_git/gitops2",
            "codecommit::eu-west-1://gitops",
            "codecommit::us-east-1://gitops",
            "/acme/gitops",
        ];
        let mut identities = addresses.map(normalise).to_vec();
        identities.sort();
        identities.dedup();
        assert_eq!(identities.len(), addresses.len(), "{identities:#?}");
    }

    #[test]
    fn paths_are_seen_from_the_root() {
        assert_eq!(resolve("/home/a/gitops", "../gitops"), "/home/a/gitops");
        assert_eq!(resolve("/home/a/gitops", "file:///home/a/gitops/.git"), "/home/a/gitops");
        assert!(is_path("C:\\work\\gitops") && !is_path("git@host:path") && !is_path("h:p/q"));
    }
}
