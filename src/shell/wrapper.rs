//! Programs that run another program: what they run is what counts.

use super::{Assignment, Command, PartKind, RedirectionKind, Word};

/// Wrappers whose own options end where a program starts, with those options that take a word.
const WRAPPERS: &[(&str, &[&str])] = &[
    ("sudo", &["-u", "-g", "-h", "-p", "-C", "-r", "-t", "-T", "-U", "-D", "-R", "--user", "--group"]),
    ("doas", &["-u", "-C"]),
    ("env", &["-u", "-C", "-S", "--unset", "--chdir"]),
    ("time", &["-f", "-o"]),
    ("nohup", &[]),
    ("command", &[]),
    ("builtin", &[]),
    ("exec", &["-a"]),
    ("nice", &["-n"]),
    ("ionice", &["-c", "-n"]),
    ("setsid", &[]),
    ("stdbuf", &["-i", "-o", "-e"]),
    ("unbuffer", &[]),
    ("chronic", &[]),
    ("xargs", &["-I", "-n", "-P", "-L", "-d", "-E", "-s", "-a", "--max-args", "--max-procs", "--delimiter"]),
    ("timeout", &["-s", "-k", "--signal", "--kill-after"]),
    ("watch", &["-n", "--interval"]),
];

/// Wrappers that run what stands behind `--`.
const BEHIND_DASHES: &[&str] = &[
    "aws-vault",
    "op",
    "doppler",
    "mise",
    "chamber",
    "infisical",
    "teller",
    "nix",
    "devbox",
    "flox",
    "vals",
];

/// Shells, which read a script from an option, or from their input.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ash", "ksh"];

/// Takes wrappers off a command. Returns the word that a shell would read as a script.
pub(super) fn take_off(command: &mut Command) -> Option<Word> {
    loop {
        let name = command.program()?.into_owned();
        let words = &command.words;
        let skip = if let Some((_, valued)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) {
            // `command -v kubectl` asks whether there is one.
            if name == "command" && words.get(1).is_some_and(|word| word.start().starts_with("-v")) {
                return None;
            }
            let mut at = options(words, valued);
            // `timeout 5m kubectl …`
            at += usize::from(name == "timeout");
            while let Some(assignment) =
                words.get(at).and_then(assignment).filter(|_| name == "env" || name == "sudo")
            {
                command.assignments.push(assignment);
                at += 1;
            }
            at
        } else if BEHIND_DASHES.contains(&name.as_str()) {
            words.iter().position(|word| word.is("--"))? + 1
        } else if name == "find" {
            words.iter().position(|word| word.is("-exec") || word.is("-execdir"))? + 1
        } else if name == "eval" {
            return words.get(1).filter(|_| words.len() == 2).cloned().or_else(|| joined(words.get(1..)?));
        } else if SHELLS.contains(&name.as_str()) || name == "su" {
            return script(command);
        } else {
            return None;
        };
        if skip == 0 || skip >= command.words.len() {
            return None;
        }
        command.words.drain(..skip);
        command.wrappers.push(name);
    }
}

/// How many words a wrapper and its options are.
fn options(words: &[Word], valued: &[&str]) -> usize {
    let mut at = 1;
    while let Some(word) = words.get(at) {
        let start = word.start();
        if start == "--" {
            return at + 1;
        }
        if !start.starts_with('-') || start == "-" {
            break;
        }
        at += 1 + usize::from(valued.contains(&start.as_ref()));
    }
    at
}

/// `NAME=value` as a word of `env`.
fn assignment(word: &Word) -> Option<Assignment> {
    let first = word.parts.first().filter(|part| part.kind == PartKind::Text)?;
    let (name, rest) = first.text.split_once('=')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_name {
        return None;
    }
    let mut value = word.clone();
    if let Some(part) = value.parts.first_mut() {
        part.text = rest.to_owned();
        part.range.start = part.range.end.saturating_sub(rest.len());
    }
    Some(Assignment { name: name.to_owned(), value: Some(value), span: word.span })
}

/// The script of `bash -c 'script'`, or of `bash <<EOF`.
fn script(command: &Command) -> Option<Word> {
    let is_script = |word: &Word| {
        let start = word.start();
        start == "--command" || (start.starts_with('-') && !start.starts_with("--") && start.ends_with('c'))
    };
    let arguments = command.arguments();
    // Behind the name of a script come the words for the script.
    let is_su = command.program().is_some_and(|name| name == "su");
    let options = arguments.iter().take_while(|word| is_su || word.start().starts_with(['-', '+'])).count();
    if let Some(at) = arguments.iter().take(options).position(is_script) {
        return arguments.get(at + 1..)?.iter().find(|word| !word.start().starts_with('-')).cloned();
    }
    let reads = arguments.iter().all(|word| word.start().starts_with('-'));
    let document = command
        .redirections
        .iter()
        .find(|one| matches!(one.kind, RedirectionKind::HereDocument | RedirectionKind::HereString))?;
    document.target.clone().filter(|_| reads)
}

/// Words of `eval` as one, when they stand in one place: a variable's words do not.
fn joined(words: &[Word]) -> Option<Word> {
    let mut parts = Vec::new();
    for word in words {
        if let Some(first) = word.parts.first().filter(|_| !parts.is_empty()) {
            let at = first.range.start.saturating_sub(1);
            let mut blank = first.clone();
            blank.kind = PartKind::Text;
            " ".clone_into(&mut blank.text);
            blank.range = at..at + 1;
            parts.push(blank);
        }
        parts.extend(word.parts.iter().cloned());
    }
    Some(Word { span: words.first()?.span, parts })
}
