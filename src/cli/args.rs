//! The command line as people type it. Nothing is resolved here.

use camino::Utf8PathBuf;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::config::{FailOn, KubernetesVersion, LoadRestrictor, ProfileName};
use crate::report::{Format, GraphFormat, MatrixFormat};

/// A policy linter for GitOps repositories.
///
/// Lints what the cluster will run, points at the line a person would edit, and says what could not be looked at.
/// Never uses the network and never runs anything it finds.
#[derive(Parser, Debug)]
#[command(name = "plimsoll", version, max_term_width = 100, propagate_version = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The subcommands.
#[derive(Subcommand, Debug)]
pub enum Command {
    /// Check a repository, or report what some of its files cause
    Check(Box<Check>),
    /// Accept the findings that there are, so that only new ones count, and keep that list short
    #[command(subcommand)]
    Baseline(Baseline),
    /// Print the objects of a kustomization or a chart as `kustomize build` and `helm template` do, and where each value
    /// comes from
    Render(Box<Render>),
    /// Show what a change does to the objects that are applied, in Markdown for a pull request
    Diff(Diff),
    /// Write a report to look at in a browser: findings, who applies what, and what was not looked at
    Report(Box<Report>),
    /// Show who applies what: owners, what they read, and what nobody applies
    Graph(Graph),
    /// Show which version of what runs in which environment, and where it is set
    Matrix(Matrix),
    /// Run tests of policies: test_ rules, suites of Gatekeeper, and manifests with `# expect: rule`
    Test(Test),
    /// Look at policies themselves
    #[command(subcommand)]
    Policy(Policy),
    /// Show what a rule reports, why, and what passes
    Explain {
        /// Name of the rule, or another tool's id for it (KSV-0013, CKV_K8S_14, latest-tag)
        rule: String,
        /// Policies in Rego besides those of the configuration
        #[arg(long, value_name = "PATH")]
        policy: Vec<Utf8PathBuf>,
    },
    /// List all rules, with those of policies
    Rules {
        /// How to print the list
        #[arg(long, value_enum, default_value_t)]
        format: RulesFormat,
        /// Only the rules of a profile: default, pedantic, all, pss-baseline, pss-restricted, nsa-cisa, cis
        #[arg(long, value_name = "PROFILE")]
        profile: Option<ProfileName>,
        /// Policies in Rego besides those of the configuration
        #[arg(long, value_name = "PATH")]
        policy: Vec<Utf8PathBuf>,
    },
    /// Write a plimsoll.yaml that fits the repository; never overwrites one
    Init {
        /// Directory of the repository
        #[arg(default_value = ".")]
        path: Utf8PathBuf,
        /// Print the file instead of writing it
        #[arg(long)]
        dry_run: bool,
    },
    /// Print a completion script
    Completions {
        /// The shell it is for
        shell: clap_complete::Shell,
    },
    /// Print the JSON schema of plimsoll.yaml, of the JSON output, or of what policies know
    Schema {
        /// Which schema
        #[arg(value_enum, default_value_t)]
        of: SchemaOf,
    },
}

/// What is looked at, and with which rules.
#[derive(Args, Clone, Debug, Default)]
pub struct Scope {
    /// Files and directories to report on; the whole repository around them is loaded. `-` reads standard input
    #[arg(default_value = ".")]
    pub paths: Vec<Utf8PathBuf>,

    /// Leave out paths, in .gitignore syntax, also when they are named; `!examples/` takes a built-in pattern back
    #[arg(long, value_name = "PATTERN")]
    pub exclude: Vec<String>,

    /// Run only these rules: names, globs (argo-*), tags (tag:secret) or other tools' ids
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub select: Vec<String>,

    /// Run these rules as well
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub extend_select: Vec<String>,

    /// Do not run these rules
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub ignore: Vec<String>,

    /// Which rules run: default, pedantic, all, pss-baseline, pss-restricted, nsa-cisa, cis
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<ProfileName>,

    /// Version of Kubernetes that runs what is looked at, such as 1.31; wins over the configuration
    #[arg(long, value_name = "VERSION")]
    pub kubernetes_version: Option<KubernetesVersion>,

    /// Configuration file [default: plimsoll.yaml, .plimsoll.yaml or .github/plimsoll.yaml in the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<Utf8PathBuf>,

    /// Use no configuration file
    #[arg(long)]
    pub no_config: bool,

    /// Policies in Rego besides those of the configuration: files, and directories with policies and data
    #[arg(long, value_name = "PATH")]
    pub policy: Vec<Utf8PathBuf>,

