//! `codeowners-uncovered-path`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::graph::GraphView;
use crate::source::Span;

use super::protected;

rule! {
    /// Files that decide about production, and that CODEOWNERS gives to nobody.
    ///
    /// ## Why
    ///
    /// In a GitOps repository whoever merges deploys. CODEOWNERS says who has to approve what; what it leaves out can be
    /// merged with anybody's approval, and the gap is easily missed, because the last line that matches counts.
    ///
    /// Looked at are what production applies, projects and ApplicationSets of Argo CD, the `flux-system` directories,
    /// roles of the whole cluster, pipelines, `.sops.yaml` and CODEOWNERS itself. A line without owners takes a path away
    /// from those of earlier lines. So does, on GitLab, one with words that name nobody (`platform` for `@platform`);
    /// GitHub passes over such a line.
    ///
    /// ## What passes
    ///
    /// - a repository without CODEOWNERS (see `codeowners-missing`)
    /// - paths that another section of a GitLab file covers
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/CODEOWNERS
    /// /apps/ @acme/shop
    /// # file: .github/workflows/release.yml
    /// on: push
    /// jobs: {}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/CODEOWNERS
    /// * @acme/platform
    /// /apps/ @acme/shop
    /// # file: .github/workflows/release.yml
    /// on: push
    /// jobs: {}
    /// ```
    ///
    /// ## References
    ///
    /// - <https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners>
    /// - <https://docs.gitlab.com/user/project/codeowners/reference/>
    pub static RULE = "codeowners-uncovered-path" {
        level: Warning,
        precision: High,
        tags: ["governance"],
        aliases: [],
        checks: [Check::Graph(check)],
    }
}

fn check(view: &GraphView<'_>, cx: &mut Cx<'_>) {
    let Some(codeowners) = protected::codeowners(cx.world()) else { return };
    let text = view.map.source(codeowners.source).text();
    for (what, files) in protected::files(cx.world()) {
        let open: Vec<_> = files.into_iter().filter(|path| !codeowners.covers(path)).collect();
        let Some(first) = open.first() else { continue };
        // The line that takes it away; else the end of the file, where one is missing.
        let line = codeowners.deciding(first).find(|line| line.owners.is_empty());
        let end = text.trim_end().len() as u32;
        let start = text.trim_end().rfind('\n').map_or(0, |at| at as u32 + 1);
        let stranger = codeowners.stranger(first);
        let at = stranger.or_else(|| Some(line?.pattern));
        let at = at.unwrap_or(Span::new(codeowners.source, start, end));
        let more = match open.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        cx.report(
            At::span(at),
            Report {
                message: match stranger {
                    Some(word) => format!(
                        "nobody has to approve changes of {what}: `{first}`{more}; `{}` names no owner",
                        view.map.slice(word)
                    ),
                    None => format!("nobody has to approve changes of {what}: `{first}`{more}"),
                },
                why: "whoever merges deploys, with the approval of anybody who may approve".into(),
                help: match stranger {
                    Some(_) => {
                        "write `@user`, `@organisation/team` or the e-mail address of an account".into()
                    }
                    None => {
                        "add a line for it below the others: the last line that matches a path counts".into()
                    }
                },
            },
        );
    }
}
