//! A view: what one member may see of one workspace, at one sequence number of its log.
//!
//! It combines a fork of the `Workspace` at exactly `seq` with a database snapshot at the same sequence number. All
//! query results come through a view, and a view exists only for a member: everyone else gets `NOT_FOUND`. A view of
//! in-memory state serves commands; what it reads from the database may be newer.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::memberships;
use super::snapshot::{SharedSnapshot, Snapshot};
use crate::app::App;
use crate::chat::channel::access::require_readable;
use crate::ground::budget::Owner;
use crate::ground::db::{Scope, Transaction};
use crate::ground::error::{Error, Result};
use crate::ground::fair_semaphore::FairPermit;
use crate::ground::id::{ChannelId, WorkspaceId};
use crate::log::command::require_member;
use crate::log::{Receipt, read};
use crate::model::event::Seq;
use crate::model::viewer::Viewer;
use crate::model::workspace::state::{Channel, Member, Workspace};

/// The view of one member.
pub struct View {
    app: App,
    viewer: Viewer,
    workspace: Workspace,
    me: Member,
    /// `None` for a view of in-memory state.
    snapshot: Option<Arc<SharedSnapshot>>,
}

/// The result of opening each of several workspaces.
pub type Views = HashMap<WorkspaceId, Result<Arc<View>>>;

/// A channel that the viewer may read. Only created by a view.
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

    /// Whether the viewer is a member of the channel.
    pub fn entered(&self) -> bool {
        self.entered
    }
}

impl View {
    /// Opens a view at the current head of the log. Waits for a snapshot permit of the viewer.
    ///
    /// # Errors
    /// Returns `NOT_FOUND` if the viewer is not a member, `RATE_LIMITED` or `UNAVAILABLE` if too many requests wait for
    /// a permit.
    pub async fn open(app: &App, viewer: &Viewer, id: WorkspaceId) -> Result<Arc<Self>> {
        let opened = Self::open_all(app, viewer, &HashSet::from([id])).await?.remove(&id);
        opened.unwrap_or(Err(Error::NotFound("workspace")))
    }

    /// Opens views of several workspaces at one snapshot, each at the head of its log in it. Omits those of which the
    /// viewer is not a member; nothing of them is loaded.
    ///
    /// # Errors
    /// Returns `RATE_LIMITED` or `UNAVAILABLE` if too many requests wait for a permit.
    pub async fn open_all(app: &App, viewer: &Viewer, ids: &HashSet<WorkspaceId>) -> Result<Views> {
        let permit = app.semaphores.snapshots.acquire(Owner::Account(viewer.account_id)).await?;
        let mut views = Views::new();
        // Forked before the snapshot is taken. Memory is never ahead of the database, so missing events can be read
        // from the same snapshot and both agree on the sequence number.
        let mut forks = Vec::new();
        for id in memberships::of(app, viewer.account_id, ids).await? {
            match app.logs.get(id).await {
                Ok(log) => forks.push((log.fork(), log)),
                Err(Error::NotFound(_)) => {}
                Err(error) => {
                    views.insert(id, Err(error));
                }
            }
        }
        let Some((first, _)) = forks.first() else { return Ok(views) };
        let open = |workspace: Workspace, snapshot: Option<&Arc<SharedSnapshot>>| -> Result<Arc<Self>> {
            Ok(Arc::new(Self::new(app, viewer, workspace, snapshot.cloned())?))
        };
        let snapshot = match SharedSnapshot::begin(app, viewer.account_id, first.id, permit).await {
            Ok(snapshot) => Arc::new(snapshot),
            // In-memory state can be read while it is known to be current.
            Err(Error::DependencyUnavailable(_)) if app.logs.fresh().is_fresh() => {
                views.extend(forks.into_iter().map(|(workspace, _)| (workspace.id, open(workspace, None))));
                return Ok(views);
            }
            Err(error) => return Err(error),
        };
        let mut last_seqs = {
            let transaction = snapshot.enter(first.id).await?;
            read::last_seqs(&*transaction, forks.iter().map(|(workspace, _)| workspace.id)).await?
        };
        for (workspace, log) in forks {
            let id = workspace.id;
            let last_seq = last_seqs.remove(&id).unwrap_or(Err(Error::NotFound("workspace")));
            let current = advance(&snapshot, workspace, last_seq).await.inspect_err(|error| log.observe_error(error));
            views.insert(id, current.and_then(|workspace| open(workspace, Some(&snapshot))));
        }
        views.retain(|_, view| !matches!(view, Err(Error::NotFound(_))));
        Ok(views)
    }

    /// Starts a transaction for a write outside the log. Waits for a write permit of the viewer, and on SQLite for
    /// pending commands.
    ///
    /// # Errors
    /// Returns `RATE_LIMITED` or `UNAVAILABLE` if too many requests wait for a permit, or an error if the database does
    /// not respond.
    pub async fn write(&self) -> Result<(FairPermit<Owner>, Transaction)> {
        let permit = self.app.semaphores.writes.acquire(Owner::Account(self.viewer.account_id)).await?;
        self.app.logs.yield_to_commands().await;
        Ok((permit, self.app.database.write(Scope::Workspace(self.id())).await?))
    }

