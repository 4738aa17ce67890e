//! `manifest-unresolved-placeholder`

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::graph::OwnerView;
use crate::model::{DocumentKind, ObjectView};
use crate::yaml::{Cursor, Place};

rule! {
    /// A placeholder in a manifest that a controller applies as it is.
    ///
    /// ## Why
    ///
    /// The file was made for `envsubst` or for a person to fill in, and the controller does neither: it sends
    /// `${IMAGE_TAG}` to the cluster, which refuses the object, or starts something else than what was meant.
    ///
    /// ## What is reported
    ///
    /// `${VAR}`, `{{ .Value }}`, `__VAR__`, `%%VAR%%`, `@@VAR@@` and `<your-domain>` where they cannot be meant: in
    /// images, names, namespaces, hosts of Ingresses and routes, names in certificates, sizes of volumes. Only in objects
    /// that an owner of the repository applies from it.
    ///
    /// ## What passes
    ///
    /// - `${VAR}` where some Flux Kustomization has `postBuild`; `flux-undefined-substitution` speaks of these
    /// - a placeholder that a pipeline, a script or a tool's configuration of the repository names, which may fill it in
    /// - `{{ … }}` in what an ApplicationSet makes, whose generators may fill it in
    /// - objects with annotations of the vault plugin, and kinds that are templates themselves
    /// - words such as `REPLACE_ME`; `image-reference-invalid` knows them in images
    /// - anything in data, commands and arguments, where `$` belongs to somebody else
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: apps/shop, targetRevision: main}
    ///   destination: {name: in-cluster, namespace: shop}
    /// # file: apps/shop/web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers: [{name: web, image: "ghcr.io/acme/web:${IMAGE_TAG}"}]
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: argocd/shop.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: shop, namespace: argocd}
    /// spec:
    ///   project: shop
    ///   source: {repoURL: https://git.example.com/acme/gitops, path: apps/shop, targetRevision: main}
    ///   destination: {name: in-cluster, namespace: shop}
    /// # file: apps/shop/web.yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers: [{name: web, image: "ghcr.io/acme/web:1.8.2"}]
    /// # file: GIT
    /// remote https://git.example.com/acme/gitops
    /// ```
    pub static RULE = "manifest-unresolved-placeholder" {
        level: Error,
        precision: High,
        tags: ["correctness"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[], check))],
    }
}

/// Kinds whose own controllers fill in what stands in them.
const TEMPLATES: [&str; 12] = [
    "ApplicationSet",
    "ResourceSet",
    "Template",
    "ClusterTemplate",
    "WorkflowTemplate",
    "ClusterWorkflowTemplate",
    "Workflow",
    "CronWorkflow",
    "ClusterPolicy",
    "Policy",
    "TriggerTemplate",
    "Composition",
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let applied = Applied::of(cx.world());
    let Some((owner, is_made)) = applied.objects.get(&object.object.tree.place()) else { return };
    if TEMPLATES.contains(&object.kind()) || is_filled_by_vault(object) {
        return;
    }
    for (field, value) in fields(object) {
        let Some(text) = value.text() else { continue };
        let Some((from, to)) = placeholder(&text) else { continue };
        let written = text.get(from..to).unwrap_or_default();
        let is_for_flux = applied.flux_substitutes && written.starts_with("${");
        // An ApplicationSet that takes its values from a plugin, or from clusters, fills in what is not known here.
        let is_for_generator = *is_made && written.starts_with("{{");
        if is_for_flux || is_for_generator || Named::of(cx.world()).has(name(written)) {
            continue;
        }
        let message = format!("the {field} of {} still has the placeholder `{written}`", object.kind());
        let help = "write the value, or let an overlay or the controller fill it in".into();
        let why = format!("{owner} applies the file as it is, and nothing fills this in");
        cx.report(At::part(value, from, to), Report { message, why: why.into(), help });
    }
}

/// The objects that owners apply as they are, each with such an owner, and whether an ApplicationSet makes that.
struct Applied {
    objects: FxHashMap<Place, (String, bool)>,
    /// Whether Flux substitutes for some Kustomization. Others may be given that by what is not in the repository.
    flux_substitutes: bool,
}

