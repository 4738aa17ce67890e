//! The command line: exit codes, where output goes, and what wrong arguments and configurations get.

#![allow(clippy::unwrap_used)]

use plimsoll::cli::{self, Exit};
use plimsoll::host::{Commit, History, HistoryEnd, Host, MemHost, OldFile, Stream};

const BAD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - {name: a, image: acme/a:latest, securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}, resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 16Mi}}}\n  automountServiceAccountToken: false\n  restartPolicy: Never\n";
const GOOD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers:\n    - {name: a, image: acme/a:1.0.0, securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: {drop: [ALL]}, seccompProfile: {type: RuntimeDefault}}, resources: {requests: {cpu: 10m, memory: 16Mi}, limits: {memory: 16Mi}}}\n  automountServiceAccountToken: false\n  restartPolicy: Never\n";

/// Exit code, standard output and standard error of `plimsoll` with these words, in `/repo`.
fn run(host: &MemHost, words: &str) -> (Exit, String, String) {
    let exit = cli::run(host, std::iter::once("plimsoll").chain(words.split(' ')).map(Into::into));
    (exit, host.printed(Stream::Stdout), host.printed(Stream::Stderr))
}

fn repo(files: &[(&str, &str)]) -> MemHost {
    MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), *text)))
}

#[test]
fn exit_codes() {
    // Findings below the threshold, at it, with the threshold moved, or not counted.
    let warning = || repo(&[("a.yaml", BAD)]);
    for (host, words, exit) in [
        (repo(&[("a.yaml", GOOD)]), "check /repo", Exit::Clean),
        (warning(), "check /repo", Exit::Clean),
        (warning(), "check /repo --fail-on warning", Exit::Found),
        (warning(), "check /repo --fail-on note", Exit::Found),
        (warning(), "check /repo --fail-on never", Exit::Clean),
        (warning(), "check /repo --fail-on warning --exit-zero", Exit::Clean),
        (repo(&[("a.yaml", "a: [1")]), "check /repo", Exit::Found),
        (repo(&[("a.yaml", "a: [1")]), "check /repo --exit-zero", Exit::Clean),
        (warning(), "check /nowhere", Exit::Usage),
        (warning(), "check /repo --fail-on never --select no-such-rule", Exit::Usage),
        (warning(), "check /repo --format text --format concise", Exit::Usage),
        (warning(), "check /repo --unknown", Exit::Usage),
        (warning(), "explain no-such-rule", Exit::Usage),
        (warning(), "explain image-latest-tag", Exit::Clean),
        (warning(), "--version", Exit::Clean),
        (repo(&[("a.txt", "")]), "check /repo", Exit::Clean),
    ] {
        let (code, stdout, stderr) = run(&host, words);
        assert_eq!(code, exit, "{words}\n{stdout}\n{stderr}");
        assert_eq!(stderr.is_empty(), exit != Exit::Usage, "{words}: {stderr}");
    }
}

#[test]
fn strict_counts_files_that_could_not_be_read() {
    let files = [("repo/a.yaml", GOOD.as_bytes()), ("repo/b.yaml", b"a: \xff")];
    let (exit, stdout, _) = run(&MemHost::new(files), "check /repo");
    assert_eq!(exit, Exit::Clean);
    assert!(stdout.contains("warning: b.yaml: not analysed, not UTF-8 (byte 3)"), "{stdout}");
    let (exit, ..) = run(&MemHost::new(files), "check /repo --strict");
    assert_eq!(exit, Exit::CouldNotLook);
}

#[test]
fn the_last_line_is_the_coverage() {
    let (_, stdout, _) = run(&repo(&[("a.yaml", BAD), ("b.go", "")]), "check /repo");
    let last: Vec<&str> = stdout.lines().rev().take(2).collect();
    assert_eq!(last, ["2 files: 1 analysed, 1 not configuration", "1 warning in 1 object"]);
    let (_, stdout, _) = run(&repo(&[("a.txt", "")]), "check /repo");
    assert!(stdout.contains("no configuration files were found, so nothing was checked"), "{stdout}");
}

