//! `overlay-copies-base`

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use camino::Utf8Path;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::model::{File, KUSTOMIZATION_NAMES, KindName, ObjectView, Usage, environments, normalise};
use crate::render::{Unit, UnitView};
use crate::rules::support::{applied, controllers, generated, likeness};
use crate::source::{SourceId, StepKind};
use crate::yaml::Cursor;

rule! {
    /// Manifests of one environment that are a copy of those of another.
    ///
    /// ## Why
    ///
    /// A change that is made in one copy and forgotten in the other goes unnoticed until the environments behave
    /// differently: a probe, a security context or an argument that was tested in staging is not what production has.
    /// And nobody can see any more which of the differences are meant.
    ///
    /// Compared are directories whose paths differ in the name of an environment alone (`envs/staging/web` and
    /// `envs/prod/web`): what their kustomizations render, or the manifests themselves where there is none. Only objects
    /// count that are written in both; what comes from a base that both include is not written twice. The objects are
    /// copies when 85 of 100 values are the same and there are at least 30 of them. Namespaces, replicas, tags, hosts,
    /// sizes, versions and names of environments are not compared: these should differ.
    ///
    /// ## What passes
    ///
    /// - overlays that share a base or component
    /// - overlays of which a part is not rendered
    /// - Secrets, sealed, external or encrypted ones too; Applications and Flux Kustomizations, which are entry points
    /// - generated manifests: those of Flux, of charts, those that say so in their first lines; CustomResourceDefinitions
    /// - what a `configMapGenerator` makes, which is there to be different
    /// - examples, samples, fixtures and charts
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: envs/prod/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, labels: {app: web, team: shop}}
    /// spec:
    ///   replicas: 6
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web, team: shop}}
    ///     spec:
    ///       serviceAccountName: web
    ///       securityContext: {runAsNonRoot: true, fsGroup: 1000}
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           args: [--port=8080, --log=json, --stage=prod]
    ///           ports: [{name: http, containerPort: 8080}]
    ///           env: [{name: REGION, value: eu}, {name: CACHE, value: redis}]
    ///           startupProbe: {httpGet: {path: /start, port: http}, periodSeconds: 2}
    ///           livenessProbe: {httpGet: {path: /live, port: http}, periodSeconds: 10}
    ///           readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 10}
    /// # file: envs/staging/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, labels: {app: web, team: shop}}
    /// spec:
    ///   replicas: 1
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web, team: shop}}
    ///     spec:
    ///       serviceAccountName: web
    ///       securityContext: {runAsNonRoot: true, fsGroup: 1000}
    ///       containers:
    ///         - name: web
    ///           image: ghcr.io/acme/web:1.8.2
    ///           args: [--port=8080, --log=json, --stage=staging]
    ///           ports: [{name: http, containerPort: 8080}]
    ///           env: [{name: REGION, value: eu}, {name: CACHE, value: redis}]
    ///           startupProbe: {httpGet: {path: /start, port: http}, periodSeconds: 2}
    ///           livenessProbe: {httpGet: {path: /live, port: http}, periodSeconds: 10}
    ///           readinessProbe: {httpGet: {path: /ready, port: http}, periodSeconds: 10}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: base/kustomization.yaml
    /// resources:
    ///   - web.yaml
    /// # file: base/web.yaml
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata:
    ///   name: web
    /// # file: envs/prod/kustomization.yaml
    /// resources:
    ///   - ../../base
    /// replicas:
    ///   - name: web
    ///     count: 6
    /// # file: envs/staging/kustomization.yaml
    /// resources:
    ///   - ../../base
    /// ```
    pub static RULE = "overlay-copies-base" {
        level: Warning,
        precision: High,
        tags: ["kustomize", "maintainability", "environment"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// How many of 100 values must be the same.
const ALIKE: usize = 85;
/// So many values a copy has at least: small objects look alike whatever they are for.
const VALUES: usize = 30;
/// An environment is compared with so many of those before it, so that many environments cost no more than few.
const NEIGHBOURS: usize = 8;

/// What cannot be the same in two environments, or says itself what belongs to which.
const APART: [KindName; 5] = [
    KindName { group: "", kind: "Secret" },
    KindName { group: "external-secrets.io", kind: "ExternalSecret" },
    KindName { group: "bitnami.com", kind: "SealedSecret" },
    KindName { group: "", kind: "Namespace" },
    // Shipped with programs as they are.
    KindName { group: "apiextensions.k8s.io", kind: "CustomResourceDefinition" },
];

/// What is applied from one directory of an environment.
struct Place<'w> {
    directory: &'w Utf8Path,
    tier: Option<Tier>,
    /// `None` for manifests without a kustomization.
    unit: Option<&'w Unit>,
    objects: Vec<Part<'w>>,
    /// The files of all its objects.
    sources: FxHashSet<SourceId>,
}

/// An object that may be a copy. Most come from a base, and nothing of them has to be known.
struct Part<'w> {
    view: ObjectView<'w>,
    is_written: OnceCell<bool>,
    values: OnceCell<Vec<likeness::Value>>,
}

