//! Rules about who decides what is merged.

pub mod branch_protection_weak;
pub mod codeowners_missing;
pub mod codeowners_uncovered_path;
pub mod commits_unsigned;
pub mod direct_commit_history;
mod past;
mod protected;
mod protection_terraform;
