//! Every function of OPA and what becomes of it here.
//!
//! Owns the list; docs/rego-functions.md repeats it.

use regorus::unstable::BUILTINS;

use super::{INSTEAD, is_extra};

/// What becomes of a function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Support {
    /// regorus has it as OPA has it.
    Native,
    /// It is one of ours.
    Own,
    /// Refused when a policy is loaded, for a reason.
    Refused(&'static str),
    /// Nobody has written it.
    Missing,
}

/// A function and what becomes of it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct State {
    /// Its name.
    pub name: &'static str,
    /// What becomes of it.
    pub support: Support,
}

const NETWORK: &str = "a policy reaches no network";
const CLOCK: &str = "an answer must not depend on when it is asked";
const CHANCE: &str = "an answer must not depend on chance";
const KEYS: &str = "keys and certificates are not read";
const HEAVY: &str = "it is a language of its own";

const REFUSED: &[(&str, &str)] = &[
    ("http.send", NETWORK),
    ("net.lookup_ip_addr", NETWORK),
    ("providers.aws.sign_req", NETWORK),
    ("time.now_ns", CLOCK),
    ("rand.intn", CHANCE),
    ("uuid.rfc4122", CHANCE),
    ("io.jwt.decode_verify", KEYS),
    ("io.jwt.encode_sign", KEYS),
    ("io.jwt.encode_sign_raw", KEYS),
    ("io.jwt.verify_eddsa", KEYS),
    ("io.jwt.verify_es256", KEYS),
    ("io.jwt.verify_es384", KEYS),
    ("io.jwt.verify_es512", KEYS),
    ("io.jwt.verify_hs256", KEYS),
    ("io.jwt.verify_hs384", KEYS),
    ("io.jwt.verify_hs512", KEYS),
    ("io.jwt.verify_ps256", KEYS),
    ("io.jwt.verify_ps384", KEYS),
    ("io.jwt.verify_ps512", KEYS),
    ("io.jwt.verify_rs256", KEYS),
    ("io.jwt.verify_rs384", KEYS),
    ("io.jwt.verify_rs512", KEYS),
    ("crypto.parse_private_keys", KEYS),
    ("crypto.x509.parse_and_verify_certificates", KEYS),
    ("crypto.x509.parse_and_verify_certificates_with_options", KEYS),
    ("crypto.x509.parse_certificate_request", KEYS),
    ("crypto.x509.parse_certificates", KEYS),
    ("crypto.x509.parse_keypair", KEYS),
    ("crypto.x509.parse_rsa_private_key", KEYS),
    ("graphql.is_valid", HEAVY),
    ("graphql.parse", HEAVY),
    ("graphql.parse_and_verify", HEAVY),
    ("graphql.parse_query", HEAVY),
    ("graphql.parse_schema", HEAVY),
    ("graphql.schema_is_valid", HEAVY),
    ("json.match_schema", HEAVY),
    ("json.verify_schema", HEAVY),
    ("rego.parse_module", HEAVY),
    ("strings.render_template", HEAVY),
];

/// All others, by their first names.
const OTHERS: &str = "abs all any array.concat array.flatten array.reverse array.slice base64.decode base64.encode \
    base64.is_valid base64url.decode base64url.encode base64url.encode_no_pad bits.and bits.lsh bits.negate bits.or \
    bits.rsh bits.xor cast_array cast_boolean cast_null cast_object cast_set cast_string ceil concat contains count \
    crypto.hmac.equal crypto.hmac.md5 crypto.hmac.sha1 crypto.hmac.sha256 crypto.hmac.sha512 crypto.md5 crypto.sha1 \
    crypto.sha256 endswith floor format_int glob.match glob.quote_meta graph.reachable graph.reachable_paths \
    hex.decode hex.encode indexof indexof_n intersection io.jwt.decode is_array is_boolean is_null is_number \
    is_object is_set is_string json.filter json.is_valid json.marshal json.marshal_with_options json.patch \
    json.remove json.unmarshal lower max min net.cidr_contains net.cidr_contains_matches net.cidr_expand \
    net.cidr_intersects net.cidr_is_valid net.cidr_merge net.cidr_overlap numbers.range numbers.range_step \
    object.filter object.get object.keys object.remove object.subset object.union object.union_n opa.runtime print \
    product re_match regex.find_all_string_submatch_n regex.find_n regex.globs_match regex.is_valid regex.match \
    regex.replace regex.split regex.template_match rego.metadata.chain rego.metadata.rule replace round \
    semver.compare semver.is_valid set_diff sort split sprintf startswith strings.any_prefix_match \
    strings.any_suffix_match strings.count strings.replace_n strings.reverse substring sum time.add_date time.clock \
    time.date time.diff time.format time.parse_duration_ns time.parse_ns time.parse_rfc3339_ns time.weekday to_number \
    trace trim trim_left trim_prefix trim_right trim_space trim_suffix type_name union units.parse \
    units.parse_bytes upper urlquery.decode urlquery.decode_object urlquery.encode urlquery.encode_object uuid.parse \
    walk yaml.is_valid yaml.marshal yaml.unmarshal";

/// What becomes of a function; `None` where OPA has none of the name.
pub fn support(name: &str) -> Option<Support> {
    if let Some((_, reason)) = REFUSED.iter().find(|(refused, _)| *refused == name) {
        return Some(Support::Refused(reason));
    }
    OTHERS.split(' ').any(|other| other == name).then(|| {
        let is_own = is_extra(name)
            || INSTEAD.iter().any(|builtin| builtin.name == name)
            || matches!(name, "print" | "rego.metadata.chain" | "rego.metadata.rule");
        match () {
            () if is_own => Support::Own,
            () if BUILTINS.contains_key(name) => Support::Native,
            () => Support::Missing,
        }
    })
}

/// All functions of OPA, sorted.
pub fn table() -> Vec<State> {
    let names = REFUSED.iter().map(|(name, _)| *name).chain(OTHERS.split(' '));
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.into_iter().filter_map(|name| support(name).map(|support| State { name, support })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_regorus_has_is_known() {
        let unknown = BUILTINS.keys().filter(|name| !name.starts_with("__") && support(name).is_none());
        assert_eq!(unknown.collect::<Vec<_>>(), Vec::<&&str>::new());
        let missing: Vec<&str> = table()
            .iter()
            .filter(|state| state.support == Support::Missing)
            .map(|state| state.name)
            .collect();
        assert_eq!(missing, Vec::<&str>::new());
    }
}
