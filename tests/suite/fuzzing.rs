//! Runs every fuzz target on the inputs in `fuzz/corpus` and `fuzz/regressions`.

use std::path::Path;

use callboard::fuzzing::TARGETS;

#[test]
fn kept_inputs_of_fuzzing_hold_every_assertion() -> anyhow::Result<()> {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
    for (name, target) in TARGETS {
        let mut replayed = 0;
        for folder in ["corpus", "regressions"] {
            for entry in std::fs::read_dir(fuzz.join(folder).join(name))? {
                target(&std::fs::read(entry?.path())?);
                replayed += 1;
            }
        }
        assert!(replayed > 1, "no inputs of `{name}`");
    }
    Ok(())
}
