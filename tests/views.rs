//! What people look at besides findings: the graph and the page.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods, clippy::disallowed_types)]

mod support;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use plimsoll::cli::{self, Exit};
use plimsoll::host::{MemHost, Stream};
use serde_json::Value;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n    - {name: a, image: acme/a:latest}\n";
const APPLICATION: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: NAME
  namespace: argocd
spec:
  project: shop
  source: {repoURL: https://example.com/shop, path: PATH}
  destination: {name: CLUSTER, namespace: shop}
";

fn application(name: &str, path: &str, cluster: &str) -> String {
    APPLICATION.replace("NAME", name).replace("PATH", path).replace("CLUSTER", cluster)
}

/// A root Application that applies two, of which one applies an overlay over a base; and an overlay for nobody.
fn repository() -> MemHost {
    let files = [
        (".git/HEAD", String::new()),
        ("argocd/root.yaml", application("root", "argocd/apps", "in-cluster")),
        ("argocd/apps/web.yaml", application("web", "web/prod", "prod-eu")),
        ("argocd/apps/gone.yaml", application("gone", "nowhere", "prod-eu")),
        ("web/base/kustomization.yaml", "resources: [pod.yaml]\n".to_owned()),
        ("web/base/pod.yaml", POD.to_owned()),
        ("web/prod/kustomization.yaml", "resources: [../base]\npatches: [{path: p.yaml}]\n".to_owned()),
        ("web/prod/p.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {a: b}}\n".to_owned()),
        ("web/dev/kustomization.yaml", "resources: [../base]\n".to_owned()),
        ("loose.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n".to_owned()),
    ];
    MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())))
}

fn run(host: &MemHost, words: &str) -> (Exit, String) {
    let exit = cli::run(host, std::iter::once("plimsoll").chain(words.split(' ')).map(Into::into));
    assert_eq!(host.printed(Stream::Stderr), "", "{words}");
    (exit, host.printed(Stream::Stdout))
}

#[test]
fn the_tree_leads_from_clusters_to_objects_and_names_what_nobody_applies() {
    let expected = "\
cluster in-cluster
└─ Application argocd/root  argocd/root.yaml:4
   ├─ argocd/apps → namespace shop: 2 × Application
   ├─ Application argocd/gone  argocd/apps/gone.yaml:4
   │  └─ nowhere → cluster prod-eu → namespace shop: not followed: the repository may be another one
   └─ Application argocd/web  argocd/apps/web.yaml:4
      └─ web/prod → cluster prod-eu → namespace shop: Pod

not applied by any owner in this repository
├─ web/dev: Pod
└─ loose.yaml: ConfigMap

3 owners apply 3 objects of 2 paths to 2 clusters; of what owners name: 1 not followed
";
    assert_eq!(run(&repository(), "graph /repo"), (Exit::Clean, expected.to_owned()));
}

#[test]
fn a_part_of_the_repository_has_the_owners_it_comes_from() {
    let (_, text) = run(&repository(), "graph /repo/web");
    assert!(text.contains("argocd/root") && text.contains("web/prod →"), "{text}");
    assert!(!text.contains("gone") && !text.contains("loose"), "{text}");
}

#[test]
fn focus_says_what_deploys_a_file_and_what_it_changes() {
    let expected = "\
cluster in-cluster
└─ Application argocd/root  argocd/root.yaml:4
   └─ Application argocd/web  argocd/apps/web.yaml:4
      └─ web/prod → cluster prod-eu → namespace shop: Pod
         ├─ includes web/base
         └─ changes Pod shop/web

not applied by any owner in this repository
└─ web/dev: Pod
   ├─ includes web/base
   └─ changes Pod web

web/base/pod.yaml: 2 owners, 2 overlays, 2 objects, 1 cluster
";
    let words = "graph /repo --focus /repo/web/base/pod.yaml";
    assert_eq!(run(&repository(), words), (Exit::Clean, expected.to_owned()));
    let (_, patch) = run(&repository(), "graph /repo --focus /repo/web/prod/p.yaml");
    assert!(patch.contains("changes Pod shop/web") && !patch.contains("web/dev"), "{patch}");
    let (_, owner) = run(&repository(), "graph /repo --focus /repo/argocd/apps/web.yaml");
    assert!(owner.contains("web/prod → cluster prod-eu") && !owner.contains("gone  "), "{owner}");
    let (exit, nothing) = run(&repository(), "graph /repo --focus /repo/.git/HEAD");
    assert_eq!(exit, Exit::Clean);
    assert!(nothing.starts_with("nothing that plimsoll knows of uses .git/HEAD"), "{nothing}");
}

