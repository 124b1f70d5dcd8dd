//! Type detection by the signatures that the formats define.

use previews::{FileType, Kind, is_inline, sniff};

use super::corpus;

fn assert_found(head: &[u8], name: &str, media_type: &str, kind: Kind) {
    let found = sniff(head, name);
    assert_eq!((found.media_type, found.kind), (media_type, kind), "{name}: {:?}", &head[..head.len().min(24)]);
}

fn iso(brand: &[u8; 4]) -> Vec<u8> {
    [b"\0\0\0\x18ftyp", &brand[..], b"\0\0\0\0mp42isom"].concat()
}

#[test]
fn detects_images_regardless_of_the_name() {
    for (picture, media_type) in corpus::pictures() {
        for name in ["a.jpg", "a.html", "a.svg", "", "\0"] {
            assert_found(&picture, name, media_type, Kind::Picture);
        }
    }
}

#[test]
fn detects_video_audio_and_other_types() {
    let heads: [(&[u8], &str); 26] = [
        (&iso(b"isom"), "video/mp4"),
        (&iso(b"mp42"), "video/mp4"),
        (&iso(b"qt  "), "video/quicktime"),
        (&iso(b"3gp5"), "video/3gpp"),
        (b"\x1A\x45\xDF\xA3\x9F\x42\x86\x81\x01\x42\x82\x84webm\x42\x87", "video/webm"),
        (b"\x1A\x45\xDF\xA3\xA3\x42\x86\x81\x01\x42\x82\x88matroska", "video/x-matroska"),
        (b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\x01\x01\x2A\x80theora", "video/ogg"),
        (b"RIFF\x10\0\0\0AVI LIST", "video/x-msvideo"),
        (&iso(b"M4A "), "audio/mp4"),
        (b"ID3\x04\0\0\0\0\0\x23TSSE", "audio/mpeg"),
        (b"\xFF\xFB\x90\x64\0", "audio/mpeg"),
        (b"\xFF\xF1\x50\x80\x02\x1F\xFC", "audio/aac"),
        (b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x1E\x01vorbis", "audio/ogg"),
        (b"OggS\0\x02\0\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\x13OpusHead", "audio/ogg"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "audio/wav"),
        (b"fLaC\0\0\0\x22", "audio/flac"),
        (b"FORM\0\0\0\x20AIFFCOMM", "audio/aiff"),
        (&iso(b"heic"), "image/heic"),
        (&iso(b"mif1"), "image/heic"),
        (&iso(b"avif"), "image/avif"),
        (&iso(b"crx "), "application/octet-stream"),
        (&corpus::archive(&[("readme.txt", b"x")]), "application/zip"),
        (b"\x1F\x8B\x08\0", "application/gzip"),
        (b"\x7FELF\x02\x01\x01\0", "application/octet-stream"),
        (b"MZ\x90\0\x03\0", "application/octet-stream"),
        (b"BM\x36\0\0\0\0\0\0\0", "image/bmp"),
    ];
    for (head, media_type) in heads {
        let kind = match media_type.split_once('/').unwrap().0 {
            "video" => Kind::Video,
            "audio" => Kind::Audio,
            _ => Kind::Other,
        };
        for name in ["a.txt", "a.jpg"] {
            assert_found(head, name, media_type, kind);
        }
        assert!(kind != Kind::Other || !is_inline(media_type), "{media_type}");
    }
}

#[test]
fn detects_documents() {
    assert_found(&corpus::pdf("x"), "a", "application/pdf", Kind::Document);
    let microsoft = "application/vnd.openxmlformats-officedocument.";
    for (part, ending) in [
        ("word/document.xml", "wordprocessingml.document"),
        ("xl/workbook.xml", "spreadsheetml.sheet"),
        ("ppt/presentation.xml", "presentationml.presentation"),
    ] {
        let file = corpus::archive(&[("[Content_Types].xml", b"<Types/>"), ("_rels/.rels", b"<r/>"), (part, b"<x/>")]);
        assert_found(&file, "a.zip", &format!("{microsoft}{ending}"), Kind::Document);
    }
    for ending in ["text", "spreadsheet", "presentation"] {
        let media_type = format!("application/vnd.oasis.opendocument.{ending}");
        let file = corpus::archive(&[("mimetype", media_type.as_bytes()), ("content.xml", b"<x/>")]);
        assert_found(&file, "a.zip", &media_type, Kind::Document);
    }
}

#[test]
fn name_distinguishes_only_text_types() {
    for (name, media_type) in [
        ("a.md", "text/markdown"),
        ("A.CSV", "text/csv"),
        ("a.json", "application/json"),
        ("a.txt", "text/plain"),
        ("a.rs", "text/plain"),
        ("jpg", "text/plain"),
        ("a.jpg", "text/plain"),
        ("a.mp4", "text/plain"),
        ("a.pdf", "text/plain"),
    ] {
        assert_found("plain wörds, 1\n".as_bytes(), name, media_type, Kind::Document);
        assert_found(b"", name, media_type, Kind::Document);
        assert_found(b"\xFF\xFEw\0", name, media_type, Kind::Document);
    }
    assert_found(b"caf\xE9 in Latin-1", "a.txt", "text/plain", Kind::Document);
    // A character split at the end of the head.
    assert_found(&"ü".repeat(5000).as_bytes()[1..], "a.txt", "text/plain", Kind::Document);
    assert_found(b"\x01\x02\x03", "a.txt", "application/octet-stream", Kind::Other);
    assert_found(b"BMW is a car", "a.txt", "text/plain", Kind::Document);
    assert_found(b"<h1>Readme</h1>", "a.md", "text/markdown", Kind::Document);
}

#[test]
fn executable_markup_is_neither_image_nor_inline() {
    let pages: [(&[u8], &str, &str); 12] = [
        (corpus::PAGE, "a.png", "text/html"),
        (b"  \n<HTML>", "a.txt", "text/html"),
        (b"\xEF\xBB\xBF<!-- -- -->\n <!doctype HTML>", "a.txt", "text/html"),
        (b"<script>alert(1)</script>", "a.md", "text/html"),
        (b"words", "a.html", "text/html"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "a.png", "image/svg+xml"),
        (b"<?xml version='1.0'?><!-- --><svg/>", "a.txt", "image/svg+xml"),
        (b"<!-- x --><svg/>", "a.jpg", "image/svg+xml"),
        (b"words", "a.SVG", "image/svg+xml"),
        (b"<?xml version='1.0'?><html/>", "a.txt", "application/xhtml+xml"),
        (b"<?xml version='1.0'?><x/>", "a.txt", "application/xml"),
        (b"\xFF\xFE<\0s\0v\0g\0", "a.svg", "image/svg+xml"),
    ];
    for (head, name, media_type) in pages {
        assert_found(head, name, media_type, Kind::Other);
        assert!(!is_inline(media_type), "{media_type}");
    }
}

#[test]
fn playlists_are_text_not_video() {
    for list in ["#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n", "ffconcat version 1.0\nfile /etc/passwd\n"] {
        for name in ["a.m3u8", "a.mp4", "a.ts"] {
            assert_found(list.as_bytes(), name, "text/plain", Kind::Document);
        }
    }
}

#[test]
fn polyglots_are_detected_by_their_start() {
    assert_found(&corpus::gif(), "a.html", "image/gif", Kind::Picture);
    assert_found(b"GIF89a/*<html>*/=1;alert(1)", "a.js", "image/gif", Kind::Picture);
    let padded = [b"words ".repeat(100), corpus::pdf("x")].concat();
    assert_found(&padded, "a.pdf", "text/plain", Kind::Document);
}

#[test]
fn inline_types_are_an_allowlist() {
    let inline = "image/jpeg image/png image/gif image/webp video/mp4 video/webm video/ogg \
        audio/mp4 audio/mpeg audio/ogg audio/wav audio/flac audio/aac";
    let others = "application/pdf text/plain text/html image/svg+xml image/avif image/jpeg;x IMAGE/JPEG \
        application/json text/markdown application/zip text/xml";
    for media_type in inline.split(' ') {
        assert!(is_inline(media_type), "{media_type}");
    }
    for media_type in others.split(' ').chain(["", "text/html; charset=utf-8"]) {
        assert!(!is_inline(media_type), "{media_type}");
    }
}

#[test]
fn accepts_heads_of_any_length() {
    for (picture, _) in corpus::pictures() {
        for length in 0..picture.len().min(64) {
            let FileType { media_type, kind } = sniff(&picture[..length], "x");
            assert!(kind == Kind::Picture || !is_inline(media_type), "{length}: {media_type}");
        }
    }
    let mut long = vec![b'a'; 8 << 10];
    long.push(0);
    assert_found(&long, "a.txt", "text/plain", Kind::Document);
}
