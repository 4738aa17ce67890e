//! `data.repo`: what policies may know of the repository around the object that they are asked about.
//!
//! Within a version keys are added but never removed, renamed or given another meaning. Must not hold what is not in the
//! repository, nor the values of secrets.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::{Value, json};

use crate::ci::{Job, Step};
use crate::graph::{Environment, GraphView, OwnerView, Status};
use crate::model::{ObjectView, Repository, Usage};
use crate::rego;
use crate::source::{SourceMap, Span};

/// The version of the facts.
const VERSION: u32 = 1;

/// What policies find under `data.repo`.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Facts<'a> {
    /// Version of these facts. Keys may be added within a version; nothing else changes.
    #[schemars(extend("const" = VERSION))]
    version: u32,
    /// The files that were read, by path.
    files: BTreeMap<&'a str, FileFact>,
    /// What makes controllers apply objects: Applications, ApplicationSets, Kustomizations, HelmReleases …
    owners: Vec<OwnerFact<'a>>,
    /// What kustomizations make, by directory (`""` is the root).
    units: BTreeMap<&'a str, UnitFact<'a>>,
    /// Names of environments with their tiers.
    environments: BTreeMap<&'a str, Option<&'static str>>,
    /// The jobs of pipelines, with the scripts that they run.
    pipelines: Vec<JobFact<'a>>,
    /// What git says; absent outside of a checkout.
    #[serde(skip_serializing_if = "Option::is_none")]
    git: Option<GitFact<'a>>,
}

/// A file.
#[derive(Serialize, JsonSchema)]
struct FileFact {
    /// Whether its objects are applied as they stand.
    deployed: bool,
    /// Number of Kubernetes objects in it.
    objects: usize,
}

/// An owner.
#[derive(Serialize, JsonSchema)]
struct OwnerFact<'a> {
    kind: &'static str,
    namespace: &'a str,
    name: &'a str,
    /// Where it delivers to.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentFact<'a>>,
    /// `Kind/namespace/name` of the owner that applies or makes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    parent: Option<String>,
    /// The file in which it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    /// What it reads.
    sources: Vec<SourceFact<'a>>,
}

/// A source of an owner.
#[derive(Serialize, JsonSchema)]
struct SourceFact<'a> {
    /// Whether it leads somewhere: `resolved`, `missing`, `external` or `unverifiable`.
    status: &'static str,
    /// The directory of this repository, which is also the key of a unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<&'a str>,
}

/// An environment.
#[derive(Clone, Serialize, JsonSchema)]
struct EnvironmentFact<'a> {
    name: &'a str,
    /// `dev`, `test`, `staging` or `production`, where the name says.
    #[serde(skip_serializing_if = "Option::is_none")]
    tier: Option<&'static str>,
}

/// What a kustomization makes.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct UnitFact<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<EnvironmentFact<'a>>,
    /// `Kind/namespace/name` of those that apply it.
    owners: Vec<String>,
    /// Whether it does not build.
    failed: bool,
    /// Whether a part of it could not be rendered.
    partial: bool,
    /// Its objects.
    objects: Vec<ObjectFact<'a>>,
}

/// A Kubernetes object.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ObjectFact<'a> {
    api_version: &'a str,
    kind: &'a str,
    /// When it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<Cow<'a, str>>,
    name: Cow<'a, str>,
}

/// A job of a pipeline.
#[derive(Serialize, JsonSchema)]
struct JobFact<'a> {
    file: &'a str,
    line: u32,
    name: &'a str,
    /// Events that start it, as far as the file says.
    triggers: Vec<&'a str>,
    /// The deployment environment that it names.
    #[serde(skip_serializing_if = "Option::is_none")]
    environment: Option<&'a str>,
    /// Actions, tasks, orbs and plugins that it uses, as they are written.
    uses: Vec<&'a str>,
    /// What it runs in a shell.
    commands: Vec<CommandFact<'a>>,
}

/// A command.
#[derive(Serialize, JsonSchema)]
struct CommandFact<'a> {
    file: &'a str,
    line: u32,
    /// The program and its arguments; variables keep their names.
    words: Vec<String>,
}

/// What git says of the checkout.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct GitFact<'a> {
    /// The branch that is checked out; absent when `HEAD` is detached.
    #[serde(skip_serializing_if = "Option::is_none")]
    head: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    default_branch: Option<&'a str>,
    branches: Vec<&'a str>,
    tags: Vec<&'a str>,
}

/// The JSON schema of the facts.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<Facts<'static>>().to_value();
    schema["title"] = json!("data.repo");
    schema
}

