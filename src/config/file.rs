//! `plimsoll.yaml` as typed. This one declaration drives reading, the JSON schema and `docs/configuration.md`: the
//! comments on fields are their documentation. Must not decide what the values mean for a run.

use std::collections::BTreeMap;
use std::str::FromStr;

use clap::ValueEnum;
use schemars::JsonSchema;
use serde::de::IntoDeserializer;
use serde::de::value::Error as WordError;
use serde::{Deserialize, Serialize};

use crate::finding::{Level, Profile, Rule};
use crate::source::{SourceId, SourceMap, Span};
use crate::yaml::{self, Cursor};

use super::{ConfigError, Entries, Spanned, de};

/// Configuration of plimsoll: `plimsoll.yaml`, `.plimsoll.yaml` or `.github/plimsoll.yaml` in the root of the
/// repository. All keys are optional.
///
/// Paths are relative to the root of the repository and written as in `.gitignore`: `envs/prod/` is the directory
/// and all below it, `*.yaml` matches at any depth, `**` crosses directories, and a later `!pattern` takes paths
/// back.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Config {
    /// Which rules run when `select` does not say so; `default` unless given.
    pub profile: Option<Spanned<ProfileName>>,
    /// Run exactly these rules instead of those of a profile.
    pub select: Vec<Spanned<Selector>>,
    /// Run these rules as well.
    pub extend_select: Vec<Spanned<Selector>>,
    /// Do not run these rules.
    pub ignore: Vec<Spanned<Selector>>,
    /// Levels of rules, instead of their own. Of several entries for one rule the last one counts.
    pub severity: Entries<Selector, LevelName>,
    /// Other rules and levels for some paths. Applied in order, each on top of those before it.
    pub overrides: Vec<Override>,
    /// The environments of the repository and how to tell what belongs to them. What is declared here wins over what
    /// labels, clusters, paths and names say.
    pub environments: Vec<Environment>,
    /// Where this repository lies, besides what git and CI say.
    pub repository: RepositoryNames,
    /// The oldest Kubernetes version that the repository is applied to, such as `1.31`: which fields and API versions
    /// there are. Without it, the versions count that objects of the repository give their clusters, and all that
    /// plimsoll knows where none does. Of versions before 1.25 API versions and the Pod Security Standards are known, and
    /// not the fields.
    #[schemars(with = "Option<VersionSchema>")]
    pub kubernetes_version: Option<Spanned<String>>,
    /// Where kinds that plimsoll does not know keep pod specs. Rules about pods and containers look there as well.
    pub pod_specs: Vec<PodSpecKind>,
    /// What rules about images want to know.
    pub images: Images,
    /// What may be asked of cert-manager.
    pub certificates: Certificates,
    /// What objects of this repository must look like.
    pub conventions: Conventions,
    /// Policies in Rego, with the data they need: files and directories, relative to the root. ConstraintTemplates and
    /// constraints of the repository take part without being named.
    pub policies: Vec<Spanned<String>>,
    /// The packages whose rules are asked, names or globs (`main`, `lib.*`); all when there are none.
    pub policy_namespaces: Vec<String>,
    /// Whether rules of conftest without a `target` of their own are asked about all documents of the repository at once,
    /// a list of `{path, contents}`, as `conftest --combine` does.
    pub policy_combine: bool,
    /// How overlays are built.
    pub kustomize: Kustomize,
    /// How charts are rendered.
    pub helm: Helm,
    /// Where remote bases lie in the repository: a glob over their URLs, and the directory that holds a copy of the
    /// remote repository. Nothing is ever fetched; what no entry matches is reported as not rendered.
    pub remotes: Entries<String, String>,
    /// What is too large to be looked at. What is beyond a limit is reported as not analysed.
    pub limits: Limits,
    /// Paths that are not analysed, besides what `.gitignore` files name.
    pub exclude: Vec<Spanned<String>>,
    /// Findings that are known and accepted. They are kept as suppressed.
    pub ignores: Vec<Ignore>,
    /// Whether every suppression, here and in comments, must give a reason.
    pub require_reason: bool,
    /// Whether `# plimsoll: ignore[…]` comments suppress findings.
    pub inline_ignores: bool,
    /// Whether annotations and comments of KubeLinter, kube-score, Checkov, Polaris and KICS suppress findings of
    /// the rules that carry those tools' ids.
    pub compat_ignores: bool,
    /// The lowest level of a finding that makes the exit code 1.
    pub fail_on: FailOn,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: None,
            select: Vec::new(),
            extend_select: Vec::new(),
            ignore: Vec::new(),
            severity: Entries::default(),
            overrides: Vec::new(),
            environments: Vec::new(),
            repository: RepositoryNames::default(),
            kubernetes_version: None,
            pod_specs: Vec::new(),
            images: Images::default(),
            certificates: Certificates::default(),
            conventions: Conventions::default(),
            policies: Vec::new(),
            policy_namespaces: Vec::new(),
            policy_combine: false,
            kustomize: Kustomize::default(),
            helm: Helm::default(),
            remotes: Entries::default(),
            limits: Limits::default(),
            exclude: Vec::new(),
            ignores: Vec::new(),
            require_reason: false,
            inline_ignores: true,
            compat_ignores: true,
            fail_on: FailOn::Error,
        }
    }
}

