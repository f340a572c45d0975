//! What a literal in a place named like a credential may be: a secret, or a placeholder, a name, a sentence, a path.

use crate::schema::Level;
use crate::secrets::checks::{contains_ignoring_case, entropy};
use crate::secrets::names::{self, Promise};

/// How sure it is that a literal is the credential that `name` promises; none if it is not.
pub(super) fn judge(value: &str, name: &str, promise: Promise) -> Option<Level> {
    let value = value.trim();
    if is_placeholder(value) || is_reference(value) || is_hashed(value) {
        return None;
    }
    if names::is_same(value, name) || says_kind(value) {
        return None;
    }
    if value.contains(char::is_whitespace) && !is_spaced_secret(value, promise) {
        return None;
    }
    if is_identifier_chain(value) {
        return None;
    }
    let is_default = promise == Promise::Password && value == "secret";
    if !is_default && (names::is_credential_name(value) && !is_own_word(value, name, promise)) {
        return None;
    }
    match promise {
        Promise::Password => (value.len() >= 2 && !is_only_marks(value)).then_some(Level::High),
        Promise::Secret => {
            let is_long = value.len() >= 8;
            let is_short_secret = value.len() >= 3 && contains_ignoring_case(name, "secret");
            if is_only_marks(value) || !(is_long || is_short_secret) {
                return None;
            }
            Some(if looks_random(value) { Level::High } else { Level::Medium })
        }
        Promise::Token => looks_random(value).then_some(Level::Medium),
    }
}

/// Whether a value stands for one that is filled in later.
pub(super) fn is_placeholder(value: &str) -> bool {
    const WHOLE: &str = "none null nil undefined n/a na empty unset not_set notset tbd todo true false yes no on off string \
        text str int number boolean bool required optional hidden unknown any object array foo bar baz value \
        varchar char function missing invalid valid input default disabled";
    const PARTS: &str = "your_ your- <your yourapi yourtoken yoursecret yourpassword placeholder xxx *** ... … todo _here \
        -here insert_ insert- replace_ replace- redacted not-a-real notreal not_a_real fill_me";
    // Marks that a template puts something in place of.
    const HOLES: [(&str, &str); 7] =
        [("${", "}"), ("{{", "}}"), ("$(", ")"), ("#{", "}"), ("%(", ")s"), ("<%", "%>"), ("{", "}")];
    if value.is_empty()
        || WHOLE.split(' ').any(|word| value.eq_ignore_ascii_case(word))
        || PARTS.split(' ').any(|part| contains_ignoring_case(value, part))
        || HOLES.iter().any(|(open, close)| {
            let behind = value.split_once(open).map(|(_, behind)| behind);
            // A name or nothing: a secret may have such marks too.
            behind.and_then(|behind| behind.split_once(close)).is_some_and(|(name, _)| {
                name.bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b' ' | b'-' | b':' | b'/'))
            })
        })
    {
        return true;
    }
    let bytes = value.as_bytes();
    let is_wrapped =
        |open: u8, close: u8| bytes.first() == Some(&open) && bytes.last() == Some(&close) && bytes.len() > 1;
    if is_wrapped(b'<', b'>') || is_wrapped(b'{', b'}') || is_wrapped(b'[', b']') || is_wrapped(b'%', b'%') {
        return true;
    }
    // `your`, `example` and their like as a word: `my-example-token`, `YOUR KEY`.
    let is_word = |word: &str| {
        value.split(|letter: char| !letter.is_ascii_alphanumeric()).any(|part| part.eq_ignore_ascii_case(word))
    };
    if ["your", "example", "sample", "dummy", "fake", "mock", "enter", "here"].into_iter().any(is_word) {
        return true;
    }
    let all_same = bytes.len() > 2 && bytes.iter().all(|byte| *byte == bytes[0]);
    // `%s`, `$1`, `$NAME`, `:name`, `?`.
    let is_hole = match bytes {
        [b'%', letter] => letter.is_ascii_alphabetic(),
        [b'$', rest @ ..] => !rest.is_empty() && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_'),
        [b':' | b'@', rest @ ..] => {
            !rest.is_empty() && rest.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_')
        }
        _ => false,
    };
    all_same || is_hole
}

