//! What the configuration, the command line and the rules there are mean together: which rule runs where and at
//! which level, and what is accepted.

use camino::Utf8Path;
use globset::{GlobBuilder, GlobMatcher};
use rustc_hash::FxHashSet;

use crate::finding::{Level, ObjectName, Profile, Rule, RuleId};
use crate::source::{SourceId, Span};
use crate::yaml;

use super::file::{Config, Environment, FailOn, Ignore, LevelName, ProfileName, Selector};
use super::{Catalog, ConfigError, Date, Entries, PathSet, Spanned};

/// Largest file that is analysed unless the configuration says otherwise. The largest manifests people commit,
/// bundles of custom resource definitions, have a few megabytes.
const FILE_SIZE: u64 = 16 << 20;
/// Spans count bytes with 32 bits.
const LARGEST_FILE_SIZE: u64 = 1 << 30;

/// What a command line says about rules. It wins over the configuration file.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct CommandLine {
    /// `--profile`
    pub profile: Option<ProfileName>,
    /// `--select`: nothing but these rules runs, whatever the configuration selects or ignores.
    pub select: Vec<String>,
    /// `--extend-select`
    pub extend_select: Vec<String>,
    /// `--ignore`
    pub ignore: Vec<String>,
    /// `--fail-on`
    pub fail_on: Option<FailOn>,
}

/// A release of Kubernetes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KubernetesVersion {
    /// `1` in `1.31`
    pub major: u16,
    /// `31` in `1.31`
    pub minor: u16,
}

/// A pattern over the names of objects.
#[derive(Clone, Debug)]
pub struct ObjectPattern {
    glob: GlobMatcher,
    has_namespace: bool,
}

/// An entry of `ignores`.
#[derive(Clone, Debug)]
pub struct ConfiguredIgnore {
    /// The rules it names, as typed.
    pub selector: String,
    /// The place of the rule's name in the configuration.
    pub span: Span,
    /// Those of the rules that run.
    pub rules: Vec<RuleId>,
    /// Where it holds; everywhere when `None`.
    pub paths: Option<PathSet>,
    /// On what it holds; on everything when empty.
    pub objects: Vec<ObjectPattern>,
    /// Why.
    pub reason: Option<String>,
    /// The last day on which it holds, and where that is written.
    pub until: Option<(Date, Span)>,
}

/// Which rules run, and at which levels; by index in the catalog. `None` means "does not run".
type Levels = Vec<Option<Level>>;

/// Rules and levels for some paths.
#[derive(Clone, Debug)]
struct PathLayer {
    paths: PathSet,
    layer: Layer,
}

/// One layer of choices on top of another.
#[derive(Clone, Default, Debug)]
struct Layer {
    /// Start again from exactly these rules.
    restart: Option<FxHashSet<usize>>,
    /// The restart is that of a profile: what the configuration adds and ignores for all paths still holds.
    restart_is_profile: bool,
    add: Vec<usize>,
    remove: Vec<usize>,
    levels: Vec<(usize, Level)>,
}

/// The configuration of a run.
#[derive(Clone, Debug)]
pub struct Settings {
    catalog: Catalog,
    /// Index in the catalog by [`RuleId`].
    active: Vec<usize>,
    /// The configuration file's choice for all paths.
    base: Layer,
    overrides: Vec<PathLayer>,
    /// The command line's choice. With `restart`, nothing else selects rules.
    command_line: Layer,
    /// Accepted findings.
    pub ignores: Vec<ConfiguredIgnore>,
    /// Paths that are not analysed, in `.gitignore` syntax.
    pub exclude: Vec<String>,
    /// The environments, as declared.
    pub environments: Vec<Environment>,
    /// The oldest Kubernetes version that is targeted.
    pub kubernetes_version: Option<KubernetesVersion>,
    /// Largest file in bytes.
    pub file_size: u64,
    /// Limits of the YAML reader.
    pub limits: yaml::Limits,
    /// Whether suppressions must give a reason.
    pub require_reason: bool,
    /// Whether plimsoll's own comments count.
    pub inline_ignores: bool,
    /// Whether other tools' markers count.
    pub compat_ignores: bool,
    /// Findings of this level and above decide the exit code; `None` means never.
    pub fail_on: Option<Level>,
}

