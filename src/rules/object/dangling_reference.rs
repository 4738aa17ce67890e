//! `dangling-reference`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::rules::support::{needs, together};

rule! {
    /// A workload that names a ConfigMap, Secret, claim or ServiceAccount that is almost, but not quite, there.
    ///
    /// ## Why
    ///
    /// A pod whose ConfigMap or Secret does not exist stays in `CreateContainerConfigError`, one whose claim or
    /// ServiceAccount does not is never created. The rollout hangs, and the old pods hide it.
    ///
    /// ## What passes
    ///
    /// - names that nothing in the unit is nearly called: an operator, a chart or another owner may make the
    ///   object
    /// - a reference that is `optional: true`
    /// - names that a template fills in, and units of which a part is not rendered
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml, config.yaml]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           envFrom:
    ///             - configMapRef:
    ///                 name: web-cofnig
    /// # file: config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web-config
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources: [web.yaml, config.yaml]
    /// # file: web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           envFrom:
    ///             - configMapRef:
    ///                 name: web-config
    /// # file: config.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web-config
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/configmap/>
    pub static RULE = "dangling-reference" {
        level: Warning,
        precision: High,
        tags: ["object", "reference"],
        aliases: [KubeLinter "dangling-service"],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    for group in together::groups(view).iter().filter(|group| !group.is_partial) {
        for object in &group.objects {
            for (kind, at) in needs::of(object) {
                let Some(name) = at.text().filter(|name| !name.contains(['$', '{', '<'])) else { continue };
                let here = group.objects.iter().filter(|other| {
                    other.namespace().is_none()
                        || object.namespace().is_none()
                        || other.namespace() == object.namespace()
                });
                let names: Vec<_> = here.filter_map(|other| needs::provided(other, kind)).collect();
                if names.contains(&name) {
                    continue;
                }
                let Some(near) = names.iter().find(|known| is_slip(&name, known)) else { continue };
                let finding = cx.report(
                    At::value(at),
                    Report {
                        message: format!(
                            "{} `{}` names the {kind} `{name}`, which does not exist",
                            object.kind(),
                            object.name()
                        ),
                        why: "its pods do not start".into(),
                        help: format!("did you mean `{near}`?").into(),
                    },
                );
                finding.object = Some(object.object_name());
                finding.units = group.units();
            }
        }
    }
}

/// Whether two names differ by a slip of the fingers: one letter, or two that changed places. Numbers at the end
/// tell things apart that belong together.
fn is_slip(a: &str, b: &str) -> bool {
    let stem = |name: &str| name.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let long = a.len().min(b.len()) >= 5;
    long && strsim::damerau_levenshtein(a, b) == 1 && a[..stem(a)] != b[..stem(b)]
}
