//! `sync-wave-inverted`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::graph::GraphView;
use crate::model::ObjectView;
use crate::rules::support::{needs, together};
use crate::yaml::Cursor;

rule! {
    /// An object that Argo CD applies before something it cannot run without.
    ///
    /// ## Why
    ///
    /// Argo CD applies a phase or wave only when everything in the one before is healthy. A workload in an earlier
    /// wave than the ConfigMap, Secret, PersistentVolumeClaim or ServiceAccount it names never becomes healthy, so
    /// the wave with the missing object never comes: the first installation hangs. In the cluster of its author it
    /// works, because the object is there from before.
    ///
    /// ## What passes
    ///
    /// - objects of the same wave: Argo CD orders kinds within it
    /// - references to objects that the unit does not have
    /// - references that are `optional: true`
    /// - waves that are no numbers: `argo-sync-wave-invalid` is about those
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: job.yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: migrate
    ///   annotations:
    ///     argocd.argoproj.io/hook: PreSync
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: migrate
    ///           image: ghcr.io/acme/migrate:1.0
    ///           envFrom:
    ///             - secretRef:
    ///                 name: db
    /// # file: secret.yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata:
    ///   name: db
    /// spec:
    ///   secretStoreRef:
    ///     kind: ClusterSecretStore
    ///     name: vault
    ///   target:
    ///     name: db
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: job.yaml
    /// apiVersion: batch/v1
    /// kind: Job
    /// metadata:
    ///   name: migrate
    ///   annotations:
    ///     argocd.argoproj.io/hook: PreSync
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///         - name: migrate
    ///           image: ghcr.io/acme/migrate:1.0
    ///           envFrom:
    ///             - secretRef:
    ///                 name: db
    /// # file: secret.yaml
    /// apiVersion: external-secrets.io/v1
    /// kind: ExternalSecret
    /// metadata:
    ///   name: db
    ///   annotations:
    ///     argocd.argoproj.io/hook: PreSync
    ///     argocd.argoproj.io/sync-wave: "-1"
    /// spec:
    ///   secretStoreRef:
    ///     kind: ClusterSecretStore
    ///     name: vault
    ///   target:
    ///     name: db
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/>
    pub static RULE = "sync-wave-inverted" {
        level: Warning,
        precision: High,
        tags: ["argo-cd", "ordering"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

/// When Argo CD applies an object: the phase, then the wave.
type Turn = (u8, i64);

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    for group in together::groups(view) {
        let turns: Vec<(&ObjectView<'_>, Turn)> =
            group.objects.iter().filter_map(|object| Some((object, turn(object)?))).collect();
        // Most units have neither hooks nor waves.
        if turns.iter().all(|(_, turn)| *turn == SYNC) {
            continue;
        }
        for &(user, when) in &turns {
            for needs::Need { kind, name, .. } in needs::of(user).into_iter().filter(|need| !need.is_optional)
            {
                let text = name.text().unwrap_or_default();
                let provides = |object: &ObjectView<'_>| {
                    needs::provided(object, kind).is_some_and(|name| name == text)
                        && object.namespace() == user.namespace()
                };
                // What is there in any earlier or the same turn is enough.
                let mut providers = turns.iter().filter(|(object, _)| provides(object)).peekable();
                let Some(&&(first, _)) = providers.peek() else { continue };
                if providers.all(|(_, turn)| *turn > when) {
                    let units = group.units();
                    report(user, when, kind, name, first, cx).units = units;
                }
            }
        }
    }
}

const SYNC: Turn = (1, 0);

/// `None` for what is not synced with the rest, and for waves that are no numbers.
fn turn(object: &ObjectView<'_>) -> Option<Turn> {
    let hook = object.annotation("argocd.argoproj.io/hook").unwrap_or_default();
    let phases = hook.split(',').filter_map(|hook| match hook.trim() {
        "PreSync" => Some(0),
        "" | "Sync" => Some(1),
        "PostSync" => Some(2),
        _ => None,
    });
    let wave = match object.annotation("argocd.argoproj.io/sync-wave") {
        Some(wave) => wave.trim().parse().ok()?,
        None => 0,
    };
    Some((phases.min()?, wave))
}

fn report<'c>(
    user: &ObjectView<'_>,
    when: Turn,
    kind: &str,
    name: Cursor<'_>,
    provider: &ObjectView<'_>,
    cx: &'c mut Cx<'_>,
) -> &'c mut crate::finding::Finding {
    let said = |(phase, wave): Turn| {
        let phase = ["PreSync", "Sync", "PostSync"].get(usize::from(phase)).copied().unwrap_or_default();
        format!("{phase}, wave {wave}")
    };
    let later = turn(provider).unwrap_or(SYNC);
    let at = provider.root.path(&["metadata", "name"]).unwrap_or(provider.root);
    let span = provider.map.editable(at.span(), at.step());
    let finding = cx.report(
        At::value(name),
        Report {
            message: format!(
                "{} `{}` ({}) needs {kind} `{}`, which comes later ({})",
                user.kind(),
                user.name(),
                said(when),
                name.text().unwrap_or_default(),
                said(later)
            ),
            why: "it never becomes healthy, so the later wave never comes, and the first installation hangs"
                .into(),
            help: format!(
                "give the {} an earlier wave, or the same hook and an earlier wave",
                provider.kind()
            )
            .into(),
        },
    );
    finding.object = Some(user.object_name());
    finding.related.extend(span.map(|span| Related { span, message: "comes later".into() }));
    finding
}
