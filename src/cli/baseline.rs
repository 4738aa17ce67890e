//! `baseline`: the findings that a team accepts for now, as a file of the repository.
//!
//! Owns where that file lies and who writes it. Must not know its form.

use camino::{Utf8Path, Utf8PathBuf};

use crate::engine::{Outcome, World};
use crate::finding::Finding;
use crate::host::{Host, Stream};
use crate::model::FileView;
use crate::report::{escape, gaps, plural};
use crate::suppress::{self, BASELINE, Baseline, Counts, Entry};

use super::analysis::{Loaded, Timings, judge, load, progress, use_color};
use super::args::{self, Color, Scope};
use super::check::is_incomplete;
use super::{Exit, Failure, pipeline};

/// The baseline of a repository that was read, if it has one.
pub(super) fn read(
    host: &dyn Host,
    scope: &Scope,
    root: &Utf8Path,
    world: &World,
    color: Color,
) -> Result<Option<Baseline>, Failure> {
    if scope.no_baseline {
        return Ok(None);
    }
    let path = location(host, scope, root)?;
    let Some(file) = world.repository.file(&path) else {
        let absolute = root.join(&path);
        return match (host.exists(&absolute), &scope.baseline) {
            (false, None) => Ok(None),
            (false, Some(named)) => Err(Failure::Usage(format!(
                "{named} is not there; `plimsoll baseline create --baseline {named}` writes it"
            ))),
            (true, _) => Err(Failure::Usage(format!(
                "{path} is a baseline that was not read: it is ignored by git, excluded or too large"
            ))),
        };
    };
    let map = &world.map;
    Baseline::parse(FileView { map, file }).map(Some).map_err(|error| {
        let color = use_color(host, color, Stream::Stderr);
        Failure::Config(pipeline::config_errors(map, &[error], color))
    })
}

/// Path of the baseline relative to the root.
fn location(host: &dyn Host, scope: &Scope, root: &Utf8Path) -> Result<Utf8PathBuf, Failure> {
    let Some(named) = &scope.baseline else { return Ok(BASELINE.into()) };
    // The file may not be there yet; its directory has to be.
    let parent = named.parent().filter(|parent| !parent.as_str().is_empty()).unwrap_or(".".into());
    let current = host.current_dir().map_err(Failure::Io)?;
    let directory = host.canonicalize(&current.join(parent));
    let directory = directory.map_err(|error| Failure::File(parent.to_owned(), error))?;
    let file = named.file_name().unwrap_or(BASELINE);
    let path = directory.join(file);
    let is_json = path.extension() == Some("json");
    let inside = path.strip_prefix(root).ok().filter(|_| is_json);
    inside.map(Utf8Path::to_owned).ok_or_else(|| {
        Failure::Usage(format!(
            "{named} is no place for a baseline: it is a .json file in the repository at {root}"
        ))
    })
}

/// Runs a subcommand.
pub(super) fn run(host: &dyn Host, args: &args::Baseline) -> Result<Exit, Failure> {
    match args {
        args::Baseline::Create(scope) => create(host, scope),
        args::Baseline::Update { scope, accept_new } => update(host, scope, *accept_new),
        args::Baseline::Check(scope) => check(host, scope),
    }
}

/// Accepts everything.
fn create(host: &dyn Host, scope: &Scope) -> Result<Exit, Failure> {
    // One that cannot be read is no reason not to say that it is there.
    let loaded = load_for(host, &Scope { no_baseline: true, ..scope.clone() })?;
    let path = location(host, scope, &loaded.root)?;
    let target = loaded.root.join(&path);
    if host.exists(&target) {
        let message =
            format!("{path} exists and is not overwritten; `plimsoll baseline update` keeps it short");
        return Err(Failure::Usage(message));
    }
    let outcome = judge_for(host, scope, loaded)?;
    let counts = suppress::counts(&outcome.world.map, &outcome.rules, &outcome.findings);
    let written = host.create(&target, suppress::text(&counts).as_bytes());
    written.map_err(|error| Failure::File(target, error))?;
    let found = plural(outcome.active().count(), "finding");
    tell(host, &outcome, &format!("wrote {path}: {found} accepted\n"))
}

