//! PNG: chunks of length, name, body and checksum.

use super::{Bytes, Damaged, exif};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What a viewer needs to draw the same pixels in the same colours, moving ones included.
const NEEDED: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"sBIT", b"bKGD", b"pHYs",
    b"cICP", b"mDCV", b"acTL", b"fcTL", b"fdAT",
];

/// A part of a PNG.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) name: [u8; 4],
    pub(crate) body: &'a [u8],
    sum: [u8; 4],
}

impl Chunk<'_> {
    fn is_whole(&self) -> bool {
        let mut sum = crc32fast::Hasher::new();
        sum.update(&self.name);
        sum.update(self.body);
        sum.finalize().to_be_bytes() == self.sum
    }
}

/// The chunks up to the end of the picture, or up to the first damage.
pub(crate) fn chunks(picture: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, Damaged>> {
    let mut rest = Bytes(picture);
    let mut next = rest.expect(SIGNATURE, "it does not begin as a PNG").map(|()| true);
    std::iter::from_fn(move || {
        let chunk = match next {
            Ok(true) => chunk(&mut rest),
            Ok(false) => return None,
            Err(damage) => Err(damage),
        };
        next = Ok(chunk.is_ok_and(|chunk| chunk.name != *b"IEND"));
        Some(chunk)
    })
}

fn chunk<'a>(rest: &mut Bytes<'a>) -> Result<Chunk<'a>, Damaged> {
    let length = rest.length_be()?;
    Ok(Chunk { name: rest.array()?, body: rest.take(length)?, sum: rest.array()? })
}

/// Reads twice, so that millions of tiny chunks take no memory.
pub(super) fn cleaned(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (mut turn, mut has_pixels) = (None, false);
    for (at, part) in chunks(picture).enumerate() {
        let part = part?;
        if (at == 0) != (part.name == *b"IHDR") {
            return Err(Damaged("its head is not where it should be"));
        }
        if part.name == *b"eXIf" {
            turn = turn.or_else(|| exif::orientation(part.body));
        }
        has_pixels |= part.name == *b"IDAT";
    }
    if !has_pixels {
        return Err(Damaged("it has no pixels"));
    }

    let mut out = Vec::with_capacity(picture.len());
    out.extend(SIGNATURE);
    for part in chunks(picture).flatten().filter(|part| NEEDED.contains(&&part.name)) {
        if !part.is_whole() {
            return Err(Damaged("a checksum is wrong"));
        }
        write(&mut out, part.name, part.body);
        if let Some(turn) = turn.filter(|_| part.name == *b"IHDR") {
            write(&mut out, *b"eXIf", &exif::only(turn));
        }
    }
    Ok(out)
}

/// The bodies come from chunks or are short, so that the length fits.
fn write(out: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    let start = out.len();
    out.extend(name);
    out.extend_from_slice(body);
    let sum = crc32fast::hash(&out[start..]);
    out.extend(sum.to_be_bytes());
}