#[test]
fn what_is_put_off_is_counted_unless_an_owner_applies_it() {
    let put_off = [
        ("apps/old/kustomization.yaml", "resources: [a.yaml]\n"),
        ("apps/old/a.yaml", GOOD),
        ("hack/b.yaml", GOOD),
    ];
    let (_, stdout, _) = run(&repo(&put_off), "check /repo");
    let said = "not linted as deployed: 1 object that was taken out of use, 1 overlay that is put off";
    assert!(stdout.contains(said), "{stdout}");
    let owner = |name: &str, path: &str| {
        format!(
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {{name: {name}}}\nspec:\n  \
             interval: 1h\n  prune: true\n  sourceRef: {{kind: GitRepository, name: flux-system}}\n  path: {path}\n"
        )
    };
    let owners = format!("{}---\n{}", owner("old", "apps/old"), owner("hack", "hack"));
    let applied = [put_off.as_slice(), &[("flux/owners.yaml", owners.as_str())]].concat();
    let (_, stdout, _) = run(&repo(&applied), "check /repo");
    assert!(!stdout.contains("not linted as deployed"), "{stdout}");
}

#[test]
fn of_an_old_kubernetes_it_is_said_what_is_not_checked() {
    let printed = |version: &str| {
        run(&repo(&[("a.yaml", BAD)]), &format!("check /repo --kubernetes-version {version}")).1
    };
    let said = "Kubernetes 1.22 is older than the definitions that plimsoll has";
    assert!(printed("1.22").contains(said));
    assert!(!printed("1.25").contains("older than"));
}

#[test]
fn an_output_belongs_to_the_format_before_it() {
    let host = repo(&[("a.yaml", BAD)]);
    let words =
        "check /repo --format text --format junit --output /out/a.xml --format concise --output /out/a.txt";
    let (_, stdout, _) = run(&host, words);
    assert!(stdout.contains("1 warning in 1 object"), "{stdout}");
    let read = |path: &str| String::from_utf8(host.read(path.into(), 10_000, 0).unwrap().unwrap()).unwrap();
    assert!(read("/out/a.xml").starts_with("<?xml"));
    assert!(read("/out/a.txt").starts_with("a.yaml:6:"), "{}", read("/out/a.txt"));
}

#[test]
fn named_paths_are_reported_and_the_rest_is_only_loaded() {
    let files = [
        ("a/kustomization.yaml", "resources: [web.yaml]\n"),
        ("a/web.yaml", BAD),
        ("b/web.yaml", BAD),
        (".git/HEAD", ""),
    ];
    let (_, stdout, _) = run(&repo(&files), "check /repo/a --format concise");
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(stdout.starts_with("a/web.yaml:6:"), "{stdout}");
}

/// One finding about several files is one about each of them.
#[test]
fn a_path_is_told_what_is_said_of_it_elsewhere() {
    let application = |name: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  project: shop\n  source: {{repoURL: 'https://github.com/acme/gitops', targetRevision: HEAD, path: shared}}\n  destination: {{name: in-cluster, namespace: shop}}\n"
        )
    };
    let map =
        |name: &str| format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {name}}}\ndata: {{a: b}}\n");
    let set = |name: &str| {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  goTemplate: true\n  generators: [{{list: {{elements: [{{env: prod}}]}}}}]\n  template: {{metadata: {{name: '{name}-{{{{.env}}}}'}}, spec: {{project: shop}}}}\n"
        )
    };
    let mut files: Vec<(String, String)> =
        (10..30).map(|number| (format!("sets/{number}.yaml"), set(&format!("s{number}")))).collect();
    files.extend([
        ("prod/set.yaml".to_owned(), set("prod")),
        ("argocd/one.yaml".to_owned(), application("one")),
        ("argocd/two.yaml".to_owned(), application("two")),
        ("shared/a.yaml".to_owned(), map("a")),
        ("shared/b.yaml".to_owned(), map("b")),
        (".git/HEAD".to_owned(), String::new()),
    ]);
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    for (path, rule) in [
        ("prod/set.yaml", "appset-missingkey-not-error"),
        ("sets/29.yaml", "appset-missingkey-not-error"),
        ("shared/a.yaml", "resource-multiple-owners"),
        ("shared/b.yaml", "resource-multiple-owners"),
    ] {
        let words = format!("check /repo/{path} --select {rule} --format concise");
        let (_, stdout, _) = run(&repo(&files), &words);
        assert_eq!(stdout.lines().count(), 1, "{path}: {stdout}");
    }
}

