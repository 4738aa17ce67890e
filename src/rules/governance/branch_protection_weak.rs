//! `branch-protection-weak`

use camino::Utf8Path;

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Related;
use crate::model::FileView;
use crate::source::Span;
use crate::yaml::Cursor;

use super::protection_terraform as terraform;

rule! {
    /// A protected branch whose protection lets changes through.
    ///
    /// ## Why
    ///
    /// In a GitOps repository whoever merges deploys. A branch that takes changes without a review, or without the checks
    /// having passed, is an open door to the cluster, whatever CODEOWNERS says.
    ///
    /// Read are settings that are kept as code: `.github/settings.yml` of the Settings app, and Terraform's
    /// `github_branch_protection`, `github_branch_protection_v3`, `github_repository_ruleset` and
    /// `gitlab_branch_protection`, of the default branch and of what the names of branches say is production.
    ///
    /// ## What is reported
    ///
    /// - no review is required, or none by code owners where that is said in so many words
    /// - no check is required
    /// - administrators are exempt in so many words; force pushes are allowed; developers may push
    /// - a ruleset that is not enforced
    ///
    /// ## What passes
    ///
    /// - values that are not known: variables, `dynamic` blocks
    /// - rulesets that leave something out, since another one may have it
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: .github/settings.yml
    /// branches:
    ///   - name: main
    ///     protection:
    ///       required_pull_request_reviews: null
    ///       required_status_checks: {strict: true, contexts: [plimsoll]}
    ///       enforce_admins: true
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: .github/settings.yml
    /// branches:
    ///   - name: main
    ///     protection:
    ///       required_pull_request_reviews: {required_approving_review_count: 1, require_code_owner_reviews: true}
    ///       required_status_checks: {strict: true, contexts: [plimsoll]}
    ///       enforce_admins: true
    /// ```
    ///
    /// ## References
    ///
    /// - <https://github.com/repository-settings/app>
    /// - <https://registry.terraform.io/providers/integrations/github/latest/docs/resources/branch_protection>
    pub static RULE = "branch-protection-weak" {
        level: Warning,
        security: 5.0,
        precision: High,
        tags: ["governance", "security"],
        aliases: [],
        checks: [Check::File(check)],
    }
}

/// What is weak about the protection of a branch: the first place is where the finding stands.
pub(super) struct Weak {
    /// The branch, as people call it.
    pub branch: String,
    /// What, and where.
    pub gaps: Vec<(Span, String)>,
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let found = match file.file.kind {
        FileKind::Terraform => terraform::weak(file.file.source, file.source().text()),
        _ if is_settings(file.path()) => settings(file),
        _ => return,
    };
    for Weak { branch, gaps } in found {
        let Some((first, _)) = gaps.first() else { continue };
        let list: Vec<&str> = gaps.iter().map(|(_, gap)| gap.as_str()).collect();
        let report = Report {
            message: format!("the protection of `{branch}` lets changes through: {}", list.join("; ")),
            why: "whoever merges deploys, and the forge does not ask anybody else".into(),
            help: "require a review by code owners and the checks that decide, of administrators too".into(),
        };
        let related = gaps.iter().skip(1).filter(|(span, _)| span != first);
        let related: Vec<Related> =
            related.map(|(span, gap)| Related { span: *span, message: gap.clone().into() }).collect();
        cx.report(At::span(*first), report).related.extend(related);
    }
}

/// Whether the Settings app reads a file.
fn is_settings(path: &Utf8Path) -> bool {
    matches!(path.as_str(), ".github/settings.yml" | ".github/settings.yaml")
}

/// Whether a branch is one that is deployed from, as its name says; a template may be any.
pub(super) fn is_deployed(branch: &str) -> bool {
    matches!(
        branch,
        "main" | "master" | "trunk" | "production" | "prod" | "*" | "**" | "~DEFAULT_BRANCH" | "default"
    ) || branch.ends_with("/main")
        || branch.ends_with("/master")
}

/// The branches of `.github/settings.yml`.
fn settings(file: &FileView<'_>) -> Vec<Weak> {
    let roots = file.documents().filter_map(|document| document.root.get("branches"));
    roots.flat_map(|branches| branches.items().collect::<Vec<_>>()).filter_map(branch).collect()
}

fn branch(branch: Cursor<'_>) -> Option<Weak> {
    let name = branch.get("name")?;
    let text = name.text().filter(|text| is_deployed(text))?.into_owned();
    let protection = branch.get("protection")?;
    let mut gaps: Vec<(Span, String)> = Vec::new();
    let mut gap = |at: Cursor<'_>, what: &str| gaps.push((at.span(), what.to_owned()));
    if protection.is_null() {
        gap(protection, "it is not protected at all");
        return Some(Weak { branch: text, gaps });
    }
    let is = |value: Cursor<'_>, wanted: &str| value.text().is_some_and(|text| text == wanted);
    match protection.get("required_pull_request_reviews") {
        None => gap(name, "no review is required"),
        Some(reviews) if reviews.is_null() => gap(reviews, "no review is required"),
        Some(reviews) => {
            if let Some(count) =
                reviews.get("required_approving_review_count").filter(|count| is(*count, "0"))
            {
                gap(count, "no approval is required");
            }
            let owners = reviews.get("require_code_owner_reviews");
            if let Some(owners) = owners.filter(|owners| is(*owners, "false")) {
                gap(owners, "code owners need not approve");
            }
        }
    }
    match protection.get("required_status_checks") {
        None => gap(name, "no check is required"),
        Some(checks) if checks.is_null() => gap(checks, "no check is required"),
        Some(checks) => {
            let listed =
                ["contexts", "checks"].into_iter().filter_map(|list| checks.get(list)).collect::<Vec<_>>();
            if let Some(first) =
                listed.first().filter(|_| listed.iter().all(|list| list.items().next().is_none()))
            {
                gap(*first, "no check is required");
            }
        }
    }
    if let Some(admins) = protection.get("enforce_admins").filter(|it| is(*it, "false")) {
        gap(admins, "administrators are exempt");
    }
    if let Some(force) = protection.get("allow_force_pushes").filter(|it| is(*it, "true")) {
        gap(force, "force pushes are allowed");
    }
    Some(Weak { branch: text, gaps })
}
