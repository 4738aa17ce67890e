//! `image-latest-tag`

use crate::engine::{At, Check, Cx, Report, rule};
use crate::model::Container;

rule! {
    /// A container image without a tag, or with the tag `latest`.
    ///
    /// ## Why
    ///
    /// What runs depends on the moment a node pulled it.
    pub static RULE = "image-latest-tag" {
        level: Warning,
        security: 3.0,
        precision: VeryHigh,
        tags: ["image", "supply-chain"],
        aliases: [KubeLinter "latest-tag", Checkov "CKV_K8S_14"],
        checks: [Check::Container(check)],
    }
}

fn check(container: &Container<'_>, cx: &mut Cx<'_>) {
    let Some(image) = container.image() else { return };
    let Some(text) = image.text() else { return };
    if text.ends_with(":latest") {
        cx.report(
            At::part(image, text.len() - 6, text.len()),
            Report {
                message: format!("image `{text}` has the moving tag `latest`"),
                why: "what runs depends on the moment a node pulled it".into(),
                help: "name a version, or better a digest".into(),
            },
        );
    }
}
