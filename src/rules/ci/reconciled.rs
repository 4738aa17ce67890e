//! What of a repository a controller applies, and whether a command of a script changes that.
//!
//! A script that changes something else may be all there is for it: nothing is said without the file, the object or the
//! release that a controller has, too.

use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::ci::Job;
use crate::engine::World;
use crate::graph::{OwnerKind, OwnerView, Tool};
use crate::model::ObjectView;
use crate::shell::{Command, Script, Word};
use crate::source::SourceId;

use super::command::{operands, program, subcommands};

/// Kinds that are applied by hand before a controller can take over.
const FIRST: [&str; 4] = ["Namespace", "Secret", "CustomResourceDefinition", "AppProject"];

/// The names of kinds as people type them, and as manifests have them.
const KINDS: [(&str, &str); 26] = [
    ("deployment", "Deployment"),
    ("deployments", "Deployment"),
    ("deploy", "Deployment"),
    ("statefulset", "StatefulSet"),
    ("statefulsets", "StatefulSet"),
    ("sts", "StatefulSet"),
    ("daemonset", "DaemonSet"),
    ("daemonsets", "DaemonSet"),
    ("ds", "DaemonSet"),
    ("cronjob", "CronJob"),
    ("cronjobs", "CronJob"),
    ("cj", "CronJob"),
    ("service", "Service"),
    ("services", "Service"),
    ("svc", "Service"),
    ("configmap", "ConfigMap"),
    ("configmaps", "ConfigMap"),
    ("cm", "ConfigMap"),
    ("ingress", "Ingress"),
    ("ingresses", "Ingress"),
    ("ing", "Ingress"),
    ("hpa", "HorizontalPodAutoscaler"),
    ("rollout", "Rollout"),
    ("rollouts", "Rollout"),
    ("networkpolicy", "NetworkPolicy"),
    ("netpol", "NetworkPolicy"),
];

/// Options that name a file or a directory of manifests.
const FILES: [&str; 4] = ["-f", "--filename", "-k", "--kustomize"];

/// What owners apply, by the ways in which commands name it.
#[derive(Default)]
pub(super) struct Reconciled {
    /// Files and directories of manifests, sorted, with the owner.
    paths: Vec<(Utf8PathBuf, String)>,
    /// Objects by kind and name: their namespace and the owner.
    objects: FxHashMap<(String, String), Vec<(String, String)>>,
    /// Releases of charts: their namespace and the owner.
    releases: FxHashMap<String, Vec<(String, String)>>,
    /// Files that generators put into the cluster, and directories of charts: what lies there runs elsewhere.
    inputs: Vec<SourceId>,
}

/// What a command changes, and who has it.
pub(super) struct Change {
    /// As the command names it.
    pub what: String,
    /// The owner as reports name it.
    pub owner: String,
}

