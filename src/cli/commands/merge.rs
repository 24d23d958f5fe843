//! `callboard merge`: joins the parts of a site that several machines built.

use std::path::{Path, PathBuf};

use anyhow::anyhow;
use rayon::prelude::*;
use serde_json::json;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs,
        path::shown,
        text::count,
    },
    cli::{
        Failure,
        args::MergeArgs,
        commands::build::broken_links,
        output::{GOOD, Output},
        publish::{Publication, shard_record},
    },
    site::{Links, Record},
};

/// Joins the parts, checks that they are all of one site, and puts it in place.
pub(in crate::cli) fn run(portal: &Path, args: &MergeArgs, output: &Output) -> Result<(), Failure> {
    let shards: Vec<PathBuf> = args.shards.iter().map(|shard| portal.join(shard)).collect();
    let records = shards.iter().map(|shard| record(shard)).collect::<Result<Vec<_>, _>>()?;
    check(&shards, &records)?;
    let publication = Publication::open(portal, &portal.join(&args.out), true)?;
    let links = Links::default();
    for (shard, record) in shards.iter().zip(&records) {
        let files: Vec<_> = record.files().collect();
        files.into_par_iter().try_for_each(|(path, entry)| {
            let file = shard.join(path);
            let bytes = fs::read(&file)?;
            if !entry.is(&bytes) {
                return Err(wrong(&file, "it is not as it was built", "build this part again"));
            }
            if Links::concern(path) {
                links.read(path, &bytes);
            }
            Ok(fs::link(&file, &publication.hidden().join(path))?)
        })?;
    }
    let whole = Record::join(records).map_err(|path| {
        wrong(Path::new(&path), "two parts have it", "build all parts with one program")
    })?;
    let paths: Vec<_> = whole.files().map(|(path, _)| path).collect();
    let read = |page: &str| fs::read(&publication.hidden().join(page)).ok();
    let broken = broken_links(&links.broken(&paths, read));
    let whole = whole.with_broken_links(!broken.is_empty());
    publication.publish(&whole)?;
    output.diagnostics(&broken);
    let files = whole.files().count();
    if args.json {
        output.json(&json!({ "files": files, "broken_links": broken.len() }))?;
    } else {
        let files = count(files, "file", "files");
        output.line(format!("{GOOD}merged{GOOD:#} {files} into {}", shown(&args.out)));
    }
    match args.strict && !broken.is_empty() {
        true => Err(Failure::Reported),
        false => Ok(()),
    }
}

fn record(shard: &Path) -> Result<Record, Failure> {
    shard_record(shard)?.ok_or_else(|| {
        Failure::Usage(anyhow!(
            "`{}` is not a part of a site\nhint: `callboard build --shard I/N --out DIR` makes one",
            shown(shard)
        ))
    })
}

/// All parts must be there, once, and be of the same site.
fn check(shards: &[PathBuf], records: &[Record]) -> Result<(), Failure> {
    let Some((first, others)) = records.split_first() else {
        return Ok(());
    };
    for (shard, other) in shards.iter().skip(1).zip(others) {
        if !other.is_of_same_site(first) {
            let found = format!("this part is of another site than `{}`", shown(&shards[0]));
            let hint =
                "build all parts from one commit with one program, and set `SOURCE_DATE_EPOCH`";
            return Err(wrong(shard, &found, hint));
        }
    }
    let of = first.shard().of;
    let has = |index| records.iter().filter(|record| record.shard().index == index).count();
    match (0..of).find(|index| has(*index) != 1) {
        Some(index) if has(index) == 0 => {
            Err(Failure::Usage(anyhow!("part {}/{of} is missing", index + 1)))
        }
        Some(index) => Err(Failure::Usage(anyhow!("part {}/{of} is there twice", index + 1))),
        None => Ok(()),
    }
}

fn wrong(file: &Path, found: &str, hint: &str) -> Failure {
    let place = Place::file(shown(file));
    Failure::Data(vec![Diagnostic::error("invalid-shard", place, found).hint(hint)])
}