#[test]
fn standard_input_stands_for_a_file_of_its_repository() {
    let overlay = [
        ("k/kustomization.yaml", "resources: [base.yaml]\npatches: [{path: p.yaml}]\n"),
        ("k/base.yaml", GOOD),
        ("k/p.yaml", GOOD),
        (".git/HEAD", ""),
    ];
    // As a patch it is linted in what it patches; alone as it stands.
    let host = repo(&overlay).with_stdin(BAD);
    let (_, stdout, _) = run(&host, "check - --stdin-filename /repo/k/p.yaml --format concise");
    assert!(stdout.starts_with("k/p.yaml:6:"), "{stdout}");
    let (_, stdout, _) = run(&repo(&overlay).with_stdin(BAD), "check - --format concise");
    assert!(stdout.starts_with("stdin.yaml:6:"), "{stdout}");
    let host = repo(&overlay).with_stdin(BAD);
    let (_, stdout, _) = run(&host, "check - --stdin-filename /repo/k/new.yaml --format concise");
    assert!(stdout.contains("k/new.yaml:6:"), "{stdout}");
}

#[test]
fn errors_in_the_configuration_show_their_place() {
    let config = "profile: strict\nselct: [image-latest-tag]\nignore: [image-latest-tga]\n";
    let (exit, stdout, stderr) = run(&repo(&[("plimsoll.yaml", config), ("a.yaml", BAD)]), "check /repo");
    assert_eq!((exit, stdout.as_str()), (Exit::Usage, ""));
    for expected in
        ["plimsoll.yaml:1:10", "plimsoll.yaml:2:1", "plimsoll.yaml:3:10", "did you mean `select`?"]
    {
        assert!(stderr.contains(expected), "{expected} in\n{stderr}");
    }
    let two = repo(&[("plimsoll.yaml", ""), (".plimsoll.yaml", ""), ("a.yaml", BAD)]);
    let (exit, _, stderr) = run(&two, "check /repo");
    assert_eq!(exit, Exit::Usage);
    assert!(stderr.contains("both `plimsoll.yaml` and `.plimsoll.yaml` exist"), "{stderr}");
}

#[test]
fn the_configuration_decides_and_the_command_line_wins() {
    let config = "severity: {image-latest-tag: error}\nexclude: [out/]\noverrides:\n  - paths: [demo/**]\n    ignore: [image-latest-tag]\n";
    let files = [("plimsoll.yaml", config), ("a.yaml", BAD), ("demo/a.yaml", BAD), ("out/a.yaml", BAD)];
    let (exit, stdout, _) = run(&repo(&files), "check /repo --format concise");
    assert_eq!(exit, Exit::Found);
    assert_eq!(stdout.lines().count(), 1, "{stdout}");
    assert!(stdout.starts_with("a.yaml:6:") && stdout.contains(" error image-latest-tag "), "{stdout}");
    let (exit, ..) = run(&repo(&files), "check /repo --ignore image-latest-tag");
    assert_eq!(exit, Exit::Clean);
    let (_, stdout, _) = run(&repo(&files), "check /repo --no-config --format concise");
    assert_eq!(stdout.lines().count(), 3, "{stdout}");
}

#[test]
fn init_detects_and_never_overwrites() {
    let files = [("apps/prod/a.yaml", GOOD), (".git/HEAD", "")];
    let host = repo(&files);
    let (exit, stdout, _) = run(&host, "init /repo");
    assert_eq!((exit, stdout.as_str()), (Exit::Clean, "wrote /repo/plimsoll.yaml\n"));
    let written = host.read("/repo/plimsoll.yaml".into(), 10_000, 0).unwrap().unwrap();
    let written = String::from_utf8(written).unwrap();
    assert!(written.contains("tier: production"), "{written}");
    let (exit, ..) = run(&host, "init /repo");
    assert_eq!(exit, Exit::Usage, "a second time");
    let (exit, _, stderr) = run(&repo(&[("plimsoll.yaml", &written), ("a.yaml", GOOD)]), "check /repo");
    assert_eq!((exit, stderr.as_str()), (Exit::Clean, ""), "what init writes is a valid configuration");
}

#[test]
fn explain_and_rules_know_other_tools_ids() {
    for id in ["image-latest-tag", "KSV-0013", "CKV_K8S_14", "latest-tag"] {
        let (exit, stdout, _) = run(&repo(&[]), &format!("explain {id}"));
        assert_eq!(exit, Exit::Clean, "{id}");
        assert!(stdout.contains("image-latest-tag (warning, profile default)"), "{id}: {stdout}");
    }
    let (_, json, _) = run(&repo(&[]), "rules --format json");
    let rules: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let (_, text, _) = run(&repo(&[]), "rules");
    assert_eq!(text.lines().count(), rules.len());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let (exit, script, _) = run(&repo(&[]), &format!("completions {shell}"));
        assert!(exit == Exit::Clean && script.contains("plimsoll"), "{shell}");
    }
    let (_, schema, _) = run(&repo(&[]), "schema config");
    let schema: serde_json::Value = serde_json::from_str(&schema).unwrap();
    assert!(schema.get("properties").is_some());
}

