//! `dangling-reference`

use std::borrow::Cow;
use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::{near, needs, together};

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
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    for group in together::groups(view).iter().filter(|group| !group.is_partial) {
        let mut provided = None;
        for object in &group.objects {
            for need in needs::of(object).into_iter().filter(|need| !need.is_optional) {
                let (kind, at) = (need.kind, need.name);
                let Some(name) = at.text().filter(|name| !name.contains(['$', '{', '<'])) else { continue };
                let provided = provided.get_or_insert_with(|| Provided::by(&group.objects));
                let here = object.namespace();
                if provided.has(kind, &name, here.as_deref()) {
                    continue;
                }
                let Some(near) = provided.like(kind, &name, here.as_deref()) else { continue };
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

/// Names with the namespaces they are in.
type Names<'w> = BTreeMap<Cow<'w, str>, Vec<Option<Cow<'w, str>>>>;

/// What there is, by kind.
struct Provided<'w>(FxHashMap<&'static str, Names<'w>>);

impl<'w> Provided<'w> {
    /// What comes into being with some objects.
    fn by(objects: &[ObjectView<'w>]) -> Self {
        let mut all: FxHashMap<_, Names<'w>> = FxHashMap::default();
        for object in objects {
            for kind in needs::KINDS {
                if let Some(name) = needs::provided(object, kind) {
                    all.entry(kind).or_default().entry(name).or_default().push(object.namespace());
                }
            }
        }
        Self(all)
    }

    /// Whether something has exactly this name.
    fn has(&self, kind: &str, name: &str, here: Option<&str>) -> bool {
        let namespaces = self.0.get(kind).and_then(|names| names.get(name));
        namespaces.is_some_and(|namespaces| is_seen(namespaces, here))
    }

    /// The name of something that was meant.
    fn like(&self, kind: &str, name: &str, here: Option<&str>) -> Option<&str> {
        let mut names = self.0.get(kind)?.iter();
        names
            .find(|(known, namespaces)| is_seen(namespaces, here) && near::is_slip(name, known))
            .map(|(name, _)| &**name)
    }
}

/// Whether something in one of the namespaces can be referred to. What names none is wherever it is needed.
fn is_seen(namespaces: &[Option<Cow<'_, str>>], here: Option<&str>) -> bool {
    namespaces.iter().any(|there| match (there, here) {
        (Some(there), Some(here)) => there == here,
        _ => true,
    })
}
