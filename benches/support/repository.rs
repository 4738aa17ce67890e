//! A GitOps repository from a seed: many small manifests, some long ones, the mix of real repositories (median
//! under 1 KB, a few CRDs and dashboards that make up most of the bytes). Or one of overlays only.

#![allow(dead_code)] // each benchmark uses a part of it

use std::fmt::Write as _;

/// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

const TEAMS: [&str; 8] =
    ["checkout", "search", "payments", "identity", "media", "platform", "growth", "data"];
const WORDS: [&str; 16] = [
    "api",
    "worker",
    "gateway",
    "cache",
    "scheduler",
    "importer",
    "exporter",
    "proxy",
    "notifier",
    "indexer",
    "frontend",
    "backend",
    "sync",
    "relay",
    "ledger",
    "catalog",
];

/// Files of a repository until there are `files` of them: path and text, in no particular order.
pub fn generate(seed: u64, files: usize) -> Vec<(String, String)> {
    let mut random = Random::new(seed);
    let mut repository = Vec::with_capacity(files + 16);
    let mut number = 0;
    while repository.len() < files {
        let name = format!("{}-{}-{number}", random.pick(&TEAMS), random.pick(&WORDS));
        match random.below(20) {
            0..=8 => kustomize_app(&mut random, &name, &mut repository),
            9..=12 => plain_app(&mut random, &name, &mut repository),
            13..=16 => owners(&mut random, &name, &mut repository),
            _ => large(&mut random, &name, &mut repository),
        }
        number += 1;
    }
    repository.truncate(files);
    repository
}

/// Overlays over shared bases, each with an image, patches of both kinds, a namespace, a prefix, labels, replicas and
/// a generated ConfigMap that the base refers to.
pub fn overlays(seed: u64, overlays: usize) -> Vec<(String, String)> {
    const OVER_ONE_BASE: usize = 8;
    let mut random = Random::new(seed);
    let mut files = Vec::new();
    let mut name = String::new();
    for number in 0..overlays {
        if number % OVER_ONE_BASE == 0 {
            name = format!("{}-{}-{number}", random.pick(&TEAMS), random.pick(&WORDS));
            shared_base(&mut random, &name, &mut files);
        }
        cluster(&mut random, &name, number % OVER_ONE_BASE, &mut files);
    }
    files
}

fn shared_base(random: &mut Random, name: &str, files: &mut Vec<(String, String)>) {
    let base = format!("bases/{name}");
    let pod = deployment(random, name)
        + &format!(
            "          envFrom:\n            - configMapRef:\n                name: {name}-settings\n"
        );
    files.push((format!("{base}/deployment.yaml"), pod));
    files.push((format!("{base}/service.yaml"), service(name)));
    files.push((format!("{base}/configmap.yaml"), config_map(random, name)));
    files.push((format!("{base}/rbac.yaml"), rbac(random, name)));
    files.push((
        format!("{base}/kustomization.yaml"),
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - deployment.yaml\n  - service.yaml\n  - configmap.yaml\n  - rbac.yaml\n".to_owned(),
    ));
}

fn cluster(random: &mut Random, name: &str, number: usize, files: &mut Vec<(String, String)>) {
    let overlay = format!("clusters/c{number}/{name}");
    files.push((
        format!("{overlay}/kustomization.yaml"),
        format!(
            "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {name}-c{number}\nnamePrefix: c{number}-\nresources:\n  - ../../../bases/{name}\n  - ingress.yaml\nlabels:\n  - pairs:\n      cluster: c{number}\n    includeSelectors: true\nimages:\n  - name: ghcr.io/acme/{name}\n    newTag: 1.{}.{}\nreplicas:\n  - name: {name}\n    count: {}\nconfigMapGenerator:\n  - name: {name}-settings\n    literals:\n      - CLUSTER=c{number}\n      - LIMIT={}\n    files:\n      - settings.properties\npatches:\n  - path: limits.yaml\n  - target:\n      kind: Service\n    patch: |-\n      - op: replace\n        path: /spec/ports/0/port\n        value: {}\n",
            random.below(40),
            random.below(20),
            1 + random.below(6),
            random.below(10_000),
            8000 + random.below(1000)
        ),
    ));
    files.push((
        format!("{overlay}/limits.yaml"),
        format!(
            "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  template:\n    spec:\n      containers:\n        - name: {name}\n          env:\n            - name: CLUSTER\n              value: c{number}\n          resources:\n            limits:\n              memory: {}Mi\n",
            128 << random.below(5)
        ),
    ));
    files.push((format!("{overlay}/settings.properties"), format!("log.level=info\nshard={number}\n")));
    files.push((format!("{overlay}/ingress.yaml"), ingress(name, "example")));
}

