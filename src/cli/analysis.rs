//! What commands about a whole repository share: from the named paths to a rendered world, and on to an outcome.
//!
//! Owns what the user asked about and which configuration counts. Must not print anything.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{self, CommandLine, Config, ConfigError, Date, FailOn, Settings};
use crate::discover::{Coverage, Discovered, Exclude, Root, discover, discover_one, find_root};
use crate::engine::{self, ActiveRule, Mask, Notice, Outcome, Policies, RuleSet, World};
use crate::finding::{Finding, RuleRef};
use crate::host::{Host, Stream};
use crate::render::Rendered;
use crate::schema::Unverified;
use crate::source::{PADDING, Source, SourceId, SourceKind, SourceMap};
use crate::suppress::{self, Baseline};

use super::args::{Color, Scope};
use super::change::Comparison;
use super::progress::Progress;
use super::{Failure, all_rules, baseline, given, history, pipeline, policies};

/// Standard input as a path.
const STDIN: &str = "-";
/// What standard input is called when nobody says what it stands for.
const STDIN_NAME: &str = "stdin.yaml";

/// No configuration that a person wrote is larger, in bytes.
const LARGEST_CONFIG: u64 = 1 << 20;

/// A repository that was read and rendered.
pub(super) struct Loaded {
    /// Files, units and the graph.
    pub world: World,
    /// What was looked at.
    pub coverage: Coverage,
    /// The named paths relative to the root; the empty path stands for all of it.
    pub named: Vec<Utf8PathBuf>,
    /// What happened on the way.
    pub notices: Vec<Notice>,
    /// What it is compared with.
    pub base: Option<Base>,
    /// What only the findings that a change causes are asked for of.
    pub comparison: Option<Comparison>,
    /// The findings that are accepted.
    pub baseline: Option<Baseline>,
    /// What is asked in Rego.
    pub policies: Option<Arc<Policies>>,
    /// Absolute path of the repository.
    pub root: Utf8PathBuf,
    /// What the configuration and the command line say.
    pub settings: Settings,
}

/// A revision that another one is compared with.
pub(super) struct Base {
    /// Files, units and the graph.
    pub world: World,
    /// What the authors of the change say about it.
    pub messages: Vec<String>,
}

/// Reads and renders the repository around the paths of `scope`. `color` is for errors of the configuration.
pub(super) fn load(
    host: &dyn Host,
    scope: &Scope,
    stdin_filename: Option<&Utf8PathBuf>,
    fail_on: Option<FailOn>,
    color: Color,
    progress: &Progress,
    timings: &mut Timings,
) -> Result<Loaded, Failure> {
    let input = Input::new(host, scope, stdin_filename)?;
    let command_line = CommandLine {
        profile: scope.profile,
        select: scope.select.clone(),
        extend_select: scope.extend_select.clone(),
        ignore: scope.ignore.clone(),
        fail_on,
        kubernetes_version: scope.kubernetes_version,
    };
    let configured = Configured::read(host, ConfigFile::of(scope), command_line, &input.root.path, color)?;
    let settings = configured.before_policies()?;

    progress.stage("reading files");
    let discovered = input.discover(host, &settings, &scope.exclude)?;
    timings.mark(host, "walk and read");

    progress.stage("parsing");
    let (mut world, mut coverage, of_pipelines) =
        pipeline::build_world(host, discovered, settings.limits, timings);
    let mut notices = Vec::new();
    if !input.alone {
        progress.stage("rendering");
        let (root, known) = (&input.root.path, Rendered::default());
        notices = pipeline::render(host, root, &settings, &mut world, known, &mut coverage, timings);
        // A file on its own has nothing around it that it could name.
        notices.extend(of_pipelines);
    }
    progress.stage("reading policies");
    let (policies, problems) = policies::read(host, scope, &settings, &input.root.path, &world)?;
    notices.extend(problems);
    let settings = configured.with(&all_rules(policies.as_deref()))?;
    notices.extend(pipeline::no_schemas(&settings));
    timings.mark(host, "policies");
    let baseline = match input.alone {
        // Standard input without a name belongs to no repository.
        true => None,
        false => baseline::read(host, scope, &input.root.path, &world, color)?,
    };
    let Root { path: root, named } = input.root;
    Ok(Loaded {
        world,
        coverage,
        named,
        notices,
        base: None,
        comparison: None,
        baseline,
        policies,
        root,
        settings,
    })
}

