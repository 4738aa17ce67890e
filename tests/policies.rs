//! Policies of people in a whole check: what they are asked about, where what they say lands, and what a broken one costs.

#![allow(clippy::disallowed_types, clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used)]

use plimsoll::cli::{self, Exit};
use plimsoll::host::{MemHost, Stream};

const BASE: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: acme/web:1.0.0
";
const OVERLAY: &str = "resources: [../../base]\nimages:\n  - name: acme/web\n    newTag: 2.0.0\n";
const TEMPLATE: &str = "apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: k8sneedslabels}
spec:
  crd: {spec: {names: {kind: K8sNeedsLabels}, validation: {openAPIV3Schema: {type: object, properties: {labels: {type: array, items: {type: string}}}}}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package k8sneedslabels
        violation[{\"msg\": msg}] {
          label := input.parameters.labels[_]
          not input.review.object.metadata.labels[label]
          msg := sprintf(\"label %v is missing\", [label])
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: K8sNeedsLabels
metadata: {name: owner}
spec:
  match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}
  parameters: {labels: [owner]}
";

/// `path:line level rule: message` of the findings of policies, in a repository with a base and a production overlay.
fn findings(policy: &str, more: &[(&str, &str)], words: &str) -> (Vec<String>, Exit, String) {
    let mut files = vec![
        (".git/HEAD", ""),
        ("base/deployment.yaml", BASE),
        ("base/kustomization.yaml", "resources: [deployment.yaml]\n"),
        ("overlays/prod/kustomization.yaml", OVERLAY),
        ("plimsoll.yaml", "policies: [policy]\n"),
        ("policy/a.rego", policy),
    ];
    files.extend(more);
    let host = MemHost::new(files.into_iter().map(|(path, text)| (format!("repo/{path}"), text)));
    let words = format!("plimsoll check /repo --format concise {words}");
    let exit = cli::run(&host, words.split_whitespace().map(Into::into));
    let printed = host.printed(Stream::Stdout);
    let line = |line: &str| {
        let (place, rest) = line.split_once(": ")?;
        let (place, _) = place.rsplit_once(':')?;
        Some(format!("{place} {rest}"))
    };
    (printed.lines().filter_map(line).collect(), exit, host.printed(Stream::Stderr))
}

#[test]
fn production_may_only_use_digests_in_five_lines() {
    let policy = r#"package main

deny contains {"msg": "a tag in production", "path": ["objects", i, "spec", "template", "spec", "containers", j, "image"]} if {
	input.environment.tier == "production"
	some i, object in input.objects
	some j, container in object.spec.template.spec.containers
	not contains(container.image, "@sha256:")
}
"#;
    let policy = format!(
        "# METADATA\n# title: Tags move\n# custom:\n#   name: production-digest\n#   severity: warning\n#   target: unit\n{policy}"
    );
    let policy = policy.replacen("# METADATA", "# METADATA\n# scope: package", 1);
    let (found, exit, error) = findings(&policy, &[], "--select production-digest --fail-on warning");
    assert_eq!(
        found,
        ["overlays/prod/kustomization.yaml:4 warning production-digest a tag in production"],
        "{error}"
    );
    assert_eq!(exit, Exit::Found);
}

#[test]
fn objects_owners_of_constraints_and_the_repository_are_asked_about() {
    let object = "package main\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\tnot input.spec.replicas\n\tmsg := \"no replicas\"\n}\n";
    let (found, _, error) = findings(object, &[], "--select main-deny");
    assert_eq!(found, ["base/deployment.yaml:3 error main-deny no replicas"], "{error}");

    let (found, _, error) = findings(object, &[("gatekeeper.yaml", TEMPLATE)], "--select k8s-needs-labels");
    assert_eq!(found, ["base/deployment.yaml:3 error k8s-needs-labels label owner is missing"], "{error}");

    let repository = "# METADATA\n# scope: package\n# custom:\n#   name: no-overlays\n#   target: repo\npackage main\n\ndeny contains {\"msg\": msg, \"_loc\": {\"file\": \"plimsoll.yaml\", \"line\": 1}} if {\n\tcount(data.repo.units) < 2\n\tmsg := sprintf(\"%d units, %s\", [count(data.repo.units), data.repo.environments.prod])\n}\n";
    let (found, _, error) = findings(repository, &[], "--select no-overlays");
    assert_eq!(found, ["plimsoll.yaml:1 error no-overlays 1 units, production"], "{error}");
}

#[test]
fn a_policy_that_loops_or_is_broken_costs_itself_alone() {
    let good = "package good\n\ndeny contains \"no\" if input.kind == \"Deployment\"\n";
    let endless = "package main\n\ndeny contains msg if {\n\tcount([1 | some a in numbers.range(1, 9000); some b in numbers.range(1, 9000); a == b]) > 0\n\tmsg := \"x\"\n}\n";
    let (found, _, _) = findings(endless, &[("policy/good.rego", good)], "--select main-deny,good-deny");
    assert!(found.iter().any(|line| line.contains("error good-deny no")), "{found:?}");
    let stopped = found.iter().find(|line| line.contains("main-deny")).expect("the loop is told");
    assert!(
        stopped.contains("policy `main-deny` (policy/a.rego:3) gives no answer about Deployment `web`"),
        "{stopped}"
    );

    let (found, exit, error) = findings(
        "package main\n\ndeny contains x if {\n",
        &[("policy/good.rego", good)],
        "--select good-deny",
    );
    assert_eq!(found.len(), 1);
    assert_eq!(exit, Exit::CouldNotLook);
    assert!(error.contains("policy/a.rego"), "{error}");
}

#[test]
fn a_rule_that_no_policy_declares_is_an_error() {
    let (_, exit, error) = findings("package main\n", &[], "--select nothing-of-that-name");
    assert_eq!(exit, Exit::Usage);
    assert!(error.contains("nothing-of-that-name"), "{error}");
}

#[test]
fn what_a_policy_quotes_of_a_secret_elsewhere_is_hidden() {
    let policy = "# METADATA\n# scope: package\n# custom:\n#   name: chatty\n#   target: unit\npackage main\n\ndeny contains {\"msg\": msg, \"path\": [\"objects\", 1, \"metadata\", \"name\"]} if {\n\tsome object in input.objects\n\tobject.kind == \"Secret\"\n\tmsg := sprintf(\"found %v\", [object.stringData.password])\n}\n";
    let more = [
        ("base/kustomization.yaml", "resources: [deployment.yaml, secret.yaml]\n"),
        (
            "base/secret.yaml",
            "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {password: hunter2hunter2}\n",
        ),
    ];
    let (found, _, error) = findings(policy, &more, "--select chatty");
    assert_eq!(found, ["base/deployment.yaml:3 error chatty found ***"], "{error}");
}

/// Exit code, standard output and standard error of `plimsoll` with these words, on these files.
fn run(files: &[(&str, &str)], words: &str) -> (Exit, String, String) {
    let host = MemHost::new(files.iter().map(|(path, text)| ((*path).to_owned(), *text)));
    let exit = cli::run(&host, std::iter::once("plimsoll").chain(words.split(' ')).map(Into::into));
    (exit, host.printed(Stream::Stdout), host.printed(Stream::Stderr))
}

const NAMED: &str = "# METADATA\n# title: Replicas are said.\n# description: One is not enough.\n# custom:\n#   name: acme-replicas\n#   severity: warning\n#   target: object\n#   kinds: [Deployment]\npackage acme.replicas\n\ndeny contains \"no replicas\" if not input.spec.replicas\n";

#[test]
fn policies_are_listed_and_explained() {
    let files = [
        ("plimsoll.yaml", "policies: [policy]\n"),
        (".git/HEAD", ""),
        ("policy/a.rego", NAMED),
        ("b.rego", "package b\n\nwarn contains \"x\" if input.x\n"),
    ];
    let (_, text, error) = run(&files, "rules --policy b.rego");
    let line = |name: &str| text.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    assert!(
        line("acme-replicas").ends_with("warning  Replicas are said. (policy/a.rego:11, object)"),
        "{text}{error}"
    );
    assert!(line("b-warn ").ends_with("(b.rego:3, object)"), "{text}");

    let (_, json, _) = run(&files, "rules --format json");
    let rules: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let rule = rules.iter().find(|rule| rule["name"] == "acme-replicas").unwrap();
    assert_eq!(rule["policy"], "policy/a.rego:11");
    assert_eq!((&rule["target"], &rule["kinds"][0]), (&"object".into(), &"Deployment".into()));

    let (exit, page, _) = run(&files, "explain acme-replicas");
    assert_eq!(exit, Exit::Clean);
    assert!(page.contains("Policy policy/a.rego:11, asked about each object: Deployment"), "{page}");
    assert!(page.contains("One is not enough."), "{page}");
    assert_eq!(run(&files[1..], "explain acme-replicas").0, Exit::Usage);
}

#[test]
fn without_words_of_its_own_a_finding_names_the_policy() {
    let files = [("repo/.git/HEAD", ""), ("repo/a.yaml", BASE), ("repo/policy/a.rego", NAMED)];
    let (_, text, error) = run(&files, "check /repo --policy /repo/policy --select acme-replicas");
    assert!(
        text.contains("`plimsoll explain acme-replicas` shows what the policy policy/a.rego:11 wants"),
        "{text}{error}"
    );
    assert!(text.contains("Replicas are said"), "{text}");
}

#[test]
fn conftest_knows_the_file() {
    let policy = "package main\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\tfile := data.conftest.file\n\tmsg := sprintf(\"%s has %s\", [file.dir, file.name])\n}\n";
    let (found, _, error) =
        findings(policy, &[("more.yaml", &BASE.replace("web", "db"))], "--select main-deny");
    assert_eq!(
        found,
        [
            "base/deployment.yaml:3 error main-deny base has deployment.yaml",
            "more.yaml:3 error main-deny . has more.yaml"
        ],
        "{error}"
    );
}

#[test]
fn results_are_bounded_and_the_run_goes_on() {
    let many = "package main\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\tsome i in numbers.range(1, 5000)\n\tmsg := sprintf(\"%d\", [i])\n}\n\nwarn contains \"fine\" if input.kind == \"Deployment\"\n";
    let (found, exit, _) = findings(many, &[], "--select main-deny,main-warn");
    assert_eq!(
        found,
        [
            "base/deployment.yaml:3 error main-deny policy `main-deny` (policy/a.rego:3) gives no answer about Deployment `web`: 5000 results about one input; 1000 are the most",
            "base/deployment.yaml:3 warning main-warn fine",
        ]
    );
    assert_eq!(exit, Exit::Found);

    let template = TEMPLATE
        .replace("label := input.parameters.labels[_]", "label := numbers.range(1, 5000)[_]")
        .replace("[label]\n", "[\"x\"]\n");
    let (found, ..) =
        findings("package main\n", &[("gatekeeper.yaml", &template)], "--select k8s-needs-labels");
    assert!(found[0].contains("policy `k8s-needs-labels` (gatekeeper.yaml:5) gives no answer about Deployment `web`: 5000 results"), "{found:?}");
}

#[test]
fn large_answers_and_long_messages_cost_little() {
    let mut nested = String::from("package main\n\na0 := [input.kind]\n");
    (1..40).for_each(|i| nested += &format!("a{i} := [a{0}, a{0}]\n", i - 1));
    nested += "deny_nested contains {\"msg\": \"x\", \"obj\": a39} if input.kind == \"Deployment\"\n\n";
    nested += "deny_long contains msg if {\n\tinput.kind == \"Deployment\"\n\tmsg := concat(\" \", [\"word\" | some i in numbers.range(1, 100000)])\n}\n";
    let (found, exit, error) = findings(&nested, &[], "--select main-deny-nested,main-deny-long");
    let [long, nested] = found.as_slice() else { panic!("{found:?} {error}") };
    assert!(long.ends_with(" word … (a text of 499999 characters)") && long.len() < 4_200, "{long}");
    assert_eq!(
        nested,
        "base/deployment.yaml:3 error main-deny-nested policy `main-deny-nested` (policy/a.rego:43) gives no answer about Deployment `web`: the answer has more than a million values, or more than 16 MiB of text"
    );
    assert_eq!(exit, Exit::Found);
}

#[test]
fn names_that_are_taken_are_told_with_both_places() {
    let other = NAMED.replace("package acme.replicas", "package acme.other");
    let shipped =
        NAMED.replace("acme-replicas", "argo-prune-disabled").replace("acme.replicas", "acme.prune");
    let more = [("policy/b.rego", &*other), ("policy/c.rego", &*shipped)];
    let (found, exit, error) = findings(NAMED, &more, "--select acme-replicas");
    assert_eq!((found.len(), exit), (1, Exit::CouldNotLook), "{found:?}");
    let says = |text: &str| assert!(error.contains(text), "{error}");
    says(
        "policy/a.rego: 11:1: the rule `acme-replicas` is declared in policy/b.rego:11 as well; give one of them another `name`",
    );
    says("policy/c.rego: 11:1: `argo-prune-disabled` is a rule that plimsoll brings");

    // Templates have no names of their own to change.
    let taken = NAMED.replace("acme-replicas", "k8s-needs-labels");
    let (found, _, error) =
        findings(&taken, &[("gatekeeper.yaml", TEMPLATE)], "--select k8s-needs-labels,k8s-needs-labels-2");
    let rules: Vec<&str> = found.iter().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(rules, ["k8s-needs-labels", "k8s-needs-labels-2"], "{found:?} {error}");
}

const APPLICATION: &str = "apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: web, namespace: argocd}
spec:
  project: web
  source: {repoURL: https://example.org/repo, path: overlays/prod, targetRevision: main}
  destination: {server: https://kubernetes.default.svc, namespace: shop}
";

#[test]
fn constraints_see_the_namespace_that_an_owner_applies_to() {
    let about = |criteria: &str| {
        TEMPLATE.replace("kinds: [Deployment]}]", &format!("kinds: [Deployment]}}], {criteria}"))
    };
    let git = ("plimsoll.yaml", "policies: [policy]\nrepository: {aliases: [https://example.org/repo]}\n");
    let found = |criteria: &str| {
        let template = about(criteria);
        let more = [("app.yaml", APPLICATION), ("gatekeeper.yaml", &*template), git];
        findings("package main\n", &more, "--select k8s-needs-labels")
    };
    let (none, _, error) = found("namespaces: [default]");
    assert_eq!(none, Vec::<String>::new(), "{error}");
    assert_eq!(found("namespaces: [shop]").0.len(), 1, "{error}");

    let (none, _, error) = found("namespaceSelector: {matchLabels: {team: shop}}");
    assert_eq!(none, Vec::<String>::new());
    assert!(
        error.contains("policy `k8s-needs-labels` (gatekeeper.yaml:5) was not asked about an object: nothing here says what labels the namespace `shop` has"),
        "{error}"
    );
}

#[test]
fn what_is_not_evaluated_is_told_with_its_line() {
    let cel = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: k8scel}\nspec:\n  crd: {spec: {names: {kind: K8sCel}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      code:\n        - engine: K8sNativeValidation\n          source: {validations: [{expression: \"true\", message: m}]}\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: K8sCel\nmetadata: {name: cel}\n";
    let external = TEMPLATE.replace(
        "not input.review.object.metadata.labels[label]",
        "external_data({\"provider\": \"p\", \"keys\": [label]})",
    );
    let expansion = "apiVersion: expansion.gatekeeper.sh/v1beta1\nkind: ExpansionTemplate\nmetadata: {name: pods}\nspec: {}\n---\napiVersion: mutations.gatekeeper.sh/v1\nkind: Assign\nmetadata: {name: pull}\nspec: {}\n";
    let more = [("cel.yaml", cel), ("external.yaml", &*external), ("expansion.yaml", expansion)];
    let (_, _, error) = findings("package main\n", &more, "");
    for text in [
        "cel.yaml: 9:19: Nothing is evaluated of this template: its engine is `K8sNativeValidation`, not Rego",
        "expansion.yaml: 2:7: ExpansionTemplate `pods` is not evaluated",
        "expansion.yaml: 7:7: Assign `pull` is not evaluated",
        "external.yaml: 5:30: `K8sNeedsLabels` asks a provider of external data",
    ] {
        assert!(error.contains(text), "{text}\n{error}");
    }
}

#[test]
fn objects_of_gatekeeper_may_lie_elsewhere() {
    let (template, constraint) = TEMPLATE.split_once("---\n").unwrap();
    let files = [
        ("repo/.git/HEAD", ""),
        ("repo/a.yaml", BASE),
        ("repo/constraint.yaml", constraint),
        ("library/template.yaml", template),
        ("library/data.yaml", "known: [a]\n"),
    ];
    let words = "check /repo --format concise --policy /library --select k8s-needs-labels";
    let (exit, text, error) = run(&files, words);
    assert_eq!(exit, Exit::Found, "{text}{error}");
    assert!(text.starts_with("a.yaml:3:"), "{text}{error}");
    // A file that is named is no data either when it holds objects of Gatekeeper.
    let (exit, text, error) = run(&files, &words.replace("/library", "/library/template.yaml"));
    assert_eq!((exit, error.as_str()), (Exit::Found, ""), "{text}");
}

const FILES: &str = "# METADATA
# title: What stands in files.
# custom:
#   name: files
#   target: file
#   files: [Dockerfile, 'config/**/*.toml', '*.tf', deploy.json, .env]
package acme.files

deny contains {\"msg\": sprintf(\"root in %s\", [data.conftest.file.dir]), \"path\": [i]} if {
\tsome i, command in input
\tcommand.Cmd == \"user\"
\tcommand.Value[0] == \"root\"
}

deny contains {\"msg\": \"debug\", \"path\": [\"server\", \"debug\"]} if input.server.debug == true

deny contains {\"msg\": \"public\", \"path\": [\"resource\", kind, name, \"acl\"]} if {
\tsome kind, name
\tinput.resource[kind][name][_].acl == \"public-read\"
}

deny contains {\"msg\": \"open\", \"path\": [\"spec\", \"open\"]} if input.spec.open

deny contains {\"msg\": \"verbose\", \"path\": [\"LEVEL\"]} if input.LEVEL == \"debug\"
";

#[test]
fn files_that_a_policy_names_are_given_to_it() {
    let more = [
        ("images/web/Dockerfile", "FROM a:1\nRUN b \\\n  c\nUSER root\n"),
        ("config/a/server.toml", "[client]\ndebug = true\n\n[server]\ndebug = true\n"),
        ("server.toml", "[server]\ndebug = true\n"),
        (
            "infra/main.tf",
            "resource \"aws_s3_bucket\" \"logs\" {\n  acl = \"private\"\n}\n\nresource \"aws_s3_bucket\" \"web\" {\n  acl = \"public-read\"\n}\n",
        ),
        ("deploy.json", "{\"spec\": {\n  \"open\": true}}\n"),
        ("app/.env", "# LEVEL\nLEVEL=debug\n"),
        ("config/broken.toml", "a = [\n"),
    ];
    let (found, exit, error) = findings(FILES, &more, "--select files");
    assert_eq!(
        found,
        [
            "app/.env:2 error files verbose",
            "config/a/server.toml:5 error files debug",
            "deploy.json:2 error files open",
            "images/web/Dockerfile:4 error files root in images/web",
            "infra/main.tf:6 error files public",
        ],
        "{error}"
    );
    assert!(error.contains("config/broken.toml: "), "{error}");
    assert_eq!(exit, Exit::CouldNotLook);

    let (_, exit, error) = findings(&FILES.replace("#   files:", "#   filed:"), &more, "--select files");
    assert_eq!(exit, Exit::Usage, "{error}");
}

#[test]
fn a_check_of_trivy_looks_at_dockerfiles() {
    let check = "# METADATA\n# title: Root.\n# custom:\n#   id: DS-1\n#   severity: HIGH\n#   input:\n#     selector:\n#       - type: dockerfile\npackage user.root\n\ndeny contains res if {\n\tsome stage in input.Stages\n\tsome command in stage.Commands\n\tcommand.Cmd == \"user\"\n\tres := result.new(\"root\", command)\n}\n";
    let (found, _, error) = findings(check, &[("Dockerfile", "FROM a:1\nUSER root\n")], "--select ds-1");
    assert_eq!(found, ["Dockerfile:2 error ds-1 root"], "{error}");
}

#[test]
fn secrets_of_files_that_only_a_policy_reads_stay_there() {
    let policy = FILES
        .replace("\"verbose\", \"path\": [\"LEVEL\"]", "sprintf(\"%v\", [input]), \"path\": [\"LEVEL\"]");
    let secret = "LEVEL=debug\nDB_PASSWORD=hunter2hunter2\n";
    let host = MemHost::new([
        ("repo/.git/HEAD".to_owned(), ""),
        ("repo/policy/a.rego".to_owned(), &*policy),
        ("repo/.env".to_owned(), secret),
    ]);
    let words = "plimsoll check /repo --policy /repo/policy --select files";
    cli::run(&host, words.split(' ').map(Into::into));
    let printed = host.printed(Stream::Stdout);
    assert!(printed.contains(".env:1") && !printed.contains("hunter2"), "{printed}");
}

#[test]
fn the_configuration_names_policies_of_the_repository_alone() {
    let outside = [("x.json", "password: hunter2hunter2\n"), ("repo/.git/HEAD", ""), ("repo/a.yaml", BASE)];
    for (path, message) in [
        ("/x.json", "`/x.json` lies outside of the repository"),
        ("../x.json", "`../x.json` lies outside of the repository"),
        ("a/../../x.json", "`a/../../x.json` lies outside of the repository"),
        ("nowhere", "there is no file or directory `nowhere`"),
    ] {
        let config = format!("policies:\n- {path}\n");
        let files: Vec<_> =
            outside.iter().copied().chain([("repo/plimsoll.yaml", config.as_str())]).collect();
        let (exit, _, error) = run(&files, "check /repo");
        assert_eq!(exit, Exit::Usage, "{error}");
        assert!(error.contains(message) && error.contains("plimsoll.yaml:2:3"), "{error}");
        assert!(!error.contains("hunter2"), "{error}");
    }
    // Who types a path means it.
    let typed = [("x/a.rego", NAMED), ("repo/.git/HEAD", ""), ("repo/a.yaml", BASE)];
    let (exit, text, error) = run(&typed, "check /repo --policy /x --select acme-replicas --fail-on warning");
    assert_eq!(exit, Exit::Found, "{text}{error}");
}

#[cfg(unix)]
#[test]
fn links_of_the_configuration_do_not_lead_out_of_the_repository() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    std::fs::create_dir_all(directory.join("repo/.git")).unwrap();
    std::fs::create_dir_all(directory.join("outside")).unwrap();
    std::fs::write(directory.join("outside/a.rego"), "package hidden_words\n").unwrap();
    std::fs::write(directory.join("repo/plimsoll.yaml"), "policies: [linked]\n").unwrap();
    std::os::unix::fs::symlink(directory.join("outside"), directory.join("repo/linked")).unwrap();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_plimsoll"))
        .arg("check")
        .arg(directory.join("repo"))
        .output()
        .unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("`linked` lies outside of the repository"), "{error}");
}

#[test]
fn what_gatekeeper_refuses_makes_the_run_incomplete() {
    for (correct, wrong, message) in [
        ("not input.review", "not nowhere(input.review", "gatekeeper.yaml: 13:"),
        ("  match:", "  enforcementAction: dney\n  match:", "gatekeeper.yaml: 20:"),
        ("match: {kinds:", "match: {kindes:", "gatekeeper.yaml: 20:"),
        ("labels: [owner]", "labels: owner", "gatekeeper.yaml: 21:"),
    ] {
        let template = TEMPLATE.replace(correct, wrong);
        assert_ne!(template, TEMPLATE, "{correct}");
        let (_, exit, error) = findings("package main\n", &[("gatekeeper.yaml", &template)], "");
        assert!(error.contains(message), "{wrong}: {error}");
        assert_eq!(exit, Exit::CouldNotLook, "{wrong}: {error}");
    }
    // A constraint whose template lies in another repository is no mistake.
    let (_, constraint) = TEMPLATE.split_once("---\n").unwrap();
    let (_, exit, error) = findings("package main\n", &[("gatekeeper.yaml", constraint)], "--fail-on never");
    assert!(error.contains("No ConstraintTemplate defines `K8sNeedsLabels`"), "{error}");
    assert_eq!(exit, Exit::Clean, "{error}");
}

#[test]
fn a_file_that_cannot_be_read_costs_itself_alone() {
    let files = || -> Vec<(String, Vec<u8>)> {
        let texts: [(&str, &str); 4] = [
            ("repo/.git/HEAD", ""),
            ("repo/plimsoll.yaml", "policies: [policy]\n"),
            ("repo/a.yaml", BASE),
            ("repo/policy/a.rego", NAMED),
        ];
        let texts = texts.iter().map(|(path, text)| ((*path).to_owned(), text.as_bytes().to_vec()));
        let broken = ("repo/policy/latin.rego".to_owned(), b"package x\n# caf\xe9\n".to_vec());
        texts.chain([broken, ("repo/policy/data.json".to_owned(), vec![b' '; (4 << 20) + 1])]).collect()
    };
    for words in ["check /repo --select acme-replicas", "policy check /repo/policy", "test /repo/policy"] {
        let host = MemHost::new(files());
        let exit = cli::run(&host, std::iter::once("plimsoll").chain(words.split(' ')).map(Into::into));
        let text = host.printed(Stream::Stdout) + &host.printed(Stream::Stderr);
        assert!(
            text.contains("latin.rego: this file of policies is not read: byte 16 is no UTF-8"),
            "{text}"
        );
        assert!(
            text.contains("data.json: this file of policies is not read: it is larger than 4 MiB"),
            "{text}"
        );
        if words.starts_with("check") {
            assert_eq!(exit, Exit::CouldNotLook, "{text}");
            assert!(text.contains("no replicas"), "{text}");
        }
    }
}

const COMBINED: &str = "package main

deny contains msg if {
\tsome service in input
\tservice.contents.kind == \"Service\"
\tnot has_deployment(service.contents.spec.selector.app)
\tmsg := {\"msg\": \"no Deployment\", \"object\": service.contents.spec.selector}
}

deny_two contains msg if {
\tsome i, one in input
\tone.contents.kind == \"Deployment\"
\tmsg := {\"msg\": \"here\", \"path\": [i, \"contents\", \"spec\", \"replicas\"]}
}

deny_named contains sprintf(\"look at %s.\", [entry.path]) if {
\tsome entry in input
\tentry.contents.kind == \"Service\"
}

deny_nowhere contains \"somewhere\" if count(input) > 2

has_deployment(app) if {
\tsome entry in input
\tentry.contents.kind == \"Deployment\"
\tentry.contents.metadata.labels.app == app
}
";

#[test]
fn combined_policies_see_all_documents_once() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  selector:\n    app: web\n---\napiVersion: v1\nkind: Service\nmetadata: {name: db}\nspec:\n  selector:\n    app: db\n";
    let select = "--select main-deny,main-deny-two,main-deny-named,main-deny-nowhere";
    let expected = [
        "base/deployment.yaml:4 error main-deny-two here",
        "plimsoll.yaml:1 error main-deny-nowhere somewhere",
        "service.yaml:3 error main-deny-named look at service.yaml",
        "service.yaml:5 error main-deny no Deployment",
        "service.yaml:12 error main-deny no Deployment",
    ];
    let more = [("service.yaml", service)];
    let (found, _, error) = findings(COMBINED, &more, &format!("{select} --policy-combine"));
    assert_eq!(found, expected, "{error}");
    let config = [more[0], ("plimsoll.yaml", "policies: [policy]\npolicy-combine: true\n")];
    assert_eq!(findings(COMBINED, &config, select).0, expected);
    // A policy may say it of itself.
    let header = "# METADATA\n# scope: package\n# custom:\n#   target: combined\n";
    let (found, _, error) = findings(&format!("{header}{COMBINED}"), &more, select);
    assert_eq!(found, expected, "{error}");
    let (_, exit, _) = findings(COMBINED, &more, "--policy-combine --fail-on never");
    assert_eq!(exit, Exit::Clean);
    // Other places may be in other documents.
    let policy = format!(
        "{header}package main\n\ndeny contains {{\"msg\": \"x\", \"path\": [0, \"contents\", \"kind\"], \"related\": [[i, \"contents\", \"metadata\", \"name\"]]}} if {{\n\tsome i\n\tinput[i].contents.metadata.name == \"db\"\n}}\n"
    );
    let files = [
        ("repo/.git/HEAD", ""),
        ("repo/a.yaml", BASE),
        ("repo/b.yaml", service),
        ("repo/policy/a.rego", &policy),
    ];
    let (_, text, error) = run(&files, "check /repo --policy /repo/policy --select main-deny");
    let (first, other) =
        text.split_once("the policy names this, too").unwrap_or_else(|| panic!("{text}{error}"));
    assert!(
        first.contains("a.yaml:2") && (first.contains("b.yaml:10") || other.contains("b.yaml:10")),
        "{text}"
    );
}

#[test]
fn templates_and_constraints_are_checked_listed_and_explained() {
    let (template, constraint) = TEMPLATE.split_once("---\n").unwrap();
    let files = [
        (".git/HEAD", ""),
        ("gk/template.yaml", template),
        ("gk/constraint.yaml", constraint),
        ("gk/a.rego", NAMED),
    ];
    let (exit, text, error) = run(&files, "policy check /gk");
    assert_eq!(exit, Exit::Clean, "{text}{error}");
    for line in [
        "gk/a.rego: conftest (acme-replicas)",
        "gk/constraint.yaml: Gatekeeper\n",
        "gk/template.yaml: Gatekeeper (k8s-needs-labels)",
        "3 policy files, 2 rules, 0 problems",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let (_, text, error) = run(&files, "rules --policy /gk");
    assert!(text.contains("(gk/template.yaml:5, object)"), "{text}{error}");
    // A template alone has a page, too.
    let (exit, page, error) = run(&files, "explain k8s-needs-labels --policy /gk/template.yaml");
    assert_eq!(exit, Exit::Clean, "{error}");
    assert!(page.contains("Constraints of the kind `K8sNeedsLabels`: none here"), "{page}");

    let broken = template.replace("not input.review", "not nowhere(input.review");
    let dney = constraint.replace("  match:", "  enforcementAction: dney\n  match:");
    let files = [(".git/HEAD", ""), ("gk/template.yaml", &*broken), ("gk/constraint.yaml", &*dney)];
    let (exit, text, _) = run(&files, "policy check /gk/template.yaml");
    assert_eq!(exit, Exit::Found, "{text}");
    assert!(text.contains("gk/template.yaml:13:") && text.contains("gk/template.yaml: broken"), "{text}");
    let whole = [files[0], ("gk/template.yaml", template), files[2]];
    let (exit, text, _) = run(&whole, "policy check /gk");
    assert_eq!(exit, Exit::Found, "{text}");
    assert!(text.contains("gk/constraint.yaml:5:") && text.contains("gk/constraint.yaml: broken"), "{text}");
}

#[test]
fn chosen_packages_exist() {
    let other = ("policy/b.rego", "package team.b\n\ndeny contains \"x\" if input.x\n");
    let (_, exit, error) = findings(NAMED, &[other], "--policy-namespace nope");
    assert_eq!(exit, Exit::Usage);
    assert!(
        error.contains("--policy-namespace: no package is called `nope`; there are acme.replicas, team.b"),
        "{error}"
    );
    let config = ("plimsoll.yaml", "policies: [policy]\npolicy-namespaces: [team.*, none.*]\n");
    let (_, exit, error) = findings(NAMED, &[other, config], "");
    assert_eq!(exit, Exit::Usage);
    assert!(error.contains("policy-namespaces: no package is called `none.*`"), "{error}");
    let (found, _, error) = findings(NAMED, &[other], "--policy-namespace acme.* --select acme-replicas");
    assert_eq!(found.len(), 1, "{error}");
}

#[test]
fn mistakes_in_headers_are_told_and_the_rule_is_asked() {
    let policy = NAMED.replace("severity: warning", "severity: eror").replace("#   kinds", "#   kindes");
    let (found, exit, error) = findings(&policy, &[], "--select acme-replicas --fail-on never");
    assert_eq!((found.len(), exit), (1, Exit::Clean), "{error}");
    for text in [
        "policy/a.rego: 6:5: there is no severity `eror`",
        "policy/a.rego: 8:5: nothing reads the key `kindes`; did you mean `kinds`?",
    ] {
        assert!(error.contains(text), "{text}\n{error}");
    }
    let (exit, text, _) = run(&[("policy/a.rego", &policy)], "policy check /policy");
    assert_eq!(exit, Exit::Found);
    assert!(text.contains("policy/a.rego:6:5") && text.contains("2 problems"), "{text}");
}

#[test]
fn files_beside_policies_are_read_in_every_format_and_missing_ones_are_told() {
    let policy = "package main\n\ndeny contains msg if {\n\tinput.kind == \"Deployment\"\n\tlimits := parse_config_file(\"limits.toml\")\n\tenv := parse_config_file(\"../policy/x.env\")\n\tmsg := sprintf(\"%v %v\", [limits.a, env.B])\n}\n";
    let more = [("policy/limits.toml", "a = 1\n"), ("policy/x.env", "B=two\n")];
    let (found, exit, error) = findings(policy, &more, "--select main-deny");
    assert_eq!(found, ["base/deployment.yaml:3 error main-deny 1 two"], "{error}");
    assert_eq!(exit, Exit::Found, "{error}");
    // Beside a policy that is named, too.
    let config = ("plimsoll.yaml", "policies: [policy/a.rego]\n");
    let (found, _, error) = findings(policy, &[more[0], more[1], config], "--select main-deny");
    assert_eq!(found.len(), 1, "{error}");

    let (found, exit, error) = findings(policy, &more[..1], "--select main-deny");
    assert_eq!((found.len(), exit), (0, Exit::CouldNotLook), "{error}");
    assert!(
        error.contains("policy/a.rego: 6:9: `parse_config_file` has no value: there is no file"),
        "{error}"
    );
}

#[test]
fn what_is_no_policy_and_policies_without_work_are_told() {
    let text = ("policy/limits.toml", "a = 1\n");
    let (_, exit, error) = findings(NAMED, &[text], "--policy /repo/policy/limits.toml");
    assert_eq!(exit, Exit::Usage);
    assert!(error.contains("`/repo/policy/limits.toml` is neither a policy (*.rego) nor data"), "{error}");
    let config = ("plimsoll.yaml", "policies: [policy/limits.toml]\n");
    let (_, exit, error) = findings(NAMED, &[text, config], "");
    assert_eq!(exit, Exit::Usage);
    assert!(error.contains("plimsoll.yaml:1:12") && error.contains("is neither a policy"), "{error}");

    let idle = NAMED.replace("[Deployment]", "[Deploiment]");
    let (_, _, error) = findings(&idle, &[], "");
    assert!(error.contains("1 rule of policies asked about nothing"), "{error}");
    assert!(!findings(NAMED, &[], "").2.contains("asked about nothing"));
    let empty = [("plimsoll.yaml", "policies: [policy, notes]\n"), ("notes/a.txt", "")];
    let (_, exit, error) = findings(NAMED, &empty, "--fail-on never");
    assert!(error.contains("notes: there are no policies in this directory"), "{error}");
    assert_eq!(exit, Exit::Clean);
}

/// The policy of a page of the documentation that has this name, word for word.
fn documented(name: &str) -> String {
    let page = include_str!("../docs/writing-policies.md");
    let blocks = page.split("```rego\n").skip(1).filter_map(|rest| rest.split("```").next());
    let mut named = blocks.filter(|block| block.contains(&format!("name: {name}\n")));
    named.next().expect("the page has this policy").to_owned()
}

#[test]
fn policies_of_the_documentation_say_what_it_says() {
    let (found, _, error) =
        findings(&documented("acme-production-digest"), &[], "--select acme-production-digest");
    assert_eq!(
        found,
        ["overlays/prod/kustomization.yaml:4 error acme-production-digest a tag in production"],
        "{error}"
    );
    let (found, _, error) =
        findings(&documented("acme-overlay-without-owner"), &[], "--select acme-overlay-without-owner");
    assert_eq!(
        found,
        [
            "overlays/prod/kustomization.yaml:1 error acme-overlay-without-owner nothing applies `overlays/prod`"
        ],
        "{error}"
    );
}

#[test]
fn what_a_policy_makes_of_a_secret_is_hidden() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: database}\nstringData: {password: Walrus77kelp, pin: 8Qz1}\n";
    for made in ["upper(v)", "lower(v)", "strings.reverse(v)", "v"] {
        let policy = format!(
            "package main\n\ndeny contains msg if {{\n\tinput.kind == \"Secret\"\n\tsome k, v in input.stringData\n\tmsg := sprintf(\"database: %s is '%s'\", [k, {made}])\n}}\n"
        );
        let (found, _, error) = findings(&policy, &[("secret.yaml", secret)], "--select main-deny");
        assert_eq!(
            found,
            [
                "secret.yaml:3 error main-deny database: password is '***'",
                "secret.yaml:3 error main-deny database: pin is '***'"
            ],
            "{made} {error}"
        );
    }
}

#[test]
fn policies_are_shown_as_they_are() {
    let policy =
        "package main\n\ndeny contains \"x\" if {\n\tpassword := input.password; nowhere(password)\n}\n";
    let (exit, text, _) = run(&[("policy/a.rego", policy)], "policy check /policy");
    assert_eq!(exit, Exit::Found);
    assert!(text.contains("password := input.password; nowhere(password)"), "{text}");
}

#[test]
fn places_that_lead_nowhere_are_the_objects_name() {
    for at in
        ["{\"file\": \"nowhere.yaml\", \"line\": 2}", "{\"file\": \"base/deployment.yaml\", \"line\": 999}"]
    {
        let policy = format!(
            "package main\n\ndeny contains {{\"msg\": \"x\", \"_loc\": {at}}} if input.kind == \"Deployment\"\n"
        );
        let (found, _, error) = findings(&policy, &[], "--select main-deny");
        assert_eq!(found, ["base/deployment.yaml:3 error main-deny x"], "{at} {error}");
    }
    let policy = "# METADATA\n# custom:\n#   target: file\n#   files: [Dockerfile, x.json]\n#   name: files\npackage main\n\ndeny contains {\"msg\": \"x\", \"_loc\": {\"file\": \"\", \"line\": 999}}\n";
    let policy = policy.replace("# METADATA\n", "# METADATA\n# scope: package\n");
    let more = [("Dockerfile", "FROM a:1\nUSER b\n"), ("x.json", "{\n  \"kind\": \"b\"}\n")];
    let (found, _, error) = findings(&policy, &more, "--select files");
    assert_eq!(found, ["Dockerfile:1 error files x", "x.json:2 error files x"], "{error}");
    // The object and its container are both called `web`.
    let policy = "package main\n\ndeny contains \"a container without limits in Deployment web\" if input.kind == \"Deployment\"\n";
    let (found, ..) = findings(policy, &[], "--select main-deny");
    assert!(found[0].starts_with("base/deployment.yaml:3 "), "{found:?}");
}

#[test]
fn what_is_about_the_whole_repository_stands_in_its_configuration_or_in_the_policy() {
    let policy = "# METADATA\n# scope: package\n# custom:\n#   name: whole\n#   target: repo\npackage main\n\ndeny contains \"x\"\n";
    let (found, _, error) = findings(policy, &[], "--select whole");
    assert_eq!(found, ["plimsoll.yaml:1 error whole x"], "{error}");
    let files = [("repo/.git/HEAD", ""), ("repo/a.yaml", BASE), ("repo/policy/a.rego", policy)];
    let (_, text, error) = run(&files, "check /repo --format concise --policy /repo/policy --select whole");
    assert!(text.starts_with("policy/a.rego:8:"), "{text}{error}");
}
