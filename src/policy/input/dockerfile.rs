//! Dockerfiles as BuildKit splits them into instructions, which is what conftest and trivy hand to policies.

use super::object;
use crate::rego::Value;

/// An instruction, or a comment before one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Instruction {
    /// Its name, in lower case; `comment`.
    pub name: String,
    /// The instruction behind `ONBUILD`.
    pub sub: String,
    /// Whether it is written as a JSON array.
    pub json: bool,
    /// `--from=…` and the like.
    pub flags: Vec<String>,
    /// Its words, as BuildKit splits them for this instruction.
    pub value: Vec<String>,
    /// Which `FROM` it is behind, from 0.
    pub stage: usize,
    /// The whole instruction on one line.
    pub original: String,
    /// First and last line, from 1.
    pub lines: (usize, usize),
}

/// conftest's input: a list in a list, so that the file is one document.
pub(super) fn read(text: &str) -> Result<Value, String> {
    let words = |words: &[String]| words.iter().map(|word| Value::from(word.as_str())).collect::<Vec<_>>();
    let command = |instruction: Instruction| {
        object([
            ("Cmd", instruction.name.as_str().into()),
            ("SubCmd", instruction.sub.as_str().into()),
            ("JSON", instruction.json.into()),
            ("Flags", words(&instruction.flags).into()),
            ("Value", words(&instruction.value).into()),
            ("Stage", instruction.stage.into()),
        ])
    };
    let commands: Vec<Value> = instructions(text)?.into_iter().map(command).collect();
    Ok(vec![Value::from(commands)].into())
}

