//! `kind: Secret`, wherever it stands, and what its values are.

use memchr::memmem;

use crate::yaml::{Cursor, Entry};

use super::base64::{Decoded, decode};
use super::key_name::words;
use super::placeholder::{StandIn, stand_in, stand_in_under};
use super::{Certainty, KeyClass, assignment, credential_key, known, pem, strength};

/// What a value of a Secret is, the harmless first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Value {
    /// Empty, encrypted, or put there by something else.
    Passes,
    /// A certificate, a host name, a boolean, a user name.
    Public,
    /// A word that says that the value is still to be written.
    Placeholder,
    /// A secret.
    Secret,
    /// A private key that a passphrase protects.
    EncryptedKey,
    /// A private key.
    PrivateKey,
}

/// Names of data that go with a credential and are none.
const PUBLIC_KEYS: [&str; 43] = [
    "username",
    "user",
    "usr",
    "login",
    "host",
    "hostname",
    "port",
    "server",
    "url",
    "uri",
    "endpoint",
    "region",
    "bucket",
    "database",
    "dbname",
    "sslmode",
    "db",
    "name",
    "namespace",
    "email",
    "type",
    "kind",
    "driver",
    "crt",
    "ca",
    "project",
    "role",
    "path",
    "image",
    "class",
    "handle",
    "level",
    "duration",
    "mode",
    "issuer",
    "audience",
    "provider",
    "realm",
    "scope",
    "schema",
    "queue",
    "topic",
    "vhost",
];

/// What has an id that is a name of it, and opens nothing.
const NAMED_BY_ID: [&str; 6] = ["app", "application", "client", "cluster", "subscription", "tenant"];

/// How the names of files of settings end.
const FILES: [&str; 5] = [".properties", ".conf", ".cfg", ".ini", ".config"];

/// How the names of files of code end. Statements of SQL give a password without `=`, so they are no such files.
const CODE: [&str; 8] = [".sh", ".bash", ".py", ".js", ".rb", ".lua", ".css", ".html"];

/// Whether a mapping is a Secret of the core group, or a patch of one.
pub fn is_secret(map: Cursor<'_>) -> bool {
    let text = |name| map.get(name).and_then(|value| value.text());
    text("kind").is_some_and(|kind| kind == "Secret")
        && text("apiVersion").is_none_or(|version| version == "v1")
        && (map.get("metadata").is_some() || map.get("apiVersion").is_some())
}

/// Whether the `target` of a patch names Secrets by their kind, which is an expression: `Secret|ConfigMap`.
pub fn is_targeted(target: Cursor<'_>) -> bool {
    let kind = target.get("kind").and_then(|kind| kind.text());
    kind.is_some_and(|kind| kind.split(['|', '(', ')', '^', '$']).any(|kind| kind == "Secret"))
}

/// Whether a text says `kind: Secret` somewhere, in YAML or JSON. Costs one vectorised scan.
pub fn mentions_secret(text: &str) -> bool {
    let bytes = text.as_bytes();
    memmem::find_iter(bytes, "Secret").any(|at| {
        let ends = bytes.get(at + "Secret".len()).is_none_or(|byte| !byte.is_ascii_alphanumeric());
        let before = text[..at]
            .trim_end_matches(|c: char| c.is_ascii_whitespace() || matches!(c, '"' | '\'' | ':' | '\\'));
        ends && before.ends_with("kind")
    })
}

/// Every Secret below a node, itself included, and every scalar whose text is a manifest of one.
pub fn find<'w>(node: Cursor<'w>, secrets: &mut Vec<Cursor<'w>>, scalars: &mut Vec<Cursor<'w>>) {
    if node.is_map() {
        if is_secret(node) {
            secrets.push(node);
            return;
        }
        for entry in node.entries() {
            find_below(entry.value, secrets, scalars);
        }
    } else if node.is_seq() {
        for item in node.items() {
            find_below(item, secrets, scalars);
        }
    } else if node.text().is_some_and(|text| text.contains('\n') && mentions_secret(&text)) {
        scalars.push(node);
    }
}

fn find_below<'w>(node: Cursor<'w>, secrets: &mut Vec<Cursor<'w>>, scalars: &mut Vec<Cursor<'w>>) {
    // What an alias names is visited where it is written.
    if node.alias().is_none() {
        find(node, secrets, scalars);
    }
}

