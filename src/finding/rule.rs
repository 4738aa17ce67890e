//! What is known about a rule apart from how it checks: its name, its texts, its defaults.

use std::borrow::Cow;
use std::ops::Deref;
use std::sync::Arc;

use super::Level;

/// Index of a rule in the set that a run uses.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RuleId(pub u16);

/// When a rule runs without being selected by name.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Profile {
    /// Always: precise, and few would argue.
    Default,
    /// Only in the profiles `pedantic` and `all`: right, but noisy or contested.
    Pedantic,
    /// Only in `all`, in profiles that name its tags, and where it is selected: another rule says the same in fewer
    /// findings.
    Named,
}

impl Profile {
    /// The name used in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Default => "default",
            Profile::Pedantic => "pedantic",
            Profile::Named => "named",
        }
    }
}

/// How often a finding of the rule is right; SARIF's `precision`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Precision {
    /// Decided by the grammar or by Kubernetes itself.
    VeryHigh,
    /// A heuristic that has hardly failed on public repositories.
    High,
    /// A heuristic that needs a person's judgement now and then.
    Medium,
}

impl Precision {
    /// The word SARIF viewers know.
    pub const fn name(self) -> &'static str {
        match self {
            Precision::VeryHigh => "very-high",
            Precision::High => "high",
            Precision::Medium => "medium",
        }
    }
}

/// A tool whose rule ids people may know.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Peer {
    /// Checkov, `CKV_K8S_14`
    Checkov,
    /// Gatekeeper's library, `privileged-containers`
    Gatekeeper,
    /// KICS, query titles
    Kics,
    /// KubeLinter, `latest-tag`
    KubeLinter,
    /// kube-score, `container-image-tag`
    KubeScore,
    /// Kubescape, `C-0057`
    Kubescape,
    /// kubesec, `Privileged`
    Kubesec,
    /// Kyverno's policies, `disallow-privileged-containers`
    Kyverno,
    /// Polaris, `tagNotSpecified`
    Polaris,
    /// Trivy, `KSV-0013`
    Trivy,
}

impl Peer {
    /// The tool's name as it writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Peer::Checkov => "Checkov",
            Peer::Gatekeeper => "Gatekeeper",
            Peer::Kics => "KICS",
            Peer::KubeLinter => "KubeLinter",
            Peer::KubeScore => "kube-score",
            Peer::Kubescape => "Kubescape",
            Peer::Kubesec => "kubesec",
            Peer::Kyverno => "Kyverno",
            Peer::Polaris => "Polaris",
            Peer::Trivy => "Trivy",
        }
    }
}

/// The id under which another tool reports the same problem.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Alias {
    /// The tool.
    pub peer: Peer,
    /// Its id for the problem.
    pub id: Cow<'static, str>,
}

/// A rule's declaration. It drives `explain`, the documentation, SARIF's `rules` and the configuration's schema.
#[derive(Clone, PartialEq, Debug)]
pub struct Rule {
    /// Kebab-case noun phrase of the problem; the id everywhere.
    pub name: Cow<'static, str>,
    /// Markdown: the first line says what the rule reports; then why, what passes, and `bad` and `good` YAML.
    pub docs: Cow<'static, str>,
    /// Level of a finding without context.
    pub level: Level,
    /// Whether a finding is a step worse in production and a step less in development.
    pub by_tier: bool,
    /// When it runs.
    pub profile: Profile,
    /// CVSS-like number from 0.1 to 10.0 for security rules; `None` for all others.
    pub security_severity: Option<f32>,
    /// How often it is right.
    pub precision: Precision,
    /// Topics, for selection and for SARIF.
    pub tags: Cow<'static, [Cow<'static, str>]>,
    /// Ids of other tools for the same problem.
    pub aliases: Cow<'static, [Alias]>,
}

/// A declaration that a run shares: of a rule that plimsoll brings, or of one that a policy declares.
#[derive(Clone, PartialEq, Debug)]
pub enum RuleRef {
    /// Part of the program.
    Native(&'static Rule),
    /// Read from a file.
    Policy(Arc<Rule>),
}

impl Deref for RuleRef {
    type Target = Rule;

    fn deref(&self) -> &Rule {
        match self {
            Self::Native(rule) => rule,
            Self::Policy(rule) => rule,
        }
    }
}

impl From<&'static Rule> for RuleRef {
    fn from(rule: &'static Rule) -> Self {
        Self::Native(rule)
    }
}

impl Rule {
    /// Whether it is about a topic.
    pub fn has_tag(&self, tag: &str) -> bool {
        self.tags.iter().any(|known| known == tag)
    }

    /// The first line of the documentation.
    pub fn summary(&self) -> &str {
        self.docs.trim_start().lines().next().unwrap_or_default().trim()
    }

    /// The documentation as Markdown: a doc comment's lines without the blank that follows its `///`.
    /// What is not written so stays as it is, code above all.
    pub fn markdown(&self) -> String {
        let is_comment = self.docs.lines().all(|line| line.is_empty() || line.starts_with(' '));
        let blanks = usize::from(is_comment);
        self.docs.lines().map(|line| format!("{}\n", line.get(blanks..).unwrap_or_default())).collect()
    }

    /// Whether this peer's id names the rule.
    pub fn has_alias(&self, peer: Peer, id: &str) -> bool {
        self.aliases.iter().any(|alias| alias.peer == peer && alias.id.eq_ignore_ascii_case(id))
    }
}
