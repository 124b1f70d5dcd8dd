//! The input and output of [`crate::process_file()`]: plain data, shared by both processes.
//!

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Resource limits for one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Maximum pixels of an image or video frame: width times height. Defaults to 50 million.
    pub pixels: u64,
    /// Maximum address space of each process, in bytes. Defaults to 512 MiB.
    pub memory_bytes: u64,
    /// Maximum wall-clock time of the request, and CPU time of each process, in seconds. Defaults to 20.
    pub seconds: u32,
    /// Maximum extracted text, in bytes of UTF-8. Defaults to 100,000.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pixels: 50_000_000, memory_bytes: 512 << 20, seconds: 20, text_bytes: 100_000 }
    }
}

/// The available external tools. A missing tool disables the previews that depend on it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// Decodes video and audio.
    pub ffmpeg: Option<PathBuf>,
    /// Reads the duration and dimensions of video and audio.
    pub ffprobe: Option<PathBuf>,
    /// Renders the first page of a PDF.
    pub pdftoppm: Option<PathBuf>,
    /// Extracts the text of a PDF.
    pub pdftotext: Option<PathBuf>,
}

impl Tools {
    /// Finds the tools in the directories of a `PATH`.
    #[must_use]
    pub fn in_path(path: &OsStr) -> Self {
        let find =
            |name: &str| std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| is_executable(file));
        Self {
            ffmpeg: find("ffmpeg"),
            ffprobe: find("ffprobe"),
            pdftoppm: find("pdftoppm"),
            pdftotext: find("pdftotext"),
        }
    }
}

fn is_executable(file: &Path) -> bool {
    file.is_absolute() && file.metadata().is_ok_and(|of| of.is_file() && of.permissions().mode() & 0o111 != 0)
}

/// A file to process.
#[derive(Debug, Clone, Copy)]
pub struct PreviewRequest<'a> {
    /// The file.
    pub input: &'a Path,
    /// The media type that [`crate::sniff()`] returned.
    pub media_type: &'a str,
    /// An empty directory for the previews.
    pub output: &'a Path,
}

/// The results. Fields that do not apply to the file are absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Width in pixels, after applying the orientation.
    pub width: Option<u32>,
    /// Height in pixels, after applying the orientation.
    pub height: Option<u32>,
    /// Duration of video or audio, in milliseconds.
    pub duration_ms: Option<u64>,
    /// A blurred placeholder of about 25 bytes: <https://evanw.github.io/thumbhash/>.
    pub thumbhash: Option<Vec<u8>>,
    /// Loudness over the duration of an audio file: at most 100 values from 0 to 100 (full scale).
    pub waveform: Option<Vec<u8>>,
    /// The previews, smallest first. `Large` is omitted if `Small` has the full resolution.
    pub previews: Vec<Preview>,
    /// The text of a document, for search.
    pub text: Option<String>,
}

/// A generated preview image.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// The size class.
    pub size: Size,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `image/jpeg`, or `image/png` if it has transparency.
    pub media_type: String,
    /// The file name in the output directory.
    pub file: String,
}

/// The size class of a preview. Images are never enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display)]
#[strum(serialize_all = "snake_case")]
pub enum Size {
    /// At most 360 pixels on the longer side.
    Small,
    /// At most 1,600 pixels on the longer side.
    Large,
}

impl Size {
    /// The longer side, in pixels.
    #[must_use]
    pub fn max_side(self) -> u32 {
        match self {
            Self::Small => 360,
            Self::Large => 1600,
        }
    }
}