impl Part<'_> {
    fn is_written(&self, written: &Written<'_>) -> bool {
        *self.is_written.get_or_init(|| written.holds(&self.view))
    }

    fn values(&self) -> &[likeness::Value] {
        self.values.get_or_init(|| likeness::values(&self.view))
    }
}

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world();
    // By path without the environment. Outer directories come first, so that what they say is not said again below.
    let mut components: BTreeMap<String, Vec<Place<'_>>> = BTreeMap::new();
    let written = Written { world, generated: RefCell::default() };
    let mut add = |directory, component, unit, objects| {
        components.entry(component).or_default().push(Place::new(directory, unit, objects));
    };
    let GraphView { map, repository, rendering, .. } = *graph;
    for unit in rendering.units.iter().filter(|unit| !unit.failed && !unit.partial) {
        if let Some(component) = compared(&unit.directory, world) {
            let objects = UnitView { map, repository, unit }.objects().collect();
            add(&unit.directory, component, Some(unit), objects);
        }
    }
    for (directory, files) in plain(world) {
        if let Some(component) = compared(directory, world) {
            let view = |file| move |object| ObjectView::new(map, Some(file), object);
            let objects = files.iter().flat_map(|&file| file.objects.iter().map(view(file))).collect();
            add(directory, component, None, objects);
        }
    }
    let mut told: FxHashSet<SourceId> = FxHashSet::default();
    for mut places in components.into_values() {
        places.sort_by_key(|place| (place.tier, place.directory.as_str()));
        // Several owners may apply one directory.
        places.dedup_by_key(|place| place.directory);
        for (index, later) in places.iter().enumerate() {
            let mut earlier = places[..index].iter().rev().take(NEIGHBOURS);
            if let Some(copy) = earlier.find_map(|earlier| Copy::of(earlier, later, &told, &written)) {
                told.extend(copy.objects.iter().map(|(object, _)| object.object.source));
                report(&copy, cx);
            }
        }
    }
}

/// The files whose objects are applied as they stand, by directory.
fn plain(world: &World) -> impl Iterator<Item = (&Utf8Path, Vec<&File>)> {
    // Paths compare part by part, which takes several times as long as their text.
    let mut directories: BTreeMap<&str, Vec<&File>> = BTreeMap::new();
    for file in &world.repository.files {
        let is_plain = file.usage == Usage::Deployed && !file.objects.is_empty();
        if is_plain && !world.rendering.rendered.contains(&file.source) {
            let directory = world.map.source(file.source).path().parent().unwrap_or(Utf8Path::new(""));
            directories.entry(directory.as_str()).or_default().push(file);
        }
    }
    directories.into_iter().map(|(directory, files)| (Utf8Path::new(directory), files))
}

/// What a directory is compared as; `None` when it is not.
fn compared(directory: &Utf8Path, world: &World) -> Option<String> {
    component(directory).filter(|_| !is_left_alone(directory, world))
}

/// Whether what lies in a directory is a chart, or there to be read.
fn is_left_alone(directory: &Utf8Path, world: &World) -> bool {
    const WORDS: [&str; 15] = [
        "chainsaw",
        "docs",
        "e2e",
        "example",
        "examples",
        "fixture",
        "fixtures",
        "hack",
        "kuttl",
        "sample",
        "samples",
        "template",
        "templates",
        "testdata",
        "tests",
    ];
    directory.as_str().split(['/', '.', '-', '_']).any(|word| WORDS.contains(&word))
        || directory.ancestors().any(|ancestor| world.repository.file(&ancestor.join("Chart.yaml")).is_some())
}

