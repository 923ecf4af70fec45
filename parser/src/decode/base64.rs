//! Base64 text to bytes, in pieces small enough for the stack.

use ::base64::{DecodeError as Invalid, Engine, engine::general_purpose::STANDARD};

use super::DecodeError;

/// Characters decoded at a time; a multiple of four.
const PIECE: usize = 16 * 1024;

/// Decodes `text` and hands the bytes to `push`, piece by piece.
///
/// # Errors
/// The text is not standard, padded base64; or what `push` fails with.
pub fn push_base64(
    text: &[u8],
    mut push: impl FnMut(&[u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut bytes = [0; PIECE / 4 * 3];
    for (n, piece) in text.chunks(PIECE).enumerate() {
        let decoded = STANDARD.decode_slice(piece, &mut bytes);
        let start = u64::try_from(n * PIECE).unwrap_or(u64::MAX);
        let len = decoded.map_err(|error| DecodeError::Base64 { offset: start + place(&error, piece) })?;
        push(bytes.get(..len).unwrap_or_default())?;
    }
    Ok(())
}

fn place(error: &::base64::DecodeSliceError, piece: &[u8]) -> u64 {
    let at = match error {
        ::base64::DecodeSliceError::DecodeError(
            Invalid::InvalidByte(at, _) | Invalid::InvalidLastSymbol { offset: at, .. },
        ) => *at,
        ::base64::DecodeSliceError::DecodeError(_) | ::base64::DecodeSliceError::OutputSliceTooSmall => {
            piece.len()
        }
    };
    u64::try_from(at).unwrap_or(u64::MAX)
}
