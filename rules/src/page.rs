//! What people read about a rule: its page, which `docs/rules` and `--explain` have alike, and the list of all.

use crate::schema::{Category, Example, Level, Rule};

/// The page of a rule, in Markdown.
pub fn page(rule: &Rule) -> String {
    let mut out = format!("# {}\n\n", rule.title);
    let (language, _) = split(&rule.id);
    let mut rows = vec![("rule", format!("`{}`", rule.id)), ("language", language_name(language).to_owned())];
    rows.push(("severity", level(rule.severity).to_owned()));
    rows.push(("kind", category(rule.category).to_owned()));
    rows.extend(rule.cwe.iter().map(|number| ("weakness", cwe(*number))));
    rows.extend(rule.owasp.iter().map(|id| ("OWASP Top 10", owasp(id))));
    out.push_str("| | |\n|---|---|\n");
    for (name, value) in rows {
        out.push_str(&format!("| {name} | {value} |\n"));
    }
    section(&mut out, "Why it matters", &rule.why);
    section(&mut out, "How to fix it", &rule.remedy);
    examples(&mut out, "Reported", language, &rule.bad);
    examples(&mut out, "Not reported", language, &rule.good);
    examples(&mut out, "Known to be missed", language, &rule.missed);
    examples(&mut out, "Known to be reported though it is right", language, &rule.noisy);
    // Of a comment that ignores findings, no other comment can say that it is meant.
    if language == "ignore" {
        return out;
    }
    section(
        &mut out,
        "Leaving it out",
        &format!(
            "Where it is meant, say so in a comment on the line or above it: `proofhouse: ignore[{}] the reason`.",
            rule.id
        ),
    );
    out
}

/// The list of all rules, by language, with links to their pages.
pub fn index(rules: &[Rule]) -> String {
    let mut out = "# Rules\n\nWhat `proofhouse check` looks for. Each page is also what `proofhouse check --explain RULE` prints.\n".to_owned();
    let mut last = "";
    for rule in rules {
        let (language, name) = split(&rule.id);
        if language != last {
            out.push_str(&format!(
                "\n## {}\n\n| rule | severity | CWE | finds |\n|---|---|---|---|\n",
                language_name(language)
            ));
            last = language;
        }
        let cwe = rule.cwe.iter().map(u32::to_string).collect::<Vec<_>>().join(", ");
        let cell = rule.title.replace('|', "\\|");
        out.push_str(&format!("| [{name}]({language}/{name}.md) | {} | {cwe} | {cell} |\n", level(rule.severity)));
    }
    out
}

/// The language's part of an id, and the name.
fn split(id: &str) -> (&str, &str) {
    id.split_once('/').unwrap_or(("any", id))
}

fn section(out: &mut String, heading: &str, text: &str) {
    out.push_str(&format!("\n## {heading}\n\n{}\n", text.trim()));
}

fn examples(out: &mut String, heading: &str, language: &str, examples: &[Example]) {
    if examples.is_empty() {
        return;
    }
    out.push_str(&format!("\n## {heading}\n"));
    for example in examples {
        if !example.note.is_empty() {
            out.push_str(&format!("\n{}:\n", capitalised(example.note.trim().trim_end_matches([':', '.']))));
        }
        let code = example.code.trim_matches('\n');
        let fence = fence(code);
        out.push_str(&format!("\n{fence}{}\n{code}\n{fence}\n", fence_name(language)));
    }
}

fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// More backticks than the code has in a row.
fn fence(code: &str) -> String {
    let (mut longest, mut row) = (0, 0);
    for char in code.chars() {
        row = if char == '`' { row + 1 } else { 0 };
        longest = longest.max(row);
    }
    "`".repeat((longest + 1).max(3))
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Low => "low",
        Level::Medium => "medium",
        Level::High => "high",
    }
}

