//! Files that a pipeline of GitLab includes: by path or by pattern from this repository, by name from elsewhere.

use regex::Regex;

use crate::model::{FileView, Repository};
use crate::yaml::Cursor;

use super::super::files::resolve;
use super::super::read::{one_or_more, texts};
use super::super::{Gap, GapKind};

/// The files that any document of a file includes.
pub(in crate::ci) fn includes<'w>(repository: &'w Repository, file: &FileView<'w>) -> Vec<FileView<'w>> {
    let mut ignored = Vec::new();
    let mut found = Vec::new();
    for document in file.documents() {
        if let Some(include) = document.root.get("include") {
            found.extend(files(repository, include, &mut ignored));
        }
        for job in document.root.entries() {
            if let Some(include) = job.value.path(&["trigger", "include"]) {
                found.extend(files(repository, include, &mut ignored));
            }
        }
    }
    found
}

/// The files of this repository that an `include` names, in its order.
pub(super) fn files<'w>(
    repository: &'w Repository,
    include: Cursor<'w>,
    gaps: &mut Vec<Gap>,
) -> Vec<FileView<'w>> {
    let mut found = Vec::new();
    for item in one_or_more(Some(include)) {
        // A text is a path, or the address of a file that is elsewhere.
        let local = item.get("local").or_else(|| item.text().is_some().then_some(item));
        if local.is_none() {
            gaps.push(Gap { span: item.span().part(0, 1), kind: GapKind::Elsewhere });
        }
        for path in texts(local) {
            let gap = |kind| Gap { span: path.span, kind };
            if path.text.contains("://") {
                gaps.push(gap(GapKind::Elsewhere));
            } else if path.text.contains('$') {
                gaps.push(gap(GapKind::Computed));
            } else if path.text.contains('*') {
                found.extend(matching(repository, item, &path.text));
            } else if let Some(file) = repository.file(&resolve("".into(), &path.text)) {
                found.push(FileView { map: item.map(), file });
            } else if item.get("rules").is_none() {
                gaps.push(gap(GapKind::Missing));
            }
        }
    }
    found
}

/// The files of a pattern: `**` is anything, `*` anything without a `/`.
fn matching<'w>(repository: &'w Repository, item: Cursor<'w>, pattern: &str) -> Vec<FileView<'w>> {
    let escaped = regex::escape(pattern.trim_start_matches('/'));
    let expression = format!("^{}$", escaped.replace(r"\*\*", ".*").replace(r"\*", "[^/]*"));
    let Ok(expression) = Regex::new(&expression) else { return Vec::new() };
    let map = item.map();
    let files = repository.files.iter();
    let files = files.filter(|file| expression.is_match(map.source(file.source).path().as_str()));
    files.map(|file| FileView { map, file }).collect()
}
