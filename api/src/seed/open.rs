//! Opens the channels and direct conversations of the company on the server.
//!
//! What the same run has opened before is found and used. It does not know who talks about what.

use futures_util::stream::{StreamExt, TryStreamExt};
use serde_json::{Value, json};

use super::company::{Channel, Kind};
use super::ids::Run;
use super::settle::{Plan, Settled};
use super::wire::{Failure, text};

const CHANNELS: &str = "query Channels($workspaceId: ID!) {
  workspace(id: $workspaceId) { channels(first: 100) { nodes { id name } } } }";
const CREATE_CHANNEL: &str = "mutation CreateChannel($input: CreateChannelInput!) {
  createChannel(input: $input) { channel { id } } }";
const JOIN_CHANNEL: &str = "mutation JoinChannel($input: JoinChannelInput!) {
  joinChannel(input: $input) { seq } }";
const OPEN_DIRECT: &str = "mutation OpenDirect($input: OpenDirectInput!) {
  openDirect(input: $input) { channel { id } } }";

/// Opens all channels; those that exist by name already (a server may make some) are used as they are.
///
/// # Errors
/// The server refuses a channel or goes away.
pub async fn channels(plan: Plan<'_>, settled: &Settled) -> Result<Vec<String>, Failure> {
    let Plan { run, bar, .. } = plan;
    let variables = json!({ "workspaceId": settled.workspace });
    let answer = settled.people[0].call(CHANNELS, &variables).await?;
    let nodes = answer.pointer("/workspace/channels/nodes").and_then(Value::as_array);
    let known: Vec<(String, String)> = nodes
        .into_iter()
        .flatten()
        .filter_map(|node| Some((text(node, "/name").ok()?, text(node, "/id").ok()?)))
        .collect();
    futures_util::stream::iter(plan.company.channels.iter().enumerate())
        .map(|(number, channel)| {
            let known = known.iter().find(|(name, _)| *name == channel.name);
            let known = known.map(|(_, id)| id.as_str());
            async move {
                let id = match channel.kind {
                    Kind::Direct => direct(settled, channel, run, number).await,
                    _ => shared(settled, channel, run, number, known).await,
                };
                bar.inc(1);
                id
            }
        })
        .buffered(plan.at_once.get())
        .try_collect()
        .await
}

async fn direct(settled: &Settled, channel: &Channel, run: Run, number: usize) -> Result<String, Failure> {
    let others: Vec<&String> = channel.members[1..].iter().map(|who| &settled.members[*who]).collect();
    let input = json!({ "workspaceId": settled.workspace, "id": run.channel(number), "memberIds": others });
    let opener = &settled.people[channel.members[0]];
    let answer = opener.call(OPEN_DIRECT, &json!({ "input": input })).await?;
    text(&answer, "/openDirect/channel/id")
}

/// The creator brings two thirds of the members along; into a public channel the others come by themselves.
async fn shared(
    settled: &Settled,
    channel: &Channel,
    run: Run,
    number: usize,
    known: Option<&str>,
) -> Result<String, Failure> {
    let (creator, others) = (channel.members[0], &channel.members[1..]);
    let brought = if channel.kind == Kind::Public { others.len() * 2 / 3 } else { others.len() };
    let (id, coming) = match known {
        Some(id) => (id.to_owned(), &channel.members[..]),
        None => {
            let members: Vec<&String> = others[..brought].iter().map(|who| &settled.members[*who]).collect();
            let input = json!({
                "workspaceId": settled.workspace, "id": run.channel(number), "name": channel.name,
                "kind": if channel.kind == Kind::Public { "PUBLIC" } else { "PRIVATE" },
                "topic": channel.topic, "memberIds": members,
            });
            let input = json!({ "input": input });
            let answer = settled.people[creator].call(CREATE_CHANNEL, &input).await?;
            (text(&answer, "/createChannel/channel/id")?, &others[brought..])
        }
    };
    for who in coming {
        let command = run.command(&format!("join {number} {who}"));
        let input = json!({ "workspaceId": settled.workspace, "commandId": command, "channelId": id });
        match settled.people[*who].call(JOIN_CHANNEL, &json!({ "input": input })).await {
            Err(failure) if !failure.is("CONFLICT") => return Err(failure),
            _ => {}
        }
    }
    Ok(id)
}
