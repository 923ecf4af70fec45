//! Redrives of a scenario, by command or by schedule. They may be killed at any time and are started again.

use std::{
    io::Read as _,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use super::{
    fault_counts::{Component, CountedEvent, FaultKind, Phase},
    fixture::Fixture,
    plan::{Plan, Redrive, Redrivers},
};
use crate::{
    binary,
    lambda::{KillSwitch, Lambda},
    parked::ParkedKind,
    redeliver::Invoke as _,
    runtime_api::Answer,
    sample::REGION,
};

/// Maximum number of redrives in one phase of a scenario.
const ROUNDS: usize = 3;

/// Event by which a schedule makes the function redrive.
const EVENT: &[u8] = br#"{"tailwater":{"redrive":{}}}"#;

/// Result of `tailwater redrive`.
struct CommandOutput {
    /// Exit code; `None` if the process was killed.
    code: Option<i32>,
    stderr: String,
}

impl Redrive {
    /// Phase of the scenario in which a redrive by this trigger runs.
    pub(super) fn phase(self) -> Phase {
        match self {
            Self::Command => Phase::RedriveCommand,
            Self::Schedule => Phase::RedriveSchedule,
        }
    }
}

/// Redrives without faults until nothing is parked, at most [`ROUNDS`] times. Returns violations.
pub(super) fn run_until_empty(plan: &Plan, fixture: &Fixture, function: &mut Lambda) -> Vec<String> {
    let mut violations = Vec::new();
    for round in 0..ROUNDS {
        if fixture.n_parked(ParkedKind::Parked) == 0 {
            break;
        }
        let mut redrive = || match plan.redrive {
            Redrive::Command => failed_command(fixture),
            Redrive::Schedule => {
                let answer = function.invoke(&format!("redrive-{round}"), EVENT);
                answer.response().is_none().then(|| format!("the scheduled redrive failed: {answer:?}"))
            }
        };
        violations.extend(match plan.redrivers {
            Redrivers::One => redrive().into_iter().collect(),
            Redrivers::Two => {
                fixture.fault_counts().add(CountedEvent::TwoRedrives, 1);
                thread::scope(|scope| {
                    let other = scope.spawn(|| failed_command(fixture));
                    let own = redrive();
                    own.into_iter()
                        .chain(other.join().expect("the thread does not panic"))
                        .collect::<Vec<_>>()
                })
            }
        });
    }
    violations
}

/// Runs `tailwater redrive` without faults; returns a description if it fails.
fn failed_command(fixture: &Fixture) -> Option<String> {
    let ended = command(fixture, &KillSwitch::default());
    (ended.code != Some(0))
        .then(|| format!("tailwater redrive: exit code {:?}: {}", ended.code, ended.stderr))
}

/// Redrives under faults. It may fail, but only with an error message, and may end without one only if it was killed.
/// Returns violations.
pub(super) fn run_with_faults(plan: &Plan, fixture: &Fixture, function: &mut Lambda) -> Vec<String> {
    let how = plan.redrive;
    let kill_switch = match how {
        Redrive::Command => KillSwitch::default(),
        Redrive::Schedule => function.kill_switch(),
    };
    fixture.inject_redrive_faults(how.phase(), &kill_switch);
    let mut violations = Vec::new();
    for round in 0..ROUNDS {
        if fixture.n_parked(ParkedKind::Parked) == 0 {
            break;
        }
        // Else the command would wait for the claim of a redrive that was killed in the round before.
        fixture.let_claims_end();
        let kills = kills(fixture, how);
        let ending = match how {
            Redrive::Command => {
                let ended = command(fixture, &kill_switch);
                let has_message = ended.code == Some(0) || !ended.stderr.is_empty();
                (ended.code.is_none_or(|code| code > 1) || !has_message)
                    .then(|| format!("{:?}: {}", ended.code, ended.stderr))
            }
            Redrive::Schedule => {
                let answer = function.invoke(&format!("redrive-faults-{round}"), EVENT);
                let has_answer = matches!(answer, Answer::Response(_) | Answer::Error { .. });
                (!has_answer).then(|| format!("{answer:?}"))
            }
        };
        let was_killed = self::kills(fixture, how) > kills;
        violations.extend(
            ending.filter(|_| !was_killed).map(|ending| format!("redrive under faults ended with {ending}")),
        );
    }
    violations
}

fn kills(fixture: &Fixture, how: Redrive) -> u64 {
    let counts = fixture.fault_counts().counts();
    let of = |component| {
        counts.get(&CountedEvent::Fault(how.phase(), component, FaultKind::Kill)).copied().unwrap_or(0)
    };
    of(Component::Backend) + of(Component::Parking)
}

/// Runs `tailwater redrive` until it ends or is killed.
fn command(fixture: &Fixture, kill_switch: &KillSwitch) -> CommandOutput {
    let credentials =
        [("AWS_REGION", REGION), ("AWS_ACCESS_KEY_ID", "TEST"), ("AWS_SECRET_ACCESS_KEY", "SECRET")];
    let mut child = Command::new(binary::tailwater())
        .arg("redrive")
        .args(fixture.parking())
        .env_clear()
        .envs(fixture.settings().into_iter().filter(|(name, _)| *name != "TAILWATER_PARKING"))
        .envs(credentials)
        .current_dir(fixture.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be started");
    let mut pipe = child.stderr.take().expect("stderr is piped");
    let child = Arc::new(Mutex::new(child));
    let target = Arc::clone(&child);
    kill_switch.arm(move || {
        let _ended_already = lock(&target).kill();
    });
    let mut stderr = Vec::new();
    pipe.read_to_end(&mut stderr).expect("stderr can be read");
    kill_switch.disarm();
    let status = lock(&child).wait().expect("the process can be waited for");
    CommandOutput { code: status.code(), stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
