//! WebP: a RIFF of chunks; a moving one has frames that are rows of chunks themselves.

use super::{Bytes, Damaged, exif};

const XMP: u8 = 0x04;
const EXIF: u8 = 0x08;

/// Place, size, time and flags of a frame, before its chunks.
const FRAME_HEAD: usize = 16;

/// A part of a WebP.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) name: [u8; 4],
    pub(crate) body: &'a [u8],
}

impl Chunk<'_> {
    /// How the picture is to be turned, if this is what says so. Some programs write the head that EXIF has
    /// in a JPEG.
    pub(crate) fn turn(&self) -> Option<u8> {
        let tiff = self.body.strip_prefix(b"Exif\0\0").unwrap_or(self.body);
        exif::orientation(tiff).filter(|_| self.name == *b"EXIF")
    }
}

/// The chunks of the picture, or those up to the first damage. What stands behind the length that the file
/// names is no part of it.
pub(crate) fn chunks(picture: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, Damaged>> {
    let (head, mut damage) = match contents(picture) {
        Ok((contents, cut)) => (contents, cut.then_some(Damaged("it ends too early"))),
        Err(damage) => (&[][..], Some(damage)),
    };
    let mut rest = row(head);
    std::iter::from_fn(move || match rest.next() {
        Some(Ok(chunk)) => Some(Ok(chunk)),
        Some(Err(other)) => Some(Err(damage.take().unwrap_or(other))),
        None => damage.take().map(Err),
    })
}

/// What the RIFF holds, and whether less of it is there than it names.
fn contents(picture: &[u8]) -> Result<(&[u8], bool), Damaged> {
    let mut rest = Bytes(picture);
    rest.expect(b"RIFF", "it does not begin as a WebP")?;
    let length = rest.length_le()?;
    rest.expect(b"WEBP", "it does not begin as a WebP")?;
    let length = length.checked_sub(4).ok_or(Damaged("it is shorter than its length"))?;
    Ok(rest.0.get(..length).map_or((rest.0, true), |whole| (whole, false)))
}

/// Chunks one after the other, each filled to an even length (the last one of some files is not).
fn row(bytes: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, Damaged>> {
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

/// Reads twice, so that millions of tiny chunks take no memory.
pub(super) fn cleaned(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (mut turn, mut has_pixels) = (None, false);
    for part in chunks(picture) {
        let part = part?;
        turn = turn.or_else(|| part.turn());
        has_pixels |= matches!(&part.name, b"VP8 " | b"VP8L" | b"ANMF");
    }
    if !has_pixels {
        return Err(Damaged("it has no pixels"));
    }
    // Without the features that come first there is no place for an orientation, and none was seen.
    let turn = turn.filter(|_| picture.get(12..16) == Some(b"VP8X"));

    let mut out = Vec::with_capacity(picture.len());
    out.extend(b"RIFF\0\0\0\0WEBP");
    for part in chunks(picture).flatten() {
        match &part.name {
            b"VP8X" => write(&mut out, part.name, &features(part.body, turn.is_some())?),
            b"ANMF" => write(&mut out, part.name, &frame(part.body)?),
            b"VP8 " | b"VP8L" | b"ALPH" | b"ANIM" | b"ICCP" => write(&mut out, part.name, part.body),
            _ => {}
        }
    }
    if let Some(turn) = turn {
        write(&mut out, *b"EXIF", &exif::only(turn));
    }
    let length = u32::try_from(out.len() - 8).map_err(|_| Damaged("it is too long"))?;
    out[4..8].copy_from_slice(&length.to_le_bytes());
    Ok(out)
}

/// What the file says that it has.
fn features(body: &[u8], turned: bool) -> Result<[u8; 10], Damaged> {
    let mut features = Bytes(body).array::<10>()?;
    features[0] &= !(XMP | EXIF);
    if turned {
        features[0] |= EXIF;
    }
    Ok(features)
}

/// A frame with its pixels alone.
fn frame(body: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (head, pixels) = body.split_at_checked(FRAME_HEAD).ok_or(Damaged("a frame ends too early"))?;
    let mut out = head.to_vec();
    for part in row(pixels) {
        let part = part?;
        if matches!(&part.name, b"VP8 " | b"VP8L" | b"ALPH") {
            write(&mut out, part.name, part.body);
        }
    }
    Ok(out)
}

/// The bodies come from chunks or shrank, so that the length fits.
fn write(out: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    out.extend(name);
    out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
    out.extend_from_slice(body);
    if body.len() % 2 == 1 {
        out.push(0);
    }
}
