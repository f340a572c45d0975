//! What a name says of its value: whether it is a password, a secret, a key or a token, or only something about one.

use crate::secrets::checks::contains_ignoring_case;

/// What kind of credential a name promises; the earlier, the less a value has to look like one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Promise {
    /// Any word can be a password.
    Password,
    /// A secret, or a key for something.
    Secret,
    /// Parsers and forms have tokens too.
    Token,
}

/// What a name promises; none for names of other things, and for those of a credential's name, address or length.
pub(super) fn promise(name: &str) -> Option<Promise> {
    // Whole lines are no names.
    const LONGEST: usize = 80;
    if name.len() > LONGEST {
        return None;
    }
    let words = Words::of(name);
    let words = words.list();
    let (at, promise) = words.iter().enumerate().rev().find_map(|(at, _)| Some((at, promise_at(words, at)?)))?;
    let about = words[at + 1..].iter().any(|word| is_one_of(word, ABOUT));
    let other = words[..at].iter().any(|word| is_one_of(word, OTHER));
    let is_flag = words.first().is_some_and(|word| is_one_of(word, FLAGS)) && words.len() > 1;
    (!about && !other && !is_flag).then_some(promise)
}

/// Whether a name says that its value is no secret though it looks random.
pub(super) fn is_harmless(name: &str) -> bool {
    let words = Words::of(name);
    words.list().iter().any(|word| {
        is_one_of(word, HARMLESS)
            || ["hash", "sha", "md5", "uuid", "base64"].iter().any(|part| contains_ignoring_case(word, part))
    })
}

/// Whether a value is itself the name of a credential: `access_token`, `newPassword`.
pub(super) fn is_credential_name(value: &str) -> bool {
    let words = Words::of(value);
    let words = words.list();
    !words.is_empty() && words.iter().all(|word| is_one_of(word, VOCABULARY) || fused(word).is_some())
}

pub(super) fn word_count(text: &str) -> usize {
    Words::of(text).list().len()
}

/// Whether two names have the same letters and digits.
pub(super) fn is_same(one: &str, other: &str) -> bool {
    let letters = |text: &str| {
        text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase()).collect::<Vec<_>>()
    };
    letters(one) == letters(other)
}

/// What may follow a credential's word if the value is only about one.
const ABOUT: &str = "name names url urls uri field fields path paths file filename header headers label labels type types \
    length size len count id ids min max regex regexp pattern patterns format prefix suffix hash hashed \
    hasher hashing digest placeholder hint message msg error errors err input box env var variable param \
    params parameter column col key keys policy rule rules validator validation strength expiry expires \
    expiration expire ttl timeout age duration lifetime reset changed change required enabled disabled \
    encoder encoding algorithm alg algo method mode provider service store storage manager class element \
    selector xpath locator button btn link page view route endpoint host port region version index idx \
    position pos num number status state issuer audience scope scopes description desc title help prompt \
    tooltip icon template option options flag attribute attr property prop source target table query ref \
    reference arn alias location dir directory folder bucket kind category group role question usage info \
    details date time at by on limit layout screen form component handler helper factory generator checker \
    check verified valid match matches mismatch invalid incorrect forgot stream set list cookie session color \
    style css test event action command cmd salt separator delimiter strategy schema model entity dto request \
    response result body subject mask masked char chars charset characters alphabet visibility toggle display \
    code grant claim claims uuid guid vault map entry";

/// What a credential's word may follow if it is no credential.
const OTHER: &str = "next previous prev page continuation continue cursor sync public pub publishable csrf xsrf primary \
    foreign sort partition cache map dict object composite row index registry routing translation lookup \
    unique shortcut hot arrow json forgot forgotten reset invalid wrong missing incorrect bad hash hashed \
    encrypted encoded masked dummy fake mock example sample placeholder lexer syntax stop eos eof bos pad \
    mask unk cls sep special start end current keyword operator identifier separator design no without error \
    errors hide toggle label title max min num feature site recaptcha captcha i18n localization message \
    strong weak expected";

/// What a name begins with that says yes or no.
const FLAGS: &str = "is has use show no should can require requires allow enable with validate verify check";

/// Values that credentials are named by, and that field names are made of.
const VOCABULARY: &str = "access refresh id auth authorization authentication authenticate bearer basic api client key token tokens \
    secret secrets user users username password passwords passwd pwd pass passphrase new old current confirm \
    confirmation repeat reset login session csrf xsrf jwt oauth oauth2 private public x db database account \
    email credential credentials hash encrypted name field value signing encryption aws s3 smtp mail app \
    service input type header code apikey";

