//! TLS: a server certificate of an untrusted authority is rejected without retries, and the events are parked.

use std::{
    io::{BufReader, Write as _},
    net::{Ipv4Addr, TcpListener},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::{
    ServerConfig, ServerConnection, StreamOwned,
    crypto::ring,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
};
use tests::{
    function_builder::FunctionBuilder,
    http::{Head, Response, UNLIMITED},
    parked::{ParkedKind, ParkedObject},
    producer::Producer,
};

use super::{delivery, succeed};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new(Vec::new()).expect("there are no names");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key can be generated"))
        .expect("the certificate can be signed")
}

fn config(authority: &Authority) -> Arc<ServerConfig> {
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("the name is valid");
    let key = KeyPair::generate().expect("a key can be generated");
    let certificate = params.signed_by(&key, authority).expect("the certificate can be signed");
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider supports the protocol versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key);
    Arc::new(config.expect("the key belongs to the certificate"))
}

/// Starts a collector with TLS that accepts every request; returns its URL and the numbers of connections and
/// requests.
fn listen(authority: &Authority) -> (String, Arc<[AtomicUsize; 2]>) {
    let (config, counts) = (config(authority), Arc::<[AtomicUsize; 2]>::default());
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
    let port = listener.local_addr().expect("the socket is bound").port();
    let shared = Arc::clone(&counts);
    // The thread runs until the process ends.
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            shared[0].fetch_add(1, Ordering::SeqCst);
            let connection =
                ServerConnection::new(Arc::clone(&config)).expect("the configuration is complete");
            let mut input = BufReader::new(StreamOwned::new(connection, stream));
            while let Ok(Some(head)) = Head::read(&mut input) {
                if head.read_body(&mut input, UNLIMITED).is_err() {
                    break;
                }
                shared[1].fetch_add(1, Ordering::SeqCst);
                let _closed_already = input.get_mut().write_all(&Response::new(200, "").to_bytes());
            }
        }
    });
    (format!("https://localhost:{port}"), counts)
}

#[test]
fn untrusted_authority_receives_no_events() {
    let (own, folder) = (authority(), tempfile::tempdir().expect("a temporary folder can be created"));
    let (url, counts) = listen(&own);
    let parking = folder.path().join("parking");
    let function = FunctionBuilder::new()
        .sink("otlp")
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", url)
        .parking(&parking)
        .timeout(Duration::from_secs(5));
    let (numbers, event) = delivery(&mut Producer::default(), 6);
    let mut lambda = function.start();
    succeed(&mut lambda, &event);
    assert_eq!(counts[1].load(Ordering::SeqCst), 0, "it sent a request to an untrusted server");
    let tries = counts[0].load(Ordering::SeqCst);
    assert!(tries <= 3, "certificate errors must not be retried: {tries} connections");
    let parked = ParkedObject::in_folder(&parking);
    assert_eq!((parked[0].kind(), parked[0].pending(&parked[0].delivery)), (ParkedKind::Parked, numbers));
    let output = lambda.finish().output;
    let printed = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(printed.contains("authority"), "the cause is not logged:\n{printed}");

    // The same server with its authority in `TAILWATER_CA_FILE`.
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, own.pem()).expect("the file can be written");
    let mut lambda = function.env("TAILWATER_CA_FILE", file.display().to_string()).start();
    let (_, event) = delivery(&mut Producer::default(), 6);
    succeed(&mut lambda, &event);
    assert!(counts[1].load(Ordering::SeqCst) > 0, "{:?}", lambda.finish().output);
}
