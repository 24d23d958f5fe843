//! Variables of an expression.

use std::{cell::RefCell, rc::Rc};

use super::value::Value;

/// The variables of a block or function, and those around it.
#[derive(Debug, Default)]
pub(super) struct Scope {
    variables: RefCell<Vec<(Rc<str>, Value)>>,
    around: Option<Rc<Scope>>,
}

impl Scope {
    pub(super) fn inside(around: &Rc<Self>) -> Rc<Self> {
        Rc::new(Self { variables: RefCell::default(), around: Some(Rc::clone(around)) })
    }

    pub(super) fn bind(&self, name: &Rc<str>, value: Value) {
        self.variables.borrow_mut().push((Rc::clone(name), value));
    }

    pub(super) fn get(&self, name: &str) -> Option<Value> {
        let variables = self.variables.borrow();
        let own = variables.iter().rev().find(|(known, _)| **known == *name);
        match own {
            Some((_, value)) => Some(value.clone()),
            None => self.around.as_ref()?.get(name),
        }
    }
}
