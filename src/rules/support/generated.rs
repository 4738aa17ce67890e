//! Which files programs wrote: a copy of such a file is made by running the program again.
//!
//! Must not report anything.

use crate::model::{File, ObjectView};
use crate::source::SourceMap;
use crate::yaml::Cursor;

/// Bytes that are the head of a file.
const HEAD: u32 = 1024;
/// The output of a build holds many objects; what people sort by hand holds few.
const MANY: usize = 5;

/// Whether a program wrote a file: its head says so, or it looks like the output of `kustomize build`, many objects
/// without any comment and with all keys in the order of the alphabet.
pub fn is_generated(file: &File, map: &SourceMap) -> bool {
    let source = map.source(file.source);
    let mut head = file.parsed.comments.iter().take_while(|comment| comment.span.start < HEAD);
    let says_so = head.any(|comment| {
        let text = source.slice(comment.span).to_ascii_lowercase();
        // `helm template` names the template.
        text.contains("generated") || text.contains("do not edit") || text.starts_with("# source:")
    });
    says_so || is_build_output(file, map)
}

fn is_build_output(file: &File, map: &SourceMap) -> bool {
    file.parsed.comments.is_empty()
        && file.objects.len() >= MANY
        && file.objects.iter().all(|object| is_sorted(ObjectView::new(map, None, object).root))
}

/// Whether the keys of all mappings are sorted. A reader's limit on depth holds here as well.
fn is_sorted(value: Cursor<'_>) -> bool {
    if value.alias().is_some() {
        // No program writes aliases.
        return false;
    }
    let entries = value.entries();
    entries.iter().map(|entry| entry.key.text()).is_sorted()
        && entries.iter().all(|entry| is_sorted(entry.value))
        && value.items().all(is_sorted)
}

/// Whether an object was rendered from a chart, which labels what it makes.
pub fn is_from_a_chart(object: &ObjectView<'_>) -> bool {
    object.label("helm.sh/chart").is_some()
        || object.label("app.kubernetes.io/managed-by").is_some_and(|by| by == "Helm")
}
