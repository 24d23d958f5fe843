//! The `demo` command: the whole portal on a sample company.

pub mod company;