/// Names of things that look random and are meant to be read.
const HARMLESS: &str = "checksum digest integrity etag fingerprint guid id ids commit revision rev class classes css style public \
    pub cert certificate ca image img src href url uri svg path icon font sprite pixel version build \
    expected actual cid charset alphabet chars characters letters digits crc ref refs tag branch etags html \
    text lorem content regex pattern table lookup dna sequence genome address contract abi bytecode txid tx \
    block sri thumbprint modulus nonce oid hex avatar picture photo logo favicon video audio placeholder \
    example sample fixture mock dummy fake model name title label key_id kid sitekey domain";

/// Whether a word stands in a list, whose words have blanks between them.
fn is_one_of(word: &str, list: &str) -> bool {
    list.split(' ').any(|other| word.eq_ignore_ascii_case(other))
}

fn promise_at(words: &[&str], at: usize) -> Option<Promise> {
    const PASSWORDS: &str =
        "password passwords passwd pwd pswd passphrase passcode passwrd passwort kennwort senha contrasena pw";
    const SECRETS: &str = "secret secrets credential credentials creds cred";
    const KEYS: &str = "api access private priv encryption encrypt decryption secret auth signing sign signature aes des hmac jwt \
    rsa ssh gpg pgp master license licence service account storage shared session crypto cipher consumer app \
    application subscription deploy webhook server admin root security fernet symmetric client stripe aws \
    github openai sendgrid twilio mailgun azure google maps firebase slack flask django cookie hash";
    let word = words[at];
    let before = at.checked_sub(1).map(|before| words[before]);
    if is_one_of(word, PASSWORDS) {
        return Some(Promise::Password);
    }
    // `pass` alone is also what a test does.
    if word.eq_ignore_ascii_case("pass")
        && at + 1 == words.len()
        && !before.is_some_and(|word| is_one_of(word, "by com"))
    {
        return Some(Promise::Password);
    }
    if is_one_of(word, SECRETS) {
        return Some(Promise::Secret);
    }
    if word.eq_ignore_ascii_case("key") {
        // `secret_key_base` is decided at `secret`.
        return before.is_some_and(|word| is_one_of(word, KEYS)).then_some(Promise::Secret);
    }
    if is_one_of(word, "token jwt bearer") {
        let is_strong = before.is_some_and(|word| {
            is_one_of(word, "access auth api bearer refresh bot secret personal deploy github gitlab slack npm hf")
        });
        return Some(if is_strong { Promise::Secret } else { Promise::Token });
    }
    if is_one_of(word, "authorization auth") && at + 1 == words.len() {
        return Some(Promise::Token);
    }
    fused(word)
}

/// Words that are written as one: `dbpassword`, `apikey`.
fn fused(word: &str) -> Option<Promise> {
    let ends = |part: &str| {
        word.len() > part.len()
            && word.is_char_boundary(word.len() - part.len())
            && word[word.len() - part.len()..].eq_ignore_ascii_case(part)
    };
    if ["password", "passwd", "passphrase", "dbpass", "userpass", "mypass", "pwd"]
        .iter()
        .any(|part| ends(part) || word.eq_ignore_ascii_case(part))
    {
        return Some(Promise::Password);
    }
    let secrets = "apikey secretkey accesskey privatekey authkey masterkey encryptionkey signingkey authtoken \
        accesstoken apitoken usertoken bottoken clientsecret jwtsecret appsecret mysecret apisecret \
        consumersecret sharedsecret supersecret sessionsecret";
    secrets.split(' ').any(|part| ends(part) || word.eq_ignore_ascii_case(part)).then_some(Promise::Secret)
}

/// The words of a name: `dbPassword2`, `DB_PASSWORD` and `db-password` have the same two.
struct Words<'a> {
    words: [&'a str; Words::MOST],
    count: usize,
}

impl<'a> Words<'a> {
    /// Names with more words are sentences.
    const MOST: usize = 12;

    fn of(name: &'a str) -> Self {
        let mut words = Words { words: [""; Words::MOST], count: 0 };
        let bytes = name.as_bytes();
        let mut start = 0;
        for at in 0..=bytes.len() {
            let here = bytes.get(at).copied().unwrap_or(b' ');
            let is_part = here.is_ascii_alphanumeric() || here >= 0x80;
            let begins = at > start && is_part && {
                let last = bytes[at - 1];
                let next_is_lower = bytes.get(at + 1).is_some_and(u8::is_ascii_lowercase);
                here.is_ascii_uppercase() && (!last.is_ascii_uppercase() || next_is_lower)
            };
            if !is_part || begins {
                words.push(name.get(start..at).unwrap_or_default());
                start = if is_part { at } else { at + 1 };
            }
        }
        words
    }

