//! A pattern as instructions for the matcher.

use super::class::Class;
use super::tree::{Expression, Repeat, Tree};

/// One step of the matcher. Those that read a character say in which direction.
#[derive(Debug)]
pub(super) enum Step {
    /// One character of a set.
    One {
        set: Set,
        is_backward: bool,
    },
    /// As many characters of a set as there are, or as few as needed.
    Many {
        set: Set,
        least: usize,
        most: usize,
        is_greedy: bool,
        is_backward: bool,
    },
    Start,
    End,
    Boundary {
        is_negated: bool,
    },
    /// Notes the place as the start (even) or end (odd) of a group.
    Note(usize),
    /// What a group has matched.
    Back {
        group: usize,
        is_backward: bool,
    },
    /// Goes on with the next step, or else with that one.
    Try(usize),
    Jump(usize),
    /// Begins to count a loop.
    Begin(usize),
    /// Enters a loop, or goes on behind it.
    Loop {
        counter: usize,
        least: usize,
        most: usize,
        is_greedy: bool,
        exit: usize,
        groups: (usize, usize),
    },
    /// Looks ahead or behind with the steps up to before `exit`.
    Look {
        is_negated: bool,
        exit: usize,
    },
    /// The end of the pattern or of a look.
    Done,
}

/// What one character may be.
#[derive(Debug, Clone)]
pub(super) enum Set {
    Char(char),
    /// Anything but the end of a line.
    Any,
    Class(Class),
}

/// The steps of a pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) steps: Vec<Step>,
    pub(super) groups: usize,
    pub(super) counters: usize,
    pub(super) names: Vec<(String, usize)>,
    /// The character that every match starts with, when there is one.
    pub(super) first: Option<char>,
}

impl Program {
    pub(super) fn of(parsed: &Expression, ignore_case: bool) -> Self {
        let names = parsed.names.clone();
        let first = if ignore_case { None } else { first(&parsed.tree) };
        let mut program =
            Self { steps: Vec::new(), groups: parsed.groups, counters: 0, names, first };
        program.add(&parsed.tree, false);
        program.steps.push(Step::Done);
        program
    }

    fn add(&mut self, tree: &Tree, is_backward: bool) {
        match tree {
            Tree::Empty => {}
            Tree::Char(_) | Tree::Any | Tree::Class(_) => {
                self.steps.extend(set(tree).map(|set| Step::One { set, is_backward }));
            }
            Tree::Start => self.steps.push(Step::Start),
            Tree::End => self.steps.push(Step::End),
            Tree::Boundary { is_negated } => {
                self.steps.push(Step::Boundary { is_negated: *is_negated });
            }
            Tree::Group(number, inner) => {
                let (enter, leave) = (2 * number, 2 * number + 1);
                let (enter, leave) = if is_backward { (leave, enter) } else { (enter, leave) };
                self.steps.push(Step::Note(enter));
                self.add(inner, is_backward);
                self.steps.push(Step::Note(leave));
            }
            Tree::Sequence(parts) if is_backward => {
                parts.iter().rev().for_each(|part| self.add(part, true));
            }
            Tree::Sequence(parts) => parts.iter().for_each(|part| self.add(part, false)),
            Tree::Choice(choices) => self.choice(choices, is_backward),
            Tree::Repeat(repeat) => self.repeat(repeat, is_backward),
            Tree::Look { is_negated, is_behind, inner } => {
                let at = self.steps.len();
                self.steps.push(Step::Look { is_negated: *is_negated, exit: 0 });
                self.add(inner, *is_behind);
                self.steps.push(Step::Done);
                self.patch(at);
            }
            Tree::Back(group) => self.steps.push(Step::Back { group: *group, is_backward }),
            Tree::BackTo(name) => {
                let group = self.names.iter().find(|(known, _)| known == name);
                let step = group.map(|(_, group)| Step::Back { group: *group, is_backward });
                self.steps.extend(step);
            }
        }
    }

    fn choice(&mut self, choices: &[Tree], is_backward: bool) {
        let mut jumps = Vec::new();
        for (place, choice) in choices.iter().enumerate() {
            let is_last = place + 1 == choices.len();
            let at = self.steps.len();
            if !is_last {
                self.steps.push(Step::Try(0));
            }
            self.add(choice, is_backward);
            if !is_last {
                jumps.push(self.steps.len());
                self.steps.push(Step::Jump(0));
                self.patch(at);
            }
        }
        jumps.into_iter().for_each(|at| self.patch(at));
    }

    fn repeat(&mut self, repeat: &Repeat, is_backward: bool) {
        let Repeat { inner, least, most, is_greedy, groups } = repeat;
        let (least, most, is_greedy, groups) = (*least, *most, *is_greedy, *groups);
        if let Some(set) = set(inner) {
            return self.steps.push(Step::Many { set, least, most, is_greedy, is_backward });
        }
        let counter = self.counters;
        self.counters += 1;
        self.steps.push(Step::Begin(counter));
        let at = self.steps.len();
        self.steps.push(Step::Loop { counter, least, most, is_greedy, exit: 0, groups });
        self.add(inner, is_backward);
        self.steps.push(Step::Jump(at));
        self.patch(at);
    }

    /// Lets a step that goes elsewhere go to the end of what there is.
    fn patch(&mut self, at: usize) {
        let end = self.steps.len();
        match &mut self.steps[at] {
            Step::Try(to) | Step::Jump(to) => *to = end,
            Step::Loop { exit, .. } | Step::Look { exit, .. } => *exit = end,
            _ => {}
        }
    }
}

fn set(tree: &Tree) -> Option<Set> {
    match tree {
        Tree::Char(c) => Some(Set::Char(*c)),
        Tree::Any => Some(Set::Any),
        Tree::Class(class) => Some(Set::Class(class.clone())),
        _ => None,
    }
}

fn first(tree: &Tree) -> Option<char> {
    match tree {
        Tree::Char(c) => Some(*c),
        Tree::Group(_, inner) => first(inner),
        Tree::Sequence(parts) => parts.first().and_then(first),
        Tree::Repeat(repeat) if repeat.least > 0 => first(&repeat.inner),
        _ => None,
    }
}
