//! Makes what can be made of files: previews, dimensions, length, waveform, the text of documents.
//!
//! It follows the log for files that were uploaded and notes them ([`tasks`]). Each is looked into by another process
//! with little memory and little time, at most [`AT_ONCE`] here at the same time, and of one account at most
//! [`SHARE`]; what comes of it is stored, and then said by an event. A file that cannot be looked into is said to be
//! ready as it is: nobody waits for it.

mod tasks;

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use previews::{Failure, Limits, Order, Outcome, Tools};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::sync::Notify;
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
use crate::id::{AccountId, CommandId, FileId, MemberId, WorkspaceId};
use crate::log::Submission;
use crate::log::follower::{self, Follower};
use crate::log::troubles::Troubles;
use crate::media::key::{self, Variant};
use crate::media::storage::Storage;
use crate::member::entity as member;

use tasks::{Task, Turns};

/// Files that are looked into at the same time.
const AT_ONCE: usize = 2;
/// Of these, files of one account.
const SHARE: usize = 1;
/// How often it is looked whether another process has noted a file.
const LOOK: Duration = Duration::from_secs(5);
/// How often, and after which pauses, it is tried to look into one.
const ATTEMPTS: u32 = 3;
const PAUSE: Duration = Duration::from_secs(1);
/// How often a file is tried that cannot be fetched, or of which nothing can be stored.
const TRIES: i32 = 5;
/// What is larger is not looked into: it would have to be fetched as a whole.
const BYTES_MAX: i64 = 1 << 30;

/// Follows the log, and looks into what it finds there, for ever.
pub async fn run(app: App, database: Database) {
    let noted = Notify::new();
    tokio::join!(follow(&app, &database, &noted), look(&app, &database, &noted));
}

async fn follow(app: &App, database: &Database, noted: &Notify) {
    let follower = Previews { database, noted };
    let process = CommandId::mint().0;
    let mut troubles = Troubles::default();
    let mut looks = app.wake.listen();
    loop {
        match follower::round(database, &follower, process, &mut troubles, &looks.take()).await {
            Ok(left) => looks.rest(left, Duration::ZERO, troubles.due()).await,
            Err(error) => {
                tracing::warn!(%error, "files were not noted for their previews");
                looks.rest_after_failure(PAUSE).await;
            }
        }
    }
}

struct Previews<'a> {
    database: &'a Database,
    noted: &'a Notify,
}

impl Follower for Previews<'_> {
    type Work = Vec<Task>;

    fn name(&self) -> &str {
        "previews"
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
            self.noted.notify_one();
        }
        Ok(())
    }
}

fn uploaded(event: &SharedEvent) -> Option<FileId> {
    match event.skeleton {
        Skeleton::FileUploaded { file_id, .. } => Some(file_id),
        _ => None,
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

/// Looks into the files that wait, some at the same time.
async fn look(app: &App, database: &Database, noted: &Notify) {
    let process = CommandId::mint().0;
    let mut turns = Turns::new(database.clone(), process, SHARE);
    let mut running = FuturesUnordered::new();
    loop {
        while running.len() < AT_ONCE {
            match turns.take().await {
                Ok(Some(task)) => running.push(async move {
                    look_into(app, database, process, &task).await;
                    task.account_id
                }),
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "it is not known which files wait for their previews");
                    break;
                }
            }
        }
        tokio::select! {
            Some(account_id) = running.next(), if !running.is_empty() => turns.give_back(account_id),
            () = noted.notified() => {}
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Looks into one file, or has it wait for another try.
async fn look_into(app: &App, database: &Database, process: Uuid, task: &Task) {
    let done = tokio::select! {
        done = describe(app, task) => done,
        lost = tasks::keep(database, process, task) => Err(lost),
    };
    let noted = match done {
        Ok(()) => tasks::end(database, task).await,
        Err(error) => {
            let attempts = task.attempts + i32::from(!error.is_passing());
            tracing::warn!(%error, file = %task.file_id, attempts, "a file was not looked into");
            tasks::again(database, task, attempts, PAUSE * 10).await
        }
    };
    if let Err(error) = noted {
        tracing::warn!(%error, file = %task.file_id, "a file will be looked into again");
    }
}

/// Makes what can be made, and says it. That is the server's own doing, and nobody's command.
async fn describe(app: &App, task: &Task) -> Result<()> {
    let Task { workspace_id, file_id, .. } = *task;
    let snapshot = app.database.snapshot(Scope::Workspace(workspace_id)).await?;
    let row = file::Entity::find_by_id((workspace_id, file_id)).one(&snapshot).await?;
    drop(snapshot);
    let Some(file) = row.and_then(|row| row.described()).filter(|file| file.made.is_none()) else { return Ok(()) };
    let made = if task.attempts < TRIES { make(app, workspace_id, &file).await? } else { Made::default() };
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
