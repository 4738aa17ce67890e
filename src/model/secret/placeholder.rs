//! Whether a text stands in for a credential instead of being one.
//!
//! Owns the list of what people write where a secret would be: references of every secret manager, templates,
//! encrypted text, public halves and words like `changeme`. Must not know where the text was found.

use super::super::environment::ENVIRONMENT_NAMES;
use super::pem;

/// Why a text is not a credential that anybody could use.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum StandIn {
    /// Nothing, or a word for nothing.
    Empty,
    /// A template or a reference: something else puts the value here.
    Reference,
    /// Encrypted, or sealed for one reader.
    Encrypted,
    /// A salted hash of a password. It is not the password, though a weak one can be guessed from it.
    Hash,
    /// A certificate, a public key, a list of known hosts, the key of an emulator that everybody has.
    Public,
    /// A word that says that the value is still to be written.
    Word,
}

/// Texts that stand for no value.
const EMPTY: [&str; 7] = ["-", "null", "~", "none", "nil", "\"\"", "''"];

/// How references to secret managers begin.
const REFERENCES: [&str; 23] = [
    "ref+",
    "vault:",
    "vault://",
    "bao:",
    "op://",
    "sm://",
    "awssm:",
    "awssm://",
    "gcpsm:",
    "azurekv:",
    "akeyless:",
    "secret://",
    "secretref:",
    "file:",
    "file://",
    "env:",
    "arn:aws:secretsmanager:",
    "arn:aws:ssm:",
    "@microsoft.keyvault(",
    "%env(",
    "!vault",
    "secretkeyref:",
    // How etcd signs its tokens: options that name the files of the keys.
    "jwt,",
];

/// Pairs that enclose what a template engine or a shell replaces, anywhere in the text.
const TEMPLATES: [(&str, &str); 6] =
    [("{{", "}}"), ("${", "}"), ("$(", ")"), ("<path:", ">"), ("<<", ">>"), ("<%", "%>")];

/// Pairs that enclose the whole text of a variable to be replaced.
const ENCLOSED: [(&str, &str); 5] = [("<", ">"), ("__", "__"), ("%", "%"), ("@", "@"), ("&", ";")];

const ENCRYPTED: [&str; 10] = [
    "ENC[",
    "$ANSIBLE_VAULT;",
    "\0GITCRYPT\0",
    "-----BEGIN AGE ENCRYPTED FILE-----",
    // The same in base64, alone and behind what says so.
    "LS0tLS1CRUdJTiBBR0UgRU5DUllQVEVE",
    "base64+age:",
    "-----BEGIN PGP MESSAGE-----",
    "age-encryption.org/",
    "vault:v1:",
    // Of Zalando's continuous delivery platform, with the key it is encrypted for.
    "deployment-secret:",
];

const HASHES: [&str; 15] = [
    "$1$", "$2a$", "$2b$", "$2y$", "$5$", "$6$", "$y$", "$apr1$", "$argon2", "$pbkdf2", "$scrypt$", "{SSHA",
    "{SHA", "{bcrypt}", "pbkdf2:",
];

/// How public keys and their like begin. `-----BEGIN` is public when no private key follows.
const PUBLIC: [&str; 7] =
    ["-----BEGIN ", "ssh-rsa ", "ssh-ed25519 ", "ssh-dss ", "ecdsa-sha2-", "sk-ssh-", "age1"];

/// The keys with which emulators of Azure Storage and Cosmos DB begin: documented, the same everywhere, and good for nothing
/// else. Sources: <https://learn.microsoft.com/azure/storage/common/storage-connect-azurite>,
/// <https://learn.microsoft.com/azure/cosmos-db/emulator>.
const EMULATORS: [&str; 2] = [
    "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
    "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobDb4b8mGGyPMbIZnqyMsEcaGQy67XIw",
];

/// As many bytes has a connection to an emulator with all its addresses.
const CONNECTION: usize = 400;

/// Words that mark a value as not yet written, wherever they stand in a short text.
const WORDS: [&str; 48] = [
    "-key-here",
    "_key_here",
    "goes-here",
    "goes_here",
    "goes here",
    "this-is-a",
    "this-is-my",
    "changeme",
    "change me",
    "fake",
    "notsecret",
    "change-me",
    "change_me",
    "changeit",
    "change_it",
    "replaceme",
    "replace-",
    "replace_",
    "todo",
    "fixme",
    "xxx",
    "***",
    "example",
    "dummy",
    "placeholder",
    "your-",
    "your_",
    "yourpassword",
    "redacted",
    "data+omitted",
    "insert-",
    "insert_",
    "update_",
    "not set",
    "my_access_key",
    "my_secret_key",
    "my-access-key",
    "my-secret-key",
    "not-a-real",
    "generate_with",
    "generate-with",
    "generate with",
    "throwaway",
    "hardcoded",
    "secret-here",
    "local-dev",
    "dev-only",
    "not-for-prod",
];

