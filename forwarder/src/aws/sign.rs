//! Signs requests to services with a JSON protocol by Signature Version 4. Requests to S3 are signed by the S3 library.

use std::time::SystemTime;

use aws_credential_types as aws_types;
use aws_sigv4::{
    http_request::{self, SignableBody, SignableRequest, SigningSettings},
    sign::v4,
};

use super::{Credentials, Error, Service};
use crate::{
    http::{HeaderName, HeaderValue, Request},
    value::Region,
};

/// Adds the headers that sign the request.
pub(super) fn sign(
    request: &mut Request,
    credentials: &Credentials,
    service: Service,
    region: &Region,
) -> Result<(), Error> {
    let headers = headers(request, credentials, service, region).ok_or_else(|| {
        Error::NoCredentials("AWS_ACCESS_KEY_ID or AWS_SESSION_TOKEN has invalid characters".to_owned())
    })?;
    request.headers.extend(headers);
    Ok(())
}

/// Computes the headers of the signature; `None` if a part of the credentials or of the request is not a valid
/// header value.
fn headers(
    request: &Request,
    credentials: &Credentials,
    service: Service,
    region: &Region,
) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let token = credentials.session_token.as_ref().map(|token| token.reveal().to_owned());
    let (id, key) = (credentials.access_key_id.reveal(), credentials.secret_access_key.reveal());
    let identity = aws_types::Credentials::new(id, key, token, None, "settings").into();
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region.as_str())
        .name(service.code())
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .ok()?;
    let texts = request.headers.iter().map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)));
    let texts: Vec<_> = texts.collect::<Option<_>>()?;
    let body = SignableBody::Bytes(&request.body);
    let signable =
        SignableRequest::new(request.method.as_str(), request.url.as_str(), texts.into_iter(), body).ok()?;
    let (instructions, _signature) = http_request::sign(signable, &params.into()).ok()?.into_parts();
    let (headers, _query) = instructions.into_parts();
    let owned = headers.iter().map(|header| {
        let mut value = HeaderValue::from_str(header.value()).ok()?;
        value.set_sensitive(true);
        Some((HeaderName::from_static(header.name()), value))
    });
    owned.collect()
}
