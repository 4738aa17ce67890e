//! The whole way from a repository to an outcome, in the order of the data flow.

use std::borrow::Cow;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::ci::{self, Pipelines};
use crate::config::{ConfigError, KubernetesVersion, Settings};
use crate::discover::{Coverage, Discovered, FileKind, Skip, SkipReason};
use crate::engine::{self, ActiveRule, Notice, Policies, RuleSet, World};
use crate::finding::{Disposition, Finding, Level, SuppressedBy};
use crate::graph::{self, Delivery, Environments, ThisRepository};
use crate::host::Host;
use crate::model::{Document, DocumentKind, File, Repository, Usage, is_put_off};
use crate::render::{Built, EventKind, ReadLimits, Rendered, Renderer, Rendering, Unit};
use crate::report;
use crate::rules::all::all as built_in;
use crate::source::{Beside, SourceId, SourceMap};
use crate::yaml::Limits;

use super::analysis::Timings;

/// Reads and types what was discovered. Returns what a person should know about it.
pub(super) fn build_world(
    host: &dyn Host,
    discovered: Discovered,
    limits: Limits,
    timings: &mut Timings,
) -> (World, Coverage, Vec<Notice>) {
    let Discovered { sources, kinds, coverage, .. } = discovered;
    let map = SourceMap::new(sources);
    let repository = Repository::build(&map, &kinds, limits);
    typed(host, map, repository, &kinds, coverage, timings)
}

/// The same for another revision. What is the same in `now` is taken from there.
pub(super) fn build_beside(
    host: &dyn Host,
    discovered: Discovered<Beside>,
    now: &World,
    limits: Limits,
    timings: &mut Timings,
) -> (World, Coverage, Vec<Notice>) {
    let Discovered { sources, kinds, coverage, .. } = discovered;
    let map = now.map.beside(sources);
    let repository = now.repository.beside(&map, &kinds, limits);
    typed(host, map, repository, &kinds, coverage, timings)
}

fn typed(
    host: &dyn Host,
    map: SourceMap,
    mut repository: Repository,
    kinds: &[FileKind],
    mut coverage: Coverage,
    timings: &mut Timings,
) -> (World, Coverage, Vec<Notice>) {
    repository.unread = coverage.not_configuration().map(Utf8Path::to_owned).collect();
    repository.left_out = coverage.left_out().map(Utf8Path::to_owned).collect();
    count(&map, &repository, kinds, &mut coverage);
    timings.mark(host, "parse and type");
    let Pipelines { jobs, scripts, gaps } = ci::read(&map, &repository);
    timings.mark(host, "pipelines");
    let mut notices = Vec::new();
    for gap in gaps {
        *coverage.unread_pipelines.entry(gap.kind.name()).or_default() += 1;
        if gap.kind.is_notable() {
            notices.push(Notice {
                path: Some(map.source(gap.span.source).path().to_owned()),
                span: Some(gap.span),
                message: gap.describe(&map),
                failed: false,
            });
        }
    }
    (World { map, repository, jobs, scripts, ..World::default() }, coverage, notices)
}

