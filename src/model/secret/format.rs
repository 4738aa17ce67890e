//! Credentials that are known by their own form, whatever key they stand under.
//!
//! A table of data. A text is first searched for all literals in one pass; only behind a literal is the pattern
//! of its format tried, so a text without credentials costs one vectorised scan.

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::base64::{Decoded, decode, run_length};
use super::pem;
use super::placeholder::{StandIn, stand_in};

/// How a format is recognised behind its literal.
#[derive(Clone, Copy, Debug)]
enum Matcher {
    /// A pattern anchored at the literal; its group 1, if it has one, is the secret.
    Pattern(&'static str),
    /// A private key in armour.
    Armour,
    /// A private key in armour in base64.
    EncodedArmour,
}

/// A form of credential.
#[derive(Debug)]
pub struct Format {
    /// What a report calls it, with its article: "a GitHub token".
    pub name: &'static str,
    /// Whether it only names an account: useless without its other half.
    pub identifier: bool,
    literals: &'static [&'static str],
    matcher: Matcher,
}

/// A credential in a text.
#[derive(Clone, Debug)]
pub struct Match {
    /// Its form.
    pub format: &'static Format,
    /// The secret bytes.
    pub range: Range<usize>,
    /// Whether a passphrase protects it.
    pub encrypted: bool,
}

impl Format {
    /// Whether this is a private key, which is looked for in every file.
    pub fn is_private_key(&self) -> bool {
        !matches!(self.matcher, Matcher::Pattern(_)) || self.literals == ["AGE-SECRET-KEY-1"]
    }

    /// Whether this is the password in front of a host.
    pub fn is_url_password(&self) -> bool {
        self.literals == ["://"]
    }
}

