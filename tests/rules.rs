//! The declarations of the rules that plimsoll brings: the generated lists and pages are current, the examples in their
//! documentation hold, and each has what a rule must have.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::disallowed_methods)]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use plimsoll::finding::{Finding, Peer, Profile, Rule};
use plimsoll::policy::Target;
use plimsoll::rules::all::{BuiltIn, all};
use support::Files;
use support::generated;

const RULES: &str = "src/rules";

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_rule(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs")
        && fs::read_to_string(path).is_ok_and(|text| text.lines().any(|line| line.starts_with("rule! {")))
}

/// The files with rules in Rego, `rules/area/name.rego`.
fn policies() -> Vec<String> {
    let areas = generated::files(&generated::root().join("rules"));
    let files = areas.iter().flat_map(|area| generated::files(area));
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "rego"));
    let relative = |path: std::path::PathBuf| path.strip_prefix(generated::root()).unwrap().to_path_buf();
    files.map(|path| relative(path).to_str().unwrap().replace('\\', "/")).collect()
}

#[test]
fn shipped_policies_are_whole() {
    assert_eq!(plimsoll::rules::REGO.problems(), []);
    let mut targets = 0;
    let declared: Vec<&str> = plimsoll::rules::REGO.rules().map(|rule| rule.declared.file).collect();
    assert_eq!(declared, policies(), "a header that cannot be read");
    for rule in plimsoll::rules::REGO.rules() {
        let name = &rule.declared.rule.name;
        assert!(rule.ready().is_some_and(|(asked, _)| asked.rule.name == *name), "{name} is not asked");
        let is_cheap = match &rule.declared.target {
            Target::Object(kinds) | Target::Owner(kinds) | Target::Unit(kinds) => !kinds.is_empty(),
            target => *target == Target::Repository,
        };
        assert!(is_cheap, "{name} is asked about every object, which costs too much");
        targets += usize::from(!matches!(rule.declared.target, Target::Object(_)));
    }
    assert!(targets >= 12, "{targets} about owners, units and the repository");
}

/// The leading `//!` lines of a file, or `default`.
fn header(path: &Path, default: &str) -> String {
    let text = fs::read_to_string(path).unwrap_or_default();
    let lines: String = text.lines().take_while(|l| l.starts_with("//!")).map(|l| format!("{l}\n")).collect();
    if lines.is_empty() { format!("//! {default}\n") } else { lines }
}

/// A `mod.rs`: the description of the module is kept, the list is made from the files beside it. A file or
/// directory without a rule is a private helper.
#[test]
fn module_lists_are_current() {
    let mut expected = BTreeMap::new();
    let mut modules = String::new();
    let mut names = BTreeMap::new();
    for path in generated::files(&generated::root().join(RULES)) {
        let area = stem(&path);
        let files = generated::files(&path);
        if files.iter().any(|file| is_rule(file)) {
            let mut list = header(&path.join("mod.rs"), &format!("Rules about {area}."));
            list.push('\n');
            for file in files.iter().filter(|file| stem(file) != "mod") {
                let visibility = if is_rule(file) { "pub " } else { "" };
                let _ = writeln!(list, "{visibility}mod {};", stem(file));
            }
            for file in files.iter().filter(|file| is_rule(file)) {
                names.insert(stem(file), area.clone());
            }
            expected.insert(format!("{RULES}/{area}/mod.rs"), list);
        }
        if area != "mod" {
            let visibility = if path.is_file() { "pub " } else { "" };
            let _ = writeln!(modules, "{visibility}mod {area};");
        }
    }
    let mut list = header(&generated::root().join(RULES).join("mod.rs"), "The native rules.");
    let _ = write!(list, "\n{modules}\nuse crate::engine::NativeRule;\nuse crate::policy::Shipped;\n\n");
    list.push_str("/// Every native rule, sorted by name.\npub static NATIVE: &[&NativeRule] = &[\n");
    for (name, area) in names {
        let _ = writeln!(list, "    &{area}::{name}::RULE,");
    }
    list.push_str(
        "];\n\n/// Policies by path and text.\nmacro_rules! texts {\n    ($($path:literal),* $(,)?) => ",
    );
    list.push_str("{ &[$(($path, include_str!(concat!(\"../../\", $path)))),*] };\n}\n\n");
    list.push_str(
        "/// Every rule in Rego, sorted by path.\npub static REGO: Shipped = Shipped::new(texts![\n",
    );
    for path in policies() {
        let _ = writeln!(list, "    \"{path}\",");
    }
    list.push_str("]);\n");
    expected.insert(format!("{RULES}/mod.rs"), list);
    generated::check(&expected, None);
}

#[test]
fn pages_are_current() {
    let mut expected = BTreeMap::new();
    for built_in in all() {
        expected.insert(format!("docs/rules/{}.md", built_in.rule.name), page(built_in));
    }
    expected.insert("docs/rules/README.md".to_owned(), index());
    generated::check(&expected, Some("docs/rules"));
}

