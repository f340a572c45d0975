//! The program in an answer, as SandboxFusion finds it: by its fences alone. Text is cut here and never parsed.

use serde::Serialize;

/// How the program was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ExtractedType {
    /// Between two fences.
    Fenced,
    /// After a fence that nothing closes.
    IncompleteFenced,
    /// There is no fence: all of it.
    Heuristic,
    /// There is nothing.
    Empty,
}

/// A program, and how it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extracted {
    pub code: String,
    pub kind: ExtractedType,
}

/// The first block in Python, or the first of any language; what stands before the end of its reasoning is no answer.
pub(super) fn extract(completion: &str) -> Extracted {
    let answer = completion.rsplit_once("</think>").map_or(completion, |(_, answer)| answer);
    let blocks = blocks(answer);
    let whole = || blocks.iter().filter(|block| block.is_closed);
    let chosen = whole().find(|block| block.is_python()).or_else(|| whole().next()).or(blocks.first());
    match chosen {
        Some(block) if block.is_closed => Extracted { code: block.code.clone(), kind: ExtractedType::Fenced },
        Some(block) => Extracted { code: block.code.clone(), kind: ExtractedType::IncompleteFenced },
        None if answer.trim().is_empty() => Extracted { code: String::new(), kind: ExtractedType::Empty },
        None => Extracted { code: answer.to_owned(), kind: ExtractedType::Heuristic },
    }
}

struct Block {
    language: String,
    code: String,
    is_closed: bool,
}

impl Block {
    fn is_python(&self) -> bool {
        matches!(self.language.as_str(), "python" | "python3" | "py")
    }
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for line in text.split_inclusive('\n') {
        let fence = line.trim().strip_prefix("```");
        open = match (open.take(), fence) {
            (None, None) => None,
            (None, Some(language)) => {
                Some(Block { language: language.trim().to_lowercase(), code: String::new(), is_closed: false })
            }
            (Some(block), None) => Some(Block { code: block.code + line, ..block }),
            (Some(block), Some(_)) => {
                blocks.push(Block { is_closed: true, ..block });
                None
            }
        };
    }
    blocks.extend(open);
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(completion: &str, code: &str, kind: ExtractedType) {
        assert_eq!(extract(completion), Extracted { code: code.to_owned(), kind }, "{completion:?}");
    }

    #[test]
    fn fences_decide() {
        check("Here:\n```python\nx = 1\n```\nDone.", "x = 1\n", ExtractedType::Fenced);
        check("```sh\nls\n```\n```py\nx = 1\n```", "x = 1\n", ExtractedType::Fenced);
        check("```\nx = 1\n```", "x = 1\n", ExtractedType::Fenced);
        check("<think>```python\nno\n```</think>\n```python\nyes\n```", "yes\n", ExtractedType::Fenced);
        check("```python\nx = 1\n", "x = 1\n", ExtractedType::IncompleteFenced);
        check("x = 1\n", "x = 1\n", ExtractedType::Heuristic);
        check(" \n", "", ExtractedType::Empty);
    }
}
