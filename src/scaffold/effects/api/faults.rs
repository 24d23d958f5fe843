//! Faults of calls to servers.

use callboard_planner::effect::Call;

use super::super::Fault;
use crate::forge::{ApiError, Refused};

/// The fault of a call that failed; `None` for a lookup, which changes nothing.
pub(in crate::scaffold::effects) fn fault(error: &ApiError, call: Option<&Call>) -> Fault {
    let message = error.to_string();
    match error {
        ApiError::NoAnswer { may_be_done, .. } => match call {
            Some(_) if *may_be_done => Fault::Ambiguous { message },
            _ => Fault::Transient { message, after: None },
        },
        ApiError::Refused(refused) => refusal(refused, call, message),
        ApiError::Address(..) | ApiError::Credential(..) => Fault::Rejected { message },
    }
}

/// The fault of a single request, which may have changed something unless it only reads.
pub(in crate::scaffold::effects) fn plain_fault(error: &ApiError, is_read: bool) -> Fault {
    let call = Call::new(callboard_planner::effect::Method::Post, "");
    fault(error, (!is_read).then_some(&call))
}

fn refusal(refused: &Refused, call: Option<&Call>, message: String) -> Fault {
    let is_passing = call.is_some_and(|call| call.passing.contains(&refused.status));
    match refused.status {
        _ if refused.is_limit || is_passing => Fault::Transient { message, after: refused.after },
        // A permission does not help against what the server says.
        403 if refused.meaning().is_some() => Fault::Rejected { message },
        401 | 403 => Fault::Denied { message, scope: refused.permission.to_owned() },
        409 => Fault::Conflict { message },
        422 if refused.message.contains("exist") => Fault::Conflict { message },
        // The server may have stopped behind what it was asked for.
        408 | 500.. => match call {
            Some(_) => Fault::Ambiguous { message },
            None => Fault::Transient { message, after: refused.after },
        },
        _ => Fault::Rejected { message },
    }
}
