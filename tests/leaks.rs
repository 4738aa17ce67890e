//! No command prints a secret, wherever an overlay takes it from or puts it: whole repositories with one planted in each
//! place, in every format, as they are and broken.

#![allow(clippy::unwrap_used)]

use clap::ValueEnum;
use data_encoding::BASE64;
use plimsoll::cli::{self, Exit};
use plimsoll::host::{Host, MemHost, Stream};
use plimsoll::report::Format;

/// A repository with a secret: `@` stands for it, `^` for its base64, `@@` for the sign.
struct Case {
    name: &'static str,
    /// Directories that can be built, and have the secret in what they become.
    built: &'static [&'static str],
    files: &'static [(&'static str, &'static str)],
}

const WEB: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, annotations: {note: x}}
spec:
  template:
    spec:
      containers:
        - name: web
          image: acme/web:latest
          args: [--port=80]
          env: [{name: MODE, value: a-b-c}]
";
const DB: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {anything: '@'}\n";

const CASES: &[Case] = &[
    Case {
        name: "an env file of any name",
        built: &["a"],
        files: &[
            ("a/kustomization.yaml", "secretGenerator:\n- name: s\n  envs: [app.properties]\n"),
            ("a/app.properties", "# @ is the value\nFOO=@\nBAR=x@\r\nEMPTY=\n"),
        ],
    },
    Case {
        name: "an env file whose lines are broken",
        built: &["a"],
        files: &[
            ("a/kustomization.yaml", "secretGenerator:\n- name: s\n  envs: [.env]\n"),
            ("a/.env", "KEY=begin\n@\n@+/xyz=\n"),
        ],
    },
    Case {
        name: "an env file with a key twice",
        built: &[],
        files: &[
            ("a/kustomization.yaml", "secretGenerator:\n- name: s\n  envs: [app.txt]\n"),
            ("a/app.txt", "FOO=@\nFOO=@\n@\n@\n"),
        ],
    },
    Case {
        name: "files of any name",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "secretGenerator:\n- name: s\n  files: [app.toml, key=other.txt]\n  options: {disableNameSuffixHash: true}\n",
            ),
            ("a/app.toml", "[db]\nanything = \"@\"\n"),
            ("a/other.txt", "@\n"),
        ],
    },
    Case {
        name: "literals",
        built: &["a"],
        files: &[(
            "a/kustomization.yaml",
            "secretGenerator:\n- name: s\n  literals:\n  - anything=@\n  - \"quoted='@'\"\n  - 'escaped=\"@\"'\n",
        )],
    },
    Case {
        name: "a literal without a key",
        built: &[],
        files: &[("a/kustomization.yaml", "secretGenerator:\n- name: s\n  literals:\n  - @\n")],
    },
    Case {
        name: "generators of their own",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "generators:\n- gen.yaml\n- |-\n  apiVersion: builtin\n  kind: SecretGenerator\n  metadata: {name: inline}\n  name: inline\n  literals: [anything=@]\n",
            ),
            (
                "a/gen.yaml",
                "apiVersion: builtin\nkind: SecretGenerator\nmetadata: {name: s}\nname: s\nliterals: [anything=@]\nenvs: [x.conf]\n",
            ),
            ("a/x.conf", "OTHER=@\n"),
        ],
    },
    Case {
        name: "a generator that merges into nothing",
        built: &[],
        files: &[(
            "a/kustomization.yaml",
            "secretGenerator:\n- name: s\n  behavior: merge\n  literals: [anything=@]\n",
        )],
    },
    Case {
        name: "patches of a Secret in files that say nothing of it",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml]\npatches:\n- path: add.txt\n  target: {kind: Secret}\n- path: all.txt\n  target: {name: db}\n- path: merge.txt\n  target: {kind: Secret|ConfigMap}\n",
            ),
            ("a/db.yaml", DB),
            ("a/add.txt", "- op: add\n  path: /stringData/x\n  value: @\n"),
            ("a/all.txt", "- {op: replace, path: /stringData, value: {y: '@'}}\n"),
            ("a/merge.txt", "kind: Any\nmetadata: {name: any}\nstringData:\n  z: @\n"),
        ],
    },
    Case {
        name: "patches of a Secret in the kustomization",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml]\npatches:\n- target: {kind: Secret}\n  patch: |\n    kind: Any\n    metadata: {name: any}\n    stringData:\n      z: @\n- target: {name: db}\n  patch: '[{\"op\": \"add\", \"path\": \"/data\", \"value\": {\"y\": \"^\"}}]'\n",
            ),
            ("a/db.yaml", DB),
        ],
    },
    Case {
        name: "a patch of a Secret that does not parse",
        built: &[],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml]\npatches: [{path: x.txt, target: {kind: Secret}}]\n",
            ),
            (
                "b/kustomization.yaml",
                "patches:\n- target: {kind: Secret}\n  patch: |\n    - op: add\n      x: y: @\n",
            ),
            ("c/kustomization.yaml", "patches:\n- patch: |\n    kind: Secret\n    data: {x: y: @}\n"),
            ("d/kustomization.yaml", "patchesStrategicMerge:\n- |\n  kind: Secret\n  data: {x: [@, @}\n"),
            ("a/db.yaml", DB),
            ("a/x.txt", "- op: add\n  path: @ : x: @\n"),
        ],
    },
    Case {
        name: "a patch of a Secret that is wrong",
        built: &[],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [../db.yaml]\npatches: [{path: x.txt, target: {name: db}}]\n",
            ),
            ("a/x.txt", "{kind: Any, metadata: {name: any}, data: {x: [1], y: ^}}\n"),
            (
                "b/kustomization.yaml",
                "resources: [../db.yaml]\npatches: [{path: x.txt, target: {kind: Secret}}]\n",
            ),
            ("b/x.txt", "{data: {x: ^}}\n"),
            (
                "c/kustomization.yaml",
                "resources: [../db.yaml]\npatches: [{path: x.txt, target: {kind: (Secret|ConfigMap)}}]\n",
            ),
            ("c/x.txt", "{kind: Any, metadata: {name: any}, data: {x: ^, x: ^}}\n"),
            (
                "d/kustomization.yaml",
                "resources: [../db.yaml]\npatches: [{path: x.txt, target: {name: db}}]\n",
            ),
            (
                "d/x.txt",
                "[{op: add, path: /data/x/y, value: ^}, {op: replace, path: /data, value: {z: ^}}]\n",
            ),
            (
                "e/kustomization.yaml",
                "resources: [../db.yaml]\npatches: [{path: x.txt, target: {name: nobody}}]\n",
            ),
            ("e/x.txt", "{kind: Any, stringData: {x: '@', x: '@'}}\n"),
            ("db.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {x: ^}\n"),
            ("plimsoll.yaml", "kustomize: {load-restrictor: none}\n"),
        ],
    },
    Case {
        name: "a patch of a Secret that tests and fails",
        built: &[],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml]\npatches:\n- target: {kind: Secret}\n  patch: |\n    - {op: test, path: /stringData/anything, value: x@}\n",
            ),
            ("a/db.yaml", DB),
        ],
    },
    Case {
        name: "replacements that copy from a Secret",
        built: &["a", "gone"],
        files: &[
            ("a/kustomization.yaml", "resources: [db.yaml, web.yaml]\nreplacements: [{path: r.yaml}]\n"),
            (
                "a/r.yaml",
                "source: {kind: Secret, fieldPath: stringData.anything}\ntargets:\n- select: {kind: Deployment}\n  options: {create: true}\n  fieldPaths:\n  - spec.template.spec.containers.0.env.0.value\n  - metadata.annotations.copy\n- select: {kind: Deployment}\n  options: {delimiter: '-', index: 1}\n  fieldPaths: [spec.template.spec.containers.0.env.0.value]\n- select: {kind: Deployment}\n  options: {delimiter: '/', index: 0}\n  fieldPaths: [spec.template.spec.containers.0.image]\n",
            ),
            ("a/db.yaml", DB),
            ("a/web.yaml", WEB),
            (
                "gone/kustomization.yaml",
                "resources: [../a]\npatches:\n- patch: |\n    $patch: delete\n    apiVersion: v1\n    kind: Secret\n    metadata: {name: db}\n",
            ),
        ],
    },
    Case {
        name: "a name from a Secret",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml, web.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.anything}\n  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]\n",
            ),
            ("a/db.yaml", DB),
            ("a/web.yaml", WEB),
        ],
    },
    Case {
        name: "base64 of a generated Secret that is copied",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [web.yaml]\nsecretGenerator: [{name: s, literals: [anything=@]}]\nreplacements:\n- source: {kind: Secret, fieldPath: data.anything}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.env.0.value]}]\n",
            ),
            ("a/web.yaml", WEB),
        ],
    },
    Case {
        name: "variables from a Secret",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml, web.yaml]\nvars:\n- name: PASS\n  objref: {apiVersion: v1, kind: Secret, name: db}\n  fieldref: {fieldpath: stringData.anything}\npatches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: add, path: /spec/template/spec/containers/0/args/-, value: \"x=$(PASS),y=$(PASS)\"}\n    - {op: add, path: /spec/template/spec/containers/0/args/-, value: $(PASS)}\n",
            ),
            ("a/db.yaml", DB),
            ("a/web.yaml", WEB),
        ],
    },
    Case {
        name: "replacements that cannot be",
        built: &[],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml, web.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.anything, options: {delimiter: x, index: 9}}\n  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.name]}]\n",
            ),
            (
                "b/kustomization.yaml",
                "resources: [../a/db.yaml, ../a/web.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.anything}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.replicas]}]\n",
            ),
            ("a/db.yaml", DB),
            (
                "a/web.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 1}\n",
            ),
            ("plimsoll.yaml", "kustomize: {load-restrictor: none}\n"),
        ],
    },
    Case {
        name: "a merge that cannot be",
        built: &[],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [db.yaml]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Secret\n    metadata: {name: db}\n    stringData: [@]\n",
            ),
            ("a/db.yaml", DB),
        ],
    },
    Case {
        name: "values that contradict their tags",
        built: &[],
        files: &[
            ("a/kustomization.yaml", "resources: [db.yaml]\n"),
            ("a/db.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {x: !!int '@'}\n"),
        ],
    },
    Case {
        name: "a base that is not part of the walk",
        built: &["a"],
        files: &[
            (
                "a/kustomization.yaml",
                "resources: [../vendor/base, 'https://example.com/acme/base']\nreplacements:\n- source: {kind: Secret, name: db, fieldPath: stringData.anything}\n  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.note]}]\n",
            ),
            ("vendor/base/kustomization.yaml", "resources: [all.yaml]\n"),
            (
                "vendor/base/all.yaml",
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: {note: x}}\nspec: {template: {spec: {containers: [{name: web, image: acme/web:latest, env: [{name: X_PASSWORD, value: '@'}]}]}}} # @\n---\napiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {anything: '@'}\n",
            ),
            ("vendor/remote/kustomization.yaml", "resources: [x.yaml]\n"),
            ("vendor/remote/x.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: db2}\ndata: {x: ^}\n"),
            ("plimsoll.yaml", "remotes:\n  'https://example.com/*': vendor/remote\n"),
        ],
    },
    Case {
        name: "a component that puts it into another Secret",
        built: &["a"],
        files: &[
            ("a/kustomization.yaml", "resources: [db.yaml]\ncomponents: [c]\n"),
            ("a/db.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {x: ^}\n"),
            (
                "a/c/kustomization.yaml",
                "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches:\n- path: p.json\n  target: {kind: Secret}\n",
            ),
            ("a/c/p.json", "[{\"op\": \"add\", \"path\": \"/data/y\", \"value\": \"^\"}]\n"),
        ],
    },
    Case {
        name: "URLs with a token for a user",
        built: &[],
        files: &[(
            "a/kustomization.yaml",
            "resources:\n- https://@@@example.com/acme/app\n- https://@@@example.com/x\n",
        )],
    },
    Case {
        name: "URLs",
        built: &[],
        files: &[
            (
                "a/kustomization.yaml",
                "resources:\n- https://git:@@@example.com/acme/app?ref=v1\n- https://@@@example.com/acme/app\n- https://example.com/acme/app.yaml?token=@\npatches: [{path: 'https://x:@@@example.com/p.yaml'}]\nconfigMapGenerator: [{name: c, files: ['https://x:@@@example.com/f']}]\n",
            ),
            ("plimsoll.yaml", "remotes:\n  'https://x:@@@example.com/*': vendor\n"),
        ],
    },
    Case {
        name: "what kubectl leaves behind",
        built: &["a"],
        files: &[
            ("a/kustomization.yaml", "resources: [db.yaml]\n"),
            (
                "a/db.yaml",
                "apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\n  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {\"apiVersion\":\"v1\",\"kind\":\"Secret\",\"metadata\":{\"name\":\"db\"},\"stringData\":{\"x\":\"@\"}}\nstringData: {x: y}\n",
            ),
        ],
    },
    Case {
        name: "values of a chart",
        built: &["a"],
        files: &[(
            "a/kustomization.yaml",
            "helmCharts:\n- {name: redis, repo: 'https://example.com', valuesInline: {auth: {password: '@'}}}\nsecretGenerator: [{name: s, literals: [x=@]}]\n",
        )],
    },
    Case {
        name: "repeated where nothing marks it, in another file",
        built: &["a"],
        files: &[
            ("a/kustomization.yaml", "resources: [db.yaml, pod.yaml]\n"),
            ("a/db.yaml", "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {x: ^}\n"),
            (
                "a/pod.yaml",
                "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  # was @\n  - {name: a, image: 'acme/@:latest'} # @ ^\n  # @\n",
            ),
        ],
    },
    Case {
        name: "repeated where nothing marks it, from a base that is not part of the walk",
        built: &["a"],
        files: &[
            ("a/kustomization.yaml", "resources: [../vendor/base, note.yaml]\n"),
            (
                "a/note.yaml",
                "# @\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: 'acme/a:latest'}]} # @\n",
            ),
            ("vendor/base/kustomization.yaml", "resources: [x.yaml]\n"),
            ("vendor/base/x.yaml", DB),
        ],
    },
    Case {
        name: "a configuration that is wrong",
        built: &[],
        files: &[("plimsoll.yaml", "remotes: {'https://x:@@@example.com/*': [1]}\npassword: @\n")],
    },
];

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