/// Whether a value says where a secret is to be found: an address, a path, a variable of the environment.
fn is_reference(value: &str) -> bool {
    const BEGINNINGS: &str = "http:// https:// file:// env: env. vault: secret: secrets/ secretsmanager: ssm: kms: op:// ref: ref+ \
        arn:aws projects/ process.env os.environ ENC[ ENC( ./ ../ ~/ data:";
    const ENDINGS: &str = ".pem .key .json .txt .env .yml .yaml .xml .p12 .pfx .jks .crt .cer .html .js .ts .py .php .ini .conf \
        .cfg .toml .properties .pub";
    if BEGINNINGS.split(' ').any(|start| value.starts_with(start)) || ENDINGS.split(' ').any(|end| value.ends_with(end))
    {
        return true;
    }
    let slashes = value.bytes().filter(|byte| *byte == b'/').count();
    let is_path = value.starts_with('/') && slashes >= 1 && !value.ends_with('=') && !looks_random(value);
    let is_drive = value.get(1..3).is_some_and(|marks| marks == ":\\" || marks == ":/");
    is_path || is_drive || value.contains("://")
}

/// Whether it is a password's hash, which is kept and not sent.
fn is_hashed(value: &str) -> bool {
    const BEGINNINGS: &str = "$2a$ $2b$ $2y$ $argon2 $1$ $5$ $6$ $pbkdf2 pbkdf2 {SSHA} scrypt:";
    BEGINNINGS.split(' ').any(|start| value.starts_with(start))
}

/// Whether it is a kind of credential or of check, not one: `Bearer`, `min:8|required`, `application/json`.
fn says_kind(value: &str) -> bool {
    const KINDS: &str = "bearer basic digest jwt oauth oauth2 hmac apikey same-origin omit include api_key header query cookie plaintext bcrypt argon2 \
        scrypt";
    let is_mime = value.starts_with("application/") || value.starts_with("text/");
    let is_rule = value.contains('|')
        && ["min:", "max:", "required", "string", "confirmed"].iter().any(|part| value.contains(part));
    let is_anchored =
        value.starts_with('^') && value.contains(['[', '(', '\\', '.']) && value.ends_with(['$', '+', '*', ')', '}']);
    let is_pattern = is_anchored || (value.contains("[A-Z") || value.contains("[a-z") || value.contains("\\d"));
    let is_type = value.starts_with("VARCHAR") || value.starts_with("varchar(");
    let is_markup =
        value.starts_with('<') || value.starts_with('#') && value.len() > 1 && names::is_credential_name(&value[1..]);
    let is_selector = value.starts_with("input[") || value.starts_with("//");
    KINDS.split(' ').any(|kind| value.eq_ignore_ascii_case(kind))
        || is_mime
        || is_rule
        || is_pattern
        || is_type
        || is_markup
        || is_selector
}

/// Whether a text names how letters are written as bytes: `utf-8`, `latin-1`, `hex`.
pub(super) fn is_encoding(text: &str) -> bool {
    const WHOLE: &str = "ascii usascii hex binary koi8r koi8u gbk euckr eucjp shiftjis sjis idna punycode unicodeescape \
        rawunicodeescape";
    const NUMBERED: &str = "utf latin iso cp windows win base rot gb big";
    let mut name = text.to_ascii_lowercase();
    name.retain(|letter| !matches!(letter, '-' | '_'));
    let core = ["le", "be", "sig", "url"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let stem = core.trim_end_matches(|letter: char| letter.is_ascii_digit());
    let is_numbered = stem.len() < core.len();
    WHOLE.split(' ').any(|word| word == name) || (is_numbered && NUMBERED.split(' ').any(|word| word == stem))
}

/// A few words that models write for a secret: `super secret key`. Other texts with blanks are for people to read.
fn is_spaced_secret(value: &str, promise: Promise) -> bool {
    let words = value.split_whitespace().count();
    let says_secret = ["secret", "key"].iter().any(|part| contains_ignoring_case(value, part));
    let is_sentence = value.ends_with(['.', '!', '?', ':']) && words > 3;
    promise == Promise::Secret
        && words <= 6
        && says_secret
        && !is_sentence
        && value.starts_with(|letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit())
        && !["required", "must", "invalid", "missing", "enter", "is not", "not found", "failed", "to "]
            .iter()
            .any(|part| contains_ignoring_case(value, part))
}

/// `password` for `db_password`: models write it, and it is what the database then has. For a field called just so it is a label.
fn is_own_word(value: &str, name: &str, promise: Promise) -> bool {
    let is_kebab = value.contains('-') && contains_ignoring_case(value, "secret") && promise == Promise::Secret;
    let is_one_word = names::word_count(value) == 1 && names::word_count(name) > 1;
    let is_plain = value.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_constant = name.bytes().all(|byte| !byte.is_ascii_lowercase());
    let has_digits = value.bytes().any(|byte| byte.is_ascii_digit());
    is_kebab || (is_one_word && is_plain && (promise == Promise::Password || is_constant)) || has_digits
}

/// `auth.login.password`: a key of a table of texts, or a path of properties.
fn is_identifier_chain(value: &str) -> bool {
    value.contains('.')
        && value.split('.').count() >= 2
        && value.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'-')
        })
}

