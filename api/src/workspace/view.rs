//! A view: what one person may see of one workspace, at one number of its log.
//!
//! It is a fork of the `Workspace` folded exactly to `seq`, together with one snapshot of the database
//! at that same number. Everything that a query answers comes through a view, and a view exists only for
//! a member: whoever has one may read, whoever has not got `NOT_FOUND`.

use std::ops::Deref;
use std::sync::Arc;

use tokio::sync::{Mutex, MutexGuard};

use super::state::{Channel, Member, Workspace};
use crate::app::App;
use crate::budget::Owner;
use crate::channel::command::readable;
use crate::db::{Scope, Transaction};
use crate::error::{Error, Result};
use crate::event::{Seq, SharedEvent};
use crate::gate::Pass;
use crate::id::{ChannelId, WorkspaceId};
use crate::log::command::acting;
use crate::log::{Receipt, read};
use crate::viewer::Viewer;

/// One member's view.
pub struct View {
    app: App,
    viewer: Viewer,
    workspace: Workspace,
    me: Member,
    snapshot: Option<Mutex<Transaction>>,
    /// Held as long as the snapshot.
    _pass: Option<Pass<Owner>>,
}

/// A channel that the viewer may read. Only a view makes one.
#[derive(Debug, Clone)]
pub struct ReadableChannel {
    channel: Arc<Channel>,
    entered: bool,
}

impl ReadableChannel {
    /// The channel.
    pub fn channel(&self) -> &Arc<Channel> {
        &self.channel
    }

    /// Whether the viewer is in it.
    pub fn entered(&self) -> bool {
        self.entered
    }
}

/// A snapshot of the database in the hand of one statement.
pub enum Snapshot<'a> {
    Held(MutexGuard<'a, Transaction>),
    /// With its place among all snapshots, unless its view has one.
    Own(Box<(Transaction, Option<Pass<Owner>>)>),
}

impl Deref for Snapshot<'_> {
    type Target = Transaction;

    fn deref(&self) -> &Transaction {
        match self {
            Self::Held(held) => held,
            Self::Own(own) => &own.0,
        }
    }
}

impl View {
    /// Opens a view at the number where the log stands now, when it is the viewer's turn.
    ///
    /// # Errors
    /// `NOT_FOUND` unless the viewer is a member; `RATE_LIMITED` and `UNAVAILABLE` where too much waits for a turn.
    pub async fn open(app: &App, viewer: &Viewer, workspace_id: WorkspaceId) -> Result<Arc<Self>> {
        let pass = app.gates.snapshots.enter(Owner::Account(viewer.account_id)).await?;
        // Forked before the snapshot: memory is never ahead of the database, so what is missing is
        // read from the same snapshot and the two agree to the number.
        let room = app.rooms.get(workspace_id).await?;
        let mut workspace = room.fork();
        let scope = Scope::Member(workspace_id, viewer.account_id);
        let snapshot = match app.database.snapshot(scope).await.map_err(Error::from) {
            Ok(snapshot) => snapshot,
            // What is in memory can be read for as long as it may be trusted.
            Err(Error::Away(_)) if app.rooms.fresh().is_fresh() => {
                return Ok(Arc::new(Self::of_memory(app, viewer, workspace)?));
            }
            Err(error) => return Err(error),
        };
        let last_seq = read::last_seq(&snapshot, workspace_id).await.inspect_err(|error| room.note(error))?;
        let last_seq = last_seq.ok_or(Error::NotFound("workspace"))?;
        let missed = missed(&snapshot, &workspace, last_seq).await.inspect_err(|error| room.note(error))?;
        missed.iter().for_each(|event| workspace.fold(event));
        let me = looking(&workspace, viewer)?;
        let (snapshot, _pass) = (Some(Mutex::new(snapshot)), Some(pass));
        Ok(Arc::new(Self { app: app.clone(), viewer: *viewer, workspace, me, snapshot, _pass }))
    }

    /// Begins a transaction for what a request writes beside the log: when it is the viewer's turn, and after the
    /// commands that wait for SQLite's one writer.
    ///
    /// # Errors
    /// `RATE_LIMITED` and `UNAVAILABLE` where too much waits for a turn, or when the database does not answer.
    pub async fn write(&self) -> Result<(Pass<Owner>, Transaction)> {
        let turn = self.app.gates.writes.enter(Owner::Account(self.viewer.account_id)).await?;
        self.app.rooms.commands_first().await;
        Ok((turn, self.app.database.write(Scope::Workspace(self.id())).await?))
    }

