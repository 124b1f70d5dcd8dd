//! Creates the organization's channels and direct messages on the server.
//!
//! Channels created earlier by the same run are reused.

use futures_util::stream::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::client::{Failure, text};
use super::ids::Run;
use super::organization::{Channel, Kind};
use super::provision::{Plan, Provisioned};

const CHANNELS: &str = "query Channels($workspaceId: ID!) {
  workspace(id: $workspaceId) { channels(first: 100) { nodes { id name } } } }";
const CREATE_CHANNEL: &str = "mutation CreateChannel($input: CreateChannelInput!) {
  createChannel(input: $input) { channel { id } } }";
const JOIN_CHANNEL: &str = "mutation JoinChannel($input: JoinChannelInput!) {
  joinChannel(input: $input) { seq } }";
const OPEN_DIRECT: &str = "mutation OpenDirect($input: OpenDirectInput!) {
  openDirect(input: $input) { channel { id } } }";

/// Creates all channels and returns their ids. Channels that already exist by name, such as the server's default ones,
/// are reused.
///
/// # Errors
/// The server rejects a channel or becomes unreachable.
pub async fn create_all(plan: Plan<'_>, provisioned: &Provisioned) -> Result<Vec<String>, Failure> {
    let Plan { run, bar, .. } = plan;
    let variables = json!({ "workspaceId": provisioned.workspace });
    let data = provisioned.clients[0].call(CHANNELS, &variables).await?;
    let nodes = data.pointer("/workspace/channels/nodes").and_then(Value::as_array);
    let existing: Vec<(String, String)> = nodes
        .into_iter()
        .flatten()
        .filter_map(|node| Some((text(node, "/name").ok()?, text(node, "/id").ok()?)))
        .collect();
    futures_util::stream::iter(plan.organization.channels.iter().enumerate())
        .map(|(index, channel)| {
            let existing = existing.iter().find(|(name, _)| *name == channel.name);
            let existing = existing.map(|(_, id)| id.as_str());
            async move {
                let id = match channel.kind {
                    Kind::Direct => open_direct(provisioned, channel, run, index).await,
                    _ => create_channel(provisioned, channel, run, index, existing).await,
                };
                bar.inc(1);
                id
            }
        })
        .buffered(plan.concurrency.get())
        .try_collect()
        .await
}

async fn open_direct(provisioned: &Provisioned, channel: &Channel, run: Run, index: usize) -> Result<String, Failure> {
    let others: Vec<&String> = channel.members[1..].iter().map(|member| &provisioned.member_ids[*member]).collect();
    let input = json!({ "workspaceId": provisioned.workspace, "id": run.channel(index), "memberIds": others });
    let opener = &provisioned.clients[channel.members[0]];
    let data = opener.call(OPEN_DIRECT, &json!({ "input": input })).await?;
    text(&data, "/openDirect/channel/id")
}

/// The creator adds two thirds of a public channel's members; the others join by themselves.
async fn create_channel(
    provisioned: &Provisioned,
    channel: &Channel,
    run: Run,
    index: usize,
    existing: Option<&str>,
) -> Result<String, Failure> {
    let (creator, others) = (channel.members[0], &channel.members[1..]);
    let added = if channel.kind == Kind::Public { others.len() * 2 / 3 } else { others.len() };
    let (id, joining) = match existing {
        Some(id) => (id.to_owned(), &channel.members[..]),
        None => {
            let members: Vec<&String> = others[..added].iter().map(|member| &provisioned.member_ids[*member]).collect();
            let input = json!({
                "workspaceId": provisioned.workspace, "id": run.channel(index), "name": channel.name,
                "kind": if channel.kind == Kind::Public { "PUBLIC" } else { "PRIVATE" },
                "topic": channel.topic, "memberIds": members,
            });
            let input = json!({ "input": input });
            let data = provisioned.clients[creator].call(CREATE_CHANNEL, &input).await?;
            (text(&data, "/createChannel/channel/id")?, &others[added..])
        }
    };
    for member in joining {
        let command = run.command(&format!("join {index} {member}"));
        let input = json!({ "workspaceId": provisioned.workspace, "commandId": command, "channelId": id });
        match provisioned.clients[*member].call(JOIN_CHANNEL, &json!({ "input": input })).await {
            Err(failure) if !failure.is("CONFLICT") => return Err(failure),
            _ => {}
        }
    }
    Ok(id)
}
