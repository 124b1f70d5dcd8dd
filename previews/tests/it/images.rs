//! Image previews: size, orientation, colors, and images without previews.

use std::path::Path;

use image::{DynamicImage, ImageDecoder, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use previews::{Failure, Limits, Outcome, Preview, Size, Tools, dimensions, is_animated, strip_metadata};

use super::corpus;
use super::supervisor::{process, process_with};

/// Opens a written preview.
fn opened(folder: &Path, preview: &Preview) -> DynamicImage {
    let bytes = std::fs::read(folder.join("output").join(&preview.file)).unwrap();
    let opened = corpus::decoded(&bytes, ImageFormat::from_mime_type(&preview.media_type).unwrap());
    assert_eq!((opened.width(), opened.height()), (preview.width, preview.height));
    opened
}

/// Compares colors with a tolerance for JPEG compression.
fn is_near(pixels: &DynamicImage, (x, y): (u32, u32), color: [u8; 3]) -> bool {
    let found = pixels.to_rgb8().get_pixel(x, y).0;
    found.iter().zip(color).all(|(found, wanted)| found.abs_diff(wanted) < 24)
}

fn sizes(outcome: &Outcome) -> Vec<(Size, u32, u32)> {
    outcome.previews.iter().map(|preview| (preview.size, preview.width, preview.height)).collect()
}

async fn of(picture: &[u8], media_type: &str) -> (tempfile::TempDir, Outcome) {
    let (folder, outcome) = process(&Tools::default(), picture, media_type).await;
    (folder, outcome.unwrap())
}

#[tokio::test]
async fn creates_two_sizes_without_enlarging() {
    for ((width, height), expected) in [
        ((4000, 3000), vec![(Size::Small, 360, 270), (Size::Large, 1600, 1200)]),
        ((900, 1800), vec![(Size::Small, 180, 360), (Size::Large, 800, 1600)]),
        ((500, 400), vec![(Size::Small, 360, 288), (Size::Large, 500, 400)]),
        ((360, 100), vec![(Size::Small, 360, 100)]),
        ((1, 1), vec![(Size::Small, 1, 1)]),
        ((5000, 1), vec![(Size::Small, 360, 1), (Size::Large, 1600, 1)]),
    ] {
        let picture = corpus::encoded(RgbImage::new(width, height), ImageFormat::Png);
        let (_folder, outcome) = of(&picture, "image/png").await;
        assert_eq!((outcome.width, outcome.height), (Some(width), Some(height)));
        assert_eq!(sizes(&outcome), expected);
        assert!(outcome.thumbhash.is_some_and(|hash| (5..=32).contains(&hash.len())));
        assert_eq!((outcome.duration_ms, outcome.waveform, outcome.text), (None, None, None));
    }
}

#[tokio::test]
async fn applies_the_orientation() {
    type Turned = fn(u16) -> Vec<u8>;
    let kinds = [corpus::jpeg as Turned, corpus::png, corpus::webp];
    for (picture, media_type) in kinds.into_iter().zip(["image/jpeg", "image/png", "image/webp"]) {
        // 1: upright. 6: rotated clockwise, so that the top is on the right. 8: rotated counterclockwise.
        for (turn, size, red, green) in [
            (1, (64, 40), (32, 5), (5, 35)),
            (3, (64, 40), (32, 35), (58, 5)),
            (6, (40, 64), (35, 32), (5, 5)),
            (8, (40, 64), (5, 32), (35, 58)),
        ] {
            let (folder, outcome) = of(&picture(turn), media_type).await;
            assert_eq!((outcome.width, outcome.height), (Some(size.0), Some(size.1)), "{media_type} {turn}");
            assert_eq!(dimensions(&picture(turn), media_type, &Limits::default()).unwrap(), size);
            let preview = opened(folder.path(), &outcome.previews[0]);
            assert!(is_near(&preview, red, [220, 20, 20]), "{media_type} {turn}: red");
            assert!(is_near(&preview, green, [20, 200, 20]), "{media_type} {turn}: green");
        }
    }
}

#[tokio::test]
async fn previews_the_first_frame_of_animations() {
    for (picture, media_type) in [(corpus::gif(), "image/gif"), (corpus::webp_moving(), "image/webp")] {
        let (folder, outcome) = of(&picture, media_type).await;
        let preview = opened(folder.path(), &outcome.previews[0]);
        assert!(is_near(&preview, (10, 10), [255, 0, 0]), "{media_type}");
    }
}

#[tokio::test]
async fn keeps_transparency_without_fringes() {
    // The transparent half is black: a resize that ignores alpha gives the white half a gray edge.
    let half = RgbaImage::from_fn(1001, 700, |x, _| if x < 500 { Rgba([255; 4]) } else { Rgba([0; 4]) });
    let (folder, outcome) = of(&corpus::encoded(half, ImageFormat::Png), "image/png").await;
    for preview in &outcome.previews {
        assert_eq!(preview.media_type, "image/png");
        for pixel in opened(folder.path(), preview).to_rgba8().pixels() {
            assert!(pixel.0[3] < 8 || pixel.0[0] > 240, "{pixel:?}");
        }
    }
    let opaque = RgbaImage::from_pixel(700, 700, Rgba([1, 2, 3, 255]));
    let (_folder, outcome) = of(&corpus::encoded(opaque, ImageFormat::Png), "image/png").await;
    assert!(outcome.previews.iter().all(|preview| preview.media_type == "image/jpeg"));
}

#[tokio::test]
async fn embeds_the_color_profile_and_no_metadata() {
    for (picture, media_type) in [(corpus::jpeg(6), "image/jpeg"), (corpus::webp(6), "image/webp")] {
        let (folder, outcome) = of(&picture, media_type).await;
        for preview in outcome.previews {
            let bytes = std::fs::read(folder.path().join("output").join(preview.file)).unwrap();
            assert!(memchr::memmem::find(&bytes, corpus::SECRET).is_none());
            let mut decoder = image::codecs::jpeg::JpegDecoder::new(std::io::Cursor::new(bytes)).unwrap();
            assert_eq!(decoder.icc_profile().unwrap(), Some(corpus::profile()));
        }
    }
}

#[tokio::test]
async fn rejects_decompression_bombs_before_decoding() {
    let bomb = corpus::png_bomb();
    assert!(bomb.len() < 1 << 20, "{}", bomb.len());
    assert!(matches!(dimensions(&bomb, "image/png", &Limits::default()), Err(Failure::TooLarge)));
    let (folder, outcome) = process(&Tools::default(), &bomb, "image/png").await;
    assert!(matches!(outcome, Err(Failure::TooLarge)), "{outcome:?}");
    assert_eq!(std::fs::read_dir(folder.path().join("output")).unwrap().count(), 0);
}

#[tokio::test]
async fn pixel_limit_is_exact() {
    let limits = Limits { pixels: 200 * 100, ..Limits::default() };
    for (format, media_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Gif, "image/gif"),
    ] {
        for (width, fits) in [(200, true), (201, false)] {
            let picture = corpus::encoded(RgbImage::new(width, 100), format);
            let (_folder, outcome) = process_with(&Tools::default(), &limits, &picture, media_type).await;
            assert_eq!(outcome.is_ok(), fits, "{media_type}: {outcome:?}");
            assert!(fits || matches!(outcome, Err(Failure::TooLarge)));
            let result = dimensions(&picture, media_type, &limits);
            assert_eq!(result.as_ref().ok(), fits.then_some(&(width, 100)), "{media_type}: {result:?}");
        }
    }
}

