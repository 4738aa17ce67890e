//! `argo-ignore-differences-broad`

use std::borrow::Cow;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::secret::embedded;
use crate::model::{DocumentView, KindName, ObjectView};
use crate::yaml::Cursor;

use super::application::{Application, is_templated};

rule! {
    /// `ignoreDifferences` of Argo CD, or `driftDetection.ignore` of Flux, that hides whole sections of objects.
    ///
    /// ## Why
    ///
    /// What is ignored may differ from the repository for good, and Argo CD shows the object as synced. Ignoring
    /// `/spec`, or the pod template, hides every change of images, privileges and configuration in the cluster.
    ///
    /// ## What passes
    ///
    /// - single fields that another controller owns: `/spec/replicas`, `caBundle`, `/status`, weights of a rollout
    /// - the rules of one ClusterRole, which may be aggregated, and the images of a DeploymentConfig
    ///
    /// Whole sections are an error, the pod template and its parts are a warning. An entry that is about one object by
    /// `name` is one level lower, and the content of one ConfigMap or Secret is a note. A single field of `group: '*'`,
    /// `kind: '*'` is a warning, unless it is one that controllers set everywhere. `/` is a warning, too: it names no field,
    /// and Argo CD ignores nothing.
    ///
    /// Looked at are Applications, `resource.customizations.ignoreDifferences.*` of `argocd-cm`, which is for all of them,
    /// and HelmReleases.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   ignoreDifferences:
    ///     - group: apps
    ///       kind: Deployment
    ///       jsonPointers: [/spec]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   ignoreDifferences:
    ///     - group: apps
    ///       kind: Deployment
    ///       name: web
    ///       jsonPointers: [/spec/replicas]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/diffing/>
    /// - <https://fluxcd.io/flux/components/helm/helmreleases/#ignore-rules>
    pub static RULE = "argo-ignore-differences-broad" {
        level: Error,
        precision: High,
        tags: ["argo-cd", "flux", "drift"],
        aliases: [],
        checks: [Check::Object(KINDS, check), Check::Values(values)],
    }
}

const KINDS: &[KindName] = &[
    KindName { group: "argoproj.io", kind: "Application" },
    KindName { group: "argoproj.io", kind: "ApplicationSet" },
    KindName { group: "", kind: "ConfigMap" },
    KindName { group: "helm.toolkit.fluxcd.io", kind: "HelmRelease" },
];

/// Sections that hold all or most of an object, as JSON pointers.
const SECTIONS: [&str; 7] = ["", "/", "/spec", "/data", "/stringData", "/rules", "/binaryData"];
/// Parts of a workload that decide what runs.
const PARTS: [&str; 6] =
    ["/spec/template", "/spec/template/spec", "/containers", "/initContainers", "/image", "/securityContext"];
/// Managers under whose name people change objects by hand, or Argo CD itself does.
const MANAGERS: [&str; 2] = ["kubectl", "argocd"];

const ARGO: &str = "Argo CD";

/// One entry of what is ignored, wherever it stands.
struct Entry<'a> {
    /// Whose: "Application `web`".
    owner: &'a str,
    /// What reads it.
    engine: &'static str,
    /// The kind of object it is about, as it is written.
    kind: Cow<'a, str>,
    is_named: bool,
}

impl Entry<'_> {
    /// "of Deployment".
    fn of(&self) -> String {
        match self.kind.as_ref() {
            "" | "*" => "of every kind".to_owned(),
            kind => format!("of {kind}"),
        }
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    match object.kind() {
        "ConfigMap" if object.name() == "argocd-cm" => {
            let data = object.root.get("data");
            data.into_iter().for_each(|data| settings(data, cx));
        }
        "ConfigMap" => {}
        "HelmRelease" => {
            flux(object, object.root.path(&["spec", "driftDetection", "ignore"]), cx);
        }
        _ => application(object, cx),
    }
}

