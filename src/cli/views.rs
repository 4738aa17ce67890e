//! What people look at: `graph`, `matrix`, `diff` and `report`.
//!
//! A view decides nothing: its exit code tells whether everything could be looked at, not what was found.

use camino::Utf8PathBuf;

use crate::discover::{Coverage, FileKind, find_root};
use crate::engine::{Mask, Notice, World};
use crate::graph::ChangeView;
use crate::host::{Host, Stream};
use crate::report;
use crate::yaml::Problem;

use super::analysis::{Loaded, Timings, judge, load, progress};
use super::args::{Color, Diff, Graph, Matrix, Report, ReportFormat, Scope};
use super::{Exit, Failure, change};

/// Draws the graph.
pub(super) fn graph(host: &dyn Host, args: &Graph) -> Result<Exit, Failure> {
    let focus = match &args.focus {
        Some(path) => {
            // As for other paths: both must lie in one repository.
            let found = find_root(host, &[args.path.clone(), path.clone()]);
            let found = found.map_err(|error| Failure::Usage(error.to_string()))?;
            let alone = find_root(host, std::slice::from_ref(path));
            let alone = alone.map_err(|error| Failure::Usage(error.to_string()))?;
            let absolute = alone.named.first().map(|named| alone.path.join(named)).unwrap_or(alone.path);
            Some(absolute.strip_prefix(&found.path).map(Utf8PathBuf::from).unwrap_or_default())
        }
        None => None,
    };
    let (loaded, named) = load_path(host, &args.path)?;
    let text = report::graph(loaded.world.graph(), args.format, &named, focus.as_ref());
    print(host, &loaded.world, text)?;
    tell(host, &loaded.notices, &loaded.coverage)
}

/// Draws the matrix.
pub(super) fn matrix(host: &dyn Host, args: &Matrix) -> Result<Exit, Failure> {
    let (loaded, named) = load_path(host, &args.path)?;
    let text = report::matrix(loaded.world.graph(), args.format, &named);
    print(host, &loaded.world, text)?;
    tell(host, &loaded.notices, &loaded.coverage)
}

/// Shows what a change does to what is applied.
pub(super) fn diff(host: &dyn Host, args: &Diff) -> Result<Exit, Failure> {
    let (mut loaded, _) = load_path(host, &args.path)?;
    let scope = Scope { paths: vec![args.path.clone()], ..Scope::default() };
    let (base, notices, compared) = change::revision_base(host, &scope, &args.revision, &loaded)?;
    loaded.notices.extend(notices);
    let view = ChangeView { base: base.world.graph(), head: loaded.world.graph(), messages: &base.messages };
    let text = report::changes(&view, &compared, !args.full);
    // What is a secret in one revision may be none by its place in the other.
    let text = Mask::of(&base.world, &[]).without_secrets(text.into()).into_owned();
    print(host, &loaded.world, text)?;
    tell(host, &loaded.notices, &loaded.coverage)
}

/// Writes the page.
pub(super) fn report(host: &dyn Host, args: &Report) -> Result<Exit, Failure> {
    let progress = progress(host, false);
    let mut timings = Timings::default();
    let loaded = load(host, &args.scope, None, None, Color::default(), &progress, &mut timings)?;
    let outcome = judge(host, &args.scope, loaded, &progress, &mut timings)?;
    progress.stage("reporting");
    let page = match args.format {
        ReportFormat::Html => report::html(&outcome),
    };
    match &args.output {
        Some(file) => {
            host.write(file, page.as_bytes()).map_err(|error| Failure::File(file.clone(), error))?;
        }
        None => host.print(Stream::Stdout, &page).map_err(Failure::Io)?,
    }
    drop(progress);
    tell(host, &outcome.notices, &outcome.coverage)
}

/// The whole repository around a path, rendered, with the configuration it has; and the paths to limit a view to.
fn load_path(host: &dyn Host, path: &Utf8PathBuf) -> Result<(Loaded, Vec<Utf8PathBuf>), Failure> {
    let scope = Scope { paths: vec![path.clone()], ..Scope::default() };
    let progress = progress(host, false);
    let mut loaded = load(host, &scope, None, None, Color::default(), &progress, &mut Timings::default())?;
    let lost = lost(&loaded.world);
    loaded.notices.extend(lost);
    let named = loaded.named.iter().filter(|path| !path.as_str().is_empty()).cloned().collect();
    Ok((loaded, named))
}

/// The documents that cannot be read: owners in them are not drawn.
fn lost(world: &World) -> Vec<Notice> {
    let files = world.repository.files.iter().filter(|file| file.kind != FileKind::Template);
    let problems = files.flat_map(|file| &file.parsed.problems);
    let lost = problems.filter(|problem| problem.kind.loses_document());
    let notice = |problem: &Problem| Notice {
        path: Some(world.map.source(problem.span.source).path().to_owned()),
        span: Some(problem.span),
        // In words of its own: nobody has looked for secrets in those of the reader.
        message: "a document cannot be read, and owners in it are not shown; `check` says why".to_owned(),
        failed: false,
    };
    lost.map(notice).collect()
}

/// Prints a drawing without the secrets that an overlay may have put into a name.
fn print(host: &dyn Host, world: &World, text: String) -> Result<(), Failure> {
    let shown = Mask::of(world, &[]).without_secrets(text.into());
    host.print(Stream::Stdout, &shown).map_err(Failure::Io)
}

/// Says what could not be looked at.
fn tell(host: &dyn Host, notices: &[Notice], coverage: &Coverage) -> Result<Exit, Failure> {
    host.print(Stream::Stderr, &report::gaps(notices, coverage)).map_err(Failure::Io)?;
    let is_unread = coverage.skipped.iter().any(|skip| skip.reason.is_failure());
    let has_failed = notices.iter().any(|notice| notice.failed);
    Ok(if is_unread || has_failed { Exit::CouldNotLook } else { Exit::Clean })
}
