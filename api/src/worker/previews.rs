//! Makes what can be made of files: previews, dimensions, length, waveform, the text of documents.
//!
//! It follows the log for files that were uploaded. Each is looked into by another process with little memory and
//! little time, at most [`AT_ONCE`] here at the same time; what comes of it is stored, and then said by an event.
//! A file that cannot be looked into is said to be ready as it is: nobody waits for it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use previews::{Failure, Limits, Order, Outcome, Tools};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

use crate::app::App;
use crate::db::many::among;
use crate::db::{Database, Scope, Transaction};
use crate::error::{Error, Result};
use crate::event::{SharedEvent, Skeleton};
use crate::file::command::Command;
use crate::file::description::{Description, Made, Preview};
use crate::file::entity::{file, file_text, upload};
use crate::file::kind::FileKind;
use crate::id::{AccountId, CommandId, FileId, WorkspaceId};
use crate::log::follower::{self, Follower};
use crate::log::troubles::Troubles;
use crate::log::{Submission, reader};
use crate::media::key::{self, Variant};
use crate::media::storage::Storage;

/// Files that are looked into at the same time.
const AT_ONCE: usize = 2;
/// Files of one run, so that no workspace keeps another waiting for long.
const OF_A_RUN: usize = 8;
/// How often, and after which pauses, it is tried to look into one.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// What is larger is not looked into: it would have to be fetched as a whole.
const BYTES_MAX: i64 = 1 << 30;

/// Follows the log for ever.
pub async fn run(app: App, database: Database) {
    let follower = Previews { app: app.clone() };
    let process = CommandId::mint().0;
    let mut troubles = Troubles::default();
    let mut wakes = app.wake.listen();
    loop {
        match follower::round(&database, &follower, process, &mut troubles).await {
            Ok(true) => {}
            Ok(false) => reader::rest(&mut wakes, Duration::ZERO, troubles.due()).await,
            Err(error) => {
                tracing::warn!(%error, "previews could not be made");
                reader::rest(&mut wakes, PAUSE, None).await;
            }
        }
    }
}

struct Previews {
    app: App,
}

impl Follower for Previews {
    type Work = Vec<(WorkspaceId, Description)>;

    fn name(&self) -> &str {
        "previews"
    }

    fn run_of(&self, events: &[SharedEvent]) -> usize {
        let mut files = 0;
        let is_enough = |event: &SharedEvent| {
            files += usize::from(matches!(event.skeleton, Skeleton::FileUploaded { .. }));
            files == OF_A_RUN
        };
        events.iter().position(is_enough).map_or(events.len(), |at| at + 1)
    }

    async fn read(&self, snapshot: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        let ids: Vec<FileId> = events.iter().filter_map(uploaded).collect();
        let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !ids.is_empty()) else {
            return Ok(Vec::new());
        };
        let rows = file::Entity::find()
            .filter(file::Column::WorkspaceId.eq(workspace_id))
            .filter(among(snapshot, file::Column::Id, ids))
            .all(snapshot)
            .await?;
        // What was removed, or is described already, is done.
        let described = rows.iter().filter_map(file::Model::described).filter(|described| described.made.is_none());
        Ok(described.map(|described| (workspace_id, described)).collect())
    }

    async fn work(&self, files: Self::Work) -> Result<()> {
        let work = files.into_iter().map(|(workspace_id, file)| async move {
            let made = make(&self.app, workspace_id, &file).await?;
            describe(&self.app, workspace_id, file.id, made).await
        });
        stream::iter(work).buffer_unordered(AT_ONCE).try_collect::<Vec<()>>().await.map(drop)
    }
}

fn uploaded(event: &SharedEvent) -> Option<FileId> {
    match event.skeleton {
        Skeleton::FileUploaded { file_id, .. } => Some(file_id),
        _ => None,
    }
}

/// Says what was made. It is the server's own doing, and nobody's command.
async fn describe(app: &App, workspace_id: WorkspaceId, file_id: FileId, made: Made) -> Result<()> {
    let submission = Submission {
        workspace_id,
        account_id: AccountId(Uuid::nil()),
        command_id: CommandId::mint().0,
        command: Command::Describe { file_id, made }.into(),
    };
    app.give(submission).await.map(drop)
}