/// The values of a Secret with what they are.
pub fn values<'w>(secret: Cursor<'w>) -> Vec<(Entry<'w>, Value)> {
    let field = |name: &str| secret.get(name).map(|data| data.entries()).unwrap_or_default();
    let encoded = field("data").into_iter().map(|entry| (entry, true));
    let plain = field("stringData").into_iter().map(|entry| (entry, false));
    encoded.chain(plain).map(|(entry, is_encoded)| (entry, classify_entry(&entry, is_encoded))).collect()
}

fn classify_entry(entry: &Entry<'_>, is_encoded: bool) -> Value {
    match (entry.key.text(), entry.value.text()) {
        (Some(key), Some(text)) if !entry.value.is_null() => classify(&key, &text, is_encoded),
        _ => Value::Passes,
    }
}

/// What a value of a Secret is. `is_encoded` says that it stands under `data`.
pub fn classify(key: &str, text: &str, is_encoded: bool) -> Value {
    // A template may stand where base64 will stand.
    if let Some(StandIn::Empty | StandIn::Reference | StandIn::Encrypted) = stand_in(text) {
        return Value::Passes;
    }
    match is_encoded.then(|| decode(text)).flatten() {
        Some(Decoded::Text(decoded)) => value(key, &decoded),
        // A certificate in DER is no secret; any other file of bytes is taken for one.
        Some(Decoded::Binary) if [".crt", ".cer", ".der"].iter().any(|end| key.ends_with(end)) => {
            Value::Public
        }
        // `test` is base64 by accident.
        Some(Decoded::Binary) if text.len() <= 8 && text.bytes().all(|byte| byte.is_ascii_lowercase()) => {
            Value::Placeholder
        }
        // So is `XXXX`.
        Some(Decoded::Binary) if stand_in(text) == Some(StandIn::Word) => Value::Placeholder,
        Some(Decoded::Binary) => Value::Secret,
        None => value(key, text),
    }
}

fn value(key: &str, text: &str) -> Value {
    if let Some(private) = pem::private_key(text) {
        return if private.encrypted { Value::EncryptedKey } else { Value::PrivateKey };
    }
    match known(text).map(|found| found.certainty) {
        Some(Certainty::Known(form)) if form.is_private_key && form.encrypted => return Value::EncryptedKey,
        Some(Certainty::Known(form)) if form.is_private_key => return Value::PrivateKey,
        Some(Certainty::Known(form)) if !form.identifier => return Value::Secret,
        _ => {}
    }
    // `POSTGRES_USER`, `db-host`, `s3BucketName`
    let words = words(key);
    let is_public_key = match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [.., of, "id"] => NAMED_BY_ID.contains(of) || PUBLIC_KEYS.contains(of),
        [.., last] => PUBLIC_KEYS.contains(last),
        [] => false,
    };
    match stand_in_under(key, text) {
        Some(StandIn::Empty | StandIn::Reference | StandIn::Encrypted) => return Value::Passes,
        Some(StandIn::Hash | StandIn::Public) => return Value::Public,
        // `https://example.com` under `url` is no more than an address.
        Some(StandIn::Word) if is_public_key => return Value::Public,
        Some(StandIn::Word) => return Value::Placeholder,
        None => {}
    }
    let is_credential = credential_key(key) == Some(KeyClass::Clear);
    // A line of settings is a file of one line where the key is the name of one.
    let is_file = FILES.iter().any(|end| key.ends_with(end)) && text.contains('=');
    let one_line = !text.trim().contains('\n') && !is_file;
    let is_public = match is_plain_json(text) {
        Some(is_plain) => is_plain,
        None if one_line => {
            is_public_key
                || strength::is_public_value(text.trim())
                || is_identifier(key, text.trim())
                || repeats(key, text.trim())
                || is_plain_setting(text.trim())
        }
        None if text.starts_with("#cloud-config") => is_plain_cloud_config(text),
        None if text.starts_with("#!") || CODE.iter().any(|end| key.ends_with(end)) => is_plain_code(text),
        None => is_plain_configuration(text) || is_plain_list(text),
    };
    // A mark that something was there, or a stand-in: nobody chooses so short a secret.
    let is_stand_in = text.trim().len() <= SHORTEST || has_open_fields(text) || is_sequence(text);
    match () {
        () if !is_credential && is_public => Value::Public,
        () if is_stand_in => Value::Placeholder,
        () => Value::Secret,
    }
}

