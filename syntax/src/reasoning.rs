//! Takes a model's reasoning out of its reply. What was thought is never an answer, whatever code it holds.

/// The marks that reasoning stands between, in lower case. The last is Kimi's, the one before it Magistral's.
const MARKS: [(&str, &str); 7] = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<reflection>", "</reflection>"),
    ("[think]", "[/think]"),
    ("◁think▷", "◁/think▷"),
];

/// A reply without its reasoning.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    /// What is left.
    pub(crate) text: String,
    /// The reply ended before its reasoning did.
    pub(crate) unfinished: bool,
}

/// Takes the reasoning out: between its marks, before an end mark that has no start, and after a start mark that has no end.
///
/// A start mark counts at the start of a line outside fences, so that marks inside a program stay.
pub(crate) fn strip(reply: &str) -> Answer {
    let lower = reply.to_ascii_lowercase();
    let mut text = String::with_capacity(reply.len());
    let mut unfinished = false;
    let mut fence: Option<&str> = None;
    let mut at = 0;
    while at < reply.len() {
        let rest = &lower[at..];
        let trimmed = rest.trim_start_matches([' ', '\t']);
        let start = at + (rest.len() - trimmed.len());
        if fence.is_none()
            && let Some((open, close)) = MARKS.iter().find(|(open, _)| trimmed.starts_with(open))
        {
            let inside = start + open.len();
            match lower[inside..].find(close) {
                Some(length) => at = inside + length + close.len(),
                None => {
                    unfinished = true;
                    break;
                }
            }
            continue;
        }
        let mark = ["```", "~~~"].into_iter().find(|mark| trimmed.starts_with(mark));
        fence = match (fence, mark) {
            (None, mark) => mark,
            (Some(open), Some(mark)) if open == mark => None,
            (open, _) => open,
        };
        let end = rest.find('\n').map_or(reply.len(), |length| at + length + 1);
        text.push_str(&reply[at..end]);
        at = end;
    }
    if let Some(end) = bare_end(&text) {
        text.drain(..end);
    }
    // The blank lines behind the reasoning belong to it.
    let answer = if text.len() < reply.len() { text.trim_start_matches('\n') } else { &text };
    Answer { text: answer.to_owned(), unfinished }
}

/// Where the last end mark without a start ends. It has to close its line or open it: a mark in the middle of a line is quoted.
fn bare_end(text: &str) -> Option<usize> {
    let lower = text.to_ascii_lowercase();
    let ends = MARKS.iter().filter_map(|(_, close)| {
        let start = lower.rfind(close)?;
        let end = start + close.len();
        let closes_line = lower[end..].trim_start_matches([' ', '\t']);
        let closes_line = closes_line.is_empty() || closes_line.starts_with(['\n', '`', '~']);
        let line = lower[..start].rfind('\n').map_or(0, |newline| newline + 1);
        let opens_line = lower[line..start].trim().is_empty();
        let quoted = lower[..start].ends_with(['"', '\'', '`']);
        ((closes_line || opens_line) && !quoted).then_some(end)
    });
    ends.max()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(reply: &str, text: &str, unfinished: bool) {
        assert_eq!(strip(reply), Answer { text: text.to_owned(), unfinished }, "{reply:?}");
    }

    #[test]
    fn reasoning_is_never_part_of_the_answer() {
        check("<think>a</think>b", "b", false);
        check("  <Think>\na\n</THINK>\n\nb\n", "b\n", false);
        check("<think>a</think><reasoning>b</reasoning>c", "c", false);
        check("a\n</think>\nb", "b", false);
        check("a</think>\nb\n</think>\nc", "c", false);
        check("<think>a", "", true);
        check("a\n<think>b", "a\n", true);
        check("[THINK]a[/THINK]b", "b", false);
    }

    #[test]
    fn marks_inside_a_program_stay() {
        for reply in [
            "x = s.split('</think>')[-1]\n",
            "```python\n'''\n<think>\n'''\n```\n",
            "return re.sub(r\"<think>.*?</think>\", \"\", s)\n",
            "use `<think>` and `</think>` tags\n",
        ] {
            check(reply, reply, false);
        }
    }
}
