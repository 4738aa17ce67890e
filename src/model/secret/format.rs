//! Credentials that are known by their own form, whatever key they stand under.
//!
//! A table of data. A text is first searched for all literals in one pass; only behind a literal is the pattern
//! of its format tried, so a text without credentials costs one vectorised scan.

mod checksum;
mod table;

use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use regex::bytes::{Regex, RegexBuilder};

use super::base64::{Decoded, decode, run_length};
use super::pem;
use super::placeholder::{StandIn, stand_in};
use table::FORMATS;

/// How a format is recognised behind its literal.
#[derive(Clone, Copy, Debug)]
enum Matcher {
    /// A pattern anchored at the start; its group 1, if it has one, is the secret.
    Pattern(&'static str),
    /// A private key in armour.
    Armour,
    /// A private key in armour in base64.
    EncodedArmour,
}

/// What of a credential stands before its literal.
#[derive(Clone, Copy, Debug)]
struct Around {
    /// The most bytes.
    most: usize,
    /// Which bytes.
    is_part: fn(u8) -> bool,
}

/// What somebody can do who has it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    /// Log in.
    Token,
    /// Log in, unless it has expired or is meant to be public, as many of this form.
    Doubtful,
    /// Nothing without its other half: it only names an account.
    Identifier,
    /// Sign and decrypt; looked for in every file.
    PrivateKey,
    /// Log in at the host behind it.
    UrlPassword,
}

/// A form of credential.
#[derive(Debug)]
pub struct Format {
    /// What a report calls it, with its article: "a GitHub token".
    pub name: &'static str,
    kind: Kind,
    literals: &'static [&'static str],
    matcher: Matcher,
    before: Option<Around>,
    /// What its own checksum says.
    check: Option<fn(&str) -> bool>,
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
        self.kind == Kind::PrivateKey
    }

    /// Whether this is the password in front of a host.
    pub fn is_url_password(&self) -> bool {
        self.kind == Kind::UrlPassword
    }

    /// Whether it only names an account: useless without its other half.
    pub fn is_identifier(&self) -> bool {
        self.kind == Kind::Identifier
    }

    /// Whether many of this form open nothing, or not any more.
    pub fn is_doubtful(&self) -> bool {
        self.kind == Kind::Doubtful
    }
}

/// No credential is longer, in bytes; keys in armour are.
const LONGEST: usize = 8 << 10;
/// How often a pattern is tried in vain in one run of text without spaces. Only made-up text has more.
const ATTEMPTS: u32 = 32;

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
        // All text of a repository goes through it. As a table of states it takes two megabytes and half the time.
        literals: AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .kind(Some(AhoCorasickKind::DFA))
            .build(literals)
            .ok()?,
        owners: owners.collect(),
        patterns: FORMATS.iter().map(pattern).collect(),
    })
});

/// Which kinds of credentials a text holds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Forms {
    /// A private key.
    pub private_key: bool,
    /// A password in front of a host.
    pub url_password: bool,
    /// Any other.
    pub other: bool,
}

impl Forms {
    /// Those of some credentials.
    pub fn of(credentials: impl Iterator<Item = Match>) -> Self {
        let mut forms = Self::default();
        for found in credentials {
            let form = match found.format.kind {
                Kind::PrivateKey => &mut forms.private_key,
                Kind::UrlPassword => &mut forms.url_password,
                Kind::Token | Kind::Doubtful | Kind::Identifier => &mut forms.other,
            };
            *form = true;
        }
        forms
    }
}

/// The first credential of a known form in a text.
pub fn find(text: &str) -> Option<Match> {
    matches(text).next()
}

/// Every credential of a known form in a text, in order. Placeholders of that form are left out.
pub fn matches(text: &str) -> impl Iterator<Item = Match> {
    let mut end = 0;
    let mut budget = Budget::default();
    let searcher = SEARCHER.as_ref();
    let hits = searcher.into_iter().flat_map(move |searcher| {
        searcher.literals.find_iter(text).map(move |hit| (searcher, hit.pattern().as_usize(), hit.start()))
    });
    hits.filter_map(move |(searcher, literal, start)| {
        let owner = *searcher.owners.get(literal)?;
        if start < end || !budget.allows(start) {
            return None;
        }
        let found = match_at(text, start, FORMATS.get(owner)?, searcher.patterns.get(owner)?.as_ref());
        match &found {
            Some(found) => end = found.range.end,
            None => budget.spend(text, start),
        }
        found
    })
}

