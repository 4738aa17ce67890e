//! AppProjects: which sources, destinations and kinds they permit, decided as Argo CD does.
//!
//! Source: `pkg/apis/application/v1alpha1/app_project_types.go` and `util/git/git.go` of Argo CD.

use crate::model::{KindName, ObjectView};
use crate::yaml::Cursor;

use super::application::is_in_cluster;
use super::glob::Glob;

/// An AppProject.
#[derive(Clone, Copy)]
pub struct Project<'w> {
    /// The object.
    pub object: ObjectView<'w>,
    spec: Option<Cursor<'w>>,
}

/// A verdict on a permission.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Permission {
    /// Given.
    Granted,
    /// Not given.
    Denied,
    /// Depends on what the repository does not say: the name of a cluster known by its address, or the other way round.
    Unknown,
}

impl<'w> Project<'w> {
    /// API group and kind of projects.
    pub const KIND: KindName = KindName { group: "argoproj.io", kind: "AppProject" };

    /// The project that an object is.
    pub fn new(object: ObjectView<'w>) -> Option<Self> {
        object.is(Self::KIND).then(|| Self { object, spec: object.root.get("spec") })
    }

    /// The items of a list of `spec`.
    pub fn list(&self, field: &str) -> Vec<Cursor<'w>> {
        self.spec.and_then(|spec| spec.get(field)).into_iter().flat_map(|list| list.items()).collect()
    }

    /// Whether a field of `spec` is there, empty or not.
    pub fn has(&self, field: &str) -> bool {
        self.spec.and_then(|spec| spec.get(field)).is_some_and(|value| !value.is_null())
    }

    /// Whether a source at this address is permitted. A pattern with `!` only takes away.
    pub fn permits_source(&self, url: &str) -> bool {
        let url = normalize_git_url(url);
        let mut is_permitted = false;
        for pattern in self.list("sourceRepos").iter().filter_map(|item| item.text()) {
            let (is_denial, pattern) = denial(&pattern);
            let pattern = normalize_git_url(pattern);
            let is_match = pattern == "*" || Glob::separated(&pattern).is_some_and(|glob| glob.matches(&url));
            match (is_denial, is_match) {
                (true, true) => return false,
                (true, false) => is_permitted = true,
                (false, is_match) => is_permitted |= is_match,
            }
        }
        is_permitted
    }

    /// Whether a namespace of a cluster, known by name or by address, is a permitted destination.
    pub fn permits_destination(
        &self,
        name: Option<&str>,
        server: Option<&str>,
        namespace: &str,
    ) -> Permission {
        let known = name.or(server).unwrap_or_default();
        let (name, server) = match is_in_cluster(known) {
            true => (Some("in-cluster"), Some("https://kubernetes.default.svc")),
            false => (name, server),
        };
        let mut verdict = Permission::Denied;
        for item in self.list("destinations") {
            let text = |field: &str| item.get(field).and_then(|value| value.text()).unwrap_or_default();
            let (item_name, item_server, item_namespace) = (text("name"), text("server"), text("namespace"));
            let is_namespace = matches(&item_namespace, namespace);
            let by_name = name.is_some_and(|name| matches(&item_name, name));
            let by_server = server.is_some_and(|server| matches(&item_server, server));
            let depends =
                |known: Option<&str>, pattern: &str| known.is_none() && !matches!(pattern, "" | "*");
            let is_open = depends(name, &item_name) || depends(server, &item_server);
            let is_any = (name.is_none() && item_name == "*") || (server.is_none() && item_server == "*");
            let is_cluster = by_name || by_server || is_any;
            let denies = |pattern: &str| pattern.starts_with('!');
            if is_cluster && is_namespace {
                verdict = Permission::Granted;
            } else if is_open && (is_namespace || denies(&item_namespace)) {
                if verdict == Permission::Denied || denies(&item_name) || denies(&item_server) {
                    verdict = Permission::Unknown;
                }
            } else if (!by_name && denies(&item_name))
                || (!by_server && denies(&item_server) && is_namespace)
                || (!is_namespace && denies(&item_namespace) && (by_server || is_any))
            {
                return Permission::Denied;
            }
        }
        verdict
    }

    /// Whether objects of a kind may be applied. A list of kinds for namespaces that is absent permits all; one for
    /// clusters permits none.
    pub fn permits_kind(&self, group: &str, kind: &str, name: &str, is_namespaced: bool) -> bool {
        let listed = |field: &str| {
            self.list(field).into_iter().any(|item| {
                let text = |field: &str| item.get(field).and_then(|value| value.text()).unwrap_or_default();
                let fits = |pattern: &str, text: &str| {
                    pattern == text || Glob::flat(pattern).is_some_and(|glob| glob.matches(text))
                };
                let named = text("name");
                fits(&text("group"), group)
                    && fits(&text("kind"), kind)
                    && (is_namespaced || named.is_empty() || fits(&named, name))
            })
        };
        let (allowed, denied) = match is_namespaced {
            true => {
                let field = "namespaceResourceWhitelist";
                (!self.has(field) || listed(field), listed("namespaceResourceBlacklist"))
            }
            false => (listed("clusterResourceWhitelist"), listed("clusterResourceBlacklist")),
        };
        allowed && !denied
    }
}