fn assert_no_command_leaks(case: &Case, files: &[(String, String)], secrets: &[String]) {
    assert_silent(case, files, secrets, &check());
    // Nothing else is known of a text on standard input, so only what it shows itself can be hidden.
    for (path, text) in files.iter().filter(|(path, _)| path.ends_with("kustomization.yaml")) {
        let host = MemHost::default().with_stdin(text);
        cli::run(&host, ["plimsoll", "check", "-", "--profile", "all"].map(Into::into));
        let printed = host.printed(Stream::Stdout) + &host.printed(Stream::Stderr);
        let leaks = secrets.iter().any(|secret| printed.contains(secret.as_str()));
        assert!(!leaks, "{}: {path} on standard input:\n{text}\nprints\n{printed}", case.name);
    }
    for directory in directories(case) {
        for options in ["", "--origins ", "--format json "] {
            let words = format!("render {options}/repo/{directory}");
            assert_silent(case, files, secrets, &words);
        }
    }
}

#[test]
fn no_command_leaks() {
    for case in CASES {
        let (files, secrets) = filled(case, "Wm4TgNx8sKd2PzQ6hVb");
        assert_no_command_leaks(case, &files, &secrets);
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
            assert_no_command_leaks(case, &files, &secrets);
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
                assert_no_command_leaks(case, &files, &secrets);
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
