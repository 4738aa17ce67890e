//! One page to look at in a browser: nothing is loaded, nothing is sent, and what stands in it is data.
//!
//! Owns the frame: the template, and that no text of a repository is ever markup or script. The policy in the page
//! names its own style and script by their hashes, so a browser runs nothing else even if something slipped through.

mod data;

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use crate::engine::Outcome;

use super::summary;

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The page.
pub fn html(outcome: &Outcome) -> String {
    let hash = |text: &str| BASE64.encode(&Sha256::digest(text));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{}'; script-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(STYLE),
        hash(SCRIPT)
    );
    let data = script_data(&data::json(outcome));
    let counts = markup(&summary::counts(outcome));
    let coverage = markup(&summary::coverage(outcome));
    let parts = [
        ("policy", policy.as_str()),
        ("style", STYLE),
        ("script", SCRIPT),
        ("data", data.as_str()),
        ("counts", counts.as_str()),
        ("coverage", coverage.as_str()),
        ("version", env!("CARGO_PKG_VERSION")),
    ];
    // One pass over the template: what is filled in is not looked at again.
    let mut page = String::with_capacity(PAGE.len() + STYLE.len() + SCRIPT.len() + data.len());
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        page += before;
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page += parts.iter().find(|(part, _)| *part == name).map_or("", |(_, text)| text);
        rest = after;
    }
    page + rest
}

/// Text between tags.
fn markup(text: &str) -> String {
    super::escape(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// JSON inside of `<script>`, where `</script` and `<!--` would end or change it: no tag can begin without its `<`,
/// which stands only inside of strings.
fn script_data(json: &str) -> String {
    json.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

#[cfg(test)]
mod tests {
    use super::{PAGE, markup, script_data};

    #[test]
    fn text_cannot_become_markup() {
        assert_eq!(markup("<b>&\u{1b}"), "&lt;b&gt;&amp;\\u{1b}");
        let json = serde_json::to_string("</script><!--&").unwrap_or_default();
        let shown = script_data(&json);
        assert!(!shown.contains(['<', '>', '&']), "{shown}");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap_or_default(), "</script><!--&");
    }

    #[test]
    fn the_template_asks_for_nothing_from_outside() {
        for outside in ["http:", "https:", "src=", "@import", "url(", "<link"] {
            let parts = [PAGE, super::STYLE, super::SCRIPT];
            assert!(parts.iter().all(|part| !part.contains(outside)), "{outside}");
        }
    }
}