/// Words that are no credential when they are the whole text.
const WHOLE_WORDS: [&str; 36] = [
    "default",
    "my_password",
    "my_token",
    "my_secret",
    "my-password",
    "my-token",
    "my-secret",
    "replace",
    "tbd",
    "fill-me",
    "password",
    "passwd",
    "pass",
    "pwd",
    "secret",
    "token",
    "apikey",
    "api-key",
    "user",
    "username",
    "string",
    "mypassword",
    "noauth",
    "supersecret",
    "supersecretpassword",
    "super_secret",
    "super-secret",
    "super_secret_key",
    "super-secret-key",
    "testpassword",
    "testsecret",
    "testtoken",
    "usr",
    "foobar",
    "unused",
    "test",
];

/// Longest text in which a placeholder word is looked for: a long one may hold `example.com` by chance.
const SHORT: usize = 64;

/// Whether a text is what `kubeseal --raw` prints, which people also put into the values of a chart that makes the
/// SealedSecret: base64 of a two-byte length of the RSA part (256 or 512, so `AQ` or `Ag`) and what follows.
fn is_sealed(text: &str) -> bool {
    // The RSA part of a 2048-bit key alone is 344 characters.
    let base64 = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.len() > 344 && (text.starts_with("AQ") || text.starts_with("Ag")) && text.bytes().all(base64)
}

/// What a text stands in for a credential as, or `None` when it may be one.
pub fn stand_in(text: &str) -> Option<StandIn> {
    let text = text.trim();
    if text.is_empty() || EMPTY.iter().any(|word| text.eq_ignore_ascii_case(word)) {
        return Some(StandIn::Empty);
    }
    if ENCRYPTED.iter().any(|start| text.starts_with(start)) {
        return Some(StandIn::Encrypted);
    }
    if is_sealed(text) {
        return Some(StandIn::Encrypted);
    }
    if pem::private_key(text).is_some() {
        return None;
    }
    if is_reference(text) {
        return Some(StandIn::Reference);
    }
    if HASHES.iter().any(|start| starts_with_or_after_user(text, start)) {
        return Some(StandIn::Hash);
    }
    // A longer text may have other credentials in it.
    let is_of_emulator =
        || text.len() <= CONNECTION && EMULATORS.iter().any(|key| text.contains(key)) && !text.contains('\n');
    if PUBLIC.iter().any(|start| text.starts_with(start)) || is_known_hosts(text) || is_of_emulator() {
        return Some(StandIn::Public);
    }
    is_word(text).then_some(StandIn::Word)
}

/// Like [`stand_in`], with the key in mind: `UPDATE_API_KEY` under `API_KEY` is a note to the reader.
pub fn stand_in_under(key: &str, text: &str) -> Option<StandIn> {
    let plain = |text: &str| text.replace(['-', '.'], "_").to_ascii_lowercase();
    let repeats = key.len() >= 6
        && text.len() <= SHORT
        && !text.starts_with(['{', '['])
        && plain(text).contains(&plain(key));
    stand_in(text).or_else(|| repeats.then_some(StandIn::Word))
}

/// Whether something else replaces the text, or a part of it, before anything reads it.
fn is_reference(text: &str) -> bool {
    let lower_start: String = text.chars().take(24).collect::<String>().to_ascii_lowercase();
    let enclosed = |&(open, close): &(&str, &str)| {
        let inner = text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
        inner.is_some_and(|inner| !inner.is_empty() && !inner.contains('\n'))
    };
    REFERENCES.iter().any(|start| lower_start.starts_with(start))
        || TEMPLATES
            .iter()
            .any(|(open, close)| text.find(open).is_some_and(|at| text[at + open.len()..].contains(close)))
        || ENCLOSED.iter().any(enclosed)
        || is_variable(text)
}

/// `$NAME` of a shell, `$secret:key` and `$oidc.clientSecret` of Argo CD. A word after the `$` alone may be a
/// password.
fn is_variable(text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':' | '-');
    let is_upper = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(is_name)
        && (name.chars().all(is_upper) || name.contains(['.', ':']))
}

/// `hash` or `user:hash`, as in an htpasswd file.
fn starts_with_or_after_user(text: &str, start: &str) -> bool {
    text.starts_with(start)
        || text.split_once(':').is_some_and(|(user, rest)| !user.contains('\n') && rest.starts_with(start))
}

/// Lines `host algorithm key`.
fn is_known_hosts(text: &str) -> bool {
    let mut lines =
        text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).peekable();
    lines.peek().is_some()
        && lines.all(|line| {
            let algorithm = line.split_whitespace().nth(1).unwrap_or_default();
            algorithm.starts_with("ssh-") || algorithm.starts_with("ecdsa-sha2-")
        })
}

