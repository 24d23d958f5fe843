//! Inserts checks of the [limits](super::limits) into programs before they are compiled.

use jaq_core::{
    load::{
        lex::StrPart,
        parse::{BinaryOp, Def, Pattern, Term},
    },
    native::Fun,
    ops::Math,
    path::Part,
};

use super::{
    JqData,
    limits::{FACTOR, FROM_JSON, MADE, RANGE, SHALLOW, TIMES, TURN},
};

/// Renames jq's own functions that [`definitions`] replace.
pub(super) fn replaced(mut function: Fun<JqData>) -> Fun<JqData> {
    match function.0 {
        "range" if function.1.len() == 3 => function.0 = RANGE,
        "fromjson" => function.0 = FROM_JSON,
        _ => {}
    }
    function
}

/// Definitions that replace functions of jq by ones that check the limits.
pub(super) fn definitions<'s>() -> [Def<&'s str>; 2] {
    let call = |name| Term::Call(name, Vec::new());
    let args = ["$from", "$to", "$by"];
    let range = Term::Call(RANGE, args.map(Term::Var).into());
    let (name, args) = ("range", args.into());
    [
        Def { name, args, body: pipe(range, call(TURN)) },
        Def { name: "fromjson", args: vec![], body: pipe(call(SHALLOW), call(FROM_JSON)) },
    ]
}

/// Instruments a definition: it checks the limits whenever it calls itself, and counts the lists, maps and
/// updates that it makes.
pub(super) fn bounded(mut def: Def<&str>) -> Def<&str> {
    bound(&mut def.body, true);
    add_turn(&mut def);
    def
}

/// Instruments the program itself. Lists, maps and updates outside of definitions, folds and arguments
/// are not counted, because they are made once for each value.
pub(super) fn bounded_program(mut def: Def<&str>) -> Def<&str> {
    bound(&mut def.body, false);
    add_turn(&mut def);
    def
}

fn add_turn(def: &mut Def<&str>) {
    if calls(&mut def.body, def.name, def.args.len()) {
        let body = std::mem::take(&mut def.body);
        def.body = pipe(Term::Call(TURN, Vec::new()), body);
    }
}

fn pipe<'s>(first: Term<&'s str>, then: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(first.into(), BinaryOp::Pipe(None), then.into())
}

fn bound(term: &mut Term<&str>, is_repeated: bool) {
    let repeats = match term {
        Term::Fold(..) | Term::Def(..) | Term::Call(..) => true,
        Term::BinOp(_, op, _) => is_update(op),
        _ => false,
    };
    for_each_part(term, &mut |part| bound(part, is_repeated || repeats));
    let makes = match term {
        Term::Arr(Some(_)) | Term::Obj(_) => true,
        Term::BinOp(_, op, _) => is_update(op),
        _ => false,
    };
    match term {
        Term::Def(defs, _) => defs.iter_mut().for_each(add_turn),
        Term::Recurse => *term = pipe(Term::Recurse, Term::Call(TURN, Vec::new())),
        Term::Fold(_, _, _, args) => {
            if let Some(update) = args.get_mut(1) {
                *update = pipe(Term::Call(TURN, Vec::new()), std::mem::take(update));
            }
        }
        Term::BinOp(left, BinaryOp::Math(Math::Mul), right) => {
            *term = Term::Call(TIMES, vec![std::mem::take(left), std::mem::take(right)]);
        }
        // `l *= r` is `r as $x | l |= . * $x`.
        Term::BinOp(left, BinaryOp::UpdateMath(Math::Mul), right) => {
            let product = Term::Call(TIMES, vec![Term::Id, Term::Var(FACTOR)]);
            let update = Term::BinOp(std::mem::take(left), BinaryOp::Update, product.into());
            let bind = BinaryOp::Pipe(Some(Pattern::Var(FACTOR)));
            *term = Term::BinOp(std::mem::take(right), bind, update.into());
        }
        _ => {}
    }
    if makes && is_repeated {
        *term = pipe(std::mem::take(term), Term::Call(MADE, Vec::new()));
    }
}

fn is_update(op: &BinaryOp<&str>) -> bool {
    matches!(
        op,
        BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt
    )
}

/// True when a part of the term calls this definition.
fn calls(term: &mut Term<&str>, name: &str, arity: usize) -> bool {
    let mut found =
        matches!(term, Term::Call(called, args) if *called == name && args.len() == arity);
    for_each_part(term, &mut |part| found = found || calls(part, name, arity));
    found
}

fn for_each_part<'s>(term: &mut Term<&'s str>, each: &mut dyn FnMut(&mut Term<&'s str>)) {
    match term {
        Term::Id
        | Term::Recurse
        | Term::Num(_)
        | Term::Break(_)
        | Term::Var(_)
        | Term::Arr(None) => {}
        Term::Str(_, parts) => {
            for part in parts {
                if let StrPart::Term(term) = part {
                    each(term);
                }
            }
        }
        Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => each(term),
        Term::Obj(entries) => {
            for (key, value) in entries {
                each(key);
                value.iter_mut().for_each(&mut *each);
            }
        }
        Term::BinOp(left, op, right) => {
            each(left);
            if let BinaryOp::Pipe(Some(pattern)) = op {
                for_each_of_pattern(pattern, each);
            }
            each(right);
        }
        Term::Fold(_, values, pattern, args) => {
            each(values);
            for_each_of_pattern(pattern, each);
            args.iter_mut().for_each(each);
        }
        Term::TryCatch(term, catch) => {
            each(term);
            catch.iter_mut().for_each(|term| each(term));
        }
        Term::IfThenElse(branches, otherwise) => {
            for (condition, then) in branches {
                each(condition);
                each(then);
            }
            otherwise.iter_mut().for_each(|term| each(term));
        }
        Term::Def(defs, term) => {
            defs.iter_mut().for_each(|def| each(&mut def.body));
            each(term);
        }
        Term::Call(_, args) => args.iter_mut().for_each(each),
        Term::Path(term, path) => {
            each(term);
            for (part, _) in &mut path.0 {
                match part {
                    Part::Index(index) => each(index),
                    Part::Range(from, to) => from.iter_mut().chain(to).for_each(&mut *each),
                }
            }
        }
    }
}

fn for_each_of_pattern<'s>(
    pattern: &mut Pattern<&'s str>,
    each: &mut dyn FnMut(&mut Term<&'s str>),
) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter_mut().for_each(|item| for_each_of_pattern(item, each)),
        Pattern::Obj(entries) => {
            for (key, value) in entries {
                each(key);
                for_each_of_pattern(value, each);
            }
        }
    }
}
