//! `flux-reference-missing`

use crate::config::suggestion;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Finding, Level};
use crate::graph::{GraphView, OwnerKind, OwnerView, Placed, Reference};
use crate::model::{KindName, ObjectView};
use crate::rules::support::scripts::Scripts;
use crate::yaml::Cursor;

use super::lookup::{self, Found};

rule! {
    /// A Flux object that names a ConfigMap, a Secret, a provider or another object which is not there.
    ///
    /// ## Why
    ///
    /// The reconciliation stops until the object exists: values are not merged, variables not filled in, alerts not sent.
    ///
    /// Looked at are `postBuild.substituteFrom`, `valuesFrom` with its keys, `healthChecks` of releases and
    /// Kustomizations, `providerRef`, `imageRepositoryRef`, the secrets of `decryption` and `kubeConfig`, and what Alerts and
    /// Receivers are about, which is a warning.
    ///
    /// ## What passes
    ///
    /// - entries with `optional: true`
    /// - Secrets, which people and operators make by other ways, unless the name looks like a typing error of one that is
    ///   there
    /// - sources that an Alert or a Receiver names, unless the name looks like a typing error
    /// - what lies in another namespace and is copied by a reflector or replicator
    /// - clusters to which other repositories are applied as well
    /// - a ConfigMap that a shell script or a Makefile of the repository seems to make: a note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: clusters/production/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/web.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   valuesFrom:
    ///     - kind: ConfigMap
    ///       name: web-valeus
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web-values
    ///   namespace: shop
    /// data:
    ///   values.yaml: |
    ///     replicas: 2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: clusters/production/apps.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata:
    ///   name: apps
    ///   namespace: flux-system
    /// spec:
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    /// # file: apps/web.yaml
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata:
    ///   name: web
    ///   namespace: shop
    /// spec:
    ///   interval: 1h
    ///   valuesFrom:
    ///     - kind: ConfigMap
    ///       name: web-values
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web-values
    ///   namespace: shop
    /// data:
    ///   values.yaml: |
    ///     replicas: 2
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#values-references>
    pub static RULE = "flux-reference-missing" {
        level: Error,
        precision: High,
        tags: ["flux", "reference"],
        aliases: [],
        checks: [Check::Owner(KINDS, check_owner), Check::Graph(check_objects)],
    }
}

const KINDS: &[OwnerKind] = &[OwnerKind::Kustomization, OwnerKind::HelmRelease];

const CONFIG_MAP: KindName = KindName { group: "", kind: "ConfigMap" };
const SECRET: KindName = KindName { group: "", kind: "Secret" };
const OWNERS: [KindName; 2] = [
    KindName { group: "kustomize.toolkit.fluxcd.io", kind: "Kustomization" },
    KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" },
];
/// Sources whose events are told, and that are told of pushes.
const SOURCES: [KindName; 6] = [
    KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "OCIRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "HelmRepository" },
    KindName { group: "source.toolkit.fluxcd.io", kind: "Bucket" },
    KindName { group: "image.toolkit.fluxcd.io", kind: "ImageRepository" },
    KindName { group: "image.toolkit.fluxcd.io", kind: "ImagePolicy" },
];
/// Objects that are about others, and the list that says which.
const ABOUT: [(KindName, &str); 2] = [
    (KindName { group: "notification.toolkit.fluxcd.io", kind: "Alert" }, "eventSources"),
    (KindName { group: "notification.toolkit.fluxcd.io", kind: "Receiver" }, "resources"),
];
/// Objects with a reference: the kind, the field, and the kind that is named.
const REFERENCES: [(KindName, &str, KindName); 2] = [
    (
        KindName { group: "notification.toolkit.fluxcd.io", kind: "Alert" },
        "providerRef",
        KindName { group: "notification.toolkit.fluxcd.io", kind: "Provider" },
    ),
    (
        KindName { group: "image.toolkit.fluxcd.io", kind: "ImagePolicy" },
        "imageRepositoryRef",
        KindName { group: "image.toolkit.fluxcd.io", kind: "ImageRepository" },
    ),
];

