//! `secret-generator-plaintext`

use camino::Utf8Path;

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::secret::object::{Value, classify};
use crate::model::secret::{docker, format, kubeconfig, sops};
use crate::model::{File, KustomizationView, normalise};
use crate::yaml::Cursor;

use super::support;

rule! {
    /// A `secretGenerator` that makes a Secret of what stands in the repository in clear text.
    ///
    /// ## Why
    ///
    /// The generator writes base64 into a Secret for the cluster, but its input stays readable for everybody who can
    /// read the repository, a clone or a backup of it. Deleting the input does not take it out of the history; the
    /// credential must be replaced.
    ///
    /// Looked at are `literals`, and the files of the repository that `envs`, `env` and `files` name. The finding is at
    /// the entry of the kustomization. A file that is a private key, a kubeconfig or a log-in to a registry is reported
    /// at its own place by the rule for it.
    ///
    /// ## What passes
    ///
    /// - files encrypted by sops, git-crypt, age or ansible-vault, and files that are not in the repository
    /// - templates and references: `${VAR}`, `{{ … }}`, `<path:…>`, `ref+vault://…`
    /// - certificates and public keys under `files`
    ///
    /// A literal that is a placeholder (`changeme`) or public (a user name, a host, a boolean) is a note, and is not
    /// reported beside a credential of the same generator.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// secretGenerator:
    ///   - name: db
    ///     literals:
    ///       - password=hunter2hunter2
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: kustomization.yaml
    /// resources:
    ///   - db.yaml
    /// # file: db.yaml
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
    ///   data:
    ///     - secretKey: password
    ///       remoteRef:
    ///         key: shop/db
    ///         property: password
    /// ```
    ///
    /// ## References
    ///
    /// - <https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/secretgenerator/>
    pub static RULE = "secret-generator-plaintext" {
        level: Error,
        security: 8.0,
        precision: High,
        tags: ["secret", "security", "kustomize"],
        aliases: [],
        checks: [Check::Kustomization(check)],
    }
}

/// An entry of a generator and the worst it brings in.
struct Hit<'w> {
    entry: Cursor<'w>,
    value: Value,
    /// The file it names; empty for a literal.
    file: String,
    keys: Vec<String>,
}

fn check(kustomization: &KustomizationView<'_>, cx: &mut Cx<'_>) {
    let document = &kustomization.document;
    let directory = document.path().parent().unwrap_or(Utf8Path::new(""));
    let generators = document.root.get("secretGenerator").into_iter().flat_map(|list| list.items());
    for generator in generators {
        let mut hits = hits(generator, directory, cx);
        // Beside a password, nobody needs to be told of the user name that is kept with it.
        if hits.iter().any(|hit| hit.value >= Value::Secret) {
            hits.retain(|hit| hit.value >= Value::Secret);
        }
        let name = generator.get("name").and_then(|name| name.text()).unwrap_or_default();
        hits.iter().for_each(|hit| report(&name, hit, cx));
    }
}

fn hits<'w>(generator: Cursor<'w>, directory: &Utf8Path, cx: &Cx<'_>) -> Vec<Hit<'w>> {
    let items =
        |name: &str| generator.get(name).into_iter().flat_map(|list| list.items()).collect::<Vec<_>>();
    let mut hits = Vec::new();
    for entry in items("literals") {
        let Some(text) = entry.text() else { continue };
        let Some((key, value)) = text.split_once('=') else { continue };
        let value = classify(key, value.trim_matches(['"', '\'']), false);
        hits.push(Hit { entry, value, file: String::new(), keys: vec![key.to_owned()] });
    }
    let old_spelling = generator.get("env").filter(|env| env.text().is_some());
    for entry in items("envs").into_iter().chain(old_spelling) {
        let Some(path) = entry.text() else { continue };
        if let Some((file, text)) =
            file(&path, directory, cx).filter(|(file, text)| !is_encrypted(file, text, cx))
        {
            let values = env_lines(text);
            let worst = values.iter().map(|(_, value)| *value).max().unwrap_or(Value::Passes);
            let worst_keys = values.into_iter().filter(|(_, value)| *value == worst).map(|(key, _)| key);
            let file = cx.world.map.source(file.source).path().to_string();
            hits.push(Hit { entry, value: worst, file, keys: worst_keys.collect() });
        }
    }
    for entry in items("files") {
        let Some(text) = entry.text() else { continue };
        let (key, path) = text
            .split_once('=')
            .unwrap_or_else(|| (Utf8Path::new(&*text).file_name().unwrap_or_default(), &text));
        if let Some((file, text)) =
            file(path, directory, cx).filter(|(file, text)| !is_encrypted(file, text, cx))
        {
            // What is public is what a file is often put into a Secret for: nothing to say about it.
            let value = Some(classify(key, text, false)).filter(|value| *value != Value::Public);
            let value = value.filter(|_| !has_own_rule(file, text, cx)).unwrap_or(Value::Passes);
            let file = cx.world.map.source(file.source).path().to_string();
            hits.push(Hit { entry, value, file, keys: vec![key.to_owned()] });
        }
    }
    hits.retain(|hit| hit.value != Value::Passes);
    hits
}

