//! The command line: from arguments to exit code.
//!
//! Reads and writes through the host it is given, so a test or an editor can run it on files in memory.

mod analysis;
pub mod args;
mod baseline;
mod catalogue;
mod change;
mod check;
mod files;
mod given;
mod history;
mod init;
mod pipeline;
mod policies;
mod policy;
mod progress;
mod render;
mod test;
mod views;

pub use catalogue::markdown as rules_markdown;

use std::ffi::OsString;

use camino::Utf8PathBuf;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use thiserror::Error;

use crate::config;
use crate::engine::Policies;
use crate::finding::RuleRef;
use crate::host::{Host, Stream};
use crate::report;
use crate::rules::all::all as built_in;

use args::{Cli, Command, RulesFormat, SchemaOf};
use catalogue::Known;

/// What a run came to, as the exit code says it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Exit {
    /// Looked at everything and found nothing at the threshold.
    Clean = 0,
    /// Found something.
    Found = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// Could not look at something, or plimsoll itself failed.
    CouldNotLook = 3,
}

/// Why a command stopped.
#[derive(Debug, Error)]
enum Failure {
    /// The command line is wrong.
    #[error("error: {0}")]
    Usage(String),
    /// The configuration is wrong; the text is ready to print.
    #[error("{0}")]
    Config(String),
    /// A file could not be read or written.
    #[error("error: {0}: {1}")]
    File(Utf8PathBuf, std::io::Error),
    /// A stream could not be written.
    #[error("error: {0}")]
    Io(std::io::Error),
}

/// Runs plimsoll with these arguments, the program's name first.
pub fn run(host: &dyn Host, arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let parsed = Cli::command().try_get_matches_from(arguments);
    let parsed = parsed.and_then(|matches| Ok((Cli::from_arg_matches(&matches)?, matches)));
    let (cli, matches) = match parsed {
        Ok(parsed) => parsed,
        Err(error) => {
            let (stream, exit) = if error.use_stderr() {
                (Stream::Stderr, Exit::Usage)
            } else {
                (Stream::Stdout, Exit::Clean)
            };
            // With no stream left to complain on, the exit code has to do.
            let _ = host.print(stream, &error.render().to_string());
            return exit;
        }
    };
    match dispatch(host, &cli.command, &matches) {
        Ok(exit) => exit,
        Err(failure) => {
            let text = match &failure {
                Failure::Config(text) => text.clone(),
                other => format!("{}\n", report::escape(&other.to_string())),
            };
            let _ = host.print(Stream::Stderr, &text);
            match failure {
                Failure::Usage(_) | Failure::Config(_) => Exit::Usage,
                Failure::File(..) | Failure::Io(_) => Exit::CouldNotLook,
            }
        }
    }
}

fn dispatch(host: &dyn Host, command: &Command, matches: &ArgMatches) -> Result<Exit, Failure> {
    let text = match command {
        Command::Check(args) => {
            let outputs = check::pair(
                &numbered(matches, "format", &args.format),
                &numbered(matches, "output", &args.output),
            )?;
            return check::check(host, args, outputs);
        }
        Command::Render(args) => return render::render(host, args),
        Command::Baseline(args) => return baseline::run(host, args),
        Command::Test(args) => return test::test(host, args),
        Command::Policy(args::Policy::Check { paths }) => return policy::check(host, paths),
        Command::Diff(args) => return views::diff(host, args),
        Command::Report(args) => return views::report(host, args),
        Command::Graph(args) => return views::graph(host, args),
        Command::Matrix(args) => return views::matrix(host, args),
        Command::Init { path, dry_run } => return check::init(host, path, *dry_run),
        Command::Explain { rule, policy } => explain(host, rule, policy)?,
        Command::Rules { format, profile, policy } => {
            let mut rules = known(host, policy)?;
            rules.retain(|known| profile.is_none_or(|profile| profile.has(&known.rule)));
            match format {
                RulesFormat::Text => catalogue::table(&rules),
                RulesFormat::Json => catalogue::json(&rules),
                RulesFormat::Markdown => catalogue::markdown(&declarations(&rules)),
            }
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Cli::command(), "plimsoll", &mut script);
            String::from_utf8_lossy(&script).into_owned()
        }
        Command::Schema { of } => pretty(&match of {
            SchemaOf::Config => config::schema(&all_rules(None)),
            SchemaOf::Output => report::schema(),
            SchemaOf::Graph => report::graph_schema(),
            SchemaOf::Matrix => report::matrix_schema(),
            SchemaOf::Repo => crate::policy::schema(),
        }),
    };
    host.print(Stream::Stdout, &text).map_err(Failure::Io)?;
    Ok(Exit::Clean)
}

/// The values of an option of `check` with their positions on the command line.
fn numbered<T: Clone>(matches: &ArgMatches, option: &str, values: &[T]) -> Vec<(usize, T)> {
    let indices = matches.subcommand_matches("check").and_then(|check| check.indices_of(option));
    indices.into_iter().flatten().zip(values.iter().cloned()).collect()
}

/// All rules there are: those that plimsoll brings, then those of policies.
fn all_rules(policies: Option<&Policies>) -> Vec<RuleRef> {
    let brought = built_in().iter().map(|it| RuleRef::Native(it.rule));
    brought.chain(policies.into_iter().flat_map(Policies::rules)).collect()
}

/// All rules with what policies say about theirs. What is wrong with policies is told beside it.
fn known(host: &dyn Host, policy: &[Utf8PathBuf]) -> Result<Vec<Known>, Failure> {
    let (policies, problems) = policies::listed(host, policy)?;
    let problems: String = problems.iter().map(policies::line).collect();
    host.print(Stream::Stderr, &problems).map_err(Failure::Io)?;
    let brought = built_in().iter().map(Known::of);
    let Policies { loaded, gatekeeper, .. } = policies;
    let of_policies = loaded.rules.into_iter().chain(gatekeeper.rules).chain(gatekeeper.unused);
    Ok(brought.chain(of_policies.map(Known::declared)).collect())
}

fn declarations(rules: &[Known]) -> Vec<RuleRef> {
    rules.iter().map(|known| known.rule.clone()).collect()
}

/// The pages of all rules that a name, a glob or another tool's id stands for.
fn explain(host: &dyn Host, selector: &str, policy: &[Utf8PathBuf]) -> Result<String, Failure> {
    let known = known(host, policy)?;
    let catalog = config::Catalog::new(&declarations(&known));
    let found = catalog.find(selector).map_err(|unknown| {
        let help = unknown.help.map(|help| format!("; {help}")).unwrap_or_default();
        Failure::Usage(format!("{}{help}", unknown.message))
    })?;
    let pages = found.into_iter().filter_map(|index| known.get(index));
    Ok(pages.map(catalogue::explain).collect::<Vec<_>>().join("\n"))
}

fn pretty(value: &serde_json::Value) -> String {
    format!("{value:#}\n")
}
