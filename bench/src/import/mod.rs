//! Results that others graded, as runs to compare with: those of human-eval and of EvalPlus. They tell which samples
//! passed, and nothing of how they came.

mod eval_plus;
mod file;
mod human_eval;
mod judged;

pub(crate) use file::read;
