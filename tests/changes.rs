//! What a change touches or causes: the work tree beside a commit.

#![allow(clippy::unwrap_used)]

use plimsoll::cli::{self, Exit};
use plimsoll::host::{Host, MemHost, Stream};

const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  selector: {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec:\n      containers:\n        - name: web\n          image: acme/web:1.0.0\n        - name: log\n          image: acme/log:latest\n";
const BASE: &str = "resources: [deployment.yaml]\n";
const OVERLAY: &str = "resources: [../../base]\npatches:\n  - target: {kind: Deployment, name: web}\n    patch: |-\n      - op: replace\n        path: /spec/replicas\n        value: 3\n";

/// Paths with their new texts; `None` for a file that is deleted.
type Changes<'t> = [(&'t str, Option<&'t str>)];

fn files<'t>(changes: &Changes<'t>) -> Vec<(String, &'t str)> {
    let mut files = vec![
        ("base/deployment.yaml", DEPLOYMENT),
        ("base/kustomization.yaml", BASE),
        ("overlays/prod/kustomization.yaml", OVERLAY),
        (
            "pod.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: 'a:latest'}]}\n",
        ),
        ("README.md", "# one\n"),
    ];
    for (path, text) in changes {
        files.retain(|(known, _)| known != path);
        files.extend(text.map(|text| (*path, text)));
    }
    files.into_iter().map(|(path, text)| (path.to_owned(), text)).collect()
}

/// The findings with `--changed-since main` after a change, as `path:line rule`, and the exit code.
fn caused(changes: &Changes<'_>, words: &str) -> (Vec<String>, Exit) {
    let now = files(changes).into_iter().map(|(path, text)| (format!("repo/{path}"), text));
    let host = MemHost::new(now).with_revision("main", files(&[]));
    let words = format!("plimsoll check /repo --changed-since main --format concise {words}");
    let exit = cli::run(&host, words.split_whitespace().map(Into::into));
    let line = |line: &str| {
        let mut words = line.split_whitespace();
        let (place, rule) = (words.next()?, words.nth(1)?);
        let place: Vec<&str> = place.split(':').collect();
        (place.len() > 2).then(|| format!("{}:{} {rule}", place[0], place[1]))
    };
    (host.printed(Stream::Stdout).lines().filter_map(line).collect(), exit)
}

const SELECT: &str =
    "--select image-latest-tag,kustomize-build-error,kustomize-missing-file,host-network,suppression-unused";

#[test]
fn findings_that_a_change_touches_or_causes() {
    let text = |from: &str, to: &str| DEPLOYMENT.replace(from, to);
    let tagged = text("web:1.0.0", "web:latest");
    let moved = text("  template:\n", "  replicas: 2\n  template:\n");
    let on_the_line = text("image: acme/log:latest", "image: acme/log:latest # pinned later");
    let renamed = text("name: web}\nspec", "name: site}\nspec");
    let network = text("    spec:\n", "    spec:\n      hostNetwork: true\n");
    let cases: [(&str, &Changes<'_>, &[&str]); 9] = [
        ("nothing", &[], &[]),
        ("a file that is no configuration", &[("README.md", Some("# two\n"))], &[]),
        ("lines that moved", &[("base/deployment.yaml", Some(&moved))], &[]),
        (
            "an image on a changed line, and not the other",
            &[("base/deployment.yaml", Some(&tagged))],
            &["base/deployment.yaml:11 image-latest-tag"],
        ),
        (
            "a changed line with a finding that was there before",
            &[("base/deployment.yaml", Some(&on_the_line))],
            &["base/deployment.yaml:13 image-latest-tag"],
        ),
        (
            "an overlay that a change of its base breaks",
            &[("base/kustomization.yaml", None)],
            &["overlays/prod/kustomization.yaml:1 kustomize-missing-file"],
        ),
        (
            "an object that is another one now",
            &[("base/deployment.yaml", Some(&renamed))],
            &["base/deployment.yaml:13 image-latest-tag"],
        ),
        (
            "a new file",
            &[(
                "new.yaml",
                Some(
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: b}\nspec: {hostNetwork: true, containers: []}\n",
                ),
            )],
            &["new.yaml:4 host-network"],
        ),
        (
            "an added field",
            &[("base/deployment.yaml", Some(&network))],
            &["base/deployment.yaml:9 host-network"],
        ),
    ];
    for (what, changes, expected) in cases {
        let (found, _) = caused(changes, SELECT);
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn what_was_there_before_does_not_fail() {
    let (_, exit) = caused(&[("README.md", Some("# two\n"))], &format!("{SELECT} --fail-on note"));
    assert_eq!(exit, Exit::Clean);
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostNetwork: true, containers: []}\n";
    let (_, exit) = caused(&[("pod.yaml", Some(pod))], &format!("{SELECT} --fail-on note"));
    assert_eq!(exit, Exit::Found);
}

#[test]
fn a_suppression_that_is_taken_away() {
    let suppressed = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    # plimsoll: ignore[image-latest-tag] reason: a test\n    - {name: a, image: 'a:latest'}\n";
    let open = suppressed.replace("    # plimsoll: ignore[image-latest-tag] reason: a test\n", "");
    let host = MemHost::new([("repo/a.yaml", open)]).with_revision("main", [("a.yaml", suppressed)]);
    let words = format!("plimsoll check /repo --changed-since main --format concise {SELECT}");
    cli::run(&host, words.split_whitespace().map(Into::into));
    let printed = host.printed(Stream::Stdout);
    assert!(printed.contains("a.yaml:6:"), "{printed}");
}

#[test]
fn what_was_compared_is_said() {
    let host = MemHost::new([("repo/a.yaml", "a: 1\n")])
        .with_revision("main", [("a.yaml", "a: 2\n"), ("b.yaml", "")]);
    cli::run(&host, "plimsoll check /repo --changed-since main".split(' ').map(Into::into));
    let printed = host.printed(Stream::Stdout);
    assert!(printed.contains("where HEAD and `main` part: 2 files differ"), "{printed}");
    let exit = cli::run(&host, "plimsoll check /repo --changed-since other".split(' ').map(Into::into));
    assert_eq!(exit, Exit::Usage);
    assert!(host.printed(Stream::Stderr).contains("there is no commit `other` here"));
    assert!(host.git("/repo".into()).unwrap().is_none());
}