fn is_word(text: &str) -> bool {
    if text.len() > SHORT || text.contains('\n') {
        return false;
    }
    let lower = text.to_ascii_lowercase();
    let first = lower.chars().next();
    WHOLE_WORDS.contains(&without_environment(&lower))
        || is_name_of_variable(text)
        || WORDS.iter().any(|word| lower.contains(word))
        // `00000000`, `.....`
        || (lower.len() > 2 && lower.chars().all(|c| Some(c) == first))
}

/// `CHARTMUSEUM_PASSWORD`: the name of what is to stand there.
fn is_name_of_variable(text: &str) -> bool {
    const ENDS: [&str; 5] = ["_PASSWORD", "_PASSWD", "_PASS", "_SECRET", "_TOKEN"];
    (ENDS.iter().any(|end| text.ends_with(end)) || text.starts_with("MY_"))
        && text.chars().all(|c| c.is_ascii_uppercase() || c == '_')
}

/// What follows the name of an environment: `prod_password` and `non-prod-password` say no more than `password`.
fn without_environment(word: &str) -> &str {
    let word = word.strip_prefix("non").map_or(word, |rest| rest.trim_start_matches(['-', '_']));
    let mut names = ENVIRONMENT_NAMES.iter().filter_map(|known| word.strip_prefix(known.name));
    names.find_map(|rest| rest.strip_prefix(['-', '_'])).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_for_a_credential() {
        let table: &[(&str, Option<StandIn>)] = &[
            ("", Some(StandIn::Empty)),
            (" \n", Some(StandIn::Empty)),
            ("null", Some(StandIn::Empty)),
            ("<path:secret/data/db#password>", Some(StandIn::Reference)),
            ("<DB_PASSWORD>", Some(StandIn::Reference)),
            ("ref+vault://secret/db#/password", Some(StandIn::Reference)),
            ("vault:secret/data/db#password", Some(StandIn::Reference)),
            ("op://vault/item/field", Some(StandIn::Reference)),
            ("${DB_PASSWORD}", Some(StandIn::Reference)),
            ("$(DB_PASSWORD)", Some(StandIn::Reference)),
            ("$(cat /run/secrets/db)", Some(StandIn::Reference)),
            ("{{ .Values.password }}", Some(StandIn::Reference)),
            ("<< inputs.password >>", Some(StandIn::Reference)),
            ("__DB_PASSWORD__", Some(StandIn::Reference)),
            ("%DB_PASSWORD%", Some(StandIn::Reference)),
            ("$DB_PASSWORD", Some(StandIn::Reference)),
            ("$oidc.azure.clientSecret", Some(StandIn::Reference)),
            ("$argocd-oidc:clientSecret", Some(StandIn::Reference)),
            ("ENC[AES256_GCM,data:abcd,iv:aa,tag:bb,type:str]", Some(StandIn::Encrypted)),
            ("$ANSIBLE_VAULT;1.1;AES256\n3161", Some(StandIn::Encrypted)),
            ("$2a$10$abcdefghijklmnopqrstuv", Some(StandIn::Hash)),
            ("admin:$apr1$ab$cdefgh", Some(StandIn::Hash)),
            ("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", Some(StandIn::Public)),
            ("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", Some(StandIn::Public)),
            ("-----BEGIN PGP PUBLIC KEY BLOCK-----\nmQ==\n", Some(StandIn::Public)),
            ("ssh-ed25519 AAAAC3Nza flux", Some(StandIn::Public)),
            ("github.com ssh-ed25519 AAAAC3Nza", Some(StandIn::Public)),
            ("age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p", Some(StandIn::Public)),
            ("CHANGEME", Some(StandIn::Word)),
            ("replace_me_please", Some(StandIn::Word)),
            ("GENERATE_WITH_openssl_rand", Some(StandIn::Word)),
            ("xxxxxxxx", Some(StandIn::Word)),
            ("********", Some(StandIn::Word)),
            ("my-dummy-token", Some(StandIn::Word)),
            ("AKIAIOSFODNN7EXAMPLE", Some(StandIn::Word)),
            ("Password", Some(StandIn::Word)),
            ("prod_password", Some(StandIn::Word)),
            ("non-prod-password", Some(StandIn::Word)),
            ("prod_hunter2", None),
            ("CHARTMUSEUM_PASSWORD", Some(StandIn::Word)),
            ("CHARTMUSEUM-PASS1", None),
            ("MY_ACCESS_SECRET_KEY", Some(StandIn::Word)),
            ("jwt,priv-key=/etc/etcd/jwt.pem,sign-method=RS256", Some(StandIn::Reference)),
            ("local-dev-password", Some(StandIn::Word)),
            ("testtoken", Some(StandIn::Word)),
            ("test-user-9", None),
            ("hunter2hunter2", None),
            ("$ecretPassw0rd", None),
            ("pa$$w0rd%", None),
            ("s3cr3t-pg-2024", None),
            ("admin", None),
        ];
        for (text, expected) in table {
            assert_eq!(stand_in(text), *expected, "{text:?}");
        }
    }
}
