//! Generated files that look like those of GitOps repositories. The same seed gives the same bytes everywhere.

use std::fmt::Write;

/// splitmix64: small, and the same on every machine.
pub struct Random(pub u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit as u64) as usize
    }

    fn pick(&mut self, items: &[&'static str]) -> &'static str {
        items[self.below(items.len())]
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

const APPS: &[&str] = &[
    "web",
    "api",
    "checkout",
    "cart",
    "billing",
    "search",
    "auth-proxy",
    "catalog",
    "mailer",
    "reports",
    "ingest",
];
const TEAMS: &[&str] = &["payments", "platform", "storefront", "data", "identity"];
const ENVIRONMENTS: &[&str] = &["dev", "staging", "prod-eu", "prod-us"];
const VARIABLES: &[&str] =
    &["LOG_LEVEL", "DATABASE_URL", "CACHE_TTL", "FEATURE_FLAGS", "OTEL_ENDPOINT", "REGION"];

/// Small files, together at least `bytes` long.
pub fn small_files(bytes: usize, seed: u64) -> Vec<String> {
    let mut random = Random(seed);
    let (mut files, mut total) = (Vec::new(), 0);
    while total < bytes {
        let file = small_file(&mut random);
        total += file.len();
        files.push(file);
    }
    files
}

fn small_file(random: &mut Random) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail; the results are only there because the trait is for any writer.
    let _ = match random.below(20) {
        0..=6 => deployment(&mut out, random).and_then(|()| service(&mut out, random)),
        7..=9 => service(&mut out, random),
        10..=12 => config_map(&mut out, random),
        13..=15 => kustomization(&mut out, random),
        16 => helm_release(&mut out, random),
        17 => application(&mut out, random),
        _ => values(&mut out, random),
    };
    out
}

fn head(out: &mut String, random: &mut Random, api: &str, kind: &str) -> std::fmt::Result {
    if !out.is_empty() || random.chance(3) {
        out.push_str("---\n");
    }
    if random.chance(5) {
        writeln!(out, "# {kind} of the {} team; owned by the platform repository", random.pick(TEAMS))?;
    }
    let (app, environment, team) = (random.pick(APPS), random.pick(ENVIRONMENTS), random.pick(TEAMS));
    writeln!(
        out,
        "apiVersion: {api}\nkind: {kind}\nmetadata:\n  name: {app}-{}\n  namespace: {team}-{environment}",
        random.below(90)
    )?;
    writeln!(
        out,
        "  labels:\n    app.kubernetes.io/name: {app}\n    app.kubernetes.io/part-of: {team}\n    app.kubernetes.io/managed-by: kustomize"
    )?;
    if random.chance(3) {
        writeln!(
            out,
            "  annotations:\n    prometheus.io/scrape: \"true\"\n    prometheus.io/port: \"{}\"",
            8000 + random.below(999)
        )?;
    }
    Ok(())
}

fn deployment(out: &mut String, random: &mut Random) -> std::fmt::Result {
    head(out, random, "apps/v1", "Deployment")?;
    let app = random.pick(APPS);
    writeln!(
        out,
        "spec:\n  replicas: {}\n  revisionHistoryLimit: 3\n  selector:\n    matchLabels:\n      app.kubernetes.io/name: {app}",
        1 + random.below(6)
    )?;
    writeln!(
        out,
        "  template:\n    metadata:\n      labels:\n        app.kubernetes.io/name: {app}\n    spec:\n      serviceAccountName: {app}\n      securityContext:\n        runAsNonRoot: true\n        seccompProfile: {{ type: RuntimeDefault }}\n      containers:"
    )?;
    for index in 0..1 + random.below(2) {
        let image = random.pick(APPS);
        writeln!(
            out,
            "        - name: {image}-{index}\n          image: registry.example.com/{}/{image}:{}.{}.{}",
            random.pick(TEAMS),
            random.below(4),
            random.below(30),
            random.below(12)
        )?;
        if random.chance(2) {
            writeln!(out, "          imagePullPolicy: IfNotPresent # the tag never moves")?;
        }
        if random.chance(3) {
            writeln!(out, "          args: [\"--listen\", \":8080\", --verbose]")?;
        } else {
            writeln!(
                out,
                "          args:\n            - --listen=:8080\n            - --config=/etc/{image}/config.yaml"
            )?;
        }
        writeln!(
            out,
            "          ports:\n            - name: http\n              containerPort: 8080\n              protocol: TCP\n          env:"
        )?;
        for _ in 0..1 + random.below(5) {
            let variable = random.pick(VARIABLES);
            if random.chance(3) {
                writeln!(
                    out,
                    "            - name: {variable}\n              valueFrom:\n                secretKeyRef:\n                  name: {image}\n                  key: {}",
                    variable.to_lowercase()
                )?;
            } else {
                writeln!(
                    out,
                    "            - name: {variable}\n              value: \"{}\"",
                    random.below(5000)
                )?;
            }
        }
        writeln!(
            out,
            "          resources:\n            requests:\n              cpu: {}m\n              memory: {}Mi\n            limits:\n              memory: {}Mi",
            50 * (1 + random.below(20)),
            64 * (1 + random.below(8)),
            512
        )?;
        writeln!(
            out,
            "          livenessProbe:\n            httpGet:\n              path: /healthz\n              port: http\n            initialDelaySeconds: 10\n          readinessProbe:\n            httpGet:\n              path: /ready\n              port: http"
        )?;
        writeln!(
            out,
            "          securityContext:\n            allowPrivilegeEscalation: false\n            readOnlyRootFilesystem: true\n            capabilities:\n              drop: [ALL]"
        )?;
    }
    writeln!(
        out,
        "      volumes:\n        - name: tmp\n          emptyDir: {{}}\n        - name: config\n          configMap:\n            name: {app}-config"
    )
}

fn service(out: &mut String, random: &mut Random) -> std::fmt::Result {
    head(out, random, "v1", "Service")?;
    writeln!(
        out,
        "spec:\n  type: {}\n  selector:\n    app.kubernetes.io/name: {}\n  ports:\n  - name: http\n    port: 80\n    targetPort: http",
        random.pick(&["ClusterIP", "LoadBalancer"]),
        random.pick(APPS)
    )
}

fn config_map(out: &mut String, random: &mut Random) -> std::fmt::Result {
    head(out, random, "v1", "ConfigMap")?;
    writeln!(out, "data:")?;
    for _ in 0..2 + random.below(6) {
        writeln!(out, "  {}: \"{}\"", random.pick(VARIABLES), random.below(100_000))?;
    }
    writeln!(out, "  application.properties: |")?;
    for line in 0..4 + random.below(30) {
        writeln!(
            out,
            "    {}.{}.setting-{line}={}",
            random.pick(TEAMS),
            random.pick(APPS),
            random.below(9999)
        )?;
    }
    Ok(())
}

fn kustomization(out: &mut String, random: &mut Random) -> std::fmt::Result {
    writeln!(
        out,
        "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nnamespace: {}-{}\nresources:",
        random.pick(TEAMS),
        random.pick(ENVIRONMENTS)
    )?;
    for _ in 0..1 + random.below(4) {
        writeln!(out, "  - ../../base/{}", random.pick(APPS))?;
    }
    let image = random.pick(APPS);
    writeln!(
        out,
        "images:\n  - name: registry.example.com/{image}\n    newTag: \"{}.{}.0\"",
        random.below(4),
        random.below(30)
    )?;
    if random.chance(2) {
        writeln!(
            out,
            "patches:\n  - target:\n      kind: Deployment\n      name: {image}\n    patch: |-\n      - op: replace\n        path: /spec/replicas\n        value: {}",
            random.below(9)
        )?;
    }
    writeln!(
        out,
        "configMapGenerator:\n  - name: {image}-config\n    literals:\n      - LOG_LEVEL=info\n      - REGION={}",
        random.pick(ENVIRONMENTS)
    )
}

fn helm_release(out: &mut String, random: &mut Random) -> std::fmt::Result {
    head(out, random, "helm.toolkit.fluxcd.io/v2", "HelmRelease")?;
    let app = random.pick(APPS);
    writeln!(
        out,
        "spec:\n  interval: 10m0s\n  chart:\n    spec:\n      chart: {app}\n      version: \">={}.0.0 <{}.0.0\"\n      sourceRef:\n        kind: HelmRepository\n        name: {}\n        namespace: flux-system",
        random.below(9),
        10,
        random.pick(TEAMS)
    )?;
    writeln!(out, "  install:\n    remediation:\n      retries: 3\n  values:")?;
    values_body(out, random, "    ")
}

fn application(out: &mut String, random: &mut Random) -> std::fmt::Result {
    head(out, random, "argoproj.io/v1alpha1", "Application")?;
    let environment = random.pick(ENVIRONMENTS);
    writeln!(
        out,
        "spec:\n  project: {}\n  source:\n    repoURL: https://git.example.com/deploy.git\n    path: overlays/{environment}/{}\n    targetRevision: {}",
        random.pick(TEAMS),
        random.pick(APPS),
        random.pick(&["HEAD", "main", "v1.4.2"])
    )?;
    writeln!(
        out,
        "  destination:\n    server: https://kubernetes.default.svc\n    namespace: {environment}\n  syncPolicy:\n    automated: {{prune: true, selfHeal: true}}\n    syncOptions:\n      - CreateNamespace=true"
    )
}

fn values(out: &mut String, random: &mut Random) -> std::fmt::Result {
    writeln!(out, "# Default values of the chart.\n# This file is YAML.\n")?;
    values_body(out, random, "")
}

fn values_body(out: &mut String, random: &mut Random, indent: &str) -> std::fmt::Result {
    writeln!(
        out,
        "{indent}replicaCount: {}\n{indent}image:\n{indent}  repository: registry.example.com/{}\n{indent}  pullPolicy: IfNotPresent\n{indent}  tag: \"\" # the chart's appVersion",
        random.below(5),
        random.pick(APPS)
    )?;
    writeln!(
        out,
        "{indent}imagePullSecrets: []\n{indent}podAnnotations: {{}}\n{indent}ingress:\n{indent}  enabled: false\n{indent}  className: ''\n{indent}  hosts:\n{indent}    - host: {}.example.com\n{indent}      paths:\n{indent}        - path: /\n{indent}          pathType: Prefix",
        random.pick(APPS)
    )?;
    for _ in 0..random.below(12) {
        writeln!(
            out,
            "{indent}{}{}:\n{indent}  enabled: {}\n{indent}  size: {}Gi",
            random.pick(TEAMS),
            random.below(1000),
            random.chance(2),
            random.below(64)
        )?;
    }
    Ok(())
}

/// One CustomResourceDefinition: deep, and most of its text in descriptions.
pub fn definition(bytes: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let mut out = String::from(
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.example.com\nspec:\n  group: example.com\n  versions:\n  - name: v1\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n",
    );
    let mut number = 0;
    while out.len() < bytes {
        number += 1;
        let _ = property(&mut out, &mut random, number, 10, 5);
    }
    out
}

fn property(
    out: &mut String,
    random: &mut Random,
    number: usize,
    indent: usize,
    depth: usize,
) -> std::fmt::Result {
    let space = " ".repeat(indent);
    writeln!(out, "{space}{}{number}:\n{space}  description: |-", random.pick(APPS).replace('-', ""))?;
    for _ in 0..1 + random.below(4) {
        writeln!(
            out,
            "{space}    Defines how the {} of the {} is reached, and what happens when it is not.",
            random.pick(APPS),
            random.pick(TEAMS)
        )?;
    }
    if depth == 0 || random.chance(3) {
        return writeln!(out, "{space}  type: string\n{space}  minLength: 1");
    }
    writeln!(out, "{space}  type: object\n{space}  required:\n{space}  - name\n{space}  properties:")?;
    for child in 0..1 + random.below(4) {
        property(out, random, child, indent + 4, depth - 1)?;
    }
    Ok(())
}

/// A ConfigMap with one block scalar of at least `bytes`.
pub fn block_text(bytes: usize, seed: u64) -> String {
    let mut random = Random(seed);
    let mut out = String::from(
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: dashboard\ndata:\n  dashboard.json: |\n",
    );
    while out.len() < bytes {
        let _ = writeln!(
            out,
            "    \"panel-{}\": {{ \"title\": \"{} of {}\", \"unit\": \"short\" }},",
            random.below(9999),
            random.pick(APPS),
            random.pick(TEAMS)
        );
    }
    out
}
