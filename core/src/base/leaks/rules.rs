//! The rules for credentials of other systems: prefixes and lengths from the documentation of their
//! vendors, chosen so that other texts hardly ever match.

/// The characters of a token behind its prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Alphabet {
    /// Letters and digits.
    Alphanumeric,
    /// Letters, digits, `_` and `-`.
    Word,
    /// Letters, digits, `_`, `-` and `.`.
    Dotted,
    /// Letters, digits, `+`, `/` and `=`.
    Base64,
    /// Lower-case hexadecimal digits.
    Hexadecimal,
    /// Upper-case letters and digits.
    Upper,
}

impl Alphabet {
    pub(super) fn has(self, byte: u8) -> bool {
        match self {
            Self::Alphanumeric => byte.is_ascii_alphanumeric(),
            Self::Word => byte.is_ascii_alphanumeric() || b"_-".contains(&byte),
            Self::Dotted => byte.is_ascii_alphanumeric() || b"_-.".contains(&byte),
            Self::Base64 => byte.is_ascii_alphanumeric() || b"+/=".contains(&byte),
            Self::Hexadecimal => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
            Self::Upper => byte.is_ascii_uppercase() || byte.is_ascii_digit(),
        }
    }
}

/// Tokens of one kind.
#[derive(Debug)]
pub(super) struct Rule {
    /// Its name, as the settings have it.
    pub(super) name: &'static str,
    /// Description of the credential, with an article.
    pub(super) what: &'static str,
    /// Prefix of the tokens.
    pub(super) prefixes: &'static [&'static str],
    /// The part behind the prefix.
    pub(super) alphabet: Alphabet,
    /// How many characters follow at least, and at most.
    pub(super) length: (usize, usize),
}

const fn rule(
    name: &'static str,
    what: &'static str,
    prefixes: &'static [&'static str],
    alphabet: Alphabet,
    length: (usize, usize),
) -> Rule {
    Rule { name, what, prefixes, alphabet, length }
}

use Alphabet::{Alphanumeric, Base64, Dotted, Hexadecimal, Upper, Word};

/// The longest token that is looked at.
const ANY: usize = 2000;

