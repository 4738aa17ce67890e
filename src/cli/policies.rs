//! The policies of a run: from the paths that name them to rules.
//!
//! Owns which files are read for it. Must not know dialects.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::Settings;
use crate::engine::{Notice, Policies, World};
use crate::host::{EntryKind, Host};
use crate::model::{FileView, ObjectView};
use crate::policy::gatekeeper::{Gatekeeper, is_policy};
use crate::policy::{self, DataText, Given, Loaded, Text};
use crate::rego::Limits;

use super::Failure;
use super::args::Scope;

/// No policy that a person wrote is larger, in bytes.
pub(super) const LARGEST: u64 = 4 << 20;

/// Reads and compiles the policies of a repository; none where there are none. What is wrong with them is said, and costs
/// them alone.
pub(super) fn read(
    host: &dyn Host,
    scope: &Scope,
    settings: &Settings,
    root: &Utf8Path,
    world: &World,
) -> Result<(Option<Arc<Policies>>, Vec<Notice>), Failure> {
    let given = given(host, scope, settings, root)?;
    if given.policies.is_empty() && !objects(world).any(|object| is_policy(&object)) {
        return Ok((None, Vec::new()));
    }
    let policies = of_files(&given, world);
    let notices = problems(&given, &policies.loaded, &policies.gatekeeper, world);
    Ok((Some(Arc::new(policies)), notices))
}

/// Compiles policies of files, and those that are objects of a world.
pub(super) fn of_files(given: &Given, world: &World) -> Policies {
    let objects: Vec<ObjectView<'_>> = objects(world).filter(is_policy).collect();
    let text = |object: &ObjectView<'_>| object.map.slice(object.root.span()).contains("data.inventory");
    let wants_inventory = objects.iter().any(text);
    let loaded = policy::load(given);
    let gatekeeper = Gatekeeper::read(objects, given.limits);
    let wants_facts = given.policies.iter().any(|policy| policy.text.contains("data.repo"));
    let facts = wants_facts.then(|| policy::facts(world.graph(), &world.jobs).into());
    Policies { loaded, gatekeeper, wants_inventory, facts }
}

/// The objects that are applied, each as often as it is.
fn objects(world: &World) -> impl Iterator<Item = ObjectView<'_>> {
    let World { map, repository, rendering, .. } = world;
    let rendered = rendering.units.iter().flat_map(|unit| &unit.objects);
    let rendered = rendered.map(|object| ObjectView::rendered(map, repository, object));
    let files = repository.files.iter().filter(|file| !rendering.rendered.contains(&file.source));
    rendered.chain(files.flat_map(|file| FileView { map, file }.objects()))
}

/// The files that the configuration and the command line name.
fn given(host: &dyn Host, scope: &Scope, settings: &Settings, root: &Utf8Path) -> Result<Given, Failure> {
    let namespaces = match scope.policy_namespace.as_slice() {
        [] => settings.policy_namespaces.clone(),
        named => named.to_vec(),
    };
    let current = host.current_dir().map_err(Failure::Io)?;
    let configured = settings.policies.iter().map(|path| (path.as_str(), root.join(path)));
    let typed = scope.policy.iter().map(|path| (path.as_str(), current.join(path)));
    let given = gathered(host, root, configured.chain(typed))?;
    Ok(Given { namespaces, ..given })
}

/// The files at some paths, relative to where the user is.
pub(super) fn given_at(host: &dyn Host, paths: &[Utf8PathBuf]) -> Result<Given, Failure> {
    let current = host.current_dir().map_err(Failure::Io)?;
    gathered(host, &current, paths.iter().map(|path| (path.as_str(), current.join(path))))
}

/// The files at paths as they are written and absolute ones. They are called by their paths relative to `root`.
fn gathered<'p>(
    host: &dyn Host,
    root: &Utf8Path,
    paths: impl Iterator<Item = (&'p str, Utf8PathBuf)>,
) -> Result<Given, Failure> {
    let mut given = Given { limits: Limits::default(), ..Given::default() };
    for (written, absolute) in paths {
        let absolute = host.canonicalize(&absolute).map_err(|error| Failure::File(written.into(), error))?;
        if !host.is_dir(&absolute) {
            add(host, root, &absolute, &[], true, &mut given)?;
            continue;
        }
        let walk = host.walk(&absolute, &|_, _| true);
        if let Some((path, error)) = walk.errors.into_iter().next() {
            return Err(Failure::File(absolute.join(path), std::io::Error::other(error)));
        }
        let files = walk.entries.into_iter().filter(|entry| entry.kind == EntryKind::File);
        for path in files.map(|entry| entry.path) {
            let below = path.parent().into_iter().flat_map(|parent| parent.components());
            let below: Vec<String> = below.map(|part| part.as_str().to_owned()).collect();
            add(host, root, &absolute.join(&path), &below, false, &mut given)?;
        }
    }
    Ok(given)
}

/// Reads one file. One that is named is read whatever it is called.
fn add(
    host: &dyn Host,
    root: &Utf8Path,
    absolute: &Utf8Path,
    below: &[String],
    is_named: bool,
    given: &mut Given,
) -> Result<(), Failure> {
    let extension = absolute.extension();
    let is_data = matches!(extension, Some("yaml" | "yml" | "json"));
    if extension != Some("rego") && !is_data && !is_named {
        return Ok(());
    }
    let bytes = host.read(absolute, LARGEST, 0).map_err(|error| Failure::File(absolute.to_owned(), error))?;
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| Failure::Usage(format!("{absolute} is no text of reasonable size")))?;
    let path = absolute.strip_prefix(root).unwrap_or(absolute).to_string();
    match is_data {
        true => {
            // Only files with these names are data by themselves, as `opa` reads directories.
            let is_document = matches!(absolute.file_stem(), Some("data")) || is_named;
            given.files.push(Text { path: path.clone(), text: text.clone() });
            if is_document {
                given.data.push(DataText { path, below: below.to_vec(), text });
            }
        }
        false => given.policies.push(Text { path, text }),
    }
    Ok(())
}

/// What is wrong, for people.
fn problems(given: &Given, loaded: &Loaded, gatekeeper: &Gatekeeper, world: &World) -> Vec<Notice> {
    let mut notices = Vec::new();
    for problem in &loaded.problems {
        let data = problem.policy.checked_sub(given.policies.len()).and_then(|index| given.data.get(index));
        let path = given.policies.get(problem.policy).map(|text| &text.path);
        let path = path.or(data.map(|text| &text.path)).map(Utf8PathBuf::from);
        let place =
            if problem.line > 0 { format!("{}:{}: ", problem.line, problem.column) } else { String::new() };
        notices.push(Notice {
            path,
            span: None,
            message: format!("{place}{}", problem.message),
            failed: true,
        });
    }
    for problem in &gatekeeper.problems {
        let path =
            world.map.in_file(problem.span).map(|span| world.map.source(span.source).path().to_owned());
        let message = problem.message.clone();
        notices.push(Notice { path, span: Some(problem.span), message, failed: false });
    }
    notices
}
