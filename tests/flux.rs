//! What Flux makes of a repository: owners with their clusters, what becomes of values on the way, and where a person
//! would edit them.

#![allow(clippy::unwrap_used)]

mod support;

use plimsoll::engine::World;
use plimsoll::model::ObjectView;
use plimsoll::yaml::Cursor;

/// A world of files, written as `# file: path` and the text below it.
fn world(text: &str) -> World {
    let files = text.split("# file: ").skip(1).map(|file| {
        let (path, text) = file.split_once('\n').unwrap();
        (path.to_owned(), text.to_owned())
    });
    support::world(&files.collect())
}

/// One line for every owner: cluster, name, who applies it, what it reads, and how many objects that gives.
fn owners(world: &World) -> Vec<String> {
    let view = world.graph();
    let line = |owner: plimsoll::graph::OwnerView<'_>| {
        let cluster = &world.graph.cluster(owner.owner.key.cluster).name;
        let parent = owner.parent().map_or("nobody".to_owned(), |parent| parent.owner.key.name.clone());
        let what: Vec<String> = owner
            .deliveries()
            .map(|(delivery, unit)| match (&delivery.directory, unit) {
                (Some(directory), Some(unit)) => format!("{directory}: {}", unit.objects.len()),
                _ => format!("{:?}", delivery.status),
            })
            .collect();
        format!("{cluster}/{} by {parent} {}", owner.owner.key.name, what.join(", "))
    };
    view.owners().map(line).collect()
}

/// The value at a path of the object with this name that an owner applies, and where a person would edit it.
fn value(world: &World, owner: &str, name: &str, path: &[&str]) -> String {
    let view = world.graph();
    let owner = view.owners().find(|it| it.owner.key.name == owner).unwrap();
    let object: ObjectView<'_> = owner.objects().find(|object| object.name() == name).unwrap();
    let value: Cursor<'_> = path.iter().fold(object.root, |at, step| match step.parse::<usize>() {
        Ok(index) => at.items().nth(index).unwrap(),
        Err(_) => at.get(step).unwrap(),
    });
    let place = world.map.editable(value.span(), value.step()).map(|span| support::place(world, span));
    let is_text = if value.string().is_some() { "" } else { " (not text)" };
    format!("{}{is_text} at {}", value.text().unwrap(), place.unwrap())
}