fn category(category: Category) -> &'static str {
    match category {
        Category::Security => "security",
        Category::Robustness => "robustness: it fails in production, though nobody attacks",
        Category::Integrity => "integrity: it games the grading",
    }
}

fn cwe(number: u32) -> String {
    format!("CWE-{number}: https://cwe.mitre.org/data/definitions/{number}.html")
}

/// A category of the OWASP Top 10 with its name in the list of 2021.
fn owasp(id: &str) -> String {
    let name = match id {
        "A01:2021" => "Broken Access Control",
        "A02:2021" => "Cryptographic Failures",
        "A03:2021" => "Injection",
        "A04:2021" => "Insecure Design",
        "A05:2021" => "Security Misconfiguration",
        "A06:2021" => "Vulnerable and Outdated Components",
        "A07:2021" => "Identification and Authentication Failures",
        "A08:2021" => "Software and Data Integrity Failures",
        "A09:2021" => "Security Logging and Monitoring Failures",
        "A10:2021" => "Server-Side Request Forgery",
        _ => return id.to_owned(),
    };
    format!("{id} {name}")
}

fn language_name(folder: &str) -> &str {
    match folder {
        "any" => "any language",
        "bash" => "Bash",
        "c" => "C and C++",
        "csharp" => "C#",
        "go" => "Go",
        "ignore" => "comments that ignore findings",
        "java" => "Java",
        "javascript" => "JavaScript and TypeScript",
        "php" => "PHP",
        "python" => "Python",
        "ruby" => "Ruby",
        "rust" => "Rust",
        "sql" => "SQL",
        other => other,
    }
}

/// What a fence calls the language.
fn fence_name(folder: &str) -> &str {
    match folder {
        // Most of these are examples in Python.
        "any" | "ignore" => "python",
        "javascript" => "js",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str = r#"
id = "javascript/code-injection"
title = "Text from outside is run as code"
cwe = [95]
owasp = ["A03:2021"]
severity = "high"
message = "m"
why = "An attacker runs code."
remedy = "Use `JSON.parse`."
[[bad]]
code = """
eval(x);
"""
[[good]]
code = "const s = `a```;"
note = "A text."
[[missed]]
code = "e(x)"
note = "behind another name"
"#;

    #[test]
    fn a_page_has_everything_that_the_rule_says() {
        let page = page(&toml::from_str(RULE).unwrap());
        assert_eq!(
            page,
            "# Text from outside is run as code\n\n\
             | | |\n|---|---|\n\
             | rule | `javascript/code-injection` |\n\
             | language | JavaScript and TypeScript |\n\
             | severity | high |\n\
             | kind | security |\n\
             | weakness | CWE-95: https://cwe.mitre.org/data/definitions/95.html |\n\
             | OWASP Top 10 | A03:2021 Injection |\n\
             \n## Why it matters\n\nAn attacker runs code.\n\
             \n## How to fix it\n\nUse `JSON.parse`.\n\
             \n## Reported\n\n```js\neval(x);\n```\n\
             \n## Not reported\n\nA text:\n\n````js\nconst s = `a```;\n````\n\
             \n## Known to be missed\n\nBehind another name:\n\n```js\ne(x)\n```\n\
             \n## Leaving it out\n\nWhere it is meant, say so in a comment on the line or above it: \
             `proofhouse: ignore[javascript/code-injection] the reason`.\n"
        );
    }

    #[test]
    fn the_list_links_every_page_once_under_its_language() {
        let one: Rule = toml::from_str(RULE).unwrap();
        let two = Rule { id: "python/xss".to_owned(), title: "a|b".to_owned(), cwe: vec![79, 80], ..one.clone() };
        let list = index(&[one, two]);
        assert!(list.contains("## JavaScript and TypeScript\n\n| rule"), "{list}");
        assert!(list.contains("| [code-injection](javascript/code-injection.md) | high | 95 |"), "{list}");
        assert!(list.contains("| [xss](python/xss.md) | high | 79, 80 | a\\|b |"), "{list}");
    }
}
