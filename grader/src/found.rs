//! The program of a submission: where it was found, and the report that says what became of it.

use proofhouse_scorers::score;
use proofhouse_syntax::{Absence, EXTRACTOR_VERSION, Extracted, Source, extract};
use proofhouse_types::{
    Evidence, Extraction, Isolation, IsolationMode, Outcome, Parts, Report, Submission, SubmissionText, Task,
    TestReport,
};
use sha2::{Digest, Sha256};

use crate::evidence::without_program;
use crate::prepared::Prepared;

/// What was found in a submission.
pub(crate) struct Found<'a> {
    /// The program and the method that found it; or what the submission is instead.
    pub program: Result<(String, &'static str), Lost<'a>>,
    /// Of the program, or of the whole text where there is none.
    pub code_sha256: String,
}

/// A submission without a whole program.
pub(crate) struct Lost<'a> {
    outcome: Outcome,
    text: &'a str,
    /// The program as far as it goes.
    code: String,
    /// What the text is instead, where it has not even the start of a program.
    why: Option<Absence>,
}

impl Lost<'_> {
    pub(crate) fn evidence(&self, prepared: &Prepared) -> Evidence {
        let reason = match self.outcome {
            Outcome::Truncated => "the reply ends in the middle of its program",
            _ => "the reply has no program",
        };
        without_program(prepared, self.outcome, reason, &self.code)
    }
}

impl<'a> Found<'a> {
    pub(crate) fn of(task: &Task, submission: &'a Submission) -> Found<'a> {
        let program = find_program(task, submission);
        let text = match &program {
            Ok((code, _)) => code,
            Err(lost) => lost.text,
        };
        let code_sha256 = format!("{:x}", Sha256::digest(text));
        Found { program, code_sha256 }
    }

    /// How the program was found.
    pub(crate) fn extraction(&self) -> Extraction {
        let method = match &self.program {
            Ok((_, method)) => *method,
            Err(lost) => lost.why.unwrap_or(Absence::Prose).name(),
        };
        Extraction { method: method.to_owned(), version: EXTRACTOR_VERSION }
    }

    /// The program, as far as it goes.
    pub(crate) fn into_code(self) -> String {
        match self.program {
            Ok((code, _)) | Err(Lost { code, .. }) => code,
        }
    }

    pub(crate) fn report(self, task: &Task, submission: &Submission, evidence: &Result<Evidence, String>) -> Report {
        let extraction = self.extraction();
        let empty = Report {
            task_id: task.id.clone(),
            sample_id: submission.sample_id.clone(),
            model: submission.model.clone(),
            code_sha256: self.code_sha256,
            passed: false,
            score: None,
            outcome: None,
            message: String::new(),
            blame: None,
            parts: Parts::default(),
            losses: Vec::new(),
            tests: Vec::new(),
            findings: Vec::new(),
            fuel: Default::default(),
            extraction,
            isolation: Isolation::default(),
            fault: None,
        };
        let evidence = match evidence {
            Ok(evidence) => evidence,
            Err(fault) => return Report { fault: Some(fault.clone()), ..empty },
        };
        let message = evidence.load.as_ref().map(|load| load.message.clone()).unwrap_or_default();
        if evidence.unmeasured {
            return Report { outcome: Some(Outcome::Skipped), message, ..empty };
        }
        let scored = score(evidence, &task.rubric);
        let tests = evidence.tests.iter().map(|test| TestReport {
            name: test.name.clone(),
            outcome: test.outcome,
            message: test.message.clone(),
            blame: test.blame,
            fuel: test.fuel,
            judge_fuel: test.judge_fuel,
            calls: test.calls,
            vouched: test.vouched.clone(),
            growth: test.growth.clone(),
            // A call is measured where the program is.
            isolation: if test.is_efficiency { IsolationMode::Shared } else { evidence.isolation.mode },
        });
        Report {
            passed: scored.passed,
            score: Some(scored.score),
            outcome: Some(scored.outcome),
            message,
            blame: scored.blame,
            parts: scored.parts,
            losses: scored.losses,
            findings: evidence.findings.clone(),
            tests: tests.collect(),
            fuel: scored.fuel,
            isolation: evidence.isolation.clone(),
            ..empty
        }
    }
}

/// The report on a submission that our host failed at before anything was found in it.
#[must_use]
pub fn faulted(task: &Task, submission: &Submission, fault: String) -> Report {
    let (SubmissionText::Program(text) | SubmissionText::Reply(text)) = &submission.text;
    let code_sha256 = format!("{:x}", Sha256::digest(text));
    let program = Err(Lost { outcome: Outcome::Skipped, text, code: String::new(), why: None });
    Found { program, code_sha256 }.report(task, submission, &Err(fault))
}

/// The program and how it was found; or what the submission is instead.
fn find_program<'a>(task: &Task, submission: &'a Submission) -> Result<(String, &'static str), Lost<'a>> {
    match &submission.text {
        SubmissionText::Program(text) => Ok((text.clone(), "program")),
        SubmissionText::Reply(text) => {
            let source = Source {
                reply: text,
                prompt: &task.prompt,
                entry_point: task.entry_point.as_deref(),
                language: task.language,
                finish: submission.finish,
            };
            let (outcome, code, why) = match extract(&source) {
                Extracted::Program { code, method } => return Ok((code, method.name())),
                Extracted::Truncated { code } => (Outcome::Truncated, code, None),
                Extracted::Unbegun(why) => (Outcome::Truncated, String::new(), Some(why)),
                Extracted::NoCode(why) => (Outcome::NoCode, String::new(), Some(why)),
            };
            Err(Lost { outcome, text, code, why })
        }
    }
}