/// All tokens with a prefix of their own, sorted by name.
pub(super) const RULES: &[Rule] = &[
    rule("age-key", "a secret key of age", &["AGE-SECRET-KEY-1"], Upper, (58, 58)),
    rule("anthropic-key", "a key of Anthropic", &["sk-ant-"], Word, (32, ANY)),
    rule("atlassian-token", "a token of Atlassian", &["ATATT3", "ATCTT3", "ATBB"], Word, (28, ANY)),
    rule("aws-key", "a key of AWS", &["AKIA", "ASIA", "ABIA", "ACCA"], Upper, (16, 16)),
    rule("circleci-token", "a token of CircleCI", &["CCIPAT_"], Word, (40, ANY)),
    rule("databricks-token", "a token of Databricks", &["dapi"], Hexadecimal, (32, 32)),
    rule(
        "digitalocean-token",
        "a token of DigitalOcean",
        &["dop_v1_", "doo_v1_", "dor_v1_"],
        Hexadecimal,
        (64, 64),
    ),
    rule("docker-token", "a token of Docker Hub", &["dckr_pat_", "dckr_oat_"], Word, (27, ANY)),
    rule(
        "doppler-token",
        "a token of Doppler",
        &["dp.pt.", "dp.st.", "dp.ct.", "dp.sa."],
        Dotted,
        (40, ANY),
    ),
    rule("dynatrace-token", "a token of Dynatrace", &["dt0c01.", "dt0s01."], Dotted, (80, ANY)),
    rule("figma-token", "a token of Figma", &["figd_"], Word, (40, ANY)),
    rule("flyio-token", "a token of Fly.io", &["fm1_", "fm2_"], Base64, (60, ANY)),
    rule(
        "github-token",
        "a token of GitHub",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"],
        Alphanumeric,
        (36, 255),
    ),
    rule("github-token", "a token of GitHub", &["github_pat_"], Word, (36, 255)),
    rule("gitlab-token", "a token of GitLab", GITLAB, Dotted, (20, 300)),
    rule("google-key", "a key of Google", &["AIza"], Word, (35, 35)),
    rule("google-token", "a token of Google", &["ya29."], Word, (30, ANY)),
    rule("google-token", "a client secret of Google", &["GOCSPX-"], Word, (28, 28)),
    rule("grafana-token", "a token of Grafana", &["glsa_"], Word, (41, 41)),
    rule("grafana-token", "a token of Grafana", &["glc_"], Base64, (32, ANY)),
    rule("huggingface-token", "a token of Hugging Face", &["hf_"], Alphanumeric, (34, 40)),
    rule("linear-key", "a key of Linear", &["lin_api_", "lin_oauth_"], Alphanumeric, (40, ANY)),
    rule("new-relic-key", "a key of New Relic", &["NRAK-"], Upper, (27, 27)),
    rule("npm-token", "a token of npm", &["npm_"], Alphanumeric, (36, 36)),
    rule("nuget-key", "a key of NuGet", &["oy2"], Alphanumeric, (43, 43)),
    rule(
        "openai-key",
        "a key of OpenAI",
        &["sk-proj-", "sk-svcacct-", "sk-admin-"],
        Word,
        (40, ANY),
    ),
    rule(
        "planetscale-token",
        "a token of PlanetScale",
        &["pscale_tkn_", "pscale_pw_"],
        Dotted,
        (32, ANY),
    ),
    rule("postman-key", "a key of Postman", &["PMAK-"], Word, (59, 59)),
    rule("pulumi-token", "a token of Pulumi", &["pul-"], Hexadecimal, (40, 40)),
    rule(
        "pypi-token",
        "a token of PyPI",
        &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBp"],
        Word,
        (50, ANY),
    ),
    rule("rubygems-key", "a key of RubyGems", &["rubygems_"], Hexadecimal, (48, 48)),
    rule("sendgrid-key", "a key of SendGrid", &["SG."], Dotted, (66, 66)),
    rule("sentry-token", "a token of Sentry", &["sntrys_", "sntryu_"], Base64, (60, ANY)),
    rule(
        "shopify-token",
        "a token of Shopify",
        &["shpat_", "shpss_", "shpca_", "shppa_"],
        Hexadecimal,
        (32, 32),
    ),
    rule(
        "slack-token",
        "a token of Slack",
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-", "xoxe.xoxp-", "xapp-"],
        Word,
        (20, ANY),
    ),
    rule(
        "slack-webhook",
        "a webhook of Slack",
        &["hooks.slack.com/services/", "hooks.slack.com/workflows/", "hooks.slack.com/triggers/"],
        Base64,
        (40, 80),
    ),
    rule(
        "sonarqube-token",
        "a token of SonarQube",
        &["squ_", "sqp_", "sqa_"],
        Hexadecimal,
        (40, 40),
    ),
    rule("square-token", "a token of Square", &["sq0atp-", "sq0csp-"], Word, (22, 60)),
    rule(
        "stripe-key",
        "a key of Stripe",
        &["sk_live_", "rk_live_", "sk_test_", "rk_test_", "whsec_"],
        Alphanumeric,
        (24, 250),
    ),
    rule("supabase-token", "a token of Supabase", &["sbp_"], Hexadecimal, (40, 40)),
    rule("terraform-token", "a token of HCP Terraform", &[".atlasv1."], Word, (60, 80)),
    rule("vault-token", "a token of Vault", &["hvs.", "hvb.", "hvr."], Word, (24, ANY)),
];

const GITLAB: &[&str] = &[
    "glpat-", "gldt-", "glrt-", "glrtr-", "glcbt-", "glptt-", "glft-", "glsoat-", "glimt-",
    "glagent-", "gloas-", "glwt-", "glffct-",
];

/// Tokens without a prefix, which follow the name of their service.
pub(super) const ASSIGNED: &[Rule] = &[
    rule("azure-key", "a key of Azure", &["accountkey"], Base64, (86, 88)),
    rule("azure-key", "a key of Azure", &["sharedaccesskey"], Base64, (43, 44)),
    rule(
        "aws-key",
        "a secret key of AWS",
        &["secret_access_key", "secretaccesskey", "aws_secret_key"],
        Base64,
        (40, 40),
    ),
    rule("hexadecimal-token", "a token", &["token"], Hexadecimal, (40, 64)),
];
