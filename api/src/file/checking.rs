//! Checking: an upload whose parts are there becomes a file, or it is said why not.
//!
//! The parts are read one after the other, and written as they come to where no client can write; on the way
//! length and hash are taken, and the first bytes say what it is. A picture is read as a whole, so that what tells
//! of the person who took it can be left out. Promises: what is called a file was read to its end and is stored
//! durably before the event says so, by one process at a time; at most [`AT_ONCE`] are checked at the same time, each once, and nobody's
//! files take more than [`SHARE`] of these turns.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, stream};
use object_store::path::Path;
use sha2::{Digest, Sha256};
use tokio::sync::{Semaphore, watch};

use super::PICTURE_MAX;
use super::claim::Claim;
use super::command::{Command, Found};
use super::entity::upload::Model;
use super::kind::FileKind;
use super::quota::words;
use super::upload::{self, mine, parts};
use crate::app::App;
use crate::error::{Error, Result};
use crate::id::{AccountId, CommandId, FileId, WorkspaceId};
use crate::log::{Receipt, failpoint};
use crate::media::key::{self, Variant};
use crate::media::scanner::{self, Verdict};
use crate::media::storage::Storage;
use crate::supervise;
use crate::viewer::Viewer;
use crate::workspace::view::View;

/// Files that are checked at the same time.
pub const AT_ONCE: usize = 4;
/// Of these, files of one account.
pub const SHARE: usize = 2;
/// How long a caller waits before being told to ask again.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is looked at to say what a file is.
const HEAD: usize = 8 * 1024;

/// What is being checked in this process.
pub struct Checks {
    running: Mutex<Running>,
    turns: Semaphore,
}

type Outcome = Result<Option<Arc<Receipt>>>;
type Running = HashMap<(WorkspaceId, FileId), Check>;

/// One that is running or waits for its turn.
struct Check {
    ends: watch::Receiver<Option<Outcome>>,
    account_id: AccountId,
    /// The turns of its account; all checks of the account have the same.
    share: Arc<Semaphore>,
}

/// The turns of an account.
fn share(running: &Running, account_id: AccountId) -> Arc<Semaphore> {
    let another = running.values().find(|check| check.account_id == account_id);
    another.map_or_else(|| Arc::new(Semaphore::new(SHARE)), |check| check.share.clone())
}

impl Default for Checks {
    fn default() -> Self {
        Self { running: Mutex::default(), turns: Semaphore::new(AT_ONCE) }
    }
}

/// Makes an upload of the viewer a file; `None` while that takes longer: then it is to be asked for again. Asked
/// for again afterwards it gives the same answer.
///
/// # Errors
/// `NOT_FOUND`, `BAD_USER_INPUT` with what is wrong with the bytes, `UNAVAILABLE`.
pub async fn complete(
    app: &App,
    viewer: &Viewer,
    workspace_id: WorkspaceId,
    id: FileId,
) -> Result<Option<Arc<Receipt>>> {
    let key = (workspace_id, id);
    let view = View::open(app, viewer, workspace_id).await?;
    let known = mine(&view, &*view.snapshot().await?, id).await;
    // Nothing is held of the database while the lane is waited for.
    drop(view);
    let upload = match known {
        Ok(upload) => upload,
        // It is a file already, or it never was one: the log knows.
        Err(Error::NotFound(_)) => return again(app, viewer, workspace_id, id).await.map(|done| Some(Arc::new(done))),
        Err(error) => return Err(error),
    };
    let mut ends = {
        let mut running = app.media.checks.running.lock().unwrap_or_else(PoisonError::into_inner);
        let share = share(&running, viewer.account_id);
        let begin = || {
            let (tell, ends) = watch::channel(None);
            let (app, viewer, turns) = (app.clone(), *viewer, share.clone());
            supervise::spawn("check", async move {
                // A panic in it is its answer, and no more.
                let checked = supervise::guard("check", check(&app, &viewer, &upload, &turns)).await;
                let done = checked.unwrap_or_else(|_| Err(Error::internal("a check of an upload panicked")));
                tell.send_replace(Some(done.map(|done| done.map(Arc::new))));
                app.media.checks.running.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
            });
            Check { ends, account_id: viewer.account_id, share }
        };
        running.entry(key).or_insert_with(begin).ends.clone()
    };
    let waited = tokio::time::timeout(PATIENCE, ends.wait_for(Option::is_some)).await;
    match waited {
        Ok(Ok(done)) => done.clone().unwrap_or(Err(Error::Away("storage"))),
        Ok(Err(_)) => Err(Error::internal("a check ended without an answer")),
        Err(_) => Ok(None),
    }
}

