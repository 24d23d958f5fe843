//! Asks an index questions, one a line, again and again: `ask_index FOLDER ROUNDS < questions.txt`.
//!
//! For measuring search apart from a browser. Prints the median and the 95th percentile.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use callboard_search::Searcher;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "usage: ask_index FOLDER ROUNDS";
    let folder = PathBuf::from(arguments.next().ok_or(usage)?);
    let rounds: usize = arguments.next().ok_or(usage)?.parse()?;
    let searcher = Searcher::open_packed(move |name| fs::read(folder.join(name)))?;
    let questions = io::stdin().lock().lines().collect::<io::Result<Vec<_>>>()?;
    let mut times = Vec::new();
    for round in 0..=rounds {
        for question in &questions {
            let started = Instant::now();
            searcher.search(question, 10)?;
            // The first round reads.
            if round > 0 {
                times.push(started.elapsed());
            }
        }
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).copied().unwrap_or_default();
    writeln!(io::stdout(), "median {:?}, 95 % {:?}", at(50), at(95))?;
    Ok(())
}