impl Reconciled {
    /// What is reconciled in a world.
    pub fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let mut all = Self::default();
            for owner in world.graph().owners() {
                all.add(owner, world);
            }
            all.paths.sort();
            all.inputs.sort_unstable();
            all.inputs.dedup();
            all
        })
    }

    fn add(&mut self, owner: OwnerView<'_>, world: &World) {
        let display = owner.display();
        let key = &owner.owner.key;
        let charts = owner.owner.deliveries.iter().filter(|delivery| delivery.tool == Tool::Helm);
        if owner.owner.kind == OwnerKind::HelmRelease || charts.clone().next().is_some() {
            let namespace = charts.clone().find_map(|delivery| delivery.namespace.clone());
            let namespace = namespace.unwrap_or_else(|| key.namespace.clone());
            self.releases.entry(key.name.clone()).or_default().push((namespace, display.clone()));
        }
        for delivery in charts {
            self.paths.extend(delivery.directory.clone().map(|directory| (directory, display.clone())));
        }
        for (_, unit) in owner.deliveries() {
            let Some(unit) = unit else { continue };
            let mut has_any = false;
            for object in &unit.objects {
                let view = ObjectView::rendered(&world.map, &world.repository, object);
                if OwnerKind::of(&view).is_some() || FIRST.contains(&view.kind()) {
                    continue;
                }
                has_any = true;
                let name = (view.kind().to_owned(), view.name().into_owned());
                let namespace = view.namespace().unwrap_or_default().into_owned();
                self.objects.entry(name).or_default().push((namespace, display.clone()));
                self.paths.push((world.map.source(object.source).path().to_owned(), display.clone()));
            }
            if has_any {
                self.paths.push((unit.directory.clone(), display.clone()));
            }
            self.inputs.extend(&unit.layer.files);
        }
    }

    /// Whether a script is itself a part of what is applied, and runs in the cluster.
    pub fn has_input(&self, source: SourceId) -> bool {
        self.inputs.binary_search(&source).is_ok()
    }

    /// What of this a command changes.
    pub fn changed(&self, script: &Script, command: &Command, job: &Job, world: &World) -> Option<Change> {
        let program = program(command);
        let (verb, _) = subcommands(command);
        let namespace = option(command, &["-n", "--namespace"]).filter(|name| !name.is_empty());
        match (program.as_str(), verb.as_ref()) {
            ("kubectl" | "oc" | "kubecolor", "apply" | "create" | "replace") => {
                let directory = world.map.source(job.source).path().parent().unwrap_or(Utf8Path::new(""));
                let files = FILES.iter().filter_map(|name| option(command, &[name]));
                let files = files.chain(rendered(script, command));
                files.into_iter().find_map(|path| self.file(&path, directory))
            }
            ("kubectl" | "oc" | "kubecolor", "patch" | "edit" | "set" | "scale" | "autoscale") => {
                self.object(command, verb.as_ref(), namespace.as_deref())
            }
            ("helm", "upgrade" | "install") => {
                let name = operands(command).nth(1)?.text()?;
                let found = matching(self.releases.get(name.as_ref())?, namespace.as_deref())?;
                Some(Change { what: format!("release `{name}`"), owner: found })
            }
            _ => None,
        }
    }

    /// A path as a script in `directory` names it, from there or from the root.
    fn file(&self, path: &str, directory: &Utf8Path) -> Option<Change> {
        if path.contains("://") {
            return None;
        }
        let places = [Utf8Path::new(""), directory].map(|directory| normal(directory, path));
        places.into_iter().flatten().find_map(|path| {
            let at = self.paths.partition_point(|(known, _)| *known < path);
            let (known, owner) = self.paths.get(at)?;
            known.starts_with(&path).then(|| Change { what: format!("`{path}`"), owner: owner.clone() })
        })
    }

    /// `deployment/web`, or `deployment web`.
    fn object(&self, command: &Command, verb: &str, namespace: Option<&str>) -> Option<Change> {
        // `set image deployment/web …`
        let mut words = operands(command).skip(if verb == "set" { 2 } else { 1 });
        let first = words.next()?.text()?;
        let (kind, name) = match first.split_once('/') {
            Some((kind, name)) => (kind.to_owned(), name.to_owned()),
            None => (first.into_owned(), words.next()?.text()?.into_owned()),
        };
        let plain = kind.to_ascii_lowercase();
        let plain = plain.split('.').next().unwrap_or_default();
        let (_, kind) = KINDS.iter().find(|(known, _)| *known == plain)?;
        let found = self.objects.get(&((*kind).to_owned(), name.clone()))?;
        Some(Change { what: format!("{kind} `{name}`"), owner: matching(found, namespace)? })
    }
}

/// The directories and files that earlier stages of the pipeline of a command read: `kustomize build DIR | …`.
fn rendered(script: &Script, command: &Command) -> Vec<String> {
    let Some(stage) = command.stage else { return Vec::new() };
    let is_before = |other: &&Command| {
        other.stage.is_some_and(|other| other.pipeline == stage.pipeline && other.index < stage.index)
    };
    let paths = |other: &Command| {
        let skip = match (program(other).as_str(), subcommands(other).0.as_ref()) {
            ("kustomize", "build") | ("kubectl" | "oc", "kustomize") => 1,
            ("cat" | "envsubst" | "sops", _) => 0,
            _ => return Vec::new(),
        };
        operands(other).skip(skip).map(Word::known_end).collect()
    };
    script.commands.iter().filter(is_before).flat_map(paths).collect()
}

/// The owner of what is in a namespace, as far as that is said on both sides.
fn matching(found: &[(String, String)], namespace: Option<&str>) -> Option<String> {
    let fits = |known: &&(String, String)| {
        namespace.is_none_or(|namespace| known.0.is_empty() || known.0 == namespace)
    };
    found.iter().find(fits).map(|(_, owner)| owner.clone())
}

/// What stands behind an option, or behind its `=`, as far as its end is known.
fn option(command: &Command, names: &[&str]) -> Option<String> {
    let mut words = command.arguments().iter();
    while let Some(word) = words.next() {
        let start = word.start();
        if names.contains(&start.as_ref()) {
            return words.next().map(Word::known_end);
        }
        let is_joined = |name: &&str| start.strip_prefix(*name).is_some_and(|rest| rest.starts_with('='));
        if names.iter().any(is_joined) {
            let end = word.known_end();
            return Some(end.split_once('=').map_or(end.clone(), |(_, value)| value.to_owned()));
        }
    }
    None
}

/// A path without `.` and `..`; `None` for the root and for what lies outside.
fn normal(directory: &Utf8Path, path: &str) -> Option<Utf8PathBuf> {
    let mut normal = directory.to_owned();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if !normal.pop() {
                    return None;
                }
            }
            part => normal.push(part),
        }
    }
    (!normal.as_str().is_empty()).then_some(normal)
}