#[test]
fn nothing_from_a_file_reaches_the_terminal_raw() {
    let nasty = BAD
        .replace("acme/a:latest", "\"acme/\\e[31m\\u202e:latest\"")
        .replace("name: a}", "name: \"\u{202e}x\"}");
    for format in ["text", "concise", "github", "gitlab", "junit"] {
        let host = repo(&[("e\u{1b}[2J.yaml", &nasty)]);
        let (_, stdout, stderr) = run(&host, &format!("check /repo --format {format}"));
        let raw =
            stdout.chars().chain(stderr.chars()).find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(raw, None, "{format}: {stdout:?}");
    }
}

#[test]
fn a_broken_document_with_braces_hides_no_other() {
    let workflow = "on: push\njobs:\n  a:\n    run: ${{ x }}\n   b: [\n";
    let bundle = format!("{BAD}---\na: [1, 2\n---\nb: \"{{{{ .Values }}}}\"\n");
    let template = "{{- if .Values.a }}\na: 1\n{{- end }}\n";
    let files = [("a.yaml", bundle.as_str()), ("t.yaml", template), (".github/workflows/w.yml", workflow)];
    let (_, stdout, _) = run(&repo(&files), "check /repo --format concise");
    let rules: Vec<&str> = stdout.lines().map(|line| line.split(' ').nth(2).unwrap()).collect();
    assert_eq!(rules, ["yaml-syntax", "image-latest-tag", "yaml-syntax"], "{stdout}");
}

#[test]
fn bases_that_only_include_each_other_do_not_build() {
    let files = [
        ("a/kustomization.yaml", "resources: [pod.yaml, ../b]\n"),
        ("a/pod.yaml", BAD),
        ("b/kustomization.yaml", "resources: [../a]\n"),
        ("c/kustomization.yaml", "resources: [pod.yaml, .]\n"),
        ("c/pod.yaml", BAD),
        ("d/kustomization.yaml", "resources: [base]\n"),
        ("d/base/kustomization.yaml", "resources: [pod.yaml]\n"),
        ("d/base/pod.yaml", BAD),
    ];
    let (_, stdout, _) = run(&repo(&files), "check /repo --format concise");
    let files: Vec<&str> = stdout.lines().map(|line| line.split(':').next().unwrap()).collect();
    let broken = ["a/kustomization.yaml", "b/kustomization.yaml", "c/kustomization.yaml"];
    assert_eq!(files, [&broken[..], &["d/base/pod.yaml"]].concat(), "{stdout}");
}

#[test]
fn gaps_are_told_beside_formats_that_have_no_room_for_them() {
    let files = [("repo/a.yaml", GOOD.as_bytes()), ("repo/b.yaml", b"a: \xff")];
    for format in ["concise", "github", "gitlab", "junit", "json", "sarif"] {
        let (_, _, stderr) = run(&MemHost::new(files), &format!("check /repo --format {format}"));
        assert_eq!(stderr, "warning: b.yaml: not analysed, not UTF-8 (byte 3)\n", "{format}");
    }
}

#[test]
fn standard_input_is_what_its_name_says() {
    let chart = [("chart/Chart.yaml", "name: a\n"), ("chart/templates/old.yaml", ""), (".git/HEAD", "")];
    let broken = "a: {\n{ .Values.x";
    let found = |name: &str| {
        let host = repo(&chart).with_stdin(broken);
        run(&host, &format!("check - --stdin-filename /repo/{name} --format concise")).1.lines().count()
    };
    assert_eq!(found("chart/templates/new.yaml"), 0, "a template of a chart");
    assert_eq!(found("README.md"), 0, "no configuration");
    assert_eq!(found("chart/new.yaml"), 1);
}

const BASE: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: web
        image: acme/web:1.0.0
";

/// A base, and an overlay that says more about it.
fn overlay(kustomization: &str) -> MemHost {
    repo(&[
        (".git/HEAD", ""),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", BASE),
        ("prod/kustomization.yaml", &format!("resources:\n- ../base\n{kustomization}")),
    ])
}

#[test]
fn render_prints_what_kustomize_prints() {
    let host = overlay("namePrefix: prod-\nimages:\n- name: acme/web\n  newTag: 2.0.0\n");
    let expected = "\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: prod-web
spec:
  replicas: 1
  template:
    spec:
      containers:
      - image: acme/web:2.0.0
        name: web
";
    assert_eq!(run(&host, "render /repo/prod"), (Exit::Clean, expected.to_owned(), String::new()));
}