/// Whether a value says no more than the name of its key, which is no credential's: `KEYCLOAK_ADMIN: admin`.
fn repeats(key: &str, text: &str) -> bool {
    credential_key(key).is_none() && words(key).iter().any(|word| word.eq_ignore_ascii_case(text))
}

/// As many characters are no secret.
const SHORTEST: usize = 3;

/// Whether a text runs through the alphabet or the digits, as what fills a place does.
fn is_sequence(text: &str) -> bool {
    ["0123456789abcdef", "abcdefghijkl"].iter().any(|run| text.to_ascii_lowercase().contains(run))
}

/// Whether a text is fields of a connection (`Server=db;Password=example`) of which those that are credentials stand in
/// for one.
fn has_open_fields(text: &str) -> bool {
    let fields: Vec<(&str, &str)> =
        text.trim().split(';').filter_map(|field| field.split_once('=')).collect();
    let mut credentials = fields.iter().filter(|(key, _)| credential_key(key).is_some()).peekable();
    fields.len() > 2
        && credentials.peek().is_some()
        && credentials.all(|(_, value)| stand_in(value.trim()).is_some())
}

/// An id that is a name and opens nothing; or how often something is done.
fn is_identifier(key: &str, text: &str) -> bool {
    let words = words(key);
    let is_id = words.last().is_some_and(|word| word == "id") && !words.iter().any(|word| word == "secret");
    let unit = text.trim_start_matches(|c: char| c.is_ascii_digit());
    // `+` and `*` stand for any, or for what another field says.
    let is_sign = text.chars().all(|c| c.is_ascii_punctuation()) && text.len() <= 2;
    // The name of an account, whatever it looks like: its other half opens it.
    let is_access_key = words.ends_with(&["access", "key", "id"].map(str::to_owned));
    let is_duration = unit.len() < text.len() && ["ms", "s", "m", "h", "d"].contains(&unit);
    is_uuid(text) && is_id || is_access_key || is_sign || is_duration
}

fn is_uuid(text: &str) -> bool {
    let parts = || text.split('-');
    parts().map(str::len).eq([8, 4, 4, 4, 12])
        && parts().all(|part| part.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// `INSTALL_LOCK=true`, a section of a file of settings that has one line.
fn is_plain_setting(line: &str) -> bool {
    let Some(found) = assignment::in_lines(line).next() else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    line.starts_with(found.key)
        && found.key.chars().all(is_name)
        && credential_key(found.key).is_none()
        && (found.value == "*" || strength::is_public_value(found.value))
}

/// Code that gives no name of a credential a text of its own (`password = read("db")` asks somebody else), and no program
/// or function a text that a generator made: `mysqldump -pZk3PqX9vLw2RtY7a`.
fn is_plain_code(text: &str) -> bool {
    let is_open = |found: assignment::Assignment<'_>| {
        let is_call = !found.quoted && found.value.contains('(');
        credential_key(found.key) != Some(KeyClass::Clear) || is_call || stand_in(found.value).is_some()
    };
    // Names of functions have one number: `b64decode`, `getElementsByClassName2`.
    let has_numbers = |word: &str| {
        let numbers = word.split(|c: char| !c.is_ascii_digit()).filter(|digits| !digits.is_empty());
        numbers.count() > 1
    };
    // `bucket-64cf49f6-df6e-4146-aed8-eb0283f8ea64` is a name.
    const UUID: usize = 36;
    let is_named = |word: &&str| word.len().checked_sub(UUID).is_some_and(|start| is_uuid(&word[start..]));
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    let mut words = words.filter(|word| !is_named(word)).flat_map(|word| word.split('-'));
    // A commit, the digest of a file or an image.
    let is_digest = |word: &str| {
        let is_hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
        matches!(word.len(), 40 | 64 | 96 | 128) && word.bytes().all(is_hex)
    };
    assignment::in_lines(text).all(is_open)
        && !words.any(|word| has_numbers(word) && strength::looks_random(word) && !is_digest(word))
}

/// Lines as a program looks them up, of which none looks like a credential or names one: words, patterns, messages. A table
/// of two columns may be one of users and their passwords.
fn is_plain_list(text: &str) -> bool {
    const LEAST: usize = 20;
    let is_credential =
        |found: assignment::Assignment<'_>| credential_key(found.key) == Some(KeyClass::Clear);
    let is_separator = |c: char| c.is_whitespace() || matches!(c, ':' | ',' | ';' | '|');
    let columns = |line: &str| line.split(is_separator).filter(|column| !column.is_empty()).count();
    let counts = || text.lines().map(columns).filter(|columns| *columns > 0);
    // `10.0.0.1 web`, `text/html html`, `example.com internal`
    let is_of_addresses =
        |line: &str| line.split(is_separator).next().is_some_and(|first| first.contains(['.', '/']));
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    let is_table = counts().all(|columns| columns == 2) && !lines.all(is_of_addresses);
    counts().count() >= LEAST
        && !is_table
        && !assignment::in_lines(text).any(is_credential)
        && !text.split_whitespace().any(strength::looks_random)
}

/// JSON in which no field holds a credential, such as the configuration of a cluster that a program logs in to.
/// `None` for what is no JSON.
fn is_plain_json(text: &str) -> Option<bool> {
    fn is_plain(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Object(fields) => fields.iter().all(|(key, value)| {
                let is_data = key.to_ascii_lowercase().ends_with("keydata");
                // `"password": "<PASSWORD>"` is to be filled in.
                let is_open = value.as_str().is_some_and(|text| stand_in(text).is_some());
                let is_credential = is_data || credential_key(key).is_some() && !value.is_object();
                (is_open || !is_credential) && is_plain(value)
            }),
            serde_json::Value::Array(items) => items.iter().all(is_plain),
            _ => true,
        }
    }
    let json = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()?;
    Some(is_plain(&json))
}