#[tokio::test]
async fn exceeding_the_memory_limit_kills_only_the_subprocess() {
    let limits = Limits { memory_bytes: 48 << 20, ..Limits::default() };
    let picture = corpus::encoded(RgbImage::new(5000, 5000), ImageFormat::Png);
    let (_folder, outcome) = process_with(&Tools::default(), &limits, &picture, "image/png").await;
    assert!(matches!(outcome, Err(Failure::TooLarge | Failure::Killed)), "{outcome:?}");
}

#[tokio::test]
async fn largest_allowed_image_fits_the_memory_limit() {
    let pixels = RgbaImage::from_pixel(8000, 6250, Rgba([9, 9, 9, 100]));
    let picture = corpus::encoded(pixels, ImageFormat::Png);
    // Only memory matters here; unoptimized builds are slow.
    let limits = Limits { seconds: 120, ..Limits::default() };
    let (_folder, outcome) = process_with(&Tools::default(), &limits, &picture, "image/png").await;
    let outcome = outcome.unwrap();
    assert_eq!(sizes(&outcome), [(Size::Small, 360, 281), (Size::Large, 1600, 1250)]);
}

#[tokio::test]
async fn reports_damaged_images() {
    for (picture, media_type) in corpus::pictures() {
        for broken in [&picture[..30], b"", b"nonsense"] {
            let (_folder, outcome) = process(&Tools::default(), broken, media_type).await;
            assert!(matches!(outcome, Err(Failure::Damaged(_))), "{media_type}: {outcome:?}");
            assert!(dimensions(&broken[..broken.len().min(9)], media_type, &Limits::default()).is_err());
        }
    }
    let jpeg = corpus::encoded(corpus::flag(64, 40), ImageFormat::Jpeg);
    let (_folder, outcome) = process(&Tools::default(), &jpeg, "image/png").await;
    assert!(matches!(outcome, Err(Failure::Damaged(_))), "{outcome:?}");
}

