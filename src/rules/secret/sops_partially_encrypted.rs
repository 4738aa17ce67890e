//! `sops-partially-encrypted`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::DocumentView;
use crate::model::secret::sops::{Sops, is_sops, unreadable};

use super::support;

rule! {
    /// A value in clear text in a file that sops encrypted, where the file's own rules ask for encryption.
    ///
    /// ## Why
    ///
    /// The file was edited without sops. The value is readable, and the checksum of the file no longer fits it:
    /// Flux and `sops -d` refuse the whole file.
    ///
    /// What must be encrypted is decided as sops does it, from `encrypted_regex`, `unencrypted_regex`, the
    /// suffixes and the comment settings in the metadata of the file.
    ///
    /// An expression there that cannot be read is a warning: nothing can be said about the values then.
    ///
    /// ## What passes
    ///
    /// - what the settings of the file leave clear
    /// - empty strings and `null`, which sops does not encrypt
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// stringData:
    ///   user: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    ///   password: hunter2hunter2
    /// sops:
    ///   encrypted_regex: ^(data|stringData)$
    ///   lastmodified: "2026-01-01T00:00:00Z"
    ///   mac: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    ///   version: 3.9.0
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// stringData:
    ///   password: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    /// sops:
    ///   encrypted_regex: ^(data|stringData)$
    ///   lastmodified: "2026-01-01T00:00:00Z"
    ///   mac: ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]
    ///   version: 3.9.0
    /// ```
    ///
    /// ## References
    ///
    /// - <https://getsops.io/docs/#encrypting-only-parts-of-a-file>
    pub static RULE = "sops-partially-encrypted" {
        level: Error,
        security: 8.0,
        precision: VeryHigh,
        tags: ["secret", "security", "sops"],
        aliases: [],
        checks: [Check::Document(check)],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    let Some(sops) = Sops::read(document.root) else {
        let settings = document.root.get("sops").filter(|_| is_sops(document.root));
        for (field, value, error) in settings.into_iter().flat_map(unreadable) {
            support::unreadable_expression(cx, field, value, &error);
        }
        return;
    };
    for leaf in sops.clear_leaves(document.root, &document.file.parsed.comments) {
        let key = leaf.key().and_then(|key| key.text());
        let what = key.map_or("a value".to_owned(), |key| format!("`{key}`"));
        let object = document.objects().next();
        support::report(
            cx,
            object.as_ref(),
            At::key(leaf),
            Report {
                message: format!(
                    "{what} must be encrypted by the sops settings of this file and is clear text"
                ),
                why: "the value is readable, and the file's checksum no longer fits: decryption is refused"
                    .into(),
                help: "replace the credential, then edit the file with `sops edit`".into(),
            },
        );
    }
}
