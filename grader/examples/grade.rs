//! Grades a model's reply in a dozen lines.

use proofhouse::types::{Submission, Task};
use proofhouse::{Cache, Grader, Sandbox, SandboxOptions, Settings};

#[expect(clippy::print_stdout, reason = "an example that shows its result")]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let cache = Cache::new(std::env::temp_dir().join("proofhouse-cache"));
    let sandbox = Sandbox::open(&cache, SandboxOptions::default(), &mut |_| {})?;
    let grader = Grader::new(sandbox, Settings::default());

    let task = Task::new("double", "Write double(x).").test("doubles", "assert double(21) == 42");
    let reply = "Sure!\n```python\ndef double(x):\n    return x + x\n```\n";
    let report = grader.grade(&task, &Submission::reply("double", reply))?;
    println!("passed: {}, score: {:?}, fuel: {}", report.passed, report.score, report.fuel);
    Ok(())
}
