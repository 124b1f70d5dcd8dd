//! What is asked of [`crate::make()`] and what comes back: plain data, the same in both processes.
//!
//! It knows nothing of how anything is made.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// What one file may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Pixels of a picture or of a frame: width times height.
    pub pixels: u64,
    /// Address space of each process, in bytes.
    pub memory_bytes: u64,
    /// Seconds by the clock for all together, and of processor time for each process.
    pub seconds: u32,
    /// Text of a document that is kept, in bytes of UTF-8.
    pub text_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pixels: 50_000_000, memory_bytes: 512 << 20, seconds: 20, text_bytes: 100_000 }
    }
}

/// The programs that are there. What one of them would have made is left out without it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// Decodes film and sound.
    pub ffmpeg: Option<PathBuf>,
    /// Tells length and dimensions of film and sound.
    pub ffprobe: Option<PathBuf>,
    /// Draws the first page of a PDF.
    pub pdftoppm: Option<PathBuf>,
    /// Reads the text of a PDF.
    pub pdftotext: Option<PathBuf>,
}

impl Tools {
    /// Those that are in the directories of a `PATH`.
    #[must_use]
    pub fn found_in(path: &OsStr) -> Self {
        let find = |name: &str| std::env::split_paths(path).map(|folder| folder.join(name)).find(|file| runs(file));
        Self {
            ffmpeg: find("ffmpeg"),
            ffprobe: find("ffprobe"),
            pdftoppm: find("pdftoppm"),
            pdftotext: find("pdftotext"),
        }
    }
}

fn runs(file: &Path) -> bool {
    file.is_absolute() && file.metadata().is_ok_and(|of| of.is_file() && of.permissions().mode() & 0o111 != 0)
}

/// What is to be looked at.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The file.
    pub input: &'a Path,
    /// What [`crate::sniff`] said of it.
    pub media_type: &'a str,
    /// An empty directory, for the previews.
    pub output: &'a Path,
}

/// What was found and made. Everything that does not apply to the file is absent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// Pixels of the picture or film as it is shown, after its orientation.
    pub width: Option<u32>,
    /// See `width`.
    pub height: Option<u32>,
    /// Length of film or sound, in milliseconds.
    pub duration_ms: Option<u64>,
    /// A blurred placeholder of about 25 bytes: <https://evanw.github.io/thumbhash/>.
    pub thumbhash: Option<Vec<u8>>,
    /// Loudness of a sound over its length: at most 100 values from 0 to 100, where 100 is full scale.
    pub waveform: Option<Vec<u8>>,
    /// Smallest first. There is no `Large` where `Small` already has every pixel.
    pub previews: Vec<Preview>,
    /// Text of a document, for search.
    pub text: Option<String>,
}

/// A picture that was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Which one.
    pub size: Size,
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// `image/jpeg`, or `image/png` where something is transparent.
    pub media_type: String,
    /// Its name in the output directory.
    pub file: String,
}

/// How large a preview may be. Nothing is ever enlarged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Size {
    /// At most 360 pixels on the longer side.
    Small,
    /// At most 1,600 pixels on the longer side.
    Large,
}

impl Size {
    /// The longer side, in pixels.
    #[must_use]
    pub fn longest(self) -> u32 {
        match self {
            Self::Small => 360,
            Self::Large => 1600,
        }
    }

    pub(crate) fn file(self) -> &'static str {
        match self {
            Self::Small => "small",
            Self::Large => "large",
        }
    }
}
