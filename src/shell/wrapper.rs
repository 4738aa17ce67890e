//! Programs that run another program, here, in a container or on another machine: what they run is what counts.

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
    ("flock", &["-w", "-E", "--timeout"]),
    // There are many, and all of them take how often and how long.
    (
        "retry",
        &["-t", "-d", "-m", "-s", "-n", "--tries", "--times", "--delay", "--max", "--sleep", "--attempts"],
    ),
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

/// Options of `ssh` that take a word.
const SSH: &[&str] = &[
    "-B", "-b", "-c", "-D", "-E", "-e", "-F", "-I", "-i", "-J", "-L", "-l", "-m", "-O", "-o", "-P", "-p",
    "-Q", "-R", "-S", "-W", "-w",
];

/// Programs that run others in a container.
const CONTAINERS: &[&str] = &["docker", "podman", "nerdctl", "docker-compose"];
/// Their options that take a word, before `run` and `exec` and behind these.
const CONTAINER_VALUED: &[&str] = &[
    "-a",
    "-c",
    "-e",
    "-f",
    "-H",
    "-h",
    "-l",
    "-m",
    "-p",
    "-u",
    "-v",
    "-w",
    "--add-host",
    "--annotation",
    "--attach",
    "--cap-add",
    "--cap-drop",
    "--cgroupns",
    "--config",
    "--context",
    "--cpus",
    "--device",
    "--dns",
    "--entrypoint",
    "--env",
    "--env-file",
    "--expose",
    "--file",
    "--gpus",
    "--group-add",
    "--host",
    "--hostname",
    "--index",
    "--ipc",
    "--label",
    "--link",
    "--log-driver",
    "--log-level",
    "--log-opt",
    "--memory",
    "--mount",
    "--name",
    "--net",
    "--network",
    "--pid",
    "--platform",
    "--profile",
    "--project-directory",
    "--project-name",
    "--publish",
    "--pull",
    "--restart",
    "--runtime",
    "--security-opt",
    "--shm-size",
    "--stop-timeout",
    "--tmpfs",
    "--ulimit",
    "--user",
    "--userns",
    "--volume",
    "--volumes-from",
    "--workdir",
];
/// Programs that images of their name start with.
const ENTRYPOINTS: &[&str] = &["kubectl", "helm"];

/// What a command runs elsewhere than in its own place.
pub(super) enum Inner {
    /// A word that a shell reads as a script.
    Script(Word),
    /// Words that are a program and its arguments; the command around them says where.
    Command(Vec<Word>),
}

/// Shells, which read a script from an option, or from their input.
const SHELLS: &[&str] = &["sh", "bash", "zsh", "dash", "ash", "ksh"];

