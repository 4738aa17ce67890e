//! `helm-values-plaintext-credential`

use crate::engine::{Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::secret::{Certainty, sops};
use crate::model::{DocumentKind, DocumentView, ObjectView};
use crate::rules::support::throwaway;
use crate::yaml::Cursor;

use super::{support, values};

rule! {
    /// A credential in the values of a Helm chart.
    ///
    /// ## Why
    ///
    /// Values are configuration that many people read and copy. The chart puts them into a Secret at best, but the
    /// repository keeps them in clear text.
    ///
    /// Looked at are values files, `values` of a HelmRelease, `helm` of an Application or ApplicationSet,
    /// `postBuild.substitute` of a Flux Kustomization and `valuesInline` of a kustomization: keys that hold
    /// credentials, and values that are known by their own form (then the finding is an error).
    ///
    /// ## What passes
    ///
    /// - what is for somebody's machine alone (`local/`, `.devcontainer/`, `tests/` at the root, `docker-compose.test.yml`):
    ///   a note, unless its form says whose token it is
    /// - names of Secrets and of their keys: `existingSecret`, `secretName`, `passwordKey`, `pullSecret`
    /// - booleans and states (`auth: enabled`), numbers, paths, URLs without a password
    /// - references and templates: `${VAR}`, `{{ … }}`, `<path:…>`, `ref+vault://…`, `$secret:key`
    ///
    /// The default values of a chart (`values.yaml` beside `Chart.yaml`) and placeholders are notes.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: values.yaml
    /// auth:
    ///   enabled: true
    ///   password: supersecret123
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: values.yaml
    /// auth:
    ///   enabled: true
    ///   existingSecret: redis-auth
    ///   existingSecretPasswordKey: password
    /// ```
    pub static RULE = "helm-values-plaintext-credential" {
        level: Warning,
        security: 7.0,
        precision: High,
        tags: ["secret", "security", "helm"],
        aliases: [],
        checks: [Check::Around(&Check::Document(check))],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if sops::is_sops(document.root) {
        return;
    }
    for (root, object) in values::roots(document) {
        match root.parse() {
            Some(parsed) => {
                for tree in parsed.trees() {
                    report(document, object.as_ref(), Cursor::new(document.map, &tree), cx);
                }
            }
            None => report(document, object.as_ref(), root.node(), cx),
        }
    }
}

fn report(document: &DocumentView<'_>, object: Option<&ObjectView<'_>>, node: Cursor<'_>, cx: &mut Cx<'_>) {
    let hits = values::hits(node);
    if hits.is_empty() {
        return;
    }
    let is_default = is_chart_default(document, cx);
    let is_local = throwaway::is_local(document.file.source, cx.world());
    for hit in hits {
        let known = match hit.credential.certainty {
            Certainty::Known(form) => Some(form),
            // A chart's defaults are placeholders by nature.
            Certainty::Placeholder if is_default => continue,
            _ => None,
        };
        let where_ = if is_default { "the default values of a chart" } else { "Helm values" };
        let holds = support::describe(&hit.credential);
        let finding = support::report(
            cx,
            object,
            support::at(hit.value, hit.credential.range.clone()),
            Report {
                message: match hit.key.as_str() {
                    "" => format!("{where_} hold {holds}"),
                    key => format!("`{key}` in {where_} holds {holds}"),
                },
                why: "the repository keeps the value in clear text, whatever the chart makes of it".into(),
                help: "replace the credential, and name a Secret instead (often `existingSecret`)".into(),
            },
        );
        match known {
            Some(form) if form.identifier => finding.level = Level::Note,
            Some(form) if form.is_weak() => {}
            Some(_) => finding.level = finding.level.raised(),
            None => {}
        }
        if hit.credential.certainty == Certainty::Placeholder {
            finding.level = Level::Note;
        } else if is_default {
            finding.level = if known.is_some() { finding.level.lowered() } else { Level::Note };
        }
        support::note_default(finding, &hit.value.text().unwrap_or_default());
        if is_local && known.is_none_or(|form| form.is_url_password) {
            support::note(finding);
            finding.why = support::LOCAL.into();
        }
    }
}

/// `values.yaml` beside `Chart.yaml`: what the chart's authors thought of, not what is installed.
fn is_chart_default(document: &DocumentView<'_>, cx: &Cx<'_>) -> bool {
    let path = document.path();
    let chart = path.with_file_name("Chart.yaml");
    document.kind() == DocumentKind::Values
        && matches!(path.file_name(), Some("values.yaml" | "values.yml"))
        && cx.map().find(&chart).is_some()
}
