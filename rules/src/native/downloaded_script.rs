//! What is downloaded and run without a look at it.

use proofhouse_syntax::Grammar;

use crate::ir::{Block, Call, ExprId, ExprKind, Program, Statement};
use crate::native::{Hit, Source};
use crate::schema::Level;

const LOADERS: &str = "curl wget fetch aria2c http https";
const SHELLS: &str = "sh bash zsh dash ksh ash fish";
const LANGUAGES: &str = "python python2 python3 perl ruby node php deno pwsh osascript";

/// Finds downloads that go into an interpreter, at once or by way of a file.
pub(crate) fn find(source: &Source<'_>) -> Vec<Hit> {
    if source.grammar != Grammar::Bash {
        return Vec::new();
    }
    let program = source.program;
    let mut hits = Vec::new();
    for (at, expr) in program.exprs.iter().enumerate() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let id = ExprId(u32::try_from(at).expect("ids are 32 bits"));
        let loader = match callee(program, call) {
            "pipe" => piped(program, call),
            "eval" | "source" => call.arguments.iter().find_map(|argument| load(program, argument.value, 0)),
            name if is_one_of(name, SHELLS) || is_one_of(name, LANGUAGES) => {
                call.arguments.iter().find_map(|argument| load(program, argument.value, 0))
            }
            _ => None,
        };
        if let Some(loader) = loader {
            hits.push(hit(program, id, loader, Level::High));
        }
    }
    // The same pipeline may stand inside an `eval`.
    hits.sort_by_key(|hit| hit.span);
    let mut end = 0;
    hits.retain(|hit| {
        let is_new = hit.span.start >= end;
        end = end.max(hit.span.end);
        is_new
    });
    let mut files = Files { program, loaded: Vec::new(), hits: Vec::new() };
    files.block(&program.body);
    for function in &program.functions {
        files.loaded.clear();
        files.block(&function.body);
    }
    hits.append(&mut files.hits);
    hits.sort_by_key(|hit| hit.span);
    hits
}

fn hit(program: &Program, at: ExprId, loader: ExprId, confidence: Level) -> Hit {
    let mut name = String::new();
    let mut value = String::new();
    if let ExprKind::Call(call) = program.kind(loader) {
        name.push_str(callee(program, call));
        let address = call.arguments.iter().find_map(|argument| match program.kind(argument.value) {
            ExprKind::Text(text) if text.contains("://") => Some(text.to_string()),
            _ => None,
        });
        value = address.unwrap_or_else(|| "an address".to_owned());
    }
    Hit { span: program.span(at), name, value, confidence }
}

fn callee<'p>(program: &'p Program, call: &Call) -> &'p str {
    match program.kind(call.callee) {
        ExprKind::Name(name) => program.name(*name),
        _ => "",
    }
}

fn is_one_of(name: &str, list: &str) -> bool {
    list.split(' ').any(|other| other == name)
}

fn constants<'p>(program: &'p Program, call: &Call) -> Vec<&'p str> {
    let text = |id: ExprId| match program.kind(id) {
        ExprKind::Text(text) => &**text,
        _ => "",
    };
    call.arguments.iter().map(|argument| text(argument.value)).collect()
}

/// The download of a pipeline that ends in an interpreter.
fn piped(program: &Program, pipe: &Call) -> Option<ExprId> {
    let mut loader = None;
    for argument in &pipe.arguments {
        let ExprKind::Call(call) = program.kind(argument.value) else { continue };
        if loader.is_some() && reads_program(program, call) {
            return loader;
        }
        loader = loader.or_else(|| load(program, argument.value, 0));
    }
    None
}

/// Whether a command runs what it reads.
fn reads_program(program: &Program, call: &Call) -> bool {
    let name = callee(program, call);
    let words = constants(program, call);
    if is_one_of(name, SHELLS) {
        // `bash -s -- -y` reads it; `bash -c x` and `bash file` don't.
        let first =
            words.iter().find(|word| !word.starts_with('-') || **word == "-" || **word == "-s" || **word == "-c");
        return matches!(first, None | Some(&"-" | &"-s" | &"/dev/stdin"));
    }
    is_one_of(name, LANGUAGES) && words.iter().all(|word| *word == "-" || word.starts_with("--"))
}

