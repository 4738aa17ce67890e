//! `kustomize-name-hash-disabled`

use camino::Utf8PathBuf;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::model::{KustomizationView, ObjectView};
use crate::render::UnitView;
use crate::rules::support::rollout;
use crate::source::{SourceMap, Span, StepKind};
use crate::yaml::Cursor;

rule! {
    /// A generated ConfigMap or Secret without a hash in its name, in use by pods that nothing restarts.
    ///
    /// ## Why
    ///
    /// The hash is why configuration is generated at all: a change makes a new name, the new name changes the pods,
    /// and the pods are replaced step by step. With `disableNameSuffixHash` the change is applied and the pods run on
    /// with what they read when they started, until something else restarts them, days later and all at once.
    ///
    /// ## What passes
    ///
    /// - objects that no Deployment, StatefulSet or DaemonSet of a rendered overlay mounts or takes its environment
    ///   from: Jobs read what is there when they start
    /// - objects that a custom resource names too, such as `valuesFrom` of a HelmRelease: it needs a stable name
    /// - generators without any source: something in the cluster fills what they make
    /// - pods with a checksum in an annotation, with Reloader, or with a container that reloads the configuration
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// generatorOptions:
    ///   disableNameSuffixHash: true
    /// configMapGenerator:
    ///   - name: web
    ///     literals:
    ///       - LOG_LEVEL=info
    /// # file: deployment.yaml
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
    ///                 name: web
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - deployment.yaml
    /// configMapGenerator:
    ///   - name: web
    ///     literals:
    ///       - LOG_LEVEL=info
    /// # file: deployment.yaml
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
    ///                 name: web
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/generatoroptions/>
    /// - <https://github.com/stakater/Reloader>
    pub static RULE = "kustomize-name-hash-disabled" {
        level: Warning,
        precision: High,
        tags: ["kustomize", "rollout"],
        aliases: [],
        checks: [Check::Around(&Check::Kustomization(check))],
    }
}

const FLAG: &str = "disableNameSuffixHash";

