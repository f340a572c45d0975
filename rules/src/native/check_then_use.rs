//! A file that is tested first and used later by its name: between the two, another process can change what the name means.

use std::collections::HashMap;

use crate::ir::{ExprId, ExprKind, FunctionId, Program, Span, Statement};
use crate::native::walk::{Names, last_two, owners, root, statements};
use crate::native::{Hit, Source};
use crate::schema::Level;

/// Modules and classes whose functions take a file's name.
const FILE_SYSTEMS: &[&str] = &[
    "Dir",
    "Directory",
    "File",
    "FileTest",
    "FileUtils",
    "Files",
    "codecs",
    "fs",
    "fsPromises",
    "fsp",
    "io",
    "ioutil",
    "os",
    "path",
    "promises",
    "shutil",
];

/// Functions that test a file, of one of [`FILE_SYSTEMS`].
const TESTS: &[&str] = &[
    "Exists",
    "Stat",
    "access",
    "accessSync",
    "directory?",
    "exist?",
    "exists",
    "exists?",
    "existsSync",
    "file?",
    "isDirectory",
    "isRegularFile",
    "isdir",
    "isfile",
    "islink",
    "lexists",
    "notExists",
    "readable?",
    "writable?",
];

/// Functions that test a file and need no module.
const PLAIN_TESTS: &[&str] = &[
    "access",
    "accessSync",
    "existsSync",
    "file_exists",
    "is_dir",
    "is_file",
    "is_link",
    "is_readable",
    "is_writable",
    "lstat",
    "stat",
];

/// Methods of a file's own object that test it.
const OWN_TESTS: &[&str] =
    &["canRead", "canWrite", "exist?", "exists", "isDirectory", "isFile", "is_dir", "is_file", "lexists"];

/// Functions that use a file, of one of [`FILE_SYSTEMS`].
const USES: &[&str] = &[
    "AppendAllText",
    "Chmod",
    "Copy",
    "Create",
    "CreateDirectory",
    "Delete",
    "Move",
    "Open",
    "OpenFile",
    "OpenRead",
    "OpenText",
    "OpenWrite",
    "ReadAllBytes",
    "ReadAllLines",
    "ReadAllText",
    "ReadFile",
    "Remove",
    "RemoveAll",
    "Rename",
    "WriteAllBytes",
    "WriteAllText",
    "WriteFile",
    "appendFile",
    "appendFileSync",
    "chmod",
    "chmodSync",
    "chown",
    "copy",
    "copy2",
    "copyFile",
    "copyFileSync",
    "copyfile",
    "copytree",
    "cp",
    "create",
    "createDirectories",
    "createDirectory",
    "createFile",
    "createReadStream",
    "createWriteStream",
    "delete",
    "deleteIfExists",
    "makedirs",
    "mkdir",
    "mkdirSync",
    "mkdir_p",
    "move",
    "mv",
    "new",
    "newBufferedReader",
    "newBufferedWriter",
    "open",
    "openSync",
    "read",
    "readAllBytes",
    "readAllLines",
    "readFile",
    "readFileSync",
    "readString",
    "read_to_string",
    "readlines",
    "remove",
    "remove_dir_all",
    "remove_file",
    "rename",
    "renameSync",
    "replace",
    "rm",
    "rmSync",
    "rm_rf",
    "rmdir",
    "rmdirSync",
    "rmtree",
    "truncate",
    "unlink",
    "unlinkSync",
    "write",
    "writeFile",
    "writeFileSync",
    "writeString",
];

/// Functions and constructors that use a file and need no module.
const PLAIN_USES: &[&str] = &[
    "FileInputStream",
    "FileOutputStream",
    "FileReader",
    "FileStream",
    "FileWriter",
    "PrintWriter",
    "RandomAccessFile",
    "StreamReader",
    "StreamWriter",
    "appendFileSync",
    "chmod",
    "chown",
    "copy",
    "copyFileSync",
    "createReadStream",
    "createWriteStream",
    "file",
    "file_get_contents",
    "file_put_contents",
    "fopen",
    "makedirs",
    "mkdir",
    "mkdirSync",
    "open",
    "openSync",
    "readFile",
    "readFileSync",
    "readfile",
    "remove",
    "rename",
    "renameSync",
    "rmSync",
    "rmdir",
    "rmtree",
    "unlink",
    "unlinkSync",
    "writeFile",
    "writeFileSync",
];