    /// Packages whose rules are asked, names or globs; all when there are none
    #[arg(long, value_name = "NAME")]
    pub policy_namespace: Vec<String>,

    /// Ask rules of conftest about all documents at once, as `conftest --combine` does
    #[arg(long)]
    pub policy_combine: bool,

    /// Findings that are accepted for now [default: .plimsoll-baseline.json at the root of the repository]
    #[arg(long, value_name = "FILE", conflicts_with = "no_baseline")]
    pub baseline: Option<Utf8PathBuf>,

    /// Report findings that a baseline accepts, too
    #[arg(long)]
    pub no_baseline: bool,
}

/// Options of `check`.
#[derive(Args, Debug)]
pub struct Check {
    /// What is checked
    #[command(flatten)]
    pub scope: Scope,

    /// Path that standard input stands for
    #[arg(long, value_name = "PATH")]
    pub stdin_filename: Option<Utf8PathBuf>,

    /// Report only what changed since the history of HEAD and this revision part (`git diff REF...`) touches or causes,
    /// uncommitted and untracked files included; the whole repository is looked at
    #[arg(long, value_name = "REF", conflicts_with = "stdin_filename")]
    pub changed_since: Option<String>,

    /// Add what the change since the history of HEAD and this revision part does to what is applied (rules diff-*)
    #[arg(long, value_name = "REF", conflicts_with = "stdin_filename")]
    pub base: Option<String>,

    /// The same, compared with a directory that holds the repository as it was
    #[arg(long, value_name = "DIR", conflicts_with_all = ["base", "stdin_filename"])]
    pub base_dir: Option<Utf8PathBuf>,

    /// Output format; may be repeated, and each --output belongs to the --format before it
    #[arg(long, value_enum, value_name = "FORMAT")]
    pub format: Vec<Format>,

    /// File for the format before it, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Vec<Utf8PathBuf>,

    /// Lowest level that makes the exit code 1: error, warning, note, never [default: error]
    #[arg(long, value_name = "LEVEL")]
    pub fail_on: Option<FailOn>,

    /// Exit with 0 whatever is found; failures of plimsoll itself keep their codes
    #[arg(long)]
    pub exit_zero: bool,

    /// Exit with 3 when configuration files could not be read or were left out for their size
    #[arg(long)]
    pub strict: bool,

    /// Print findings only
    #[arg(long, short)]
    pub quiet: bool,

    /// Add a table of findings by rule
    #[arg(long)]
    pub statistics: bool,

    /// Print on standard error how long each stage took
    #[arg(long)]
    pub timings: bool,

    /// List every file with what it was read as or why it was not, and check nothing
    #[arg(long)]
    pub show_files: bool,

    /// Include suppressed findings in text, concise and SARIF output; JSON always has them
    #[arg(long)]
    pub show_suppressed: bool,

    /// Colours: auto also looks at NO_COLOR, FORCE_COLOR and whether the output is a terminal
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Color,
}

/// What is done with a baseline.
#[derive(Subcommand, Debug)]
pub enum Baseline {
    /// Accept all findings that there are; never overwrites a baseline
    Create(Box<Scope>),
    /// Take out what is no longer found
    Update {
        /// What is looked at
        #[command(flatten)]
        scope: Box<Scope>,
        /// Accept what is new as well
        #[arg(long)]
        accept_new: bool,
    },
    /// Exit with 1 if the baseline accepts what is no longer found
    Check(Box<Scope>),
}

/// Options of `test`.
#[derive(Args, Debug)]
pub struct Test {
    /// Policies with their tests: a file or a directory
    #[arg(default_value = ".")]
    pub path: Utf8PathBuf,

    /// Run only tests with this in their names
    #[arg(long, value_name = "PART")]
    pub run: Option<String>,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: TestFormat,
}

/// Formats of `test`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum TestFormat {
    /// For people
    #[default]
    Text,
    /// JUnit XML
    Junit,
}

/// What is done with policies.
#[derive(Subcommand, Debug)]
pub enum Policy {
    /// Say what each file was read as, what is wrong, and which rules nothing uses
    Check {
        /// Files and directories
        #[arg(default_value = ".")]
        paths: Vec<Utf8PathBuf>,
    },
}

/// Options of `diff`.
#[derive(Args, Debug)]
pub struct Diff {
    /// What is compared with: the commit where the histories of HEAD and of this revision part (`git diff REF...`)
    #[arg(value_name = "REF")]
    pub revision: String,

    /// A path in the repository
    #[arg(default_value = ".")]
    pub path: Utf8PathBuf,

    /// Do not stop at the 65,536 characters that a comment on GitHub holds
    #[arg(long)]
    pub full: bool,
}

