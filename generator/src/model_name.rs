//! How a model is named: `BACKEND:NAME`, `BACKEND:NAME@URL` or `BACKEND:@URL`.

use std::fmt;
use std::str::FromStr;

/// A kind of model server, or a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BackendKind {
    /// Ollama's own API.
    Ollama,
    /// llama.cpp's server.
    LlamaCpp,
    /// vLLM's OpenAI-style server.
    Vllm,
    /// LM Studio.
    LmStudio,
    /// Any other server with an OpenAI-style API.
    OpenAi,
    /// Servers with Anthropic's Messages API.
    Anthropic,
    /// A GGUF file, run in a process of our own.
    Gguf,
}

impl BackendKind {
    /// All of them, in the order of the documentation.
    pub const ALL: [BackendKind; 7] = [
        BackendKind::Ollama,
        BackendKind::LlamaCpp,
        BackendKind::Vllm,
        BackendKind::LmStudio,
        BackendKind::OpenAi,
        BackendKind::Anthropic,
        BackendKind::Gguf,
    ];

    /// The word in front of the colon.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            BackendKind::Ollama => "ollama",
            BackendKind::LlamaCpp => "llamacpp",
            BackendKind::Vllm => "vllm",
            BackendKind::LmStudio => "lmstudio",
            BackendKind::OpenAi => "openai",
            BackendKind::Anthropic => "anthropic",
            BackendKind::Gguf => "gguf",
        }
    }

    /// Where its server listens unless told otherwise; none where there is no server.
    #[must_use]
    pub fn default_url(self) -> Option<&'static str> {
        match self {
            BackendKind::Ollama => Some("http://127.0.0.1:11434"),
            BackendKind::LlamaCpp => Some("http://127.0.0.1:8080"),
            BackendKind::Vllm => Some("http://127.0.0.1:8000"),
            BackendKind::LmStudio => Some("http://127.0.0.1:1234"),
            BackendKind::OpenAi => Some("https://api.openai.com"),
            BackendKind::Anthropic => Some("https://api.anthropic.com"),
            BackendKind::Gguf => None,
        }
    }

    /// The environment variable that its key is read from, by whoever reads the environment.
    #[must_use]
    pub fn key_variable(self) -> Option<&'static str> {
        match self {
            BackendKind::Ollama => Some("OLLAMA_API_KEY"),
            BackendKind::LlamaCpp => Some("LLAMA_API_KEY"),
            BackendKind::Vllm => Some("VLLM_API_KEY"),
            BackendKind::LmStudio => Some("LM_API_TOKEN"),
            BackendKind::OpenAi => Some("OPENAI_API_KEY"),
            BackendKind::Anthropic => Some("ANTHROPIC_API_KEY"),
            BackendKind::Gguf => None,
        }
    }
}

/// A model: on which kind of server, by which name, and where.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelName {
    /// The kind of server.
    pub backend: BackendKind,
    /// The model's name there, or the path of a file; none takes whatever the server has loaded.
    pub name: Option<String>,
    /// The server's address without a slash at its end; none where there is no server.
    pub url: Option<String>,
}

/// Why a text names no model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseModelNameError {
    /// No colon, or another word in front of it.
    #[error(
        "`{0}` is no model: expected `BACKEND:NAME`, with a backend of ollama, llamacpp, vllm, lmstudio, openai, anthropic or gguf"
    )]
    Backend(String),
    /// Neither a name nor something that can do without.
    #[error("`{0}` names no model: expected a name, such as `{1}`")]
    NoName(String, &'static str),
    /// What follows the `@` is no address.
    #[error(
        "`{0}` has no address behind `@`: expected `http://HOST:PORT` or `https://…`, without a user or a key in it"
    )]
    Address(String),
}

impl FromStr for ModelName {
    type Err = ParseModelNameError;

