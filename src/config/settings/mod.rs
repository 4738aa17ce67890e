//! What the configuration, the command line and the rules there are mean together: which rule runs where and at
//! which level, and what is accepted.

mod resolve;

use std::str::FromStr;

use camino::{Utf8Path, Utf8PathBuf};
use globset::GlobMatcher;
use rustc_hash::FxHashSet;

use crate::finding::{Level, ObjectName, RuleId, RuleRef};
use crate::source::{SourceId, Span};
use crate::yaml;

use super::file::{
    Certificates, Config, Conventions, FailOn, Helm, Images, Match, PodSpecKind, ProfileName, Tier,
};
use super::{Catalog, ConfigError, Date, PathSet};

use resolve::Resolver;

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
    /// `--kubernetes-version`
    pub kubernetes_version: Option<KubernetesVersion>,
}

/// A release of Kubernetes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct KubernetesVersion {
    /// `1` in `1.31`
    pub major: u16,
    /// `31` in `1.31`
    pub minor: u16,
}

impl KubernetesVersion {
    /// The first and the last minor version whose fields are known. Of older ones it is known which API versions they
    /// served, and what the Pod Security Standards meant for them.
    pub const KNOWN: (u16, u16) = (25, 37);

    /// Whether it is older than those whose fields are known.
    pub fn is_old(self) -> bool {
        self.minor < Self::KNOWN.0
    }
}

impl FromStr for KubernetesVersion {
    type Err = String;

    /// `1.31`, `v1.31`, `1.31.4`, `v1.31.4+k3s1`
    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).splitn(3, '.');
        let mut number = || parts.next()?.parse().ok();
        let version = number().zip(number()).map(|(major, minor)| Self { major, minor });
        // Distributions write what is theirs behind it.
        let own = |patch: &str| patch.split(['+', '-']).next().and_then(|patch| patch.parse::<u16>().ok());
        let patch_is_number = parts.next().is_none_or(|patch| own(patch).is_some());
        let version = version.filter(|version| version.major == 1 && patch_is_number);
        let version = version.ok_or_else(|| format!("`{text}` is not a Kubernetes version"))?;
        let (_, last) = Self::KNOWN;
        match version.minor {
            // A number without quotes has lost its zero.
            minor @ (2 | 3) if text.starts_with('1') => {
                Err(format!("`{text}` is more than ten years old: is \"1.{minor}0\" meant, in quotes?"))
            }
            minor if minor <= last => Ok(version),
            _ => Err(format!("`{text}` is no version that plimsoll knows: it knows those up to 1.{last}")),
        }
    }
}

/// A pattern over the names of objects.
#[derive(Clone, Debug)]
pub struct ObjectPattern {
    glob: GlobMatcher,
    has_namespace: bool,
}

/// How overlays are built.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// Files outside the directory of a kustomization are read (Kustomize's `LoadRestrictionsNone`).
    pub unrestricted: bool,
    /// Where remote bases lie in the repository: globs over URLs, and directories relative to the root.
    pub remotes: Vec<(GlobMatcher, Utf8PathBuf)>,
    /// How charts are rendered.
    pub helm: Helm,
    /// The version of Kubernetes that charts are rendered for; `None` for the one that Helm itself takes.
    pub kubernetes_version: Option<KubernetesVersion>,
}

/// What rules ask the configuration for.
#[derive(Clone, Debug, Default)]
pub struct RuleOptions {
    /// The oldest Kubernetes version that is targeted.
    pub kubernetes_version: Option<KubernetesVersion>,
    /// Kinds with pod specs besides those that are known.
    pub pod_specs: Vec<PodSpecKind>,
    /// What rules about images want to know.
    pub images: Images,
    /// What may be asked of cert-manager.
    pub certificates: Certificates,
    /// What objects must look like.
    pub conventions: Conventions,
}

