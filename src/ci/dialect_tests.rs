//! What is read of each dialect: files in, `job [triggers]: step: line: words` out.

use crate::discover::FileKind;
use crate::model::Repository;
use crate::source::{Source, SourceKind, SourceMap};
use crate::yaml::Limits;

use super::{GapKind, Job, Pipelines};

struct Case {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
    expected: &'static [&'static str],
    gaps: &'static [(GapKind, &'static str)],
}

fn triggers(job: &Job) -> String {
    let one = |trigger: &super::Trigger| {
        let branches: Vec<&str> = trigger.branches.iter().map(|branch| branch.text.as_str()).collect();
        let paths: Vec<&str> = trigger.paths.iter().map(|path| path.text.as_str()).collect();
        let paths = if paths.is_empty() { String::new() } else { format!(" in {}", paths.join(",")) };
        match branches.is_empty() {
            true => format!("{}{paths}", trigger.event),
            false => format!("{}:{}{paths}", trigger.event, branches.join(",")),
        }
    };
    job.triggers.iter().map(one).collect::<Vec<_>>().join("; ")
}

fn check(case: &Case) {
    let source = |(path, text): &(&str, &str)| Source::new(*path, SourceKind::File, (*text).to_owned());
    let mut files: Vec<_> = case.files.to_vec();
    files.sort_unstable();
    let map = SourceMap::new(files.iter().map(source).collect());
    let repository = Repository::build(&map, &vec![FileKind::Yaml; files.len()], Limits::default());
    let Pipelines { jobs, gaps, .. } = super::read(&map, &repository);
    let mut found = Vec::new();
    for job in &jobs {
        let environment = job.environment.as_ref().map(|one| format!(" -> {}", one.text)).unwrap_or_default();
        found.push(format!("{} [{}]{environment}", job.name, triggers(job)));
        for step in &job.steps {
            if let Some(action) = step.action() {
                let inputs: Vec<&str> = step.inputs.iter().map(|input| input.name.as_str()).collect();
                found.push(format!("  {action}({})", inputs.join(",")));
            }
            for command in step.commands() {
                let line = map
                    .in_file(command.words_span())
                    .map_or(0, |span| map.source(span.source).position(span.start).line);
                let words: Vec<String> = command.words.iter().map(|word| word.shown_with_marks()).collect();
                found.push(format!("  {line}: {}", words.join(" ")));
            }
        }
    }
    let expected: Vec<&str> = case.expected.to_vec();
    assert_eq!(found, expected, "{}", case.name);
    let gaps: Vec<(GapKind, &str)> = gaps.iter().map(|gap| (gap.kind, map.slice(gap.span))).collect();
    assert_eq!(gaps, case.gaps, "{}", case.name);
}

#[test]
fn azure() {
    check(&Case {
        name: "stages, deployments, tasks and templates",
        files: &[
            (
                "azure-pipelines.yml",
                r#"trigger: {branches: {include: [main]}, paths: {include: [src/*]}}
pr: none
variables:
  - name: KUBECTL
    value: kubectl
  - group: secrets
  - template: ci/vars.yml
stages:
  - stage: Build
    jobs:
      - job: Test
        pool: {vmImage: ubuntu-latest}
        steps:
          - script: $KUBECTL get $(name) ${{ parameters.x }}
          - bash: |
              set -e
              helm lint
          - task: Bash@3
            inputs: {targetType: inline, script: a b}
          - task: AzureCLI@2
            inputs:
              scriptType: pscore
              inlineScript: Get-Item
          - pwsh: Get-Item
          - ${{ if eq(1, 1) }}:
              - script: conditional
          - template: ci/steps.yml
            parameters:
              more:
                - script: given
          - template: x.yml@templates
  - stage: Deploy
    condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/release'))
    jobs:
      - deployment: Web
        environment: {name: prod}
        strategy:
          runOnce:
            deploy:
              steps:
                - task: KubernetesManifest@1
                  inputs: {action: deploy, manifests: k8s}
            on:
              failure:
                steps:
                  - bash: $SHARED
      - job: Windows
        pool: {vmImage: windows-2022}
        steps:
          - script: kubectl apply
"#,
            ),
            (
                "ci/steps.yml",
                "parameters:\n  - {name: more, type: stepList, default: []}\nsteps:\n  - script: before\n  - ${{ each step in parameters.more }}:\n      - ${{ step }}\n  - ${{ parameters.more }}\n  - template: none.yml\n",
            ),
            ("ci/vars.yml", "variables:\n  SHARED: shared one\n"),
        ],
        expected: &[
            "Test [push:main in src/*]",
            "  14: kubectl get $(name) ${{ parameters.x }}",
            "  16: set -e",
            "  17: helm lint",
            "  bash(targetType,script)",
            "  19: a b",
            "  azurecli(scriptType,inlineScript)",
            "  26: conditional",
            "  4: before",
            "  30: given",
            "  30: given",
            "Web [push:release in src/*] -> prod",
            "  kubernetesmanifest(action,manifests)",
            "  46: shared one",
            "Windows [push:release in src/*]",
        ],
        gaps: &[(GapKind::Elsewhere, "x.yml@templates"), (GapKind::Missing, "none.yml")],
    });
    check(&Case {
        name: "one job, started by hand; a template that is extended",
        files: &[
            ("azure-pipelines-b.yml", "trigger: none\nsteps:\n  - script: a\n"),
            (
                ".azure-pipelines/base.yml",
                "parameters: {jobs: []}\njobs:\n  - job: own\n    steps: [{script: x}]\n  - ${{ parameters.jobs }}\n",
            ),
            ("ops/release.yaml", "trigger: none\njobs:\n  - job: odd\n    steps: [{script: z}]\n"),
            (
                "azure-pipelines.yml",
                "extends:\n  template: /.azure-pipelines/base.yml\n  parameters:\n    jobs:\n      - job: mine\n        steps: [{bash: y}]\n",
            ),
        ],
        expected: &[
            "steps [manual]",
            "  3: a",
            "own [push]",
            "  4: x",
            "mine [push]",
            "  6: y",
            "odd [manual]",
            "  4: z",
        ],
        gaps: &[],
    });
}

