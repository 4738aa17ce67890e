//! `api-removed`

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Level;
use crate::model::{ObjectView, Usage};
use crate::rules::support::delivered::Delivered;
use crate::schema::lifecycle;

use super::checked;

rule! {
    /// An API version that Kubernetes does not serve any more.
    ///
    /// ## Why
    ///
    /// The API server answers `no matches for kind`, and what is applied together with the object stays as it was.
    ///
    /// The version that `kubernetes-version` names decides. Without it, those that the repository itself gives its
    /// clusters: a `Plan` that upgrades k3s or RKE2, a `KubernetesUpgrade` of tuppr, the cluster of eksctl, kops or k0sctl,
    /// `helm.kubeVersion` of an Application. Where nothing says it, an API version counts that every version which
    /// plimsoll knows has removed. One that only some of these versions have removed is deprecated, which
    /// `api-deprecated` says.
    /// When an API version was removed is read from the definitions of Kubernetes itself.
    ///
    /// ## What passes
    ///
    /// - API versions that the targeted version serves
    /// - files that are named after the version and lie beside another one (`install-v1beta1.yaml`, `install.yaml`), for clusters
    ///   that still serve it: a note, if nobody applies them
    /// - kinds of the same name that a CustomResourceDefinition of the repository defines
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: policy/v1beta1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata:
    ///   name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>
    pub static RULE = "api-removed" {
        level: Error,
        precision: VeryHigh,
        tags: ["api", "deprecation"],
        aliases: [KubeLinter "no-extensions-v1beta", KubeScore "stable-version", Trivy "KSV-0107"],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (api_version, kind) = (object.api_version(), object.kind());
    let Some(life) = lifecycle(api_version, kind) else { return };
    let schemas = checked::Schemas::of(cx.world());
    let target = schemas.target;
    let Some(removed) = life.removed.filter(|removed| *removed <= target.oldest()) else { return };
    let Some(at) = object.root.get("apiVersion") else { return };
    let message = match target.one() {
        Some(minor) => {
            format!(
                "Kubernetes 1.{minor}{} does not serve `{api_version}` of {kind}, which 1.{removed} removed",
                schemas.named_in()
            )
        }
        None => format!("Kubernetes 1.{removed} removed `{api_version}` of {kind}"),
    };
    let report = Report {
        message,
        why: "the API server does not know the object, and what is applied together with it stays as it was"
            .into(),
        help: instead(life.instead).into(),
    };
    let is_for_old_clusters = is_named_after(object, api_version, cx.world());
    let finding = cx.report(At::value(at), report);
    if is_for_old_clusters {
        finding.level = Level::Note;
        finding.why =
            "its file is named after the version, and rather meant for clusters that still serve it".into();
    }
}

/// Whether the name of the file says the version that the object has, and another one is there to choose:
/// `install-v1beta1.yaml` beside `install.yaml` or `install-v1.yaml`. Nobody applies it.
fn is_named_after(object: &ObjectView<'_>, api_version: &str, world: &World) -> bool {
    let version = api_version.rsplit('/').next().unwrap_or_default();
    let Some(stable) = version.find("beta").map(|at| &version[..at]) else { return false };
    let Some(file) = object.file().filter(|file| file.usage == Usage::Deployed) else { return false };
    let path = object.map.source(file.source).path();
    let (Some(name), Some(directory)) = (path.file_name(), path.parent()) else { return false };
    let Some((before, after)) = name.split_once(version) else { return false };
    let is_joint = |c: char| !c.is_ascii_alphanumeric();
    let is_word = (before.is_empty() || before.ends_with(is_joint)) && after.starts_with(is_joint);
    let without = match before.strip_suffix(is_joint) {
        Some(before) => format!("{before}{after}"),
        None => after.trim_start_matches(is_joint).to_owned(),
    };
    let mut others = [without, format!("{before}{stable}{after}")].into_iter();
    is_word
        && others.any(|other| world.repository.file(&directory.join(other)).is_some())
        && !Delivered::of(world).has(file.source)
}

/// What to do about an API version.
pub(super) fn instead(instead: &str) -> String {
    match instead {
        "" => "remove the object: nothing takes its place under this name".to_owned(),
        instead => format!("use `{instead}`; some fields may have other names there"),
    }
}
