//! The languages whose text can be parsed, and how a file or a name tells which one it is.

use std::path::Path;

use tree_sitter::{Language, Parser, Tree};

/// A language with a grammar.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Grammar {
    /// Bourne shell and Bash.
    Bash,
    /// C.
    C,
    /// C#.
    CSharp,
    /// C++.
    Cpp,
    /// Go.
    Go,
    /// Java.
    Java,
    /// JavaScript, with JSX.
    JavaScript,
    /// PHP, inside or outside HTML.
    Php,
    /// Python.
    Python,
    /// Ruby.
    Ruby,
    /// Rust.
    Rust,
    /// SQL of several dialects.
    Sql,
    /// TypeScript.
    TypeScript,
    /// TypeScript with JSX.
    Tsx,
}

impl Grammar {
    /// Every language, in the order of their names.
    pub const ALL: [Grammar; 14] = [
        Self::Bash,
        Self::C,
        Self::CSharp,
        Self::Cpp,
        Self::Go,
        Self::Java,
        Self::JavaScript,
        Self::Php,
        Self::Python,
        Self::Ruby,
        Self::Rust,
        Self::Sql,
        Self::TypeScript,
        Self::Tsx,
    ];

    /// The language's name as users write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bash => "bash",
            Self::C => "c",
            Self::CSharp => "csharp",
            Self::Cpp => "cpp",
            Self::Go => "go",
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::Php => "php",
            Self::Python => "python",
            Self::Ruby => "ruby",
            Self::Rust => "rust",
            Self::Sql => "sql",
            Self::TypeScript => "typescript",
            Self::Tsx => "tsx",
        }
    }

    /// The language of a name, an alias or a file extension without its dot; case does not matter.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "bash" | "sh" | "shell" | "ksh" | "zsh" => Self::Bash,
            "c" | "h" => Self::C,
            "csharp" | "c#" | "cs" => Self::CSharp,
            "cpp" | "c++" | "cc" | "cxx" | "hpp" | "hh" | "hxx" => Self::Cpp,
            "go" | "golang" => Self::Go,
            "java" => Self::Java,
            "javascript" | "js" | "jsx" | "mjs" | "cjs" | "node" => Self::JavaScript,
            "php" | "phtml" => Self::Php,
            "python" | "py" | "pyw" | "pyi" | "python3" => Self::Python,
            "ruby" | "rb" | "rake" | "gemspec" => Self::Ruby,
            "rust" | "rs" => Self::Rust,
            "sql" => Self::Sql,
            "typescript" | "ts" | "mts" | "cts" => Self::TypeScript,
            "tsx" => Self::Tsx,
            _ => return None,
        })
    }

    /// The language of a file, by its extension or by the names that have none.
    pub fn of_path(path: &Path) -> Option<Self> {
        match path.extension() {
            Some(extension) => Self::of_extension(extension.to_str()?),
            None => match path.file_name()?.to_str()? {
                "Rakefile" | "Gemfile" => Some(Self::Ruby),
                _ => None,
            },
        }
    }

    /// The language of a script whose first line names its interpreter.
    pub fn of_shebang(text: &str) -> Option<Self> {
        let line = text.lines().next()?.strip_prefix("#!")?;
        let mut words = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
        let mut program = words.next()?;
        if program == "env" {
            program = words.find(|word| !word.starts_with('-') && !word.contains('='))?;
        }
        Self::named(program.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.'))
    }

    fn of_extension(extension: &str) -> Option<Self> {
        // Words that name a language without being an extension of its files.
        let is_name = ["bash", "shell", "golang", "node", "python3", "c#", "c++"];
        match Self::named(extension) {
            Some(Self::Bash) if extension == "bash" => Some(Self::Bash),
            Some(found) if !is_name.contains(&extension) => Some(found),
            _ => None,
        }
    }

    /// The grammar itself.
    pub fn language(self) -> Language {
        match self {
            Self::Bash => tree_sitter_bash::LANGUAGE.into(),
            Self::C => tree_sitter_c::LANGUAGE.into(),
            Self::CSharp => tree_sitter_c_sharp::LANGUAGE.into(),
            Self::Cpp => tree_sitter_cpp::LANGUAGE.into(),
            Self::Go => tree_sitter_go::LANGUAGE.into(),
            Self::Java => tree_sitter_java::LANGUAGE.into(),
            Self::JavaScript => tree_sitter_javascript::LANGUAGE.into(),
            Self::Php => tree_sitter_php::LANGUAGE_PHP.into(),
            Self::Python => tree_sitter_python::LANGUAGE.into(),
            Self::Ruby => tree_sitter_ruby::LANGUAGE.into(),
            Self::Rust => tree_sitter_rust::LANGUAGE.into(),
            Self::Sql => tree_sitter_sequel::LANGUAGE.into(),
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT.into(),
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX.into(),
        }
    }

    /// The tree of a text, however damaged the text.
    pub fn tree(self, text: &str) -> Tree {
        let mut parser = Parser::new();
        let language = match self {
            // A fragment that never opens PHP is PHP throughout, not HTML.
            Self::Php if !text.contains("<?") => tree_sitter_php::LANGUAGE_PHP_ONLY.into(),
            _ => self.language(),
        };
        parser.set_language(&language).expect("the grammar is built for this version of tree-sitter");
        parser.parse(text, None).expect("a parser with a language and without a deadline returns a tree")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_grammar_loads_and_is_found_by_its_name() {
        for grammar in Grammar::ALL {
            assert_eq!(Grammar::named(grammar.name()), Some(grammar));
            assert!(grammar.tree("x").root_node().end_byte() <= 1);
        }
    }

    #[test]
    fn files_tell_their_language() {
        let cases = [
            ("a/b.py", Some(Grammar::Python)),
            ("b.tsx", Some(Grammar::Tsx)),
            ("b.h", Some(Grammar::C)),
            ("b.hpp", Some(Grammar::Cpp)),
            ("b.sh", Some(Grammar::Bash)),
            ("b.golang", None),
            ("Makefile", None),
            ("Gemfile", Some(Grammar::Ruby)),
            ("b.txt", None),
        ];
        for (path, expected) in cases {
            assert_eq!(Grammar::of_path(Path::new(path)), expected, "{path}");
        }
    }

    #[test]
    fn scripts_tell_their_interpreter() {
        let cases = [
            ("#!/bin/sh\nls", Some(Grammar::Bash)),
            ("#!/usr/bin/env python3.12\n", Some(Grammar::Python)),
            ("#!/usr/bin/env -S FOO=1 node\n", Some(Grammar::JavaScript)),
            ("#!/usr/bin/perl\n", None),
            ("ls", None),
        ];
        for (text, expected) in cases {
            assert_eq!(Grammar::of_shebang(text), expected, "{text}");
        }
    }
}
