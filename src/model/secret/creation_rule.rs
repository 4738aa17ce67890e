//! `.sops.yaml`: what sops is to do with a new file.
//!
//! Owns which rule counts for a file and whom it encrypts for, as sops decides it (`config/config.go`): the nearest
//! configuration upwards, its rules in order, the first whose `path_regex` is found in the path from there. Expressions
//! run in linear time, whatever they are.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use camino::Utf8Path;
use regex::bytes::Regex;
use rustc_hash::FxHashMap;

use crate::model::Repository;
use crate::source::SourceMap;
use crate::template::go_regex;
use crate::yaml::Cursor;

/// The rule that counts for a file.
#[derive(Clone, Copy)]
pub struct CreationRule<'w> {
    /// The configuration, relative to the root of the repository.
    pub config: &'w Utf8Path,
    /// Its place among the rules, from 1.
    pub number: usize,
    /// The rule.
    pub entry: Cursor<'w>,
}

/// The expressions of configurations, each compiled once for all the files that it is asked about.
#[derive(Default, Debug)]
pub struct Expressions(Mutex<FxHashMap<String, Option<Arc<Regex>>>>);

impl Expressions {
    /// An expression; `None` when it cannot be read here.
    pub fn get(&self, pattern: &str) -> Option<Arc<Regex>> {
        // A poisoned lock only means that somebody panicked while they added one.
        if let Some(known) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(pattern) {
            return known.clone();
        }
        let compiled = go_regex::compile(pattern).ok().map(Arc::new);
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(pattern.to_owned()).or_insert(compiled).clone()
    }
}

