//! Whether a key, by its name, holds a credential.
//!
//! Owns the words. Only the end of a name decides: `passwordFile`, `tokenTTL` and `SECRETS_DIR` say something
//! about a credential and hold none.

/// How surely a name says that the value is a credential.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum KeyClass {
    /// Hardly anything but a credential is called so.
    Clear,
    /// Credentials and names of objects that hold them are both called so: `secret`, `auth`, `secretKey`.
    Ambiguous,
    /// A credential may be one part of the value: `dsn`, `connectionString`.
    Connection,
}

/// Ends of names worth a closer look; everything else is no credential. Most keys stop here.
const ENDS: [&str; 16] = [
    "password",
    "passwd",
    "passphrase",
    "passcode",
    "pass",
    "pwd",
    "secret",
    "token",
    "key",
    "auth",
    "dsn",
    "string",
    "credential",
    "credentials",
    "psk",
    "jwt",
];

/// Every name that is clearly one of a credential has one of these in it, in any case.
pub(super) const CLEAR_ENDS: [&str; 6] = ["pass", "pwd", "psk", "secret", "token", "key"];

/// Words before `secret` that make it the name of a Secret, not its content.
const SECRET_OBJECTS: [&str; 26] = [
    "pull",
    "image",
    "registry",
    "docker",
    "credentials",
    "credential",
    "password",
    "passwords",
    "token",
    "tls",
    "ssl",
    "cert",
    "certificate",
    "ca",
    "reviewer",
    "key",
    "existing",
    "generate",
    "create",
    "auth",
    "k8s",
    "kubernetes",
    "kube",
    "from",
    "as",
    "external",
];

/// Words before `secret` or `key` that make it a credential.
const CLEAR_SECRETS: [&str; 18] = [
    "client",
    "app",
    "application",
    "shared",
    "webhook",
    "cookie",
    "session",
    "jwt",
    "signing",
    "oauth",
    "oauth2",
    "consumer",
    "api",
    "hmac",
    "encryption",
    "master",
    "bot",
    "rpc",
];
const CLEAR_KEYS: [&str; 8] =
    ["api", "private", "encryption", "signing", "master", "account", "storage", "psk"];
const AMBIGUOUS_KEYS: [&str; 9] =
    ["secret", "access", "auth", "shared", "jwt", "hmac", "service", "license", "application"];

/// What a name says about its value; `None` when it holds no credential.
pub fn credential_key(name: &str) -> Option<KeyClass> {
    // Keys as people write them, `--password` and `.dockerconfigjson` too; a number at the end counts copies.
    let name = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-');
    if !ENDS.iter().any(|end| ends_with(name, end)) {
        return None;
    }
    let words = words(name);
    let last = words.last()?.as_str();
    let before = words.len().checked_sub(2).and_then(|at| words.get(at)).map_or("", String::as_str);
    // Names of Secrets and of their keys.
    if words.iter().any(|word| matches!(word.as_str(), "existing" | "ref" | "name")) {
        return None;
    }
    // Parameters of Google Tag Manager stand in every page.
    if words.iter().any(|word| word == "gtm") || words.windows(2).any(|pair| pair == ["tag", "manager"]) {
        return None;
    }
    // `dbpassword` and `PGPASSWORD` are one word each.
    if ["password", "passwd", "passphrase", "passcode"].iter().any(|end| last.ends_with(end)) {
        return Some(KeyClass::Clear);
    }
    let (before, last) = split_compound(before, last);
    match last {
        "pass" if matches!(before, "proxy" | "pass" | "fastcgi" | "uwsgi" | "grpc") => None,
        "pass" | "pwd" | "psk" => Some(KeyClass::Clear),
        "secret" if SECRET_OBJECTS.contains(&before) => None,
        "secret" if CLEAR_SECRETS.contains(&before) => Some(KeyClass::Clear),
        "token" if matches!(before, "page" | "next" | "continuation" | "csrf" | "account") => None,
        "token" if !before.is_empty() => Some(KeyClass::Clear),
        "key" if CLEAR_KEYS.contains(&before) => Some(KeyClass::Clear),
        "key" if before == "access" && words.iter().any(|word| word == "secret") => Some(KeyClass::Clear),
        "key" if AMBIGUOUS_KEYS.contains(&before) => Some(KeyClass::Ambiguous),
        "secret" | "token" | "auth" | "credential" | "credentials" | "jwt" => Some(KeyClass::Ambiguous),
        "dsn" => Some(KeyClass::Connection),
        "string" if before == "connection" => Some(KeyClass::Connection),
        _ => None,
    }
}

