//! `tiller-deployed`

use crate::engine::{Check, Cx, Report, rule};
use crate::model::{Container, ImageReference, KindName, ObjectView};
use crate::yaml::Cursor;

rule! {
    /// Tiller, the server of Helm 2.
    ///
    /// ## Why
    ///
    /// Tiller does what anybody who reaches its port says, with rights over the whole cluster most of the time.
    /// Helm 3 has none, and Helm 2 has had no fixes since 2020.
    ///
    /// ## What passes
    ///
    /// - other images and Services
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: gcr.io/kubernetes-helm/tiller:v2.16.12
    /// ```
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: tiller-deploy
    /// spec:
    ///   selector: {app: helm, name: tiller}
    ///   ports:
    ///     - port: 44134
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/tiller-exporter:1.0.0
    /// ```
    pub static RULE = "tiller-deployed" {
        level: Error,
        security: 8.0,
        precision: VeryHigh,
        tags: ["platform"],
        aliases: [Checkov "CKV_K8S_34", Checkov "CKV_K8S_44", Checkov "CKV_K8S_45", Kics "Tiller (Helm v2) Is Deployed", Kics "Tiller Deployment Is Accessible From Within The Cluster", Kics "Tiller Service Is Not Deleted", Kyverno "disallow-helm-tiller", Trivy "KSV-0102"],
        checks: [Check::Container(container), Check::Object(&[DEPLOYMENT], deployment), Check::Object(&[SERVICE], service)],
    }
}

const DEPLOYMENT: KindName = KindName { group: "apps", kind: "Deployment" };
const SERVICE: KindName = KindName { group: "", kind: "Service" };

fn container(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(value) = container.image() else { return };
    let Some(text) = value.text() else { return };
    if ImageReference::parse(&text).is_ok_and(|it| it.repository().rsplit('/').next() == Some("tiller")) {
        report(&container.describe(), value, cx);
    }
}

fn deployment(deployment: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let names = [&["metadata", "name"][..], &["spec", "template", "metadata", "name"]];
    let names = names.into_iter().filter_map(|path| deployment.root.path(path));
    let is_its =
        |name: &Cursor<'_>| name.text().is_some_and(|name| name == "tiller" || name == "tiller-deploy");
    // With its own image it is reported there.
    let has_image = || {
        let containers = deployment.pod_specs().into_iter().flat_map(|pod| pod.containers());
        containers.filter_map(|it| it.image()?.text()).any(|image| image.contains("tiller"))
    };
    if let Some(name) = names.into_iter().find(is_its).filter(|_| !has_image()) {
        report(&format!("Deployment `{}`", deployment.name()), name, cx);
    }
}

fn service(service: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(name) = service.root.path(&["metadata", "name"]) else { return };
    if name.text().is_some_and(|name| name == "tiller-deploy") {
        report("Service `tiller-deploy`", name, cx);
    }
}

fn report(what: &str, at: Cursor<'_>, cx: &mut Cx<'_>) {
    let report = Report {
        message: format!("{what} is Tiller, the server of Helm 2"),
        why: "it does what anybody who reaches it says, with its rights over the cluster".into(),
        help: "move the releases to Helm 3 (`helm 2to3`) and remove Tiller".into(),
    };
    cx.report(at, report);
}