/// A rule's name, a glob over names (`argo-*`), a tag (`tag:secret`), or another tool's id for the problem
/// (`CKV_K8S_14`, `KSV-0013`, `latest-tag`).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Selector(pub String);

/// A named set of rules.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ProfileName {
    /// Precise rules that few would argue with.
    #[default]
    Default,
    /// Also rules that are right but noisy or contested.
    Pedantic,
    /// Every rule there is, also those of which another one says the same in fewer findings.
    All,
    /// What the level `baseline` of the Pod Security Standards forbids.
    PssBaseline,
    /// What the level `restricted` of the Pod Security Standards forbids, that of `baseline` included.
    PssRestricted,
    /// What the Kubernetes Hardening Guide of NSA and CISA advises.
    NsaCisa,
    /// What section 5 of the CIS Kubernetes Benchmark asks for: policies, as far as manifests show them.
    Cis,
}

impl ProfileName {
    /// The tags of the rules that run; `None` for profiles that are no list of tags.
    pub const fn tags(self) -> Option<&'static [&'static str]> {
        match self {
            ProfileName::Default | ProfileName::Pedantic | ProfileName::All => None,
            ProfileName::PssBaseline => Some(&["pss-baseline"]),
            ProfileName::PssRestricted => Some(&["pss-baseline", "pss-restricted"]),
            ProfileName::NsaCisa => Some(&["nsa-cisa"]),
            ProfileName::Cis => Some(&["cis"]),
        }
    }

    /// Whether a rule runs in the profile.
    pub fn has(self, rule: &Rule) -> bool {
        match self {
            ProfileName::Default => rule.profile == Profile::Default,
            ProfileName::Pedantic => rule.profile != Profile::Named,
            ProfileName::All => true,
            profile => profile.tags().is_some_and(|tags| tags.iter().any(|tag| rule.has_tag(tag))),
        }
    }
}

/// The level of a finding.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LevelName {
    /// The merge must stop: outage, leak, takeover, or the controller will refuse it.
    Error,
    /// An anti-pattern with a plausible failure.
    Warning,
    /// Hygiene, or a point on which authorities disagree.
    Note,
}

impl From<LevelName> for Level {
    fn from(name: LevelName) -> Level {
        match name {
            LevelName::Error => Level::Error,
            LevelName::Warning => Level::Warning,
            LevelName::Note => Level::Note,
        }
    }
}

/// The lowest level of a finding that fails a check.
// Written only into the schema, as the default.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    /// Errors.
    #[default]
    Error,
    /// Errors and warnings.
    Warning,
    /// Any finding.
    Note,
    /// No finding: the exit code says only whether plimsoll could do its work.
    Never,
}

impl From<FailOn> for Option<Level> {
    fn from(fail_on: FailOn) -> Option<Level> {
        match fail_on {
            FailOn::Error => Some(Level::Error),
            FailOn::Warning => Some(Level::Warning),
            FailOn::Note => Some(Level::Note),
            FailOn::Never => None,
        }
    }
}

/// Rules and levels for some paths.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Override {
    /// The paths it is for.
    pub paths: Spanned<Vec<Spanned<String>>>,
    /// The profile for these paths.
    pub profile: Option<Spanned<ProfileName>>,
    /// Run exactly these rules on these paths.
    #[serde(default)]
    pub select: Vec<Spanned<Selector>>,
    /// Run these rules as well on these paths.
    #[serde(default)]
    pub extend_select: Vec<Spanned<Selector>>,
    /// Do not run these rules on these paths.
    #[serde(default)]
    pub ignore: Vec<Spanned<Selector>>,
    /// Levels of rules on these paths.
    #[serde(default)]
    pub severity: Entries<Selector, LevelName>,
}

