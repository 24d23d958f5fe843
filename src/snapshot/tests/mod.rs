//! Snapshots of servers on loopback: what is read and written, and what happens when servers fail.
#![expect(clippy::needless_raw_string_hashes, reason = "expected texts are written in this form")]

mod each;
mod faults;
mod files;
mod guard;
mod hostile;
mod leaks;
mod portal;
mod presets;
mod presets_azure_devops;
mod presets_forges;
mod presets_kubernetes;
mod presets_trust;
mod reading;
mod recorded;
mod survive;
mod trial;
mod whole;