fn application(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(application) = Application::new(object) else { return };
    let entries = application.root.path(&["spec", "ignoreDifferences"]);
    for written in entries.into_iter().flat_map(|entries| entries.items()) {
        let text = |name: &str| written.get(name).and_then(|it| it.text()).unwrap_or_default();
        let is_named = !text("name").is_empty();
        let entry = Entry { owner: &application.name(), engine: ARGO, kind: text("kind"), is_named };
        let found = fields(&entry, written, cx);
        // One field, but of everything there is.
        let is_everything = text("group") == "*" && text("kind") == "*" && !is_named;
        let list = |name: &str| written.get(name).into_iter().flat_map(|list| list.items());
        let mut paths = list("jsonPointers").chain(list("jqPathExpressions"));
        let wide = paths.find(|path| path.text().is_some_and(|path| !is_of_controllers(&path)));
        if let Some(path) = wide.filter(|_| is_everything && !found) {
            report(cx, &entry, path, Level::Warning);
        }
    }
}

/// Whether other controllers set a field in objects of many kinds: the status, what webhooks and Kubernetes fill in.
fn is_of_controllers(path: &str) -> bool {
    let known = ["status", "caBundle", "metadata", "clusterIP", "creationTimestamp"];
    is_templated(path) || path.split(['/', '.', '[', '"']).any(|part| known.contains(&part))
}

/// `resource.customizations.ignoreDifferences.<group_Kind>` of `argocd-cm`: for all Applications.
fn settings(data: Cursor<'_>, cx: &mut Cx<'_>) {
    for setting in data.entries() {
        let Some(key) = setting.key.text() else { continue };
        let Some(of) = key.strip_prefix("resource.customizations.ignoreDifferences.") else { continue };
        let kind = match of {
            "all" => Cow::Borrowed("*"),
            of => Cow::Borrowed(of.rsplit_once('_').map_or(of, |(_, kind)| kind)),
        };
        let Some(parsed) = embedded::parse(setting.value) else { continue };
        let entry = Entry { owner: "`argocd-cm`", engine: ARGO, kind, is_named: false };
        for tree in parsed.trees() {
            fields(&entry, Cursor::new(setting.value.map(), &tree), cx);
        }
    }
}

fn values(values: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let root = values.root;
    for root in [Some(root), root.get("argo-cd"), root.get("argocd")].into_iter().flatten() {
        root.path(&["configs", "cm"]).into_iter().for_each(|data| settings(data, cx));
    }
}

/// Paths that Flux leaves alone when it corrects drift. The empty one is all of an object, which is how an object is
/// left out on purpose: of one object it is no mistake.
fn flux(object: &ObjectView<'_>, entries: Option<Cursor<'_>>, cx: &mut Cx<'_>) {
    let owner = format!("{} `{}`", object.kind(), object.name());
    for written in entries.into_iter().flat_map(|entries| entries.items()) {
        let target = |field: &str| {
            written.path(&["target", field]).and_then(|it| it.text()).filter(|text| !text.is_empty())
        };
        let is_named = ["name", "labelSelector", "annotationSelector"].iter().any(|it| target(it).is_some());
        let kind = target("kind").unwrap_or_default();
        let entry = Entry { owner: &owner, engine: "Flux", kind, is_named };
        for path in written.get("paths").into_iter().flat_map(|paths| paths.items()) {
            let text = path.text().unwrap_or_default();
            if !(is_named && text.is_empty()) {
                field(&entry, path, cx);
            }
        }
    }
}

/// Reports the fields and managers of an entry that hide too much; whether there were any.
fn fields(entry: &Entry<'_>, written: Cursor<'_>, cx: &mut Cx<'_>) -> bool {
    let list = |name: &str| written.get(name).into_iter().flat_map(|list| list.items());
    let mut found = false;
    for value in list("jsonPointers").filter(|_| entry.engine == ARGO) {
        if value.text().is_some_and(|text| matches!(text.trim(), "" | "/")) {
            nothing(entry, value, cx);
            found = true;
        }
    }
    for value in list("jsonPointers").chain(list("jqPathExpressions")) {
        found |= field(entry, value, cx);
    }
    for manager in list("managedFieldsManagers") {
        let text = manager.text().unwrap_or_default();
        if MANAGERS.iter().any(|known| text.starts_with(known)) {
            report(cx, entry, manager, Level::Warning);
            found = true;
        }
    }
    found
}

