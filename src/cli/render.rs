//! `render`: the objects of one kustomization or chart, as `kustomize build` and `helm template` print them.
//!
//! Reads what that leads to and nothing else of the repository.

use camino::{Utf8Path, Utf8PathBuf};

use crate::config::{CommandLine, LoadRestrictor};
use crate::discover::{Root, find_root};
use crate::host::{Host, Stream};
use crate::model::{KUSTOMIZATION_NAMES, Repository};
use crate::render::helm::{ChartRef, Field, ReleaseOptions, SetKind, ValuesLayer};
use crate::render::{Built, ReadLimits, Renderer};
use crate::report::Rendered;
use crate::source::SourceMap;

use super::analysis::{ConfigFile, settings};
use super::args::{ChartArgs, Color, Render, RenderFormat};
use super::{Exit, Failure};

/// Renders and prints.
pub(super) fn render(host: &dyn Host, args: &Render) -> Result<Exit, Failure> {
    let (root, directory) = locate(host, &args.directory)?;
    let mut settings =
        settings(host, ConfigFile::OfRepository, CommandLine::default(), &root, Color::default())?;
    if let Some(restrictor) = args.load_restrictor {
        settings.rendering.unrestricted = restrictor == LoadRestrictor::None;
    }
    let limits = ReadLimits { yaml: settings.limits, file_size: settings.file_size };
    let (map, repository) = (SourceMap::default(), Repository::default());
    let renderer = Renderer::new(&map, &repository, host, &root, limits, settings.rendering);
    let is_chart = renderer.has_chart(&directory);
    let built = match is_chart {
        true => Some(release(host, &renderer, &map, (&root, &directory), &args.chart)?),
        false => renderer.directory(&directory),
    };
    let Built { unit, .. } = built.ok_or_else(|| {
        let names = KUSTOMIZATION_NAMES.join(", ");
        let directory = &args.directory;
        Failure::Usage(format!(
            "no kustomization and no chart in {directory}: there is none of {names}, Chart.yaml"
        ))
    })?;
    let rendered = match args.show_secrets {
        true => Rendered::with_secrets(&map, &unit),
        false => Rendered::new(&map, &unit),
    };
    let rendered = if is_chart { rendered.as_helm() } else { rendered };
    let text = match args.format {
        RenderFormat::Json => rendered.json(),
        RenderFormat::Yaml if rendered.failed() => String::new(),
        RenderFormat::Yaml if args.origins => rendered.yaml_with_origins(),
        RenderFormat::Yaml => rendered.yaml(),
    };
    host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    let mut notes = rendered.notes();
    if rendered.hides() {
        notes += "note: secrets are hidden as `***`; --show-secrets prints them\n";
    }
    if unit.partial {
        notes += "note: the output is partial: what was not rendered is named above\n";
    }
    host.print(Stream::Stderr, &notes).map_err(Failure::Io)?;
    Ok(if rendered.failed() { Exit::Found } else { Exit::Clean })
}

/// The release of the chart in a directory below the root.
fn release(
    host: &dyn Host,
    renderer: &Renderer<'_>,
    map: &SourceMap,
    (root, directory): (&Utf8Path, &Utf8Path),
    args: &ChartArgs,
) -> Result<Built, Failure> {
    let mut layers = Vec::new();
    for path in &args.values {
        let outside =
            || Failure::Usage(format!("the values file {path} is not in the repository of the chart"));
        let absolute = host.canonicalize(path).map_err(|error| Failure::File(path.clone(), error))?;
        let path = absolute.strip_prefix(root).map_err(|_| outside())?.to_owned();
        layers.push(ValuesLayer::File { path, at: None, is_optional: false });
    }
    let all = [
        (SetKind::Json, &args.set_json),
        (SetKind::Typed, &args.set),
        (SetKind::Text, &args.set_string),
        (SetKind::File, &args.set_file),
    ];
    for (kind, texts) in all {
        let layer = |text: &String| ValuesLayer::Set { kind, text: text.clone(), at: None };
        layers.extend(texts.iter().map(layer));
    }
    let named = |text: &str| Field { text: text.to_owned(), span: None };
    let options = ReleaseOptions {
        name: named(&args.release),
        namespace: named(&args.namespace),
        kube_version: args.kube_version.clone(),
        api_versions: args.api_versions.clone(),
        helm3: args.helm3,
        includes_crds: args.include_crds,
        ..ReleaseOptions::default()
    };
    let chart = ChartRef { path: directory.to_owned() };
    Ok(Built::release(map, directory, &renderer.release(&chart, &layers, &options)))
}

/// The root, and the directory relative to it.
fn locate(host: &dyn Host, directory: &Utf8Path) -> Result<(Utf8PathBuf, Utf8PathBuf), Failure> {
    let found = find_root(host, &[directory.to_owned()]);
    let Root { path, named } = found.map_err(|error| Failure::Usage(error.to_string()))?;
    let relative = named.into_iter().next().unwrap_or_default();
    let absolute = if relative.as_str().is_empty() { path.clone() } else { path.join(&relative) };
    if !host.is_dir(&absolute) {
        return Err(Failure::Usage(format!("{directory} is not a directory")));
    }
    if host.exists(&path.join(".git")) {
        return Ok((path, relative));
    }
    // Outside of a repository nothing says where it would end. As with Kustomize, a base may lie anywhere.
    let top = absolute.ancestors().last().unwrap_or(&absolute).to_owned();
    let relative = absolute.strip_prefix(&top).unwrap_or(Utf8Path::new("")).to_owned();
    Ok((top, relative))
}
