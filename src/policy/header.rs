//! What is written about a rule, as its declaration: `# METADATA` of OPA, what trivy-checks and our own convention keep in its
//! `custom`, trivy's old `__rego_metadata__`, and the comment above a rule without any.

use std::borrow::Cow;

use crate::finding::{Alias, Level, Peer, Precision, Profile, Rule};
use crate::rego::{Annotation, Module, Scope, Value};

use super::Target;
use super::answer::{field, level, text};

/// The fields that are known about a rule, the most particular last.
#[derive(Default)]
pub struct Header {
    layers: Vec<Value>,
}

impl Header {
    /// The annotations of a rule: those of its package, of all rules of its name, and of the first of them that has one.
    pub fn of<'m>(modules: impl Iterator<Item = &'m Module> + Clone, package: &[String], rule: &str) -> Self {
        let mut layers = Vec::new();
        let is_about = |module: &Module, annotation: &Annotation| match annotation.scope {
            Scope::Subpackages => package.starts_with(&module.package),
            Scope::Package => package == module.package,
            Scope::Document | Scope::Rule => {
                let head = annotation.rule.and_then(|index| module.heads.get(index));
                package == module.package && head.is_some_and(|head| head.name == rule)
            }
        };
        for scope in [Scope::Subpackages, Scope::Package, Scope::Document, Scope::Rule] {
            let all = modules.clone().flat_map(|module| {
                let of_scope = module.annotations.iter().filter(move |annotation| annotation.scope == scope);
                of_scope.filter(move |annotation| is_about(module, annotation))
            });
            let fields = all.map(|annotation| annotation.fields.clone());
            match scope {
                Scope::Rule => layers.extend(fields.take(1)),
                _ => layers.extend(fields),
            }
        }
        Self { layers }
    }

    /// Adds trivy's old metadata, which counts least.
    pub fn add_old(&mut self, metadata: &Value) {
        let mut fields = metadata.clone();
        let custom = super::input::object([("custom", metadata.clone())]);
        if let (Ok(fields), Some(custom)) = (fields.as_object_mut(), field(&custom, "custom")) {
            fields.insert("custom".into(), custom.clone());
        }
        self.layers.insert(0, fields);
    }

    /// Whether nothing is written.
    pub fn is_empty(&self) -> bool {
        self.layers.is_empty()
    }

    fn get(&self, name: &str) -> Option<&Value> {
        self.layers.iter().rev().find_map(|layer| field(layer, name))
    }

    fn custom(&self, name: &str) -> Option<&Value> {
        self.layers.iter().rev().find_map(|layer| field(field(layer, "custom")?, name))
    }

    fn custom_text(&self, name: &str) -> Option<String> {
        Some(self.custom(name)?.as_string().ok()?.to_string())
    }

    /// `input.selector` of trivy-checks.
    pub fn selectors(&self) -> Option<&[Value]> {
        let input = self.custom("input")?;
        Some(field(input, "selector")?.as_array().ok()?.as_slice())
    }

    /// Whether trivy wrote it: an id and a severity, or an input.
    pub fn is_trivy(&self) -> bool {
        let is_check = self.custom("id").is_some() && self.custom("severity").is_some();
        is_check || self.selectors().is_some()
    }

    /// Whether somebody gave the rule a name.
    pub fn has_name(&self) -> bool {
        self.custom_text("name").is_some()
    }

    /// Whether the package says that it has nothing to ask.
    pub fn is_library(&self) -> bool {
        self.custom("library").is_some_and(|library| *library == Value::Bool(true))
    }

    /// What our convention says that the rule is about.
    ///
    /// # Errors
    /// A target that does not exist.
    pub fn target(&self) -> Result<Option<Target>, String> {
        let kinds = self.custom("kinds").map(texts).unwrap_or_default();
        Ok(Some(match self.custom_text("target").as_deref() {
            Some("object") => Target::Object(kinds),
            Some("owner") => Target::Owner(kinds),
            Some("unit") => Target::Unit(kinds),
            Some("combined") => Target::Combined,
            Some("repo") => Target::Repository,
            Some("pipeline") => Target::Pipeline,
            Some("document") => Target::Document(Vec::new()),
            Some("file") => {
                let globs = self.custom("files").map(texts).unwrap_or_default();
                super::files::set(&globs)?;
                if globs.is_empty() {
                    return Err("the target `file` needs `files`: globs such as `Dockerfile`".to_owned());
                }
                Target::File(globs)
            }
            None if !kinds.is_empty() => Target::Object(kinds),
            None => return Ok(None),
            Some(other) => {
                let targets = "object, owner, unit, combined, repo, pipeline, document or file";
                return Err(format!("there is no target `{other}`; it is {targets}"));
            }
        }))
    }

    /// The declaration of the rule. `otherwise` is its level where none is written, `comment` what stands above it.
    pub fn rule(&self, package: &[String], rule: &str, otherwise: Level, comment: &str) -> Rule {
        let is_trivy = self.is_trivy();
        let written = self.custom_text("name").or_else(|| self.custom_text("long_id").filter(|_| is_trivy));
        let written = written.or_else(|| self.custom_text("id").filter(|_| is_trivy));
        let name = written.map(|name| kebab(&name)).filter(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| kebab(&format!("{}-{rule}", package.join("-"))));
        let severity = self.custom_text("severity");
        let written = self.custom("security_severity").and_then(|number| number.as_f64().ok());
        let written = written.map(|number| number as f32).filter(|number| (0.1..=10.0).contains(number));
        let ids =
            self.custom_text("id").into_iter().chain(self.custom("aliases").map(texts).unwrap_or_default());
        let alias = |id| Alias { peer: Peer::Trivy, id: Cow::Owned(id) };
        let mut tags = self.custom("tags").map(texts).unwrap_or_default();
        tags.push("policy".to_owned());
        Rule {
            name: Cow::Owned(name),
            docs: Cow::Owned(self.docs(package, rule, comment)),
            level: severity.as_deref().and_then(level).unwrap_or(otherwise),
            by_tier: self.custom("by_tier") == Some(&Value::Bool(true)),
            profile: match self.custom_text("profile").as_deref() {
                Some("pedantic") => Profile::Pedantic,
                _ => Profile::Default,
            },
            security_severity: written.or_else(|| security(severity.filter(|_| is_trivy)?.as_str())),
            precision: match self.custom_text("precision").as_deref() {
                Some("very-high") => Precision::VeryHigh,
                Some("medium") => Precision::Medium,
                _ => Precision::High,
            },
            tags: tags.into_iter().map(Cow::Owned).collect::<Vec<_>>().into(),
            aliases: if is_trivy { ids.map(alias).collect::<Vec<_>>().into() } else { Cow::Borrowed(&[]) },
        }
    }

    /// Markdown as the rules of plimsoll have it.
    fn docs(&self, package: &[String], rule: &str, comment: &str) -> String {
        let own = |name: &str| {
            self.get(name).and_then(|value| value.as_string().ok()).map(|text| text.trim().to_owned())
        };
        let title = own("title").filter(|title| !title.is_empty());
        let mut lines = comment.lines();
        let title = title.or_else(|| lines.next().map(str::to_owned));
        let title = title.unwrap_or_else(|| format!("`{rule}` of the package `{}`.", package.join(".")));
        let rest = lines.collect::<Vec<_>>().join("\n");
        let mut docs = format!("{title}\n");
        if let Some(whole) =
            own("description").filter(|text| text.lines().any(|line| line.starts_with("## ")))
        {
            // It has its own headings, as the rules of plimsoll have them.
            docs.push_str(&format!("\n{whole}\n"));
            return docs;
        }
        let sections = [
            ("Why", own("description").or_else(|| Some(rest.trim().to_owned()))),
            (
                "What to do",
                self.custom_text("recommended_action").or_else(|| self.custom_text("recommended_actions")),
            ),
        ];
        for (heading, body) in sections {
            if let Some(body) = body.filter(|body| !body.is_empty()) {
                docs.push_str(&format!("\n## {heading}\n\n{body}\n"));
            }
        }
        let links: Vec<String> = self.get("related_resources").map(links).unwrap_or_default();
        if !links.is_empty() {
            docs.push_str("\n## References\n\n");
            docs.extend(links.iter().map(|link| format!("- <{link}>\n")));
        }
        docs
    }
}