/// Runs the rules on what was loaded, and decides what counts.
pub(super) fn judge(
    host: &dyn Host,
    scope: &Scope,
    loaded: Loaded,
    progress: &Progress,
    timings: &mut Timings,
) -> Result<Outcome, Failure> {
    let Loaded {
        mut world, mut coverage, named, mut notices, mut settings, root, baseline, policies, ..
    } = loaded;
    let Loaded { base, mut comparison, .. } = loaded;
    progress.stage("running rules");
    let rules = pipeline::rule_set(&settings, policies);
    if rules.needs_history() {
        let exclude = excluded(&settings, &scope.exclude, &named)?;
        notices.push(history::read(host, &root, &exclude, &mut world));
        if let Some(comparison) = &mut comparison {
            comparison.set_history(&world);
        }
        timings.mark(host, "history");
    }
    let has_baseline = baseline.is_some();
    let judge = Judge { host, scope, root: &root, named: &named, baseline: baseline.as_ref(), rules: &rules };
    let mut changes = Vec::new();
    if let Some(base) = base {
        let panics;
        (changes, panics) = engine::run_changes(&world, &base.world, &base.messages, &rules);
        notices.extend(panics);
    }
    // Which entries of a baseline nobody needs is known when all findings are.
    let mut beside = comparison.as_ref().filter(|_| !has_baseline).map(Comparison::base);
    let (findings, mask) = loop {
        let (mut findings, panics) = engine::run_beside(&world, beside, &rules);
        findings.extend_from_slice(&changes);
        engine::sort(&world.map, &mut findings);
        timings.mark(host, "rules");
        let (mut findings, mask) = judge.weigh(&world, &mut settings, findings)?;
        timings.mark(host, "suppressions");
        if let Some(comparison) = &comparison {
            progress.stage("comparing");
            comparison.keep_caused(&judge, &world, beside.is_some(), &mut settings, &mut findings)?;
            timings.mark(host, "comparison");
            let is_about_all = |finding: &Finding| is_about_all(rules.get(finding.rule));
            if beside.is_some() && findings.iter().any(is_about_all) {
                // So is which suppressions nobody needs.
                beside = None;
                continue;
            }
        }
        notices.extend(panics);
        break (findings, mask);
    };
    if let Some(mut comparison) = comparison {
        notices.extend(comparison.notices());
        // As in `check`, where the other revision goes.
        std::mem::forget(comparison);
    }
    coverage.not_verified = world.memo.get(Unverified::default).count();
    notices.extend(pipeline::nothing_analysed(&coverage));
    let fail_on = settings.fail_on;
    Ok(Outcome { world, rules, findings, has_baseline, notices, coverage, mask, fail_on })
}

/// Whether a rule's findings are made of those of all rules.
pub(super) fn is_about_all(active: &ActiveRule) -> bool {
    active.checks.is_empty() && active.policy.is_none()
}

/// What decides what counts, in any revision.
#[derive(Clone, Copy)]
pub(super) struct Judge<'j> {
    pub host: &'j dyn Host,
    pub scope: &'j Scope,
    pub root: &'j Utf8Path,
    pub named: &'j [Utf8PathBuf],
    pub baseline: Option<&'j Baseline>,
    pub rules: &'j RuleSet,
}

impl Judge<'_> {
    /// Levels, suppressions and the baseline: what of the rules' findings counts in a world, and how much. Gives what
    /// their reports must not show, too.
    pub fn weigh(
        &self,
        world: &World,
        settings: &mut Settings,
        findings: Vec<Finding>,
    ) -> Result<(Vec<Finding>, Mask), Failure> {
        let Self { host, scope, root, named, baseline, rules } = *self;
        let mut findings = weigh(host, scope, root, world, rules, settings, findings)?;
        pipeline::keep_named(&mut findings, &world.map, named);
        let mut mask = Mask::of(world, &findings);
        pipeline::scrub(&world.map, &mut findings, &mask);
        // What a baseline knows findings by holds no secret, so it is compared with what holds none.
        let about = baseline.and_then(|it| it.apply(&world.map, rules, settings, named, &mut findings));
        if let Some(about) = about {
            findings.push(about);
            engine::sort(&world.map, &mut findings);
            mask = Mask::of(world, &findings);
        }
        Ok((findings, mask))
    }
}

/// Levels and suppressions: what of the rules' findings counts in a world, and how much.
pub(super) fn weigh(
    host: &dyn Host,
    scope: &Scope,
    root: &Utf8Path,
    world: &World,
    rules: &RuleSet,
    settings: &mut Settings,
    findings: Vec<Finding>,
) -> Result<Vec<Finding>, Failure> {
    if let Some(file) = &settings_file(host, ConfigFile::of(scope), root)?
        && let Some(id) = world.map.find(file)
    {
        settings.set_source(id);
    }
    let today = Date::from_unix_seconds(host.unix_seconds());
    let findings = suppress::relevel(world, rules, settings, findings);
    Ok(suppress::apply(world, rules, settings, today, findings))
}

