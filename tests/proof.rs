//! The proof of the data model, before any renderer exists: two overlays over one base, made by hand on the tree
//! type. Findings on the results must land where a person would edit.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use plimsoll::engine::{RuleSet, World, lint_objects};
use plimsoll::finding::Finding;
use plimsoll::model::{Object, Removal};
use plimsoll::rules::NATIVE;
use plimsoll::source::{
    Input, InputRole, Source, SourceId, SourceKind, SourceMap, Span, Step, StepId, StepKind,
};
use plimsoll::yaml::{Cursor, Edit, Limits, Tree, edit, parse, segments};

const BASE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web:1.2.0
          securityContext:
            privileged: false
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {ports: [{port: 80}]}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web}
spec:
  project: shop
  syncPolicy:
    automated:
      prune: true
      selfHeal: true
";

/// A strategic merge patch in a file of its own, and an `images` entry.
const STAGING: &str = "\
images:
  - name: ghcr.io/acme/web
    newTag: latest # expect: image-latest-tag
patches:
  - path: privileged.yaml
";
const PRIVILEGED: &str = "\
spec:
  template:
    spec:
      containers:
        - name: web
          securityContext:
            privileged: true # expect: privileged-container
";

/// A patch inside a block scalar, and one that deletes.
const PRODUCTION: &str = "\
patches:
  - patch: |
      # größer als ein Byte
      spec:
        template:
          spec:
            containers:
              - name: web
                securityContext:
                  privileged: true # expect: privileged-container
  - target: {kind: Application}
    patch: |-
      - op: remove # expect: argo-selfheal-disabled
        path: /spec/syncPolicy/automated/selfHeal
";

const FILES: [(&str, &str); 4] = [
    ("base/web.yaml", BASE),
    ("overlays/production/kustomization.yaml", PRODUCTION),
    ("overlays/staging/kustomization.yaml", STAGING),
    ("overlays/staging/privileged.yaml", PRIVILEGED),
];

struct Repo {
    map: SourceMap,
    base: Vec<Object>,
}

impl Repo {
    fn new() -> Self {
        let sources =
            FILES.iter().map(|(path, text)| Source::new(*path, SourceKind::File, (*text).to_owned()));
        let map = SourceMap::new(sources.collect());
        let base = trees(&map, SourceId(0)).into_iter().map(Object::parsed).collect();
        Self { map, base }
    }

    fn tree(&self, file: u32) -> Tree {
        trees(&self.map, SourceId(file)).remove(0)
    }

    /// The text inside a scalar as a source of its own, whose spans map back to the file.
    fn embedded(&self, scalar: Cursor<'_>) -> Tree {
        let host = scalar.span();
        let outer = self.map.source(host.source);
        let kind = SourceKind::Embedded { host, segments: segments(outer.text(), scalar.node()) };
        let text = scalar.text().unwrap().into_owned();
        let id = self.map.derive(Source::new(outer.path(), kind, text));
        trees(&self.map, id).remove(0)
    }

    fn patched(&self, target: Cursor<'_>, with: &Tree, value: Cursor<'_>, entry: Span) -> Edit {
        let replaced = Input { span: target.span(), role: InputRole::Replaced };
        let step = self.map.record(Step {
            what: StepKind::Patch,
            entry,
            inputs: [replaced].into(),
            previous: target.step(),
        });
        Edit::Replace(Tree::new(with.arena().clone(), value.index()), step)
    }

