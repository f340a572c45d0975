//! What is asked, as the tokens that a model is handed.

use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::vocab::LlamaVocab;
use proofhouse_types::{Ask, FailureKind, GenerationFailure, Thinking};

use super::template::Template;
use crate::embedded::wire::Part;
use crate::refusal::failure;

/// A model's way to make tokens of what is asked.
pub(super) struct Prompts<'model> {
    vocabulary: LlamaVocab<'model>,
    template: Option<Template>,
    start: String,
    end: String,
}

/// What a model is handed.
pub(super) struct Prompt {
    pub(super) tokens: Vec<LlamaToken>,
    /// What the reply begins with.
    pub(super) part: Part,
}

impl<'model> Prompts<'model> {
    pub(super) fn of(model: &'model LlamaModel) -> Result<Prompts<'model>, String> {
        let vocabulary = model.vocab();
        let text = |token: LlamaToken| match is_there(token) {
            true => String::from_utf8_lossy(&vocabulary.token_to_piece(token, true, None)).into_owned(),
            false => String::new(),
        };
        let (start, end) = (text(vocabulary.bos()), text(vocabulary.eos()));
        let source = model.chat_template(None).ok().and_then(|template| template.to_string().ok());
        let template = source.map(|source| Template::new(source, &start, &end)).transpose();
        let template = template.map_err(|error| format!("its chat template can't be read: {error:#}"))?;
        Ok(Prompts { vocabulary, template, start, end })
    }

    /// The tokens for what is asked.
    pub(super) fn of_ask(&self, ask: &Ask, thinking: Thinking) -> Result<Prompt, GenerationFailure> {
        let answer = |tokens| Prompt { tokens, part: Part::Answer };
        match ask {
            Ask::Chat { system, user } => self.chat(system.as_deref(), user, thinking),
            Ask::Complete { prompt } => Ok(answer(self.vocabulary.tokenize(prompt.as_bytes(), true, true))),
            Ask::Fim { prefix, suffix } => self.fim(prefix, suffix).map(answer),
        }
    }

    fn chat(&self, system: Option<&str>, user: &str, thinking: Thinking) -> Result<Prompt, GenerationFailure> {
        let no_template = || failure(FailureKind::Unsupported, "the file has no chat template");
        let template = self.template.as_ref().ok_or_else(no_template)?;
        let refused = |error| failure(FailureKind::Rejected, &format!("the chat template refuses: {error:#}"));
        let text = template.render(system, user, thinking).map_err(refused)?;
        let part = if text.trim_end().ends_with("<think>") { Part::Reasoning } else { Part::Answer };
        // Those marks that the tokenizer adds by itself, it shall not find there.
        let mut bare = text.as_str();
        if self.vocabulary.should_add_bos() {
            bare = bare.strip_prefix(&self.start).unwrap_or(bare);
        }
        if self.vocabulary.should_add_eos() {
            bare = bare.strip_suffix(&self.end).unwrap_or(bare);
        }
        Ok(Prompt { tokens: self.vocabulary.tokenize(bare.as_bytes(), true, true), part })
    }

    /// A gap between two texts, in the marks that the file names. Marks within the texts are text.
    fn fim(&self, prefix: &str, suffix: &str) -> Result<Vec<LlamaToken>, GenerationFailure> {
        let vocabulary = &self.vocabulary;
        let (before, after, gap) = (vocabulary.fim_pre(), vocabulary.fim_suf(), vocabulary.fim_mid());
        if !is_there(before) || !is_there(after) {
            return Err(failure(FailureKind::Unsupported, "the model has no tokens to fill in the middle with"));
        }
        let text = |text: &str| vocabulary.tokenize(text.as_bytes(), false, false);
        let mut tokens = match vocabulary.should_add_bos() && is_there(vocabulary.bos()) {
            true => vec![vocabulary.bos()],
            false => Vec::new(),
        };
        let (prefix, suffix) = ((before, text(prefix)), (after, text(suffix)));
        // Without a mark for the gap, it follows the prefix: so Codestral was trained.
        let in_order = if is_there(gap) { [prefix, suffix] } else { [suffix, prefix] };
        for (mark, text) in in_order {
            tokens.push(mark);
            tokens.extend(text);
        }
        tokens.extend(Some(gap).filter(|gap| is_there(*gap)));
        Ok(tokens)
    }
}

/// Whether a vocabulary has such a token: `LLAMA_TOKEN_NULL` is -1.
fn is_there(token: LlamaToken) -> bool {
    token.0 >= 0
}
