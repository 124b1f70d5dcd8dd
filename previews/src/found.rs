//! What a file is, by its first bytes, and whether a browser may show it in a page.
//!
//! A name is believed only where bytes cannot tell: between kinds of plain text. Whatever a browser could
//! run, and whatever is not known, is `Other`, and never inline. Files that begin as two kinds at once are
//! what they begin as.

mod container;
pub(crate) use container::{DOCX, ODP, ODS, ODT, PPTX, XLSX};
mod text;

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Found {
    /// As in `Content-Type`, without parameters.
    pub media_type: &'static str,
    /// What can be done with it.
    pub kind: Kind,
}

/// What can be done with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG, PNG, GIF or WebP: can be cleaned, and gets previews.
    Picture,
    /// Gets previews and a length. It may turn out to have only sound.
    Video,
    /// Gets a length and a waveform.
    Audio,
    /// Its text can be searched: PDF, plain text, office documents.
    Document,
    /// Anything else.
    Other,
}

/// Which kind each type is of; a type that is not here is `Other`.
const KINDS: [(&str, Kind); 31] = [
    ("image/jpeg", Kind::Picture),
    ("image/png", Kind::Picture),
    ("image/gif", Kind::Picture),
    ("image/webp", Kind::Picture),
    ("video/mp4", Kind::Video),
    ("video/quicktime", Kind::Video),
    ("video/3gpp", Kind::Video),
    ("video/webm", Kind::Video),
    ("video/x-matroska", Kind::Video),
    ("video/ogg", Kind::Video),
    ("video/x-msvideo", Kind::Video),
    ("audio/mp4", Kind::Audio),
    // What a voice recorded by a browser is called by who knows that it is one.
    ("audio/webm", Kind::Audio),
    ("audio/mpeg", Kind::Audio),
    ("audio/ogg", Kind::Audio),
    ("audio/wav", Kind::Audio),
    ("audio/flac", Kind::Audio),
    ("audio/aac", Kind::Audio),
    ("audio/aiff", Kind::Audio),
    ("audio/amr", Kind::Audio),
    ("application/pdf", Kind::Document),
    ("text/plain", Kind::Document),
    ("text/markdown", Kind::Document),
    ("text/csv", Kind::Document),
    ("application/json", Kind::Document),
    (container::DOCX, Kind::Document),
    (container::XLSX, Kind::Document),
    (container::PPTX, Kind::Document),
    (container::ODT, Kind::Document),
    (container::ODS, Kind::Document),
    (container::ODP, Kind::Document),
];

/// Beginnings that decide alone.
const BEGINNINGS: [(&[u8], &str); 22] = [
    (b"\xFF\xD8\xFF", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
    (b"ID3", "audio/mpeg"),
    (b"fLaC", "audio/flac"),
    (b"#!AMR", "audio/amr"),
    (b"BM", "image/bmp"),
    (b"II*\0", "image/tiff"),
    (b"MM\0*", "image/tiff"),
    (b"\0\0\x01\0", "image/vnd.microsoft.icon"),
    (b"8BPS", "image/vnd.adobe.photoshop"),
    (b"%!PS", "application/postscript"),
    (b"\x1F\x8B", "application/gzip"),
    (b"7z\xBC\xAF\x27\x1C", "application/x-7z-compressed"),
    (b"Rar!\x1A\x07", "application/vnd.rar"),
    (b"\x28\xB5\x2F\xFD", "application/zstd"),
    (b"BZh", "application/x-bzip2"),
    (b"\xFD7zXZ\0", "application/x-xz"),
    (b"\x7FELF", UNKNOWN),
    (b"MZ", UNKNOWN),
];

const UNKNOWN: &str = "application/octet-stream";

/// What the first bytes say. Of `head`, up to 8 KiB are looked at; of `name`, the ending of plain text.
#[must_use]
pub fn sniff(head: &[u8], name: &str) -> Found {
    let head = &head[..head.len().min(8 << 10)];
    let text = text::sniff(head, name);
    let media_type = BEGINNINGS
        .iter()
        // Two or three letters may begin a text as well.
        .find(|(beginning, _)| head.starts_with(beginning) && (beginning.len() > 3 || text.is_none()))
        .map(|(_, media_type)| *media_type)
        .or_else(|| container::sniff(head))
        .or(text)
        .unwrap_or(UNKNOWN);
    Found { media_type, kind: kind(media_type) }
}

/// What can be done with files of a type.
pub(crate) fn kind(media_type: &str) -> Kind {
    KINDS.iter().find(|(known, _)| *known == media_type).map_or(Kind::Other, |(_, kind)| *kind)
}

/// Whether a browser may show files of a type within a page. Everything else is only to be saved.
#[must_use]
pub fn is_inline(media_type: &str) -> bool {
    matches!(
        media_type,
        "image/jpeg"
            | "image/png"
            | "image/gif"
            | "image/webp"
            | "video/mp4"
            | "video/webm"
            | "video/ogg"
            | "audio/mp4"
            | "audio/webm"
            | "audio/mpeg"
            | "audio/ogg"
            | "audio/wav"
            | "audio/flac"
            | "audio/aac"
    )
}
