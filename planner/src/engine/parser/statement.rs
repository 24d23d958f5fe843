//! Statements: what stands in `{% … %}`.

use std::sync::Arc;

use super::super::ast::{Arguments, Expr, ExprKind, Loop, Macro, MacroStatement, Node, Target};
use super::super::error::Fault;
use super::super::lexer::Token;
use super::Parser;
use super::names::Kind;

/// The parameters of a macro or `call` block.
#[derive(Default)]
struct Parameters {
    positional: Vec<Target>,
    keywords: Vec<(Arc<str>, Expr)>,
}

impl<'s> Parser<'s> {
    pub(super) fn if_statement(&mut self, at: usize) -> Result<Node, Fault> {
        const UNTIL: [&str; 4] = ["elif", "elseif", "else", "endif"];
        let mut branches = Vec::new();
        loop {
            let condition = self.expression()?;
            self.block_end()?;
            branches.push((condition, self.nodes(&UNTIL, Some((at, "if")))?));
            if !self.skip_name("elif") && !self.skip_name("elseif") {
                break;
            }
        }
        let mut otherwise = Vec::new();
        if self.skip_name("else") {
            self.block_end()?;
            otherwise = self.nodes(&["endif"], Some((at, "if")))?;
        }
        self.closing()?;
        Ok(Node::If { branches, otherwise })
    }

