//! Removes metadata from images.
//!
//! Rewrites the container from the parts needed to render the same pixels. All other parts are dropped: EXIF with
//! position and thumbnail, XMP, IPTC, comments, maker notes, and trailing data. Only the orientation is kept, as an
//! EXIF block of that one tag. Linear time, without decoding.
//!
//! Does not inspect pixels, and keeps information hidden in them.

mod cursor;
mod exif;
mod gif;
mod jpeg;
mod png;
mod webp;

pub(crate) use exif::orientation;
pub(crate) use gif::frames as gif_frames;
pub(crate) use jpeg::segments;
pub(crate) use png::chunks as png_chunks;
pub(crate) use webp::chunks as webp_chunks;

use cursor::Bytes;

/// The data is not a complete, consistent image of the given type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("image is damaged: {0}")]
pub struct Damaged(pub(crate) &'static str);

/// Returns the JPEG, PNG, GIF or WebP image without metadata, with pixels and color profile unchanged. Idempotent.
///
/// # Errors
/// The image is damaged or of another type.
pub fn strip_metadata(picture: &[u8], media_type: &str) -> Result<Vec<u8>, Damaged> {
    match media_type {
        "image/jpeg" => jpeg::strip(picture),
        "image/png" => png::strip(picture),
        "image/gif" => gif::strip(picture),
        "image/webp" => webp::strip(picture),
        _ => Err(Damaged("unsupported image type")),
    }
}
