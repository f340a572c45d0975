//! Prompts to fill in the middle, per family of models, for servers that take nothing but a text.
//!
//! Such servers read special tokens inside of users' code as well, so code that has some is refused.

use proofhouse_types::{GenerationFailure, ModelFacts};

use crate::refusal::unsupported;

/// Raised when a prompt changes: replies to another one are others.
pub(crate) const TEMPLATES_VERSION: u32 = 1;

/// Models that were trained on the same special tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Qwen2.5-Coder and Qwen3-Coder.
    Qwen,
    CodeGemma,
    Codestral,
    DeepSeekCoder,
    /// Both StarCoders.
    StarCoder,
    CodeLlama,
}

impl Family {
    /// The family of a model, by its name or, where it tells enough, its architecture.
    pub(crate) fn of(name: Option<&str>, facts: &ModelFacts) -> Option<Family> {
        let names = [name, facts.name.as_deref()];
        names.into_iter().flatten().find_map(Family::of_name).or(match facts.architecture.as_deref() {
            Some("starcoder" | "starcoder2") => Some(Family::StarCoder),
            Some(_) | None => None,
        })
    }

    fn of_name(name: &str) -> Option<Family> {
        let plain: String = name.to_ascii_lowercase().chars().filter(char::is_ascii_alphanumeric).collect();
        let families = [
            (["qwen", "coder"], Family::Qwen),
            (["codegemma", ""], Family::CodeGemma),
            (["codestral", ""], Family::Codestral),
            (["deepseek", "coder"], Family::DeepSeekCoder),
            (["starcoder", ""], Family::StarCoder),
            (["codellama", ""], Family::CodeLlama),
        ];
        families.into_iter().find(|(words, _)| words.iter().all(|word| plain.contains(word))).map(|(_, family)| family)
    }

    /// The prompt that asks for what stands between two texts.
    pub(crate) fn prompt(self, prefix: &str, suffix: &str) -> Result<String, GenerationFailure> {
        self.check(prefix, suffix)?;
        Ok(match self {
            Family::Qwen | Family::CodeGemma => format!("<|fim_prefix|>{prefix}<|fim_suffix|>{suffix}<|fim_middle|>"),
            Family::Codestral => format!("[SUFFIX]{suffix}[PREFIX]{prefix}"),
            Family::DeepSeekCoder => format!("<｜fim▁begin｜>{prefix}<｜fim▁hole｜>{suffix}<｜fim▁end｜>"),
            Family::StarCoder => format!("<fim_prefix>{prefix}<fim_suffix>{suffix}<fim_middle>"),
            Family::CodeLlama => format!("<PRE> {prefix} <SUF>{suffix} <MID>"),
        })
    }

    /// Refuses code with special tokens in it.
    pub(crate) fn check(self, prefix: &str, suffix: &str) -> Result<(), GenerationFailure> {
        let has = |token: &&&str| prefix.contains(**token) || suffix.contains(**token);
        match self.tokens().iter().chain(self.stop()).find(has) {
            Some(token) => {
                Err(unsupported(&format!("the code has `{token}`, which the model would take for its own mark")))
            }
            None => Ok(()),
        }
    }

    /// What ends the text between: other files' beginnings, and the marks themselves.
    pub(crate) fn stop(self) -> &'static [&'static str] {
        match self {
            Family::Qwen => &["<|endoftext|>", "<|fim_pad|>", "<|file_sep|>", "<|repo_name|>"],
            Family::CodeGemma => &["<|file_separator|>", "<eos>", "<end_of_turn>"],
            Family::Codestral => &["[MIDDLE]", "</s>"],
            Family::DeepSeekCoder => &["<｜end▁of▁sentence｜>", "<|EOT|>"],
            Family::StarCoder => &["<|endoftext|>", "<file_sep>", "<repo_name>"],
            Family::CodeLlama => &["<EOT>", "</s>"],
        }
    }

    /// The marks of the prompt, and others that change what a model takes a text for.
    fn tokens(self) -> &'static [&'static str] {
        match self {
            Family::Qwen => &["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<|im_start|>", "<|im_end|>"],
            Family::CodeGemma => &["<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>", "<start_of_turn>", "<bos>"],
            Family::Codestral => &["[PREFIX]", "[SUFFIX]", "[INST]", "[/INST]", "<s>"],
            Family::DeepSeekCoder => &["<｜fim▁begin｜>", "<｜fim▁hole｜>", "<｜fim▁end｜>", "<｜begin▁of▁sentence｜>"],
            Family::StarCoder => &["<fim_prefix>", "<fim_suffix>", "<fim_middle>", "<fim_pad>"],
            Family::CodeLlama => &["<PRE>", "<SUF>", "<MID>", "<s>"],
        }
    }
}

