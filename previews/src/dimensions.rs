//! Reads the dimensions of an image from its header, without decoding it.

use crate::metadata;
use crate::{Failure, Limits};

/// Width and height of an image, after applying its orientation. The start of the file suffices if it contains both:
/// JPEG stores the orientation before the size, WebP at the end of the file.
///
/// # Errors
/// `TooLarge` if the image exceeds the pixel limit, `Damaged` if the header is invalid, `Unsupported` for other media
/// types.
pub fn dimensions(picture: &[u8], media_type: &str, limits: &Limits) -> Result<(u32, u32), Failure> {
    let (size, orientation) = match media_type {
        "image/jpeg" => jpeg(picture),
        "image/png" => png(picture),
        "image/gif" => (gif(picture), None),
        "image/webp" => {
            let mut chunks = metadata::webp_chunks(picture).map_while(Result::ok);
            (webp(picture), chunks.find_map(|chunk| chunk.orientation()))
        }
        _ => return Err(Failure::Unsupported),
    };
    let (width, height) = size.ok_or_else(|| Failure::Damaged("missing dimensions".to_owned()))?;
    require_within(width, height, limits)?;
    // Orientations 5 to 8 swap width and height.
    Ok(if orientation.is_some_and(|orientation| orientation >= 5) { (height, width) } else { (width, height) })
}

/// Rejects empty images and those that exceed the pixel limit.
pub(crate) fn require_within(width: u32, height: u32, limits: &Limits) -> Result<(), Failure> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Failure::Damaged("image has no pixels".to_owned())),
        pixels if pixels > limits.pixels => Err(Failure::TooLarge),
        _ => Ok(()),
    }
}

/// Width and height.
type Dimensions = Option<(u32, u32)>;

fn jpeg(picture: &[u8]) -> (Dimensions, Option<u8>) {
    let mut orientation = None;
    for part in metadata::segments(picture).map_while(Result::ok) {
        orientation = orientation.or_else(|| part.exif().and_then(metadata::orientation));
        // A frame header of any coding process; three markers in the range are tables.
        if matches!(part.marker, 0xC0..=0xCF) && !matches!(part.marker, 0xC4 | 0xC8 | 0xCC) {
            let size = part.body.get(1..5).and_then(|size| {
                let [h0, h1, w0, w1] = *size.first_chunk()?;
                Some((u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into()))
            });
            return (size, orientation);
        }
    }
    (None, None)
}

fn png(picture: &[u8]) -> (Dimensions, Option<u8>) {
    let (mut size, mut orientation) = (None, None);
    for part in metadata::png_chunks(picture).map_while(Result::ok) {
        match (&part.name, part.body) {
            (b"IHDR", [w0, w1, w2, w3, h0, h1, h2, h3, ..]) => {
                size = Some((u32::from_be_bytes([*w0, *w1, *w2, *w3]), u32::from_be_bytes([*h0, *h1, *h2, *h3])));
            }
            (b"eXIf", body) => orientation = metadata::orientation(body),
            _ => {}
        }
    }
    (size, orientation)
}

fn gif(picture: &[u8]) -> Dimensions {
    let screen = picture.strip_prefix(b"GIF87a").or_else(|| picture.strip_prefix(b"GIF89a"))?;
    let [w0, w1, h0, h1] = *screen.first_chunk()?;
    Some((u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into()))
}

/// Reads the first chunk, which need not be complete.
fn webp(picture: &[u8]) -> Dimensions {
    if !picture.starts_with(b"RIFF") || picture.get(8..12)? != b"WEBP" {
        return None;
    }
    let body = picture.get(20..)?;
    match picture.get(12..16)? {
        b"VP8X" => {
            let [w0, w1, w2, h0, h1, h2] = *body.get(4..)?.first_chunk()?;
            Some((u32::from_le_bytes([w0, w1, w2, 0]) + 1, u32::from_le_bytes([h0, h1, h2, 0]) + 1))
        }
        b"VP8L" => {
            let bits = u32::from_le_bytes(*body.strip_prefix(b"\x2F")?.first_chunk()?);
            Some(((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1))
        }
        b"VP8 " => {
            let [w0, w1, h0, h1] = *body.get(3..)?.strip_prefix(b"\x9D\x01\x2A")?.first_chunk()?;
            let side = |low, high| u32::from(u16::from_le_bytes([low, high]) & 0x3FFF);
            Some((side(w0, w1), side(h0, h1)))
        }
        _ => None,
    }
}
