//! JPEG: marker segments, then scans of compressed pixels.

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

/// Length of the Adobe color transform data.
const ADOBE_LENGTH: usize = 12;

/// A marker segment.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Segment<'a> {
    pub(crate) marker: u8,
    /// The payload, without its length field.
    pub(crate) body: &'a [u8],
    /// Compressed pixels; only after a start of scan.
    pub(crate) pixels: &'a [u8],
}

impl<'a> Segment<'a> {
    /// The EXIF data, if this is an EXIF segment.
    pub(crate) fn exif(&self) -> Option<&'a [u8]> {
        self.body.strip_prefix(EXIF).filter(|_| self.marker == APP1)
    }
}

/// The segments up to the end of the image or the first damage.
pub(crate) fn segments(picture: &[u8]) -> impl Iterator<Item = Result<Segment<'_>, Damaged>> {
    let mut rest = Bytes(picture);
    let mut next = rest.expect(&[0xFF, START], "missing JPEG signature").map(|()| true);
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

/// Reads the next segment; `None` at the end of the image.
fn segment<'a>(rest: &mut Bytes<'a>) -> Result<Option<Segment<'a>>, Damaged> {
    loop {
        let marker = marker(rest)?;
        match marker {
            END => return Ok(None),
            START => return Err(Damaged("nested JPEG")),
            0x01 | 0xD0..=0xD7 => {}
            _ => {
                let length = usize::from(u16::from_be_bytes(rest.array()?));
                let body = rest.take(length.checked_sub(2).ok_or(Damaged("invalid segment length"))?)?;
                let pixels = if marker == SCAN { pixels(rest)? } else { &[] };
                return Ok(Some(Segment { marker, body, pixels }));
            }
        }
    }
}

/// Skips bytes before the next marker, as decoders do.
fn marker(rest: &mut Bytes<'_>) -> Result<u8, Damaged> {
    let at = memchr::memchr(0xFF, rest.0).ok_or(Damaged("missing end marker"))?;
    rest.take(at)?;
    loop {
        match rest.byte()? {
            0xFF => {}
            0 => return Err(Damaged("missing marker")),
            marker => return Ok(marker),
        }
    }
}

/// Reads up to the marker that ends the scan. Within a scan, 0xFF is followed by 0 or a restart marker.
fn pixels<'a>(rest: &mut Bytes<'a>) -> Result<&'a [u8], Damaged> {
    let ends = |at: &usize| !matches!(rest.0.get(at + 1), Some(0 | 0xD0..=0xD7));
    let end = memchr::memchr_iter(0xFF, rest.0).find(ends).ok_or(Damaged("unterminated scan"))?;
    rest.take(end)
}

/// Iterates twice, so that millions of tiny segments need no memory.
pub(super) fn strip(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (mut jfif, mut orientation, mut has_pixels) = (None, None, false);
    for part in segments(picture) {
        let part = part?;
        has_pixels |= part.marker == SCAN;
        jfif = jfif.or_else(|| part.body.strip_prefix(JFIF).filter(|_| part.marker == APP0));
        orientation = orientation.or_else(|| part.exif().and_then(exif::orientation));
    }
    if !has_pixels {
        return Err(Damaged("no pixels"));
    }

    let mut out = Vec::with_capacity(picture.len());
    out.extend([0xFF, START]);
    if let Some([version0, version1, unit, x0, x1, y0, y1, ..]) = jfif {
        let without_thumbnail = [*version0, *version1, *unit, *x0, *x1, *y0, *y1, 0, 0];
        write(&mut out, APP0, &[JFIF, &without_thumbnail]);
    }
    if let Some(orientation) = orientation {
        write(&mut out, APP1, &[EXIF, &exif::orientation_block(orientation)]);
    }
    for part in segments(picture).flatten().filter(is_needed) {
        let max = if part.marker == APP14 { ADOBE_LENGTH } else { usize::MAX };
        write(&mut out, part.marker, &[&part.body[..part.body.len().min(max)]]);
        out.extend_from_slice(part.pixels);
    }
    out.extend([0xFF, END]);
    Ok(out)
}

/// Frames, tables, scans, the color profile and the color transform.
fn is_needed(part: &Segment<'_>) -> bool {
    match part.marker {
        0xC0..=0xCF | 0xDA..=0xDD => true,
        APP2 => part.body.starts_with(b"ICC_PROFILE\0"),
        APP14 => part.body.starts_with(b"Adobe"),
        _ => false,
    }
}

/// The length fits: parts are copied from segments or short.
fn write(out: &mut Vec<u8>, marker: u8, parts: &[&[u8]]) {
    let length = 2 + parts.iter().map(|part| part.len()).sum::<usize>();
    out.extend([0xFF, marker]);
    out.extend(u16::try_from(length).unwrap_or(u16::MAX).to_be_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
}
