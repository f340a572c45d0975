//! The few forms of Markdown that our own texts have: headings, paragraphs, fenced code, tables, and code within a line.
//! Knows no links and no HTML: nothing in a text becomes more than text.

use maud::{Markup, html};

use super::visible::visible;

/// A part of a text.
#[derive(Debug, PartialEq, Eq)]
enum Block<'a> {
    Heading(usize, &'a str),
    Paragraph(String),
    Code(String),
    Rows(Vec<Vec<&'a str>>),
}

/// The whole text.
pub(super) fn prose(text: &str) -> Markup {
    html! {
        @for block in blocks(text) {
            @match block {
                Block::Heading(1, title) => h1 { (inline(title)) },
                Block::Heading(_, title) => h2 { (inline(title)) },
                Block::Paragraph(text) => p { (inline(&text)) },
                Block::Code(code) => pre.example tabindex="0" { code { (code) } },
                Block::Rows(rows) => table.facts {
                    tbody {
                        @for row in rows {
                            @if let [name, values @ ..] = row.as_slice() {
                                tr { th scope="row" { (inline(name)) } @for value in values { td { (inline(value)) } } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A line: what stands in backticks is code.
pub(super) fn inline(text: &str) -> Markup {
    let pieces: Vec<&str> = text.split('`').collect();
    // A backtick without a second one is one.
    if pieces.len().is_multiple_of(2) {
        return visible(text);
    }
    html! {
        @for (position, piece) in pieces.into_iter().enumerate() {
            @if position % 2 == 0 { (visible(piece)) } @else { code { (visible(piece)) } }
        }
    }
}

fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line.starts_with("```") {
            let code: Vec<&str> = lines.by_ref().take_while(|line| !line.starts_with("```")).collect();
            blocks.push(Block::Code(code.join("\n")));
        } else if let Some(row) = line.strip_prefix('|') {
            let cells: Vec<&str> = row.trim_end_matches('|').split('|').map(str::trim).collect();
            // The head of our tables is empty, and the line below it is none.
            if cells.iter().all(|cell| cell.is_empty() || cell.starts_with("---")) {
                continue;
            }
            match blocks.last_mut() {
                Some(Block::Rows(rows)) => rows.push(cells),
                _ => blocks.push(Block::Rows(vec![cells])),
            }
        } else if line.starts_with('#') {
            let title = line.trim_start_matches('#');
            blocks.push(Block::Heading(line.len() - title.len(), title.trim()));
        } else if !line.trim().is_empty() {
            blocks.push(Block::Paragraph(line.to_owned()));
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use proofhouse::{Analyser, rule_page, rules};

    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(prose(text).into_string(), expected);
    }

    #[test]
    fn each_form_becomes_its_element() {
        check("# A `b`\n\ntext <i>", "<h1>A <code>b</code></h1><p>text &lt;i&gt;</p>");
        check(
            "```python\n# a\n\nb\n```\nc",
            "<pre class=\"example\" tabindex=\"0\"><code># a\n\nb</code></pre><p>c</p>",
        );
        let table = "<table class=\"facts\"><tbody><tr><th scope=\"row\">a</th><td>b</td></tr></tbody></table>";
        check("| | |\n|---|---|\n| a | b |\n", table);
        check("a ` b", "<p>a ` b</p>");
    }

    #[test]
    fn no_page_of_a_rule_has_another_form() {
        for rule in rules(&Analyser::new()) {
            for block in blocks(&rule_page(&rule)) {
                let Block::Paragraph(text) = block else { continue };
                let is_other = ["- ", "* ", "> ", "1. "].iter().any(|form| text.starts_with(form));
                assert!(!is_other, "{}: {text}", rule.id);
            }
        }
    }
}
