//! x
use clap::Args;
#[derive(Debug, Args)]
pub struct Bench {}
pub fn bench(_: &Bench) -> anyhow::Result<()> {
    Ok(())
}
