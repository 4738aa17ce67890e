//! `file-mode-decimal`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::PodSpec;
use crate::yaml::Cursor;

rule! {
    /// The mode of a file in decimal digits that look like octal ones: `644` for `0644`.
    ///
    /// ## Why
    ///
    /// YAML reads `0644` as the octal number, and `644` as six hundred and forty-four, which is another mode, or none: the API
    /// server takes nothing above `0777`, which is 511.
    ///
    /// ## What passes
    ///
    /// - octal numbers: `0644`, `0o644`
    /// - decimal numbers that are such a mode: `420` is `0644`
    /// - JSON, which has decimal numbers alone
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///   volumes:
    ///     - name: key
    ///       secret:
    ///         secretName: key
    ///         defaultMode: 600
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///   volumes:
    ///     - name: key
    ///       secret:
    ///         secretName: key
    ///         defaultMode: 0600
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/secret/#secret-files-permissions>
    pub static RULE = "file-mode-decimal" {
        level: Warning,
        precision: VeryHigh,
        tags: ["validity"],
        aliases: [],
        checks: [Check::Pod(check)],
    }
}

/// Modes that people write. In decimal none of them is a mode that anybody means.
const MODES: [&str; 24] = [
    "400", "440", "444", "500", "544", "550", "554", "555", "600", "640", "644", "660", "664", "666", "700",
    "711", "740", "744", "750", "754", "755", "770", "775", "777",
];

fn check(pod: &PodSpec<'_>, cx: &mut Cx<'_>) {
    for volume in pod.volumes() {
        for kind in ["configMap", "secret", "downwardAPI", "projected"] {
            let Some(of_kind) = volume.get(kind) else { continue };
            mode(of_kind.get("defaultMode"), cx);
            let sources = of_kind.get("sources").into_iter().flat_map(|sources| sources.items());
            let inner = sources
                .flat_map(|source| ["configMap", "secret", "downwardAPI"].map(|kind| source.get(kind)));
            for from in inner.flatten().chain([of_kind]) {
                let items = from.get("items").into_iter().flat_map(|items| items.items());
                items.for_each(|item| mode(item.get("mode"), cx));
            }
        }
    }
}

fn mode(value: Option<Cursor<'_>>, cx: &mut Cx<'_>) {
    let Some((value, text)) = value.and_then(|value| Some((value, value.text()?))) else { return };
    let is_json = value.map().source(value.span().source).path().extension() == Some("json");
    if is_json || value.int().is_none() || !MODES.contains(&&*text) {
        return;
    }
    let report = Report {
        message: format!("`{text}` is a decimal number, not the mode `0{text}`"),
        why: "the file gets another mode, or the API server refuses the pod: it takes nothing above 511"
            .into(),
        help: format!("write `0{text}`").into(),
    };
    cx.report(At::value(value), report);
}
