//! The policies of a run: from the paths that name them to rules.
//!
//! Must not know dialects, nor which files are read for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::config::{CommandLine, Settings};
use crate::discover::{Discovered, find_root};
use crate::engine::{AskedFile, Notice, Policies, World};
use crate::host::Host;
use crate::model::{FileView, ObjectView};
use crate::policy::files::Chosen;
use crate::policy::gatekeeper::{Gatekeeper, is_policy};
use crate::policy::input::Format;
use crate::policy::{self, Given, Loaded, PolicyRule, Target, Text};
use crate::rego::PolicyError;
use crate::report::{escape, plural};
use crate::rules::all::all as built_in;
use crate::source::{PADDING, Source, SourceId, SourceKind};
use crate::yaml::{self, Cursor, Tree};

use super::analysis::{ConfigFile, Timings, settings};
use super::args::{Color, Scope};
use super::given::{Gathered, LARGEST, given, has_policies};
use super::{Failure, pipeline};

/// Reads and compiles the policies of a repository; none where there are none. What is wrong with them is said, and costs
/// them alone.
pub(super) fn read(
    host: &dyn Host,
    scope: &Scope,
    settings: &Settings,
    root: &Utf8Path,
    world: &World,
) -> Result<(Option<Arc<Policies>>, Vec<Notice>), Failure> {
    let Gathered { given, unread } = given(host, scope, settings, root)?;
    let has_objects = || objects(world).any(|object| is_policy(object.api_version(), object.kind()));
    if given.policies.is_empty() && !given.files.iter().any(has_policies) && !has_objects() {
        return Ok((None, unread));
    }
    let mut policies = of_files(&given, world);
    if let Some(unknown) = policies.loaded.unknown_package(&given) {
        return Err(Failure::Usage(no_package(unknown, scope, &policies.loaded)));
    }
    let mut notices = problems(&given, &policies.loaded, &policies.gatekeeper, world);
    notices.extend(unread);
    let (files, unread) = asked_files(host, root, &policies.loaded, world);
    policies.files = files;
    notices.extend(unread);
    notices.extend(nothing_asked(&policies, world));
    Ok((Some(Arc::new(policies)), notices))
}

/// A run that asks policies about nothing is no proof that nothing is wrong.
fn nothing_asked(policies: &Policies, world: &World) -> Option<Notice> {
    let suits = |rule: &PolicyRule| match &rule.target {
        Target::Object(_) => objects(world).any(|object| rule.target.is_about(object.kind())),
        Target::Owner(_) => {
            let mut owners = world.graph().owners();
            owners.any(|owner| rule.target.is_about_owner(owner.owner.kind.name()))
                || objects(world).any(|object| rule.target.is_about_owner(object.kind()))
        }
        Target::Unit(_) => !world.rendering.units.is_empty(),
        Target::Pipeline => !world.jobs.is_empty(),
        Target::Combined | Target::Repository => !world.repository.files.is_empty(),
        Target::Document(_) | Target::File(_) => {
            let mut paths = world.repository.files.iter().map(|file| world.map.source(file.source).path());
            !policies.files.is_empty() || paths.any(|path| rule.target.is_about_document(path.as_str()))
        }
    };
    let rules = &policies.loaded.rules;
    if rules.is_empty() || rules.iter().any(suits) {
        return None;
    }
    let message = format!(
        "{} of policies asked about nothing: no file of this run holds what they are about",
        plural(rules.len(), "rule")
    );
    Some(Notice { path: None, span: None, message, failed: false })
}

/// Nobody means to ask nothing.
fn no_package(unknown: &str, scope: &Scope, loaded: &Loaded) -> String {
    let wanted = if scope.policy_namespace.is_empty() { "policy-namespaces" } else { "--policy-namespace" };
    let known: Vec<&str> = loaded.packages.iter().map(String::as_str).collect();
    match known.as_slice() {
        [] => format!("{wanted}: no package is called `{unknown}`, and no policy declares rules"),
        known => format!("{wanted}: no package is called `{unknown}`; there are {}", known.join(", ")),
    }
}

