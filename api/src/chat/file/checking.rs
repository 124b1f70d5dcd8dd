//! Checks a completed upload and turns it into a file.
//!
//! Streams the parts into a location that no client can write to, computes length and hash on the way, and detects
//! the type from the first bytes. Pictures are read into memory to strip metadata that identifies the photographer.
//!
//! Contents are read to the end and stored durably before the event is appended, by one process at a time.
//! [`crate::app::file_checks`] bounds the concurrent checks.

use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use object_store::path::Path;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, watch};

use super::claim::Claim;
use super::complete::{CompleteUpload, Found};
use super::quota::format_bytes;
use super::upload::{self, find_own, parts};
use crate::adapter::media::scanner::{self, ScanResult};
use crate::adapter::media::storage::Storage;
use crate::app::App;
use crate::app::file_checks::Outcome;
use crate::chat::workspace::view::View;
use crate::ground::error::{Error, Result};
use crate::ground::id::{CommandId, FileId, WorkspaceId};
use crate::ground::supervise;
use crate::log::{Receipt, failpoint};
use crate::model::file::MAX_PICTURE_BYTES;
use crate::model::file::entity::upload::Model;
use crate::model::file::key::{self, Variant};
use crate::model::file::kind::FileKind;
use crate::model::viewer::Viewer;

/// How long a caller waits for a check before the response says that it is still running.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Number of leading bytes used to detect the type.
const HEAD_BYTES: usize = 8 * 1024;

/// Turns an upload of the viewer into a file. Returns `None` while the check is still running; the caller then retries.
/// Retries after completion return the same receipt.
///
/// # Errors
/// `NOT_FOUND`, `BAD_USER_INPUT` if the contents are invalid, `UNAVAILABLE`.
pub async fn complete(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: FileId,
) -> Result<Option<Arc<Receipt>>> {
    let key = (workspace_id, id);
    let view = View::open(app, viewer, workspace_id).await?;
    let known = find_own(&view, &*view.snapshot().await?, id).await;
    // Release the database connection before waiting for the lane.
    drop(view);
    let upload = match known {
        Ok(upload) => upload,
        // Either completed before or never created: the log decides.
        Err(Error::NotFound(_)) => {
            return repeat_completion(app, viewer, workspace_id, id).await.map(|done| Some(Arc::new(done)));
        }
        Err(error) => return Err(error),
    };
    let start = |sender: watch::Sender<Option<Outcome>>, share: Arc<Semaphore>| {
        let (app, viewer) = (app.clone(), *viewer);
        supervise::spawn("check", async move {
            // A panic fails this check only.
            let checked = supervise::guard("check", check(&app, &viewer, &upload, &share)).await;
            let done = checked.unwrap_or_else(|_| Err(Error::internal("upload check panicked")));
            sender.send_replace(Some(done.map(|done| done.map(Arc::new))));
            app.media.checks.remove(key);
        });
    };
    let mut outcome = app.media.checks.get_or_start(key, viewer.account_id, start);
    let waited = tokio::time::timeout(RESPONSE_TIMEOUT, outcome.wait_for(Option::is_some)).await;
    match waited {
        Ok(Ok(done)) => done.clone().unwrap_or(Err(Error::DependencyUnavailable("storage"))),
        Ok(Err(_)) => Err(Error::internal("upload check ended without a result")),
        Err(_) => Ok(None),
    }
}

/// Repeats the result of the first completion.
async fn repeat_completion(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, id: FileId) -> Result<Receipt> {
    app.submit(viewer, workspace_id, CommandId(id.0), CompleteUpload { file_id: id, found: None }).await
}

/// Turns an upload into a file. Returns `None` if another process is checking it.
async fn check(app: &App, viewer: &Viewer, upload: &Model, share: &Semaphore) -> Result<Option<Receipt>> {
    let _share = share.acquire().await.map_err(Error::internal)?;
    let _permit = app.media.checks.permits().acquire().await.map_err(Error::internal)?;
    let Some(claim) = Claim::take(app, upload).await? else {
        let is_pending = upload::uploader_of_pending(app, upload.workspace_id, upload.id).await?.is_some();
        // Another process has claimed it or has finished it.
        return if is_pending {
            Ok(None)
        } else {
            repeat_completion(app, viewer, upload.workspace_id, upload.id).await.map(Some)
        };
    };
    let claimed = Claimed { app, storage: app.media.storage()?, upload, claim };
    // The decision verifies the claim again.
    let stored = tokio::select! {
        found = claimed.check_and_store() => found,
        lost = claim.keep_renewed(app) => Err(lost),
    };
    let done = match stored {
        Ok(found) => claimed.create_file(viewer, found).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(receipt) => {
            // Leftover parts are deleted together with the file.
            if let Err(error) = claimed.storage.remove(&key::parts(upload.workspace_id, upload.id)).await {
                tracing::warn!(%error, "deleting upload parts failed");
            }
            Ok(Some(receipt))
        }
        Err(error) => {
            claim.release(app).await;
            Err(error)
        }
    }
}

