//! Log-in data of container registries, as `docker login` writes it.

use serde_json::Value;

use super::base64::{Decoded, decode};
use super::placeholder::{StandIn, stand_in};

/// What a docker configuration holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Logins {
    /// No log-in: a credential helper, an empty list, templates.
    None,
    /// Log-ins whose passwords are still to be written.
    Placeholder,
    /// A log-in that works.
    Credential,
}

/// Fields of a log-in that hold a credential.
pub const FIELDS: [&str; 4] = ["auth", "password", "identitytoken", "registrytoken"];

/// Whether this key of a Secret holds log-ins.
pub fn is_config_key(key: &str) -> bool {
    matches!(key, ".dockerconfigjson" | ".dockercfg")
}

/// Looks into the JSON of a `config.json` (with `auths`) or of an old `.dockercfg` (without).
pub fn logins(json: &str) -> Logins {
    // The text may be a template, which is no JSON.
    let Ok(value) = serde_json::from_str::<Value>(json) else {
        return match stand_in(json) {
            Some(_) => Logins::None,
            None => Logins::Credential,
        };
    };
    let registries = value.get("auths").unwrap_or(&value).as_object();
    let fields = registries
        .into_iter()
        .flat_map(|map| map.values())
        .flat_map(|login| FIELDS.iter().filter_map(|name| Some((*name, login.get(name)?.as_str()?))));
    fields.fold(Logins::None, |found, (name, text)| match (login(name, text), found) {
        (Logins::Credential, _) | (_, Logins::Credential) => Logins::Credential,
        (Logins::Placeholder, _) | (_, Logins::Placeholder) => Logins::Placeholder,
        (Logins::None, Logins::None) => Logins::None,
    })
}

/// What one field of a log-in holds; `auth` is `user:password` in base64.
pub fn login(field: &str, text: &str) -> Logins {
    let of = |text: &str| match stand_in(text) {
        Some(StandIn::Word) => Logins::Placeholder,
        Some(_) => Logins::None,
        None => Logins::Credential,
    };
    match of(text) {
        Logins::Credential if field == "auth" => match decode(text) {
            Some(Decoded::Text(pair)) => {
                of(pair.split_once(':').map_or(pair.as_str(), |(_, password)| password))
            }
            // `base64 of user:password` tells what belongs there.
            None if text.contains([' ', '<']) => Logins::Placeholder,
            Some(Decoded::Binary) | None => Logins::Credential,
        },
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_log_ins_hold() {
        let auth = |pair: &str| {
            let auth = data_encoding::BASE64.encode(pair.as_bytes());
            format!(r#"{{"auths":{{"ghcr.io":{{"auth":"{auth}"}}}}}}"#)
        };
        assert_eq!(logins(&auth("bot:hunter2hunter2")), Logins::Credential);
        assert_eq!(logins(&auth("bot:CHANGEME")), Logins::Placeholder);
        assert_eq!(logins(&auth("bot:${TOKEN}")), Logins::None);
        assert_eq!(logins(r#"{"auths":{}}"#), Logins::None);
        assert_eq!(logins(r#"{"credHelpers":{"ghcr.io":"gh"}}"#), Logins::None);
        assert_eq!(logins(r#"{"ghcr.io":{"username":"a","password":"hunter2hunter2"}}"#), Logins::Credential);
        let example = r#"{"auths":{"nvcr.io":{"password":"<token>","auth":"base64 of user:<token>"}}}"#;
        assert_eq!(logins(example), Logins::Placeholder);
        assert_eq!(logins("{{ .Values.dockerconfigjson }}"), Logins::None);
    }
}
