//! `sudo-in-command`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;

rule! {
    /// A container that starts its program with `sudo`.
    ///
    /// ## Why
    ///
    /// `sudo` needs a setuid program in the image and the right to gain privileges, and makes the user that the
    /// manifest names meaningless.
    ///
    /// ## What passes
    ///
    /// - the word inside of other words and of texts that are no commands
    /// - `args` and scripts of which it is an argument
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       command: [sudo, /usr/bin/web]
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    ///       command: [/usr/bin/web]
    /// ```
    pub static RULE = "sudo-in-command" {
        level: Note,
        profile: Pedantic,
        security: 4.0,
        precision: High,
        tags: ["pod-security"],
        aliases: [Kubescape "C-0062"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    for field in ["command", "args"] {
        for item in container.spec.get(field).into_iter().flat_map(|list| list.items()) {
            let Some(text) = item.text() else { continue };
            let Some(start) = sudo(&text) else { continue };
            let report = Report {
                message: format!("{} runs `sudo`", container.describe()),
                why: "it needs the right to gain privileges, and the user of the manifest means nothing"
                    .into(),
                help: "run as the user that the program needs, with the capabilities that it needs".into(),
            };
            cx.report(At::part(item, start, start + 4), report);
            return;
        }
    }
}

/// Where a command of a text is `sudo`.
fn sudo(text: &str) -> Option<usize> {
    let mut at = 0;
    for part in text.split_inclusive(['\n', ';', '|', '&', '(']) {
        let blanks = part.len() - part.trim_start().len();
        let mut words = part.split_whitespace();
        if words.next() == Some("sudo") && (words.next().is_some() || text == "sudo") {
            return Some(at + blanks);
        }
        at += part.len();
    }
    None
}
