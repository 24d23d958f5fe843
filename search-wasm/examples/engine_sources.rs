//! Prints the hash of the sources of the wasm engine; `build-wasm.sh` writes it to `engine.json`.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]

use std::io::{self, Write};

#[path = "../tests/suite/sources.rs"]
mod sources;

fn main() -> io::Result<()> {
    writeln!(io::stdout(), "{}", sources::sources_hash()?)
}