/// Methods of a file's own object that use it.
const OWN_USES: &[&str] = &[
    "chmod",
    "createNewFile",
    "mkdir",
    "mkdirs",
    "open",
    "read_bytes",
    "read_text",
    "rename",
    "renameTo",
    "rmdir",
    "touch",
    "unlink",
    "write_bytes",
    "write_text",
];

/// A call on a file.
struct Call<'t> {
    span: Span,
    /// Where it stands among all expressions: what is evaluated first comes first, also in `use(x) if exists(x)`.
    order: usize,
    /// The file, as the text says it.
    file: &'t str,
    path: String,
}

pub(super) fn find(source: &Source<'_>) -> Vec<Hit> {
    let program = source.program;
    let names = Names::new(program);
    let mut tests: HashMap<Option<FunctionId>, Vec<Call<'_>>> = HashMap::new();
    let mut uses: HashMap<Option<FunctionId>, Vec<Call<'_>>> = HashMap::new();
    for (order, (expr, owner)) in program.exprs.iter().zip(owners(program)).enumerate() {
        let ExprKind::Call(call) = &expr.kind else { continue };
        let Some(path) = names.path(call.callee) else { continue };
        let argument = call.arguments.first().map(|argument| argument.value);
        let receiver = match program.kind(call.callee) {
            ExprKind::Field { of, .. } if argument.is_none() || OWN_USES.contains(&last_two(&path).1) => Some(*of),
            _ => None,
        };
        let (before, last) = last_two(&path);
        // A variable may well be called `path`: the module has `os` before it.
        let is_of_files = FILE_SYSTEMS.contains(&before) && root(&path) != "path";
        let is_plain = before.is_empty();
        let file = |id: Option<ExprId>| id.map(|id| program.span(id).of(source.text)).filter(|file| !file.is_empty());
        let is_test = (is_of_files && TESTS.contains(&last)) || (is_plain && PLAIN_TESTS.contains(&last));
        let tested = match argument {
            Some(_) if is_test => file(argument),
            None if OWN_TESTS.contains(&last) => file(receiver),
            _ => None,
        };
        if let Some(file) = tested {
            tests.entry(owner).or_default().push(Call { span: expr.span, order, file, path });
            continue;
        }
        if (is_of_files && USES.contains(&last)) || (is_plain && PLAIN_USES.contains(&last)) {
            for file in call.arguments.iter().take(2).filter_map(|argument| file(Some(argument.value))) {
                uses.entry(owner).or_default().push(Call { span: expr.span, order, file, path: path.clone() });
            }
        } else if OWN_USES.contains(&last)
            && let Some(file) = file(receiver)
        {
            uses.entry(owner).or_default().push(Call { span: expr.span, order, file, path });
        }
    }
    let mut found = Vec::new();
    for (owner, tests) in tests {
        let Some(uses) = uses.get(&owner) else { continue };
        if is_test(program, owner) {
            continue;
        }
        let changes = changes(program, owner);
        for test in tests {
            let is_later = |used: &&Call<'_>| {
                used.file == test.file
                    && used.order > test.order
                    && !changes
                        .iter()
                        .any(|(name, at)| test.order < *at && *at < used.order && mentions(test.file, name))
            };
            if uses.iter().any(|used| is_later(&used)) {
                found.push(Hit { span: test.span, name: test.path, value: String::new(), confidence: Level::Medium });
            }
        }
    }
    found.sort_by_key(|hit| hit.span);
    found
}

/// Tests look at files that nobody else knows.
fn is_test(program: &Program, owner: Option<FunctionId>) -> bool {
    let name = owner.and_then(|id| program.function(id).name);
    name.is_some_and(|name| program.name(name).to_ascii_lowercase().starts_with("test"))
}

/// Variables that get another value, and where.
fn changes(program: &Program, owner: Option<FunctionId>) -> Vec<(&str, usize)> {
    let body = owner.map_or(&program.body, |id| &program.function(id).body);
    let changes = statements(body).into_iter().filter_map(|statement| match statement {
        Statement::Assign(assign) => match program.kind(assign.target) {
            ExprKind::Name(name) => Some((program.name(*name), assign.target.0 as usize)),
            _ => None,
        },
        _ => None,
    });
    changes.collect()
}

/// Whether a word stands in a text.
fn mentions(text: &str, word: &str) -> bool {
    text.split(|letter: char| !(letter.is_alphanumeric() || letter == '_' || letter == '$')).any(|part| part == word)
}
