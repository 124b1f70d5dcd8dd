//! `Invite`, and inviting, looking at a link and joining by it.

use std::sync::Arc;

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};

use super::entity::invite::Model;
use super::service;
use crate::app::App;
use crate::clock::Moment;
use crate::graphql::{app, id, id_or, viewer};
use crate::id::{CommandId, InviteId};
use crate::member::graphql::{Member, member_of, target};
use crate::viewer::{Site, Viewer};
use crate::workspace::graphql::Workspace;
use crate::workspace::view::View;

/// An invite into a workspace.
pub struct Invite {
    pub row: Model,
    pub view: Arc<View>,
}

/// A link by which people join a workspace. Owners and admins see it while it works; the link itself is shown once,
/// by `createInvite`. It ends when its creator leaves, is removed, or may no longer invite.
#[Object]
impl Invite {
    /// `inv_` and a UUID.
    async fn id(&self) -> ID {
        self.row.id.to_string().into()
    }

    /// When it was created.
    async fn created_at(&self) -> Moment {
        self.row.created_at
    }

    /// When it stops working.
    async fn expires_at(&self) -> Option<Moment> {
        self.row.expires_at
    }

    /// How often it works; null: any number.
    async fn max_uses(&self) -> Option<i32> {
        self.row.max_uses
    }

    /// How often it was used: by accounts that registered with it or joined by it.
    async fn uses(&self) -> i32 {
        self.row.uses
    }

    /// Who created it.
    async fn created_by(&self) -> Result<Member> {
        Ok(member_of(&self.view, self.row.created_by)?)
    }
}

/// What an invite link leads to.
#[derive(SimpleObject)]
pub struct InvitePreview {
    /// The name of the workspace.
    workspace_name: String,
    /// Its id.
    workspace_id: ID,
    /// How many members it has.
    member_count: i32,
    /// The name of the member who created the link.
    invited_by: String,
    /// Whether the viewer is in it already.
    already_member: bool,
}

#[derive(Default)]
pub struct InviteQuery;

#[Object]
impl InviteQuery {
    /// What an invite link leads to, for the page that asks whether to join. No sign-in is needed.
    async fn invite_preview(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The last part of the link, or the whole link.")] token: String,
    ) -> Result<InvitePreview> {
        let app = app(context)?;
        let caller = context.data_opt::<Viewer>();
        let preview = service::preview(app, caller.map(|caller| caller.account_id), &token).await?;
        let workspace = app.rooms.get(preview.workspace_id).await?.fork();
        Ok(InvitePreview {
            already_member: caller.is_some_and(|caller| workspace.active_member_of(caller.account_id).is_some()),
            workspace_name: preview.workspace_name,
            workspace_id: preview.workspace_id.to_string().into(),
            member_count: i32::try_from(preview.member_count).unwrap_or(i32::MAX),
            invited_by: preview.invited_by,
        })
    }
}

/// What a new invite is to be.
#[derive(InputObject)]
pub struct CreateInviteInput {
    /// The workspace.
    workspace_id: ID,
    /// `inv_` and a UUIDv7 minted by the client: makes a retry harmless.
    id: Option<ID>,
    /// From 60 to 31536000; null: 7 days.
    expires_in_seconds: Option<i32>,
    /// From 1 to 10000; null: any number.
    max_uses: Option<i32>,
}

/// A new invite.
#[derive(SimpleObject)]
pub struct CreateInvitePayload {
    /// The invite.
    invite: Invite,
    /// The link to share. Sending the same `id` again returns the same link, or null if the server's key has changed
    /// since; then create another invite.
    url: Option<String>,
}

/// Which invite to end.
#[derive(InputObject)]
pub struct RevokeInviteInput {
    /// The workspace.
    workspace_id: ID,
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// The invite.
    invite_id: ID,
}

/// An invite that works no longer.
#[derive(SimpleObject)]
pub struct RevokeInvitePayload {
    /// Its id.
    invite_id: ID,
}

/// Which invite to accept.
#[derive(InputObject)]
pub struct AcceptInviteInput {
    /// `cmd_` and a UUIDv7 minted by the client: makes a retry harmless.
    command_id: Option<ID>,
    /// The last part of the link, or the whole link.
    token: String,
    /// The wanted handle; made from the name when left out.
    handle: Option<String>,
}

/// The workspace that was joined.
#[derive(SimpleObject)]
pub struct AcceptInvitePayload {
    /// The workspace.
    workspace: Workspace,
}

/// The link of an invite.
fn link(context: &Context<'_>, app: &App, token: &str) -> String {
    let configured = app.config.public_url.as_deref();
    let origin = configured.or_else(|| context.data_opt::<Site>().map(|site| site.0.as_str())).unwrap_or_default();
    format!("{}/invite/{token}", origin.trim_end_matches('/'))
}

#[derive(Default)]
pub struct InviteMutation;

#[Object]
impl InviteMutation {
    /// Creates an invite link. Only owners and admins. Only the answer to this mutation contains the link.
    async fn create_invite(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: CreateInviteInput,
    ) -> Result<CreateInvitePayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let workspace = id("workspaceId", &input.workspace_id)?;
        let invite_id = id_or("id", input.id.as_ref(), InviteId::mint)?;
        let (expires_in, max_uses) = (input.expires_in_seconds, input.max_uses);
        let (receipt, token) = service::create(app, caller, workspace, invite_id, expires_in, max_uses).await?;
        let view = View::after(app, caller, &receipt)?;
        let row = service::made(&view, invite_id).await?;
        Ok(CreateInvitePayload { invite: Invite { row, view }, url: token.map(|token| link(context, app, &token)) })
    }

    /// Ends an invite link. Only owners and admins.
    async fn revoke_invite(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: RevokeInviteInput,
    ) -> Result<RevokeInvitePayload> {
        let (workspace, command) = target(&input.workspace_id, input.command_id.as_ref())?;
        let invite_id: InviteId = id("inviteId", &input.invite_id)?;
        service::revoke(app(context)?, viewer(context)?, workspace, command, invite_id).await?;
        Ok(RevokeInvitePayload { invite_id: input.invite_id })
    }

    /// Joins the workspace of an invite link, and its channel `general`. Who is in it already stays as
    /// they are.
    async fn accept_invite(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What is wanted.")] input: AcceptInviteInput,
    ) -> Result<AcceptInvitePayload> {
        let (app, caller) = (app(context)?, viewer(context)?);
        let command = id_or("commandId", input.command_id.as_ref(), CommandId::mint)?;
        let receipt = service::accept(app, caller, command, &input.token, input.handle).await?;
        Ok(AcceptInvitePayload { workspace: Workspace::viewed(View::after(app, caller, &receipt)?) })
    }
}
