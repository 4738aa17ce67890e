//! `check`: the main job, from the arguments to the exit code.

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{self, CommandLine, Config, Date, Settings};
use crate::discover::{Discovered, Exclude, Root, discover, discover_one, find_root};
use crate::engine::{self, Mask, Outcome};
use crate::host::{Host, Stream};
use crate::report::{self, Format};
use crate::source::{PADDING, Source, SourceId, SourceKind, SourceMap};
use crate::suppress;

use super::args::{Check, Color};
use super::progress::Progress;
use super::{Exit, Failure, all_rules, files, init, pipeline};

/// Standard input as a path.
const STDIN: &str = "-";
/// What standard input is called when nobody says what it stands for.
const STDIN_NAME: &str = "stdin.yaml";

/// No configuration that a person wrote is larger, in bytes.
const LARGEST_CONFIG: u64 = 1 << 20;

/// Runs the check and prints its reports.
pub(super) fn check(
    host: &dyn Host,
    args: &Check,
    outputs: Vec<(Format, Option<Utf8PathBuf>)>,
) -> Result<Exit, Failure> {
    let in_ci = host.env("CI").is_some_and(|value| !value.is_empty());
    let progress = Progress::new(host.is_terminal(Stream::Stderr) && !args.quiet && !in_ci);
    let mut timings = Timings::default();

    let input = Input::new(host, args)?;
    let mut settings =
        settings(host, ConfigFile::of(args), command_line(args), &input.root.path, args.color)?;

    progress.stage("reading files");
    let discovered = input.discover(host, &settings, &args.exclude)?;
    timings.mark(host, "walk and read");

    progress.stage("parsing");
    let (mut world, mut coverage) = pipeline::build_world(discovered, settings.limits);
    timings.mark(host, "parse and type");
    let mut notices = Vec::new();
    if !input.alone {
        progress.stage("rendering");
        notices = pipeline::render(host, &input.root.path, &settings, &mut world, &mut coverage);
        timings.mark(host, "render");
    }
    if args.show_files {
        host.print(Stream::Stdout, &files::list(&world, &coverage)).map_err(Failure::Io)?;
        return Ok(Exit::Clean);
    }

    progress.stage("running rules");
    let rules = pipeline::rule_set(&settings);
    let (findings, panics) = engine::run(&world, &rules);
    notices.extend(panics);
    timings.mark(host, "rules");

    if let Some(file) = &settings_file(host, ConfigFile::of(args), &input.root.path)?
        && let Some(id) = world.map.files().iter().position(|source| source.path() == file)
    {
        settings.set_source(SourceId(id as u32));
    }
    let today = Date::from_unix_seconds(host.unix_seconds());
    let findings = suppress::relevel(&world, &rules, &settings, findings);
    let mut findings = suppress::apply(&world, &rules, &settings, today, findings);
    pipeline::keep_named(&mut findings, &world.map, &input.root.named);
    let mask = Mask::of(&world, &findings);
    pipeline::scrub(&world.map, &mut findings, &mask);
    notices.extend(pipeline::nothing_analysed(&coverage));
    timings.mark(host, "suppressions");

    progress.stage("reporting");
    let fail_on = settings.fail_on;
    let outcome = Outcome { world, rules, findings, notices, coverage, mask, fail_on };
    let is_told = outputs.iter().any(|(format, file)| *format == Format::Text && file.is_none());
    if !is_told && !args.quiet {
        // Formats for programs have no room for it, or nobody reads them here.
        host.print(Stream::Stderr, &report::gaps(&outcome)).map_err(Failure::Io)?;
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
    Ok(exit(&outcome, args))
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
    let settings = Settings::resolve(&Config::default(), &CommandLine::default(), &all_rules())
        .map_err(|_| Failure::Usage("the built-in configuration is wrong".to_owned()))?;
    let exclude = Exclude::new(&[], root.named).map_err(Failure::Usage)?;
    let discovered = discover(host, &root.path, &exclude, settings.file_size);
    let (world, _) = pipeline::build_world(discovered, settings.limits);
    let text = init::configuration(&world);
    if dry_run {
        host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    } else {
        host.write(&target, text.as_bytes()).map_err(|error| Failure::File(target.clone(), error))?;
        host.print(Stream::Stdout, &format!("wrote {target}\n")).map_err(Failure::Io)?;
    }
    Ok(Exit::Clean)
}

/// What the user asked about.
struct Input {
    root: Root,
    /// Text that stands in for a file, and that file's path relative to the root.
    stdin: Option<(Utf8PathBuf, Vec<u8>)>,
    /// Whether standard input is all there is: its name says nothing of a repository.
    alone: bool,
}

impl Input {
    fn new(host: &dyn Host, args: &Check) -> Result<Self, Failure> {
        let usage = |error: crate::discover::RootError| Failure::Usage(error.to_string());
        if args.paths.iter().all(|path| path != STDIN) {
            if args.stdin_filename.is_some() {
                return Err(Failure::Usage("--stdin-filename goes with the path `-`".to_owned()));
            }
            return Ok(Self {
                root: find_root(host, &args.paths).map_err(usage)?,
                stdin: None,
                alone: false,
            });
        }
        if args.paths.len() > 1 {
            return Err(Failure::Usage("`-` stands alone: standard input or paths, not both".to_owned()));
        }
        let bytes = host.read_stdin().map_err(Failure::Io)?;
        let Some(name) = &args.stdin_filename else {
            let root = find_root(host, &[]).map_err(usage)?;
            let root = Root { named: vec![STDIN_NAME.into()], ..root };
            return Ok(Self { root, stdin: Some((STDIN_NAME.into(), bytes)), alone: true });
        };
        // The file itself may not be there yet: an editor checks what is not saved.
        let directory = match name.parent() {
            Some(parent) if !parent.as_str().is_empty() => parent.to_owned(),
            _ => ".".into(),
        };
        let mut root = find_root(host, &[directory]).map_err(usage)?;
        let file = name.file_name().unwrap_or(STDIN_NAME);
        let path = root.named.first().map_or_else(|| file.into(), |directory| directory.join(file));
        root.named = vec![path.clone()];
        Ok(Self { root, stdin: Some((path, bytes)), alone: false })
    }

    fn discover(
        &self,
        host: &dyn Host,
        settings: &Settings,
        exclude: &[String],
    ) -> Result<Discovered, Failure> {
        let named = &self.root.named;
        if let (Some((name, bytes)), true) = (&self.stdin, self.alone) {
            return Ok(discover_one(name, bytes.clone()));
        }
        let patterns: Vec<String> = settings.exclude.iter().chain(exclude).cloned().collect();
        let exclude = Exclude::new(&patterns, named.clone()).map_err(Failure::Usage)?;
        let mut discovered = discover(host, &self.root.path, &exclude, settings.file_size);
        if let Some((name, bytes)) = &self.stdin {
            discovered.replace(name, bytes.clone());
        }
        Ok(discovered)
    }
}

/// Which configuration file is used.
#[derive(Clone, Copy)]
pub(super) enum ConfigFile<'a> {
    /// None.
    None,
    /// The one with this path.
    Named(&'a Utf8Path),
    /// That of the repository, if it has one.
    OfRepository,
}

impl<'a> ConfigFile<'a> {
    fn of(args: &'a Check) -> Self {
        match &args.config {
            _ if args.no_config => ConfigFile::None,
            Some(file) => ConfigFile::Named(file),
            None => ConfigFile::OfRepository,
        }
    }
}

/// The configuration file's path relative to the root, when there is one.
fn settings_file(
    host: &dyn Host,
    file: ConfigFile<'_>,
    root: &Utf8Path,
) -> Result<Option<Utf8PathBuf>, Failure> {
    match file {
        ConfigFile::None => Ok(None),
        ConfigFile::Named(file) => Ok(Some(file.to_owned())),
        ConfigFile::OfRepository => {
            let names = config::FILE_NAMES.iter().copied();
            let present: Vec<&str> = names.filter(|name| host.exists(&root.join(name))).collect();
            let chosen = config::choose(&present).map_err(|error| Failure::Usage(error.message))?;
            Ok(chosen.map(Utf8PathBuf::from))
        }
    }
}

fn command_line(args: &Check) -> CommandLine {
    CommandLine {
        profile: args.profile,
        select: args.select.clone(),
        extend_select: args.extend_select.clone(),
        ignore: args.ignore.clone(),
        fail_on: args.fail_on,
    }
}

/// The configuration of the repository at `root`. `color` is for its errors.
pub(super) fn settings(
    host: &dyn Host,
    file: ConfigFile<'_>,
    command_line: CommandLine,
    root: &Utf8Path,
    color: Color,
) -> Result<Settings, Failure> {
    let mut map = SourceMap::default();
    let (config, mut errors) = match settings_file(host, file, root)? {
        None => (Config::default(), Vec::new()),
        Some(path) => {
            // A file that the user names is looked for where the user is.
            let is_named = matches!(file, ConfigFile::Named(_));
            let absolute = if is_named { path.clone() } else { root.join(&path) };
            let text = host.read(&absolute, LARGEST_CONFIG, PADDING);
            let bytes = text.map_err(|error| match is_named {
                true => Failure::Usage(format!("{absolute}: {error}")),
                false => Failure::File(absolute.clone(), error),
            })?;
            let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
            let text =
                text.ok_or_else(|| Failure::Usage(format!("{absolute} is not a text of reasonable size")))?;
            map = SourceMap::new(vec![Source::new(path, SourceKind::File, text)]);
            Config::parse(&map, SourceId(0))
        }
    };
    match Settings::resolve(&config, &command_line, &all_rules()) {
        Ok(settings) if errors.is_empty() => return Ok(settings),
        Ok(_) => {}
        Err(more) => errors.extend(more),
    }
    Err(Failure::Config(pipeline::config_errors(&map, &errors, use_color(host, color, Stream::Stderr))))
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

/// Whether a stream is coloured. <https://no-color.org> and <https://force-color.org>: a variable that is set and
/// not empty decides.
fn use_color(host: &dyn Host, color: Color, stream: Stream) -> bool {
    let set = |name: &str| host.env(name).is_some_and(|value| !value.is_empty());
    match color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto if set("NO_COLOR") => false,
        Color::Auto if set("FORCE_COLOR") || set("CLICOLOR_FORCE") => true,
        // The log view of GitHub Actions renders colours though it is no terminal.
        Color::Auto => host.is_terminal(stream) || set("GITHUB_ACTIONS"),
    }
}

fn exit(outcome: &Outcome, args: &Check) -> Exit {
    let could_not_look =
        |skip: &crate::discover::Skip| skip.reason.is_failure() || (args.strict && skip.reason.is_gap());
    if outcome.coverage.skipped.iter().any(could_not_look)
        || (args.strict && !outcome.coverage.not_rendered.is_empty())
        || outcome.notices.iter().any(|notice| notice.failed)
    {
        return Exit::CouldNotLook;
    }
    let fails = |level| outcome.active().any(|finding| finding.level >= level);
    if !args.exit_zero && outcome.fail_on.is_some_and(fails) { Exit::Found } else { Exit::Clean }
}

/// How long each stage took.
#[derive(Default)]
struct Timings {
    stages: Vec<(&'static str, std::time::Duration)>,
}

impl Timings {
    fn mark(&mut self, host: &dyn Host, stage: &'static str) {
        let before = self.stages.iter().map(|(_, took)| *took).sum();
        self.stages.push((stage, host.elapsed().saturating_sub(before)));
    }

    fn table(&self, host: &dyn Host) -> String {
        let line = |(name, took): &(&str, std::time::Duration)| {
            format!("{name:16} {:8.1} ms\n", took.as_secs_f64() * 1000.0)
        };
        let all = ("all", host.elapsed());
        self.stages.iter().chain([&all]).map(line).collect()
    }
}
