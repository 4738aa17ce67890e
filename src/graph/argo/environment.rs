//! The variables that Argo CD fills in before it builds: `$ARGOCD_APP_NAME` and its neighbours.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/build-environment/>.

use std::borrow::Cow;

use crate::model::ObjectView;
use crate::yaml::Cursor;

/// The variables of one source of an Application.
pub struct Environment<'a> {
    variables: [(&'static str, Cow<'a, str>); 6],
}

/// Variables that are only known when a sync runs.
const UNKNOWN: &str = "ARGOCD_APP_REVISION";

impl<'a> Environment<'a> {
    /// The variables for `source` of an Application with this `spec`.
    pub fn new(application: &ObjectView<'a>, spec: Cursor<'a>, source: Cursor<'a>) -> Self {
        let text =
            |at: Cursor<'a>, path: &[&str]| at.path(path).and_then(|value| value.text()).unwrap_or_default();
        Self {
            variables: [
                ("ARGOCD_APP_NAME", application.name()),
                ("ARGOCD_APP_NAMESPACE", text(spec, &["destination", "namespace"])),
                ("ARGOCD_APP_PROJECT_NAME", text(spec, &["project"])),
                ("ARGOCD_APP_SOURCE_PATH", text(source, &["path"])),
                ("ARGOCD_APP_SOURCE_REPO_URL", text(source, &["repoURL"])),
                ("ARGOCD_APP_SOURCE_TARGET_REVISION", text(source, &["targetRevision"])),
            ],
        }
    }

    /// Whether a variable is one of Argo CD's.
    pub fn knows(name: &str) -> bool {
        name.starts_with("ARGOCD_APP_") || name.starts_with("KUBE_")
    }

    /// A text with its variables filled in, as Go's `os.Expand` does it: a variable that nobody sets is nothing, and
    /// `$$` is a dollar. `None` when one is only known when a sync runs.
    pub fn substitute<'t>(&self, text: &'t str) -> Option<Cow<'t, str>> {
        if !text.contains('$') {
            return Some(Cow::Borrowed(text));
        }
        let mut result = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            result.push_str(rest.get(..at)?);
            rest = rest.get(at + 1..)?;
            if let Some(after) = rest.strip_prefix('$') {
                result.push('$');
                rest = after;
                continue;
            }
            let name = match rest.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                Some((name, after)) => {
                    rest = after;
                    name
                }
                None => {
                    let end =
                        rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                    let (name, after) = rest.split_at(end);
                    rest = after;
                    name
                }
            };
            if name.starts_with(UNKNOWN) || name.starts_with("KUBE_") {
                return None;
            }
            let value = self.variables.iter().find(|(known, _)| *known == name);
            result.push_str(value.map_or("", |(_, value)| value));
        }
        result.push_str(rest);
        Some(Cow::Owned(result))
    }
}
