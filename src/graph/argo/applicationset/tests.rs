//! ApplicationSets with the Applications they make, as tables.

use camino::Utf8Path;

use crate::config::RenderOptions;
use crate::discover::{Exclude, discover};
use crate::graph::owner::Expansion;
use crate::graph::{Context, Environments, OwnerKind, RemarkKind, Status, ThisRepository};
use crate::host::MemHost;
use crate::model::{ObjectView, Repository};
use crate::render::{ReadLimits, Renderer};
use crate::source::SourceMap;
use crate::yaml::{Cursor, Limits};

const HEAD: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: set, namespace: argocd}\nspec:\n";
const GO: &str = "  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n";

/// Expands the set in `set.yaml` among other files.
fn expand<R>(spec: &str, others: &[(&str, &str)], read: impl Fn(&SourceMap, Expansion) -> R) -> R {
    let set = format!("{HEAD}{spec}");
    let mut files = others.to_vec();
    files.push(("set.yaml", &set));
    let host = MemHost::new(files);
    let everything = Exclude::new(&["!**".to_owned()], vec!["".into()]).unwrap_or_else(|_| unreachable!());
    let discovered = discover(&host, Utf8Path::new("/"), &everything, u64::from(u32::MAX));
    let map = SourceMap::new(discovered.sources);
    let repository = Repository::build(&map, &discovered.kinds, Limits::default());
    let limits = ReadLimits { yaml: Limits::default(), file_size: u64::from(u32::MAX) };
    let options = RenderOptions::default();
    let renderer = Renderer::new(&map, &repository, &host, Utf8Path::new("/"), limits, options);
    let this = ThisRepository::new(["https://git.example.com/this"]);
    let context = Context::new(&map, &repository, &renderer, this, Environments::default());
    let objects = repository.files.iter().flat_map(|file| &file.objects);
    let views = objects.map(|object| ObjectView::rendered(&map, &repository, object));
    let mut sets = views.filter(|view| OwnerKind::of(view) == Some(OwnerKind::ApplicationSet));
    read(&map, sets.next().map(|set| super::expand(&context, &set)).unwrap_or_default())
}

/// The Applications a set makes, one a line: name, path, server; symbolic ones behind a `?`.
fn made(spec: &str, others: &[(&str, &str)]) -> Vec<String> {
    expand(spec, others, |map, expansion| {
        let line = |mark: &str, object: &crate::model::Object| {
            let root = Cursor::new(map, &object.tree);
            let text =
                |way: &[&str]| root.path(way).and_then(|value| value.text()).unwrap_or_default().into_owned();
            let line = [
                mark.to_owned() + &text(&["metadata", "name"]),
                text(&["spec", "source", "path"]),
                text(&["spec", "destination", "server"]),
            ];
            line.join(" ").trim_end().to_owned()
        };
        let made = expansion.made.iter().map(|object| line("", object));
        made.chain(expansion.symbolic.iter().map(|object| line("?", object))).collect()
    })
}

fn template(name: &str, path: &str, server: &str) -> String {
    format!(
        "  template: {{metadata: {{name: '{name}'}}, spec: {{source: {{path: '{path}'}}, destination: {{server: '{server}'}}}}}}\n"
    )
}

