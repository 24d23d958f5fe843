//! Requests that a fake holds until a test lets them go on.

use std::{sync::mpsc, time::Duration};

/// A request that is held, from the side of the forge.
#[derive(Debug)]
pub(crate) struct Hold {
    /// Whether it is held after the forge did what it asks.
    pub(crate) is_done: bool,
    reached: mpsc::Sender<()>,
    release: mpsc::Receiver<()>,
}

/// A request that a forge holds.
#[derive(Debug)]
pub struct Held {
    reached: mpsc::Receiver<()>,
    release: mpsc::Sender<()>,
}

pub(crate) fn new(is_done: bool) -> (Hold, Held) {
    let ((reached, comes), (go, release)) = (mpsc::channel(), mpsc::channel());
    (Hold { is_done, reached, release }, Held { reached: comes, release: go })
}

impl Hold {
    /// Waits until the request may go on; `false` when it never may.
    pub(crate) fn is_released(&self) -> bool {
        self.reached.send(()).is_ok() && self.release.recv().is_ok()
    }
}

impl Held {
    /// Whether the request has come, within a moment.
    pub fn has_come(&self) -> bool {
        self.reached.recv_timeout(Duration::from_millis(20)).is_ok()
    }

    /// Lets the request go on. One whose `Held` is dropped gets no good answer.
    ///
    /// # Panics
    /// When the request has not come.
    pub fn release(self) {
        self.release.send(()).expect("the request waits");
    }
}
