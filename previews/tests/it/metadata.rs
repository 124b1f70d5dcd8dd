//! What removing metadata drops, and what it keeps.

use image::codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{AnimationDecoder, ImageDecoder, ImageFormat};
use memchr::memmem;
use previews::strip_metadata;
use std::io::Cursor;

use super::corpus::{self, SECRET};

fn format(media_type: &str) -> ImageFormat {
    ImageFormat::from_mime_type(media_type).unwrap()
}

#[test]
fn removes_every_secret_and_keeps_the_pixels() {
    for (picture, media_type) in corpus::pictures() {
        assert!(memmem::find(&picture, SECRET).is_some(), "{media_type}: there is nothing to lose");
        let clean = strip_metadata(&picture, media_type).unwrap();
        let left = memmem::find(&clean, SECRET).map(|at| String::from_utf8_lossy(&clean[at..]).into_owned());
        assert_eq!(left, None, "{media_type}");
        let (before, after) = (&picture, &clean);
        assert_eq!(
            corpus::decoded(before, format(media_type)),
            corpus::decoded(after, format(media_type)),
            "{media_type}"
        );
        assert_eq!(strip_metadata(&clean, media_type).unwrap(), clean, "{media_type}: not idempotent");
    }
}

#[test]
fn keeps_only_the_orientation_of_the_exif() {
    for turn in 1..=8 {
        let expected = Orientation::from_exif(u8::try_from(turn).unwrap()).unwrap();
        let jpeg = strip_metadata(&corpus::jpeg(turn), "image/jpeg").unwrap();
        let png = strip_metadata(&corpus::png(turn), "image/png").unwrap();
        let webp = strip_metadata(&corpus::webp(turn), "image/webp").unwrap();
        let found = [
            JpegDecoder::new(Cursor::new(&jpeg)).unwrap().orientation().unwrap(),
            PngDecoder::new(Cursor::new(&png)).unwrap().orientation().unwrap(),
            WebPDecoder::new(Cursor::new(&webp)).unwrap().orientation().unwrap(),
        ];
        assert_eq!(found, [expected; 3]);
        let exif = JpegDecoder::new(Cursor::new(&jpeg)).unwrap().exif_metadata().unwrap();
        // 10 bytes up to the only entry, 12 bytes of entry, 4 bytes that end the list.
        assert_eq!(exif.map(|exif| exif.len()), (turn > 1).then_some(26));
    }
}

#[test]
fn keeps_the_color_profile() {
    let jpeg = strip_metadata(&corpus::jpeg(1), "image/jpeg").unwrap();
    let png = strip_metadata(&corpus::png(1), "image/png").unwrap();
    let webp = strip_metadata(&corpus::webp(1), "image/webp").unwrap();
    let found = [
        JpegDecoder::new(Cursor::new(&jpeg)).unwrap().icc_profile().unwrap(),
        PngDecoder::new(Cursor::new(&png)).unwrap().icc_profile().unwrap(),
        WebPDecoder::new(Cursor::new(&webp)).unwrap().icc_profile().unwrap(),
    ];
    assert_eq!(found, [Some(corpus::profile()), Some(corpus::profile()), Some(corpus::profile())]);
}

#[test]
fn keeps_animations() {
    let gif = corpus::gif();
    let clean = strip_metadata(&gif, "image/gif").unwrap();
    let frames = |gif: &[u8]| {
        let frames = GifDecoder::new(Cursor::new(gif)).unwrap().into_frames().collect_frames().unwrap();
        frames.into_iter().map(|frame| (frame.delay(), frame.into_buffer())).collect::<Vec<_>>()
    };
    assert_eq!(frames(&clean).len(), 2);
    assert_eq!(frames(&clean), frames(&gif));
    assert!(memmem::find(&clean, b"NETSCAPE2.0\x03\x01\x05\0\0").is_some(), "loop count is kept");

    let clean = strip_metadata(&corpus::webp_moving(), "image/webp").unwrap();
    let decoder = WebPDecoder::new(Cursor::new(&clean)).unwrap();
    assert!(decoder.has_animation());
    assert_eq!(decoder.into_frames().collect_frames().unwrap().len(), 2);
}

#[test]
fn drops_gif_text_with_its_graphic_control() {
    let screen = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";
    let text = b"\x21\xF9\x04\x05\xFF\xFF\x01\0\x21\x01\x0C\0\0\0\0\x01\0\x01\0\x08\x08\0\x01\x02Hi\0";
    let frame = b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3B";
    let clean = strip_metadata(&[&screen[..], text, frame].concat(), "image/gif").unwrap();
    assert_eq!(clean, [&screen[..], frame].concat());
}

