//! What a function says during a run, apart from how its runtime and libraries spell it.

use std::time::Duration;

use crate::object::Object;

/// Something said during a run.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    /// How long after the handler began.
    pub(crate) after: Duration,
    /// What.
    pub(crate) words: Words,
}

/// Something to say.
#[derive(Clone, Debug)]
pub(crate) enum Words {
    /// Through the runtime's own logger: `console.log`, `logging`, `LambdaLogger`.
    Logged(Level, String),
    /// Printed: the line as it is.
    Printed(String),
    /// Through a library that writes JSON, with fields beside the message.
    Structured(Library, Level, String, Object),
    /// Such a line, printed through a runtime's JSON logger: JSON in a string of JSON.
    DoubleEncoded(Library, Level, String, Object),
    /// Numbers in CloudWatch's embedded metric format.
    Metrics(Metrics),
}

/// How serious it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    Debug,
    Info,
    Warn,
    Error,
}

/// Libraries that log in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Library {
    /// Powertools in the language of the function.
    Powertools,
    /// Pino, whose levels are numbers.
    Pino,
    /// No library that is known: a time, a level, a message.
    Bare,
}

/// Numbers to say in the embedded metric format.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    /// Where they belong.
    pub(crate) namespace: &'static str,
    /// Name and value of the dimension.
    pub(crate) dimension: (&'static str, String),
    /// Name, unit and value of each.
    pub(crate) values: Vec<(&'static str, &'static str, u64)>,
}

impl Level {
    /// As Lambda and most libraries write it.
    pub(crate) fn upper(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }

    /// As .NET writes it in JSON.
    pub(crate) fn dotnet(self) -> &'static str {
        match self {
            Self::Debug => "Debug",
            Self::Info => "Information",
            Self::Warn => "Warning",
            Self::Error => "Error",
        }
    }

    /// As Python writes it.
    pub(crate) fn python(self) -> &'static str {
        match self {
            Self::Warn => "WARNING",
            Self::Debug | Self::Info | Self::Error => self.upper(),
        }
    }
}

/// A script of what is said, in order of time.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script(pub(crate) Vec<Said>);

impl Script {
    /// Adds something said `after_us` microseconds into the run.
    pub(crate) fn say(&mut self, after_us: u64, words: Words) {
        self.0.push(Said { after: Duration::from_micros(after_us), words });
    }
}
