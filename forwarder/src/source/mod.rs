//! Event sources: parses a Lambda event into its [`Delivery`]s, and reads the log events in each delivery.
//!
//! [`read_event`] recognises the event source and lists the deliveries. A [`DeliveryReader`] reads each delivery on its
//! own, so that a damaged one does not affect the others.

mod aggregate;
mod delivery;
mod event;
mod eventbridge;
pub mod export;
mod findings;
mod firehose;
mod json;
mod kinesis;
pub mod lines;
pub mod members;
mod message;
mod object;
mod object_address;
mod on_failure;
mod origin;
mod parked;
mod parsed_event;
mod reader;
mod redrive;
mod s3;
mod scan;
mod sns;
mod sqs;
mod subscription;
#[cfg(test)]
mod tests;
mod unescaped_event;
mod unknown_event;

pub use self::{
    delivery::{Content, Delivery, DeliveryError},
    event::read_event,
    object::{ObjectRef, ObjectVersion},
    object_address::{ObjectAddress, ObjectRefusal},
    on_failure::is_failure_record,
    origin::DeliveryOrigin,
    parsed_event::{ParsedEvent, Trigger},
    reader::{DeliveryReader, Progress, Rest},
    redrive::RedriveFilter,
    unknown_event::UnknownEvent,
};
