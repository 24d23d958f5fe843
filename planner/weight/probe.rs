//! What a page of the site would call: a plan of a request, made of JSON bytes. `weigh-wasm.sh` builds it to measure the
//! planner; nothing else uses it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use callboard_core::catalog::{Catalog, Entity, EntityRef, Fragment, reference::DEFAULT_NAMESPACE};
use callboard_planner::{Request, Settings, plan};
use serde::Deserialize;
use serde_json::Value;

/// All that a plan is made of.
#[derive(Deserialize)]
struct Input {
    /// Files of the portal by path.
    files: BTreeMap<String, String>,
    /// Entities by the path of their file.
    entities: Vec<(String, Value)>,
    /// Path and text of the request.
    request: (String, String),
    /// Name and address of who commits.
    author: (String, String),
}

fn entity((file, document): (String, Value)) -> Entity {
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str);
    let namespace = text("/metadata/namespace").unwrap_or(DEFAULT_NAMESPACE);
    let name = text("/metadata/name").unwrap_or_default();
    let reference = EntityRef::new(text("/kind").unwrap_or_default(), namespace, name);
    let document = Arc::new(document);
    let fragment =
        Fragment { source: "site".into(), file: file.into(), index: 0, document: Arc::clone(&document) };
    Entity::new(reference, document, vec![fragment])
}

/// The plan as JSON, or the JSON of what is wrong.
fn planned(bytes: &[u8]) -> Result<Vec<u8>, serde_json::Error> {
    let Input { files, entities, request: (file, text), author } = serde_json::from_slice(bytes)?;
    let catalog = Catalog::new(entities.into_iter().map(entity).collect());
    let settings = Settings::of_author(&author.0, &author.1);
    let planned = Request::parse(&file, text).and_then(|request| plan(&files, &catalog, &settings, &request));
    match planned {
        Ok(plan) => serde_json::to_vec(&plan.to_json()),
        Err(problems) => serde_json::to_vec(&problems),
    }
}

static RESULT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// Allocates `length` bytes for the input.
#[unsafe(no_mangle)]
extern "C" fn alloc(length: usize) -> *mut u8 {
    Box::into_raw(vec![0_u8; length].into_boxed_slice()).cast()
}

/// Plans; returns the length of the result.
///
/// # Safety
/// The pointer is a result of [`alloc`] with the same length, and was not used before.
#[unsafe(no_mangle)]
unsafe extern "C" fn plan_request(input: *mut u8, length: usize) -> usize {
    // SAFETY: `alloc` made the pointer from a boxed slice of this length.
    let input = unsafe { Box::from_raw(std::ptr::slice_from_raw_parts_mut(input, length)) };
    let result = planned(&input).unwrap_or_default();
    let mut kept = RESULT.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *kept = result;
    kept.len()
}

/// The address of the result.
#[unsafe(no_mangle)]
extern "C" fn result() -> *const u8 {
    RESULT.lock().unwrap_or_else(std::sync::PoisonError::into_inner).as_ptr()
}

/// Hash maps want random numbers: a page has no secrets of which an attacker could guess the place in a table.
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(bytes: *mut u8, length: usize) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom passes a buffer that is valid for writing `length` bytes.
    unsafe { bytes.write_bytes(7, length) };
    Ok(())
}
