//! `appset-templated-project`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{OwnerKind, OwnerView, Status};
use crate::yaml::Cursor;

rule! {
    /// An ApplicationSet whose project comes from the files, directories or repositories that a generator finds.
    ///
    /// ## Why
    ///
    /// The project says what an Application may do. Whoever may write where the generator looks chooses the project:
    /// one without limits, and deploys anything anywhere, Argo CD included.
    ///
    /// Where a git generator looks at this repository it is a warning: people who may change those files may often
    /// change the ApplicationSet as well.
    ///
    /// ## What passes
    ///
    /// - a project from a `list` generator or from labels of clusters: administrators write those
    /// - the name of a cluster where another generator stands beside that of clusters
    /// - a project that a plugin gives is a warning: who runs the plugin decides
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: previews
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - scmProvider:
    ///         github:
    ///           organization: acme
    ///   template:
    ///     metadata:
    ///       name: "{{ .repository }}"
    ///     spec:
    ///       project: "{{ .repository }}"
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: previews
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - scmProvider:
    ///         github:
    ///           organization: acme
    ///   template:
    ///     metadata:
    ///       name: "{{ .repository }}"
    ///     spec:
    ///       project: previews
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Security/#templated-project-field>
    pub static RULE = "appset-templated-project" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["argo-cd", "security", "tenancy"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::ApplicationSet], check)],
    }
}

/// Where a parameter of the project comes from.
struct Feed<'w> {
    /// The generator, as a message names it.
    what: &'static str,
    at: Cursor<'w>,
    /// Whether it is a git generator that looks at this repository.
    is_own: bool,
}

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = owner.spec() else { return };
    let Some(project) = spec.path(&["template", "spec", "project"]) else { return };
    let text = project.text().unwrap_or_default();
    let parameters = parameters(&text);
    let generators = spec.get("generators").into_iter().flat_map(|list| list.items());
    let feeds = generators.filter_map(|entry| {
        let mut leaves = Vec::new();
        collect(entry, &mut leaves);
        let listed = |name: &String| leaves.iter().any(|(kind, body)| *kind == "list" && lists(*body, name));
        // Beside a generator of clusters the name is that of the cluster.
        let has_clusters = leaves.iter().any(|(kind, _)| *kind == "clusters");
        let of_a_cluster = |name: &String| has_clusters && is_of_clusters(name);
        let open: Vec<&String> =
            parameters.iter().filter(|name| !listed(name) && !of_a_cluster(name)).collect();
        leaves.iter().find_map(|(kind, body)| feed(owner, kind, *body, &open))
    });
    let Some(feed) = feeds.min_by_key(|feed| feed.is_own) else { return };
    let finding = cx.report(
        At::value(project),
        Report {
            message: format!(
                "the project of ApplicationSet `{}` comes from {}",
                owner.object.name(),
                feed.what
            ),
            why: "whoever may write there chooses the project, and with it what the Application may do"
                .into(),
            help: "write the project out, one ApplicationSet for each project".into(),
        },
    );
    let map = owner.view.map;
    if let Some(span) = map.in_file(feed.at.span()) {
        finding.related.push(crate::finding::Related { span, message: "the generator".into() });
    }
    if feed.is_own {
        finding.level = Level::Warning;
    }
}

/// The parameters in a text: the first names behind dots in Go templates, else what is between the braces.
fn parameters(text: &str) -> Vec<String> {
    let actions = text.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0));
    let word = |sign: char| sign.is_alphanumeric() || matches!(sign, '_' | '.' | '-' | '[' | ']');
    let name = |action: &str| {
        let words = action.split(|sign: char| !word(sign)).filter(|word| !word.is_empty());
        let fields: Vec<String> =
            words.clone().filter_map(|word| Some(word.strip_prefix('.')?.to_owned())).collect();
        if fields.is_empty() { words.map(str::to_owned).collect() } else { fields }
    };
    actions.flat_map(name).collect()
}

/// The generators in an entry that are no matrix and no merge.
fn collect<'w>(entry: Cursor<'w>, leaves: &mut Vec<(&'static str, Cursor<'w>)>) {
    const LEAVES: [&str; 6] = ["list", "clusters", "git", "scmProvider", "pullRequest", "plugin"];
    leaves.extend(LEAVES.into_iter().filter_map(|kind| Some((kind, entry.get(kind)?))));
    for combined in ["matrix", "merge"] {
        let inner = entry.path(&[combined, "generators"]);
        inner.into_iter().flat_map(|list| list.items()).for_each(|entry| collect(entry, leaves));
    }
}

/// Whether a list generator has a parameter.
fn lists(body: Cursor<'_>, name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    let mut elements = body.get("elements").into_iter().flat_map(|list| list.items());
    elements.any(|element| element.get(first).is_some() || element.get(name).is_some())
}

/// Whether a parameter is one that a generator of clusters provides. Values are written in the ApplicationSet.
fn is_of_clusters(name: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    matches!(first, "name" | "nameNormalized" | "server" | "metadata" | "values")
}

/// What a generator feeds into any of the parameters.
fn feed<'w>(owner: &OwnerView<'w>, kind: &str, body: Cursor<'w>, parameters: &[&String]) -> Option<Feed<'w>> {
    let what = match kind {
        "git" if body.get("files").is_some() && body.get("directories").is_none() => parameters
            .iter()
            .any(|name| !is_of_clusters(name))
            .then_some("files that a git generator finds")?,
        "git" => {
            let prefix =
                body.get("pathParamPrefix").and_then(|prefix| prefix.text()).unwrap_or("path".into());
            let is_path = |name: &&&String| name.starts_with(prefix.as_ref());
            parameters.iter().find(is_path).map(|_| "directories that a git generator finds")?
        }
        "scmProvider" if !parameters.is_empty() => "repositories that a generator finds",
        "pullRequest" if !parameters.is_empty() => "pull requests",
        "plugin" if !parameters.is_empty() => "a plugin",
        _ => return None,
    };
    let url = body.get("repoURL").unwrap_or(body);
    let delivery = owner.owner.deliveries.iter().find(|delivery| delivery.at == url.span());
    let is_foreign = delivery.is_none_or(|delivery| delivery.status != Status::Resolved);
    Some(Feed { what, at: url, is_own: kind == "plugin" || kind == "git" && !is_foreign })
}
