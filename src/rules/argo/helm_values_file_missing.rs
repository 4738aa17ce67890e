//! `helm-values-file-missing`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::finding::Level;
use crate::graph::{OwnerKind, OwnerView, Status};
use crate::rules::support::near;

rule! {
    /// A values file that an Argo CD Application or a HelmRelease names and that is not there.
    ///
    /// ## Why
    ///
    /// Argo CD cannot render the chart. With `ignoreMissingValueFiles` it can, and does so without the values: production
    /// runs with the defaults of the chart, and nothing says why. Flux cannot package the chart, and with
    /// `ignoreMissingValuesFiles` leaves the file out as silently.
    ///
    /// ## What passes
    ///
    /// - addresses, `secrets://`, names with variables that are only known at a sync
    /// - files of other repositories and artifacts, of charts that are not here, and of other revisions
    /// - with `ignoreMissingValueFiles`, any name that is not almost that of a file beside it; that is a warning
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// # file: app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: charts/shop
    ///     helm:
    ///       valueFiles: [values-prodution.yaml]
    /// # file: charts/shop/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 1.0.0
    /// # file: charts/shop/values-production.yaml
    /// replicas: 3
    /// ```
    ///
    /// ## Good
    ///
    /// ```yaml
    /// # file: app.yaml
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata:
    ///   name: shop
    /// spec:
    ///   source:
    ///     repoURL: https://github.com/acme/gitops
    ///     path: charts/shop
    ///     helm:
    ///       valueFiles: [values-production.yaml]
    /// # file: charts/shop/Chart.yaml
    /// apiVersion: v2
    /// name: shop
    /// version: 1.0.0
    /// # file: charts/shop/values-production.yaml
    /// replicas: 3
    /// ```
    ///
    /// ## References
    ///
    /// - <https://argo-cd.readthedocs.io/en/stable/user-guide/helm/#values-files>
    /// - <https://fluxcd.io/flux/components/source/helmcharts/#values-files>
    pub static RULE = "helm-values-file-missing" {
        level: Error,
        precision: VeryHigh,
        tags: ["argo-cd", "flux", "helm", "reference"],
        aliases: [],
        checks: [Check::Owner(&[OwnerKind::Application, OwnerKind::HelmRelease], check)],
    }
}

/// Letters in which a name may differ from that of a file to be taken for it.
const SLIP: usize = 2;

fn check(owner: &OwnerView<'_>, cx: &mut Cx<'_>) {
    for file in owner.owner.deliveries.iter().flat_map(|delivery| &delivery.values) {
        let Status::Missing(why) = &file.status else { continue };
        let wanted = file.paths.first();
        let similar = wanted.and_then(|path| near::file(cx.world(), path));
        if file.is_optional {
            let is_slip = |path: &camino::Utf8PathBuf| {
                wanted
                    .is_some_and(|wanted| strsim::damerau_levenshtein(wanted.as_str(), path.as_str()) <= SLIP)
            };
            if !similar.as_ref().is_some_and(is_slip) {
                continue;
            }
        }
        let help = match similar {
            Some(path) => format!("there is `{path}`; correct the name, or add the file"),
            None => "correct the name, or add the file".to_owned(),
        };
        let why_it_matters = match (file.is_optional, owner.owner.kind.is_flux()) {
            (true, false) => "Argo CD renders the chart without these values, and says nothing",
            (true, true) => "Flux packages the chart without these values, and says nothing",
            (false, false) => "Argo CD cannot render the chart, and no later change reaches the cluster",
            (false, true) => "Flux cannot package the chart, and no later change reaches the cluster",
        };
        let finding = cx.report(
            At::span(file.at),
            Report {
                message: format!("{}: of the values files, {why}", owner.display()),
                why: why_it_matters.into(),
                help: help.into(),
            },
        );
        if file.is_optional {
            finding.level = finding.level.min(Level::Warning);
        }
    }
}
