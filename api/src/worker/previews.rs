//! Processes uploaded files: generates previews and extracts dimensions, duration, waveform and document text.
//!
//! A follower of the log finds uploaded files and queues them as [`tasks`]. Each file is processed in a separate
//! process with limited memory and time, at most [`MAX_CONCURRENT`] concurrently in this process and at most
//! [`MAX_CONCURRENT_PER_ACCOUNT`] per account. The results are stored and then published by an event. A file that
//! cannot be processed is published without results, so that clients do not wait for it.

mod tasks;

use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use previews::{Failure, Limits, Outcome, PreviewRequest, Tools};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::adapter::media::storage::Storage;
use crate::app::App;
use crate::chat::file::describe::DescribeFile;
use crate::ground::db::batch_query::among;
use crate::ground::db::{Database, Scope, Transaction};
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, CommandId, FileId, MemberId, WorkspaceId};
use crate::log::Submission;
use crate::log::follower::{self, Follower};
use crate::log::retries::Retries;
use crate::model::event::SharedEvent;
use crate::model::file::description::{Derivatives, Description, Preview};
use crate::model::file::entity::{file, file_text, upload};
use crate::model::file::key::{self, Variant};
use crate::model::file::kind::FileKind;
use crate::model::member::entity as member;

use tasks::{Task, TaskQueue};

/// Maximum number of files processed concurrently.
const MAX_CONCURRENT: usize = 2;
/// Maximum number of these that belong to one account.
const MAX_CONCURRENT_PER_ACCOUNT: usize = 1;
/// How often to check for tasks queued by other processes.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Attempts per run of the preview program, and the delay between them.
const MAX_PROGRAM_ATTEMPTS: u32 = 3;
const RETRY_DELAY: Duration = Duration::from_secs(1);
/// Attempts per file that cannot be fetched or whose results cannot be stored.
const MAX_FILE_ATTEMPTS: i32 = 5;
/// Maximum size of a processed file, in bytes. A file must be fetched completely.
const MAX_FILE_BYTES: i64 = 1 << 30;

/// Follows the log and processes uploaded files forever.
pub async fn run(app: App, database: Database) {
    let queued = Notify::new();
    tokio::join!(follow(&app, &database, &queued), process_queued(&app, &database, &queued));
}

async fn follow(app: &App, database: &Database, queued: &Notify) {
    let follower = Previews { database, queued };
    let process = CommandId::mint().0;
    let mut retries = Retries::default();
    let mut schedule = app.readers.subscribe();
    loop {
        match follower::poll(database, &follower, process, &mut retries, &schedule.take()).await {
            Ok(remaining) => schedule.wait(remaining, Duration::ZERO, retries.next_due()).await,
            Err(error) => {
                tracing::warn!(%error, "failed to queue files for processing; retrying");
                schedule.wait_after_failure(RETRY_DELAY).await;
            }
        }
    }
}

struct Previews<'a> {
    database: &'a Database,
    queued: &'a Notify,
}

impl Follower for Previews<'_> {
    type Work = Vec<Task>;

    fn name(&self) -> &str {
        "previews"
    }

    async fn read(&self, snapshot: &Transaction, events: &[SharedEvent]) -> Result<Self::Work> {
        let ids: HashSet<FileId> = events.iter().filter_map(|event| event.skeleton.file_id()).collect();
        let Some(workspace_id) = events.first().map(|event| event.workspace_id).filter(|_| !ids.is_empty()) else {
            return Ok(Vec::new());
        };
        let rows = file::Entity::find()
            .filter(file::Column::WorkspaceId.eq(workspace_id))
            .filter(among(snapshot, file::Column::Id, ids))
            .all(snapshot)
            .await?;
        // Removed and already processed files are skipped.
        let waiting = rows.iter().filter_map(file::Model::described).filter(|described| described.made.is_none());
        let waiting: Vec<(FileId, MemberId)> = waiting.map(|file| (file.id, file.uploader_id)).collect();
        let accounts = accounts(snapshot, workspace_id, waiting.iter().map(|(_, uploader_id)| *uploader_id)).await?;
        let task = |(file_id, uploader_id)| {
            let account_id = accounts.get(&uploader_id).copied().unwrap_or(AccountId(Uuid::nil()));
            Task { workspace_id, file_id, account_id, attempts: 0 }
        };
        Ok(waiting.into_iter().map(task).collect())
    }

    async fn work(&self, tasks: Self::Work) -> Result<()> {
        for task in tasks {
            tasks::add(self.database, task).await?;
            self.queued.notify_one();
        }
        Ok(())
    }
}