    pub(super) fn for_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let names = self.variables()?;
        if !self.skip_name("in") {
            return Err(self.unexpected("`in`"));
        }
        let sequence = self.expression()?;
        self.block_end()?;
        let (targets, level, length) = self.names.begin_loop(&names);
        let body = self.nodes(&["else", "endfor"], Some((at, "for")))?;
        let mut otherwise = Vec::new();
        if self.skip_name("else") {
            self.block_end()?;
            otherwise = self.nodes(&["endfor"], Some((at, "for")))?;
        }
        self.names.end_loop(level);
        self.closing()?;
        let has_fields = self.reads_loop;
        let each = Loop { targets, level, length, has_fields, sequence, body, otherwise };
        Ok(Node::For(Box::new(each)))
    }

    pub(super) fn set_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let names = self.variables()?;
        let targets = names.iter().map(|name| self.names.target(name)).collect();
        let value = if self.skip_symbol("=") {
            let value = self.expression()?;
            self.block_end()?;
            value
        } else {
            self.block_end()?;
            let captured = self.capture("endset", (at, "set"))?;
            self.closing()?;
            captured
        };
        Ok(Node::Set { targets, value })
    }

    pub(super) fn filter_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let (filter_at, filter) = self.filter_name()?;
        let arguments =
            if self.skip_symbol("(") { self.arguments()? } else { Arguments::default() };
        self.block_end()?;
        let input = Box::new(self.capture("endfilter", (at, "filter"))?);
        self.closing()?;
        let kind = ExprKind::Filter { input, filter, arguments };
        Ok(Node::Output(Expr { at: filter_at, height: 2, kind }))
    }

    pub(super) fn switch_statement(&mut self, at: usize) -> Result<Node, Fault> {
        const UNTIL: [&str; 3] = ["case", "default", "endswitch"];
        let opened = Some((at, "switch"));
        let subject = self.expression()?;
        self.block_end()?;
        // What stands before the first case is never shown.
        self.nodes(&UNTIL, opened)?;
        let mut cases = Vec::new();
        while self.skip_name("case") {
            let value = self.expression()?;
            self.block_end()?;
            cases.push((value, self.nodes(&UNTIL, opened)?));
        }
        let mut otherwise = Vec::new();
        if self.skip_name("default") {
            self.block_end()?;
            otherwise = self.nodes(&["endswitch"], opened)?;
        }
        self.closing()?;
        Ok(Node::Switch { subject, cases, otherwise })
    }

    /// Parses nodes whose text is captured.
    fn capture(&mut self, end: &str, opened: (usize, &str)) -> Result<Expr, Fault> {
        self.names.begin(Kind::Capture);
        let body = self.nodes(&[end], Some(opened));
        let slots = self.names.end();
        Ok(Expr { at: opened.0, height: 1, kind: ExprKind::Capture { body: body?, slots } })
    }

    pub(super) fn macro_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let Token::Name(name) = *self.peek() else {
            return Err(self.unexpected("the name of the macro"));
        };
        self.take();
        if !self.skip_symbol("(") {
            return Err(self.unexpected("`(` and the parameters of the macro"));
        }
        self.names.begin(Kind::Alone);
        let parameters = self.parameters();
        let definition = self.definition(parameters, Kind::Alone, (at, "macro"), "endmacro")?;
        self.closing()?;
        let is_global = self.names.is_outermost();
        let target = self.names.define(name);
        let statement = MacroStatement { at, target, is_global, definition };
        Ok(Node::Macro(Box::new(statement)))
    }

    /// Parses `{% call(parameters) macro(arguments) %}`: the body is the argument `caller`.
    pub(super) fn call_statement(&mut self, at: usize) -> Result<Node, Fault> {
        self.names.begin(Kind::Caller);
        let has_parameters = self.skip_symbol("(");
        let parameters = if has_parameters { self.parameters() } else { Ok(Parameters::default()) };
        // What is called is read as if it stood before the block.
        let inner = self.names.suspend();
        let called_at = self.at();
        let called = self.postfix();
        self.names.resume(inner);
        let definition = self.definition(parameters, Kind::Caller, (at, "call"), "endcall")?;
        self.closing()?;
        let mut called = called?;
        let ExprKind::Call { arguments, .. } = &mut called.kind else {
            let message = "`call` needs a macro and its arguments, like `{% call box() %}`";
            return Err(Fault::new(called_at, message));
        };
        let caller = Expr { at, height: 1, kind: ExprKind::Caller(definition) };
        arguments.keywords.push((Arc::from("caller"), caller));
        Ok(Node::Output(called))
    }

    /// Parses the body of a macro or `call` block, and ends its names.
    fn definition(
        &mut self,
        parameters: Result<Parameters, Fault>,
        kind: Kind,
        opened: (usize, &str),
        end: &str,
    ) -> Result<Arc<Macro>, Fault> {
        let body = self.block_end().and_then(|()| self.nodes(&[end], Some(opened)));
        let slots = self.names.end();
        let Parameters { positional, keywords } = parameters?;
        let is_caller = kind == Kind::Caller;
        Ok(Arc::new(Macro { positional, keywords, body: body?, slots, is_caller }))
    }

    /// Parses `name, name=default)`.
    fn parameters(&mut self) -> Result<Parameters, Fault> {
        let mut parameters = Parameters::default();
        for name in self.positional_names() {
            parameters.positional.push(self.names.define(name));
        }
        let mut is_first = true;
        while !self.skip_symbol(")") {
            if !is_first && !self.skip_symbol(",") {
                return Err(self.unexpected("`,` or `)`"));
            }
            is_first = false;
            let Token::Name(name) = *self.peek() else {
                return Err(self.unexpected("the name of a parameter"));
            };
            self.take();
            if self.skip_symbol("=") {
                parameters.keywords.push((Arc::from(name), self.expression()?));
            }
        }
        Ok(parameters)
    }

    /// The parameters without a default: defaults see them all.
    fn positional_names(&self) -> Vec<&'s str> {
        let mut depth = 0;
        let mut names = Vec::new();
        for window in self.tokens[self.next..].windows(2) {
            match (&window[0].token, &window[1].token) {
                (Token::Symbol("(" | "[" | "{"), _) => depth += 1,
                (Token::Symbol(")"), _) if depth == 0 => break,
                (Token::Symbol(")" | "]" | "}"), _) => depth -= 1,
                (Token::BlockEnd | Token::End, _) => break,
                (Token::Name(name), Token::Symbol("," | ")")) if depth == 0 => {
                    let before = &self.tokens[self.next - 1..];
                    let place = before.partition_point(|lexeme| lexeme.at < window[0].at);
                    if let Token::Symbol("(" | ",") = before[place - 1].token {
                        names.push(*name);
                    }
                }
                _ => {}
            }
        }
        names
    }

    pub(super) fn block_statement(&mut self, at: usize) -> Result<Node, Fault> {
        let Token::Name(name) = *self.peek() else {
            return Err(self.unexpected("the name of the block"));
        };
        self.take();
        if !self.blocks.insert(name) {
            return Err(Fault::new(at, format!("there are two blocks `{name}`")));
        }
        self.block_end()?;
        self.names.begin(Kind::Alone);
        let body = self.nodes(&["endblock"], Some((at, "block")));
        let slots = self.names.end();
        let body = body?;
        self.take();
        self.skip_name(name);
        self.block_end()?;
        Ok(Node::Block { body, slots })
    }

    fn variables(&mut self) -> Result<Vec<&'s str>, Fault> {
        let mut names = Vec::new();
        loop {
            match *self.peek() {
                Token::Name(name) => names.push(name),
                _ => return Err(self.unexpected("a variable name")),
            }
            self.take();
            if !self.skip_symbol(",") {
                return Ok(names);
            }
        }
    }
}
