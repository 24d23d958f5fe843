//! The actions that the steps of a portal can call: those of the program, and its own.

use super::{
    ACTIONS, Action,
    own::{self, OwnAction},
};
use crate::{
    base::{diagnostics::Diagnostic, files::Files, text::did_you_mean},
    catalog::Issue,
    template::Template,
};

/// The actions that the steps of a portal can call.
#[derive(Debug, Default)]
pub struct Actions {
    own: Vec<OwnAction>,
    /// Folders of own actions that have mistakes.
    unusable: Vec<String>,
    /// Those mistakes.
    problems: Vec<Diagnostic>,
}

impl Actions {
    /// Reads the portal's own actions. One that has mistakes cannot be called.
    pub fn load(files: &dyn Files) -> Self {
        let mut actions = Self::default();
        let folders = own::folders(files).unwrap_or_else(|problem| {
            actions.problems.push(problem);
            Vec::new()
        });
        for folder in folders {
            match OwnAction::load(files, &folder, ACTIONS) {
                Ok(action) => actions.own.push(action),
                Err(problems) => {
                    actions.problems.extend(problems);
                    actions.unusable.push(folder);
                }
            }
        }
        actions
    }

    /// What is wrong with the portal's own actions.
    pub fn problems(&self) -> &[Diagnostic] {
        &self.problems
    }

    /// All of them: those of the program in the order of the documentation, then the portal's own by their ids.
    pub fn all(&self) -> impl Iterator<Item = &dyn Action> {
        let own = self.own.iter().map(|action| action as &dyn Action);
        ACTIONS.iter().copied().chain(own)
    }

    /// The portal's own action with this id.
    pub fn own(&self, id: &str) -> Option<&OwnAction> {
        self.own.iter().find(|action| action.id() == id)
    }

    /// The portal's own action with this id, alone.
    pub fn into_own(self, id: &str) -> Option<OwnAction> {
        self.own.into_iter().find(|action| action.id() == id)
    }

    /// The portal's own actions, by their ids.
    pub fn all_own(&self) -> &[OwnAction] {
        &self.own
    }

    /// Finds the action of a step.
    ///
    /// # Errors
    /// There is no such action, or it has mistakes.
    pub(crate) fn find(
        &self,
        template: &Template,
        index: usize,
    ) -> Result<&dyn Action, Diagnostic> {
        let name = &template.steps[index].action;
        let found = self.all().find(|action| action.id() == name);
        found.ok_or_else(|| {
            let pointer = format!("/spec/steps/{index}/action");
            let issue = if self.unusable.contains(&own::folder_of(name)) {
                let message = format!("the action `{name}` cannot be used");
                let file = own::file_of(name);
                let hint = format!("`{file}` has mistakes: `callboard check` names them");
                Issue::error("unusable-action", pointer, message).hint(hint)
            } else {
                let ids = self.all().map(Action::id);
                Issue::error("unknown-action", pointer, format!("there is no action `{name}`"))
                    .hint_opt(did_you_mean(name, ids))
                    .or_hint("`callboard scaffold actions` lists the actions that are here")
            };
            template.diagnostic(issue)
        })
    }
}
