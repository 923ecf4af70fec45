//! Tests of each provider with temporary files and an HTTP server in this process.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    path::Path,
    sync::{Arc, Mutex},
    thread,
};

use tailwater_forwarder::{
    http::{Client, Network},
    value::{PlainHttp, Secret, Url},
};
use tailwater_parser::UnixMillis;

use super::*;

const NOW: UnixMillis = UnixMillis(1_772_618_400_000);
/// An hour before and after [`NOW`], 2026-03-04T10:00:00Z.
const PAST: &str = "2026-03-04T09:00:00Z";
const FUTURE: &str = "2026-03-04T11:00:00Z";

/// HTTP server that answers a request with the first answer whose key its head and body contain, else with 404.
struct StandIn {
    url: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    fn start(answers: &[(&str, &str)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let answers: Vec<_> =
            answers.iter().map(|(key, body)| ((*key).to_owned(), (*body).to_owned())).collect();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let own = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut reader = BufReader::new(stream.unwrap());
                let (mut request, mut length) = (String::new(), 0);
                while !request.ends_with("\r\n\r\n") && reader.read_line(&mut request).unwrap() > 0 {
                    let last = request.lines().last().unwrap_or_default().to_ascii_lowercase();
                    length = last.strip_prefix("content-length: ").map_or(length, |n| n.parse().unwrap());
                }
                let mut body = vec![0; length];
                reader.read_exact(&mut body).unwrap();
                request.push_str(str::from_utf8(&body).unwrap());
                let found = answers.iter().find(|(key, _)| request.contains(key));
                let (status, body) = found.map_or(("404 Not Found", "{}"), |(_, body)| ("200 OK", body));
                own.lock().unwrap().push(request);
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                reader.get_mut().write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { url, requests }
    }

    fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn resolve(chain: &Chain) -> Result<Lease, CredentialsError> {
    let client = Client::new(&Network::default()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(chain.resolve(&client, NOW))
}

fn chain(credentials: &str, config: &str, endpoint: Option<&StandIn>) -> Chain {
    let endpoint = endpoint.map(|server| Url::read(&server.url, PlainHttp::LoopbackOnly).unwrap());
    Chain { profiles: Profiles::new(credentials, config), endpoint, ..Chain::default() }
}

#[track_caller]
fn check(chain: &Chain, id: &str, token: Option<&str>, expires: Option<&str>) {
    let lease = resolve(chain).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(lease, Lease::temporary(id, &format!("secret of {id}"), token, expires));
}

fn error(chain: &Chain) -> String {
    resolve(chain).expect_err("there are no credentials").to_string()
}

fn json(id: &str) -> String {
    format!(
        r#"{{"Code":"Success","AccessKeyId":"{id}","SecretAccessKey":"secret of {id}","Token":"T","Expiration":"{FUTURE}"}}"#
    )
}

fn sts(id: &str) -> String {
    format!(
        "<R><Credentials><AccessKeyId>{id}</AccessKeyId><SecretAccessKey>secret of {id}</SecretAccessKey>\
         <SessionToken>T</SessionToken><Expiration>{FUTURE}</Expiration></Credentials></R>"
    )
}

fn key_of(name: &str, id: &str) -> String {
    format!("[{name}]\naws_access_key_id = {id}\naws_secret_access_key = secret of {id}\n")
}

#[test]
fn environment_comes_before_the_default_profile_but_not_before_a_chosen_one() {
    let key = Lease::temporary("ENV", "secret of ENV", None, None).credentials;
    let both = key_of("default", "D") + &key_of("other", "O");
    let mut chain = Chain { access_key: Some(key), ..chain(&both, "", None) };
    check(&chain, "ENV", None, None);
    chain.chosen_profile = Some("other".to_owned());
    check(&chain, "O", None, None);
    (chain.access_key, chain.chosen_profile) = (None, None);
    check(&chain, "D", None, None);
    chain.profile = Some("missing".to_owned());
    assert_eq!(error(&chain), "profile missing not found in the credentials file or the config file");
}

#[test]
fn without_a_provider_the_ways_are_named() {
    let chain = chain("", "[default]\nregion = eu-west-1\n", None);
    assert!(
        error(&chain).starts_with("no AWS credentials found: set AWS_ACCESS_KEY_ID"),
        "{}",
        error(&chain)
    );
}

#[test]
fn role_is_assumed_with_the_credentials_of_its_source() {
    let server = StandIn::start(&[("role%2Fouter", &sts("OUTER")), ("role%2Finner", &sts("INNER"))]);
    let config = "[profile outer]\nrole_arn = arn:aws:iam::1:role/outer\nsource_profile = inner\nexternal_id = x y\n\
                  [profile inner]\nrole_arn = arn:aws:iam::1:role/inner\nsource_profile = base\nrole_session_name = me\n";
    let mut chain = chain(&key_of("base", "BASE"), config, Some(&server));
    chain.profile = Some("outer".to_owned());
    check(&chain, "OUTER", Some("T"), Some(FUTURE));
    let requests = server.requests();
    let [inner, outer] = requests.as_slice() else { panic!("{requests:?}") };
    assert!(inner.contains("Credential=BASE/") && inner.contains("RoleSessionName=me"), "{inner}");
    assert!(outer.contains("Credential=INNER/") && outer.contains("ExternalId=x+y"), "{outer}");
    assert!(outer.contains("x-amz-security-token: T") && outer.contains("RoleSessionName=tailwater"));
}

#[test]
fn role_of_the_environment_is_assumed_with_its_access_key() {
    let server = StandIn::start(&[("Action=AssumeRole&", &sts("ROLE"))]);
    let config = "[profile p]\nrole_arn = arn:aws:iam::1:role/r\ncredential_source = Environment\n";
    let mut chain = chain("", config, Some(&server));
    chain.access_key = Some(Lease::temporary("ENV", "s", None, None).credentials);
    chain.chosen_profile = Some("p".to_owned());
    check(&chain, "ROLE", Some("T"), Some(FUTURE));
    assert!(server.requests()[0].contains("Credential=ENV/"));
}

#[test]
fn profiles_in_a_circle_and_roles_with_a_code_are_errors() {
    let config = "[profile a]\nrole_arn = r\nsource_profile = b\n[profile b]\nrole_arn = r\nsource_profile = a\n\
                  [profile m]\nrole_arn = r\nsource_profile = b\nmfa_serial = s\n[profile n]\nrole_arn = r\n";
    let of = |name: &str| error(&Chain { profile: Some(name.to_owned()), ..chain("", config, None) });
    assert_eq!(of("a"), "profile a is its own source: correct source_profile");
    assert!(of("m").starts_with("profile m: its role needs an MFA code"), "{}", of("m"));
    assert_eq!(of("n"), "profile n has no source_profile or credential_source");
}

#[test]
fn process_of_a_profile_is_run() {
    let json = json("P").replace("Token", "SessionToken");
    let chain = chain("", &format!("[default]\ncredential_process = printf %s '{json}'\n"), None);
    check(&chain, "P", Some("T"), Some(FUTURE));
}

#[test]
fn web_identity_of_the_environment_is_exchanged_without_signature() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    fs::write(&file, "web.token\n").unwrap();
    let server = StandIn::start(&[("Action=AssumeRoleWithWebIdentity&", &sts("WEB"))]);
    let environment = Environment {
        role_arn: Some("arn:aws:iam::1:role/web".to_owned()),
        role_session_name: Some("pod".to_owned()),
        web_identity_token_file: Some(file),
        ..Environment::default()
    };
    check(&Chain { environment, ..chain("", "", Some(&server)) }, "WEB", Some("T"), Some(FUTURE));
    let request = &server.requests()[0];
    assert!(request.contains("WebIdentityToken=web.token") && request.contains("RoleSessionName=pod"));
    assert!(!request.contains("authorization:"), "{request}");
}

#[test]
fn container_is_asked_with_its_token() {
    let server = StandIn::start(&[("GET /creds?a=b ", &json("C"))]);
    let environment = Environment {
        container_url: Some(format!("{}/creds?a=b", server.url)),
        container_token: Some(Secret::new("Bearer x")),
        ..Environment::default()
    };
    check(&Chain { environment, ..Chain::default() }, "C", Some("T"), Some(FUTURE));
    assert!(server.requests()[0].contains("authorization: Bearer x"));
}

#[test]
fn container_elsewhere_is_not_asked_without_tls() {
    for url in ["http://example.com/creds", "ftp://127.0.0.1/"] {
        let environment = Environment { container_url: Some(url.to_owned()), ..Environment::default() };
        assert!(resolve(&Chain { environment, ..Chain::default() }).is_err(), "{url}");
    }
}

#[test]
fn instance_is_asked_only_when_it_is_allowed() {
    let server = StandIn::start(&[
        ("PUT /latest/api/token", "session"),
        ("security-credentials/my-role ", &json("I")),
        ("security-credentials/ ", "my-role\n"),
    ]);
    let environment = Environment { instance_url: Some(server.url.clone()), ..Environment::default() };
    let mut chain = Chain { environment, ..Chain::default() };
    assert!(matches!(resolve(&chain), Err(CredentialsError::NotFound)));
    assert!(server.requests().is_empty());
    chain.instance = InstanceMetadata::Allowed;
    check(&chain, "I", Some("T"), Some(FUTURE));
    assert!(server.requests()[2].contains("x-aws-ec2-metadata-token: session"));
}

const SSO: &str = "[profile s]\nsso_session = corp\nsso_account_id = 123456789012\nsso_role_name = Read Only\n\
                   [sso-session corp]\nsso_region = eu-west-1\nsso_start_url = https://corp.awsapps.com/start\n";
const ROLE: &str = r#"{"roleCredentials":{"accessKeyId":"S","secretAccessKey":"secret of S","sessionToken":"T","expiration":1772622000000}}"#;

/// Writes a sign-in into the cache below `home`.
fn cache(home: &Path, expires: &str, registration_expires: &str) {
    let folder = home.join(".aws/sso/cache");
    fs::create_dir_all(&folder).unwrap();
    let token = format!(
        r#"{{"startUrl":"https://corp.awsapps.com/start","region":"eu-west-1","accessToken":"OLD","expiresAt":"{expires}",
           "clientId":"id","clientSecret":"cs","registrationExpiresAt":"{registration_expires}","refreshToken":"R1"}}"#
    );
    fs::write(folder.join("0123.json"), token).unwrap();
    fs::write(folder.join("other.json"), r#"{"clientId":"x"}"#).unwrap();
}

fn sso_chain(server: &StandIn, home: &Path) -> Chain {
    let environment = Environment { home: Some(home.to_owned()), ..Environment::default() };
    Chain { environment, profile: Some("s".to_owned()), ..chain("", SSO, Some(server)) }
}

#[test]
fn cached_sign_in_is_exchanged_for_the_role() {
    let home = tempfile::tempdir().unwrap();
    cache(home.path(), FUTURE, FUTURE);
    let server = StandIn::start(&[("GET /federation/credentials", ROLE)]);
    check(&sso_chain(&server, home.path()), "S", Some("T"), Some(FUTURE));
    let request = &server.requests()[0];
    assert!(request.contains("?role_name=Read+Only&account_id=123456789012"), "{request}");
    assert!(request.contains("x-amz-sso_bearer_token: OLD"), "{request}");
}

#[test]
fn expired_sign_in_is_refreshed_in_memory_only() {
    let home = tempfile::tempdir().unwrap();
    cache(home.path(), PAST, FUTURE);
    let created = r#"{"accessToken":"NEW","expiresIn":3600,"refreshToken":"R2"}"#;
    let server = StandIn::start(&[("POST /token", created), ("x-amz-sso_bearer_token: NEW", ROLE)]);
    let chain = sso_chain(&server, home.path());
    let before = fs::read(home.path().join(".aws/sso/cache/0123.json")).unwrap();
    check(&chain, "S", Some("T"), Some(FUTURE));
    check(&chain, "S", Some("T"), Some(FUTURE));
    let requests = server.requests();
    assert_eq!(
        requests.iter().filter(|request| request.starts_with("POST /token")).count(),
        1,
        "{requests:?}"
    );
    assert!(requests[0].contains(r#""refreshToken":"R1""#) && requests[0].contains(r#""clientSecret":"cs""#));
    assert_eq!(fs::read(home.path().join(".aws/sso/cache/0123.json")).unwrap(), before);
}

#[test]
fn sign_in_that_is_over_names_the_command() {
    let expected = "the sign-in of profile s has expired: run `aws sso login --profile s`";
    let server = StandIn::start(&[]);
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(error(&sso_chain(&server, empty.path())), expected);
    let over = tempfile::tempdir().unwrap();
    cache(over.path(), PAST, PAST);
    assert_eq!(error(&sso_chain(&server, over.path())), expected);
}

#[test]
fn credentials_are_renewed_before_they_expire() {
    let lease = Lease::temporary("A", "S", None, Some(FUTURE));
    let at = |minutes: i64| lease.is_due(UnixMillis(NOW.0 + minutes * 60_000));
    assert_eq!([at(0), at(54), at(55), at(70)], [false, false, true, true]);
    assert!(!Lease::permanent(lease.credentials.clone()).is_due(NOW));
}
