//! What no output may show, and what is shown in its place.
//!
//! Owns the way from what is known to be secret to a text without it. What is secret is known to `model::secret` and to
//! what rendering has noticed. See decision 9 in `docs/decisions` for what is hidden where nothing marks it.

mod gather;
mod grams;
mod sorted;
mod words;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use aho_corasick::AhoCorasick;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::model::secret::format;
use crate::model::secret::repeat::{Rarity, SHORTEST, rarity};
use crate::source::{SourceId, SourceMap, Span};

pub use gather::Gather;
use grams::Grams;
use sorted::Sorted;
use words::Words;

/// What stands in the place of a secret.
const HIDDEN: &str = "***";

/// Shorter secrets are not looked for in what may be made of them, in bytes.
const SHORTEST_MADE_OF: usize = 4;

/// The secret bytes of the files that a report may quote. Everything that quotes a file goes through it, and so does
/// everything that was written about one. Of a file that it was not made for it shows nothing.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    files: FxHashMap<SourceId, Quoted>,
    /// Secrets that are so much like nothing else that they are hidden wherever they stand.
    everywhere: Option<Words>,
    /// What is no secret, whatever stands in one.
    names: Names,
}

/// A file that may be quoted.
#[derive(Clone, Default, Debug)]
struct Quoted {
    /// Its secret bytes.
    spans: Sorted,
    /// Those of them that something marks as secret; the others repeat one.
    marked: Sorted,
    /// Secrets that may be words as well: they are hidden in what is said about this file.
    own: Option<Words>,
    /// Names in the file.
    names: FxHashSet<Box<str>>,
}

/// Names of the repository: whoever can read it knows them, so nothing is lost by showing them.
#[derive(Clone, Default, Debug)]
struct Names {
    /// Parts of the paths of files, between slashes.
    paths: FxHashSet<Box<str>>,
    /// Words in those, names of objects, namespaces.
    others: FxHashSet<Box<str>>,
}

impl Mask {
    /// A mask of these files over these spans of them, in any order.
    pub fn new(files: impl IntoIterator<Item = SourceId>, spans: impl IntoIterator<Item = Span>) -> Self {
        let mut mask = Self::default();
        mask.files.extend(files.into_iter().map(|file| (file, Quoted::default())));
        let mut spans: Vec<Span> = spans.into_iter().collect();
        spans.sort_unstable();
        for of_file in spans.chunk_by(|a, b| a.source == b.source) {
            if let Some(first) = of_file.first() {
                mask.files.entry(first.source).or_default().spans = Sorted::new(of_file.to_vec());
            }
        }
        mask
    }

    /// A mask of a text that is a program: what has the form of a credential is hidden, and what is called like one is not.
    pub fn of_program(source: SourceId, text: &str) -> Self {
        let span = |range: Range<usize>| Span::new(source, range.start as u32, range.end as u32);
        Self::new([source], format::matches(text).map(|found| span(found.range)))
    }

    /// The masked parts of `start..end` of a source, in order, clipped to it.
    pub fn within(&self, source: SourceId, start: u32, end: u32) -> impl Iterator<Item = (u32, u32)> {
        let whole = (!self.files.contains_key(&source) && start < end).then_some((start, end));
        let file = self.files.get(&source).into_iter();
        let spans = file.flat_map(move |file| file.spans.within(start, end));
        let spans = spans.map(move |span| (span.start.max(start), span.end().min(end)));
        whole.into_iter().chain(spans)
    }

    /// The text of `start..end` of a source with every secret replaced by `***`. A secret of several lines
    /// keeps its line breaks, so that line numbers still fit.
    pub fn quote(&self, text: &str, source: SourceId, start: u32, end: u32) -> String {
        let ranges = self.within(source, start, end).map(|(from, to)| from as usize..to as usize);
        hide(text, start as usize..end as usize, ranges.collect())
    }

    /// A text that a rule or a person wrote about some places, without the secrets of their files.
    pub fn scrub(&self, map: &SourceMap, about: &[Span], text: &str) -> String {
        self.about(map, about).scrub(text)
    }