#[test]
fn migration_is_current() {
    generated::check(&BTreeMap::from([("docs/migrate.md".to_owned(), migration())]), None);
}

/// What the rules of other tools are called here, a table for each tool.
fn migration() -> String {
    let mut tables: BTreeMap<Peer, BTreeMap<&str, Vec<&Rule>>> = BTreeMap::new();
    for rule in all().iter().map(|built_in| built_in.rule) {
        for alias in rule.aliases.iter() {
            tables.entry(alias.peer).or_default().entry(&alias.id).or_default().push(rule);
        }
    }
    let mut page = "<!-- Made from the aliases in src/rules and rules; do not edit. -->\n\n\
        # Coming from another tool\n\n\
        Wherever plimsoll wants the name of a rule, it takes the id of another tool for the same problem: `--select \
        CKV_K8S_16`, `ignore: [latest-tag]`. The marks with which KubeLinter, kube-score, Polaris, Checkov and KICS \
        suppress findings in manifests count, too, unless [compat-ignores](configuration.md) says otherwise. \
        A rule in brackets runs only in the profile behind its name, or where it is selected.\n"
        .to_owned();
    for (peer, ids) in tables {
        let _ = writeln!(page, "\n## {}\n\n| id | rule |\n|---|---|", peer.name());
        for (id, rules) in ids {
            let link = |rule: &&Rule| {
                let link = format!("[{0}](rules/{0}.md)", rule.name);
                match rule.profile {
                    Profile::Default => link,
                    profile => format!("({link}, {})", profile.name()),
                }
            };
            let links: Vec<String> = rules.iter().map(link).collect();
            let _ = writeln!(page, "| {} | {} |", id.replace('|', "\\|"), links.join(", "));
        }
    }
    page
}

fn security(rule: &Rule) -> String {
    rule.security_severity.map_or("–".to_owned(), |severity| format!("{severity:.1}"))
}

fn page(built_in: &BuiltIn) -> String {
    let rule = built_in.rule;
    let mut page = format!("<!-- Made from {}; do not edit. -->\n\n# {}\n\n", built_in.file, rule.name);
    page.push_str("| level | profile | security severity | precision | tags |\n|---|---|---|---|---|\n");
    let (level, profile, precision) = (rule.level.name(), rule.profile.name(), rule.precision.name());
    let tags: Vec<&str> = rule.tags.iter().map(AsRef::as_ref).collect();
    let tags = tags.join(", ");
    let by_tier = if rule.by_tier {
        format!(
            ", {} in production, {} in development",
            rule.level.raised().name(),
            rule.level.lowered().name()
        )
    } else {
        String::new()
    };
    let _ = writeln!(page, "| {level}{by_tier} | {profile} | {} | {precision} | {tags} |\n", security(rule));
    page.push_str(rule.markdown().trim());
    page.push('\n');
    if !rule.aliases.is_empty() {
        page.push_str("\n## Other tools\n\n");
        for alias in rule.aliases.iter() {
            let _ = writeln!(page, "- {}: `{}`", alias.peer.name(), alias.id);
        }
    }
    page
}

fn index() -> String {
    let mut index = "<!-- Made from src/rules and rules; do not edit. -->\n\n# Rules\n\n".to_owned();
    index.push_str("| rule | level | profile | reports |\n|---|---|---|---|\n");
    for built_in in all() {
        let rule = built_in.rule;
        let (name, level, profile) = (&rule.name, rule.level.name(), rule.profile.name());
        let _ = writeln!(index, "| [{name}]({name}.md) | {level} | {profile} | {} |", rule.summary());
    }
    index
}

#[test]
fn every_rule_has_what_a_rule_must_have() {
    let mut names = BTreeSet::new();
    for built_in in all() {
        let rule = built_in.rule;
        let name = rule.name.as_ref();
        assert!(names.insert(name), "{name}: the name is used twice");
        let kebab = name.split('-').all(|word| {
            !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
        });
        assert!(kebab, "{name}: not in kebab-case");
        assert_eq!(
            stem(Path::new(built_in.file)),
            name.replace('-', "_"),
            "{name}: not the name of its file"
        );
        assert!(!rule.summary().is_empty(), "{name}: no summary");
        assert!(rule.summary().ends_with('.'), "{name}: the summary is a sentence");
        for heading in ["Why", "Bad", "Good"] {
            assert!(section(rule, heading).is_some(), "{name}: no section `## {heading}`");
        }
        let in_range = rule.security_severity.is_none_or(|severity| (0.1..=10.0).contains(&severity));
        assert!(in_range, "{name}: security severity out of range");
        assert!(!rule.tags.is_empty(), "{name}: no tags");
        let corpus = generated::files(&generated::root().join("tests/corpus").join(name));
        for verdict in ["good-", "bad-"] {
            let has_case = corpus.iter().any(|case| stem(case).starts_with(verdict));
            assert!(has_case, "{name}: no case tests/corpus/{name}/{verdict}…");
        }
    }
}

