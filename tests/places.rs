//! What it costs to tell what lies in a directory that makes notes of findings: sizes at which each file is not compared
//! with all the others.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use support::{Files, find, rule};

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {hostNetwork: true, containers: []}\n";

fn findings(files: &Files, name: &str) -> usize {
    find(files, rule(name).expect("a rule")).1.expect("no panic").len()
}

#[test]
fn releases_beside_each_other() {
    let files: Files = (0..4000).map(|at| (format!("r/1.{at}/pod.yaml"), POD.to_owned())).collect();
    assert_eq!(findings(&files, "host-network"), 4000);
}

#[test]
fn pipelines_that_nothing_includes() {
    let text = "a".repeat(20_000);
    let settings = format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata: {{a: {text}}}\n");
    let pipeline = "deploy:\n  script:\n    - kubectl apply -f k8s/\n    - kubectl apply -f web/\n";
    let named = (0..1000).flat_map(|at| {
        [
            (format!("svc/{at}/.gitlab-ci.yml"), pipeline.to_owned()),
            (format!("svc/{at}/settings.yaml"), settings.clone()),
        ]
    });
    let mut files: Files = named.collect();
    let owner = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: web}\nspec: {path: ./web}\n";
    files.insert("flux/web.yaml".to_owned(), owner.to_owned());
    assert!(findings(&files, "ci-direct-deploy") >= 1000);
}

#[test]
fn owners_that_name_each_other() {
    let application = |at: usize| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a{at}, namespace: argocd}}\nspec:\n  \
             project: team\n  source:\n    repoURL: https://git.example.com/acme/gitops\n    path: chart\n    \
             helm: {{valueFiles: [../left/{:04}.yaml]}}\n",
            at + 1
        )
    };
    let mut files: Files = (0..4000).map(|at| (format!("left/{at:04}.yaml"), application(at))).collect();
    let root = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: root, namespace: argocd}\nspec:\n  \
                project: team\n  source: {repoURL: https://git.example.com/acme/gitops, path: left}\n";
    let pod = "resources: [pod.yaml]\n";
    let chart = "apiVersion: v2\nname: chart\nversion: 1.0.0\n";
    for (path, text) in [
        ("GIT", "remote https://git.example.com/acme/gitops\n"),
        ("root.yaml", root),
        ("left/kustomization.yaml", pod),
        ("left/pod.yaml", POD),
        ("chart/Chart.yaml", chart),
    ] {
        files.insert(path.to_owned(), text.to_owned());
    }
    assert_eq!(findings(&files, "host-network"), 1);
}
