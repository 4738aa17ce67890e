//! `branch-protection-weak`

use camino::Utf8Path;

use crate::discover::FileKind;
use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::{Level, Related};
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
    /// - no review is required; force pushes are allowed; developers may push; a ruleset is not enforced
    /// - as a note: no check is required; code owners need not approve, or administrators are exempt, in so many words
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
    pub gaps: Vec<Gap>,
}

/// What a protection leaves out.
pub(super) struct Gap {
    span: Span,
    what: &'static str,
    /// Whether a change needs nobody else.
    is_open: bool,
}

impl Gap {
    /// A change needs nobody else.
    pub(super) fn open(span: Span, what: &'static str) -> Self {
        Self { span, what, is_open: true }
    }

    /// Somebody has to agree, and more could be asked.
    pub(super) fn ajar(span: Span, what: &'static str) -> Self {
        Self { span, what, is_open: false }
    }
}

fn check(file: &FileView<'_>, cx: &mut Cx<'_>) {
    let found = match file.file.kind {
        FileKind::Terraform => terraform::weak(file.file.source, file.source().text()),
        _ if is_settings(file.path()) => settings(file),
        _ => return,
    };
    for Weak { branch, gaps } in found {
        let Some(first) = gaps.iter().find(|gap| gap.is_open).or(gaps.first()) else { continue };
        let list: Vec<&str> = gaps.iter().map(|gap| gap.what).collect();
        let report = Report {
            message: format!("the protection of `{branch}` lets changes through: {}", list.join("; ")),
            why: "whoever merges deploys, and the forge does not ask anybody else".into(),
            help: "require a review by code owners and the checks that decide, of administrators too".into(),
        };
        let related = gaps.iter().filter(|gap| gap.span != first.span);
        let related: Vec<Related> =
            related.map(|gap| Related { span: gap.span, message: gap.what.into() }).collect();
        let finding = cx.report(At::span(first.span), report);
        finding.related.extend(related);
        if !first.is_open {
            finding.level = finding.level.min(Level::Note);
        }
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
    let mut gaps: Vec<Gap> = Vec::new();
    if protection.is_null() {
        gaps.push(Gap::open(protection.span(), "it is not protected at all"));
        return Some(Weak { branch: text, gaps });
    }
    let at = |map: Cursor<'_>, field: &str, wanted: &str| {
        map.get(field)
            .filter(|value| value.text().is_some_and(|text| text == wanted))
            .map(|value| value.span())
    };
    match protection.get("required_pull_request_reviews") {
        None => gaps.push(Gap::open(name.span(), "no review is required")),
        Some(reviews) if reviews.is_null() => gaps.push(Gap::open(reviews.span(), "no review is required")),
        Some(reviews) => {
            let none = at(reviews, "required_approving_review_count", "0");
            // An approval of those who own the files is one, whatever the number.
            let none = none.filter(|_| at(reviews, "require_code_owner_reviews", "true").is_none());
            gaps.extend(none.map(|span| Gap::open(span, "no approval is required")));
            let owners = at(reviews, "require_code_owner_reviews", "false");
            gaps.extend(owners.map(|span| Gap::ajar(span, "code owners need not approve")));
        }
    }
    match protection.get("required_status_checks") {
        None => gaps.push(Gap::ajar(name.span(), "no check is required")),
        Some(checks) if checks.is_null() => gaps.push(Gap::ajar(checks.span(), "no check is required")),
        Some(checks) => {
            let lists: Vec<_> = ["contexts", "checks"].iter().filter_map(|list| checks.get(list)).collect();
            let empty = lists.first().filter(|_| lists.iter().all(|list| list.items().next().is_none()));
            gaps.extend(empty.map(|list| Gap::ajar(list.span(), "no check is required")));
        }
    }
    let admins = at(protection, "enforce_admins", "false");
    gaps.extend(admins.map(|span| Gap::ajar(span, "administrators are exempt")));
    let force = at(protection, "allow_force_pushes", "true");
    gaps.extend(force.map(|span| Gap::open(span, "force pushes are allowed")));
    Some(Weak { branch: text, gaps })
}
