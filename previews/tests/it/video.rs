//! Video and audio encoded by ffmpeg: duration, dimensions, poster frame, waveform.

use std::process::Command;

use image::ImageFormat;
use previews::{Failure, Limits, Outcome, Size, Tools};

use super::corpus;
use super::supervisor::{process, process_with, tools};

/// Runs ffmpeg with these arguments and returns the file, with the given extension.
fn encode(tools: &Tools, arguments: &str, ending: &str) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join(format!("video.{ending}"));
    let made = Command::new(tools.ffmpeg.as_ref().unwrap())
        .args(["-nostdin", "-v", "error"])
        .args(arguments.split_whitespace())
        .arg(&file)
        .output()
        .unwrap();
    assert!(made.status.success(), "{arguments}: {}", String::from_utf8_lossy(&made.stderr));
    std::fs::read(file).unwrap()
}

/// Half a second of red, then 1.5 seconds of blue, 400 × 300.
const VIDEO: &str = "-f lavfi -i color=red:size=400x300:rate=10:duration=0.5 \
    -f lavfi -i color=blue:size=400x300:rate=10:duration=1.5 -filter_complex concat=n=2 -pix_fmt yuv420p";

/// One second of silence, then one second at half of full scale.
const AUDIO: &str = "-f lavfi -i aevalsrc=exprs=gte(t\\,1)*0.5*sin(2*PI*440*t):duration=2:sample_rate=44100";

fn assert_length(outcome: &Outcome, expected_ms: u64) {
    let length = outcome.duration_ms.unwrap();
    assert!(length.abs_diff(expected_ms) <= 120, "{length} ms");
}

/// The color at the center of a preview.
fn color(folder: &tempfile::TempDir, file: &str) -> [u8; 3] {
    let bytes = std::fs::read(folder.path().join("output").join(file)).unwrap();
    let pixels = corpus::decoded(&bytes, ImageFormat::Jpeg).to_rgb8();
    pixels.get_pixel(pixels.width() / 2, pixels.height() / 2).0
}

#[tokio::test]
async fn poster_is_the_frame_at_one_second() {
    let Some(tools) = tools("video::poster_is_the_frame_at_one_second") else { return };
    for (codec, ending, media_type) in [
        ("-c:v mpeg4", "mp4", "video/mp4"),
        ("-c:v mpeg4", "mov", "video/quicktime"),
        ("-c:v libvpx", "webm", "video/webm"),
        ("-c:v mpeg4", "mkv", "video/x-matroska"),
        ("-c:v mjpeg -pix_fmt yuvj420p", "avi", "video/x-msvideo"),
    ] {
        let video = encode(&tools, &format!("{VIDEO} {codec}"), ending);
        assert_eq!(previews::sniff(&video, "").media_type, media_type);
        let (folder, outcome) = process(&tools, &video, media_type).await;
        let outcome = outcome.unwrap();
        assert_eq!((outcome.width, outcome.height), (Some(400), Some(300)), "{media_type}");
        assert_length(&outcome, 2000);
        let sizes: Vec<_> = outcome.previews.iter().map(|one| (one.size, one.width, one.height)).collect();
        assert_eq!(sizes, [(Size::Small, 360, 270), (Size::Large, 400, 300)], "{media_type}");
        let [red, _, blue] = color(&folder, &outcome.previews[0].file);
        assert!(red < 40 && blue > 200, "{media_type}: {red} {blue}");
        assert!(outcome.thumbhash.is_some() && outcome.waveform.is_none());
    }
}

#[tokio::test]
async fn poster_of_a_short_video_is_its_first_frame() {
    let Some(tools) = tools("video::poster_of_a_short_video_is_its_first_frame") else { return };
    let video = encode(&tools, &format!("{VIDEO} -t 0.5 -c:v mpeg4"), "mp4");
    let (folder, outcome) = process(&tools, &video, "video/mp4").await;
    let [red, _, blue] = color(&folder, &outcome.unwrap().previews[0].file);
    assert!(red > 200 && blue < 40, "{red} {blue}");
}

#[tokio::test]
async fn applies_the_rotation_of_a_video() {
    let Some(tools) = tools("video::applies_the_rotation_of_a_video") else { return };
    let mut video = encode(&tools, &format!("{VIDEO} -c:v mpeg4"), "mp4");
    // The track matrix is 40 bytes after the box header.
    let at = memchr::memmem::find(&video, b"tkhd").unwrap() + 4 + 40;
    let quarter: [u32; 9] = [0, 0x0001_0000, 0, 0xFFFF_0000, 0, 0, 0, 0, 0x4000_0000];
    video[at..at + 36].copy_from_slice(&quarter.map(u32::to_be_bytes).concat());
    let (_folder, outcome) = process(&tools, &video, "video/mp4").await;
    let outcome = outcome.unwrap();
    assert_eq!((outcome.width, outcome.height), (Some(300), Some(400)));
    assert_eq!((outcome.previews[0].width, outcome.previews[0].height), (270, 360));
}

