//! Creates the organization's channels and direct messages on the server.
//!
//! Channels created earlier by the same run are reused.

use futures_util::stream::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use testbed::client::{RequestError, text};

use crate::ids::Run;
use crate::organization::{Channel, Kind};
use crate::provision::{Plan, Provisioned};

const CHANNELS: &str = "query Channels($workspaceId: ID!) {
  workspace(id: $workspaceId) { channels(first: 100) { nodes { id name } } } }";

/// Creates all channels and returns their ids. Channels that already exist by name, such as the server's default ones,
/// are reused.
///
/// # Errors
/// The server rejects a channel or becomes unreachable.
pub async fn create_all(plan: Plan<'_>, provisioned: &Provisioned) -> Result<Vec<String>, RequestError> {
    let Plan { run, bar, .. } = plan;
    let variables = json!({ "workspaceId": provisioned.workspace });
    let data = provisioned.clients[0].try_query(CHANNELS, variables).await?;
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

async fn open_direct(
    provisioned: &Provisioned,
    channel: &Channel,
    run: Run,
    index: usize,
) -> Result<String, RequestError> {
    let others: Vec<&String> = channel.members[1..].iter().map(|member| &provisioned.member_ids[*member]).collect();
    let input = json!({ "workspaceId": provisioned.workspace, "id": run.channel(index), "memberIds": others });
    let opener = &provisioned.clients[channel.members[0]];
    text(&opener.try_mutate("openDirect", &input, "channel { id }").await?, "/channel/id")
}

/// The creator adds two thirds of a public channel's members; the others join by themselves.
async fn create_channel(
    provisioned: &Provisioned,
    channel: &Channel,
    run: Run,
    index: usize,
    existing: Option<&str>,
) -> Result<String, RequestError> {
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
            let data = provisioned.clients[creator].try_mutate("createChannel", &input, "channel { id }").await?;
            (text(&data, "/channel/id")?, &others[added..])
        }
    };
    for member in joining {
        let command = run.command(&format!("join {index} {member}"));
        let input = json!({ "commandId": command, "channelId": id });
        match provisioned.clients[*member].try_mutate("joinChannel", &input, "seq").await {
            Err(error) if error.code() != "CONFLICT" => return Err(error),
            _ => {}
        }
    }
    Ok(id)
}
