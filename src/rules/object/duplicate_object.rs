//! `duplicate-object`

use std::borrow::Cow;

use camino::Utf8Path;
use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::model::{FileView, ObjectView, Usage};
use crate::render::UnitView;
use crate::rules::support::likeness::are_equal;

rule! {
    /// An object that is defined twice among what is applied together.
    ///
    /// ## Why
    ///
    /// The cluster has one object of a group, kind, namespace and name. Which of the two definitions stays depends on
    /// the order in which they are applied, and a controller that applies both changes it back and forth for ever.
    ///
    /// Looked at are the objects of one rendered kustomization, where Kustomize itself refuses only definitions of the
    /// same version; the files of a directory that an Application or Flux Kustomization applies as they are; and the
    /// documents of any other single file.
    ///
    /// ## What passes
    ///
    /// - objects with `generateName`
    /// - the same name in another namespace, or in what something else applies
    /// - files beside one another that nothing here applies together: `install.yaml` and `install-ha.yaml`
    /// - objects of one file that say the same: a note
    /// - charts, and directories of examples, samples, tests and templates
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   colour: blue
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   colour: red
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   colour: blue
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web-canary
    /// data:
    ///   colour: red
    /// ```
    pub static RULE = "duplicate-object" {
        level: Error,
        precision: High,
        tags: ["object"],
        aliases: [],
        checks: [Check::Unit(check_unit), Check::Around(&Check::File(check_file))],
    }
}

fn check_unit(unit: &UnitView<'_>, cx: &mut Cx<'_>) {
    report_twins(unit.objects(), cx);
}

/// Looks at a file that nothing here applies together with others. Who applies a directory by hand may take one of
/// its files: `install.yaml` beside `install-ha.yaml` is a choice, not a mistake.
fn check_file(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let is_applied = file.file.usage == Usage::Deployed
        && !cx.world().rendering.rendered.contains(&file.file.source)
        && !is_left_alone(file.path().parent().unwrap_or(Utf8Path::new("")), cx);
    if is_applied {
        report_twins(file.objects(), cx);
    }
}

/// Whether what lies in a directory is there to be read, or a chart.
fn is_left_alone(directory: &Utf8Path, cx: &Cx<'_>) -> bool {
    const WORDS: [&str; 12] = [
        "example",
        "examples",
        "sample",
        "samples",
        "test",
        "tests",
        "testdata",
        "fixtures",
        "docs",
        "hack",
        "template",
        "templates",
    ];
    let is_chart = |directory: &Utf8Path| cx.world().repository.file(&directory.join("Chart.yaml")).is_some();
    directory.as_str().split(['/', '.', '-', '_']).any(|word| WORDS.contains(&word))
        || directory.ancestors().any(is_chart)
}

/// Group, kind, namespace and name.
type Key<'w> = (&'w str, &'w str, Cow<'w, str>, Cow<'w, str>);

fn report_twins<'w>(objects: impl Iterator<Item = ObjectView<'w>>, cx: &mut Cx<'_>) {
    let mut objects = objects.peekable();
    let mut known: FxHashMap<Key<'w>, ObjectView<'w>> = FxHashMap::default();
    while let Some(object) = objects.next() {
        // Most files hold one object.
        if known.is_empty() && objects.peek().is_none() {
            return;
        }
        let Some(name) = object.root.path(&["metadata", "name"]).and_then(|name| name.text()) else {
            continue;
        };
        // A name that something fills in later says nothing yet.
        if name.is_empty() || name.contains(['$', '{', '<']) || object.api_version().is_empty() {
            continue;
        }
        let key = (object.group(), object.kind(), object.namespace().unwrap_or_default(), name);
        match known.get(&key) {
            Some(first) => report(first, &object, cx),
            None => drop(known.insert(key, object)),
        }
    }
}

fn report(first: &ObjectView<'_>, second: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let (old, new) = (first.api_version(), second.api_version());
    let versions = if old == new { String::new() } else { format!(", as `{old}` and as `{new}`") };
    let message = format!("{} `{}` is defined twice{versions}", second.kind(), second.name());
    let name =
        |object: &ObjectView<'_>| At::value(object.root.path(&["metadata", "name"]).unwrap_or(object.root));
    let finding = cx.report(
        name(second),
        Report {
            message,
            why: "the cluster has one object of this name: the definition that is applied last wins, and a controller \
                  may change it back and forth"
                .into(),
            help: "delete one of the two definitions, or give one another name".into(),
        },
    );
    finding.object = Some(second.object_name());
    if first.object.source == second.object.source && are_equal(first, second) {
        finding.level = Level::Note;
        finding.why = "both say the same, so nothing is lost until somebody changes one of them".into();
    }
    let at = first.root.path(&["metadata", "name"]).unwrap_or(first.root);
    if let Some(span) = first.map.editable(at.span(), at.step()) {
        finding.related.push(Related { span, message: "defined here as well".into() });
    }
}