#[test]
fn the_graph_for_programs_fits_its_schema() {
    for words in ["graph /repo --format json", "graph /repo --format json --focus /repo/web/base/pod.yaml"] {
        let (_, text) = run(&repository(), words);
        let graph: Value = serde_json::from_str(&text).unwrap();
        let (_, schema) = run(&repository(), "schema graph");
        let schema: Value = serde_json::from_str(&schema).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let errors: Vec<String> = validator.iter_errors(&graph).map(|error| error.to_string()).collect();
        assert_eq!(errors, Vec::<String>::new(), "{words}");
        // Every number leads somewhere.
        let ids = |list: &str| -> Vec<Value> {
            graph[list].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
        };
        for owner in graph["owners"].as_array().unwrap() {
            assert!(owner["parent"].is_null() || ids("owners").contains(&owner["parent"]), "{owner}");
            assert!(ids("clusters").contains(&owner["cluster"]), "{owner}");
        }
        assert!(graph["units"].as_array().unwrap().iter().any(|unit| unit["directory"] == "web/prod"));
    }
}

#[test]
fn the_schemas_are_current() {
    let schema = |of: &str| {
        let (_, schema) = run(&repository(), &format!("schema {of}"));
        (format!("schemas/plimsoll-{of}-v1.schema.json"), schema)
    };
    support::generated::check(&BTreeMap::from([schema("graph"), schema("matrix"), schema("repo")]), None);
}

/// A service in five environments, with what deserves a mark.
fn environments() -> MemHost {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec:\n  template:\n    spec:\n      containers:\n        - {name: web, image: acme/web}\n";
    let debug = "apiVersion: v1\nkind: Pod\nmetadata: {name: debug}\nspec:\n  containers:\n    - {name: sh, image: acme/sh:1.0}\n";
    let mut files = vec![
        (".git/HEAD".to_owned(), String::new()),
        ("web/base/kustomization.yaml".to_owned(), "resources: [web.yaml]\n".to_owned()),
        ("web/base/web.yaml".to_owned(), deployment.to_owned()),
        ("web/overlays/dev/debug.yaml".to_owned(), debug.to_owned()),
    ];
    for (environment, tag, more) in [
        ("dev", "latest", ", debug.yaml"),
        ("staging", "2.0.0", ""),
        ("prod-eu", "2.1.0", ""),
        ("prod-us", "1.9.0", ""),
    ] {
        let text = format!("resources: [../../base{more}]\nimages:\n- name: acme/web\n  newTag: {tag}\n");
        files.push((format!("web/overlays/{environment}/kustomization.yaml"), text));
    }
    let api = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: api-NAME, namespace: argocd}\nspec:\n  project: shop\n  source: {repoURL: https://charts.example.com, chart: api, targetRevision: VERSION}\n  destination: {name: ENV, namespace: api}\n";
    for (name, cluster, version) in [("dev", "dev", "3.x"), ("prod", "prod-eu", "3.1.0")] {
        let text = api.replace("NAME", name).replace("ENV", cluster).replace("VERSION", version);
        files.push((format!("argocd/api-{name}.yaml"), text));
    }
    MemHost::new(files.iter().map(|(path, text)| (format!("repo/{path}"), text.as_str())))
}

