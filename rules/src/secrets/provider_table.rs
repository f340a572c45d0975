//! The keys of providers that are known, by the forms that the providers publish.

use crate::secrets::providers::Alphabet::{
    Alnum, Base32, Base64, Digit, Dotted, Hex, LowerDigit, Token, UpperDigit, Word,
};
use crate::secrets::providers::{Alphabet, Anchor, Check, Part, Provider};

const fn prefix(
    key: &'static str,
    name: &'static str,
    of: &'static [&'static str],
    parts: &'static [Part],
) -> Provider {
    Provider { key, name, anchor: Anchor::Prefix(of), parts, check: Check::None }
}

const fn checked(provider: Provider, check: Check) -> Provider {
    Provider { check, ..provider }
}

const fn infix(
    key: &'static str,
    name: &'static str,
    text: &'static str,
    before: Part,
    parts: &'static [Part],
) -> Provider {
    Provider { key, name, anchor: Anchor::Infix { text, before }, parts, check: Check::None }
}

/// Keys without a form of their own, behind a word. The words are in lower case.
const fn keyword(
    key: &'static str,
    name: &'static str,
    words: &'static [&'static str],
    parts: &'static [Part],
) -> Provider {
    Provider { key, name, anchor: Anchor::Keyword(words), parts, check: Check::Mixed }
}

const fn run(of: Alphabet, least: usize, most: usize) -> Part {
    Part::Run { of, least, most }
}

const fn exactly(of: Alphabet, length: usize) -> Part {
    run(of, length, length)
}

const fn text(text: &'static str) -> Part {
    Part::Text(text)
}

const UUID: &[Part] = &[
    exactly(Hex, 8),
    text("-"),
    exactly(Hex, 4),
    text("-"),
    exactly(Hex, 4),
    text("-"),
    exactly(Hex, 4),
    text("-"),
    exactly(Hex, 12),
];

