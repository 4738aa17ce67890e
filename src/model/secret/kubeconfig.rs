//! Files with which kubectl logs in.

use crate::yaml::Cursor;

use super::placeholder::stand_in;

/// Fields of a user that hold a credential themselves; `client-key` and `tokenFile` only name files.
const FIELDS: [&[&str]; 7] = [
    &["client-key-data"],
    &["token"],
    &["password"],
    &["auth-provider", "config", "access-token"],
    &["auth-provider", "config", "refresh-token"],
    &["auth-provider", "config", "id-token"],
    &["auth-provider", "config", "client-secret"],
];

/// Whether a document is a kubeconfig.
pub fn is_kubeconfig(root: Cursor<'_>) -> bool {
    let is_config = root.get("kind").and_then(|kind| kind.text()).is_some_and(|kind| kind == "Config");
    is_config && root.get("users").is_some()
}

/// The credentials of each user, those of a user together. A user that runs a program or reads a file has none.
pub fn credentials<'w>(root: Cursor<'w>) -> impl Iterator<Item = (Cursor<'w>, Vec<Cursor<'w>>)> {
    let users = root.get("users").into_iter().flat_map(|users| users.items());
    users.filter_map(|entry| {
        let user = entry.get("user")?;
        let values = FIELDS.iter().filter_map(|path| user.path(path));
        let is_credential = |value: &Cursor<'_>| value.text().is_some_and(|text| stand_in(&text).is_none());
        let credentials: Vec<Cursor<'w>> = values.filter(is_credential).collect();
        (!credentials.is_empty()).then_some((entry, credentials))
    })
}
