//! Hand-written files with every construct that GitOps repositories use. A name that begins with `full` marks
//! text that the fast reader leaves to the full one.

pub const SEEDS: &[(&str, &str)] = &[
    ("deployment", DEPLOYMENT),
    ("config map", CONFIG_MAP),
    ("kustomization", KUSTOMIZATION),
    ("helm release", HELM_RELEASE),
    ("values", VALUES),
    ("several documents", DOCUMENTS),
    ("comments", COMMENTS),
    ("quotes", QUOTES),
    ("flow", FLOW),
    ("anchors", ANCHORS),
    ("block scalars", BLOCKS),
    ("sequences", SEQUENCES),
    ("plain", PLAIN),
    ("json", JSON),
    ("full yaml 1.2", FULL),
];

const DEPLOYMENT: &str = r#"apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
  labels: {app: web, tier: "front"}
  annotations:
    example.com/checked-by: 'ops@example.com'
spec:
  replicas: 3
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      securityContext: {}
      containers:
      - name: web
        image: registry.example.com/shop/web:1.4.2 # the tag is set by CI
        args: ["--port", "8080", --verbose]
        command:
        - /bin/sh
        - -c
        - |
          set -e
          exec web
        ports:
        - containerPort: 8080
          protocol: TCP
        resources:
          limits:
            cpu: 500m
            memory: 128Mi
      volumes:
      - name: tmp
        emptyDir: {}
"#;

const CONFIG_MAP: &str = r#"apiVersion: v1
kind: ConfigMap
metadata:
  name: scripts
data:
  run.sh: |
    #!/bin/sh
    # not a comment of YAML
    if true; then
      echo "a: b"   
    fi

  empty: ""
  folded: >-
    one
    two

    three
      deeper
    four
  keep: |+
    text

  nothing: |
  config.json: |-
    {"a": [1, 2]}
  url: http://example.com:8080/path?a=b#c
"#;

const KUSTOMIZATION: &str = r#"# overlays/prod
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources:
  - ../../base
  - ingress.yaml
images:
  - name: shop/web
    newTag: "1.4.2"
patches:
  - target:
      kind: Deployment
      name: web
    patch: |-
      - op: replace
        path: /spec/replicas
        value: 5
  -
    path: patch.yaml
configMapGenerator:
  - name: settings
    literals: [A=1, "B=2"]
commonLabels:
"#;

const HELM_RELEASE: &str = r#"---
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata:
  name: redis
spec:
  interval: 10m0s
  chart:
    spec:
      chart: redis
      version: ">=18.0.0 <19.0.0"
      sourceRef: { kind: HelmRepository, name: bitnami }
  values:
    auth: {enabled: true, password: ~}
    master:
      persistence: { size: 8Gi,
        storageClass: fast,
      }
"#;

const VALUES: &str = r#"## @param replicaCount Number of replicas
##
replicaCount: 1
enabled: yes
octal: 010
pi: 3.14
none:
tilde: ~
tolerations: []
"quoted key": 1
'single key': 2
nested:
    deep:
        - a
        -
        - b:
          c: d
    text: several words with:no meaning
"#;

const DOCUMENTS: &str = "apiVersion: v1\nkind: Namespace\n---\n# second\nkind: Service\nspec:\n  ports: [{port: 80}]\n---\n---\nkind: Last\n...\n---\n- 1\n- 2\n";

const COMMENTS: &str = "# head\n\na: 1 # one\n# between\nb:\n  # deeper\n  c: 2\n\n  # after\nd: # for d\n  - x # item\n  # in the list\n  - y\n# end\n#\n";

const QUOTES: &str = r#"single: 'it''s'
double: "tab\t quote \" unicode \u00e9 \x41 \U0001F600 slash \/"
lines: "first
  second

  third \
  joined"
single lines: 'a
  b

  c'
empty: ''
blank: "  "
colon: "a: b # c"
backslash: 'C:\path\n'
list:
- "x"
- 'y' # comment
"k\u00e9y": v
'it''s': w
"#;

const FLOW: &str = r#"empty map: {}
empty list: []
map: {a: 1, "b": 2, 'c': [x, y], d: {e: f}}
list: [1, two, "three", {a: b}, [c]]
spread: [
  a,
  b, # comment
  c
  ]
pairs: {
  a: 1,
  b,
  c: ,
}
json: {"a":1,"b":[true,null]}
plain: [a b, http://x.y/z, -1, a
  b]
"#;

const ANCHORS: &str = r#"base: &base
  a: 1
  b: &two 2
list: &list
- x
- &y y
use: *base
merged:
  <<: *base
  a: 2
again: [*two, *list]
tagged: !!str 123
local: !Ref x
empty: &nothing
both: &both !!int 3
*two : alias as a key
"#;

const BLOCKS: &str = "a: |\n  text\nb: >\n  folded\n  text\n\n  more\n\n    deeper\n  end\nc: |2\n    two spaces kept\n  none\nd: |-\n  x\n\n\ne: |+\n  x\n\n\nf: # comment\n  - |\n    item\n  - >-\n    item\n    two\n  - |- # header comment\n    x\ng: |\n\n  leading\ndocs: |\n  ---\n  a: b\n";

const SEQUENCES: &str = "- a\n- - b\n  - c\n-\n  - d\n- e: 1\n  f: 2\n-   g: 3\n    h:\n    - i\n    - j\n- \n- [k]\n- {l: m}\n- \"n\"\n- 'o': p\n";

const PLAIN: &str = "a: one\n  two\n  three\nb: with # comment\nc: a#b\nd: a:b\ne: -1\nf: ?x\ng: :x\nh: -x\ni: http://[::1]/\nj: a 'b' \"c\"\nk: a%x\nl:   spaced   out   \nm: \u{e9}\u{1f600}\nn: a\n\n  b\n";

const JSON: &str = "{\n  \"kind\": \"Service\",\n  \"metadata\": {\"name\": \"x\", \"labels\": {}},\n  \"ports\": [80, 443, {\"a\": null}],\n  \"text\": \"a\\\"b\\\\c\\/d\\u00e9\"\n}\n";

const FULL: &str = "%YAML 1.2\n---\n? a\n: b\n? c\nd: [e: f, ? g : h]\ni: ! j\nk: !<tag:example.com,2000:x> l\nm: [\"n\": o]\np: {q: r, ? s, t: }\n";
