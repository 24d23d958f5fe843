//! Requests that a fake holds until a test lets them go on.

use std::{sync::mpsc, time::Duration};

/// The forge's side of a request that it holds.
#[derive(Debug)]
pub(crate) struct Hold {
    /// Whether it is held after the forge did what it asks.
    pub(crate) is_done: bool,
    reached: mpsc::Sender<()>,
    release: mpsc::Receiver<()>,
}

/// The handle by which a test lets a request go on that a forge holds.
#[derive(Debug)]
pub struct HoldHandle {
    reached: mpsc::Receiver<()>,
    release: mpsc::Sender<()>,
}

pub(crate) fn new(is_done: bool) -> (Hold, HoldHandle) {
    let ((reached, comes), (go, release)) = (mpsc::channel(), mpsc::channel());
    (Hold { is_done, reached, release }, HoldHandle { reached: comes, release: go })
}

impl Hold {
    /// Waits until the request may go on; `false` when it never may.
    pub(crate) fn is_released(&self) -> bool {
        self.reached.send(()).is_ok() && self.release.recv().is_ok()
    }
}

impl HoldHandle {
    /// Whether the request has come, within a moment.
    pub fn has_come(&self) -> bool {
        self.reached.recv_timeout(Duration::from_millis(20)).is_ok()
    }

    /// Lets the request go on. One whose `HoldHandle` is dropped gets no good answer.
    ///
    /// # Panics
    /// When the request has not come.
    pub fn release(self) {
        self.release.send(()).expect("the request waits");
    }
}
