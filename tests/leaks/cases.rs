//! Repositories with a secret in each place that a secret can be in.

/// A repository with a secret: `@` stands for it, `^` for its base64, `@@` for the sign.
pub struct Case {
    /// What is special about it.
    pub name: &'static str,
    /// Directories that can be built, and have the secret in what they become.
    pub built: &'static [&'static str],
    /// Paths and texts.
    pub files: &'static [(&'static str, &'static str)],
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
/// One without it, for what is put into it.
const OLD: &str =
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\ndata: {x: b2xk}\nstringData: {anything: old}\n";

pub const CASES: &[Case] = &[
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
            ("a/db.yaml", OLD),
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
            ("a/db.yaml", OLD),
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
            ("a/db.yaml", OLD),
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
            ("db.yaml", OLD),
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
            ("a/db.yaml", OLD),
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