/// Renders the kustomizations of the repository at `root`, and follows the owners. `known` is what another revision has
/// made of files that are the same. Returns what a person should know about it.
pub(super) fn render(
    host: &dyn Host,
    root: &Utf8Path,
    settings: &Settings,
    world: &mut World,
    known: Rendered,
    coverage: &mut Coverage,
    timings: &mut Timings,
) -> Vec<Notice> {
    world.options = settings.options.clone();
    let (this, notices) = this_repository(host, root, settings, world);
    let limits = ReadLimits { yaml: settings.limits, file_size: settings.file_size };
    let options = settings.rendering.clone();
    let renderer = Renderer::new(&world.map, &world.repository, host, root, limits, options).knowing(known);
    let mut roots = renderer.repository(&world.repository);
    // A chart that a kustomization installs has the values that it is given there.
    let installed: FxHashSet<SourceId> = roots.iter().flat_map(Built::sources).collect();
    let charts = renderer.charts(&world.repository).into_iter();
    roots.extend(charts.filter(|chart| !installed.contains(&chart.unit.source)));
    timings.mark(host, "render");
    let environments = Environments::new(&settings.environments);
    let context = graph::Context::new(&world.map, &world.repository, &renderer, this, environments);
    let (rendering, graph) = graph::build(&context, roots);
    let rendered = renderer.into_rendered();
    coverage.charts = rendering.units.iter().filter(|unit| unit.is_chart).count();
    coverage.units = rendering.units.len() - coverage.charts;
    // Files that an owner applies as they stand were counted when they were read.
    for file in world.repository.files.iter().filter(|file| rendering.rendered.contains(&file.source)) {
        match file.usage {
            Usage::Deployed => coverage.objects -= file.objects.len(),
            Usage::SetAside => {
                coverage.not_linted.entry(SET_ASIDE).and_modify(|count| *count -= file.objects.len());
            }
            Usage::Rendered | Usage::Input => {}
        }
    }
    coverage.not_linted.retain(|_, count| *count > 0);
    coverage.objects += rendering.units.iter().map(|unit| unit.objects.len()).sum::<usize>();
    for unit in rendering.units.iter().filter(|unit| unit.failed) {
        let what = if unit.is_chart { "charts that fail" } else { "overlays that do not build" };
        *coverage.not_linted.entry(what).or_default() += 1;
    }
    let put_off = put_off(&world.map, &world.repository, &rendering);
    if put_off > 0 {
        *coverage.not_linted.entry("overlays that are put off").or_default() += put_off;
    }
    for event in rendering.events.iter() {
        if let EventKind::NotRendered(gap) = event.kind {
            *coverage.not_rendered.entry(gap.name()).or_default() += 1;
        }
        if event.unverifiable {
            // Rules say nothing about these: what is not rendered may hold what they are for, and somebody outside of
            // the repository may define a variable.
            let what = match event.kind {
                EventKind::UndefinedVariable | EventKind::BadSubstitution => {
                    "variables that may be defined elsewhere"
                }
                EventKind::ChartError
                | EventKind::TemplateError
                | EventKind::ValueRequired
                | EventKind::SchemaViolation => "charts or templates that fail without values of their users",
                _ => "patches and other entries for what is not rendered",
            };
            *coverage.not_linted.entry(what).or_default() += 1;
        }
    }
    // Templates that were rendered were looked at after all.
    let is_rendered =
        |path: &Utf8Path| world.map.find(path).is_some_and(|file| rendering.rendered.contains(&file));
    let before = coverage.skipped.len();
    coverage.skipped.retain(|skip| skip.reason != SkipReason::Template || !is_rendered(&skip.path));
    coverage.analysed += before - coverage.skipped.len();
    let has_gap = |unit: &&Unit| unit.events.iter().any(|event| event.kind.is_gap() || event.kind.is_error());
    let partial = rendering.units.iter().filter(|unit| unit.partial && !unit.failed).filter(has_gap);
    coverage.partial = partial.map(|unit| unit.objects.len()).sum();
    for gap in graph.owners.iter().flat_map(|owner| &owner.deliveries).filter_map(Delivery::gap) {
        *coverage.not_followed.entry(gap.to_owned()).or_default() += 1;
    }
    world.rendering = rendering;
    world.rendered = rendered;
    world.graph = graph;
    timings.mark(host, "graph");
    notices
}

/// How many kustomizations lie where nothing is in use, and were not built: neither something else includes them nor an
/// owner applies them.
fn put_off(map: &SourceMap, repository: &Repository, rendering: &Rendering) -> usize {
    let built: FxHashSet<&Utf8Path> = rendering.units.iter().map(|unit| unit.directory.as_path()).collect();
    let is_one = |file: &&File| {
        let path = map.source(file.source).path();
        let is_kustomization = |document: &Document| document.kind == DocumentKind::Kustomization;
        file.usage != Usage::Rendered
            && file.documents.iter().any(is_kustomization)
            && path.parent().is_some_and(|directory| is_put_off(directory) && !built.contains(directory))
    };
    repository.files.iter().filter(is_one).count()
}

/// The repository at `root` as owners may name it.
fn this_repository(
    host: &dyn Host,
    root: &Utf8Path,
    settings: &Settings,
    world: &World,
) -> (ThisRepository, Vec<Notice>) {
    let notice = |message| Notice { path: None, span: None, message, failed: false };
    let mut notices = Vec::new();
    let this = ThisRepository::at(host, root, &settings.aliases).unwrap_or_else(|error| {
        let message =
            format!("the git directory could not be read, so remotes and branches are not known: {error}");
        notices.push(notice(message));
        ThisRepository::new(&settings.aliases)
    });
    if notices.is_empty() {
        notices.extend(no_checkout(host, root).map(notice));
    }
    let this = this.inferred_from(&world.map, &world.repository);
    (this, notices)
}

