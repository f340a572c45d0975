//! Credentials that a call takes by position, without a name next to them.

use crate::secrets::context::{Back, Manner, Place};

/// Functions that take a credential by its position, from 0, and what it is. Those with a plain name go by their receiver too.
const TAKERS: [(&str, usize, &str); 40] = [
    ("hmac.new", 0, "secret"),
    ("hmac.New", 1, "secret"),
    ("AES.new", 0, "encryption_key"),
    ("DES.new", 0, "encryption_key"),
    ("AES.encrypt", 1, "secret"),
    ("AES.decrypt", 1, "secret"),
    ("MySQLdb.connect", 2, "password"),
    ("pymysql.connect", 2, "password"),
    ("ssh.Password", 0, "password"),
    ("Fernet", 0, "encryption_key"),
    ("pbkdf2_hmac", 1, "password"),
    ("getConnection", 2, "password"),
    ("SetBasicAuth", 1, "password"),
    ("setBasicAuth", 1, "password"),
    ("withBasicAuth", 1, "password"),
    ("basicAuth", 1, "password"),
    ("basic_auth", 1, "password"),
    ("basicAuthentication", 1, "password"),
    ("BasicAuth", 1, "password"),
    ("HTTPBasicAuth", 1, "password"),
    ("HTTPDigestAuth", 1, "password"),
    ("PasswordAuthentication", 1, "password"),
    ("UsernamePasswordCredentials", 1, "password"),
    ("NetworkCredential", 1, "password"),
    ("login", 1, "password"),
    ("PlainAuth", 2, "password"),
    ("Sequelize", 2, "password"),
    ("PDO", 2, "password"),
    ("mysqli", 2, "password"),
    ("mysqli_connect", 2, "password"),
    ("mysql_connect", 2, "password"),
    ("createCipheriv", 1, "encryption_key"),
    ("createDecipheriv", 1, "encryption_key"),
    ("createHmac", 1, "secret"),
    ("BasicAWSCredentials", 1, "secret_key"),
    ("BasicSessionCredentials", 1, "secret_key"),
    ("simple_bind_s", 1, "password"),
    ("ldap_bind", 2, "password"),
    ("ftp_login", 2, "password"),
    ("ssh2_auth_password", 2, "password"),
];

/// Functions of Java that take a password as letters.
const LETTER_TAKERS: [(&str, usize, &str); 6] = [
    ("load", 1, "password"),
    ("getKey", 1, "password"),
    ("setKeyEntry", 2, "password"),
    ("init", 1, "password"),
    ("PBEKeySpec", 0, "password"),
    ("PasswordProtection", 0, "password"),
];

impl<'t> Back<'t> {
    /// What the argument that begins at `start` is to a function that takes credentials by position, and the second of a pair
    /// that is called `auth`.
    pub(super) fn argument(&self, start: usize, is_letters: bool) -> Option<Place<'t>> {
        let (mut at, mut position, mut depth) = (start, 0, 0);
        loop {
            match self.byte(at)? {
                b'"' | b'\'' | b'`' => {
                    at = self.quoted(at)?.0;
                    continue;
                }
                b')' | b']' | b'}' => depth += 1,
                b'(' if depth == 0 => {
                    let taken = self.taken(at - 1, position, is_letters);
                    if taken.is_some() || position > 0 {
                        return taken;
                    }
                    at = self.unwrapped(at - 1).filter(|outer| *outer < at)?;
                    continue;
                }
                b'[' | b'{' if depth == 0 => return None,
                b'(' | b'[' | b'{' => depth -= 1,
                b',' if depth == 0 => position += 1,
                b';' => return None,
                _ => {}
            }
            at -= 1;
        }
    }

    /// What the argument at a position is to the function, or the name, before the bracket at `open`.
    fn taken(&self, open: usize, position: usize, is_letters: bool) -> Option<Place<'t>> {
        let end = self.blanks(open);
        let passed = |name| Place { name, manner: Manner::Passed };
        if self.byte(end)? == b'=' {
            return (position == 1 && self.name(end - 1)? == "auth").then_some(passed("password"));
        }
        let (from, to) = self.word(end)?;
        // `login(page, "admin")` names a user of a test; `server.login(user, "...")` logs in.
        if &self.text[from..to] == "login" && self.byte(from) != Some(b'.') {
            return None;
        }
        let is_callee = |taker: &str| match taker.split_once('.') {
            Some((receiver, method)) => {
                let before = (self.byte(from) == Some(b'.')).then(|| self.word(from - 1)).flatten();
                method == &self.text[from..to] && before.is_some_and(|(from, to)| receiver == &self.text[from..to])
            }
            None => taker == &self.text[from..to],
        };
        let takers = TAKERS.iter().chain(LETTER_TAKERS.iter().filter(|_| is_letters));
        takers.copied().find(|(name, at, _)| *at == position && is_callee(name)).map(|(_, _, name)| passed(name))
    }
}
