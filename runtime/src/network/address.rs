//! URLs: those of endpoints, and the targets of requests.

/// Whether a server speaks TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Scheme::Http => "http",
            Scheme::Https => "https",
        }
    }

    fn port(self) -> u16 {
        match self {
            Scheme::Http => 80,
            Scheme::Https => 443,
        }
    }
}

/// Where a server is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    pub scheme: Scheme,
    /// In small letters, without brackets.
    pub host: String,
    pub port: u16,
}

impl Origin {
    /// `scheme://host`, with the port where it is not the scheme's own.
    pub(crate) fn text(&self) -> String {
        let Origin { scheme, host, port } = self;
        let host = if host.contains(':') { format!("[{host}]") } else { host.clone() };
        let port = if *port == scheme.port() { String::new() } else { format!(":{port}") };
        format!("{}://{host}{port}", scheme.name())
    }
}

/// What stands behind the host: path and query, without escapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub path: String,
    pub query: Vec<(String, String)>,
}

impl Target {
    pub(crate) fn parse(text: &str) -> Target {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = if path.is_empty() { "/".to_owned() } else { unescape(path) };
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let query = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let plain = |text: &str| unescape(&text.replace('+', " "));
        Target { path, query: query.map(|(name, value)| (plain(name), plain(value))).collect() }
    }

    /// Path and query with one parameter set, as it stands in a URL.
    pub(crate) fn with(&self, parameter: &str, value: &str) -> String {
        let others = self.query.iter().filter(|(name, _)| name != parameter);
        let others = others.map(|(name, value)| (name.as_str(), value.as_str()));
        let query: Vec<String> = others
            .chain([(parameter, value)])
            .map(|(name, value)| format!("{}={}", escape(name, ""), escape(value, "")))
            .collect();
        format!("{}?{}", escape(&self.path, "/"), query.join("&"))
    }
}

/// A URL such as `https://api.test:8443/items?page=1`. `None` for what is none, or of another scheme.
pub(crate) fn parse_url(url: &str) -> Option<(Origin, Target)> {
    let (scheme, rest) = url.split_once("://")?;
    let scheme = [Scheme::Http, Scheme::Https].into_iter().find(|one| one.name().eq_ignore_ascii_case(scheme))?;
    let rest = rest.split_once('#').map_or(rest, |(before, _)| before);
    let (authority, target) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
    let (host, port) = match authority.strip_prefix('[') {
        Some(literal) => literal.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let port = match port.strip_prefix(':') {
        Some(port) => port.parse().ok()?,
        None if port.is_empty() => scheme.port(),
        None => return None,
    };
    (!host.is_empty()).then(|| (Origin { scheme, host: host.to_lowercase(), port }, Target::parse(target)))
}

fn unescape(text: &str) -> String {
    let mut rest = text.as_bytes();
    let mut plain = Vec::with_capacity(text.len());
    let digit = |byte: u8| char::from(byte).to_digit(16);
    while let [byte, after @ ..] = rest {
        let escaped = match rest {
            [b'%', high, low, ..] => digit(*high).zip(digit(*low)).map(|(high, low)| (high * 16 + low) as u8),
            _ => None,
        };
        plain.push(escaped.unwrap_or(*byte));
        rest = if escaped.is_some() { &rest[3..] } else { after };
    }
    String::from_utf8_lossy(&plain).into_owned()
}

fn escape(text: &str, kept: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || kept.as_bytes().contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, expected: &str) {
        let read = parse_url(url).map(|(origin, Target { path, query })| format!("{} {path} {query:?}", origin.text()));
        assert_eq!(read.as_deref().unwrap_or("none"), expected, "{url}");
    }

    #[test]
    fn urls_are_read() {
        check("https://api.test/items", "https://api.test /items []");
        check("HTTP://API.Test", "http://api.test / []");
        check(
            "http://api.test:8080/a%20b/?x=1+2&y=%C3%A9&z&=",
            r#"http://api.test:8080 /a b/ [("x", "1 2"), ("y", "é"), ("z", ""), ("", "")]"#,
        );
        check("https://api.test:443?q=a%3Db#part", r#"https://api.test / [("q", "a=b")]"#);
        check("http://[::1]:8000/%zz%f", "http://[::1]:8000 /%zz%f []");
        for url in [
            "",
            "api.test/x",
            "ftp://api.test/",
            "http://",
            "http:///x",
            "http://a:b/",
            "http://[::1/",
            "http://[::1]x/",
        ] {
            check(url, "none");
        }
    }

    #[test]
    fn a_parameter_is_set_in_a_target() {
        let with = |target: &str| Target::parse(target).with("page", "2");
        assert_eq!(with("/items"), "/items?page=2");
        assert_eq!(with("/a%20b?page=1&q=x%26y"), "/a%20b?q=x%26y&page=2");
    }
}
