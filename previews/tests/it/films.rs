//! Film and sound as ffmpeg makes them: length, dimensions, the frame that is shown, the waveform.

use std::process::Command;

use image::ImageFormat;
use previews::{Failure, Limits, Outcome, Size, Tools};

use super::corpus;
use super::making::{made, made_with, tools};

/// What ffmpeg makes of the arguments, as a file with an ending.
fn filmed(tools: &Tools, arguments: &str, ending: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("film.{ending}"));
    let made = Command::new(tools.ffmpeg.as_ref().unwrap())
        .args(["-nostdin", "-v", "error"])
        .args(arguments.split_whitespace())
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{arguments}: {}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(file).unwrap()
}

/// Half a second of red, then a second and a half of blue, 400 by 300.
const FILM: &str = "-f lavfi -i color=red:size=400x300:rate=10:duration=0.5 \
    -f lavfi -i color=blue:size=400x300:rate=10:duration=1.5 -filter_complex concat=n=2 -pix_fmt yuv420p";

/// A second of silence, then a second at half of full scale.
const SOUND: &str = "-f lavfi -i aevalsrc=exprs=gte(t\\,1)*0.5*sin(2*PI*440*t):duration=2:sample_rate=44100";

fn assert_length(outcome: &Outcome, expected_ms: u64) {
    let length = outcome.duration_ms.unwrap();
    assert!(length.abs_diff(expected_ms) <= 120, "{length} ms");
}

/// The colour in the middle of a preview.
fn colour(folder: &tempfile::TempDir, file: &str) -> [u8; 3] {
    let bytes = std::fs::read(folder.path().join("output").join(file)).unwrap();
    let pixels = corpus::decoded(&bytes, ImageFormat::Jpeg).to_rgb8();
    pixels.get_pixel(pixels.width() / 2, pixels.height() / 2).0
}

#[tokio::test]
async fn a_film_shows_what_is_a_second_in() {
    let Some(tools) = tools("films::a_film_shows_what_is_a_second_in") else { return };
    for (codec, ending, media_type) in [
        ("-c:v mpeg4", "mp4", "video/mp4"),
        ("-c:v mpeg4", "mov", "video/quicktime"),
        ("-c:v libvpx", "webm", "video/webm"),
        ("-c:v mpeg4", "mkv", "video/x-matroska"),
        ("-c:v mjpeg -pix_fmt yuvj420p", "avi", "video/x-msvideo"),
    ] {
        let film = filmed(&tools, &format!("{FILM} {codec}"), ending);
        assert_eq!(previews::sniff(&film, "").media_type, media_type);
        let (folder, outcome) = made(&tools, &film, media_type).await;
        let outcome = outcome.unwrap();
        assert_eq!((outcome.width, outcome.height), (Some(400), Some(300)), "{media_type}");
        assert_length(&outcome, 2000);
        let sizes: Vec<_> = outcome.previews.iter().map(|one| (one.size, one.width, one.height)).collect();
        assert_eq!(sizes, [(Size::Small, 360, 270), (Size::Large, 400, 300)], "{media_type}");
        let [red, _, blue] = colour(&folder, &outcome.previews[0].file);
        assert!(red < 40 && blue > 200, "{media_type}: {red} {blue}");
        assert!(outcome.thumbhash.is_some() && outcome.waveform.is_none());
    }
}

#[tokio::test]
async fn a_film_of_half_a_second_shows_its_first_frame() {
    let Some(tools) = tools("films::a_film_of_half_a_second_shows_its_first_frame") else { return };
    let film = filmed(&tools, &format!("{FILM} -t 0.5 -c:v mpeg4"), "mp4");
    let (folder, outcome) = made(&tools, &film, "video/mp4").await;
    let [red, _, blue] = colour(&folder, &outcome.unwrap().previews[0].file);
    assert!(red > 200 && blue < 40, "{red} {blue}");
}

#[tokio::test]
async fn a_film_on_its_side_is_put_upright() {
    let Some(tools) = tools("films::a_film_on_its_side_is_put_upright") else { return };
    let mut film = filmed(&tools, &format!("{FILM} -c:v mpeg4"), "mp4");
    // The matrix of the track stands 40 bytes behind the head of its box.
    let at = memchr::memmem::find(&film, b"tkhd").unwrap() + 4 + 40;
    let quarter: [u32; 9] = [0, 0x0001_0000, 0, 0xFFFF_0000, 0, 0, 0, 0, 0x4000_0000];
    film[at..at + 36].copy_from_slice(&quarter.map(u32::to_be_bytes).concat());
    let (_folder, outcome) = made(&tools, &film, "video/mp4").await;
    let outcome = outcome.unwrap();
    assert_eq!((outcome.width, outcome.height), (Some(300), Some(400)));
    assert_eq!((outcome.previews[0].width, outcome.previews[0].height), (270, 360));
}