const TREE: &[(&str, &str)] = &[
    ("apps/shop/envs/prod/a.yaml", "a: 1"),
    ("apps/shop/envs/dev/a.yaml", "a: 1"),
    ("apps/cart/envs/prod/a.yaml", "a: 1"),
    ("apps/.hidden/a.yaml", "a: 1"),
    ("clusters/eu/config.yaml", "cluster: {name: Eu_1, tier: prod}\nservers: [x]\n"),
    ("clusters/us/config.json", r#"[{"cluster": {"name": "us"}}, {"cluster": {"name": "us2"}}]"#),
];

const THIS: &str = "repoURL: https://git.example.com/this.git, revision: HEAD";

#[test]
fn lists() {
    let list = "  generators: [{list: {elements: [{env: dev, n: 1}, {env: prod, n: 2}]}}]\n";
    assert_eq!(
        made(&format!("{GO}{list}{}", template("{{.env}}-{{.n}}", "apps/{{.env}}", "s")), &[]),
        ["dev-1 apps/dev s", "prod-2 apps/prod s"]
    );
    assert_eq!(
        made(&format!("{list}{}", template("{{env}}", "apps/{{ env }}/{{nothing}}", "s")), &[]),
        ["?dev apps/dev/{{nothing}} s", "?prod apps/prod/{{nothing}} s"]
    );
    let nested = "  generators: [{list: {elements: [{values: {env: dev}}]}}]\n";
    assert_eq!(made(&format!("{nested}{}", template("{{values.env}}", "p", "s")), &[]), ["dev p s"]);
    let yaml = "  generators: [{list: {elementsYaml: '[{env: a}, {env: b}]'}}]\n";
    assert_eq!(made(&format!("{GO}{yaml}{}", template("{{.env}}", "p", "s")), &[]), ["a p s", "b p s"]);
}

#[test]
fn git() {
    let directories = format!(
        "  generators: [{{git: {{{THIS}, directories: [{{path: apps/*/envs/*}}, {{path: apps/cart/*/*, exclude: true}}]}}}}]\n"
    );
    assert_eq!(
        made(
            &format!(
                "{GO}{directories}{}",
                template(
                    "{{index .path.segments 1}}-{{.path.basename}}",
                    "{{.path.path}}",
                    "{{.path.basenameNormalized}}"
                )
            ),
            TREE
        ),
        ["shop-dev apps/shop/envs/dev dev", "shop-prod apps/shop/envs/prod prod"]
    );
    assert_eq!(
        made(&format!("{directories}{}", template("{{path[1]}}-{{path.basename}}", "{{path}}", "s")), TREE),
        ["shop-dev apps/shop/envs/dev s", "shop-prod apps/shop/envs/prod s"]
    );
    let files = format!("  generators: [{{git: {{{THIS}, files: [{{path: clusters/**/config.*}}]}}}}]\n");
    assert_eq!(
        made(
            &format!(
                "{GO}{files}{}",
                template("{{.cluster.name | lower}}", "{{.path.path}}", "{{.path.filename}}")
            ),
            TREE
        ),
        ["eu_1 clusters/eu config.yaml", "us clusters/us config.json", "us2 clusters/us config.json"]
    );
    let prefixed = format!(
        "  generators: [{{git: {{{THIS}, pathParamPrefix: my, values: {{a: 'x-{{{{my.path.basename}}}}'}}, directories: [{{path: apps/shop/envs/*}}]}}}}]\n"
    );
    assert_eq!(
        made(&format!("{prefixed}{}", template("{{values.a}}", "{{my.path}}", "{{servers.0}}")), TREE),
        ["?x-dev apps/shop/envs/dev {{servers.0}}", "?x-prod apps/shop/envs/prod {{servers.0}}"]
    );
    let foreign =
        "  generators: [{git: {repoURL: https://git.example.com/other, directories: [{path: apps/*}]}}]\n";
    assert_eq!(
        made(&format!("{GO}{foreign}{}", template("{{.path.basename}}", "x", "s")), TREE),
        ["?{{.path.basename}} x s"]
    );
}

#[test]
fn clusters_are_one_symbolic_element() {
    let clusters =
        "  generators: [{clusters: {selector: {matchLabels: {env: prod}}, values: {dir: 'd-{{X}}'}}}]\n";
    let go = clusters.replace("X", ".metadata.labels.env");
    assert_eq!(
        made(&format!("{GO}{go}{}", template("{{.name}}-a", "apps/{{.values.dir}}", "{{.server}}")), &[]),
        ["?{{.name}}-a apps/d-prod {{.server}}"]
    );
    let flat = clusters.replace("X", "metadata.labels.env");
    assert_eq!(
        made(&format!("{flat}{}", template("{{name}}", "{{values.dir}}", "{{metadata.labels.other}}")), &[]),
        ["?{{name}} d-prod {{metadata.labels.other}}"]
    );
}

#[test]
fn generators_of_generators() {
    let matrix = format!(
        "  generators: [{{matrix: {{generators: [{{list: {{elements: [{{app: shop}}, {{app: cart}}]}}}}, {{git: {{{THIS}, directories: [{{path: 'apps/{{{{.app}}}}/envs/*'}}]}}}}]}}}}]\n"
    );
    assert_eq!(
        made(
            &format!("{GO}{matrix}{}", template("{{.app}}-{{.path.basename}}", "{{.path.path}}", "s")),
            TREE
        ),
        [
            "shop-dev apps/shop/envs/dev s",
            "shop-prod apps/shop/envs/prod s",
            "cart-prod apps/cart/envs/prod s"
        ]
    );
    let merge = "  generators: [{merge: {mergeKeys: [env], generators: [{list: {elements: [{env: dev, n: a}, {env: prod, n: a}]}}, {list: {elements: [{env: prod, n: b}, {env: other, n: c}]}}]}}]\n";
    assert_eq!(
        made(&format!("{GO}{merge}{}", template("{{.env}}-{{.n}}", "p", "s")), &[]),
        ["dev-a p s", "prod-b p s"]
    );
    let symbolic = "  generators: [{merge: {mergeKeys: [name], generators: [{clusters: {values: {dir: base}}}, {list: {elements: [{name: eu, values.dir: eu}]}}]}}]\n";
    assert_eq!(
        made(&format!("{symbolic}{}", template("{{name}}", "{{values.dir}}", "{{server}}")), &[]),
        ["?{{name}} base {{server}}", "?eu eu {{server}}"]
    );
    let absent = symbolic.replace("values: {dir: base}", "values: {other: base}");
    assert_eq!(
        made(&format!("{absent}{}", template("{{name}}", "{{values.dir}}", "{{server}}")), &[]),
        ["?{{name}} {{values.dir}} {{server}}", "?eu eu {{server}}"]
    );
    assert_eq!(
        expand(&format!("{absent}{}", template("{{name}}", "{{values.dir}}", "s")), &[], |_, it| it.remarks),
        []
    );
    let selected = "  generators: [{list: {elements: [{env: dev}, {env: prod}]}, selector: {matchExpressions: [{key: env, operator: NotIn, values: [dev]}]}}]\n";
    assert_eq!(made(&format!("{GO}{selected}{}", template("{{.env}}", "p", "s")), &[]), ["prod p s"]);
}

#[test]
fn templates_over_templates() {
    let own = "  generators: [{list: {elements: [{env: dev}], template: {metadata: {}, spec: {source: {path: 'own/{{.env}}'}}}}}]\n";
    assert_eq!(made(&format!("{GO}{own}{}", template("{{.env}}", "p", "s")), &[]), ["dev own/dev s"]);
    let patch = "  generators: [{list: {elements: [{env: dev}, {env: prod}]}}]\n  templatePatch: |\n    spec:\n      {{- if eq .env \"prod\" }}\n      source:\n        path: patched/{{ .env }}\n      {{- end }}\n      project: x\n";
    assert_eq!(
        made(&format!("{GO}{patch}{}", template("{{.env}}", "p", "s")), &[]),
        ["dev p s", "prod patched/prod s"]
    );
}

#[test]
fn values_know_where_they_are_written() {
    let spec = format!(
        "{GO}  generators:\n  - list:\n      elements:\n      - env: prod\n        revision: v1\n  templatePatch: |\n    spec:\n      project: {{{{ .env }}}}\n      source:\n        chart: literal\n  template:\n    metadata:\n      name: 'shop-{{{{.env}}}}'\n    spec:\n      source:\n        targetRevision: '{{{{.revision}}}}'\n"
    );
    expand(&spec, &[], |map, expansion| {
        let root = expansion.made.first().map(|object| Cursor::new(map, &object.tree));
        let line = |way: &[&str]| {
            let value = root.and_then(|root| root.path(way))?;
            let span = map.editable(value.span(), value.step())?;
            let text = map.source(span.source).text();
            text.lines().nth(map.source(span.source).position(span.start).line as usize - 1)
        };
        // What is all parameter is edited where the parameter is, and what is put together in the template.
        assert_eq!(line(&["spec", "source", "targetRevision"]), Some("        revision: v1"));
        assert_eq!(line(&["metadata", "name"]), Some("      name: 'shop-{{.env}}'"));
        assert_eq!(line(&["spec", "project"]), Some("      - env: prod"));
        assert_eq!(line(&["spec", "source", "chart"]), Some("        chart: literal"));
        assert_eq!(line(&["metadata", "namespace"]), Some("metadata: {name: set, namespace: argocd}"));
    });
}

#[test]
fn what_is_noticed() {
    use RemarkKind::{
        DuplicateName, InvalidTemplate, MatchesNothing, PatternMatchesNothing, UnresolvedParameter,
    };
    let git = |paths: &str| format!("  generators: [{{git: {{{THIS}, directories: [{paths}]}}}}]\n");
    let list = "  generators: [{list: {elements: [{env: dev}, {env: prod}]}}]\n";
    for (spec, kind, message) in [
        (
            format!("{GO}{list}{}", template("{{.enf}}", "p", "s")),
            UnresolvedParameter,
            "no generator provides `enf`; there are `env`",
        ),
        (
            format!("  goTemplate: true\n{list}{}", template("{{.enf}}{{.env}}", "p", "s")),
            UnresolvedParameter,
            "no generator provides `{{.enf}}`; there are `env`",
        ),
        (
            format!("{list}{}", template("{{.env}}", "p", "s")),
            UnresolvedParameter,
            "`{{.env}}` is a Go template, and `goTemplate: true` is not set",
        ),
        (format!("{GO}{list}{}", template("{{.env", "p", "s")), InvalidTemplate, "unclosed action"),
        (format!("{GO}{list}{}", template("app", "p", "s")), DuplicateName, "`app`"),
        (
            format!("{}{}", git("{path: app/*}"), template("{{path}}", "p", "s")),
            MatchesNothing,
            "`app/*` matches no directory",
        ),
        (
            format!("{}{}", git("{path: app/*}, {path: apps/*}"), template("{{path.basename}}", "p", "s")),
            PatternMatchesNothing,
            "`app/*` matches no directory",
        ),
    ] {
        let found = expand(&spec, TREE, |_, expansion| expansion.remarks);
        let found: Vec<_> = found.iter().map(|remark| (remark.kind, remark.message.as_str())).collect();
        assert_eq!(found, [(kind, message)], "{spec}");
    }
    let known = "  generators: [{list: {elements: [{env: dev}]}}]\n  template: {metadata: {name: '{{env}}'}, spec: {source: {helm: {values: '{{ $labels.x }}'}}}}\n";
    assert_eq!(expand(known, &[], |_, expansion| expansion.remarks), []);
}

#[test]
fn how_far_generators_can_be_followed() {
    for (generator, expected) in [
        (format!("git: {{{THIS}, directories: [{{path: apps/*}}]}}"), "Resolved"),
        ("git: {repoURL: https://git.example.com/other, files: [{path: x}]}".to_owned(), "External"),
        (format!("git: {{{THIS}x, files: [{{path: nowhere}}]}}"), "the revision is not at hand"),
        ("clusters: {}".to_owned(), "which clusters there are is known to Argo CD alone"),
        ("pullRequest: {github: {owner: a}}".to_owned(), "it depends on the pull requests of a repository"),
        ("plugin: {configMapRef: {name: a}}".to_owned(), "it depends on a plugin"),
    ] {
        let spec = format!("{GO}  generators: [{{{generator}}}]\n{}", template("a", "p", "s"));
        let found = expand(&spec, TREE, |_, expansion| {
            let statuses = expansion.deliveries.iter().map(|planned| match &planned.status {
                Status::Unverifiable(why) => why.to_string(),
                status => format!("{status:?}"),
            });
            statuses.collect::<Vec<_>>()
        });
        assert_eq!(found, [expected], "{generator}");
    }
}

#[test]
fn too_many_elements_are_noticed() {
    let elements: String = (0..200).map(|number| format!("{{a{number}: x, n: '{number}'}},")).collect();
    let list = format!("{{list: {{elements: [{elements}]}}}}");
    let spec = format!(
        "{GO}  generators: [{{matrix: {{generators: [{list}, {list}]}}}}]\n{}",
        template("a", "p", "s")
    );
    let (made, why) = expand(&spec, &[], |_, expansion| {
        (expansion.made.len(), expansion.deliveries.first().map(|planned| planned.status.clone()))
    });
    assert_eq!(made, 10_000);
    let expected = "it makes more than 10000 Applications, and the others are not looked at";
    assert_eq!(why, Some(Status::Unverifiable(expected.into())));
}

#[test]
fn templates_that_are_too_large_and_files_that_are_lost_are_not_followed() {
    let statuses = |spec: &str, others: &[(&str, &str)]| {
        expand(spec, others, |_, expansion| {
            assert_eq!(expansion.remarks, []);
            assert_eq!((expansion.made.len(), expansion.symbolic.is_empty()), (0, false));
            expansion.deliveries.into_iter().map(|planned| planned.status).collect::<Vec<_>>()
        })
    };
    let template = |path: &str| {
        format!("  template: {{metadata: {{name: '{{{{.env}}}}'}}, spec: {{source: {{path: '{path}'}}}}}}\n")
    };
    let large =
        template("{{ $l := list 1 }}{{ range until 60 }}{{ $l = concat $l $l }}{{ end }}{{ len $l }}");
    let list = "  generators: [{list: {elements: [{env: dev}, {env: prod}]}}]\n";
    let too_large = Status::Unverifiable(super::TOO_LARGE.into());
    assert_eq!(statuses(&format!("{GO}{list}{large}"), &[]), [too_large]);
    let files =
        "  generators: [{git: {repoURL: https://git.example.com/this, files: [{path: envs/*.yaml}]}}]\n";
    let lost = Status::Unverifiable("`envs/dev.yaml` cannot be read".into());
    let file = ("envs/dev.yaml", "env: &a [*a, *a]\n");
    assert_eq!(statuses(&format!("{GO}{files}{}", template("apps")), &[file]), [lost]);
}
