//! Shell scripts: a file is a script.

use crate::shell::Expressions;
use crate::source::{SourceId, SourceMap, Span};

use super::Dialect;
use super::runnable::{Body, Runnable};

/// Shells whose language plimsoll reads.
const SHELLS: [&str; 6] = ["sh", "bash", "dash", "ash", "ksh", "zsh"];

/// The script of a file; `None` when its first line names a program that is no shell.
pub(super) fn script(map: &SourceMap, source: SourceId) -> Option<Runnable> {
    let file = map.source(source);
    let text = file.text();
    let first = text.lines().next().unwrap_or_default();
    if first.starts_with("#!") && !is_shell(first) {
        return None;
    }
    let name = file.path().file_name().unwrap_or_default().to_owned();
    Some(Runnable {
        dialect: Dialect::Shell,
        source,
        names: vec![name],
        span: Span::new(source, 0, first.len() as u32),
        bodies: vec![Body { text: Span::new(source, 0, text.len() as u32), expressions: Expressions::NONE }],
        needs: Vec::new(),
    })
}

/// Whether a `#!` line names a shell: `#!/bin/sh -e`, `#!/usr/bin/env bash`.
pub(super) fn is_shell(line: &str) -> bool {
    let mut words = line.trim_start_matches("#!").split_whitespace();
    let name = |word: &str| word.rsplit('/').next().unwrap_or_default().to_owned();
    let program = words.next().map(name).unwrap_or_default();
    let program = if program == "env" {
        words.find(|word| !word.starts_with('-')).map(name).unwrap_or_default()
    } else {
        program
    };
    SHELLS.contains(&program.as_str())
}
