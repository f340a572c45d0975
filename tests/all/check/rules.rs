//! Users' rules, the list of rules, and their pages.

use super::{Folder, HOLE, RULE};

#[test]
fn a_bad_rule_is_named_and_the_others_are_used() {
    let folder = Folder::with_rule(&[("a.py", "old_call(1)\n")]);
    folder.write("rules/b.toml", "id = \"python/b\"\ntitel = \"x\"\n");
    folder.write("rules/c.toml", "id = \n");
    folder.write("rules/notes.txt", "no rule");
    let done = folder.check(&["a.py", "--rules", "rules"]);
    assert_eq!(done.code, 2);
    assert!(done.stdout.starts_with("a.py:1:1 low high python/old-call\n"), "{}", done.stdout);
    assert!(done.stdout.ends_with(", 2 errors\n"), "{}", done.stdout);
    let errors: Vec<&str> = done.stderr.lines().collect();
    assert_eq!(errors.len(), 2, "{errors:?}");
    assert!(errors[0].starts_with("error: rules/b.toml:2: unknown field `titel`"), "{errors:?}");
    assert!(errors[1].starts_with("error: rules/c.toml:1: "), "{errors:?}");
}

#[test]
fn a_folder_without_rules_is_bad_usage() {
    let folder = Folder::new(&[("a.py", HOLE), ("empty/x.txt", "")]);
    for (rules, said) in
        [("nowhere", "it is no folder"), ("empty", "there is no .toml file in it"), ("a.py", "it is no folder")]
    {
        let done = folder.check(&["a.py", "--rules", rules]);
        assert_eq!((done.code, done.stderr.contains(said)), (2, true), "{}", done.stderr);
    }
}

#[test]
fn the_list_has_every_rule_in_one_line() {
    let folder = Folder::with_rule(&[]);
    let done = folder.check(&["--list-rules", "--rules", "rules"]);
    assert_eq!(done.code, 0);
    let words = |start: &str| {
        let line = done.stdout.lines().find(|line| line.starts_with(start)).unwrap_or_default();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words("python/old-call"), "python/old-call low CWE-477, CWE-1104 An old function is called");
    assert!(words("python/sql-injection").starts_with("python/sql-injection high CWE-89 "), "{}", done.stdout);
    assert_eq!(words("ignore/unused"), "ignore/unused low A comment ignores what is not found");
    let ids: Vec<&str> = done.stdout.lines().filter_map(|line| line.split_whitespace().next()).collect();
    assert!(ids.is_sorted(), "{ids:?}");
    folder.write("rules/bad.toml", RULE);
    assert_eq!(folder.check(&["--list-rules", "--rules", "rules"]).code, 2);
}

#[test]
fn a_page_is_found_by_id_or_name_and_is_that_of_the_docs() {
    let folder = Folder::with_rule(&[]);
    let by_id = folder.check(&["--explain", "python/sql-injection"]);
    assert_eq!(by_id.code, 0);
    let docs = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/rules/python/sql-injection.md");
    assert_eq!(by_id.stdout, std::fs::read_to_string(docs).unwrap());
    let by_name = folder.check(&["--explain", "code-injection"]);
    assert!(by_name.stdout.contains("| rule | `python/code-injection` |"), "{}", by_name.stdout);
    let own = folder.check(&["--explain", "old-call", "--rules", "rules"]);
    for text in [
        "# An old function is called\n",
        "CWE-477: https://",
        "A06:2021 Vulnerable",
        "```python\nold_call(1)\n```",
        "```python\nnew_call(1)\n```",
    ] {
        assert!(own.stdout.contains(text), "{text} in {}", own.stdout);
    }
    for (name, said) in [
        ("python/sql-injektion", "no rule is called `python/sql-injektion`, did you mean `python/sql-injection`?"),
        ("old-cal", "no rule is called `old-cal`, did you mean `python/old-call`?"),
        ("zzzzzzzzzzzz", "no rule is called `zzzzzzzzzzzz`; --list-rules lists them"),
    ] {
        let done = folder.check(&["--explain", name, "--rules", "rules"]);
        assert_eq!((done.code, done.stderr.contains(said)), (2, true), "{}", done.stderr);
    }
}

#[test]
fn a_name_of_several_languages_shows_one_and_names_the_others() {
    let folder = Folder::new(&[]);
    folder.write("rules/a.toml", RULE);
    folder.write("rules/b.toml", RULE.replace("python/old-call", "go/old-call"));
    folder.write("rules/c.toml", RULE.replace("python/old-call", "javascript/old-call"));
    let python = folder.check(&["--explain", "old-call", "--rules", "rules"]);
    assert!(python.stdout.contains("| language | Python |"), "{}", python.stdout);
    assert!(
        python.stdout.ends_with("\nThe same in other languages: `go/old-call`, `javascript/old-call`\n"),
        "{}",
        python.stdout
    );
    let typescript = folder.check(&["--explain", "old-call", "--rules", "rules", "--language", "ts"]);
    assert!(typescript.stdout.contains("| language | JavaScript and TypeScript |"), "{}", typescript.stdout);
    let exact = folder.check(&["--explain", "go/old-call", "--rules", "rules"]);
    assert!(
        exact.stdout.contains("| language | Go |") && !exact.stdout.contains("other languages"),
        "{}",
        exact.stdout
    );
}
