//! Redrive, as a person and as a schedule start it; it may be killed at any moment, and is started again.

use std::{
    io::Read as _,
    process::{Child, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    plan::Redrive,
    stage::Stage,
    tally::{Act, Kind, Place, Strike},
};
use crate::{
    binary,
    lambda::{Lambda, Victim},
    parked::Shelf,
    redeliver::Invoke as _,
    runtime_api::Answer,
    sample::REGION,
};

/// How often it is started at most: each time it delivers something, or something is wrong.
const ROUNDS: usize = 3;

/// What an event of a schedule is.
const EVENT: &[u8] = br#"{"tailwater":{"redrive":{}}}"#;

/// How a run of the verb ended.
struct Ended {
    /// `None` when it was killed.
    code: Option<i32>,
    stderr: String,
}

impl Redrive {
    /// What of a scenario it is.
    pub(super) fn act(self) -> Act {
        match self {
            Self::Command => Act::Command,
            Self::Schedule => Act::Schedule,
        }
    }
}

/// Delivers what is parked until nothing is, or it does not get less. Returns what was wrong.
pub(super) fn to_the_end(how: Redrive, stage: &Stage, function: &mut Lambda) -> Vec<String> {
    let mut complaints = Vec::new();
    for round in 0..ROUNDS {
        if stage.parked(Shelf::Parked) == 0 {
            break;
        }
        match how {
            Redrive::Command => {
                let ended = command(stage, &Victim::default());
                if ended.code != Some(0) {
                    complaints
                        .push(format!("tailwater redrive ended with {:?}: {}", ended.code, ended.stderr));
                }
            }
            Redrive::Schedule => {
                let answer = function.invoke(&format!("redrive-{round}"), EVENT);
                if answer.response().is_none() {
                    complaints.push(format!("the scheduled redrive failed: {answer:?}"));
                }
            }
        }
    }
    complaints
}

/// Redrives while things go wrong: it may fail, but not without a word, and only be gone when it was killed.
pub(super) fn in_trouble(how: Redrive, stage: &Stage, function: &mut Lambda) -> Vec<String> {
    let victim = match how {
        Redrive::Command => Victim::default(),
        Redrive::Schedule => function.victim(),
    };
    stage.let_redrive_fail(how.act(), &victim);
    let mut complaints = Vec::new();
    for round in 0..ROUNDS {
        if stage.parked(Shelf::Parked) == 0 {
            break;
        }
        let kills = kills(stage, how);
        let ending = match how {
            Redrive::Command => {
                let ended = command(stage, &victim);
                let is_told = ended.code == Some(0) || !ended.stderr.is_empty();
                (ended.code.is_none_or(|code| code > 1) || !is_told)
                    .then(|| format!("{:?}: {}", ended.code, ended.stderr))
            }
            Redrive::Schedule => {
                let answer = function.invoke(&format!("redrive-trouble-{round}"), EVENT);
                let is_answered = matches!(answer, Answer::Response(_) | Answer::Error { .. });
                (!is_answered).then(|| format!("{answer:?}"))
            }
        };
        let was_killed = self::kills(stage, how) > kills;
        complaints.extend(
            ending.filter(|_| !was_killed).map(|ending| format!("redrive in trouble ended with {ending}")),
        );
    }
    complaints
}

fn kills(stage: &Stage, how: Redrive) -> u64 {
    let counts = stage.tally().counts();
    let of = |place| counts.get(&Strike::Blow(how.act(), place, Kind::Kill)).copied().unwrap_or(0);
    of(Place::Backend) + of(Place::Parking)
}

/// `tailwater redrive`, until it ends or is killed.
fn command(stage: &Stage, victim: &Victim) -> Ended {
    let credentials =
        [("AWS_REGION", REGION), ("AWS_ACCESS_KEY_ID", "TEST"), ("AWS_SECRET_ACCESS_KEY", "SECRET")];
    let mut child = Command::new(binary::tailwater())
        .arg("redrive")
        .args(stage.parking())
        .env_clear()
        .envs(stage.settings().into_iter().filter(|(name, _)| *name != "TAILWATER_PARKING"))
        .envs(credentials)
        .current_dir(stage.folder())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary was built");
    let mut pipe = child.stderr.take().expect("it is piped");
    let child = Arc::new(Mutex::new(child));
    let target = Arc::clone(&child);
    victim.aim(move || {
        let _ended_already = lock(&target).kill();
    });
    let mut stderr = Vec::new();
    pipe.read_to_end(&mut stderr).expect("a pipe can be read");
    victim.spare();
    let status = lock(&child).wait().expect("a child can be waited for");
    Ended { code: status.code(), stderr: String::from_utf8_lossy(&stderr).into_owned() }
}

fn lock(child: &Mutex<Child>) -> MutexGuard<'_, Child> {
    child.lock().unwrap_or_else(PoisonError::into_inner)
}
