//! `configmap-credential`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::secret::{Certainty, Credential, dotenv, format::Forms, judge, known_in, object, sops};
use crate::model::{DocumentView, FileView, KindName, KustomizationView, ObjectView};
use crate::rules::support::throwaway;

use super::generator::{Files, items, key_and_path};
use super::support;

rule! {
    /// A credential in a ConfigMap.
    ///
    /// ## Why
    ///
    /// A ConfigMap is not treated as secret by anything: roles give read access to it freely, it is shown in full
    /// by every tool, and it stands in the repository in clear text.
    ///
    /// Looked at are the keys of `data`, values that are known by their own form, lines `password=…` and
    /// `password: …` inside files, and the literals, env files and files that a `configMapGenerator` reads. Bases and
    /// patches are looked at too.
    ///
    /// ## What passes
    ///
    /// - what lies beside the configuration of a cluster of k3d or kind, in a directory for development or tests: a note
    /// - references and templates: `${DB_PASSWORD}`, `{{ … }}`, `$(cat …)`, names of environment variables
    /// - keys that only speak of a credential: `password_file`, `token-path`, `secretName`, `server-tokens`
    /// - code: `password = config.password`, `token = request.headers["x"]`
    /// - public keys and certificates
    /// - the words of a program in a language, `password=Passwort` in `messages_de.properties`, unless they are known by
    ///   their own form
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   application.properties: |
    ///     spring.datasource.url=jdbc:postgresql://db/shop
    ///     spring.datasource.password=hunter2hunter2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: web
    /// data:
    ///   password_file: /run/secrets/db
    ///   application.properties: |
    ///     spring.datasource.url=jdbc:postgresql://db/shop
    ///     spring.datasource.password=${DB_PASSWORD}
    /// ```
    pub static RULE = "configmap-credential" {
        level: Error,
        security: 7.5,
        precision: High,
        tags: ["secret", "security", "nsa-cisa"],
        aliases: [Kubescape "C-0012", Polaris "sensitiveConfigmapContent", Trivy "KSV-01010", Trivy "KSV-0109"],
        checks: [Check::Around(&Check::Document(check)), Check::Around(&Check::Kustomization(check_generators))],
    }
}

const CONFIG_MAP: KindName = KindName { group: "", kind: "ConfigMap" };

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if sops::is_sops(document.root) {
        return;
    }
    let forms = FileView { map: document.map, file: document.file }.forms();
    let has_form = forms != Forms::default();
    for config in document.objects().filter(|object| object.is(CONFIG_MAP)) {
        let data = config.root.get("data").map(|data| data.entries()).unwrap_or_default();
        for entry in data {
            let (Some(key), Some(text)) = (entry.key.text(), entry.value.text()) else { continue };
            if let Some((name, credential)) = find(&key, &text, has_form) {
                let what = format!("`{name}` of ConfigMap `{}`", config.name());
                report(
                    Some(&config),
                    &what,
                    support::at(entry.value, credential.range.clone()),
                    &credential,
                    cx,
                );
            }
        }
    }
}

/// The credential in a value of a ConfigMap, with the name of what holds it. Without `has_form` none of a known form is
/// written in the text.
fn find(key: &str, text: &str, has_form: bool) -> Option<(String, Credential)> {
    // `secret-plaintext` reports a Secret that a ConfigMap carries.
    if object::mentions_secret(text) {
        return None;
    }
    if is_translation(key) {
        return known_in(text, has_form).map(|credential| (key.to_owned(), credential));
    }
    if !text.trim_end().contains('\n') {
        return judge(key, text).map(|credential| (key.to_owned(), credential));
    }
    let assigned =
        || support::assigned(key, text).map(|(name, credential)| (format!("{key}: {name}"), credential));
    known_in(text, has_form).map(|credential| (key.to_owned(), credential)).or_else(assigned)
}