/// Compiles policies of files, and those that are objects of a world.
pub(super) fn of_files(given: &Given, world: &World) -> Policies {
    let outside = outside(given, world);
    let outside = outside.iter().map(|tree| Cursor::new(&world.map, tree));
    let inside = objects(world).filter(|object| is_policy(object.api_version(), object.kind()));
    let roots: Vec<Cursor<'_>> = inside.map(|object| object.root).chain(outside).collect();
    let text = |root: &Cursor<'_>| root.map().slice(root.span()).contains("data.inventory");
    let wants_inventory = roots.iter().any(text);
    let loaded = loaded(given);
    let mut gatekeeper = Gatekeeper::read(roots, given.limits);
    told_apart(&loaded, &mut gatekeeper);
    let wants_facts = given.policies.iter().any(|policy| policy.text.contains("data.repo"));
    let facts = wants_facts.then(|| policy::facts(world.graph(), &world.jobs).into());
    let texts = texts(given, &loaded, world);
    Policies { loaded, gatekeeper, wants_inventory, facts, files: Vec::new(), texts }
}

/// The texts of policies of the repository that are about all of it, by index.
fn texts(given: &Given, loaded: &Loaded, world: &World) -> FxHashMap<usize, SourceId> {
    let is_about_all = |rule: &&PolicyRule| matches!(rule.target, Target::Combined | Target::Repository);
    let about_all: BTreeSet<usize> =
        loaded.rules.iter().filter(is_about_all).map(|rule| rule.policy).collect();
    let text = |index: usize| {
        let text = given.policies.get(index).filter(|text| Utf8Path::new(&text.path).is_relative())?;
        Some((index, world.map.derive(Source::new(text.path.as_str(), SourceKind::File, text.text.clone()))))
    };
    about_all.into_iter().filter_map(text).collect()
}

/// The files of the repository that policies are asked about as files, and what of them cannot be read: those that are
/// configuration, and others that were left alone until a policy asked for them.
fn asked_files(
    host: &dyn Host,
    root: &Utf8Path,
    loaded: &Loaded,
    world: &World,
) -> (Vec<AskedFile>, Vec<Notice>) {
    let chosen = Chosen::by(loaded);
    let (mut files, mut notices) = (Vec::new(), Vec::new());
    if chosen.is_empty() {
        return (files, notices);
    }
    let known = world.map.files().map(|source| source.path());
    let mut paths: Vec<&Utf8Path> =
        known.chain(world.repository.unread.iter().map(Utf8PathBuf::as_path)).collect();
    paths.sort_unstable();
    for path in paths {
        let rules = chosen.rules(path.as_str());
        if rules.is_empty() {
            continue;
        }
        let mut failed = |message: String| {
            notices.push(Notice { path: Some(path.to_owned()), span: None, message, failed: true });
        };
        let Some(format) = Format::of(path.as_str()) else {
            failed("a policy asks for this file, and nothing here reads its format".to_owned());
            continue;
        };
        let source = match world.repository.file(path) {
            Some(file) => file.source,
            None => {
                let bytes = host.read(&root.join(path), LARGEST, PADDING);
                let text = bytes.ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
                let Some(text) = text else {
                    failed("a policy asks for this file, which is no text of reasonable size".to_owned());
                    continue;
                };
                world.map.derive(Source::new(path, SourceKind::File, text))
            }
        };
        match format.read(world.map.source(source).text()) {
            Ok(_) => files.push(AskedFile { source, format, rules }),
            Err(message) => failed(message),
        }
    }
    (files, notices)
}

/// Compiles policies of files. What is called like a rule of plimsoll is a mistake: nobody could tell them apart.
fn loaded(given: &Given) -> Loaded {
    let mut loaded = policy::load(given);
    let problems = &mut loaded.problems;
    loaded.rules.retain(|declared| {
        let name = &declared.rule.name;
        let is_taken = built_in().binary_search_by(|brought| brought.rule.name.cmp(name)).is_ok();
        if is_taken {
            let message = format!(
                "`{name}` is a rule that plimsoll brings (`plimsoll explain {name}`); give this one another `name`"
            );
            let (policy, line) = (declared.policy, declared.line);
            problems.push(PolicyError { policy, line, column: 1, message });
        }
        !is_taken
    });
    loaded
}

/// Templates cannot say what they are called here, so that one whose name is taken gets another.
fn told_apart(loaded: &Loaded, gatekeeper: &mut Gatekeeper) {
    let brought = built_in().iter().map(|brought| brought.rule.name.to_string());
    let mut known: BTreeSet<String> =
        brought.chain(loaded.rules.iter().map(|declared| declared.rule.name.to_string())).collect();
    for declared in gatekeeper.rules.iter_mut().chain(&mut gatekeeper.unused) {
        let name = declared.rule.name.to_string();
        let mut number = 1;
        while !known.insert(declared.rule.name.to_string()) {
            number += 1;
            declared.rule.name = format!("{name}-{number}").into();
        }
    }
}