impl RuleOptions {
    /// Whether the oldest targeted release is older than `1.minor`. Nobody who does not say is taken to run an old one.
    pub fn is_before(&self, minor: u16) -> bool {
        self.kubernetes_version.is_some_and(|version| version < KubernetesVersion { major: 1, minor })
    }
}

/// An entry of `environments`.
#[derive(Clone, Debug)]
pub struct DeclaredEnvironment {
    /// What it is called.
    pub name: String,
    /// How far it is from development.
    pub tier: Tier,
    /// The paths that belong to it.
    pub paths: PathSet,
    /// What else belongs to it.
    pub matches: Match,
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
    pub environments: Vec<DeclaredEnvironment>,
    /// Addresses of this repository besides those that git and CI know.
    pub aliases: Vec<String>,
    /// What rules ask for.
    pub options: RuleOptions,
    /// How overlays are built.
    pub rendering: RenderOptions,
    /// Largest file in bytes.
    pub file_size: u64,
    /// Limits of the YAML reader.
    pub limits: yaml::Limits,
    /// Files and directories of policies, relative to the root.
    pub policies: Vec<String>,
    /// The packages whose rules are asked; all when there are none.
    pub policy_namespaces: Vec<String>,
    /// Whether rules of conftest are asked about all documents at once.
    pub policy_combine: bool,
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
        rules: &[RuleRef],
    ) -> Result<Settings, Vec<ConfigError>> {
        Self::resolved(Resolver::new(rules, true), config, command_line)
    }

    /// The same before policies are read, whose rules may be named: what names no rule is not wrong yet.
    ///
    /// # Errors
    /// As above, without those.
    pub fn before_policies(
        config: &Config,
        command_line: &CommandLine,
        rules: &[RuleRef],
    ) -> Result<Settings, Vec<ConfigError>> {
        Self::resolved(Resolver::new(rules, false), config, command_line)
    }

    fn resolved(
        mut resolver: Resolver,
        config: &Config,
        command_line: &CommandLine,
    ) -> Result<Settings, Vec<ConfigError>> {
        let settings = resolver.settings(config, command_line);
        let errors = resolver.into_errors();
        if errors.is_empty() { Ok(settings) } else { Err(errors) }
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

    /// Whether the configuration itself says the level of a rule on a path.
    pub fn is_level_set(&self, path: &Utf8Path, rule: RuleId) -> bool {
        let Some(&index) = self.active.get(usize::from(rule.0)) else { return false };
        let here = self.overrides.iter().filter(|layer| layer.paths.contains(path)).map(|layer| &layer.layer);
        std::iter::once(&self.base).chain(here).any(|layer| layer.levels.iter().any(|(set, _)| *set == index))
    }

    fn levels(&self, path: Option<&Utf8Path>) -> Levels {
        let rules = self.catalog.rules();
        let mut levels: Vec<Level> = rules.iter().map(|rule| rule.level).collect();
        let mut runs = vec![false; rules.len()];
        let holds = |layer: &&PathLayer| path.is_some_and(|path| layer.paths.contains(path));
        let here: Vec<&Layer> = self.overrides.iter().filter(holds).map(|layer| &layer.layer).collect();
        for layer in std::iter::once(&self.base).chain(here.iter().copied()) {
            layer.set_levels(&mut levels);
            if self.command_line.restart.is_none() {
                layer.choose(&mut runs, &self.base);
            }
        }
        if self.command_line.restart.is_some() {
            self.command_line.choose(&mut runs, &Layer::default());
            // What an override takes away from its paths stays away.
            here.iter().flat_map(|layer| &layer.remove).for_each(|&index| set(&mut runs, index, false));
        } else {
            self.command_line.add_and_remove(&mut runs);
        }
        runs.into_iter().zip(levels).map(|(runs, level)| runs.then_some(level)).collect()
    }

    /// Says that the configuration file is this source of the run's own map, so that findings can point into it. It
    /// is read before the files are found, so it was a source of another map.
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
