//! What people do at random under law 5, and what they know of the world to do it with.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use serde_json::{Value, json};

use crate::law_5_client::Client;
use crate::people::{Company, Person, text};
use crate::random::Random;
use crate::server::Server;

/// Something that a person does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Move {
    Send,
    Reply,
    Edit,
    Delete,
    React,
    Unreact,
    Read,
    CreatePublic,
    CreatePrivate,
    OpenDirect,
    Join,
    Leave,
    Add,
    Remove,
    Rename,
    Promote,
    AllowMentions,
    RemoveMember,
    LeaveWorkspace,
}

/// How often each is done.
pub const MOVES: [(Move, usize); 19] = [
    (Move::Send, 30),
    (Move::Reply, 12),
    (Move::Edit, 10),
    (Move::Delete, 7),
    (Move::React, 10),
    (Move::Unreact, 5),
    (Move::Read, 8),
    (Move::CreatePublic, 3),
    (Move::CreatePrivate, 4),
    (Move::OpenDirect, 3),
    (Move::Join, 7),
    (Move::Leave, 4),
    (Move::Add, 7),
    (Move::Remove, 4),
    (Move::Rename, 3),
    (Move::Promote, 3),
    (Move::AllowMentions, 1),
    (Move::RemoveMember, 2),
    (Move::LeaveWorkspace, 1),
];

/// What a move changes for the one who makes it, beside what the events tell.
pub enum Did {
    Something,
    Read { channel: String, seq: i64 },
}

/// What anybody may try to reach, whether they are allowed to or not.
pub struct World {
    workspace: String,
    /// The owner who stays.
    founder: String,
    pub members: BTreeSet<String>,
    channels: Vec<String>,
    messages: Vec<(String, String)>,
    /// How often each move was made, and how often it was accepted.
    pub counts: BTreeMap<Move, (usize, usize)>,
}

impl World {
    pub fn new(company: &Company) -> Mutex<Self> {
        Mutex::new(Self {
            workspace: company.workspace.clone(),
            founder: company.owner.member.clone(),
            members: BTreeSet::from([company.owner.member.clone()]),
            channels: vec![company.general.clone()],
            messages: Vec::new(),
            counts: BTreeMap::new(),
        })
    }

    fn member(&self, random: &mut Random) -> String {
        let members: Vec<&String> = self.members.iter().collect();
        (*random.pick(&members).unwrap()).clone()
    }

    /// Somebody else than the owner who stays.
    fn other(&self, random: &mut Random) -> Option<String> {
        let others: Vec<&String> = self.members.iter().filter(|member| **member != self.founder).collect();
        random.pick(&others).map(|member| (*member).clone())
    }

    /// A channel: mostly one that the client is in.
    fn channel(&self, client: &Client, random: &mut Random) -> String {
        let mine: Vec<&String> = client.channels.keys().collect();
        match random.below(6) {
            0 => random.pick(&self.channels).unwrap().clone(),
            _ => random.pick(&mine).map_or_else(|| self.channels[0].clone(), |id| (*id).clone()),
        }
    }

    /// A message with its channel: mostly one that the client sees, and for some moves their own.
    fn message(&self, client: &Client, own: bool, random: &mut Random) -> Option<(String, String)> {
        if random.below(6) == 0 {
            return random.pick(&self.messages).cloned();
        }
        let fits = |author: &String| !own || *author == client.me;
        let seen = client.channels.iter().flat_map(|(id, channel)| channel.messages.values().map(move |one| (one, id)));
        let seen: Vec<(String, String)> =
            seen.filter(|(one, _)| fits(&one.author)).map(|(one, channel)| (one.id.clone(), channel.clone())).collect();
        random.pick(&seen).cloned()
    }
}

/// Makes a move: what it asks for, and what is remembered of the answer.
pub async fn play(
    what: Move,
    server: &Server,
    person: &Person,
    client: &Client,
    seat: (&Mutex<World>, &mut Random),
) -> Did {
    let (world, random) = seat;
    let Some((name, payload, mut input)) = wish(what, client, &world.lock().unwrap(), random) else {
        return Did::Something;
    };
    input["workspaceId"] = json!(world.lock().unwrap().workspace);
    let answer = person.tries(server, name, payload, input.clone()).await;
    let mut world = world.lock().unwrap();
    let count = world.counts.entry(what).or_default();
    count.0 += 1;
    match answer {
        Ok(answer) => {
            count.1 += 1;
            remember(what, &mut world, &input, &answer)
        }
        Err(code) => {
            let known = matches!(code.as_str(), "NOT_FOUND" | "FORBIDDEN" | "CONFLICT" | "BAD_USER_INPUT");
            assert!(known, "{what:?} {input} was answered {code}");
            Did::Something
        }
    }
}

