//! Patterns that take exponential time, and patterns that only look so.

use super::is_catastrophic;

#[track_caller]
fn check(expected: bool, patterns: &[&str]) {
    let wrong: Vec<_> = patterns.iter().filter(|pattern| is_catastrophic(pattern) != expected).collect();
    assert!(wrong.is_empty(), "expected {expected}: {wrong:#?}");
}

#[test]
fn loops_in_loops_over_the_same_characters_are_found() {
    check(
        true,
        &[
            r"^(a+)+$",
            r"^(a*)*$",
            r"(a+)*b",
            r"^([a-zA-Z0-9]+\s*)+$",
            r"^(\w+\s?)*$",
            r"(?:\w+\.?)+@",
            r"^(([a-z])+.)+[A-Z]([a-z])+$",
            r"^([a-zA-Z0-9_.-]+)+@example\.com$",
            r"^(https?://)?([\da-z.-]+)\.([a-z.]{2,6})([/\w .-]*)*/?$",
            r"^(/[\w./-]*)*$",
            r#""(?:[^"\\]+|\\.)*"|^((?:[^"']|".*?"|'.*?')*?)(;)"#,
            r"^(\d{1,3})*$",
            r"^(?:\d+,?)+;",
            r"(x+x+)+y",
            r"^(\s*\w+\s*)+;$",
            r"^(?:.*,)*x$",
            r"<(\w+\s*)*>",
            r"^(([^<>]+)*|(<.*>))*!",
            r"(?=(a+)+$)a",
            r"/^(a+)+$/i",
            "^(?:[a-z]+[0-9]*)+$",
            r"(?i)^(?:a|A)+$",
        ],
    );
}

#[test]
fn alternatives_that_overlap_in_a_loop_are_found() {
    check(
        true,
        &[
            r"^(a|a)*$",
            r"^(a|aa)+$",
            r"^(a|a?)+$",
            r"^(\d|\w)+$",
            r"(?:a|b|ab)*c",
            r"^(?:[a-z]|[a-f0-9])*-",
            r"^(?:\s|\n)+x",
            r"^(.|\w)*\d$",
            r"^(?:a?b?)*$",
        ],
    );
}

#[test]
fn many_loops_in_a_row_are_found() {
    check(
        true,
        &[
            r"\d+\d+\d+x",
            r"^\s*\s*\s*$",
            r"^(\w+){3}$",
            r"(.*?,){11}P",
            r"^\s*(.*?)\s*(.*?)\s*;$",
            r".*.*.*=",
            r"^a*a?a*a?a*$",
        ],
    );
}

#[test]
fn ordinary_patterns_are_harmless() {
    check(
        false,
        &[
            "",
            "abc",
            r"^\d{4}-\d{2}-\d{2}$",
            r"^(\d{4})-(\d{1,2})-(\d{1,2})T(\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(Z|[+-]\d{2}:?\d{2})$",
            r"^[\w.+-]+@[\w-]+\.[\w.-]+$",
            r"^[a-zA-Z0-9._%+-]+@[a-zA-Z0-9.-]+\.[a-zA-Z]{2,}$",
            r"^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$",
            r"^https?://[^\s/$.?#].[^\s]*$",
            r"^(?:https?|ftp)://[\w.-]+(?::\d+)?(?:/[^\s?#]*)?(?:\?[^\s#]*)?(?:#\S*)?$",
            r"^(?=.*[a-z])(?=.*[A-Z])(?=.*\d)[A-Za-z\d@$!%*?&]{8,}$",
            r"^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)$",
            r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
            r"^#(?:[0-9a-fA-F]{3}){1,2}$",
            r"(\w+\s*,\s*)*",
            r"^(\w+\s*,\s*)*\w+$",
            r"^(?:\w+,)*\w+$",
            r"^\s*(\w+)\s*=\s*(.*?)\s*$",
            r"^\s+|\s+$",
            r"\s+",
            r"^(\w+)\s+(\w+)\s+(\d+)$",
            r"\b\w+\b",
            r"<[^>]+>",
            r"<a\s+href=([\x22'])(.*?)\1[^>]*>",
            r#""(?:[^"\\]|\\.)*""#,
            r"//.*$|/\*[\s\S]*?\*/",
            r"^(?:[^,\n]*,){3}[^,\n]*$",
            r"(\d+)(?:px|em|rem|%)",
            r"^\+?\d{1,3}?[-.\s]?\(?\d{3}\)?[-.\s]?\d{3}[-.\s]?\d{4}$",
            r"^[A-Z][a-z]+(?: [A-Z][a-z]+)*$",
            r"^([a-z]+(-[a-z]+)*)(\.([a-z]+(-[a-z]+)*))+$",
            r"(a+)+",
            r"(?:\w+\s*)*",
            r"^(a++)+$",
            r"^(?>a+)+$",
            r"^(\S+) (\S+) (\S+) \[([^\]]+)\] .(\S+) (\S+) (\S+). (\d{3}) (\d+)$",
            r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?",
            r"^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
            r"^v?(\d+)\.(\d+)\.(\d+)(?:-([\w.-]+))?(?:\+([\w.-]+))?$",
            r"^(.*?):\s*(.*)$",
            r"([A-Z])",
            r"{{\s*(\w+)\s*}}",
            r"^[^@]+@[^@]+\.[^@]+$",
            r"^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
            r"(?:^|\s)#(\w+)",
            r"^\$?\d{1,3}(,\d{3})*(\.\d{2})?$",
            r"^(?:M{0,3})(CM|CD|D?C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})$",
            r"^\s*def\s+(\w+)\s*\(([^)]*)\)\s*(?:->\s*([^:]+))?:",
        ],
    );
}

#[test]
fn any_text_is_judged_in_bounded_time() {
    let texts = [
        "(".repeat(5_000),
        "(a+".repeat(400),
        format!("{}a{}", "(".repeat(300), "+)".repeat(300)),
        "a{99}{99}{99}".to_owned(),
        "((((((a{9}){9}){9}){9}){9}){9})$".to_owned(),
        "(a*)*".repeat(300),
        format!("^({})*$", (0..400).map(|number| format!("w{number}")).collect::<Vec<_>>().join("|")),
        format!("^(?:{})+$", "[a-z]?".repeat(100)),
        format!("^{}$", ".*".repeat(600)),
        "[[[]]]^-\\".repeat(90),
        "\\u{ffffffffffff}[\\u0000-\\uffff]+\\x{".repeat(40),
        "a{,}{2,1}{3}{-1}{99999999999}*+?*".repeat(20),
        "\u{0}é(ü|ö)+[^é-ü]*$(?<x>a)\\k<x>(?P=x)(?#c".to_owned(),
        "[".to_owned(),
        "(?".to_owned(),
        "\\".to_owned(),
        "/".to_owned(),
        "//".to_owned(),
        "/+/".to_owned(),
    ];
    for text in texts {
        is_catastrophic(&text);
    }
}
