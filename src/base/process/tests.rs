use std::{
    path::Path,
    time::{Duration, Instant},
};

use super::{Exit, ProcessError, Program, run};
use crate::base::fs;

/// Runs a shell script with half a minute; returns how it ended and the lines of its standard error.
fn shell(
    script: &str,
    change: impl FnOnce(&mut Program<'_>),
) -> (Result<Exit, ProcessError>, String) {
    let arguments = ["-c".into(), script.into()];
    let environment = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    let mut program = Program {
        path: Path::new("sh"),
        arguments: &arguments,
        directory: Path::new("/"),
        environment: &environment,
        input: b"in",
        time: Duration::from_secs(30),
        output: 10_000,
    };
    change(&mut program);
    let mut lines = Vec::new();
    let ended = run(&program, &mut |new| {
        lines.extend(new);
        true
    });
    (ended, lines.join("|"))
}

#[test]
fn a_program_gets_its_input_and_nothing_else() {
    let (ended, errors) =
        shell("cat; pwd; echo \"$HOME\"; echo one >&2; printf two >&2; exit 3", |_| ());
    let ended = ended.expect("an end");
    assert_eq!((ended.code, &*String::from_utf8_lossy(&ended.output)), (Some(3), "in/\n\n"));
    assert_eq!(errors, "one|two");
    let (ended, _) = shell("kill -TERM $$", |_| ());
    assert_eq!(ended.expect("an end").code, None);
}

#[test]
fn a_program_that_runs_too_long_is_stopped_with_all_that_it_started() {
    let directory = tempfile::tempdir().expect("a scratch directory");
    let fifo = directory.path().join("fifo");
    let (made, _) = shell(&format!("mkfifo '{}'", fifo.to_str().expect("UTF-8")), |_| ());
    assert_eq!(made.expect("an end").code, Some(0));
    // It is read to its end, which comes when the background process of the script is gone.
    let reader = {
        let fifo = fifo.clone();
        std::thread::spawn(move || fs::read(&fifo))
    };
    let script = format!(
        "(trap '' TERM; exec 3>'{}'; sleep 60) & echo on >&2; sleep 60",
        fifo.to_str().expect("UTF-8")
    );
    let started = Instant::now();
    let (ended, errors) = shell(&script, |program| program.time = Duration::from_secs(1));
    assert!(matches!(ended, Err(ProcessError::Time(_))), "{ended:?}");
    assert_eq!(errors, "on");
    assert_eq!(reader.join().expect("no panic").expect("readable"), b"");
    assert!(started.elapsed() < Duration::from_secs(50));
}

#[test]
fn a_program_that_floods_is_stopped() {
    for stream in ["", ">&2"] {
        let (ended, _) = shell(&format!("yes {stream}"), |_| ());
        assert!(matches!(ended, Err(ProcessError::Output(10_000))), "{ended:?}");
    }
}

#[test]
fn what_stays_behind_does_not_keep_the_caller() {
    let (ended, _) = shell("sleep 60 & echo made", |_| ());
    assert_eq!(ended.expect("an end").output, b"made\n");
}

#[test]
fn a_program_is_stopped_by_its_caller_and_one_that_is_not_there_is_named() {
    let environment = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    let program = |path| Program {
        path: Path::new(path),
        arguments: &[],
        directory: Path::new("/"),
        environment: &environment,
        input: b"",
        time: Duration::from_secs(30),
        output: 10_000,
    };
    let stopped = run(&program("yes"), &mut |_| false);
    assert!(matches!(stopped, Err(ProcessError::Stopped)), "{stopped:?}");
    let missing = run(&program("no-such-program"), &mut |_| true);
    let message = missing.expect_err("it is not there").to_string();
    assert_eq!(message, "`no-such-program` cannot be started");
}