/// Options of `render`.
#[derive(Args, Debug)]
pub struct Render {
    /// Directory of the kustomization or the chart
    #[arg(default_value = ".")]
    pub directory: Utf8PathBuf,

    /// What a chart is rendered with
    #[command(flatten)]
    pub chart: ChartArgs,

    /// Add a comment to every line whose value was not written in the object's own file: place and step
    #[arg(long)]
    pub origins: bool,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: RenderFormat,

    /// Print secrets as they are instead of `***`
    #[arg(long)]
    pub show_secrets: bool,

    /// Which files a kustomization may read besides other kustomizations, whatever the configuration says
    #[arg(long, value_enum, value_name = "WHICH")]
    pub load_restrictor: Option<LoadRestrictor>,
}

/// Options of `render` for charts, as `helm template` has them.
#[derive(Args, Debug)]
pub struct ChartArgs {
    /// Values files of a chart; later ones win
    #[arg(long, short = 'f', value_name = "FILE", help_heading = "Charts")]
    pub values: Vec<Utf8PathBuf>,

    /// Set values: a.b=1,c[0]=x,d={x,y}
    #[arg(long, value_name = "VALUES", help_heading = "Charts")]
    pub set: Vec<String>,

    /// Set values that are texts, whatever they look like
    #[arg(long, value_name = "VALUES", help_heading = "Charts")]
    pub set_string: Vec<String>,

    /// Set values that are written as JSON: a={"b":1}
    #[arg(long, value_name = "VALUES", help_heading = "Charts")]
    pub set_json: Vec<String>,

    /// Set values to the contents of files: a=FILE
    #[arg(long, value_name = "VALUES", help_heading = "Charts")]
    pub set_file: Vec<String>,

    /// Name of the release
    #[arg(long, value_name = "NAME", default_value = "release-name", help_heading = "Charts")]
    pub release: String,

    /// Namespace of the release
    #[arg(long, short, value_name = "NAME", default_value = "default", help_heading = "Charts")]
    pub namespace: String,

    /// Version of Kubernetes that templates see
    #[arg(long, value_name = "VERSION", default_value = "1.34.0", help_heading = "Charts")]
    pub kube_version: String,

    /// API versions that templates see besides those that every cluster has
    #[arg(long, value_name = "VERSION", value_delimiter = ',', help_heading = "Charts")]
    pub api_versions: Vec<String>,

    /// Render as Helm 3 does
    #[arg(long, help_heading = "Charts")]
    pub helm3: bool,

    /// Whether to print crds/ of the chart
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set, num_args = 0..=1,
          default_missing_value = "true", require_equals = true, help_heading = "Charts")]
    pub include_crds: bool,
}

/// Options of `report`.
#[derive(Args, Debug)]
pub struct Report {
    /// What is reported on
    #[command(flatten)]
    pub scope: Scope,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: ReportFormat,

    /// File to write, instead of standard output
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<Utf8PathBuf>,
}

/// How `report` prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum ReportFormat {
    /// One page without anything outside of it
    #[default]
    Html,
}

/// Options of `graph`.
#[derive(Args, Debug)]
pub struct Graph {
    /// File or directory of the repository; what lies outside of it is left out
    #[arg(default_value = ".")]
    pub path: Utf8PathBuf,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: GraphFormat,

    /// Show only what deploys this file or directory, and what it changes
    #[arg(long, value_name = "PATH")]
    pub focus: Option<Utf8PathBuf>,
}

/// Options of `matrix`.
#[derive(Args, Debug)]
pub struct Matrix {
    /// File or directory of the repository; what lies outside of it is left out
    #[arg(default_value = ".")]
    pub path: Utf8PathBuf,

    /// Output format
    #[arg(long, value_enum, default_value_t, value_name = "FORMAT")]
    pub format: MatrixFormat,
}

/// How `render` prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum RenderFormat {
    /// As `kustomize build` prints it
    #[default]
    Yaml,
    /// For programs; has the origins of all values
    Json,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum Color {
    /// On terminals and in GitHub Actions, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How `rules` prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum RulesFormat {
    /// A table for people
    #[default]
    Text,
    /// An array of objects
    Json,
    /// A table for documents
    Markdown,
}

/// What `schema` prints.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug, ValueEnum)]
pub enum SchemaOf {
    /// plimsoll.yaml
    #[default]
    Config,
    /// `check --format json`
    Output,
    /// `graph --format json`
    Graph,
    /// `matrix --format json`
    Matrix,
    /// What policies find under `data.repo`
    Repo,
}
