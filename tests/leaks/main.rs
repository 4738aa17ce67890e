//! No command prints a secret, wherever an overlay takes it from or puts it: whole repositories with one planted in each
//! place, in every format, as they are and broken.

#![allow(clippy::unwrap_used)]

mod cases;

use cases::{CASES, Case};
use clap::ValueEnum;
use data_encoding::BASE64;
use plimsoll::cli::{self, Exit};
use plimsoll::host::{Host, MemHost, Stream};
use plimsoll::report::Format;

/// The texts of a repository, and what no output may have in it.
fn filled(case: &Case, secret: &str) -> (Vec<(String, String)>, Vec<String>) {
    let base64 = BASE64.encode(secret.as_bytes());
    let fill = |text: &str| {
        let text = text.replace("@@@", "\u{1}\u{2}").replace("@@", "\u{2}").replace('@', "\u{1}");
        text.replace('\u{1}', secret).replace('\u{2}', "@").replace('^', &base64)
    };
    let files = case.files.iter().map(|(path, text)| ((*path).to_owned(), fill(text)));
    let secrets = vec![secret.to_owned(), base64.trim_end_matches('=').to_owned()];
    (files.collect(), secrets)
}

/// All that a run with these words prints and writes.
fn output(files: &[(String, String)], words: &str) -> (Exit, String) {
    let files = files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str()));
    let host = MemHost::new(files.chain([("repo/.git/HEAD".to_owned(), "")]));
    let exit = cli::run(&host, std::iter::once("plimsoll").chain(words.split(' ')).map(Into::into));
    let mut all = host.printed(Stream::Stdout) + &host.printed(Stream::Stderr);
    for format in Format::value_variants() {
        let name = format.to_possible_value().unwrap().get_name().to_owned();
        if let Ok(Some(written)) = host.read(format!("/out/{name}").as_str().into(), u64::MAX, 0) {
            all.push_str(&String::from_utf8(written).unwrap());
        }
    }
    (exit, all)
}

/// `check` into all formats at once.
fn check() -> String {
    let names = Format::value_variants().iter().map(|format| format.to_possible_value().unwrap());
    let formats = names.map(|name| format!(" --format {0} --output /out/{0}", name.get_name()));
    format!("check /repo --profile all --show-suppressed --statistics{}", formats.collect::<String>())
}

/// `render`, in all its ways; the last one prints most.
const RENDERS: [&str; 3] = ["render", "render --origins", "render --format json"];

fn directories(case: &Case) -> Vec<&'static str> {
    let files = case.files.iter().map(|(path, _)| *path);
    files.filter_map(|path| path.strip_suffix("/kustomization.yaml")).collect()
}

fn assert_silent(case: &Case, files: &[(String, String)], secrets: &[String], words: &str) -> Exit {
    let (exit, output) = output(files, words);
    for secret in secrets {
        assert!(
            !output.contains(secret.as_str()),
            "{}: `{words}` of {files:#?} prints {secret}:\n{output}",
            case.name
        );
    }
    exit
}

fn assert_no_command_leaks(case: &Case, files: &[(String, String)], secrets: &[String], renders: &[&str]) {
    assert_silent(case, files, secrets, &check());
    // Nothing else is known of a text on standard input, so only what it shows itself can be hidden.
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with("kustomization.yaml")) {
        let host = MemHost::default().with_stdin(text);
        cli::run(&host, ["plimsoll", "check", "-", "--profile", "all"].map(Into::into));
        let printed = host.printed(Stream::Stdout) + &host.printed(Stream::Stderr);
        let leaks = secrets.iter().any(|secret| printed.contains(secret.as_str()));
        assert!(!leaks, "{}: {path} on standard input:\n{text}\nprints\n{printed}", case.name);
    }
    for view in ["graph", "graph --format json", "graph --format mermaid", "matrix", "matrix --format json"] {
        assert_silent(case, files, secrets, &format!("{view} /repo"));
    }
    for directory in directories(case) {
        for render in renders {
            let words = format!("{render} /repo/{directory}");
            assert_silent(case, files, secrets, &words);
        }
    }
}

#[test]
fn no_command_leaks() {
    for case in CASES {
        let (files, secrets) = filled(case, "Wm4TgNx8sKd2PzQ6hVb");
        assert_no_command_leaks(case, &files, &secrets, &RENDERS);
        // The secret gets as far as the output, and only the mask keeps it from there.
        for directory in case.built {
            let (exit, shown) = output(&files, &format!("render --show-secrets /repo/{directory}"));
            let is_there = secrets.iter().any(|secret| shown.contains(secret.as_str()));
            assert!(exit == Exit::Clean && is_there, "{}: {directory}: {shown}", case.name);
            let (exit, hidden) = output(&files, &format!("render /repo/{directory}"));
            assert!(exit == Exit::Clean && hidden.contains("***"), "{}: {hidden}", case.name);
        }
    }
}

