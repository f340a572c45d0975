//! Predicates about what a program reads and writes: arguments, environment, input, files, its exit code.

use tree_sitter::Node;

use super::program::{Call, Program};

/// Functions whose second argument is the mode of the file that they open.
const OPEN: [&str; 6] = ["open", "io.open", "codecs.open", "gzip.open", "bz2.open", "lzma.open"];

pub(super) fn reads_argv(program: &Program<'_>, _: &[String]) -> bool {
    program.refers_to(&[
        "sys.argv",
        "argparse.ArgumentParser",
        "optparse.OptionParser",
        "getopt.getopt",
        "getopt.gnu_getopt",
        "click.command",
        "click.group",
        "typer.Typer",
        "typer.run",
        "fire.Fire",
        "docopt.docopt",
    ])
}

pub(super) fn reads_environment(program: &Program<'_>, _: &[String]) -> bool {
    program.refers_to(&["os.environ", "os.environb", "os.getenv", "os.getenvb"])
}

pub(super) fn reads_stdin(program: &Program<'_>, _: &[String]) -> bool {
    program.refers_to(&["sys.stdin"])
        || program.calls_one_of(&["input", "builtins.input", "fileinput.input", "getpass.getpass"])
}

pub(super) fn reads_files(program: &Program<'_>, _: &[String]) -> bool {
    program.calls_one_of(&[".read_text", ".read_bytes"])
        || modes(program).any(|mode| mode.contains('+') || !mode.contains(['w', 'a', 'x']))
}

pub(super) fn writes_files(program: &Program<'_>, _: &[String]) -> bool {
    program.calls_one_of(&[".write_text", ".write_bytes"])
        || modes(program).any(|mode| mode.contains(['w', 'a', 'x', '+']))
}

pub(super) fn exit_code(program: &Program<'_>, _: &[String]) -> bool {
    let exits = ["sys.exit", "exit", "quit", "os._exit", "SystemExit"];
    program.calls().any(|call| program.is_one_of(call.function, &exits) && !call.positional().is_empty())
}

/// The modes in which files are opened, as far as they are written out.
fn modes<'a>(program: &Program<'a>) -> impl Iterator<Item = String> {
    program.calls().filter_map(|call| {
        let mode = if program.is_one_of(call.function, &OPEN) {
            call.positional().get(1).copied()
        } else {
            method_mode(program, &call)?
        };
        match mode.or_else(|| call.keyword(program, "mode")) {
            Some(mode) => program.content(mode).map(|mode| mode.into_owned()),
            None => Some("r".to_owned()),
        }
    })
}

/// The mode that `path.open(mode)` has, if any; nothing for a method that opens something else, such as a page.
fn method_mode<'a>(program: &Program<'a>, call: &Call<'a>) -> Option<Option<Node<'a>>> {
    if !program.is_named(call.function, ".open") {
        return None;
    }
    match call.positional().first() {
        None => Some(None),
        Some(first) => {
            let content = program.content(*first)?;
            content.chars().all(|letter| "rwaxbt+".contains(letter)).then_some(Some(*first))
        }
    }
}
