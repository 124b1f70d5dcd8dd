//! Checks the file storage and the programs that inspect files.

use bytes::Bytes;

use super::finding::Finding;
use crate::adapter::media::storage::Storage;
use crate::ground::config::{Config, FileLocation};
use crate::ground::error::Result;
use crate::model::file::key;

/// Checks the configured storage by writing, listing, reading and deleting an object.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![match config.file_location() {
        None => Finding::warning(
            "files",
            "no storage: set CONFAB_S3_BUCKET, or CONFAB_MEDIA_DIRECTORY to a directory that all processes share",
        ),
        Some(FileLocation::Directory(root)) if !root.exists() => {
            Finding::ok("files", format!("directory {} does not exist yet: `confab serve` creates it", root.display()))
        }
        Some(location) => match Storage::open(&config.media, &location) {
            Err(error) => Finding::error("files", error.to_string()),
            Ok(storage) => match try_storage(&storage).await {
                Ok(()) if storage.is_bucket() => {
                    Finding::ok("files", "bucket is writable, listable, readable and allows deletes")
                }
                Ok(()) => Finding::ok("files", "directory is writable"),
                Err(error) => Finding::error(
                    "files",
                    format!("{error} Check the CONFAB_S3_* settings and the permissions of the access key"),
                ),
            },
        },
    }];
    findings.push(tools(config));
    findings.push(sandbox());
    findings
}

/// Performs each storage operation of the server once.
async fn try_storage(storage: &Storage) -> Result<()> {
    let prefix = object_store::path::Path::from_iter([key::UPLOADS, "doctor"]);
    let key = prefix.clone().join(format!("{:016x}", rand::random::<u64>()));
    storage.put(&key, Bytes::from_static(b"doctor")).await?;
    storage.list(&prefix).await?;
    storage.read(&key, None).await?;
    storage.remove(&prefix).await
}

fn tools(config: &Config) -> Finding {
    let tools = previews::Tools::in_path(&config.media.tools_path);
    let all = [
        ("ffmpeg", tools.ffmpeg.is_some()),
        ("ffprobe", tools.ffprobe.is_some()),
        ("pdftoppm", tools.pdftoppm.is_some()),
        ("pdftotext", tools.pdftotext.is_some()),
    ];
    let missing: Vec<&str> = all.iter().filter(|(_, is_there)| !is_there).map(|(name, _)| *name).collect();
    match missing.as_slice() {
        [] => Finding::ok("previews", "images, videos, audio and PDFs"),
        missing => {
            let missing = missing.join(", ");
            let detail = format!("limited, {missing} not found (in Debian, install ffmpeg and poppler-utils)");
            Finding::warning("previews", detail)
        }
    }
}

fn sandbox() -> Finding {
    match previews::is_sandbox_supported() {
        true => Finding::ok("sandbox", "file inspection is confined by Landlock"),
        false => Finding::warning(
            "sandbox",
            "file inspection is only partially confined: requires Linux 6.12 with Landlock, see docs/operate.md",
        ),
    }
}
