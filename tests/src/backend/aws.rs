//! S3 and SQS at one address, as an endpoint of one's own has them.

use super::{Protocol, RequestContents, s3::S3, sqs::Sqs};
use crate::http::{Request, Response};

/// Both of them.
#[derive(Clone, Debug)]
pub struct Aws {
    /// Everything that is not for SQS.
    pub s3: S3,
    /// What names an operation of its.
    pub sqs: Sqs,
}

impl Aws {
    fn service(&self, request: &Request) -> &dyn Protocol {
        if Sqs::is_target_of(request) { &self.sqs } else { &self.s3 }
    }
}

impl Protocol for Aws {
    fn decode(&self, request: &Request) -> Result<RequestContents, Response> {
        self.service(request).decode(request)
    }

    fn respond(&self, request: &Request, rejected: usize) -> Response {
        self.service(request).respond(request, rejected)
    }
}
