//! The `callboard` binary: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    callboard::cli::main()
}
