//! What templates call by name, and hand around as values: functions, macros, cyclers and joiners.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::ast::Macro;
use super::error::Complaint;
use super::value::{Size, Value};

/// A function as a value.
#[derive(Debug, Clone)]
pub(super) enum Function {
    Range,
    Always,
    Failure,
    /// `cycler(…)`, which makes a cycler.
    Cycler,
    /// `joiner(…)`, which makes a separator.
    Joiner,
    Separator(Arc<Separator>),
    Next(Arc<Cycler>),
    Reset(Arc<Cycler>),
    Macro(Arc<Closure>),
    /// A function that was read as a member; each reading makes another one.
    Member(Arc<Function>),
}

/// A macro with what its body sees of the place where it was defined.
#[derive(Debug)]
pub(super) struct Closure {
    pub(super) definition: Arc<Macro>,
    /// The home whose frame its body replaces, see `eval::scope`.
    pub(super) home: usize,
    /// The activation around it, see `eval::activation`.
    pub(super) activation: usize,
}

/// The items that a cycler goes through, again and again.
#[derive(Debug)]
pub(super) struct Cycler {
    items: Vec<Value>,
    /// The number of the current item from 1; 0 before the first.
    place: AtomicUsize,
    size: Size,
}

/// Nothing when it is called first, then its text.
#[derive(Debug)]
pub(super) struct Separator {
    text: Value,
    is_used: AtomicBool,
    size: Size,
}

impl Function {
    /// Whether `===` holds.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Separator(one), Self::Separator(other)) => Arc::ptr_eq(one, other),
            (Self::Next(one), Self::Next(other)) | (Self::Reset(one), Self::Reset(other)) => {
                Arc::ptr_eq(one, other)
            }
            (Self::Macro(one), Self::Macro(other)) => Arc::ptr_eq(one, other),
            (Self::Member(one), Self::Member(other)) => Arc::ptr_eq(one, other),
            (Self::Range, Self::Range)
            | (Self::Always, Self::Always)
            | (Self::Failure, Self::Failure)
            | (Self::Cycler, Self::Cycler)
            | (Self::Joiner, Self::Joiner) => true,
            _ => false,
        }
    }

    /// The function as a member that was read.
    pub(super) fn into_member(self) -> Self {
        match self {
            Self::Member(function) => Self::Member(Arc::new(Self::clone(&function))),
            function => Self::Member(Arc::new(function)),
        }
    }

    pub(super) fn size(&self) -> Size {
        match self {
            Self::Separator(separator) => separator.size,
            Self::Next(cycler) | Self::Reset(cycler) => cycler.size,
            Self::Member(function) => function.size(),
            _ => Size::default(),
        }
    }
}

impl Cycler {
    pub(super) fn new(items: &[Value]) -> Result<Self, Complaint> {
        let size = Size::around(0, items.iter())?;
        Ok(Self { items: items.to_vec(), place: AtomicUsize::new(0), size })
    }

    /// The current item: null before the first, undefined where there are none.
    pub(super) fn current(&self) -> Value {
        match self.place.load(Ordering::Relaxed) {
            0 => Value::Null,
            place => self.items.get(place - 1).cloned().unwrap_or_default(),
        }
    }

    pub(super) fn next(&self) -> Value {
        let place = self.place.load(Ordering::Relaxed);
        let next = if place < self.items.len() { place + 1 } else { 1 };
        self.place.store(next, Ordering::Relaxed);
        self.current()
    }

    pub(super) fn reset(&self) {
        self.place.store(0, Ordering::Relaxed);
    }

    pub(super) fn size(&self) -> Size {
        self.size
    }
}

impl Separator {
    pub(super) fn new(text: &Value) -> Result<Self, Complaint> {
        let text = match text.truthy()? {
            true => text.clone(),
            false => Value::text(","),
        };
        let size = Size::around(0, std::iter::once(&text))?;
        Ok(Self { text, is_used: AtomicBool::new(false), size })
    }

    pub(super) fn call(&self) -> Value {
        match self.is_used.swap(true, Ordering::Relaxed) {
            true => self.text.clone(),
            false => Value::text(""),
        }
    }
}
