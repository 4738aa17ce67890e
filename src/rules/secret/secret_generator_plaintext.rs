//! `secret-generator-plaintext`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Finding;
use crate::model::KustomizationView;
use crate::model::secret::object::{Value, classify};
use crate::rules::support::throwaway;
use crate::yaml::Cursor;

use super::generator::{Files, items, key_and_path};
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
    /// Looked at are `literals`, and the files of the repository that `envs`, `env` and `files` name, whatever they are
    /// called. The finding is at the entry of the kustomization. A file that is a private key, a kubeconfig or a log-in to a registry is reported
    /// at its own place by the rule for it.
    ///
    /// ## What passes
    ///
    /// - what lies beside the configuration of a cluster of k3d or kind, in a directory for development or tests: a note
    /// - files encrypted by sops, git-crypt, age or ansible-vault, and files that are not in the repository: those that
    ///   git ignores
    /// - templates and references: `${VAR}`, `{{ … }}`, `<path:…>`, `ref+vault://…`
    /// - certificates and public keys under `files`
    ///
    /// A literal that is a placeholder (`changeme`) or public (a user name, a host, a boolean) is a note. It is not
    /// reported beside something worse in the same generator.
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
        checks: [Check::Around(&Check::Kustomization(check))],
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
    let generators = document.root.get("secretGenerator").into_iter().flat_map(|list| list.items());
    for generator in generators {
        let mut hits = hits(generator, &Files { kustomization: document.path(), world: cx.world() });
        // Beside a password, nobody needs to be told of the user name that is kept with it.
        let worst = hits.iter().map(|hit| hit.value).max().unwrap_or(Value::Passes);
        hits.retain(|hit| hit.value >= worst.min(Value::Secret));
        if worst == Value::Public {
            // Nothing is wrong with any one of them.
            let keys: Vec<String> = hits.iter_mut().flat_map(|hit| std::mem::take(&mut hit.keys)).collect();
            hits.truncate(1);
            hits.iter_mut().for_each(|hit| hit.keys.clone_from(&keys));
        }
        let name = generator.get("name").and_then(|name| name.text()).unwrap_or_default();
        let is_local = throwaway::is_meant(document.file.source, cx.world());
        for hit in &hits {
            let finding = report(&name, hit, cx);
            if is_local && hit.value == Value::Secret {
                support::note(finding);
                finding.why = support::LOCAL.into();
            }
        }
    }
}

fn hits<'w>(generator: Cursor<'w>, files: &Files<'_>) -> Vec<Hit<'w>> {
    let mut hits = Vec::new();
    for entry in items(generator, "literals") {
        let Some(text) = entry.text() else { continue };
        let Some((key, value)) = text.split_once('=') else { continue };
        let value = judge(key, value.trim_matches(['"', '\'']));
        hits.push(Hit { entry, value, file: String::new(), keys: vec![key.to_owned()] });
    }
    for entry in items(generator, "envs").chain(generator.get("env")) {
        let Some(input) = entry.text().and_then(|path| files.get(&path)) else { continue };
        let values = env_lines(input.text);
        let worst = values.iter().map(|(_, value)| *value).max().unwrap_or(Value::Passes);
        let worst_keys = values.into_iter().filter(|(_, value)| *value == worst).map(|(key, _)| key);
        hits.push(Hit { entry, value: worst, file: input.path.to_string(), keys: worst_keys.collect() });
    }
    for entry in items(generator, "files") {
        let Some(text) = entry.text() else { continue };
        let (key, path) = key_and_path(&text);
        let Some(input) = files.get(path) else { continue };
        // What is public is what a file is often put into a Secret for: nothing to say about it.
        let value = Some(judge(key, input.text)).filter(|value| *value != Value::Public);
        let value = value.filter(|_| !input.has_own_rule(&files.world.map)).unwrap_or(Value::Passes);
        hits.push(Hit { entry, value, file: input.path.to_string(), keys: vec![key.to_owned()] });
    }
    hits.retain(|hit| hit.value != Value::Passes);
    hits
}

/// What a value is. A name of somebody is no secret; and whoever takes `literals` for `data` writes base64 there.
fn judge(key: &str, value: &str) -> Value {
    let judged = classify(key, value, false);
    let is_identifier = || {
        let key = key.to_ascii_lowercase();
        let stem = key.strip_suffix("id").map(|stem| stem.trim_end_matches(['-', '_', '.']));
        stem.is_some_and(|stem| {
            ["client", "app", "application", "tenant"].iter().any(|it| stem.ends_with(it))
        })
    };
    match judged {
        Value::Secret if is_identifier() => Value::Public,
        Value::Secret => judged.min(match classify(key, value, true) {
            Value::Placeholder => Value::Placeholder,
            _ => Value::Secret,
        }),
        _ => judged,
    }
}

/// The values of an env file. A line without `=` takes its value from where Kustomize runs.
fn env_lines(text: &str) -> Vec<(String, Value)> {
    let lines = text.lines().map(str::trim_start).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), judge(key, value.trim()))).collect()
}

fn report<'c>(generator: &str, hit: &Hit<'_>, cx: &'c mut Cx<'_>) -> &'c mut Finding {
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
    finding
}
