//! The integration tests: one binary, through the program as users run it.

mod check;
mod layers;
mod oracle;
mod portal;