    /// Runs `work` with a view of in-memory state, for writes that only need to check permissions. Queries the database
    /// only if needed. If `work` is rejected, and another process has written events that this one had not received, it
    /// runs once more.
    ///
    /// # Errors
    /// Returns `NOT_FOUND` if the viewer is not a member, and the errors of `work`.
    pub async fn in_memory<T, F>(
        app: &App,
        viewer: &Viewer,
        workspace_id: WorkspaceId,
        work: impl Fn(Arc<Self>) -> F,
    ) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        memberships::require(app, viewer.account_id, workspace_id).await?;
        let log = app.logs.get(workspace_id).await?;
        let attempt = async |workspace: Workspace| match Self::from_memory(app, viewer, workspace) {
            Ok(view) => work(Arc::new(view)).await,
            Err(error) => Err(error),
        };
        let workspace = log.fork();
        let seq = workspace.seq;
        match attempt(workspace).await {
            Err(Error::NotFound(_) | Error::Forbidden(..) | Error::Invalid { .. }) if log.refresh().await? > seq => {
                attempt(log.fork()).await
            }
            result => result,
        }
    }

    fn from_memory(app: &App, viewer: &Viewer, workspace: Workspace) -> Result<Self> {
        Self::new(app, viewer, workspace, None)
    }

    fn new(app: &App, viewer: &Viewer, workspace: Workspace, snapshot: Option<Arc<SharedSnapshot>>) -> Result<Self> {
        let me = require_viewer_member(&workspace, viewer)?;
        Ok(Self { app: app.clone(), viewer: *viewer, workspace, me, snapshot })
    }

    /// Returns the view right after a command of the viewer. Queries the database only if needed.
    ///
    /// # Errors
    /// Returns `NOT_FOUND` if the viewer is no longer a member.
    pub fn after(app: &App, viewer: &Viewer, receipt: &Receipt) -> Result<Arc<Self>> {
        Ok(Arc::new(Self::from_memory(app, viewer, receipt.workspace.clone())?))
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The viewer.
    pub fn viewer(&self) -> &Viewer {
        &self.viewer
    }

    /// The workspace state. Use [`View::channel`] to access channels.
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// The id of the workspace.
    pub fn id(&self) -> WorkspaceId {
        self.workspace.id
    }

    /// The sequence number of this view.
    pub fn seq(&self) -> Seq {
        self.workspace.seq
    }

    /// The viewer's member.
    pub fn me(&self) -> &Member {
        &self.me
    }

    /// Returns a snapshot. An opened view has one snapshot for its lifetime, which runs statements one after another.
    /// An in-memory view takes a new one each time and releases it, so that many such views can exist at once. Do not
    /// request a second snapshot while holding one.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn snapshot(&self) -> Result<Snapshot<'_>> {
        match &self.snapshot {
            Some(snapshot) => snapshot.enter(self.id()).await,
            None => self.current_snapshot().await,
        }
    }

    /// Returns a snapshot of the current database, not at the sequence number of the view, for what belongs to a write.
    /// An in-memory view waits for a permit without being rejected, because a write may already have happened; the
    /// number of waiters is bounded by the permits of the requests they belong to.
    ///
    /// # Errors
    /// Returns an error if the database does not respond.
    pub async fn current_snapshot(&self) -> Result<Snapshot<'_>> {
        let owner = Owner::Account(self.viewer.account_id);
        let permit = match self.snapshot {
            Some(_) => None,
            None => Some(self.app.semaphores.snapshots.wait(owner).await),
        };
        let snapshot = self.app.database.snapshot(Scope::Member(self.id(), self.viewer.account_id)).await?;
        Ok(Snapshot::Owned(Box::new((snapshot, permit))))
    }

    /// Returns a channel that the viewer may read.
    ///
    /// # Errors
    /// Returns `NOT_FOUND` if the viewer may not read the channel.
    pub fn channel(&self, id: ChannelId) -> Result<ReadableChannel> {
        let channel = require_readable(&self.workspace, &self.me, id)?;
        Ok(ReadableChannel { entered: self.workspace.is_in(&self.me, channel), channel: channel.clone() })
    }

    /// Returns the channels of the viewer.
    pub fn my_channels(&self) -> impl Iterator<Item = ReadableChannel> {
        let mine = self.workspace.channels_of(self.me.id);
        mine.map(|channel| ReadableChannel { channel: channel.clone(), entered: true })
    }
}

/// Applies the events between in-memory state and the snapshot.
async fn advance(snapshot: &SharedSnapshot, mut workspace: Workspace, last_seq: Result<Seq>) -> Result<Workspace> {
    let (id, seq, last_seq) = (workspace.id, workspace.seq, last_seq?);
    if seq < last_seq {
        let transaction = snapshot.enter(id).await?;
        if read::after(&*transaction, id, seq, 1).await?.is_empty() {
            // The account is not or no longer a member: row-level security hides the events.
            return Err(Error::NotFound("workspace"));
        }
        let missed = read::missed(&*transaction, id, seq, last_seq).await?;
        missed.iter().for_each(|event| workspace.apply(event));
    }
    Ok(workspace)
}

/// Returns the viewer's member. This is the primary tenant isolation check. The feature `without_checks` disables it
/// and lets non-members read as the owner, to test row-level security as defense in depth.
fn require_viewer_member(workspace: &Workspace, viewer: &Viewer) -> Result<Member> {
    let found = require_member(workspace, viewer.account_id);
    #[cfg(feature = "without_checks")]
    let found = found.or_else(|refused| {
        let mut members = workspace.members().map(AsRef::as_ref);
        members.find(|member| member.role == crate::model::member::Role::Owner).ok_or(refused)
    });
    found.cloned()
}