#[tokio::test]
async fn a_sound_has_a_length_and_a_waveform() {
    let Some(tools) = tools("films::a_sound_has_a_length_and_a_waveform") else { return };
    for (codec, ending, media_type) in [
        ("-c:a pcm_s16le", "wav", "audio/wav"),
        ("-c:a libvorbis", "ogg", "audio/ogg"),
        ("-c:a libopus", "opus", "audio/ogg"),
        ("-c:a libmp3lame", "mp3", "audio/mpeg"),
        ("-c:a flac", "flac", "audio/flac"),
        ("-c:a aac", "m4a", "audio/mp4"),
        ("-c:a aac", "aac", "audio/aac"),
        ("-c:a pcm_s16be", "aiff", "audio/aiff"),
        // Only what is in them tells that they are no films.
        ("-c:a aac", "mp4", "video/mp4"),
        ("-c:a libopus", "webm", "video/webm"),
    ] {
        let sound = filmed(&tools, &format!("{SOUND} {codec}"), ending);
        assert_eq!(previews::sniff(&sound, "").media_type, media_type, "{ending}");
        let (_folder, outcome) = made(&tools, &sound, media_type).await;
        let outcome = outcome.unwrap();
        assert_length(&outcome, 2000);
        assert!(outcome.width.is_none() && outcome.previews.is_empty(), "{ending}");
        let waveform = outcome.waveform.unwrap();
        assert_eq!(waveform.len(), 100, "{ending}");
        assert!(waveform[..40].iter().all(|value| *value <= 2), "{ending}: {waveform:?}");
        assert!(waveform[60..90].iter().all(|value| (45..=55).contains(value)), "{ending}: {waveform:?}");
    }
}

#[tokio::test]
async fn a_recording_that_does_not_say_how_long_it_is_was_heard() {
    let Some(tools) = tools("films::a_recording_that_does_not_say_how_long_it_is_was_heard") else { return };
    // As browsers record: the head is written before the length is known.
    let sound = filmed(&tools, &format!("{SOUND} -c:a libopus -f webm -live 1"), "webm");
    let (_folder, outcome) = made(&tools, &sound, "video/webm").await;
    assert_length(&outcome.unwrap(), 2000);
}

#[tokio::test]
async fn a_cover_is_no_film() {
    let Some(tools) = tools("films::a_cover_is_no_film") else { return };
    let arguments =
        format!("{SOUND} -f lavfi -i color=red:size=100x100 -frames:v 1 -c:v png -disposition:v attached_pic");
    let sound = filmed(&tools, &format!("{arguments} -c:a libmp3lame"), "mp3");
    let (_folder, outcome) = made(&tools, &sound, "audio/mpeg").await;
    let outcome = outcome.unwrap();
    assert!(outcome.width.is_none() && outcome.waveform.is_some());
    assert_length(&outcome, 2000);
}

#[tokio::test]
async fn what_refers_to_other_files_is_not_followed() {
    let Some(tools) = tools("films::what_refers_to_other_files_is_not_followed") else { return };
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.mp4");
    std::fs::write(&secret, filmed(&tools, &format!("{FILM} -c:v mpeg4"), "mp4")).unwrap();
    let secret = secret.display();
    for list in [
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n"),
        format!("ffconcat version 1.0\nfile {secret}\n"),
    ] {
        for media_type in ["video/mp4", "video/webm", "video/ogg", "video/x-msvideo", "audio/mpeg", "audio/aac"] {
            let (_folder, outcome) = made(&tools, list.as_bytes(), media_type).await;
            assert!(matches!(outcome, Err(Failure::Damaged(_))), "{media_type}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn films_have_limits_too() {
    let Some(tools) = tools("films::films_have_limits_too") else { return };
    let film = filmed(&tools, &format!("{FILM} -c:v mpeg4"), "mp4");
    let limits = Limits { pixels: 400 * 300 - 1, ..Limits::default() };
    let (_folder, outcome) = made_with(&tools, &limits, &film, "video/mp4").await;
    assert!(matches!(outcome, Err(Failure::TooLarge)), "{outcome:?}");
    for broken in [&film[..film.len() / 2], &film[..40], b""] {
        let (_folder, outcome) = made(&tools, broken, "video/mp4").await;
        assert!(matches!(outcome, Err(Failure::Damaged(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn without_ffmpeg_there_are_length_and_size() {
    let Some(tools) = tools("films::without_ffmpeg_there_are_length_and_size") else { return };
    let film = filmed(&tools, &format!("{FILM} -c:v mpeg4"), "mp4");
    let (_folder, outcome) = made(&Tools { ffmpeg: None, ..tools }, &film, "video/mp4").await;
    let outcome = outcome.unwrap();
    assert_eq!((outcome.width, outcome.height), (Some(400), Some(300)));
    assert_length(&outcome, 2000);
    assert!(outcome.previews.is_empty() && outcome.thumbhash.is_none());
}

#[tokio::test]
async fn a_webp_with_loss_and_transparency_keeps_both() {
    let Some(tools) = tools("films::a_webp_with_loss_and_transparency_keeps_both") else { return };
    let picture =
        filmed(&tools, "-f lavfi -i color=red@0.5:size=500x400,format=yuva420p -frames:v 1 -c:v libwebp", "webp");
    assert!(memchr::memmem::find(&picture, b"ALPH").is_some() && memchr::memmem::find(&picture, b"VP8 ").is_some());
    assert_eq!(previews::dimensions(&picture, "image/webp", &Limits::default()).unwrap(), (500, 400));
    let clean = previews::cleaned(&picture, "image/webp").unwrap();
    assert_eq!(corpus::decoded(&clean, ImageFormat::WebP), corpus::decoded(&picture, ImageFormat::WebP));
    let (folder, outcome) = made(&tools, &clean, "image/webp").await;
    let preview = &outcome.unwrap().previews[1];
    let bytes = std::fs::read(folder.path().join("output").join(&preview.file)).unwrap();
    let middle = corpus::decoded(&bytes, ImageFormat::Png).to_rgba8().get_pixel(250, 200).0;
    assert!(middle[0] > 200 && middle[1] < 60 && middle[3].abs_diff(128) < 4, "{middle:?}");
}
