//! Reads the history of the branch for the rules that ask for it, and says how far that went.
//!
//! Owns the bound, which contents are of interest, and the words about both.

use camino::Utf8Path;

use crate::discover::Exclude;
use crate::engine::{Notice, World};
use crate::host::{History, HistoryEnd, HistoryQuery, Host, RevisionError};
use crate::model::secret::object::mentions_secret;
use crate::report;

/// How many commits are read, along first parents.
const COMMITS: usize = 2000;

/// Reads the history into the world. The notice says how far it goes, or why there is none.
pub(super) fn read(host: &dyn Host, root: &Utf8Path, exclude: &Exclude, world: &mut World) -> Notice {
    let starts = world.graph.this.git().and_then(|git| git.default_branch.as_ref()).map(|branch| {
        let remote = format!("refs/remotes/origin/{branch}");
        vec![remote, format!("refs/heads/{branch}")]
    });
    let query = HistoryQuery {
        starts: starts.unwrap_or_default(),
        commits: COMMITS,
        wants_path: &|path| {
            matches!(path.extension(), Some("yaml" | "yml" | "json"))
                && exclude.pattern(path, false).is_none()
        },
        wants_content: &|content| std::str::from_utf8(content).is_ok_and(mentions_secret),
    };
    let message = match host.history(root, &query) {
        Ok(history) => {
            let message = reach(&history);
            world.history = Some(history.into());
            message
        }
        Err(RevisionError::NoCheckout(_)) => {
            "this is no git checkout with a work tree, so rules about its history say nothing".to_owned()
        }
        Err(RevisionError::Unborn) => {
            "there is no commit yet, so rules about the history say nothing".to_owned()
        }
        Err(error) => format!("the history could not be read, so rules about it say nothing: {error}"),
    };
    Notice { path: None, span: None, message, failed: false }
}

/// How far the history goes.
fn reach(history: &History) -> String {
    let branch = history.from.trim_start_matches("refs/remotes/").trim_start_matches("refs/heads/");
    let commits = report::plural(history.commits.len(), "commit");
    let end = match history.end {
        HistoryEnd::Root => "which are all",
        HistoryEnd::Cut => {
            "where this clone is cut off; fetch the whole history: `fetch-depth: 0` for actions/checkout, `GIT_DEPTH: 0` \
             for GitLab CI, or `git fetch --unshallow`"
        }
        HistoryEnd::Bound => "and what is older was not",
    };
    let unread = match history.unread {
        0 => String::new(),
        count => format!("; {} could not be read", report::plural(count, "old file")),
    };
    format!("of the history of {branch}, {commits} along first parents were looked at, {end}{unread}")
}