/// Nor does a chart that fails because of it, though it says so at a template, and nothing else is found.
#[test]
fn a_chart_that_fails_does_not_leak() {
    let secret = "Wm4TgNx8sKd2PzQ6hVb";
    let application = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: web, namespace: argocd}\n\
                       spec:\n  project: web\n  destination: {name: in-cluster, namespace: web}\n  source:\n    \
                       repoURL: https://github.com/acme/gitops\n    targetRevision: HEAD\n    path: chart\n    \
                       helm: {valueFiles: [given.yaml]}\n";
    let files = [
        ("application.yaml", application),
        ("chart/Chart.yaml", "{apiVersion: v2, name: web, version: 0.1.0}"),
        ("chart/values.yaml", "{}"),
        ("chart/given.yaml", &format!("password: {secret}\n")),
        ("chart/templates/a.yaml", "{{ fail (printf \"not good enough: %s\" .Values.password) }}"),
    ];
    let files: Vec<_> = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let words = [
        "check /repo --select helm-required-value-missing",
        "render /repo/chart --values /repo/chart/given.yaml",
    ];
    for words in words {
        let (_, shown) = output(&files, words);
        assert!(shown.contains("not good enough") && !shown.contains(secret), "`{words}`: {shown}");
    }
}

/// Nor what a template makes of it, wherever it prints that.
#[test]
fn what_a_chart_makes_of_a_secret_is_hidden() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata:\n  a: {{ .Values.password | trunc 12 }}\n  \
                    b: {{ .Values.password | upper }}\n  c: {{ .Values.user }}\n  \
                    d: {{ if .Values.password }}set{{ end }}\n";
    let files = [
        ("chart/Chart.yaml", "{apiVersion: v2, name: web, version: 0.1.0}"),
        ("chart/values.yaml", "password: Wm4TgNx8sKd2PzQ6hVb\nuser: somebody\n"),
        ("chart/templates/a.yaml", template),
    ];
    let files: Vec<_> = files.map(|(path, text)| (path.to_owned(), text.to_owned())).into();
    let (_, shown) = output(&files, "render /repo/chart");
    for expected in ["  a: '***'\n", "  b: '***'\n", "  c: somebody\n", "  d: set\n"] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
}

/// Nor is there a hash of it: the one in the name of a generated Secret is for the cluster alone.
#[test]
fn check_does_not_know_the_hash() {
    let case = CASES.iter().find(|case| case.name == "literals").unwrap();
    let (files, _) = filled(case, "walrus7");
    let (_, rendered) = output(&files, "render /repo/a");
    let name = rendered.lines().find_map(|line| line.strip_prefix("  name: ")).unwrap();
    let hash = name.strip_prefix("s-").unwrap();
    assert!(hash.len() == 10 && !output(&files, &check()).1.contains(hash), "{hash}");
}

/// A password that could be a word, where something says that it is one.
#[test]
fn weak_passwords_do_not_leak() {
    for case in CASES {
        // Nothing marks it there, and a word may stand anywhere; or it is a key and a name to Kustomize.
        if ["repeated where", "URLs", "an env file whose lines", "an env file with a key", "a name from"]
            .iter()
            .any(|name| case.name.starts_with(name))
        {
            continue;
        }
        for secret in ["walrus7", "mysterious"] {
            let (files, secrets) = filled(case, secret);
            assert_no_command_leaks(case, &files, &secrets, &RENDERS);
        }
    }
}

/// Files broken in the ways of somebody typing.
#[test]
fn no_command_leaks_what_is_broken() {
    let breaks: [fn(&str) -> String; 5] = [
        |text| text.replacen(": ", ": x: ", 3),
        |text| text.replacen(": ", ": \"", 2),
        |text| text.replacen("\n  ", "\n\t", 1),
        |text| text.replace(": \u{3}", ": !!int \u{3}"),
        |text| text.chars().take(text.chars().count() * 3 / 4).collect::<String>() + "\n- }",
    ];
    // What is cut off is no longer known where it is repeated.
    for case in CASES.iter().filter(|case| !case.name.starts_with("repeated")) {
        let (files, secrets) = filled(case, "Wm4TgNx8sKd2PzQ6hVb");
        for at in 0..files.len() {
            for damage in breaks {
                let mut files = files.clone();
                let marked = files[at].1.replace(&secrets[0], "\u{3}");
                files[at].1 = damage(&marked).replace('\u{3}', &secrets[0]);
                assert_no_command_leaks(case, &files, &secrets, &RENDERS[2..]);
            }
        }
    }
}

