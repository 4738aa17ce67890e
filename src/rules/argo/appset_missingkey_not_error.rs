//! `appset-missingkey-not-error`

use crate::engine::{At, Check, Cx, Report, World, rule};
use crate::finding::{Level, Related};
use crate::model::{FileView, ObjectView};
use crate::source::{SourceId, Span};
use crate::template::MissingKey;

use super::applicationset::KINDS;

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
    /// A repository that leaves the options out everywhere gets one finding, at the first ApplicationSet: that is one
    /// decision.
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
    let own = (object.object.source, object.name().into_owned());
    let place = alike.0.iter().position(|bare| (bare.source, &bare.name) == (own.0, &own.1));
    if place.is_some_and(|place| place > 0) {
        return;
    }
    let others = if place.is_some() { alike.0.get(1..).unwrap_or_default() } else { &[] };
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
    let spans = others.iter().take(SHOWN).map(|bare| bare.span);
    finding.related.extend(spans.map(|span| Related { span, message: "this one too".into() }));
}

/// So many others are shown.
const SHOWN: usize = 10;

/// The ApplicationSets of the files that have Go templates and no options.
struct Bare(Vec<BareSet>);

struct BareSet {
    source: SourceId,
    name: String,
    span: Span,
}

impl Bare {
    fn of(world: &World) -> Self {
        let files = world.repository.files.iter().map(|file| FileView { map: &world.map, file });
        let mut sets = Vec::new();
        for file in files {
            sets.extend(
                file.objects().filter(|object| KINDS.iter().any(|kind| object.is(*kind))).filter_map(
                    |object| {
                        let spec = object.root.get("spec")?;
                        let is_go = spec.get("goTemplate")?.bool() == Some(true);
                        let is_bare = is_go && spec.get("goTemplateOptions").is_none();
                        let span = spec.get("goTemplate")?.span();
                        let source = object.object.source;
                        is_bare.then(|| BareSet { source, name: object.name().into_owned(), span })
                    },
                ),
            );
        }
        Self(sets)
    }
}
