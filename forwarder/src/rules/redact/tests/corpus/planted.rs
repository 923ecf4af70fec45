//! Planted secrets of every kind in every form.

use super::{super::*, *};

/// Secrets of the corpus.
const SECRETS: usize = 20_000;
/// Ways in which a secret is written into events.
const FORMS: usize = 14;

/// Secret with the text before it that makes it one.
struct Secret {
    kind: Kind,
    before: String,
    secret: String,
}

#[test]
fn no_planted_secret_is_left() {
    let mut random = Random(11);
    let set = set(&[options(&DETECTORS), with_keys(&["password", "customer.*.phone"])]);
    let mut leaks = Vec::new();
    for number in 0..SECRETS {
        let secret = secret(DETECTORS[number % DETECTORS.len()], &mut random);
        let form = number / DETECTORS.len() % FORMS;
        let (mut state, mut counts) = (State::default(), Counts::default());
        let (mut joined, mut original) = (String::new(), String::new());
        for (kind_of_part, event) in written(&secret, form, &mut random) {
            let redacted = redact_with(&set, &mut state, kind_of_part, &event, &mut counts);
            assert!(
                kind_of_part != Part::Whole || !is_json(&event) || is_json(&redacted),
                "{event}\n{redacted}"
            );
            joined += &redacted;
            original += &event;
        }
        let is_number = secret.kind == Kind::Card && form == 10;
        assert!(
            is_number || is_left(&secret.secret, &original),
            "form {form} does not show {}",
            secret.secret
        );
        if is_left(&secret.secret, &joined) || counts.total() == 0 {
            leaks.push(format!(
                "{:?} in form {form}: {:?}\n{}",
                secret.kind,
                secret.secret,
                part(&joined, 0..joined.floor_char_boundary(300))
            ));
        }
    }
    assert!(leaks.is_empty(), "{} of {SECRETS}\n{}", leaks.len(), leaks[..leaks.len().min(12)].join("\n"));
}

/// Returns true if a line of the secret can be read in the text, in any layer of escapes.
fn is_left(secret: &str, text: &str) -> bool {
    let mut layers = [String::new(), String::new()];
    unescape_all(text, MAX_LAYERS, &mut layers);
    let lines = secret.lines().map(str::trim).filter(|line| line.len() >= 6 && !line.starts_with("-----"));
    lines.into_iter().any(|line| text.contains(line) || layers[0].contains(line))
}

fn secret(kind: Kind, random: &mut Random) -> Secret {
    let (before, secret) = match kind {
        Kind::Email => (String::new(), email(random)),
        Kind::Ipv4 => (String::new(), [0; 4].map(|_| random.below(256).to_string()).join(".")),
        Kind::Ipv6 => (String::new(), ipv6(random)),
        Kind::Card => (String::new(), card(random)),
        Kind::AwsKey if random.below(2) == 0 => {
            (String::new(), random.pick(&["AKIA", "ASIA"]).to_owned() + &random.text(UPPER, 16))
        }
        Kind::AwsKey => {
            let name = random.pick(&[
                "aws_secret_access_key = ",
                "AWS_SECRET_ACCESS_KEY=",
                "secretAccessKey: ",
                "secret access key is ",
            ]);
            (name.to_owned(), random.text(BASE64, 40))
        }
        Kind::Bearer => {
            let name = random.pick(&["Bearer ", "bearer ", "Authorization: Bearer ", "BEARER "]);
            let length = 16 + random.below(60);
            (name.to_owned(), random.text(BASE64_URL, length))
        }
        Kind::Jwt => (
            String::new(),
            ["eyJhbGciOiJIUzI1NiIs", "eyJzdWIiOiIx", ""]
                .map(|start| {
                    let length = 8 + random.below(80);
                    start.to_owned() + &random.text(BASE64_URL, length)
                })
                .join("."),
        ),
        Kind::PrivateKey => (String::new(), pem(random)),
        Kind::Keys | Kind::Pattern => unreachable!("no detector"),
    };
    Secret { kind, before, secret }
}