/// The path of a directory with `*` for its environment; `None` when it names none. A region beside the environment
/// belongs to it: `prod-eu` and `staging` are environments of the same thing.
fn component(directory: &Utf8Path) -> Option<String> {
    const REGIONS: [&str; 22] = [
        "africa",
        "ap",
        "apac",
        "asia",
        "au",
        "blue",
        "ca",
        "central",
        "east",
        "emea",
        "eu",
        "europe",
        "global",
        "green",
        "north",
        "northeast",
        "sa",
        "south",
        "southeast",
        "uk",
        "us",
        "west",
    ];
    let is_region = |word: &str| REGIONS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit());
    let mut is_environment = false;
    let parts = directory.components().map(|part| {
        if environments(part.as_str()).is_empty() {
            return part.as_str().to_owned();
        }
        is_environment = true;
        let rest = likeness::without_environments(part.as_str());
        match rest.split(['-', '_', '.']).all(is_region) {
            true => "*".to_owned(),
            false => format!("{rest}*"),
        }
    });
    let component = parts.collect::<Vec<_>>().join("/");
    is_environment.then_some(component)
}

impl<'w> Place<'w> {
    fn new(directory: &'w Utf8Path, unit: Option<&'w Unit>, objects: Vec<ObjectView<'w>>) -> Self {
        let names = environments(directory.as_str()).into_iter();
        let tier = names.filter_map(|(_, name)| name.tier).next_back();
        let sources = objects.iter().map(|view| view.object.source).collect();
        let part = |view| Part { view, is_written: OnceCell::new(), values: OnceCell::new() };
        Place { directory, tier, unit, objects: objects.into_iter().map(part).collect(), sources }
    }

    /// The objects that are written here and not in `other`.
    fn own(&self, other: &Place<'w>, told: &FxHashSet<SourceId>, written: &Written<'_>) -> Vec<&Part<'w>> {
        let is_own = |part: &&Part<'w>| {
            let source = part.view.object.source;
            !other.sources.contains(&source) && !told.contains(&source) && part.is_written(written)
        };
        self.objects.iter().filter(is_own).collect()
    }
}

/// Which objects somebody wrote for an environment and could have shared with others.
struct Written<'w> {
    world: &'w World,
    /// Whether a program wrote a file.
    generated: RefCell<FxHashMap<SourceId, bool>>,
}

impl Written<'_> {
    fn holds(&self, object: &ObjectView<'_>) -> bool {
        !APART.into_iter().any(|name| object.is(name))
            && object.root.get("sops").is_none()
            && !applied::is_entry_point(object)
            && !applied::is_for_a_tool(object)
            && !controllers::is_generated(object)
            && !generated::is_from_a_chart(object)
            && !is_from_a_generator(object)
            && !object.file().is_some_and(|file| self.is_generated(file))
    }

    fn is_generated(&self, file: &File) -> bool {
        let map = &self.world.map;
        *self.generated.borrow_mut().entry(file.source).or_insert_with(|| generated::is_generated(file, map))
    }
}

/// Whether a generator made an object: an overlay generates what is its own.
fn is_from_a_generator(object: &ObjectView<'_>) -> bool {
    object.map.step(object.root.step()).is_some_and(|step| step.what == StepKind::Generator)
}

/// Objects of one place that are like those of another.
struct Copy<'w> {
    /// The earlier place.
    earlier: &'w Utf8Path,
    /// The unit of the later place.
    unit: Option<&'w Unit>,
    /// Those of the later place that have a counterpart, each with it.
    objects: Vec<(ObjectView<'w>, ObjectView<'w>)>,
    same: usize,
    all: usize,
}

