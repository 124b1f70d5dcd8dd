//! Whether a picture moves: has more than one frame, whatever its type. Linear, without decoding.

use crate::clean;

/// Whether a viewer would show more than one frame. Bytes that are damaged stand still from there on.
#[must_use]
pub fn is_animated(picture: &[u8], media_type: &str) -> bool {
    match media_type {
        "image/gif" => clean::gif_frames(picture) > 1,
        "image/webp" => frames_of_webp(picture) > 1,
        "image/png" => frames_of_png(picture) > 1,
        _ => false,
    }
}

fn frames_of_webp(picture: &[u8]) -> usize {
    clean::webp_chunks(picture).map_while(Result::ok).filter(|part| part.name == *b"ANMF").take(2).count()
}

/// As its control of the animation says, which counts only before the first pixels.
fn frames_of_png(picture: &[u8]) -> u32 {
    let control = clean::png_chunks(picture)
        .map_while(Result::ok)
        .take_while(|part| part.name != *b"IDAT")
        .find(|part| part.name == *b"acTL");
    control.and_then(|part| part.body.first_chunk().copied()).map_or(0, u32::from_be_bytes)
}