/// The prompt of a model without one of its own, and what ends its reply.
pub(crate) fn prompt(
    name: Option<&str>,
    facts: &ModelFacts,
    prefix: &str,
    suffix: &str,
) -> Result<(String, &'static [&'static str]), GenerationFailure> {
    let family = Family::of(name, facts)
        .ok_or_else(|| unsupported("no template to fill in the middle is known for this model, by its name"))?;
    Ok((family.prompt(prefix, suffix)?, family.stop()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FAMILIES: [Family; 6] = [
        Family::Qwen,
        Family::CodeGemma,
        Family::Codestral,
        Family::DeepSeekCoder,
        Family::StarCoder,
        Family::CodeLlama,
    ];

    fn check(name: &str, expected: Option<&str>) {
        let prompt = prompt(Some(name), &ModelFacts::default(), "P", "S").ok().map(|(prompt, _)| prompt);
        assert_eq!(prompt.as_deref(), expected, "{name}");
    }

    #[test]
    fn each_family_has_its_prompt() {
        check("qwen2.5-coder:7b", Some("<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>"));
        check("Qwen/Qwen3-Coder-30B", Some("<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>"));
        check("codegemma:2b-code", Some("<|fim_prefix|>P<|fim_suffix|>S<|fim_middle|>"));
        check("mistralai/Codestral-22B-v0.1", Some("[SUFFIX]S[PREFIX]P"));
        check("deepseek-coder-v2:lite", Some("<｜fim▁begin｜>P<｜fim▁hole｜>S<｜fim▁end｜>"));
        check("bigcode/starcoder2-3b", Some("<fim_prefix>P<fim_suffix>S<fim_middle>"));
        check("CodeLlama-7b", Some("<PRE> P <SUF>S <MID>"));
        check("code-llama", Some("<PRE> P <SUF>S <MID>"));
        check("qwen2.5:7b", None);
        check("deepseek-r1", None);
        check("llama3", None);
    }

    #[test]
    fn an_architecture_tells_where_the_name_does_not() {
        let facts =
            |architecture: &str| ModelFacts { architecture: Some(architecture.to_owned()), ..ModelFacts::default() };
        assert_eq!(Family::of(Some("mine"), &facts("starcoder2")), Some(Family::StarCoder));
        assert_eq!(Family::of(Some("mine"), &facts("qwen2")), None);
        let named = ModelFacts { name: Some("codestral".to_owned()), ..ModelFacts::default() };
        assert_eq!(Family::of(None, &named), Some(Family::Codestral));
    }

    #[test]
    fn code_with_special_tokens_is_refused_by_name() {
        for family in FAMILIES {
            for token in family.tokens().iter().chain(family.stop()) {
                for (prefix, suffix) in [(*token, ""), ("", *token)] {
                    let refused = family.prompt(prefix, suffix).unwrap_err();
                    assert!(refused.message.contains(token), "{refused:?}");
                }
            }
            assert!(family.prompt("x = '<fim>'", "<|>").is_ok());
        }
    }

    #[test]
    fn the_marks_of_a_prompt_are_among_those_that_are_refused() {
        for family in FAMILIES {
            let mut rest = family.prompt("", "").unwrap();
            for token in family.tokens() {
                rest = rest.replace(token, "");
            }
            assert_eq!(rest.trim(), "", "{family:?}");
        }
    }
}
