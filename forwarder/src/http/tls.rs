//! What TLS trusts: Mozilla's authorities as they were when this was built, and those of a file. No file of the system is
//! looked for, which would cost more than all the rest of a cold start.

use std::{fs, path::Path, sync::Arc};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, pem::PemObject as _},
};

use super::ClientError;

/// TLS 1.2 and 1.3.
pub(super) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, ClientError> {
    let mut roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    if let Some(path) = ca_file {
        add(path, &mut roots)?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| ClientError::Setup("TLS has no version in common with itself"))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

fn add(path: &Path, roots: &mut RootCertStore) -> Result<(), ClientError> {
    let text = fs::read(path).map_err(|error| ClientError::File { path: path.to_owned(), error })?;
    let known = roots.len();
    for certificate in CertificateDer::pem_slice_iter(&text) {
        let added = certificate.ok().and_then(|certificate| roots.add(certificate).ok());
        added.ok_or_else(|| ClientError::Certificates { path: path.to_owned() })?;
    }
    if roots.len() == known { Err(ClientError::Certificates { path: path.to_owned() }) } else { Ok(()) }
}
