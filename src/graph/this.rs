//! Whether an address is that of this repository, and a revision that of the files at hand.
//!
//! Owns how addresses are compared. Must not know where the facts come from.

/// Whose repository an address leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Whose {
    /// This one.
    This,
    /// Another one.
    Foreign,
    /// Nobody can tell: the addresses of this repository are not known.
    Unknown,
}

/// The addresses of the repository that is looked at.
#[derive(Clone, Default, Debug)]
pub struct ThisRepository {
    /// Normalised addresses: those of its remotes, and what the configuration adds.
    addresses: Vec<String>,
}

impl ThisRepository {
    /// The repository with these addresses.
    pub fn new(addresses: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Self { addresses: addresses.into_iter().map(|address| normalise(address.as_ref())).collect() }
    }

    /// Whose repository an address leads to.
    pub fn whose(&self, address: &str) -> Whose {
        if self.addresses.is_empty() {
            return Whose::Unknown;
        }
        if self.addresses.contains(&normalise(address)) { Whose::This } else { Whose::Foreign }
    }
}

/// What names the same repository is the same text: without scheme, user and `.git`; `git@host:path` is `host/path`.
fn normalise(address: &str) -> String {
    let address = address.trim().trim_end_matches('/');
    let address = address.strip_suffix(".git").unwrap_or(address);
    let (has_scheme, rest) = match address.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, address),
    };
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    let rest = if has_scheme { rest.to_owned() } else { rest.replacen(':', "/", 1) };
    rest.to_lowercase()
}
