//! From rules to bytecode: as few pieces as the compiler allows.
//!
//! Owns which rules are asked as bytecode. Must not know what is done with the others.

use std::sync::Arc;

use regorus::CompiledPolicy;
use regorus::languages::rego::compiler::Compiler;
use regorus::rvm::program::Program;

use super::program::guarded;
use super::{builtins, own};

/// Rules in one piece: before each answer regorus clears a place for every rule of a piece, and each rule that is asked takes
/// one of 255 registers.
const ENTRIES: usize = 16;

/// Rules that were compiled together.
#[derive(Clone)]
pub struct Piece {
    /// Their indices; the n-th is the n-th entry point.
    pub rules: Vec<usize>,
    program: Arc<Program>,
}

impl Piece {
    /// A copy that shares nothing with others: threads that count references to one text wait for each other.
    pub fn copied(&self) -> Arc<Program> {
        let mut program = Program::clone(&self.program);
        program.literals.iter_mut().for_each(|literal| *literal = own::copied(literal));
        program.rule_tree = own::copied(&program.rule_tree);
        for rule in &mut program.rule_infos {
            rule.definitions = Arc::new((*rule.definitions).clone());
        }
        Arc::new(program)
    }
}

/// Compiles those of the rules that compile.
pub fn compile(policy: &CompiledPolicy, rules: &[(usize, &str)]) -> Vec<Piece> {
    rules
        .chunks(ENTRIES)
        .flat_map(|chunk| {
            let mut pieces = Vec::new();
            halved(policy, chunk, &mut pieces);
            if pieces.len() > 1 {
                // What does not compile is known now; the rest fits into one piece, unless it is too much for one.
                let left: Vec<(usize, &str)> = chunk
                    .iter()
                    .filter(|(index, _)| pieces.iter().any(|piece| piece.rules.contains(index)))
                    .copied()
                    .collect();
                if let Some(piece) = together(policy, &left) {
                    pieces = vec![piece];
                }
            }
            pieces
        })
        .collect()
}

/// All of them, or each half by itself: one rule that does not compile costs few attempts, and most policies have none.
fn halved(policy: &CompiledPolicy, rules: &[(usize, &str)], pieces: &mut Vec<Piece>) {
    match together(policy, rules) {
        Some(piece) => pieces.push(piece),
        None if rules.len() > 1 => {
            let (one, other) = rules.split_at(rules.len() / 2);
            halved(policy, one, pieces);
            halved(policy, other, pieces);
        }
        None => {}
    }
}

fn together(policy: &CompiledPolicy, rules: &[(usize, &str)]) -> Option<Piece> {
    let entries: Vec<&str> = rules.iter().map(|(_, rule)| *rule).collect();
    let mut program = guarded(|| Compiler::compile_from_policy(policy, &entries)).ok()?;
    let patched = Arc::make_mut(&mut program);
    builtins::patch(patched);
    // The texts of all policies, which nothing reads that runs.
    patched.sources.clear();
    patched.instruction_spans.clear();
    Some(Piece { rules: rules.iter().map(|(index, _)| *index).collect(), program })
}