#[test]
fn examples_in_the_documentation_hold() {
    let mut failures = String::new();
    for built_in in all() {
        for (heading, bad) in [("Bad", true), ("Good", false)] {
            let section = section(built_in.rule, heading).unwrap_or_default();
            let examples = examples_of(&section);
            if examples.is_empty() {
                let _ = writeln!(failures, "{}: `## {heading}` has no example", built_in.rule.name);
            }
            for files in examples {
                let (world, findings) = support::find(&files, built_in);
                let findings = findings.unwrap_or_else(|panic| panic!("{panic}"));
                let problems = support::yaml_problems(&world);
                if findings.is_empty() == bad || !(support::is_about_yaml(built_in) || problems.is_empty()) {
                    let found = support::describe(&world, &findings);
                    let problems = problems.join("\n");
                    let _ = writeln!(failures, "{}: `## {heading}`:\n{found}{problems}", built_in.rule.name);
                }
            }
        }
    }
    assert!(failures.is_empty(), "{failures}");
}

/// What stands at a field is for a person to decide: a policy says something or nothing about it, and never fails.
#[test]
fn shipped_policies_answer_whatever_they_are_asked() {
    let mut failures = String::new();
    for built_in in all().iter().filter(|rule| rule.policy.is_some()) {
        let examples = ["Bad", "Good"].map(|heading| section(built_in.rule, heading).unwrap_or_default());
        let examples: Vec<Files> = examples.iter().flat_map(|section| examples_of(section)).collect();
        let mut has_found = false;
        for files in strange(&examples) {
            let (world, findings) = support::find(&files, built_in);
            let findings = findings.unwrap_or_else(|panic| panic!("{panic}"));
            has_found |= !findings.is_empty();
            let failed = |finding: &Finding| finding.message.contains("gives no answer");
            let failed: Vec<Finding> = findings.into_iter().filter(failed).collect();
            failures.push_str(&support::describe(&world, &failed));
        }
        assert!(has_found, "{}: finds nothing", built_in.rule.name);
    }
    assert!(failures.is_empty(), "{failures}");
}

/// Examples with odd documents: all of them in one file, but one a repository where a kustomization names the file.
fn strange(examples: &[Files]) -> Vec<Files> {
    let is_kustomization = |path: &str| path.ends_with("kustomization.yaml");
    let mut together = Vec::new();
    let mut repositories = Vec::new();
    for files in examples {
        let is_rendered = files.keys().any(|path| is_kustomization(path));
        for (path, text) in files.iter().filter(|(path, _)| !is_kustomization(path)) {
            for odd in odd(text) {
                match is_rendered {
                    true => {
                        let mut files = files.clone();
                        files.insert(path.clone(), odd);
                        repositories.push(files);
                    }
                    false => together.push(odd),
                }
            }
        }
    }
    if !together.is_empty() {
        repositories.push(Files::from([("odd.yaml".to_owned(), together.join("---\n"))]));
    }
    repositories
}

/// A document with each of its fields in turn replaced by values that nobody would write, and without it.
fn odd(text: &str) -> Vec<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut documents = Vec::new();
    let indent = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    for (at, line) in lines.iter().enumerate() {
        let Some((field, _)) = line.split_once(": ").or_else(|| line.split_once(':')) else { continue };
        if ["apiVersion", "kind"].contains(&field) {
            continue;
        }
        let below = lines.iter().skip(at + 1).take_while(|below| indent(below) > indent(line)).count();
        let mut replaced = |value: &str| {
            let around = |lines: &[&str]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
            documents.push(around(&lines[..at]) + value + &around(&lines[at + 1 + below..]));
        };
        for value in ["null", "text", "7", "true", "[1, {a: [null]}]", "{a: 1}"] {
            replaced(&format!("{field}: {value}\n"));
        }
        replaced("");
    }
    documents
}

/// The text below a heading of the documentation, to the next heading of its level.
fn section(rule: &Rule, heading: &str) -> Option<String> {
    let markdown = rule.markdown();
    let mut lines = markdown.lines().skip_while(|line| line.strip_prefix("## ") != Some(heading));
    lines.next()?;
    Some(lines.take_while(|line| !line.starts_with("## ")).map(|line| format!("{line}\n")).collect())
}

/// The fenced blocks of a section, each a small repository: `# file: path` starts a file, without it the file
/// is `manifest.yaml`.
fn examples_of(section: &str) -> Vec<Files> {
    let fenced = section.split("```").skip(1).step_by(2);
    fenced
        .map(|block| {
            let mut files = Files::new();
            let mut path = "manifest.yaml".to_owned();
            for line in block.lines().skip(1) {
                match line.strip_prefix("# file: ") {
                    Some(name) => path = name.trim().to_owned(),
                    None => {
                        let text = files.entry(path.clone()).or_default();
                        text.push_str(line);
                        text.push('\n');
                    }
                }
            }
            files
        })
        .collect()
}
