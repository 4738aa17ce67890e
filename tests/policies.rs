//! Policies of people in a whole check: what they are asked about, where what they say lands, and what a broken one costs.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used)]

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
    assert!(stopped.contains("gives no answer about this"), "{stopped}");

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
