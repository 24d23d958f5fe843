//! What the committed engine is built from, as one hash; shared with `examples/engine_sources.rs`.
//!
//! The hash covers `search-wasm/src/`, `search-wasm/Cargo.toml`, `search-wasm/build-wasm.sh`, and of
//! `Cargo.lock` every package that this crate may use: name, version and checksum.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};
use std::{fs, iter};

use sha2::{Digest, Sha256};

/// The hash of the engine's sources in the workspace that this was compiled in, in hexadecimal.
pub(crate) fn sources_hash() -> io::Result<String> {
    let crate_dir = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = rust_files(&crate_dir.join("src"))?;
    files.extend([crate_dir.join("Cargo.toml"), crate_dir.join("build-wasm.sh")]);
    files.sort();
    let mut lines = String::new();
    for path in files {
        let name = path.strip_prefix(crate_dir).unwrap_or(&path).display();
        lines += &[hex(&fs::read(&path)?), format!("  {name}\n")].concat();
    }
    lines += &used_packages(&fs::read_to_string(crate_dir.join("../Cargo.lock"))?);
    Ok(hex(lines.as_bytes()))
}

/// SHA-256 in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes all that is written to it");
        hex
    })
}

fn rust_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(rust_files(&path)?);
        } else {
            files.push(path);
        }
    }
    Ok(files)
}

/// A line for each package of the lock file that the crate may use, sorted.
fn used_packages(lock: &str) -> String {
    let blocks: BTreeMap<String, &str> = lock
        .split("[[package]]")
        .skip(1)
        .flat_map(|block| {
            let (name, version) = (value(block, "name"), value(block, "version"));
            // A dependency is written with its version only where there are several.
            [(name.to_owned(), block), (format!("{name} {version}"), block)]
        })
        .collect();
    let mut used = BTreeSet::new();
    let mut open = vec!["callboard-search"];
    while let Some(name) = open.pop() {
        let Some(block) = blocks.get(name) else {
            continue;
        };
        if used.insert(line(block)) {
            let dependencies = block.split_once("dependencies = [").map_or("", |(_, list)| list);
            open.extend(dependencies.split('"').skip(1).step_by(2));
        }
    }
    used.into_iter().chain(iter::once(String::new())).collect::<Vec<_>>().join("\n")
}

fn line(block: &str) -> String {
    let [name, version, checksum] = ["name", "version", "checksum"].map(|key| value(block, key));
    format!("{name} {version} {checksum}")
}

/// The string after `key = ` in a package block of the lock file, or nothing.
fn value<'a>(block: &'a str, key: &str) -> &'a str {
    let assigned = |line: &'a str| line.strip_prefix(key)?.strip_prefix(" = ");
    block.lines().find_map(assigned).unwrap_or("").trim_matches('"')
}