impl Settings {
    /// The settings for a configuration and a command line, given all rules there are.
    ///
    /// # Errors
    /// All that is wrong, in the order of the file, the command line first.
    pub fn resolve(
        config: &Config,
        command_line: &CommandLine,
        rules: &[&'static Rule],
    ) -> Result<Settings, Vec<ConfigError>> {
        let mut resolver = Resolver { catalog: Catalog::new(rules), errors: Vec::new() };
        let settings = resolver.settings(config, command_line);
        resolver.errors.sort_by_key(|error| error.span);
        if resolver.errors.is_empty() { Ok(settings) } else { Err(resolver.errors) }
    }

    /// The rules that run on some path, as indices into the rules given to [`Settings::resolve`], with their
    /// levels where no override applies. The position in this list is the [`RuleId`] of the rule.
    pub fn active(&self) -> impl Iterator<Item = (usize, Level)> + '_ {
        let base = self.levels(None);
        let level = move |index: usize| {
            let own = self.catalog.rules().get(index).map_or(Level::Warning, |rule| rule.level);
            base.get(index).copied().flatten().unwrap_or(own)
        };
        self.active.iter().map(move |&index| (index, level(index)))
    }

    /// The rules there are.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The ids of those rules that a selector names and that run.
    ///
    /// # Errors
    /// It names no rule at all.
    pub fn find(&self, selector: &str) -> Result<Vec<RuleId>, super::Unknown> {
        Ok(self.ids(&self.catalog.find(selector)?))
    }

    fn ids(&self, indices: &[usize]) -> Vec<RuleId> {
        let active = self.active.iter().enumerate().filter(|(_, index)| indices.contains(index));
        active.map(|(id, _)| RuleId(id as u16)).collect()
    }

    /// Whether any path has rules or levels of its own.
    pub fn has_overrides(&self) -> bool {
        !self.overrides.is_empty()
    }

    /// The level of every active rule on a path, by [`RuleId`]; `None` where the rule does not run.
    pub fn levels_on(&self, path: &Utf8Path) -> Vec<Option<Level>> {
        let levels = self.levels(Some(path));
        self.active.iter().map(|&index| levels.get(index).copied().flatten()).collect()
    }

    /// The level of a rule on a path; `None` where it does not run.
    pub fn level_on(&self, path: &Utf8Path, rule: RuleId) -> Option<Level> {
        self.levels_on(path).get(usize::from(rule.0)).copied().flatten()
    }

    fn levels(&self, path: Option<&Utf8Path>) -> Levels {
        let rules = self.catalog.rules();
        let mut levels: Vec<Level> = rules.iter().map(|rule| rule.level).collect();
        let mut runs = vec![false; rules.len()];
        let selected = self.command_line.restart.as_ref();
        let holding =
            self.overrides.iter().filter(|layer| path.is_some_and(|path| layer.paths.contains(path)));
        for layer in std::iter::once(&self.base).chain(holding.map(|layer| &layer.layer)) {
            if selected.is_none() {
                layer.choose(&mut runs, &self.base);
            }
            layer.set_levels(&mut levels);
        }
        match selected {
            // What an override takes away from its paths stays away.
            Some(selected) => {
                for &index in selected {
                    set(&mut runs, index, true);
                }
                let holding =
                    self.overrides.iter().filter(|layer| path.is_some_and(|path| layer.paths.contains(path)));
                for layer in holding {
                    layer.layer.remove.iter().for_each(|&index| set(&mut runs, index, false));
                }
                self.command_line.add_and_remove(&mut runs);
            }
            None => self.command_line.add_and_remove(&mut runs),
        }
        runs.into_iter().zip(levels).map(|(runs, level)| runs.then_some(level)).collect()
    }

    /// Says that the configuration file is this source of the run's own map, so that findings can point into it.
    pub fn set_source(&mut self, source: SourceId) {
        for ignore in &mut self.ignores {
            ignore.span.source = source;
            if let Some((_, span)) = &mut ignore.until {
                span.source = source;
            }
        }
    }
}

fn set(runs: &mut [bool], index: usize, value: bool) {
    if let Some(slot) = runs.get_mut(index) {
        *slot = value;
    }
}

