//! One example of every form, and one text that only looks like it. The parts are joined here, so that scanners of this
//! repository find nothing in it.

use super::checksum::with_checksum;
use super::*;

const LONG: &str = "Zk3PqX9vLw2RtY7aBc4DeF5gHj6KmN8pQs1T";
const HEX: &str = "3f9a1c0e7b24d5863f9a1c0e7b24d5863f9a1c0e7b24d5863f9a1c0e7b24d586";
const CAPITALS: &str = "QZ7X3KW4BT6MR5NVQZ7X3KW4BT6MR5NVQZ7X3KW4BT6MR5NVQZ7X3KW4BT6MR5NV";

/// `n` characters that mean nothing.
fn any(n: usize) -> String {
    LONG.chars().cycle().take(n).collect()
}

fn hex(n: usize) -> String {
    HEX.chars().cycle().take(n).collect()
}

fn digits(n: usize) -> String {
    "3141592653".chars().cycle().take(n).collect()
}

fn capitals(n: usize) -> String {
    CAPITALS.chars().cycle().take(n).collect()
}

fn join(parts: &[&str]) -> String {
    parts.concat()
}

fn json(text: &str) -> String {
    data_encoding::BASE64URL_NOPAD.encode(text.as_bytes())
}

fn web_token(payload: &str) -> String {
    [json(r#"{"alg":"HS256","typ":"JWT"}"#), json(payload), any(43)].join(".")
}

/// In the order of the table: its name, a text that has it, a text that looks like it.
fn examples() -> Vec<(&'static str, String, String)> {
    let body = "MIIEpAIBAAKCAQEAxk3PqX9vLw2RtY7aZk3PqX9vLw2RtY7a";
    let block = |kind: &str| format!("-----BEGIN {kind} KEY-----\n{body}\n-----END {kind} KEY-----");
    let encode = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    let putty = |kind: &str| {
        format!(
            "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: {kind}\nComment: me\nPublic-Lines: 1\n{body}\nPrivate-Lines: 1\n{body}\n"
        )
    };
    let guid = "01234567-89ab-cdef-0123-456789abcdef";
    let grafana = format!(r#"{{"k":"{}","n":"continuous-integration","id":1}}"#, any(32));
    let report = format!(r#"{{"k":"{guid}","t":"{guid}"}}"#);
    let checked = with_checksum(&join(&["gh", "p_"]), &any(30));
    let npm = with_checksum(&join(&["np", "m_"]), &any(30));
    let hook = |path: &str| join(&["https://hooks.slack", ".com/", path]);
    // A wrong length, or the bare prefix as it stands in documentation and code.
    let s = |text: &str| text.to_owned();
    vec![
        ("a private key", block("PRIVATE"), block("PUBLIC")),
        ("a private key in base64", encode(&block("PRIVATE")), encode(&block("PUBLIC"))),
        ("an age secret key", join(&["AGE-SECRET-", "KEY-1", &"QZ7X3".repeat(12)]), s("AGE-SECRET-KEY-1…")),
        ("a private key of PuTTY", putty("none"), putty("aes256-cbc")),
        ("a GitHub token", checked.clone(), checked.replace('Z', "Y")),
        ("a GitHub token", join(&["github", "_pat_", &any(22), "_", &any(59)]), s("github_pat_short")),
        ("a GitLab token", join(&["gl", "soat-", &any(20)]), s("glpat-short")),
        ("a GitLab runner token", join(&["GR13", "48941", &any(20)]), s("GR1348941")),
        ("a Slack token", join(&["xo", "xb-", "3141592653-", LONG]), s("xoxb-not-a-token-at-all-here")),
        ("a Slack token", join(&["xoxe.", "xoxp-1-", &any(120)]), s("xoxe.xoxp-1-short")),
        ("a Slack token", join(&["xa", "pp-1-A01-123-", &hex(32)]), s("xapp-1")),
        (
            "a Slack webhook",
            hook(&join(&["services/T01ABCDEF/B01ABCDEF/", &any(24)])),
            hook("services/T000/B000/XXX"),
        ),
        (
            "a Discord webhook",
            join(&["https://discord.com/api/web", "hooks/314159265358979323/", &any(68)]),
            s("https://discord.com/api/webhooks/ID/TOKEN"),
        ),
        (
            "a Teams webhook",
            join(&[
                "https://acme.webhook",
                ".office.com/webhookb2/",
                guid,
                "@",
                guid,
                "/IncomingWebhook/",
                &hex(32),
                "/",
                guid,
            ]),
            s("https://acme.webhook.office.com/webhookb2/GUID"),
        ),
        ("a Telegram bot token", join(&["bot/123456789", ":AA", &any(33)]), s("12:AA:BB:CC")),
        ("a Stripe key", join(&["sk_", "live_", &any(24)]), join(&["sk_", "test_", &any(24)])),
        ("a signing secret of webhooks", join(&["wh", "sec_", &any(32)]), s("whsec_short")),
        ("a Google API key", join(&["AI", "za", &any(35)]), s("AIzashort")),
        ("a Google OAuth client secret", join(&["GOC", "SPX-", &any(28)]), s("GOCSPX-")),
        ("a Google refresh token", join(&["1/", "/0", &any(70)]), s("https://host//path/1//0")),
        ("an npm token", npm, s("npm_config_registry")),
        ("a PyPI token", join(&["pypi-", "AgEIcHlwaS5vcmc", &any(72)]), s("pypi-AgEIcHlwaS5vcmc")),
        ("a RubyGems key", join(&["ruby", "gems_", &hex(48)]), s("rubygems_version")),
        ("a NuGet key", join(&["oy", "2", &any(43).to_lowercase()]), s("oy2short")),
        ("an Artifactory key", join(&["AK", "Cp", &any(69)]), s("AKCpshort")),
        ("an Artifactory token", join(&["cmVm", "dGtu", &any(56)]), s("cmVmdGtuOg==")),
        ("a SendGrid key", join(&["S", "G.", &any(22), ".", &any(43)]), s("SG.a.b")),
        ("a Mailgun key", join(&["ke", "y-", &hex(32)]), s("key-value-store")),
        ("a Mailchimp key", join(&[&hex(32), "-u", "s12"]), s("aws-us-east-1 and aws-us4")),
        ("a Brevo key", join(&["xkey", "sib-", &hex(64), "-", &any(16)]), s("xkeysib-")),
        ("a Grafana token", join(&["gl", "sa_", &any(32), "_0123abcd"]), s("glsa_short")),
        ("a Grafana Cloud token", join(&["gl", "c_", "eyJ", &any(60)]), s("glc_platform")),
        ("a Grafana API key", encode(&grafana), encode(&report)),
        ("a New Relic key", join(&["NR", "AK-", &capitals(27)]), s("NRAK-KEY")),
        ("a New Relic licence key", join(&[&hex(36), "NR", "AL"]), s("SIGNRAL")),
        ("a Sentry token", join(&["sn", "trys_eyJ", &any(90)]), s("sntrys_token")),
        ("a Honeycomb key", join(&["hc", "aik_", &any(58).to_lowercase()]), s("hcaik_key")),
        ("a Dynatrace token", join(&["dt0", "c01.", &capitals(24), ".", &capitals(64)]), s("dt0c01.PUBLIC")),
        ("a Vault token", join(&["hv", "s.", &any(40)]), s("hvs.short")),
        ("a Terraform Cloud token", join(&[&any(14), ".atl", "asv1.", &any(67)]), s("x.atlasv1.y")),
        ("a Pulumi token", join(&["pu", "l-", &hex(40)]), s("pul-request")),
        ("a Doppler token", join(&["dp", ".st.prd.", &any(43)]), s("dp.st.prd")),
        ("a service account token of 1Password", join(&["op", "s_eyJ", &any(300)]), s("ops_eyJ")),
        (
            "a secret key of 1Password",
            join(&["A", "3-ASWWYB-798JRY", "LJVD4-23DC2-86TVM-H43EB"]),
            s("A3-PAPER-FORMAT"),
        ),
        ("a DigitalOcean token", join(&["dop", "_v1_", HEX]), s("dop_v1_short")),
        ("a Cloudflare origin CA key", join(&["v1", ".0-", &hex(24), "-", &hex(146)]), s("v1.0-beta")),
        ("a Tailscale key", join(&["ts", "key-auth-", "kFoo1CNTRL-", LONG]), s("tskey-auth")),
        ("a Heroku key", join(&["HR", "KU-", "AA", &any(58)]), s("HRKU-KEY")),
        ("a Fly.io token", join(&["Fly", "V1 fm2_", &any(140)]), s("FlyV1 fm2_…")),
        ("a Netlify token", join(&["nf", "p_", &any(36)]), s("nfp_token")),
        ("a Supabase key", join(&["sb", "p_", &hex(40)]), s("sbp_token")),
        ("a PlanetScale password", join(&["pscale", "_pw_", &any(43)]), s("pscale_pw_short")),
        ("a Databricks token", join(&["da", "pi", &hex(32)]), s("dapi/v1/pods")),
        ("an OpenAI key", join(&["sk-", "proj-", &any(60)]), s("sk-proj-short")),
        ("an Anthropic key", join(&["sk-", "ant-", "api03-", &any(90)]), s("sk-ant-colony")),
        ("an OpenAI key", join(&["s", "k-", &any(20), "T3Blbk", "FJ", &any(20)]), s("sk-1234")),
        ("a Hugging Face token", join(&["h", "f_", &"abcdEFGHijkl".repeat(3)[..34]]), s("hf_hub_download")),
        ("a Groq key", join(&["gs", "k_", &any(52)]), s("gsk_short")),
        ("a Perplexity key", join(&["pp", "lx-", &any(48)]), s("pplx-70b-online")),
        ("an xAI key", join(&["xa", "i-", &any(80)]), s("xai-grok")),
        ("a Replicate token", join(&["r", "8_", &any(37)]), s("r8_short")),
        ("a Docker Hub token", join(&["dckr", "_pat_", &any(27)]), s("dckr_pat_")),
        ("a Rancher token", join(&["tok", "en-ab1cd:", &any(54).to_lowercase()]), s("token-ab1cd:short")),
        ("a CircleCI token", join(&["CCI", "PAT_", &any(22), "_", &hex(40)]), s("CCIPAT_TOKEN")),
        ("a Buildkite token", join(&["bk", "ua_", &hex(40)]), s("bkua_token")),
        ("a Sonar token", join(&["sq", "p_", &hex(40)]), s("sqp_token")),
        ("an Atlassian token", join(&["ATA", "TT3", &any(186)]), s("ATATT3")),
        ("a Bitbucket password", join(&["AT", "BB", &any(24), "0123ABCD"]), s("ATBBASH")),
        ("a Linear key", join(&["lin", "_api_", &any(40)]), s("lin_api_key")),
        ("a Notion token", join(&["nt", "n_", &digits(11), &any(35)]), s("ntn_token")),
        ("a Figma token", join(&["fi", "gd_", &any(40)]), s("figd_token")),
        ("a HubSpot token", join(&["pat", "-na1-", guid]), s("pat-name")),
        ("a Contentful token", join(&["CF", "PAT-", &any(43)]), s("CFPAT-TOKEN")),
        ("a Postman key", join(&["PM", "AK-", &hex(24), "-", &hex(34)]), s("PMAK-KEY")),
        ("an Infracost key", join(&["ic", "o-", &any(32)]), s("favicon ico-file")),
        ("a Prefect key", join(&["pn", "u_", &any(36)]), s("pnu_key")),
        ("a Shopify token", join(&["shp", "at_", &hex(32)]), s("shpat_token")),
        ("a Square token", join(&["sq0", "atp-", &any(22)]), s("sq0atp-token")),
        (
            "an Azure storage key",
            join(&["AccountName=a;Account", "Key=", &any(72), "=="]),
            s("AccountName=a;AccountKey=$(KEY)"),
        ),
        (
            "an Azure shared access key",
            join(&["SharedAccess", "Key=", &any(43), "="]),
            s("SharedAccessKey=x"),
        ),
        (
            "a shared access signature of Azure",
            join(&["https://a.blob.core.windows.net/c?sv=1&s", "ig=", &any(43), "%3D"]),
            s("https://a.blob.core.windows.net/c?sv=1&sig=x"),
        ),
        ("a client secret of Azure", join(&["abc", "8Q", "~", &any(34)]), s("~/Q~1")),
        ("an Azure DevOps token", join(&[&any(76), "AZ", "DO", &any(4)]), s("AZDO_TOKEN")),
        ("an Azure container registry password", join(&[&any(42), "+AC", "RA", &any(5)]), s("AKS+ACR")),
        ("an AWS Bedrock key", join(&["AB", "SK", &any(128)]), s("ABSKEY")),
        ("a JSON web token", web_token(r#"{"sub":"1234"}"#), web_token(r#"{"role":"anon"}"#)),
        (
            "a header with a credential",
            join(&["curl -H 'Author", "ization: Basic ", &encode("bot:kelp-2048"), "'"]),
            s("curl -H 'Authorization: Bearer documentation-token'"),
        ),
        (
            "a password in a URL",
            join(&["postgres://app:", "hunter2", "@db/app"]),
            s("postgres://app:${DB_PASSWORD}@db/app"),
        ),
        ("an AWS access key id", join(&["AK", "IA", "Z7X3QZ7X3QZ7X3QZ"]), s("AKIAIOSFODNN7EXAMPLE")),
        ("an Alibaba Cloud access key id", join(&["LT", "AI", &any(20)]), s("LTAIshort")),
    ]
}

#[test]
fn every_format_finds_its_example_and_not_its_look_alike() {
    let examples = examples();
    for (format, (name, positive, negative)) in FORMATS.iter().zip(&examples) {
        assert_eq!(format.name, *name);
        let positive = format!("é \"{positive}\" é");
        let found = find(&positive).unwrap_or_else(|| panic!("{name}: {positive}"));
        assert!(std::ptr::eq(found.format, format), "{name}: {}", found.format.name);
        assert!(!positive[found.range].contains('"'), "{name}");
        assert!(find(negative).is_none(), "{name}: {negative}");
    }
    assert_eq!(examples.len(), FORMATS.len());
    let missing = SEARCHER.as_ref().map_or(FORMATS.len(), |searcher| {
        let patterns = FORMATS.iter().zip(&searcher.patterns);
        patterns
            .filter(|(form, regex)| matches!(form.matcher, Matcher::Pattern(_)) && regex.is_none())
            .count()
    });
    assert_eq!(missing, 0, "patterns that do not compile");
}

#[test]
fn look_alikes_of_passwords_in_urls() {
    for text in [
        "https://host:8080/path@v1",
        "http://user@host",
        "https://x-access-token:$TOKEN@github.com/o/r",
        "postgres://user:password@localhost/db",
        "amqp://{{ .user }}:{{ .pass }}@host",
        "https://github.com/o/r//path?ref=v1",
        "docker://ghcr.io/o/i:v1@sha256:00",
        "oci://ghcr.io/o/i:1.2.3@sha256:00",
    ] {
        assert!(find(text).is_none(), "{text}");
    }
}

#[test]
fn nobody_makes_a_key_that_counts() {
    let token = |end: &str| join(&["xo", "xb-", "3141592653-", "Zk3PqX9vLw2RtY7aBc4D", end]);
    assert!(find(&token("eF5gHj6KmN8p")).is_some());
    assert!(find(&token("1234567890")).is_none() && find(&token("abcdefghij")).is_none());
}

#[test]
fn ranges_are_the_secret_alone() {
    let text = ["é postgres://app:", "hunter2", "@db é"].concat();
    let found: Vec<&str> = matches(&text).map(|found| &text[found.range]).collect();
    assert_eq!(found, ["hunter2"]);
}

/// Long texts that are made of what a format begins with take no more time than others.
#[test]
fn made_up_texts_are_read_in_one_pass() {
    let units =
        ["eyJhbGciOi-", "glpat-", "-----BEGIN PRIVATE KEY-----", "LS0tLS1CRUdJTi", "://a:b", "key-", "Zk3P"];
    for unit in units {
        let text = unit.repeat((1 << 18) / unit.len());
        let started = std::time::Instant::now();
        matches(&text).count();
        assert!(started.elapsed().as_secs() < 30, "{unit}: {:?}", started.elapsed());
    }
}
