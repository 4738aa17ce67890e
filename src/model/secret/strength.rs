//! How a text looks, without knowing what it is: random, or like a name, a path, a number.
//!
//! Looks alone never make a finding an error; they decide between reporting less and not at all.

/// Bits of entropy a character, over the characters of the text itself.
fn entropy(text: &str) -> f64 {
    let mut counts = [0_u32; 256];
    for byte in text.bytes() {
        counts[byte as usize] += 1;
    }
    let total = text.len() as f64;
    let share = |&count: &u32| f64::from(count) / total;
    counts.iter().filter(|count| **count > 0).map(share).map(|p| -p * p.log2()).sum()
}

/// Whether a text could be made by a generator of passwords or tokens rather than by a person naming a thing.
pub fn looks_random(text: &str) -> bool {
    let has = |test: fn(&u8) -> bool| text.as_bytes().iter().any(test);
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    text.len() >= 12
        && !text.contains(char::is_whitespace)
        && (mixed || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase) && text.len() >= 20))
        && entropy(text) >= 3.0
        && !looks_like_name(text)
}

/// Lower-case words joined by `-`, `.`, `_` or `/`, as in names of objects, hosts and keys. Letters alone make a
/// word, with at most two digits at its end; among several of those a name of a machine may stand (`s390x`).
pub fn looks_like_name(text: &str) -> bool {
    let is_lower =
        |word: &str| word.len() <= 16 && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    let is_word = |word: &str| {
        let letters = word.trim_end_matches(|c: char| c.is_ascii_digit());
        word.len() - letters.len() <= 2 && letters.bytes().all(|b| b.is_ascii_lowercase())
    };
    let words: Vec<&str> = text.split(['-', '.', '_', '/']).collect();
    let odd = words.iter().filter(|word| !is_word(word)).count();
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && words.iter().all(|word| is_lower(word))
        && odd * 3 <= words.len()
        && words.iter().all(|word| is_word(word) || word.len() <= 8)
}

/// Values that no key makes a credential: booleans, words for states, numbers with their units, paths, addresses
/// without a password, and sentences.
pub fn is_plain_value(text: &str) -> bool {
    const STATES: [&str; 18] = [
        "true", "false", "yes", "no", "on", "off", "enabled", "disabled", "enable", "disable", "required",
        "optional", "basic", "bearer", "oauth2", "oidc", "ldap", "auto",
    ];
    let is_path = text.starts_with('/') || text.starts_with("./") || text.starts_with("~/");
    // Flags and descriptions: three words or more are a sentence unless they are long and random.
    let is_sentence = text.split_whitespace().count() > 2;
    STATES.iter().any(|state| text.eq_ignore_ascii_case(state))
        || is_quantity(text)
        || is_sentence
        || (is_path
            && !text.contains(char::is_whitespace)
            && text[1..].contains(|c: char| c.is_ascii_alphabetic()))
        || text.contains("://")
}

/// `5`, `1.5`, `30s`, `100Mi`, `1h30m`: short numbers with units. Longer runs of digits may be a PIN.
fn is_quantity(text: &str) -> bool {
    text.len() <= 5
        && text.starts_with(|c: char| c.is_ascii_digit())
        && text.bytes().all(|b| {
            b.is_ascii_digit() || matches!(b, b'.' | b's' | b'm' | b'h' | b'd' | b'k' | b'M' | b'G' | b'i')
        })
}

/// Whether a value says where something is or what it is called: a host name, an address, a URL without a
/// password, a number, a boolean, an e-mail address.
pub fn is_public_value(text: &str) -> bool {
    let is_host = |text: &str| {
        let (host, port) = text.split_once(':').unwrap_or((text, ""));
        let labels = || host.split('.');
        labels().count() >= 2
            && labels().all(|label| {
                !label.is_empty()
                    && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
            })
            && port.bytes().all(|b| b.is_ascii_digit())
    };
    let is_mail = text.split_once('@').is_some_and(|(user, host)| !user.contains(':') && is_host(host));
    is_plain_value(text)
        || text.parse::<f64>().is_ok()
        || is_host(text)
        || is_mail
        || is_algorithm(text)
        || text == "localhost"
        || is_time(text)
}

/// The name of a way to encrypt or to hash, as it stands beside a key: `aes-xts-plain64`, `sha256`, `argon2i`.
fn is_algorithm(text: &str) -> bool {
    const NAMES: [&str; 9] = [
        "sha1",
        "sha256",
        "sha384",
        "sha512",
        "argon2",
        "argon2i",
        "argon2id",
        "pbkdf2",
        "chacha20-poly1305",
    ];
    let text = text.to_ascii_lowercase();
    NAMES.contains(&text.as_str()) || (text.starts_with("aes-") && text.len() <= 20)
}

/// `2026-01-02`, `2026-01-02T03:04:05Z`
fn is_time(text: &str) -> bool {
    let date = text.split(['T', ' ']).next().unwrap_or_default();
    let is_date = date.len() == 10
        && date.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    is_date && text.bytes().all(|byte| byte.is_ascii_digit() || b"-:.+TZ ".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_and_named() {
        for text in ["Zk3PqX9vLw2RtY7a", "9f86d081884c7d659a2feaa0c55ad015", "aGVsbG8gd29ybGQhIQ"] {
            assert!(looks_random(text), "{text}");
        }
        for text in ["my-client-secret", "redis-auth", "registry.example.com", "web-v12", "short1", "enabled"]
        {
            assert!(!looks_random(text), "{text}");
        }
        assert!(looks_like_name("my-client-secret"));
        assert!(!looks_like_name("a8f5f167f44f4964e6c998dee827110c"));
    }

    #[test]
    fn plain_and_public() {
        for text in [
            "true",
            "enabled",
            "3600",
            "30s",
            "/etc/ssl/key.pem",
            "https://host/path",
            "The password of the user",
        ] {
            assert!(is_plain_value(text), "{text}");
        }
        for text in ["hunter2", "123456", "correct horse"] {
            assert!(!is_plain_value(text), "{text}");
        }
        for text in [
            "db.example.com",
            "db.internal:5432",
            "admin@example.com",
            "5432",
            "localhost",
            "2026-01-02T03:04:05Z",
        ] {
            assert!(is_public_value(text), "{text}");
        }
        for text in ["hunter2hunter2", "admin:hunter2@host.example"] {
            assert!(!is_public_value(text), "{text}");
        }
    }
}
