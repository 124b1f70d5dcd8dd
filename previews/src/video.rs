//! Processes video and audio with ffmpeg: duration, dimensions, a poster frame, a waveform.
//!
//! The container format is given explicitly, so that ffmpeg never detects one that refers to other files, and only the
//! file and pipe protocols are allowed. It uses one thread.

use std::ffi::OsString;
use std::io::Cursor;
use std::path::Path;

use image::ImageFormat;
use serde::Deserialize;

use crate::dimensions::require_within;
use crate::picture::Picture;
use crate::supervisor::Task;
use crate::tool::{self, Flow};
use crate::waveform::Peaks;
use crate::{Failure, Outcome};

/// Maximum bytes of ffprobe output, and of a frame.
const MAX_PROBE_BYTES: usize = 256 << 10;
const MAX_FRAME_BYTES: usize = 32 << 20;

/// Longer audio gets no waveform: decoding it would exhaust the time limit.
const MAX_WAVEFORM_MS: u64 = 60 * 60 * 1000;

/// Position of the poster frame: title cards and black frames have usually passed.
const POSTER_MS: u64 = 1000;

/// Scales down to at most 1,600 pixels per side; never enlarges.
const SCALE: &str = "scale=w=min(1600\\,iw):h=min(1600\\,ih):force_original_aspect_ratio=decrease";

/// The output of ffprobe.
#[derive(Debug, Default, Deserialize)]
struct Probe {
    #[serde(default)]
    streams: Vec<Stream>,
    #[serde(default)]
    format: Format,
}

#[derive(Debug, Default, Deserialize)]
struct Format {
    /// Seconds.
    duration: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Stream {
    codec_type: Option<String>,
    width: Option<u32>,
    height: Option<u32>,
    #[serde(default)]
    disposition: Disposition,
    #[serde(default)]
    tags: Tags,
    #[serde(default)]
    side_data_list: Vec<SideData>,
}

#[derive(Debug, Default, Deserialize)]
struct Disposition {
    /// Album covers are not video.
    #[serde(default)]
    attached_pic: u8,
}

#[derive(Debug, Default, Deserialize)]
struct Tags {
    rotate: Option<String>,
}

#[derive(Debug, Deserialize)]
struct SideData {
    /// Degrees.
    rotation: Option<f64>,
}

pub(crate) fn process(task: &Task) -> Result<Outcome, Failure> {
    let Some(ffprobe) = &task.tools.ffprobe else { return Ok(Outcome::default()) };
    let probe = probe(ffprobe, task)?;
    let duration_ms = probe.duration_ms();
    if let Some((width, height)) = probe.size() {
        require_within(width, height, &task.limits)?;
        let outcome = poster(task, duration_ms)?.unwrap_or_default();
        return Ok(Outcome { width: Some(width), height: Some(height), duration_ms, ..outcome });
    }
    if !probe.has("audio") {
        return Err(Failure::Damaged("no video or audio stream".to_owned()));
    }
    let peaks = peaks(task, duration_ms)?;
    let decoded_ms = peaks.as_ref().map(Peaks::duration_ms);
    let waveform = peaks.map(|peaks| peaks.waveform());
    // The duration from ffprobe is only an estimate if the container lacks one.
    Ok(Outcome { duration_ms: decoded_ms.or(duration_ms), waveform, ..Outcome::default() })
}

fn probe(ffprobe: &Path, task: &Task) -> Result<Probe, Failure> {
    let entries = "format=duration:stream=codec_type,width,height:stream_disposition=attached_pic:\
                   stream_tags=rotate:stream_side_data=rotation";
    let arguments = input(task)?.into_iter().chain(["-show_entries", entries, "-of", "json"].map(OsString::from));
    let output = tool::output(ffprobe, arguments, MAX_PROBE_BYTES)?.unwrap_or_default();
    serde_json::from_slice(&output).map_err(|_| Failure::Damaged("invalid container".to_owned()))
}

impl Probe {
    fn has(&self, kind: &str) -> bool {
        self.streams.iter().any(|stream| stream.codec_type.as_deref() == Some(kind))
    }

    /// The dimensions of the video, after rotation.
    fn size(&self) -> Option<(u32, u32)> {
        let is_video =
            |stream: &&Stream| stream.codec_type.as_deref() == Some("video") && stream.disposition.attached_pic == 0;
        let video = self.streams.iter().find(is_video)?;
        let (width, height) = (video.width?, video.height?);
        Some(if video.is_rotated() { (height, width) } else { (width, height) })
    }

