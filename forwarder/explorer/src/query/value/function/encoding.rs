//! Functions that encode, decode and hash texts.

use std::fmt::Write;

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use md5::Md5;
use sha2::{Digest, Sha256};

use super::{Arguments, Function, Value, integer_value, text_value};

/// Base64 with padding, which may be left out where it is decoded.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(super) fn call<'v>(function: Function, arguments: &mut Arguments<'_, 'v>) -> Option<Value<'v>> {
    let text = |of: fn(&str) -> Option<String>| text_value(arguments.text(0).and_then(|text| of(&text)));
    Some(match function {
        Function::UrlEncode => text(|text| Some(url_encode(text))),
        Function::UrlDecode => text(url_decode),
        Function::Base64Encode => text(|text| Some(BASE64.encode(text))),
        Function::Base64Decode => text(|text| String::from_utf8(BASE64.decode(text).ok()?).ok()),
        Function::HexToAscii => text(|text| String::from_utf8(hex_decode(text)?).ok()),
        Function::HexToDec => integer_value(arguments.text(0).and_then(|text| hex_number(&text))),
        Function::DecToHex => {
            let number = arguments.integer(0).and_then(|number| u64::try_from(number).ok());
            text_value(number.map(|number| format!("{number:x}")))
        }
        Function::Md5 => text(|text| Some(hex_encode(&Md5::digest(text)))),
        Function::Sha256 => text(|text| Some(hex_encode(&Sha256::digest(text)))),
        _ => return None,
    })
}

/// Percent-encodes everything but letters, digits and `-._~`.
fn url_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            encoded.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// Decodes `%20` and the like. A `%` without two digits stays. Bytes that are no UTF-8 make no text.
fn url_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let byte = after.split_first_chunk::<2>().filter(|_| *first == b'%');
        match byte.and_then(|(digits, after)| Some((hex_byte(*digits)?, after))) {
            Some((byte, after)) => {
                decoded.push(byte);
                rest = after;
            }
            None => {
                decoded.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(decoded).ok()
}

fn hex_byte(digits: [u8; 2]) -> Option<u8> {
    let [high, low] = digits.map(|digit| char::from(digit).to_digit(16));
    u8::try_from(high? * 16 + low?).ok()
}

/// Returns the digits of a hexadecimal number, which may begin with `0x`.
fn hex_digits(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text)
}

fn hex_decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = hex_digits(text).as_bytes().as_chunks::<2>();
    if rest.is_empty() { pairs.iter().map(|pair| hex_byte(*pair)).collect() } else { None }
}

fn hex_number(text: &str) -> Option<i64> {
    let digits = hex_digits(text);
    let is_hex = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    is_hex.then(|| i64::from_str_radix(digits, 16).ok()).flatten()
}

fn hex_encode(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