/// The first answer again.
async fn again(app: &App, viewer: &Viewer, workspace_id: WorkspaceId, id: FileId) -> Result<Receipt> {
    app.submit(viewer, workspace_id, CommandId(id.0), Command::Complete { file_id: id, found: None }).await
}

/// Makes a file of an upload; `None` if another process checks it.
async fn check(app: &App, viewer: &Viewer, upload: &Model, share: &Semaphore) -> Result<Option<Receipt>> {
    let _share = share.acquire().await.map_err(Error::internal)?;
    let _turn = app.media.checks.turns.acquire().await.map_err(Error::internal)?;
    let Some(claim) = Claim::take(app, upload).await? else {
        let is_pending = upload::awaited(app, upload.workspace_id, upload.id).await?.is_some();
        // Another process has it, or was faster.
        return if is_pending { Ok(None) } else { again(app, viewer, upload.workspace_id, upload.id).await.map(Some) };
    };
    let claimed = Claimed { app, storage: app.media.storage()?, upload, claim };
    // Deciding looks itself whether the claim is good.
    let stored = tokio::select! {
        found = claimed.stored() => found,
        lost = claim.keep(app) => Err(lost),
    };
    let done = match stored {
        Ok(found) => claimed.made_a_file(viewer, found).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(receipt) => {
            // What is left of them is cleared away with the file.
            if let Err(error) = claimed.storage.remove(&key::parts(upload.workspace_id, upload.id)).await {
                tracing::warn!(%error, "the parts of a file were left");
            }
            Ok(Some(receipt))
        }
        Err(error) => {
            claim.give_back(app).await;
            Err(error)
        }
    }
}

/// An upload that this process has claimed.
struct Claimed<'a> {
    app: &'a App,
    storage: &'a Storage,
    upload: &'a Model,
    claim: Claim,
}

impl Claimed<'_> {
    async fn made_a_file(&self, viewer: &Viewer, found: Found) -> Result<Receipt> {
        failpoint::pass("media.checked");
        let upload = self.upload;
        let command = Command::Complete { file_id: upload.id, found: Some(found) };
        let receipt = self.app.submit(viewer, upload.workspace_id, CommandId(upload.id.0), command).await?;
        failpoint::pass("media.completed");
        Ok(receipt)
    }

    /// Reads the parts, and writes what others will be given.
    async fn stored(&self) -> Result<Found> {
        let Self { app, storage, upload, claim } = self;
        all_there(storage, upload).await?;
        let mut coming = Coming::of(storage, upload);
        let mut head = BytesMut::new();
        while head.len() < HEAD
            && let Some(piece) = coming.next().await?
        {
            head.extend_from_slice(&piece);
        }
        let said = previews::sniff(&head, &upload.name);
        let (media_type, kind) = heard(said.media_type, FileKind::from(said.kind), upload.is_voice);
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
            let picture = whole(upload, head, &mut coming).await?;
            let Cleaned { bytes: cleaned, dimensions, is_animated } = cleaned(picture, media_type).await?;
            found.size = i64::try_from(cleaned.len()).unwrap_or(i64::MAX);
            found.dimensions = Some(dimensions);
            found.is_animated = is_animated;
            claim.renew(app).await?;
            storage.put(&place, cleaned).await?;
        } else {
            self.passed_on(&place, head, coming).await?;
        }
        self.scanned(&place).await?;
        Ok(found)
    }

    /// What is no picture, as it comes.
    async fn passed_on(&self, place: &Path, head: BytesMut, mut coming: Coming) -> Result<()> {
        let mut writing = self.storage.write(place).await?;
        writing.put(head.freeze()).await?;
        loop {
            match coming.next().await {
                Ok(Some(piece)) => writing.put(piece).await?,
                Ok(None) => break,
                Err(error) => return writing.give_up(error).await,
            }
        }
        let is_right = match coming.is_as_said(self.upload) {
            Ok(()) => self.claim.renew(self.app).await,
            Err(error) => Err(error),
        };
        match is_right {
            Ok(()) => writing.finish().await,
            Err(error) => writing.give_up(error).await,
        }
    }

    /// Shows it to the scanner, where there is one; it is held back until that has found it clean.
    async fn scanned(&self, place: &Path) -> Result<()> {
        let Some(scanner) = &self.app.config.media.scanner else { return Ok(()) };
        let reading = self.storage.read(place, None).await?;
        match scanner::judge(scanner, reading.bytes).await? {
            Verdict::Clean => Ok(()),
            Verdict::Harmful(name) => {
                self.claim.renew(self.app).await?;
                self.storage.remove(&key::variants(self.upload.workspace_id, self.upload.id)).await?;
                Err(Error::invalid("uploadId", format!("The scanner takes this file to be harmful: {name}.")))
            }
        }
    }
}

