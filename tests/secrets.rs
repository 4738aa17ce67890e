//! No secret reaches an output: whatever a document looks like, the quoted file has none of its secrets.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use clap::ValueEnum;
use data_encoding::BASE64;
use plimsoll::cli;
use plimsoll::engine::Mask;
use plimsoll::host::{MemHost, Stream};
use plimsoll::model::secret::sensitive;
use plimsoll::report::Format;
use proptest::prelude::*;
use support::Files;

/// Files with a secret in them: `@` stands for the secret, `^` for its base64, `~` for a private key in armour.
const FILES: &[(&str, &str)] = &[
    ("secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  anything: @\n"),
    ("secret.yaml", "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\ndata:\n  anything: ^\n"),
    (
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  file: |\n    one: 1\n    two: @\n  list:\n    - @\n",
    ),
    (
        "secret.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {\"x\": \"@\", y: '@'}\n",
    ),
    (
        "list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n  - apiVersion: v1\n    kind: Secret\n    metadata:\n      name: a\n    stringData:\n      x: @\n",
    ),
    (
        "secret.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"Secret\", \"metadata\": {\"name\": \"a\"}, \"data\": {\"x\": \"^\"}}\n",
    ),
    (
        "kustomization.yaml",
        "patches:\n  - patch: |-\n      apiVersion: v1\n      kind: Secret\n      metadata:\n        name: a\n      stringData:\n        x: @\n",
    ),
    (
        "kustomization.yaml",
        "patches:\n  - target: {kind: Secret}\n    patch: |-\n      - op: add\n        path: /stringData/x\n        value: @\n",
    ),
    ("kustomization.yaml", "secretGenerator:\n  - name: a\n    literals:\n      - password=@\n"),
    ("kustomization.yaml", "secretGenerator:\n  - name: a\n    literals: [@]\n"),
    (
        "generator.yaml",
        "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: a}\nliterals: [anything=@]\n",
    ),
    (
        "kustomization.yaml",
        "patches:\n  - target: {kind: (Secret|ConfigMap)}\n    patch: |-\n      kind: Any\n      data: {x: @}\n",
    ),
    (
        "kustomization.yaml",
        "patches:\n  - target: {kind: Secret}\n    patch: |-\n      - {op: replace, path: '', value: {x: [@]}}\n      - {op: add, path: /data, value: {y: @}}\n",
    ),
    ("kustomization.yaml", "patches:\n  - target: {kind: Secret}\n    patch: |-\n      x: y: @\n"),
    ("kustomization.yaml", "patches:\n  - patch: |-\n      kind: Secret\n      data: {x: y: @}\n"),
    ("patch.yaml", "- path: /data\n  value: {x: @}\n- path: /stringData/x\n  value: @\n"),
    ("patch.yaml", "metadata: {stringData: {x: @}}\n"),
    ("kustomization.yaml", "resources:\n  - https://@@@example.com/x\n"),
    ("values.yaml", "auth:\n  password: @\n  rootPassword: \"@\"\n"),
    ("values.yaml", "passwords: [@, @]\npassword: {value: @}\n"),
    ("values.yaml", "# password: @\nauth: {} # token: @\n"),
    ("values.yaml", "config: |\n  db:\n    password: @\n    url: postgres://app:@@db/x\n"),
    ("values.yaml", "anchored: &a @\npassword: *a\n"),
    (
        "deployment.yaml",
        "spec:\n  containers:\n    - env:\n        - name: DB_PASSWORD\n          value: @\n      args: [--password=@, --token, @]\n",
    ),
    (
        "deployment.yaml",
        "spec:\n  containers:\n    - command:\n        - sh\n        - -c\n        - PGPASSWORD=@ psql\n",
    ),
    (
        "config.yaml",
        "apiVersion: v1\nkind: ConfigMap\ndata:\n  a.properties: |\n    db.password=@\n    db.user=x\n",
    ),
    (
        "kubeconfig.yaml",
        "apiVersion: v1\nkind: Config\nusers:\n  - name: a\n    user:\n      token: @\n      client-key-data: ^\n",
    ),
    ("config.json", "{\"auths\": {\"ghcr.io\": {\"auth\": \"^\", \"password\": \"@\"}}}\n"),
    (
        "app.yaml",
        "spec:\n  source:\n    helm:\n      parameters:\n        - name: auth.password\n          value: @\n      values: |\n        auth:\n          password: @\n",
    ),
    ("sops.yaml", "plain: @\nsops:\n  mac: ENC[x]\n  lastmodified: x\n"),
    ("key.yaml", "# ~\nkey: |\n  ~\n"),
    ("key.pem", "~\n"),
    (".env", "export DB_PASSWORD=@\nTOKEN='@'\n"),
    ("chart/templates/secret.yaml", "stringData:\n  password: @\n  {{ x }}\n"),
    ("folded.yaml", "password: >-\n  @\n"),
    (
        "repo.yaml",
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\n  labels: {argocd.argoproj.io/secret-type: repository}\nstringData:\n  password: @\n",
    ),
    (
        ".github/workflows/a.yaml",
        "on: push\nenv: {API_TOKEN: @}\njobs:\n  a:\n    steps:\n      - uses: a/b\n        with: {password: @}\n",
    ),
];

