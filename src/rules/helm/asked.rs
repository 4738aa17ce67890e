//! Which actions of a template depend on what the cluster answers to `lookup`, as far as the file says.
//!
//! Owns the way from a call over variables and conditions to other actions. What a helper of another file asks is not
//! followed. Must not know how templates are executed.

use rustc_hash::FxHashSet;

/// Whether what stands at a byte of a template depends on an answer of the cluster: its action, or a condition around it.
/// Of what stands in no action that is said when any action asks.
pub fn depends(text: &str, at: usize) -> bool {
    let mut tainted: FxHashSet<&str> = FxHashSet::default();
    // Whether the blocks around depend on an answer.
    let mut blocks: Vec<bool> = Vec::new();
    let mut asks = false;
    for action in Action::all(text) {
        let calls = action.words.contains(&"lookup");
        let is_tainted = calls || action.words.iter().any(|word| tainted.contains(word));
        asks |= calls;
        if action.range.contains(&at) {
            return is_tainted || blocks.contains(&true);
        }
        // What is asked for may be put into any of them: `set $known "key" (lookup …)`.
        let reached = if calls { action.words.len() } else { action.declared };
        if is_tainted {
            let variables = action.words.iter().take(reached).filter(|word| word.starts_with('$'));
            tainted.extend(variables.filter(|variable| variable.len() > 1));
        }
        match action.words.first() {
            Some(&("if" | "with" | "range")) => blocks.push(is_tainted),
            Some(&("define" | "block")) => blocks.push(false),
            Some(&"else") if is_tainted => blocks.iter_mut().last().into_iter().for_each(|last| *last = true),
            Some(&"end") => drop(blocks.pop()),
            _ => {}
        }
    }
    asks
}

/// An action, without the texts in it.
struct Action<'t> {
    range: std::ops::Range<usize>,
    /// Names of functions, keywords, fields and variables; those with a `$`.
    words: Vec<&'t str>,
    /// How many of them stand in front of `:=` or `=`.
    declared: usize,
}

impl<'t> Action<'t> {
    fn all(text: &'t str) -> impl Iterator<Item = Self> {
        let mut at = 0;
        std::iter::from_fn(move || {
            loop {
                let start = at + text[at..].find("{{")?;
                let inside = &text[start + 2..];
                let body = inside.strip_prefix('-').unwrap_or(inside).trim_start();
                let is_comment = body.starts_with("/*");
                let end = if is_comment { body.find("*/") } else { end(body) };
                let body_start = text.len() - body.len();
                let end = body_start + end.unwrap_or(body.len());
                at = end;
                if !is_comment {
                    return Some(Self::new(start..end, &text[body_start..end]));
                }
            }
        })
    }

    fn new(range: std::ops::Range<usize>, body: &'t str) -> Self {
        let (mut words, mut declared) = (Vec::new(), 0);
        let mut rest = body;
        while let Some(first) = rest.chars().next() {
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            let len = match first {
                '"' | '`' | '\'' => quoted(rest, first),
                '$' => 1 + rest[1..].find(|c| !is_part(c)).unwrap_or(rest.len() - 1),
                c if is_part(c) => rest.find(|c| !is_part(c)).unwrap_or(rest.len()),
                c => c.len_utf8(),
            };
            let (word, behind) = rest.split_at(len);
            if first == '$' || is_part(first) {
                words.push(word);
            }
            if first == '=' && declared == 0 {
                declared = words.len();
            }
            rest = behind;
        }
        Self { range, words, declared }
    }
}

/// Where the text of an action ends, behind the texts in it.
fn end(body: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(first) = body[at..].chars().next() {
        match first {
            '}' if body[at..].starts_with("}}") => return Some(at),
            '"' | '`' | '\'' => at += quoted(&body[at..], first),
            c => at += c.len_utf8(),
        }
    }
    None
}

/// The length of a text in quotes, with them.
fn quoted(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = quote != '`',
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::depends;

    /// Whether the action with `HERE` depends on an answer.
    fn here(text: &str) -> bool {
        depends(text, text.find("HERE").unwrap_or(text.len()))
    }

    #[test]
    fn answers_reach_variables_and_blocks() {
        assert!(here(r#"{{ (lookup "v1" "Secret" "a" "b").data.HERE }}"#));
        assert!(here(
            r#"{{ $s := lookup "v1" "Secret" "a" "b" }}{{ $d := $s.data }}{{ index $d "x" | HERE }}"#
        ));
        assert!(here(
            r#"{{- $_ := set $known "key" (lookup "v1" "Secret" "a" "b") -}}{{ $known.key.HERE }}"#
        ));
        assert!(here(r#"{{ if lookup "v1" "Secret" "a" "b" }}a{{ else }}{{ .Values.HERE }}{{ end }}"#));
        assert!(here(r#"{{ if .a }}b{{ else if lookup "v1" "Secret" "a" "b" }}{{ .HERE }}{{ end }}"#));
        assert!(here(r#"{{ lookup "v1" "Secret" "a" "b" }} HERE"#));
    }

    #[test]
    fn what_asks_nothing_stays() {
        assert!(!here("# names for the lookup table\n{{ .Values.HERE }}"));
        assert!(!here("{{/* uses lookup */}}{{ .Values.HERE }}"));
        assert!(!here(r#"{{ print "a lookup }} table" }}{{ .Values.HERE }}"#));
        assert!(!here(r#"{{ $s := lookup "v1" "Secret" "a" "b" }}{{ .Values.HERE }}"#));
        assert!(!here(r#"{{ if lookup "v1" "Secret" "a" "b" }}a{{ end }}{{ .Values.HERE }}"#));
        assert!(!here("{{ HERE"));
    }
}
