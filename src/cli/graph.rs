//! `graph`: who applies what, and what one file has to do with it.

use camino::Utf8PathBuf;

use crate::discover::{Coverage, find_root};
use crate::host::{Host, Stream};
use crate::report;

use super::analysis::{Loaded, Timings, load, progress};
use super::args::{Color, Graph, Scope};
use super::{Exit, Failure};

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
    let Loaded { world, coverage, named, .. } = load_path(host, &args.path)?;
    let named: Vec<Utf8PathBuf> = named.into_iter().filter(|path| !path.as_str().is_empty()).collect();
    let text = report::graph(world.graph(), args.format, &named, focus.as_ref());
    host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    exit(host, &coverage)
}

/// The whole repository around a path, rendered, with the configuration it has.
pub(super) fn load_path(host: &dyn Host, path: &Utf8PathBuf) -> Result<Loaded, Failure> {
    let scope = Scope { paths: vec![path.clone()], ..Scope::default() };
    load(host, &scope, None, None, Color::default(), &progress(host, false), &mut Timings::default())
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
