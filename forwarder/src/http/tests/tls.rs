//! TLS with certificates made in the test: which are trusted, and the errors for those that are not.

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd,
};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};

use super::*;

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// Starts a TLS server whose certificate is issued by `authority` for this host name.
fn serving(authority: &Authority, name: &str, change: impl FnOnce(&mut CertificateParams)) -> String {
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    let certificate = params.signed_by(&key, authority).unwrap();
    serving_certificate(&certificate, &key)
}

/// Starts a TLS server with a certificate that it issued itself.
fn serving_self_signed(change: impl FnOnce(&mut CertificateParams)) -> String {
    let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
    change(&mut params);
    let key = KeyPair::generate().unwrap();
    serving_certificate(&params.self_signed(&key).unwrap(), &key)
}

fn serving_certificate(certificate: &Certificate, key: &KeyPair) -> String {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let config = Arc::new(config);
    let (address, _) = listen(move |stream| {
        let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        read_request(&mut stream)?;
        stream.write_all(b"HTTP/1.1 200 x\r\ncontent-length: 2\r\n\r\nok")?;
        stream.flush()
    });
    format!("https://localhost:{}/", address.port())
}

/// Creates a client that also trusts these authorities.
fn trusting(authorities: &[&Authority]) -> Result<Client, ClientError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authorities.pem");
    let text: String = authorities.iter().map(|authority| authority.pem()).collect();
    std::fs::write(&path, text).unwrap();
    Client::new(&Network { ca_file: Some(path), ..network() })
}

#[track_caller]
fn check_refused(client: &Client, url: String, detail: &str) {
    let error = run(client.send(post(url), LONG)).unwrap_err();
    assert_eq!(error.failure, Failure::Tls, "{error}");
    assert!(error.detail.contains(detail), "no `{detail}` in {error}");
}

#[test]
fn private_authorities_of_the_file_are_trusted() {
    let (other, own) = (authority(), authority());
    let client = trusting(&[&other, &own]).unwrap();
    for authority in [&other, &own] {
        let response = run(client.send(post(serving(authority, "localhost", |_| ())), LONG)).unwrap();
        assert_eq!(response.body, b"ok");
    }
}

#[test]
fn unknown_authority_is_reported() {
    let (own, other) = (authority(), authority());
    let url = serving(&own, "localhost", |_| ());
    check_refused(&client(), url.clone(), "not trusted: unknown authority; add it with TAILWATER_CA_FILE");
    check_refused(&trusting(&[&other]).unwrap(), url, "not trusted: unknown authority");
}

#[test]
fn expired_certificate_is_reported() {
    let authority = authority();
    let url = serving(&authority, "localhost", |params| {
        params.not_before = date_time_ymd(2020, 1, 1);
        params.not_after = date_time_ymd(2021, 1, 1);
    });
    check_refused(&trusting(&[&authority]).unwrap(), url, "has expired");
}

#[test]
fn certificate_not_valid_yet_is_reported() {
    let authority = authority();
    let url = serving(&authority, "localhost", |params| params.not_before = date_time_ymd(4000, 1, 1));
    check_refused(&trusting(&[&authority]).unwrap(), url, "not valid yet");
}

#[test]
fn certificate_for_another_host_is_reported() {
    let authority = authority();
    let url = serving(&authority, "backend.example", |_| ());
    let detail = "it is for DnsName(\"backend.example\"), not for localhost";
    check_refused(&trusting(&[&authority]).unwrap(), url, detail);
}

#[test]
fn self_signed_certificate_is_reported() {
    let url = serving_self_signed(|_| ());
    check_refused(&client(), url.clone(), "not trusted: unknown authority; add it with TAILWATER_CA_FILE");
    check_refused(&trusting(&[&authority()]).unwrap(), url, "not trusted: unknown authority");
}

#[test]
fn certificate_of_an_authority_is_not_one_of_a_server() {
    let url = serving_self_signed(|params| params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained));
    check_refused(&client(), url, "certificate");
}

#[test]
fn certificate_for_a_name_is_not_valid_for_an_address() {
    let authority = authority();
    let url = serving(&authority, "localhost", |_| ()).replace("localhost", "127.0.0.1");
    check_refused(&trusting(&[&authority]).unwrap(), url, "not for 127.0.0.1");
}

#[test]
fn wildcard_covers_one_label_only() {
    let authority = authority();
    let url = serving(&authority, "*.example.localhost", |_| ());
    check_refused(&trusting(&[&authority]).unwrap(), url, "not for localhost");
}

#[test]
fn plain_http_server_is_not_used_for_https() {
    let (address, connections) = listen(|mut stream| {
        let mut first = [0; 5];
        stream.read_exact(&mut first)?;
        stream.write_all(b"HTTP/1.1 400 x\r\n\r\n")
    });
    check_refused(&client(), format!("https://{address}/"), "the server does not speak TLS");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[test]
fn error_of_an_invalid_authority_file_names_the_file() {
    let error = |client: Result<Client, ClientError>| client.unwrap_err().to_string();
    assert!(error(trusting(&[])).ends_with("authorities.pem: not a PEM file of certificates"));
    let missing = Network { ca_file: Some(PathBuf::from("missing.pem")), ..network() };
    assert!(error(Client::new(&missing)).starts_with("missing.pem: "));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bad.pem");
    std::fs::write(&path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    assert!(error(Client::new(&Network { ca_file: Some(path), ..network() })).contains("bad.pem"));
}