    fn staging(&self) -> Vec<Object> {
        let deployment = &self.base[0].tree;
        let container = container(&self.map, deployment);
        let kustomization = self.tree(2);
        let root = Cursor::new(&self.map, &kustomization);
        let images = root.get("images").unwrap().items().next().unwrap();
        let new_tag = images.get("newTag").unwrap();

        // `images` makes text that stands in no file; its step says what it was made from.
        let image = container.get("image").unwrap();
        let text = "ghcr.io/acme/web:latest";
        let made = Source::new(FILES[2].0, SourceKind::Synthetic, text.to_owned());
        let made = trees(&self.map, self.map.derive(made)).remove(0);
        let step = self.map.record(Step {
            what: StepKind::Images,
            entry: images.span(),
            inputs: [
                Input { span: new_tag.span(), role: InputRole::Value },
                Input { span: image.span(), role: InputRole::Replaced },
            ]
            .into(),
            previous: image.step(),
        });

        let patch = self.tree(3);
        let from = container_field(&self.map, &patch);
        let target = container_field(&self.map, deployment);
        let entry = root.get("patches").unwrap().items().next().unwrap().span();
        let edits = [
            (image.index(), Edit::Replace(made, step)),
            (target.index(), self.patched(target, &patch, from, entry)),
        ];
        let mut objects = self.base.clone();
        objects[0].tree = edit(deployment, &edits);
        objects
    }

    fn production(&self) -> Vec<Object> {
        let kustomization = self.tree(1);
        let root = Cursor::new(&self.map, &kustomization);
        let mut patches = root.get("patches").unwrap().items();
        let (merge, remove) = (patches.next().unwrap(), patches.next().unwrap());

        let deployment = &self.base[0].tree;
        let patch = self.embedded(merge.get("patch").unwrap());
        let target = container_field(&self.map, deployment);
        let from = container_field(&self.map, &patch);
        let mut objects = self.base.clone();
        objects[0].tree =
            edit(deployment, &[(target.index(), self.patched(target, &patch, from, merge.span()))]);

        let application = &self.base[2].tree;
        let path = ["spec", "syncPolicy", "automated", "selfHeal"];
        let removed = Cursor::new(&self.map, application).path(&path).unwrap();
        let operations = self.embedded(remove.get("patch").unwrap());
        let operation = Cursor::new(&self.map, &operations).items().next().unwrap();
        let step = self.map.record(Step {
            what: StepKind::Remove,
            entry: operation.span(),
            inputs: [Input { span: removed.span(), role: InputRole::Replaced }].into(),
            previous: removed.step(),
        });
        objects[2] = Object {
            tree: edit(application, &[(removed.key().unwrap().index(), Edit::Remove)]),
            removed: [Removal { path: path.join("."), step }].into(),
        };
        objects
    }
}

fn trees(map: &SourceMap, id: SourceId) -> Vec<Tree> {
    let parsed = parse(map.source(id), id, Limits::default());
    assert!(parsed.problems.is_empty(), "{:?}", parsed.problems);
    parsed.trees().collect()
}

fn container<'w>(map: &'w SourceMap, tree: &'w Tree) -> Cursor<'w> {
    let containers = Cursor::new(map, tree).path(&["spec", "template", "spec", "containers"]).unwrap();
    containers.items().next().unwrap()
}

fn container_field<'w>(map: &'w SourceMap, tree: &'w Tree) -> Cursor<'w> {
    container(map, tree).path(&["securityContext", "privileged"]).unwrap()
}

/// `path:line rule` of every finding, and of every `# expect:` in the files named.
fn found(map: &SourceMap, findings: &[Finding], rules: &RuleSet) -> Vec<String> {
    let line = |finding: &Finding| {
        let source = map.source(finding.primary.source);
        let line = source.position(finding.primary.start).line;
        format!("{}:{line} {}", source.path(), rules.get(finding.rule).rule.name)
    };
    findings.iter().map(line).collect()
}

fn expected(files: &[usize]) -> Vec<String> {
    let mut expected = Vec::new();
    for (path, text) in files.iter().map(|&file| FILES[file]) {
        for (index, line) in text.lines().enumerate() {
            if let Some((_, rule)) = line.split_once("# expect: ") {
                expected.push(format!("{path}:{} {rule}", index + 1));
            }
        }
    }
    expected
}

fn rules() -> RuleSet {
    let names = ["image-latest-tag", "privileged-container", "argo-selfheal-disabled"];
    RuleSet::native(NATIVE.iter().copied().filter(|native| names.contains(&&*native.rule.name)))
}