/// What keeps a long text of nothing but literals from being read once for each of them.
#[derive(Default)]
struct Budget {
    /// The end of the run of text without spaces that is being read.
    end: usize,
    spent: u32,
}

impl Budget {
    fn allows(&self, start: usize) -> bool {
        start >= self.end || self.spent < ATTEMPTS
    }

    fn spend(&mut self, text: &str, start: usize) {
        if start >= self.end {
            let rest = text.as_bytes().get(start..).unwrap_or_default();
            let is_space = |byte: &u8| byte.is_ascii_whitespace();
            *self = Self { end: start + rest.iter().position(is_space).unwrap_or(rest.len()), spent: 0 };
        }
        self.spent += 1;
    }
}

fn match_at(text: &str, at: usize, format: &'static Format, pattern: Option<&Regex>) -> Option<Match> {
    let found = |range: Range<usize>, encrypted| Match { format, range, encrypted };
    match format.matcher {
        Matcher::Armour => pem::private_key_at(text, at).map(|key| found(key.range, key.encrypted)),
        Matcher::EncodedArmour => {
            let rest = text.get(at..)?;
            let length = run_length(rest);
            // The start of it says enough; base64 is read in groups of four.
            let Some(Decoded::Text(decoded)) = decode(&rest[..length.min(LONGEST)]) else { return None };
            pem::private_key(&decoded).map(|key| found(at..at + length, key.encrypted))
        }
        Matcher::Pattern(_) => {
            let bytes = text.as_bytes();
            let start = format.before.map_or(at, |around| {
                let before = bytes.get(..at).unwrap_or_default().iter().rev();
                at - before.take(around.most).take_while(|byte| (around.is_part)(**byte)).count()
            });
            // A token inside a longer word is a part of something else.
            let before = bytes.get(start.wrapping_sub(1)).copied().unwrap_or(b' ');
            let starts_word = bytes.get(start).is_some_and(u8::is_ascii_alphanumeric);
            if starts_word && (before.is_ascii_alphanumeric() || matches!(before, b'_' | b'+')) {
                return None;
            }
            let rest = bytes.get(start..)?;
            let captures = pattern?.captures(rest.get(..LONGEST).unwrap_or(rest))?;
            let secret = captures.get(1).or(captures.get(0))?;
            let range = start + secret.start()..start + secret.end();
            let text = text.get(range.clone())?;
            let is_placeholder = match stand_in(text) {
                Some(StandIn::Word | StandIn::Reference | StandIn::Empty | StandIn::Public) => true,
                // `$PASSWORD` and `${PASSWORD}` of a shell in a URL, `:password@` of documentation.
                _ => {
                    text.starts_with('$') || text.contains("${") || text.contains("{{") || text.ends_with('}')
                }
            };
            // `ACCESS_KEY:SECRET_KEY@HOST` of documentation, `%s` of `printf`.
            let is_name =
                || text == "%s" || text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            // What people choose for a password, no generator makes.
            let is_made_up = match format.is_url_password() {
                true => is_name() || is_port(text),
                false => is_counted(text),
            };
            let is_placeholder = is_placeholder || is_made_up;
            let is_wrong = format.check.is_some_and(|check| !check(text));
            (!is_placeholder && !is_wrong).then(|| found(range, false))
        }
    }
}

/// Whether a text is a port, as `host:80+&@other` in a list of attacks has it where addresses have the password.
fn is_port(text: &str) -> bool {
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let port = text[..text.len() - after.len()].parse::<u16>();
    port.is_ok_and(|port| port > 0)
        && after.starts_with(['&', '+'])
        && after.bytes().all(|byte| byte.is_ascii_punctuation())
}

/// Whether a text goes on as people count or say the alphabet: `1234567890`, `abcdefghij`. No generator makes that.
fn is_counted(text: &str) -> bool {
    const RUN: usize = 10;
    let follows = |(one, next): (u8, u8)| {
        next.is_ascii_alphanumeric() && next == one.wrapping_add(1) || (one, next) == (b'9', b'0')
    };
    let mut run = 1;
    text.bytes().zip(text.bytes().skip(1)).any(|pair| {
        run = if follows(pair) { run + 1 } else { 1 };
        run >= RUN
    })
}

#[cfg(test)]
mod tests;