impl Layer {
    fn choose(&self, runs: &mut [bool], base: &Layer) {
        if let Some(restart) = &self.restart {
            for (index, slot) in runs.iter_mut().enumerate() {
                *slot = restart.contains(&index);
            }
            if self.restart_is_profile {
                base.add_and_remove(runs);
            }
        }
        self.add_and_remove(runs);
    }

    fn add_and_remove(&self, runs: &mut [bool]) {
        self.add.iter().for_each(|&index| set(runs, index, true));
        self.remove.iter().for_each(|&index| set(runs, index, false));
    }

    fn set_levels(&self, levels: &mut [Level]) {
        for &(index, level) in &self.levels {
            if let Some(slot) = levels.get_mut(index) {
                *slot = level;
            }
        }
    }
}

impl ObjectPattern {
    /// Whether the pattern names this object. Without a namespace in the pattern, any will do: where it is set
    /// differs from repository to repository.
    pub fn matches(&self, object: &ObjectName) -> bool {
        let name = match (&object.namespace, self.has_namespace) {
            (Some(namespace), true) => format!("{}/{namespace}/{}", object.kind, object.name),
            (None, true) => return false,
            (_, false) => format!("{}/{}", object.kind, object.name),
        };
        self.glob.is_match(name)
    }
}

impl ConfiguredIgnore {
    /// Whether it still holds on a day.
    pub fn holds(&self, today: Date) -> bool {
        self.until.is_none_or(|(until, _)| today <= until)
    }
}

/// Turns words into what they mean and collects those that mean nothing.
struct Resolver {
    catalog: Catalog,
    errors: Vec<ConfigError>,
}

impl Resolver {
    fn settings(&mut self, config: &Config, command_line: &CommandLine) -> Settings {
        let profile = command_line.profile.or(config.profile.as_ref().map(|profile| profile.value));
        let base = self.base(config, command_line.profile, profile.unwrap_or_default());
        let overrides: Vec<PathLayer> = config
            .overrides
            .iter()
            .map(|entry| {
                if entry.paths.value.is_empty() {
                    self.errors
                        .push(ConfigError::new(entry.paths.span, "an override without paths does nothing"));
                }
                self.exclusive(entry.profile.as_ref(), &entry.select);
                let profile = entry.profile.as_ref().map(|profile| self.profile(profile.value));
                let select = self.selected(&entry.select);
                PathLayer {
                    paths: PathSet::new(&entry.paths.value, &mut self.errors),
                    layer: Layer {
                        restart_is_profile: select.is_none(),
                        restart: select.or(profile),
                        add: self.all(&entry.extend_select),
                        remove: self.all(&entry.ignore),
                        levels: self.levels(&entry.severity),
                    },
                }
            })
            .collect();
        let command_line_layer = Layer {
            restart: (!command_line.select.is_empty())
                .then(|| self.typed("--select", &command_line.select).into_iter().collect()),
            add: self.typed("--extend-select", &command_line.extend_select),
            remove: self.typed("--ignore", &command_line.ignore),
            ..Layer::default()
        };
        let mut settings = Settings {
            active: Vec::new(),
            base,
            overrides,
            command_line: command_line_layer,
            ignores: Vec::new(),
            exclude: self.exclude(config),
            environments: self.environments(config),
            kubernetes_version: self.kubernetes_version(config),
            file_size: self.file_size(config),
            limits: self.yaml_limits(config),
            require_reason: config.require_reason,
            inline_ignores: config.inline_ignores,
            compat_ignores: config.compat_ignores,
            fail_on: command_line.fail_on.unwrap_or(config.fail_on).into(),
            catalog: self.catalog.clone(),
        };
        settings.active = active(&settings);
        settings.ignores = config.ignores.iter().map(|entry| self.ignore(entry, config, &settings)).collect();
        settings
    }

    fn base(&mut self, config: &Config, overruled: Option<ProfileName>, profile: ProfileName) -> Layer {
        self.exclusive(config.profile.as_ref(), &config.select);
        let select = self.selected(&config.select).filter(|_| overruled.is_none());
        let profile = self.profile(profile);
        Layer {
            restart: select.or(Some(profile)),
            restart_is_profile: false,
            add: self.all(&config.extend_select),
            remove: self.all(&config.ignore),
            levels: self.levels(&config.severity),
        }
    }

