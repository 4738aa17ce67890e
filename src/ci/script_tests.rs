//! Scripts, targets and runbooks, and pipelines that run them.

use std::time::Instant;

use camino::Utf8Path;

use crate::discover::{Exclude, discover};
use crate::host::MemHost;
use crate::model::Repository;
use crate::source::{SourceMap, Span};
use crate::yaml::Limits;

use super::{Job, Pipelines, read};

fn pipelines(files: &[(&str, &str)]) -> (SourceMap, Pipelines) {
    let host = MemHost::new(files.iter().copied());
    let exclude = Exclude::new(&[], vec!["".into()]).unwrap_or_else(|_| unreachable!()).with_runbooks(true);
    let discovered = discover(&host, Utf8Path::new("/"), &exclude, u64::from(u32::MAX));
    let map = SourceMap::new(discovered.sources);
    let repository = Repository::build(&map, &discovered.kinds, Limits::default());
    let pipelines = read(&map, &repository);
    (map, pipelines)
}

/// `job: words as they are written in their file` for every command with words.
fn lines(map: &SourceMap, jobs: &[Job]) -> Vec<String> {
    let lines = jobs.iter().flat_map(|job| {
        job.commands().filter(|command| !command.words.is_empty()).map(move |command| {
            let words: Vec<&str> = command.words.iter().map(|word| map.slice(word.span)).collect();
            format!("{}: {}", job.name, words.join(" "))
        })
    });
    lines.collect()
}

/// The commands of one file that no pipeline runs.
fn scripts(path: &str, text: &str) -> Vec<String> {
    let (map, pipelines) = pipelines(&[(path, text)]);
    assert!(pipelines.jobs.is_empty());
    lines(&map, &pipelines.scripts)
}

fn jobs(files: &[(&str, &str)]) -> Vec<String> {
    let (map, pipelines) = pipelines(files);
    lines(&map, &pipelines.jobs)
}

#[test]
fn shell_scripts() {
    assert_eq!(
        scripts("deploy.sh", "#!/usr/bin/env bash\nset -e\nkubectl \\\n  apply -f k8s\n"),
        ["deploy.sh: set -e", "deploy.sh: kubectl apply -f k8s"]
    );
    assert_eq!(scripts("deploy.sh", "#!/usr/bin/python\nkubectl\n"), [""; 0]);
    // What names no program that changes clusters is not read.
    assert_eq!(scripts("a.sh", "echo x\ndoc x\n"), [""; 0]);
    assert_eq!(scripts("a.sh", "oc apply -f x\n"), ["a.sh: oc apply -f x"]);
}

const MAKEFILE: &str = "\
KUBECTL ?= kubectl
HELM := $(LOCALBIN)/helm
NAME = web
FULL = $(NAME)-x
NAME2 = a
NAME2 = b
.PHONY: deploy other
export TAG := $(shell git describe)
ifeq ($(A),b)
X = 1
endif
define BLOCK
fake: target
\tkubectl apply -f fake
endef

deploy other: manifests ; kubectl apply -f inline # not a comment
\t@$(KUBECTL) apply -f \"$(FULL)\" \\
\t  -n $(NS)
# a comment
\t-+ kubectl get $$(kubectl get pods -o name) $${HOME}
\t$(HELM) upgrade $(NAME2) $(shell kubectl get x) $@

manifests: VERSION = 3
manifests:
\techo no
    echo spaces
%-apply: ; kubectl apply -f $*
";

#[test]
fn makefiles() {
    let expected = [
        "deploy: kubectl apply -f inline",
        "deploy: $(KUBECTL) apply -f \"$(FULL)\" -n $(NS)",
        "deploy: kubectl get $$(kubectl get pods -o name) $${HOME}",
        "deploy: kubectl get pods -o name",
        "deploy: $(HELM) upgrade $(NAME2) $(shell kubectl get x) $@",
        "%-apply: kubectl apply -f $*",
    ];
    assert_eq!(scripts("Makefile", MAKEFILE), expected);
    assert_eq!(scripts("sub/x.mk", &MAKEFILE.replace('\n', "\r\n")).len(), expected.len());
    let (_, pipelines) = pipelines(&[("Makefile", MAKEFILE)]);
    let commands: Vec<_> = pipelines.scripts[0].commands().collect();
    assert_eq!(commands[1].program().as_deref(), Some("kubectl"));
    assert!(commands[1].words[3].is("web-x"));
    assert!(commands[1].words[5].text().is_none());
    assert_eq!(commands[4].program().as_deref(), Some("helm"));
    assert!(commands[4].words[2].text().is_none());
}

