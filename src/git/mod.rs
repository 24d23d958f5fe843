//! Layer 1: git, without a git executable.
//!
//! Knows repositories, trees and commits; what is in the files, and what a commit is good for, is
//! the business of those who call it.

pub mod commit;