/// The same for what only the programs understand that are given it: their jobs must be read to hide it.
const COMMANDS: &[&str] = &[
    "docker login -u bot -p @ ghcr.io",
    "docker login -u bot -p@ ghcr.io",
    "curl -u bot:@ https://example.com",
    "curl --user 'bot:@' https://example.com",
    "sshpass -p \"@\" ssh host",
    "oc login --token @",
    "PGPASSWORD=@ psql",
];

/// Text and its secrets, which must not be in the output.
fn fill(template: &str, secret: &str) -> (String, Vec<String>) {
    let encoded = BASE64.encode(secret.as_bytes());
    let label = ["PRIVATE", " KEY"].concat();
    let body = BASE64.encode(format!("0123456789-{secret}-abcdefghijklmnopqrstuvwxyz-{secret}").as_bytes());
    let mut lines = Vec::new();
    for line in template.split('\n') {
        let indent = &line[..line.find('~').unwrap_or(0)];
        let key = format!("-----BEGIN {label}-----\n{indent}{body}\n{indent}-----END {label}-----");
        lines.push(line.replace('~', &key));
    }
    // A URL has an `@` of its own.
    let text = lines
        .join("\n")
        .replace("@@@", "\u{1}\u{2}")
        .replace("@@", "\u{1}\u{2}")
        .replace('@', "\u{1}")
        .replace('\u{2}', "@");
    (text.replace('\u{1}', secret).replace('^', &encoded), vec![secret.to_owned(), encoded, body])
}

fn quoted(path: &str, text: &str) -> String {
    let chart = "apiVersion: v2\nname: a\nversion: 1.0.0\n".to_owned();
    let files = Files::from([(path.to_owned(), text.to_owned()), ("chart/Chart.yaml".to_owned(), chart)]);
    let world = support::world(&files);
    let mut quoted = String::new();
    for file in &world.repository.files {
        let secrets = sensitive(&world.map, file.source, &file.parsed).spans;
        let mask = Mask::new([file.source], secrets);
        let text = world.map.source(file.source).text();
        quoted.push_str(&mask.quote(text, file.source, 0, text.len() as u32));
    }
    quoted
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_secret_survives_quoting(secret in "[A-Z][a-z]{3}[0-9]{3}[A-Za-z0-9+.!-]{4,20}[a-z0-9]", at in 0..FILES.len()) {
        let (path, template) = FILES[at];
        let (text, secrets) = fill(template, &secret);
        let quoted = quoted(path, &text);
        for secret in secrets {
            prop_assert!(!quoted.contains(&secret), "{path}:\n{text}\nbecame\n{quoted}");
        }
    }
}

/// Every template once, with one secret, so that none is left to chance.
#[test]
fn no_template_leaks() {
    for (path, template) in FILES {
        let (text, secrets) = fill(template, "Zk3PqX9vLw2RtY7aBc4D");
        let quoted = quoted(path, &text);
        assert!(quoted.contains("***"), "{path}:\n{text}");
        for secret in secrets {
            assert!(!quoted.contains(&secret), "{path}:\n{text}\nbecame\n{quoted}");
        }
    }
}

