//! Names of the secret stores that Terraform of the repository may make.
//!
//! A file that speaks of secret stores, by a manifest, a text of YAML or a module, makes those whose names it says. Where
//! it takes a name from elsewhere, that may be any text of the Terraform here. Must not know who asks for a store.

use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::engine::World;

/// The names.
pub struct TerraformStores(FxHashSet<Box<str>>);

impl TerraformStores {
    /// Those of a world, read once.
    pub fn of(world: &World) -> Arc<Self> {
        world.memo.get(|| {
            let is_terraform = |extension| matches!(extension, Some("tf" | "tfvars"));
            let files = world.map.files().filter(|file| is_terraform(file.path().extension()));
            Self::read(&files.map(|file| file.text()).collect::<Vec<_>>())
        })
    }

    /// Whether there may be a store of a name.
    pub fn contains(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    fn read(texts: &[&str]) -> Self {
        let mut names = FxHashSet::default();
        let mut is_open = false;
        for text in texts.iter().filter(|text| speaks_of_stores(text)) {
            for (name, is_known) in given_names(text) {
                is_open |= !is_known;
                names.insert(name);
            }
        }
        if is_open {
            names.extend(texts.iter().flat_map(|text| quoted(text)));
        }
        Self(names.into_iter().map(Box::from).collect())
    }
}

fn speaks_of_stores(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["secretstore", "secret_store", "secret-store"].iter().any(|word| text.contains(word))
}

/// Names in Kubernetes have no more bytes.
const LONGEST: usize = 253;

/// What a text gives as a name, `name = "vault"` or `name: vault`, and whether that is known here.
fn given_names(text: &str) -> impl Iterator<Item = (&str, bool)> {
    text.match_indices("name").filter_map(|(at, name)| {
        let behind = text[at + name.len()..].trim_start_matches(['"', '\'']).trim_start_matches(' ');
        let (is_yaml, value) = match behind.strip_prefix('=') {
            Some(value) => (false, value.trim_start_matches(' ')),
            None => (true, behind.strip_prefix(':')?.trim_start_matches(' ')),
        };
        let is_quoted = value.starts_with(['"', '\'']);
        let value = value.trim_start_matches(['"', '\'']);
        // A name of Kubernetes, or something that stands for one.
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        let end = value.find(|c: char| !is_part(c)).unwrap_or(value.len());
        let is_whole =
            value[end..].starts_with(['"', '\'', ',', ' ', '\t', '\r', '\n', '}']) || end == value.len();
        let is_known = (is_yaml || is_quoted) && is_whole;
        (end <= LONGEST && !(end == 0 && is_whole)).then_some((&value[..end], is_known))
    })
}

/// The texts in quotes, without the labels of blocks: `provider "vault" {`.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let is_head = |line: &&str| line.trim_end().ends_with('{') && !line.contains(['=', ':']);
    text.lines().filter(move |line| !is_head(line)).flat_map(|line| line.split('"').skip(1).step_by(2))
}

#[cfg(test)]
mod tests {
    use super::TerraformStores;

    #[test]
    fn a_name_counts_where_stores_are_made() {
        let made = [
            "resource \"kubernetes_manifest\" \"a\" {\n manifest = { kind = \"ClusterSecretStore\", metadata = { name = \"vault\" } }\n}",
            "resource \"kubectl_manifest\" \"a\" {\n yaml_body = <<E\nkind: SecretStore\nmetadata:\n  name: vault\nE\n}",
            "module \"secret_store\" {\n  name = \"vault\"\n}",
            "module \"x\" {\n  secret_store_name = \"vault\"\n}",
            "module \"secret-store\" {\n  for_each = toset([\"vault\", \"aws\"])\n  name = each.key\n}",
        ];
        for text in made {
            assert!(TerraformStores::read(&[text]).contains("vault"), "{text}");
        }
        let others = [
            "provider \"vault\" {\n  address = var.address\n}",
            "resource \"helm_release\" \"vault\" {\n  name = \"vault\"\n}",
            "provider \"vault\" {\n}\nmodule \"secret_store\" {\n  name = var.name\n}",
        ];
        for text in others {
            assert!(!TerraformStores::read(&[text]).contains("vault"), "{text}");
        }
        let elsewhere = ["module \"secret_store\" {\n  name = var.name\n}", "name = \"vault\""];
        assert!(TerraformStores::read(&elsewhere).contains("vault"));
    }
}