/// Whether a pattern takes away, and what it is about.
fn denial(pattern: &str) -> (bool, &str) {
    pattern.strip_prefix('!').map_or((false, pattern), |rest| (true, rest))
}

/// Argo CD's `globMatch` with negation: `!x` matches all but `x`.
fn matches(pattern: &str, text: &str) -> bool {
    let fits = |pattern: &str| pattern == "*" || Glob::flat(pattern).is_some_and(|glob| glob.matches(text));
    match denial(pattern) {
        (true, pattern) => !fits(pattern),
        (false, pattern) => fits(pattern),
    }
}

/// An address as Argo CD compares it with those of a project: in lower case and without `.git`. SSH and HTTPS remain
/// two addresses.
pub fn normalize_git_url(url: &str) -> String {
    let mut url = url.trim().to_lowercase();
    let is_scp = |url: &str| {
        url.split_once('@')
            .is_some_and(|(user, rest)| !user.contains([':', '/']) && !rest.contains('@') && !rest.is_empty())
    };
    if !url.starts_with("ssh://") && is_scp(&url) {
        url = format!("ssh://{}", url.replacen(':', "/", 1));
    }
    let url = url.strip_suffix(".git").unwrap_or(&url);
    url.strip_prefix("ssh://").unwrap_or(url).to_owned()
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use crate::model::Object;
    use crate::source::{Source, SourceId, SourceKind, SourceMap};
    use crate::yaml::{Limits, parse};

    use super::*;

    fn with<R>(spec: &str, ask: impl FnOnce(Project<'_>) -> R) -> R {
        let text = format!("{{apiVersion: argoproj.io/v1alpha1, kind: AppProject, spec: {spec}}}");
        let map = SourceMap::new(vec![Source::new("p.yaml", SourceKind::File, text)]);
        let parsed = parse(map.source(SourceId(0)), SourceId(0), Limits::default());
        let object = Object::parsed(&map, parsed.trees().next().expect("a document"));
        ask(Project::new(ObjectView::new(&map, None, &object)).expect("a project"))
    }

    #[test]
    fn sources() {
        for (repos, url, expected) in [
            ("['*']", "https://github.com/acme/gitops", true),
            ("['https://github.com/acme/gitops']", "https://github.com/acme/GitOps.git", true),
            ("['https://github.com/acme/gitops']", "git@github.com:acme/gitops.git", false),
            ("['git@github.com:acme/gitops.git']", "ssh://git@github.com/acme/gitops", true),
            ("['https://github.com/acme/*']", "https://github.com/acme/a/b", false),
            ("['https://github.com/**']", "https://github.com/acme/a/b", true),
            ("['*', '!https://github.com/evil/*']", "https://github.com/evil/x", false),
            ("['!https://github.com/evil/*']", "https://github.com/acme/x", true),
            ("[]", "https://github.com/acme/x", false),
        ] {
            let verdict = with(&format!("{{sourceRepos: {repos}}}"), |project| project.permits_source(url));
            assert_eq!(verdict, expected, "{repos} on {url}");
        }
    }

    #[test]
    fn destinations() {
        use Permission::{Denied, Granted, Unknown};
        let local = "https://kubernetes.default.svc";
        for (destinations, name, server, namespace, expected) in [
            ("[{server: '*', namespace: '*'}]", None, Some(local), "shop", Granted),
            ("[{server: '*', namespace: '*'}]", Some("prod"), None, "shop", Granted),
            ("[{name: in-cluster, namespace: 'shop-*'}]", None, Some(local), "shop-a", Granted),
            ("[{name: in-cluster, namespace: 'shop-*'}]", None, Some(local), "team", Denied),
            ("[{server: 'https://10.0.0.1', namespace: shop}]", Some("prod"), None, "shop", Unknown),
            ("[{server: 'https://10.0.0.1', namespace: shop}]", Some("prod"), None, "other", Denied),
            (
                "[{server: '*', namespace: '*'}, {server: '*', namespace: '!argocd'}]",
                None,
                Some(local),
                "argocd",
                Denied,
            ),
            (
                "[{server: '*', namespace: '*'}, {server: '*', namespace: '!argocd'}]",
                None,
                Some(local),
                "a",
                Granted,
            ),
            ("[]", None, Some(local), "shop", Denied),
        ] {
            let spec = format!("{{destinations: {destinations}}}");
            let verdict = with(&spec, |project| project.permits_destination(name, server, namespace));
            assert_eq!(verdict, expected, "{destinations} on {name:?} {server:?} {namespace}");
        }
    }

    #[test]
    fn kinds() {
        let permits = |spec: &str, group: &str, kind: &str, namespaced: bool| {
            with(spec, |project| project.permits_kind(group, kind, "x", namespaced))
        };
        assert!(permits("{}", "apps", "Deployment", true));
        assert!(!permits("{}", "", "Namespace", false));
        assert!(permits("{clusterResourceWhitelist: [{group: '*', kind: '*'}]}", "", "Namespace", false));
        assert!(!permits("{namespaceResourceWhitelist: []}", "apps", "Deployment", true));
        assert!(!permits("{namespaceResourceBlacklist: [{group: '', kind: Secret}]}", "", "Secret", true));
        assert!(!permits(
            "{clusterResourceWhitelist: [{group: '', kind: Namespace, name: 'shop-*'}]}",
            "",
            "Namespace",
            false
        ));
    }
}