#[test]
fn render_says_where_values_come_from() {
    let host = overlay("namespace: shop\nreplicas:\n- name: web\n  count: 3\nnamePrefix: prod-\n");
    let (exit, stdout, stderr) = run(&host, "render --origins /repo/prod");
    assert_eq!((exit, stderr.as_str()), (Exit::Clean, ""));
    let commented: Vec<String> = stdout
        .lines()
        .filter_map(|line| line.split_once('#').map(|(value, place)| format!("{} #{place}", value.trim())))
        .collect();
    assert_eq!(
        commented,
        [
            "name: prod-web # prod/kustomization.yaml:7 name-affix",
            "namespace: shop # prod/kustomization.yaml:3 namespace",
            "replicas: 3 # prod/kustomization.yaml:6 replicas",
        ]
    );

    let (_, stdout, _) = run(&overlay("namespace: shop\n"), "render --format json /repo/prod");
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["directory"], "prod");
    let object = &json["objects"][0];
    assert_eq!((&object["file"], &object["namespace"]), (&"base/web.yaml".into(), &"shop".into()));
    let origins = object["origins"].as_array().unwrap();
    let namespace = origins.iter().find(|origin| origin["path"] == "/metadata/namespace").unwrap();
    assert_eq!((&namespace["line"], &namespace["chain"][0]["step"]), (&3.into(), &"namespace".into()));
}

#[test]
fn render_hides_secrets_unless_asked() {
    let secret = "secretGenerator:\n- name: db\n  literals: [password=s3cr3t!x]\n";
    for words in ["render /repo/prod", "render --origins /repo/prod", "render --format json /repo/prod"] {
        let (exit, stdout, stderr) = run(&overlay(secret), words);
        assert_eq!(exit, Exit::Clean);
        assert!(stdout.contains("***") && !stdout.contains("czNjcjN0IXg="), "{stdout}");
        assert_eq!(stderr, "note: secrets are hidden as `***`; --show-secrets prints them\n");
    }
    let (_, stdout, stderr) = run(&overlay(secret), "render --show-secrets /repo/prod");
    assert!(stdout.contains("password: czNjcjN0IXg=") && stderr.is_empty(), "{stdout}{stderr}");
}

#[test]
fn render_fails_where_kustomize_fails() {
    let (exit, stdout, stderr) = run(&overlay("- nowhere.yaml\n"), "render /repo/prod");
    assert_eq!((exit, stdout.as_str()), (Exit::Found, ""));
    assert!(stderr.starts_with("error: prod/kustomization.yaml:3:3: "), "{stderr}");
    let (exit, stdout, _) = run(&overlay("- nowhere.yaml\n"), "render --format json /repo/prod");
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (exit, &json["failed"], &json["objects"]),
        (Exit::Found, &true.into(), &serde_json::json!([]))
    );
    assert_eq!(json["events"][0]["kind"], "missing-file");
    for (words, message) in [
        ("render /repo", "error: no kustomization and no chart in /repo: "),
        ("render /nowhere", "error: no such file or directory: /nowhere"),
        ("render /repo/base/web.yaml", "error: /repo/base/web.yaml is not a directory"),
    ] {
        let (exit, stdout, stderr) = run(&overlay(""), words);
        assert_eq!((exit, stdout.as_str()), (Exit::Usage, ""), "{words}");
        assert!(stderr.starts_with(message), "{stderr}");
    }
}

#[test]
fn render_lifts_the_load_restrictor_or_sets_it() {
    let patch = "spec: {replicas: 3}\n";
    let files = |configuration: &'static str| {
        let kustomization =
            "resources: [../base]\npatches:\n- path: ../patch.yaml\n  target: {kind: Deployment}\n";
        let host = repo(&[
            (".git/HEAD", ""),
            ("base/kustomization.yaml", "resources: [web.yaml]\n"),
            ("base/web.yaml", BASE),
            ("prod/kustomization.yaml", kustomization),
            ("patch.yaml", &format!("kind: Deployment\nmetadata: {{name: web}}\n{patch}")),
            ("plimsoll.yaml", configuration),
        ]);
        move |words: &str| run(&host, words)
    };
    let (none, root_only) =
        ("kustomize: {load-restrictor: none}\n", "kustomize: {load-restrictor: root-only}\n");
    for (configuration, option, is_read) in [
        ("", "", false),
        ("", "--load-restrictor none", true),
        ("", "--load-restrictor root-only", false),
        (none, "", true),
        (none, "--load-restrictor root-only", false),
        (root_only, "--load-restrictor none", true),
    ] {
        let (exit, stdout, stderr) = files(configuration)(format!("render /repo/prod {option}").trim_end());
        let expected = if is_read { Exit::Clean } else { Exit::Found };
        assert_eq!(
            (exit, stdout.contains("replicas: 3")),
            (expected, is_read),
            "{configuration}{option}: {stderr}"
        );
    }
    let (exit, _, stderr) = files("")("render --load-restrictor off /repo/prod");
    assert_eq!(exit, Exit::Usage);
    assert!(stderr.contains("[possible values: root-only, none]"), "{stderr}");
}

