//! Folders of native tasks: `suite.toml`, and the `task.toml`s below it.

use std::fs::DirEntry;
use std::io;
use std::path::{Path, PathBuf};

use proofhouse_types::LimitOverrides;
use serde::Deserialize;
use toml::Spanned;

use super::collection::Collection;
use super::companions::NativeFiles;
use super::keys::{Document, Keys};
use super::problem::Problem;
use super::records::read_text;
use super::{companions, native, validity};

pub(super) const TASK_FILE: &str = "task.toml";
pub(super) const SUITE_FILE: &str = "suite.toml";

#[derive(Deserialize)]
struct SuiteFile {
    version: Spanned<i64>,
    name: String,
    release: Option<String>,
    #[expect(dead_code, reason = "a key of the format that is for readers of the file")]
    license: Option<String>,
    #[serde(default)]
    limits: LimitOverrides,
}

/// What a suite goes by.
pub(super) struct Title {
    pub(super) name: String,
    pub(super) release: Option<String>,
}

/// Reads the tasks of a folder, which may be that of one task, in the order of the folders' names.
///
/// Limits of a `suite.toml` hold for the tasks below it that don't set them, and an inner one goes before an outer one.
/// Gives the suite's name and release, where the folder itself has a `suite.toml`. Fails only where the folder can't be listed.
pub(super) fn read(folder: &Path, outer: &LimitOverrides, into: &mut Collection) -> io::Result<Option<Title>> {
    let task_file = folder.join(TASK_FILE);
    if task_file.is_file() {
        read_task(&task_file, outer, into);
        return Ok(None);
    }
    let subfolders = subfolders(folder)?;
    let suite_file = folder.join(SUITE_FILE);
    let suite = if suite_file.is_file() { read_suite_file(&suite_file, &mut into.problems) } else { None };
    let limits = suite.as_ref().map_or(outer.clone(), |suite| or(&suite.limits, outer));
    for subfolder in subfolders {
        if let Err(error) = read(&subfolder, &limits, into) {
            into.problem(&subfolder, None, format!("can't be listed: {error}"));
        }
    }
    Ok(suite.map(|suite| Title { name: suite.name, release: suite.release }))
}

/// Reads one native task with what stands beside it.
pub(super) fn read_task(file: &Path, outer: &LimitOverrides, into: &mut Collection) {
    let text = match read_text(file) {
        Ok(text) => text,
        Err(error) => return into.problem(file, None, format!("can't be read: {error}")),
    };
    let (mut task, variants) = match native::task(file, &text) {
        Ok(read) => read,
        Err(problems) => return into.problems.extend(problems),
    };
    task.limits = or(&task.limits, outer);
    let folder = folder_of(file);
    match companions::read(folder, &task, &mut into.problems) {
        Ok((Some(reference), files)) => {
            task.reference = Some(reference);
            into.add(task, Some(NativeFiles { variants, ..files }), file, None);
        }
        Ok((None, _)) => {}
        Err(error) => into.problem(folder, None, format!("can't be listed: {error}")),
    }
}

/// The folder that a file is in.
pub(super) fn folder_of(file: &Path) -> &Path {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    }
}

fn read_suite_file(file: &Path, problems: &mut Vec<Problem>) -> Option<SuiteFile> {
    let text = match read_text(file) {
        Ok(text) => text,
        Err(error) => {
            problems.push(Problem { file: file.to_owned(), line: None, message: format!("can't be read: {error}") });
            return None;
        }
    };
    let keys = Keys::of::<SuiteFile>().with("limits", Keys::of::<LimitOverrides>());
    let read = Document::parse(file, &text).map_err(|problem| vec![problem]).and_then(|document| {
        let read: SuiteFile = document.read(&keys)?;
        let mut problems: Vec<Problem> = native::version_problem(&read.version, &document).into_iter().collect();
        problems.extend(validity::of_limits(&read.limits).into_iter().map(|flaw| document.flaw(flaw)));
        if problems.is_empty() { Ok(read) } else { Err(problems) }
    });
    read.map_err(|found| problems.extend(found)).ok()
}

/// Folders below this one by name. Hidden ones are not a suite's, and links could lead in circles.
fn subfolders(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut entries = folder.read_dir()?.collect::<io::Result<Vec<DirEntry>>>()?;
    entries.sort_by_key(DirEntry::file_name);
    let is_visible = |entry: &DirEntry| !entry.file_name().as_encoded_bytes().starts_with(b".");
    let is_folder = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    Ok(entries.iter().filter(|entry| is_visible(entry) && is_folder(entry)).map(DirEntry::path).collect())
}

/// The inner limits, and the outer ones where the inner ones say nothing.
fn or(inner: &LimitOverrides, outer: &LimitOverrides) -> LimitOverrides {
    LimitOverrides {
        fuel: inner.fuel.or(outer.fuel),
        memory: inner.memory.or(outer.memory),
        stack: inner.stack.or(outer.stack),
        output: inner.output.or(outer.output),
        files: inner.files.or(outer.files),
        disk: inner.disk.or(outer.disk),
        virtual_time: inner.virtual_time.or(outer.virtual_time),
        wall: inner.wall.or(outer.wall),
    }
}