/// Why git says nothing of a directory that looks as if it should; a directory without git is nothing to speak of.
fn no_checkout(host: &dyn Host, root: &Utf8Path) -> Option<String> {
    let dot_git = root.join(".git");
    let unknown = "so remotes, branches and history are not known";
    if !host.exists(&dot_git) {
        let is_bare = host.exists(&root.join("HEAD"))
            && ["objects", "refs"].iter().all(|name| host.is_dir(&root.join(name)));
        let says =
            "this is a bare repository, whose files are not checked out: run plimsoll in a checkout of it";
        return is_bare.then(|| says.to_owned());
    }
    if host.is_dir(&dot_git) {
        let is_whole = host.exists(&dot_git.join("HEAD"));
        return (!is_whole).then(|| format!("`.git` is no git directory (it has no `HEAD`), {unknown}"));
    }
    let text = host.read(&dot_git, POINTER, 0).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    match text.strip_prefix("gitdir:") {
        Some(path) if host.exists(&root.join(path.trim()).join("HEAD")) => None,
        Some(_) => Some(format!("the git directory that the file `.git` names is not there, {unknown}")),
        None => Some(format!("the file `.git` does not name a git directory, {unknown}")),
    }
}

/// A file that names a git directory is no larger, in bytes.
const POINTER: u64 = 4096;

/// What the summary calls the objects of files that are set aside.
const SET_ASIDE: &str = "objects that were taken out of use";

/// Counts what rules about deployed objects will see, and what they will not.
fn count(map: &SourceMap, repository: &Repository, kinds: &[FileKind], coverage: &mut Coverage) {
    for ((file, source), kind) in repository.files.iter().zip(map.files()).zip(kinds) {
        if file.kind == FileKind::Template {
            // Only its text is searched for keys, which nobody would call analysed.
            coverage.analysed -= 1;
            coverage.skipped.push(Skip { path: source.path().to_owned(), reason: SkipReason::Template });
            debug_assert!(matches!(kind, FileKind::Yaml | FileKind::Json | FileKind::Template));
            continue;
        }
        let patches = file.documents.iter().filter(|document| document.kind == DocumentKind::Patch).count();
        if patches > 0 {
            *coverage.not_linted.entry("patches").or_default() += patches;
        }
        let has_component = file.documents.iter().any(|document| document.kind == DocumentKind::Component);
        if has_component && file.usage != Usage::Rendered {
            *coverage.not_linted.entry("components that nothing includes").or_default() += 1;
        }
        if file.usage == Usage::Deployed {
            coverage.objects += file.objects.len();
        }
        if file.usage == Usage::SetAside {
            *coverage.not_linted.entry(SET_ASIDE).or_default() += file.objects.len();
        }
    }
    coverage.skipped.sort();
}

/// Keeps the findings that the named paths touch or cause: those with their own or a related place in them.
pub(super) fn keep_named(findings: &mut Vec<Finding>, map: &SourceMap, named: &[Utf8PathBuf]) {
    if named.is_empty() || named.iter().any(|path| path.as_str().is_empty()) {
        return;
    }
    findings.retain(|finding| {
        let places =
            std::iter::once(finding.primary).chain(finding.related.iter().map(|related| related.span));
        let mut paths = places.map(|span| map.source(span.source).path());
        paths.any(|path| named.iter().any(|named| path.starts_with(named)))
    });
}

/// Takes secrets out of what rules and people wrote about the files they stand in.
pub(super) fn scrub(map: &SourceMap, findings: &mut [Finding], mask: &engine::Mask) {
    findings.par_iter_mut().for_each(|finding| {
        let related = finding.related.iter().map(|related| related.span);
        let mut about: Vec<_> = std::iter::once(finding.primary).chain(related).collect();
        if let Disposition::Suppressed { by, reason: Some(reason) } = &mut finding.disposition {
            if let SuppressedBy::InSource(at) = by {
                about.push(*at);
            }
            *reason = mask.scrub(map, &about, reason);
        }
        let about = mask.about(map, &about);
        let scrub = |text: &mut String| *text = about.scrub(text);
        scrub(&mut finding.message);
        let related = finding.related.iter_mut().map(|related| &mut related.message);
        for text in [&mut finding.why, &mut finding.help].into_iter().chain(related) {
            // What every finding of a rule says holds nothing of a file.
            if let Cow::Owned(text) = text {
                scrub(text);
            }
        }
        // An overlay may have put a secret into a name.
        if let Some(object) = &mut finding.object {
            scrub(&mut object.kind);
            scrub(&mut object.name);
            object.namespace.iter_mut().for_each(scrub);
        }
        finding.path.iter_mut().for_each(scrub);
    });
}