/// A text of the repository that a generator reads. What is no text is not looked at: git-crypt makes such files.
fn file<'w>(path: &str, directory: &Utf8Path, cx: &Cx<'w>) -> Option<(&'w File, &'w str)> {
    let file = cx.world.repository.file(&normalise(&directory.join(path)))?;
    Some((file, cx.world.map.source(file.source).text()))
}

/// Whether sops, which leaves keys readable, has been over a file. The forms that hide all of a text are known to
/// the judgement of values.
fn is_encrypted(file: &File, text: &str, cx: &Cx<'_>) -> bool {
    let mut roots = file.documents.iter().map(|document| Cursor::new(&cx.world.map, &document.tree));
    roots.any(sops::is_sops)
        || text.lines().any(|line| {
            let line = line.trim_start();
            line.starts_with("sops_mac=") || line.starts_with("sops_lastmodified=") || line == "[sops]"
        })
        || (text.contains("\"sops\"") && text.contains("\"mac\""))
}

/// Whether another rule reports the file where it lies.
fn has_own_rule(file: &File, text: &str, cx: &Cx<'_>) -> bool {
    let mut roots = file.documents.iter().map(|document| Cursor::new(&cx.world.map, &document.tree));
    format::matches(text).any(|found| found.format.is_private_key())
        || docker::logins(text) != docker::Logins::None
        || roots.any(kubeconfig::is_kubeconfig)
}

/// The values of an env file. A line without `=` takes its value from where Kustomize runs.
fn env_lines(text: &str) -> Vec<(String, Value)> {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), classify(key, value.trim(), false))).collect()
}

fn report(generator: &str, hit: &Hit<'_>, cx: &mut Cx<'_>) {
    let names: Vec<String> = hit.keys.iter().take(4).map(|key| format!("`{key}`")).collect();
    let more = hit.keys.len().saturating_sub(4);
    let keys = names.join(", ") + &if more > 0 { format!(" and {more} more") } else { String::new() };
    let from = if hit.file.is_empty() { "a literal".to_owned() } else { format!("`{}`", hit.file) };
    let what = match hit.value {
        Value::PrivateKey => "a private key in clear text",
        Value::EncryptedKey => "a private key behind a passphrase",
        Value::Secret => "clear text",
        Value::Placeholder => "a placeholder",
        Value::Public | Value::Passes => "nothing that is secret",
    };
    let is_harmless = hit.value < Value::Secret;
    let (why, help) = match is_harmless {
        true => (
            "nothing here must be hidden, but it looks as if a real value belonged in its place",
            "use a configMapGenerator for what is public; keep a real value out of the repository",
        ),
        false => (
            "the generator only encodes it: whoever can read the repository or its history has the value",
            "replace the credential, then commit it as a SealedSecret, an ExternalSecret or encrypted with sops",
        ),
    };
    let message = format!("secretGenerator `{generator}` takes {keys} from {from}: {what}");
    let finding = cx.report(At::value(hit.entry), Report { message, why: why.into(), help: help.into() });
    match hit.value {
        _ if is_harmless => support::note(finding),
        Value::EncryptedKey => finding.level = finding.level.lowered(),
        _ => {}
    }
}
