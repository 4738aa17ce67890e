//! `appset-missingkey-not-error`

use std::collections::BTreeMap;

use camino::Utf8Path;

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::{Level, Related};
use crate::graph::Idle;
use crate::model::ObjectView;
use crate::source::{SourceMap, Span};
use crate::template::MissingKey;
use crate::yaml::Cursor;

use super::applicationset::KINDS;
use super::projects::applied;

rule! {
    /// An ApplicationSet with Go templates that print `<no value>` for a parameter that is not there.
    ///
    /// ## Why
    ///
    /// Go prints a missing parameter as `<no value>`: the Application gets a wrong name, path or server, and Argo CD
    /// creates it all the same, or deletes those with the right names. With `missingkey=error` nothing is changed until
    /// the template is right.
    ///
    /// An option that Go does not know makes the controller panic, for this ApplicationSet and all others, and is an
    /// error.
    ///
    /// A repository that leaves the options out everywhere gets one finding, at the first ApplicationSet, that names the
    /// others: that is one decision.
    ///
    /// ## What passes
    ///
    /// - an ApplicationSet without Go templates: `appset-fasttemplate` is about those
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   goTemplate: true
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: prod
    ///   template:
    ///     metadata:
    ///       name: "shop-{{ .env }}"
    ///     spec:
    ///       project: shop
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: ApplicationSet
    /// metadata:
    ///   name: shop
    /// spec:
    ///   goTemplate: true
    ///   goTemplateOptions: ["missingkey=error"]
    ///   generators:
    ///     - list:
    ///         elements:
    ///           - env: prod
    ///   template:
    ///     metadata:
    ///       name: "shop-{{ .env }}"
    ///     spec:
    ///       project: shop
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/operator-manual/applicationset/GoTemplate/>
    /// - <https://pkg.go.dev/text/template#Template.Option>
    /// - <https://github.com/argoproj/argo-cd/issues/20935>
    pub static RULE = "appset-missingkey-not-error" {
        level: Warning,
        precision: VeryHigh,
        tags: ["argo-cd", "correctness"],
        aliases: [],
        checks: [Check::Around(&Check::Object(KINDS, check))],
    }
}

fn check(object: &ObjectView<'_>, cx: &mut Cx<'_>) {
    let Some(spec) = object.root.get("spec") else { return };
    if spec.get("goTemplate").is_none_or(|go| go.bool() != Some(true)) {
        return;
    }
    let options: Vec<_> = spec.get("goTemplateOptions").into_iter().flat_map(|list| list.items()).collect();
    let unknown = options.iter().find(|option| {
        option.text().is_some_and(|text| !text.contains("{{") && MissingKey::option(&text).is_none())
    });
    if let Some(unknown) = unknown {
        let text = unknown.text().unwrap_or_default();
        let finding = cx.report(
            *unknown,
            Report {
                message: format!("Go templates have no option `{text}`"),
                why: "the ApplicationSet controller panics on it, and stops for all ApplicationSets".into(),
                help: "write `missingkey=error`".into(),
            },
        );
        finding.level = Level::Error;
        return;
    }
    let last = options.iter().rfind(|option| option.text().is_some());
    let option = last.and_then(|option| MissingKey::option(&option.text()?));
    if option == Some(MissingKey::Error) {
        return;
    }
    let alike = cx.world().memo.get(|| Bare::of(cx.world()));
    let own = mark(object).map(|mark| place(mark, cx.map()));
    let others = match alike.0.split_first() {
        Some((first, others)) if Some(*first) == own => others,
        _ if own.is_some() => return,
        _ => &[],
    };
    let more = match others.len() {
        0 => String::new(),
        1 => "; another one is like it".to_owned(),
        more => format!("; {more} more are like it"),
    };
    let at =
        last.map_or_else(|| At::missing(object, &["spec", "goTemplateOptions"]), |last| At::value(*last));
    let finding = cx.report(
        at,
        Report {
            message: format!("ApplicationSet `{}` prints `<no value>` for missing parameters{more}", object.name()),
            why: "Argo CD creates Applications with wrong names, paths or servers in place of stopping".into(),
            help: "set `goTemplateOptions: [\"missingkey=error\"]`, and read optional parameters with `dig` or behind `hasKey`".into(),
        },
    );
    let others = others.iter().map(|&span| Related { span, message: "this one too".into() });
    finding.related.extend(others);
}

/// The ApplicationSets that have Go templates and no options, by [marks](mark): those that somebody applies first, and
/// else by path.
struct Bare(Vec<Span>);

impl Bare {
    fn of(world: &World) -> Self {
        let idle = world.memo.get(|| Idle::of(world.graph()));
        let is_kind = |object: &ObjectView<'_>| KINDS.iter().any(|kind| object.is(*kind));
        // Several overlays may apply what stands in one place.
        let mut places: BTreeMap<(&Utf8Path, u32), (bool, Span)> = BTreeMap::new();
        for object in applied(world).filter(is_kind) {
            let Some(span) = mark(&object).map(|mark| place(mark, &world.map)) else { continue };
            let key = (world.map.source(span.source).path(), span.start);
            places.entry(key).or_insert((idle.has_file(span.source), span));
        }
        let mut spans: Vec<(bool, Span)> = places.into_values().collect();
        spans.sort_by_key(|(is_idle, _)| *is_idle);
        Self(spans.into_iter().map(|(_, span)| span).collect())
    }
}

/// The `goTemplate: true` of an ApplicationSet that has no options.
fn mark<'w>(object: &ObjectView<'w>) -> Option<Cursor<'w>> {
    let spec = object.root.get("spec").filter(|spec| spec.get("goTemplateOptions").is_none())?;
    spec.get("goTemplate").filter(|go| go.bool() == Some(true))
}

/// Where a value is edited.
fn place(value: Cursor<'_>, map: &SourceMap) -> Span {
    map.editable(value.span(), value.step()).unwrap_or(value.span())
}