fn kustomize_app(random: &mut Random, name: &str, files: &mut Vec<(String, String)>) {
    let base = format!("apps/{name}/base");
    files.push((format!("{base}/deployment.yaml"), deployment(random, name)));
    files.push((format!("{base}/service.yaml"), service(name)));
    files.push((format!("{base}/configmap.yaml"), config_map(random, name)));
    files.push((
        format!("{base}/kustomization.yaml"),
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources:\n  - deployment.yaml\n  - service.yaml\n  - configmap.yaml\n".to_owned(),
    ));
    for environment in ["dev", "staging", "prod"] {
        let overlay = format!("apps/{name}/overlays/{environment}");
        files.push((
            format!("{overlay}/kustomization.yaml"),
            format!(
                "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {name}-{environment}\nresources:\n  - ../../base\n  - ingress.yaml\nlabels:\n  - pairs:\n      environment: {environment}\nimages:\n  - name: ghcr.io/acme/{name}\n    newTag: 1.{}.{}\npatches:\n  - path: resources.yaml\n",
                random.below(40),
                random.below(20)
            ),
        ));
        files.push((
            format!("{overlay}/resources.yaml"),
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\nspec:\n  replicas: {}\n  template:\n    spec:\n      containers:\n        - name: {name}\n          resources:\n            limits:\n              memory: {}Mi\n",
                1 + random.below(6),
                128 << random.below(5)
            ),
        ));
        files.push((format!("{overlay}/ingress.yaml"), ingress(name, environment)));
    }
}

fn plain_app(random: &mut Random, name: &str, files: &mut Vec<(String, String)>) {
    let all = [deployment(random, name), service(name), config_map(random, name), rbac(random, name)];
    files.push((format!("manifests/{name}.yaml"), all.join("---\n")));
    files.push((format!("manifests/{name}-secret.yaml"), external_secret(name)));
}

fn owners(random: &mut Random, name: &str, files: &mut Vec<(String, String)>) {
    files.push((
        format!("argocd/{name}.yaml"),
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: {name}\n  namespace: argocd\nspec:\n  project: {}\n  source:\n    repoURL: https://git.example.com/acme/gitops.git\n    targetRevision: HEAD\n    path: apps/{name}/overlays/prod\n  destination:\n    server: https://kubernetes.default.svc\n    namespace: {name}\n  syncPolicy:\n    automated:\n      prune: true\n      selfHeal: true\n    syncOptions:\n      - CreateNamespace=true\n",
            random.pick(&TEAMS)
        ),
    ));
    let mut values = format!(
        "nameOverride: {name}\nimage:\n  repository: ghcr.io/acme/{name}\n  tag: 2.{}.0\n",
        random.below(90)
    );
    for index in 0..20 + random.below(60) {
        let _ = write!(
            values,
            "feature{index}:\n  enabled: {}\n  # explains what feature {index} is for\n  weight: {}\n  hosts:\n    - {name}-{index}.example.com\n",
            random.one_in(2),
            random.below(100)
        );
    }
    files.push((format!("releases/{name}/values.yaml"), values));
    files.push((
        format!("releases/{name}/release.yaml"),
        format!(
            "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata:\n  name: {name}\n  namespace: flux-system\nspec:\n  interval: 30m\n  chart:\n    spec:\n      chart: {name}\n      version: 1.{}.{}\n      sourceRef:\n        kind: HelmRepository\n        name: acme\n  install:\n    remediation:\n      retries: 3\n  values:\n    replicaCount: {}\n    ingress:\n      enabled: true\n      className: nginx\n",
            random.below(9),
            random.below(30),
            1 + random.below(5)
        ),
    ));
}

