//! `image-automation-pushes-to-tracked-branch`

use crate::config::Tier;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{OwnerKind, OwnerView, sources};
use crate::model::{KindName, ObjectView};

rule! {
    /// Image automation that commits to the branch that the cluster follows.
    ///
    /// ## Why
    ///
    /// A new image is in production as soon as it is in the registry: no review, no checks, nobody who looked at it. With
    /// a branch of its own, the automation's commits become a pull request.
    ///
    /// ## What passes
    ///
    /// - `push.branch` or `push.refspec` that leads somewhere else
    /// - paths of development and staging environments, where this is what people want; where the path does not say which
    ///   environment it is, it is a note
    ///
    /// For Argo CD Image Updater, the annotation `git-branch` is looked at.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: image.toolkit.fluxcd.io/v1
    /// kind: ImageUpdateAutomation
    /// metadata:
    ///   name: all
    ///   namespace: flux-system
    /// spec:
    ///   interval: 30m
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   git:
    ///     checkout:
    ///       ref:
    ///         branch: main
    ///     push:
    ///       branch: main
    ///   update:
    ///     path: ./clusters/production
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: image.toolkit.fluxcd.io/v1
    /// kind: ImageUpdateAutomation
    /// metadata:
    ///   name: all
    ///   namespace: flux-system
    /// spec:
    ///   interval: 30m
    ///   sourceRef:
    ///     kind: GitRepository
    ///     name: flux-system
    ///   git:
    ///     checkout:
    ///       ref:
    ///         branch: main
    ///     push:
    ///       branch: image-updates
    ///   update:
    ///     path: ./clusters/production
    /// ```
    ///
    /// ## References
    ///
    /// - <https://fluxcd.io/flux/components/image/imageupdateautomations/#push>
    pub static RULE = "image-automation-pushes-to-tracked-branch" {
        level: Warning,
        precision: Medium,
        tags: ["image", "flux", "review"],
        aliases: [],
        checks: [Check::Around(&Check::Object(KINDS, check)), Check::Owner(&[OwnerKind::Application], updater)],
    }
}

const KINDS: &[KindName] = &[KindName { group: "image.toolkit.fluxcd.io", kind: "ImageUpdateAutomation" }];
const REPOSITORY: KindName = KindName { group: "source.toolkit.fluxcd.io", kind: "GitRepository" };

const PRODUCTION: [&str; 4] = ["prod", "production", "prd", "live"];
const BEFORE: [&str; 12] = [
    "dev",
    "development",
    "develop",
    "sandbox",
    "local",
    "preview",
    "test",
    "qa",
    "staging",
    "stage",
    "stg",
    "preprod",
];

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    let text = |path: &[&str]| spec.path(path).and_then(|value| value.text()).filter(|text| !text.is_empty());
    if text(&["git", "push", "refspec"]).is_some() {
        return;
    }
    let checkout = text(&["git", "checkout", "ref", "branch"]).map(|branch| branch.into_owned());
    let tracked = checkout.or_else(|| branch_of_source(object, cx));
    let push = spec.path(&["git", "push", "branch"]);
    let is_other = match (push.and_then(|push| push.text()), &tracked) {
        (None, _) => false,
        (Some(push), Some(tracked)) => push != *tracked,
        // Which branch is followed is not known.
        (Some(_), None) => true,
    };
    let path = text(&["update", "path"]).unwrap_or_default();
    let has = |words: &[&str]| {
        let mut parts = path.split(['/', '-', '_', '.']);
        parts.any(|part| words.contains(&part.to_lowercase().as_str()))
    };
    if is_other || has(&BEFORE) {
        return;
    }
    let branch = tracked.map_or_else(|| "that the cluster follows".to_owned(), |it| format!("`{it}`"));
    let finding = cx.report(
        push.map_or_else(|| At::missing(object, &["spec", "git", "push", "branch"]), At::value),
        Report {
            message: format!("ImageUpdateAutomation `{}` commits to the branch {branch}", object.name()),
            why: "a new image is in the cluster without a review or a check".into(),
            help: "set `git.push.branch` to a branch of its own and open pull requests from it".into(),
        },
    );
    if !has(&PRODUCTION) {
        finding.level = Level::Note;
    }
}

/// Argo CD Image Updater that is told to commit to the branch that the Application follows.
fn updater(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(annotations) = owner.object.annotations() else { return };
    let annotation = |name: &str| annotations.get(&format!("argocd-image-updater.argoproj.io/{name}"));
    let text = |name: &str| annotation(name).and_then(|it| it.text()).unwrap_or_default();
    let (Some(branch), Some(spec)) = (annotation("git-branch"), owner.spec()) else { return };
    if text("image-list").is_empty() || !text("write-back-method").starts_with("git") {
        return;
    }
    let written = branch.text().unwrap_or_default();
    // `base:branch`: what is written to comes last.
    let target = written.rsplit(':').next().unwrap_or_default();
    let follows = |revision: &str| match revision {
        "" | "HEAD" => cx.world().graph.this.is_default(target),
        revision => revision.strip_prefix("refs/heads/").unwrap_or(revision) == target,
    };
    let is_followed = sources(spec).into_iter().any(|source| {
        let revision = source.get("targetRevision").and_then(|revision| revision.text());
        source.get("chart").is_none() && follows(&revision.unwrap_or_default())
    });
    let tier = owner.owner.environment.as_ref().and_then(|environment| environment.tier);
    if !is_followed || target.is_empty() || tier.is_some_and(|tier| tier < Tier::Production) {
        return;
    }
    let finding = cx.report(
        At::value(branch),
        Report {
            message: format!("new images of {} are committed to the branch `{target}`", owner.display()),
            why: "a new image is in the cluster without a review or a check".into(),
            help: "name a branch of its own, as in `main:image-updates`, and open pull requests from it"
                .into(),
        },
    );
    if tier != Some(Tier::Production) {
        finding.level = Level::Note;
    }
}

/// The branch of the GitRepository that the automation reads, where all of that name agree.
fn branch_of_source(object: &ObjectView<'_>, cx: &Cx<'_>) -> Option<String> {
    let name = object.root.path(&["spec", "sourceRef", "name"])?.text()?;
    let world = cx.world();
    let files = world.repository.files.iter();
    let mut branches: Vec<String> = files
        .flat_map(|file| {
            file.objects.iter().map(move |object| ObjectView::new(&world.map, Some(file), object))
        })
        .filter(|source| source.is(REPOSITORY) && source.name() == name)
        .filter_map(|source| Some(source.root.path(&["spec", "ref", "branch"])?.text()?.into_owned()))
        .collect();
    branches.dedup();
    (branches.len() == 1).then(|| branches.remove(0))
}