fn check_owner(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    // A release that no owner applies is a part of something else.
    if owner.owner.kind == OwnerKind::HelmRelease && owner.owner.parent.is_none() {
        return;
    }
    let items = |path: &[&str]| spec.path(path).into_iter().flat_map(|list| list.items()).collect::<Vec<_>>();
    for item in items(&["postBuild", "substituteFrom"]).into_iter().chain(items(&["valuesFrom"])) {
        if item.get("optional").and_then(|optional| optional.bool()) == Some(true) {
            continue;
        }
        let Some(reference) = lookup::reference(owner, item, "") else { continue };
        match &*reference.kind {
            "ConfigMap" => config_map(owner, &reference, cx),
            "Secret" => secret(owner, &reference, cx),
            _ => {}
        }
    }
    for path in [&["decryption", "secretRef"], &["kubeConfig", "secretRef"]] {
        if let Some(reference) = spec.path(path).and_then(|at| lookup::reference(owner, at, "Secret")) {
            secret(owner, &reference, cx);
        }
    }
    for item in items(&["healthChecks"]) {
        let Some(reference) = lookup::reference(owner, item, "") else { continue };
        let Some(&kind) = OWNERS.iter().find(|kind| kind.kind == reference.kind) else { continue };
        let cluster = owner.owner.deliveries.first().map_or(owner.owner.key.cluster, |it| it.cluster);
        if lookup::find(owner.view, cluster, kind, &reference.namespace, &reference.name) == Found::No {
            let names = lookup::names(owner.view, cluster, kind, &reference.namespace);
            report(&owner.display(), &owner.object, &reference, &names, cx);
        }
    }
}

