//! What a server says that can't be so, or did without being asked.

use proofhouse_types::{Ask, GenerationRequest};

use crate::reply::Reply;

/// Bytes that a token of a prompt stands for at most, on average: code and prose have 3 to 5, long rows of blanks 8.
const MOST_BYTES_PER_TOKEN: u64 = 12;

/// Prompts that are too short to tell by.
const FEW_BYTES: u64 = 2048;

/// Bytes that a prompt may lose on its way to tokens and back: some tokenizers drop a blank at each text's start.
const LOST_BYTES: usize = 8;

/// Notes on a whole reply what can't be.
pub(crate) fn note(asked_model: Option<&str>, request: &GenerationRequest, reply: &mut Reply<'_>) {
    if let (Some(asked), Some(there)) = (asked_model, &reply.model)
        && !is_same_model(asked, there)
    {
        reply.doubt("another_model");
    }
    let usage = reply.usage;
    let bytes = prompt_bytes(&request.ask);
    let few_tokens = |tokens: u64| bytes > FEW_BYTES && tokens.saturating_mul(MOST_BYTES_PER_TOKEN) < bytes;
    let lacks = |repeated: usize| (repeated + LOST_BYTES) < bytes as usize;
    if usage.prompt_tokens.is_some_and(few_tokens) || reply.repeated_prompt.is_some_and(lacks) {
        reply.doubt("prompt_trimmed");
    }
    let Some(completion) = usage.completion_tokens else {
        reply.doubt("usage_missing");
        return;
    };
    if (completion == 0 && reply.last_piece().is_some())
        || completion > u64::from(request.sampling.max_tokens).saturating_add(1)
        || usage.reasoning_tokens.is_some_and(|reasoning| reasoning > completion)
        || usage.cached_tokens.zip(usage.prompt_tokens).is_some_and(|(cached, prompt)| cached > prompt)
    {
        reply.doubt("usage_disagrees");
    }
}

/// Whether a server's name for a model may be that of the model that was asked for: the same, with a tag, a date or a folder
/// around it.
pub(crate) fn is_same_model(asked: &str, there: &str) -> bool {
    let plain = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.strip_suffix(".gguf").unwrap_or(&name).to_owned()
    };
    let (asked, there) = (plain(asked), plain(there));
    let file = there.rsplit(['/', '\\']).next().unwrap_or_default();
    let begins =
        |name: &str| name.strip_prefix(&asked).is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '-', '@']));
    begins(&there) || begins(file) || asked.rsplit('/').next() == Some(file)
}

fn prompt_bytes(ask: &Ask) -> u64 {
    let texts: [&str; 2] = match ask {
        Ask::Chat { system, user } => [system.as_deref().unwrap_or_default(), user],
        Ask::Complete { prompt } => [prompt, ""],
        Ask::Fim { prefix, suffix } => [prefix, suffix],
    };
    texts.iter().map(|text| text.len() as u64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_known_under_the_names_that_servers_give_it() {
        for (asked, there) in [
            ("devstral", "devstral:latest"),
            ("claude-sonnet-4-5", "claude-sonnet-4-5-20250929"),
            ("tiny", "/models/tiny.gguf"),
            ("tiny.gguf", "C:\\models\\tiny.gguf"),
            ("qwen/Qwen2.5-Coder", "qwen2.5-coder"),
        ] {
            assert!(is_same_model(asked, there), "{asked} {there}");
        }
        for (asked, there) in [("devstral", "codestral"), ("qwen2", "qwen2.5"), ("llama:8b", "llama:70b")] {
            assert!(!is_same_model(asked, there), "{asked} {there}");
        }
    }
}
