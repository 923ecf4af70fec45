//! S3 and SQS behind one endpoint URL, as `AWS_ENDPOINT_URL` configures them.

use super::{Protocol, RequestContents, s3::S3, sqs::Sqs};
use crate::http::{Request, Response};

/// Stand-in for S3 and SQS at one address.
#[derive(Clone, Debug)]
pub struct Aws {
    /// Receives every request that is not for SQS.
    pub s3: S3,
    /// Receives requests whose `X-Amz-Target` names an operation of SQS.
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
