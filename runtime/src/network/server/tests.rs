//! Whole exchanges with the scripted server.

use serde_json::json;

use super::*;

const NS_PER_MS: u64 = 1_000_000;

/// A client that keeps its connections.
struct Client {
    network: Network,
    open: BTreeMap<String, ConnectionId>,
    now_ns: u64,
}

impl Client {
    fn new(endpoints: serde_json::Value, requests: u32) -> Client {
        let endpoints: Vec<Endpoint> = serde_json::from_value(endpoints).unwrap();
        Client { network: Network::new(&endpoints, requests), open: BTreeMap::new(), now_ns: 0 }
    }

    fn ask(&mut self, message: &[u8]) -> Vec<u8> {
        let served = self.network.serve(message, self.now_ns);
        if served.over_limit { b"over the limit".to_vec() } else { served.reply }
    }

    fn send(&mut self, id: ConnectionId, bytes: &[u8]) -> Vec<u8> {
        self.ask(&[b"s", &id.0.to_le_bytes()[..], bytes].concat())
    }

    /// All that comes until there is nothing within a minute. A receive from an ended connection closes it.
    fn receive(&mut self, origin: &str, id: ConnectionId) -> String {
        let (mut text, until_ns) = (String::new(), self.now_ns + 60_000 * NS_PER_MS);
        loop {
            let reply = self.ask(&[b"r", &id.0.to_le_bytes()[..], &[7, 0, 0, 0]].concat());
            match (reply[0], &reply[1..]) {
                (b'b', bytes) => text += &String::from_utf8_lossy(bytes),
                (b'w', wait) if text.is_empty() => {
                    self.now_ns += u64::from_le_bytes(wait.try_into().unwrap());
                    if self.now_ns > until_ns {
                        return "silent".to_owned();
                    }
                }
                (b'w', _) => return text,
                (ended, _) => {
                    self.open.remove(origin);
                    self.ask(&[b"q", &id.0.to_le_bytes()[..]].concat());
                    return text + if ended == b'f' { " closed" } else { " reset" };
                }
            }
        }
    }

    fn exchange(&mut self, request: &str) -> String {
        let (method, rest) = request.split_once(' ').unwrap();
        let (url, body) = rest.split_once(' ').unwrap_or((rest, ""));
        let (origin, _) = parse_url(url).unwrap();
        let place = origin.text();
        let id = if let Some(id) = self.open.get(&place) {
            *id
        } else {
            let address = [&origin.port.to_le_bytes()[..], origin.host.as_bytes()].concat();
            match self.ask(&[b"c", address.as_slice()].concat()).as_slice() {
                [b'c', id @ ..] => {
                    let id = ConnectionId(u32::from_le_bytes(id.try_into().unwrap()));
                    if origin.scheme == Scheme::Https {
                        self.send(id, &HELLO);
                        assert_eq!(self.receive(&place, id).as_bytes(), HELLO);
                    }
                    self.open.insert(place.clone(), id);
                    id
                }
                b"r" => return "refused".to_owned(),
                b"d" => return "unknown name".to_owned(),
                other => return String::from_utf8_lossy(other).into_owned(),
            }
        };
        let (target, length) = (&url[place.len()..], body.len());
        let text = format!("{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n{body}");
        match self.send(id, text.as_bytes()).as_slice() {
            b"k" => self.receive(&place, id),
            other => String::from_utf8_lossy(other).into_owned(),
        }
    }
}

/// An answer without what is in every answer.
fn short(answer: &str) -> String {
    let told = |line: &&str| !["date", "content-"].iter().any(|name| line.to_lowercase().starts_with(name));
    let head = answer.strip_prefix("HTTP/1.1 ").unwrap_or(answer).split("\r\n").filter(told);
    head.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("|")
}

/// Each request at its time in milliseconds; a request begins when the answer to the one before it has come.
#[track_caller]
fn check(endpoints: serde_json::Value, exchanges: &[(u64, &str, &str)]) -> Client {
    let mut client = Client::new(endpoints, 50);
    for (at_ms, request, expected) in exchanges {
        client.now_ns = client.now_ns.max(at_ms * NS_PER_MS);
        assert_eq!(short(&client.exchange(request)), *expected, "{request}");
    }
    client
}

