//! The files of policies: which of those that somebody names are read, and as what.
//!
//! Must not know what is in them.

use std::collections::BTreeSet;

use camino::{Utf8Component, Utf8Path, Utf8PathBuf};

use crate::config::{ConfigError, Settings, Spanned};
use crate::engine::Notice;
use crate::host::{EntryKind, Host};
use crate::policy::input::Format;
use crate::policy::{DataText, Given, Text};
use crate::rego::Limits;

use super::Failure;
use super::args::Scope;

/// No policy that a person wrote is larger, in bytes.
pub(super) const LARGEST: u64 = 4 << 20;

/// What was read, and what could not be.
pub(super) struct Gathered {
    /// Policies and data.
    pub given: Given,
    /// Files that are not looked at, with the cause.
    pub unread: Vec<Notice>,
}

/// What is wrong with a path of the configuration: a change that somebody proposes must not make a run read, and show,
/// what lies beside the repository. The command line may lead anywhere.
pub(super) fn strays(host: &dyn Host, root: &Utf8Path, path: &Spanned<String>) -> Option<ConfigError> {
    let written = &path.value;
    let mut depth = 0_i32;
    let leaves = |part: Utf8Component<'_>| {
        depth += match part {
            Utf8Component::ParentDir => -1,
            Utf8Component::Normal(_) => 1,
            Utf8Component::CurDir | Utf8Component::RootDir | Utf8Component::Prefix(_) => 0,
        };
        depth < 0 || matches!(part, Utf8Component::RootDir | Utf8Component::Prefix(_))
    };
    let is_outside = Utf8Path::new(written).components().any(leaves);
    let absolute = root.join(written);
    let is_file = !is_outside && host.exists(&absolute) && !host.is_dir(&absolute);
    if is_file && !is_policy_or_data(&absolute) {
        return Some(ConfigError::new(path.span, no_policy(written)));
    }
    let found = if is_outside { None } else { host.canonicalize(&absolute).ok() };
    let root = host.canonicalize(root).unwrap_or_else(|_| root.to_owned());
    match found {
        Some(found) if found.starts_with(root) => None,
        None if !is_outside => {
            Some(ConfigError::new(path.span, format!("there is no file or directory `{written}`")))
        }
        _ => Some(
            ConfigError::new(path.span, format!("`{written}` lies outside of the repository"))
                .help("copy the policies into the repository, or name them with `--policy`".to_owned()),
        ),
    }
}

/// Whether a file is one of policies or of data, by its name.
fn is_policy_or_data(path: &Utf8Path) -> bool {
    matches!(path.extension(), Some("rego" | "yaml" | "yml" | "json"))
}

fn no_policy(written: &str) -> String {
    format!("`{written}` is neither a policy (*.rego) nor data (*.yaml, *.yml, *.json)")
}

/// The files that the configuration and the command line name.
pub(super) fn given(
    host: &dyn Host,
    scope: &Scope,
    settings: &Settings,
    root: &Utf8Path,
) -> Result<Gathered, Failure> {
    let namespaces = match scope.policy_namespace.as_slice() {
        [] => settings.policy_namespaces.clone(),
        named => named.to_vec(),
    };
    let current = host.current_dir().map_err(Failure::Io)?;
    let configured = settings.policies.iter().map(|path| (path.as_str(), root.join(path)));
    let typed = scope.policy.iter().map(|path| (path.as_str(), current.join(path)));
    let mut gathered = gathered(host, root, configured.chain(typed))?;
    gathered.given.namespaces = namespaces;
    gathered.given.combine = scope.policy_combine || settings.policy_combine;
    Ok(gathered)
}

/// The files at some paths, relative to where the user is.
pub(super) fn given_at(host: &dyn Host, paths: &[Utf8PathBuf]) -> Result<Gathered, Failure> {
    let current = host.current_dir().map_err(Failure::Io)?;
    let mut gathered =
        gathered(host, &current, paths.iter().map(|path| (path.as_str(), current.join(path))))?;
    // Who looks at policies says himself that there are none.
    gathered.unread.retain(|notice| notice.failed);
    Ok(gathered)
}

