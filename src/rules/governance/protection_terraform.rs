//! The protection of branches that Terraform sets.
//!
//! Must not report anything.

use crate::model::terraform::{Attribute, Block, read};
use crate::source::{SourceId, Span};

use super::branch_protection_weak::{Gap, Weak, is_deployed};

/// A resource with the blocks in it.
struct Resource<'b> {
    block: &'b Block,
    index: usize,
    all: &'b [Block],
}

impl<'b> Resource<'b> {
    /// The block of a kind inside, at any depth. One that is `dynamic` is not known.
    fn nested(&self, kind: &str) -> Nested<'b> {
        let is_inside = |block: &Block| {
            let mut at = block.parent;
            while let Some(parent) = at {
                if parent == self.index {
                    return true;
                }
                at = self.all.get(parent).and_then(|parent| parent.parent);
            }
            false
        };
        let mut inside = self.all.iter().skip(self.index + 1).take_while(|block| is_inside(block));
        let found = inside.find_map(|block| match block.kind.as_str() {
            "dynamic" if block.labels.first().is_some_and(|label| label == kind) => Some(Nested::Unknown),
            is if is == kind => Some(Nested::Block(block)),
            _ => None,
        });
        found.unwrap_or(Nested::Missing)
    }

    /// The place of an attribute that has this value.
    fn at(&self, name: &str, value: &str) -> Option<Span> {
        at(self.block, name, value)
    }
}

enum Nested<'b> {
    Missing,
    Unknown,
    Block(&'b Block),
}

fn at(block: &Block, name: &str, value: &str) -> Option<Span> {
    block.get(name).filter(|attribute| attribute.value == value).map(|attribute| attribute.span)
}

/// What is weak in a file.
pub(super) fn weak(source: SourceId, text: &str) -> Vec<Weak> {
    if !text.contains("_branch_protection") && !text.contains("github_repository_ruleset") {
        return Vec::new();
    }
    let blocks = read(source, text);
    let resources =
        blocks.iter().enumerate().filter(|(_, block)| block.kind == "resource" && block.parent.is_none());
    let found = resources.filter_map(|(index, block)| {
        let resource = Resource { block, index, all: &blocks };
        match block.labels.first().map(String::as_str)? {
            "github_branch_protection" => protection(&resource, "pattern", "allows_force_pushes"),
            "github_branch_protection_v3" => protection(&resource, "branch", ""),
            "github_repository_ruleset" => ruleset(&resource),
            "gitlab_branch_protection" => gitlab(&resource),
            _ => None,
        }
    });
    found.collect()
}

/// The branch that an attribute names, when something is deployed from it.
fn branch(attribute: &Attribute) -> Option<String> {
    match attribute.text() {
        Some(name) => is_deployed(name).then(|| name.to_owned()),
        None => {
            attribute.value.contains("default_branch").then(|| attribute.value.trim_matches('"').to_owned())
        }
    }
}

/// `enforce_admins = false` and the like, which several resources have.
fn reviews(block: &Block, gaps: &mut Vec<Gap>) {
    let by_owners = ["require_code_owner_reviews", "require_code_owner_review"];
    let has_owners = by_owners.iter().any(|name| at(block, name, "true").is_some());
    let none = ["0", "\"0\""].iter().find_map(|zero| at(block, "required_approving_review_count", zero));
    // An approval of those who own the files is one, whatever the number.
    gaps.extend(none.filter(|_| !has_owners).map(|span| Gap::open(span, "no approval is required")));
    for name in by_owners {
        let owners = at(block, name, "false");
        gaps.extend(owners.map(|span| Gap::ajar(span, "code owners need not approve")));
    }
}

fn protection(resource: &Resource<'_>, named: &str, force: &str) -> Option<Weak> {
    // Older versions of the provider call the pattern so.
    let name = resource.block.get(named).or_else(|| resource.block.get("branch"))?;
    let branch = branch(name)?;
    let mut gaps = Vec::new();
    match resource.nested("required_pull_request_reviews") {
        Nested::Missing => gaps.push(Gap::open(name.span, "no review is required")),
        Nested::Block(block) => reviews(block, &mut gaps),
        Nested::Unknown => {}
    }
    if let Nested::Missing = resource.nested("required_status_checks") {
        gaps.push(Gap::ajar(name.span, "no check is required"));
    }
    let admins = resource.at("enforce_admins", "false");
    gaps.extend(admins.map(|span| Gap::ajar(span, "administrators are exempt")));
    let force = resource.at(force, "true");
    gaps.extend(force.map(|span| Gap::open(span, "force pushes are allowed")));
    Some(Weak { branch, gaps })
}

/// A ruleset is one of several: only what it says of itself counts.
fn ruleset(resource: &Resource<'_>) -> Option<Weak> {
    let of_branches =
        resource.block.get("target").and_then(Attribute::text).is_none_or(|target| target == "branch");
    if !of_branches {
        return None;
    }
    let mut gaps = Vec::new();
    for value in ["disabled", "evaluate"] {
        let enforcement = resource.at("enforcement", &format!("\"{value}\""));
        gaps.extend(enforcement.map(|span| Gap::open(span, "it is not enforced")));
    }
    if let Nested::Block(block) = resource.nested("pull_request") {
        reviews(block, &mut gaps);
    }
    let name = resource.block.get("name").and_then(Attribute::text);
    Some(Weak { branch: name.or(resource.block.labels.get(1).map(String::as_str))?.to_owned(), gaps })
}

fn gitlab(resource: &Resource<'_>) -> Option<Weak> {
    let branch = branch(resource.block.get("branch")?)?;
    let mut gaps = Vec::new();
    let push = resource.at("push_access_level", "\"developer\"");
    gaps.extend(push.map(|span| Gap::open(span, "developers may push")));
    let force = resource.at("allow_force_push", "true");
    gaps.extend(force.map(|span| Gap::open(span, "force pushes are allowed")));
    Some(Weak { branch, gaps })
}