async fn accounts(
    snapshot: &Transaction,
    workspace_id: WorkspaceId,
    members: impl Iterator<Item = MemberId>,
) -> Result<HashMap<MemberId, AccountId>> {
    let rows = member::Entity::find()
        .filter(member::Column::WorkspaceId.eq(workspace_id))
        .filter(among(snapshot, member::Column::Id, members))
        .all(snapshot)
        .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.account_id)).collect())
}

/// Processes queued files, several concurrently.
async fn process_queued(app: &App, database: &Database, queued: &Notify) {
    let owner = CommandId::mint().0;
    let mut queue = TaskQueue::new(database.clone(), owner, MAX_CONCURRENT_PER_ACCOUNT);
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < MAX_CONCURRENT {
            match queue.take().await {
                Ok(Some(task)) => running.push(async move {
                    process(app, database, owner, &task).await;
                    task.account_id
                }),
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "failed to read queued files");
                    break;
                }
            }
        }
        tokio::select! {
            Some(account_id) = running.next(), if !running.is_empty() => queue.finish(account_id),
            () = queued.notified() => {}
            () = tokio::time::sleep(POLL_INTERVAL) => {}
        }
    }
}

/// Processes one file, or schedules a retry.
async fn process(app: &App, database: &Database, process: Uuid, task: &Task) {
    let result = tokio::select! {
        result = describe(app, task) => result,
        failure = tasks::keep_renewed(database, process, task) => Err(failure),
    };
    let recorded = match result {
        Ok(()) => tasks::complete(database, task).await,
        Err(error) => {
            let attempts = task.attempts + i32::from(!error.is_transient());
            tracing::warn!(%error, file = %task.file_id.0, attempts, "failed to process a file; retrying");
            tasks::reschedule(database, task, attempts, RETRY_DELAY * 10).await
        }
    };
    if let Err(error) = recorded {
        tracing::warn!(%error, file = %task.file_id.0, "failed to record a file result; processing it again later");
    }
}

/// Processes a file and publishes the result. The command is issued by the server itself, without an account.
async fn describe(app: &App, task: &Task) -> Result<()> {
    let Task { workspace_id, file_id, .. } = *task;
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let row = file::Entity::find_by_id((workspace_id, file_id)).one(&snapshot).await?;
    drop(snapshot);
    let Some(file) = row.and_then(|row| row.described()).filter(|file| file.made.is_none()) else { return Ok(()) };
    let made =
        if task.attempts < MAX_FILE_ATTEMPTS { make(app, workspace_id, &file).await? } else { Derivatives::default() };
    let submission = Submission {
        workspace_id,
        account_id: AccountId(Uuid::nil()),
        command_id: CommandId::mint().0,
        command: Arc::new(DescribeFile { file_id, made }),
    };
    app.dispatch(submission).await.map(drop)
}

/// Generates and stores the results of a file.
async fn make(app: &App, workspace_id: WorkspaceId, file: &Description) -> Result<Derivatives> {
    if file.kind == FileKind::Other || file.size > MAX_FILE_BYTES {
        return Ok(Derivatives::default());
    }
    let storage = app.media.storage()?;
    let scratch = tempfile::tempdir().map_err(Error::internal)?;
    let input = match fetch(storage, workspace_id, file, &scratch).await {
        Ok(input) => input,
        // The file was removed meanwhile.
        Err(Error::NotFound(_)) => return Ok(Derivatives::default()),
        Err(error) => return Err(error),
    };
    let output = scratch.path().join("output");
    std::fs::create_dir(&output).map_err(Error::internal)?;
    let program = match &app.config.media.previews_program {
        Some(program) => program.clone(),
        None => std::env::current_exe().map_err(Error::internal)?,
    };
    let request = PreviewRequest { input: &input, media_type: &file.media_type, output: &output };
    let result = run_program(&program, &app.media.tools, &request).await;
    let outcome = if result.is_ok() { "succeeded" } else { "failed" };
    metrics::counter!("confab_previews_total", "outcome" => outcome).increment(1);
    match result {
        Ok(outcome) => store(app, storage, workspace_id, file.id, &output, outcome).await,
        Err(error) => {
            tracing::info!(%error, file = %file.id.0, media_type = file.media_type, "file cannot be processed");
            Ok(Derivatives::default())
        }
    }
}