/// The download that a value is made of.
fn load(program: &Program, id: ExprId, depth: usize) -> Option<ExprId> {
    const DEEPEST: usize = 12;
    if depth > DEEPEST {
        return None;
    }
    match program.kind(id) {
        ExprKind::Call(call) => match callee(program, call) {
            name if is_one_of(name, LOADERS) => Some(id),
            // What is only asked, counted or looked up is not run.
            "pipe" | "cat" | "echo" => {
                call.arguments.iter().find_map(|argument| load(program, argument.value, depth + 1))
            }
            _ => None,
        },
        ExprKind::Format(parts) | ExprKind::Opaque(parts) => {
            parts.iter().find_map(|part| load(program, *part, depth + 1))
        }
        _ => None,
    }
}

/// Downloads into files that are then run.
struct Files<'p> {
    program: &'p Program,
    loaded: Vec<(String, ExprId)>,
    hits: Vec<Hit>,
}

impl Files<'_> {
    fn block(&mut self, block: &Block) {
        let mut written = None;
        for statement in block {
            match statement {
                Statement::Expr(id) => self.command(*id, &mut written),
                Statement::If { test, then, otherwise } => {
                    self.command(*test, &mut written);
                    self.block(then);
                    self.block(otherwise);
                }
                Statement::Block(inner) | Statement::Loop { body: inner, .. } => self.block(inner),
                _ => {}
            }
        }
    }

    fn command(&mut self, id: ExprId, written: &mut Option<String>) {
        const CHECKS: &str = "sha256sum sha512sum sha1sum md5sum shasum gpg gpgv cosign minisign openssl cksum b2sum";
        let program = self.program;
        let call = match program.kind(id) {
            ExprKind::Call(call) => call,
            ExprKind::Not(of) => return self.command(*of, written),
            ExprKind::Binary { left, right, .. } => {
                self.command(*left, written);
                return self.command(*right, written);
            }
            _ => return,
        };
        let name = callee(program, call);
        let words = constants(program, call);
        if name == "redirect_out" {
            *written = words.first().map(|word| (*word).to_owned());
            return;
        }
        if is_one_of(name, CHECKS)
            || name == "pipe" && call.arguments.iter().any(|argument| self.checks(argument.value))
        {
            self.loaded.clear();
            return;
        }
        if is_one_of(name, LOADERS) {
            let into = words.windows(2).find(|pair| matches!(pair[0], "-o" | "-O" | "--output" | "--output-document"));
            let glued =
                words.iter().find(|word| word.starts_with('-') && !word.starts_with("--") && word.ends_with('o'));
            let file = into.map(|pair| pair[1]).filter(|file| !file.contains("://")).map(str::to_owned);
            let behind = glued
                .and_then(|glued| words.iter().skip_while(|word| *word != glued).nth(1))
                .map(|word| (*word).to_owned());
            // `-O` alone keeps the address's last part.
            let address = words.iter().find(|word| word.contains("://")).and_then(|address| address.rsplit('/').next());
            let file = file.or(behind).or(written.take()).or_else(|| address.map(str::to_owned));
            self.loaded.extend(file.filter(|file| !file.is_empty()).map(|file| (file, id)));
            return;
        }
        *written = None;
        let run = match name {
            "source" => words.first().copied(),
            name if is_one_of(name, SHELLS) || is_one_of(name, LANGUAGES) => {
                words.iter().copied().find(|word| !word.starts_with('-'))
            }
            // `./install.sh`: the folder is no part of a command's name.
            name => Some(name),
        };
        let Some(run) = run else { return };
        let simple = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
        let is_script = |file: &str| {
            file.ends_with(".sh") || file.ends_with(".py") || file.ends_with(".run") || !file.contains('.')
        };
        let found = self.loaded.iter().find(|(file, _)| simple(file) == simple(run) && is_script(&simple(file)));
        if let Some((_, loader)) = found {
            let loader = *loader;
            self.hits.push(hit(program, id, loader, Level::Medium));
            self.loaded.retain(|(_, other)| *other != loader);
        }
    }

    fn checks(&self, id: ExprId) -> bool {
        matches!(self.program.kind(id), ExprKind::Call(call) if matches!(callee(self.program, call), "sha256sum" | "sha512sum" | "shasum" | "gpg" | "md5sum"))
    }
}
