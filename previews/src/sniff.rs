//! Identifies the media type of a file by its first bytes, and whether browsers may display it inline.
//!
//! The file name only distinguishes kinds of plain text, which bytes cannot. Types that browsers execute and unknown
//! types are `Other` and never inline. Polyglots are identified by how they begin.

mod container;
pub(crate) use container::{DOCX, ODP, ODS, ODT, PPTX, XLSX};
mod text;

/// An identified file type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileType {
    /// The media type, without parameters.
    pub media_type: &'static str,
    /// The kind of processing it supports.
    pub kind: Kind,
}

/// The kinds of files, by the processing they support.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// JPEG, PNG, GIF or WebP: metadata is removed and previews are generated.
    Picture,
    /// Has previews and a duration. May turn out to contain audio only.
    Video,
    /// Has a duration and a waveform.
    Audio,
    /// Has searchable text: PDF, plain text, office documents.
    Document,
    /// Anything else.
    Other,
}

/// The kind of each media type; all others are `Other`.
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
    // Never sniffed: set for voice messages that browsers record in WebM.
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

/// Signatures that identify a type on their own.
const SIGNATURES: [(&[u8], &str); 22] = [
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

/// Identifies a file by its first bytes. Reads up to 8 KiB of `head`, and the extension in `name` for plain text.
#[must_use]
pub fn sniff(head: &[u8], name: &str) -> FileType {
    let head = &head[..head.len().min(8 << 10)];
    let text = text::sniff(head, name);
    let media_type = SIGNATURES
        .iter()
        // A signature of two or three letters may also start a text.
        .find(|(signature, _)| head.starts_with(signature) && (signature.len() > 3 || text.is_none()))
        .map(|(_, media_type)| *media_type)
        .or_else(|| container::sniff(head))
        .or(text)
        .unwrap_or(UNKNOWN);
    FileType { media_type, kind: kind(media_type) }
}

/// The kind of a media type.
pub(crate) fn kind(media_type: &str) -> Kind {
    KINDS.iter().find(|(listed, _)| *listed == media_type).map_or(Kind::Other, |(_, kind)| *kind)
}

/// Whether browsers may display a media type inline. All others must be served as downloads.
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
