//! From words to what they mean: names to rules, patterns to matchers, texts to numbers. Collects everything that
//! means nothing, with its place.

use globset::GlobBuilder;
use rustc_hash::FxHashSet;

use crate::config::file::{
    Config, Conventions, Ignore, LevelName, LoadRestrictor, PodSpecKind, PortRange, ProfileName, Selector,
};
use crate::config::{Catalog, ConfigError, Entries, Match, PathSet, Spanned};
use crate::finding::{Level, RuleRef};
use crate::yaml;

use super::{
    CommandLine, ConfiguredIgnore, DeclaredEnvironment, KubernetesVersion, Layer, ObjectPattern, PathLayer,
    RenderOptions, RuleOptions, Settings, set,
};

/// Largest file that is analysed unless the configuration says otherwise. The largest manifests people commit,
/// bundles of custom resource definitions, have a few megabytes.
const FILE_SIZE: u64 = 16 << 20;
/// Spans count bytes with 32 bits.
const LARGEST_FILE_SIZE: u64 = 1 << 30;

/// Turns words into what they mean and collects those that mean nothing.
pub(super) struct Resolver {
    catalog: Catalog,
    /// Whether all rules are known, those of policies too.
    is_complete: bool,
    errors: Vec<ConfigError>,
}

impl Resolver {
    pub(super) fn new(rules: &[RuleRef], is_complete: bool) -> Self {
        Self { catalog: Catalog::new(rules), is_complete, errors: Vec::new() }
    }

    /// Everything that is wrong, what has no place in the file first.
    pub(super) fn into_errors(mut self) -> Vec<ConfigError> {
        self.errors.sort_by_key(|error| error.span);
        self.errors
    }

    pub(super) fn settings(&mut self, config: &Config, command_line: &CommandLine) -> Settings {
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
        let kubernetes_version = command_line.kubernetes_version.or(self.kubernetes_version(config));
        let mut settings = Settings {
            active: Vec::new(),
            base,
            overrides,
            command_line: command_line_layer,
            ignores: Vec::new(),
            exclude: self.exclude(config),
            environments: self.environments(config),
            aliases: config.repository.aliases.clone(),
            options: RuleOptions {
                kubernetes_version,
                pod_specs: self.pod_specs(config),
                images: config.images.clone(),
                certificates: config.certificates.clone(),
                conventions: self.conventions(config),
            },
            policies: config.policies.iter().map(|path| path.value.clone()).collect(),
            policy_namespaces: config.policy_namespaces.clone(),
            policy_combine: config.policy_combine,
            rendering: self.rendering(config, kubernetes_version),
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
        self.catalog
            .rules()
            .iter()
            .enumerate()
            .filter(|(_, rule)| profile.has(rule))
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
            if self.is_complete {
                self.errors.push(ConfigError::new(selector.span, unknown.message).help(unknown.help));
            }
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
                    self.errors.extend(self.is_complete.then(|| error.help(unknown.help)));
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

    fn pod_specs(&mut self, config: &Config) -> Vec<PodSpecKind> {
        for Spanned { value, span } in config.pod_specs.iter().map(|kind| &kind.path) {
            if value.split('.').any(|name| name.is_empty() || name == "[]") {
                let error = ConfigError::new(*span, format!("`{value}` is no path to a field"));
                self.errors.push(error.help("write it as `spec.workers[].template.spec`".to_owned()));
            }
        }
        config.pod_specs.clone()
    }

    fn exclude(&mut self, config: &Config) -> Vec<String> {
        // Built to find what is no pattern; the walk has patterns of its own to add.
        PathSet::new(&config.exclude, &mut self.errors);
        config.exclude.iter().map(|pattern| pattern.value.clone()).collect()
    }

    fn environments(&mut self, config: &Config) -> Vec<DeclaredEnvironment> {
        let mut declared = Vec::new();
        let mut names = FxHashSet::default();
        for environment in &config.environments {
            let name = &environment.name;
            if !names.insert(name.value.as_str()) {
                let message = format!("a second environment `{}`", name.value);
                self.errors.push(ConfigError::new(name.span, message));
            }
            declared.push(DeclaredEnvironment {
                name: name.value.clone(),
                tier: environment.tier,
                paths: PathSet::new(&environment.matches.value.paths, &mut self.errors),
                matches: environment.matches.value.clone(),
            });
            if environment.matches.value == Match::default() {
                let error = ConfigError::new(environment.matches.span, "nothing belongs to this environment");
                self.errors
                    .push(error.help("name paths, labels, namespaces, clusters or branches".to_owned()));
            }
        }
        declared
    }

    fn kubernetes_version(&mut self, config: &Config) -> Option<KubernetesVersion> {
        let Spanned { value, span } = config.kubernetes_version.as_ref()?;
        match value.parse() {
            Ok(version) => Some(version),
            Err(message) => {
                let error = ConfigError::new(*span, message);
                self.errors.push(error.help("write it as `1.31`".to_owned()));
                None
            }
        }
    }

    fn rendering(&mut self, config: &Config, kubernetes_version: Option<KubernetesVersion>) -> RenderOptions {
        let mut remotes = Vec::new();
        for (glob, directory) in &config.remotes.0 {
            match GlobBuilder::new(&glob.value).build() {
                Ok(pattern) => remotes.push((pattern.compile_matcher(), directory.as_str().into())),
                Err(error) => self.errors.push(ConfigError::new(glob.span, error.to_string())),
            }
        }
        let unrestricted = config.kustomize.load_restrictor == LoadRestrictor::None;
        RenderOptions { unrestricted, remotes, helm: config.helm.clone(), kubernetes_version }
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

    fn conventions(&mut self, config: &Config) -> Conventions {
        if let Some(Spanned { value: PortRange { min: Some(min), max: Some(max) }, span }) =
            &config.conventions.service_ports
            && min > max
        {
            self.errors.push(ConfigError::new(*span, format!("no port lies between {min} and {max}")));
        }
        config.conventions.clone()
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