#[test]
fn reads_dimensions_from_the_header() {
    let noise =
        RgbImage::from_fn(1000, 700, |x, y| Rgb([((x * 7) ^ (y * 13)) as u8, (x * y) as u8, (x + y * 3) as u8]));
    for (format, media_type) in [
        (ImageFormat::Png, "image/png"),
        (ImageFormat::Jpeg, "image/jpeg"),
        (ImageFormat::WebP, "image/webp"),
        (ImageFormat::Gif, "image/gif"),
    ] {
        let picture = corpus::encoded(noise.clone(), format);
        assert!(picture.len() > 20_000, "{media_type}");
        assert_eq!(dimensions(&picture[..8192], media_type, &Limits::default()).unwrap(), (1000, 700), "{media_type}");
    }
    // The header of a lossy key frame: tag, start code, and both sides with two scale bits each.
    let with_loss = b"RIFF\xFF\xFF\0\0WEBPVP8 \xF0\xFF\0\0\x10\x02\0\x9D\x01\x2A\xE8\x43\xBC\x82";
    assert_eq!(dimensions(with_loss, "image/webp", &Limits::default()).unwrap(), (1000, 700));
    assert_eq!(dimensions(&corpus::webp_moving(), "image/webp", &Limits::default()).unwrap(), (64, 40));
}

/// A GIF with one frame.
fn gif_standing_still() -> Vec<u8> {
    corpus::encoded(RgbaImage::new(8, 8), ImageFormat::Gif)
}

#[test]
fn detects_animations_of_any_type() {
    let moving =
        [(corpus::gif(), "image/gif"), (corpus::webp_moving(), "image/webp"), (corpus::png_of_frames(2), "image/png")];
    for (picture, media_type) in &moving {
        assert!(is_animated(picture, media_type), "{media_type}");
        let clean = strip_metadata(picture, media_type).unwrap();
        assert!(is_animated(&clean, media_type), "{media_type}: cleaning keeps all frames");
    }
    let still = [
        (gif_standing_still(), "image/gif"),
        (corpus::webp(1), "image/webp"),
        (corpus::png(1), "image/png"),
        (corpus::png_of_frames(1), "image/png"),
        (corpus::jpeg(1), "image/jpeg"),
        (Vec::new(), "image/gif"),
        (Vec::new(), "image/png"),
    ];
    for (picture, media_type) in &still {
        assert!(!is_animated(picture, media_type), "{media_type}");
    }
    // Truncated data counts up to the damage and never panics.
    for (picture, media_type) in &moving {
        let moves = |end: &usize| is_animated(&picture[..*end], media_type);
        assert!((0..picture.len()).filter(moves).count() < picture.len(), "{media_type}");
    }
}