#[test]
fn circleci() {
    check(&Case {
        name: "jobs, commands, orbs and workflows",
        files: &[(
            ".circleci/config.yml",
            r#"version: 2.1
orbs: {k8s: circleci/kubernetes@1.3.1, aws-eks: circleci/aws-eks@2.2.0}
commands:
  prepare:
    parameters: {after: {type: steps, default: []}}
    steps:
      - run: prepare << parameters.x >>
      - steps: << parameters.after >>
jobs:
  build:
    docker: [{image: cimg/base}]
    environment: {K: kubectl}
    steps:
      - checkout
      - prepare: {after: [{run: after}]}
      - run:
          name: Deploy
          command: |
            $K apply -f x
      - when:
          condition: << pipeline.parameters.x >>
          steps: [{run: conditional}]
      - k8s/create-or-update-resource: {resource-file-path: x.yml}
      - run: {shell: powershell.exe, command: Get-Item}
  unused:
    executor: win/default
    steps: [{run: kubectl apply}]
workflows:
  main:
    jobs:
      - hold: {type: approval}
      - build:
          requires: [hold]
          filters: {branches: {only: main}}
      - aws-eks/update-container-image:
          filters: {branches: {ignore: /.*/}, tags: {only: /v.*/}}
          cluster-name: prod
"#,
        )],
        expected: &[
            "build [manual:main]",
            "  checkout()",
            "  7: prepare << parameters.x >>",
            "  15: after",
            "  19: kubectl apply -f x",
            "  22: conditional",
            "  circleci/kubernetes/create-or-update-resource(resource-file-path)",
            "unused []",
            "aws-eks/update-container-image [tag]",
            "  circleci/aws-eks/update-container-image(cluster-name)",
        ],
        gaps: &[
            (GapKind::Elsewhere, "circleci/kubernetes@1.3.1"),
            (GapKind::Elsewhere, "circleci/aws-eks@2.2.0"),
        ],
    });
}

#[test]
fn bitbucket() {
    check(&Case {
        name: "sections, stages, parallel steps and pipes",
        files: &[(
            "bitbucket-pipelines.yml",
            r#"definitions:
  steps:
    - step: &deploy
        name: Deploy
        deployment: production
        script:
          - export K=kubectl
          - $K apply -f x
          - pipe: atlassian/kubectl-run:3.1.2
            variables: {KUBE_CONFIG: $KUBE_CONFIG, KUBECTL_COMMAND: apply}
        after-script: [done]
pipelines:
  default:
    - parallel:
        - step: {script: [one]}
        - step: {script: [two]}
  branches:
    main:
      - step: *deploy
      - stage:
          name: s
          deployment: staging
          trigger: manual
          steps:
            - step: {name: Staged, script: [three]}
  custom:
    again:
      - step: *deploy
"#,
        )],
        expected: &[
            "step [push]",
            "  15: one",
            "step [push]",
            "  16: two",
            "Deploy [push:main; manual] -> production",
            "  7: export",
            "  8: kubectl apply -f x",
            "  atlassian/kubectl-run(KUBE_CONFIG,KUBECTL_COMMAND)",
            "  11: done",
            "Staged [manual:main] -> staging",
            "  25: three",
        ],
        gaps: &[],
    });
}

