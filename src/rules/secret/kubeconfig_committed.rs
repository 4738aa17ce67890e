//! `kubeconfig-committed`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::model::DocumentView;
use crate::model::secret::{kubeconfig, sops};
use crate::yaml::Cursor;

rule! {
    /// A kubeconfig that logs in to a cluster by itself.
    ///
    /// ## Why
    ///
    /// A token, a client key or a password in a kubeconfig is access to the cluster for everybody who can read the
    /// repository, and client certificates cannot be revoked one by one.
    ///
    /// ## What passes
    ///
    /// - users with an `exec` plugin, which fetches a short-lived token
    /// - `tokenFile` and `client-key`, which name files outside
    /// - templates, references and what kubectl prints for hidden data (`REDACTED`, `DATA+OMITTED`)
    /// - a cluster at `127.0.0.1` with a name that kind, k3d, minikube or the like gives: a note
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    ///   - name: prod
    ///     cluster:
    ///       server: https://10.0.0.1:6443
    /// users:
    ///   - name: ci
    ///     user:
    ///       token: q7Zk3PqX9vLw2RtY7aBc4DeF5
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    ///   - name: prod
    ///     cluster:
    ///       server: https://10.0.0.1:6443
    /// users:
    ///   - name: ci
    ///     user:
    ///       exec:
    ///         apiVersion: client.authentication.k8s.io/v1
    ///         command: aws
    ///         args: [eks, get-token, --cluster-name, prod]
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/>
    pub static RULE = "kubeconfig-committed" {
        level: Error,
        security: 9.0,
        precision: VeryHigh,
        tags: ["secret", "security"],
        aliases: [],
        checks: [Check::Document(check)],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if !kubeconfig::is_kubeconfig(document.root) || sops::is_sops(document.root) {
        return;
    }
    let is_local = is_local(document);
    // One finding for each user.
    for (user, credentials) in kubeconfig::credentials(document.root) {
        let Some(first) = credentials.first() else { continue };
        let name = user.get("name").and_then(|name| name.text()).unwrap_or_default();
        let fields = credentials.iter().filter_map(|value| value.key()?.text());
        let fields: Vec<String> = fields.map(|field| format!("`{field}`")).collect();
        let finding = cx.report(
            At::key(*first),
            Report {
                message: format!("kubeconfig holds the credentials of user `{name}`: {}", fields.join(", ")),
                why: "whoever reads the repository can act on the cluster as this user".into(),
                help:
                    "revoke the credential; use an `exec` plugin, or keep the kubeconfig in a secret manager"
                        .into(),
            },
        );
        if is_local {
            finding.level = Level::Note;
            finding.why = "its cluster is on the machine that it was made on".into();
        }
    }
}

/// Whether all clusters are at the address of the machine itself and have names as the tools give that make such. The
/// address alone says nothing: the administrator's file of k3s and RKE2 has it on every server, with the name `default`.
fn is_local(document: &DocumentView<'_>) -> bool {
    let clusters = document.root.get("clusters").into_iter().flat_map(|clusters| clusters.items());
    let is_local = |cluster: Cursor<'_>| {
        let server =
            cluster.path(&["cluster", "server"]).and_then(|server| server.text()).unwrap_or_default();
        let name = cluster.get("name").and_then(|name| name.text()).unwrap_or_default();
        let host = server.split_once("://").map_or(&*server, |(_, host)| host);
        ["localhost:", "127.", "0.0.0.0:"].iter().any(|start| host.starts_with(start))
            && (["kind-", "k3d-"].iter().any(|start| name.starts_with(start))
                || ["minikube", "docker-desktop", "rancher-desktop", "orbstack", "colima"].contains(&&*name))
    };
    let mut clusters = clusters.peekable();
    clusters.peek().is_some() && clusters.all(is_local)
}