const BOOTSTRAP: &str = "\
# file: clusters/prod/flux-system/gotk-sync.yaml
apiVersion: source.toolkit.fluxcd.io/v1
kind: GitRepository
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 1m, url: https://git.example.com/acme/fleet.git, ref: {branch: main}}
---
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: flux-system, namespace: flux-system}
spec: {interval: 10m, path: ./clusters/prod, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
# file: clusters/prod/flux-system/kustomization.yaml
resources: [gotk-sync.yaml]
";

const APPS: &str = "\
# file: clusters/prod/vars.yaml
apiVersion: v1
kind: ConfigMap
metadata: {name: vars, namespace: flux-system}
data:
  COUNT: \"3\"
  DOMAIN: example.com
# file: clusters/prod/apps.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: apps, namespace: flux-system}
spec:
  path: ./apps
  sourceRef: {kind: GitRepository, name: flux-system}
  targetNamespace: shop
  namePrefix: eu-
  commonMetadata:
    labels:
      team: shop
  images:
    - name: web
      newTag: \"1.2\"
  patches:
    - patch: |
        - op: add
          path: /spec/paused
          value: true
      target: {kind: Deployment}
  postBuild:
    substitute:
      REGION: eu
    substituteFrom:
      - {kind: ConfigMap, name: vars}
      - {kind: Secret, name: hidden}
# file: clusters/prod/hidden.yaml
apiVersion: v1
kind: Secret
metadata: {name: hidden, namespace: flux-system}
stringData: {TOKEN: abc}
# file: apps/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  annotations:
    host: shop.${DOMAIN}
    region: ${REGION^^}
    zone: ${ZONE:=a}
    token: ${TOKEN}
    escaped: $${DOMAIN}
    shell: $DOMAIN
spec:
  replicas: ${COUNT}
  template:
    spec:
      containers:
        - name: web
          image: web
";

#[test]
fn the_bootstrap_applies_itself_and_what_lies_beside_it() {
    let world = world(&format!("{BOOTSTRAP}{APPS}"));
    let expected = ["prod/apps by flux-system apps: 1", "prod/flux-system by nobody clusters/prod: 5"];
    assert_eq!(owners(&world), expected);
}

#[test]
fn what_a_kustomization_changes_points_at_the_kustomization() {
    let world = world(&format!("{BOOTSTRAP}{APPS}"));
    let at = |path: &[&str]| value(&world, "apps", "eu-web", path);
    assert_eq!(at(&["metadata", "namespace"]), "shop at clusters/prod/apps.yaml:7");
    assert_eq!(at(&["metadata", "labels", "team"]), "shop at clusters/prod/apps.yaml:11");
    let image = ["spec", "template", "spec", "containers", "0", "image"];
    assert_eq!(at(&image), "web:1.2 at clusters/prod/apps.yaml:14");
    assert_eq!(at(&["spec", "paused"]), "true (not text) at clusters/prod/apps.yaml:19");
}

#[test]
fn variables_are_filled_in_and_point_at_their_values() {
    let world = world(&format!("{BOOTSTRAP}{APPS}"));
    let at = |name: &str| value(&world, "apps", "eu-web", &["metadata", "annotations", name]);
    // Part of it stands in the manifest: there it is edited. All of it is the variable's.
    assert_eq!(at("host"), "shop.example.com at apps/web.yaml:6");
    assert_eq!(at("region"), "EU at clusters/prod/apps.yaml:23");
    assert_eq!(at("zone"), "a at apps/web.yaml:8");
    // The values of Secrets are nobody's business.
    assert_eq!(at("token"), "${TOKEN} at apps/web.yaml:9");
    assert_eq!(at("escaped"), "${DOMAIN} at apps/web.yaml:10");
    assert_eq!(at("shell"), "$DOMAIN at apps/web.yaml:11");
    let replicas = value(&world, "apps", "eu-web", &["spec", "replicas"]);
    assert_eq!(replicas, "3 (not text) at clusters/prod/vars.yaml:5");
}

#[test]
fn objects_of_one_name_in_two_clusters_are_two() {
    let cluster = |name: &str| {
        format!(
            "# file: clusters/{name}/apps.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: apps, namespace: flux-system}}
spec: {{path: ./apps/{name}, sourceRef: {{kind: GitRepository, name: flux-system}}}}
# file: apps/{name}/ns.yaml
apiVersion: v1
kind: Namespace
metadata: {{name: shop}}
"
        )
    };
    let world = world(&(cluster("staging") + &cluster("production")));
    let expected = ["production/apps by nobody apps/production: 1", "staging/apps by nobody apps/staging: 1"];
    assert_eq!(owners(&world), expected);
    // Nothing calls these two directories clusters, and two of one name cannot live in one.
    let text = (cluster("main") + &cluster("edge")).replace("clusters/", "kubernetes/");
    let world = self::world(&text);
    let expected = ["edge/apps by nobody apps/edge: 1", "main/apps by nobody apps/main: 1"];
    assert_eq!(owners(&world), expected);
}

#[test]
fn parents_patch_their_children_and_only_the_patched_ones_count() {
    let world = world(
        "# file: clusters/prod/all.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: all, namespace: flux-system}
spec:
  path: ./kustomizations
  sourceRef: {kind: GitRepository, name: flux-system}
  patches:
    - patch: |
        - {op: replace, path: /spec/path, value: ./web/production}
      target: {kind: Kustomization}
# file: kustomizations/web.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {name: web, namespace: flux-system}
spec: {path: ./web, sourceRef: {kind: GitRepository, name: flux-system}}
# file: web/production/ns.yaml
apiVersion: v1
kind: Namespace
metadata: {name: web}
# file: web/staging/ns.yaml
apiVersion: v1
kind: Namespace
metadata: {name: web-staging}
",
    );
    let expected = ["prod/all by nobody kustomizations: 1", "prod/web by all web/production: 1"];
    assert_eq!(owners(&world), expected);
}

#[test]
fn resource_sets_make_objects_of_inputs() {
    let world = world(
        "# file: clusters/prod/tenants.yaml
apiVersion: fluxcd.controlplane.io/v1
kind: ResourceSet
metadata: {name: tenants, namespace: flux-system}
spec:
  inputs:
    - {tenant: a, path: ./apps/a}
    - {tenant: b, path: ./apps/b}
  resources:
    - apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {name: << inputs.tenant >>-apps, namespace: flux-system}
      spec:
        path: << inputs.path >>
        sourceRef: {kind: GitRepository, name: flux-system}
# file: apps/a/ns.yaml
apiVersion: v1
kind: Namespace
metadata: {name: a}
# file: apps/b/ns.yaml
apiVersion: v1
kind: Namespace
metadata: {name: b}
",
    );
    let expected = [
        "prod/a-apps by tenants apps/a: 1",
        "prod/b-apps by tenants apps/b: 1",
        "prod/tenants by nobody Resolved",
    ];
    assert_eq!(owners(&world), expected);
    assert_eq!(
        value(&world, "tenants", "a-apps", &["spec", "path"]),
        "./apps/a at clusters/prod/tenants.yaml:6"
    );
}

#[test]
fn variables_that_make_too_much_are_not_all_replaced_and_said() {
    let apps = format!(
        "# file: clusters/prod/apps.yaml
apiVersion: kustomize.toolkit.fluxcd.io/v1
kind: Kustomization
metadata: {{name: apps, namespace: flux-system}}
spec:
  path: ./apps
  sourceRef: {{kind: GitRepository, name: flux-system}}
  postBuild: {{substitute: {{SMALL: eu, LARGE: {}}}}}
# file: apps/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${{SMALL}}-web
  annotations:
    large: '{}'
    zone: ${{SMALL}}-1
",
        "x".repeat(100_000),
        "${LARGE}".repeat(30)
    );
    let world = world(&format!("{BOOTSTRAP}{apps}"));
    let at = |name: &str| value(&world, "apps", "eu-web", &["metadata", "annotations", name]);
    assert!(at("large").starts_with("${LARGE}${LARGE}"), "{}", at("large"));
    assert_eq!(at("zone"), "eu-1 at apps/web.yaml:7");
    let unit = world.rendering.units.iter().find(|unit| unit.directory == "apps").unwrap();
    assert!(unit.partial);
    let messages: Vec<&str> = unit.events.iter().map(|event| event.message.as_str()).collect();
    let expected = "the variables of Flux Kustomization `flux-system/apps` make more than 2 MiB of text, and are not all \
                    replaced";
    assert_eq!(messages, [expected]);
}