/// The documents of files that were named and are no part of the repository, as far as they are about Gatekeeper.
fn outside(given: &Given, world: &World) -> Vec<Tree> {
    let is_inside = |text: &&Text| world.repository.file(Utf8Path::new(&text.path)).is_some();
    let files = given.files.iter().filter(|text| has_policies(text) && !is_inside(text));
    let mut trees = Vec::new();
    for text in files {
        let id = world.map.derive(Source::new(text.path.as_str(), SourceKind::File, text.text.clone()));
        trees.extend(yaml::parse(world.map.source(id), id, yaml::Limits::default()).trees());
    }
    trees
}

/// The policies that the configuration of the repository around the user and the command line name, for a list.
pub(super) fn listed(host: &dyn Host, typed: &[Utf8PathBuf]) -> Result<(Policies, Vec<Notice>), Failure> {
    let root = find_root(host, &[]).map_err(|error| Failure::Usage(error.to_string()))?.path;
    let command_line = CommandLine::default();
    let settings = settings(host, ConfigFile::OfRepository, command_line, &root, Color::Auto)?;
    let scope = Scope { policy: typed.to_vec(), ..Scope::default() };
    let Gathered { given, mut unread } = given(host, &scope, &settings, &root)?;
    let (world, policies) = alone(host, &given);
    unread.extend(problems(&given, &policies.loaded, &policies.gatekeeper, &world));
    unread.retain(|notice| notice.failed);
    Ok((policies, unread))
}

/// Policies by themselves, with no repository around them.
pub(super) fn alone(host: &dyn Host, given: &Given) -> (World, Policies) {
    let (nothing, limits) = (Discovered::default(), yaml::Limits::default());
    let (world, ..) = pipeline::build_world(host, nothing, limits, &mut Timings::default());
    let policies = of_files(given, &world);
    (world, policies)
}

/// The objects that are applied, each as often as it is.
pub(super) fn objects(world: &World) -> impl Iterator<Item = ObjectView<'_>> {
    let World { map, repository, rendering, .. } = world;
    let rendered = rendering.units.iter().flat_map(|unit| &unit.objects);
    let rendered = rendered.map(|object| ObjectView::rendered(map, repository, object));
    let files = repository.files.iter().filter(|file| !rendering.rendered.contains(&file.source));
    rendered.chain(files.flat_map(|file| FileView { map, file }.objects()))
}

/// The file that a problem is in: a policy, or data.
fn path_of<'g>(given: &'g Given, problem: &PolicyError) -> Option<&'g str> {
    let data = problem.policy.checked_sub(given.policies.len()).and_then(|index| given.data.get(index));
    let path = given.policies.get(problem.policy).map(|text| &text.path);
    path.or(data.map(|text| &text.path)).map(String::as_str)
}

/// A problem as a line.
pub(super) fn problem(given: &Given, problem: &PolicyError) -> String {
    let PolicyError { line, column, message, .. } = problem;
    let path = path_of(given, problem).unwrap_or_default();
    format!("error: {}:{line}:{column}: {}\n", escape(path), escape(message))
}

/// What is wrong with a file as a line.
pub(super) fn line(notice: &Notice) -> String {
    let path = notice.path.as_ref().map_or("", |path| path.as_str());
    format!("error: {}: {}\n", escape(path), escape(&notice.message))
}

/// What is wrong, for people.
fn problems(given: &Given, loaded: &Loaded, gatekeeper: &Gatekeeper, world: &World) -> Vec<Notice> {
    let mut notices = Vec::new();
    let all = loaded.problems.iter().map(|problem| (problem, true));
    for (problem, failed) in all.chain(loaded.doubts.iter().map(|doubt| (doubt, false))) {
        let place =
            if problem.line > 0 { format!("{}:{}: ", problem.line, problem.column) } else { String::new() };
        notices.push(Notice {
            path: path_of(given, problem).map(Utf8PathBuf::from),
            span: None,
            message: format!("{place}{}", problem.message),
            failed,
        });
    }
    for problem in &gatekeeper.problems {
        let path =
            world.map.in_file(problem.span).map(|span| world.map.source(span.source).path().to_owned());
        let at = world.map.in_file(problem.span).unwrap_or(problem.span);
        let position = world.map.source(at.source).position(at.start);
        let message = format!("{}:{}: {}", position.line, position.column, problem.message);
        let failed = problem.kind.is_refused();
        notices.push(Notice { path, span: Some(problem.span), message, failed });
    }
    notices
}
