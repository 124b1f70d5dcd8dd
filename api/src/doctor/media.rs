//! The storage of files, and the programs that look into them.

use bytes::Bytes;

use super::Finding;
use crate::config::{Config, Place};
use crate::error::Result;
use crate::media::key;
use crate::media::storage::Storage;

/// Looks at the place that the settings name, by writing, listing, reading and removing an object there.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![match config.place_of_media() {
        None => Finding::doubtful(
            "files",
            "this server is one of a fleet and has no place for them: set CONFAB_S3_BUCKET, or CONFAB_MEDIA_DIRECTORY to \
             a directory that all processes share",
        ),
        Some(Place::Directory(root)) if !root.exists() => {
            Finding::good("files", format!("in {}: not there yet, `confab serve` makes it", root.display()))
        }
        Some(place) => match Storage::open(&config.media, &place) {
            Err(error) => Finding::bad("files", error.to_string()),
            Ok(storage) => match tried(&storage).await {
                Ok(()) if storage.is_bucket() => {
                    Finding::good("files", "in a bucket that takes, lists, gives and removes")
                }
                Ok(()) => Finding::good("files", "in a directory"),
                Err(error) => Finding::bad(
                    "files",
                    format!("{error} Check the settings CONFAB_S3_…, and what the key may do: see docs/operate.md"),
                ),
            },
        },
    }];
    findings.push(tools(config));
    findings.push(walls());
    findings
}

/// Does everything once that the server does with it.
async fn tried(storage: &Storage) -> Result<()> {
    let folder = object_store::path::Path::from_iter([key::UPLOADS, "doctor"]);
    let place = folder.clone().join(format!("{:016x}", rand::random::<u64>()));
    storage.put(&place, Bytes::from_static(b"doctor")).await?;
    storage.list(&folder).await?;
    storage.read(&place, None).await?;
    storage.remove(&folder).await
}

fn tools(config: &Config) -> Finding {
    let tools = previews::Tools::found_in(&config.media.tools_path);
    let all = [
        ("ffmpeg", tools.ffmpeg.is_some()),
        ("ffprobe", tools.ffprobe.is_some()),
        ("pdftoppm", tools.pdftoppm.is_some()),
        ("pdftotext", tools.pdftotext.is_some()),
    ];
    let missing: Vec<&str> = all.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    match missing.as_slice() {
        [] => Finding::good("previews", "of pictures, films, sound and PDFs"),
        missing => {
            let words = "without {} some are not made (in Debian: the packages \
                         ffmpeg and poppler-utils)";
            Finding::doubtful("previews", words.replace("{}", &missing.join(", ")))
        }
    }
}

fn walls() -> Finding {
    match previews::can_confine() {
        true => Finding::good("walls", "around what looks into files, by Landlock"),
        false => Finding::doubtful(
            "walls",
            "before Linux 6.12, or without Landlock, what looks into files has its limits, but not all walls: \
             see docs/operate.md",
        ),
    }
}