const fn format(name: &'static str, literals: &'static [&'static str], pattern: &'static str) -> Format {
    Format { name, identifier: false, literals, matcher: Matcher::Pattern(pattern) }
}

static FORMATS: [Format; 27] = [
    Format { name: "a private key", identifier: false, literals: &["-----BEGIN "], matcher: Matcher::Armour },
    Format {
        name: "a private key in base64",
        identifier: false,
        literals: &["LS0tLS1CRUdJTi"],
        matcher: Matcher::EncodedArmour,
    },
    format("an age secret key", &["AGE-SECRET-KEY-1"], "^AGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    format("a GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "^gh[pousr]_[A-Za-z0-9]{36,}"),
    format("a GitHub token", &["github_pat_"], "^github_pat_[A-Za-z0-9_]{60,}"),
    format("a GitLab token", &["glpat-", "gldt-", "glrt-"], "^gl(?:pat|dt|rt)-[A-Za-z0-9_-]{20,}"),
    format(
        "a Slack token",
        &["xoxb-", "xoxp-", "xoxa-", "xoxs-", "xoxr-"],
        "^xox[abprs]-[0-9][A-Za-z0-9-]{20,}",
    ),
    format("a Slack token", &["xapp-"], "^xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]{20,}"),
    format(
        "a Slack webhook",
        &["hooks.slack.com/services/"],
        "^hooks\\.slack\\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,})",
    ),
    format("a Discord webhook", &["/api/webhooks/"], "^/api/webhooks/[0-9]{15,}/([A-Za-z0-9_-]{50,})"),
    format("a Stripe key", &["sk_live_", "rk_live_"], "^[sr]k_live_[A-Za-z0-9]{16,}"),
    format("a Google API key", &["AIza"], "^AIza[0-9A-Za-z_-]{35}"),
    format("a Google OAuth client secret", &["GOCSPX-"], "^GOCSPX-[A-Za-z0-9_-]{20,}"),
    format("an npm token", &["npm_"], "^npm_[A-Za-z0-9]{36}"),
    format("a PyPI token", &["pypi-AgEIcHlwaS5vcmc"], "^pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
    format("a SendGrid key", &["SG."], "^SG\\.[A-Za-z0-9_-]{20,24}\\.[A-Za-z0-9_-]{39,50}"),
    format("a Grafana token", &["glsa_"], "^glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    format("a Vault token", &["hvs."], "^hvs\\.[A-Za-z0-9_-]{24,}"),
    format("a DigitalOcean token", &["dop_v1_"], "^dop_v1_[a-f0-9]{64}"),
    format("a Tailscale key", &["tskey-"], "^tskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{16,}"),
    format("an API key of a language model", &["sk-proj-", "sk-ant-"], "^sk-(?:proj|ant)-[A-Za-z0-9_-]{32,}"),
    format("a Docker Hub token", &["dckr_pat_"], "^dckr_pat_[A-Za-z0-9_-]{20,}"),
    format("an Azure storage key", &["AccountKey="], "^AccountKey=([A-Za-z0-9+/]{60,}={0,2})"),
    format(
        "an Azure shared access key",
        &["SharedAccessKey="],
        "^SharedAccessKey=([A-Za-z0-9+/]{40,}={0,2})",
    ),
    format(
        "a JSON web token",
        &["eyJ"],
        "^eyJ[A-Za-z0-9_-]{10,}\\.eyJ[A-Za-z0-9_-]{10,}\\.[A-Za-z0-9_-]{16,}",
    ),
    // The password may hold anything but what ends the authority; a template is no password.
    format(
        "a password in a URL",
        &["://"],
        "^://[^\\s:/?#@\"'<>,|(){}\\[\\]\\\\]*:([^\\s/@\"'<>,|`]{2,})@[A-Za-z0-9\\[]",
    ),
    Format {
        name: "an AWS access key id",
        identifier: true,
        literals: &["AKIA", "ASIA"],
        matcher: Matcher::Pattern("^(A[KS]IA[A-Z2-7]{16})(?:[^A-Za-z0-9]|$)"),
    },
];

struct Searcher {
    literals: AhoCorasick,
    /// The format of each literal.
    owners: Vec<usize>,
    /// The pattern of each format.
    patterns: Vec<Option<Regex>>,
}

static SEARCHER: LazyLock<Option<Searcher>> = LazyLock::new(|| {
    let literals = FORMATS.iter().flat_map(|format| format.literals);
    let owners = FORMATS.iter().enumerate().flat_map(|(at, format)| format.literals.iter().map(move |_| at));
    let pattern = |format: &Format| match format.matcher {
        Matcher::Pattern(pattern) => RegexBuilder::new(pattern).unicode(false).build().ok(),
        Matcher::Armour | Matcher::EncodedArmour => None,
    };
    Some(Searcher {
        literals: AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(literals).ok()?,
        owners: owners.collect(),
        patterns: FORMATS.iter().map(pattern).collect(),
    })
});

/// The first credential of a known form in a text.
pub fn find(text: &str) -> Option<Match> {
    matches(text).next()
}

/// Every credential of a known form in a text, in order. Placeholders of that form are left out.
pub fn matches(text: &str) -> impl Iterator<Item = Match> {
    let mut end = 0;
    let searcher = SEARCHER.as_ref();
    let hits = searcher.into_iter().flat_map(move |searcher| {
        searcher.literals.find_iter(text).map(move |hit| (searcher, hit.pattern().as_usize(), hit.start()))
    });
    hits.filter_map(move |(searcher, literal, start)| {
        let owner = *searcher.owners.get(literal)?;
        if start < end {
            return None;
        }
        let found = match_at(text, start, FORMATS.get(owner)?, searcher.patterns.get(owner)?.as_ref())?;
        end = found.range.end;
        Some(found)
    })
}

fn match_at(text: &str, start: usize, format: &'static Format, pattern: Option<&Regex>) -> Option<Match> {
    let rest = text.get(start..)?;
    let found = |range: Range<usize>, encrypted| Match { format, range, encrypted };
    match format.matcher {
        Matcher::Armour => pem::private_key_at(text, start).map(|key| found(key.range, key.encrypted)),
        Matcher::EncodedArmour => {
            let length = run_length(rest);
            let Some(Decoded::Text(decoded)) = decode(&rest[..length]) else { return None };
            pem::private_key(&decoded).map(|key| found(start..start + length, key.encrypted))
        }
        Matcher::Pattern(_) => {
            // A token inside a longer word is a part of something else.
            let before = text.as_bytes().get(start.wrapping_sub(1)).copied().unwrap_or(b' ');
            let starts_word = rest.starts_with(|c: char| c.is_ascii_alphanumeric());
            if starts_word
                && (before.is_ascii_alphanumeric() || matches!(before, b'_' | b'+'))
                && format.literals != ["eyJ"]
            {
                return None;
            }
            let captures = pattern?.captures(rest.as_bytes())?;
            let secret = captures.get(1).or(captures.get(0))?;
            let range = start + secret.start()..start + secret.end();
            let text = text.get(range.clone())?;
            let is_placeholder = match stand_in(text) {
                Some(StandIn::Word | StandIn::Reference | StandIn::Empty) => true,
                // `$PASSWORD` and `${PASSWORD}` of a shell in a URL, `:password@` of documentation.
                _ => {
                    text.starts_with('$') || text.contains("${") || text.contains("{{") || text.ends_with('}')
                }
            };
            (!is_placeholder).then(|| found(range, false))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A name of a format, a text that has it, a text that looks like it. Parts are joined here, so that scanners
    /// of this repository find nothing in it.
    fn examples() -> Vec<(&'static str, String, String)> {
        let join = |parts: &[&str]| parts.concat();
        let long = "Zk3PqX9vLw2RtY7aBc4DeF5gHj6KmN8pQs1T";
        let hex = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let body = "MIIEpAIBAAKCAQEAxk3PqX9vLw2RtY7aZk3PqX9vLw2RtY7a";
        let key = join(&["-----BEGIN ", "PRIVATE KEY-----\n", body, "\n-----END ", "PRIVATE KEY-----"]);
        let public = join(&["-----BEGIN ", "PUBLIC KEY-----\n", body, "\n-----END ", "PUBLIC KEY-----"]);
        let encode = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
        vec![
            ("a private key", key.clone(), public.clone()),
            ("a private key in base64", encode(&key), encode(&public)),
            (
                "an age secret key",
                join(&["AGE-SECRET-", "KEY-1", &"QZ7X3".repeat(12)]),
                "AGE-SECRET-KEY-1…".into(),
            ),
            ("a GitHub token", join(&["ghp", "_", long]), "ghp_short".into()),
            ("a GitHub token", join(&["github", "_pat_", long, long]), "github_pat_short".into()),
            ("a GitLab token", join(&["gl", "pat-", "Zk3PqX9vLw2RtY7aBc4D"]), "glpat-short".into()),
            (
                "a Slack token",
                join(&["xo", "xb-", "1234567890-", long]),
                "xoxb-not-a-token-at-all-here".into(),
            ),
            ("a Slack token", join(&["xa", "pp-1-A01-123-", "abcdef0123456789abcdef"]), "xapp-1".into()),
            (
                "a Slack webhook",
                join(&[
                    "https://hooks.slack",
                    ".com/services/T01ABCDEF/B01ABCDEF/",
                    "Zk3PqX9vLw2RtY7aBc4DeF5g",
                ]),
                "https://hooks.slack.com/services/T000/B000/XXX".into(),
            ),
            (
                "a Discord webhook",
                join(&["https://discord.com/api/web", "hooks/123456789012345678/", long, long]),
                "https://discord.com/api/webhooks/ID/TOKEN".into(),
            ),
            (
                "a Stripe key",
                join(&["sk_", "live_", "Zk3PqX9vLw2RtY7aBc4D"]),
                join(&["sk_", "test_", "Zk3PqX9vLw2RtY7aBc4D"]),
            ),
            ("a Google API key", join(&["AI", "za", &long[..35]]), "AIzashort".into()),
            ("a Google OAuth client secret", join(&["GOC", "SPX-", &long[..28]]), "GOCSPX-".into()),
            ("an npm token", join(&["np", "m_", long]), "npm_config_registry".into()),
            ("a PyPI token", join(&["pypi-", "AgEIcHlwaS5vcmc", long, long]), "pypi-AgEIcHlwaS5vcmc".into()),
            ("a SendGrid key", join(&["S", "G.", &long[..22], ".", long, &long[..7]]), "SG.a.b".into()),
            ("a Grafana token", join(&["gl", "sa_", &long[..32], "_0123abcd"]), "glsa_short".into()),
            ("a Vault token", join(&["hv", "s.", long]), "hvs.short".into()),
            ("a DigitalOcean token", join(&["dop", "_v1_", hex]), "dop_v1_short".into()),
            ("a Tailscale key", join(&["ts", "key-auth-", "kFoo1CNTRL-", long]), "tskey-auth".into()),
            ("an API key of a language model", join(&["sk-", "proj-", long]), "sk-proj-short".into()),
            ("a Docker Hub token", join(&["dckr", "_pat_", &long[..27]]), "dckr_pat_".into()),
            (
                "an Azure storage key",
                join(&["AccountName=a;Account", "Key=", long, long, "=="]),
                "AccountName=a;AccountKey=$(KEY)".into(),
            ),
            (
                "an Azure shared access key",
                join(&["SharedAccess", "Key=", long, "Zk3Pqw=="]),
                "SharedAccessKey=x".into(),
            ),
            (
                "a JSON web token",
                join(&["eyJhbGciOiJIUzI1NiJ9", ".eyJzdWIiOiIxMjM0In0", ".", long]),
                "eyJhbGciOiJIUzI1NiJ9".into(),
            ),
            (
                "a password in a URL",
                join(&["postgres://app:", "hunter2", "@db/app"]),
                "postgres://app:${DB_PASSWORD}@db/app".into(),
            ),
            ("an AWS access key id", join(&["AK", "IA", "Z7X3QZ7X3QZ7X3QZ"]), "AKIAIOSFODNN7EXAMPLE".into()),
        ]
    }

    #[test]
    fn every_format_finds_its_example_and_not_its_look_alike() {
        let examples = examples();
        assert_eq!(examples.len(), FORMATS.len());
        for (format, (name, positive, negative)) in FORMATS.iter().zip(examples) {
            assert_eq!(format.name, name);
            let found = find(&positive).unwrap_or_else(|| panic!("{name}: {positive}"));
            assert!(std::ptr::eq(found.format, format), "{name}: {}", found.format.name);
            assert!(find(&negative).is_none(), "{name}: {negative}");
        }
    }

    #[test]
    fn look_alikes_of_passwords_in_urls() {
        for text in [
            "https://host:8080/path@v1",
            "http://user@host",
            "https://x-access-token:$TOKEN@github.com/o/r",
            "postgres://user:password@localhost/db",
            "amqp://{{ .user }}:{{ .pass }}@host",
            "https://github.com/o/r//path?ref=v1",
            "docker://ghcr.io/o/i:v1@sha256:00",
            "oci://ghcr.io/o/i:1.2.3@sha256:00",
        ] {
            assert!(find(text).is_none(), "{text}");
        }
    }

    #[test]
    fn ranges_are_the_secret_alone() {
        let text = ["é postgres://app:", "hunter2", "@db é"].concat();
        let found: Vec<&str> = matches(&text).map(|found| &text[found.range]).collect();
        assert_eq!(found, ["hunter2"]);
    }
}
