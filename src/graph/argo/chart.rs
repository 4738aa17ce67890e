//! `helm` of a source: the values, the name and the namespace that Argo CD gives a chart.
//!
//! Source: `util/helm` and `reposerver/repository` of Argo CD,
//! <https://argo-cd.readthedocs.io/en/stable/user-guide/helm/>.

use std::borrow::Cow;

use camino::Utf8Path;

use crate::graph::{Context, Status};
use crate::model::ObjectView;
use crate::render::helm::{Field, SetKind, ValuesLayer};
use crate::render::{Built, Event, EventKind, Gap};
use crate::source::Span;
use crate::yaml::Cursor;

use super::environment::Environment;
use super::values::ValueFile;

/// A chart that an Application installs.
pub struct Install<'a, 'w> {
    /// The files.
    pub context: &'a Context<'w>,
    /// Who installs it.
    pub application: &'a ObjectView<'a>,
    /// `spec` of the Application.
    pub spec: Cursor<'a>,
    /// `helm` of the source, where there is one.
    pub helm: Option<Cursor<'a>>,
    /// The files of values that it names.
    pub files: &'a [ValueFile],
    /// What Argo CD fills in.
    pub environment: &'a Environment<'a>,
}

impl<'a> Install<'a, '_> {
    /// The unit of the chart in a directory.
    pub fn build(&self, directory: &Utf8Path) -> Built {
        let renderer = self.context.renderer;
        let mut options = renderer.release_options(self.name(), self.namespace());
        let is = |name: &str| self.text(name).is_some_and(|text| text == "true");
        options.includes_crds = !is("skipCrds");
        options.checks_schema = !is("skipSchemaValidation");
        options.includes_tests = !is("skipTests");
        if let Some(version) = self.text("kubeVersion").filter(|version| !version.contains('$')) {
            options.kube_version = version.into_owned();
        }
        let versions = self.helm.and_then(|helm| helm.get("apiVersions"));
        let versions =
            versions.into_iter().flat_map(|list| list.items()).filter_map(|version| version.text());
        options.api_versions.extend(versions.map(Cow::into_owned));
        let mut open = Vec::new();
        let layers = self.layers(&mut open);
        let mut built = renderer.chart(directory, &layers, &options);
        if !open.is_empty() {
            // With the values that are not here the chart may well do.
            built.doubt();
        }
        built.note(self.context.map, open);
        built
    }

    fn text(&self, name: &str) -> Option<Cow<'a, str>> {
        self.helm?.get(name)?.text().filter(|text| !text.is_empty())
    }

    fn field(&self, value: Cursor<'_>) -> Field {
        Field {
            text: value.text().unwrap_or_default().into_owned(),
            span: self.context.map.editable(value.span(), value.step()),
        }
    }

    fn name(&self) -> Field {
        let own = self.helm.and_then(|helm| helm.get("releaseName"));
        let own = own.filter(|name| name.text().is_some_and(|text| !text.is_empty()));
        let name = own.or_else(|| self.application.root.path(&["metadata", "name"]));
        name.map(|name| self.field(name)).unwrap_or_default()
    }

    fn namespace(&self) -> Field {
        let own = self.helm.and_then(|helm| helm.get("namespace"));
        let namespace = own.or_else(|| self.spec.path(&["destination", "namespace"]));
        let namespace = namespace.map(|namespace| self.field(namespace)).unwrap_or_default();
        match namespace.text.is_empty() {
            true => Field { text: "default".to_owned(), span: None },
            false => namespace,
        }
    }

    /// The values in the order in which they win. What cannot be read here goes to `open`.
    fn layers(&self, open: &mut Vec<Event>) -> Vec<ValuesLayer> {
        let mut layers = Vec::new();
        for file in self.files.iter().filter(|file| file.parameter.is_none()) {
            let layer = |path| ValuesLayer::File { path, at: Some(file.at), is_optional: file.is_optional };
            match &file.status {
                Status::External | Status::Unverifiable(_) => open.push(elsewhere(file.at, &file.written)),
                Status::Resolved | Status::Missing(_) => layers.extend(file.paths.iter().cloned().map(layer)),
            }
        }
        let Some(helm) = self.helm else { return layers };
        // An empty one hides `values`, too.
        let object = helm.get("valuesObject").filter(|values| values.is_map());
        match (object, helm.get("values")) {
            (Some(object), _) => layers.push(ValuesLayer::Inline(object.tree())),
            (None, Some(text)) => layers.push(ValuesLayer::Embedded(text.tree())),
            (None, None) => {}
        }
        // Helm sets texts after everything else.
        let mut texts = Vec::new();
        for parameter in helm.get("parameters").into_iter().flat_map(|list| list.items()) {
            let text = |name: &str| parameter.get(name).and_then(|value| value.text());
            let (Some(name), value) = (text("name"), text("value").unwrap_or_default()) else { continue };
            let at = parameter.get("value").unwrap_or(parameter);
            let at = self.context.map.editable(at.span(), at.step()).unwrap_or(at.span());
            let Some(value) = self.environment.substitute(&value) else {
                open.push(elsewhere(at, &name));
                continue;
            };
            let is_text = parameter.get("forceString").and_then(|force| force.bool()).unwrap_or(false);
            let kind = if is_text { SetKind::Text } else { SetKind::Typed };
            let text = format!("{name}={}", with_commas(&value));
            let to = if is_text { &mut texts } else { &mut layers };
            to.push(ValuesLayer::Set { kind, text, at: Some(at) });
        }
        layers.append(&mut texts);
        for file in self.files {
            let Some(name) = &file.parameter else { continue };
            match (&file.status, file.paths.first()) {
                (Status::Resolved, Some(path)) => layers.push(ValuesLayer::Set {
                    kind: SetKind::File,
                    text: format!("{name}={path}"),
                    at: Some(file.at),
                }),
                _ => open.push(elsewhere(file.at, &file.written)),
            }
        }
        layers
    }
}

fn elsewhere(at: Span, what: &str) -> Event {
    let message = format!("the values of `{what}` are not known here");
    Event::new(EventKind::NotRendered(Gap::HelmValues), at, message)
}

/// Argo CD escapes commas that stand in no list.
fn with_commas(value: &str) -> Cow<'_, str> {
    if value.starts_with('{') && value.ends_with('}') || !value.contains(',') {
        return Cow::Borrowed(value);
    }
    let mut text = String::with_capacity(value.len());
    let mut before = '\\';
    for c in value.chars() {
        if c == ',' && before != '\\' {
            text.push('\\');
        }
        text.push(c);
        before = c;
    }
    Cow::Owned(text)
}