    fn exclusive(&mut self, profile: Option<&Spanned<ProfileName>>, select: &[Spanned<Selector>]) {
        if let (Some(profile), false) = (profile, select.is_empty()) {
            let error = ConfigError::new(profile.span, "`profile` has no effect beside `select`");
            self.errors.push(
                error.help("remove one of them, or add rules to the profile with `extend-select`".to_owned()),
            );
        }
    }

    fn profile(&self, profile: ProfileName) -> FxHashSet<usize> {
        let runs = |rule: &Rule| match profile {
            ProfileName::Default => rule.profile == Profile::Default,
            // Two names for one set as long as no rule is in preview or deprecated.
            ProfileName::Pedantic | ProfileName::All => true,
        };
        self.catalog
            .rules()
            .iter()
            .enumerate()
            .filter(|(_, rule)| runs(rule))
            .map(|(index, _)| index)
            .collect()
    }

    fn selected(&mut self, selectors: &[Spanned<Selector>]) -> Option<FxHashSet<usize>> {
        (!selectors.is_empty()).then(|| self.all(selectors).into_iter().collect())
    }

    fn all(&mut self, selectors: &[Spanned<Selector>]) -> Vec<usize> {
        selectors.iter().flat_map(|selector| self.one(selector)).collect()
    }

    fn one(&mut self, selector: &Spanned<Selector>) -> Vec<usize> {
        self.catalog.find(&selector.value.0).unwrap_or_else(|unknown| {
            self.errors.push(ConfigError::new(selector.span, unknown.message).help(unknown.help));
            Vec::new()
        })
    }

    fn typed(&mut self, flag: &str, selectors: &[String]) -> Vec<usize> {
        let mut indices = Vec::new();
        for selector in selectors {
            match self.catalog.find(selector) {
                Ok(found) => indices.extend(found),
                Err(unknown) => {
                    let error = ConfigError::new(None, format!("{flag}: {}", unknown.message));
                    self.errors.push(error.help(unknown.help));
                }
            }
        }
        indices
    }

    fn levels(&mut self, severity: &Entries<Selector, LevelName>) -> Vec<(usize, Level)> {
        let mut levels = Vec::new();
        for (selector, level) in &severity.0 {
            levels.extend(self.one(selector).into_iter().map(|index| (index, Level::from(*level))));
        }
        levels
    }

    fn ignore(&mut self, entry: &Ignore, config: &Config, settings: &Settings) -> ConfiguredIgnore {
        let span = entry.rule.span;
        let reason = entry.reason.clone().filter(|reason| !reason.trim().is_empty());
        if config.require_reason && reason.is_none() {
            let error = ConfigError::new(span, "the entry has no `reason`, and `require-reason` is set");
            self.errors.push(error.help("say why the findings are accepted".to_owned()));
        }
        let until = entry.until.as_ref().and_then(|until| match until.value.parse() {
            Ok(date) => Some((date, until.span)),
            Err(message) => {
                let error = ConfigError::new(until.span, message);
                self.errors
                    .push(error.help("write the last day on which it holds, such as 2027-01-31".to_owned()));
                None
            }
        });
        ConfiguredIgnore {
            selector: entry.rule.value.0.clone(),
            span,
            rules: settings.ids(&self.one(&entry.rule)),
            paths: (!entry.paths.is_empty()).then(|| PathSet::new(&entry.paths, &mut self.errors)),
            objects: entry.objects.iter().filter_map(|pattern| self.object(pattern)).collect(),
            reason,
            until,
        }
    }

    fn object(&mut self, pattern: &Spanned<String>) -> Option<ObjectPattern> {
        let slashes = pattern.value.matches('/').count();
        if !(1..=2).contains(&slashes) {
            let message = format!("`{}` names no object", pattern.value);
            let error = ConfigError::new(pattern.span, message);
            self.errors
                .push(error.help("write `Kind/name` or `Kind/namespace/name`, with `*` for any".to_owned()));
            return None;
        }
        match GlobBuilder::new(&pattern.value).literal_separator(true).build() {
            Ok(glob) => Some(ObjectPattern { glob: glob.compile_matcher(), has_namespace: slashes == 2 }),
            Err(error) => {
                self.errors.push(ConfigError::new(pattern.span, error.to_string()));
                None
            }
        }
    }

