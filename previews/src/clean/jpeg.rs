//! JPEG: segments between markers, then scans of compressed pixels.

use super::{Bytes, Damaged, exif};

const START: u8 = 0xD8;
const END: u8 = 0xD9;
const SCAN: u8 = 0xDA;
const APP0: u8 = 0xE0;
const APP1: u8 = 0xE1;
const APP2: u8 = 0xE2;
const APP14: u8 = 0xEE;
const EXIF: &[u8] = b"Exif\0\0";
const JFIF: &[u8] = b"JFIF\0";

/// Bytes of what Adobe says of the colours.
const ADOBE: usize = 12;

/// A marker and what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) marker: u8,
    /// Without its length.
    pub(crate) body: &'a [u8],
    /// Compressed pixels, behind the start of a scan only.
    pub(crate) pixels: &'a [u8],
}

impl<'a> Segment<'a> {
    /// The EXIF, if it is one.
    pub(crate) fn exif(&self) -> Option<&'a [u8]> {
        self.body.strip_prefix(EXIF).filter(|_| self.marker == APP1)
    }
}

/// The segments up to the end of the picture, or up to the first damage.
pub(crate) fn segments(picture: &[u8]) -> impl Iterator<Item = Result<Segment<'_>, Damaged>> {
    let mut rest = Bytes(picture);
    let mut next = rest.expect(&[0xFF, START], "it does not begin as a JPEG").map(|()| true);
    std::iter::from_fn(move || {
        let segment = match next {
            Ok(true) => segment(&mut rest).transpose()?,
            Ok(false) => return None,
            Err(damage) => Err(damage),
        };
        next = Ok(segment.is_ok());
        Some(segment)
    })
}

/// The next segment; none behind the end of the picture.
fn segment<'a>(rest: &mut Bytes<'a>) -> Result<Option<Segment<'a>>, Damaged> {
    loop {
        let marker = marker(rest)?;
        match marker {
            END => return Ok(None),
            START => return Err(Damaged("a JPEG begins within the JPEG")),
            0x01 | 0xD0..=0xD7 => {}
            _ => {
                let length = usize::from(u16::from_be_bytes(rest.array()?));
                let body = rest.take(length.checked_sub(2).ok_or(Damaged("a segment is shorter than its length"))?)?;
                let pixels = if marker == SCAN { pixels(rest)? } else { &[] };
                return Ok(Some(Segment { marker, body, pixels }));
            }
        }
    }
}

/// What stands before the next marker is no part of the picture; decoders skip it too.
fn marker(rest: &mut Bytes<'_>) -> Result<u8, Damaged> {
    let at = memchr::memchr(0xFF, rest.0).ok_or(Damaged("it has no end"))?;
    rest.take(at)?;
    loop {
        match rest.byte()? {
            0xFF => {}
            0 => return Err(Damaged("a marker is missing")),
            marker => return Ok(marker),
        }
    }
}

/// Up to the marker that ends the scan. Within, 0xFF is followed by 0 or by a restart.
fn pixels<'a>(rest: &mut Bytes<'a>) -> Result<&'a [u8], Damaged> {
    let ends = |at: &usize| !matches!(rest.0.get(at + 1), Some(0 | 0xD0..=0xD7));
    let end = memchr::memchr_iter(0xFF, rest.0).find(ends).ok_or(Damaged("a scan has no end"))?;
    rest.take(end)
}

/// Reads twice, so that millions of tiny segments take no memory.
pub(super) fn cleaned(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (mut jfif, mut turn, mut has_pixels) = (None, None, false);
    for part in segments(picture) {
        let part = part?;
        has_pixels |= part.marker == SCAN;
        jfif = jfif.or_else(|| part.body.strip_prefix(JFIF).filter(|_| part.marker == APP0));
        turn = turn.or_else(|| part.exif().and_then(exif::orientation));
    }
    if !has_pixels {
        return Err(Damaged("it has no pixels"));
    }

    let mut out = Vec::with_capacity(picture.len());
    out.extend([0xFF, START]);
    if let Some([version0, version1, unit, x0, x1, y0, y1, ..]) = jfif {
        let without_thumbnail = [*version0, *version1, *unit, *x0, *x1, *y0, *y1, 0, 0];
        write(&mut out, APP0, &[JFIF, &without_thumbnail]);
    }
    if let Some(turn) = turn {
        write(&mut out, APP1, &[EXIF, &exif::only(turn)]);
    }
    for part in segments(picture).flatten().filter(is_needed) {
        let most = if part.marker == APP14 { ADOBE } else { usize::MAX };
        write(&mut out, part.marker, &[&part.body[..part.body.len().min(most)]]);
        out.extend_from_slice(part.pixels);
    }
    out.extend([0xFF, END]);
    Ok(out)
}

/// Frames, tables, scans, the colour profile, and how the colours were transformed.
fn is_needed(part: &Segment<'_>) -> bool {
    match part.marker {
        0xC0..=0xCF | 0xDA..=0xDD => true,
        APP2 => part.body.starts_with(b"ICC_PROFILE\0"),
        APP14 => part.body.starts_with(b"Adobe"),
        _ => false,
    }
}

/// The parts come from segments or are short, so that the length fits.
fn write(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    out.extend([0xFF, marker]);
    out.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
}