fn is_only_marks(value: &str) -> bool {
    !value.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
}

/// Whether a text is long enough and mixed enough to be made by a machine, or by somebody who wanted a password.
pub(super) fn looks_random(value: &str) -> bool {
    let has = |test: fn(&u8) -> bool| value.as_bytes().iter().any(test);
    let digits = has(u8::is_ascii_digit);
    let letters = has(u8::is_ascii_alphabetic);
    if value.contains(' ') || !letters {
        return false;
    }
    // Words of a program have some 3 bits a character and no digits; a hex digit has 4.
    if digits {
        return value.len() >= 8 && entropy(value.as_bytes()) >= 2.5;
    }
    // Without digits, names in capitals and small letters have long runs of small ones.
    let changes =
        value.as_bytes().windows(2).filter(|pair| pair[0].is_ascii_uppercase() != pair[1].is_ascii_uppercase());
    value.len() >= 16 && changes.count() * 3 >= value.len() && entropy(value.as_bytes()) >= 3.2
}

#[cfg(test)]
mod tests {
    use super::{is_encoding, judge};
    use crate::secrets::names::promise;

    fn is_secret(name: &str, value: &str) -> bool {
        judge(value, name, promise(name).expect("a credential's name")).is_some()
    }

    #[test]
    fn real_values_are_secrets() {
        for (name, value) in [
            ("password", "hunter2"),
            ("password", "admin"),
            ("password", "changeme"),
            ("password", "P@ssw0rd!"),
            ("password", "123456"),
            ("DB_PASSWORD", "password"),
            ("db_password", "root"),
            ("pwd", "toor"),
            ("SECRET_KEY", "dev"),
            ("SECRET_KEY", "my-secret-key"),
            ("SECRET_KEY", "super secret key"),
            ("JWT_SECRET", "secret"),
            ("JWT_SECRET", "your256bitsecret"),
            ("jwt_secret", "supersecretjwtkey"),
            ("api_key", "abcd1234efgh5678"),
            ("api_key", "sandbox-key-42"),
            ("token", "a8f5f167f44f4964e6c998dee827110c"),
            ("encryption_key", "0123456789abcdef"),
            ("password", "correct.horse7"),
            ("password", "password123"),
        ] {
            assert!(is_secret(name, value), "{name} = {value}");
        }
    }

    #[test]
    fn other_values_are_not() {
        for (name, value) in [
            ("password", ""),
            ("password", "password"),
            ("password", "Password"),
            ("token", "token"),
            ("password", "your_password"),
            ("password", "<password>"),
            ("password", "${DB_PASSWORD}"),
            ("password", "{{ password }}"),
            ("password", "********"),
            ("password", "xxxxxxxx"),
            ("password", "$2b$12$abcdefghijklmnopqrstuv"),
            ("password", "Enter your password"),
            ("password", "Password must have 8 characters"),
            ("password", "auth.login.password"),
            ("password", "required|min:8"),
            ("password", "%s"),
            ("password", "string"),
            ("password", "None"),
            ("api_key", "YOUR_API_KEY"),
            ("api_key", "your-api-key-here"),
            ("api_key", "apiKey"),
            ("api_key", "X-API-Key"),
            ("api_key", "..."),
            ("access_token", "https://example.com/oauth/token"),
            ("secret", "/run/secrets/db"),
            ("private_key", "./keys/private.pem"),
            ("token", "("),
            ("token", "identifier"),
            ("token", "EOF"),
            ("auth", "Bearer"),
            ("access_token", "refresh_token"),
            ("password", "newPassword"),
        ] {
            assert!(!is_secret(name, value), "{name} = {value}");
        }
    }

    #[test]
    fn encodings_are_known_by_their_names() {
        for name in [
            "utf-8",
            "UTF8",
            "utf_8",
            "utf-8-sig",
            "utf-16le",
            "ascii",
            "US-ASCII",
            "latin-1",
            "iso-8859-15",
            "cp1252",
            "windows-1251",
            "hex",
            "base64",
            "base64url",
            "unicode_escape",
        ] {
            assert!(is_encoding(name), "{name}");
        }
        for other in ["", "utf", "le", "hunter2", "admin123", "base", "secret", "1234", "winter12", "ascii1"] {
            assert!(!is_encoding(other), "{other}");
        }
    }
}