/// Takes wrappers off a command. Returns what it runs beside itself.
pub(super) fn take_off(command: &mut Command) -> Option<Inner> {
    loop {
        let name = command.program()?.into_owned();
        let words = &command.words;
        let skip = if let Some((_, valued)) = WRAPPERS.iter().find(|(wrapper, _)| *wrapper == name) {
            // `command -v kubectl` asks whether there is one.
            if name == "command" && words.get(1).is_some_and(|word| word.start().starts_with("-v")) {
                return None;
            }
            let mut at = options(words, 1, valued);
            // `timeout 5m kubectl …`, `flock /tmp/lock kubectl …`
            at += usize::from(matches!(name.as_str(), "timeout" | "flock"));
            if name == "retry" {
                at += words.iter().skip(at).take_while(|word| is_number(word)).count();
                at += usize::from(words.get(at).is_some_and(|word| word.is("--")));
            }
            while let Some(assignment) =
                words.get(at).and_then(assignment).filter(|_| name == "env" || name == "sudo")
            {
                command.assignments.push(assignment);
                at += 1;
            }
            // `watch 'kubectl get pods | grep web'`
            if let Some([script]) =
                words.get(at..).filter(|_| matches!(name.as_str(), "watch" | "retry" | "flock"))
                && script.start().contains(' ')
            {
                return Some(Inner::Script(script.clone()));
            }
            at
        } else if name == "nix" {
            // What `nix run` starts is named before the dashes.
            let is_run = words.get(1).is_some_and(|word| word.is("run"));
            let is_start = |word: &Word| ["-c", "--command", "--"].iter().any(|start| word.is(start));
            words.iter().position(is_start).filter(|_| !is_run)? + 1
        } else if BEHIND_DASHES.contains(&name.as_str()) {
            words.iter().position(|word| word.is("--"))? + 1
        } else if name == "find" {
            words.iter().position(|word| word.is("-exec") || word.is("-execdir"))? + 1
        } else if name == "eval" {
            let word = words.get(1).filter(|_| words.len() == 2).cloned().or_else(|| joined(words.get(1..)?));
            return word.map(Inner::Script);
        } else if name == "nix-shell" {
            let at = words.iter().position(|word| word.is("--run") || word.is("--command"))?;
            return words.get(at + 1).cloned().map(Inner::Script);
        } else if name == "ssh" {
            return remote(command).map(Inner::Script);
        } else if CONTAINERS.contains(&name.as_str()) {
            return contained(words).map(Inner::Command);
        } else if SHELLS.contains(&name.as_str()) || name == "su" {
            return script(command).map(Inner::Script);
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

/// Whether a word is a number or a time: `3`, `5m`.
fn is_number(word: &Word) -> bool {
    word.start().starts_with(|first: char| first.is_ascii_digit())
}

/// What `ssh host words` runs there: the words as one script, or the text that a shell there reads.
fn remote(command: &Command) -> Option<Word> {
    let words = &command.words;
    // Behind the host there may be options again.
    let host = options(words, 1, SSH);
    let at = options(words, host + 1, SSH);
    let runs = words.get(at..).unwrap_or_default();
    let is_shell = runs.first().is_none_or(|word| SHELLS.iter().any(|shell| word.is(shell)));
    input(command).filter(|_| is_shell).or_else(|| joined(runs))
}

/// The words that run in a container: those behind the image of `docker run` or the name of `docker exec`.
fn contained(words: &[Word]) -> Option<Vec<Word>> {
    let mut at = options(words, 1, CONTAINER_VALUED);
    if words.get(at).is_some_and(|word| word.is("compose")) {
        at = options(words, at + 1, CONTAINER_VALUED);
    }
    let is_run = words.get(at)?.is("run");
    if !is_run && !words.get(at)?.is("exec") {
        return None;
    }
    let image = options(words, at + 1, CONTAINER_VALUED);
    let runs = words.get(image + 1..)?;
    let options = words.get(at..image)?;
    let entrypoint = options.iter().enumerate().find_map(|(index, word)| {
        let text = word.text()?;
        let value = text.strip_prefix("--entrypoint");
        let value = value.and_then(|rest| rest.strip_prefix('=')).map(str::to_owned);
        let next = || {
            options.get(index + 1).filter(|_| text == "--entrypoint")?.text().map(|text| text.into_owned())
        };
        value.or_else(next)
    });
    let named = || {
        let word = words.get(image).filter(|_| is_run)?;
        let name = word.text()?.rsplit('/').next()?.split([':', '@']).next()?.to_owned();
        let is_named = runs.first().is_some_and(|first| first.is(&name));
        (ENTRYPOINTS.contains(&name.as_str()) && !is_named).then_some(name)
    };
    match entrypoint.or_else(named) {
        // The image stands where the program would.
        Some(name) => {
            let mut program = words.get(image)?.clone();
            program.parts.truncate(1);
            let part = program.parts.first_mut()?;
            (part.kind, part.text) = (PartKind::Text, name);
            Some(std::iter::once(program).chain(runs.iter().cloned()).collect())
        }
        None => (!runs.is_empty()).then(|| runs.to_vec()),
    }
}

/// Where the options that begin at a word end.
fn options(words: &[Word], from: usize, valued: &[&str]) -> usize {
    let mut at = from;
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
    input(command).filter(|_| reads)
}

/// The text that a command reads.
fn input(command: &Command) -> Option<Word> {
    let is_text = |kind| matches!(kind, RedirectionKind::HereDocument | RedirectionKind::HereString);
    command.redirections.iter().find(|one| is_text(one.kind))?.target.clone()
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