/// Languages by their codes of two letters (ISO 639-1), those that programs are translated to, and three that Java writes
/// in an older way.
const LANGUAGES: [&str; 91] = [
    "af", "am", "ar", "as", "az", "be", "bg", "bn", "br", "bs", "ca", "cs", "cy", "da", "de", "el", "en",
    "eo", "es", "et", "eu", "fa", "fi", "fo", "fr", "fy", "ga", "gd", "gl", "gu", "he", "hi", "hr", "hu",
    "hy", "id", "in", "is", "it", "iw", "ja", "ji", "ka", "kk", "km", "kn", "ko", "ku", "ky", "lb", "lo",
    "lt", "lv", "mk", "ml", "mn", "mr", "ms", "mt", "my", "nb", "ne", "nl", "nn", "no", "or", "pa", "pl",
    "ps", "pt", "ro", "ru", "si", "sk", "sl", "sq", "sr", "sv", "sw", "ta", "te", "th", "tr", "tt", "ug",
    "uk", "ur", "uz", "vi", "yi", "zh",
];

/// Whether a key is that of the words of a program in some language: `password=Passwort` in `messages_de.properties`.
fn is_translation(key: &str) -> bool {
    let name = key.rsplit('/').next().unwrap_or(key).strip_suffix(".properties").unwrap_or_default();
    ["messages", "labels", "translations"].iter().any(|word| {
        name.strip_prefix(word).is_some_and(|rest| {
            let mut parts = rest.split(['_', '-', '.']);
            let is_word = parts.next() == Some("");
            let is_language = parts.next().is_none_or(|language| LANGUAGES.contains(&language));
            // `BR`, `Hans`, `419`
            is_word && is_language && parts.all(|region| (2..=4).contains(&region.len()))
        })
    })
}

/// What generators take from literals, and from files that nothing else looks at.
fn check_generators(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let (document, world) = (&kustomization.document, cx.world());
    if sops::is_sops(document.root) {
        return;
    }
    let files = Files { kustomization: document.path(), world };
    for generator in items(document.root, "configMapGenerator") {
        for literal in items(generator, "literals") {
            let Some(text) = literal.text() else { continue };
            let Some((key, value)) = text.split_once('=') else { continue };
            let value = value.trim_matches(['"', '\'']);
            if let Some((name, credential)) = find(key, value, true) {
                let what = format!("literal `{name}` of a ConfigMap generator");
                report(None, &what, At::value(literal), &credential, cx);
            }
        }
        for entry in items(generator, "envs").chain(generator.get("env")) {
            let Some(input) = entry.text().and_then(|path| files.get(&path)) else { continue };
            let variables = dotenv::variables(input.text);
            let found = variables.iter().filter_map(|variable| find(variable.name, variable.value, true));
            // The surest of a file says enough.
            let surest = found.max_by_key(|(_, credential)| credential.certainty.rank());
            if let Some((name, credential)) = surest {
                let what = format!("`{name}` of `{}`, which a ConfigMap generator reads,", input.path);
                report(None, &what, At::value(entry), &credential, cx);
            }
        }
        for entry in items(generator, "files") {
            let Some(text) = entry.text() else { continue };
            let (key, path) = key_and_path(&text);
            // A file that was read has been looked at where it lies.
            let Some(input) = files.get(path).filter(|input| input.file.is_none()) else { continue };
            if let Some((name, credential)) = find(key, input.text, true) {
                let what = format!("`{name}` of `{}`, which a ConfigMap generator reads,", input.path);
                report(None, &what, At::value(entry), &credential, cx);
            }
        }
    }
}

fn report(object: Option<&ObjectView<'_>>, what: &str, at: At, credential: &Credential, cx: &mut Cx<'_>) {
    let report = Report {
        message: format!("{what} holds {}", support::describe(credential)),
        why: "a ConfigMap is readable for many, and nothing treats it as secret".into(),
        help: "replace the credential, and give it to the container from a Secret".into(),
    };
    let is_local = object.is_some_and(|object| throwaway::is_meant(object.object.source, cx.world()));
    let finding = support::report(cx, object, at, report);
    support::refine(finding, credential.certainty);
    if is_local && matches!(credential.certainty, Certainty::Named | Certainty::Doubtful) {
        support::note(finding);
        finding.why = support::LOCAL.into();
    }
}