/// That every part is there, in its length.
async fn all_there(storage: &Storage, upload: &Model) -> Result<()> {
    let there = upload::received(storage, upload).await?;
    for (number, _, length) in parts(u64::try_from(upload.size).unwrap_or(0)) {
        if there.get(&number) != Some(&length) {
            return Err(Error::invalid("uploadId", format!("Part {number} is not there, or has not {length} bytes.")));
        }
    }
    Ok(())
}

/// A picture as a whole.
async fn whole(upload: &Model, mut head: BytesMut, coming: &mut Coming) -> Result<Bytes> {
    if u64::try_from(upload.size).is_ok_and(|size| size > PICTURE_MAX) {
        let why = format!("A picture has at most {}. Put it into an archive to send it.", words(PICTURE_MAX));
        return Err(Error::TooLarge(why));
    }
    while let Some(piece) = coming.next().await? {
        head.extend_from_slice(&piece);
    }
    coming.is_as_said(upload)?;
    Ok(head.freeze())
}

/// What a browser records of a voice alone comes in the containers of films.
fn heard(media_type: &'static str, kind: FileKind, is_voice: bool) -> (&'static str, FileKind) {
    match media_type {
        "video/webm" if is_voice => ("audio/webm", FileKind::Audio),
        "video/mp4" if is_voice => ("audio/mp4", FileKind::Audio),
        _ => (media_type, kind),
    }
}

/// A picture without what tells of who took it, its width and height, and whether it moves.
struct Cleaned {
    bytes: Bytes,
    dimensions: (u32, u32),
    is_animated: bool,
}

/// Cleans a picture. A bomb is found before it goes off.
async fn cleaned(bytes: Bytes, media_type: &'static str) -> Result<Cleaned> {
    let clean = move || {
        let limits = previews::Limits::default();
        let wrong =
            |why: &dyn std::fmt::Display| Error::invalid("uploadId", format!("This picture cannot be taken: {why}."));
        let dimensions = previews::dimensions(&bytes, media_type, &limits).map_err(|error| wrong(&error))?;
        let cleaned = previews::cleaned(&bytes, media_type).map_err(|error| wrong(&error))?;
        let is_animated = previews::is_animated(&cleaned, media_type);
        Ok(Cleaned { bytes: Bytes::from(cleaned), dimensions, is_animated })
    };
    tokio::task::spawn_blocking(clean).await.map_err(Error::internal)?
}

/// The bytes of all parts in their order, counted and hashed as they come.
struct Coming {
    bytes: stream::BoxStream<'static, Result<Bytes>>,
    hash: Sha256,
    count: u64,
}

impl Coming {
    fn of(storage: &Storage, upload: &Model) -> Self {
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

    /// That they are what was said before.
    fn is_as_said(&self, upload: &Model) -> Result<()> {
        if Some(self.count) != u64::try_from(upload.size).ok() {
            return Err(Error::invalid(
                "uploadId",
                format!("Expected {} bytes, as declared in `createUpload`.", upload.size),
            ));
        }
        let hash = self.hash.clone().finalize();
        if upload.sha256.as_deref().is_some_and(|said| said != hash.as_slice()) {
            return Err(Error::invalid("uploadId", "Its SHA-256 is not the one that was said. Put its parts again."));
        }
        Ok(())
    }
}
