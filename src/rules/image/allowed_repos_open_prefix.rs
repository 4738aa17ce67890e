//! `allowed-repos-open-prefix`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};

rule! {
    /// An allowed repository of Gatekeeper that others can extend.
    ///
    /// ## Why
    ///
    /// `K8sAllowedRepos` compares beginnings of texts. `ghcr.io/acme` without a slash at its end allows
    /// `ghcr.io/acme-evil/web`, too.
    ///
    /// ## What passes
    ///
    /// - entries that end in `/`, and entries with a tag or a digest
    /// - `K8sAllowedReposv2`, which compares exactly
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: constraints.gatekeeper.sh/v1beta1
    /// kind: K8sAllowedRepos
    /// metadata:
    ///   name: repos
    /// spec:
    ///   parameters:
    ///     repos:
    ///       - ghcr.io/acme
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: constraints.gatekeeper.sh/v1beta1
    /// kind: K8sAllowedRepos
    /// metadata:
    ///   name: repos
    /// spec:
    ///   parameters:
    ///     repos:
    ///       - ghcr.io/acme/
    /// ```
    pub static RULE = "allowed-repos-open-prefix" {
        level: Warning,
        profile: Pedantic,
        security: 6.0,
        precision: High,
        tags: ["image", "supply-chain"],
        aliases: [Trivy "KSV-0124"],
        checks: [Check::Object(&[CONSTRAINT], check)],
    }
}

const CONSTRAINT: KindName = KindName { group: "constraints.gatekeeper.sh", kind: "K8sAllowedRepos" };

fn check(constraint: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let repos =
        constraint.root.path(&["spec", "parameters", "repos"]).into_iter().flat_map(|repos| repos.items());
    for value in repos {
        let Some(text) = value.text() else { continue };
        let last = text.rsplit('/').next().unwrap_or_default();
        if text.ends_with('/') || (text.contains('/') && last.contains([':', '@'])) {
            continue;
        }
        let report = Report {
            message: format!("`{text}` also allows `{text}-evil/web`"),
            why: "the constraint compares beginnings, and anybody can register a name that begins so".into(),
            help: format!("write `{text}/`").into(),
        };
        cx.report(value, report);
    }
}
