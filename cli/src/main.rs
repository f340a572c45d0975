//! The `proofhouse` command.

mod arguments;
mod bench;
mod check;
mod exit;
mod generate;
mod guest;
mod measures;
mod model_worker;
mod models;
mod report;
mod run;
mod score;
mod serve;
mod setup;
mod suites;
mod text;
mod verify;
mod worker;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Setup(setup) => setup::setup(&setup),
        Command::Run(run) => run::run(&run),
        Command::Score(score) => score::score(&score),
        Command::Verify(verify) => verify::verify(&verify),
        Command::Check(check) => check::check(&check),
        Command::Bench(arguments) => bench::bench(&arguments),
        Command::Generate(generate) => generate::generate(&generate),
        Command::Report(report) => report::report(&report),
        Command::Serve(serve) => serve::serve(&serve),
        Command::Worker(worker) => worker::worker(&worker),
        Command::ModelWorker => model_worker::model_worker(),
    };
    exit::code(result)
}
