//! Documents whose aliases stand for themselves, or for more than anybody reads.
//!
//! Owns the limits. Kubernetes refuses such documents (go-yaml: "value contains itself", "excessive aliasing"), and
//! whoever follows the aliases of one would not come to an end. So it is lost like any other that is no YAML, and
//! nothing behind the readers has to count what it follows.

use super::{Kind, Limits, Node, Parsed, Problem, ProblemKind};

/// Bytes of text that the aliases of one document may stand for.
const BYTES: u64 = 16 << 20;
/// Nodes that they may stand for.
const NODES: u64 = 1_000_000;

/// Drops the documents that grow beyond all limits when their aliases are followed, and says so.
pub fn bounded(mut parsed: Parsed, limits: Limits) -> Parsed {
    // Without anchors there are no aliases; most files have none.
    if parsed.arena.properties.is_empty() {
        return parsed;
    }
    let arena = std::sync::Arc::clone(&parsed.arena);
    let problems = &mut parsed.problems;
    parsed.documents.retain(|&root| match check(&arena.nodes, root as usize, limits) {
        Ok(()) => true,
        Err((node, message)) => {
            let span = node.span;
            problems.push(Problem { kind: ProblemKind::Aliases, span, message, related: None });
            false
        }
    });
    problems.sort_by_key(|problem| problem.span.start);
    parsed
}

/// What stands before a node, aliases followed.
#[derive(Clone, Copy, Default)]
struct Size {
    nodes: u64,
    bytes: u64,
}

/// A collection whose end has not come yet.
struct Open {
    node: usize,
    end: usize,
    height: u32,
}

/// One pass over a document: an alias names a node before it, whose size is known by then.
fn check(nodes: &[Node], root: usize, limits: Limits) -> Result<(), (&Node, String)> {
    let Some(document) = nodes.get(root).and_then(|node| nodes.get(root..root + node.skip as usize)) else {
        return Ok(());
    };
    if !document.iter().any(|node| node.kind == Kind::Alias) {
        return Ok(());
    }
    let mut sizes = Vec::with_capacity(document.len() + 1);
    let mut heights = vec![1_u32; document.len()];
    let mut open: Vec<Open> = Vec::new();
    let (mut size, mut aliased, mut aliased_bytes) = (Size::default(), 0_u64, 0_u64);
    let mut largest = (0_u64, document.first());
    for (index, node) in document.iter().enumerate() {
        while open.last().is_some_and(|last| last.end <= index) {
            let Some(closed) = open.pop() else { break };
            heights[closed.node] = closed.height;
            if let Some(parent) = open.last_mut() {
                parent.height = parent.height.max(closed.height.saturating_add(1));
            }
        }
        sizes.push(size);
        let mut height = 1;
        match node.kind {
            Kind::Map | Kind::Seq => {
                open.push(Open { node: index, end: index + node.skip as usize, height: 1 });
                size.nodes = size.nodes.saturating_add(1);
                continue;
            }
            Kind::Scalar => {
                size.nodes = size.nodes.saturating_add(1);
                size.bytes = size.bytes.saturating_add(u64::from(node.span.len));
            }
            Kind::Alias => {
                let target = (node.aux as usize).checked_sub(root);
                let end = target.and_then(|target| Some(target + document.get(target)?.skip as usize));
                let (Some(target), Some(end)) = (target, end.filter(|&end| end <= index)) else {
                    return Err((node, "the value that this alias stands for contains the alias".to_owned()));
                };
                let (from, to) = (sizes[target], sizes[end]);
                let more = to.nodes.saturating_sub(from.nodes);
                // go-yaml counts the alias as well.
                size.nodes = size.nodes.saturating_add(more).saturating_add(1);
                let more_bytes = to.bytes.saturating_sub(from.bytes);
                size.bytes = size.bytes.saturating_add(more_bytes);
                aliased = aliased.saturating_add(more);
                height = heights[target];
                if more > largest.0 {
                    largest = (more, Some(node));
                }
                if open.len() as u64 + u64::from(height) > u64::from(limits.depth) {
                    let limit = limits.depth;
                    return Err((
                        node,
                        format!("with this alias the document nests deeper than {limit} levels, the limit"),
                    ));
                }
                aliased_bytes = aliased_bytes.saturating_add(more_bytes);
                if aliased_bytes > BYTES {
                    let message = "the aliases of the document stand for more text than the limit of 16 MiB";
                    return Err((node, message.to_owned()));
                }
            }
        }
        if let Some(parent) = open.last_mut() {
            parent.height = parent.height.max(height.saturating_add(1));
        }
    }
    match largest.1 {
        Some(node) if is_excessive(aliased, size.nodes) => Err((
            node,
            format!("the document contains excessive aliasing: aliases stand for {aliased} of its values"),
        )),
        _ => Ok(()),
    }
}

