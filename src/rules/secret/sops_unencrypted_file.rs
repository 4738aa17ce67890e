//! `sops-unencrypted-file`

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::Related;
use crate::model::secret::creation_rule::{CreationRule, Expressions};
use crate::model::secret::object::{Value, is_secret, values};
use crate::model::secret::placeholder::stand_in;
use crate::model::secret::sops::{Sops, is_sops, unreadable};
use crate::model::{DocumentKind, DocumentView};
use crate::yaml::Cursor;

use super::support;

rule! {
    /// A file that `.sops.yaml` wants encrypted, in clear text.
    ///
    /// ## Why
    ///
    /// Somebody forgot to run sops before the commit. The value is in the history of the repository from then on.
    ///
    /// Which rule counts is decided as sops does it: the nearest `.sops.yaml` upwards, its `creation_rules` in order, the
    /// first whose `path_regex` is found in the path from there; and of the file what `encrypted_regex` and the other
    /// settings of the rule ask for. An expression of `.sops.yaml` that cannot be read is a warning of its own, since the
    /// files that it is about cannot be judged then.
    ///
    /// ## What passes
    ///
    /// - values that refer to something, are empty, or are to be filled in
    /// - objects that are no Secrets, and under a pattern such as `.*\.yaml`, which names no secrets, everything but Secrets
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .sops.yaml
    /// creation_rules:
    ///   - path_regex: .*\.enc\.yaml$
    ///     encrypted_regex: ^(data|stringData)$
    ///     age: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
    /// # file: apps/db.enc.yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// stringData:
    ///   password: hunter2hunter2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .sops.yaml
    /// creation_rules:
    ///   - path_regex: .*\.enc\.yaml$
    ///     encrypted_regex: ^(data|stringData)$
    ///     age: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
    /// # file: apps/db.enc.yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// stringData:
    ///   password: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    /// sops:
    ///   age:
    ///     - recipient: age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p
    ///       enc: x
    ///   encrypted_regex: ^(data|stringData)$
    ///   lastmodified: "2026-01-01T00:00:00Z"
    ///   mac: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    ///   version: 3.9.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://getsops.io/docs/#using-sopsyaml-conf-to-select-kms-pgp-and-age-for-new-files>
    pub static RULE = "sops-unencrypted-file" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["secret", "security", "sops"],
        aliases: [],
        checks: [Check::Around(&Check::Document(check))],
    }
}

/// The rule of `.sops.yaml` that a document breaks, and the first value that should be encrypted.
pub(super) fn broken<'w>(
    document: &DocumentView<'w>,
    world: &'w World,
) -> Option<(CreationRule<'w>, Cursor<'w>)> {
    let is_data =
        matches!(document.kind(), DocumentKind::Object | DocumentKind::Values | DocumentKind::Unknown);
    if !is_data || is_sops(document.root) {
        return None;
    }
    let expressions = world.memo.get(Expressions::default);
    let rule = CreationRule::of(&world.map, &world.repository, &expressions, document.path())?;
    let settings = Sops::of(rule.entry, &expressions)?;
    let leaves = settings.clear_leaves(document.root, &document.file.parsed.comments);
    let first = if is_secret(document.root) {
        let values = values(document.root).into_iter();
        let mut clear = values.filter(|(_, value)| *value >= Value::Secret).map(|(entry, _)| entry.value);
        clear.find(|value| leaves.iter().any(|leaf| leaf.index() == value.index()))
    } else if document.kind() == DocumentKind::Object || !rule.is_specific() {
        None
    } else {
        leaves.into_iter().find(|leaf| leaf.text().is_some_and(|text| stand_in(&text).is_none()))
    };
    Some((rule, first?))
}

/// Says which expressions of a `.sops.yaml` cannot be read: for what they are asked about nothing else can be said.
fn check_config(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let rules = document.root.get("creation_rules").into_iter().flat_map(|rules| rules.items());
    for (field, value, error) in rules.flat_map(unreadable) {
        support::unreadable_expression(cx, field, value, &error);
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if document.kind() == DocumentKind::SopsConfig {
        return check_config(document, cx);
    }
    let Some((rule, first)) = broken(document, cx.world()) else { return };
    let path = document.path();
    let key = first.key().and_then(|key| key.text()).unwrap_or_default();
    let object = document.objects().next();
    let finding = support::report(
        cx,
        object.as_ref(),
        At::key(first),
        Report {
            message: format!(
                "the file must be encrypted by rule {} of `{}`, and `{key}` is clear text",
                rule.number, rule.config
            ),
            why: "the value is readable, and the history of the repository keeps it".into(),
            help: format!("replace the credential, then run `sops encrypt --in-place {path}`").into(),
        },
    );
    finding.related.push(Related { span: rule.entry.span(), message: "this rule".into() });
}
