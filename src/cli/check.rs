//! `check`: the main job, from the arguments to the exit code.

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{self, CommandLine, Config, Settings};
use crate::discover::{Exclude, discover, find_root};
use crate::engine::Outcome;
use crate::host::{Host, Stream};
use crate::report::{self, Format};

use super::analysis::{Timings, judge, load, progress, use_color};
use super::args::{Check, Color};
use super::change::Comparison;
use super::{Exit, Failure, all_rules, change, files, init, pipeline};

/// Runs the check and prints its reports.
pub(super) fn check(
    host: &dyn Host,
    args: &Check,
    outputs: Vec<(Format, Option<Utf8PathBuf>)>,
) -> Result<Exit, Failure> {
    let progress = progress(host, args.quiet);
    let mut timings = Timings::default();
    let stdin = args.stdin_filename.as_ref();
    let mut loaded = load(host, &args.scope, stdin, args.fail_on, args.color, &progress, &mut timings)?;
    if args.show_files {
        host.print(Stream::Stdout, &files::list(&loaded.world, &loaded.coverage)).map_err(Failure::Io)?;
        return Ok(Exit::Clean);
    }
    if args.base.is_some() || args.base_dir.is_some() {
        progress.stage("reading what is compared with");
        let (base, notices) = change::base(host, args, &loaded)?;
        loaded.base = Some(base);
        loaded.notices.extend(notices);
        timings.mark(host, "base");
    }
    if let Some(revision) = &args.changed_since {
        progress.stage("reading what is compared with");
        loaded.comparison = Some(Comparison::new(host, &args.scope, revision, &loaded)?);
        timings.mark(host, "compared with");
    }
    let outcome = judge(host, &args.scope, loaded, &progress, &mut timings)?;

    progress.stage("reporting");
    let is_told = outputs.iter().any(|(format, file)| *format == Format::Text && file.is_none());
    if !is_told && !args.quiet {
        // Formats for programs have no room for it, or nobody reads them here.
        host.print(Stream::Stderr, &report::gaps(&outcome.notices, &outcome.coverage))
            .map_err(Failure::Io)?;
    }
    for (format, file) in outputs {
        let text = report::render(format, &outcome, &report_options(host, args, file.is_some()));
        match file {
            Some(file) => {
                host.write(&file, text.as_bytes()).map_err(|error| Failure::File(file, error))?;
            }
            None => host.print(Stream::Stdout, &text).map_err(Failure::Io)?,
        }
    }
    timings.mark(host, "reports");
    drop(progress);
    if args.timings {
        host.print(Stream::Stderr, &timings.table(host)).map_err(Failure::Io)?;
    }
    let exit = exit(&outcome, args);
    // The process ends here, and taking a large repository apart piece by piece takes longer than ending it.
    std::mem::forget(outcome);
    Ok(exit)
}

/// Writes a configuration that fits the repository.
pub(super) fn init(host: &dyn Host, path: &Utf8Path, dry_run: bool) -> Result<Exit, Failure> {
    let root = find_root(host, &[path.to_owned()]).map_err(|error| Failure::Usage(error.to_string()))?;
    let target = root.path.join(config::FILE_NAMES[0]);
    if let Some(known) = config::FILE_NAMES.iter().find(|name| host.exists(&root.path.join(name)))
        && !dry_run
    {
        return Err(Failure::Usage(format!("{known} exists and is not overwritten; see --dry-run")));
    }
    let settings = Settings::resolve(&Config::default(), &CommandLine::default(), &all_rules(None))
        .map_err(|_| Failure::Usage("the built-in configuration is wrong".to_owned()))?;
    let exclude = Exclude::new(&[], root.named).map_err(Failure::Usage)?;
    let discovered = discover(host, &root.path, &exclude, settings.file_size);
    let (world, ..) = pipeline::build_world(host, discovered, settings.limits, &mut Timings::default());
    let text = init::configuration(&world);
    if dry_run {
        host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    } else {
        host.create(&target, text.as_bytes()).map_err(|error| Failure::File(target.clone(), error))?;
        host.print(Stream::Stdout, &format!("wrote {target}\n")).map_err(Failure::Io)?;
    }
    Ok(Exit::Clean)
}

/// Which format goes where: an `--output` belongs to the `--format` before it. Formats without one go to standard
/// output, where there is room for one of them. The numbers are positions on the command line.
pub(super) fn pair(
    formats: &[(usize, Format)],
    outputs: &[(usize, Utf8PathBuf)],
) -> Result<Vec<(Format, Option<Utf8PathBuf>)>, Failure> {
    let usage = |text: &str| Err(Failure::Usage(text.to_owned()));
    let mut pairs: Vec<(Format, Option<Utf8PathBuf>)> = Vec::new();
    let mut outputs = outputs.iter().peekable();
    let formats = if formats.is_empty() { &[(0, Format::Text)][..] } else { formats };
    for (index, &(at, format)) in formats.iter().enumerate() {
        if outputs.peek().is_some_and(|(output, _)| *output < at) {
            return usage("every --output needs a --format before it");
        }
        let next = formats.get(index + 1).map_or(usize::MAX, |(next, _)| *next);
        pairs.push((format, outputs.next_if(|(output, _)| *output < next).map(|(_, file)| file.clone())));
        if outputs.peek().is_some_and(|(output, _)| *output < next) {
            return usage("a --format has one --output; repeat the --format for a second file");
        }
    }
    if pairs.iter().filter(|(_, file)| file.is_none()).count() > 1 {
        return usage("two formats would share standard output; give one an --output");
    }
    Ok(pairs)
}

fn report_options(host: &dyn Host, args: &Check, to_file: bool) -> report::Options {
    report::Options {
        color: use_color(host, args.color, Stream::Stdout) && !(to_file && args.color == Color::Auto),
        quiet: args.quiet,
        statistics: args.statistics,
        show_suppressed: args.show_suppressed,
        ..report::Options::default()
    }
}

/// Whether something could not be looked at. `strict` counts what is left out for its size or its kind, too.
pub(super) fn is_incomplete(outcome: &Outcome, strict: bool) -> bool {
    let could_not_look =
        |skip: &crate::discover::Skip| skip.reason.is_failure() || (strict && skip.reason.is_gap());
    outcome.coverage.skipped.iter().any(could_not_look)
        || (strict && !outcome.coverage.not_rendered.is_empty())
        || outcome.notices.iter().any(|notice| notice.failed)
}

fn exit(outcome: &Outcome, args: &Check) -> Exit {
    if is_incomplete(outcome, args.strict) {
        return Exit::CouldNotLook;
    }
    let fails = |level| outcome.active().any(|finding| finding.level >= level);
    if !args.exit_zero && outcome.fail_on.is_some_and(fails) { Exit::Found } else { Exit::Clean }
}