/// An environment.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Environment {
    /// What it is called in reports.
    pub name: Spanned<String>,
    /// How far it is from development.
    pub tier: Tier,
    /// What belongs to it: whatever one of these names.
    #[serde(rename = "match")]
    pub matches: Spanned<Match>,
}

/// How far an environment is from development.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Tier {
    /// Development, sandboxes.
    Dev,
    /// Test, QA, UAT.
    Test,
    /// Staging, pre-production.
    Staging,
    /// Production.
    Production,
}

impl Tier {
    /// The tier as the configuration names it.
    pub const fn name(self) -> &'static str {
        match self {
            Tier::Dev => "dev",
            Tier::Test => "test",
            Tier::Staging => "staging",
            Tier::Production => "production",
        }
    }
}

/// What belongs to an environment.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Match {
    /// Paths of the repository.
    pub paths: Vec<Spanned<String>>,
    /// Labels of objects and clusters.
    pub labels: BTreeMap<String, String>,
    /// Namespaces that objects are applied to.
    pub namespaces: Vec<String>,
    /// Names or addresses of clusters.
    pub clusters: Vec<String>,
    /// Git branches that controllers follow.
    pub branches: Vec<String>,
}

/// Where this repository lies, besides what git and CI say.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RepositoryNames {
    /// More addresses of this repository, as Applications and GitRepositories name it: a mirror, a server inside of the
    /// cluster, the repository that this one was forked from.
    pub aliases: Vec<String>,
}

/// A kind and where it keeps a pod spec.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct PodSpecKind {
    /// The API group without its version, `example.com`.
    pub group: String,
    /// The kind.
    pub kind: String,
    /// The path to the mapping that has `containers`: names with dots between them, `[]` behind a list for each of its
    /// items, `*` for each value of a mapping (`spec.workers[].template.spec`).
    pub path: Spanned<String>,
}

/// What rules about images want to know.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Images {
    /// Where images may come from: registries, or repositories with what lies below them (`ghcr.io/acme`). An image
    /// without a registry comes from `docker.io`. `image-registry-not-allowed` reports all others.
    pub allowed: Vec<String>,
    /// Where images may not come from, also when `allowed` says otherwise.
    pub denied: Vec<String>,
    /// Registries and repositories that ask for credentials: `image-pull-secret-missing` wants `imagePullSecrets` for
    /// their images.
    pub private: Vec<String>,
    /// More tags that are pushed again and again, besides those that `image-floating-tag` knows.
    pub floating_tags: Vec<String>,
}

/// What may be asked of cert-manager: `cert-manager-policies` reports Certificates that ask for something else.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Certificates {
    /// The longest `duration`, in days.
    pub max_days: Option<u32>,
    /// The names of the issuers.
    pub issuers: Vec<String>,
    /// Whether a Certificate has one name in `dnsNames`, and no wildcard.
    pub one_name: bool,
}

/// What objects of this repository must look like. Each rule about it reports nothing until something is set here, and
/// belongs to the profile `pedantic`.
#[derive(Clone, PartialEq, Eq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Conventions {
    /// Labels that `required-label` asks for.
    pub required_labels: Vec<RequiredKey>,
    /// Annotations that `required-annotation` asks for.
    pub required_annotations: Vec<RequiredKey>,
    /// Annotations that `forbidden-annotation` reports; `*` at the end stands for all that begin so.
    pub forbidden_annotations: Vec<String>,
    /// The ports of Services that `service-port-out-of-range` allows.
    pub service_ports: Option<Spanned<PortRange>>,
    /// The storage classes that the clusters have, for `dangling-storage-class`.
    pub storage_classes: Vec<String>,
    /// How many times the request a limit may be, for `resource-ratio-too-high`.
    pub max_limit_ratio: Option<u32>,
    /// How many containers a pod may have, for `too-many-containers`.
    pub max_containers: Option<u32>,
}

/// A label or an annotation that must be there.
#[derive(Clone, PartialEq, Eq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct RequiredKey {
    /// Its key.
    pub key: String,
    /// The values it may have, `*` at the end for all that begin so; any when there are none.
    #[serde(default)]
    pub values: Vec<String>,
    /// The kinds that must have it; workloads and Namespaces when there are none.
    #[serde(default)]
    pub kinds: Vec<String>,
}

/// Ports from one to another, both included.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct PortRange {
    /// The smallest port.
    pub min: Option<u16>,
    /// The largest port.
    pub max: Option<u16>,
}

