//! Writes answers as HTTP/1.1.

use proofhouse_types::Response;

/// The guest's clock starts here: 2026-01-01T00:00:00Z, in seconds since 1970.
const CLOCK_START_S: u64 = 1_767_225_600;
const NS_PER_S: u64 = 1_000_000_000;

/// Seconds of a script in nanoseconds; what is no time at all is none.
pub(crate) fn nanoseconds(seconds: f64) -> u64 {
    // The conversion saturates, and turns NaN into 0.
    (seconds * 1e9).round() as u64
}

/// An answer of the server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    pub(crate) fn scripted(response: &Response) -> Answer {
        let headers = response.headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        let answer = Answer { status: response.status, headers, body: Vec::new() };
        match (&response.json, &response.body) {
            (Some(value), _) => answer.with_body("application/json", value.to_string()),
            (None, Some(text)) => answer.with_body("text/plain; charset=utf-8", text.clone()),
            (None, None) => answer,
        }
    }

    /// An answer of the server's own, with a line that says what is wrong.
    pub(crate) fn plain(status: u16) -> Answer {
        let answer = Answer { status, headers: Vec::new(), body: Vec::new() };
        answer.with_body("text/plain; charset=utf-8", format!("{}\n", reason(status)))
    }

    pub(crate) fn json(value: &serde_json::Value) -> Answer {
        Answer { status: 200, headers: Vec::new(), body: Vec::new() }.with_body("application/json", value.to_string())
    }

    fn with_body(mut self, kind: &str, text: String) -> Answer {
        self.body = text.into_bytes();
        if self.header("content-type").is_none() {
            self.headers.push(("Content-Type".to_owned(), kind.to_owned()));
        }
        self
    }

    pub(crate) fn header(&self, wanted: &str) -> Option<&str> {
        let mut headers = self.headers.iter();
        headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.as_str())
    }

    /// The bytes of the answer, sent at this time.
    pub(crate) fn write(&self, body: Body, then: Then, now_ns: u64) -> Vec<u8> {
        let status = self.status;
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(status));
        let mut line = |name: &str, value: &str| head.extend([name, ": ", value, "\r\n"]);
        let bodiless = status < 200 || status == 204 || status == 304;
        for (name, value) in &self.headers {
            line(name, value);
        }
        let own = [
            ("Date", Some(date(CLOCK_START_S + now_ns / NS_PER_S))),
            ("Content-Length", (!bodiless).then(|| self.body.len().to_string())),
            ("Connection", (then == Then::Close).then(|| "close".to_owned())),
        ];
        for (name, value) in own {
            if let (Some(value), None) = (value, self.header(name)) {
                line(name, &value);
            }
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        if body == Body::Sent && !bodiless {
            bytes.extend_from_slice(&self.body);
        }
        bytes
    }
}

/// Whether the body goes out: it does not to a `HEAD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Body {
    Sent,
    Withheld,
}

/// What becomes of the connection after an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    Keep,
    Close,
}

/// The phrases of RFC 9110 that scripts are likely to need.
fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Found",
        303 => "See Other",
        304 => "Not Modified",
        307 => "Temporary Redirect",
        308 => "Permanent Redirect",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        408 => "Request Timeout",
        409 => "Conflict",
        410 => "Gone",
        412 => "Precondition Failed",
        413 => "Content Too Large",
        415 => "Unsupported Media Type",
        418 => "I'm a teapot",
        422 => "Unprocessable Content",
        425 => "Too Early",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Timeout",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    }
}

/// An IMF-fixdate (RFC 9110, 5.6.7). The day from a count of days is Howard Hinnant's `civil_from_days`.
fn date(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400 + u64::from(month >= 10);
    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[month as usize]);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        let cases = [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
            (CLOCK_START_S, "Thu, 01 Jan 2026 00:00:00 GMT"),
            (CLOCK_START_S + 86_400 * 365 - 1, "Thu, 31 Dec 2026 23:59:59 GMT"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(date(seconds), expected);
        }
        assert!(date(u64::MAX / NS_PER_S).ends_with(" GMT"));
    }

    #[test]
    fn seconds_become_nanoseconds() {
        let cases = [(0.2, 200_000_000), (-1.0, 0), (f64::NAN, 0), (f64::INFINITY, u64::MAX)];
        for (seconds, expected) in cases {
            assert_eq!(nanoseconds(seconds), expected);
        }
    }

    #[test]
    fn what_a_script_gives_stands_and_the_rest_is_added() {
        let response: Response =
            serde_json::from_str(r#"{"json": {"a": [1]}, "headers": {"content-type": "x/y", "X": "1"}}"#).unwrap();
        let written = Answer::scripted(&response).write(Body::Sent, Then::Close, 1_500_000_000);
        assert_eq!(
            String::from_utf8(written).unwrap(),
            "HTTP/1.1 200 OK\r\nX: 1\r\ncontent-type: x/y\r\nDate: Thu, 01 Jan 2026 00:00:01 GMT\r\n\
             Content-Length: 9\r\nConnection: close\r\n\r\n{\"a\":[1]}"
        );
        let head = Answer::plain(404).write(Body::Withheld, Then::Keep, 0);
        assert!(String::from_utf8(head).unwrap().ends_with("Content-Length: 10\r\n\r\n"));
        let none = Answer { status: 204, headers: Vec::new(), body: b"x".to_vec() }.write(Body::Sent, Then::Keep, 0);
        assert_eq!(none, b"HTTP/1.1 204 No Content\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n");
    }
}
