//! What passes between the server and a worker: frames of a length and a postcard, over a socket that the worker has as its
//! standard input. Tasks and reports stand in them as JSON, which is what they are on both sides.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};

use proofhouse_types::{Fuel, Limits, Outcome};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// Bytes of one frame: above the largest body and the largest output that settings can ask for, and a bound on what a
/// worker that went wrong can make the server hold.
pub(crate) const MOST_FRAME_BYTES: usize = 256 << 20;

/// What a worker is asked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Job {
    /// To make a task known, by the SHA-256 of its JSON. There is no answer.
    Know {
        /// [`proofhouse::TaskKey`].
        key: [u8; 32],
        /// The task.
        task: Vec<u8>,
    },
    /// To grade a submission for a task that is known: [`Answer::Report`], or [`Answer::UnknownTask`].
    Score {
        /// Which task.
        key: [u8; 32],
        /// The submission, as JSON.
        submission: Vec<u8>,
    },
    /// To find the program in a submission for a task that is known: [`Answer::Program`], or [`Answer::UnknownTask`].
    Find {
        /// Which task.
        key: [u8; 32],
        /// The submission, as JSON.
        submission: Vec<u8>,
    },
    /// To run a program: [`Answer::Run`].
    Run {
        /// The program.
        program: ProgramFrame,
        /// Its limits, as JSON.
        limits: Vec<u8>,
    },
    /// To check a text: [`Answer::Checked`].
    Check {
        /// The text.
        code: String,
        /// The name of its language.
        language: String,
    },
}

/// A program to run.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct ProgramFrame {
    /// The name that tracebacks show.
    pub name: String,
    /// Its source.
    pub source: Vec<u8>,
    /// `sys.argv[1:]`.
    pub arguments: Vec<String>,
    /// What it reads.
    pub stdin: Vec<u8>,
    /// Files in its working directory.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// What a worker says.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Answer {
    /// It is ready: what it says first.
    Hello(Hello),
    /// The task must be made known first.
    UnknownTask,
    /// A report, as JSON.
    Report(Vec<u8>),
    /// The program of a submission, as far as it goes.
    Program(String),
    /// What a program did.
    Run(Box<RunFrame>),
    /// Findings, as JSON, and how many more comments ignore.
    Checked {
        /// A list of [`proofhouse_types::Finding`].
        findings: Vec<u8>,
        /// How many.
        ignored: u64,
    },
    /// What the worker itself failed at.
    Fault(String),
}

/// What a worker says of itself.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Hello {
    /// The least memory limit that its guest can start in, in bytes.
    pub least_memory: u64,
    /// The largest stack limit, in bytes.
    pub most_stack: u64,
    /// What this kernel could not lock: one line each.
    pub unlocked: Vec<String>,
    /// Whether it has the packages.
    pub packages: bool,
}

/// What a program did, with its output as bytes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RunFrame {
    /// What it did.
    pub outcome: Outcome,
    /// Why it did not pass.
    pub message: String,
    /// Class, text and traceback of the exception that ended it.
    pub exception: Option<(String, String, String)>,
    /// Where it exited.
    pub exit_code: Option<i32>,
    /// What it used.
    pub fuel: Fuel,
    /// What it wrote.
    pub stdout: Vec<u8>,
    /// What it wrote to stderr.
    pub stderr: Vec<u8>,
    /// The files in its working directory at the end.
    pub files: BTreeMap<String, Vec<u8>>,
}

/// Writes one frame.
pub fn write_frame(to: &mut impl Write, value: &impl Serialize) -> io::Result<()> {
    to.write_all(&frame(value)?)
}

/// One frame with its length in front.
pub(crate) fn frame(value: &impl Serialize) -> io::Result<Vec<u8>> {
    let mut bytes = postcard::to_extend(value, vec![0; 4]).map_err(io::Error::other)?;
    let length = bytes.len() - 4;
    if length > MOST_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "a frame is too long"));
    }
    bytes[..4].copy_from_slice(&(length as u32).to_le_bytes());
    Ok(bytes)
}

/// Reads one frame; nothing at the end of the stream.
pub fn read_frame<T: DeserializeOwned>(from: &mut impl Read) -> io::Result<Option<T>> {
    let mut length = [0; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut bytes = vec![0; checked_length(length)?];
    from.read_exact(&mut bytes)?;
    parse(&bytes).map(Some)
}

/// The length in front of a frame, where it is one that can be.
pub(crate) fn checked_length(bytes: [u8; 4]) -> io::Result<usize> {
    let length = u32::from_le_bytes(bytes) as usize;
    if length > MOST_FRAME_BYTES {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("a frame of {length} bytes")));
    }
    Ok(length)
}

/// What a frame says.
pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> io::Result<T> {
    postcard::from_bytes(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Limits as they stand in a frame.
pub fn limits_json(limits: &Limits) -> Vec<u8> {
    serde_json::to_vec(limits).expect("plain numbers serialise")
}