impl Applied {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let mut applied = Self { objects: FxHashMap::default(), flux_substitutes: false };
            let graph = world.graph();
            let is_filled =
                |owner: &OwnerView<'_>| owner.spec().is_some_and(|spec| spec.get("postBuild").is_some());
            applied.flux_substitutes = graph.owners().any(|owner| is_filled(&owner));
            for owner in graph.owners().filter(|owner| !is_filled(owner)) {
                for unit in owner.deliveries().filter_map(|(_, unit)| unit) {
                    for object in &unit.objects {
                        applied
                            .objects
                            .entry(object.tree.place())
                            .or_insert_with(|| (owner.display(), owner.is_made()));
                    }
                }
            }
            applied
        })
    }
}

/// Values that are names, addresses or sizes, whatever they are for.
fn fields<'w>(object: &ObjectView<'w>) -> Vec<(&'static str, Cursor<'w>)> {
    let root = object.root;
    let mut fields = Vec::new();
    let mut add = |field, value: Option<Cursor<'w>>| fields.extend(value.map(|value| (field, value)));
    add("name", root.path(&["metadata", "name"]));
    add("namespace", root.path(&["metadata", "namespace"]));
    add("size", root.path(&["spec", "resources", "requests", "storage"]));
    for pod in object.pod_specs() {
        pod.containers().into_iter().for_each(|container| add("image", container.image()));
    }
    let list = |names: &[&str]| root.path(names).into_iter().flat_map(|list| list.items());
    match object.kind() {
        "Ingress" => list(&["spec", "rules"]).for_each(|rule| add("host", rule.get("host"))),
        "HTTPRoute" | "GRPCRoute" | "TLSRoute" => {
            list(&["spec", "hostnames"]).for_each(|host| add("host", Some(host)));
        }
        "Certificate" => list(&["spec", "dnsNames"]).for_each(|name| add("host", Some(name))),
        "Route" => add("host", root.path(&["spec", "host"])),
        _ => {}
    }
    fields
}

/// Whether the vault plugin of Argo CD fills the object in.
fn is_filled_by_vault(object: &ObjectView<'_>) -> bool {
    let annotations = object.annotations();
    annotations.is_some_and(|annotations| {
        let mut keys = annotations.entries().into_iter().filter_map(|entry| entry.key.text());
        keys.any(|key| key.starts_with("avp.kubernetes.io/"))
    })
}

/// The first placeholder of a text: where it starts and ends.
fn placeholder(text: &str) -> Option<(usize, usize)> {
    const MARKS: [(&str, &str); 6] =
        [("${", "}"), ("{{", "}}"), ("__", "__"), ("%%", "%%"), ("@@", "@@"), ("<", ">")];
    MARKS.into_iter().find_map(|(open, close)| {
        let from = text.find(open)?;
        let inner = text.get(from + open.len()..)?;
        let length = inner.find(close)?;
        let name = inner.get(..length)?;
        let is_name = match open {
            // `$${` is for a shell, `<path:…>` and `<< … >>` for a plugin.
            "${" => !text.get(..from)?.ends_with('$'),
            "<" => !name.contains([':', '#', '<', '|']),
            "{{" => true,
            _ => {
                name.len() > 1
                    && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            }
        };
        (is_name && !name.trim().is_empty()).then_some((from, from + open.len() + length + close.len()))
    })
}

/// The name in a placeholder.
fn name(written: &str) -> &str {
    let name = written.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    name.split([':', ' ', '|', '}']).next().unwrap_or_default()
}

/// The words of everything in the repository that runs commands: what is named there may be filled in there.
struct Named {
    words: FxHashSet<String>,
    /// Whether something fills in whatever it finds.
    fills_all: bool,
}

impl Named {
    fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let runs = |kind: DocumentKind| {
                matches!(kind, DocumentKind::Pipeline(_) | DocumentKind::Taskfile | DocumentKind::Package)
            };
            let files = world.repository.files.iter().filter(|file| {
                file.kind.is_command()
                    || matches!(file.kind, FileKind::Jenkinsfile | FileKind::Text)
                    || file.documents.iter().any(|document| runs(document.kind))
            });
            let mut named = Self { words: FxHashSet::default(), fills_all: false };
            for text in files.map(|file| world.map.source(file.source).text()) {
                named.fills_all |= text.contains("envsubst");
                let words = text.split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '_' | '-'));
                let words = words.map(|word| word.trim_matches(['_', '-'])).filter(|word| !word.is_empty());
                named.words.extend(words.map(str::to_owned));
            }
            named
        })
    }

    fn has(&self, name: &str) -> bool {
        self.fills_all || self.words.contains(name)
    }
}