/// `apikey` and `CLIENTSECRET` are two words written as one.
fn split_compound<'a>(before: &'a str, last: &'a str) -> (&'a str, &'a str) {
    for end in ["secret", "token", "key", "string"] {
        match last.strip_suffix(end) {
            Some("") => return (before, last),
            Some(start) => return (start, &last[start.len()..]),
            None => {}
        }
    }
    (before, last)
}

fn ends_with(name: &str, end: &str) -> bool {
    let start = name.len().checked_sub(end.len());
    start.is_some_and(|start| name.as_bytes()[start..].eq_ignore_ascii_case(end.as_bytes()))
}

/// The words of a name in lower case: split at everything but letters and digits, and at the humps of
/// `camelCase` and `APIKey`.
pub(super) fn words(name: &str) -> Vec<String> {
    let chars: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (at, &c) in chars.iter().enumerate() {
        let previous = at.checked_sub(1).and_then(|at| chars.get(at));
        let next_is_lower = chars.get(at + 1).is_some_and(char::is_ascii_lowercase);
        let hump = c.is_ascii_uppercase()
            && previous.is_some_and(|p| {
                p.is_ascii_lowercase() || p.is_ascii_digit() || (p.is_ascii_uppercase() && next_is_lower)
            });
        if hump || !c.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric()
            && let Some(word) = words.last_mut()
        {
            word.push(c.to_ascii_lowercase());
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let clear = [
            "password",
            "DB_PASSWORD",
            "dbPassword",
            "PGPASSWORD",
            "postgres-password",
            "rootPass",
            "passwd",
            "smtp.pwd",
            "clientSecret",
            "CLIENT_SECRET",
            "clientsecret",
            "cookie-secret",
            "GITHUB_TOKEN",
            "authToken",
            "bearer-token",
            "apiKey",
            "API_KEY",
            "APIKey",
            "apikey",
            "privateKey",
            "AWS_SECRET_ACCESS_KEY",
            "encryption_key",
            "passphrase",
            "password2",
            "wifi_psk",
            "adminPassword_1",
        ];
        for name in clear {
            assert_eq!(credential_key(name), Some(KeyClass::Clear), "{name}");
        }
        for name in ["secret", "token", "auth", "credentials", "secretKey", "AWS_ACCESS_KEY", "SECRET_KEY"] {
            assert_eq!(credential_key(name), Some(KeyClass::Ambiguous), "{name}");
        }
        for name in ["dsn", "SENTRY_DSN", "connectionString", "ConnectionString"] {
            assert_eq!(credential_key(name), Some(KeyClass::Connection), "{name}");
        }
        let none = [
            "secretName",
            "existingSecret",
            "existingSecretPasswordKey",
            "passwordKey",
            "userPasswordKey",
            "tokenKey",
            "passwordSecret",
            "pullSecret",
            "imagePullSecrets",
            "pullSecrets",
            "credentialsSecret",
            "secretRef",
            "tokenSecretRef",
            "privateKeySecretRef",
            "tokenReviewerSecret",
            "PASSWORD_FILE",
            "TLS_KEY_PATH",
            "SECRETS_DIR",
            "secretsDir",
            "passwordFile",
            "server-tokens",
            "password_validation.py",
            "tokenTTL",
            "max_tokens",
            "passwordPolicy",
            "secretStore",
            "tokenExpiration",
            "key",
            "publicKey",
            "sshKey",
            "tlsSecret",
            "author",
            "proxy_pass",
            "bypass",
            "monkey",
            "string",
            "tokenizer",
            "secretKeyRef",
            "passwordSecretName",
            "automountServiceAccountToken",
            "AWS_ACCESS_KEY_ID",
            "keyName",
            "passwordSecretKey",
        ];
        for name in none {
            let expected = match name {
                // `…SecretKey` alone cannot be told from MinIO's `secretKey`; its value decides.
                "passwordSecretKey" => Some(KeyClass::Ambiguous),
                _ => None,
            };
            assert_eq!(credential_key(name), expected, "{name}");
        }
    }
}