/// The instructions of a Dockerfile.
///
/// # Errors
/// A line that starts with no instruction.
pub fn instructions(text: &str) -> Result<Vec<Instruction>, String> {
    let text = text.trim_start_matches('\u{feff}');
    let escape = escape(text);
    let mut found: Vec<Instruction> = Vec::new();
    let mut comments: Vec<(String, usize)> = Vec::new();
    let mut stages = 0_usize;
    let mut lines = text.lines().enumerate().map(|(index, line)| (index + 1, line)).peekable();
    while let Some((first, line)) = lines.next() {
        let line = line.trim_start();
        if line.trim().is_empty() {
            continue;
        }
        if let Some(comment) = line.strip_prefix('#') {
            comments.push((comment.trim().to_owned(), first));
            continue;
        }
        let (mut logical, mut last) = (String::new(), first);
        let mut part = line;
        loop {
            match part.trim_end().strip_suffix(escape) {
                Some(start) => logical.push_str(start),
                None => {
                    logical.push_str(part);
                    break;
                }
            }
            // Comments and empty lines inside of an instruction are no part of it.
            let next = lines.find(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'));
            let Some((number, next)) = next else { break };
            (part, last) = (next, number);
        }
        for end in heredocs(&logical) {
            for (number, line) in lines.by_ref() {
                last = number;
                if line.trim_start_matches('\t') == end {
                    break;
                }
            }
        }
        let instruction = parsed(logical.trim(), first, last)?;
        if instruction.name == "from" {
            stages += 1;
        }
        let stage = stages.saturating_sub(1);
        found.extend(comments.drain(..).map(|(text, line)| comment(text, line, stage)));
        found.push(Instruction { stage, ..instruction });
    }
    Ok(found)
}

fn comment(text: String, line: usize, stage: usize) -> Instruction {
    let (original, lines) = (format!("# {text}"), (line, line));
    let name = "comment".to_owned();
    Instruction {
        name,
        sub: String::new(),
        json: false,
        flags: Vec::new(),
        value: vec![text],
        stage,
        original,
        lines,
    }
}

/// The character that continues a line: `# escape=` before everything else may choose another.
fn escape(text: &str) -> char {
    let directives = text.lines().map_while(|line| line.trim().strip_prefix('#')?.split_once('='));
    let chosen = directives.filter(|(name, _)| name.trim().eq_ignore_ascii_case("escape"));
    chosen.filter_map(|(_, value)| value.trim().chars().next()).next().unwrap_or('\\')
}

/// The words that end the here-documents of an instruction.
fn heredocs(line: &str) -> Vec<String> {
    let instruction = line.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    if !matches!(instruction.as_str(), "run" | "copy" | "add") {
        return Vec::new();
    }
    let word = |rest: &str| {
        let rest = rest.strip_prefix('-').unwrap_or(rest);
        let word =
            rest.split(|c: char| c.is_whitespace() || matches!(c, ';' | '&' | '|' | '>' | ')')).next()?;
        let word = word.trim_matches(['"', '\'']);
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        (!word.is_empty() && word.chars().all(is_name)).then(|| word.to_owned())
    };
    line.split("<<").skip(1).filter_map(word).collect()
}

fn parsed(line: &str, first: usize, last: usize) -> Result<Instruction, String> {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let name = name.to_ascii_lowercase();
    let (flags, rest) = flags(rest.trim());
    let mut instruction = Instruction {
        name,
        sub: String::new(),
        json: false,
        flags,
        value: Vec::new(),
        stage: 0,
        original: line.to_owned(),
        lines: (first, last),
    };
    let array = || serde_json::from_str::<Vec<String>>(rest).ok();
    match instruction.name.as_str() {
        "onbuild" => {
            let inner = parsed(rest, first, last)?;
            instruction.sub = inner.name;
            (instruction.json, instruction.value) = (inner.json, inner.value);
        }
        "cmd" | "entrypoint" | "run" | "shell" => {
            instruction.json = rest.starts_with('[') && array().is_some();
            let words = array().filter(|_| instruction.json);
            instruction.value = words.unwrap_or_else(|| vec![rest.to_owned()]);
        }
        "add" | "copy" | "volume" => {
            instruction.json = rest.starts_with('[') && array().is_some();
            let words = array().filter(|_| instruction.json);
            instruction.value = words.unwrap_or_else(|| rest.split_whitespace().map(str::to_owned).collect());
        }
        "env" | "label" => instruction.value = pairs(rest),
        "arg" => instruction.value = words(rest),
        "healthcheck" => {
            let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            instruction.value = vec![kind.to_ascii_uppercase()];
            let command = command.trim();
            let array = serde_json::from_str::<Vec<String>>(command).ok();
            instruction.json = array.is_some();
            instruction.value.extend(array.unwrap_or_else(|| {
                Some(command.to_owned()).filter(|command| !command.is_empty()).into_iter().collect()
            }));
        }
        "maintainer" | "stopsignal" | "user" | "workdir" => instruction.value = vec![rest.to_owned()],
        "from" | "expose" => instruction.value = rest.split_whitespace().map(str::to_owned).collect(),
        other => return Err(format!("line {first}: `{other}` is no instruction")),
    }
    Ok(instruction)
}

fn flags(mut rest: &str) -> (Vec<String>, &str) {
    let mut flags = Vec::new();
    while rest.starts_with("--") {
        let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let (flag, after) = rest.split_at(end);
        rest = after.trim_start();
        if flag == "--" {
            break;
        }
        flags.push(flag.to_owned());
    }
    (flags, rest)
}

/// Words as a shell splits them, with their quotes.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quote, mut escaped) = (String::new(), None, false);
    for c in text.chars() {
        if c.is_whitespace() && quote.is_none() && !escaped {
            if !word.is_empty() {
                words.push(std::mem::take(&mut word));
            }
            continue;
        }
        match quote {
            Some(open) if c == open && !escaped => quote = None,
            None if matches!(c, '"' | '\'') && !escaped => quote = Some(c),
            _ => {}
        }
        escaped = c == '\\' && !escaped;
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// `NAME=value` as name, value and `=`; the old `NAME value` with an empty third.
fn pairs(text: &str) -> Vec<String> {
    let words = words(text);
    if words.first().is_some_and(|word| !word.contains('=')) {
        let (name, value) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
        return vec![name.to_owned(), value.trim_start().to_owned(), String::new()];
    }
    let pair = |word: &String| {
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        [name.to_owned(), value.to_owned(), "=".to_owned()]
    };
    words.iter().flat_map(pair).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn instructions_are_split_as_buildkit_does() {
        let text = "# escape=\\\n# about\nFROM --platform=linux/amd64 a:1 AS x\nRUN apt-get update \\\n  # why\n  && \
            true\nCMD [\"a\", \"b\"]\nENV A=1 B=\"x y\"\nENV C d e\nFROM b\nRUN <<EOF\nfoo\nEOF\nONBUILD COPY --from=x a b\n\
            HEALTHCHECK --interval=5s CMD curl x\n";
        let shown: Vec<String> = instructions(text)
            .unwrap()
            .iter()
            .map(|i| {
                format!(
                    "{}{} {:?} {:?} {} {} {:?}",
                    i.name, i.sub, i.flags, i.value, i.json, i.stage, i.lines
                )
            })
            .collect();
        assert_eq!(
            shown,
            [
                r#"comment [] ["escape=\\"] false 0 (1, 1)"#,
                r#"comment [] ["about"] false 0 (2, 2)"#,
                r#"from ["--platform=linux/amd64"] ["a:1", "AS", "x"] false 0 (3, 3)"#,
                r#"run [] ["apt-get update   && true"] false 0 (4, 6)"#,
                r#"cmd [] ["a", "b"] true 0 (7, 7)"#,
                r#"env [] ["A", "1", "=", "B", "\"x y\"", "="] false 0 (8, 8)"#,
                r#"env [] ["C", "d e", ""] false 0 (9, 9)"#,
                r#"from [] ["b"] false 1 (10, 10)"#,
                r#"run [] ["<<EOF"] false 1 (11, 13)"#,
                r#"onbuildcopy [] ["a", "b"] false 1 (14, 14)"#,
                r#"healthcheck ["--interval=5s"] ["CMD", "curl x"] false 1 (15, 15)"#,
            ]
        );
        assert!(instructions("FROM a\nNONSENSE x\n").unwrap_err().starts_with("line 2"));
    }
}
