//! Rules on input that would take them minutes if they looked at everything again for each part of it. No time is
//! measured: whoever waits for this test knows.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use std::fmt::Write as _;

/// The number of findings of a rule in some files.
fn count(rule: &str, files: &[(&str, String)]) -> usize {
    let files = files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect();
    let (_, findings) = support::find(&files, support::rule(rule).unwrap());
    findings.unwrap().len()
}

/// The first value is long, and every other one is compared with it.
#[test]
fn keys_that_stand_there_again_and_again() {
    const TIMES: usize = 20_000;
    let values = format!("a:\n{}{}", "  - b\n".repeat(TIMES), "a: 1\n".repeat(TIMES));
    let chart = "apiVersion: v2\nname: web\nversion: 1.0.0\n".to_owned();
    assert_eq!(count("yaml-duplicate-key", &[("Chart.yaml", chart), ("values.yaml", values)]), TIMES);
}

/// Each binding asks what its role grants.
#[test]
fn roles_and_bindings() {
    const TIMES: usize = 10_000;
    let mut text = String::new();
    for at in 0..TIMES {
        let group = "rbac.authorization.k8s.io";
        let rule = "{apiGroups: [login.example.com], resources: [requests], verbs: [create]}";
        let subject = "{kind: User, name: system:anonymous}";
        write!(
            text,
            "---\n{{apiVersion: {group}/v1, kind: Role, metadata: {{name: a, namespace: n{at}}}, rules: [{rule}]}}\n\
             ---\n{{apiVersion: {group}/v1, kind: RoleBinding, metadata: {{name: a, namespace: n{at}}}, \
             roleRef: {{apiGroup: {group}, kind: Role, name: a}}, subjects: [{subject}]}}\n"
        )
        .unwrap();
    }
    assert_eq!(count("rbac-bind-anonymous", &[("rbac.yaml", text)]), 0);
}
