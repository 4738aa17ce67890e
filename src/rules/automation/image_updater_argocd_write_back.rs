//! `image-updater-argocd-write-back`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// Argo CD Image Updater that writes new versions into the Application and not into git.
    ///
    /// ## Why
    ///
    /// With the write-back method `argocd`, the default, the running version is a parameter of the Application in the
    /// cluster. The repository does not say what runs, and `git revert` does not bring the old version back.
    ///
    /// ## What passes
    ///
    /// - `write-back-method: git`, with whatever follows
    /// - Applications without the annotation `image-list`
    /// - preview environments, by the name of the Application
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     argocd-image-updater.argoproj.io/image-list: web=ghcr.io/acme/web:~1.8
    /// spec:
    ///   project: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     argocd-image-updater.argoproj.io/image-list: web=ghcr.io/acme/web:~1.8
    ///     argocd-image-updater.argoproj.io/write-back-method: git
    /// spec:
    ///   project: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argocd-image-updater.readthedocs.io/en/stable/basics/update-methods/>
    pub static RULE = "image-updater-argocd-write-back" {
        level: Warning,
        precision: VeryHigh,
        tags: ["image", "argo-cd", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check)],
    }
}

const UPDATER: &str = "ImageUpdater";
const KINDS: &[KindName] = &[
    KindName { group: "argoproj.io", kind: "Application" },
    KindName { group: "argoproj.io", kind: "ApplicationSet" },
    KindName { group: "argocd-image-updater.argoproj.io", kind: UPDATER },
];

const LIST: &str = "argocd-image-updater.argoproj.io/image-list";
const METHOD: &str = "argocd-image-updater.argoproj.io/write-back-method";

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let kind = object.kind();
    let (at, method) = match kind {
        UPDATER => {
            let Some(spec) = object.root.get("spec").filter(|spec| spec.is_map()) else { return };
            // Each Application may have its own.
            let references = spec.get("applicationRefs").into_iter().flat_map(|list| list.items());
            if references.into_iter().any(|reference| reference.get("writeBackConfig").is_some()) {
                return;
            }
            (spec, spec.path(&["writeBackConfig", "method"]))
        }
        "ApplicationSet" => match annotations(object.root.path(&["spec", "template"])) {
            Some(found) => found,
            None => return,
        },
        _ => match annotations(Some(object.root)) {
            Some(found) => found,
            None => return,
        },
    };
    let is_argocd = method.is_none_or(|method| {
        method.is_null() || method.text().is_some_and(|text| text.is_empty() || text == "argocd")
    });
    let name = object.name();
    if !is_argocd || name.split('-').any(|part| matches!(part, "preview" | "pr")) {
        return;
    }
    cx.report(
        method.map_or_else(|| At::key(at), At::value),
        Report {
            message: format!("new images of {kind} `{name}` are written into the cluster only"),
            why:
                "the repository does not say what runs, and `git revert` does not bring the old version back"
                    .into(),
            help: "set the write-back method to `git`".into(),
        },
    );
}

/// The list of images of an Application, and the method.
fn annotations(root: Option<Cursor<'_>>) -> Option<(Cursor<'_>, Option<Cursor<'_>>)> {
    let annotations = root?.path(&["metadata", "annotations"])?;
    Some((annotations.get(LIST)?, annotations.get(METHOD)))
}
