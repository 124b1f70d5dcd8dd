//! Film and sound, by ffmpeg: length, dimensions, one frame, a waveform.
//!
//! The container is named to ffmpeg, so that it never guesses one that refers to other files, and it may
//! open nothing but files and pipes. It gets one thread.

use std::ffi::OsString;
use std::io::Cursor;
use std::path::Path;

use image::ImageFormat;
use serde::Deserialize;

use crate::make::Task;
use crate::picture::Picture;
use crate::size::within;
use crate::sound::Peaks;
use crate::tool::{self, Enough};
use crate::{Failure, Outcome};

/// Bytes of what ffprobe tells, and of a frame.
const MOST_TOLD: usize = 256 << 10;
const MOST_FRAME: usize = 32 << 20;

/// Sound that is longer gets no waveform: to decode it all would take all the time that there is.
const LONGEST_MS: u64 = 60 * 60 * 1000;

/// A second in, titles and black are over more often than not.
const POSTER_MS: u64 = 1000;

/// Neither side beyond 1,600 pixels, none enlarged.
const SCALE: &str = "scale=w=min(1600\\,iw):h=min(1600\\,ih):force_original_aspect_ratio=decrease";

/// What ffprobe tells.
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
    /// The cover of an album is no film.
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

pub(crate) fn looked_at(task: &Task) -> Result<Outcome, Failure> {
    let Some(ffprobe) = &task.tools.ffprobe else { return Ok(Outcome::default()) };
    let probe = probe(ffprobe, task)?;
    let duration_ms = probe.duration_ms();
    if let Some((width, height)) = probe.size() {
        within(width, height, &task.limits)?;
        let outcome = poster(task, duration_ms)?.unwrap_or_default();
        return Ok(Outcome { width: Some(width), height: Some(height), duration_ms, ..outcome });
    }
    if !probe.has("audio") {
        return Err(Failure::Damaged("there is neither film nor sound in it".to_owned()));
    }
    let peaks = peaks(task, duration_ms)?;
    let heard_ms = peaks.as_ref().map(Peaks::duration_ms);
    let waveform = peaks.map(|peaks| peaks.waveform());
    // Where the container does not know its length, ffprobe guesses it from the first frames.
    Ok(Outcome { duration_ms: heard_ms.or(duration_ms), waveform, ..Outcome::default() })
}

fn probe(ffprobe: &Path, task: &Task) -> Result<Probe, Failure> {
    let entries = "format=duration:stream=codec_type,width,height:stream_disposition=attached_pic:\
                   stream_tags=rotate:stream_side_data=rotation";
    let arguments = input(task)?.into_iter().chain(["-show_entries", entries, "-of", "json"].map(OsString::from));
    let told = tool::output(ffprobe, arguments, MOST_TOLD)?.unwrap_or_default();
    serde_json::from_slice(&told).map_err(|_| Failure::Damaged("its container cannot be read".to_owned()))
}

impl Probe {
    fn has(&self, kind: &str) -> bool {
        self.streams.iter().any(|stream| stream.codec_type.as_deref() == Some(kind))
    }

    /// Of the film as it is shown.
    fn size(&self) -> Option<(u32, u32)> {
        let is_film =
            |stream: &&Stream| stream.codec_type.as_deref() == Some("video") && stream.disposition.attached_pic == 0;
        let film = self.streams.iter().find(is_film)?;
        let (width, height) = (film.width?, film.height?);
        Some(if film.is_on_its_side() { (height, width) } else { (width, height) })
    }

    fn duration_ms(&self) -> Option<u64> {
        let seconds: f64 = self.format.duration.as_ref()?.parse().ok()?;
        u64::try_from(std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis()).ok()
    }
}

impl Stream {
    fn is_on_its_side(&self) -> bool {
        let told = self.side_data_list.iter().find_map(|data| data.rotation);
        let degrees = told.or_else(|| self.tags.rotate.as_ref()?.parse().ok());
        degrees.is_some_and(|degrees| (degrees.abs() % 180.0 - 90.0).abs() < 45.0)
    }
}

/// What names the input to ffmpeg and ffprobe.
fn input(task: &Task) -> Result<Vec<OsString>, Failure> {
    let mut file = OsString::from("file:");
    file.push(&task.input);
    let container = container(&task.media_type).ok_or(Failure::Unsupported)?;
    let before = ["-v", "error", "-protocol_whitelist", "file,pipe", "-threads", "1", "-f", container, "-i"];
    Ok(before.map(OsString::from).into_iter().chain([file]).collect())
}

/// Its name with ffmpeg.
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

/// The previews of one frame; nothing if none can be decoded.
fn poster(task: &Task, duration_ms: Option<u64>) -> Result<Option<Outcome>, Failure> {
    let Some(ffmpeg) = &task.tools.ffmpeg else { return Ok(None) };
    let later = if duration_ms.is_some_and(|length| length > POSTER_MS) { Some(POSTER_MS) } else { None };
    for start_ms in later.into_iter().chain([0]) {
        let frame = frame(ffmpeg, task, start_ms)?;
        if !frame.is_empty() {
            let picture = Picture::read(Cursor::new(frame), ImageFormat::Png, &task.limits)?;
            return picture.previewed(&task.output).map(Some);
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
    Ok(tool::output(ffmpeg, arguments, MOST_FRAME)?.unwrap_or_default())
}

/// How loud it is over its length; nothing if it is too long.
fn peaks(task: &Task, duration_ms: Option<u64>) -> Result<Option<Peaks>, Failure> {
    let Some(ffmpeg) = task.tools.ffmpeg.as_ref().filter(|_| duration_ms.is_none_or(|length| length <= LONGEST_MS))
    else {
        return Ok(None);
    };
    let after = ["-map", "0:a:0", "-ac", "1", "-ar", Peaks::RATE, "-c:a", "pcm_s16le", "-f", "s16le", "pipe:1"];
    let arguments = [OsString::from("-nostdin")].into_iter().chain(input(task)?).chain(after.map(OsString::from));
    let mut peaks = Peaks::default();
    tool::stream(ffmpeg, arguments, |piece| {
        peaks.hear(piece);
        if peaks.duration_ms() > LONGEST_MS { Enough::Yes } else { Enough::No }
    })?;
    Ok(Some(peaks).filter(|peaks| (1..=LONGEST_MS).contains(&peaks.duration_ms())))
}