impl<'w> Copy<'w> {
    fn of(
        earlier: &Place<'w>,
        later: &Place<'w>,
        told: &FxHashSet<SourceId>,
        written: &Written<'_>,
    ) -> Option<Self> {
        let new = later.own(earlier, told, written);
        if new.is_empty() {
            return None;
        }
        let old = earlier.own(later, told, written);
        let values = |parts: &[&Part<'w>]| -> Vec<likeness::Value> {
            parts.iter().flat_map(|part| part.values()).copied().collect()
        };
        let likeness::Comparison { same, smaller, all } = likeness::compare(&values(&old), &values(&new));
        if smaller < VALUES || same * 100 < all * ALIKE {
            return None;
        }
        let name = |part: &Part<'w>| {
            let namespace = part.view.namespace().unwrap_or_default();
            let namespace = likeness::without_environments(&namespace).into_owned();
            (part.view.kind(), namespace, likeness::base_name(&part.view))
        };
        let counterparts: FxHashMap<_, _> = old.iter().map(|part| (name(part), part.view)).collect();
        let pair = |part: &&Part<'w>| Some((part.view, *counterparts.get(&name(part))?));
        let objects = new.iter().filter_map(pair).collect();
        Some(Copy { earlier: earlier.directory, unit: later.unit, objects, same, all })
    }
}

fn report(copy: &Copy<'_>, cx: &mut Cx<'_>) {
    let Copy { earlier, unit, objects, same, all } = copy;
    let Some((first, counterpart)) = objects.first() else { return };
    let what = match objects.len() {
        1 => format!("{} `{}` is a copy of the one", first.kind(), first.name()),
        count => format!("{count} objects are copies of those"),
    };
    // The copies may lie below the directories that were compared, or in a base of one environment; a directory that
    // holds both sides names neither.
    let from = home(objects.iter().map(|(_, counterpart)| counterpart));
    let both = home(objects.iter().map(|(object, _)| object));
    let from = if both.starts_with(from) { earlier } else { from };
    let name = |object: &ObjectView<'_>| {
        let at = object.root.path(&["metadata", "name"]).unwrap_or(object.root);
        object.map.editable(at.span(), at.step()).unwrap_or(at.span())
    };
    let how = match same == all {
        true => format!("all {all}"),
        false => format!("{} % of {all}", same * 100 / all),
    };
    let at = entry(first, cx.world()).map_or_else(|| At::span(name(first)), At::value);
    let finding = cx.report(
        at,
        Report {
            message: format!("{what} in `{from}`: {how} compared values are the same"),
            why: "a change made in one and forgotten in the other goes unnoticed, and nobody sees which differences are \
                  meant"
                .into(),
            help: "move what is the same to a base that both include, and keep the differences as patches".into(),
        },
    );
    finding.object = (objects.len() == 1).then(|| first.object_name());
    finding.units = unit.map(|unit| unit.directory.clone()).into_iter().collect();
    let message = format!("{} `{}` is the same here", counterpart.kind(), counterpart.name());
    finding.related.push(Related { span: name(counterpart), message: message.into() });
}

/// The innermost directory that holds the files of all these objects.
fn home<'w>(objects: impl Iterator<Item = &'w ObjectView<'w>>) -> &'w Utf8Path {
    let directory = |object: &'w ObjectView<'w>| {
        object.map.source(object.object.source).path().parent().unwrap_or(Utf8Path::new(""))
    };
    let common = |home: &'w Utf8Path, other: &'w Utf8Path| {
        home.ancestors().find(|home| other.starts_with(home)).unwrap_or(Utf8Path::new(""))
    };
    objects.map(directory).reduce(common).unwrap_or(Utf8Path::new(""))
}

/// The entry of the kustomization that names the file of an object.
fn entry<'w>(object: &ObjectView<'_>, world: &'w World) -> Option<Cursor<'w>> {
    let path = object.map.source(object.object.source).path();
    let kustomization = |directory: &Utf8Path| {
        let mut names = KUSTOMIZATION_NAMES.iter();
        names.find_map(|name| world.repository.file(&directory.join(name)))
    };
    path.ancestors().skip(1).find_map(|directory| {
        let documents = kustomization(directory)?.documents.iter();
        let roots = documents.map(|document| Cursor::new(&world.map, &document.tree));
        let mut items = roots.filter_map(|root| root.get("resources")).flat_map(|list| list.items());
        items.find(|item| item.text().is_some_and(|text| normalise(&directory.join(&*text)) == path))
    })
}
