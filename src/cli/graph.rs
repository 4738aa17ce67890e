//! `graph`: who applies what, and what one file has to do with it.

use camino::Utf8PathBuf;

use crate::config::CommandLine;
use crate::discover::{Coverage, Exclude, Root, discover, find_root};
use crate::engine::World;
use crate::host::{Host, Stream};
use crate::report;

use super::args::{Color, Graph};
use super::check::{ConfigFile, settings};
use super::progress::Progress;
use super::{Exit, Failure, pipeline};

/// Draws the graph.
pub(super) fn graph(host: &dyn Host, args: &Graph) -> Result<Exit, Failure> {
    let usage = |error: crate::discover::RootError| Failure::Usage(error.to_string());
    let root = find_root(host, std::slice::from_ref(&args.path)).map_err(usage)?;
    let focus = match &args.focus {
        Some(path) => {
            let found = find_root(host, &[root.path.clone(), path.clone()]).map_err(usage)?;
            // The root itself is named first, as the empty path.
            Some(found.named.into_iter().next_back().unwrap_or_default())
        }
        None => None,
    };
    let (world, coverage) = load(host, &root)?;
    let named: Vec<Utf8PathBuf> = root.named.into_iter().filter(|path| !path.as_str().is_empty()).collect();
    let text = report::graph(world.graph(), args.format, &named, focus.as_ref());
    host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    Ok(exit(host, &coverage)?)
}

/// The whole repository around a path, rendered, with the configuration it has.
pub(super) fn load(host: &dyn Host, root: &Root) -> Result<(World, Coverage), Failure> {
    let in_ci = host.env("CI").is_some_and(|value| !value.is_empty());
    let progress = Progress::new(host.is_terminal(Stream::Stderr) && !in_ci);
    let settings =
        settings(host, ConfigFile::OfRepository, CommandLine::default(), &root.path, Color::default())?;
    progress.stage("reading files");
    let exclude = Exclude::new(&settings.exclude, root.named.clone()).map_err(Failure::Usage)?;
    let discovered = discover(host, &root.path, &exclude, settings.file_size);
    progress.stage("parsing");
    let (mut world, mut coverage) = pipeline::build_world(discovered, settings.limits);
    progress.stage("rendering");
    pipeline::render(host, &root.path, &settings, &mut world, &mut coverage);
    Ok((world, coverage))
}

/// A view decides nothing: it fails only when it is incomplete because files could not be read.
pub(super) fn exit(host: &dyn Host, coverage: &Coverage) -> Result<Exit, Failure> {
    let mut exit = Exit::Clean;
    for skip in coverage.skipped.iter().filter(|skip| skip.reason.is_gap()) {
        let line = format!("warning: {}: not analysed, {}", skip.path, skip.reason.describe());
        host.print(Stream::Stderr, &format!("{}\n", report::escape(&line))).map_err(Failure::Io)?;
        if skip.reason.is_failure() {
            exit = Exit::CouldNotLook;
        }
    }
    Ok(exit)
}