#[test]
fn drone_and_woodpecker() {
    check(&Case {
        name: "documents, plugins and secrets; steps as a mapping",
        files: &[
            (
                ".drone.yml",
                r#"kind: pipeline
type: docker
name: deploy
trigger: {branch: [main], event: {include: [push, promote]}}
steps:
  - name: apply
    image: bitnami/kubectl:1.30
    environment: {TOKEN: {from_secret: kube_token}, K: kubectl}
    commands:
      - $K apply -f x
  - name: helm
    image: pelotech/drone-helm3
    settings: {mode: upgrade, kube_token: {from_secret: k}}
---
kind: secret
name: k
data: abc
"#,
            ),
            (
                ".woodpecker/deploy.yaml",
                "when: [{branch: main, event: push, path: k8s/**}]\nsteps:\n  apply:\n    image: alpine/k8s\n    secrets: [kube_token]\n    commands: [kubectl apply -f x]\n",
            ),
        ],
        expected: &[
            "deploy [push:main; manual:main]",
            "  bitnami/kubectl()",
            "  10: kubectl apply -f x",
            "  pelotech/drone-helm3(mode,kube_token)",
            "steps [push:main in k8s/**]",
            "  alpine/k8s()",
            "  6: kubectl apply -f x",
        ],
        gaps: &[],
    });
}

#[test]
fn tekton_and_argo_workflows() {
    check(&Case {
        name: "objects",
        files: &[
            (
                "tekton/task.yaml",
                r#"apiVersion: tekton.dev/v1
kind: Task
metadata: {name: deploy}
spec:
  steps:
    - name: a
      image: x
      script: |
        #!/usr/bin/env bash
        kubectl apply -f $(params.file)
    - image: x
      script: |
        #!/usr/bin/env python3
        import os
    - image: x
      command: [kubectl]
      args:
        - apply
        - "-f=$(params.file) it's"
    - image: x
      command: [sh, -ce]
      args: ["helm upgrade a b"]
---
apiVersion: tekton.dev/v1
kind: Pipeline
metadata: {name: p}
spec:
  tasks:
    - name: inner
      taskSpec: {steps: [{image: x, script: make all}]}
    - name: other
      taskRef: {name: deploy}
    - name: client
      taskRef: {name: openshift-client}
      params: [{name: SCRIPT, value: oc apply -f x}]
"#,
            ),
            (
                "workflows/w.yaml",
                r#"apiVersion: argoproj.io/v1alpha1
kind: CronWorkflow
metadata: {name: w}
spec:
  workflowSpec:
    templates:
      - name: steps
        steps: [[{name: a, template: apply}]]
      - name: apply
        container:
          image: x
          command: [bash, -c]
          args: ["kubectl apply -f {{inputs.parameters.f}}"]
      - name: python
        script: {image: x, command: [python], source: "kubectl()"}
      - name: source
        script:
          image: x
          command: [sh]
          source: |
            helm upgrade
"#,
            ),
        ],
        expected: &[
            "deploy []",
            "  10: kubectl apply -f $(params.file)",
            "  16: kubectl apply -f=$(params.file) it's",
            "  22: helm upgrade a b",
            "inner []",
            "  30: make all",
            "client []",
            "  35: oc apply -f x",
            "apply []",
            "  13: kubectl apply -f {{inputs.parameters.f}}",
            "python []",
            "source []",
            "  21: helm upgrade",
        ],
        gaps: &[],
    });
}

#[test]
fn others() {
    check(&Case {
        name: "Travis, CodeBuild, Cloud Build, Forgejo",
        files: &[
            (
                ".travis.yml",
                "branches: {only: [main]}\nenv: {global: [A=b]}\nscript: make\ndeploy:\n  - provider: script\n    script: bash -c 'kubectl apply -f $A'\n  - {provider: pages}\njobs:\n  include:\n    - {stage: deploy, script: [helm list]}\n",
            ),
            (
                "buildspec.yml",
                "version: 0.2\nenv:\n  variables: {K: kubectl}\n  secrets-manager: {TOKEN: prod/kube}\nphases:\n  build:\n    commands:\n      - $K apply\n",
            ),
            (
                "cloudbuild.yaml",
                "steps:\n  - name: gcr.io/cloud-builders/kubectl\n    args: [apply, -f, k8s]\n  - {name: x, entrypoint: bash, args: ['-c', 'helm list']}\n  - {name: y, script: make all}\n",
            ),
            (".forgejo/workflows/a.yml", "on: push\njobs: {a: {steps: [{run: kubectl apply}]}}\n"),
        ],
        expected: &[
            "a [push]",
            "  2: kubectl apply",
            "build [push:main]",
            "  3: make",
            "  6: bash -c kubectl apply -f $A",
            "  6: kubectl apply -f b",
            "deploy [push:main]",
            "  10: helm list",
            "build []",
            "  8: kubectl apply",
            "build []",
            "  gcr.io/cloud-builders/kubectl()",
            "  3: kubectl apply -f k8s",
            "  x()",
            "  4: helm list",
            "  y()",
            "  5: make all",
        ],
        gaps: &[],
    });
}