#[test]
fn the_matrix_has_a_version_a_place_and_marks_in_every_cell() {
    let (exit, text) = run(&environments(), "matrix /repo --format json");
    assert_eq!(exit, Exit::Clean);
    let matrix: Value = serde_json::from_str(&text).unwrap();
    let (_, schema) = run(&environments(), "schema matrix");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&matrix)
        .map(|error| error.to_string())
        .collect();
    assert_eq!(errors, Vec::<String>::new());
    let cells = |row: &Value| -> Vec<String> {
        let cell = |cell: &Value| {
            let version = cell["versions"][0]["version"].as_str().unwrap_or("-");
            let marks: Vec<&str> =
                cell["marks"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
            format!("{} {version} {}", cell["environment"].as_str().unwrap(), marks.join(","))
        };
        row["cells"].as_array().unwrap().iter().map(|one| cell(one).trim().to_owned()).collect()
    };
    let found: Vec<(String, Vec<String>)> = matrix["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["slot"].as_str().unwrap().to_owned(), cells(row)))
        .collect();
    let expected = [
        ("Application/api", ["dev 3.x floating", "staging - missing", "prod-eu 3.1.0", "prod-us -"]),
        (
            "Deployment/web web",
            ["dev latest floating", "staging 2.0.0", "prod-eu 2.1.0 ahead,drift", "prod-us 1.9.0 drift"],
        ),
        ("Pod/debug sh", ["dev 1.0", "staging -", "prod-eu -", "prod-us -"]),
    ];
    let expected: Vec<(String, Vec<String>)> = expected
        .iter()
        .map(|(slot, cells)| (slot.to_string(), cells.iter().map(|cell| cell.to_string()).collect()))
        .collect();
    assert_eq!(found, expected);
    let place = &matrix["rows"][1]["cells"][2]["versions"][0];
    assert_eq!(place["file"], "web/overlays/prod-eu/kustomization.yaml");
    assert_eq!(place["line"], 4);
}

#[test]
fn charts_have_the_version_of_what_they_are_taken_from() {
    let release = |name: &str, spec: &str| {
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n{spec}---\n"
        )
    };
    let text = [
        release("redis", "  chartRef: {kind: OCIRepository, name: redis}\n"),
        release(
            "web",
            "  chart: {spec: {chart: ./charts/web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}\n",
        ),
        // Names that are nothing but an environment are two.
        release("preview", "  chart: {spec: {chart: a, version: 1.0.0}}\n"),
        release("local", "  chart: {spec: {chart: b, version: 2.0.0}}\n  values: {image: c:3.0}\n"),
        "apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nmetadata: {name: redis, namespace: shop}\nspec: {url: oci://ghcr.io/acme/charts/redis, ref: {tag: 4.0.0}}\n".to_owned(),
    ];
    let host = MemHost::new([
        ("repo/.git/HEAD", ""),
        ("repo/clusters/staging/releases.yaml", text.concat().as_str()),
        ("repo/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n"),
    ]);
    let (_, text) = run(&host, "matrix /repo");
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    for row in [
        ["HelmRelease/local image 3.0", "c clusters/staging/releases.yaml:24"],
        ["HelmRelease/local (chart) 2.0.0", "b clusters/staging/releases.yaml:23"],
        ["HelmRelease/preview (chart) 1.0.0", "a clusters/staging/releases.yaml:17"],
        ["HelmRelease/redis (chart) 4.0.0", "redis clusters/staging/releases.yaml:29"],
        ["HelmRelease/web (chart) 0.1.0", "web charts/web/Chart.yaml:3"],
    ] {
        let squeezed = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
        let row = row.map(squeezed);
        assert!(
            lines.windows(2).any(|pair| [squeezed(pair[0]), squeezed(pair[1])] == row),
            "{row:?}\n{text}"
        );
    }
    assert!(!text.contains("floating") && !text.contains("drift"), "{text}");
    assert!(text.contains("\ncharts are not rendered"), "{text}");
}

#[test]
fn the_matrix_for_people() {
    let (_, text) = run(&environments(), "matrix /repo/web");
    let lines: Vec<&str> = text.lines().take(4).collect();
    assert_eq!(
        lines,
        [
            "                      dev                   staging               prod-eu               prod-us",
            "web/overlays/*",
            "  Deployment/web web  latest [floating]     2.0.0                 2.1.0 [ahead, drift]  1.9.0 [drift]",
            "    acme/web          kustomization.yaml:4  kustomization.yaml:4  kustomization.yaml:4  kustomization.yaml:4",
        ]
    );
    assert!(!text.contains("api"), "{text}");
    let (_, markdown) = run(&environments(), "matrix /repo --format markdown");
    let pipes: Vec<usize> = markdown.lines().take(5).map(|line| line.matches('|').count()).collect();
    assert_eq!(pipes, [7; 5], "{markdown}");
    let (exit, nothing) = run(&repository(), "matrix /repo/loose.yaml");
    assert_eq!(exit, Exit::Clean);
    assert!(nothing.starts_with("no environment with an image or a chart was found"), "{nothing}");
}

#[test]
fn diagrams_have_no_text_that_is_syntax() {
    let name = "a\"]<b>`#;x";
    let files = [
        ("repo/a.yaml", application(&format!("'{name}'"), "web", "in-cluster")),
        ("repo/web/pod.yaml", POD.to_owned()),
    ];
    let host = || MemHost::new(files.iter().map(|(path, text)| (*path, text.as_str())));
    let (_, mermaid) = run(&host(), "graph /repo --format mermaid");
    assert!(mermaid.contains("argocd/a#34;]#60;b#62;#96;#35;;x"), "{mermaid}");
    for line in mermaid.lines().skip(1) {
        assert!([0, 2].contains(&line.matches('"').count()), "{line}");
    }
    let (_, dot) = run(&host(), "graph /repo --format dot");
    assert!(dot.contains("argocd/a\\\"]<b>"), "{dot}");
}

