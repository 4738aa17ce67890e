//! Pipelines and what is read of them.

use crate::discover::FileKind;
use crate::model::Repository;
use crate::source::{Source, SourceKind, SourceMap};
use crate::yaml::Limits;

use super::{Gap, Job, Pipelines};

fn read(files: &[(&str, &str)]) -> (SourceMap, Vec<Job>, Vec<Gap>) {
    let source = |(path, text): &(&str, &str)| Source::new(*path, SourceKind::File, (*text).to_owned());
    let map = SourceMap::new(files.iter().map(source).collect());
    let repository = Repository::build(&map, &vec![FileKind::Yaml; files.len()], Limits::default());
    let Pipelines { jobs, gaps, .. } = super::read(&map, &repository);
    (map, jobs, gaps)
}

/// `job: words as they are written in the file` for every command.
fn commands(files: &[(&str, &str)]) -> Vec<String> {
    let (map, jobs, _) = read(files);
    let lines = jobs.iter().flat_map(|job| {
        let map = &map;
        job.commands().map(move |command| {
            let words: Vec<&str> = command.words.iter().map(|word| map.slice(word.span)).collect();
            format!("{}: {}", job.name, words.join(" "))
        })
    });
    lines.collect()
}

const WORKFLOW: &str = r#"
name: deploy
on:
  push:
    branches: [main, 'release/*']
  workflow_dispatch:
env:
  KUBECTL: kubectl
defaults:
  run:
    shell: bash
jobs:
  build:
    runs-on: ubuntu-latest
    environment: {name: production}
    env: {TAG: "${{ github.sha }}"}
    steps:
      - uses: actions/checkout@v4
        with: {ref: main}
      - name: Plain
        run: $KUBECTL get "a b"   # comment of YAML
        env: {A: b}
      - run: |
          helm upgrade \
            --install "é" ${{ inputs.x }}
      - run: >-
          make
          all
      - run: "echo \"a\" && b"
      - run: 'echo ''it'''
      - run: Get-Item
        shell: pwsh
  call:
    uses: ./.github/workflows/other.yml
    with: {env: prod}
    secrets: {config: "${{ secrets.KUBECONFIG }}"}
"#;

#[test]
fn a_workflow() {
    let path = ".github/workflows/deploy.yml";
    assert_eq!(
        commands(&[(path, WORKFLOW)]),
        [
            "build: $KUBECTL get \"a b\"",
            "build: helm upgrade --install \"é\" ${{ inputs.x }}",
            "build: make all",
            "build: echo \\\"a\\\"",
            "build: b",
            "build: echo ''it''",
        ]
    );
    let (_, jobs, _) = read(&[(path, WORKFLOW)]);
    let build = &jobs[0];
    let names: Vec<&str> = build.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["KUBECTL", "TAG"]);
    assert_eq!(build.environment.as_ref().map(|environment| environment.text.as_str()), Some("production"));
    assert_eq!(build.steps[0].action().as_deref(), Some("actions/checkout"));
    assert_eq!(build.steps[0].input("ref").map(|input| input.text.as_str()), Some("main"));
    assert_eq!(build.steps[1].name.as_deref(), Some("Plain"));
    assert_eq!(build.steps[1].variables[0].name, "A");
    let command = build.commands().next();
    assert_eq!(command.and_then(|command| command.program()).as_deref(), Some("kubectl"));
    let events: Vec<(&str, usize)> =
        build.triggers.iter().map(|trigger| (trigger.event.as_str(), trigger.branches.len())).collect();
    assert_eq!(events, [("push", 2), ("workflow_dispatch", 0)]);
    assert_eq!(jobs[1].steps[0].inputs.len(), 2);
    assert_eq!(
        jobs[1].steps[0].input("config").map(|input| input.text.as_str()),
        Some("${{ secrets.KUBECONFIG }}")
    );
}

#[test]
fn a_composite_action() {
    let action = "name: deploy\nruns:\n  using: composite\n  steps:\n    - run: kubectl apply -f x\n      shell: bash\n    - run: a\n      shell: python\n";
    assert_eq!(commands(&[("actions/deploy/action.yml", action)]), ["deploy: kubectl apply -f x"]);
    assert_eq!(commands(&[("action.yml", "name: x\nruns: {using: node20, main: x.js}\n")]), [""; 0]);
}

const GITLAB: &str = r#"
include:
  - local: /ci/deploy.yml
  - project: acme/templates
    file: x.yml
variables:
  KUBECTL: {value: kubectl, description: the program}
default:
  before_script: [echo before]
.base: &base
  variables: {A: b}
  script: &script
    - base one
deploy:
  extends: [.base, .shared]
  environment: {name: production}
  when: manual
  after_script:
    - *script
    - !reference [.shared, after]
build:
  <<: *base
  before_script: []
  script:
    - a $[[ inputs.x ]]
    - |
      $KUBECTL apply
"#;

#[test]
fn a_gitlab_pipeline() {
    let shared = "include: /.gitlab-ci.yml\n.shared:\n  after: [x, y]\n  script:\n    - kubectl apply -f k8s\nother:\n  script: z\n";
    let files = [(".gitlab-ci.yml", GITLAB), ("ci/deploy.yml", shared)];
    assert_eq!(
        commands(&files),
        [
            "other: echo before",
            "other: z",
            "deploy: echo before",
            "deploy: kubectl apply -f k8s",
            "deploy: base one",
            "deploy: x",
            "deploy: y",
            "build: a $[[ inputs.x ]]",
            "build: $KUBECTL apply",
        ]
    );
    let (_, jobs, _) = read(&files);
    let deploy = jobs.iter().find(|job| job.name == "deploy");
    assert!(deploy.is_some_and(Job::is_manual));
    let last = jobs.last().and_then(|job| job.commands().last().and_then(|command| command.program()));
    assert_eq!(last.as_deref(), Some("kubectl"));
}

/// Files that are no pipelines, and pipelines that are none.
#[test]
fn hostile_pipelines() {
    let path = ".github/workflows/a.yml";
    for text in [
        "",
        "[]",
        "jobs: 1",
        "jobs: {a: 1, b: [], c: {steps: 1}, d: {steps: [1, [], {run: []}, {run: }]}}",
        "on: {push: 1}\njobs: [1]",
    ] {
        let (_, jobs, _) = read(&[(path, text)]);
        assert_eq!(jobs.iter().flat_map(Job::commands).count(), 0, "{text}");
    }
    for text in [
        "a: {extends: a, script: [!reference [a, script]]}",
        "include: /.gitlab-ci.yml",
        "a: {extends: [a, a, a, a]}",
    ] {
        let (_, jobs, _) = read(&[(".gitlab-ci.yml", text)]);
        assert_eq!(jobs.iter().flat_map(Job::commands).count(), 0, "{text}");
    }
    assert_eq!(commands(&[("k8s/a.yaml", "run: kubectl apply")]), [""; 0]);
}
