pub mod base;
pub mod catalog;
pub mod cli;
pub mod git;
pub mod scaffold;
pub mod search;
pub mod site;
pub mod snapshot;
