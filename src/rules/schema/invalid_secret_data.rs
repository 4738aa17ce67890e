//! `invalid-secret-data`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::secret::placeholder::{StandIn, stand_in};
use crate::model::{KindName, ObjectView};
use crate::schema::is_filled_in;
use crate::yaml::Cursor;

use super::checked;

rule! {
    /// A Secret or a ConfigMap whose data Kubernetes refuses.
    ///
    /// ## Why
    ///
    /// The API server refuses the object, and what is applied together with it stays as it was.
    ///
    /// ## What is reported
    ///
    /// - text in `data` of a Secret that is not encoded: `stringData` takes it as it is
    /// - keys with other characters than letters, digits, `-`, `_` and `.`
    /// - more than 1 MiB of values
    ///
    /// ## What passes
    ///
    /// - encrypted values, references to a secret manager, and words that stand in for a value: `ENC[…]`, `<path:…>`,
    ///   `${PASSWORD}`, `changeme`
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: web
    /// data:
    ///   mode: very-verbose
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: web
    /// stringData:
    ///   mode: very-verbose
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubernetes.io/docs/concepts/configuration/secret/#restriction-names-data>
    pub static RULE = "invalid-secret-data" {
        level: Error,
        precision: VeryHigh,
        tags: ["validity", "secrets"],
        aliases: [],
        checks: [Check::Around(&Check::Object(&[SECRET, CONFIG_MAP], check))],
    }
}

const SECRET: KindName = KindName { group: "", kind: "Secret" };
const CONFIG_MAP: KindName = KindName { group: "", kind: "ConfigMap" };

/// What a ConfigMap or a Secret may hold, in bytes.
const MOST: usize = 1 << 20;

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    if checked::is_loose(object, cx.world()) {
        return;
    }
    let is_secret = object.is(SECRET);
    let mut size = 0;
    for field in ["data", "stringData", "binaryData"] {
        let Some(values) = object.root.get(field) else { continue };
        let is_encoded = field == "binaryData" || (is_secret && field == "data");
        values.for_each_entry(|entry| {
            key(entry.value, cx);
            let Some(text) = entry.value.text() else { return };
            size += if is_encoded { text.len() / 4 * 3 } else { text.len() };
            // Line ends count for nothing.
            if is_encoded && entry.value.string().is_some() && !is_base64(&text) && !is_stand_in(&text) {
                let message = format!("a value in `{field}` of a {} is no base64", object.kind());
                let help = match is_secret {
                    true => "encode it, or move it to `stringData` as it is",
                    false => "encode it, or move it to `data` as it is",
                };
                cx.report(At::key(entry.value), report(message, help));
            }
        });
    }
    if let Some(at) = object.root.path(&["metadata", "name"]).filter(|_| size > MOST) {
        let message = format!("the {} holds {} KiB, and may hold 1024", object.kind(), size / 1024);
        cx.report(At::value(at), report(message, "split it, or keep the files in an image or a volume"));
    }
}

fn key(value: Cursor<'_>, cx: &mut Cx<'_>) {
    let Some(key) = value.key().and_then(|key| key.text()) else { return };
    let is_allowed =
        key.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
    if !(is_allowed && key.len() <= 253 || key == "<<" || is_filled_in(&key)) {
        let message = format!("`{key}` is no key: it may have letters, digits, `-`, `_` and `.`");
        cx.report(At::key(value), report(message, "write one that Kubernetes allows"));
    }
}

fn is_base64(text: &str) -> bool {
    let bytes: Vec<u8> = text.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n')).collect();
    data_encoding::BASE64.decode_len(bytes.len()).is_ok_and(|length| {
        let mut decoded = vec![0; length];
        data_encoding::BASE64.decode_mut(&bytes, &mut decoded).is_ok()
    })
}

/// Whether something else takes the place of a value.
fn is_stand_in(text: &str) -> bool {
    is_filled_in(text)
        || matches!(
            stand_in(text),
            Some(StandIn::Empty | StandIn::Reference | StandIn::Encrypted | StandIn::Word)
        )
}

fn report(message: String, help: &'static str) -> Report {
    let why = "the API server refuses the object, and what is applied together with it stays as it was";
    Report { message, why: why.into(), help: help.into() }
}
