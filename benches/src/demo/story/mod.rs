//! What happens in a run of each function, and what it says about it.

pub(crate) mod batch;
pub(crate) mod customer;
pub(crate) mod schedule;

use std::time::Duration;

use crate::{
    model::{Ending, Function, Thrown},
    moment::Moment,
    object::Object,
    rng::Rng,
    spread::Spread,
    words::{Level, Library, Script, Words},
};

/// What a run knows when it begins.
pub(crate) struct Cue<'a> {
    pub(crate) function: &'a Function,
    pub(crate) version: &'static str,
    /// Its number among all runs of the function.
    pub(crate) ordinal: u64,
    /// Its number in its environment.
    pub(crate) nth: u64,
    pub(crate) time: Moment,
}

/// What comes of it.
pub(crate) struct Take {
    pub(crate) duration: Duration,
    pub(crate) ending: Ending,
    pub(crate) max_memory_mib: u32,
    pub(crate) tenant: Option<&'static str>,
    pub(crate) script: Script,
}

impl Take {
    /// A run that goes well in a time and with memory (MiB) from these spreads, and says nothing yet.
    fn quiet(duration: Spread, memory: Spread, rng: &mut Rng) -> Self {
        Self {
            duration: duration.duration(rng),
            ending: Ending::Success,
            max_memory_mib: u32::try_from(memory.sample(rng)).expect("memory in MiB is small"),
            tenant: None,
            script: Script::default(),
        }
    }

    /// Says something when `percent` of the run's time is over.
    fn say(&mut self, percent: u64, words: Words) {
        let whole = u64::try_from(self.duration.as_micros()).expect("runs are short");
        self.script.say(whole * percent / 100, words);
    }

    /// Says it through the runtime's logger.
    fn log(&mut self, percent: u64, level: Level, message: impl Into<String>) {
        self.say(percent, Words::Logged(level, message.into()));
    }

    /// Says it through Powertools, with fields.
    fn powertools(&mut self, percent: u64, level: Level, message: &str, fields: Object) {
        self.say(percent, Words::Structured(Library::Powertools, level, message.to_owned(), fields));
    }

    /// Ends it with an error that nothing catches.
    fn throw(
        &mut self,
        error_type: &'static str,
        message: impl Into<String>,
        frames: &'static [&'static str],
    ) {
        self.ending = Ending::Thrown(Thrown { error_type, message: message.into(), frames });
    }

    /// Lets it run into its timeout.
    fn time_out(&mut self, cue: &Cue<'_>) {
        self.duration = cue.function.timeout;
        self.ending = Ending::TimedOut;
    }
}

/// Cents as people write money: `129.90`.
fn money(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}
