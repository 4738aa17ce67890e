//! Whether a repository tells the ApplicationSet controller to match files segment by segment.
//!
//! Owns the ways to say so. They are looked for in the text of manifests and values, since they stand in objects, in
//! patches, and in texts inside of others; what says them must switch them on. The manifests of Argo CD name them all,
//! to read the setting from its ConfigMap.
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/Generators-Git-File-Globbing/>.

use memchr::{memchr, memmem};

use crate::discover::FileKind;
use crate::graph::Context;
use crate::model::{File, Usage};

/// On the command line of the controller.
const FLAG: &str = "--enable-new-git-file-globbing";
/// In its environment, and in `argocd-cmd-params-cm` or `configs.params` of the chart.
const SETTINGS: [&str; 2] =
    ["ENABLE_NEW_GIT_FILE_GLOBBING", "applicationsetcontroller.enable.new.git.file.globbing"];

/// Whether the repository of a context has the new globbing.
pub fn is_new(context: &Context<'_>) -> bool {
    let may_say =
        |file: &&File| matches!(file.kind, FileKind::Yaml | FileKind::Json) && file.usage != Usage::SetAside;
    let mut files = context.repository.files.iter().filter(may_say);
    files.any(|file| switches_on(context.map.source(file.source).text()))
}

fn switches_on(text: &str) -> bool {
    let has = |sign: &str, is_on: fn(&str) -> bool| {
        // Where the line of the hit before ends, and whether it is a comment.
        let (mut line_end, mut is_comment) = (0, false);
        memmem::find_iter(text.as_bytes(), sign.as_bytes()).any(|at| {
            if at >= line_end {
                let start = text[line_end..at].rfind('\n').map_or(line_end, |end| line_end + end + 1);
                is_comment = text[start..at].trim_start().starts_with('#');
                line_end = memchr(b'\n', &text.as_bytes()[at..]).map_or(text.len(), |end| at + end + 1);
            }
            !is_comment && is_on(&text[at + sign.len()..])
        })
    };
    has(FLAG, is_flag_on) || SETTINGS.iter().any(|sign| has(sign, is_setting_on))
}

/// Whether what follows a flag leaves it on: nothing, or `=true`.
fn is_flag_on(behind: &str) -> bool {
    match behind.strip_prefix('=') {
        Some(value) => is_true(value),
        None => !behind.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | ':' | '_')),
    }
}

/// Whether what follows a name sets it to `true`: `: "true"`, `=true`, or, on the next line, `value: "true"`.
fn is_setting_on(behind: &str) -> bool {
    let behind = behind.trim_start_matches(['"', '\'']);
    let next = || behind.trim_start_matches([',', ' ', '\r', '\n', '\t']);
    let value = behind.strip_prefix([':', '=']);
    let value = value.or_else(|| next().trim_start_matches(['"', '\'']).strip_prefix("value"));
    value.is_some_and(is_true)
}

fn is_true(value: &str) -> bool {
    let value = value.trim_start_matches(['"', '\'', ':', '=', ' ']);
    value.strip_prefix("true").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

#[cfg(test)]
mod tests {
    use super::switches_on;

    #[test]
    fn what_names_the_setting_does_not_switch_it_on() {
        let setting = "applicationsetcontroller.enable.new.git.file.globbing";
        let variable = "ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_NEW_GIT_FILE_GLOBBING";
        let on = [
            format!("data:\n  {setting}: \"true\"\n"),
            format!("configs: {{params: {{'{setting}': true}}}}"),
            format!("- op: add\n  path: /data/{setting}\n  value: \"true\"\n"),
            format!("literals:\n  - {setting}=true"),
            format!("env:\n  - name: {variable}\n    value: \"true\"\n"),
            format!("{{\"name\": \"{variable}\", \"value\": \"true\"}}"),
            "args: [--enable-new-git-file-globbing]".to_owned(),
            "args:\n  - --enable-new-git-file-globbing=true\n".to_owned(),
            "command:\n  - \"--enable-new-git-file-globbing\"".to_owned(),
        ];
        for text in &on {
            assert!(switches_on(text), "{text}");
        }
        let off = [
            format!("data:\n  {setting}: \"false\"\n"),
            format!("data:\n  # {setting}: \"true\"\n"),
            format!(
                "- name: {variable}\n  valueFrom:\n    configMapKeyRef:\n      key: {setting}\n      name: argocd-cmd-params-cm\n      optional: true\n"
            ),
            format!("env:\n  - name: {variable}\n    value: \"false\"\n"),
            "args: [--enable-new-git-file-globbing=false]".to_owned(),
            String::new(),
        ];
        for text in &off {
            assert!(!switches_on(text), "{text}");
        }
    }
}
