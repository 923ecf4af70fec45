//! S3 and SQS at one address, as an endpoint of one's own has them.

use super::{Protocol, Taken, s3::S3, sqs::Sqs};
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
        if Sqs::is_asked(request) { &self.sqs } else { &self.s3 }
    }
}

impl Protocol for Aws {
    fn take(&self, request: &Request) -> Result<Taken, Response> {
        self.service(request).take(request)
    }

    fn accepted(&self, request: &Request, rejected: usize) -> Response {
        self.service(request).accepted(request, rejected)
    }
}