#[test]
fn findings_land_on_the_line_that_a_person_would_edit() {
    for (overlay, files) in
        [(Repo::staging as fn(&Repo) -> Vec<Object>, &[2, 3][..]), (Repo::production, &[1][..])]
    {
        let repo = Repo::new();
        let objects = overlay(&repo);
        let world = World { map: repo.map, ..World::default() };
        let (findings, notices) = lint_objects(&world, &rules(), &objects);
        assert_eq!(notices, []);
        assert_eq!(found(&world.map, &findings, &rules()), expected(files));

        for finding in &findings {
            let bases = finding.related.iter().filter(|related| related.span.source == SourceId(0));
            assert_eq!(bases.count(), 1, "the base value is a related location: {finding:?}");
        }
    }
}

#[test]
fn the_exact_bytes_are_named() {
    let repo = Repo::new();
    let objects = [repo.staging(), repo.production()].concat();
    let world = World { map: repo.map, ..World::default() };
    let (findings, _) = lint_objects(&world, &rules(), &objects);
    let texts: Vec<&str> = findings.iter().map(|finding| world.map.slice(finding.primary)).collect();
    let removal =
        "op: remove # expect: argo-selfheal-disabled\n        path: /spec/syncPolicy/automated/selfHeal";
    assert_eq!(texts, ["true", removal, "latest", "true"]);
    assert_eq!(
        findings[0].path.as_deref(),
        Some("spec.template.spec.containers[0].securityContext.privileged")
    );
    assert_eq!(findings[1].path.as_deref(), Some("spec.syncPolicy.automated.selfHeal"));
}

#[test]
fn untouched_objects_are_shared() {
    let repo = Repo::new();
    let (staging, production) = (repo.staging(), repo.production());
    let shared = |overlay: &[Object]| -> Vec<bool> {
        overlay.iter().zip(&repo.base).map(|(object, base)| object.tree.shares(&base.tree)).collect()
    };
    assert_eq!(shared(&staging), [false, true, true]);
    assert_eq!(shared(&production), [false, true, false]);
}

/// One more overlay costs the nodes of the objects it touches, its steps and the text it makes; not a copy of the
/// base. The figure is printed for `docs/performance.md`.
#[test]
fn one_more_overlay_costs_what_it_touches() {
    let repo = Repo::new();
    let overlay = repo.staging();
    let touched = size_of_val(overlay[0].tree.nodes());
    let whole: usize = repo.base.iter().map(|object| size_of_val(object.tree.nodes())).sum();
    let objects = overlay.len() * size_of::<Object>();
    println!("nodes of touched objects {touched} bytes of {whole}, objects {objects} bytes");
    assert_eq!(
        overlay[0].tree.nodes().len(),
        repo.base[0].tree.nodes().len(),
        "a patch of values adds no nodes"
    );
    assert!(objects <= overlay.len() * 48, "an object is a handle, not a copy: {objects}");
    assert!(touched < whole);
    assert_eq!(StepId::PARSED, overlay[1].tree.nodes()[0].step);
}

/// Aliases are expanded where a subtree is copied, and what would never end becomes null.
#[test]
fn copies_have_no_aliases() {
    let chain: String = (1..3_000).map(|n| format!("a{n}: &a{n} [*a{}]\n", n - 1)).collect();
    let bomb: String = (1..40).map(|n| format!("b{n}: &b{n} [*b{0}, *b{0}]\n", n - 1)).collect();
    let text = format!("keep: 1\nx: &x {{y: [*x]}}\na0: &a0 end\n{chain}b0: &b0 end\n{bomb}");
    let map = SourceMap::new(vec![Source::new("a.yaml", SourceKind::File, text)]);
    let tree = trees(&map, SourceId(0)).remove(0);
    let keep = Cursor::new(&map, &tree).get("keep").unwrap().key().unwrap();
    let copy = edit(&tree, &[(keep.index(), Edit::Remove)]);
    let root = Cursor::new(&map, &copy);
    assert!(root.get("keep").is_none());
    assert!(root.path(&["x", "y"]).unwrap().items().next().unwrap().is_null());
    let deep = root.get("a2").unwrap().items().next().unwrap().items().next().unwrap();
    assert_eq!(deep.text().as_deref(), Some("end"));
    assert!(copy.nodes().len() < 3_000_000, "{}", copy.nodes().len());
}
