//! Evaluates expressions. Every expression charges the meter for one unit, and for what it reads.

use std::sync::Arc;

use super::super::ast::{Arguments, Expr, ExprKind, Infix};
use super::super::error::{Complaint, Fault};
use super::super::filters::{Choice, Filter, Input};
use super::super::limits::Meter;
use super::super::pattern::Regex;
use super::super::value::Value;
use super::super::{member, operators};
use super::Renderer;

impl Renderer<'_> {
    /// Evaluates an expression. It is unknown when it reads what is known only after apply.
    pub(super) fn expr(&mut self, expr: &Expr) -> Result<Value, Fault> {
        match &expr.kind {
            ExprKind::Literal(value) => {
                self.meter.spend(1).map_err(|complaint| complaint.at(expr.at))?;
                return Ok(value.clone());
            }
            ExprKind::Name { slot: Some(slot), .. } => {
                self.meter.spend(1).map_err(|complaint| complaint.at(expr.at))?;
                return Ok(self.activations.get(*slot));
            }
            _ => {}
        }
        self.deepen(1, expr.at)?;
        let value = self.known_expr(expr);
        self.depth -= 1;
        value.or_else(|fault| {
            let unknown = fault.into_unknown()?;
            Value::unknown(unknown, &self.meter).map_err(|complaint| complaint.at(expr.at))
        })
    }

    fn known_expr(&mut self, expr: &Expr) -> Result<Value, Fault> {
        let place = |complaint: Complaint| complaint.at(expr.at);
        self.meter.spend(1).map_err(place)?;
        match &expr.kind {
            ExprKind::Literal(value) => Ok(value.clone()),
            ExprKind::Name { slot: Some(slot), .. } => Ok(self.activations.get(*slot)),
            ExprKind::Name { name, .. } => self.scope.get(name, &self.meter).map_err(place),
            ExprKind::Regex(pattern) => Ok(Value::Regex(Arc::new(Regex::new(pattern)))),
            ExprKind::Caller(definition) => Ok(self.caller(definition)),
            ExprKind::Slice { target, bounds } => self.slice(expr.at, target, bounds),
            ExprKind::List(items) => Value::list(self.all(items)?, &self.meter).map_err(place),
            ExprKind::Map(pairs) => Value::map(self.pairs(pairs)?, &self.meter).map_err(place),
            ExprKind::Sequence(items) => Ok(self.all(items)?.pop().unwrap_or_default()),
            ExprKind::Member { target, key } => {
                let (target, key) = (self.expr(target)?, self.expr(key)?);
                member::get(&target, &key, &self.meter).map_err(place)
            }
            ExprKind::Call { target, arguments } => self.call(expr.at, target, arguments),
            ExprKind::Filter { input, filter, arguments } => {
                let input = self.expr(input)?;
                self.filter(expr.at, filter, input, arguments)
            }
            ExprKind::Check { input, check, arguments } => {
                let input = self.expr(input)?;
                let arguments = self.arguments(expr.at, arguments)?;
                check.apply(&input, &arguments, &self.meter).map(Value::Bool).map_err(place)
            }
            ExprKind::In { needle, haystack } => {
                let (needle, haystack) = (self.expr(needle)?, self.expr(haystack)?);
                let found = operators::contains(&needle, &haystack, &self.meter);
                found.map(Value::Bool).map_err(place)
            }
            ExprKind::Prefix(prefix, operand) => {
                let operand = self.expr(operand)?;
                operators::prefix(*prefix, &operand, &self.meter).map_err(place)
            }
            ExprKind::Chain { first, rest } => self.chain(first, rest),
            ExprKind::FloorDivide(left, right) => {
                self.arithmetic(left, right, operators::floor_divide)
            }
            ExprKind::Power(base, exponent) => self.arithmetic(base, exponent, operators::power),
            ExprKind::InlineIf { condition, then, otherwise } => {
                match (self.expr(condition)?.truthy().map_err(place)?, otherwise) {
                    (true, _) => self.expr(then),
                    (false, Some(otherwise)) => self.expr(otherwise),
                    (false, None) => Ok(Value::text("")),
                }
            }
            ExprKind::Capture { body, slots } => self.capture(body, *slots),
        }
    }

    /// `target[start:stop:step]` as Nunjucks has it for Jinja: the bounds are not cut, so that there may be undefined
    /// items beyond the end.
    fn slice(
        &mut self,
        at: usize,
        target: &Expr,
        bounds: &[Option<Box<Expr>>; 3],
    ) -> Result<Value, Fault> {
        let place = |complaint: Complaint| complaint.at(at);
        let target = self.expr(target)?;
        let mut numbers = [None; 3];
        for (number, bound) in numbers.iter_mut().zip(bounds) {
            if let Some(bound) = bound {
                *number = match self.expr(bound)? {
                    Value::Null => None,
                    value => Some(value.to_number(&self.meter).map_err(place)?),
                };
            }
        }
        member::slice(&target, numbers, &self.meter).map_err(place)
    }

    fn filter(
        &mut self,
        at: usize,
        filter: &'static Filter,
        value: Value,
        arguments: &Arguments,
    ) -> Result<Value, Fault> {
        let arguments = self.arguments(at, arguments)?;
        let input = Input {
            name: filter.name,
            value,
            arguments,
            environment: self.environment,
            meter: &self.meter,
            choice: Choice { at, number: self.choices },
        };
        self.choices += u64::from(filter.name == "random");
        filter.apply(input).map_err(|complaint| complaint.at(at))
    }

    /// Applies an operator that Nunjucks writes as a call of two numbers.
    fn arithmetic(
        &mut self,
        left: &Expr,
        right: &Expr,
        apply: fn(&Value, &Value, &Meter) -> Result<Value, Complaint>,
    ) -> Result<Value, Fault> {
        let (at, left, right) = (right.at, self.expr(left)?, self.expr(right)?);
        apply(&left, &right, &self.meter).map_err(|complaint| complaint.at(at))
    }

    fn all(&mut self, items: &[Expr]) -> Result<Vec<Value>, Fault> {
        items.iter().map(|item| self.expr(item)).collect()
    }

    fn pairs(&mut self, pairs: &[(Arc<str>, Expr)]) -> Result<Vec<(Arc<str>, Value)>, Fault> {
        pairs.iter().map(|(key, value)| Ok((Arc::clone(key), self.expr(value)?))).collect()
    }

    /// Evaluates operators of one precedence; `or` and `and` stop where JavaScript stops.
    fn chain(&mut self, first: &Expr, rest: &[(Infix, Expr)]) -> Result<Value, Fault> {
        let mut value = self.expr(first)?;
        for (infix, operand) in rest {
            let place = |complaint: Complaint| complaint.at(operand.at);
            match infix {
                Infix::Or if value.truthy().map_err(place)? => continue,
                Infix::And if !value.truthy().map_err(place)? => continue,
                _ => {}
            }
            let right = self.expr(operand)?;
            value = operators::infix(*infix, &value, &right, &self.meter).map_err(place)?;
        }
        Ok(value)
    }

    /// Evaluates arguments; keywords become one last map that marks itself, as in Nunjucks.
    pub(super) fn arguments(
        &mut self,
        at: usize,
        arguments: &Arguments,
    ) -> Result<Vec<Value>, Fault> {
        let mut values = self.all(&arguments.positional)?;
        if !arguments.keywords.is_empty() {
            let mut pairs = self.pairs(&arguments.keywords)?;
            pairs.push((Arc::from("__keywords"), Value::Bool(true)));
            values.push(Value::map(pairs, &self.meter).map_err(|complaint| complaint.at(at))?);
        }
        Ok(values)
    }
}
