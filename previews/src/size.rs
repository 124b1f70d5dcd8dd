//! How large a picture is, by its head, without decoding it.

use crate::clean;
use crate::{Failure, Limits};

/// Width and height of a picture as it is shown, after its orientation. The head of the file suffices as
/// far as both stand in it: in a JPEG the orientation is before the size, in a WebP it is at the end.
///
/// # Errors
/// `TooLarge` if it has more pixels than the limit, `Damaged` if the bytes do not say, `Unsupported` if it
/// is none of the four kinds.
pub fn dimensions(picture: &[u8], media_type: &str, limits: &Limits) -> Result<(u32, u32), Failure> {
    let (size, turn) = match media_type {
        "image/jpeg" => jpeg(picture),
        "image/png" => png(picture),
        "image/gif" => (gif(picture), None),
        "image/webp" => (webp(picture), clean::webp_chunks(picture).map_while(Result::ok).find_map(|part| part.turn())),
        _ => return Err(Failure::Unsupported),
    };
    let (width, height) = size.ok_or_else(|| Failure::Damaged("it does not say how large it is".to_owned()))?;
    within(width, height, limits)?;
    // 5 to 8 lie on their side.
    Ok(if turn.is_some_and(|turn| turn >= 5) { (height, width) } else { (width, height) })
}

/// Refuses a size that is nothing or too much.
pub(crate) fn within(width: u32, height: u32, limits: &Limits) -> Result<(), Failure> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Failure::Damaged("it has no pixels".to_owned())),
        pixels if pixels > limits.pixels => Err(Failure::TooLarge),
        _ => Ok(()),
    }
}

/// Width, height.
type Pair = Option<(u32, u32)>;

fn jpeg(picture: &[u8]) -> (Pair, Option<u8>) {
    let mut turn = None;
    for part in clean::segments(picture).map_while(Result::ok) {
        turn = turn.or_else(|| part.exif().and_then(clean::orientation));
        // The frame, whatever its process; three markers between are tables.
        if matches!(part.marker, 0xC0..=0xCF) && !matches!(part.marker, 0xC4 | 0xC8 | 0xCC) {
            let size = part.body.get(1..5).and_then(|size| {
                let [h0, h1, w0, w1] = *size.first_chunk()?;
                Some((u16::from_be_bytes([w0, w1]).into(), u16::from_be_bytes([h0, h1]).into()))
            });
            return (size, turn);
        }
    }
    (None, None)
}

fn png(picture: &[u8]) -> (Pair, Option<u8>) {
    let (mut size, mut turn) = (None, None);
    for part in clean::png_chunks(picture).map_while(Result::ok) {
        match (&part.name, part.body) {
            (b"IHDR", [w0, w1, w2, w3, h0, h1, h2, h3, ..]) => {
                size = Some((u32::from_be_bytes([*w0, *w1, *w2, *w3]), u32::from_be_bytes([*h0, *h1, *h2, *h3])));
            }
            (b"eXIf", body) => turn = clean::orientation(body),
            _ => {}
        }
    }
    (size, turn)
}

fn gif(picture: &[u8]) -> Pair {
    let screen = picture.strip_prefix(b"GIF87a").or_else(|| picture.strip_prefix(b"GIF89a"))?;
    let [w0, w1, h0, h1] = *screen.first_chunk()?;
    Some((u16::from_le_bytes([w0, w1]).into(), u16::from_le_bytes([h0, h1]).into()))
}

/// By the first chunk, which need not be whole.
fn webp(picture: &[u8]) -> Pair {
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
