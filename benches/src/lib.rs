//! Seeded generator of Lambda logs and of the totals that a correct reader must report for them.
//!
//! A seed determines every byte, on every machine: no code here reads a clock, iterates a hash map or computes
//! with floats. The expected totals ("truth") are counted from the model that the lines are written from, never
//! parsed from a line, so they do not depend on any parser.
//!
//! ```
//! use benches::{Corpus, Mix, Plan, Size};
//! let mut corpus = Corpus::new(&Plan { seed: 1, size: Size::Events(500), per_delivery: 100, mix: Mix::Typical });
//! let delivered: usize = corpus.by_ref().map(|delivery| delivery.events.len()).sum();
//! assert_eq!(u64::try_from(delivered).unwrap(), corpus.truth().events());
//! ```

mod choice;
mod distribution;
mod json_object;
mod timestamp;

use ::tests::rng;

mod catalog;
mod model;
mod price;
mod truth;

mod app_log;
mod lines;

mod delivery;
mod pack;

mod corpus;
mod damage;
mod fleet;
mod mix;

pub mod demo;
mod insight;
pub mod load;
mod requests;
pub mod stages;

pub use self::{
    catalog::list_functions,
    choice::parse_choice,
    corpus::{Corpus, Plan, Size},
    damage::{Damage, DamagedDelivery},
    delivery::{Delivery, control_message},
    insight::InsightCorpus,
    lines::LogEvent,
    mix::Mix,
    model::{
        Architecture, FailureStyle, Function, InitializationType, LogFormat, Runtime, SystemLogLevel, Tracing,
    },
    pack::{Pack, Packer},
    price::{Money, Region},
    requests::{Linking, RequestCorpus, RequestPlan},
    rng::Rng,
    timestamp::Timestamp,
    truth::{FunctionKey, Totals, Truth},
};
