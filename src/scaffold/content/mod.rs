//! Content of other repositories that templates use: the lock is made, and what it names is brought into the cache.
//!
//! Only these functions ask servers; plans read the lock and the cache.

mod cache;
mod servers;
mod update;

pub use cache::{is_cached, missing};
pub use servers::{Checkout, ContentFault, ContentServers};
pub use update::{Change, LockUpdate, Selection, update};