/// An upload claimed by this process.
struct Claimed<'a> {
    app: &'a App,
    storage: &'a Storage,
    upload: &'a Model,
    claim: Claim,
}

impl Claimed<'_> {
    async fn create_file(&self, viewer: &Viewer, found: Found) -> Result<Receipt> {
        failpoint::pass("media.checked");
        let upload = self.upload;
        let command = CompleteUpload { file_id: upload.id, found: Some(found) };
        let receipt = self.app.submit(viewer, upload.workspace_id, CommandId(upload.id.0), command).await?;
        failpoint::pass("media.completed");
        Ok(receipt)
    }

    /// Checks the parts and stores the contents that members download.
    async fn check_and_store(&self) -> Result<Found> {
        let Self { app, storage, upload, claim } = self;
        require_all_parts(storage, upload).await?;
        let mut reader = PartReader::new(storage, upload);
        let mut head = BytesMut::new();
        while head.len() < HEAD_BYTES
            && let Some(piece) = reader.next().await?
        {
            head.extend_from_slice(&piece);
        }
        let sniffed = previews::sniff(&head, &upload.name);
        let (media_type, kind) = adjust_voice(sniffed.media_type, FileKind::from(sniffed.kind), upload.is_voice);
        let place = key::variant(upload.workspace_id, upload.id, Variant::Original);
        let mut found = Found {
            checker: claim.id,
            name: upload.name.clone(),
            media_type: media_type.to_owned(),
            kind,
            size: upload.size,
            is_voice: upload.is_voice && kind == FileKind::Audio,
            dimensions: None,
            is_animated: false,
        };
        if kind == FileKind::Picture {
            let picture = read_picture(upload, head, &mut reader).await?;
            let CleanPicture { bytes: cleaned, dimensions, is_animated } = clean(picture, media_type).await?;
            found.size = i64::try_from(cleaned.len()).unwrap_or(i64::MAX);
            found.dimensions = Some(dimensions);
            found.is_animated = is_animated;
            claim.renew(app).await?;
            storage.put(&place, cleaned).await?;
        } else {
            self.store_stream(&place, head, reader).await?;
        }
        self.scan(&place).await?;
        Ok(found)
    }

    /// Streams contents that are not a picture to their final location.
    async fn store_stream(&self, place: &Path, head: BytesMut, mut reader: PartReader) -> Result<()> {
        let mut writer = self.storage.write(place).await?;
        writer.put(head.freeze()).await?;
        loop {
            match reader.next().await {
                Ok(Some(piece)) => writer.put(piece).await?,
                Ok(None) => break,
                Err(error) => return writer.abort(error).await,
            }
        }
        let checked = match reader.require_as_declared(self.upload) {
            Ok(()) => self.claim.renew(self.app).await,
            Err(error) => Err(error),
        };
        match checked {
            Ok(()) => writer.finish().await,
            Err(error) => writer.abort(error).await,
        }
    }

    /// Scans the contents, if a scanner is configured. The file is created only if it is clean.
    async fn scan(&self, place: &Path) -> Result<()> {
        let Some(scanner) = &self.app.config.media.scanner else { return Ok(()) };
        let reading = self.storage.read(place, None).await?;
        match scanner::scan(scanner, reading.bytes).await? {
            ScanResult::Clean => Ok(()),
            ScanResult::Harmful(name) => {
                self.claim.renew(self.app).await?;
                self.storage.remove(&key::variants(self.upload.workspace_id, self.upload.id)).await?;
                Err(Error::invalid("uploadId", format!("Rejected by the malware scanner: {name}.")))
            }
        }
    }
}

