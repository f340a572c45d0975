//! Every provider's key is found, a broken one is not; and what whole programs have.

use proofhouse_syntax::Grammar;

use super::provider_key::{anchors, keys};
use super::provider_table::PROVIDERS;
use super::providers::{Anchor, Check};
use super::samples::{expand, of, sample};
use super::{Literals, high_entropy, masked, named_credential, password_in_address, private_key, provider_key};
use crate::native::{Hit, Source};
use crate::schema::Level;

fn hits(grammar: Grammar, text: &str, run: fn(&Source<'_>) -> Vec<Hit>) -> Vec<Hit> {
    let tree = grammar.tree(text);
    let program = crate::lower::lower(text, &tree, grammar);
    run(&Source { text, grammar, tree: &tree, program: &program, literals: &Literals::of(text, &tree, grammar) })
}

#[test]
fn every_provider_s_key_is_found_and_a_broken_one_is_not() {
    for provider in PROVIDERS {
        let key = of(provider);
        let text = format!("x = ['{key}']\n").replace("['heroku", "[heroku");
        let found = keys(&text);
        assert!(found.iter().any(|(_, found)| found.key == provider.key), "{}: {text}", provider.key);
        // A mark in the middle of its last part breaks any form.
        let end = key.trim_end_matches('"').len();
        let mut broken = key.clone();
        broken.replace_range(end - 4..end - 3, "!");
        let is_open =
            matches!(provider.parts.last(), Some(super::providers::Part::Run { least, most, .. }) if most - least > 3);
        if !is_open && provider.check != Check::Jwt {
            let text = format!("x = '{broken}'\n");
            assert!(!keys(&text).iter().any(|(_, found)| found.key == provider.key), "{}: {text}", provider.key);
        }
    }
}

#[test]
fn rule_files_have_every_word_that_is_searched_for() {
    let read = |name: &str| {
        let path = format!("{}/catalog/any/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let rule: crate::schema::Rule =
            toml::from_str(&std::fs::read_to_string(path).expect("a file")).expect("a rule");
        rule.anchors
    };
    let words = read("provider-key");
    for anchor in PROVIDERS.iter().flat_map(anchors) {
        assert!(words.iter().any(|word| word == anchor), "any/provider-key lacks `{anchor}`");
    }
    assert_eq!(read("named-credential"), super::named::WORDS);
}

#[test]
fn anchors_of_keywords_are_in_lower_case() {
    for provider in PROVIDERS {
        if matches!(provider.anchor, Anchor::Keyword(_)) {
            assert!(anchors(provider).all(|word| word == word.to_ascii_lowercase()), "{}", provider.key);
        }
    }
}

#[test]
fn wrong_checksum_is_less_sure() {
    let key = sample("github").expect("a sample");
    assert_eq!(keys(&key)[0].0.confidence, Level::High);
    let mut broken = key.clone();
    broken.replace_range(10..11, if &key[10..11] == "a" { "b" } else { "a" });
    assert_eq!(keys(&broken)[0].0.confidence, Level::Medium);
}

#[test]
fn keys_of_manuals_are_not_found() {
    for text in [
        ["AKIA", "IOSFODNN7EXAMPLE"].concat(),
        ["ghp_", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"].concat(),
        ["sk-", "1234567890abcdefghijklmnopqrstuvwxyzABCDEFGH"].concat(),
        "circle-sk-spinner-loading-animation".to_owned(),
        "pattern.matcher(input)".to_owned(),
        "eyJhbGciOiJub25lIn0".to_owned(),
    ] {
        assert_eq!(keys(&text).len(), 0, "{text}");
    }
}

#[test]
fn keys_are_found_in_comments_and_never_shown() {
    let key = sample("stripe").expect("a sample");
    let text = format!("# {key}\nx = 1\n");
    let found = hits(Grammar::Python, &text, provider_key);
    assert_eq!(found.len(), 1);
    assert!(!found[0].value.contains(&key[..6]), "{}", found[0].value);
}

#[test]
fn secrets_are_masked() {
    assert_eq!(masked("hunter2"), "(7 characters)");
    assert_eq!(masked("abcdefghijklmnopqrst"), "abcd… (20 characters)");
    assert_eq!(masked("äöüabcdefghijklmnopqrst"), "äöüa… (23 characters)");
}

#[test]
fn samples_are_put_into_examples() {
    let code = expand("a = '{{SECRET:npm}}'\nb = 1");
    assert!(code.starts_with("a = 'npm_") && code.ends_with("'\nb = 1"), "{code}");
}

#[test]
fn credentials_of_programs_are_named() {
    for (grammar, text, expected) in [
        (Grammar::Python, "password = 'hunter2'", vec!["password"]),
        (Grammar::Python, "conn = connect(host='h', password='hunter2')", vec!["password"]),
        (Grammar::Python, "def f(user, password='hunter2'):\n    pass", vec!["password"]),
        (Grammar::Python, "config = {'api_key': 'a1b2c3d4e5f6a7b8'}", vec!["api_key"]),
        (Grammar::Python, "headers = {'Authorization': 'Bearer a1b2c3d4e5f6a7b8'}", vec!["Authorization"]),
        (Grammar::Python, "body = '{\"password\": \"hunter2\"}'", vec!["password"]),
        (Grammar::Python, "if password == 'letmein':\n    pass", vec!["password"]),
        (Grammar::Python, "password = (\n    'hunter2'\n)", vec!["password"]),
        (
            Grammar::JavaScript,
            "const c = mysql.createConnection({ user: 'root', password: 'hunter2' });",
            vec!["password"],
        ),
        (Grammar::TypeScript, "const secret: string = process.env.JWT_SECRET || 'mysecret1';", vec!["JWT_SECRET"]),
        (Grammar::Java, "class A { private static final String DB_PASSWORD = \"hunter2\"; }", vec!["DB_PASSWORD"]),
        (Grammar::Java, "class A { void f() { ds.setPassword(\"hunter2\"); } }", vec!["Password"]),
        (Grammar::Go, "package a\nvar k = Config{Password: \"hunter2\"}", vec!["Password"]),
        (Grammar::Rust, "fn f() { let api_key = \"a1b2c3d4e5f6a7b8\".to_string(); }", vec!["api_key"]),
        (Grammar::Php, "<?php define('DB_PASSWORD', 'hunter2');", vec!["DB_PASSWORD"]),
        (Grammar::Ruby, "db = { password: 'hunter2' }", vec!["password"]),
        (Grammar::C, "#define PASSWORD \"hunter2\"\n", vec!["PASSWORD"]),
        (Grammar::CSharp, "class A { string password = \"hunter2\"; }", vec!["password"]),
        (Grammar::Bash, "PASSWORD=hunter2\n", vec!["PASSWORD"]),
        (Grammar::Bash, "export DB_PASSWORD='hunter2'\n", vec!["DB_PASSWORD"]),
        (Grammar::Python, "def broken(:\n  password = 'hunter2'\n", vec!["password"]),
    ] {
        let found = hits(grammar, text, named_credential);
        let names: Vec<_> = found.iter().map(|hit| hit.name.as_str()).collect();
        assert_eq!(names, expected, "{text}");
    }
}

#[test]
fn credentials_without_a_name_are_found() {
    for (text, expected) in [
        ("server.login('me@shop.test', 'hunter2')", 1),
        ("requests.get(url, auth=('admin', 'hunter2'))", 1),
        ("requests.get(url, auth=HTTPBasicAuth('admin', 'hunter2'))", 1),
        ("user, password = 'admin', 'hunter2'", 1),
        ("USERS = {'admin': 'admin123', 'bob': 'passw0rd'}", 2),
        ("server.login(user, password)", 0),
        ("users = {'admin': 'Alice', 'bob': 'bob@shop.test'}", 0),
        ("login(page, 'admin')", 0),
        ("requests.get(url, auth=(user, os.environ['PASSWORD']))", 0),
    ] {
        assert_eq!(hits(Grammar::Python, text, named_credential).len(), expected, "{text}");
    }
}

#[test]
fn other_literals_of_programs_are_not() {
    for (grammar, text) in [
        (Grammar::Python, "password = os.environ['PASSWORD']"),
        (Grammar::Python, "password = getpass.getpass('Password: ')"),
        (Grammar::Python, "password_field = 'passwd'"),
        (Grammar::Python, "# password = 'hunter2'\nx = 1"),
        (Grammar::Python, "password = f'{user}-{suffix}'"),
        (Grammar::Python, "token = tokens[0]\nif token == '(':\n    pass"),
        (Grammar::Python, "next_token = 'abc123def456'"),
        (Grammar::Python, "errors['password'] = 'Password is too short'"),
        (Grammar::JavaScript, "const el = <input type='password' name='password' placeholder='Password' />;"),
        (Grammar::JavaScript, "const t = { password: 'Passwort vergessen?', token: 'Token' };"),
        (Grammar::JavaScript, "const schema = { password: 'required|min:8' };"),
        (Grammar::Java, "class A { String p = System.getenv(\"DB_PASSWORD\"); }"),
        (Grammar::Go, "package a\ntype C struct { Password string `json:\"password\"` }"),
        (Grammar::Rust, "const TOKEN_URL: &str = \"https://example.com/token\";"),
        (Grammar::Bash, "PASSWORD=\"$1\"\n"),
        (Grammar::Bash, "read -s -p \"Password: \" PASSWORD\n"),
        (Grammar::Sql, "SELECT password FROM users WHERE name = 'bob'"),
    ] {
        let found: Vec<_> =
            hits(grammar, text, named_credential).into_iter().filter(|hit| hit.confidence > Level::Low).collect();
        assert_eq!(found, [], "{text}");
    }
}

#[test]
fn the_other_analyses_read_programs() {
    let body = "MIIEpAIBAAKCAQEAq83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJCrze8S";
    let key = ["k = '''-----BEGIN ", "PRIVATE KEY-----\n", body, "\n-----END ", "PRIVATE KEY-----'''\n"].concat();
    assert_eq!(hits(Grammar::Python, &key, private_key).len(), 1);
    let address = "url = 'postgres://app:hunter2@db/app'\n# 'postgres://app:hunter3@db/app'\n";
    assert_eq!(hits(Grammar::Python, address, password_in_address).len(), 1);
    assert_eq!(hits(Grammar::Python, "x = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'\n", high_entropy).len(), 1);
    for harmless in [
        "integrity = 'sha384-q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'\n",
        "file_hash = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'\n",
        "password = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ'\n",
    ] {
        assert_eq!(hits(Grammar::Python, harmless, high_entropy), [], "{harmless}");
    }
}

#[test]
fn hostile_texts_do_not_panic() {
    for text in [
        "password = '".repeat(3_000),
        "é'=\"ü\"é = 'ä' or 'ö'".repeat(300),
        "eyJ".repeat(20_000),
        "://:@".repeat(5_000),
        "-----BEGIN PRIVATE KEY-----".repeat(500),
        format!("password{} 'x1y2z3w4'", "=".repeat(1_000)),
    ] {
        for run in [named_credential, provider_key, password_in_address, private_key, high_entropy] {
            hits(Grammar::Python, &text, run);
        }
    }
}
