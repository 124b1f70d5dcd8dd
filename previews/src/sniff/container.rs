//! Containers that declare their content further in: RIFF, ISO base media, Matroska, Ogg, MPEG audio, and office
//! documents in zip archives.

use memchr::memmem;

pub(crate) const DOCX: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
pub(crate) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
pub(crate) const PPTX: &str = "application/vnd.openxmlformats-officedocument.presentationml.presentation";
pub(crate) const ODT: &str = "application/vnd.oasis.opendocument.text";
pub(crate) const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";
pub(crate) const ODP: &str = "application/vnd.oasis.opendocument.presentation";

/// The signature of a local file header in a zip archive.
const LOCAL_HEADER: &[u8] = b"PK\x03\x04";

pub(super) fn sniff(head: &[u8]) -> Option<&'static str> {
    match head {
        [b'R', b'I', b'F', b'F', _, _, _, _, kind @ ..] => riff(kind),
        [b'F', b'O', b'R', b'M', _, _, _, _, b'A', b'I', b'F', b'F' | b'C', ..] => Some("audio/aiff"),
        [_, _, _, _, b'f', b't', b'y', b'p', brand @ ..] => Some(iso(brand.first_chunk()?)),
        [0x1A, 0x45, 0xDF, 0xA3, rest @ ..] => matroska(rest),
        [b'O', b'g', b'g', b'S', rest @ ..] => ogg(rest),
        [b'P', b'K', 3, 4, ..] => Some(zip(head)),
        [b'P', b'K', 5, 6, ..] => Some("application/zip"),
        [first, second, third, ..] => mpeg_audio(u32::from_be_bytes([0, *first, *second, *third])),
        _ => None,
    }
}

fn riff(kind: &[u8]) -> Option<&'static str> {
    match kind.first_chunk()? {
        b"WEBP" => Some("image/webp"),
        b"WAVE" => Some("audio/wav"),
        b"AVI " => Some("video/x-msvideo"),
        _ => None,
    }
}

/// Identifies by the major brand. HEIC and AVIF are not decoded.
fn iso(brand: &[u8; 4]) -> &'static str {
    match brand {
        b"qt  " => "video/quicktime",
        b"M4A " | b"M4B " | b"F4A " => "audio/mp4",
        [b'3', b'g', ..] => "video/3gpp",
        b"avif" | b"avis" => "image/avif",
        b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1" => "image/heic",
        b"isom" | b"iso2" | b"iso3" | b"iso4" | b"iso5" | b"iso6" | b"iso7" | b"iso8" | b"iso9" | b"mp41" | b"mp42"
        | b"avc1" | b"dash" | b"M4V " | b"MSNV" | b"mmp4" | b"F4V " | b"hvc1" | b"av01" => "video/mp4",
        _ => super::UNKNOWN,
    }
}

/// The document type is part of the first element.
fn matroska(rest: &[u8]) -> Option<&'static str> {
    let start = &rest[..rest.len().min(64)];
    if memmem::find(start, b"webm").is_some() {
        Some("video/webm")
    } else {
        memmem::find(start, b"matroska").map(|_| "video/x-matroska")
    }
}

/// The first page identifies the codec of the first stream.
fn ogg(rest: &[u8]) -> Option<&'static str> {
    let start = &rest[..rest.len().min(64)];
    let has = |codec: &[u8]| memmem::find(start, codec).is_some();
    if has(b"\x80theora") {
        Some("video/ogg")
    } else if has(b"OpusHead") || has(b"\x01vorbis") || has(b"\x7FFLAC") || has(b"Speex   ") {
        Some("audio/ogg")
    } else {
        None
    }
}

/// Matches a valid frame header of MPEG layer II or III, or AAC.
fn mpeg_audio(head: u32) -> Option<&'static str> {
    if head >> 13 != 0x7FF {
        return None;
    }
    let (version, layer, rate, frequency) = (head >> 11 & 3, head >> 9 & 3, head >> 4 & 15, head >> 2 & 3);
    match layer {
        0 if version >= 2 && (head >> 2 & 15) <= 12 => Some("audio/aac"),
        1 | 2 if version != 1 && (1..=14).contains(&rate) && frequency != 3 => Some("audio/mpeg"),
        _ => None,
    }
}

/// Identifies office documents by characteristic entries at the start of the archive.
fn zip(head: &[u8]) -> &'static str {
    memmem::find_iter(head, LOCAL_HEADER)
        .filter_map(|at| entry(&head[at..]))
        .find_map(|(name, body)| match name {
            b"mimetype" => [ODT, ODS, ODP].into_iter().find(|kind| body.starts_with(kind.as_bytes())),
            _ if name.starts_with(b"word/") => Some(DOCX),
            _ if name.starts_with(b"xl/") => Some(XLSX),
            _ if name.starts_with(b"ppt/") => Some(PPTX),
            _ => None,
        })
        .unwrap_or("application/zip")
}

/// Returns the name of an entry and its contents.
fn entry(at: &[u8]) -> Option<(&[u8], &[u8])> {
    let length = |of: usize| Some(usize::from(u16::from_le_bytes(*at.get(of..)?.first_chunk()?)));
    let (name, extra) = (length(26)?, length(28)?);
    let (name, rest) = at.get(30..)?.split_at_checked(name)?;
    Some((name, rest.get(extra..).unwrap_or_default()))
}
