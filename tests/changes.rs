//! What a change touches or causes: the work tree beside a commit.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, clippy::expect_used)]

#[path = "support/checkout.rs"]
mod checkout;

use std::fs;
use std::path::Path;

use checkout::{commit, git, write};
use plimsoll::cli::{self, Exit};
use plimsoll::host::{Host, MemHost, OsHost, Stream};

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

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: NAME}\nspec: {containers: [{name: a, image: 'a:latest'}]}\n";

/// The places of the findings in a real checkout, and the notices of the run.
fn in_checkout(root: &Path, words: &str) -> (Vec<String>, String) {
    let report = root.join(".git/report.json");
    let arguments =
        format!("plimsoll check {} {words} {SELECT} --quiet --format json --output", root.display());
    let arguments = arguments.split_whitespace().map(Into::into).chain([report.clone().into_os_string()]);
    cli::run(&OsHost::new(), arguments);
    let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
    let path = |finding: &serde_json::Value| finding["file"].as_str().expect("a path").to_owned();
    let findings = report["findings"].as_array().unwrap().iter().map(path).collect();
    (findings, report["notices"].to_string())
}

#[test]
fn staged_untracked_moved_and_ignored_files_of_a_checkout() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let pod = |name: &str| POD.replace("NAME", name);
    git(root, &["init", "--quiet"]);
    for name in ["kept", "touched", "moved", "deleted", "crlf"] {
        write(root, &format!("{name}.yaml"), &pod(name));
    }
    write(root, "vendor/left-out.yaml", &pod("left-out"));
    commit(root, ".gitignore", "ignored.yaml\n");
    let nothing = in_checkout(root, "--changed-since HEAD");
    assert!(nothing.0.is_empty() && nothing.1.contains(": 0 files differ"), "{nothing:?}");
    git(root, &["checkout", "--quiet", "-b", "topic"]);
    commit(root, "committed.yaml", &pod("committed"));
    write(root, "staged.yaml", &pod("staged"));
    git(root, &["add", "staged.yaml"]);
    write(root, "untracked.yaml", &pod("untracked"));
    write(root, "ignored.yaml", &pod("ignored"));
    write(root, "touched.yaml", &pod("other"));
    write(root, "crlf.yaml", &pod("crlf").replace('\n', "\r\n"));
    write(root, "vendor/left-out.yaml", &pod("changed"));
    fs::rename(root.join("moved.yaml"), root.join("at-another-place.yaml")).unwrap();
    fs::remove_file(root.join("deleted.yaml")).unwrap();
    let (found, notices) = in_checkout(root, "--changed-since main");
    assert_eq!(
        found,
        ["at-another-place.yaml", "committed.yaml", "staged.yaml", "touched.yaml", "untracked.yaml"]
    );
    assert!(notices.contains("7 files differ"), "{notices}");
    let (named, _) = in_checkout(root, "--changed-since main --exclude staged.yaml");
    assert_eq!(named, ["at-another-place.yaml", "committed.yaml", "touched.yaml", "untracked.yaml"]);
    assert_eq!(in_checkout(root, "").0.len(), 7, "without a revision everything is reported");
}

#[test]
fn rules_about_changes_run_with_something_to_compare_with() {
    let (before, after) = (SERVICE.replace("TYPE", "ClusterIP"), SERVICE.replace("TYPE", "LoadBalancer"));
    let host = || {
        MemHost::new([("repo/a.yaml", after.as_str()), ("old/a.yaml", &before)])
            .with_revision("main", [("a.yaml", before.as_str())])
            .with_revision("same", [("a.yaml", after.as_str())])
    };
    for (words, expected) in [
        ("--base main", Exit::Found),
        ("--base-dir /old", Exit::Found),
        ("--base main --changed-since main", Exit::Found),
        ("--base main --changed-since same", Exit::Clean),
        ("--base same", Exit::Clean),
        ("--base-dir /repo", Exit::Clean),
        ("", Exit::Clean),
        ("--base other", Exit::Usage),
        ("--base-dir /nowhere", Exit::CouldNotLook),
        ("--base main --base-dir /old", Exit::Usage),
    ] {
        let host = host();
        let words = format!("plimsoll check /repo --select diff-new-exposure --format concise {words}");
        let exit = cli::run(&host, words.split_whitespace().map(Into::into));
        let printed = host.printed(Stream::Stdout);
        assert_eq!(exit, expected, "{words}: {printed}{}", host.printed(Stream::Stderr));
        assert_eq!(printed.contains("a.yaml:5:"), exit == Exit::Found, "{words}: {printed}");
    }
}

const SERVICE: &str = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  type: TYPE\n  ports: [{port: 80}]\n";

#[test]
fn a_rollback_that_says_so_is_a_note() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    let image = |tag: &str| DEPLOYMENT.replace("web:1.0.0", tag);
    git(root, &["init", "--quiet"]);
    write(root, "overlays/prod/kustomization.yaml", "resources: [web.yaml]\n");
    commit(root, "overlays/prod/web.yaml", &image("web:1.2.0"));
    write(root, "overlays/prod/web.yaml", &image("web:1.1.0"));
    git(root, &["commit", "--quiet", "--all", "--message", "Take a newer one"]);
    let level = |base: &str| {
        let report = root.join(".git/report.json");
        let words = format!(
            "check {} --base {base} --select diff-image-downgrade --quiet --format json -o",
            root.display()
        );
        let words = ["plimsoll"].into_iter().chain(words.split_whitespace()).map(Into::into);
        cli::run(&OsHost::new(), words.chain([report.clone().into_os_string()]).collect::<Vec<_>>());
        let report: serde_json::Value = serde_json::from_str(&fs::read_to_string(report).unwrap()).unwrap();
        report["findings"][0]["severity"].as_str().map(str::to_owned)
    };
    assert_eq!(level("HEAD~1").as_deref(), Some("warning"));
    write(root, "overlays/prod/web.yaml", &image("web:1.0.0"));
    git(root, &["commit", "--quiet", "--all", "--message", "Revert \"Take a newer one\""]);
    assert_eq!(level("HEAD~1").as_deref(), Some("note"));
    assert_eq!(level("HEAD").as_deref(), None);
}