fn remember(what: Move, world: &mut World, input: &Value, answer: &Value) -> Did {
    match what {
        Move::Send => world.messages.push((text(answer, "/message/id"), text(input, "/channelId"))),
        Move::CreatePublic | Move::CreatePrivate | Move::OpenDirect => {
            world.channels.push(text(answer, "/channel/id"));
        }
        Move::Read => {
            return Did::Read { channel: text(input, "/channelId"), seq: input["seq"].as_i64().unwrap() };
        }
        _ => {}
    }
    Did::Something
}

/// The mutation, its payload and its input; nothing where there is nothing to do it with.
fn wish(
    what: Move,
    client: &Client,
    world: &World,
    random: &mut Random,
) -> Option<(&'static str, &'static str, Value)> {
    let words = |random: &mut Random, world: &World| match random.below(5) {
        0 => format!("words for <@{}> {}", world.member(random), random.below(1000)),
        1 => format!("<!channel> words {}", random.below(1000)),
        _ => format!("words {}", random.below(1000)),
    };
    let channel = world.channel(client, random);
    Some(match what {
        Move::Send => {
            let input = json!({ "channelId": channel, "text": words(random, world) });
            ("sendMessage", "{ message { id } }", input)
        }
        Move::Reply => {
            let (root, channel) = world.message(client, false, random)?;
            let input = json!({ "channelId": channel, "threadId": root, "text": words(random, world) });
            ("sendMessage", "{ message { id } }", input)
        }
        Move::Edit => {
            let (message, _) = world.message(client, true, random)?;
            ("editMessage", "{ seq }", json!({ "messageId": message, "text": words(random, world) }))
        }
        Move::Delete => {
            let (message, _) = world.message(client, random.below(2) == 0, random)?;
            ("deleteMessage", "{ seq }", json!({ "messageId": message }))
        }
        Move::React | Move::Unreact => {
            let (message, _) = world.message(client, false, random)?;
            let emoji = random.pick(&["👍", "🎉", "😀"])?;
            let name = if what == Move::React { "addReaction" } else { "removeReaction" };
            (name, "{ seq }", json!({ "messageId": message, "emoji": emoji }))
        }
        Move::Read => {
            let mine: Vec<&String> = client.channels.keys().collect();
            let channel = *random.pick(&mine)?;
            let input = json!({ "channelId": channel, "seq": client.seen(channel), "epoch": 0 });
            ("markRead", "{ privateRev }", input)
        }
        // The owner who stays.
        Move::LeaveWorkspace if client.me == world.founder => return None,
        _ => return place(what, &channel, world, random),
    })
}

/// Moves that change who is where.
fn place(what: Move, channel: &str, world: &World, random: &mut Random) -> Option<(&'static str, &'static str, Value)> {
    let member = world.member(random);
    Some(match what {
        Move::CreatePublic | Move::CreatePrivate => {
            let kind = if what == Move::CreatePublic { "PUBLIC" } else { "PRIVATE" };
            let name = format!("channel {}", random.below(40));
            let members = [member, world.member(random)];
            let input = json!({ "kind": kind, "name": name, "topic": format!("about {name}"), "memberIds": members });
            ("createChannel", "{ channel { id } }", input)
        }
        Move::OpenDirect => {
            ("openDirect", "{ channel { id } }", json!({ "memberIds": [member, world.member(random)] }))
        }
        Move::Join => ("joinChannel", "{ seq }", json!({ "channelId": random.pick(&world.channels)? })),
        Move::Leave => ("leaveChannel", "{ seq }", json!({ "channelId": channel })),
        Move::Add => {
            ("addToChannel", "{ seq }", json!({ "channelId": channel, "memberIds": [member, world.member(random)] }))
        }
        Move::Remove => ("removeFromChannel", "{ seq }", json!({ "channelId": channel, "memberId": member })),
        Move::Rename => {
            let input = json!({ "handle": format!("handle{}", random.below(30)), "name": format!("Name {}", random.below(99)) });
            ("updateMember", "{ seq }", input)
        }
        Move::Promote => {
            let role = random.pick(&["OWNER", "ADMIN", "MEMBER"])?;
            ("setMemberRole", "{ seq }", json!({ "memberId": world.other(random)?, "role": role }))
        }
        Move::AllowMentions => {
            let who = random.pick(&["EVERYONE", "ADMINS"])?;
            ("updateWorkspace", "{ seq }", json!({ "channelMentions": who }))
        }
        Move::RemoveMember => ("removeMember", "{ seq }", json!({ "memberId": world.other(random)? })),
        _ => ("leaveWorkspace", "{ seq }", json!({})),
    })
}
