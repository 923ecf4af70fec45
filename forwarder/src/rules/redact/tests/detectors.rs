//! Tests of the detectors.

use super::*;

const JWT: &str = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLXRleHQ";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

#[test]
fn email_addresses_are_found() {
    check_found(
        Kind::Email,
        &[
            "zoe@example.org",
            "a.b+c_d-e@mail.EXAMPLE.co.uk",
            "ZOE@EXAMPLE.COM",
            "o'neil@x-y.museum",
            "jürgen@müller.de",
            "1@163.com",
        ],
    );
    check(&options(&[Kind::Email]), "to=zoe@example.org.", "to=[email].");
    check(&options(&[Kind::Email]), "<mailto:zoe@example.org>", "<mailto:[email]>");
    check(&options(&[Kind::Email]), "a@x.com,b@x.com;c@x.com", "[email],[email];[email]");
    check(&options(&[Kind::Email]), "ops@example.com-2024", "[email]-2024");
    check(&options(&[Kind::Email]), r#"{"a":"zoe\u0040example.org"}"#, r#"{"a":"[email]"}"#);
    check(&options(&[Kind::Email]), r#"{"a":"\"zoe\\u0040example.org\""}"#, r#"{"a":"\"[email]\""}"#);
}

#[test]
fn texts_with_an_at_sign_are_no_email_addresses() {
    check_clean(
        Kind::Email,
        &[
            "user@host",
            "lodash@4.17.21",
            "@types/node",
            "x@1.0.0-beta.rc",
            "icon@2x.png",
            "@",
            "a@",
            "@b.com",
            "a @b.com",
            "Foo@1a2b3c",
            "image@sha256:abc",
            "me@10.0.0.1",
        ],
    );
}

#[test]
fn ipv4_addresses_are_found() {
    check_found(Kind::Ipv4, &["10.0.0.1", "255.255.255.255", "8.8.8.8", "192.168.001.001"]);
    let check = |message, expected| check(&options(&[Kind::Ipv4]), message, expected);
    check("[10.0.0.1]:8080", "[[ipv4]]:8080");
    check("10.0.0.1.example.org from 10.0.0.1.Then", "[ipv4].example.org from [ipv4].Then");
    check("10.0.0.0/16 /10.1.2.3:80 http://1.2.3.4/x", "[ipv4]/16 /[ipv4]:80 http://[ipv4]/x");
    check("10.0.0.1-10.0.0.9, 1.2.3.4.", "[ipv4]-[ipv4], [ipv4].");
    check(r#"{"ips":["10.0.0.1:1","x\t1.2.3.4"]}"#, r#"{"ips":["[ipv4]:1","x\t[ipv4]"]}"#);
    check(r#"{"version":"1.2.3.4","ip":"1.2.3.4"}"#, r#"{"version":"1.2.3.4","ip":"[ipv4]"}"#);
}

#[test]
fn versions_and_longer_numbers_are_no_ipv4_addresses() {
    check_clean(
        Kind::Ipv4,
        &[
            "v1.2.3.4",
            "version 1.2.3.4",
            "Runtime Version: 1.2.3.4",
            "version=\"1.2.3.4\"",
            "v 1.2.3.4",
            "Chrome/120.0.0.0 Safari",
            "1.2.3",
            "1.2.3.4.5",
            "256.1.1.1",
            "1.3.6.1.4.1.311",
            "01.02.03.04",
            "10.524",
            "1.2.3.4rc1",
            "x1.2.3.4",
            "1..2.3.4",
        ],
    );
}

#[test]
fn ipv6_addresses_are_found() {
    check_found(
        Kind::Ipv6,
        &[
            "2001:db8::1",
            "fe80::1ff:fe23:4567:890a",
            "::1",
            "::ffff:192.0.2.1",
            "2001:0DB8:85A3:0000:0000:8A2E:0370:7334",
            "fe80::1%eth0",
        ],
    );
    check(&options(&[Kind::Ipv6]), "[2001:db8::1]:443 2001:db8::/32", "[[ipv6]]:443 [ipv6]/32");
    check(&options(&[Kind::Ipv6]), "ip:2001:db8::1: refused", "ip:[ipv6]: refused");
    check(&options(&[Kind::Ipv6]), "from 2001:db8::1.", "from [ipv6].");
    check(&options(&[Kind::Ipv6]), "2001:db8:1:2:3:4:5:6:443 > 2001:db8::1.443:", "[ipv6]:443 > [ipv6].443:");
}

#[test]
fn times_hardware_addresses_and_paths_are_no_ipv6_addresses() {
    check_clean(
        Kind::Ipv6,
        &[
            "12:34:56",
            "10:02:40.524",
            "aa:bb:cc:dd:ee:ff",
            "00:1b:63:ff:fe:84:45:e6",
            "std::dec::bad",
            "arn:aws:iam::123456789012:role/x",
            "arn:aws:s3:::bucket",
            "a::b",
            "::",
            "Foo::1",
            "1:2",
            "dead::beef",
        ],
    );
}

#[test]
fn card_numbers_are_found() {
    check_found(
        Kind::Card,
        &[
            "4111111111111111",
            "4111 1111 1111 1111",
            "4111-1111-1111-1111",
            "5555555555554444",
            "2223003122003222",
            "378282246310005",
            "3782 822463 10005",
            "6011111111111117",
            "30569309025904",
            "3530111333300000",
            "6200000000000005",
            "6759649826438453",
            "4222222222222",
            "6304000000000000",
        ],
    );
    let check = |message, expected| check(&options(&[Kind::Card]), message, expected);
    check("[4111 1111 1111 1111] x", "[[card]] x");
    check("1 4111 1111 1111 1111 123", "1 [card] 123");
    check("4111111111111111,5555555555554444", "[card],[card]");
    check(r#"{"n":4111111111111111,"m":[5555555555554444]}"#, r#"{"n":"[card]","m":["[card]"]}"#);
    check(r#"{"n":"x\n4111111111111111"}"#, r#"{"n":"x\n[card]"}"#);
    check(r#"{"n":"[4111111111111111]"}"#, r#"{"n":"[\"[card]\"]"}"#);
    check(r#"{"4111111111111111":-4111111111111111}"#, r#"{"[card]":"[card]"}"#);
}

#[test]
fn other_numbers_are_no_card_numbers() {
    check_clean(
        Kind::Card,
        &[
            "4111111111111112",
            "a4111111111111111",
            "4111111111111111b",
            "41111111111111110",
            "0.4111111111111111",
            "4111111111111111.5",
            "1772532001039123456",
            "1772532001039",
            "1234-4111-1111-1111-111111111111",
            "4111  1111 1111 1111",
            "411111111111",
            "9111111111111111",
        ],
    );
    check(&options(&[Kind::Card]), r#"{"n":4111111111111111.5}"#, r#"{"n":4111111111111111.5}"#);
}

#[test]
fn aws_keys_are_found() {
    check_found(Kind::AwsKey, &["AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE"]);
    let names = [
        "aws_secret_access_key = ",
        "AWS_SECRET_ACCESS_KEY=",
        "secretAccessKey: '",
        "secret access key is ",
        "SecretKey\t",
        "aws_secret:",
        "<SecretAccessKey>",
        "--secret-key ",
        "secretAccessKey -> ",
        "secret key (see above) is: ",
    ];
    for name in names {
        check(&options(&[Kind::AwsKey]), &format!("x {name}{SECRET} y"), &format!("x {name}[aws_key] y"));
    }
    let check =
        |message: &str, expected| check(&options(&[Kind::AwsKey]), &message.replace("KEY", SECRET), expected);
    check(r#"{"secretAccessKey":"KEY","a":1}"#, r#"{"secretAccessKey":"[aws_key]","a":1}"#);
    check(r#"{"name":"AWS_SECRET","value":"KEY"}"#, r#"{"name":"AWS_SECRET","value":"[aws_key]"}"#);
    check(r#"{"a":"{\"secret_key\": \"KEY\"}"}"#, r#"{"a":"{\"secret_key\": \"[aws_key]\"}"}"#);
    let escaped = SECRET.replace('/', "\\/");
    super::check(
        &options(&[Kind::AwsKey]),
        &format!(r#"{{"secretKey":"{escaped}"}}"#),
        r#"{"secretKey":"[aws_key]"}"#,
    );
}

#[test]
fn other_texts_are_no_aws_keys() {
    check_clean(
        Kind::AwsKey,
        &[
            "AKIAIOSFODNN7EXAMPL",
            "xAKIAIOSFODNN7EXAMPLE",
            "AKIAIOSFODNN7EXAMPLEE",
            "AKIAiosfodnn7example",
            SECRET,
            "secret_key=short",
            "my secret",
        ],
    );
}

#[test]
fn bearer_tokens_are_found() {
    for name in ["Bearer ", "bearer ", "BEARER\t", "Authorization: Bearer ", "bearer_token=", "Bearer: "] {
        let message = format!("x {name}abcdefghijklmno1== y");
        check(&options(&[Kind::Bearer]), &message, &format!("x {name}[bearer] y"));
    }
    check(
        &options(&[Kind::Bearer]),
        r#"{"authorization":"Bearer abc.def-ghi_jkl~mno+/="}"#,
        r#"{"authorization":"Bearer [bearer]"}"#,
    );
    check(&options(&[Kind::Bearer]), r#"{"bearer":"abcdefghijklmnop"}"#, r#"{"bearer":"[bearer]"}"#);
    check_clean(
        Kind::Bearer,
        &["Bearer abcdefghijklmno", "Bearer realm=\"x\"", "forbearer abcdefghijklmnop", "the bearer of news"],
    );
}

#[test]
fn web_tokens_are_found() {
    check_found(
        Kind::Jwt,
        &[JWT, "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "eyJhbGciOiJkaXIifQ..aXYtdGV4dA.Y2lwaGVydGV4dA.dGFn"]
            .map(|jwt| jwt),
    );
    check(&options(&[Kind::Jwt]), &format!("token={JWT}&x=1"), "token=[jwt]&x=1");
    check(&options(&[Kind::Jwt, Kind::Bearer]), &format!("Bearer {JWT}"), "Bearer [bearer]");
    check_clean(Kind::Jwt, &["eyJ.a.b", "eyJhbGciOiJIUzI1NiJ9", "x.y.z"]);
}

#[test]
fn private_keys_are_found() {
    for label in [
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
    ] {
        let key = format!("-----BEGIN {label}-----\nMIIEpAIBAAKCAQEA\nabcd==\n-----END {label}-----");
        check_found(
            Kind::PrivateKey,
            &[&key, &key.replace('\n', "\r\n"), &key.replace('\n', " "), &key.replace('\n', "\n    ")],
        );
        check(&options(&[Kind::PrivateKey]), &key.replace('\n', "\\n"), "[private_key]");
    }
    check(
        &options(&[Kind::PrivateKey]),
        "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,A1\n\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----",
        "[private_key]",
    );
    check(
        &options(&[Kind::PrivateKey]),
        r#"["-----BEGIN PRIVATE KEY-----","MIIEpAIBAAKCAQEA","YWJj","-----END PRIVATE KEY-----","done"]"#,
        r#"["[private_key]","[private_key]","[private_key]","[private_key]","done"]"#,
    );
    check_clean(
        Kind::PrivateKey,
        &["-----BEGIN CERTIFICATE-----\nMIIEpAIBAAKCAQEA\n-----END CERTIFICATE-----", "BEGIN TRANSACTION"],
    );
    check(&options(&[Kind::PrivateKey]), "no -----BEGIN PRIVATE KEY----- in it", "no [private_key] in it");
}

#[test]
fn fixed_texts_are_found_without_vector_instructions() {
    let message =
        format!("AKIAIOSFODNN7EXAMPLE Bearer abcdefghijklmnop {JWT} {JWT} -----BEGIN PRIVATE KEY-----");
    let mut set = set(&[options(&DETECTORS)]).into_inner();
    set.combined.detectors.remove_searcher();
    let set = RefCell::new(set);
    assert_eq!(redact(&set, &message), "[aws_key] Bearer [bearer] [jwt] [jwt] [private_key]");
}