    /// What to keep out of texts about some places. Where a place lies in a secret, a text may be made of it: then any
    /// part of it counts.
    pub fn about<'m>(&'m self, map: &'m SourceMap, about: &[Span]) -> About<'m> {
        let mut places = about.to_vec();
        places.sort_unstable_by_key(|place| (place.source, place.start));
        let files = places.chunk_by(|a, b| a.source == b.source).filter_map(|places| {
            let file = self.files.get(&places.first()?.source)?;
            // Where a reader stops that does not understand a secret is its end.
            let marked: BTreeSet<Span> = places.iter().flat_map(|place| file.marked.around(*place)).collect();
            let marked: Vec<&str> = marked.into_iter().map(|span| map.slice(span)).collect();
            Some(Near { file, words: self.words_of(file, &marked), marked: Grams::new(marked.join("\0")) })
        });
        About { mask: self, files: files.collect() }
    }

    /// The lines of secrets that are looked for in a text that may be made of them.
    fn words_of(&self, file: &Quoted, marked: &[&str]) -> Option<AhoCorasick> {
        let lines = marked.iter().flat_map(|marked| marked.lines());
        let words = lines.map(|line| line.trim().trim_matches(['"', '\'', ',']));
        let words: Vec<&str> =
            words.filter(|word| word.len() >= SHORTEST_MADE_OF && !self.is_name(file, word)).collect();
        if words.is_empty() { None } else { AhoCorasick::new(words).ok() }
    }

    fn is_name(&self, file: &Quoted, word: &str) -> bool {
        rarity(word) < Rarity::Random && (file.names.contains(word) || self.names.contain(word))
    }

    /// A text without the secrets that are hidden wherever they stand.
    pub fn without_secrets<'t>(&self, text: Cow<'t, str>) -> Cow<'t, str> {
        let secrets: Vec<_> = self.everywhere.iter().flat_map(|words| words.find(&text)).collect();
        if secrets.is_empty() { text } else { hide(&text, 0..text.len(), secrets).into() }
    }
}

/// A mask as it counts for what is written about some places.
#[derive(Debug)]
pub struct About<'m> {
    mask: &'m Mask,
    files: Vec<Near<'m>>,
}

/// A file that some places lie in.
#[derive(Debug)]
struct Near<'m> {
    file: &'m Quoted,
    /// The secrets that places lie in, with what stands in no text between them.
    marked: Grams,
    /// Their lines.
    words: Option<AhoCorasick>,
}

impl About<'_> {
    /// A text without the secrets. What stands between `user:` and `@` is one in any file.
    pub fn scrub(&self, text: &str) -> String {
        let everywhere = self.mask.everywhere.iter();
        let mut secrets: Vec<Range<usize>> = everywhere.flat_map(|words| words.find(text)).collect();
        for near in &self.files {
            secrets.extend(near.file.own.iter().flat_map(|words| words.find(text)));
            self.add_parts(near, text, &mut secrets);
        }
        secrets.extend(passwords(text));
        hide(text, 0..text.len(), secrets)
    }

    /// Where a text about a file repeats the secrets that it is about, or in quotation marks a part of one.
    fn add_parts(&self, near: &Near<'_>, text: &str, secrets: &mut Vec<Range<usize>>) {
        // Of words that overlap all are hidden.
        let found = near.words.iter().flat_map(|words| words.find_overlapping_iter(text));
        let found = found.map(|found| found.range());
        secrets.extend(found.filter(|at| at.len() >= SHORTEST || words::is_alone(text, at)));
        let sets = [&near.file.own, &self.mask.everywhere];
        let in_secret = |part: &str| {
            near.marked.contain(part)
                || rarity(part) > Rarity::Word && sets.into_iter().flatten().any(|words| words.contain(part))
        };
        secrets.extend(quoted(text).into_iter().filter(|range| {
            let part = text.get(range.clone()).unwrap_or_default();
            part.len() >= SHORTEST && in_secret(part) && !self.mask.is_name(near.file, part)
        }));
    }
}

impl Names {
    fn contain(&self, word: &str) -> bool {
        self.paths.contains(word) || self.others.contains(word)
    }
}

