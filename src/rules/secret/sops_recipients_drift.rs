//! `sops-recipients-drift`

use std::collections::BTreeSet;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
use crate::model::DocumentView;
use crate::model::secret::creation_rule::{CreationRule, Expressions, recipients_of};
use crate::model::secret::sops::is_sops;

use super::support;

rule! {
    /// A file that other people can decrypt than `.sops.yaml` says.
    ///
    /// ## Why
    ///
    /// `.sops.yaml` counts when a file is made; a file that is there keeps its recipients until somebody runs
    /// `sops updatekeys`. Whoever left can read it still (then it is an error), and whoever came cannot.
    ///
    /// ## What passes
    ///
    /// - kinds of keys that the rule does not name: then they are kept somewhere else
    /// - aliases of keys, and PGP keys named by a longer or shorter form
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .sops.yaml
    /// creation_rules:
    ///   - age: age1new
    /// # file: db.yaml
    /// password: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    /// sops:
    ///   age:
    ///     - recipient: age1old
    ///       enc: x
    ///     - recipient: age1new
    ///       enc: x
    ///   lastmodified: "2026-01-01T00:00:00Z"
    ///   mac: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    ///   version: 3.9.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .sops.yaml
    /// creation_rules:
    ///   - age: age1new
    /// # file: db.yaml
    /// password: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    /// sops:
    ///   age:
    ///     - recipient: age1new
    ///       enc: x
    ///   lastmodified: "2026-01-01T00:00:00Z"
    ///   mac: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    ///   version: 3.9.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://getsops.io/docs/#adding-and-removing-keys>
    pub static RULE = "sops-recipients-drift" {
        level: Warning,
        security: 6.0,
        precision: High,
        tags: ["secret", "security", "sops"],
        aliases: [],
        checks: [Check::Around(&Check::Document(check))],
    }
}

/// `YOUR_AGE_KEY`: a word in place of a key.
fn is_to_fill_in(name: &str) -> bool {
    name.contains('_') && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let Some(sops) = document.root.get("sops").filter(|_| is_sops(document.root)) else { return };
    let path = document.path();
    let expressions = cx.world().memo.get(Expressions::default);
    let rule = CreationRule::of(cx.map(), &cx.world().repository, &expressions, path);
    let Some(rule) = rule else { return };
    let wanted = rule.recipients();
    let found = recipients_of(sops);
    let kinds: BTreeSet<&str> = wanted.iter().map(|(kind, _)| *kind).collect();
    // A key has more names than one: an alias, an identifier in place of a fingerprint.
    let same = |kind: &str, one: &str, other: &str| {
        let (one, other) = (one.to_uppercase(), other.to_uppercase());
        one == other || kind == "pgp" && (one.ends_with(&other) || other.ends_with(&one))
    };
    let is_odd =
        |name: &str| name.contains(":alias/") || name.contains(['$', '{', '<']) || is_to_fill_in(name);
    if wanted.iter().any(|(_, name)| is_odd(name)) || found.iter().any(|((_, name), _)| is_odd(name)) {
        return;
    }
    let stale = found.iter().find(|((kind, name), _)| {
        kinds.contains(kind) && !wanted.iter().any(|(other, it)| other == kind && same(kind, name, it))
    });
    let missing = wanted
        .iter()
        .find(|(kind, name)| !found.iter().any(|((other, it), _)| other == kind && same(kind, name, it)));
    let (at, message, why, level) = match (stale, missing) {
        (Some(((kind, name), at)), _) => (
            At::value(*at),
            format!(
                "{kind} key `{name}` can decrypt the file, and rule {} of `{}` does not name it",
                rule.number, rule.config
            ),
            "whoever has that key reads the file and every later version of it",
            Level::Error,
        ),
        (None, Some((kind, name))) if found.iter().any(|((other, _), _)| kinds.contains(other)) => (
            At::key(sops),
            format!(
                "{kind} key `{name}` of rule {} of `{}` cannot decrypt the file",
                rule.number, rule.config
            ),
            "what is to read it with that key, a controller or a colleague, cannot",
            Level::Warning,
        ),
        _ => return,
    };
    let object = document.objects().next();
    let help =
        format!("run `sops updatekeys {path}`; replace the values if a key that is gone must not know them");
    let report = Report { message, why: why.into(), help: help.into() };
    let finding = support::report(cx, object.as_ref(), at, report);
    finding.level = level;
    finding.related.push(Related { span: rule.entry.span(), message: "this rule".into() });
}