/// Whether go-yaml gives up: the larger the document is, the smaller a part of it may come from aliases.
fn is_excessive(aliased: u64, all: u64) -> bool {
    const SMALL: u64 = 400_000;
    const LARGE: u64 = 4_000_000;
    let allowed = match all {
        ..=SMALL => 0.99,
        LARGE.. => 0.10,
        _ => 0.99 - 0.89 * ((all - SMALL) as f64 / (LARGE - SMALL) as f64),
    };
    aliased > NODES || aliased > 100 && all > 1_000 && aliased as f64 / all as f64 > allowed
}

#[cfg(test)]
mod tests {
    use crate::source::{Source, SourceId, SourceKind};
    use crate::yaml::{Limits, parse};

    /// The documents that are left, and the problem with its place.
    fn read(text: &str) -> (usize, Option<(String, String)>) {
        let source = Source::new("a.yaml", SourceKind::File, text.to_owned());
        let parsed = parse(&source, SourceId(0), Limits::default());
        let problem = parsed.problems.first().map(|problem| {
            let (start, end) = (problem.span.start as usize, problem.span.end() as usize);
            (text[start..end].to_owned(), problem.message.clone())
        });
        (parsed.documents.len(), problem)
    }

    fn refused(text: &str, at: &str, why: &str) {
        let (documents, problem) = read(text);
        let (place, message) = problem.unwrap_or_default();
        assert_eq!((documents, place.as_str()), (0, at), "{message}");
        assert!(message.contains(why), "{message}");
    }

    #[test]
    fn ordinary_aliases_stay() {
        assert_eq!(read("a: &a {x: 1}\nb: *a\nc: {<<: *a, d: [*a, *a]}\n"), (1, None));
        let many = format!("a: &a {{x: 1, y: 2}}\nb:\n{}", "- *a\n".repeat(2_000));
        assert_eq!(read(&many), (1, None));
    }

    #[test]
    fn a_value_that_contains_itself_is_refused() {
        refused("a: &a [*a]\n", "*a", "contains the alias");
        refused("spec: &s {x: {y: [1, *s]}}\n", "*s", "contains the alias");
        refused("&r {a: &b [1], c: *b, d: *r}\n", "*r", "contains the alias");
    }

    #[test]
    fn the_other_documents_stay() {
        let (documents, problem) = read("a: 1\n---\na: &a [*a]\n---\nb: &b [1]\nc: *b\n");
        assert_eq!((documents, problem.map(|it| it.0).as_deref()), (2, Some("*a")));
    }

    #[test]
    fn what_grows_without_end_is_refused() {
        let levels = |count: usize, item: &dyn Fn(usize) -> String| {
            let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
            (1..count).for_each(|n| text += &format!("a{n}: &a{n} {}\n", item(n - 1)));
            text
        };
        let nine = |n: usize| format!("[{}]", vec![format!("*a{n}"); 9].join(", "));
        refused(&levels(6, &nine), "*a4", "excessive aliasing");
        refused(&levels(9, &nine), "*a6", "16 MiB");
        refused(&levels(40, &nine), "*a6", "16 MiB");
        refused(&levels(300, &|n| format!("[*a{n}]")), "*a253", "256 levels");
        let text = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 100].join(", "));
        refused(&text, "*a", "16 MiB");
    }
}
