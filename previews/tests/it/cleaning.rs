//! What cleaning takes away, and what it must not touch.

use image::codecs::{gif::GifDecoder, jpeg::JpegDecoder, png::PngDecoder, webp::WebPDecoder};
use image::metadata::Orientation;
use image::{AnimationDecoder, ImageDecoder, ImageFormat};
use memchr::memmem;
use previews::cleaned;
use std::io::Cursor;

use super::corpus::{self, SECRET};

fn format(media_type: &str) -> ImageFormat {
    ImageFormat::from_mime_type(media_type).unwrap()
}

#[test]
fn no_secret_survives_and_no_pixel_changes() {
    for (picture, media_type) in corpus::pictures() {
        assert!(memmem::find(&picture, SECRET).is_some(), "{media_type}: there is nothing to lose");
        let clean = cleaned(&picture, media_type).unwrap();
        let left = memmem::find(&clean, SECRET).map(|at| String::from_utf8_lossy(&clean[at..]).into_owned());
        assert_eq!(left, None, "{media_type}");
        let (before, after) = (&picture, &clean);
        assert_eq!(
            corpus::decoded(before, format(media_type)),
            corpus::decoded(after, format(media_type)),
            "{media_type}"
        );
        assert_eq!(cleaned(&clean, media_type).unwrap(), clean, "{media_type}: what is clean stays as it is");
    }
}

#[test]
fn every_orientation_stays_and_nothing_else_of_the_exif() {
    for turn in 1..=8 {
        let expected = Orientation::from_exif(u8::try_from(turn).unwrap()).unwrap();
        let jpeg = cleaned(&corpus::jpeg(turn), "image/jpeg").unwrap();
        let png = cleaned(&corpus::png(turn), "image/png").unwrap();
        let webp = cleaned(&corpus::webp(turn), "image/webp").unwrap();
        let told = [
            JpegDecoder::new(Cursor::new(&jpeg)).unwrap().orientation().unwrap(),
            PngDecoder::new(Cursor::new(&png)).unwrap().orientation().unwrap(),
            WebPDecoder::new(Cursor::new(&webp)).unwrap().orientation().unwrap(),
        ];
        assert_eq!(told, [expected; 3]);
        let exif = JpegDecoder::new(Cursor::new(&jpeg)).unwrap().exif_metadata().unwrap();
        // Ten bytes up to the only entry, twelve of it, four that say that nothing follows.
        assert_eq!(exif.map(|exif| exif.len()), (turn > 1).then_some(26));
    }
}

#[test]
fn the_profile_of_the_colours_stays() {
    let jpeg = cleaned(&corpus::jpeg(1), "image/jpeg").unwrap();
    let png = cleaned(&corpus::png(1), "image/png").unwrap();
    let webp = cleaned(&corpus::webp(1), "image/webp").unwrap();
    let told = [
        JpegDecoder::new(Cursor::new(&jpeg)).unwrap().icc_profile().unwrap(),
        PngDecoder::new(Cursor::new(&png)).unwrap().icc_profile().unwrap(),
        WebPDecoder::new(Cursor::new(&webp)).unwrap().icc_profile().unwrap(),
    ];
    assert_eq!(told, [Some(corpus::profile()), Some(corpus::profile()), Some(corpus::profile())]);
}

#[test]
fn what_moves_goes_on_moving() {
    let gif = corpus::gif();
    let clean = cleaned(&gif, "image/gif").unwrap();
    let frames = |gif: &[u8]| {
        let frames = GifDecoder::new(Cursor::new(gif)).unwrap().into_frames().collect_frames().unwrap();
        frames.into_iter().map(|frame| (frame.delay(), frame.into_buffer())).collect::<Vec<_>>()
    };
    assert_eq!(frames(&clean).len(), 2);
    assert_eq!(frames(&clean), frames(&gif));
    assert!(memmem::find(&clean, b"NETSCAPE2.0\x03\x01\x05\0\0").is_some(), "it is repeated five times");

    let clean = cleaned(&corpus::webp_moving(), "image/webp").unwrap();
    let decoder = WebPDecoder::new(Cursor::new(&clean)).unwrap();
    assert!(decoder.has_animation());
    assert_eq!(decoder.into_frames().collect_frames().unwrap().len(), 2);
}

