//! Notifications: sent at most once, and left out where they are optional and cannot be sent.

use callboard_planner::{Effect, effect::NotificationInput};

use super::{EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World};
use crate::scaffold::notification::deliver;

pub(super) struct Notifications;

impl Executor for Notifications {
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, _: &World<'_>) -> Result<Probe, Fault> {
        let input: NotificationInput = effect.read()?;
        // One that may be missing is not sent a second time, and nobody is asked about it.
        Ok(match input.optional && mark.may_be_done {
            true => Probe::Ours(Output::new()),
            false => Probe::Unknowable,
        })
    }

    fn act(
        &self,
        effect: &Effect,
        _: &Mark<'_>,
        world: &World<'_>,
        watch: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        let input: NotificationInput = effect.read()?;
        match deliver(world, &input.notification, input.address.as_deref()) {
            Ok(()) => {}
            Err(error) if input.optional => {
                watch.tell(&[format!("the notification is left out: {error}")]).ok();
            }
            Err(error) => {
                let message = error.to_string();
                return Err(match error.may_be_sent() {
                    true => Fault::Ambiguous { message },
                    false => Fault::Rejected { message },
                });
            }
        }
        Ok(Output::new().into())
    }

    fn undo(&self, _: &Effect, _: &Output, _: &Mark<'_>, _: &World<'_>) -> Result<(), Fault> {
        Ok(())
    }
}
