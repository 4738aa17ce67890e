//! Where a command line gives a credential: options of the programs that log in, flags with telling names, variables.
//!
//! Owns the programs and their options. Must not judge the values; what a variable or an expression puts there is none.

use crate::shell::{Command, PartKind, Word};
use crate::source::Span;

use super::credential_key;

/// A text where a credential is expected.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Given {
    /// The option or the variable, as it is written: `--password`, `PGPASSWORD`.
    pub name: String,
    /// The text.
    pub value: String,
    /// Where it is written.
    pub span: Span,
    /// Whether the program uses it to log in, whatever its looks.
    pub is_login: bool,
    /// The user beside it.
    pub user: Option<String>,
}

/// Programs with options that hold a credential and do not say so: the program, a subcommand it needs, the options.
const OPTIONS: [(&str, &str, &[&str]); 15] = [
    ("docker", "login", &["-p", "--password"]),
    ("podman", "login", &["-p", "--password"]),
    ("nerdctl", "login", &["-p", "--password"]),
    ("buildah", "login", &["-p", "--password"]),
    ("skopeo", "login", &["-p", "--password"]),
    ("crane", "login", &["-p", "--password"]),
    ("oras", "login", &["-p", "--password"]),
    ("helm", "login", &["-p", "--password"]),
    ("helm", "add", &["--password"]),
    ("az", "login", &["-p", "--password"]),
    ("oc", "login", &["-p", "--password", "--token"]),
    ("argocd", "login", &["--password"]),
    ("argocd", "add", &["--password"]),
    ("kubectl", "set-credentials", &["--token", "--password"]),
    ("sshpass", "", &["-p"]),
];

/// Programs that take `user:password` behind an option.
const USERS: [(&str, &[&str]); 2] =
    [("curl", &["-u", "--user", "-U", "--proxy-user"]), ("http", &["-a", "--auth"])];

/// The texts of a command that stand where a credential is expected.
pub fn given(command: &Command) -> Vec<Given> {
    let mut found: Vec<Given> = command.assignments.iter().filter_map(variable).collect();
    let program = command.program().unwrap_or_default();
    let texts: Vec<_> = command.arguments().iter().map(Word::text).collect();
    let has = |word: &str| word.is_empty() || texts.iter().flatten().any(|text| text == word);
    let options = OPTIONS.iter().filter(|(name, needs, _)| *name == program && has(needs));
    let logins: Vec<&str> = options.flat_map(|(.., options)| options.iter().copied()).collect();
    let users =
        USERS.iter().filter(|(name, _)| *name == program).flat_map(|(_, options)| options.iter().copied());
    let users: Vec<&str> = users.collect();
    let user = |names: &[&str]| {
        let at = texts.iter().position(|text| text.as_deref().is_some_and(|text| names.contains(&text)))?;
        texts.get(at + 1)?.as_deref().map(str::to_owned)
    };
    let user = user(&["-u", "--username", "--user"]);

    let mut words = command.arguments().iter().peekable();
    while let Some(word) = words.next() {
        let start = word.start().into_owned();
        let Some(option) = start.split('=').next().filter(|option| option.starts_with('-')) else { continue };
        let is_login = logins.contains(&option);
        // `--password x`, `--password=x`, and `-px` of the few programs that are known.
        let short =
            (start.len() > 2 && !start.starts_with("--") && !start.contains('=')).then(|| start.get(..2));
        let short = short.flatten().filter(|option| logins.contains(option) || users.contains(option));
        let (name, value) = match short {
            Some(option) => (option, literal(word, 2)),
            None if start.len() > option.len() => (option, literal(word, option.len() + 1)),
            None => match words.peek() {
                Some(next) if !next.start().starts_with('-') => (option, literal(next, 0)),
                _ => continue,
            },
        };
        let Some((value, span)) = value else { continue };
        if users.contains(&name) {
            let Some((user, password)) = value.split_once(':') else { continue };
            let span = tail(span, value.len(), user.len() + 1);
            let (user, value) = (Some(user.to_owned()), password.to_owned());
            found.push(Given { name: name.to_owned(), value, span, is_login: true, user });
        } else if is_login || short.is_some() || is_flag_of_credential(name) {
            let is_login = is_login || short.is_some();
            found.push(Given { name: name.to_owned(), value, span, is_login, user: user.clone() });
        }
    }
    found
}

/// `--password`, `--auth-token`; not `--from-literal`, `-key` of openssl, which is a file.
fn is_flag_of_credential(name: &str) -> bool {
    name.strip_prefix("--").is_some_and(|name| credential_key(name).is_some())
}

/// `NAME=value`, when all of the value is written there.
fn variable(assignment: &crate::shell::Assignment) -> Option<Given> {
    credential_key(&assignment.name)?;
    let (value, span) = literal(assignment.value.as_ref()?, 0)?;
    Some(Given { name: assignment.name.clone(), value, span, is_login: false, user: None })
}

/// The text of a word from byte `from` on, when all of it is written there, and its place. Inside of quotes the place is
/// that of all of the word.
fn literal(word: &Word, from: usize) -> Option<(String, Span)> {
    if word.parts.iter().any(|part| part.kind != PartKind::Text) {
        return None;
    }
    let text = word.text()?;
    let value = text.get(from..).filter(|value| !value.is_empty())?;
    Some((value.to_owned(), tail(word.span, text.len(), from)))
}

/// The part of a span behind its first `from` bytes, where its text of `length` bytes is written as it is.
fn tail(span: Span, length: usize, from: usize) -> Span {
    if span.len as usize == length { span.part(from, length) } else { span }
}
