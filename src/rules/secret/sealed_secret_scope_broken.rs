//! `sealed-secret-scope-broken`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::{KindName, ObjectView};
use crate::source::{InputRole, SourceMap, StepId, StepKind};
use crate::yaml::Cursor;

rule! {
    /// A SealedSecret that is applied under another name or namespace than the one it was sealed for.
    ///
    /// ## Why
    ///
    /// Name and namespace are part of what is encrypted. Kustomize rewrites `metadata` and leaves the encrypted values
    /// as they are, so the controller answers "no key could decrypt secret", and the Secret is never made. What runs
    /// keeps the old Secret until it restarts.
    ///
    /// Compared are the rendered `metadata` with that of the source file and with `spec.template.metadata`.
    ///
    /// ## What passes
    ///
    /// - scope `namespace-wide` under another name, and scope `cluster-wide` under any name and namespace
    /// - a source without namespace that gets one: it was sealed for the namespace it goes to
    /// - an overlay that replaces all of `encryptedData`: it was sealed again
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// namespace: prod
    /// resources:
    ///   - db.yaml
    /// # file: db.yaml
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata:
    ///   name: db
    ///   namespace: dev
    /// spec:
    ///   encryptedData:
    ///     password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// namespace: prod
    /// resources:
    ///   - db.yaml
    /// # file: db.yaml
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// metadata:
    ///   name: db
    ///   namespace: prod
    /// spec:
    ///   encryptedData:
    ///     password: AgBy3i4OJSWK+PiTySYZZA9rO43cGDEq
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/bitnami-labs/sealed-secrets#scopes>
    pub static RULE = "sealed-secret-scope-broken" {
        level: Error,
        precision: VeryHigh,
        tags: ["secret", "kustomize"],
        aliases: [],
        checks: [Check::Object(&[SEALED_SECRET], check)],
    }
}

const SEALED_SECRET: KindName = KindName { group: "bitnami.com", kind: "SealedSecret" };
/// Steps that a value is followed back through.
const CHAIN: usize = 64;

fn check(sealed: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let is_set = |scope: &str| {
        let annotation = sealed.annotation(&format!("sealedsecrets.bitnami.com/{scope}"));
        annotation.is_some_and(|value| value == "true")
    };
    if is_set("cluster-wide") || is_sealed_again(sealed) {
        return;
    }
    let fields: &[&str] = if is_set("namespace-wide") { &["namespace"] } else { &["name", "namespace"] };
    let mut changes = Vec::new();
    for &field in fields {
        let Some(value) = sealed.root.path(&["metadata", field]) else { continue };
        let Some(now) = value.text().filter(|now| !now.is_empty()) else { continue };
        let template = || sealed.root.path(&["spec", "template", "metadata", field])?.text();
        let before = original(sealed.map, value).filter(|before| *before != now);
        let sealed_for = before.or_else(|| template().map(|text| text.into_owned()));
        if let Some(sealed_for) = sealed_for.filter(|text| !text.is_empty() && **text != *now) {
            changes.push((value, format!("{field} `{now}`"), format!("`{sealed_for}`")));
        }
    }
    let Some((value, ..)) = changes.first() else { return };
    let list = |words: Vec<&str>| words.join(" and ");
    let now = list(changes.iter().map(|(_, now, _)| &**now).collect());
    let before = list(changes.iter().map(|(.., before)| &**before).collect());
    // The line that changes the value is the one to talk about, not the one in the base that it changes.
    let step = sealed.map.step(value.step()).and_then(|step| sealed.map.in_file(step.entry));
    let at = step.map_or_else(|| At::value(*value), At::span);
    let finding = cx.report(
        at,
        Report {
            message: format!("SealedSecret `{}` is applied with {now} but was sealed for {before}", sealed.name()),
            why: "name and namespace are part of what is encrypted: the controller cannot decrypt it and makes no \
                  Secret"
                .into(),
            help: "seal the value again for this name and namespace with `kubeseal`, one file for each overlay, or \
                   take the SealedSecret out of what the overlay renames"
                .into(),
        },
    );
    finding.object = Some(sealed.object_name());
}

/// What a value was in its own file, when a step has changed it. `None` for a value that no file had.
fn original(map: &SourceMap, value: Cursor<'_>) -> Option<String> {
    let (mut span, mut id) = (value.span(), value.step());
    for _ in 0..CHAIN {
        if id == StepId::PARSED {
            return Some(map.slice(span).trim_matches(['"', '\'']).to_owned());
        }
        let step = map.step(id)?;
        // A prefix takes up the name as a value, before the prefix itself.
        let before = match step.what {
            StepKind::NameAffix => step.inputs.iter().find(|input| input.role == InputRole::Value),
            _ => step.inputs.iter().find(|input| input.role == InputRole::Replaced),
        }?;
        (span, id) = (before.span, before.step);
    }
    None
}

/// Whether all encrypted values come from other places than the object.
fn is_sealed_again(sealed: &ObjectView<'_>) -> bool {
    let data = sealed.root.path(&["spec", "encryptedData"]).map(|data| data.entries()).unwrap_or_default();
    !data.is_empty() && data.iter().all(|entry| entry.value.step() != StepId::PARSED)
}
