//! `image-pull-secret-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::rules::support::accounts::Accounts;
use crate::rules::support::images;

rule! {
    /// An image of a private registry in a pod without credentials.
    ///
    /// ## Why
    ///
    /// The registry refuses the image and the pod waits in `ImagePullBackOff`, unless the nodes bring credentials
    /// of their own.
    ///
    /// ## What passes
    ///
    /// - everything, where `images.private` is empty
    /// - `imagePullSecrets` of the pod, or of its ServiceAccount in the repository
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// images:
    ///   private: [registry.example.com]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: registry.example.com/web:1.8.2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: plimsoll.yaml
    /// images:
    ///   private: [registry.example.com]
    /// # file: web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   imagePullSecrets:
    ///     - name: registry
    ///   containers:
    ///     - name: web
    ///       image: registry.example.com/web:1.8.2
    /// ```
    pub static RULE = "image-pull-secret-missing" {
        level: Note,
        precision: High,
        tags: ["image", "correctness"],
        aliases: [Kyverno "require-imagepullsecrets"],
        checks: [Check::Around(&Check::Pod(check))],
    }
}

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    let private = &cx.options().images.private;
    let has_secrets = || pod.spec.get("imagePullSecrets").is_some_and(|it| it.items().next().is_some());
    if private.is_empty() || has_secrets() {
        return;
    }
    for container in pod.containers() {
        let Some(value) = container.image() else { continue };
        let Some(text) = value.text() else { continue };
        let Some(image) = images::known(&text) else { continue };
        let name = images::canonical(&image);
        if !private.iter().any(|place| images::is_below(&name, place)) {
            continue;
        }
        if Accounts::of(cx).has_pull_secrets(pod) {
            return;
        }
        let report = Report {
            message: format!(
                "image `{text}` of {} is private, and the pod has no credentials",
                container.describe()
            ),
            why: "the registry refuses it, and the pod never starts".into(),
            help: "name a Secret in `imagePullSecrets`, of the pod or of its ServiceAccount".into(),
        };
        cx.report(At::part(value, 0, image.name().len()), report);
    }
}