/// How overlays are built.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Kustomize {
    /// Which files a kustomization may read besides other kustomizations.
    pub load_restrictor: LoadRestrictor,
}

/// Which files a kustomization may read. None outside the repository is ever read.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, Serialize, JsonSchema, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum LoadRestrictor {
    /// Those below its directory, as Kustomize does by default.
    #[default]
    RootOnly,
    /// Any of the repository: for controllers that pass `--load-restrictor LoadRestrictionsNone`, and for Flux.
    None,
}

/// How charts are rendered.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Helm {
    /// The release of Helm whose rules count: they differ in what `null` does to the values of charts in charts.
    pub version: HelmRelease,
    /// API versions that the clusters have besides those that Helm takes for granted: `monitoring.coreos.com/v1`.
    /// Charts ask for them with `.Capabilities.APIVersions.Has`.
    pub api_versions: Vec<String>,
}

/// A release of Helm.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, Deserialize, Serialize, JsonSchema, ValueEnum)]
pub enum HelmRelease {
    /// Helm 4.
    #[default]
    #[serde(rename = "4")]
    Four,
    /// Helm 3, which Flux and Argo CD have built in until their releases of 2026.
    #[serde(rename = "3")]
    Three,
}

/// Limits on what is analysed.
#[derive(Clone, PartialEq, Default, Debug, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Limits {
    /// Largest file, in bytes or with a unit: `512KiB`, `16MiB` (which it is by default).
    #[schemars(with = "Option<SizeSchema>")]
    pub file_size: Option<Spanned<String>>,
    /// Deepest nesting of lists and mappings; 256 by default.
    #[schemars(range(min = 1, max = 10000))]
    pub depth: Option<Spanned<i64>>,
}

/// What an editor accepts for a size: a number is text to us and a number to it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[allow(dead_code)]
enum SizeSchema {
    Bytes(u64),
    Text(#[schemars(regex(pattern = r"^[0-9]+ ?([KMG]i?)?B?$"))] String),
}

/// What an editor accepts for a version: `1.30` without quotes is a number to it.
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
#[allow(dead_code)]
enum VersionSchema {
    Number(f64),
    Text(#[schemars(regex(pattern = r"^v?1\.[0-9]+(\.[0-9]+)?$"))] String),
}

/// Findings that are known and accepted.
#[derive(Clone, PartialEq, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Ignore {
    /// The rule.
    pub rule: Spanned<Selector>,
    /// Only in these paths.
    #[serde(default)]
    pub paths: Vec<Spanned<String>>,
    /// Only on these objects: `Kind/name` in whatever namespace, or `Kind/namespace/name`, each part with `*`.
    #[serde(default)]
    pub objects: Vec<Spanned<String>>,
    /// Why they are accepted.
    pub reason: Option<String>,
    /// The last day on which it holds, `YYYY-MM-DD`. Afterwards the findings count again, and
    /// the entry is reported.
    #[schemars(with = "Option<String>", extend("format" = "date"))]
    pub until: Option<Spanned<String>>,
}

impl Config {
    /// Reads a configuration file that is a source of `map`. What could be read comes with everything that is
    /// wrong, in the order of the file.
    pub fn parse(map: &SourceMap, id: SourceId) -> (Config, Vec<ConfigError>) {
        let parsed = yaml::parse(map.source(id), id, yaml::Limits::default());
        let mut errors: Vec<ConfigError> = parsed
            .problems
            .iter()
            .map(|problem| ConfigError::new(problem.span, problem.message.clone()))
            .collect();
        let mut trees = parsed.trees();
        let config = match trees.next() {
            Some(tree) => de::read(Cursor::new(map, &tree), &mut errors).unwrap_or_default(),
            None => Config::default(),
        };
        if let Some(second) = trees.next().map(|tree| Cursor::new(map, &tree).span()) {
            let start = Span { len: 0, ..second };
            errors.push(ConfigError::new(start, "a second document, and a configuration is one"));
        }
        errors.sort_by_key(|error| error.span);
        (config, errors)
    }
}

/// Reads one of the words of an enumeration, as a command line has them.
fn word<'de, T: Deserialize<'de>>(text: &'de str) -> Result<T, String> {
    T::deserialize(text.into_deserializer()).map_err(|error: WordError| error.to_string())
}

impl FromStr for ProfileName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        word(text)
    }
}

impl FromStr for FailOn {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        word(text)
    }
}
