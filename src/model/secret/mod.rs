//! What a credential is: by the name of its key, by its own form, and what only stands in for one.
//!
//! Owns all knowledge of credentials that rules share, and the answer to which bytes of a file no output may
//! quote ([`sensitive`], [`sensitive_values`]). Must not judge: levels and messages are the rules'.

pub mod assignment;
pub mod base64;
pub mod command;
pub mod creation_rule;
pub mod docker;
pub mod dotenv;
pub mod embedded;
pub mod encoded;
mod flow;
pub mod format;
pub mod key_name;
pub mod kubeconfig;
pub mod object;
pub mod pem;
pub mod placeholder;
pub mod repeat;
pub mod sops;
mod spans;
mod strength;

pub use format::{Format, Match};
pub use key_name::{KeyClass, credential_key};
pub use placeholder::{StandIn, stand_in};
pub use spans::{Sensitive, sensitive, sensitive_values};

use std::ops::Range;

/// How surely a value is a credential, the surest last.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Certainty {
    /// The key asks for a credential and the value says that it is still to be written.
    Placeholder,
    /// The key may hold a credential, and the value looks like one.
    Doubtful,
    /// The key holds a credential, and the value is one.
    Named,
    /// The value has the form of a credential, whatever its key.
    Known(KnownFormat),
}

impl Certainty {
    /// Its place among the others, the surest last.
    pub fn rank(&self) -> u8 {
        match self {
            Self::Placeholder => 0,
            Self::Doubtful => 1,
            Self::Named => 2,
            Self::Known(form) => {
                if form.is_weak() {
                    3
                } else {
                    4
                }
            }
        }
    }
}

/// A known form, without the pattern.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct KnownFormat {
    /// What a report calls it, with its article.
    pub name: &'static str,
    /// Whether it only names an account.
    pub identifier: bool,
    /// Whether many of this form open nothing, or not any more.
    pub doubtful: bool,
    /// Whether it stands in base64.
    pub encoded: bool,
    /// Whether it is a private key.
    pub is_private_key: bool,
    /// Whether it is the password in front of a host.
    pub is_url_password: bool,
    /// Whether a passphrase protects it.
    pub encrypted: bool,
}

impl KnownFormat {
    /// Whether one of this form, where it stands, need not be a credential in use.
    pub fn is_weak(&self) -> bool {
        self.identifier || self.doubtful || self.encrypted
    }
}

impl From<&Match> for KnownFormat {
    fn from(found: &Match) -> Self {
        let Match { format, encrypted, .. } = *found;
        let (identifier, doubtful) = (format.is_identifier(), format.is_doubtful());
        let (is_private_key, is_url_password) = (format.is_private_key(), format.is_url_password());
        Self {
            name: format.name,
            identifier,
            doubtful,
            encoded: false,
            is_private_key,
            is_url_password,
            encrypted,
        }
    }
}

/// A credential in a value.
#[derive(Clone, PartialEq, Debug)]
pub struct Credential {
    /// How sure it is.
    pub certainty: Certainty,
    /// The bytes of the value that are the credential.
    pub range: Range<usize>,
}

/// Looks at a value and the name of its key.
pub fn judge(key: &str, value: &str) -> Option<Credential> {
    known(value).or_else(|| by_key(key, value))
}

/// The first credential of a known form in a value, also where the value is base64.
pub fn known(value: &str) -> Option<Credential> {
    known_in(value, true)
}

/// The same for a value of a text that is known to hold [some form](format::Forms) of credential as it is written, or
/// none.
pub fn known_in(value: &str, has_form: bool) -> Option<Credential> {
    if let Some(found) = has_form.then(|| format::find(value)).flatten() {
        return Some(Credential {
            certainty: Certainty::Known(KnownFormat::from(&found)),
            range: found.range,
        });
    }
    Some(Credential { certainty: Certainty::Known(encoded::find(value)?), range: 0..value.len() })
}

/// A value that is a credential because its key says so.
pub fn by_key(key: &str, value: &str) -> Option<Credential> {
    let class = credential_key(key)?;
    let whole = |certainty| Some(Credential { certainty, range: 0..value.len() });
    match placeholder::stand_in_under(key, value) {
        Some(StandIn::Word) if class == KeyClass::Clear => return whole(Certainty::Placeholder),
        Some(_) => return None,
        None => {}
    }
    let text = value.trim();
    if strength::is_plain_value(text) {
        return None;
    }
    let is_aws_secret = key.to_ascii_lowercase().contains("secret")
        && text.len() == 40
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'+' | b'='))
        && strength::looks_random(text);
    let is_password = {
        let lower = key.to_ascii_lowercase();
        ["pass", "pwd", "psk"].iter().any(|word| lower.contains(word))
    };
    match class {
        KeyClass::Clear if is_password || is_aws_secret => whole(Certainty::Named),
        // `clientSecret: my-client-secret` names a Secret, `apiKey: api-key` a key of it.
        KeyClass::Clear if strength::looks_like_name(text) => None,
        KeyClass::Clear if strength::looks_random(text) => whole(Certainty::Named),
        KeyClass::Clear => (text.len() >= 8).then(|| whole(Certainty::Doubtful))?,
        KeyClass::Ambiguous if strength::looks_random(text) => whole(Certainty::Doubtful),
        KeyClass::Ambiguous => None,
        KeyClass::Connection => text
            .split(';')
            .flat_map(assignment::in_lines)
            .find(|part| credential_key(part.key) == Some(KeyClass::Clear) && stand_in(part.value).is_none())
            .and_then(|_| whole(Certainty::Named)),
    }
}
