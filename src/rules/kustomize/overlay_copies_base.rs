//! `overlay-copies-base`

use std::cell::OnceCell;
use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashSet;

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::model::{KindName, ObjectView, Usage, environments, normalise};
use crate::render::{Unit, UnitView};
use crate::rules::support::{controllers, likeness};
use crate::source::SourceId;
use crate::yaml::Cursor;

use super::applied;

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
    /// - Secrets, sealed or encrypted ones too; Applications and Flux Kustomizations, which are entry points
    /// - generated manifests: those of Flux, of charts, those that say so in their first lines; CustomResourceDefinitions
    /// - examples, samples, fixtures and charts
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: envs/prod/web.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data: &data
    ///   a: "0"
    ///   b: "1"
    /// # file: envs/staging/web.yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
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
const APART: [KindName; 4] = [
    KindName { group: "", kind: "Secret" },
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

/// An object that may be a copy.
struct Part<'w> {
    view: ObjectView<'w>,
    values: OnceCell<Vec<likeness::Value>>,
}

fn check(graph: &GraphView<'_>, cx: &mut Cx<'_>) {
    let world = cx.world;
    // By path without the environment. Outer directories come first, so that what they say is not said again below.
    let mut components: BTreeMap<String, Vec<Place<'_>>> = BTreeMap::new();
    for place in units(graph).chain(plain(world)) {
        if let Some(component) = component(place.directory) {
            components.entry(component).or_default().push(place);
        }
    }
    let mut told: FxHashSet<SourceId> = FxHashSet::default();
    for mut places in components.into_values() {
        places.sort_by_key(|place| (place.tier, place.directory));
        // Several owners may apply one directory.
        places.dedup_by_key(|place| place.directory);
        for (index, later) in places.iter().enumerate() {
            let mut earlier = places[..index].iter().rev().take(NEIGHBOURS);
            if let Some(copy) = earlier.find_map(|earlier| Copy::of(earlier, later, &told)) {
                told.extend(copy.objects.iter().map(|object| object.object.source));
                report(&copy, cx);
            }
        }
    }
}

fn units<'w>(graph: &GraphView<'w>) -> impl Iterator<Item = Place<'w>> + use<'w> {
    let GraphView { map, repository, rendering, .. } = *graph;
    let whole = rendering.units.iter().filter(|unit| !unit.failed && !unit.partial);
    whole.map(move |unit| {
        Place::new(&unit.directory, Some(unit), UnitView { map, repository, unit }.objects())
    })
}

/// The directories of manifests that are applied as they stand.
fn plain(world: &World) -> impl Iterator<Item = Place<'_>> {
    let mut directories: BTreeMap<&Utf8Path, Vec<ObjectView<'_>>> = BTreeMap::new();
    for file in &world.repository.files {
        if file.usage == Usage::Deployed && !world.rendering.rendered.contains(&file.source) {
            let directory = world.map.source(file.source).path().parent().unwrap_or(Utf8Path::new(""));
            let objects = file.objects.iter().map(|object| ObjectView::new(&world.map, Some(file), object));
            directories.entry(directory).or_default().extend(objects);
        }
    }
    let applied = directories.into_iter().filter(|(directory, _)| !is_left_alone(directory, world));
    applied.map(|(directory, objects)| Place::new(directory, None, objects.into_iter()))
}

/// Whether what lies in a directory is a chart, or there to be read.
fn is_left_alone(directory: &Utf8Path, world: &World) -> bool {
    const WORDS: [&str; 13] = [
        "docs",
        "e2e",
        "example",
        "examples",
        "fixture",
        "fixtures",
        "hack",
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
    let is_region = |word: &str| {
        REGIONS.contains(&word) || word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'*')
    };
    let mut is_environment = false;
    let parts = directory.components().map(|part| {
        let rest = likeness::without_environments(part.as_str());
        let named = rest.contains('*');
        is_environment |= named;
        match named && rest.split(['-', '_', '.']).all(is_region) {
            true => "*".to_owned(),
            false => rest.into_owned(),
        }
    });
    let component = parts.collect::<Vec<_>>().join("/");
    is_environment.then_some(component)
}

impl<'w> Place<'w> {
    fn new(
        directory: &'w Utf8Path,
        unit: Option<&'w Unit>,
        objects: impl Iterator<Item = ObjectView<'w>>,
    ) -> Self {
        let mut place = Place {
            directory,
            tier: environments(directory.as_str()).into_iter().filter_map(|(_, name)| name.tier).next_back(),
            unit,
            objects: Vec::new(),
            sources: FxHashSet::default(),
        };
        for view in objects {
            place.sources.insert(view.object.source);
            if may_be_a_copy(&view) {
                place.objects.push(Part { view, values: OnceCell::new() });
            }
        }
        place
    }

    /// The objects that are written here and not in `other`.
    fn own(&self, other: &Place<'w>, told: &FxHashSet<SourceId>) -> Vec<&Part<'w>> {
        let is_own = |part: &&Part<'w>| {
            let source = part.view.object.source;
            !other.sources.contains(&source) && !told.contains(&source)
        };
        self.objects.iter().filter(is_own).collect()
    }
}

