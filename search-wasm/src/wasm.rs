//! The interface to the browser: functions that the worker calls, and one function that the worker provides.
//!
//! Arguments are in memory that [`alloc`] returns and the called function frees; the answer or the text of an error
//! is at [`result_ptr`]. No argument makes a function panic, as long as the pointers are those of `alloc`.
#![expect(unsafe_code, reason = "raw pointers are all that wasm and JavaScript can exchange")]

use std::cell::RefCell;
use std::io;
use std::sync::Arc;

use crate::{ChunkSource, Error, Searcher};

#[link(wasm_import_module = "env")]
unsafe extern "C" {
    /// Fills `into` with bytes from `offset` of the chunk with that name. Returns 0 on success, 1 on failure, 2
    /// when the chunk is missing: then the worker fetches all requested chunks and repeats the call.
    fn host_read(name: *const u8, name_len: usize, offset: usize, into: *mut u8, len: usize)
    -> u32;
}

thread_local! {
    static SEARCHER: RefCell<Option<Searcher>> = const { RefCell::new(None) };
    static RESULT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Chunks, read by the worker.
#[derive(Debug)]
struct Host;

impl ChunkSource for Host {
    fn read(&self, chunk: &str, offset: usize, into: &mut [u8]) -> io::Result<()> {
        // SAFETY: both slices are valid for their lengths, and the host keeps neither pointer.
        let failed = unsafe {
            host_read(chunk.as_ptr(), chunk.len(), offset, into.as_mut_ptr(), into.len())
        };
        match failed {
            0 => Ok(()),
            2 => Err(io::ErrorKind::WouldBlock.into()),
            _ => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

/// Allocates `len` bytes for an argument.
#[unsafe(no_mangle)]
extern "C" fn alloc(len: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; len].into_boxed_slice()).cast()
}

/// Opens an index from its bundle; returns 0 on success.
///
/// # Safety
/// The pointer is a result of [`alloc`] with the same length, and was not used before.
#[unsafe(no_mangle)]
unsafe extern "C" fn open(bundle: *mut u8, len: usize) -> u32 {
    // SAFETY: the conditions for the caller are the same.
    let bundle = unsafe { take(bundle, len) };
    finish(Searcher::open(bundle, Arc::new(Host)).map(|searcher| {
        SEARCHER.with_borrow_mut(|open| *open = Some(searcher));
        Vec::new()
    }))
}

/// Answers a question in UTF-8; returns 0 when the result is the JSON of the answer, else the result is the error.
///
/// # Safety
/// The pointer is a result of [`alloc`] with the same length, and was not used before.
#[unsafe(no_mangle)]
unsafe extern "C" fn query(text: *mut u8, len: usize, limit: usize) -> u32 {
    // SAFETY: the conditions for the caller are the same.
    let text = unsafe { take(text, len) };
    finish(SEARCHER.with_borrow(|open| match open {
        Some(searcher) => searcher.search(&String::from_utf8_lossy(&text), limit)?.to_json(),
        None => Err(Error::Manifest("no index is open".into())),
    }))
}

/// Answers a request for a list, in JSON; returns 0 when the result is the JSON of the list, else the result is the
/// error.
///
/// # Safety
/// The pointer is a result of [`alloc`] with the same length, and was not used before.
#[unsafe(no_mangle)]
unsafe extern "C" fn list(question: *mut u8, len: usize) -> u32 {
    // SAFETY: the conditions for the caller are the same.
    let question = unsafe { take(question, len) };
    finish(SEARCHER.with_borrow(|open| match open {
        Some(searcher) => searcher.list(&serde_json::from_slice(&question)?)?.to_json(),
        None => Err(Error::Manifest("no index is open".into())),
    }))
}

/// The address of the last result.
#[unsafe(no_mangle)]
extern "C" fn result_ptr() -> *const u8 {
    RESULT.with_borrow(Vec::as_ptr)
}

/// The length of the last result, in bytes.
#[unsafe(no_mangle)]
extern "C" fn result_len() -> usize {
    RESULT.with_borrow(Vec::len)
}

/// The bytes of an argument, which are freed with the returned value.
///
/// # Safety
/// The pointer is a result of [`alloc`] with the same length, and was not freed before.
unsafe fn take(bytes: *mut u8, len: usize) -> Vec<u8> {
    // SAFETY: `alloc` made the pointer from a boxed slice of this length.
    unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(bytes, len)) }.into_vec()
}

fn finish(result: Result<Vec<u8>, Error>) -> u32 {
    let (failed, bytes) = match result {
        Ok(bytes) => (0, bytes),
        Err(error) => (1, error.to_string().into_bytes()),
    };
    RESULT.with_borrow_mut(|result| *result = bytes);
    failed
}

/// Randomness for hash tables and unused segment ids: nothing secret depends on it.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(
    into: *mut u8,
    len: usize,
) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom passes a buffer that is valid for writing `len` bytes.
    let into = unsafe { std::slice::from_raw_parts_mut(into, len) };
    into.iter_mut().zip((7_u8..=255).cycle().step_by(31)).for_each(|(byte, next)| *byte = next);
    Ok(())
}