#[test]
fn responses_come_in_their_order_and_the_last_repeats() {
    let responses = json!([
        { "status": 503, "headers": { "Retry-After": "2" } }, { "json": { "a": 1 } }, { "status": 201, "body": "hé" }
    ]);
    check(
        json!([{ "url": "http://a.test/x", "responses": responses }, { "url": "https://b.test:8443/" }]),
        &[
            (0, "GET http://a.test/x", "503 Service Unavailable|Retry-After: 2"),
            (0, "POST http://a.test/x body", r#"200 OK|{"a":1}"#),
            (0, "GET http://a.test/x", "201 Created|hé"),
            (0, "GET http://a.test/x?y", "201 Created|hé"),
            (0, "HEAD http://a.test/x", "201 Created"),
            (0, "GET https://b.test:8443/", "200 OK"),
        ],
    );
}

#[test]
fn the_endpoint_with_the_most_parameters_answers() {
    let says = |url: &str, body: &str| json!({ "url": url, "responses": [{ "body": body }], "method": "get" });
    check(
        json!([
            says("http://a.test/x", "none"), says("http://a.test/x?p=1", "p"),
            says("http://a.test/x?p=1&q=a+b", "p, q"),
            says("http://a.test/x", "second"), { "url": "http://a.test/x", "method": "put" }, { "url": "nothing" }
        ]),
        &[
            (0, "GET http://a.test/x", "200 OK|none"),
            (0, "GET http://a.test/x?p=2", "200 OK|none"),
            (0, "GET http://a.test/x?r&p=1", "200 OK|p"),
            (0, "GET http://a.test/x?q=a%20b&p=1", "200 OK|p, q"),
            (0, "PUT http://a.test/x", "200 OK"),
            (0, "POST http://a.test/x", "405 Method Not Allowed|Allow: GET, PUT|Method Not Allowed\n"),
            (0, "GET http://a.test/x/", "404 Not Found|Not Found\n"),
            (0, "GET http://a.test:81/x", "refused"),
            (0, "GET http://1.2.3.4/x", "refused"),
            (0, "GET http://localhost/x", "refused"),
            (0, "GET http://b.test/x", "unknown name"),
        ],
    );
}

#[test]
fn failures_below_http_happen_where_they_would() {
    let (refused, dns) = (json!({ "fail": "refused" }), json!({ "fail": "dns" }));
    let client = check(
        json!([
            { "url": "http://a.test/", "responses": [refused, dns, {}, refused, {}] },
            { "url": "http://b.test/", "responses": [{ "fail": "reset", "latency": 1.0 }, {}, { "fail": "timeout" }] },
            { "url": "http://c.test/1", "responses": [refused, refused, {}] },
            { "url": "http://c.test/2" },
        ]),
        &[
            (0, "GET http://a.test/", "refused"),
            (0, "GET http://a.test/", "unknown name"),
            (0, "GET http://a.test/", "200 OK|Connection: close| closed"),
            (0, "GET http://a.test/", "refused"),
            (0, "GET http://a.test/", "200 OK"),
            (0, "GET http://b.test/", " reset"),
            (1000, "GET http://b.test/", "200 OK"),
            // Others answer at this address, so it is there.
            (1000, "GET http://c.test/2", "200 OK"),
            (1000, "GET http://c.test/1", " reset"),
            (1000, "GET http://c.test/1", " reset"),
            (1000, "GET http://c.test/1", "200 OK"),
            (1000, "GET http://b.test/", "silent"),
        ],
    );
    let calls = client.network.log();
    let failures: Vec<_> = calls.iter().filter_map(|call| call.failure).collect();
    let (refused, reset) = (Failure::Refused, Failure::Reset);
    assert_eq!(failures, [refused, Failure::Dns, refused, reset, refused, refused, Failure::Timeout]);
    assert!(calls.iter().all(|call| call.status.is_none() == call.failure.is_some()));
}

#[test]
fn an_answer_comes_at_its_time_and_not_before() {
    let mut client = Client::new(json!([{ "url": "http://a.test/", "responses": [{ "latency": 0.25 }] }]), 50);
    assert_eq!(client.ask(b"n\x50\0a.test"), b"k");
    assert_eq!(client.ask(b"c\x50\0A.test"), b"c\x01\0\0\0");
    client.send(ConnectionId(1), b"GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    let receive = b"r\x01\0\0\0\x05\0\0\0";
    client.now_ns = 249 * NS_PER_MS;
    assert_eq!(client.ask(receive), [b"w", &NS_PER_MS.to_le_bytes()[..]].concat());
    client.now_ns += NS_PER_MS;
    assert_eq!(client.ask(receive), b"bHTTP/");
    assert_eq!(client.network.log()[0].at_ns, 0);
}

#[test]
fn a_rate_limit_slides() {
    check(
        json!([{
            "url": "http://a.test/",
            "rate_limit": { "requests": 2, "per": 10.0 },
            "responses": [{ "body": "1" }, { "body": "2" }, { "body": "3" }],
        }]),
        &[
            (0, "GET http://a.test/", "200 OK|1"),
            (4_000, "GET http://a.test/", "200 OK|2"),
            (5_500, "GET http://a.test/", "429 Too Many Requests|Retry-After: 5|Too Many Requests\n"),
            (9_999, "GET http://a.test/", "429 Too Many Requests|Retry-After: 1|Too Many Requests\n"),
            (10_000, "GET http://a.test/", "200 OK|3"),
            (10_001, "GET http://a.test/", "429 Too Many Requests|Retry-After: 4|Too Many Requests\n"),
            (14_000, "GET http://a.test/", "200 OK|3"),
        ],
    );
}

#[test]
fn items_come_a_page_at_a_time() {
    let pages = |items: serde_json::Value| json!({ "items": items, "size": 2, "parameter": "p" });
    check(
        json!([
            { "url": "http://a.test/x", "pages": pages(json!([1, 2, 3])) },
            { "url": "http://a.test/none", "pages": pages(json!([])) },
        ]),
        &[
            (
                0,
                "GET http://a.test/x?q=a%26",
                "200 OK|Link: <http://a.test/x?q=a%26&p=2>; rel=\"next\"|\
                 {\"items\":[1,2],\"next\":\"http://a.test/x?q=a%26&p=2\",\"page\":1,\"pages\":2,\"total\":3}",
            ),
            (0, "GET http://a.test/x?p=2", r#"200 OK|{"items":[3],"next":null,"page":2,"pages":2,"total":3}"#),
            (0, "GET http://a.test/x?p=9", r#"200 OK|{"items":[],"next":null,"page":9,"pages":2,"total":3}"#),
            (0, "GET http://a.test/x?p=0", "400 Bad Request|Bad Request\n"),
            (
                0,
                "GET http://a.test/x?p=18446744073709551615",
                r#"200 OK|{"items":[],"next":null,"page":18446744073709551615,"pages":2,"total":3}"#,
            ),
            (0, "GET http://a.test/none", r#"200 OK|{"items":[],"next":null,"page":1,"pages":0,"total":0}"#),
        ],
    );
}

#[test]
fn the_last_allowed_request_is_answered_and_one_more_is_not() {
    let mut client = Client::new(json!([{ "url": "http://a.test/", "responses": [{}] }]), 2);
    let asked = ["GET http://a.test/", "GET http://a.test/2", "GET http://a.test/"];
    let answers = asked.map(|request| short(&client.exchange(request)));
    assert_eq!(answers, ["200 OK", "404 Not Found|Not Found\n", "over the limit"]);
    assert_eq!(client.network.log().len(), 2);
}

#[test]
fn as_many_connections_as_the_limit_are_open_and_no_more() {
    let mut client = Client::new(json!([{ "url": "http://a.test/" }]), 50);
    let connect = b"c\x50\0a.test";
    for _ in 0..CONNECTIONS {
        assert_eq!(client.ask(connect)[0], b'c');
    }
    assert_eq!(client.ask(connect), b"r");
    assert_eq!(client.ask(b"q\x05\0\0\0"), b"k");
    assert_eq!(client.ask(connect)[0], b'c');
}

#[test]
fn what_is_no_request_is_answered_and_ends_the_connection() {
    let endpoints = json!([{ "url": "http://a.test/" }, { "url": "https://s.test/" }]);
    let cases: [(&[u8], &[u8], &str); 4] = [
        (b"c\x50\0a.test", b"hello\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        (b"c\x50\0a.test", &HELLO, "400"),
        (b"c\x50\0a.test", b"\x16\x03\x01\x02", "silent"),
        (b"c\xbb\x01s.test", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
    ];
    for (connect, bytes, expected) in cases {
        let mut client = Client::new(endpoints.clone(), 50);
        let id = client.ask(connect);
        let id = ConnectionId(u32::from_le_bytes(id[1..].try_into().unwrap()));
        client.send(id, bytes);
        let answer = client.receive("", id);
        assert!(short(&answer).starts_with(expected), "{answer}");
        assert_eq!(answer.ends_with(" closed"), expected == "400", "{answer}");
        assert_eq!(client.network.log().len(), usize::from(expected == "400"));
    }
    let mut client = Client::new(endpoints, 50);
    for message in [&b""[..], b"z", b"c", b"r\x01"] {
        assert_eq!(client.ask(message), b"?");
    }
    assert_eq!(client.ask(b"s\x09\0\0\0x"), b"e");
}

#[test]
fn connections_of_the_test_before_are_closed() {
    let endpoints = json!([{ "url": "http://a.test/" }]);
    let mut client = Client::new(endpoints.clone(), 50);
    assert_eq!(short(&client.exchange("GET http://a.test/")), "200 OK");
    let endpoints: Vec<Endpoint> = serde_json::from_value(endpoints).unwrap();
    client.network = client.network.next(&endpoints, 50);
    assert_eq!(client.ask(b"r\x01\0\0\0\x01\0\0\0"), b"f");
    assert_eq!(client.ask(b"s\x01\0\0\0x"), b"e");
    assert_eq!(client.ask(b"c\x50\0a.test"), b"c\x02\0\0\0");
    assert_eq!(client.ask(b"q\x01\0\0\0"), b"k");
    assert_eq!(client.network.connections.len(), 1);
}

#[test]
fn the_log_is_json() {
    let mut client = Client::new(json!([{ "url": "https://a.test/x%20y", "responses": [{ "latency": 2.0 }] }]), 50);
    client.now_ns = 7;
    client.exchange("POST https://a.test/x%20y?a=1&a=2&b= \"\u{e9}\u{1}");
    client.exchange("GET http://b.test/");
    let log: serde_json::Value = serde_json::from_slice(&client.network.encoded_log()).unwrap();
    let call = json!({
        "method": "POST", "url": "https://a.test/x%20y?a=1&a=2&b=", "path": "/x y", "query": { "a": "2", "b": "" },
        "headers": { "host": "x", "content-length": "4" }, "body": "\"\u{c3}\u{a9}\u{1}", "status": 200,
        "failure": null, "at_ns": 7
    });
    assert_eq!(log[0], call);
    assert_eq!((&log[1]["url"], &log[1]["failure"]), (&json!("http://b.test"), &json!("dns")));
}

#[test]
fn no_bytes_make_it_panic() {
    let endpoints = json!([
        {
            "url": "http://a.test/",
            "responses": [{ "latency": 1e300 }, { "fail": "reset" }, {}],
            "rate_limit": { "requests": 9, "per": -1.0 },
        },
        { "url": "http://a.test/p", "pages": { "items": [1, 2], "size": 0 } },
    ]);
    let parts: [&[u8]; 18] = [
        b"GET / HTTP/1.1\r\n",
        b"POST /p?page=2 HTTP/1.1\r\n",
        b"Host: a\r\n",
        b"\r\n",
        b"\n",
        b"\r",
        b"Content-Length: 5\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"5\r\nabcde\r\n",
        b"0\r\n\r\n",
        b"Expect: 100-continue\r\n",
        b"%",
        b"\xff\0",
        b": ",
        b"ffffffffffffffff\r\n",
        b"http://a.test",
        b"GET /?%",
        &HELLO,
    ];
    // SplitMix64: the same garbage every time.
    let mut state = 0_u64;
    let mut draw = |below: usize| {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        ((mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb) >> 33) as usize % below
    };
    let mut answered = 0;
    for _ in 0..300 {
        let mut client = Client::new(endpoints.clone(), 20);
        for _ in 0..60 {
            let mut message = vec![b"ncsrqx"[draw(6)], draw(4) as u8, 0, 0, 0];
            match message[0] {
                b'n' | b'c' => message = [&message[..1], b"\x50\0a.test"].concat(),
                b'r' => message.extend([draw(256) as u8, 0, 0, draw(2) as u8 * 0xff]),
                _ => (0..draw(9)).for_each(|_| message.extend_from_slice(parts[draw(parts.len())])),
            }
            for _ in 0..draw(3) * draw(2) * draw(2) {
                let position = draw(message.len());
                message[position] = draw(256) as u8;
            }
            client.now_ns =
                client.now_ns.saturating_add(if draw(9) == 0 { u64::MAX / 3 } else { draw(1 << 30) as u64 });
            client.ask(&message);
        }
        answered += client.network.log().len();
        serde_json::from_slice::<Vec<serde_json::Value>>(&client.network.encoded_log()).unwrap();
    }
    assert!(answered > 300, "{answered}");
}