/// Lines stay where they are, and what is no secret stays readable.
#[test]
fn the_rest_stays() {
    let text =
        "auth:\n  enabled: true\n  password: Zk3PqX9vLw2RtY7aBc4D # set by hand\n  existingSecret: redis\n";
    let expected = "auth:\n  enabled: true\n  password: *** # set by hand\n  existingSecret: redis\n";
    let chart = "apiVersion: v2\nname: a\nversion: 1.0.0\n";
    assert_eq!(quoted("values.yaml", text), format!("{chart}{expected}"));
}

/// The reports, not only what they quote from: every template whole, and broken in the ways of somebody typing, in
/// every format, with everything shown.
#[test]
fn no_report_leaks() {
    let breaks: [fn(&str) -> String; 6] = [
        str::to_owned,
        |text| text.replacen(": ", ": x: ", 3),
        |text| text.replacen(": ", ": \"", 2),
        |text| text.replacen("\n  ", "\n\t", 1),
        |text| text.chars().take(text.chars().count() * 3 / 4).collect::<String>() + "\n- }",
        |text| format!("{text}\n*a b: [\n"),
    ];
    let workflow = |command: &&str| {
        let text = format!(
            "on: push\njobs:\n  a:\n    steps:\n      - run: |\n          echo\n          {command} && kubectl apply -f x\n"
        );
        (".github/workflows/a.yaml", text)
    };
    let files = FILES.iter().map(|(path, template)| (*path, (*template).to_owned()));
    let whole: Vec<(&str, String)> = files.chain(COMMANDS.iter().map(workflow)).collect();
    for (path, template) in &whole {
        // Nobody reads the commands of a pipeline that is no YAML.
        let is_command = path.starts_with(".github") && template.contains("run: |");
        for damage in breaks.iter().take(if is_command { 1 } else { breaks.len() }) {
            let (text, secrets) = fill(&damage(template), "Wm4TgNx8sKd2PzQ6hVb");
            // A comment that repeats the secret gives it away only where something shows what it is.
            let note = if secrets.iter().any(|secret| text.contains(secret)) { &secrets[0] } else { "it" };
            let text = format!("{text}\nimage: a:latest # plimsoll: ignore[image-latest-tag] was {note}\n");
            for format in Format::value_variants() {
                let format = format.to_possible_value().unwrap().get_name().to_owned();
                let host = MemHost::new([(format!("repo/{path}"), text.as_str())]);
                let words =
                    ["plimsoll", "check", "/repo", "--profile", "all", "--show-suppressed", "--format"];
                let words = words.into_iter().map(str::to_owned).chain([format.clone()]);
                cli::run(&host, words.map(Into::into));
                let report = host.printed(Stream::Stdout) + &host.printed(Stream::Stderr);
                for secret in &secrets {
                    assert!(!report.contains(secret), "{format} of {path}:\n{text}\nis\n{report}");
                }
            }
        }
    }
}

/// A report holds nothing that was made of a secret, no hash of it either: with another secret of the same looks it is
/// the same, in every format. Baselines are kept in public, and a hash of a short password gives it away.
#[test]
fn no_report_depends_on_a_secret() {
    let (one, other) = ("Wm4TgNx8sKd2PzQ6hVb", "Rb7YqLc3fXj9TnE5wGa");
    for (path, template) in FILES {
        for format in Format::value_variants() {
            let format = format.to_possible_value().unwrap().get_name().to_owned();
            let report = |secret: &str| {
                let (text, _) = fill(template, secret);
                let host = MemHost::new([(format!("repo/{path}"), text.as_str())]);
                let words = ["plimsoll", "check", "/repo", "--profile", "all", "--format", &format];
                cli::run(&host, words.map(|word| word.to_owned().into()));
                host.printed(Stream::Stdout)
            };
            assert_eq!(report(one), report(other), "{format} of {path}:\n{template}");
        }
    }
}
