//! `windows-run-as-container-user`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;
use crate::rules::support::security;

rule! {
    /// A Windows container that does not run as `ContainerUser`.
    ///
    /// ## Why
    ///
    /// `ContainerAdministrator` may change everything in the container, and is the default of many images.
    ///
    /// ## What passes
    ///
    /// - pods that do not say that they run on Windows
    ///
    /// ## Bad
    ///
    /// ```yaml
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    /// spec:
    ///   os:
    ///     name: windows
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
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
    ///   os:
    ///     name: windows
    ///   securityContext:
    ///     windowsOptions:
    ///       runAsUserName: ContainerUser
    ///   containers:
    ///     - name: web
    ///       image: ghcr.io/acme/web:1.8.2
    /// ```
    pub static RULE = "windows-run-as-container-user" {
        level: Note,
        profile: Pedantic,
        security: 3.0,
        precision: VeryHigh,
        tags: ["pod-security"],
        aliases: [Kyverno "require-run-as-containeruser"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    if !container.pod.is_windows() || !security::is_complete(container) {
        return;
    }
    const PATH: [&str; 3] = ["securityContext", "windowsOptions", "runAsUserName"];
    let value = security::effective(container, &["windowsOptions", "runAsUserName"]);
    if value.is_some_and(|value| value.text().is_some_and(|name| name.eq_ignore_ascii_case("ContainerUser")))
    {
        return;
    }
    let report = Report {
        message: format!("{} does not run as `ContainerUser`", container.describe()),
        why: "an administrator in the container may change everything in it".into(),
        help: "write `windowsOptions: {runAsUserName: ContainerUser}`".into(),
    };
    let missing = || At::missing_below(&container.pod.object, container.spec, &PATH);
    cx.report(value.map_or_else(missing, At::value), report);
}