/// Whether somebody wrote the object for this environment and could have shared it with others.
fn may_be_a_copy(object: &ObjectView<'_>) -> bool {
    let is_from_a_chart = || {
        object.label("helm.sh/chart").is_some()
            || object.label("app.kubernetes.io/managed-by").is_some_and(|by| by == "Helm")
    };
    !APART.into_iter().any(|name| object.is(name))
        && object.root.get("sops").is_none()
        && !applied::is_entry_point(object)
        && !applied::is_for_a_tool(object)
        && !controllers::is_generated(object)
        && !is_from_a_chart()
        && !is_generated(object)
}

/// Whether the head of an object's file says that a program wrote it.
fn is_generated(object: &ObjectView<'_>) -> bool {
    const HEAD: u32 = 1024;
    let Some(file) = object.file else { return false };
    let source = object.map.source(file.source);
    let mut head = file.parsed.comments.iter().take_while(|comment| comment.span.start < HEAD);
    head.any(|comment| {
        let text = source.slice(comment.span).to_ascii_lowercase();
        text.contains("generated") || text.contains("do not edit") || text.starts_with("# source:")
    })
}

/// Objects of one place that are like those of another.
struct Copy<'p, 'w> {
    earlier: &'p Place<'w>,
    later: &'p Place<'w>,
    /// Those of the later one that have a counterpart.
    objects: Vec<ObjectView<'w>>,
    /// The counterpart of the first of them.
    counterpart: ObjectView<'w>,
    same: usize,
    all: usize,
}

impl<'p, 'w> Copy<'p, 'w> {
    fn of(earlier: &'p Place<'w>, later: &'p Place<'w>, told: &FxHashSet<SourceId>) -> Option<Self> {
        let (old, new) = (earlier.own(later, told), later.own(earlier, told));
        let values = |parts: &[&'p Part<'w>]| -> Vec<likeness::Value> {
            let values =
                |part: &&'p Part<'w>| part.values.get_or_init(|| likeness::values(&part.view)).clone();
            parts.iter().flat_map(values).collect()
        };
        let likeness::Comparison { same, smaller, all } = likeness::compare(&values(&old), &values(&new));
        if smaller < VALUES || same * 100 < all * ALIKE {
            return None;
        }
        let name = |part: &Part<'w>| (part.view.kind(), likeness::base_name(&part.view));
        let twin = |part: &Part<'w>| old.iter().find(|other| name(other) == name(part)).map(|twin| twin.view);
        let objects: Vec<_> = new.iter().filter_map(|part| Some((part.view, twin(part)?))).collect();
        let counterpart = objects.first()?.1;
        let objects = objects.into_iter().map(|(object, _)| object).collect();
        Some(Copy { earlier, later, objects, counterpart, same, all })
    }
}

fn report(copy: &Copy<'_, '_>, cx: &mut Cx<'_>) {
    let Copy { earlier, later, objects, counterpart, same, all } = copy;
    let Some(first) = objects.first() else { return };
    let what = match objects.len() {
        1 => format!("{} `{}` here is a copy of the one", first.kind(), first.name()),
        count => format!("{count} objects here are copies of those"),
    };
    let name =
        |object: &ObjectView<'_>| At::value(object.root.path(&["metadata", "name"]).unwrap_or(object.root));
    let at = later.unit.and_then(|unit| entry(unit, first, cx.world));
    let finding = cx.report(
        at.map_or_else(|| name(first), At::value),
        Report {
            message: format!(
                "{what} in `{}`: {} % of {all} values are the same",
                earlier.directory,
                same * 100 / all
            ),
            why: "a change made in one and forgotten in the other goes unnoticed, and nobody sees which differences are \
                  meant"
                .into(),
            help: "move what is the same to a base that both include, and keep the differences as patches".into(),
        },
    );
    finding.object = (objects.len() == 1).then(|| first.object_name());
    finding.units = later.unit.map(|unit| unit.directory.clone()).into_iter().collect();
    let at = counterpart.root.path(&["metadata", "name"]).unwrap_or(counterpart.root);
    if let Some(span) = counterpart.map.editable(at.span(), at.step()) {
        let message = format!("{} `{}` is the same here", counterpart.kind(), counterpart.name());
        finding.related.push(Related { span, message: message.into() });
    }
}

/// The entry of a kustomization that brings an object in, by itself or through a directory.
fn entry<'w>(unit: &Unit, object: &ObjectView<'_>, world: &'w World) -> Option<Cursor<'w>> {
    let file = world.repository.files.get(unit.source.0 as usize)?;
    let path = object.map.source(object.object.source).path();
    let root = file.documents.iter().map(|document| Cursor::new(&world.map, &document.tree)).next()?;
    let lists = ["resources", "bases"].into_iter().filter_map(|list| root.get(list));
    let leads_to = |item: &Cursor<'_>| {
        let included: Option<Utf8PathBuf> = item.text().map(|text| normalise(&unit.directory.join(&*text)));
        included.is_some_and(|included| path.starts_with(&included))
    };
    lists.flat_map(|list| list.items()).find(leads_to)
}
