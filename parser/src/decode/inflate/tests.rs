use std::io::Write as _;

use flate2::{Compression as Level, write::GzEncoder};
use proptest::prelude::*;

use super::*;

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Level::new(6));
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd::encode_all(bytes, 1).unwrap()
}

/// Decompresses an input that arrives `size` bytes at a time. Returns the text, and the error if there is one.
fn inflate(input: &[u8], size: usize, limit: ByteSize) -> (Vec<u8>, Option<DecodeError>) {
    let (mut inflater, mut window, mut text) = (Inflater::new(limit), Window::default(), Vec::new());
    let mut take = |window: &mut Window| {
        text.extend_from_slice(window.unread());
        window.consume(usize::MAX);
    };
    for mut piece in input.chunks(size) {
        loop {
            let step = inflater.step(piece, &mut window);
            take(&mut window);
            match step {
                Ok((0, 0)) => break,
                Ok((used, _)) => piece = &piece[used..],
                Err(error) => return (text, Some(error)),
            }
        }
    }
    let ended = inflater.finish(&mut window);
    take(&mut window);
    assert!(ended.is_err() || inflater.inflated() == ByteSize(text.len().try_into().unwrap()));
    (text, ended.err())
}

fn check(input: &[u8], text: &[u8]) {
    for size in [1, 2, 3, 5, 1000, usize::MAX] {
        let (found, error) = inflate(input, size, ByteSize::mib(64));
        assert_eq!((found == text, error), (true, None), "{size} bytes at a time");
    }
}

/// Text that is longer than the buffer between two layers, and hardly compressible.
fn long_text() -> Vec<u8> {
    (0..10_000_u32).flat_map(|n| format!("{:x} ", n.wrapping_mul(2_654_435_761)).into_bytes()).collect()
}

#[test]
fn data_compressed_twice_is_decompressed_twice() {
    for text in [b"", b"x".as_slice(), b"abc", b"{\"logEvents\":[]}", &long_text()] {
        check(&gzip(&gzip(text)), text);
        check(&zstd(&gzip(text)), text);
        check(&gzip(&zstd(text)), text);
        check(&gzip(&zstd(&gzip(text))), text);
    }
}

#[test]
fn members_inside_members_are_all_decompressed() {
    let inside = [gzip(b"first "), gzip(b""), gzip(b"second")].concat();
    check(&gzip(&inside), b"first second");
    // One record of Firehose in each member outside.
    let outside = [gzip(&gzip(b"first ")), gzip(&gzip(b"second"))].concat();
    check(&outside, b"first second");
    // Cut anywhere: the members outside need not begin where those inside do.
    let (start, end) = inside.split_at(17);
    check(&[gzip(start), gzip(end)].concat(), b"first second");
}

#[test]
fn text_that_begins_like_compressed_data_in_plain_input_is_not_a_second_layer() {
    check(b"(\xb5/", b"(\xb5/");
    check(&gzip(b"\x1f"), b"\x1f");
    check(&gzip(b"(\xb5/ no zstd"), b"(\xb5/ no zstd");
}

#[test]
fn number_of_layers_is_limited() {
    let mut packed = b"deep".to_vec();
    for layers in 1..=7 {
        packed = gzip(&packed);
        let (text, error) = inflate(&packed, 1000, ByteSize::mib(1));
        if layers <= MAX_LAYERS {
            assert_eq!((text.as_slice(), error), (&b"deep"[..], None), "{layers} layers");
        } else {
            assert_eq!(error, Some(DecodeError::TooManyLayers { limit: 5 }), "{layers} layers");
        }
    }
}

#[test]
fn size_of_each_layer_is_limited() {
    let zeros = gzip(&gzip(&vec![b'0'; 3 << 20]));
    assert_eq!(inflate(&zeros, 1000, ByteSize::mib(3)).1, None);
    let (text, error) = inflate(&zeros, 1000, ByteSize::mib(2));
    assert_eq!(error, Some(DecodeError::InflatedLimit { limit: ByteSize::mib(2) }));
    assert!(text.len() < 4 << 20, "{} bytes", text.len());
}

#[test]
fn text_before_damage_in_any_layer_is_kept() {
    let text = long_text();
    let inside = gzip(&text);
    let cut = |bytes: &[u8]| bytes[..bytes.len() / 2].to_vec();
    let flip = |mut bytes: Vec<u8>| {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x55;
        bytes
    };
    for damaged in
        [gzip(&cut(&inside)), cut(&gzip(&inside)), gzip(&flip(inside.clone())), flip(gzip(&inside))]
    {
        for size in [1, 1000, usize::MAX] {
            let (found, error) = inflate(&damaged, size, ByteSize::mib(64));
            assert!(error.is_some() && found.len() > text.len() / 4, "{error:?}, {} bytes", found.len());
            let intact = found.iter().zip(&text).take_while(|(found, text)| found == text).count();
            assert!(intact > text.len() / 4, "{intact} bytes are intact");
        }
    }
    let (found, error) =
        inflate(&gzip(&[gzip(b"whole"), b"garbage".to_vec()].concat()), 1000, ByteSize::mib(1));
    assert_eq!(found, b"whole");
    assert_eq!(error, Some(DecodeError::TrailingGarbage { format: "gzip", offset: 25 }));
}

proptest! {
    #[test]
    fn arbitrary_bytes_inside_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), size in 1..50_usize) {
        let bytes = [&[0x1f, 0x8b, 8, 0][..], &bytes].concat();
        let _ = inflate(&gzip(&bytes), size, ByteSize::mib(1));
        let _ = inflate(&zstd(&bytes), size, ByteSize::mib(1));
    }
}
