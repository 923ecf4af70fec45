//! Base64 decoding in chunks, through a buffer on the stack.

use ::base64::{DecodeError as Base64Error, Engine, engine::general_purpose::STANDARD};

use super::DecodeError;

/// Base64 characters decoded at a time; a multiple of four.
const CHUNK: usize = 16 * 1024;

/// Decodes `text` and passes the bytes to `push`, chunk by chunk.
///
/// # Errors
/// Returns [`DecodeError::Base64`] if the text is not standard, padded base64, and any error that `push` returns.
pub fn push_base64(
    text: &[u8],
    mut push: impl FnMut(&[u8]) -> Result<(), DecodeError>,
) -> Result<(), DecodeError> {
    let mut bytes = [0; CHUNK / 4 * 3];
    for (n, chunk) in text.chunks(CHUNK).enumerate() {
        let decoded = STANDARD.decode_slice(chunk, &mut bytes);
        let start = u64::try_from(n * CHUNK).unwrap_or(u64::MAX);
        let len =
            decoded.map_err(|error| DecodeError::Base64 { offset: start + error_index(&error, chunk) })?;
        push(bytes.get(..len).unwrap_or_default())?;
    }
    Ok(())
}

/// Index in `chunk` of the character that `error` is about.
fn error_index(error: &::base64::DecodeSliceError, chunk: &[u8]) -> u64 {
    let at = match error {
        ::base64::DecodeSliceError::DecodeError(
            Base64Error::InvalidByte(at, _) | Base64Error::InvalidLastSymbol { offset: at, .. },
        ) => *at,
        ::base64::DecodeSliceError::DecodeError(_) | ::base64::DecodeSliceError::OutputSliceTooSmall => {
            chunk.len()
        }
    };
    u64::try_from(at).unwrap_or(u64::MAX)
}
