//! Passwords inside addresses: `scheme://user:password@host`, DSNs, and connection strings of `key=value`.

use crate::native::{Hit, Source};
use crate::schema::Level;
use crate::secrets::checks::contains_ignoring_case;
use crate::secrets::values::{is_placeholder, looks_random};
use crate::secrets::{masked, span};

/// A password inside a text, as a range of its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Inner<'t> {
    /// What the address is of: `postgres`, `connection string`.
    pub(super) what: &'t str,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) confidence: Level,
}

pub(crate) fn password_in_address(source: &Source<'_>) -> Vec<Hit> {
    let is_candidate = source.text.contains('@')
        || contains_ignoring_case(source.text, "password")
        || contains_ignoring_case(source.text, "pwd");
    if !is_candidate {
        return Vec::new();
    }
    let literals = source.literals;
    let hit = |literal: &crate::secrets::literals::Literal<'_>| {
        let inner = find(literal.content)?;
        Some(Hit {
            span: span(literal.start + inner.start, literal.start + inner.end),
            name: inner.what.to_owned(),
            value: masked(&literal.content[inner.start..inner.end]),
            confidence: inner.confidence,
        })
    };
    let mut hits: Vec<Hit> = literals.list.iter().filter_map(hit).collect();
    hits.sort_by_key(|hit| hit.span);
    hits.dedup_by_key(|hit| hit.span);
    hits
}

/// The first password in an address of a text.
pub(super) fn find(text: &str) -> Option<Inner<'_>> {
    in_url(text).or_else(|| in_driver_name(text)).or_else(|| in_pairs(text))
}

/// `scheme://user:password@host`.
fn in_url(text: &str) -> Option<Inner<'_>> {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(offset) = text.get(from..)?.find("://") {
        let mark = from + offset;
        let authority = mark + 3;
        from = authority;
        let scheme_start = bytes[..mark]
            .iter()
            .rposition(|byte| !(byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.' | b'-')))
            .map_or(0, |at| at + 1);
        let end = bytes[authority..]
            .iter()
            .position(|byte| {
                byte.is_ascii_whitespace() || matches!(byte, b'/' | b'?' | b'"' | b'\'' | b'<' | b'>' | b'`' | b'\\')
            })
            .map_or(bytes.len(), |length| authority + length);
        // A password may have an `@`: the last one counts.
        let Some(at) = bytes[authority..end].iter().rposition(|byte| *byte == b'@') else { continue };
        let Some(colon) = bytes[authority..authority + at].iter().position(|byte| *byte == b':') else { continue };
        let user = &text[authority..authority + colon];
        let start = authority + colon + 1;
        let password = &text[start..authority + at];
        let has_host = bytes
            .get(authority + at + 1)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'[' | b'{' | b'$' | b'%' | b'_'));
        if !has_host {
            continue;
        }
        if let Some(confidence) = judge(user, password) {
            let what = text.get(scheme_start..mark).unwrap_or_default();
            return Some(Inner { what, start, end: authority + at, confidence });
        }
    }
    None
}

/// `user:password@tcp(host)/db`, `jdbc:oracle:thin:user/password@host`.
fn in_driver_name(text: &str) -> Option<Inner<'_>> {
    let (at, colon, what, user_start) = match (text.find("@tcp("), text.find(":thin:")) {
        (Some(at), _) => (at, text[..at].find(':')?, "mysql", 0),
        (None, Some(thin)) => {
            let user = thin + ":thin:".len();
            let at = user + text[user..].find('@')?;
            (at, user + text[user..at].find('/')?, "oracle", user)
        }
        (None, None) => return None,
    };
    let confidence = judge(&text[user_start..colon], &text[colon + 1..at])?;
    Some(Inner { what, start: colon + 1, end: at, confidence })
}