#[test]
fn gitlab() {
    check(&Case {
        name: "includes, rules and child pipelines",
        files: &[
            (
                ".gitlab-ci.yml",
                r#"include:
  - local: /ci/*.yml
  - local: ci/**/deep.yml
  - local: gone.yml
  - project: acme/x
    file: y.yml
  - https://example.com/z.yml
  - local: $DIR/a.yml
workflow: {rules: [{if: $CI_COMMIT_BRANCH == "main"}]}
plain: {script: a}
ruled:
  rules:
    - {if: $CI_PIPELINE_SOURCE == "merge_request_event" || $CI_COMMIT_TAG, changes: [k8s/*]}
    - {if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH, when: manual}
    - {if: $CI_COMMIT_REF_NAME =~ /^release\/.*/}
    - {if: $X, when: never}
  id_tokens: {A: {aud: b}}
  script: b
only: {only: [main, tags], script: c}
child: {trigger: {include: child.yml}}
"#,
            ),
            ("ci/one.yml", "one: {script: d}\n"),
            ("ci/x/y/deep.yml", "deep: {script: e}\n"),
            ("child.yml", "inner: {script: f}\n"),
            ("sub/part.gitlab-ci.yml", "part: {script: g}\n"),
            ("sub/.gitlab-ci.yml", "include: [/sub/part.gitlab-ci.yml, /of/another.yml]\nsub: {script: h}\n"),
        ],
        expected: &[
            "one [push:main]",
            "  1: d",
            "deep [push:main]",
            "  1: e",
            "plain [push:main]",
            "  10: a",
            "ruled [pull_request in k8s/*; tag in k8s/*; manual:$CI_DEFAULT_BRANCH; push:/^release\\/.*/]",
            "  18: b",
            "only [tag; push:main]",
            "  19: c",
            "child [push:main]",
            "inner []",
            "  1: f",
            "part []",
            "  1: g",
            "sub []",
            "  2: h",
        ],
        gaps: &[
            (GapKind::Missing, "gone.yml"),
            (GapKind::Elsewhere, "p"),
            (GapKind::Elsewhere, "https://example.com/z.yml"),
            (GapKind::Computed, "$DIR/a.yml"),
            (GapKind::Elsewhere, "/of/another.yml"),
        ],
    });
}

/// Files that name themselves and each other end, whatever they multiply to.
#[test]
fn circles() {
    let many = |text: &str, times: usize| text.repeat(times);
    let files = [
        (".circleci/config.yml", format!("commands: {{a: {{steps: [{}]}}}}\njobs: {{a: {{steps: [a]}}}}", many("a,", 50))),
        ("azure-pipelines.yml", format!("steps:\n{}", many("- template: azure-pipelines.yml\n", 50))),
        (".gitlab-ci.yml", format!("include: [{}]\na: {{trigger: {{include: .gitlab-ci.yml}}}}", many("/.gitlab-ci.yml,", 50))),
        ("bitbucket-pipelines.yml", "pipelines: {default: [{stage: {steps: 1}}, {step: 2}, 3, {parallel: {steps: [[]]}}]}".to_owned()),
        (".drone.yml", "steps: [1, {settings: []}, {commands: {a: b}}]".to_owned()),
        (".travis.yml", "script: {a: b}\njobs: {include: {a: 1}}\nenv: {global: 1}".to_owned()),
        ("buildspec.yml", "phases: {build: []}\nenv: []".to_owned()),
        ("cloudbuild.yaml", "steps: [1, {args: 1}, {name: kubectl}, {entrypoint: [], args: {}}]".to_owned()),
        ("t.yaml", "apiVersion: tekton.dev/v1\nkind: Task\nspec: {steps: [1, {script: [], command: {}}, {command: sh}]}".to_owned()),
        ("w.yaml", "apiVersion: argoproj.io/v1alpha1\nkind: Workflow\nspec: {templates: [1, {container: 1}, {script: []}]}".to_owned()),
    ];
    let mut sources: Vec<Source> =
        files.iter().map(|(path, text)| Source::new(*path, SourceKind::File, text.clone())).collect();
    sources.sort_by(|a, b| a.path().cmp(b.path()));
    let map = SourceMap::new(sources);
    let repository = Repository::build(&map, &vec![FileKind::Yaml; files.len()], Limits::default());
    let read = super::read(&map, &repository);
    assert_eq!(read.jobs.iter().flat_map(Job::commands).count(), 0);
}