fn check(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let root = kustomization.document.root;
    let on = |flag: &Cursor<'_>| flag.bool() == Some(true);
    let for_all = root.path(&["generatorOptions", FLAG]).filter(on);
    let mut flags: Vec<(Cursor<'_>, Vec<Span>)> = Vec::new();
    for field in ["configMapGenerator", "secretGenerator"] {
        for entry in root.get(field).into_iter().flat_map(|list| list.items()) {
            let own = entry.path(&["options", FLAG]).filter(on);
            // Without sources it is a place that something in the cluster fills.
            if ["literals", "files", "envs", "env"].iter().all(|source| entry.get(source).is_none()) {
                continue;
            }
            // What is on for all cannot be turned off for one, so that is the line to change.
            let Some(flag) = for_all.or(own) else { continue };
            match flags.iter_mut().find(|(known, _)| known.span() == flag.span()) {
                Some((_, entries)) => entries.push(entry.span()),
                None => flags.push((flag, vec![entry.span()])),
            }
        }
    }
    for (flag, entries) in flags {
        report(kustomization, flag, &entries, cx);
    }
}

/// A generated object in use.
struct Use {
    /// "ConfigMap `web`".
    object: String,
    /// "Deployment `web`".
    workload: String,
    /// The unit.
    unit: Utf8PathBuf,
    /// Where the workload names the object.
    at: Option<Span>,
}

fn report(kustomization: &KustomizationView<'_>, flag: Cursor<'_>, entries: &[Span], cx: &mut Cx<'_>) {
    let world = cx.world();
    let source = kustomization.document.file.source;
    let mut uses: Vec<Use> = Vec::new();
    for unit in &world.rendering.units {
        let view = UnitView { map: &world.map, repository: &world.repository, unit };
        let own = view.objects().filter(|object| object.object.source == source);
        for object in own.filter(|object| is_generated_by(&world.map, object, entries)) {
            uses.extend(use_of(&object, &view));
        }
    }
    let Some(first) = uses.first() else { return };
    let mut objects: Vec<&str> = uses.iter().map(|it| &*it.object).collect();
    objects.sort_unstable();
    objects.dedup();
    let what = match objects.as_slice() {
        [a, b] => format!("{a} and {b} keep their names when their content changes"),
        [a, _, more @ ..] => {
            format!("{a} and {} more objects keep their names when their content changes", more.len() + 1)
        }
        _ => format!("{} keeps its name when its content changes", first.object),
    };
    let finding = cx.report(
        At::key(flag),
        Report {
            message: format!("{what}, and nothing restarts {}", first.workload),
            why: "the pods run on with the old content until something else restarts them".into(),
            help: "take the option out, so that a change rolls out; or let Reloader or a checksum annotation restart \
                   the pods"
                .into(),
        },
    );
    let mut at: Vec<Span> = uses.iter().filter_map(|it| it.at).collect();
    at.sort_unstable();
    at.dedup();
    finding.related.extend(at.into_iter().map(|span| Related { span, message: "used here".into() }));
    let mut units: Vec<Utf8PathBuf> = uses.into_iter().map(|it| it.unit).collect();
    units.dedup();
    finding.units = units.into();
}

/// Whether one of these generators gave the object its name, and nothing hashed it.
fn is_generated_by(map: &SourceMap, object: &ObjectView<'_>, entries: &[Span]) -> bool {
    let Some(name) = object.root.path(&["metadata", "name"]) else { return false };
    let mut next = map.step(name.step());
    while let Some(step) = next {
        match step.what {
            StepKind::Hash => return false,
            StepKind::Generator => return entries.contains(&step.entry),
            _ => next = map.step(step.previous),
        }
    }
    false
}

/// The first long-running workload that takes its configuration from an object and does not notice a change.
fn use_of(object: &ObjectView<'_>, unit: &UnitView<'_>) -> Option<Use> {
    let (kind, name) = (object.kind(), object.name());
    let home = object.namespace().filter(|name| name != "default");
    if unit.objects().any(|other| is_custom(&other) && names(other.root, kind, &name)) {
        return None;
    }
    for workload in unit.objects().filter(rollout::is_long_running) {
        if workload.namespace().filter(|name| name != "default") != home {
            continue;
        }
        for pod in workload.pod_specs() {
            let references = rollout::references(&pod, kind);
            let reference = references.into_iter().find(|it| it.text().is_some_and(|text| text == name));
            if let Some(reference) = reference.filter(|_| !rollout::follows_changes(&workload, &pod)) {
                return Some(Use {
                    object: format!("{kind} `{name}`"),
                    workload: format!("{} `{}`", workload.kind(), workload.name()),
                    unit: unit.unit.directory.clone(),
                    at: unit.map.editable(reference.span(), reference.step()),
                });
            }
        }
    }
    None
}

/// Whether the object is of a kind that Kubernetes does not know itself, and none that runs pods.
fn is_custom(object: &ObjectView<'_>) -> bool {
    let group = object.group();
    group.contains('.') && !group.ends_with(".k8s.io") && object.pod_specs().is_empty()
}

/// Whether a mapping below `value` names the object: `kind: Secret` with its name, `secretName`, `configMapRef.name`.
fn names(value: Cursor<'_>, kind: &str, name: &str) -> bool {
    fn is(value: Cursor<'_>, word: &str) -> bool {
        value.text().is_some_and(|text| text == word)
    }
    let is_named = |value: Cursor<'_>| value.get("name").is_some_and(|value| is(value, name));
    if value.is_map() {
        if value.get("kind").is_some_and(|value| is(value, kind)) && is_named(value) {
            return true;
        }
        let word = kind.to_ascii_lowercase();
        return value.entries().into_iter().any(|entry| {
            let key = entry.key.text().unwrap_or_default().to_ascii_lowercase();
            let by_key = key.contains(&word) && (is(entry.value, name) || is_named(entry.value));
            by_key || names(entry.value, kind, name)
        });
    }
    value.items().any(|item| names(item, kind, name))
}
