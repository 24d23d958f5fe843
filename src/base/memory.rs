//! The peak memory of the process.
#![expect(clippy::disallowed_methods, reason = "only this module reads `/proc`")]

/// Returns the peak resident memory of this process in bytes, read from `/proc` (Linux only; `None`
/// elsewhere).
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
