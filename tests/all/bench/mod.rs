//! Models and their measurement: the real command against real and recorded servers.

mod faults;
mod forcing;
mod generate;
mod kills;
mod llama;
mod numbers;
mod page;
mod report;
mod run;
pub mod scripted;