#[test]
fn text_that_a_gif_would_draw_takes_its_timing_with_it() {
    let screen = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xFF\xFF\xFF";
    let text = b"\x21\xF9\x04\x05\xFF\xFF\x01\0\x21\x01\x0C\0\0\0\0\x01\0\x01\0\x08\x08\0\x01\x02Hi\0";
    let frame = b"\x2C\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3B";
    let clean = cleaned(&[&screen[..], text, frame].concat(), "image/gif").unwrap();
    assert_eq!(clean, [&screen[..], frame].concat());
}

#[test]
fn a_webp_says_no_more_that_it_has_what_it_lost() {
    let features = |webp: &[u8]| webp[20];
    assert_eq!(features(&corpus::webp(6)), 0x2C);
    assert_eq!(features(&cleaned(&corpus::webp(6), "image/webp").unwrap()), 0x28);
    assert_eq!(features(&cleaned(&corpus::webp(1), "image/webp").unwrap()), 0x20);
}

#[test]
fn behind_the_end_there_is_nothing() {
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::Jpeg);
    let polyglot = [&plain, &corpus::archive(&[("evil.html", corpus::PAGE)])[..]].concat();
    assert_eq!(cleaned(&polyglot, "image/jpeg").unwrap(), plain);
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::Png);
    assert_eq!(cleaned(&[&plain, corpus::PAGE].concat(), "image/png").unwrap(), plain);
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::WebP);
    assert_eq!(cleaned(&[&plain, corpus::PAGE].concat(), "image/webp").unwrap(), plain);
}

#[test]
fn whatever_is_cut_short_is_damaged() {
    for (picture, media_type) in corpus::pictures() {
        let clean = cleaned(&picture, media_type).unwrap();
        for length in 0..clean.len() {
            assert!(cleaned(&clean[..length], media_type).is_err(), "{media_type}, {length} of {}", clean.len());
        }
    }
}

#[test]
fn a_png_whose_lengths_or_sums_lie_is_damaged() {
    let plain = corpus::encoded(corpus::flag(64, 40), ImageFormat::Png);
    let at = memmem::find(&plain, b"IDAT").unwrap() - 4;
    for lie in [0, 1, 0x7FFF_FFFF, u32::MAX] {
        let mut lying = plain.clone();
        lying[at..at + 4].copy_from_slice(&u32::to_be_bytes(lie));
        assert!(cleaned(&lying, "image/png").is_err(), "{lie}");
    }
    let mut lying = plain.clone();
    lying[at + 20] ^= 1;
    assert!(cleaned(&lying, "image/png").is_err());
}

#[test]
fn one_kind_is_not_cleaned_as_another() {
    for (picture, media_type) in corpus::pictures() {
        for other in ["image/jpeg", "image/png", "image/gif", "image/webp", "image/svg+xml", "text/html", ""] {
            assert_eq!(cleaned(&picture, other).is_ok(), other == media_type, "{media_type} as {other}");
        }
    }
}

#[test]
fn scans_tables_and_colours_of_a_jpeg_pass_to_the_byte() {
    let parts = |padding: &[u8], adobe: &[u8]| {
        [
            &b"\xFF\xD8"[..],
            &corpus::segment(0xEE, &[b"Adobe\0\x64\0\0\0\0\x02", adobe].concat()),
            &corpus::segment(0xDB, &[1; 65]),
            padding,
            &corpus::segment(0xC2, b"\x08\0\x10\0\x10\x01\x01\x11\0"),
            &corpus::segment(0xDD, b"\0\x01"),
            // Two scans with restarts and stuffed bytes, a table between them.
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
    assert_eq!(cleaned(&parts(b"", b""), "image/jpeg").unwrap(), parts(b"", b""));
    // Between the parts there may be filling, which is no picture; Adobe says all in twelve bytes.
    assert_eq!(cleaned(&parts(b"\xFF\xFF", b"SECRET"), "image/jpeg").unwrap(), parts(b"", b""));
}

#[test]
fn a_frame_that_is_no_picture_is_not_taken_for_one() {
    let empty: [&[u8]; 4] = [
        b"\xFF\xD8\xFF\xD9",
        &[&b"\x89PNG\r\n\x1a\n"[..], &corpus::chunk(b"IEND", b"")].concat(),
        b"GIF89a\x01\0\x01\0\0\0\0\x3B",
        b"RIFF\x04\0\0\0WEBP",
    ];
    for (picture, media_type) in empty.into_iter().zip(["image/jpeg", "image/png", "image/gif", "image/webp"]) {
        assert!(cleaned(picture, media_type).is_err(), "{media_type}");
    }
}