fn field(entry: &Entry<'_>, value: Cursor<'_>, cx: &mut Cx<'_>) -> bool {
    let text = value.text().unwrap_or_default();
    // What Argo CD does with these is told apart.
    if entry.engine == ARGO && matches!(text.trim(), "" | "/") {
        return false;
    }
    let Some(level) = breadth(&text) else { return false };
    let level = match entry.kind.as_ref() {
        // The control plane fills in aggregated roles, and OpenShift the images of an image stream.
        "ClusterRole" if entry.is_named && text.ends_with("rules") => return true,
        "DeploymentConfig" if text.ends_with("/image") => return true,
        // Content that a controller or a webhook injects.
        "ConfigMap" | "Secret" if entry.is_named => Level::Note,
        _ if entry.is_named => lower(level),
        _ => level,
    };
    report(cx, entry, value, level);
    true
}

fn lower(level: Level) -> Level {
    if level == Level::Error { Level::Warning } else { Level::Note }
}

/// How much a JSON pointer or a jq path hides; `None` for a single field.
fn breadth(text: &str) -> Option<Level> {
    let text = text.trim();
    if is_templated(text) {
        return None;
    }
    if matches!(text, "." | ".." | ".[]" | ".[]?") {
        return Some(Level::Error);
    }
    // A plain jq path is a pointer with other separators; anything else selects more narrowly.
    let pointer = match text.strip_prefix('.') {
        Some(path) if path.contains(['(', '|', '"', ' ']) => return None,
        Some(path) => format!("/{}", path.replace("[]?", "/*").replace("[]", "/*").replace('.', "/")),
        None => text.trim_end_matches('/').to_owned(),
    };
    if SECTIONS.contains(&pointer.as_str()) {
        return Some(Level::Error);
    }
    let is_template = pointer.starts_with("/spec/template") || pointer.starts_with("/spec/jobTemplate");
    (PARTS[..2].contains(&pointer.as_str())
        || is_template && PARTS[2..].iter().any(|part| pointer.ends_with(part)))
    .then_some(Level::Warning)
}

/// Reports a pointer that is meant for the whole object. Argo CD takes away what a pointer names before it compares, and
/// the library it uses takes away no whole document: `/` is the field whose name is empty (RFC 6901, section 5), and of
/// the empty pointer it says that it does not apply (evanphx/json-patch 5.9.0, tried).
fn nothing(entry: &Entry<'_>, value: Cursor<'_>, cx: &mut Cx<'_>) {
    let text = value.text().unwrap_or_default();
    let finding = cx.report(
        At::value(value),
        Report {
            message: format!(
                "`{text}` names no field {}, so that {} ignores nothing by it",
                entry.of(),
                entry.owner
            ),
            why: "every difference is still shown and corrected, which this entry is there to prevent".into(),
            help: "name the fields, such as `/spec/replicas`; a kind is left out altogether with \
                   `resource.exclusions` in `argocd-cm`"
                .into(),
        },
    );
    finding.level = Level::Warning.min(finding.level);
}

fn report(cx: &mut Cx<'_>, entry: &Entry<'_>, value: Cursor<'_>, level: Level) {
    let of = entry.of();
    let text = value.text().unwrap_or_default();
    let is_manager = !text.starts_with(['/', '.']) && !text.is_empty();
    let what = match is_manager {
        true => format!("what `{text}` changes in objects {of}"),
        false if text.is_empty() => format!("all {of}"),
        false => format!("`{text}` {of}"),
    };
    // One field, but of everything: that it is one field needs no advice.
    let is_field = level != Level::Error && !is_manager && !entry.is_named;
    let help = match is_field {
        true => "say of which object with `name`, or let whatever sets the field commit it",
        false => "name the one field that another controller sets, and the object",
    };
    let why = match entry.engine {
        ARGO => "whatever changes there in the cluster stays, and Argo CD shows the object as synced",
        _ => "whatever changes there in the cluster stays, and Flux reports no drift",
    };
    let finding = cx.report(
        At::value(value),
        Report {
            message: format!("{} ignores {what} when it looks for differences", entry.owner),
            why: why.into(),
            help: help.into(),
        },
    );
    finding.level = level.min(finding.level);
}
