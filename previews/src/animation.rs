//! Detects animated images of any type, in linear time and without decoding.

use crate::metadata;

/// Whether an image has more than one frame. Damaged data counts up to the damage.
#[must_use]
pub fn is_animated(picture: &[u8], media_type: &str) -> bool {
    match media_type {
        "image/gif" => metadata::gif_frames(picture) > 1,
        "image/webp" => webp_frames(picture) > 1,
        "image/png" => png_frames(picture) > 1,
        _ => false,
    }
}

fn webp_frames(picture: &[u8]) -> usize {
    metadata::webp_chunks(picture).map_while(Result::ok).filter(|part| part.name == *b"ANMF").take(2).count()
}

/// Reads the animation control chunk, which only counts before the first pixels.
fn png_frames(picture: &[u8]) -> u32 {
    let control = metadata::png_chunks(picture)
        .map_while(Result::ok)
        .take_while(|part| part.name != *b"IDAT")
        .find(|part| part.name == *b"acTL");
    control.and_then(|part| part.body.first_chunk().copied()).map_or(0, u32::from_be_bytes)
}
