//! `argo-source-override-file`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::OwnerKind;
use crate::model::FileView;
use crate::yaml::Cursor;

rule! {
    /// An override file of Argo CD beside the manifests.
    ///
    /// ## Why
    ///
    /// `.argocd-source.yaml` and `.argocd-source-<application>.yaml` win over the Application without a word in it. Whoever
    /// changes the tag in the Application or in the overlay sees no effect. Such files are what Argo CD Image Updater
    /// leaves behind, also after it was removed.
    ///
    /// ## What passes
    ///
    /// - a file that changes nothing
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: shop/.argocd-source-shop.yaml
    /// helm:
    ///   parameters:
    ///     - name: image.tag
    ///       value: 1.2.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: shop/values-production.yaml
    /// image:
    ///   tag: 1.2.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/parameters/#store-overrides-in-git>
    pub static RULE = "argo-source-override-file" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "drift"],
        aliases: [],
        checks: [Check::Around(&Check::File(check))],
    }
}

/// Parts of a source that override files can change.
const SECTIONS: [&str; 4] = ["helm", "kustomize", "directory", "plugin"];

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let name = file.path().file_name().unwrap_or_default();
    let Some(rest) = name.strip_prefix(".argocd-source").and_then(|rest| rest.strip_suffix(".yaml")) else {
        return;
    };
    let application = match rest.strip_prefix('-') {
        Some(application) => Some(application),
        None if rest.is_empty() => None,
        None => return,
    };
    let Some(document) = file.documents().next() else { return };
    let sections = SECTIONS.iter().filter_map(|section| document.root.get(section));
    let fields: Vec<Cursor<'_>> =
        sections.flat_map(|section| section.entries()).map(|entry| entry.value).collect();
    let Some(first) = fields.first() else { return };
    let names = |value: &Cursor<'_>| {
        let text = |key: Option<Cursor<'_>>| key.and_then(|key| key.text().map(|text| text.into_owned()));
        text(value.key()).unwrap_or_default()
    };
    let names: Vec<String> = fields.iter().map(|field| format!("`{}`", names(field))).collect();
    let mut owners =
        cx.world().graph.owners.iter().filter(|owner| owner.kind == OwnerKind::Application).peekable();
    let is_orphan = owners.peek().is_some()
        && application.is_some_and(|application| !owners.any(|owner| owner.key.name == application));
    let (message, help) = match application {
        Some(application) if is_orphan => (
            format!(
                "this file overrides {} of an Application `{application}` that this repository does not declare",
                names.join(", ")
            ),
            "remove it, unless the Application is declared elsewhere",
        ),
        Some(application) => (
            format!("this file overrides {} of Application `{application}`", names.join(", ")),
            "move the values into the values file or overlay, and delete the file",
        ),
        None => (
            format!(
                "this file overrides {} of every Application that reads this directory",
                names.join(", ")
            ),
            "move the values into the values file or overlay, and delete the file",
        ),
    };
    let why = "it wins over the Application, where nothing says so, and edits there have no effect";
    cx.report(At::key(*first), Report { message, why: why.into(), help: help.into() });
}
