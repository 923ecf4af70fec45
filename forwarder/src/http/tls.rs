//! TLS configuration. Trusted certificate authorities are those of Mozilla, which are compiled in, and those of a
//! file. The system's certificate store is not read, because that takes longer than the rest of a cold start.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::client_error::ClientError;

/// Builds the TLS configuration: TLS 1.2 and 1.3, without client certificates.
pub(super) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        add_authorities(path, &mut roots)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| ClientError::Setup("no supported TLS version"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

/// Adds all certificates of a PEM file to the trusted certificate authorities.
fn add_authorities(path: &Path, roots: &mut RootCertStore) -> Result<(), ClientError> {
    let text = fs::read(path).map_err(|error| ClientError::File { path: path.to_owned(), error })?;
    let known = roots.len();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
        added.ok_or_else(|| ClientError::Certificates { path: path.to_owned() })?;
    }
    if roots.len() == known { Err(ClientError::Certificates { path: path.to_owned() }) } else { Ok(()) }
}
