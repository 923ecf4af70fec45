//! Logs of Lambda functions that never ran, and the truth about them.
//!
//! Everything comes from a seed: the same seed gives the same bytes on every machine, because nothing here reads a
//! clock, iterates a hash map or computes with floats. The truth is counted from the model, never read back from
//! the lines, so it is independent of every parser.
//!
//! ```
//! use benches::{Corpus, Mix, Plan, Size};
//! let mut corpus = Corpus::new(&Plan { seed: 1, size: Size::Events(500), per_delivery: 100, mix: Mix::Typical });
//! let delivered: usize = corpus.by_ref().map(|delivery| delivery.events.len()).sum();
//! assert_eq!(u64::try_from(delivered).unwrap(), corpus.truth().events());
//! ```

mod moment;
mod object;
mod spread;

use ::tests::rng;

mod catalog;
mod model;
mod price;
mod truth;

mod lines;
mod words;

mod delivery;
mod pack;

mod corpus;
mod damage;
mod mix;
mod populace;

pub mod demo;
pub mod load;
pub mod stages;

pub use self::{
    catalog::list_functions,
    corpus::{Corpus, Plan, Size},
    damage::{Damage, Damaged},
    delivery::{Delivery, control_message},
    lines::LogEvent,
    mix::Mix,
    model::{Cpu, Era, Format, Function, Launch, Runtime, SystemLevel, Tracing},
    moment::Moment,
    pack::{Pack, Packer},
    price::{Money, Region},
    rng::Rng,
    truth::{FunctionKey, Tally, Truth},
};
