//! The value files of a chart: what `helm.valueFiles` and `helm.fileParameters` of an Application name, or
//! `valuesFiles` of a HelmRelease, and whether it is there.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values-files>.

use std::borrow::Cow;

use camino::{Utf8Path, Utf8PathBuf};

use crate::graph::context::{path_below_root, source_path};
use crate::graph::{Context, Status, Whose};
use crate::source::Span;
use crate::yaml::Cursor;

use super::application::all_sources;
use super::environment::Environment;
use super::glob::Glob;

/// A value file that a source names, in the order in which Helm reads them: later ones win.
#[derive(Clone, Debug)]
pub struct ValueFile {
    /// Where it is named, in a file.
    pub at: Span,
    /// The name as it is written.
    pub written: String,
    /// The files it stands for, relative to the root: one, or as many as a pattern matches.
    pub paths: Vec<Utf8PathBuf>,
    /// Whether they are there.
    pub status: Status,
    /// Whether nobody minds when it is not (`ignoreMissingValueFiles`).
    pub is_optional: bool,
    /// The value that all of its text becomes (`fileParameters`); `None` for a file of values.
    pub parameter: Option<String>,
}

/// The value files of a chart of this repository that a HelmRelease names (`chart.spec.valuesFiles`). Flux reads them from
/// the root of the source, whatever the chart; `certain` when a file that is not here is nowhere.
pub fn of_chart(context: &Context<'_>, chart: Cursor<'_>, certain: bool) -> Vec<ValueFile> {
    let is_optional = chart.get("ignoreMissingValuesFiles").and_then(|value| value.bool()).unwrap_or(false);
    let files = chart.get("valuesFiles").into_iter().flat_map(|list| list.items());
    let file = |item: Cursor<'_>| {
        let written = item.text()?.into_owned();
        let is_open = !certain || ["${", "<<", "{{"].iter().any(|sign| written.contains(sign));
        let path = path_below_root(&written);
        let status = match context.renderer.has_file(&path) {
            true => Status::Resolved,
            false if is_open => Status::Unverifiable("the value file may be in another place".into()),
            false => Status::Missing(format!("`{path}` does not exist")),
        };
        let at = context.map.editable(item.span(), item.step())?;
        Some(ValueFile { at, written, paths: vec![path], status, is_optional, parameter: None })
    };
    files.filter_map(file).collect()
}

/// Where relative names lead to.
pub enum Base<'a> {
    /// A directory of this repository.
    Directory(&'a Utf8Path),
    /// Nobody can tell: a chart or a repository that is not here.
    Elsewhere,
}

/// The value files of a source with a `helm` section, of an Application with this `spec`.
pub fn files(
    context: &Context<'_>,
    spec: Cursor<'_>,
    helm: Cursor<'_>,
    base: &Base<'_>,
    environment: &Environment<'_>,
) -> Vec<ValueFile> {
    let is_optional = helm.get("ignoreMissingValueFiles").and_then(|value| value.bool()).unwrap_or(false);
    let listed = helm.get("valueFiles").into_iter().flat_map(|list| list.items());
    let listed = listed.map(|item| (item, is_optional, None));
    let parameters = helm.get("fileParameters").into_iter().flat_map(|list| list.items());
    let name = |item: Cursor<'_>| item.get("name").and_then(|name| name.text()).map(Cow::into_owned);
    let parameters =
        parameters.filter_map(|item| Some((item.get("path")?, false, Some(name(item).unwrap_or_default()))));
    let file = |(item, is_optional, parameter): (Cursor<'_>, bool, Option<String>)| {
        let written = item.text()?.into_owned();
        let (paths, status) = resolve(context, spec, &written, base, environment);
        let at = context.map.editable(item.span(), item.step())?;
        Some(ValueFile { at, written, paths, status, is_optional, parameter })
    };
    listed.chain(parameters).filter_map(file).collect()
}

fn resolve(
    context: &Context<'_>,
    spec: Cursor<'_>,
    written: &str,
    base: &Base<'_>,
    environment: &Environment<'_>,
) -> (Vec<Utf8PathBuf>, Status) {
    let open = |reason: &'static str| (Vec::new(), Status::Unverifiable(reason.into()));
    if written.contains("{{") {
        return open("a template fills in the name of a value file");
    }
    if written.contains("://") {
        return (Vec::new(), Status::External);
    }
    let first = written.strip_prefix('$').map(|rest| rest.split('/').next().unwrap_or_default());
    let name = first.map(|name| name.trim_start_matches('{').trim_end_matches('}'));
    if let Some(name) = name.filter(|name| !Environment::knows(name)) {
        let wanted = |source: &Cursor<'_>| {
            source.get("ref").and_then(|value| value.text()).is_some_and(|text| text == name)
        };
        let Some(source) = all_sources(spec).into_iter().find(wanted) else {
            return (Vec::new(), Status::Missing(format!("no source of the Application has `ref: {name}`")));
        };
        let url = source.get("repoURL").and_then(|url| url.text()).unwrap_or_default();
        let revision = source.get("targetRevision").and_then(|revision| revision.text());
        let whose = context.whose(&url);
        if whose == Whose::Foreign {
            return (Vec::new(), Status::External);
        }
        if !context.is_at_hand(revision.as_deref()) {
            return open("a value file is read at another revision");
        }
        let rest = written.split_once('/').map_or("", |(_, rest)| rest);
        let Some(rest) = environment.substitute(rest) else { return open(AT_SYNC) };
        let (paths, status) = find(context, Utf8Path::new(""), &rest);
        return match status {
            Status::Missing(_) if whose == Whose::Unknown => {
                open("a value file may lie in another repository")
            }
            status => (paths, status),
        };
    }
    let Some(written) = environment.substitute(written) else { return open(AT_SYNC) };
    match base {
        Base::Elsewhere => open("a value file belongs to a chart or repository that is not here"),
        Base::Directory(_) if written.starts_with('/') => find(context, Utf8Path::new(""), &written),
        Base::Directory(directory) => find(context, directory, &written),
    }
}

const AT_SYNC: &str = "the name of a value file is only known at a sync";

/// The files that a name leads to from a directory.
fn find(context: &Context<'_>, directory: &Utf8Path, written: &str) -> (Vec<Utf8PathBuf>, Status) {
    let joined = format!("{directory}/{written}");
    let Some(path) = source_path(&joined) else {
        return (Vec::new(), Status::Missing(format!("`{written}` leads out of the repository")));
    };
    if written.contains(['*', '?', '[']) {
        let fixed = path.as_str().split(['*', '?', '[']).next().unwrap_or_default();
        let fixed = Utf8Path::new(fixed.rsplit_once('/').map_or("", |(directory, _)| directory));
        let glob = Glob::path(path.as_str());
        let matches = |path: &Utf8Path| glob.as_ref().is_some_and(|glob| glob.matches(path.as_str()));
        let paths: Vec<Utf8PathBuf> = context
            .below(fixed)
            .map(|(path, _)| path)
            .filter(|path| matches(path))
            .map(Utf8Path::to_owned)
            .collect();
        return match paths.is_empty() {
            // Files that are not analysed cannot be listed.
            true => (
                paths,
                Status::Unverifiable("a pattern for value files matches nothing that was read".into()),
            ),
            false => (paths, Status::Resolved),
        };
    }
    match context.renderer.has_file(&path) {
        true => (vec![path], Status::Resolved),
        false => {
            let missing = format!("`{path}` does not exist");
            (vec![path], Status::Missing(missing))
        }
    }
}