pub(super) static PROVIDERS: &[Provider] = &[
    // Clouds.
    prefix("aws", "AWS access key", &["AKIA", "ASIA", "ABIA", "ACCA"], &[exactly(Base32, 16)]),
    keyword(
        "aws-secret",
        "AWS secret key",
        &[
            "aws_secret_access_key",
            "aws_secret_key",
            "awssecretaccesskey",
            "awssecretkey",
            "secretaccesskey",
            "aws_secret",
        ],
        &[exactly(Base64, 40)],
    ),
    prefix("aws-mws", "Amazon MWS token", &["amzn.mws."], UUID),
    prefix("aws-bedrock", "AWS Bedrock key", &["ABSKQmVkcm9ja0FQSUtleS"], &[run(Base64, 80, 200)]),
    prefix("google", "Google API key", &["AIza"], &[exactly(Word, 35)]),
    prefix("google-oauth", "Google OAuth client secret", &["GOCSPX-"], &[exactly(Word, 28)]),
    prefix("google-token", "Google OAuth access token", &["ya29."], &[run(Word, 60, 400)]),
    infix("firebase", "Firebase server key", ":APA91b", run(Word, 11, 11), &[run(Word, 100, 200)]),
    prefix("azure-storage", "Azure storage key", &["AccountKey="], &[exactly(Base64, 86), text("==")]),
    prefix("azure-bus", "Azure shared access key", &["SharedAccessKey="], &[exactly(Base64, 43), text("=")]),
    infix("azure-client", "Azure client secret", "Q~", run(Dotted, 4, 4), &[run(Dotted, 31, 34)]),
    prefix("azure-sas", "Azure shared access signature", &["&sig="], &[run(Token, 43, 63)]),
    prefix("digitalocean", "DigitalOcean token", &["dop_v1_", "doo_v1_", "dor_v1_"], &[exactly(Hex, 64)]),
    prefix("alibaba", "Alibaba Cloud access key", &["LTAI"], &[run(Alnum, 12, 26)]),
    prefix("tencent", "Tencent Cloud secret id", &["AKID"], &[exactly(Alnum, 32)]),
    prefix("yandex", "Yandex Cloud API key", &["AQVN"], &[run(Word, 35, 38)]),
    prefix("yandex-oauth", "Yandex OAuth token", &["y0_"], &[run(Word, 50, 70)]),
    checked(keyword("heroku", "Heroku API key", &["heroku"], UUID), Check::Uuid),
    prefix("heroku-new", "Heroku API key", &["HRKU-"], &[run(Word, 36, 80)]),
    prefix("cloudflare-origin", "Cloudflare origin key", &["v1.0-"], &[exactly(Hex, 24), text("-"), exactly(Hex, 146)]),
    keyword("cloudflare", "Cloudflare key", &["cloudflare", "cf_api_token", "cf_api_key"], &[run(Word, 37, 40)]),
    keyword("fastly", "Fastly token", &["fastly"], &[exactly(Word, 32)]),
    prefix("flyio", "Fly.io token", &["FlyV1 fm1", "FlyV1 fm2"], &[text("_"), run(Base64, 60, 900)]),
    prefix("netlify", "Netlify token", &["nfp_"], &[exactly(Alnum, 36)]),
    prefix("render", "Render key", &["rnd_"], &[exactly(Alnum, 28)]),
    prefix(
        "tailscale",
        "Tailscale key",
        &["tskey-auth-", "tskey-api-", "tskey-client-"],
        &[run(Alnum, 12, 20), text("-"), run(Alnum, 20, 40)],
    ),
    // Code, packages and builds.
    checked(
        prefix("github", "GitHub token", &["ghp_", "gho_", "ghu_", "ghs_", "ghr_"], &[exactly(Alnum, 36)]),
        Check::Checksum,
    ),
    prefix("github-fine", "GitHub token", &["github_pat_"], &[exactly(Alnum, 22), text("_"), exactly(Alnum, 59)]),
    prefix(
        "gitlab",
        "GitLab token",
        &["glpat-", "gldt-", "glrt-", "glft-", "glsoat-", "glcbt-", "gloas-", "glagent-", "glptt-", "GR1348941"],
        &[run(Word, 20, 64)],
    ),
    prefix("bitbucket", "Bitbucket app password", &["ATBB"], &[exactly(Alnum, 32)]),
    prefix("atlassian", "Atlassian API token", &["ATATT3xFfGF0"], &[run(Token, 150, 220)]),
    keyword("atlassian-old", "Atlassian API token", &["atlassian", "jira", "confluence"], &[exactly(Alnum, 24)]),
    checked(prefix("npm", "npm token", &["npm_"], &[exactly(Alnum, 36)]), Check::Checksum),
    prefix("pypi", "PyPI token", &["pypi-AgEIcHlwaS5vcmc", "pypi-AgENdGVzdC5weXBpLm9yZw"], &[run(Word, 50, 400)]),
    prefix("rubygems", "RubyGems key", &["rubygems_"], &[exactly(Hex, 48)]),
    prefix("nuget", "NuGet key", &["oy2"], &[exactly(LowerDigit, 43)]),
    prefix("crates", "crates.io token", &["cio"], &[exactly(Alnum, 32)]),
    prefix("clojars", "Clojars token", &["CLOJARS_"], &[exactly(Hex, 60)]),
    prefix("docker", "Docker Hub token", &["dckr_pat_", "dckr_oat_"], &[run(Word, 27, 32)]),
    prefix("artifactory", "Artifactory key", &["AKCp"], &[run(Alnum, 62, 72)]),
    prefix("artifactory-reference", "Artifactory token", &["cmVmdGtu"], &[exactly(Alnum, 56)]),
    prefix("sonarqube", "SonarQube token", &["sqp_", "squ_", "sqa_"], &[exactly(Hex, 40)]),
    checked(keyword("snyk", "Snyk token", &["snyk"], UUID), Check::Uuid),
    prefix("sourcegraph", "Sourcegraph token", &["sgp_"], &[exactly(Hex, 40)]),
    prefix("postman", "Postman key", &["PMAK-"], &[exactly(Hex, 24), text("-"), exactly(Hex, 34)]),
    prefix("pulumi", "Pulumi token", &["pul-"], &[exactly(Hex, 40)]),
    infix("terraform", "Terraform Cloud token", ".atlasv1.", exactly(Alnum, 14), &[run(Word, 60, 70)]),
    prefix("vault", "HashiCorp Vault token", &["hvs.", "hvb."], &[run(Word, 24, 300)]),
    prefix("doppler", "Doppler token", &["dp.pt.", "dp.ct.", "dp.sa.", "dp.scim.", "dp.audit."], &[run(Alnum, 40, 44)]),
    prefix("infracost", "Infracost key", &["ico-"], &[exactly(Alnum, 32)]),
    prefix("prefect", "Prefect key", &["pnu_"], &[exactly(Alnum, 36)]),
    prefix("readme", "ReadMe key", &["rdme_"], &[exactly(LowerDigit, 70)]),
    prefix("age", "age secret key", &["AGE-SECRET-KEY-1"], &[exactly(UpperDigit, 58)]),
    prefix("onepassword", "1Password service token", &["ops_eyJ"], &[run(Token, 250, 2000)]),
    // Chat and mail.
    prefix(
        "slack",
        "Slack token",
        &["xoxb-", "xoxp-", "xoxa-", "xoxr-", "xoxs-", "xoxe-"],
        &[run(Digit, 8, 14), text("-"), run(Word, 20, 200)],
    ),
    prefix(
        "slack-app",
        "Slack app token",
        &["xapp-"],
        &[
            exactly(Digit, 1),
            text("-"),
            run(UpperDigit, 9, 12),
            text("-"),
            run(Digit, 10, 14),
            text("-"),
            run(LowerDigit, 60, 66),
        ],
    ),
    prefix(
        "slack-hook",
        "Slack webhook",
        &["hooks.slack.com/services/"],
        &[run(UpperDigit, 9, 12), text("/"), run(UpperDigit, 9, 12), text("/"), run(Alnum, 23, 25)],
    ),
    prefix(
        "discord-hook",
        "Discord webhook",
        &["discord.com/api/webhooks/", "discordapp.com/api/webhooks/"],
        &[run(Digit, 17, 20), text("/"), run(Word, 60, 70)],
    ),
    keyword(
        "discord",
        "Discord bot token",
        &["discord", "bot.run", "client.run", "client.login", "bot_token", "token", "bot "],
        &[run(Alnum, 24, 28), text("."), exactly(Word, 6), text("."), run(Word, 27, 38)],
    ),
    infix("telegram", "Telegram bot token", ":AA", run(Digit, 8, 10), &[exactly(Word, 33)]),
    prefix(
        "teams-hook",
        "Microsoft Teams webhook",
        &["webhook.office.com/webhookb2/"],
        &[run(Word, 36, 36), text("@"), run(Word, 36, 36)],
    ),
    prefix("twilio", "Twilio API key", &["SK"], &[exactly(Hex, 32)]),
    keyword("twilio-token", "Twilio auth token", &["twilio", "auth_token", "authtoken"], &[exactly(Hex, 32)]),
    prefix("sendgrid", "SendGrid key", &["SG."], &[exactly(Word, 22), text("."), exactly(Word, 43)]),
    prefix("mailgun", "Mailgun key", &["key-"], &[exactly(Hex, 32)]),
    infix("mailchimp", "Mailchimp key", "-us", exactly(Hex, 32), &[run(Digit, 1, 2)]),
    prefix("brevo", "Brevo key", &["xkeysib-"], &[exactly(Hex, 64), text("-"), exactly(Alnum, 16)]),
    prefix("resend", "Resend key", &["re_"], &[exactly(Alnum, 8), text("_"), exactly(Alnum, 24)]),
    prefix("messagebird", "MessageBird key", &["live_"], &[exactly(Alnum, 25)]),
    // Money and shops.
    prefix("stripe", "Stripe key", &["sk_live_", "rk_live_", "sk_test_", "rk_test_"], &[run(Alnum, 16, 247)]),
    prefix("stripe-hook", "Stripe webhook secret", &["whsec_"], &[run(Base64, 32, 64)]),
    prefix("square", "Square token", &["sq0atp-", "sq0csp-"], &[run(Word, 22, 43)]),
    prefix("square-access", "Square access token", &["EAAAE", "EAAAl"], &[run(Word, 55, 60)]),
    prefix(
        "braintree",
        "Braintree access token",
        &["access_token$production$", "access_token$sandbox$"],
        &[exactly(LowerDigit, 16), text("$"), exactly(Hex, 32)],
    ),
    prefix("shopify", "Shopify token", &["shpat_", "shpca_", "shppa_", "shpss_"], &[exactly(Hex, 32)]),
    prefix("shippo", "Shippo token", &["shippo_live_", "shippo_test_"], &[exactly(Hex, 40)]),
    prefix("flutterwave", "Flutterwave key", &["FLWSECK-", "FLWSECK_TEST-"], &[run(Alnum, 12, 48)]),
    prefix("easypost", "EasyPost key", &["EZAK", "EZTK"], &[exactly(Alnum, 54)]),
    prefix("duffel", "Duffel token", &["duffel_live_", "duffel_test_"], &[exactly(Word, 43)]),
    keyword("paypal", "PayPal client secret", &["paypal"], &[exactly(Word, 80)]),
    // Models.
    prefix("openai", "OpenAI key", &["sk-proj-", "sk-svcacct-", "sk-admin-", "sk-None-"], &[run(Word, 40, 200)]),
    prefix("openai-old", "OpenAI key", &["sk-"], &[run(Alnum, 32, 64)]),
    prefix("anthropic", "Anthropic key", &["sk-ant-"], &[run(Word, 40, 140)]),
    prefix("openrouter", "OpenRouter key", &["sk-or-v1-"], &[exactly(Hex, 64)]),
    prefix("huggingface", "Hugging Face token", &["hf_", "api_org_"], &[exactly(Alnum, 34)]),
    prefix("groq", "Groq key", &["gsk_"], &[exactly(Alnum, 52)]),
    prefix("replicate", "Replicate token", &["r8_"], &[exactly(Alnum, 37)]),
    prefix("perplexity", "Perplexity key", &["pplx-"], &[exactly(Alnum, 48)]),
    prefix("xai", "xAI key", &["xai-"], &[exactly(Alnum, 80)]),
    prefix("langsmith", "LangSmith key", &["lsv2_pt_", "lsv2_sk_"], &[exactly(Hex, 32), text("_"), exactly(Hex, 10)]),
    prefix("pinecone", "Pinecone key", &["pcsk_"], &[run(Word, 50, 80)]),
    keyword("wandb", "Weights & Biases key", &["wandb"], &[exactly(Hex, 40)]),
    keyword("cohere", "Cohere key", &["cohere"], &[exactly(Alnum, 40)]),
    // Data.
    prefix("databricks", "Databricks token", &["dapi"], &[exactly(Hex, 32)]),
    prefix("supabase", "Supabase token", &["sbp_"], &[exactly(Hex, 40)]),
    prefix("supabase-secret", "Supabase secret key", &["sb_secret_"], &[run(Word, 30, 44)]),
    prefix("planetscale", "PlanetScale token", &["pscale_tkn_", "pscale_pw_", "pscale_oauth_"], &[run(Dotted, 32, 64)]),
    prefix("airtable", "Airtable token", &["pat"], &[exactly(Alnum, 14), text("."), exactly(Hex, 64)]),
    prefix("contentful", "Contentful token", &["CFPAT-"], &[exactly(Word, 43)]),
    keyword("algolia", "Algolia key", &["algolia"], &[exactly(Hex, 32)]),
    // Watching.
    prefix("newrelic", "New Relic key", &["NRAK-", "NRII-", "NRIQ-", "NRRA-"], &[run(Word, 27, 42)]),
    infix("newrelic-licence", "New Relic licence key", "NRAL", run(Hex, 36, 36), &[]),
    keyword("datadog", "Datadog key", &["datadog", "dd_api_key", "dd_app_key", "dd-api-key"], &[run(Hex, 32, 40)]),
    prefix("grafana", "Grafana token", &["glsa_"], &[exactly(Alnum, 32), text("_"), exactly(Hex, 8)]),
    prefix("grafana-cloud", "Grafana Cloud token", &["glc_"], &[run(Token, 60, 400)]),
    prefix("sentry", "Sentry token", &["sntrys_"], &[run(Base64, 80, 300), text("_"), exactly(Base64, 43)]),
    prefix("sentry-user", "Sentry token", &["sntryu_"], &[exactly(Hex, 64)]),
    prefix(
        "dynatrace",
        "Dynatrace token",
        &["dt0c01.", "dt0s01."],
        &[exactly(Base32, 24), text("."), exactly(Base32, 64)],
    ),
    // People, work and the rest.
    prefix("facebook", "Facebook access token", &["EAACEdEose0cBA", "EAAG", "EAAB", "EAAD"], &[run(Alnum, 80, 300)]),
    keyword("facebook-secret", "Facebook app secret", &["facebook", "fb_app_secret", "fb_secret"], &[exactly(Hex, 32)]),
    prefix("twitter", "Twitter bearer token", &["AAAAAAAAAAAAAAAAAAAAA"], &[run(Token, 60, 120)]),
    keyword("twitter-secret", "Twitter key", &["twitter"], &[run(Word, 35, 50)]),
    prefix("linkedin", "LinkedIn client secret", &["WPL_AP1."], &[exactly(Alnum, 16), text("."), run(Token, 6, 12)]),
    keyword("linkedin-old", "LinkedIn client secret", &["linkedin"], &[exactly(Alnum, 16)]),
    prefix("dropbox", "Dropbox token", &["sl."], &[run(Token, 120, 1400)]),
    prefix("notion", "Notion token", &["ntn_"], &[run(Alnum, 40, 50)]),
    prefix("notion-old", "Notion token", &["secret_"], &[exactly(Alnum, 43)]),
    prefix("linear", "Linear key", &["lin_api_", "lin_oauth_"], &[run(Alnum, 40, 64)]),
    prefix("figma", "Figma token", &["figd_"], &[run(Word, 40, 48)]),
    prefix("typeform", "Typeform token", &["tfp_"], &[run(Word, 40, 62)]),
    keyword("okta", "Okta token", &["okta", "ssws"], &[text("00"), exactly(Word, 40)]),
    keyword("auth0", "Auth0 client secret", &["auth0"], &[run(Word, 60, 68)]),
    prefix("mapbox", "Mapbox secret token", &["sk.eyJ"], &[run(Word, 60, 120), text("."), run(Word, 20, 24)]),
    prefix("adafruit", "Adafruit IO key", &["aio_"], &[exactly(Alnum, 28)]),
    prefix("wakatime", "WakaTime key", &["waka_"], UUID),
    checked(
        prefix(
            "jwt",
            "JSON Web Token",
            &["eyJ"],
            &[run(Word, 10, 400), text(".eyJ"), run(Word, 8, 8000), text("."), run(Word, 20, 2000)],
        ),
        Check::Jwt,
    ),
];