/// Somebody who can decrypt: the kind of key and its name.
pub type Recipient = (&'static str, String);

impl<'w> CreationRule<'w> {
    /// The rule for a file; `None` where sops has none, or where one before it cannot be read.
    pub fn of(
        map: &'w SourceMap,
        repository: &'w Repository,
        expressions: &Expressions,
        path: &Utf8Path,
    ) -> Option<Self> {
        let config = path.ancestors().skip(1).find_map(|directory| {
            let config = repository.file(&directory.join(".sops.yaml"))?;
            Some((directory, config))
        });
        let (directory, config) = config?;
        let relative = path.strip_prefix(directory).ok()?;
        let root = Cursor::new(map, &config.documents.first()?.tree);
        for (index, entry) in root.get("creation_rules")?.items().enumerate() {
            let pattern = entry.get("path_regex").and_then(|pattern| pattern.text());
            let matches = match pattern.filter(|pattern| !pattern.is_empty()) {
                Some(pattern) => expressions.get(&pattern)?.is_match(relative.as_str().as_bytes()),
                None => true,
            };
            if matches {
                return Some(Self { config: map.source(config.source).path(), number: index + 1, entry });
            }
        }
        None
    }

    /// Whether its pattern says of files that they are secret: `\.sops\.yaml$`, `secrets/`. One that says `.*\.yaml`
    /// tells sops how to encrypt, not what.
    pub fn is_specific(&self) -> bool {
        let pattern = self.entry.get("path_regex").and_then(|pattern| pattern.text()).unwrap_or_default();
        let pattern = pattern.to_lowercase();
        ["sops", "enc", "secret"].iter().any(|word| pattern.contains(word))
    }

    /// Whom it encrypts for.
    pub fn recipients(&self) -> BTreeSet<Recipient> {
        let mut found = BTreeSet::new();
        let groups = self.entry.get("key_groups");
        for group in groups.into_iter().flat_map(|groups| groups.items()).chain([self.entry]) {
            for (field, kind, name) in FIELDS {
                let Some(value) = group.get(field) else { continue };
                match value.text() {
                    // A list as text, each with a role or a context behind a sign.
                    Some(text) => {
                        let names =
                            text.split(',').map(|name| name.trim().split('+').next().unwrap_or_default());
                        found.extend(
                            names.filter(|name| !name.is_empty()).map(|name| (kind, name.to_owned())),
                        );
                    }
                    None => found.extend(value.items().filter_map(|item| {
                        let text = item.text().or_else(|| item.get(name)?.text())?;
                        Some((kind, text.into_owned()))
                    })),
                }
            }
        }
        found
    }
}

/// Fields of a rule, the kind of key in them, and the field of its name in a list of mappings.
const FIELDS: [(&str, &str, &str); 5] = [
    ("age", "age", "recipient"),
    ("pgp", "pgp", "fp"),
    ("kms", "kms", "arn"),
    ("gcp_kms", "gcp_kms", "resource_id"),
    ("hc_vault_transit_uri", "hc_vault", "uri"),
];

/// Whom an encrypted file was encrypted for, each with its place. Kinds that a rule names in another way than a file
/// does are left out.
pub fn recipients_of<'w>(sops: Cursor<'w>) -> Vec<(Recipient, Cursor<'w>)> {
    let groups = sops.get("key_groups").into_iter().flat_map(|groups| groups.items());
    let groups: Vec<Cursor<'w>> = groups.chain([sops]).collect();
    let mut found = Vec::new();
    for (field, kind, name) in &FIELDS[..4] {
        for item in groups.iter().filter_map(|group| group.get(field)).flat_map(|list| list.items()) {
            if let Some(value) = item.get(name)
                && let Some(text) = value.text()
            {
                found.push(((*kind, text.into_owned()), value));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::discover::FileKind;
    use crate::source::{Source, SourceKind};
    use crate::yaml::Limits;

    /// The number of the rule for a path, and its recipients.
    fn rule(files: &[(&str, &str)], path: &str) -> Option<(usize, Vec<String>)> {
        let sources =
            files.iter().map(|(path, text)| Source::new(*path, SourceKind::File, (*text).to_owned()));
        let map = SourceMap::new(sources.collect());
        let repository = Repository::build(&map, &vec![FileKind::Yaml; files.len()], Limits::default());
        let rule = CreationRule::of(&map, &repository, &Expressions::default(), path.into())?;
        let recipients = rule.recipients().into_iter().map(|(kind, name)| format!("{kind}:{name}"));
        Some((rule.number, recipients.collect()))
    }

    #[test]
    fn the_first_rule_of_the_nearest_configuration_counts() {
        let outer =
            "creation_rules:\n- path_regex: ^prod/\n  age: a,b\n- path_regex: \\.enc\\.yaml$\n  pgp: F\n";
        let inner = "creation_rules:\n- kms: arn:1+role,arn:2\n  key_groups: [{age: [x], pgp: [{fp: Y}]}]\n";
        let files = [(".sops.yaml", outer), ("team/.sops.yaml", inner)];
        let found = |path| rule(&files, path);
        assert_eq!(found("prod/a.enc.yaml"), Some((1, vec!["age:a".to_owned(), "age:b".to_owned()])));
        assert_eq!(found("x/prod/a.enc.yaml"), Some((2, vec!["pgp:F".to_owned()])));
        assert_eq!(found("x/a.yaml"), None);
        let all = ["age:x", "kms:arn:1", "kms:arn:2", "pgp:Y"].map(str::to_owned).to_vec();
        assert_eq!(found("team/deep/a.yaml"), Some((1, all)));
    }

    #[test]
    fn expressions_are_harmless() {
        let config = format!(
            "creation_rules:\n- path_regex: '(a+)+{}$'\n- path_regex: '('\n- age: x\n",
            "b".repeat(20)
        );
        let path = format!("{}.yaml", "a".repeat(200));
        assert_eq!(rule(&[(".sops.yaml", &config)], &path), None);
        // One that would fill the memory is one that cannot be read.
        let config = "creation_rules:\n- path_regex: ((a{0,100}){0,100}){0,8}x$\n- age: x\n";
        assert_eq!(rule(&[(".sops.yaml", config)], "a.yaml"), None);
        let expressions = Expressions::default();
        let same = || expressions.get("^a").map(|regex| Arc::as_ptr(&regex));
        assert_eq!(same(), same());
    }
}