/// The rules that a configuration wants, at their levels.
pub(super) fn rule_set(settings: &Settings, policies: Option<Arc<Policies>>) -> RuleSet {
    let rules = settings.catalog().rules();
    let active = settings.active().filter_map(|(index, level)| {
        // Those of policies stand behind the others, in the order of `cli::all_rules`.
        match built_in().get(index) {
            Some(it) => Some(ActiveRule { level, ..it.active() }),
            None => {
                let policy = policies.as_ref()?.id(index - built_in().len());
                Some(ActiveRule { rule: rules.get(index)?.clone(), checks: &[], policy, level })
            }
        }
    });
    let active = active.collect();
    RuleSet::new(active, policies)
}

/// Only the rules of policies, at their own levels.
pub(super) fn policy_rules(policies: Policies) -> RuleSet {
    let active = policies.rules().enumerate().map(|(index, rule)| ActiveRule {
        level: rule.level,
        rule,
        checks: &[],
        policy: policies.id(index),
    });
    let active = active.collect();
    RuleSet::new(active, Some(Arc::new(policies)))
}

/// A warning for a run that looked at nothing: exit code 0 must not be taken for a clean repository.
pub(super) fn nothing_analysed(coverage: &Coverage) -> Option<Notice> {
    (coverage.analysed == 0).then(|| Notice {
        path: None,
        span: None,
        message: "no configuration files were found, so nothing was checked; see --show-files".to_owned(),
        failed: false,
    })
}

/// That what Kubernetes itself knows was not compared with the fields of objects.
pub(super) fn no_schemas(settings: &Settings) -> Option<Notice> {
    let version = settings.options.kubernetes_version.filter(|version| version.is_old())?;
    let (first, last) = KubernetesVersion::KNOWN;
    let minor = version.minor;
    let message = format!(
        "Kubernetes 1.{minor} is older than the definitions that plimsoll has, those of 1.{first} to 1.{last}: fields of \
         Kubernetes' own objects are not checked"
    );
    Some(Notice { path: None, span: None, message, failed: false })
}

/// The errors of a configuration, each with its place, as a terminal shows them.
pub(super) fn config_errors(map: &SourceMap, errors: &[ConfigError], color: bool) -> String {
    let mut gather = engine::Gather::new(map);
    errors.iter().filter_map(|error| error.span).for_each(|span| gather.file(span.source));
    let mask = gather.finish();
    let mut text = String::new();
    for error in errors {
        let message = mask.scrub(map, error.span.as_slice(), &error.message);
        match error.span {
            Some(span) => {
                let source = map.source(span.source);
                text +=
                    &report::diagnostic(source, &mask, span, Level::Error, "configuration", &message, color);
            }
            None => text += &format!("error: {}\n", report::escape(&message)),
        }
        if let Some(help) = &error.help {
            let help = mask.scrub(map, error.span.as_slice(), help);
            text += &format!("   help: {}\n", report::escape(&help));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::MemHost;

    #[test]
    fn what_is_no_checkout_is_said() {
        let said = |files: &[(&str, &str)]| {
            let host = MemHost::new(files.iter().copied());
            no_checkout(&host, Utf8Path::new("/")).unwrap_or_default()
        };
        let bare = [("HEAD", "ref: refs/heads/main\n"), ("objects/info/packs", ""), ("refs/heads/main", "")];
        assert!(said(&bare).contains("bare repository"));
        assert!(said(&bare[..2]).is_empty());
        assert!(said(&[("a.yaml", "a: b\n")]).is_empty());
        assert!(said(&[(".git/HEAD", "ref: refs/heads/main\n")]).is_empty());
        assert!(said(&[(".git/config", "")]).contains("no `HEAD`"));
        assert!(said(&[(".git", "nonsense\n")]).contains("does not name"));
        assert!(said(&[(".git", "gitdir: gone\n")]).contains("is not there"));
        assert!(said(&[(".git", "gitdir: there\n"), ("there/HEAD", "ref: refs/heads/main\n")]).is_empty());
    }
}
