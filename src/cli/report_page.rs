//! `report`: the findings and everything around them, as a page.

use crate::host::{Host, Stream};
use crate::report;

use super::analysis::{Timings, judge, load, progress};
use super::args::{Color, Report, ReportFormat};
use super::{Exit, Failure};

/// Writes the page. It decides nothing: the exit code tells whether everything could be looked at.
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
    host.print(Stream::Stderr, &report::gaps(&outcome)).map_err(Failure::Io)?;
    let unread = outcome.coverage.skipped.iter().any(|skip| skip.reason.is_failure());
    let failed = outcome.notices.iter().any(|notice| notice.failed);
    Ok(if unread || failed { Exit::CouldNotLook } else { Exit::Clean })
}