const CLEAR: &[(&str, &str)] = &[
    ("overlays/storefront/kustomization.yaml", "resources: [../../base, secret.yaml, pod.yaml]\n"),
    (
        "overlays/storefront/secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: storefront-db, namespace: storefront}\nstringData:\n  database: storefront\n  region: overlays\n  token: storefront\n  motd: |\n    [default]\n    kind: ConfigMap\n    name = monitoring\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: placeholders}\ndata:\n  API_SECRET_KEY: QVBJX1NFQ1JFVF9LRVk=\nstringData:\n  password: password\n  root_password: password\n",
    ),
    (
        "overlays/storefront/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: storefront-web, namespace: storefront}\nspec:\n  containers:\n  - name: monitoring\n    image: acme/storefront:latest\n    env: [{name: API_SECRET_KEY, value: correct-horse-battery}]\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: overlays}\ndata: {a: b}\n",
    ),
    ("base/kustomization.yaml", "resources: [orphan]\n"),
    ("base/orphan/kustomization.yaml", "resources: []\n"),
];

/// A word may be a secret and the name of something: hidden where it is the secret, shown where it is the name.
#[test]
fn names_stay_readable() {
    let files: Vec<(String, String)> =
        CLEAR.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let (_, text) = output(&files, "check /repo --profile all --format text");
    for shown in [
        "Secret `storefront-db` is committed in clear text: `token`",
        "Secret `placeholders` holds placeholders: `API_SECRET_KEY`, `password`, `root_password`",
        "[overlays/storefront/secret.yaml:",
        "[overlays/storefront/pod.yaml:7:",
        "image: acme/storefront:latest",
        "image `acme/storefront:latest` of container `monitoring`",
        "in: overlays/storefront",
    ] {
        assert!(text.contains(shown), "{shown} is not in\n{text}");
    }
    for hidden in ["correct-horse-battery", "token: storefront", "password: password"] {
        assert!(!text.contains(hidden), "{hidden} is in\n{text}");
    }
    let (_, rendered) = output(&files, "render /repo/overlays/storefront");
    for shown in ["name: storefront-db", "namespace: storefront", "image: acme/storefront:latest"] {
        assert!(rendered.contains(shown), "{shown} is not in\n{rendered}");
    }
    assert!(!rendered.contains("token: storefront"), "{rendered}");
}

/// The same file knows its weak passwords, and all files know those that no name looks like; nor is a line hashed in
/// which one stands.
#[test]
fn repeated_secrets_are_hidden() {
    let pod = |image: &str, note: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  containers:\n  - name: a\n    image: {image} # {note}\n"
        )
    };
    let secret = |value: &str| {
        format!(
            "---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{password: {value}}}\n"
        )
    };
    let run = |files: &[(&str, String)], words: &str| {
        let files: Vec<(String, String)> =
            files.iter().map(|(path, text)| ((*path).to_owned(), text.clone())).collect();
        output(&files, words).1
    };
    let text = "check /repo --select image-latest-tag";
    let sarif = "check /repo --select image-latest-tag --format sarif";
    for (value, own, elsewhere) in [
        ("walrus7", true, false),
        ("the large walrus", true, false),
        ("Passw0rd!", true, true),
        ("Zk3PqX9vLw2RtY7aBc4D", true, true),
        // Too short to be told from anything.
        ("abc", false, false),
    ] {
        // In front, where no hash of the pod's last line reaches.
        let one = [("a.yaml", secret(value) + &pod("acme/a:latest", value))];
        let line = format!("# {value}");
        assert_eq!(run(&one, text).contains(&line), !own, "{value} in its own file");
        assert_eq!(run(&one, sarif).contains("primaryLocationLineHash"), !own, "{value} in its own file");
        let two = [("a.yaml", pod("acme/a:latest", value)), ("b.yaml", secret(value))];
        assert_eq!(run(&two, text).contains(&line), !elsewhere, "{value} in another file");
        assert_eq!(
            run(&two, sarif).contains("primaryLocationLineHash"),
            !elsewhere,
            "{value} in another file"
        );
    }
}