/// The facts of a repository.
pub fn facts(view: GraphView<'_>, jobs: &[Job]) -> Value {
    let GraphView { map, repository, rendering, graph } = view;
    let mut environments = BTreeMap::new();
    let all = graph.unit_environments.iter().flatten();
    for environment in all.chain(graph.owners.iter().filter_map(|owner| owner.environment.as_ref())) {
        environments.insert(environment.name.as_str(), environment.tier.map(crate::config::Tier::name));
    }
    let units = rendering.units.iter().enumerate().map(|(index, unit)| {
        let objects =
            unit.objects.iter().map(|object| object_fact(&ObjectView::rendered(map, repository, object)));
        let fact = UnitFact {
            environment: graph.unit_environments.get(index).and_then(Option::as_ref).map(environment_fact),
            owners: graph.owners_of(index).map(|id| owner_id(&view.owner(id))).collect(),
            failed: unit.failed,
            partial: unit.partial,
            objects: objects.collect(),
        };
        (unit.directory.as_str(), fact)
    });
    let facts = Facts {
        version: VERSION,
        files: files(map, repository),
        owners: view.owners().map(|owner| owner_fact(view, &owner)).collect(),
        units: units.collect(),
        environments,
        pipelines: jobs.iter().map(|job| job_fact(map, job)).collect(),
        git: graph.this.git().map(|git| GitFact {
            head: git.head.as_deref(),
            default_branch: git.default_branch.as_deref(),
            branches: git.branches.iter().map(|branch| branch.name.as_str()).collect(),
            tags: git.tags.iter().map(String::as_str).collect(),
        }),
    };
    // Structs, strings and numbers with keys of text always serialise.
    serde_json::to_value(facts).unwrap_or_default()
}

/// A job as policies about pipelines are asked about it.
pub fn job(map: &SourceMap, job: &Job) -> rego::Value {
    // As above.
    serde_json::to_value(job_fact(map, job)).unwrap_or_default().into()
}

fn files<'w>(map: &'w SourceMap, repository: &Repository) -> BTreeMap<&'w str, FileFact> {
    repository
        .files
        .iter()
        .map(|file| {
            let path = map.source(file.source).path().as_str();
            (path, FileFact { deployed: file.usage == Usage::Deployed, objects: file.objects.len() })
        })
        .collect()
}

fn environment_fact(environment: &Environment) -> EnvironmentFact<'_> {
    EnvironmentFact { name: &environment.name, tier: environment.tier.map(crate::config::Tier::name) }
}

fn object_fact<'w>(object: &ObjectView<'w>) -> ObjectFact<'w> {
    ObjectFact {
        api_version: object.api_version(),
        kind: object.kind(),
        namespace: object.namespace(),
        name: object.written_name(),
    }
}

fn owner_id(owner: &OwnerView<'_>) -> String {
    let key = &owner.owner.key;
    format!("{}/{}/{}", owner.owner.kind.name(), key.namespace, key.name)
}

fn owner_fact<'w>(view: GraphView<'w>, owner: &OwnerView<'w>) -> OwnerFact<'w> {
    let source = |delivery: &'w crate::graph::Delivery| SourceFact {
        status: match delivery.status {
            Status::Resolved => "resolved",
            Status::Missing(_) => "missing",
            Status::External => "external",
            Status::Unverifiable(_) => "unverifiable",
        },
        directory: delivery.directory.as_deref().map(|directory| directory.as_str()),
    };
    OwnerFact {
        kind: owner.owner.kind.name(),
        namespace: &owner.owner.key.namespace,
        name: &owner.owner.key.name,
        environment: owner.owner.environment.as_ref().map(environment_fact),
        parent: owner.parent().map(|parent| owner_id(&parent)),
        file: view.map.in_file(owner.object.root.span()).map(|at| view.map.source(at.source).path().as_str()),
        sources: owner.owner.deliveries.iter().map(source).collect(),
    }
}

fn job_fact<'w>(map: &'w SourceMap, job: &'w Job) -> JobFact<'w> {
    let place = |span: Span| {
        let at = map.in_file(span).unwrap_or(span);
        let source = map.source(at.source);
        (source.path().as_str(), source.position(at.start).line)
    };
    let (file, line) = place(job.span);
    let command = |command: &'w crate::shell::Command| {
        let (file, line) = place(command.words_span());
        let words = command.words.iter().map(crate::shell::Word::shown_with_marks).collect();
        CommandFact { file, line, words }
    };
    JobFact {
        file,
        line,
        name: &job.name,
        triggers: job.triggers.iter().map(|trigger| trigger.event.as_str()).collect(),
        environment: job.environment.as_ref().map(|environment| environment.text.as_str()),
        uses: job.steps.iter().filter_map(|step: &Step| Some(step.uses.as_ref()?.text.as_str())).collect(),
        commands: job.commands().filter(|command| !command.words.is_empty()).map(command).collect(),
    }
}