#[test]
fn one_shell_for_a_recipe() {
    let text = ".ONESHELL:\na:\n\tX=kubectl\n\t$$X apply -f $(shell x)\n";
    let (_, pipelines) = pipelines(&[("Makefile", text)]);
    let programs: Vec<_> = pipelines.scripts[0].commands().filter_map(|command| command.program()).collect();
    assert_eq!(programs, ["kubectl"]);
}

const JUSTFILE: &str = "\
set shell := [\"bash\", \"-uc\"]
kubectl := 'kubectl'
ns := env('NS')

# Deploys.
[group: 'x']
@deploy name='a:b' *args: build (push \"x\")
    @{{ kubectl }} apply -n {{ ns }} \\
      -f {{ name }}
    -helm upgrade x .

script:
    #!/usr/bin/env bash
    X=kubectl
    $X delete pod {{x}}

other:
    #!/usr/bin/env python3
    kubectl apply
";

#[test]
fn justfiles() {
    assert_eq!(
        scripts(".justfile", JUSTFILE),
        [
            "deploy: {{ kubectl }} apply -n {{ ns }} -f {{ name }}",
            "deploy: helm upgrade x .",
            "script: $X delete pod {{x}}",
        ]
    );
    let python = JUSTFILE.replace("\"bash\"", "\"python3\"");
    assert_eq!(scripts("a.just", &python), ["script: $X delete pod {{x}}"]);
}

#[test]
fn taskfiles_and_packages() {
    let text = "version: '3'\nvars: {A: b}\ntasks:\n  apply:\n    deps: [x]\n    vars: {POD: {sh: kubectl get pods}}\n    cmds:\n      - kubectl apply -f {{.FILE}}\n      - cmd: |\n          helm upgrade a \\\n            b\n      - task: other\n      - for: [a]\n        cmd: kubectl delete {{.ITEM}}\n  short: kubectl get x\n  list: [kubectl get y]\n  none: echo x\n";
    let expected = [
        "apply: kubectl get pods",
        "apply: kubectl apply -f {{.FILE}}",
        "apply: helm upgrade a b",
        "apply: kubectl delete {{.ITEM}}",
        "short: kubectl get x",
        "list: kubectl get y",
    ];
    assert_eq!(scripts("Taskfile.yaml", text), expected);
    assert_eq!(scripts(".taskfiles/k8s/Taskfile.yml", text), expected);
    let package = r#"{"name": "x", "scripts": {"deploy": "tsc && kubectl apply -f \"a b\""}}"#;
    assert_eq!(scripts("web/package.json", package), ["deploy: tsc", r#"deploy: kubectl apply -f \"a b\""#]);
}

#[test]
fn runbooks() {
    let text = "# Title\n\n## Roll back *prod*\n\n1. Do\n   ```console\n   $ kubectl edit \\\n     deploy/web\n   deployment edited by kubectl\n   ```\n```yaml\nkubectl: no\n```\n~~~~ sh\nkubectl apply -f x\n~~~\nkubectl get x\n~~~~\n```bash\nkubectl last";
    assert_eq!(
        scripts("docs/run.md", text),
        [
            "Roll back *prod*: kubectl edit deploy/web",
            "Roll back *prod*: kubectl apply -f x",
            "Roll back *prod*: ~~~",
            "Roll back *prod*: kubectl get x",
            "Roll back *prod*: kubectl last",
        ]
    );
}

const JENKINSFILE: &str = r#"
#!groovy
// sh 'comment'
/* sh 'comment' */
@Library('x') _
pipeline {
  agent { docker { image 'x' } }
  environment {
    NS = 'web'
    CONFIG = credentials('kubeconfig-prod')
  }
  stages {
    stage('Build') {
      steps { sh 'make all' ; sh "docker push ${env.IMAGE}:$TAG" }
    }
    stage("Deploy") {
      when { branch 'main' }
      steps {
        withKubeConfig([credentialsId: 'prod', serverUrl: "https://x"]) {
          sh '''
            kubectl apply -f k8s \
              -n $NS
          '''
          sh """kubectl set image deploy/web web=${image("a}b")} "x\\y" -n ${NS}"""
          sh(script: "kubectl get\npods", returnStdout: true).trim()
          sh label: 'kubectl no', script: 'kubectl yes'
          sh(returnStatus: true, script: 'helm upgrade ' + name + " x/${y}")
          sh variable
          echo 'sh "no"'
          docker.sh 'no'
        }
        script { if (a =~ /sh 'no'/) { input message: 'go?' } }
      }
    }
  }
}
"#;

#[test]
fn jenkinsfiles() {
    let expected = [
        "Jenkinsfile: make all",
        "Jenkinsfile: docker push ${env.IMAGE}:$TAG",
        "Jenkinsfile: kubectl apply -f k8s -n $NS",
        "Jenkinsfile: kubectl set image deploy/web web=${image(\"a}b\")} \"x\\\\y\" -n ${NS}",
        "Jenkinsfile: kubectl get",
        "Jenkinsfile: pods",
        "Jenkinsfile: kubectl yes",
        "Jenkinsfile: helm upgrade name x/${y}",
    ];
    assert_eq!(jobs(&[("Jenkinsfile", JENKINSFILE)]), expected);
    let (map, pipelines) = pipelines(&[("ci/Jenkinsfile.prod", JENKINSFILE)]);
    let job = &pipelines.jobs[0];
    assert_eq!(job.triggers[0].branches[0].text, "main");
    let names: Vec<&str> = job.variables.iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["NS", "CONFIG"]);
    let uses: Vec<_> = job.steps.iter().filter_map(super::Step::action).collect();
    assert_eq!(uses, ["withkubeconfig", "input"]);
    let with = job.steps.iter().find(|step| step.uses.is_some());
    let id = with.and_then(|step| step.input("credentialsId"));
    assert_eq!(id.map(|id| map.slice(id.span)), Some("prod"));
    assert_eq!(with.and_then(|step| step.name.as_deref()), Some("Deploy"));
    // What `environment` sets is known.
    let namespace = job.commands().filter(|command| command.words.iter().any(|word| word.is("web"))).count();
    assert_eq!(namespace, 2);
}

#[test]
fn pipelines_run_scripts() {
    let workflow = "on: push\njobs:\n  a:\n    steps:\n      - run: ./scripts/deploy.sh prod && make -C app deploy IMG=x\n      - run: |\n          echo before\n          just k8s::apply x\n          echo after\n      - run: bash $ROOT/unique.sh; task ship; npm run up; make none\n";
    let files = [
        (".github/workflows/a.yml", workflow),
        ("scripts/deploy.sh", "cd x\nsource ./lib.sh\nkubectl apply -f script\n"),
        ("scripts/lib.sh", "kubectl apply -f lib\n./deploy.sh\n"),
        ("app/Makefile", "deploy: push\n\tkubectl apply -f make\npush:\n\tdocker push x\n"),
        ("other/Makefile", "deploy:\n\tkubectl apply -f other\n"),
        ("k8s/mod.just", "apply x:\n  kubectl apply -f just\n"),
        ("deep/unique.sh", "kubectl apply -f unique\n"),
        ("Taskfile.yml", "tasks:\n  ship: [{task: sub}]\n  sub: [kubectl apply -f task]\n"),
        ("package.json", r#"{"scripts": {"up": "kubectl apply -f npm"}}"#),
    ];
    let (map, pipelines) = pipelines(&files);
    assert_eq!(
        lines(&map, &pipelines.jobs),
        [
            "a: ./scripts/deploy.sh prod",
            "a: cd x",
            "a: source ./lib.sh",
            "a: kubectl apply -f lib",
            "a: ./deploy.sh",
            "a: kubectl apply -f script",
            "a: make -C app deploy IMG=x",
            "a: docker push x",
            "a: kubectl apply -f make",
            "a: echo before",
            "a: just k8s::apply x",
            "a: kubectl apply -f just",
            "a: echo after",
            "a: bash $ROOT/unique.sh",
            "a: kubectl apply -f unique",
            "a: task ship",
            "a: kubectl apply -f task",
            "a: npm run up",
            "a: kubectl apply -f npm",
            "a: make none",
        ]
    );
    assert_eq!(lines(&map, &pipelines.scripts), ["deploy: kubectl apply -f other"]);
    let job = &pipelines.jobs[0];
    let lib = job.commands().find(|command| command.words.last().is_some_and(|word| word.is("lib")));
    let caller = lib.and_then(|lib| job.callers().of(lib.words_span()));
    assert_eq!(caller.map(|span| map.slice(span)), Some("./scripts/deploy.sh prod"));
}

fn range(span: Span) -> std::ops::Range<usize> {
    span.start as usize..span.end() as usize
}

/// Text that nobody wrote ends the same, and soon.
#[test]
fn hostile_scripts() {
    let names = ["a.sh", "Makefile", "justfile", "Jenkinsfile", "a.md", "Taskfile.yml", "package.json"];
    let starts =
        ["", "kubectl ", "a: ; kubectl ", "a:\n\tkubectl ", "sh \"kubectl ", "```sh\nkubectl ", "tasks: "];
    let pieces = [
        "{",
        "(",
        "'",
        "\"",
        "'''",
        "\"\"\"${",
        "$(",
        "$(x",
        "${",
        "{{",
        "`",
        "\\\n",
        "/*",
        "a:\n\t$(\n",
        "\\",
        "$",
        "stage('x') {",
        "sh(",
        "+",
        "é",
        "```sh\n",
        "# x\n",
        "define x\n",
        "/",
        "$$(",
        "a=$(a)\n",
        "\u{0}",
    ];
    let begin = Instant::now();
    for name in names {
        for start in starts {
            for piece in pieces {
                let text = format!("{start}{}", piece.repeat(6_000 / piece.len()));
                let (map, pipelines) = pipelines(&[(name, &text)]);
                let jobs = pipelines.jobs.iter().chain(&pipelines.scripts);
                for word in jobs.flat_map(Job::commands).flat_map(|command| &command.words) {
                    let inside = map.source(word.span.source).text().get(range(word.span));
                    assert!(inside.is_some(), "{name} {start} {piece}");
                }
            }
        }
    }
    assert!(begin.elapsed().as_secs() < 120, "{:?}", begin.elapsed());
}

/// Words are where they are written, whatever was taken off and filled in around them.
#[test]
fn words_are_where_they_are_written() {
    let words = ["kubectl", "apply", "-f", "k8s/é.yaml", "\"a b\"", "'x'"];
    let line = words.join(" ");
    let files = [
        ("a.sh", format!("# é\nif true; then\n  {line}\nfi\n")),
        ("Makefile", format!("# é\nA=b\ndeploy: ; @{line}\nb:\n\t-@echo $(A); {line} \\\n\t  $$X\n")),
        ("justfile", format!("a := 'é'\nx y:\n\t@echo {{{{a}}}}; {line}\n")),
        (
            "Taskfile.yml",
            format!("tasks:\n  é:\n    - |\n      {line}\n    - >-\n      echo\n      && {line}\n"),
        ),
        ("a.md", format!("# é\n> text\n  ```console\n  $ echo é && {line}\n  é\n  ```\n")),
        (
            "Jenkinsfile",
            format!("// é\nsh '''\n  echo \\\\ ; {line}\n'''\nsh \"\"\"echo ${{x}} é; {line}\"\"\"\n"),
        ),
    ];
    for (name, text) in files {
        let (map, pipelines) = pipelines(&[(name, &text)]);
        let jobs = pipelines.jobs.iter().chain(&pipelines.scripts);
        let commands: Vec<_> =
            jobs.flat_map(Job::commands).filter(|one| one.words.len() >= words.len()).collect();
        assert_eq!(commands.len(), text.matches(&line).count(), "{name}");
        for command in commands {
            let written: Vec<&str> =
                command.words.iter().take(words.len()).map(|word| map.slice(word.span)).collect();
            assert_eq!(written, words, "{name}");
        }
    }
}