#[test]
fn render_says_what_is_missing() {
    let (exit, stdout, stderr) =
        run(&overlay("- https://github.com/acme/base?ref=v1\n"), "render /repo/prod");
    assert_eq!(exit, Exit::Clean);
    assert!(stdout.starts_with("# partial: prod/kustomization.yaml:3:3: "), "{stdout}");
    assert!(stdout.contains("\napiVersion: apps/v1\n"), "{stdout}");
    assert!(
        stderr.ends_with("note: the output is partial: what was not rendered is named above\n"),
        "{stderr}"
    );
    assert!(stderr.starts_with("warning: prod/kustomization.yaml:3:3: "), "{stderr}");
}

#[test]
fn render_reads_a_base_outside_of_any_repository() {
    let files = [("a/base/kustomization.yaml", "resources: [web.yaml]\n"), ("a/base/web.yaml", BASE)];
    let overlay = ("a/prod/kustomization.yaml", "resources: [../base]\n");
    let (exit, stdout, stderr) = run(&repo(&[files[0], files[1], overlay]), "render /repo/a/prod");
    assert!(exit == Exit::Clean && stdout.contains("name: web"), "{stdout}{stderr}");
}

#[test]
fn a_history_is_read_where_a_rule_asks_and_its_secrets_stay_there() {
    let value = "pV3nR8wQz1Lk6YtB";
    let secret =
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\nstringData: {{password: {value}}}\n");
    let file = |path: &str| OldFile {
        path: path.into(),
        commit: "5c1f00d5c1f00d5c1f00d".to_owned(),
        content: secret.clone().into_bytes(),
    };
    let history = |end| History {
        from: "refs/remotes/origin/main".to_owned(),
        commits: vec![Commit::default()],
        end,
        files: vec![file("db.yaml"), file("node_modules/x/other.yaml"), file("db.txt")],
        unread: 1,
    };
    let host = |end| repo(&[("a.yaml", GOOD)]).with_history(history(end));
    let (_, stdout, stderr) = run(&host(HistoryEnd::Root), "check /repo");
    assert!(!format!("{stdout}{stderr}").contains("history"), "{stdout}{stderr}");
    for format in ["text", "concise", "json", "sarif", "github", "gitlab", "junit", "html"] {
        let words = format!("check /repo --select secret-in-history --format {format}");
        let (exit, stdout, stderr) = run(&host(HistoryEnd::Root), &words);
        assert_eq!(exit, Exit::Clean, "{format}: {stdout}{stderr}");
        assert!(stdout.contains("was committed in clear text"), "{format}: {stdout}{stderr}");
        assert!(stdout.contains("5c1f00d5c1f0"), "{format}: {stdout}");
        assert!(!format!("{stdout}{stderr}").contains(value), "{format}");
    }
    let (_, stdout, _) =
        run(&host(HistoryEnd::Root), "check /repo --extend-select secret-in-history --format concise");
    assert_eq!(stdout.matches("secret-in-history").count(), 1, "{stdout}");
    for (end, words) in [
        (HistoryEnd::Root, "which are all"),
        (HistoryEnd::Cut, "fetch-depth: 0"),
        (HistoryEnd::Bound, "what is older was not"),
    ] {
        let (_, stdout, stderr) = run(&host(end), "check /repo --profile pedantic");
        let said = format!("{stdout}{stderr}");
        assert!(said.contains(words) && said.contains("1 old file could not be read"), "{said}");
    }
    let (_, stdout, stderr) = run(&repo(&[("a.yaml", GOOD)]), "check /repo --select commits-unsigned");
    assert!(format!("{stdout}{stderr}").contains("no git checkout"), "{stdout}{stderr}");
}
