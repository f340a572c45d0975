# Everything that must hold before a commit.
check: fmt clippy test doc deny typos tidy

fmt:
    cargo fmt --all --check

clippy:
    cargo clippy --workspace --all-targets -- -D warnings

test:
    cargo test --workspace

doc:
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

# cargo-deny and typos are not needed to build: without them these steps say so.
deny:
    if command -v cargo-deny >/dev/null; then cargo deny --log-level error check; else echo "skipped: cargo install cargo-deny"; fi

typos:
    if command -v typos >/dev/null; then typos; else echo "skipped: cargo install typos-cli"; fi

tidy:
    cargo run --quiet --package xtask -- tidy
    cargo run --quiet --package xtask -- generate --check