/// The files at paths as they are written and absolute ones. They are called by their paths relative to `root`.
fn gathered<'p>(
    host: &dyn Host,
    root: &Utf8Path,
    paths: impl Iterator<Item = (&'p str, Utf8PathBuf)>,
) -> Result<Gathered, Failure> {
    let given = Given { limits: Limits::default(), ..Given::default() };
    let mut reader =
        Reader { host, root, gathered: Gathered { given, unread: Vec::new() }, directories: Vec::new() };
    for (written, absolute) in paths {
        let absolute = host.canonicalize(&absolute).map_err(|error| Failure::File(written.into(), error))?;
        if !host.is_dir(&absolute) {
            if !is_policy_or_data(&absolute) {
                return Err(Failure::Usage(no_policy(written)));
            }
            reader.add(&absolute, &[], true);
            reader.directories.extend(absolute.parent().map(|parent| (parent.to_owned(), false)));
            continue;
        }
        let count = |reader: &Reader<'_>| {
            let Gathered { given, unread } = &reader.gathered;
            given.policies.len() + given.files.len() + unread.len()
        };
        let before = count(&reader);
        let walk = host.walk(&absolute, &|_, _| true);
        for (path, error) in walk.errors {
            reader.unread(&absolute.join(path), error);
        }
        let files = walk.entries.into_iter().filter(|entry| entry.kind == EntryKind::File);
        for path in files.map(|entry| entry.path) {
            let below = path.parent().into_iter().flat_map(|parent| parent.components());
            let below: Vec<String> = below.map(|part| part.as_str().to_owned()).collect();
            reader.add(&absolute.join(&path), &below, false);
        }
        if count(&reader) == before {
            let (path, message) =
                (Some(written.into()), "there are no policies in this directory".to_owned());
            reader.gathered.unread.push(Notice { path, span: None, message, failed: false });
        }
        reader.directories.push((absolute, true));
    }
    reader.beside();
    Ok(reader.gathered)
}

struct Reader<'h> {
    host: &'h dyn Host,
    root: &'h Utf8Path,
    gathered: Gathered,
    /// Where the files beside policies lie, and whether those below count.
    directories: Vec<(Utf8PathBuf, bool)>,
}

impl Reader<'_> {
    /// Reads one file. One that is named is read whatever it is called.
    fn add(&mut self, absolute: &Utf8Path, below: &[String], is_named: bool) {
        let extension = absolute.extension();
        let is_data = matches!(extension, Some("yaml" | "yml" | "json"));
        if extension != Some("rego") && !is_data && !is_named {
            return;
        }
        let Some(text) = self.read(absolute) else { return };
        let path = absolute.strip_prefix(self.root).unwrap_or(absolute).to_string();
        let given = &mut self.gathered.given;
        match is_data {
            true => {
                // Only files with these names are data by themselves, as `opa` reads directories.
                let is_document = matches!(absolute.file_stem(), Some("data")) || is_named;
                let file = Text { path: path.clone(), text: text.clone() };
                let is_document = is_document && !has_policies(&file);
                given.files.push(file);
                if is_document {
                    given.data.push(DataText { path, below: below.to_vec(), text });
                }
            }
            false => given.policies.push(Text { path, text }),
        }
    }

    /// What `parse_config_file` may read: files of all formats beside policies, when one of them asks for such.
    fn beside(&mut self) {
        let given = &self.gathered.given;
        if !given.policies.iter().any(|policy| policy.text.contains("parse_co")) {
            return;
        }
        let mut known: BTreeSet<String> = given.files.iter().map(|file| file.path.clone()).collect();
        for (directory, is_deep) in std::mem::take(&mut self.directories) {
            let walk = self.host.walk(&directory, &|_, is_directory| is_deep || !is_directory);
            let files = walk.entries.into_iter().filter(|entry| entry.kind == EntryKind::File);
            for absolute in files.map(|entry| directory.join(entry.path)) {
                let path = absolute.strip_prefix(self.root).unwrap_or(&absolute).to_string();
                if Format::of(&path).is_none() || !known.insert(path.clone()) {
                    continue;
                }
                let Some(text) = self.read(&absolute) else { continue };
                let file = Text { path, text };
                // Templates beside a policy that was named were not named.
                self.gathered.given.files.extend(Some(file).filter(|file| !has_policies(file)));
            }
        }
    }

    /// The text of a file. One that cannot be read costs itself alone.
    fn read(&mut self, absolute: &Utf8Path) -> Option<String> {
        let cause = match self.host.read(absolute, LARGEST, 0) {
            Err(error) => error.to_string(),
            Ok(None) => format!("it is larger than {} MiB, which no policy is", LARGEST >> 20),
            Ok(Some(bytes)) => match String::from_utf8(bytes) {
                Ok(text) => return Some(text),
                Err(error) => {
                    format!("byte {} is no UTF-8", error.utf8_error().valid_up_to() + 1)
                }
            },
        };
        self.unread(absolute, cause);
        None
    }

    fn unread(&mut self, absolute: &Utf8Path, cause: String) {
        let path = absolute.strip_prefix(self.root).unwrap_or(absolute).to_owned();
        let message = format!("this file of policies is not read: {cause}");
        self.gathered.unread.push(Notice { path: Some(path), span: None, message, failed: true });
    }
}

/// Whether a file holds objects of Gatekeeper.
pub(super) fn has_policies(text: &Text) -> bool {
    text.text.contains("gatekeeper.sh/")
}