/// What stands in backquotes or quotation marks in a message, without the signs around it.
fn quoted(text: &str) -> Vec<Range<usize>> {
    let mut parts = Vec::new();
    for sign in ['`', '\''] {
        let signs: Vec<usize> = text.match_indices(sign).map(|(at, _)| at).collect();
        for pair in signs.windows(2) {
            let &[open, close] = pair else { continue };
            let inner = text.get(open + 1..close).unwrap_or_default();
            let signs = ['"', '\'', '\\', '*', '&', '[', ']', '{', '}', ',', '…', ' '];
            let trimmed = inner.trim_start_matches(signs);
            let start = close - trimmed.len();
            parts.push(start..start + trimmed.trim_end_matches(signs).len());
        }
    }
    parts
}

/// The passwords of URLs and of what looks like them, `user:password@host`, in backquotes.
fn passwords(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    let parts = text.split('`').map(move |part| {
        let start = at;
        at += part.len() + 1;
        (start, part)
    });
    parts.skip(1).step_by(2).filter_map(|(start, part)| {
        let (before, host) = part.rsplit_once('@')?;
        let (user, password) = before.rsplit_once(':')?;
        let from = start + user.len() + 1;
        (!host.starts_with("sha") && !password.is_empty()).then(|| from..from + password.len())
    })
}

