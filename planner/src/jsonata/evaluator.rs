//! Evaluates an expression. Every step and every copy is paid for from the budget of the plan.

use std::{cell::Cell, rc::Rc};

use serde_json::{Map, Value as Json};

use super::{
    DEEPEST, JsonataError,
    ast::{Expr, Operator},
    functions,
    operators::{apply, float},
    scope::Scope,
    transform,
    value::{Function, TOO_HEAVY, Value, number, weight},
};
use crate::engine::Budget;

pub(super) type Evaluated<T = Value> = Result<T, JsonataError>;

/// One evaluation.
pub(super) struct Evaluator<'e> {
    root: &'e Json,
    budget: &'e Budget,
    depth: Cell<usize>,
}

/// Evaluates an expression for an input.
pub(super) fn run(
    expr: &Expr,
    input: &Json,
    budget: &Budget,
) -> Result<Option<Json>, JsonataError> {
    let evaluator = Evaluator { root: input, budget, depth: Cell::new(0) };
    let value = evaluator.evaluate(expr, Some(input), &Rc::new(Scope::default()))?;
    Ok(value.into_json())
}

impl Evaluator<'_> {
    /// Pays for work.
    pub(super) fn pay(&self, units: u64) -> Evaluated<()> {
        if units >= TOO_HEAVY {
            return Err(JsonataError::TooDeep);
        }
        self.budget.spend(units).map_err(JsonataError::from)
    }

    /// A copy that is paid for.
    pub(super) fn copy(&self, json: &Json) -> Evaluated<Json> {
        self.pay(weight(json))?;
        Ok(json.clone())
    }

    /// Evaluates an expression; `context` is what names are looked up in, if there is anything.
    pub(super) fn evaluate(
        &self,
        expr: &Expr,
        context: Option<&Json>,
        scope: &Rc<Scope>,
    ) -> Evaluated {
        self.pay(1)?;
        if self.depth.get() >= 2 * DEEPEST {
            return Err(JsonataError::TooDeep);
        }
        self.depth.set(self.depth.get() + 1);
        let value = self.evaluate_one(expr, context, scope);
        self.depth.set(self.depth.get() - 1);
        value.map(Value::collapsed)
    }

    fn evaluate_one(&self, expr: &Expr, context: Option<&Json>, scope: &Rc<Scope>) -> Evaluated {
        let item = |json: Json| Ok(Value::Item(json));
        match expr {
            Expr::Null => item(Json::Null),
            Expr::Bool(bool) => item(Json::Bool(*bool)),
            Expr::Number(float) => number(*float).map(Value::Item),
            Expr::Text(text) => item(text.as_ref().into()),
            Expr::Name(name) => self.lookup(name, context),
            Expr::Wildcard => self.wildcard(context),
            Expr::Descendants => self.descendants(context),
            Expr::Variable(name) => self.variable(name, context, scope),
            Expr::Path(path) => self.path(path, context, scope),
            Expr::Filtered(expr, predicates) => {
                let mut value = self.evaluate(expr, context, scope)?;
                for predicate in predicates {
                    value = self.filter(predicate, value, scope)?.collapsed();
                }
                Ok(value)
            }
            Expr::Negative(expr) => match self.evaluate(expr, context, scope)? {
                Value::Undefined => Ok(Value::Undefined),
                value => number(-float(&value, "-")?).map(Value::Item),
            },
            Expr::List(items) => self.list(items, context, scope),
            Expr::Map(pairs) => match context {
                Some(Json::Array(_)) => {
                    let context = context.map(|list| self.copy(list)).transpose()?;
                    self.group(pairs, context.into(), scope)
                }
                _ => self.map(pairs, context, scope),
            },
            Expr::Group(expr, pairs) => {
                let value = self.evaluate(expr, context, scope)?;
                self.group(pairs, value, scope)
            }
            Expr::Binary(operator, left, right) => {
                self.binary(*operator, (left, right), context, scope)
            }
            Expr::Condition(condition, then, otherwise) => {
                match (self.evaluate(condition, context, scope)?.is_true(), otherwise) {
                    (true, _) => self.evaluate(then, context, scope),
                    (false, Some(otherwise)) => self.evaluate(otherwise, context, scope),
                    (false, None) => Ok(Value::Undefined),
                }
            }
            Expr::Block(items) => {
                let scope = Scope::inside(scope);
                let mut last = Value::Undefined;
                for item in items {
                    last = self.evaluate(item, context, &scope)?;
                }
                Ok(last)
            }
            Expr::Bind(name, expr) => {
                let value = self.evaluate(expr, context, scope)?;
                scope.bind(name, value.clone());
                Ok(value)
            }
            Expr::Lambda(lambda) => {
                let context = Rc::new(self.copy(context.unwrap_or(&Json::Null))?);
                let (lambda, scope) = (Rc::clone(lambda), Rc::clone(scope));
                Ok(Value::Function(Function::Lambda { lambda, scope, context }))
            }
            Expr::Transform(transform) => {
                let (transform, scope) = (Rc::clone(transform), Rc::clone(scope));
                Ok(Value::Function(Function::Transform { transform, scope }))
            }
            Expr::Call(function, arguments) => {
                let arguments = self.all(arguments, context, scope)?;
                self.call_expr(function, arguments, context, scope)
            }
            Expr::Apply(left, right) => {
                let left = self.evaluate(left, context, scope)?;
                if matches!(left, Value::Function(_)) {
                    return Err(JsonataError::Value("functions cannot be composed".to_owned()));
                }
                match &**right {
                    Expr::Call(function, arguments) => {
                        let mut all = vec![left];
                        all.extend(self.all(arguments, context, scope)?);
                        self.call_expr(function, all, context, scope)
                    }
                    right => self.call_expr(right, vec![left], context, scope),
                }
            }
            Expr::Sort(_) => Err(JsonataError::Value("there is nothing to sort".to_owned())),
        }
    }

    fn all(
        &self,
        exprs: &[Expr],
        context: Option<&Json>,
        scope: &Rc<Scope>,
    ) -> Evaluated<Vec<Value>> {
        exprs.iter().map(|expr| self.evaluate(expr, context, scope)).collect()
    }

    fn variable(&self, name: &str, context: Option<&Json>, scope: &Rc<Scope>) -> Evaluated {
        let shared = match name {
            "" => context,
            "$" => Some(self.root),
            name => {
                if let Some(value) = scope.get(name) {
                    match &value {
                        Value::Item(item) => self.pay(weight(item))?,
                        Value::Sequence(items, _) => self.pay(items.iter().map(weight).sum())?,
                        Value::Undefined | Value::Function(_) => {}
                    }
                    return Ok(value);
                }
                let function = functions::named(name)?.map(Function::BuiltIn);
                return Ok(function.map_or(Value::Undefined, Value::Function));
            }
        };
        Ok(shared.map(|json| self.copy(json)).transpose()?.into())
    }

    fn list(&self, items: &[Expr], context: Option<&Json>, scope: &Rc<Scope>) -> Evaluated {
        let mut list = Vec::new();
        for item in items {
            let value = self.evaluate(item, context, scope)?;
            match item {
                // Only a list that is written out stays one in a list.
                Expr::List(_) => list.extend(value.into_json()),
                _ => list.extend(value.into_items()),
            }
        }
        Ok(Value::Item(Json::Array(list)))
    }

    /// Makes a map of one context.
    fn map(&self, pairs: &[(Expr, Expr)], context: Option<&Json>, scope: &Rc<Scope>) -> Evaluated {
        let mut map = Map::new();
        for (key, value) in pairs {
            let Some(key) = map_key(self.evaluate(key, context, scope)?)? else {
                continue;
            };
            if map.contains_key(&key) {
                return Err(JsonataError::Value(format!("a map has the key `{key}` twice")));
            }
            if let Some(value) = self.evaluate(value, context, scope)?.into_json() {
                map.insert(key, value);
            }
        }
        Ok(Value::Item(Json::Object(map)))
    }

    /// Makes a map; items with the same key are taken together.
    fn group(&self, pairs: &[(Expr, Expr)], input: Value, scope: &Rc<Scope>) -> Evaluated {
        let items: Vec<Option<Json>> = match input {
            Value::Undefined => vec![None],
            input => input.into_items().into_iter().map(Some).collect(),
        };
        let items = if items.is_empty() { vec![None] } else { items };
        let mut groups: Vec<(String, usize, Vec<Json>)> = Vec::new();
        for item in items {
            for (place, (key, _)) in pairs.iter().enumerate() {
                let Some(key) = map_key(self.evaluate(key, item.as_ref(), scope)?)? else {
                    continue;
                };
                self.pay(1 + groups.len() as u64 / 16 + item.as_ref().map_or(0, weight))?;
                match groups.iter_mut().find(|(known, ..)| *known == key) {
                    Some((_, at, data)) if *at == place => data.extend(item.clone()),
                    Some(_) => {
                        return Err(JsonataError::Value(format!(
                            "a map has the key `{key}` twice"
                        )));
                    }
                    None => groups.push((key, place, item.iter().cloned().collect())),
                }
            }
        }
        let mut map = Map::new();
        for (key, place, mut data) in groups {
            let context = match data.len() {
                0 => None,
                1 => data.pop(),
                _ => Some(Json::Array(data)),
            };
            let value = self.evaluate(&pairs[place].1, context.as_ref(), scope)?;
            if let Some(value) = value.into_json() {
                map.insert(key, value);
            }
        }
        Ok(Value::Item(Json::Object(map)))
    }

    fn binary(
        &self,
        operator: Operator,
        (left, right): (&Expr, &Expr),
        context: Option<&Json>,
        scope: &Rc<Scope>,
    ) -> Evaluated {
        let left = self.evaluate(left, context, scope)?;
        match operator {
            Operator::And if !left.is_true() => return Ok(Value::Item(false.into())),
            Operator::Or if left.is_true() => return Ok(Value::Item(true.into())),
            _ => {}
        }
        let right = self.evaluate(right, context, scope)?;
        if matches!(operator, Operator::And | Operator::Or) {
            return Ok(Value::Item(right.is_true().into()));
        }
        apply(self, operator, left, right)
    }

    fn call_expr(
        &self,
        function: &Expr,
        arguments: Vec<Value>,
        context: Option<&Json>,
        scope: &Rc<Scope>,
    ) -> Evaluated {
        if let Value::Function(function) = self.evaluate(function, context, scope)? {
            return self.call(&function, arguments, context);
        }
        let name = match function {
            Expr::Variable(name) => format!("`${name}`"),
            _ => "what is called".to_owned(),
        };
        Err(JsonataError::Value(format!("{name} is not a function")))
    }

    /// Calls a function.
    pub(super) fn call(
        &self,
        function: &Function,
        arguments: Vec<Value>,
        context: Option<&Json>,
    ) -> Evaluated {
        match function {
            Function::BuiltIn(name) => functions::call(self, name, arguments, context),
            Function::Lambda { lambda, scope, context } => {
                let scope = Scope::inside(scope);
                let mut arguments = arguments.into_iter();
                for parameter in &lambda.parameters {
                    scope.bind(parameter, arguments.next().unwrap_or(Value::Undefined));
                }
                self.evaluate(&lambda.body, Some(context.as_ref()), &scope)
            }
            Function::Transform { transform, scope } => {
                let argument = arguments.into_iter().next().unwrap_or(Value::Undefined);
                transform::apply(self, transform, argument, scope)
            }
        }
    }
}

/// The key of a map; `None` for one that is left out.
fn map_key(value: Value) -> Evaluated<Option<String>> {
    match value {
        Value::Undefined => Ok(None),
        Value::Item(Json::String(key)) => Ok(Some(key)),
        _ => Err(JsonataError::Value("the key of a map is not a text".to_owned())),
    }
}
