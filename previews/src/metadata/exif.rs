//! Reads and writes the EXIF orientation.

use super::Bytes;

const ORIENTATION: u16 = 0x0112;
const SHORT: u16 = 3;

/// The EXIF orientation, 2 to 8; `None` if upright or unspecified. `tiff` starts with the byte order.
pub(crate) fn orientation(tiff: &[u8]) -> Option<u8> {
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let short = |bytes: [u8; 2]| if little { u16::from_le_bytes(bytes) } else { u16::from_be_bytes(bytes) };
    let long = |bytes: [u8; 4]| if little { u32::from_le_bytes(bytes) } else { u32::from_be_bytes(bytes) };

    let first = long(*tiff.get(4..)?.first_chunk()?);
    let mut directory = Bytes(tiff.get(usize::try_from(first).ok()?..)?);
    let entries = short(directory.array().ok()?);
    for _ in 0..entries {
        let [tag0, tag1, kind0, kind1, _, _, _, _, value0, value1, _, _] = directory.array().ok()?;
        if short([tag0, tag1]) == ORIENTATION && short([kind0, kind1]) == SHORT {
            return u8::try_from(short([value0, value1])).ok().filter(|value| (2..=8).contains(value));
        }
    }
    None
}

/// An EXIF block with only the orientation.
pub(super) fn orientation_block(orientation: u8) -> [u8; 26] {
    let mut tiff = *b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\0\0\0\0\0\0\0";
    tiff[19] = orientation;
    tiff
}