/// The range `of` of a text with what stands in `secrets` replaced. Line breaks stay.
fn hide(text: &str, of: Range<usize>, mut secrets: Vec<Range<usize>>) -> String {
    secrets.sort_unstable_by_key(|secret| (secret.start, secret.end));
    let mut shown = String::new();
    let mut at = of.start;
    for secret in secrets {
        let from = secret.start.max(at);
        if secret.end <= from {
            continue;
        }
        shown.push_str(text.get(at..from).unwrap_or_default());
        // What lies side by side is one secret.
        if from > at || !shown.ends_with(HIDDEN) {
            shown.push_str(HIDDEN);
        }
        shown.extend(text.get(from..secret.end).unwrap_or_default().matches('\n'));
        at = secret.end;
    }
    shown.push_str(text.get(at..of.end).unwrap_or_default());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Source, SourceKind};

    /// A mask of a file as it is made for messages about it, and the place of a text in the file.
    fn scrubbed(text: &str, at: &str, message: &str) -> String {
        let map = SourceMap::new(vec![Source::new("apps/shop/a.yaml", SourceKind::File, text.to_owned())]);
        let mut gather = Gather::new(&map);
        gather.file(SourceId(0));
        let mask = gather.finish();
        let start = text.find(at).unwrap_or(0);
        let place = Span::new(SourceId(0), start as u32, (start + at.len()) as u32);
        mask.scrub(&map, &[place], message)
    }

    #[test]
    fn messages_keep_the_words_that_they_are_made_of() {
        let text = "password: password\ntoken: walrus-parade\n";
        let said = scrubbed(text, "password: p", "the address has a password in it, `walrus-parade`");
        assert_eq!(said, "the address has a password in it, `***`");
    }

    #[test]
    fn nothing_is_shown_of_a_file_that_was_not_looked_at() {
        let mask = Mask::default();
        assert_eq!(mask.quote("a\nb", SourceId(0), 0, 3), "***\n");
        assert_eq!(mask.within(SourceId(0), 1, 3).collect::<Vec<_>>(), [(1, 3)]);
        assert_eq!(mask.quote("a\nb", SourceId(0), 1, 1), "");
    }

    #[test]
    fn messages_hide_words_of_their_file() {
        let text = "password: walrus7\nshop: x\ntoken: Zk3PqX9vLw2RtY7aBc4D\nname: monitoring\nother_password: monitoring\n";
        let message =
            "`walrus7` of `apps/walrus7`, 'Zk3PqX9vLw2Rt' and `Zk3PqX9vLw2RtY7aBc4Dx`, `monitoring`, walrus7";
        let expected = "`***` of `apps/walrus7`, '***' and `***x`, `monitoring`, ***";
        assert_eq!(scrubbed(text, "shop", message), expected);
        assert_eq!(
            scrubbed("a: b\n", "b", "user:walrus@host `user:walrus@host`"),
            "user:walrus@host `user:***@host`"
        );
        assert_eq!(scrubbed("a: b\n", "b", "`a@sha256:1` `app:1@sha256:2`"), "`a@sha256:1` `app:1@sha256:2`");
    }

    #[test]
    fn of_a_script_only_the_credential_is_hidden() {
        let token = ["ghp_", "16C7e42F292c6912E7710c838347Ae178B4a"].concat();
        let text = format!(
            "run: |\n  kubectl apply -f web.yaml\n  curl -H 'Authorization: token {token}' https://example.com\n"
        );
        let message =
            format!("job `a` runs `kubectl apply` of `web.yaml` with `{token}`, `https://example.com`");
        let expected = "job `a` runs `kubectl apply` of `web.yaml` with `***`, `https://example.com`";
        assert_eq!(scrubbed(&text, "kubectl apply", &message), expected);
        assert_eq!(scrubbed(&text, &token, &message), expected);
        let folded = text.replace("run: |", "run: >-");
        assert_eq!(scrubbed(&folded, "kubectl apply", &message), expected);
    }

    #[test]
    fn what_is_made_of_a_secret_is_hidden_in_part() {
        let text = "password: walrus7\npin: 1234\nclient_secret: 'abcd'\n";
        assert_eq!(scrubbed(text, "walrus7", "image `walrus7/web-walrus7:1`"), "image `***/web-***:1`");
        assert_eq!(scrubbed(text, "walrus7", "found `walrus…`"), "found `***…`");
        assert_eq!(scrubbed(text, "pin", "image `walrus7/web`"), "image `walrus7/web`");
        assert_eq!(scrubbed(text, "abcd", "`abcd` and abcde"), "`***` and abcde");
    }

    #[test]
    fn what_follows_a_secret_in_a_flow_mapping_is_shown() {
        let message = "`walrus7walrus`, `ghcr.io/acme/x:latest`";
        for text in [
            "db: {password: walrus7walrus, image: 'ghcr.io/acme/x:latest'}\n",
            "db: {image: ghcr.io/acme/x:latest, 'password': walrus7walrus}\n",
            "- {password: walrus7walrus, image: ghcr.io/acme/x:latest}\n",
        ] {
            assert_eq!(
                scrubbed(text, "ghcr.io/acme/x:latest", message),
                "`***`, `ghcr.io/acme/x:latest`",
                "{text}"
            );
        }
        // Somebody may have meant all of it to be the password.
        let message = "`walrus7walrus` and `Zk3PqX9vLw2R`";
        let text = "db: {password: walrus7walrus,Zk3PqX9vLw2R}\n";
        assert!(!scrubbed(text, "db", message).contains("walrus"));
        assert!(!scrubbed(text, "Zk3PqX9vLw2R", message).contains("Zk3"));
    }

    #[test]
    fn a_text_about_many_secrets_shows_none_and_takes_no_longer_for_each() {
        let secret = |at: u32| format!("Kelp{at}!barnacle");
        let text: String = (0..2000).map(|at| format!("password_{at}: {}\n", secret(at))).collect();
        let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text.clone())]);
        let mut gather = Gather::new(&map);
        gather.file(SourceId(0));
        let mask = gather.finish();
        let place = |at: u32| {
            let start = text.find(&secret(at)).unwrap_or(0);
            Span::new(SourceId(0), start as u32, (start + secret(at).len()) as u32)
        };
        let started = std::time::Instant::now();
        let about = mask.about(&map, &(0..2000).map(place).collect::<Vec<_>>());
        for at in 0..2000 {
            let shown = about.scrub(&format!("`password_{at}` is {} and `{}`", secret(at), &secret(at)[..8]));
            assert!(!shown.contains("Kelp") && !shown.contains("barnacle"), "{shown}");
        }
        assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    }

    #[test]
    fn secrets_side_by_side_are_one() {
        assert_eq!(hide("abcdef", 0..6, vec![0..2, 2..4, 3..5]), "***f");
        assert_eq!(hide("ab\ncd\nef", 0..8, vec![1..4, 4..5]), "a***\n***\nef");
        assert_eq!(hide("abcdef", 1..5, vec![0..2, 4..6]), "***cd***");
    }
}