/// A CRD-like schema, or a ConfigMap with a dashboard in a block scalar.
fn large(random: &mut Random, name: &str, files: &mut Vec<(String, String)>) {
    if random.one_in(2) {
        let mut crd = format!(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: {name}.acme.example.com\nspec:\n  group: acme.example.com\n  versions:\n    - name: v1\n      schema:\n        openAPIV3Schema:\n          type: object\n          properties:\n"
        );
        for index in 0..150 + random.below(800) {
            let _ = write!(
                crd,
                "            field{index}:\n              description: >-\n                Field number {index} decides how the controller treats {name} when the\n                reconciliation fails, and is ignored in every other case.\n              type: object\n              properties:\n                enabled:\n                  type: boolean\n                limit:\n                  type: integer\n                  format: int32\n                names:\n                  type: array\n                  items:\n                    type: string\n"
            );
        }
        files.push((format!("crds/{name}.yaml"), crd));
    } else {
        let mut map = format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}-dashboard\n  labels:\n    grafana_dashboard: \"1\"\ndata:\n  dashboard.json: |\n    {{\n      \"panels\": [\n"
        );
        for index in 0..120 + random.below(700) {
            let _ = write!(
                map,
                "        {{\n          \"id\": {index},\n          \"title\": \"Requests of {name} by code {index}\",\n          \"targets\": [{{\"expr\": \"sum(rate(http_requests_total{{app=\\\"{name}\\\"}}[5m])) by (code)\"}}]\n        }},\n"
            );
        }
        map.push_str("        {}\n      ]\n    }\n");
        files.push((format!("dashboards/{name}.yaml"), map));
    }
}

fn deployment(random: &mut Random, name: &str) -> String {
    let tag = if random.one_in(40) {
        "latest".to_owned()
    } else {
        format!("1.{}.{}", random.below(30), random.below(9))
    };
    let mut text = format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {name}\n  labels: &labels\n    app.kubernetes.io/name: {name}\n    app.kubernetes.io/part-of: shop\nspec:\n  replicas: 2\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: {name}\n  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: {name}\n    spec:\n      serviceAccountName: {name}\n      securityContext:\n        runAsNonRoot: true\n        seccompProfile:\n          type: RuntimeDefault\n      containers:\n        - name: {name}\n          image: ghcr.io/acme/{name}:{tag}\n          args: [\"--listen=:8080\", \"--log-level=info\"]\n          ports:\n            - name: http\n              containerPort: 8080\n          env:\n"
    )
    .replace("labels: &labels", "labels:");
    for index in 0..4 + random.below(24) {
        let _ = write!(
            text,
            "            - name: SETTING_{index}\n              value: \"{}\"\n",
            random.below(100_000)
        );
    }
    text.push_str("            - name: DB_PASSWORD\n              valueFrom:\n                secretKeyRef:\n                  name: db\n                  key: password\n          readinessProbe:\n            httpGet: {path: /healthz, port: http}\n          resources:\n            requests:\n              cpu: 50m\n              memory: 64Mi\n            limits:\n              memory: 256Mi\n          securityContext:\n            allowPrivilegeEscalation: false\n            capabilities:\n              drop: [ALL]\n");
    text
}

fn service(name: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: {name}\nspec:\n  selector:\n    app.kubernetes.io/name: {name}\n  ports:\n    - name: http\n      port: 80\n      targetPort: http\n"
    )
}

fn config_map(random: &mut Random, name: &str) -> String {
    let mut text = format!(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\ndata:\n  application.properties: |\n"
    );
    for index in 0..20 + random.below(140) {
        let _ = writeln!(text, "    {name}.option.{index}=value-{}", random.below(1_000_000));
    }
    text
}

fn ingress(name: &str, environment: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: {name}\n  annotations:\n    cert-manager.io/cluster-issuer: letsencrypt\nspec:\n  ingressClassName: nginx\n  tls:\n    - hosts: [{name}.{environment}.example.com]\n      secretName: {name}-tls\n  rules:\n    - host: {name}.{environment}.example.com\n      http:\n        paths:\n          - path: /\n            pathType: Prefix\n            backend:\n              service:\n                name: {name}\n                port:\n                  name: http\n"
    )
}

fn rbac(random: &mut Random, name: &str) -> String {
    let verbs = if random.one_in(30) { "[\"*\"]" } else { "[get, list, watch]" };
    format!(
        "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata:\n  name: {name}\nrules:\n  - apiGroups: [\"\"]\n    resources: [configmaps, endpoints]\n    verbs: {verbs}\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata:\n  name: {name}\nroleRef:\n  apiGroup: rbac.authorization.k8s.io\n  kind: Role\n  name: {name}\nsubjects:\n  - kind: ServiceAccount\n    name: {name}\n"
    )
}

fn external_secret(name: &str) -> String {
    format!(
        "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\nmetadata:\n  name: {name}\nspec:\n  refreshInterval: 1h\n  secretStoreRef:\n    kind: ClusterSecretStore\n    name: vault\n  target:\n    name: {name}\n  data:\n    - secretKey: password\n      remoteRef:\n        key: {name}/db\n        property: password\n"
    )
}