    /// Does something with a view of what is in memory now, for writes that only need to know who may. The
    /// database is asked only if something needs it. What is refused is tried once more if another process
    /// has written what this one had not heard of.
    ///
    /// # Errors
    /// `NOT_FOUND` unless the viewer is a member, and those of `work`.
    pub async fn in_memory<T, F>(
        app: &App,
        viewer: &Viewer,
        workspace_id: WorkspaceId,
        work: impl Fn(Arc<Self>) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        let room = app.rooms.get(workspace_id).await?;
        let attempt = async |workspace: Workspace| match Self::of_memory(app, viewer, workspace) {
            Ok(view) => work(Arc::new(view)).await,
            Err(error) => Err(error),
        };
        let workspace = room.fork();
        let seq = workspace.seq;
        match attempt(workspace).await {
            Err(Error::NotFound(_) | Error::Forbidden(_) | Error::Invalid { .. }) if room.refresh().await? > seq => {
                attempt(room.fork()).await
            }
            done => done,
        }
    }

    fn of_memory(app: &App, viewer: &Viewer, workspace: Workspace) -> Result<Self> {
        let me = looking(&workspace, viewer)?;
        Ok(Self { app: app.clone(), viewer: *viewer, workspace, me, snapshot: None, _pass: None })
    }

    /// The view right after a command of the viewer. The database is asked only if something needs it.
    ///
    /// # Errors
    /// `NOT_FOUND` if the viewer is no longer a member.
    pub fn after(app: &App, viewer: &Viewer, receipt: &Receipt) -> Result<Arc<Self>> {
        Ok(Arc::new(Self::of_memory(app, viewer, receipt.workspace.clone())?))
    }

    /// The server.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// Who looks.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The workspace in memory. Channels in it must be asked for by [`View::channel`].
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The workspace's id.
    pub fn id(&self) -> WorkspaceId {
        self.workspace.id
    }

    /// The number that everything in this view is at.
    pub fn seq(&self) -> Seq {
        self.workspace.seq
    }

    /// The member who looks.
    pub fn me(&self) -> &Member {
        &self.me
    }

    /// The snapshot. A view that was opened has one for its whole life, on which statements run one after
    /// another; one in memory takes a new one each time and lets it go, so that many can live at once. Nobody asks for
    /// a second one while they hold one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn snapshot(&self) -> Result<Snapshot<'_>> {
        match &self.snapshot {
            Some(held) => Ok(Snapshot::Held(held.lock().await)),
            None => self.now().await,
        }
    }

    /// A snapshot of the database as it is now, and not at the number of the view. A view in memory waits until it is
    /// its viewer's turn, and is not refused: something may have been written for it, and how many wait is bounded by
    /// the gate of what they belong to.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn now(&self) -> Result<Snapshot<'_>> {
        let owner = Owner::Account(self.viewer.account_id);
        let pass = match self.snapshot {
            Some(_) => None,
            None => Some(self.app.gates.snapshots.wait(owner).await),
        };
        let snapshot = self.app.database.snapshot(Scope::Member(self.id(), self.viewer.account_id)).await?;
        Ok(Snapshot::Own(Box::new((snapshot, pass))))
    }

    /// A channel that the viewer may read.
    ///
    /// # Errors
    /// `NOT_FOUND` otherwise.
    pub fn channel(&self, id: ChannelId) -> Result<ReadableChannel> {
        let channel = readable(&self.workspace, &self.me, id)?;
        Ok(ReadableChannel { entered: self.workspace.is_in(&self.me, channel), channel: channel.clone() })
    }

    /// The channels that the viewer is in.
    pub fn my_channels(&self) -> impl Iterator<Item = ReadableChannel> {
        let mine = self.workspace.channels_of(self.me.id);
        mine.map(|channel| ReadableChannel { channel: channel.clone(), entered: true })
    }
}

/// What memory has yet to hear of, up to the number of the snapshot.
async fn missed(snapshot: &Transaction, workspace: &Workspace, last_seq: Seq) -> Result<Vec<SharedEvent>> {
    let (id, seq) = (workspace.id, workspace.seq);
    if seq < last_seq && read::after(snapshot, id, seq, 1).await?.is_empty() {
        // They are no member, or no longer: the snapshot shows them nothing.
        return Err(Error::NotFound("workspace"));
    }
    read::missed(snapshot, id, seq, last_seq).await
}

/// Who looks: the first wall. The feature `without_checks` takes it away and lets strangers look as the
/// owner, to show that the second one stands.
fn looking(workspace: &Workspace, viewer: &Viewer) -> Result<Member> {
    let found = acting(workspace, viewer.account_id);
    #[cfg(feature = "without_checks")]
    let found = found.or_else(|refused| {
        let mut members = workspace.members().map(AsRef::as_ref);
        members.find(|member| member.role == crate::member::Role::Owner).ok_or(refused)
    });
    found.cloned()
}
