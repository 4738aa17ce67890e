//! A secret that stands a second time, where nothing marks it: which texts are still that secret, and how sure that is.
//!
//! Must not search: the forms of a secret and what they resemble are all that is known here.

use data_encoding::BASE64;

use super::base64::{Decoded, decode};
use super::placeholder::{StandIn, stand_in};
use super::{assignment, credential_key, format, strength};

/// Shorter texts stand in others by chance, in bytes.
pub const SHORTEST: usize = 6;
/// A text that looks like no word is not met by chance from this length on, in bytes.
const UNLIKELY: usize = 8;

/// How much a text is like words that stand everywhere.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Rarity {
    /// A state, a number, a path, something short: where it stands again, it says nothing.
    Common,
    /// A word, or several: it may be a secret, and the name of something as well.
    Word,
    /// No word: whoever writes it means the secret.
    Odd,
    /// Made by a generator of passwords or tokens.
    Random,
}

/// How much a text is like words that stand everywhere.
pub fn rarity(text: &str) -> Rarity {
    let text = text.trim();
    let is_sentence = text.contains(char::is_whitespace);
    let replaced = matches!(
        stand_in(text),
        Some(StandIn::Empty | StandIn::Reference | StandIn::Encrypted | StandIn::Public)
    );
    if text.len() < SHORTEST || replaced || (strength::is_plain_value(text) && !is_sentence) {
        return Rarity::Common;
    }
    // Of capitals are names of variables, `DB_PASSWORD`, and of mixed letters those of kinds.
    let lower = text.to_ascii_lowercase();
    let is_word =
        stand_in(text).is_some() || strength::looks_like_name(&lower) || strength::is_public_value(text);
    match () {
        () if is_word => Rarity::Word,
        () if strength::looks_random(text) || format::find(text).is_some() => Rarity::Random,
        () if text.len() >= UNLIKELY => Rarity::Odd,
        () => Rarity::Word,
    }
}

/// The texts that give a secret away: itself, or its parts where it is a whole file; what it is in base64, and what of
/// it is base64. People note in a comment what the base64 beside it means, or the other way round.
pub fn forms(secret: &str) -> Vec<(String, Rarity)> {
    let mut forms = Vec::new();
    let mut add = |text: &str| {
        let text = text.trim().trim_matches(['"', '\'', ',']);
        let rarity = rarity(text);
        if rarity == Rarity::Common {
            return;
        }
        // `echo x | base64` encodes the line break too.
        for encoded in [BASE64.encode(text.as_bytes()), BASE64.encode(format!("{text}\n").as_bytes())] {
            // Without the end that depends on what comes behind.
            forms.push((encoded.trim_end_matches('=').to_owned(), Rarity::Random));
        }
        forms.push((text.to_owned(), rarity));
    };
    parts(secret).for_each(&mut add);
    if let Some(Decoded::Text(decoded)) = decode(secret) {
        parts(&decoded).for_each(&mut add);
    }
    forms
}

/// A text of one line, and the credentials in it; of a file the values of its credentials, and the lines of keys.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    let is_line = !text.trim().contains('\n');
    let whole = is_line.then_some(text);
    let known = format::matches(text).filter_map(|found| text.get(found.range));
    let lines = text.lines().filter(move |_| !is_line).filter_map(|line| {
        let assigned = assignment::in_lines(line).next();
        let is_secret = |text: &str| rarity(text) == Rarity::Random;
        match assigned {
            Some(found) if credential_key(found.key).is_some() || is_secret(found.value) => Some(found.value),
            _ => Some(line.trim()).filter(|line| is_secret(line)),
        }
    });
    whole.into_iter().chain(known).chain(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_from_secrets() {
        let table = [
            ("admin", Rarity::Common),
            ("true", Rarity::Common),
            ("/etc/ssl/key.pem", Rarity::Common),
            ("https://shop.example.com/path", Rarity::Common),
            ("${DB_PASSWORD}", Rarity::Common),
            ("production", Rarity::Word),
            ("hunter2", Rarity::Word),
            ("correct-horse-battery", Rarity::Word),
            ("correct horse battery staple", Rarity::Word),
            ("DB_PASSWORD", Rarity::Word),
            ("db.internal:5432", Rarity::Word),
            ("12345678", Rarity::Word),
            ("changeme", Rarity::Word),
            ("Passw0rd!", Rarity::Odd),
            ("s3cr3t!x", Rarity::Odd),
            ("Zk3PqX9vLw2RtY7a", Rarity::Random),
            ("9f86d081884c7d659a2feaa0c55ad015", Rarity::Random),
        ];
        for (text, expected) in table {
            assert_eq!(rarity(text), expected, "{text}");
        }
    }

    #[test]
    fn forms_of_a_secret() {
        let texts = |secret| forms(secret).into_iter().map(|(text, _)| text).collect::<Vec<_>>();
        let base64 = ["aHVudGVyMg", "aHVudGVyMgo", "hunter2"];
        assert_eq!(texts("hunter2"), base64);
        assert!(texts("aHVudGVyMg==").iter().any(|form| form == "hunter2"));
        let file = "[default]\nregion = eu-west-1\npassword = s3cr3t!x\n";
        assert_eq!(texts(file).last().map(String::as_str), Some("s3cr3t!x"));
        assert_eq!(texts("postgres://app:s3cr3t!x@db/shop").last().map(String::as_str), Some("s3cr3t!x"));
    }
}