/// Makes and stores what can be made of a file.
async fn make(app: &App, workspace_id: WorkspaceId, file: &Description) -> Result<Made> {
    if file.kind == FileKind::Other || file.size > BYTES_MAX {
        return Ok(Made::default());
    }
    let storage = app.media.storage()?;
    let scratch = tempfile::tempdir().map_err(Error::internal)?;
    let input = match fetch(storage, workspace_id, file, &scratch).await {
        Ok(input) => input,
        // It was removed meanwhile.
        Err(Error::NotFound(_)) => return Ok(Made::default()),
        Err(error) => return Err(error),
    };
    let output = scratch.path().join("made");
    std::fs::create_dir(&output).map_err(Error::internal)?;
    let program = match &app.config.media.previews_program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(Error::internal)?,
    };
    let order = Order { input: &input, media_type: &file.media_type, output: &output };
    let made = tried(&program, &app.media.tools, &order).await;
    let word = if made.is_ok() { "made" } else { "failed" };
    metrics::counter!("confab_previews_total", "outcome" => word).increment(1);
    match made {
        Ok(outcome) => store(app, storage, workspace_id, file.id, &output, outcome).await,
        Err(error) => {
            tracing::info!(%error, file = %file.id, media_type = file.media_type, "nothing is made of a file");
            Ok(Made::default())
        }
    }
}

/// Looks into a file. What is not its fault, such as too many open files, is tried again, but nobody waits for ever.
async fn tried(program: &Path, tools: &Tools, order: &Order<'_>) -> Result<Outcome, Failure> {
    for _ in 1..ATTEMPTS {
        match previews::make(program, tools, *order, &Limits::default()).await {
            Err(Failure::Io(error)) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, "a file could not be looked into");
            }
            done => return done,
        }
        tokio::time::sleep(PAUSE).await;
    }
    previews::make(program, tools, *order, &Limits::default()).await
}

/// A path at which a file can be read.
async fn fetch(storage: &Storage, workspace_id: WorkspaceId, file: &Description, scratch: &TempDir) -> Result<PathBuf> {
    let place = key::variant(workspace_id, file.id, Variant::Original);
    if let Some(path) = storage.file_of(&place) {
        storage.size(&place).await?;
        return Ok(path);
    }
    let path = scratch.path().join("original");
    let mut copy = tokio::fs::File::create(&path).await.map_err(Error::internal)?;
    let mut reading = storage.read(&place, None).await?;
    while let Some(piece) = reading.bytes.next().await {
        copy.write_all(&piece?).await.map_err(Error::internal)?;
    }
    copy.flush().await.map_err(Error::internal)?;
    Ok(path)
}

async fn store(
    app: &App,
    storage: &Storage,
    workspace_id: WorkspaceId,
    file_id: FileId,
    output: &std::path::Path,
    outcome: Outcome,
) -> Result<Made> {
    let mut made = Vec::new();
    for preview in outcome.previews {
        let bytes = tokio::fs::read(output.join(&preview.file)).await.map_err(Error::internal)?;
        let kept = Preview {
            is_large: preview.size == previews::Size::Large,
            width: preview.width,
            height: preview.height,
            media_type: preview.media_type,
        };
        storage.put(&key::variant(workspace_id, file_id, kept.variant()), Bytes::from(bytes)).await?;
        made.push(kept);
    }
    if let Some(text) = outcome.text.filter(|text| !text.trim().is_empty()) {
        keep_text(app, workspace_id, file_id, text).await?;
    }
    Ok(Made {
        dimensions: outcome.width.zip(outcome.height),
        duration_ms: outcome.duration_ms.and_then(|ms| i64::try_from(ms).ok()),
        thumbhash: outcome.thumbhash.map(|hash| STANDARD.encode(hash)),
        waveform: outcome.waveform,
        previews: made,
    })
}

async fn keep_text(app: &App, workspace_id: WorkspaceId, file_id: FileId, text: String) -> Result<()> {
    let transaction = app.database.write(Scope::Workspace(workspace_id)).await?;
    // What was removed meanwhile leaves no text behind: its row is held until the text is there.
    let held = upload::Entity::update_many()
        .col_expr(upload::Column::State, Expr::value(upload::State::Stored))
        .filter(upload::Column::WorkspaceId.eq(workspace_id))
        .filter(upload::Column::Id.eq(file_id))
        .filter(upload::Column::State.eq(upload::State::Stored))
        .exec(&transaction)
        .await?;
    if held.rows_affected == 0 {
        return Ok(());
    }
    // Postgres takes no NUL.
    let text = text.replace('\0', " ");
    let row = file_text::ActiveModel { workspace_id: Set(workspace_id), file_id: Set(file_id), text: Set(text) };
    let key = [file_text::Column::WorkspaceId, file_text::Column::FileId];
    file_text::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).update_column(file_text::Column::Text).to_owned())
        .exec_without_returning(&transaction)
        .await?;
    Ok(transaction.commit().await?)
}
