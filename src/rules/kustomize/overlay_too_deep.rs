//! `overlay-too-deep`

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::model::{File, KUSTOMIZATION_NAMES, KustomizationView, Usage, normalise};
use crate::yaml::Cursor;

rule! {
    /// A chain of kustomizations that is hard to follow.
    ///
    /// ## Why
    ///
    /// Each kustomization of a chain may change what the one below it made. Beyond four of them nobody can say from
    /// reading where a value comes from, and a change in the lowest reaches places nobody thought of.
    ///
    /// Counted are kustomizations that include one another under `resources` or `bases`, from the one that nothing
    /// includes: the last of them, and those above it that change what they include.
    ///
    /// ## What passes
    ///
    /// - chains of up to four kustomizations
    /// - kustomizations that only list others, however many lie between
    /// - components, which are beside a chain and not below it
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: prod/eu/kustomization.yaml
    /// namePrefix: eu-
    /// resources:
    ///   - ../all
    /// # file: prod/all/kustomization.yaml
    /// namespace: prod
    /// resources:
    ///   - ../../cloud
    /// # file: cloud/kustomization.yaml
    /// images:
    ///   - name: web
    ///     newTag: 1.8.2
    /// resources:
    ///   - ../team
    /// # file: team/kustomization.yaml
    /// labels:
    ///   - pairs:
    ///       team: shop
    /// resources:
    ///   - ../base
    /// # file: base/kustomization.yaml
    /// resources: []
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: prod/kustomization.yaml
    /// resources:
    ///   - ../base
    /// # file: base/kustomization.yaml
    /// resources: []
    /// ```
    pub static RULE = "overlay-too-deep" {
        level: Note,
        precision: VeryHigh,
        tags: ["kustomize", "maintainability"],
        aliases: [],
        checks: [Check::Around(&Check::Kustomization(check))],
    }
}

/// Kustomizations of a chain that a person can follow.
const READABLE: usize = 4;

fn check(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let document = &kustomization.document;
    if document.file.usage == Usage::Rendered {
        return;
    }
    let top = document.path().parent().unwrap_or(Utf8Path::new(""));
    let mut chains = Chains { world: cx.world(), known: FxHashMap::default() };
    chains.known.insert(top.to_owned(), Vec::new());
    for (entry, included) in includes(document.root, top) {
        let mut chain = chains.below(&included);
        if changes(document.root) {
            chain.push(top.to_owned());
        }
        chain.reverse();
        if chain.len() <= READABLE {
            continue;
        }
        let names: Vec<&str> =
            chain.iter().map(|path| if path == "" { "." } else { path.as_str() }).collect();
        cx.report(
            At::value(entry),
            Report {
                message: format!(
                    "{} kustomizations build on one another: {}",
                    chain.len(),
                    names.join(" → ")
                ),
                why: "nobody can say from reading where a value comes from, and a change below reaches far"
                    .into(),
                help: "merge neighbours of the chain, or turn what is optional into components".into(),
            },
        );
    }
}

/// The directories that a kustomization includes, with the entries that say so.
fn includes<'w>(root: Cursor<'w>, directory: &Utf8Path) -> Vec<(Cursor<'w>, Utf8PathBuf)> {
    let lists = ["resources", "bases"].into_iter().filter_map(|name| root.get(name));
    let entries = lists.flat_map(|list| list.items());
    // Most entries are manifests, and looking for them as directories costs more than the rest.
    let is_file = |path: &str| path.ends_with(".yaml") || path.ends_with(".yml");
    let paths = entries.filter_map(|entry| Some((entry, entry.text().filter(|path| !is_file(path))?)));
    paths.map(|(entry, path)| (entry, normalise(&directory.join(&*path)))).collect()
}

/// Whether a kustomization does more than list others.
fn changes(root: Cursor<'_>) -> bool {
    const LISTS: [&str; 5] = ["apiVersion", "kind", "metadata", "resources", "bases"];
    root.entries().iter().any(|entry| entry.key.text().is_some_and(|key| !LISTS.contains(&&*key)))
}

struct Chains<'w> {
    world: &'w World,
    /// The longest chain of what counts from a directory down, the lowest first. Empty while it is looked for, so that a circle ends.
    known: FxHashMap<Utf8PathBuf, Vec<Utf8PathBuf>>,
}

impl Chains<'_> {
    fn below(&mut self, directory: &Utf8Path) -> Vec<Utf8PathBuf> {
        if let Some(known) = self.known.get(directory) {
            return known.clone();
        }
        let world = self.world;
        let Some(file) = file(world, directory) else { return Vec::new() };
        self.known.insert(directory.to_owned(), Vec::new());
        let roots = file.documents.iter().map(|document| Cursor::new(&world.map, &document.tree));
        let included = roots.flat_map(|root| includes(root, directory)).map(|(_, path)| path);
        let chains = included.collect::<Vec<_>>().into_iter().map(|path| self.below(&path));
        let mut longest: Vec<Utf8PathBuf> = chains.max_by_key(Vec::len).unwrap_or_default();
        let mut roots = file.documents.iter().map(|document| Cursor::new(&world.map, &document.tree));
        if longest.is_empty() || roots.any(changes) {
            longest.push(directory.to_owned());
        }
        self.known.insert(directory.to_owned(), longest.clone());
        longest
    }
}

fn file<'w>(world: &'w World, directory: &Utf8Path) -> Option<&'w File> {
    KUSTOMIZATION_NAMES.iter().find_map(|name| world.repository.file(&directory.join(name)))
}