/// `Server=...;Password=...;`, `host=... password=...`, `jdbc:...?user=...&password=...`.
fn in_pairs(text: &str) -> Option<Inner<'_>> {
    const COMPANIONS: [&str; 13] = [
        "server=",
        "server =",
        "data source=",
        "data source =",
        "host=",
        "database=",
        "initial catalog=",
        "user id=",
        "uid=",
        "dbname=",
        "jdbc:",
        "endpoint=",
        "user=",
    ];
    const KEYS: [&str; 4] = ["password", "pwd", "accesskey", "sharedaccesskey"];
    if !COMPANIONS.iter().any(|part| contains_ignoring_case(text, part)) {
        return None;
    }
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(offset) = bytes[at..].iter().position(|byte| *byte == b'=') {
        let equals = at + offset;
        at = equals + 1;
        let key_end = text[..equals].trim_end().len();
        let key = KEYS.iter().find(|key| {
            let start = key_end.checked_sub(key.len());
            start.is_some_and(|start| {
                let is_whole = start == 0 || !bytes[start - 1].is_ascii_alphanumeric() && bytes[start - 1] != b'_';
                is_whole && bytes[start..key_end].eq_ignore_ascii_case(key.as_bytes())
            })
        });
        if key.is_none() {
            continue;
        }
        let start = equals + 1 + (text[equals + 1..].len() - text[equals + 1..].trim_start_matches([' ', '\'']).len());
        let length = bytes[start..]
            .iter()
            .position(|byte| byte.is_ascii_whitespace() || matches!(byte, b';' | b'&' | b'"' | b'\''))
            .unwrap_or(bytes.len() - start);
        if let Some(confidence) = judge("", &text[start..start + length]) {
            return Some(Inner { what: "connection string", start, end: start + length, confidence });
        }
    }
    None
}

/// How sure it is that a password in an address is one.
fn judge(user: &str, password: &str) -> Option<Level> {
    const NAMES: [&str; 5] = ["user", "username", "usr", "login", "name"];
    const WORDS: [&str; 7] = ["password", "pass", "pwd", "passwd", "secret", "mypassword", "token"];
    let has_hole =
        password.contains(['{', '}', '<', '>', '$', '(', ')']) && !looks_random(password) || password.contains("%s");
    if password.len() < 2
        || has_hole
        || is_placeholder(password)
        || password.starts_with('$')
        || password.starts_with(':')
    {
        return None;
    }
    let is_word = WORDS.iter().any(|word| password.eq_ignore_ascii_case(word));
    let is_name = user.is_empty() || NAMES.iter().any(|name| user.eq_ignore_ascii_case(name));
    Some(match (is_word, is_name) {
        // What manuals write.
        (true, true) => Level::Low,
        (true, false) => Level::Medium,
        (false, _) => Level::High,
    })
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::schema::Level;

    #[test]
    fn passwords_in_addresses_are_found() {
        for (text, expected, confidence) in [
            ("postgres://admin:s3cr3t@db.test:5432/app", "s3cr3t", Level::High),
            ("postgresql+psycopg2://app:Tr0ub4dor@localhost/app", "Tr0ub4dor", Level::High),
            ("mongodb+srv://root:hunter2@cluster0.mongodb.net/test", "hunter2", Level::High),
            ("redis://:hunter2@localhost:6379/0", "hunter2", Level::High),
            ("amqp://guest:guest@localhost/", "guest", Level::High),
            ("mysql://root:p@ss@localhost/db", "p@ss", Level::High),
            ("https://deploy:abc123@git.test/r.git", "abc123", Level::High),
            ("postgres://root:password@localhost/db", "password", Level::Medium),
            ("postgres://user:password@localhost/db", "password", Level::Low),
            ("root:hunter2@tcp(127.0.0.1:3306)/app", "hunter2", Level::High),
            ("jdbc:oracle:thin:scott/tiger@localhost:1521:xe", "tiger", Level::High),
            ("jdbc:mysql://localhost/app?user=root&password=hunter2", "hunter2", Level::High),
            ("Server=db;Database=app;User Id=sa;Password=Hunter2!;", "Hunter2!", Level::High),
            ("Data Source=db; Initial Catalog=app; Pwd = Hunter2", "Hunter2", Level::High),
            ("host=localhost user=app password=hunter2 dbname=app", "hunter2", Level::High),
        ] {
            let found = find(text).map(|inner| (&text[inner.start..inner.end], inner.confidence));
            assert_eq!(found, Some((expected, confidence)), "{text}");
        }
    }

    #[test]
    fn addresses_without_passwords_have_none() {
        for text in [
            "https://example.com/a:b@c",
            "https://user@host/path",
            "postgres://localhost:5432/app",
            "postgres://user:${PASSWORD}@host/db",
            "postgres://user:{password}@host/db",
            "postgres://user:%s@host/db",
            "postgres://user:<password>@host/db",
            "postgres://user:your_password@host/db",
            "postgres://user:***@host/db",
            "postgres://user:@host/db",
            "Server=db;Password={0};",
            "Server=db;Integrated Security=true;",
            "Server=db;Password=;",
            "password=hunter2",
            "http://localhost:8080/?next=a@b",
            "mailto:someone@example.com",
        ] {
            assert_eq!(find(text), None, "{text}");
        }
    }
}
