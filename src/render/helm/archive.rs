//! Packaged charts: `.tgz` files in `charts/`.
//!
//! Owns what is taken out of an archive, in memory. Nothing is written anywhere, links and devices are not followed or
//! made, and a name that leads out of the archive ends it, as for Helm. Source: `pkg/chart/loader/archive/archive.go`.

use std::io::Read;

use flate2::read::MultiGzDecoder;

/// Bytes of all files of an archive, those of archives in it included. Helm takes 100 MiB; real charts have a
/// hundredth of this.
pub(super) const MAX_TOTAL: u64 = 32 << 20;
/// Bytes of one file, as for Helm.
const MAX_FILE: u64 = 5 << 20;
/// Entries of an archive.
const MAX_ENTRIES: usize = 10_000;

/// A file of an archive: its path in the chart, and its content.
pub(super) type Packed = (String, Vec<u8>);

/// Why an archive is not unpacked, in words.
#[derive(Debug)]
pub(super) enum Unusable {
    /// It is larger than any that is looked at.
    Large(String),
    /// Helm does not take it either.
    Broken(String),
}

impl From<String> for Unusable {
    fn from(message: String) -> Self {
        Unusable::Broken(message)
    }
}

/// The files of an archive, sorted as they stand in it. `budget` is what may still be unpacked.
pub(super) fn unpack(bytes: &[u8], budget: &mut u64) -> Result<Vec<Packed>, Unusable> {
    // The headers and the padding of an archive count too: nothing but them can be a bomb as well.
    let most = budget.saturating_mul(2).saturating_add(MAX_FILE);
    let mut archive = tar::Archive::new(MultiGzDecoder::new(bytes).take(most));
    let entries = archive.entries().map_err(|error| unreadable(&error))?;
    let mut files = Vec::new();
    for (count, entry) in entries.enumerate() {
        let mut entry = entry.map_err(|error| unreadable(&error))?;
        if count >= MAX_ENTRIES {
            return Err(Unusable::Large(format!("it has more than {MAX_ENTRIES} entries")));
        }
        let kind = entry.header().entry_type();
        if kind.is_dir() || kind.is_pax_global_extensions() || kind.is_pax_local_extensions() {
            continue;
        }
        let path = entry.path_bytes();
        let Ok(path) = std::str::from_utf8(&path) else {
            return Err("a name in it is not UTF-8".to_owned().into());
        };
        let name = inner_name(path)?;
        if !kind.is_file() && !kind.is_contiguous() {
            return Err(format!("`{name}` in it is neither file nor directory").into());
        }
        let mut content = Vec::new();
        let limit = MAX_FILE.min(*budget);
        entry.by_ref().take(limit + 1).read_to_end(&mut content).map_err(|error| unreadable(&error))?;
        if content.len() as u64 > limit {
            let what =
                if limit < MAX_FILE { "it unpacks to".to_owned() } else { format!("`{name}` in it has") };
            let size = if limit < MAX_FILE { MAX_TOTAL } else { MAX_FILE };
            return Err(Unusable::Large(format!("{what} more than {size} bytes")));
        }
        *budget -= content.len() as u64;
        if content.starts_with(b"\xef\xbb\xbf") {
            content.drain(..3);
        }
        files.push((name, content));
    }
    match files.is_empty() {
        true => Err("there is no file in it".to_owned().into()),
        false => Ok(files),
    }
}

fn unreadable(error: &std::io::Error) -> String {
    format!("it is no archive that can be read: {error}")
}

/// The path inside of the directory that all files of an archive lie in.
fn inner_name(path: &str) -> Result<String, String> {
    let path = path.replace('\\', "/");
    let (top, inner) = path.split_once('/').unwrap_or((&path, ""));
    if top == "Chart.yaml" {
        return Err("Chart.yaml does not lie in a directory".to_owned());
    }
    let is_drive = inner.as_bytes().get(1..3) == Some(b":/".as_slice());
    if inner.starts_with('/') || is_drive {
        return Err(format!("`{path}` in it is an absolute path"));
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in inner.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.pop().is_none() => return Err(format!("`{path}` in it leads out of it")),
            ".." => {}
            part => parts.push(part),
        }
    }
    match parts.is_empty() {
        true => Err(format!("`{path}` in it does not lie in a directory")),
        false => Ok(parts.join("/")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = tar::Builder::new(Vec::new());
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            // Names that a builder would refuse are what these tests are about.
            header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
            header.set_cksum();
            archive.append(&header, *content).unwrap();
        }
        gzip(&archive.into_inner().unwrap())
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    fn names(bytes: &[u8]) -> Result<Vec<String>, Unusable> {
        let files = unpack(bytes, &mut MAX_TOTAL.clone())?;
        Ok(files.into_iter().map(|(name, _)| name).collect())
    }

    #[test]
    fn files_lie_in_the_directory_of_the_chart() {
        let bytes = packed(&[("sub/Chart.yaml", b"name: sub"), ("sub/./templates/a.yaml", b"a")]);
        assert_eq!(names(&bytes).unwrap(), ["Chart.yaml", "templates/a.yaml"]);
    }

    #[test]
    fn names_do_not_lead_out() {
        for name in ["sub/../../etc/passwd", "sub//etc/passwd", "Chart.yaml", "sub/c:/x", "alone"] {
            assert!(names(&packed(&[(name, b"x")])).is_err(), "{name}");
        }
        assert!(names(b"no archive").is_err());
        assert!(names(&packed(&[])).is_err());
    }

    #[test]
    fn bombs_are_not_unpacked() {
        let zeros = vec![0; (MAX_FILE + 1) as usize];
        assert!(matches!(names(&packed(&[("a/big", &zeros)])), Err(Unusable::Large(_))));
        let half = vec![0; (MAX_FILE - 1) as usize];
        let many: Vec<(String, &[u8])> = (0..8).map(|at| (format!("a/{at}"), half.as_slice())).collect();
        let many: Vec<(&str, &[u8])> = many.iter().map(|(name, content)| (name.as_str(), *content)).collect();
        assert!(matches!(names(&packed(&many)), Err(Unusable::Large(_))));
    }
}