#[test]
fn clears_webp_flags_of_removed_chunks() {
    let features = |webp: &[u8]| webp[20];
    assert_eq!(features(&corpus::webp(6)), 0x2C);
    assert_eq!(features(&strip_metadata(&corpus::webp(6), "image/webp").unwrap()), 0x28);
    assert_eq!(features(&strip_metadata(&corpus::webp(1), "image/webp").unwrap()), 0x20);
}

#[test]
fn drops_trailing_data() {
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::Jpeg);
    let polyglot = [&plain, &corpus::archive(&[("evil.html", corpus::PAGE)])[..]].concat();
    assert_eq!(strip_metadata(&polyglot, "image/jpeg").unwrap(), plain);
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::Png);
    assert_eq!(strip_metadata(&[&plain, corpus::PAGE].concat(), "image/png").unwrap(), plain);
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::WebP);
    assert_eq!(strip_metadata(&[&plain, corpus::PAGE].concat(), "image/webp").unwrap(), plain);
}

#[test]
fn rejects_truncated_images() {
    for (picture, media_type) in corpus::pictures() {
        let clean = strip_metadata(&picture, media_type).unwrap();
        for length in 0..clean.len() {
            assert!(strip_metadata(&clean[..length], media_type).is_err(), "{media_type}, {length} of {}", clean.len());
        }
    }
}

#[test]
fn rejects_a_png_with_wrong_lengths_or_checksums() {
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::Png);
    let at = memmem::find(&plain, b"IDAT").unwrap() - 4;
    for lie in [0, 1, 0x7FFF_FFFF, u32::MAX] {
        let mut lying = plain.clone();
        lying[at..at + 4].copy_from_slice(&u32::to_be_bytes(lie));
        assert!(strip_metadata(&lying, "image/png").is_err(), "{lie}");
    }
    let mut lying = plain.clone();
    lying[at + 20] ^= 1;
    assert!(strip_metadata(&lying, "image/png").is_err());
}

#[test]
fn rejects_a_mismatched_type() {
    for (picture, media_type) in corpus::pictures() {
        for other in ["image/jpeg", "image/png", "image/gif", "image/webp", "image/svg+xml", "text/html", ""] {
            assert_eq!(strip_metadata(&picture, other).is_ok(), other == media_type, "{media_type} as {other}");
        }
    }
}

#[test]
fn copies_scans_tables_and_colors_of_a_jpeg_exactly() {
    let parts = |padding: &[u8], adobe: &[u8]| {
        [
            &b"\xFF\xD8"[..],
            &corpus::segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\x02", adobe].concat()),
            &corpus::segment(0xDB, &[1; 65]),
            padding,
            &corpus::segment(0xC2, b"\x08\0\x10\0\x10\x01\x01\x11\0"),
            &corpus::segment(0xDD, b"\0\x01"),
            // Two scans with restart markers and stuffed bytes, and a table between them.
            &corpus::segment(0xDA, b"\x01\x01\0\0\0\x01"),
            b"\x12\xFF\0\x34\xFF\xD0\x56\xFF\xD7\x78",
            padding,
            &corpus::segment(0xC4, &[0; 17]),
            &corpus::segment(0xDA, b"\x01\x01\0\x01\x3F\0"),
            b"\xFF\0\xFF\0",
            b"\xFF\xD9",
        ]
        .concat()
    };
    assert_eq!(strip_metadata(&parts(b"", b""), "image/jpeg").unwrap(), parts(b"", b""));
    // Fill bytes between segments are dropped; the Adobe data is cut to twelve bytes.
    assert_eq!(strip_metadata(&parts(b"\xFF\xFF", b"SECRET"), "image/jpeg").unwrap(), parts(b"", b""));
}

#[test]
fn rejects_images_without_pixels() {
    let empty: [&[u8]; 4] = [
        b"\xFF\xD8\xFF\xD9",
        &[&b"\x89PNG\r\n\x1a\n"[..], &corpus::chunk(b"IEND", b"")].concat(),
        b"GIF89a\x01\0\x01\0\0\0\0\x3B",
        b"RIFF\x04\0\0\0WEBP",
    ];
    for (picture, media_type) in empty.into_iter().zip(["image/jpeg", "image/png", "image/gif", "image/webp"]) {
        assert!(strip_metadata(picture, media_type).is_err(), "{media_type}");
    }
}
