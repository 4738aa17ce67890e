//! What a file is, judged by its path alone: decides whether and how it is read.

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

/// How a file is read.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum FileKind {
    /// YAML, any number of documents.
    Yaml,
    /// JSON; read by the YAML reader, of which it is a subset.
    Json,
    /// A template of a Helm chart: text until it is rendered, never a YAML error.
    Template,
    /// A CODEOWNERS file.
    Codeowners,
    /// A Jenkins pipeline, or a step of a shared library.
    Jenkinsfile,
    /// A shell script.
    Shell,
    /// A file for `make`.
    Makefile,
    /// A file for `just`.
    Justfile,
    /// Text for people, read only when a rule about runbooks takes part.
    Markdown,
    /// A Terraform file.
    Terraform,
    /// What git leaves out.
    GitIgnore,
    /// Text that may hold key material: `.pem`, `.key`, `.env`, `id_rsa` …
    Text,
}

/// Endings of text files in which keys are committed by mistake.
const KEY_EXTENSIONS: [&str; 8] = ["pem", "key", "p8", "env", "agekey", "ppk", "asc", "jwk"];
/// Names of such files.
const KEY_NAMES: [&str; 8] =
    ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", ".env", "keys.txt", ".dockerconfigjson", ".dockercfg"];
/// How names of files of editors and compilers begin that are JSON with comments by convention.
const JSON_WITH_COMMENTS: [&str; 3] = ["tsconfig", "jsconfig", "devcontainer.json"];

/// The directories that hold a `Chart.yaml`.
pub(super) fn chart_directories<'a>(paths: impl Iterator<Item = &'a Utf8Path>) -> FxHashSet<Utf8PathBuf> {
    paths
        .filter(|path| path.file_name() == Some("Chart.yaml"))
        .filter_map(|path| path.parent().map(Utf8Path::to_owned))
        .collect()
}

impl FileKind {
    /// Whether the file runs commands when a person says so.
    pub fn is_command(self) -> bool {
        matches!(self, Self::Shell | Self::Makefile | Self::Justfile)
    }

    /// How to read a file; `None` for files plimsoll has no use for.
    pub(super) fn of(path: &Utf8Path, charts: &FxHashSet<Utf8PathBuf>) -> Option<Self> {
        let name = path.file_name()?;
        if in_chart_templates(path, charts) {
            return matches!(path.extension(), Some("yaml" | "yml" | "tpl" | "json"))
                .then_some(Self::Template);
        }
        match name {
            ".gitignore" => return Some(Self::GitIgnore),
            "CODEOWNERS" => return Some(Self::Codeowners),
            "Kustomization" | "kubeconfig" => return Some(Self::Yaml),
            "config" if path.parent().and_then(Utf8Path::file_name) == Some(".kube") => {
                return Some(Self::Yaml);
            }
            "Makefile" | "makefile" | "GNUmakefile" => return Some(Self::Makefile),
            "justfile" | "Justfile" | ".justfile" => return Some(Self::Justfile),
            // `Jenkinsfile.prod`, `jenkinsfile-nightly`
            _ if name.to_ascii_lowercase().starts_with("jenkinsfile") && !name.ends_with(".md") => {
                return Some(Self::Jenkinsfile);
            }
            _ if KEY_NAMES.contains(&name) || name.starts_with(".env.") => return Some(Self::Text),
            _ => {}
        }
        match path.extension()? {
            "yaml" | "yml" => Some(Self::Yaml),
            "json" if path.parent().and_then(Utf8Path::file_name) == Some(".vscode") => None,
            "json" if !JSON_WITH_COMMENTS.iter().any(|prefix| name.starts_with(prefix)) => Some(Self::Json),
            "kubeconfig" => Some(Self::Yaml),
            "jenkinsfile" | "Jenkinsfile" => Some(Self::Jenkinsfile),
            // The steps of a shared library lie in `vars`; Groovy elsewhere is a program.
            "groovy" if path.parent().and_then(Utf8Path::file_name) == Some("vars") => {
                Some(Self::Jenkinsfile)
            }
            // Scripts without an extension are not read: only their first bytes would tell them apart from licences,
            // lists of owners and programs, and every such file would have to be opened for that.
            "sh" | "bash" => Some(Self::Shell),
            "mk" => Some(Self::Makefile),
            "just" => Some(Self::Justfile),
            "md" => Some(Self::Markdown),
            "tf" => Some(Self::Terraform),
            extension if KEY_EXTENSIONS.contains(&extension) => Some(Self::Text),
            _ => None,
        }
    }
}

/// Whether the file lies in `templates/` of a chart, at any depth.
fn in_chart_templates(path: &Utf8Path, charts: &FxHashSet<Utf8PathBuf>) -> bool {
    path.ancestors().skip(1).any(|directory| {
        directory.file_name() == Some("templates")
            && directory.parent().is_some_and(|chart| charts.contains(chart))
    })
}