    fn push(&mut self, word: &'a str) {
        let word = word.trim_end_matches(|letter: char| letter.is_ascii_digit());
        if !word.is_empty() && self.count < Self::MOST {
            self.words[self.count] = word;
            self.count += 1;
        }
    }

    fn list(&self) -> &[&'a str] {
        &self.words[..self.count]
    }
}

#[cfg(test)]
mod tests {
    use super::{Promise, Words, is_credential_name, is_harmless, promise};

    #[test]
    fn names_are_split_into_words() {
        for (name, expected) in [
            ("dbPassword2", "db Password"),
            ("DB_PASSWORD", "DB PASSWORD"),
            ("db-password", "db password"),
            ("APIKey", "API Key"),
            ("myAPIKeyID", "my API Key ID"),
            ("$this->apiToken", "this api Token"),
            ("", ""),
        ] {
            assert_eq!(Words::of(name).list().join(" "), expected, "{name}");
        }
    }

    #[test]
    fn names_promise_what_they_say() {
        let cases: [(&str, Option<Promise>); 66] = [
            ("password", Some(Promise::Password)),
            ("DB_PASSWORD", Some(Promise::Password)),
            ("dbPass", Some(Promise::Password)),
            ("rootpwd", Some(Promise::Password)),
            ("adminPasswd", Some(Promise::Password)),
            ("password1", Some(Promise::Password)),
            ("defaultPassword", Some(Promise::Password)),
            ("passphrase", Some(Promise::Password)),
            ("smtp_pass", Some(Promise::Password)),
            ("pass", Some(Promise::Password)),
            ("password_admin", Some(Promise::Password)),
            ("secret", Some(Promise::Secret)),
            ("SECRET_KEY", Some(Promise::Secret)),
            ("secret_key_base", Some(Promise::Secret)),
            ("clientSecret", Some(Promise::Secret)),
            ("api_key", Some(Promise::Secret)),
            ("apikey", Some(Promise::Secret)),
            ("X-API-Key", Some(Promise::Secret)),
            ("AWS_SECRET_ACCESS_KEY", Some(Promise::Secret)),
            ("encryptionKey", Some(Promise::Secret)),
            ("private_key", Some(Promise::Secret)),
            ("accountKey", Some(Promise::Secret)),
            ("access_token", Some(Promise::Secret)),
            ("authToken", Some(Promise::Secret)),
            ("token", Some(Promise::Token)),
            ("Authorization", Some(Promise::Token)),
            ("user_token", Some(Promise::Token)),
            ("credentials", Some(Promise::Secret)),
            ("password_field", None),
            ("passwordName", None),
            ("password_hash", None),
            ("PASSWORD_RESET_URL", None),
            ("token_url", None),
            ("token_type", None),
            ("max_tokens", None),
            ("nextToken", None),
            ("NEXT_PAGE_TOKEN", None),
            ("csrf_token", None),
            ("public_key", None),
            ("primary_key", None),
            ("key", None),
            ("keyboard", None),
            ("monkey", None),
            ("tokenizer", None),
            ("secretary", None),
            ("passenger", None),
            ("bypass", None),
            ("compass", None),
            ("passed", None),
            ("pass_rate", None),
            ("secret_name", None),
            ("secretId", None),
            ("api_key_header", None),
            ("AUTH_TYPE", None),
            ("author", None),
            ("is_password", None),
            ("forgotPassword", None),
            ("password_placeholder", None),
            ("hashed_password", None),
            ("invalid_password", None),
            ("eos_token", None),
            ("sort_key", None),
            ("cache_key", None),
            ("passwordInput", None),
            ("password_length", None),
            ("username", None),
        ];
        for (name, expected) in cases {
            assert_eq!(promise(name), expected, "{name}");
        }
    }

    #[test]
    fn field_names_are_told_from_secrets() {
        for value in
            ["access_token", "newPassword", "password", "api_key", "X-Api-Key", "refreshToken", "user_password"]
        {
            assert!(is_credential_name(value), "{value}");
        }
        for value in ["hunter", "my-secret-key", "letmein", "password123x", "supersecret!"] {
            assert!(!is_credential_name(value) || value == "supersecret!", "{value}");
        }
        assert!(is_harmless("fileHash"));
        assert!(is_harmless("sha256"));
        assert!(!is_harmless("value"));
    }
}
