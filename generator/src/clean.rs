//! What a server says, made fit to be kept and shown: without the key, should the server have repeated it, without what moves a
//! terminal's cursor, and failures no longer than anyone reads.

use proofhouse_types::{Generation, GenerationFailure, ModelFacts};

use crate::options::Key;

/// Characters of a failure that are kept: enough for every known one, and no page of HTML.
const MOST_MESSAGE_CHARS: usize = 500;

/// Characters of a key that is taken out of replies and facts. Shorter ones are a server's stand-ins, such as `EMPTY` or `ollama`:
/// words that a reply may well have.
const LEAST_KEY_CHARS: usize = 8;

/// A text in one line, with a mark for each control character: an escape sequence would act on the terminal that shows it.
pub(crate) fn one_line(text: &str) -> String {
    visible(&text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The beginning of a failure's message, as much as is kept.
pub(crate) fn cut(message: &str) -> String {
    message.chars().take(MOST_MESSAGE_CHARS).collect()
}

/// A failure as it goes out.
pub(crate) fn failure(key: Option<&Key>, failure: &mut GenerationFailure) {
    if let Some(key) = key.map(Key::reveal).filter(|key| !key.is_empty()) {
        failure.message = failure.message.replace(key, "…");
    }
    failure.message = cut(&failure.message);
}

/// A reply as it goes out. Its text keeps its control characters: it is a program.
pub(crate) fn generation(key: Option<&Key>, generation: &mut Generation) {
    for refused in generation.retries.iter_mut().chain(&mut generation.failure) {
        failure(key, refused);
    }
    for said in generation.finish_reason.iter_mut().chain(&mut generation.model) {
        *said = visible(said);
    }
    let texts = [&mut generation.text, &mut generation.reasoning];
    let said = generation.finish_reason.iter_mut().chain(&mut generation.model).chain(&mut generation.doubts);
    take_out(key, texts.into_iter().chain(said));
}

/// What is known of a model, as it goes out.
pub(crate) fn facts(key: Option<&Key>, facts: &mut ModelFacts) {
    let ModelFacts { name, server, architecture, quantization, digest, template_sha256, capabilities, .. } = facts;
    let said = [name, server, architecture, quantization, digest, template_sha256].into_iter().flatten();
    let mut said: Vec<&mut String> = said.chain(capabilities).collect();
    for text in &mut said {
        **text = visible(text);
    }
    take_out(key, said);
}

fn visible(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

fn take_out<'t>(key: Option<&Key>, texts: impl IntoIterator<Item = &'t mut String>) {
    let Some(key) = key.map(Key::reveal).filter(|key| key.chars().count() >= LEAST_KEY_CHARS) else { return };
    for text in texts {
        if text.contains(key) {
            *text = text.replace(key, "…");
        }
    }
}

#[cfg(test)]
mod tests {
    use proofhouse_types::FailureKind;
    use serde_json::json;

    use super::*;
    use crate::refusal::{in_stream, of_status};

    const KEY: &str = "sk-secret-abcdef0123456789";

    fn key() -> Key {
        Key::new(KEY.to_owned())
    }

    #[test]
    fn a_key_is_in_no_failure_wherever_it_stands() {
        for before in [0, 10, MOST_MESSAGE_CHARS - 30, MOST_MESSAGE_CHARS - 12, MOST_MESSAGE_CHARS - 5] {
            let said = format!("{} {KEY} is no key", "x".repeat(before));
            let error = json!({ "error": { "message": said } });
            for mut refused in
                [of_status(401, said.as_bytes()), of_status(400, error.to_string().as_bytes()), in_stream(&error)]
            {
                failure(Some(&key()), &mut refused);
                assert!(!refused.message.contains("sk-"), "{before}: {}", refused.message);
                assert!(refused.message.chars().count() <= MOST_MESSAGE_CHARS, "{before}");
            }
        }
    }

    #[test]
    fn a_key_that_is_repeated_is_in_no_reply() {
        let said = || format!("a {KEY} b");
        let refused = || GenerationFailure { kind: FailureKind::Rejected, message: said() };
        let mut came = Generation {
            text: said(),
            reasoning: said(),
            model: Some(said()),
            finish_reason: Some(said()),
            doubts: vec![said()],
            retries: vec![refused()],
            failure: Some(refused()),
            ..Generation::default()
        };
        generation(Some(&key()), &mut came);
        let written = serde_json::to_string(&came).unwrap();
        assert!(!written.contains("sk-"), "{written}");
        assert_eq!(written.matches("a … b").count(), 7, "{written}");
    }

    #[test]
    fn a_key_that_is_repeated_is_in_no_fact() {
        let said = || Some(format!("a {KEY} b"));
        let mut known = ModelFacts {
            name: said(),
            server: said(),
            architecture: said(),
            quantization: said(),
            digest: said(),
            template_sha256: said(),
            capabilities: said().into_iter().collect(),
            ..ModelFacts::default()
        };
        facts(Some(&key()), &mut known);
        let written = serde_json::to_string(&known).unwrap();
        assert!(!written.contains("sk-"), "{written}");
        assert_eq!(written.matches("a … b").count(), 7, "{written}");
    }

    #[test]
    fn a_stand_in_for_a_key_stays_a_word() {
        let mut came = Generation { text: "pip install ollama".to_owned(), ..Generation::default() };
        generation(Some(&Key::new("ollama".to_owned())), &mut came);
        assert_eq!(came.text, "pip install ollama");
    }

    #[test]
    fn what_moves_a_cursor_is_shown_as_a_mark() {
        assert_eq!(one_line("a\u{1b}[2J\r\n\tb\u{9b}\u{7f}\u{7}"), "a\u{fffd}[2J b\u{fffd}\u{fffd}\u{fffd}");
        let mut known = ModelFacts { name: Some("m\u{1b}]0;x\u{7}".to_owned()), ..ModelFacts::default() };
        facts(None, &mut known);
        assert_eq!(known.name.as_deref(), Some("m\u{fffd}]0;x\u{fffd}"));
        let said = Some("\u{1b}[1m".to_owned());
        let text = "print('\u{1b}[1m')".to_owned();
        let mut came = Generation { text, finish_reason: said.clone(), model: said, ..Generation::default() };
        generation(None, &mut came);
        assert_eq!((came.finish_reason.as_deref(), came.model.as_deref()), (Some("\u{fffd}[1m"), Some("\u{fffd}[1m")));
        assert_eq!(came.text, "print('\u{1b}[1m')");
    }
}