fn email(random: &mut Random) -> String {
    let (local, domain) = (1 + random.below(8), 1 + random.below(9));
    let local = random.text(LOWER, local) + random.pick(&["", ".smith", "+tag", "_x", "-y", "'z"]);
    let email = format!(
        "{local}@{}{}{}",
        random.pick(&["", "mail.", "a.b."]),
        random.text(LOWER, domain),
        random.pick(&[".com", ".co.uk", ".museum", ".io"])
    );
    if random.below(5) == 0 { email.to_uppercase() } else { email }
}

fn ipv6(random: &mut Random) -> String {
    let group = |random: &mut Random| format!("{:x}", random.below(65536));
    let text = match random.below(4) {
        0 => [0; 8].map(|_| random.text(HEX, 4)).join(":"),
        1 => format!("fe80::{}:{}%eth0", group(random), group(random)),
        2 => format!(
            "::ffff:{}.{}.{}.{}",
            random.below(256),
            random.below(256),
            random.below(256),
            random.below(256)
        ),
        _ => format!("2001:db8:{}::{}", group(random), group(random)),
    };
    if random.below(5) == 0 { text.to_uppercase().replace("%ETH0", "%eth0") } else { text }
}

fn card(random: &mut Random) -> String {
    let (prefix, length, groups): (&str, usize, &[usize]) = [
        ("4", 16, &[4, 4, 4, 4][..]),
        ("51", 16, &[4, 4, 4, 4]),
        ("2221", 16, &[4, 4, 4, 4]),
        ("34", 15, &[4, 6, 5]),
        ("6011", 16, &[4, 4, 4, 4]),
        ("62", 19, &[6, 13]),
        ("6759", 19, &[4, 4, 4, 4, 3]),
        ("36", 14, &[4, 6, 4]),
        ("4", 13, &[4, 4, 4, 1]),
        ("3528", 16, &[4, 4, 4, 4]),
    ][random.below(10)];
    let digits = prefix.to_owned() + &random.text(DIGITS, length - prefix.len() - 1);
    let sum: u32 = digits
        .bytes()
        .rev()
        .zip(0..)
        .map(|(digit, place)| {
            let value = u32::from(digit - b'0') * (2 - place % 2);
            value / 10 + value % 10
        })
        .sum();
    let digits = format!("{digits}{}", (10 - sum % 10) % 10);
    let separator = random.pick(&["", " ", "-"]);
    let mut rest = digits.as_str();
    let groups = groups.iter().map(|length| {
        let (group, after) = rest.split_at(*length);
        rest = after;
        group
    });
    groups.collect::<Vec<_>>().join(separator)
}

fn pem(random: &mut Random) -> String {
    let label = random.pick(&[
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "PRIVATE KEY",
    ]);
    let lines: Vec<_> = (0..3 + random.below(20)).map(|_| random.text(BASE64, 64)).collect();
    let length = 8 + 4 * random.below(12);
    let last = random.text(BASE64, length);
    format!("-----BEGIN {label}-----\n{}\n{last}==\n-----END {label}-----\n", lines.join("\n"))
}