    fn exclude(&mut self, config: &Config) -> Vec<String> {
        // Built to find what is no pattern; the walk has patterns of its own to add.
        PathSet::new(&config.exclude, &mut self.errors);
        config.exclude.iter().map(|pattern| pattern.value.clone()).collect()
    }

    fn environments(&mut self, config: &Config) -> Vec<Environment> {
        let mut names = FxHashSet::default();
        for environment in &config.environments {
            let name = &environment.name;
            if !names.insert(name.value.as_str()) {
                let message = format!("a second environment `{}`", name.value);
                self.errors.push(ConfigError::new(name.span, message));
            }
            PathSet::new(&environment.matches.value.paths, &mut self.errors);
            if environment.matches.value == super::Match::default() {
                let error = ConfigError::new(environment.matches.span, "nothing belongs to this environment");
                self.errors
                    .push(error.help("name paths, labels, namespaces, clusters or branches".to_owned()));
            }
        }
        config.environments.clone()
    }

    fn kubernetes_version(&mut self, config: &Config) -> Option<KubernetesVersion> {
        let Spanned { value, span } = config.kubernetes_version.as_ref()?;
        let version = kubernetes_version(value);
        if version.is_none() {
            let error = ConfigError::new(*span, format!("`{value}` is not a Kubernetes version"));
            self.errors.push(error.help("write it as `1.31`".to_owned()));
        }
        version
    }

    fn file_size(&mut self, config: &Config) -> u64 {
        let Some(Spanned { value, span }) = &config.limits.file_size else { return FILE_SIZE };
        match size(value).filter(|size| (1..=LARGEST_FILE_SIZE).contains(size)) {
            Some(size) => size,
            None => {
                let error = ConfigError::new(*span, format!("`{value}` is not a file size"));
                self.errors
                    .push(error.help("write bytes, or a number with KiB or MiB, up to 1GiB".to_owned()));
                FILE_SIZE
            }
        }
    }

    fn yaml_limits(&mut self, config: &Config) -> yaml::Limits {
        let mut limits = yaml::Limits::default();
        if let Some(Spanned { value, span }) = config.limits.depth {
            match u32::try_from(value) {
                Ok(depth @ 1..=10_000) => limits.depth = depth,
                _ => self.errors.push(ConfigError::new(span, "the depth lies between 1 and 10000")),
            }
        }
        limits
    }
}

/// The rules that some path could have, in the order of the catalog.
fn active(settings: &Settings) -> Vec<usize> {
    let base = settings.levels(None);
    let mut runs: Vec<bool> = base.iter().map(Option::is_some).collect();
    if settings.command_line.restart.is_none() {
        for PathLayer { layer, .. } in &settings.overrides {
            let added = layer.add.iter().chain(layer.restart.iter().flatten());
            added.for_each(|&index| set(&mut runs, index, true));
            // A profile for some paths brings back what the configuration adds for all.
            if layer.restart_is_profile && layer.restart.is_some() {
                settings.base.add.iter().for_each(|&index| set(&mut runs, index, true));
            }
        }
        settings.command_line.remove.iter().for_each(|&index| set(&mut runs, index, false));
    }
    runs.iter().enumerate().filter(|(_, runs)| **runs).map(|(index, _)| index).collect()
}

/// `1.31`, `v1.31`, `1.31.4`
fn kubernetes_version(text: &str) -> Option<KubernetesVersion> {
    let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
    let mut number = || parts.next()?.parse().ok();
    let version = KubernetesVersion { major: number()?, minor: number()? };
    let patch_is_number = parts.next().is_none_or(|patch| patch.parse::<u16>().is_ok());
    (version.major == 1 && patch_is_number).then_some(version)
}

/// `4096`, `512KiB`, `16 MiB`, `1MB`
fn size(text: &str) -> Option<u64> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at_checked(digits)?;
    let factor: u64 = match unit.trim() {
        "" | "B" => 1,
        "K" | "KB" => 1_000,
        "M" | "MB" => 1_000_000,
        "G" | "GB" => 1_000_000_000,
        "Ki" | "KiB" => 1 << 10,
        "Mi" | "MiB" => 1 << 20,
        "Gi" | "GiB" => 1 << 30,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(factor)
}
