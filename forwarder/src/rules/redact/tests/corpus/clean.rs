//! Clean lines: what looks like a secret and is none.

use super::{super::*, *};

/// Lines of the corpus.
const LINES: usize = 20_000;

#[test]
fn clean_lines_are_hardly_ever_changed() {
    let mut random = Random(7);
    let lines: Vec<_> = (0..LINES).map(|_| line(&mut random)).collect();
    for kind in DETECTORS {
        let set = set(&[options(&[kind])]);
        let (mut state, mut counts, mut out) = (State::default(), Counts::default(), String::new());
        let changed = lines
            .iter()
            .filter(|line| set.borrow_mut().redact(&mut state, Part::Whole, line, &mut out, &mut counts))
            .count();
        println!("{}: {changed} of {LINES} lines", kind.name());
        assert!(changed * 1000 < LINES, "{}: {changed} of {LINES} lines", kind.name());
    }
}

fn line(random: &mut Random) -> String {
    let text = text(random);
    match random.below(4) {
        0 => text,
        1 => format!("2026-03-03T10:02:40.524Z\t{}\tINFO\t{text}\n", uuid(random)),
        2 => serde_json::json!({"time": "2026-03-03T10:02:40.524Z", "id": uuid(random), "message": text})
            .to_string(),
        _ => {
            let number: f64 = f64::from(u32::try_from(random.next() >> 32).unwrap()) / 7e6;
            serde_json::json!({"ns": 1_772_532_001_039_123_456 + random.next() % 1_000_000_000_000_000, "rate": number, "share": number / 1e4, "items": [text]}).to_string()
        }
    }
}

fn uuid(random: &mut Random) -> String {
    [8, 4, 4, 4, 12].map(|length| random.text(HEX, length)).join("-")
}

fn number(random: &mut Random, below: usize) -> String {
    random.below(below).to_string()
}

fn version(random: &mut Random) -> String {
    [20, 10, 1000, 100].map(|below| number(random, below)).join(".")
}

fn text(random: &mut Random) -> String {
    match random.below(24) {
        0 => format!("took {}.{} s", random.below(60), random.text(DIGITS, 9)),
        1 => format!("at 17725320{} ns 17725320{}", random.text(DIGITS, 11), random.text(DIGITS, 5)),
        2 => format!("order {} of customer {}", random.text(DIGITS, 8), random.text(DIGITS, 10)),
        3 => {
            format!("order {}-{}-{}", random.text(DIGITS, 3), random.text(DIGITS, 7), random.text(DIGITS, 7))
        }
        4 => format!("request {} failed", uuid(random)),
        5 => format!("sha256:{} md5={}", random.text(HEX, 64), random.text(HEX, 32)),
        6 => format!("commit {}", random.text(HEX, 40)),
        7 => format!(
            "{} {}",
            random.pick(&["version", "Version:", "agent v", "Runtime Version:"]),
            version(random)
        )
        .replace("v ", "v"),
        8 => format!(
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{} Safari/537.36",
            version(random)
        ),
        9 => format!(
            "SELECT a.id, b.* FROM orders a JOIN items b ON a.id = b.order_id WHERE a.total > {} AND b.name LIKE '%x@%'",
            number(random, 9999)
        ),
        10 => format!("payload {}==", random.text(BASE64, 118)),
        11 => format!(
            "arn:aws:lambda:eu-west-1:{}:function:shop-{}:{}",
            random.text(DIGITS, 12),
            random.text(LOWER, 6),
            number(random, 99)
        ),
        choice => more_text(random, choice),
    }
}

fn more_text(random: &mut Random, choice: usize) -> String {
    match choice {
        12 => format!(
            "arn:aws:iam::{}:role/x, arn:aws:s3:::bucket/{}",
            random.text(DIGITS, 12),
            random.text(HEX, 8)
        ),
        13 => format!(
            "{}:{}:{} up {}:{}",
            random.text("12", 2),
            random.text("12345", 2),
            random.text("12345", 2),
            random.text("12", 2),
            random.text("12", 2)
        ),
        14 => format!("mac {}", [0; 6].map(|_| random.text(HEX, 2)).join(":")),
        15 => format!("std::vec::{}::{}", random.text("abcdef", 4), random.text("abcdef", 3)),
        16 => format!(
            "npm {}@{}.{}.{} icon@2x.png @scope/{}",
            random.text(LOWER, 6),
            number(random, 20),
            number(random, 20),
            number(random, 20),
            random.text(LOWER, 5)
        ),
        17 => format!("bearer of {} news, no secret key in it", random.text(LOWER, 8)),
        18 => format!("com.shop.Order@{} at 0x{}", random.text(HEX, 8), random.text(HEX, 16)),
        19 => format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----", random.text(BASE64, 64)),
        20 => format!(
            "RSS {} kB, {}%, {} of {}",
            number(random, 999_999),
            number(random, 100),
            random.text(DIGITS, 6),
            random.text(DIGITS, 6)
        ),
        21 => format!(
            "/api/v{}/users/{}?page={}&t={}",
            number(random, 9),
            random.text(DIGITS, 9),
            number(random, 99),
            random.text(WORD, 22)
        ),
        22 => format!(
            "XCorr 1.3.6.1.4.1.{}.{} 2026-03-03 10:02:40,{}",
            number(random, 999),
            number(random, 99),
            random.text(DIGITS, 3)
        ),
        _ => format!(
            "trace {} span {} Root=1-{}-{}",
            random.text(HEX, 32),
            random.text(HEX, 16),
            random.text(HEX, 8),
            random.text(HEX, 24)
        ),
    }
}
