//! Writes the index of documents given as lines of JSON: `write_index FOLDER < documents.jsonl`.
//!
//! For measuring and trying search apart from a site. Prints what it took.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]

use std::io::{self, BufRead, Write};
use std::path::PathBuf;
use std::time::Instant;
use std::{env, fs};

use callboard_search::{Document, PARTS, build_index};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(env::args().nth(1).ok_or("usage: write_index FOLDER")?);
    let lines = io::stdin().lock().lines();
    let documents = lines.map(|line| Ok(serde_json::from_str(&line?)?));
    let documents: Vec<Document> = documents.collect::<io::Result<_>>()?;
    let started = Instant::now();
    let number = documents.len();
    let index = build_index(documents)?;
    let took = started.elapsed();
    fs::create_dir_all(folder.join(PARTS))?;
    for (name, bytes) in &index.files {
        fs::write(folder.join(name), bytes)?;
    }
    let bytes: usize = index.files.iter().map(|(_, bytes)| bytes.len()).sum();
    let files = index.files.len();
    writeln!(io::stdout(), "{number} documents, {files} files, {bytes} bytes, {took:?}")?;
    Ok(())
}