/// What `diff main` prints after a change.
fn diff(changes: &Changes<'_>, base: &Changes<'_>, words: &str) -> String {
    let now = files(changes).into_iter().map(|(path, text)| (format!("repo/{path}"), text));
    let host = MemHost::new(now).with_revision("main", files(base));
    let words = format!("plimsoll diff main /repo {words}");
    let exit = cli::run(&host, words.split_whitespace().map(Into::into));
    assert_eq!(exit, Exit::Clean, "{}", host.printed(Stream::Stderr));
    host.printed(Stream::Stdout)
}

const PATCHED: &str = "resources: [../../base]\nreplicas: [{name: web, count: 3}]\n";

#[test]
fn what_a_base_changes_in_its_environments() {
    let staging = ("overlays/staging/kustomization.yaml", Some(PATCHED));
    let production = ("overlays/prod/kustomization.yaml", Some(PATCHED));
    let new = "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: 80}]}\n";
    let head: &Changes<'_> = &[
        staging,
        production,
        ("base/deployment.yaml", Some(&DEPLOYMENT.replace("web:1.0.0", "web:1.1.0"))),
        ("overlays/staging/service.yaml", Some(new)),
        ("overlays/staging/kustomization.yaml", Some("resources: [../../base, service.yaml]\n")),
    ];
    let text = diff(head, &[staging, production], "");
    let expected = "## What is applied

2 objects changed, 1 object new; compared with 0123456789ab, where HEAD and `main` part: 3 files differ.

### prod

<details><summary>Deployment <b>web</b> changed (+1 −1)</summary>

```diff
@@ -13,7 +13,7 @@
         app: web
     spec:
       containers:
-      - image: acme/web:1.0.0
+      - image: acme/web:1.1.0
         name: web
       - image: acme/log:latest
         name: log
```

</details>
";
    let text = text.replacen("with main,", "with 0123456789ab,", 1);
    assert!(text.starts_with(expected), "{text}");
    let rest = &text[expected.len()..];
    assert!(
        rest.starts_with("\n### staging\n\n<details><summary>Deployment <b>web</b> changed (+1 −2)"),
        "{rest}"
    );
    assert!(rest.contains("<details><summary>Service <b>web</b> new (+7)</summary>"), "{rest}");
}

#[test]
fn a_change_that_is_the_same_everywhere_is_shown_once() {
    let overlays = ["dev", "prod", "staging"].map(|name| format!("overlays/{name}/kustomization.yaml"));
    let overlays: Vec<_> = overlays.iter().map(|path| (path.as_str(), Some(PATCHED))).collect();
    let changed = DEPLOYMENT.replace("web:1.0.0", "web:1.1.0");
    let mut head = overlays.clone();
    head.push(("base/deployment.yaml", Some(&changed)));
    let text = diff(&head, &overlays, "");
    assert!(text.contains("3 objects changed;"), "{text}");
    assert!(text.contains("### prod, staging, dev\n"), "{text}");
    assert_eq!(text.matches("<details>").count(), 1);
    assert!(diff(&overlays, &overlays, "").contains("\nNothing changes; "));
}

#[test]
fn what_does_not_build_is_said_and_is_not_gone() {
    let good: (&str, Option<&str>) = ("overlays/prod/kustomization.yaml", Some(PATCHED));
    let bad = ("overlays/prod/kustomization.yaml", Some("resources: [../nothing]\n"));
    let text = diff(&[bad], &[good], "");
    assert!(
        text.contains("No longer builds, so it is not compared:\n\n- <code>overlays/prod</code>"),
        "{text}"
    );
    assert!(!text.contains("gone"), "{text}");
    let text = diff(&[good], &[bad], "");
    assert!(text.contains("Did not build before") && !text.contains(" new"), "{text}");
    assert!(diff(&[bad], &[bad], "").contains("1 overlay builds neither before nor after"));
}

#[test]
fn a_comment_holds_no_secret_no_markup_of_a_file_and_no_more_than_it_can() {
    let secret = |value: &str, name: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\nstringData: {{password: {value}}}\n"
        )
    };
    let (old, new) = (secret("hunter2hunter2", "db"), secret("an0therpa55word", "db"));
    let text = diff(&[("db.yaml", Some(&new))], &[("db.yaml", Some(&old))], "");
    assert!(text.contains("Secret <b>db</b> changed (a hidden value)"), "{text}");
    assert!(!text.contains("hunter2") && !text.contains("an0ther"), "{text}");

    let map =
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: \"<script>@all\"}\ndata: {a: \"````\\n# x\"}\n";
    let text = diff(&[("map.yaml", Some(map))], &[], "");
    assert!(text.contains("<b>&#60;script&#62;&#64;all</b>") && text.contains("\n`````diff\n"), "{text}");

    let many: Vec<String> =
        (0..3000).map(|index| secret("x", &format!("secret-with-a-long-name-{index}"))).collect();
    let many = many.join("---\n");
    let text = diff(&[("many.yaml", Some(&many))], &[], "");
    assert!(text.chars().count() < 65_536);
    assert!(text.contains("There is no room for everything:"), "{}", &text[text.len() - 300..]);
    let text = diff(&[("many.yaml", Some(&many))], &[], "--full");
    assert_eq!(text.matches("<details>").count(), 3000);
}