/// Takes out what is no longer found.
fn update(host: &dyn Host, scope: &Scope, accept_new: bool) -> Result<Exit, Failure> {
    let (compared, outcome) = compare(host, scope)?;
    if is_incomplete(&outcome, false) {
        let message = "not everything could be looked at, so nothing is taken out";
        tell(host, &outcome, &format!("{message}\n"))?;
        return Ok(Exit::CouldNotLook);
    }
    let mut counts = Counts::new();
    for entry in compared.baseline.entries() {
        let count = counts.entry(entry.known.clone()).or_default();
        *count = count.saturating_add(entry.count);
    }
    let mut gone = 0;
    for (entry, count) in &compared.stale {
        gone = count.saturating_add(gone);
        if let Some(left) = counts.get_mut(&entry.known) {
            *left = left.saturating_sub(*count);
        }
    }
    counts.retain(|_, count| *count > 0);
    let new = suppress::counts(&outcome.world.map, &outcome.rules, &compared.new);
    if accept_new {
        for (known, count) in new {
            let accepted = counts.entry(known).or_default();
            *accepted = accepted.saturating_add(count);
        }
    }
    let written = host.write(&compared.target, suppress::text(&counts).as_bytes());
    written.map_err(|error| Failure::File(compared.target.clone(), error))?;
    let number = compared.new.len();
    let about_new = match (number, accept_new) {
        (0, _) => String::new(),
        (_, true) => format!(", {} accepted", plural(number, "new finding")),
        (_, false) => format!(", {} left to `plimsoll check`", plural(number, "new finding")),
    };
    tell(host, &outcome, &format!("wrote {}: {gone} taken out{about_new}\n", compared.path))
}

/// Says what is no longer found.
fn check(host: &dyn Host, scope: &Scope) -> Result<Exit, Failure> {
    let (compared, outcome) = compare(host, scope)?;
    let mut text = String::new();
    for (entry, _) in &compared.stale {
        let line = outcome.world.map.source(entry.span.source).position(entry.span.start).line;
        let known = &entry.known;
        let object = known.object.as_ref().map(|object| format!(" {object}")).unwrap_or_default();
        let place = format!("{}:{line}", compared.path);
        text += &escape(&format!("{place}: no longer found: {} in {}{object}", known.rule, known.file));
        text.push('\n');
    }
    let stale = compared.stale.len();
    let (accepted, new) = (outcome.active().count() - compared.new.len(), compared.new.len());
    text += &format!("{accepted} found again, {stale} no longer found, {new} new\n");
    let exit = tell(host, &outcome, &text)?;
    Ok(if exit == Exit::Clean && stale > 0 { Exit::Found } else { exit })
}

/// A baseline beside what was found without it.
struct Beside {
    baseline: Baseline,
    /// Relative to the root.
    path: Utf8PathBuf,
    target: Utf8PathBuf,
    /// Entries that accept more than there is, with how much.
    stale: Vec<(Entry, usize)>,
    /// Findings that no entry accepts.
    new: Vec<Finding>,
}

fn compare(host: &dyn Host, scope: &Scope) -> Result<(Beside, Outcome), Failure> {
    let mut loaded = load_for(host, scope)?;
    let path = location(host, scope, &loaded.root)?;
    let baseline = loaded.baseline.take().ok_or_else(|| {
        Failure::Usage(format!("{path} is not there; `plimsoll baseline create` writes it"))
    })?;
    let (named, settings, target) = (loaded.named.clone(), loaded.settings.clone(), loaded.root.join(&path));
    let outcome = judge_for(host, scope, loaded)?;
    let compared = baseline.compare(&outcome.world.map, &outcome.rules, &settings, &named, &outcome.findings);
    let with = outcome.findings.iter().zip(&compared.accepted);
    let new = with.filter(|(finding, accepted)| finding.is_active() && !**accepted);
    let new = new.map(|(finding, _)| finding.clone()).collect();
    let stale = compared.stale.into_iter().map(|(entry, count)| (entry.clone(), count)).collect();
    Ok((Beside { baseline, path, target, stale, new }, outcome))
}

fn load_for(host: &dyn Host, scope: &Scope) -> Result<Loaded, Failure> {
    load(host, scope, None, None, Color::Auto, &progress(host, false), &mut Timings::default())
}

fn judge_for(host: &dyn Host, scope: &Scope, loaded: Loaded) -> Result<Outcome, Failure> {
    judge(host, scope, loaded, &progress(host, false), &mut Timings::default())
}

/// Prints what was done, and what could not be looked at.
fn tell(host: &dyn Host, outcome: &Outcome, text: &str) -> Result<Exit, Failure> {
    host.print(Stream::Stderr, &gaps(&outcome.notices, &outcome.coverage)).map_err(Failure::Io)?;
    host.print(Stream::Stdout, text).map_err(Failure::Io)?;
    Ok(if is_incomplete(outcome, false) { Exit::CouldNotLook } else { Exit::Clean })
}
