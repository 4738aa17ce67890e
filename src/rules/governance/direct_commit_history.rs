//! `direct-commit-history`

use crate::engine::{Check, Cx, Report, rule};
use crate::host::{Commit, History};

use super::past::{self, short};

rule! {
    /// Commits that came to the branch without a pull request.
    ///
    /// ## Why
    ///
    /// What is pushed to the branch that is deployed is deployed: nobody approved it and no check saw it before.
    ///
    /// Looked at are the last fifty commits along first parents that change YAML or JSON, of the default branch where it
    /// is known. A commit that was merged by rebase leaves no trace of its pull request and looks the same as one that
    /// was pushed: repositories that merge so have no use for this rule.
    ///
    /// Runs in the profile `pedantic`, or when it is selected, and says nothing where a clone is cut off earlier.
    ///
    /// ## What passes
    ///
    /// - merges, and messages that name the request they were merged with: `(#12)`, `See merge request`, `Merged PR 12`
    /// - commits of bots
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: HISTORY
    /// commit 5c1f00d | Ada <ada@acme.com> | Raise the limit | apps/web.yaml
    /// # file: clusters/prod.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: prod, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: HISTORY
    /// commit 5c1f00d | Ada <ada@acme.com> | Raise the limit (#12) | apps/web.yaml
    /// commit 7ab1e00 | renovate[bot] <bot@renovateapp.com> | Update web | apps/web.yaml
    /// # file: clusters/prod.yaml
    /// apiVersion: kustomize.toolkit.fluxcd.io/v1
    /// kind: Kustomization
    /// metadata: {name: prod, namespace: flux-system}
    /// spec:
    ///   interval: 10m
    ///   path: ./apps
    ///   prune: true
    ///   sourceRef: {kind: GitRepository, name: flux-system}
    /// ```
    pub static RULE = "direct-commit-history" {
        level: Note,
        profile: Pedantic,
        precision: Medium,
        tags: ["governance", "git"],
        aliases: [],
        checks: [Check::History(check)],
    }
}

fn check(history: &History, cx: &mut Cx<'_>) {
    let (Some(commits), Some((at, object))) = (past::commits(history), past::place(cx.world())) else {
        return;
    };
    let direct: Vec<&&Commit> = commits.iter().filter(|commit| is_direct(commit)).collect();
    let Some(newest) = direct.first() else { return };
    let report = Report {
        message: format!(
            "{} of the last {} commits that change configuration came without a pull request, {} is the newest",
            direct.len(),
            commits.len(),
            short(newest)
        ),
        why: "a push to the branch deploys, and nobody approved it".into(),
        help: "protect the branch, so that changes come as pull requests; merged by rebase, they look like pushes".into(),
    };
    cx.report(at, report).object = Some(object);
}

fn is_direct(commit: &Commit) -> bool {
    // The first commit of a repository has no branch to be merged into.
    commit.parents == 1 && !is_of_bot(&commit.author) && !names_request(&commit.message)
}

/// Whether a message says with which request a commit came, in the words of GitHub, Gitea, GitLab, Azure DevOps, Bitbucket
/// and Gerrit.
fn names_request(message: &str) -> bool {
    const WORDS: [&str; 7] = [
        "See merge request",
        "Merged PR ",
        "(pull request #",
        "Merge pull request",
        "Pull request #",
        "Reviewed-on: ",
        "PR-URL: ",
    ];
    let subject = message.lines().next().unwrap_or_default();
    let numbered = ["(#", "(!"].iter().any(|open| {
        subject.match_indices(open).any(|(at, _)| {
            let rest = subject.get(at + open.len()..).unwrap_or_default();
            rest.split_once(')').is_some_and(|(number, _)| {
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            })
        })
    });
    numbered || WORDS.iter().any(|word| message.contains(word))
}

/// Whether a commit is of a program.
fn is_of_bot(author: &str) -> bool {
    let author = author.to_ascii_lowercase();
    let mut words = author.split(|c: char| !c.is_ascii_alphanumeric());
    author.contains("[bot]")
        || words.any(|word| {
            matches!(
                word,
                "bot" | "renovate" | "dependabot" | "flux" | "argocd" | "ci" | "automation" | "jenkins"
            ) || word.ends_with("bot")
        })
        || ["github-actions", "image-updater", "gitlab-ci"].iter().any(|name| author.contains(name))
}