fn config_map(owner: &OwnerView<'_>, reference: &Reference<'_>, cx: &mut Cx<'_>) {
    let (view, cluster) = (owner.view, owner.owner.key.cluster);
    let same: Vec<(&str, ObjectView<'_>)> = lookup::placed(view, cluster, CONFIG_MAP)
        .filter(|(_, object)| object.name() == reference.name)
        .collect();
    if let Some((_, map)) = same.iter().find(|(namespace, _)| *namespace == reference.namespace) {
        if owner.owner.kind == OwnerKind::HelmRelease {
            key(owner, reference, map, cx);
        }
        return;
    }
    let is_copied = same.iter().any(|(_, object)| {
        let annotations = object.annotations();
        let keys = annotations.map(|annotations| annotations.entries()).unwrap_or_default();
        keys.iter().any(|it| {
            it.key.text().is_some_and(|key| key.contains("reflector") || key.contains("replicator"))
        })
    });
    let found = lookup::find(view, cluster, CONFIG_MAP, &reference.namespace, &reference.name);
    if !is_copied && found == Found::No {
        let names = lookup::names(view, cluster, CONFIG_MAP, &reference.namespace);
        let is_made = Scripts::of(cx.world()).make_config_map(&reference.name);
        let finding = report(&owner.display(), &owner.object, reference, &names, cx);
        if is_made {
            finding.level = Level::Note;
            finding.why =
                "a script here seems to make it; until it is there, the reconciliation stops".into();
        }
    }
}

/// The key of a ConfigMap that holds the values.
fn key(owner: &OwnerView<'_>, reference: &Reference<'_>, map: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let written = reference.at.get("valuesKey");
    let wanted = written.and_then(|key| key.text()).unwrap_or("values.yaml".into());
    let has_key = ["data", "binaryData"].iter().any(|data| {
        map.root.get(data).is_some_and(|data| {
            data.get(&wanted).is_some()
                || data.entries().iter().any(|it| it.key.text().is_some_and(|key| key.contains("${")))
        })
    });
    if has_key || wanted.contains("${") {
        return;
    }
    let keys: Vec<String> = ["data", "binaryData"]
        .iter()
        .filter_map(|data| map.root.get(data))
        .flat_map(|data| data.entries())
        .filter_map(|entry| Some(entry.key.text()?.into_owned()))
        .collect();
    let help = match keys.as_slice() {
        [] => "the ConfigMap is empty".to_owned(),
        [only] => format!("its only key is `{only}`: name it in `valuesKey`"),
        _ => suggestion(&wanted, keys.iter().map(String::as_str))
            .unwrap_or_else(|| "name one of its keys in `valuesKey`".to_owned()),
    };
    cx.report(
        At::value(written.unwrap_or(reference.name_at)),
        Report {
            message: format!("ConfigMap `{}` has no key `{wanted}`", reference.display()),
            why: format!("{} takes its values from there and stops without them", owner.display()).into(),
            help: help.into(),
        },
    );
}

/// Secrets come from everywhere: only a name that is nearly one of those that are there is wrong.
fn secret(owner: &OwnerView<'_>, reference: &Reference<'_>, cx: &mut Cx<'_>) {
    let (view, cluster) = (owner.view, owner.owner.key.cluster);
    if lookup::find(view, cluster, SECRET, &reference.namespace, &reference.name) != Found::No {
        return;
    }
    let names: Vec<String> = lookup::names(view, cluster, SECRET, &reference.namespace)
        .into_iter()
        .filter(|name| strsim::damerau_levenshtein(name, &reference.name) <= 2 && name.len() > 4)
        // Names that are counted are alike on purpose.
        .filter(|name| without_digits(name) != without_digits(&reference.name))
        .collect();
    if !names.is_empty() {
        report(&owner.display(), &owner.object, reference, &names, cx);
    }
}

fn without_digits(name: &str) -> String {
    name.chars().filter(|c| !c.is_ascii_digit()).collect()
}

fn check_objects(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    for (kind, field) in ABOUT {
        for placed in view.graph.objects.iter().filter(|placed| placed.key.kind == kind.kind) {
            let object = view.placed(placed);
            let list = object.root.path(&["spec", field]).filter(|_| object.is(kind));
            for item in list.into_iter().flat_map(|list| list.items()) {
                about(view, placed, &object, item, cx);
            }
        }
    }
    for (kind, field, wanted) in REFERENCES {
        for placed in view.graph.objects.iter().filter(|placed| placed.key.kind == kind.kind) {
            let object = view.placed(placed);
            let Some(at) = object.root.path(&["spec", field]).filter(|_| object.is(kind)) else { continue };
            let Some(mut reference) = Reference::new(&object, at, wanted.kind) else { continue };
            if reference.namespace.is_empty() {
                reference.namespace = placed.key.namespace.clone().into();
            }
            let cluster = placed.key.cluster;
            if lookup::find(*view, cluster, wanted, &reference.namespace, &reference.name) == Found::No {
                let names = lookup::names(*view, cluster, wanted, &reference.namespace);
                let name = format!("{} `{}`", kind.kind, placed.key.name);
                report(&name, &object, &reference, &names, cx);
            }
        }
    }
}

/// Whether the bootstrap or a FluxInstance makes the object: a source, and a Kustomization of the same name.
fn is_of_the_bootstrap(view: &GraphView<'_>, reference: &Reference<'_>) -> bool {
    let mut instances = view.owners().filter(|owner| owner.owner.kind == OwnerKind::FluxInstance);
    reference.name == "flux-system"
        || instances.any(|instance| {
            let name = instance.object.root.path(&["spec", "sync", "name"]).and_then(|name| name.text());
            name.is_some_and(|name| name == reference.name)
        })
}

/// What an Alert or a Receiver is about.
fn about(view: &GraphView<'_>, placed: &Placed, object: &ObjectView<'_>, item: Cursor<'_>, cx: &mut Cx<'_>) {
    let Some(mut reference) = Reference::new(object, item, "") else { return };
    if reference.namespace.is_empty() {
        reference.namespace = placed.key.namespace.clone().into();
    }
    let Some(&kind) = OWNERS.iter().chain(&SOURCES).find(|kind| kind.kind == reference.kind) else { return };
    let cluster = placed.key.cluster;
    if reference.name == "*"
        || is_of_the_bootstrap(view, &reference)
        || lookup::find(*view, cluster, kind, &reference.namespace, &reference.name) != Found::No
    {
        return;
    }
    let names = lookup::names(*view, cluster, kind, &reference.namespace);
    let is_like_one = suggestion(&reference.name, names.iter().map(String::as_str)).is_some();
    if is_like_one || OWNERS.contains(&kind) {
        let name = format!("{} `{}`", placed.key.kind, placed.key.name);
        let finding = report(&name, object, &reference, &names, cx);
        finding.level = Level::Warning;
        finding.why = "it is about nothing, and nobody notices".into();
    }
}

fn report<'c>(
    who: &str,
    object: &ObjectView<'_>,
    reference: &Reference<'_>,
    names: &[String],
    cx: &'c mut Cx<'_>,
) -> &'c mut Finding {
    let kind = if reference.kind.is_empty() { "object" } else { &reference.kind };
    let hashed = names.iter().find(|name| {
        let rest = name.strip_prefix(&*reference.name).and_then(|rest| rest.strip_prefix('-'));
        rest.is_some_and(|rest| rest.len() == 10 && rest.chars().all(|c| c.is_ascii_alphanumeric()))
    });
    let help = match hashed {
        Some(hashed) => format!(
            "it is generated as `{hashed}`: set `disableNameSuffixHash`, or tell Kustomize about the reference with \
             `configurations`"
        ),
        None => suggestion(&reference.name, names.iter().map(String::as_str))
            .unwrap_or_else(|| format!("add the {kind}, or name one that is there")),
    };
    let at: Cursor<'_> = reference.name_at;
    let finding = cx.report(
        At::value(at),
        Report {
            message: format!("{who} names {kind} `{}`, which is not there", reference.display()),
            why: "its reconciliation stops until it is".into(),
            help: help.into(),
        },
    );
    finding.object = Some(object.object_name());
    finding
}