/// Writes a secret into events of one log stream, or into the parts of one.
fn written(secret: &Secret, form: usize, random: &mut Random) -> Vec<(Part, String)> {
    let text = format!("{}{}", secret.before, secret.secret);
    let pairs = [["", ""], ["got ", " here"], ["x=", ", y=1"], ["(", ")"], ["user <", ">"], ["'", "'"]];
    let around = pairs[random.below(pairs.len())];
    let phrase = format!("{}{text}{}", around[0], around[1]);
    let value = serde_json::json!({"level": "INFO", "a": [{"b": [1, phrase]}], "c": {"d": text}});
    let prefix = "2026-03-03T10:02:40.524Z\t638a6622-86d4-4961-99af-9923e01eefbe\tINFO\t";
    let whole = |event: String| vec![(Part::Whole, event)];
    match form {
        0 => whole(phrase),
        1 => whole(format!("{prefix}{phrase}\n")),
        2 => whole(value.to_string()),
        3 => whole(format!("{prefix}{value}\n")),
        4 => whole(escaped(&value.to_string(), random)),
        5 => whole(serde_json::json!({ phrase: 1, text: {"x": 2} }).to_string()),
        6 => whole(serde_json::json!({"body": serde_json::json!({"e": value.to_string()}).to_string()}).to_string()),
        7 => whole(serde_json::json!({"n": [[[text]], {"m": [phrase]}]}).to_string()),
        8 => whole(format!("body={}", serde_json::json!(value.to_string()))),
        9 => whole(serde_json::json!({"password": {"p": secret.secret}, "customer": {"x": {"phone": secret.secret}}}).to_string()),
        10 if secret.kind == Kind::Card => {
            let digits: String = secret.secret.chars().filter(char::is_ascii_digit).collect();
            whole(format!("{{\"n\":{digits},\"m\":[1,{digits}]}}"))
        }
        10 => whole(value.to_string().trim_end_matches('}').to_owned()),
        11 if secret.kind == Kind::PrivateKey => {
            secret.secret.lines().map(|line| (Part::Whole, format!("{line}\n"))).collect()
        }
        12 if secret.kind == Kind::PrivateKey => {
            let event = |line| (Part::Whole, serde_json::json!({"level": "INFO", "message": line}).to_string());
            secret.secret.lines().map(event).collect()
        }
        11 => parts(&format!("{}{phrase} {}", "filler, 12:34:56. ".repeat(400), "filler ".repeat(1000)), &text, random),
        12 => {
            let value = serde_json::json!({"f": "filler, ".repeat(900), "s": [phrase], "g": "filler \" ".repeat(900)});
            let written = serde_json::json!(text).to_string();
            parts(&value.to_string(), written.trim_matches('"'), random)
        }
        _ => {
            let long = format!("{}{phrase} {}", "filler \t, ".repeat(900), "filler \n ".repeat(9000));
            let written = serde_json::json!(text).to_string();
            parts(&serde_json::json!({"a": 1, "f": long}).to_string(), written.trim_matches('"'), random)
        }
    }
}

/// Cuts a message within a text, and once more before or after it.
fn parts(message: &str, within: &str, random: &mut Random) -> Vec<(Part, String)> {
    let at = message.find(within).expect("the text is in the message");
    let mut cuts = [at + random.below(within.len() + 1), random.below(message.len())]
        .map(|cut| message.floor_char_boundary(cut));
    cuts.sort_unstable();
    // A part never ends within an escape.
    let cuts = cuts.map(|cut| {
        part(message, 0..cut).rfind(|c| c != '\\').map_or(0, |at| message.ceil_char_boundary(at + 1))
    });
    vec![
        (Part::Piece, part(message, 0..cuts[0]).to_owned()),
        (Part::Piece, part(message, cuts[0]..cuts[1]).to_owned()),
        (Part::Last, part(message, cuts[1]..message.len()).to_owned()),
    ]
}

/// Writes characters of JSON strings as escapes, at random.
fn escaped(json: &str, random: &mut Random) -> String {
    let mut out = String::new();
    let mut before = ' ';
    let mut in_string = false;
    for c in json.chars() {
        let is_free = in_string && before != '\\' && !matches!(c, '"' | '\\');
        in_string ^= c == '"' && before != '\\';
        match random.below(4) {
            0 if is_free => out += &format!("\\u{:04x}", u32::from(c)),
            1 if is_free && c == '/' => out += "\\/",
            _ => out.push(c),
        }
        before = if before == '\\' { ' ' } else { c };
    }
    out
}
