//! Interactive sessions: the code behind the `>>> ` prompts. What the session printed is dropped.

/// The code of a session, if the text starts as one.
pub(crate) fn code(text: &str) -> Option<String> {
    text.trim_start().starts_with(">>>").then(|| code_anywhere(text)).flatten()
}

/// The code of all lines with prompts, if there are any; prose around them is dropped.
pub(crate) fn code_anywhere(text: &str) -> Option<String> {
    let mut code = String::new();
    let mut after_prompt = false;
    for line in text.lines() {
        let line = line.trim_start();
        after_prompt = match line.strip_prefix(">>>").or(line.strip_prefix("...").filter(|_| after_prompt)) {
            Some(rest) if rest.is_empty() || rest.starts_with(' ') => {
                code.push_str(rest.strip_prefix(' ').unwrap_or(rest));
                code.push('\n');
                true
            }
            _ => false,
        };
    }
    (!code.trim().is_empty()).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(code(text).as_deref(), expected, "{text:?}");
    }

    #[test]
    fn prompts_and_output_are_dropped() {
        check(">>> x = 1\n>>> x\n1\n", Some("x = 1\nx\n"));
        check(">>> def f():\n...     return 1\n...\n>>> f()\n1\n...\n", Some("def f():\n    return 1\n\nf()\n"));
        check("  >>> x\n", Some("x\n"));
        check("x = 1\n>>> x\n", None);
        check(">>>\n", None);
        check("", None);
    }
}
