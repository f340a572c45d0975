//! Rebuilds when a migration is added: the macro that packs them sees only those that were there.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
