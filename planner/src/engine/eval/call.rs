//! Calls: of methods, of the functions of the language, and of macros.

use std::sync::Arc;

use super::super::ast::{Arguments, Expr, ExprKind, Macro};
use super::super::callable::{Closure, Cycler, Function, Separator};
use super::super::error::{Complaint, Fault};
use super::super::limits;
use super::super::value::Value;
use super::super::{member, methods};
use super::Renderer;

impl Renderer<'_> {
    pub(super) fn call(
        &mut self,
        at: usize,
        target: &Expr,
        arguments: &Arguments,
    ) -> Result<Value, Fault> {
        let place = |complaint: Complaint| complaint.at(at);
        if let ExprKind::Member { target: receiver, key } = &target.kind {
            let (receiver, key) = (self.expr(receiver)?, self.expr(key)?);
            let arguments = self.arguments(at, arguments)?;
            receiver.known().map_err(place)?;
            let own = member::own(&receiver, &key, &self.meter).map_err(place)?;
            let is_method = |key: &Value| matches!(key, Value::Text(name) if methods::is_compat(&receiver, name));
            return match own {
                _ if self.compat && is_method(&key) => {
                    self.method(at, &receiver, &key, &arguments, target)
                }
                Value::Undefined => self.method(at, &receiver, &key, &arguments, target),
                own => self.function(at, &own, &arguments, target),
            };
        }
        let function = self.expr(target)?;
        let arguments = self.arguments(at, arguments)?;
        self.function(at, &function, &arguments, target)
    }

    fn method(
        &self,
        at: usize,
        receiver: &Value,
        key: &Value,
        arguments: &[Value],
        called: &Expr,
    ) -> Result<Value, Fault> {
        let place = |complaint: Complaint| complaint.at(at);
        let method = key.to_text(&self.meter).map_err(place)?;
        let call = methods::Call { receiver, method: &method, called, compat: self.compat };
        call.make(arguments, &self.meter).map_err(place)
    }

    fn function(
        &mut self,
        at: usize,
        function: &Value,
        arguments: &[Value],
        called: &Expr,
    ) -> Result<Value, Fault> {
        let place = |complaint: Complaint| complaint.at(at);
        let mut function = match function.known().map_err(place)? {
            Value::Function(function) => function,
            other => {
                let message =
                    format!("`{}` is {} and cannot be called", called.name(), other.kind());
                return Err(Fault::new(at, message));
            }
        };
        if let Function::Member(member) = function {
            function = member;
        }
        let first = arguments.first().unwrap_or(&Value::Undefined);
        match function {
            Function::Range => methods::range(arguments, &self.meter).map_err(place),
            Function::Always => Ok(Value::Bool(self.environment.always())),
            Function::Failure => Ok(Value::Bool(self.environment.failure())),
            Function::Cycler => {
                self.meter.spend(4 + 2 * arguments.len()).map_err(place)?;
                let cycler = Cycler::new(arguments).map_err(place)?;
                Ok(Value::Cycler(Arc::new(cycler)))
            }
            Function::Joiner => {
                let separator = Separator::new(first).map_err(place)?;
                Ok(Value::Function(Function::Separator(Arc::new(separator))))
            }
            Function::Separator(separator) => Ok(separator.call()),
            Function::Next(cycler) => Ok(cycler.next()),
            Function::Reset(cycler) => {
                cycler.reset();
                Ok(Value::Undefined)
            }
            Function::Macro(closure) => self.run_macro(at, closure, arguments),
            Function::Member(_) => Err(Fault::new(at, "this cannot be called")),
        }
    }

    /// A `call` block as a function.
    pub(super) fn caller(&mut self, definition: &Arc<Macro>) -> Value {
        Value::Function(Function::Macro(Arc::new(Closure {
            definition: Arc::clone(definition),
            home: self.scope.home(),
            activation: self.activations.close_over(),
        })))
    }

    /// Renders the body of a macro to text that is marked safe.
    fn run_macro(
        &mut self,
        at: usize,
        closure: &Closure,
        arguments: &[Value],
    ) -> Result<Value, Fault> {
        let definition = &closure.definition;
        let place = |complaint: Complaint| complaint.at(at);
        let around = definition.is_caller.then_some(closure.activation);
        self.deepen(limits::CALL, at)?;
        let run = self.activations.enter(definition.slots, around, &self.meter).map_err(place)?;
        let before = self.scope.enter_macro(closure.home, definition.is_caller);
        let rendered = self.bind(at, definition, arguments).and_then(|()| {
            let text = self.captured(&definition.body)?;
            match text.into_known() {
                Ok(text) => Ok(Value::Safe(text.into())),
                Err(unknown) => Value::unknown(unknown, &self.meter).map_err(place),
            }
        });
        self.scope.leave(&before);
        self.activations.leave(&run);
        self.depth -= limits::CALL;
        rendered
    }

    /// Gives the parameters of a macro their values. Positions fill first the parameters without a default, then
    /// those with one; keywords fill what is left.
    fn bind(&mut self, at: usize, definition: &Macro, arguments: &[Value]) -> Result<(), Fault> {
        let place = |complaint: Complaint| complaint.at(at);
        self.meter.spend(arguments.len()).map_err(place)?;
        let (given, keywords) = match arguments.split_last() {
            Some((Value::Map(record), given)) if record.get("__keywords").is_some() => {
                (given, record.entries())
            }
            _ => (arguments, &[][..]),
        };
        let mut keywords: Vec<(&str, &Value)> =
            keywords.iter().map(|(name, value)| (&**name, value)).collect();
        let names = &definition.positional;
        let mut values = given.iter().take(names.len()).cloned().collect::<Vec<_>>();
        for target in &names[values.len()..] {
            let known = keywords.iter().position(|(name, _)| *name == &*target.name);
            // Of two parameters of one name, the keyword fills the first.
            values.push(known.map_or(Value::Undefined, |at| keywords.remove(at).1.clone()));
        }
        for (value, (name, _)) in given.iter().skip(names.len()).zip(&definition.keywords) {
            keywords.retain(|(keyword, _)| *keyword != &**name);
            keywords.push((name, value));
        }
        let find = |wanted: &str| {
            let mut keywords = keywords.iter();
            keywords.find(|(name, _)| *name == wanted).map(|(_, value)| (*value).clone())
        };
        if let Some(caller) = find("caller") {
            self.scope.bind(&"caller".into(), caller, &self.meter).map_err(place)?;
        }
        // Of two parameters of one name, JavaScript has the last.
        for (target, value) in names.iter().zip(&values) {
            self.assign(target, value);
        }
        for target in names {
            let last = names.iter().rposition(|other| other.name == target.name);
            let value = last.map_or(Value::Undefined, |last| values[last].clone());
            self.scope.bind(&target.name, value, &self.meter).map_err(place)?;
        }
        for (name, default) in &definition.keywords {
            let value = match find(name) {
                Some(value) => value,
                None => self.expr(default)?,
            };
            self.scope.bind(name, value, &self.meter).map_err(place)?;
        }
        Ok(())
    }
}
