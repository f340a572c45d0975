//! Has the command built anew where a file of the practical suite, which is part of it, comes or goes.

fn main() {
    println!("cargo::rerun-if-changed=../fixtures/suites/practical");
}
