//! Names that stand for environments, as paths, branches, namespaces and names of objects have them.
//!
//! Owns the one list of such names. Must not know what belongs to an environment: a name is evidence, no more.

use std::ops::Range;

use camino::Utf8Path;

use crate::config::Tier;

/// A name that stands for an environment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EnvironmentName {
    /// The word, in lower case; in two parts for `pre-prod`.
    pub name: &'static str,
    /// How far the environment is from development; `None` where the name alone does not say.
    pub tier: Option<Tier>,
    /// Whether the word means an environment wherever it stands. Others are words of their own as well: a directory
    /// `test` or `live` may hold anything.
    pub is_plain: bool,
}

const fn plain(name: &'static str, tier: Tier) -> EnvironmentName {
    EnvironmentName { name, tier: Some(tier), is_plain: true }
}

const fn vague(name: &'static str, tier: Tier) -> EnvironmentName {
    EnvironmentName { name, tier: Some(tier), is_plain: false }
}

const fn tierless(name: &'static str) -> EnvironmentName {
    EnvironmentName { name, tier: None, is_plain: false }
}

/// The names, from development to production. Those in two parts come before their second part.
pub const ENVIRONMENT_NAMES: [EnvironmentName; 39] = [
    plain("dev", Tier::Dev),
    plain("development", Tier::Dev),
    vague("develop", Tier::Dev),
    plain("sandbox", Tier::Dev),
    vague("local", Tier::Dev),
    vague("preview", Tier::Dev),
    plain("test", Tier::Test),
    plain("qa", Tier::Test),
    plain("uat", Tier::Test),
    vague("int", Tier::Test),
    vague("integ", Tier::Test),
    vague("integration", Tier::Test),
    vague("recette", Tier::Test),
    vague("rec", Tier::Test),
    vague("qualif", Tier::Test),
    vague("homol", Tier::Test),
    plain("staging", Tier::Staging),
    plain("stage", Tier::Staging),
    plain("stg", Tier::Staging),
    plain("preprod", Tier::Staging),
    plain("pre-prod", Tier::Staging),
    plain("preproduction", Tier::Staging),
    plain("pre-production", Tier::Staging),
    vague("ppd", Tier::Staging),
    vague("ppr", Tier::Staging),
    vague("acc", Tier::Staging),
    vague("acceptance", Tier::Staging),
    // Not production; which of the others, the name leaves open.
    tierless("nonprod"),
    tierless("non-prod"),
    tierless("nonproduction"),
    tierless("non-production"),
    plain("prod", Tier::Production),
    plain("prd", Tier::Production),
    plain("production", Tier::Production),
    vague("live", Tier::Production),
    // Stand-ins for production, which most of the time run nothing.
    tierless("dr"),
    tierless("pra"),
    tierless("standby"),
    tierless("failover"),
];

/// The environments that a text names, each with the bytes it stands at: `prod` in `eu-west-1/web-prod2`, nothing in
/// `product`. Words end at whatever is neither a letter nor a digit; a number of up to two digits may follow a name.
pub fn environments(text: &str) -> Vec<(Range<usize>, &'static EnvironmentName)> {
    let mut found: Vec<(Range<usize>, &'static EnvironmentName)> = Vec::new();
    let mut first: Option<Range<usize>> = None;
    for word in words(text) {
        let pair = first.as_ref().filter(|first| first.end + 1 == word.start);
        let pair = pair
            .map(|first| first.start..word.end)
            .filter(|pair| text.get(pair.clone()).is_some_and(|text| text.contains('-')));
        let known = pair.and_then(|pair| known(text, pair)).or_else(|| known(text, word.clone()));
        first = known.is_none().then_some(word);
        found.extend(known);
    }
    found
}

/// Whether a directory of this name has one in it for each place to deploy to: `overlays`, `clusters`, `tenant`.
pub fn is_choice(name: &str) -> bool {
    const CHOICES: [&str; 8] =
        ["cluster", "env", "environment", "overlay", "stage", "tenant", "value", "variant"];
    CHOICES.contains(&name.trim_end_matches('s'))
}

/// Whether a directory is a place to deploy to, as names say: `overlays/edge`, `staging`, `eu-prod`. Nothing that counts
/// is sure to run in `dev` or `test`, which programs have for other ends, too.
pub fn is_place(directory: &Utf8Path) -> bool {
    let Some(name) = directory.file_name() else { return false };
    let counts = |(at, known): (Range<usize>, &EnvironmentName)| {
        let is_edge = at.start == 0 || at.end == name.len();
        is_edge && known.is_plain && known.tier >= Some(Tier::Staging)
    };
    directory.parent().and_then(Utf8Path::file_name).is_some_and(is_choice)
        || environments(name).into_iter().any(counts)
}

/// Whether a path lies below a place to deploy to.
pub fn is_in_place(path: &Utf8Path) -> bool {
    path.ancestors().skip(1).any(is_place)
}

fn known(text: &str, at: Range<usize>) -> Option<(Range<usize>, &'static EnvironmentName)> {
    let word = text.get(at.clone())?;
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    if word.len() - stem.len() > 2 {
        return None;
    }
    let name = ENVIRONMENT_NAMES.iter().find(|name| name.name.eq_ignore_ascii_case(stem))?;
    Some((at, name))
}

fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        at += bytes.get(at..)?.iter().position(|&byte| is_word(byte))?;
        let start = at;
        at += bytes[start..].iter().position(|&byte| !is_word(byte)).unwrap_or(bytes.len() - start);
        Some(start..at)
    })
}

/// Bytes of letters outside of ASCII are part of a word, so that none is cut.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words_of_their_own() {
        let cases: &[(&str, &[&str])] = &[
            ("apps/web/overlays/prod", &["prod"]),
            ("eu-west-1/web-PROD2/x", &["PROD2"]),
            ("prodigy/product/developer/testing-library/contest", &[]),
            ("pre-prod.example.com", &["pre-prod"]),
            ("my_pre-prod-eu/non-production", &["pre-prod", "non-production"]),
            // Two segments are no name in two parts.
            ("pre/prod", &["prod"]),
            ("int32/int64/dev100", &["int32", "int64"]),
            ("dé-dev", &["dev"]),
            ("dev--prod-", &["dev", "prod"]),
            ("", &[]),
        ];
        for (text, expected) in cases {
            let found: Vec<&str> =
                environments(text).into_iter().map(|(at, _)| text.get(at).unwrap_or_default()).collect();
            assert_eq!(&found, expected, "{text}");
        }
    }

    #[test]
    fn places_to_deploy_to() {
        for path in
            ["overlays/e2e/d.yaml", "k8s/prod/scripts/d.yaml", "clusters/10.0.0.1/d.yaml", "eu-staging/a/b"]
        {
            assert!(is_in_place(path.into()), "{path}");
        }
        for path in ["docs/d.yaml", "clusters/d.yaml", "dev/hack/d.yaml", "test/d.yaml", "prod.yaml", ""] {
            assert!(!is_in_place(path.into()), "{path}");
        }
    }

    #[test]
    fn names_have_tiers() {
        let tier = |text| environments(text).first().and_then(|(_, name)| name.tier);
        assert_eq!(tier("nonprod"), None);
        assert_eq!(tier("pre-prod"), Some(Tier::Staging));
        assert_eq!(tier("prd01"), Some(Tier::Production));
    }
}
