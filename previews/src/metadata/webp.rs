//! WebP: a RIFF container of chunks. Animation frames contain chunks themselves.

use super::{Bytes, Damaged, exif};

const XMP: u8 = 0x04;
const EXIF: u8 = 0x08;

/// Length of the frame header (position, size, duration, flags) before its chunks.
const FRAME_HEADER_LENGTH: usize = 16;

/// A WebP chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) name: [u8; 4],
    pub(crate) body: &'a [u8],
}

impl Chunk<'_> {
    /// The orientation, if this is an EXIF chunk. Some programs include the header that EXIF has in a JPEG.
    pub(crate) fn orientation(&self) -> Option<u8> {
        let tiff = self.body.strip_prefix(b"Exif\0\0").unwrap_or(self.body);
        exif::orientation(tiff).filter(|_| self.name == *b"EXIF")
    }
}

/// The chunks of the image, up to the first damage. Data beyond the declared length is not part of it.
pub(crate) fn chunks(picture: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, Damaged>> {
    let (head, mut damage) = match contents(picture) {
        Ok((contents, cut)) => (contents, cut.then_some(Damaged("unexpected end of data"))),
        Err(damage) => (&[][..], Some(damage)),
    };
    let mut rest = chunk_iter(head);
    std::iter::from_fn(move || match rest.next() {
        Some(Ok(chunk)) => Some(Ok(chunk)),
        Some(Err(other)) => Some(Err(damage.take().unwrap_or(other))),
        None => damage.take().map(Err),
    })
}

/// The contents of the RIFF container, and whether they are truncated.
fn contents(picture: &[u8]) -> Result<(&[u8], bool), Damaged> {
    let mut rest = Bytes(picture);
    rest.expect(b"RIFF", "missing WebP signature")?;
    let length = rest.length_le()?;
    rest.expect(b"WEBP", "missing WebP signature")?;
    let length = length.checked_sub(4).ok_or(Damaged("invalid length"))?;
    Ok(rest.0.get(..length).map_or((rest.0, true), |whole| (whole, false)))
}

/// Iterates over chunks, each padded to an even length (some files omit the last padding byte).
fn chunk_iter(bytes: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, Damaged>> {
    let mut rest = Bytes(bytes);
    std::iter::from_fn(move || {
        if rest.0.is_empty() {
            return None;
        }
        let chunk = chunk(&mut rest);
        if chunk.is_err() {
            rest = Bytes(&[]);
        }
        Some(chunk)
    })
}

fn chunk<'a>(rest: &mut Bytes<'a>) -> Result<Chunk<'a>, Damaged> {
    let name = rest.array()?;
    let length = rest.length_le()?;
    let body = rest.take(length)?;
    if length % 2 == 1 && !rest.0.is_empty() {
        rest.byte()?;
    }
    Ok(Chunk { name, body })
}

/// Iterates twice, so that millions of tiny chunks need no memory.
pub(super) fn strip(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (mut orientation, mut has_pixels) = (None, false);
    for chunk in chunks(picture) {
        let chunk = chunk?;
        orientation = orientation.or_else(|| chunk.orientation());
        has_pixels |= matches!(&chunk.name, b"VP8 " | b"VP8L" | b"ANMF");
    }
    if !has_pixels {
        return Err(Damaged("no pixels"));
    }
    // Without a VP8X header there is no place for an orientation.
    let orientation = orientation.filter(|_| picture.get(12..16) == Some(b"VP8X"));

    let mut out = Vec::with_capacity(picture.len());
    out.extend(b"RIFF\0\0\0\0WEBP");
    for chunk in chunks(picture).flatten() {
        match &chunk.name {
            b"VP8X" => write(&mut out, chunk.name, &features(chunk.body, orientation.is_some())?),
            b"ANMF" => write(&mut out, chunk.name, &frame(chunk.body)?),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ICCP" => write(&mut out, chunk.name, chunk.body),
            _ => {}
        }
    }
    if let Some(orientation) = orientation {
        write(&mut out, *b"EXIF", &exif::orientation_block(orientation));
    }
    let length = u32::try_from(out.len() - 8).map_err(|_| Damaged("image too long"))?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(out)
}

/// The feature flags, adjusted to the remaining chunks.
fn features(body: &[u8], has_orientation: bool) -> Result<[u8; 10], Damaged> {
    let mut features = Bytes(body).array::<10>()?;
    features[0] &= !(XMP | EXIF);
    if has_orientation {
        features[0] |= EXIF;
    }
    Ok(features)
}

/// A frame reduced to its pixels.
fn frame(body: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (head, pixels) = body.split_at_checked(FRAME_HEADER_LENGTH).ok_or(Damaged("truncated frame"))?;
    let mut out = head.to_vec();
    for chunk in chunk_iter(pixels) {
        let chunk = chunk?;
        if matches!(&chunk.name, b"VP8 " | b"VP8L" | b"ALPH") {
            write(&mut out, chunk.name, chunk.body);
        }
    }
    Ok(out)
}

/// The length fits: bodies are copied from chunks or shrank.
fn write(out: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    out.extend(name);
    out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}
