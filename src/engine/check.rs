//! What a rule may look at, and how a native rule is declared.

use crate::ci::Job;
use crate::finding::Rule;
use crate::graph::{ChangeView, GraphView, OwnerKind, OwnerView};
use crate::host::History;
use crate::model::{Container, DocumentView, FileView, KindName, KustomizationView, ObjectView, PodSpec};
use crate::render::{Event, EventKind, UnitView};

use super::Cx;

/// A check by what it concerns, so that a file only meets rules that have something to say about it.
#[derive(Clone, Copy, Debug)]
pub enum Check {
    /// Objects that are applied, rendered or as they stand, of these kinds (any when empty).
    Object(&'static [KindName], fn(&ObjectView<'_>, &mut Cx<'_>)),
    /// Pod specs of objects that are applied.
    Pod(fn(&PodSpec<'_>, &mut Cx<'_>)),
    /// Containers of objects that are applied.
    Container(fn(&Container<'_>, &mut Cx<'_>)),
    /// Units: the objects that one kustomization applies together.
    Unit(fn(&UnitView<'_>, &mut Cx<'_>)),
    /// Owners of these kinds, as the graph has them: those that an ApplicationSet makes, too.
    Owner(&'static [OwnerKind], fn(&OwnerView<'_>, &mut Cx<'_>)),
    /// The graph as a whole.
    Graph(fn(&GraphView<'_>, &mut Cx<'_>)),
    /// The graph beside that of the revision it is compared with; only where there is one.
    Change(fn(&ChangeView<'_>, &mut Cx<'_>)),
    /// The history of the branch; read only where such a rule is selected.
    History(fn(&History, &mut Cx<'_>)),
    /// What rendering noticed, of these kinds.
    Event(&'static [EventKind], fn(&Event, &mut Cx<'_>)),
    /// Kustomizations and components.
    Kustomization(fn(&KustomizationView<'_>, &mut Cx<'_>)),
    /// Values files of charts.
    Values(fn(&DocumentView<'_>, &mut Cx<'_>)),
    /// Jobs of pipelines.
    Job(fn(&Job, &mut Cx<'_>)),
    /// Scripts and targets that no pipeline runs, and that name a program that changes clusters.
    Script(fn(&Job, &mut Cx<'_>)),
    /// Blocks of commands in Markdown, which is read when a rule with such a check takes part.
    Runbook(fn(&Job, &mut Cx<'_>)),
    /// Every document of every YAML or JSON file, patches and bases too.
    Document(fn(&DocumentView<'_>, &mut Cx<'_>)),
    /// Every file.
    File(fn(&FileView<'_>, &mut Cx<'_>)),
    /// One of a file, a document or an object that asks for [more than that](Cx::world): what it finds there may change
    /// with other files.
    Around(&'static Check),
}

impl Check {
    /// What it is but for how far it looks.
    pub fn inner(&self) -> &Check {
        match self {
            Check::Around(check) => check,
            check => check,
        }
    }
}

/// A rule written in Rust.
#[derive(Debug)]
pub struct NativeRule {
    /// What is known about it.
    pub rule: Rule,
    /// How it checks; empty for rules whose findings are made outside the engine.
    pub checks: &'static [Check],
    /// The file that declares it, relative to the crate.
    pub file: &'static str,
}

/// Declares a native rule: documentation first, then its defaults, then its checks.
///
/// ```text
/// rule! {
///     /// A container image without a tag, or with the tag `latest`.
///     ///
///     /// ## Why
///     /// …
///     pub static RULE = "image-latest-tag" {
///         level: Warning,
///         security: 3.0,
///         precision: VeryHigh,
///         tags: ["image", "supply-chain"],
///         aliases: [KubeLinter "latest-tag", Checkov "CKV_K8S_14"],
///         checks: [Check::Container(check)],
///     }
/// }
/// ```
macro_rules! rule {
    (
        $(#[doc = $doc:literal])+
        pub static RULE = $name:literal {
            level: $level:ident,
            $(by_tier: $by_tier:literal,)?
            $(profile: $profile:ident,)?
            $(security: $security:literal,)?
            precision: $precision:ident,
            tags: [$($tag:literal),* $(,)?],
            aliases: [$($peer:ident $id:literal),* $(,)?],
            checks: [$($check:expr),* $(,)?] $(,)?
        }
    ) => {
        $(#[doc = $doc])+
        pub static RULE: $crate::engine::NativeRule = $crate::engine::NativeRule {
            rule: $crate::finding::Rule {
                name: std::borrow::Cow::Borrowed($name),
                docs: std::borrow::Cow::Borrowed(concat!($($doc, "\n"),+)),
                level: $crate::finding::Level::$level,
                by_tier: $crate::engine::rule!(@or $($by_tier)? ; false),
                profile: $crate::engine::rule!(@or $($crate::finding::Profile::$profile)? ; $crate::finding::Profile::Default),
                security_severity: $crate::engine::rule!(@or $(Some($security))? ; None),
                precision: $crate::finding::Precision::$precision,
                tags: std::borrow::Cow::Borrowed(&[$(std::borrow::Cow::Borrowed($tag)),*]),
                aliases: std::borrow::Cow::Borrowed(&[$($crate::finding::Alias {
                    peer: $crate::finding::Peer::$peer,
                    id: std::borrow::Cow::Borrowed($id),
                }),*]),
            },
            checks: &[$($check),*],
            file: file!(),
        };
    };
    (@or ; $default:expr) => { $default };
    (@or $given:expr ; $default:expr) => { $given };
}
pub(crate) use rule;
