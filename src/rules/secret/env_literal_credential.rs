//! `env-literal-credential`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Finding;
use crate::model::secret::{Certainty, Credential, assignment, by_key, judge, known, sops};
use crate::model::{Container, DocumentView, ObjectView};
use crate::rules::support::throwaway;

use super::support;

rule! {
    /// A credential written into the environment, the arguments or the command of a container.
    ///
    /// ## Why
    ///
    /// The value is in the repository and its history, in the object that everybody with read access to the
    /// namespace can print, and for arguments in the list of processes of the node.
    ///
    /// Looked at are the names of environment variables and flags, and values that are known by their own form
    /// (tokens of GitHub, GitLab, Slack …, private keys, passwords in URLs). Bases and patches are looked at too.
    ///
    /// ## What passes
    ///
    /// - `valueFrom`, and values made of other variables: `$(DB_PASSWORD)`, `${DB_PASSWORD}`, `$(cat …)`
    /// - names that only speak of a credential: `PASSWORD_FILE`, `TLS_KEY_PATH`, `SECRETS_DIR`, `SECRET_NAME`
    /// - booleans, numbers with units, paths, URLs without a password
    /// - what is for somebody's machine alone (`local/`, `.devcontainer/`, `tests/` at the root, `docker-compose.test.yml`):
    ///   a note, unless its form says whose token it is
    ///
    /// Flags and values that only look like a credential are lowered by one level; placeholders are notes.
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: dump
    /// spec:
    ///   containers:
    ///     - name: dump
    ///       image: postgres:17.2
    ///       env:
    ///         - name: PGPASSWORD
    ///           value: s3cr3t-pg-2024
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: dump
    /// spec:
    ///   containers:
    ///     - name: dump
    ///       image: postgres:17.2
    ///       args: [--password=$(PGPASSWORD)]
    ///       env:
    ///         - name: PGPASSWORD
    ///           valueFrom:
    ///             secretKeyRef:
    ///               name: pg
    ///               key: password
    ///         - name: PGPASSWORD_FILE
    ///           value: /run/secrets/pg
    /// ```
    pub static RULE = "env-literal-credential" {
        level: Error,
        security: 7.5,
        precision: High,
        tags: ["secret", "security", "nsa-cisa"],
        aliases: [KubeLinter "env-var-secret", Kubescape "C-0012", Kubescape "C-0259", Kyverno "check-env-vars", Polaris "sensitiveContainerEnvVar"],
        checks: [Check::Around(&Check::Document(check))],
    }
}

fn check(document: &DocumentView<'_>, cx: &mut Cx<'_>) {
    if sops::is_sops(document.root) {
        return;
    }
    for object in document.objects() {
        for container in object.pod_specs().iter().flat_map(|pod| pod.containers()) {
            check_env(&object, &container, cx);
            check_commands(&object, &container, cx);
        }
    }
}

fn check_env(object: &ObjectView<'_>, container: &Container<'_>, cx: &mut Cx<'_>) {
    for variable in container.env() {
        let (Some(name), Some(value)) = (variable.get("name"), variable.get("value")) else { continue };
        let (Some(name), Some(text)) = (name.text(), value.text()) else { continue };
        let Some(credential) = judge(&name, &text) else { continue };
        let what = format!("environment variable `{name}`");
        let at = support::at(value, credential.range.clone());
        support::note_default(report(object, container, &what, at, &credential, cx), &text);
    }
}

fn check_commands(object: &ObjectView<'_>, container: &Container<'_>, cx: &mut Cx<'_>) {
    for field in ["command", "args"] {
        let Some(list) = container.spec.get(field) else { continue };
        let mut flag: Option<String> = None;
        for item in list.items() {
            let Some(text) = item.text() else { continue };
            let found = match flag.take() {
                Some(name) if !text.starts_with('-') => {
                    judge(&name, &text).map(|credential| (name, credential)).or_else(|| in_command(&text))
                }
                _ => in_command(&text),
            };
            if text.starts_with('-') && !text.contains(['=', ' ']) {
                flag = Some(text.trim_start_matches('-').to_owned());
            }
            let Some((name, credential)) = found else { continue };
            let what = if name.is_empty() { format!("`{field}`") } else { format!("`{name}` in `{field}`") };
            let at = At::part(item, credential.range.start, credential.range.end);
            lower(report(object, container, &what, at, &credential, cx), &credential);
        }
    }
    // A script is not a container's field of its own in every kind: `source` of an Argo Workflow template.
    if let Some(script) = container.spec.get("source").or_else(|| container.spec.get("script"))
        && let Some((name, credential)) = script.text().and_then(|text| in_command(&text))
    {
        let what = if name.is_empty() { "the script".to_owned() } else { format!("`{name}` in the script") };
        let at = At::part(script, credential.range.start, credential.range.end);
        lower(report(object, container, &what, at, &credential, cx), &credential);
    }
}

/// The first credential of a command line.
fn in_command(text: &str) -> Option<(String, Credential)> {
    if let Some(credential) = known(text) {
        return Some((String::new(), credential));
    }
    assignment::in_command(text).into_iter().find_map(|found| {
        let credential = by_key(found.key, found.value)?;
        // A variable of the shell inside the value is a reference, and so is the rest of an expression.
        let is_sure = credential.certainty == Certainty::Named && !found.value.contains(['$', '`', '(', '{']);
        is_sure.then(|| (found.key.to_owned(), Credential { range: found.range, ..credential }))
    })
}

fn report<'c>(
    object: &ObjectView<'_>,
    container: &Container<'_>,
    what: &str,
    at: At,
    credential: &Credential,
    cx: &'c mut Cx<'_>,
) -> &'c mut Finding {
    let message =
        format!("{what} of container `{}` holds {}", container.name(), support::describe(credential));
    let report = Report {
        message,
        why: "everybody who reads the repository or the object in the cluster has the value".into(),
        help: "replace the credential, and take it from a Secret with `valueFrom.secretKeyRef` or a mounted file".into(),
    };
    let is_local = object.file().is_some_and(|file| throwaway::is_local(file.source, cx.world()));
    let finding = support::report(cx, Some(object), at, report);
    support::refine(finding, credential.certainty);
    let is_token = matches!(credential.certainty, Certainty::Known(form) if !form.is_url_password);
    if is_local && !is_token {
        support::note(finding);
        finding.why = support::LOCAL.into();
    }
    finding
}

/// Command lines are guessed at more than variables, which have a name of their own.
fn lower(finding: &mut Finding, credential: &Credential) {
    if credential.certainty == Certainty::Named {
        finding.level = finding.level.lowered();
    }
}
