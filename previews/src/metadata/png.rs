//! PNG: chunks of length, name, body and checksum.

use super::{Bytes, Damaged, exif};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks needed to render the same pixels in the same colors, including animations.
const NEEDED: [&[u8; 4]; 17] = [
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sRGB", b"sBIT", b"bKGD", b"pHYs",
    b"cICP", b"mDCV", b"acTL", b"fcTL", b"fdAT",
];

/// A PNG chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk<'a> {
    pub(crate) name: [u8; 4],
    pub(crate) body: &'a [u8],
    checksum: [u8; 4],
}

impl Chunk<'_> {
    fn has_valid_checksum(&self) -> bool {
        let mut checksum = crc32fast::Hasher::new();
        checksum.update(&self.name);
        checksum.update(self.body);
        checksum.finalize().to_be_bytes() == self.checksum
    }
}

/// The chunks up to the end of the image or the first damage.
pub(crate) fn chunks(picture: &[u8]) -> impl Iterator<Item = Result<Chunk<'_>, Damaged>> {
    let mut rest = Bytes(picture);
    let mut next = rest.expect(SIGNATURE, "missing PNG signature").map(|()| true);
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
    Ok(Chunk { name: rest.array()?, body: rest.take(length)?, checksum: rest.array()? })
}

/// Iterates twice, so that millions of tiny chunks need no memory.
pub(super) fn strip(picture: &[u8]) -> Result<Vec<u8>, Damaged> {
    let (mut orientation, mut has_pixels) = (None, false);
    for (at, chunk) in chunks(picture).enumerate() {
        let chunk = chunk?;
        if (at == 0) != (chunk.name == *b"IHDR") {
            return Err(Damaged("misplaced IHDR chunk"));
        }
        if chunk.name == *b"eXIf" {
            orientation = orientation.or_else(|| exif::orientation(chunk.body));
        }
        has_pixels |= chunk.name == *b"IDAT";
    }
    if !has_pixels {
        return Err(Damaged("no pixels"));
    }

    let mut out = Vec::with_capacity(picture.len());
    out.extend(SIGNATURE);
    for chunk in chunks(picture).flatten().filter(|chunk| NEEDED.contains(&&chunk.name)) {
        if !chunk.has_valid_checksum() {
            return Err(Damaged("checksum mismatch"));
        }
        write(&mut out, chunk.name, chunk.body);
        if let Some(orientation) = orientation.filter(|_| chunk.name == *b"IHDR") {
            write(&mut out, *b"eXIf", &exif::orientation_block(orientation));
        }
    }
    Ok(out)
}

/// The length fits: bodies are copied from chunks or short.
fn write(out: &mut Vec<u8>, name: [u8; 4], body: &[u8]) {
    out.extend(u32::try_from(body.len()).unwrap_or(u32::MAX).to_be_bytes());
    let start = out.len();
    out.extend(name);
    out.extend_from_slice(body);
    let checksum = crc32fast::hash(&out[start..]);
    out.extend(checksum.to_be_bytes());
}
