//! Content-defined chunking: the ends of chunks depend on the bytes before them only, so that a change leaves the
//! chunks before and after it unchanged.
//!
//! A chunk ends where a *gear hash* of about the last 32 bytes is below a limit, which follows from the mean length.

use std::ops::Range;

/// Cuts `bytes` into chunks whose lengths are between half the mean and twice the mean.
pub(crate) fn chunks(bytes: &[u8], mean: usize) -> Vec<Range<usize>> {
    let (shortest, longest) = (mean / 2, mean * 2);
    // No chunk is shorter than `shortest`; the limit of the hash allows for that.
    let chance = u32::MAX / (mean - shortest).max(1) as u32;
    let mut chunks = Vec::new();
    let (mut start, mut hash) = (0, 0_u32);
    for (at, byte) in bytes.iter().enumerate() {
        hash = (hash << 1).wrapping_add(gear(*byte));
        let len = at + 1 - start;
        if len >= longest || len >= shortest && hash < chance {
            chunks.push(start..at + 1);
            start = at + 1;
        }
    }
    if start < bytes.len() {
        chunks.push(start..bytes.len());
    }
    chunks
}

/// A pseudorandom number for each byte.
fn gear(byte: u8) -> u32 {
    let mut hash = (u32::from(byte) + 1).wrapping_mul(0x9e37_79b1);
    hash = (hash ^ hash >> 15).wrapping_mul(0x85eb_ca6b);
    hash ^ hash >> 13
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noise(len: usize) -> Vec<u8> {
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        };
        (0..len).map(|_| next()).collect()
    }

    #[test]
    fn chunks_make_up_the_whole_and_have_about_the_mean_length() {
        let bytes = noise(1 << 20);
        let chunks = chunks(&bytes, 16 << 10);
        assert_eq!(chunks.first().map(|first| first.start), Some(0));
        assert_eq!(chunks.last().map(|last| last.end), Some(bytes.len()));
        assert!(chunks.windows(2).all(|pair| pair[0].end == pair[1].start));
        assert!((45..90).contains(&chunks.len()), "{}", chunks.len());
        assert!(super::chunks(&[], 16).is_empty());
    }

    #[test]
    fn a_change_leaves_most_chunks_as_they_are() {
        let before = noise(1 << 20);
        let mut after = before.clone();
        after.splice(500_000..500_003, *b"longer");
        let of = |bytes: &[u8]| -> std::collections::BTreeSet<Vec<u8>> {
            chunks(bytes, 16 << 10).into_iter().map(|range| bytes[range].to_vec()).collect()
        };
        assert!(of(&after).difference(&of(&before)).count() <= 3);
    }
}
