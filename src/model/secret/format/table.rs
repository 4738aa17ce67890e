//! The forms of credentials, as data.
//!
//! Owns what their makers say of them: how they begin, which characters follow, and how many. Must not search.

use super::checksum::{is_checked_token, is_grafana_key, is_header, is_web_token};
use super::{Around, Format, Kind, Matcher};

const DIGITS: fn(u8) -> bool = |byte| byte.is_ascii_digit();
const ALPHANUMERIC: fn(u8) -> bool = |byte| byte.is_ascii_alphanumeric();
const BASE64: fn(u8) -> bool = |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
const SECRET: fn(u8) -> bool =
    |byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'~' | b'.' | b'-');

const fn format(name: &'static str, literals: &'static [&'static str], pattern: &'static str) -> Format {
    Format {
        name,
        kind: Kind::Token,
        literals,
        matcher: Matcher::Pattern(pattern),
        before: None,
        check: None,
    }
}

impl Format {
    const fn kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// At most `most` bytes of it stand before its literal.
    const fn begins_before(self, most: usize, is_part: fn(u8) -> bool) -> Self {
        Self { before: Some(Around { most, is_part }), ..self }
    }

    const fn checked(self, check: fn(&str) -> bool) -> Self {
        Self { check: Some(check), ..self }
    }

    const fn armoured(name: &'static str, literals: &'static [&'static str], matcher: Matcher) -> Self {
        Self { name, kind: Kind::PrivateKey, literals, matcher, before: None, check: None }
    }
}

/// All forms. Of literals that begin alike the longer one stands first.
pub(super) static FORMATS: [Format; 90] = [
    Format::armoured("a private key", &["-----BEGIN "], Matcher::Armour),
    Format::armoured("a private key in base64", &["LS0tLS1CRUdJTi"], Matcher::EncodedArmour),
    format("an age secret key", &["AGE-SECRET-KEY-1"], "^AGE-SECRET-KEY-1[0-9A-Z]{50,}").kind(Kind::PrivateKey),
    format("a private key of PuTTY", &["PuTTY-User-Key-File-"], r"^PuTTY-User-Key-File-[23]: [ -~]+\r?\nEncryption: none\r?\n(?:[ -~]*\r?\n){1,64}?Private-Lines: [0-9]+\r?\n[A-Za-z0-9+/]{20}").kind(Kind::PrivateKey),
    format("a GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], "^gh[pousr]_[A-Za-z0-9]{36,}").checked(is_checked_token),
    format("a GitHub token", &["github_pat_"], "^github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{50,}"),
    format("a GitLab token", &["glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-", "glagent-", "gloas-", "glffct-"], "^gl(?:pat|dt|rt|rtr|cbt|ptt|ft|soat|imt|agent|oas|ffct)-[A-Za-z0-9_-]{20}[A-Za-z0-9_.-]*"),
    format("a GitLab runner token", &["GR1348941"], "^GR1348941[A-Za-z0-9_-]{20}"),
    format("a Slack token", &["xoxb-", "xoxp-", "xoxa-", "xoxs-", "xoxr-", "xoxe-", "xoxo-"], "^xox[abeoprs]-[0-9][A-Za-z0-9-]{20,}"),
    format("a Slack token", &["xoxe.xoxb-", "xoxe.xoxp-"], "^xoxe[.]xox[bp]-[0-9]-[A-Za-z0-9]{100,}"),
    format("a Slack token", &["xapp-"], "^xapp-[0-9]-[A-Z0-9]+-[0-9]+-[a-z0-9]{20,}"),
    format("a Slack webhook", &["hooks.slack.com/"], "^hooks[.]slack[.]com/(?:services|workflows|triggers)/(T[A-Z0-9]{6,}/[AB]?[A-Z0-9]{6,}/(?:[0-9]{15,}/)?[A-Za-z0-9]{20,})"),
    format("a Discord webhook", &["/api/webhooks/"], "^/api/webhooks/[0-9]{15,}/([A-Za-z0-9_-]{50,})"),
    format("a Teams webhook", &[".webhook.office.com/webhookb2/"], "^[.]webhook[.]office[.]com/webhookb2/([0-9a-f-]{36}@[0-9a-f-]{36}/[A-Za-z]+/[0-9a-f]{32}/[0-9a-f-]{36})"),
    format("a Telegram bot token", &[":AA"], "^([0-9]{8,10}:AA[A-Za-z0-9_-]{33})(?:[^A-Za-z0-9_-]|$)").begins_before(10, DIGITS),
    format("a Stripe key", &["sk_live_", "rk_live_"], "^[sr]k_live_[A-Za-z0-9]{16,}"),
    format("a signing secret of webhooks", &["whsec_"], "^whsec_[A-Za-z0-9+/]{32,}={0,2}"),
    format("a Google API key", &["AIza"], "^(AIza[0-9A-Za-z_-]{35})(?:[^0-9A-Za-z_-]|$)").kind(Kind::Doubtful),
    format("a Google OAuth client secret", &["GOCSPX-"], "^GOCSPX-[A-Za-z0-9_-]{20,}"),
    format("a Google refresh token", &["1//0"], "^1//0[A-Za-z0-9_-]{60,}"),
    format("an npm token", &["npm_"], "^npm_[A-Za-z0-9]{36}").checked(is_checked_token),
    format("a PyPI token", &["pypi-AgEIcHlwaS5vcmc"], "^pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}"),
    format("a RubyGems key", &["rubygems_"], "^rubygems_[a-f0-9]{48}"),
    format("a NuGet key", &["oy2"], "^(oy2[a-z0-9]{43})(?:[^A-Za-z0-9]|$)"),
    format("an Artifactory key", &["AKCp"], "^AKCp[A-Za-z0-9]{69}"),
    format("an Artifactory token", &["cmVmdGtu"], "^cmVmdGtu[A-Za-z0-9]{56}"),
    format("a SendGrid key", &["SG."], "^SG[.][A-Za-z0-9_-]{20,24}[.][A-Za-z0-9_-]{39,50}"),
    format("a Mailgun key", &["key-"], "^(key-[a-f0-9]{32})(?:[^A-Za-z0-9-]|$)").kind(Kind::Doubtful),
    format("a Mailchimp key", &["-us"], "^([a-f0-9]{32}-us[0-9]{1,2})(?:[^A-Za-z0-9-]|$)").begins_before(32, ALPHANUMERIC),
    format("a Brevo key", &["xkeysib-"], "^xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}"),
    format("a Grafana token", &["glsa_"], "^glsa_[A-Za-z0-9]{32}_[A-Fa-f0-9]{8}"),
    format("a Grafana Cloud token", &["glc_"], "^glc_eyJ[A-Za-z0-9+/]{29,}={0,2}"),
    format("a Grafana API key", &["eyJrIjoi"], "^eyJrIjoi[A-Za-z0-9]{70,}={0,2}").checked(is_grafana_key),
    format("a New Relic key", &["NRAK-", "NRIQ-", "NRII-"], "^NR(?:AK-[A-Z0-9]{27}|I[QI]-[A-Za-z0-9_-]{32})"),
    format("a New Relic licence key", &["NRAL"], "^([a-z0-9]{30,36}(?:FFFF)?NRAL)(?:[^A-Za-z0-9]|$)").begins_before(40, ALPHANUMERIC),
    format("a Sentry token", &["sntrys_", "sntryu_"], "^sntry(?:s_eyJ[A-Za-z0-9+/=_-]{60,}|u_[a-f0-9]{64})"),
    format("a Honeycomb key", &["hcaik_", "hcbik_", "hcxik_"], "^hc[a-z]ik_[a-z0-9]{58}"),
    format("a Dynatrace token", &["dt0c01.", "dt0s01."], "^dt0[cs]01[.][A-Z2-7]{24}[.][A-Z2-7]{64}"),
    format("a Vault token", &["hvs.", "hvb.", "hvr."], "^hv[sbr][.][A-Za-z0-9_-]{24,}"),
    format("a Terraform Cloud token", &[".atlasv1."], "^[A-Za-z0-9]{14}[.]atlasv1[.][A-Za-z0-9_-]{60,}").begins_before(14, ALPHANUMERIC),
    format("a Pulumi token", &["pul-"], "^(pul-[a-f0-9]{40})(?:[^A-Za-z0-9]|$)"),
    format("a Doppler token", &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], "^(dp[.](?:pt|st(?:[.][a-z0-9_-]{2,35})?|ct|sa|scim|audit)[.][A-Za-z0-9]{40,44})(?:[^A-Za-z0-9]|$)"),
    format("a service account token of 1Password", &["ops_eyJ"], "^ops_eyJ[A-Za-z0-9+/]{200,}={0,2}"),
    format("a secret key of 1Password", &["A3-"], "^A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}"),
    format("a DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], "^do[opr]_v1_[a-f0-9]{64}"),
    format("a Cloudflare origin CA key", &["v1.0-"], "^v1[.]0-[a-f0-9]{24}-[a-f0-9]{100,}"),
    format("a Tailscale key", &["tskey-"], "^tskey-[a-z]+-[A-Za-z0-9]+-[A-Za-z0-9]{16,}"),
    format("a Heroku key", &["HRKU-"], "^HRKU-[A-Za-z0-9_-]{36,}"),
    format("a Fly.io token", &["FlyV1 fm", "fo1_"], "^(?:FlyV1 fm[12][a-z]?_[A-Za-z0-9+/=]{100,}|fo1_[A-Za-z0-9_-]{43})"),
    format("a Netlify token", &["nfp_"], "^nfp_[A-Za-z0-9]{36}"),
    format("a Supabase key", &["sbp_", "sb_secret_"], "^(?:sbp_[a-f0-9]{40}|sb_secret_[A-Za-z0-9_-]{31})"),
    format("a PlanetScale password", &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], "^pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.=-]{32,}"),
    format("a Databricks token", &["dapi"], "^(dapi[a-f0-9]{32}(?:-[0-9])?)(?:[^A-Za-z0-9]|$)"),
    format("an OpenAI key", &["sk-proj-", "sk-svcacct-", "sk-admin-"], "^sk-(?:proj|svcacct|admin)-[A-Za-z0-9_-]{32,}"),
    format("an Anthropic key", &["sk-ant-"], "^sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{32,}"),
    format("an OpenAI key", &["sk-"], "^sk-[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}"),
    format("a Hugging Face token", &["hf_"], "^(hf_[A-Za-z]{34})(?:[^A-Za-z0-9]|$)"),
    format("a Groq key", &["gsk_"], "^gsk_[A-Za-z0-9]{52}"),
    format("a Perplexity key", &["pplx-"], "^pplx-[A-Za-z0-9]{48}"),
    format("an xAI key", &["xai-"], "^xai-[A-Za-z0-9]{70,}"),
    format("a Replicate token", &["r8_"], "^(r8_[A-Za-z0-9]{37})(?:[^A-Za-z0-9]|$)"),
    format("a Docker Hub token", &["dckr_pat_", "dckr_oat_"], "^dckr_[po]at_[A-Za-z0-9_-]{20,}"),
    format("a Rancher token", &["token-"], "^token-[a-z0-9]{5}:[a-z0-9]{54}"),
    format("a CircleCI token", &["CCIPAT_"], "^CCIPAT_[A-Za-z0-9]{22}_[a-f0-9]{40}"),
    format("a Buildkite token", &["bkua_"], "^bkua_[a-z0-9]{40}"),
    format("a Sonar token", &["squ_", "sqp_", "sqa_"], "^sq[upa]_[a-f0-9]{40}"),
    format("an Atlassian token", &["ATATT3", "ATCTT3"], "^AT[AC]TT3[A-Za-z0-9_=-]{100,}"),
    format("a Bitbucket password", &["ATBB"], "^(ATBB[A-Za-z0-9]{24}[A-F0-9]{8})(?:[^A-Za-z0-9]|$)"),
    format("a Linear key", &["lin_api_"], "^lin_api_[A-Za-z0-9]{40}"),
    format("a Notion token", &["ntn_"], "^ntn_[0-9]{11}[A-Za-z0-9]{35}"),
    format("a Figma token", &["figd_"], "^figd_[A-Za-z0-9_-]{40,}"),
    format("a HubSpot token", &["pat-na", "pat-eu"], "^pat-(?:na|eu)[0-9]-[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"),
    format("a Contentful token", &["CFPAT-"], "^CFPAT-[A-Za-z0-9_-]{43}"),
    format("a Postman key", &["PMAK-"], "^PMAK-[a-f0-9]{24}-[a-f0-9]{34}"),
    format("an Infracost key", &["ico-"], "^(ico-[A-Za-z0-9]{32})(?:[^A-Za-z0-9]|$)"),
    format("a Prefect key", &["pnu_"], "^pnu_[a-zA-Z0-9]{36}"),
    format("a Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], "^shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    format("a Square token", &["sq0atp-", "sq0csp-"], "^sq0(?:atp-[A-Za-z0-9_-]{22}|csp-[A-Za-z0-9_-]{43})"),
    format("an Azure storage key", &["AccountKey="], "^AccountKey=([A-Za-z0-9+/]{60,}={0,2})"),
    format("an Azure shared access key", &["SharedAccessKey="], "^SharedAccessKey=([A-Za-z0-9+/]{40,}={0,2})"),
    format("a shared access signature of Azure", &["&sig="], "^&sig=((?:[A-Za-z0-9]|%2[BbFf]){40,}%3[Dd])").kind(Kind::Doubtful),
    format("a client secret of Azure", &["Q~"], "^([A-Za-z0-9_~.-]{3}[0-9]Q~[A-Za-z0-9_~.-]{31,34})(?:[^A-Za-z0-9_~.-]|$)").begins_before(4, SECRET),
    format("an Azure DevOps token", &["AZDO"], "^([A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4})(?:[^A-Za-z0-9]|$)").begins_before(76, ALPHANUMERIC),
    format("an Azure container registry password", &["+ACR"], "^([A-Za-z0-9+/]{42}[+]ACR[A-D][A-Za-z0-9]{5})(?:[^A-Za-z0-9+/]|$)").begins_before(42, BASE64),
    format("an AWS Bedrock key", &["ABSK"], "^ABSK[A-Za-z0-9+/]{100,}={0,2}"),
    format("a JSON web token", &["eyJ"], "^eyJ[A-Za-z0-9_-]{10,}[.]eyJ[A-Za-z0-9_-]{10,}[.][A-Za-z0-9_-]{16,}").kind(Kind::Doubtful).checked(is_web_token),
    format("a header with a credential", &["uthorization: "], "^[Aa]uthorization: ((?:[Bb]asic|[Bb]earer|[Tt]oken) [A-Za-z0-9+/_.~-]{12,}={0,2})").kind(Kind::Doubtful).begins_before(1, ALPHANUMERIC).checked(is_header),
    format("a password in a URL", &["://"], r#"^://[^\s:/?#@"'<>,|(){}\[\]\\]*:([^\s/@"'<>,|`]{2,})@[A-Za-z0-9\[]"#).kind(Kind::UrlPassword),
    format("an AWS access key id", &["AKIA", "ASIA"], "^(A[KS]IA[A-Z2-7]{16})(?:[^A-Za-z0-9]|$)").kind(Kind::Identifier),
    format("an Alibaba Cloud access key id", &["LTAI"], "^(LTAI[A-Za-z0-9]{17,21})(?:[^A-Za-z0-9]|$)").kind(Kind::Identifier),
];