/// Runs the preview program. Retries a bounded number of times on errors unrelated to the file, such as too many open
/// files.
async fn run_program(program: &Path, tools: &Tools, request: &PreviewRequest<'_>) -> Result<Outcome, Failure> {
    for _ in 1..MAX_PROGRAM_ATTEMPTS {
        match previews::process_file(program, tools, *request, &Limits::default()).await {
            Err(Failure::Io(error)) if error.kind() != ErrorKind::NotFound => {
                tracing::warn!(%error, "failed to run the preview program; retrying");
            }
            result => return result,
        }
        tokio::time::sleep(RETRY_DELAY).await;
    }
    previews::process_file(program, tools, *request, &Limits::default()).await
}

/// Returns a path from which the file can be read.
async fn fetch(storage: &Storage, workspace_id: WorkspaceId, file: &Description, scratch: &TempDir) -> Result<PathBuf> {
    let key = key::variant(workspace_id, file.id, Variant::Original);
    if let Some(path) = storage.local_file(&key) {
        storage.size(&key).await?;
        return Ok(path);
    }
    let path = scratch.path().join("original");
    let mut copy = tokio::fs::File::create(&path).await.map_err(Error::internal)?;
    let mut reader = storage.read(&key, None).await?;
    while let Some(piece) = reader.bytes.next().await {
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
) -> Result<Derivatives> {
    let mut stored_previews = Vec::new();
    for preview in outcome.previews {
        let bytes = tokio::fs::read(output.join(&preview.file)).await.map_err(Error::internal)?;
        let stored = Preview {
            is_large: preview.size == previews::Size::Large,
            width: preview.width,
            height: preview.height,
            media_type: preview.media_type,
        };
        storage.put(&key::variant(workspace_id, file_id, stored.variant()), Bytes::from(bytes)).await?;
        stored_previews.push(stored);
    }
    if let Some(text) = outcome.text.filter(|text| !text.trim().is_empty()) {
        store_text(app, workspace_id, file_id, text).await?;
    }
    Ok(Derivatives {
        dimensions: outcome.width.zip(outcome.height),
        duration_ms: outcome.duration_ms.and_then(|ms| i64::try_from(ms).ok()),
        thumbhash: outcome.thumbhash.map(|hash| STANDARD.encode(hash)),
        waveform: outcome.waveform,
        previews: stored_previews,
    })
}

async fn store_text(app: &App, workspace_id: WorkspaceId, file_id: FileId, text: String) -> Result<()> {
    let transaction = app.database.write(Scope::Workspace(workspace_id)).await?;
    // Locks the upload row until the text is stored, so that a file removed meanwhile leaves no text behind.
    let update = upload::Entity::update_many()
        .col_expr(upload::Column::State, Expr::value(upload::State::Stored))
        .filter(upload::Column::WorkspaceId.eq(workspace_id))
        .filter(upload::Column::Id.eq(file_id))
        .filter(upload::Column::State.eq(upload::State::Stored))
        .exec(&transaction)
        .await?;
    if update.rows_affected == 0 {
        return Ok(());
    }
    // Postgres rejects NUL characters.
    let text = text.replace('\0', " ");
    let row = file_text::ActiveModel { workspace_id: Set(workspace_id), file_id: Set(file_id), text: Set(text) };
    let key = [file_text::Column::WorkspaceId, file_text::Column::FileId];
    file_text::Entity::insert(row)
        .on_conflict(OnConflict::columns(key).update_column(file_text::Column::Text).to_owned())
        .exec_without_returning(&transaction)
        .await?;
    Ok(transaction.commit().await?)
}
