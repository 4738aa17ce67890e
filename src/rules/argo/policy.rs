//! Lines of Argo CD's permissions: `p, subject, resource, action, object, effect` and `g, subject, role`.
//!
//! Source: <https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/>.

/// A permission.
pub struct Policy<'t> {
    /// Who has it: a role, a user, a group.
    pub subject: &'t str,
    /// `applications`, `projects`, `exec` …
    pub resource: &'t str,
    /// `get`, `sync` …
    pub action: &'t str,
    /// `project/application`
    pub object: &'t str,
    /// Whether it gives; else it takes away.
    pub is_allowed: bool,
}

impl<'t> Policy<'t> {
    /// Reads a line; `None` for anything that is no permission.
    pub fn parse(line: &'t str) -> Option<Self> {
        let mut parts = line.split(',').map(str::trim);
        if parts.next()? != "p" {
            return None;
        }
        let (subject, resource, action, object) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let is_allowed = parts.next().is_none_or(|effect| effect == "allow");
        Some(Self { subject, resource, action, object, is_allowed })
    }
}

/// Who is given which role by a line.
pub fn group(line: &str) -> Option<(&str, &str)> {
    let mut parts = line.split(',').map(str::trim);
    if parts.next()? != "g" {
        return None;
    }
    Some((parts.next()?.trim_matches('"'), parts.next()?))
}