/// Requires that every part has been received with its exact length.
async fn require_all_parts(storage: &Storage, upload: &Model) -> Result<()> {
    let there = upload::received_parts(storage, upload).await?;
    for (number, _, length) in parts(u64::try_from(upload.size).unwrap_or(0)) {
        if there.get(&number) != Some(&length) {
            let why = format!("Part {number} is missing or incomplete. Send {length} bytes.");
            return Err(Error::invalid("uploadId", why));
        }
    }
    Ok(())
}

/// Reads a picture into memory.
async fn read_picture(upload: &Model, mut head: BytesMut, reader: &mut PartReader) -> Result<Bytes> {
    if u64::try_from(upload.size).is_ok_and(|size| size > MAX_PICTURE_BYTES) {
        let why =
            format!("Image too large: maximum {}. Send it in an archive instead.", format_bytes(MAX_PICTURE_BYTES));
        return Err(Error::TooLarge(why));
    }
    while let Some(piece) = reader.next().await? {
        head.extend_from_slice(&piece);
    }
    reader.require_as_declared(upload)?;
    Ok(head.freeze())
}

/// Corrects the type of voice recordings: browsers record audio in video containers.
fn adjust_voice(media_type: &'static str, kind: FileKind, is_voice: bool) -> (&'static str, FileKind) {
    match media_type {
        "video/webm" if is_voice => ("audio/webm", FileKind::Audio),
        "video/mp4" if is_voice => ("audio/mp4", FileKind::Audio),
        _ => (media_type, kind),
    }
}

/// A picture without identifying metadata.
struct CleanPicture {
    bytes: Bytes,
    dimensions: (u32, u32),
    is_animated: bool,
}

/// Strips metadata from a picture. Checks its dimensions first, to reject decompression bombs.
async fn clean(bytes: Bytes, media_type: &'static str) -> Result<CleanPicture> {
    let clean = move || {
        let limits = previews::Limits::default();
        let wrong = |why: &dyn std::fmt::Display| Error::invalid("uploadId", format!("Invalid image: {why}."));
        let dimensions = previews::dimensions(&bytes, media_type, &limits).map_err(|error| wrong(&error))?;
        let cleaned = previews::strip_metadata(&bytes, media_type).map_err(|error| wrong(&error))?;
        let is_animated = previews::is_animated(&cleaned, media_type);
        Ok(CleanPicture { bytes: Bytes::from(cleaned), dimensions, is_animated })
    };
    tokio::task::spawn_blocking(clean).await.map_err(Error::internal)?
}

/// The contents of all parts in order, counted and hashed while they are read.
struct PartReader {
    bytes: stream::BoxStream<'static, Result<Bytes>>,
    hash: Sha256,
    count: u64,
}

impl PartReader {
    fn new(storage: &Storage, upload: &Model) -> Self {
        let (storage, workspace_id, id) = (storage.clone(), upload.workspace_id, upload.id);
        let numbers = parts(u64::try_from(upload.size).unwrap_or(0)).map(|(number, ..)| number);
        let bytes = stream::iter(numbers.collect::<Vec<_>>())
            .then(move |number| {
                let storage = storage.clone();
                async move { storage.read(&key::part(workspace_id, id, number), None).await }
            })
            .flat_map(|reading| match reading {
                Ok(reading) => reading.bytes,
                Err(error) => stream::once(async { Err(error) }).boxed(),
            })
            .boxed();
        Self { bytes, hash: Sha256::new(), count: 0 }
    }

    async fn next(&mut self) -> Result<Option<Bytes>> {
        let piece = self.bytes.next().await.transpose()?;
        if let Some(piece) = &piece {
            self.hash.update(piece);
            self.count += piece.len() as u64;
        }
        Ok(piece)
    }

    /// Requires that length and hash match what the client declared.
    fn require_as_declared(&self, upload: &Model) -> Result<()> {
        if Some(self.count) != u64::try_from(upload.size).ok() {
            return Err(Error::invalid(
                "uploadId",
                format!("Expected {} bytes, as declared in `createUpload`.", upload.size),
            ));
        }
        let hash = self.hash.clone().finalize();
        if upload.sha256.as_deref().is_some_and(|said| said != hash.as_slice()) {
            return Err(Error::invalid(
                "uploadId",
                "The contents do not match the SHA-256 hash. Send all parts again.",
            ));
        }
        Ok(())
    }
}
