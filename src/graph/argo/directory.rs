//! Manifests as they stand in a directory: which files Argo CD reads there.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/user-guide/directory/>.

use camino::Utf8Path;

use crate::graph::Context;
use crate::model::File;
use crate::yaml::Cursor;

use super::glob::Glob;

/// A file with this in a comment is left out.
const SKIPPED: &str = "+argocd:skip-file-rendering";

/// The files of a directory that are manifests, as the `directory` section of a source chooses them.
pub fn files<'w>(context: &Context<'w>, directory: &Utf8Path, options: Option<Cursor<'_>>) -> Vec<&'w File> {
    let option = |name: &str| options.and_then(|options| options.get(name));
    let recurses = option("recurse").and_then(|value| value.bool()).unwrap_or(false);
    let pattern = |name: &str| {
        let text = option(name).and_then(|value| value.text()).filter(|text| !text.is_empty())?;
        Some(Glob::flat(&text))
    };
    let (include, exclude) = (pattern("include"), pattern("exclude"));
    // A pattern that is none matches nothing.
    let matches =
        |glob: &Option<Glob>, path: &Utf8Path| glob.as_ref().is_some_and(|glob| glob.matches(path.as_str()));
    let is_manifest = |path: &Utf8Path, file: &File| {
        let relative = path.strip_prefix(directory).unwrap_or(path);
        matches!(path.extension(), Some("yaml" | "yml" | "json"))
            && !exclude.as_ref().is_some_and(|exclude| matches(exclude, relative))
            && include.as_ref().is_none_or(|include| matches(include, relative))
            && !context.map.source(file.source).text().contains(SKIPPED)
    };
    let is_near = |path: &Utf8Path| recurses || path.parent() == Some(directory);
    let files = context.below(directory).filter(|(path, file)| is_near(path) && is_manifest(path, file));
    files.map(|(_, file)| file).collect()
}