    fn from_str(text: &str) -> Result<ModelName, ParseModelNameError> {
        let unknown = || ParseModelNameError::Backend(without_address(text));
        let (word, rest) = text.split_once(':').ok_or_else(unknown)?;
        let backend = match word {
            "llama.cpp" => BackendKind::LlamaCpp,
            _ => BackendKind::ALL.into_iter().find(|kind| kind.name() == word).ok_or_else(unknown)?,
        };
        let no_name = |example| ParseModelNameError::NoName(without_address(text), example);
        if backend == BackendKind::Gguf {
            let name = Some(rest).filter(|path| !path.is_empty()).ok_or_else(|| no_name("gguf:./model.gguf"))?;
            return Ok(ModelName { backend, name: Some(name.to_owned()), url: None });
        }
        let no_address = || ParseModelNameError::Address(without_address(text));
        // Names have `@` in them on some servers, but no `@http`, and nothing behind it that looks like another address.
        let (name, url) = match rest.find("@http").map(|at| (&rest[..at], &rest[at + 1..])) {
            Some((name, url)) => (name, address(url).ok_or_else(no_address)?),
            None if rest.rsplit_once('@').is_some_and(|(_, end)| end.contains(':')) || rest.starts_with('@') => {
                return Err(no_address());
            }
            None => (rest, backend.default_url().unwrap_or_default().to_owned()),
        };
        let name = (!name.is_empty()).then(|| name.to_owned());
        match (backend, &name) {
            (BackendKind::Ollama, None) => Err(no_name("ollama:devstral")),
            (BackendKind::Anthropic, None) => Err(no_name("anthropic:claude-sonnet-4-5")),
            (_, _) => Ok(ModelName { backend, name, url: Some(url) }),
        }
    }
}

/// What can be shown of a text that names no model: nothing of an address, which may have a key in it.
fn without_address(text: &str) -> String {
    let ends = ["@http", ":@", "://"].iter().filter_map(|mark| Some(text.find(mark)? + mark.len()));
    ends.min().map_or(text.to_owned(), |end| format!("{}…", &text[..end]))
}

/// An address without a slash at its end and without `/v1`, which every client adds by itself.
fn address(url: &str) -> Option<String> {
    let host = url.strip_prefix("http://").or(url.strip_prefix("https://"))?;
    let authority = host.split('/').next().unwrap_or_default();
    if authority.is_empty() || authority.contains('@') || host.contains(['?', '#', ' ']) {
        return None;
    }
    let url = url.trim_end_matches('/');
    Some(url.strip_suffix("/v1").unwrap_or(url).to_owned())
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.backend.name(), self.name.as_deref().unwrap_or_default())?;
        match &self.url {
            Some(url) if self.backend.default_url() != Some(url) || self.name.is_none() => write!(f, "@{url}"),
            Some(_) | None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, backend: BackendKind, name: Option<&str>, url: Option<&str>, shown: &str) {
        let expected = ModelName { backend, name: name.map(str::to_owned), url: url.map(str::to_owned) };
        let parsed: ModelName = text.parse().unwrap();
        assert_eq!(parsed, expected, "{text}");
        assert_eq!(parsed.to_string(), shown, "{text}");
        assert_eq!(shown.parse::<ModelName>().unwrap(), expected, "{text} again");
    }

    #[test]
    fn models_are_named_by_backend_name_and_address() {
        check(
            "ollama:devstral",
            BackendKind::Ollama,
            Some("devstral"),
            Some("http://127.0.0.1:11434"),
            "ollama:devstral",
        );
        let tagged = "ollama:qwen2.5-coder:7b@http://box:1/";
        check(
            tagged,
            BackendKind::Ollama,
            Some("qwen2.5-coder:7b"),
            Some("http://box:1"),
            "ollama:qwen2.5-coder:7b@http://box:1",
        );
        let local = "llamacpp:@http://127.0.0.1:8099";
        check(local, BackendKind::LlamaCpp, None, Some("http://127.0.0.1:8099"), local);
        check(
            "llama.cpp:",
            BackendKind::LlamaCpp,
            None,
            Some("http://127.0.0.1:8080"),
            "llamacpp:@http://127.0.0.1:8080",
        );
        let nested = "openai:a/b@c@https://host/api/v1";
        check(nested, BackendKind::OpenAi, Some("a/b@c"), Some("https://host/api"), "openai:a/b@c@https://host/api");
        check("gguf:./a@http.gguf", BackendKind::Gguf, Some("./a@http.gguf"), None, "gguf:./a@http.gguf");
    }

    #[test]
    fn what_names_no_model_says_what_was_expected() {
        let cases = [
            "",
            "devstral",
            "mistral:7b",
            "ollama:",
            "gguf:",
            "vllm:x@http://",
            "vllm:x@https://key@host",
            "llamacpp:@host",
        ];
        let with_keys = [
            "vllm:x@https://sk-1@host",
            "mistral:x@https://host/sk-1",
            "x@https://sk-1@host",
            "ollama:@http://host/?sk-1",
            "https://sk-1@host",
            "llamacpp:@sk-1@host",
            "anthropic:@https://host/sk-1",
        ];
        for text in with_keys {
            let refused = text.parse::<ModelName>().unwrap_err();
            assert!(!format!("{refused} {refused:?}").contains("sk-1"), "{refused}");
        }
        for text in cases {
            assert!(text.parse::<ModelName>().is_err(), "{text}");
        }
    }
}