/// trivy's number for a severity.
fn security(word: &str) -> Option<f32> {
    Some(match word.to_ascii_lowercase().as_str() {
        "critical" => 9.5,
        "high" => 8.0,
        "medium" => 5.5,
        "low" => 2.0,
        _ => return None,
    })
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.to_string()],
        Value::Array(items) => {
            items.iter().filter_map(|item| Some(item.as_string().ok()?.to_string())).collect()
        }
        _ => Vec::new(),
    }
}

/// `related_resources`: addresses, or objects with `ref`.
fn links(value: &Value) -> Vec<String> {
    let Ok(items) = value.as_array() else { return Vec::new() };
    let link = |item: &Value| text(item, "ref").or_else(|| Some(item.as_string().ok()?.to_string()));
    items.iter().filter_map(link).filter(|link| link.starts_with("http")).collect()
}

/// A name of words with `-`: what is neither a letter nor a digit parts words.
fn kebab(text: &str) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_ascii_lowercase).collect::<Vec<_>>().join("-")
}

/// The comment that stands directly above a line, from 1.
pub fn comment_above(text: &str, line: u32) -> String {
    let lines: Vec<&str> = text.lines().take((line as usize).saturating_sub(1)).collect();
    let above = lines.iter().rev().map_while(|line| line.trim().strip_prefix('#'));
    let mut above: Vec<&str> = above.map(str::trim).collect();
    above.reverse();
    // Instructions to other tools are about the text, not about the rule.
    above.retain(|line| !line.starts_with("regal ") && !line.starts_with("METADATA"));
    above.join("\n").trim().to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn rule(text: &str, rule: &str) -> Rule {
        let module = Module::read("a.rego", text).unwrap();
        let head = module.heads.iter().find(|head| head.name == rule).unwrap();
        let header = Header::of(std::iter::once(&module), &module.package, rule);
        let comment = if header.is_empty() { comment_above(text, head.line) } else { String::new() };
        header.rule(&module.package, rule, Level::Error, &comment)
    }

    #[test]
    fn metadata_becomes_a_declaration() {
        let text = "# METADATA\n# title: All\n# custom:\n#   tags: [cost]\npackage a.b\n\n# METADATA\n# title: No limits.\n\
            # description: They take what they want.\n# related_resources:\n# - https://example.org\n# custom:\n\
            #   name: No_limits\n#   severity: low\ndeny_x contains 1 if true\n";
        let rule = rule(text, "deny_x");
        assert_eq!(
            (&*rule.name, rule.level, &*rule.tags),
            ("no-limits", Level::Note, &["cost".into(), "policy".into()][..])
        );
        assert_eq!(
            rule.docs,
            "No limits.\n\n## Why\n\nThey take what they want.\n\n## References\n\n- <https://example.org>\n"
        );
        assert!(rule.aliases.is_empty());
    }

    #[test]
    fn without_metadata_the_comment_counts() {
        let rule = rule(
            "package main\n\n# regal ignore:x\n# Tags move.\n# So they do.\nwarn_Latest_tag contains 1 if true\n",
            "warn_Latest_tag",
        );
        assert_eq!(
            (&*rule.name, &*rule.docs),
            ("main-warn-latest-tag", "Tags move.\n\n## Why\n\nSo they do.\n")
        );
    }

    #[test]
    fn trivy_has_ids() {
        let text = "# METADATA\n# title: T\n# custom:\n#   id: KSV-0011\n#   long_id: kubernetes-limit-cpu\n#   aliases: [KSV011]\n\
            #   severity: MEDIUM\n#   recommended_action: Set it.\npackage builtin.x\n\ndeny contains 1 if true\n";
        let rule = rule(text, "deny");
        assert_eq!(
            (&*rule.name, rule.level, rule.security_severity),
            ("kubernetes-limit-cpu", Level::Warning, Some(5.5))
        );
        assert!(rule.has_alias(Peer::Trivy, "ksv011") && rule.docs.ends_with("## What to do\n\nSet it.\n"));
    }
}
