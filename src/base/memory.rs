//! How much memory this process has needed.
#![expect(clippy::disallowed_methods, reason = "this is the door")]

/// Returns the most memory this process has held so far, in bytes; `None` where the system does not
/// tell (it is read from `/proc`, so Linux only).
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kilobytes * 1024)
}