    fn duration_ms(&self) -> Option<u64> {
        let seconds: f64 = self.format.duration.as_ref()?.parse().ok()?;
        u64::try_from(std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis()).ok()
    }
}

impl Stream {
    fn is_rotated(&self) -> bool {
        let rotation = self.side_data_list.iter().find_map(|data| data.rotation);
        let degrees = rotation.or_else(|| self.tags.rotate.as_ref()?.parse().ok());
        degrees.is_some_and(|degrees| (degrees.abs() % 180.0 - 90.0).abs() < 45.0)
    }
}

/// The input arguments of ffmpeg and ffprobe.
fn input(task: &Task) -> Result<Vec<OsString>, Failure> {
    let mut file = OsString::from("file:");
    file.push(&task.input);
    let container = container(&task.media_type).ok_or(Failure::Unsupported)?;
    let before = ["-v", "error", "-protocol_whitelist", "file,pipe", "-threads", "1", "-f", container, "-i"];
    Ok(before.map(OsString::from).into_iter().chain([file]).collect())
}

/// The ffmpeg format name.
fn container(media_type: &str) -> Option<&'static str> {
    Some(match media_type {
        "video/mp4" | "video/quicktime" | "video/3gpp" | "audio/mp4" => "mov",
        "video/webm" | "video/x-matroska" | "audio/webm" => "matroska",
        "video/ogg" | "audio/ogg" => "ogg",
        "video/x-msvideo" => "avi",
        "audio/mpeg" => "mp3",
        "audio/wav" => "wav",
        "audio/flac" => "flac",
        "audio/aac" => "aac",
        "audio/aiff" => "aiff",
        "audio/amr" => "amr",
        _ => return None,
    })
}

/// Generates previews of a frame; `None` if no frame can be decoded.
fn poster(task: &Task, duration_ms: Option<u64>) -> Result<Option<Outcome>, Failure> {
    let Some(ffmpeg) = &task.tools.ffmpeg else { return Ok(None) };
    let later = if duration_ms.is_some_and(|length| length > POSTER_MS) { Some(POSTER_MS) } else { None };
    for start_ms in later.into_iter().chain([0]) {
        let frame = frame(ffmpeg, task, start_ms)?;
        if !frame.is_empty() {
            let picture = Picture::read(Cursor::new(frame), ImageFormat::Png, &task.limits)?;
            return picture.save_previews(&task.output).map(Some);
        }
    }
    Ok(None)
}

fn frame(ffmpeg: &Path, task: &Task, start_ms: u64) -> Result<Vec<u8>, Failure> {
    let (pixels, start) = (task.limits.pixels.to_string(), format!("{start_ms}ms"));
    let before = ["-nostdin", "-max_pixels", &pixels, "-ss", &start];
    let after = [
        "-map",
        "0:V:0",
        "-frames:v",
        "1",
        "-filter_threads",
        "1",
        "-vf",
        SCALE,
        "-threads",
        "1",
        "-pix_fmt",
        "rgb24",
        "-c:v",
        "png",
        "-f",
        "image2pipe",
        "pipe:1",
    ];
    let arguments = before.map(OsString::from).into_iter().chain(input(task)?).chain(after.map(OsString::from));
    Ok(tool::output(ffmpeg, arguments, MAX_FRAME_BYTES)?.unwrap_or_default())
}

/// Measures the loudness; `None` if the audio is too long.
fn peaks(task: &Task, duration_ms: Option<u64>) -> Result<Option<Peaks>, Failure> {
    let Some(ffmpeg) =
        task.tools.ffmpeg.as_ref().filter(|_| duration_ms.is_none_or(|length| length <= MAX_WAVEFORM_MS))
    else {
        return Ok(None);
    };
    let after = ["-map", "0:a:0", "-ac", "1", "-ar", Peaks::RATE, "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"];
    let arguments = [OsString::from("-nostdin")].into_iter().chain(input(task)?).chain(after.map(OsString::from));
    let mut peaks = Peaks::default();
    tool::stream(ffmpeg, arguments, |piece| {
        peaks.push(piece);
        if peaks.duration_ms() > MAX_WAVEFORM_MS { Flow::Stop } else { Flow::Continue }
    })?;
    Ok(Some(peaks).filter(|peaks| (1..=MAX_WAVEFORM_MS).contains(&peaks.duration_ms())))
}
