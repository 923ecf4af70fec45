//! Compressions and encodings of inputs. They do not use the libraries with which the code under test decodes.

use std::{
    io::Write as _,
    process::{Command, Stdio},
    thread,
};

use serde_json::{Value, json};

/// Compresses to one gzip member with the `gzip` program at its fastest level.
///
/// # Panics
/// Panics if there is no such program.
#[must_use]
pub fn gzip(plain: &[u8]) -> Vec<u8> {
    gzip_at("-1", plain)
}

/// Compresses to one gzip member with the `gzip` program at its best level.
///
/// # Panics
/// Panics if there is no such program.
#[must_use]
pub fn gzip_best(plain: &[u8]) -> Vec<u8> {
    gzip_at("-9", plain)
}

fn gzip_at(level: &str, plain: &[u8]) -> Vec<u8> {
    let mut child = Command::new("gzip")
        .args(["--stdout", "--no-name", level])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("every POSIX system has `gzip`");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let plain = plain.to_vec();
    let feeder = thread::spawn(move || stdin.write_all(&plain));
    let output = child.wait_with_output().expect("the process can be waited for");
    feeder.join().expect("writing stdin does not panic").expect("gzip reads all of stdin");
    output.stdout
}

/// Encodes one zstd frame of uncompressed blocks (RFC 8878).
///
/// # Panics
/// Does not panic: blocks are smaller than the limit of the format.
#[must_use]
pub fn zstd(plain: &[u8]) -> Vec<u8> {
    const MAGIC: [u8; 4] = 0xFD2F_B528_u32.to_le_bytes();
    const NO_CHECKSUM_NO_SIZE: u8 = 0;
    const WINDOW_OF_ONE_MIB: u8 = 10 << 3;
    let mut frame = MAGIC.to_vec();
    frame.extend([NO_CHECKSUM_NO_SIZE, WINDOW_OF_ONE_MIB]);
    let blocks = plain.chunks(64 * 1024);
    let last = blocks.len().saturating_sub(1);
    for (index, block) in blocks.enumerate() {
        let size = u32::try_from(block.len()).expect("a block has at most 64 KiB");
        let header = size << 3 | u32::from(index == last);
        frame.extend(header.to_le_bytes().iter().take(3));
        frame.extend(block);
    }
    frame
}

/// Decodes what [`base64`] encoded. Decoding ends at padding or any other character outside the alphabet.
///
/// # Panics
/// Does not panic: a byte is masked to eight bits.
#[must_use]
pub fn unbase64(text: &str) -> Vec<u8> {
    let digit = |byte: u8| {
        Some(match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        })
    };
    let (mut bytes, mut bits, mut count) = (Vec::with_capacity(text.len() * 3 / 4), 0_u32, 0);
    for value in text.bytes().map_while(digit) {
        (bits, count) = ((bits << 6 | u32::from(value)) & 0xffff, count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).expect("it is masked to eight bits"));
        }
    }
    bytes
}

/// Encodes in base64 with padding (RFC 4648).
///
/// # Panics
/// Does not panic: six bits select one of 64 digits.
#[must_use]
pub fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let byte = |index| u32::from(group.get(index).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let digit = bits >> (18 - 6 * place) & 63;
            let digit = DIGITS[usize::try_from(digit).expect("it is masked to six bits")];
            text.push(if place > group.len() { '=' } else { char::from(digit) });
        }
    }
    text
}

/// Builds the event with which CloudWatch Logs invokes a function for a document.
#[must_use]
pub fn lambda_event(document: &[u8]) -> Value {
    json!({"awslogs": {"data": base64(&gzip(document))}})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(plain: &str, encoded: &str) {
        assert_eq!(base64(plain.as_bytes()), encoded);
        assert_eq!(unbase64(encoded), plain.as_bytes());
    }

    #[test]
    fn base64_matches_the_examples_of_its_standard() {
        check("", "");
        check("f", "Zg==");
        check("fo", "Zm8=");
        check("foo", "Zm9v");
        check("foobar", "Zm9vYmFy");
    }
}