/// `com.example.Module required`, as the files of JAAS have it.
fn is_module(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    matches!(words.as_slice(), [class, "required" | "requisite" | "sufficient" | "optional"] if class.contains('.'))
}

/// XML in which neither a tag, an attribute nor a name of a property is that of a credential.
fn is_plain_markup(text: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut words = text.split(|c: char| !is_part(c)).filter(|word| !word.is_empty());
    text.contains("</") && words.all(|word| credential_key(word).is_none())
}

/// What a machine is set up with, of which no line names a credential or looks like one; public keys do.
fn is_plain_cloud_config(text: &str) -> bool {
    let is_public_key = |line: &str| {
        ["ssh-rsa ", "ssh-ed25519 ", "ecdsa-sha2-", "sk-ssh-"].iter().any(|sign| line.contains(sign))
    };
    let names_credential = |line: &str| {
        assignment::in_lines(line).any(|found| {
            let is_open = stand_in(found.value).is_some() || strength::is_public_value(found.value);
            credential_key(found.key).is_some() && !is_open
        })
    };
    let mut lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    lines.all(|line| {
        // Letters alone are names of settings: `PasswordAuthentication`.
        let looks_random = |word: &str| {
            word.contains(|c: char| c.is_ascii_digit())
                && strength::looks_random(word)
                && !strength::is_public_value(word)
        };
        !names_credential(line) && (is_public_key(line) || !line.split_whitespace().any(looks_random))
    })
}

/// Settings, one a line, of which none holds a credential: a file that was put into a Secret for other reasons.
fn is_plain_configuration(text: &str) -> bool {
    if text.trim_start().starts_with('<') {
        return is_plain_markup(text);
    }
    let mut lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['#', ';', '[', '!']))
        .filter(|line| !["/*", "* ", "*/", "//"].iter().any(|sign| line.starts_with(sign)) && *line != "*");
    lines.all(|line| {
        // An item, or a section that begins.
        let is_frame = line.starts_with("- ")
            || line.ends_with([':', '{', '}'])
            || matches!(line, "};" | "---")
            || is_module(line);
        // A list over several lines: `cluster: [`, `'monitor',`, `]`.
        let is_frame = is_frame || line.starts_with(['\'', '"', ']']) || line.ends_with(['[', ']']);
        let Some(found) = assignment::in_lines(line).next() else { return is_frame };
        credential_key(found.key).is_none() || stand_in(found.value).is_some()
    })
}