/// Finds something in files whose names and values are markup.
fn nasty() -> Vec<(String, String)> {
    let name = "</script><script>alert(1)</script><!--<b>&amp;\\u003c";
    let pod = |tag: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  name: '{name}'\nspec:\n  hostPID: true # {name}\n  hostNetwork: true\n  containers:\n    - name: '<img src=x onerror=alert(1)>'\n      image: 'acme/{{{{data}}}}:{tag}'\n"
        )
    };
    vec![
        ("repo/</script><img src=x>.yaml".to_owned(), pod("latest")),
        ("repo/k/kustomization.yaml".to_owned(), "resources: [pod.yaml]\n".to_owned()),
        ("repo/k/pod.yaml".to_owned(), pod("latest")),
        ("repo/app.yaml".to_owned(), application(&format!("'{name}'"), "k", "'<b>'")),
    ]
}

fn page(files: &[(String, String)]) -> String {
    let host = MemHost::new(files.iter().map(|(path, text)| (path.clone(), text.as_str())));
    let (exit, page) = run(&host, "report /repo --format html");
    assert_eq!(exit, Exit::Clean);
    page
}

fn data(page: &str) -> Value {
    let (_, data) = page.split_once("id=\"data\">").unwrap();
    serde_json::from_str(data.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn text_of_the_repository_stays_text() {
    let page = page(&nasty());
    assert_eq!(page.matches("<script").count(), 2, "the data and the script");
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img") && !page.contains("<!--") && !page.contains("<b>"));
    let data = data(&page);
    assert!(data["findings"].as_array().unwrap().len() >= 2, "{data:#}");
    let strings: Vec<&str> = data["strings"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(strings.contains(&"</script><img src=x>.yaml"), "{strings:?}");
}

#[test]
fn five_thousand_findings_stay_below_a_megabyte() {
    let mut files: Vec<(String, String)> = Vec::new();
    for team in 0..50 {
        let mut resources = String::from("resources:\n");
        for service in 0..25 {
            let name = format!("service-{team:02}-{service:02}");
            files.push((
                format!("repo/teams/team-{team:02}/{name}/deployment.yaml"),
                format!(
                    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {name}\n  namespace: team-{team}\nspec:\n  hostPID: true\n  hostNetwork: true\n  containers:\n    - name: {name}-main\n      image: registry.example.com/team-{team}/{name}:latest\n      securityContext:\n        privileged: true\n"
                ),
            ));
            resources += &format!("  - {name}/deployment.yaml\n");
        }
        files.push((format!("repo/teams/team-{team:02}/kustomization.yaml"), resources));
    }
    let page = page(&files);
    let count = data(&page)["findings"].as_array().unwrap().len();
    assert!(count >= 5_000, "{count}");
    println!("{} bytes for {count} findings", page.len());
    assert!(page.len() < 200 * count, "{} bytes for {count} findings", page.len());
}

/// The page as a browser has it after its script ran, opened at an address within it.
fn browse(browser: &str, directory: &std::path::Path, address: &str) -> String {
    let profile = directory.join("profile");
    let url = format!("file://{}/report.html{address}", directory.display());
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr", "--dump-dom"])
        .arg(format!("--user-data-dir={}", profile.display()))
        .arg(url)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let said: Vec<&str> = errors.lines().filter(|line| line.contains("CONSOLE")).collect();
    assert_eq!(said, Vec::<&str>::new(), "the console at {address}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_browser_draws_the_page() {
    let browsers = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = |browser: &&&str| Command::new(browser).arg("--version").output().is_ok();
    let Some(browser) = browsers.iter().find(is_there) else {
        eprintln!(
            "SKIPPED: the page was not looked at in a browser, because none of {browsers:?} is installed"
        );
        return;
    };
    let files = nasty();
    let page = page(&files);
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("report.html"), &page).unwrap();
    let findings = data(&page)["findings"].clone();
    let articles = |dom: &str| dom.matches("<article ").count();

    let all = browse(browser, directory.path(), "#findings");
    assert_eq!(articles(&all), findings.as_array().unwrap().len(), "{all}");
    assert!(!all.contains("<img"), "{all}");
    let pids = browse(browser, directory.path(), "#findings?rule=host-pid");
    assert!(articles(&pids) > 0 && articles(&pids) < articles(&all), "{pids}");
    let id = findings[0][0].as_str().unwrap();
    let linked = browse(browser, directory.path(), &format!("#finding-{id}"));
    assert!(linked.contains("class=\"target\"") && linked.contains("<mark>"), "{linked}");
    let owners = browse(browser, directory.path(), "#owners");
    assert!(owners.contains("Application argocd/&lt;/script&gt;"), "{owners}");
    let heat = browse(browser, directory.path(), "#heat");
    assert!(heat.contains("data-heat=\"1\""), "{heat}");
}