/// A spinner for people who wait at a terminal.
pub(super) fn progress(host: &dyn Host, quiet: bool) -> Progress {
    let in_ci = host.env("CI").is_some_and(|value| !value.is_empty());
    Progress::new(host.is_terminal(Stream::Stderr) && !quiet && !in_ci)
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
    fn new(host: &dyn Host, scope: &Scope, stdin_filename: Option<&Utf8PathBuf>) -> Result<Self, Failure> {
        let usage = |error: crate::discover::RootError| Failure::Usage(error.to_string());
        if scope.paths.iter().all(|path| path != STDIN) {
            if stdin_filename.is_some() {
                return Err(Failure::Usage("--stdin-filename goes with the path `-`".to_owned()));
            }
            return Ok(Self {
                root: find_root(host, &scope.paths).map_err(usage)?,
                stdin: None,
                alone: false,
            });
        }
        if scope.paths.len() > 1 {
            return Err(Failure::Usage("`-` stands alone: standard input or paths, not both".to_owned()));
        }
        let bytes = host.read_stdin().map_err(Failure::Io)?;
        let Some(name) = stdin_filename else {
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
        let exclude = excluded(settings, exclude, named)?;
        let mut discovered = discover(host, &self.root.path, &exclude, settings.file_size);
        if let Some((name, bytes)) = &self.stdin {
            discovered.replace(name, bytes.clone());
        }
        Ok(discovered)
    }
}

/// What the configuration and the command line leave out.
pub(super) fn excluded(
    settings: &Settings,
    more: &[String],
    named: &[Utf8PathBuf],
) -> Result<Exclude, Failure> {
    let patterns: Vec<String> = settings.exclude.iter().chain(more).cloned().collect();
    let exclude = Exclude::new(&patterns, named.to_vec()).map_err(Failure::Usage)?;
    Ok(exclude.with_runbooks(pipeline::rule_set(settings, None).reads_runbooks()))
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
    fn of(scope: &'a Scope) -> Self {
        match &scope.config {
            _ if scope.no_config => ConfigFile::None,
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

/// The configuration of the repository at `root`, for what has nothing to do with rules. `color` is for its errors.
pub(super) fn settings(
    host: &dyn Host,
    file: ConfigFile<'_>,
    command_line: CommandLine,
    root: &Utf8Path,
    color: Color,
) -> Result<Settings, Failure> {
    Configured::read(host, file, command_line, root, color)?.before_policies()
}

/// A configuration that was read: what it means for rules is known when policies are.
pub(super) struct Configured {
    map: SourceMap,
    config: Config,
    errors: Vec<ConfigError>,
    command_line: CommandLine,
    is_coloured: bool,
}

impl Configured {
    fn read(
        host: &dyn Host,
        file: ConfigFile<'_>,
        command_line: CommandLine,
        root: &Utf8Path,
        color: Color,
    ) -> Result<Self, Failure> {
        let mut map = SourceMap::default();
        let (config, errors) = match settings_file(host, file, root)? {
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
                let text = text
                    .ok_or_else(|| Failure::Usage(format!("{absolute} is not a text of reasonable size")))?;
                map = SourceMap::new(vec![Source::new(path, SourceKind::File, text)]);
                let (config, mut errors) = Config::parse(&map, SourceId(0));
                errors.extend(config.policies.iter().filter_map(|path| given::strays(host, root, path)));
                (config, errors)
            }
        };
        let is_coloured = use_color(host, color, Stream::Stderr);
        Ok(Self { map, config, errors, command_line, is_coloured })
    }

    /// What it means as far as rules of policies do not matter.
    fn before_policies(&self) -> Result<Settings, Failure> {
        let settings = Settings::before_policies(&self.config, &self.command_line, &all_rules(None));
        let is_wrong = settings.is_err() || !self.errors.is_empty();
        // All mistakes are told at once, unless a policy may still declare what seems to be one.
        if is_wrong && self.config.policies.is_empty() {
            return self.with(&all_rules(None));
        }
        self.resolved(settings)
    }

    /// What it means with all rules there are.
    fn with(&self, rules: &[RuleRef]) -> Result<Settings, Failure> {
        self.resolved(Settings::resolve(&self.config, &self.command_line, rules))
    }

    fn resolved(&self, settings: Result<Settings, Vec<ConfigError>>) -> Result<Settings, Failure> {
        let mut errors = self.errors.clone();
        match settings {
            Ok(settings) if errors.is_empty() => return Ok(settings),
            Ok(_) => {}
            Err(more) => errors.extend(more),
        }
        Err(Failure::Config(pipeline::config_errors(&self.map, &errors, self.is_coloured)))
    }
}

/// Whether a stream is coloured. <https://no-color.org> and <https://force-color.org>: a variable that is set and
/// not empty decides.
pub(super) fn use_color(host: &dyn Host, color: Color, stream: Stream) -> bool {
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

/// How long each stage took.
#[derive(Default)]
pub(super) struct Timings {
    stages: Vec<(&'static str, std::time::Duration)>,
}

impl Timings {
    /// Notes that a stage is over.
    pub(super) fn mark(&mut self, host: &dyn Host, stage: &'static str) {
        let before = self.stages.iter().map(|(_, took)| *took).sum();
        self.stages.push((stage, host.elapsed().saturating_sub(before)));
    }

    /// A line a stage, and the sum.
    pub(super) fn table(&self, host: &dyn Host) -> String {
        let line = |(name, took): &(&str, std::time::Duration)| {
            format!("{name:16} {:8.1} ms\n", took.as_secs_f64() * 1000.0)
        };
        let all = ("all", host.elapsed());
        self.stages.iter().chain([&all]).map(line).collect()
    }
}
