//! A picture without what tells of the person who took it.
//!
//! The containers are rewritten from the parts that a viewer needs to draw the same pixels; everything
//! that is not known to be one of them is left out: EXIF with its position and its thumbnail, XMP, IPTC,
//! comments, maker's notes, and whatever stands behind the end. The orientation alone is kept, as an EXIF
//! of that one tag. Linear in the bytes, and nothing is decoded.
//!
//! It does not know what the pixels show, nor what is hidden in them.

mod exif;
mod gif;
mod jpeg;
mod part;
mod png;
mod webp;

pub(crate) use exif::orientation;
pub(crate) use gif::frames as gif_frames;
pub(crate) use jpeg::segments;
pub(crate) use png::chunks as png_chunks;
pub(crate) use webp::chunks as webp_chunks;

use part::Bytes;

/// The bytes are not a whole picture of the kind that was named: cut short, or inconsistent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the picture is damaged: {0}")]
pub struct Damaged(pub(crate) &'static str);

/// The same JPEG, PNG, GIF or WebP, its pixels and colour profile untouched, without everything else.
/// Cleaning what is clean changes nothing.
///
/// # Errors
/// The picture is damaged, or of another kind than the four.
pub fn cleaned(picture: &[u8], media_type: &str) -> Result<Vec<u8>, Damaged> {
    match media_type {
        "image/jpeg" => jpeg::cleaned(picture),
        "image/png" => png::cleaned(picture),
        "image/gif" => gif::cleaned(picture),
        "image/webp" => webp::cleaned(picture),
        _ => Err(Damaged("there is no way to clean this kind of picture")),
    }
}
