//! `plimsoll test`: tests in Rego, annotated manifests and suites of Gatekeeper, their selection, coverage and formats.

#![allow(clippy::unwrap_used)]

use plimsoll::cli::{self, Exit};
use plimsoll::host::{MemHost, Stream};

const POLICY: &str = "# METADATA
# title: Replicas are said.
# custom:
#   name: acme-replicas
#   target: object
#   kinds: [Deployment]
package acme

deny contains {\"msg\": \"one replica\", \"path\": [\"spec\", \"replicas\"]} if input.spec.replicas == 1

never if {
	input.never == \"ever\"
	input.other == 1
}
";
const TESTS: &str = "package acme_test

import data.acme

test_one if {
\tfound := count(acme.deny) with input as {\"spec\": {\"replicas\": 1}}
\tprint(\"with one:\", found)
\tfound == 1
}

test_two if {
\tfound := count(acme.deny) with input as {\"spec\": {\"replicas\": 2}}
\tprint(\"with two:\", found)
\tfound == 1
}

todo_test_three if true
";
const CASE: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: one}
spec:
  replicas: 1 # expect: acme-replicas
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: two}
spec:
  replicas: 2
";

fn run(files: &[(&str, &str)], words: &str) -> (Exit, String, String) {
    let host = MemHost::new(files.iter().map(|(path, text)| ((*path).to_owned(), *text)));
    let exit = cli::run(&host, std::iter::once("plimsoll").chain(words.split(' ')).map(Into::into));
    (exit, host.printed(Stream::Stdout), host.printed(Stream::Stderr))
}

#[test]
fn tests_pass_fail_print_and_count_lines() {
    let files = [("policy/a.rego", POLICY), ("policy/a_test.rego", TESTS)];
    let (exit, text, error) = run(&files, "test /policy");
    assert_eq!(exit, Exit::Found, "{error}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "FAIL policy/a_test.rego:11: acme_test.test_two: is not true");
    assert!(lines[1].ends_with("with two: 0"), "{text}");
    assert!(!text.contains("with one"), "what passes is silent: {text}");
    assert_eq!(lines[2], "skip policy/a_test.rego:17: acme_test.todo_test_three: it is called todo_");
    assert_eq!(lines[3], "3 tests: 1 passed, 1 failed, 1 skipped; 66 % of the lines of policies ran");

    let (exit, text, _) = run(&files, "test /policy --run test_one");
    assert_eq!(exit, Exit::Clean);
    assert!(text.starts_with("1 test: 1 passed, 0 failed;"), "{text}");
    assert_eq!(run(&files, "test /policy --run nothing-like-that").0, Exit::Usage);
}

#[test]
fn annotated_manifests_say_what_is_found_and_what_is_not() {
    let files =
        |case: &str| run(&[("policy/a.rego", POLICY), ("policy/cases/web.yaml", case)], "test /policy");
    let (exit, text, error) = files(CASE);
    assert_eq!(exit, Exit::Clean, "{text}{error}");
    assert!(text.starts_with("1 test: 1 passed, 0 failed"), "{text}");

    let (exit, text, _) = files(&CASE.replace("replicas: 1 #", "replicas: 3 #"));
    assert_eq!(exit, Exit::Found);
    assert!(
        text.starts_with("FAIL /policy/cases/web.yaml:1: web.yaml: line 5: acme-replicas is not found"),
        "{text}"
    );

    let (_, text, _) = files(&CASE.replace("replicas: 2", "replicas: 1"));
    assert!(text.contains("line 11: acme-replicas is not expected"), "{text}");
}

#[test]
fn a_policy_that_is_called_like_a_rule_of_plimsoll_fails_its_cases() {
    let policy = POLICY.replace("acme-replicas", "argo-prune-disabled");
    let case = CASE.replace("acme-replicas", "argo-prune-disabled");
    let (exit, text, _) = run(&[("policy/a.rego", &policy), ("policy/web.yaml", &case)], "test /policy");
    assert_eq!(exit, Exit::Found);
    assert!(text.contains("is a rule that plimsoll brings"), "{text}");
}

#[test]
fn owners_are_objects_in_a_manifest_alone() {
    let policy = POLICY.replace("target: object", "target: owner").replace("[Deployment]", "[Application]");
    let case = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web}\nspec:\n  replicas: 1 # expect: acme-replicas\n";
    let (exit, text, _) = run(&[("policy/a.rego", &policy), ("policy/web.yaml", case)], "test /policy");
    assert_eq!(exit, Exit::Clean, "{text}");
}

#[test]
fn templates_and_constraints_take_part_in_manifests() {
    let gatekeeper = "apiVersion: templates.gatekeeper.sh/v1\nkind: ConstraintTemplate\nmetadata: {name: acmeone}\nspec:\n  crd: {spec: {names: {kind: AcmeOne}}}\n  targets:\n    - target: admission.k8s.gatekeeper.sh\n      rego: |\n        package acmeone\n        violation[{\"msg\": \"one\"}] { input.review.object.spec.replicas == 1 }\n---\napiVersion: constraints.gatekeeper.sh/v1beta1\nkind: AcmeOne\nmetadata: {name: one}\nspec: {match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}}\n";
    let case =
        CASE.replace(" # expect: acme-replicas", "").replace("{name: one}", "{name: one} # expect: acme-one");
    let (exit, text, _) =
        run(&[("policy/template.yaml", gatekeeper), ("policy/web.yaml", &case)], "test /policy");
    assert_eq!(exit, Exit::Clean, "{text}");
}

#[test]
fn junit_names_every_test() {
    let files = [("policy/a.rego", POLICY), ("policy/a_test.rego", TESTS), ("policy/web.yaml", CASE)];
    let (exit, xml, _) = run(&files, "test /policy --format junit");
    assert_eq!(exit, Exit::Found);
    for part in [
        "<testsuite name=\"plimsoll test\" tests=\"4\" failures=\"1\"",
        "<testcase classname=\"policy/a_test.rego\" name=\"acme_test.test_one\" file=\"policy/a_test.rego\" line=\"5\"/>",
        "<failure message=\"is not true\"/>",
        "<skipped message=\"it is called todo_\"/>",
        "name=\"web.yaml\" file=\"/policy/web.yaml\" line=\"1\"/>",
    ] {
        assert!(xml.contains(part), "{part}\n{xml}");
    }
}

#[test]
fn coverage_is_of_all_policies_and_counts_cases() {
    let other = "package other\n\ndeny contains \"x\" if {\n\tinput.kind == \"ConfigMap\"\n\tinput.data.x == \"1\"\n}\n";
    let files = [("policy/a.rego", POLICY), ("policy/a_test.rego", TESTS), ("policy/b.rego", other)];
    let (_, text, _) = run(&files, "test /policy --run test_one");
    // Four lines of six: two of `never`, and three of the policy that no test reaches, do not run.
    let percent =
        |text: &str| text.split("; ").nth(1).and_then(|it| it.split(' ').next()?.parse::<u32>().ok());
    assert!(percent(&text).unwrap() < 66, "{text}");
    let case = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a} # expect: other-deny\ndata: {x: '1'}\n";
    let all = [files[0], files[1], files[2], ("policy/case.yaml", case)];
    let (_, with_case, _) = run(&all, "test /policy");
    assert!(percent(&with_case) > percent(&text), "{with_case}{text}");
    let (exit, text, error) = run(&[files[2], all[3]], "test /policy");
    assert_eq!((exit, percent(&text)), (Exit::Clean, Some(100)), "{text}{error}");
}

#[test]
fn what_is_no_test_says_what_it_needs() {
    let files = [("policy/a.rego", POLICY), ("policy/web.yaml", CASE)];
    let (exit, text, error) = run(&files, "test /policy/web.yaml");
    assert_eq!((exit, &*text), (Exit::Usage, ""));
    assert!(error.contains("`plimsoll test DIRECTORY --run web.yaml`"), "{error}");
    let (exit, text, error) = run(&files[..1], "test /policy");
    assert_eq!((exit, &*text), (Exit::Usage, ""));
    assert_eq!(error.lines().count(), 1, "{error}");

    let misspelt = CASE.replace("# expect: acme-replicas", "#expect:acme-replica");
    let (_, text, _) = run(&[files[0], ("policy/web.yaml", &misspelt)], "test /policy");
    assert!(
        text.contains("line 5: no policy here is called acme-replica; did you mean `acme-replicas`?"),
        "{text}"
    );
    let repository = "# METADATA\n# scope: package\n# custom:\n#   target: repo\npackage all\n\ndeny contains \"always\"\n";
    let (exit, text, _) = run(&[files[0], files[1], ("policy/r.rego", repository)], "test /policy");
    assert_eq!(exit, Exit::Clean, "{text}");
}