#[tokio::test]
async fn audio_has_a_duration_and_a_waveform() {
    let Some(tools) = tools("video::audio_has_a_duration_and_a_waveform") else { return };
    for (codec, ending, media_type) in [
        ("-c:a pcm_s16le", "wav", "audio/wav"),
        ("-c:a libvorbis", "ogg", "audio/ogg"),
        ("-c:a libopus", "opus", "audio/ogg"),
        ("-c:a libmp3lame", "mp3", "audio/mpeg"),
        ("-c:a flac", "flac", "audio/flac"),
        ("-c:a aac", "m4a", "audio/mp4"),
        ("-c:a aac", "aac", "audio/aac"),
        ("-c:a pcm_s16be", "aiff", "audio/aiff"),
        // Only the streams show that these are not video.
        ("-c:a aac", "mp4", "video/mp4"),
        ("-c:a libopus", "webm", "video/webm"),
    ] {
        let audio = encode(&tools, &format!("{AUDIO} {codec}"), ending);
        assert_eq!(previews::sniff(&audio, "").media_type, media_type, "{ending}");
        let (_folder, outcome) = process(&tools, &audio, media_type).await;
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
async fn measures_recordings_without_a_duration() {
    let Some(tools) = tools("video::measures_recordings_without_a_duration") else { return };
    // As browsers record: the header is written before the duration is known.
    let audio = encode(&tools, &format!("{AUDIO} -c:a libopus -f webm -live 1"), "webm");
    let (_folder, outcome) = process(&tools, &audio, "video/webm").await;
    assert_length(&outcome.unwrap(), 2000);
}

#[tokio::test]
async fn ignores_album_covers() {
    let Some(tools) = tools("video::ignores_album_covers") else { return };
    let arguments =
        format!("{AUDIO} -f lavfi -i color=red:size=100x100 -frames:v 1 -c:v png -disposition:v attached_pic");
    let audio = encode(&tools, &format!("{arguments} -c:a libmp3lame"), "mp3");
    let (_folder, outcome) = process(&tools, &audio, "audio/mpeg").await;
    let outcome = outcome.unwrap();
    assert!(outcome.width.is_none() && outcome.waveform.is_some());
    assert_length(&outcome, 2000);
}

#[tokio::test]
async fn does_not_follow_references_to_other_files() {
    let Some(tools) = tools("video::does_not_follow_references_to_other_files") else { return };
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret.mp4");
    std::fs::write(&secret, encode(&tools, &format!("{VIDEO} -c:v mpeg4"), "mp4")).unwrap();
    let secret = secret.display();
    for list in [
        format!("#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n"),
        format!("ffconcat version 1.0\nfile {secret}\n"),
    ] {
        for media_type in ["video/mp4", "video/webm", "video/ogg", "video/x-msvideo", "audio/mpeg", "audio/aac"] {
            let (_folder, outcome) = process(&tools, list.as_bytes(), media_type).await;
            assert!(matches!(outcome, Err(Failure::Damaged(_))), "{media_type}: {outcome:?}");
        }
    }
}

#[tokio::test]
async fn limits_apply_to_video() {
    let Some(tools) = tools("video::limits_apply_to_video") else { return };
    let video = encode(&tools, &format!("{VIDEO} -c:v mpeg4"), "mp4");
    let limits = Limits { pixels: 400 * 300 - 1, ..Limits::default() };
    let (_folder, outcome) = process_with(&tools, &limits, &video, "video/mp4").await;
    assert!(matches!(outcome, Err(Failure::TooLarge)), "{outcome:?}");
    for broken in [&video[..video.len() / 2], &video[..40], b""] {
        let (_folder, outcome) = process(&tools, broken, "video/mp4").await;
        assert!(matches!(outcome, Err(Failure::Damaged(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn reports_duration_and_dimensions_without_ffmpeg() {
    let Some(tools) = tools("video::reports_duration_and_dimensions_without_ffmpeg") else { return };
    let video = encode(&tools, &format!("{VIDEO} -c:v mpeg4"), "mp4");
    let (_folder, outcome) = process(&Tools { ffmpeg: None, ..tools }, &video, "video/mp4").await;
    let outcome = outcome.unwrap();
    assert_eq!((outcome.width, outcome.height), (Some(400), Some(300)));
    assert_length(&outcome, 2000);
    assert!(outcome.previews.is_empty() && outcome.thumbhash.is_none());
}

#[tokio::test]
async fn keeps_a_lossy_transparent_webp() {
    let Some(tools) = tools("video::keeps_a_lossy_transparent_webp") else { return };
    let picture =
        encode(&tools, "-f lavfi -i color=red@0.5:size=500x400,format=yuva420p -frames:v 1 -c:v libwebp", "webp");
    assert!(memchr::memmem::find(&picture, b"ALPH").is_some() && memchr::memmem::find(&picture, b"VP8 ").is_some());
    assert_eq!(previews::dimensions(&picture, "image/webp", &Limits::default()).unwrap(), (500, 400));
    let clean = previews::strip_metadata(&picture, "image/webp").unwrap();
    assert_eq!(corpus::decoded(&clean, ImageFormat::WebP), corpus::decoded(&picture, ImageFormat::WebP));
    let (folder, outcome) = process(&tools, &clean, "image/webp").await;
    let preview = &outcome.unwrap().previews[1];
    let bytes = std::fs::read(folder.path().join("output").join(&preview.file)).unwrap();
    let middle = corpus::decoded(&bytes, ImageFormat::Png).to_rgba8().get_pixel(250, 200).0;
    assert!(middle[0] > 200 && middle[1] < 60 && middle[3].abs_diff(128) < 4, "{middle:?}");
}
