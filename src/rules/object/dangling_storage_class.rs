//! `dangling-storage-class`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::rules::support::deployed::Deployed;

rule! {
    /// A claim of a storage class that the clusters do not have.
    ///
    /// ## Why
    ///
    /// The claim stays `Pending`, and so does every pod that mounts it.
    ///
    /// ## What is reported
    ///
    /// Claims and claim templates whose `storageClassName` is neither among `conventions.storage-classes` nor a
    /// StorageClass of the repository, or that name none. Without entries the rule reports nothing.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   storage-classes: [fast]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: uploads
    /// spec:
    ///   storageClassName: fats
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// conventions:
    ///   storage-classes: [fast]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: uploads
    /// spec:
    ///   storageClassName: fast
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata:
    ///   name: local
    /// spec:
    ///   storageClassName: local
    /// ---
    /// apiVersion: storage.k8s.io/v1
    /// kind: StorageClass
    /// metadata:
    ///   name: local
    /// provisioner: example.com/local
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/storage/storage-classes/>
    pub static RULE = "dangling-storage-class" {
        level: Note,
        profile: Pedantic,
        precision: High,
        tags: ["object", "reference", "configuration"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&KINDS, check))],
    }
}

const KINDS: [KindName; 2] =
    [KindName { group: "", kind: "PersistentVolumeClaim" }, KindName { group: "apps", kind: "StatefulSet" }];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let known = &cx.options().conventions.storage_classes;
    if known.is_empty() {
        return;
    }
    let templates = object.root.path(&["spec", "volumeClaimTemplates"]);
    let templates = templates.into_iter().flat_map(|list| list.items()).filter_map(|claim| claim.get("spec"));
    let own = object.root.get("spec").filter(|_| object.kind() == "PersistentVolumeClaim");
    for claim in own.into_iter().chain(templates) {
        let class = claim.get("storageClassName");
        let text = class.and_then(|class| class.text()).unwrap_or_default();
        let is_bound = claim.get("volumeName").is_some() || class.is_some_and(|_| text.is_empty());
        let is_known = known.iter().any(|name| *name == text) || text.contains(['$', '{', '<']);
        if is_bound || is_known || Deployed::of(cx.world()).exists("StorageClass", &text) {
            continue;
        }
        let message = match class {
            Some(_) => format!("no cluster has the storage class `{text}`"),
            None => "the claim names no storage class".to_owned(),
        };
        let report = Report {
            message,
            why: "the claim stays `Pending`, and so do the pods that mount it".into(),
            help: "name one of `conventions.storage-classes`".into(),
        };
        let at = class.map_or_else(|| At::missing_below(object, claim, &["storageClassName"]), At::value);
        cx.report(at, report);
    }
}
