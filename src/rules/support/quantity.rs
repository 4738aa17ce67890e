//! Quantities of resources as Kubernetes reads them.
//!
//! Must not judge them.

/// Suffixes with what they stand for.
const SUFFIXES: [(&str, f64); 16] = [
    ("", 1.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
    ("E", 1e18),
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("Ei", 1_152_921_504_606_846_976.0),
];

/// The number a quantity stands for; `None` for text that is none.
pub fn parse(text: &str) -> Option<f64> {
    let digits = text.find(|c: char| !matches!(c, '0'..='9' | '.' | '+' | '-')).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    let known = SUFFIXES.iter().find(|(known, _)| *known == suffix);
    match known {
        Some((_, factor)) => Some(number.parse::<f64>().ok()? * factor),
        // `12e6`: an exponent is followed by digits, which `E` for exa is not.
        None => text.parse::<f64>().ok().filter(|_| suffix.starts_with(['e', 'E'])),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn quantities_are_read_as_kubernetes_does() {
        let cases = [("500m", 0.5), ("1", 1.0), ("1.5Gi", 1_610_612_736.0), ("2e3", 2000.0), ("1E", 1e18)];
        for (text, expected) in cases {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for text in ["", "Gi", "1GB", "inf", "nan", "1 Gi", "${CPU}"] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
