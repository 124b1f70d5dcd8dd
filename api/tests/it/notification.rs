//! Notifications: who is notified of a message, live delivery, and when a notification counts as read.

use serde_json::{Value, json};

use crate::support::feed::Feed;
use crate::support::permits::{hold_all_permits, owner_of, wait_for_waiters};
use crate::support::rows;
use crate::support::server::Server;
use crate::support::store::{Store, both};
use crate::support::workspace::{User, Workspace, number, start_server, text};

both! {
    counts_use_permits_of_the_causing_account
    notifies_thread_participants_of_replies
    reading_a_channel_marks_its_notifications_read
    deleting_a_message_removes_its_notifications
    a_deletion_requires_no_boot
    editing_a_message_updates_its_notifications
    a_channel_mention_is_one_row_for_its_members
    reports_missed_changes_on_resume
    the_channel_mentions_setting_is_enforced
}

/// A workspace with two more members.
struct Fixture {
    server: Server,
    workspace: Workspace,
    ben: User,
    cid: User,
}

impl Fixture {
    async fn start(store: &Store) -> Self {
        let server = start_server(store).await;
        let workspace = Workspace::create(&server).await;
        let (ben, cid) = (
            workspace.add_member(&server, "Ben", "MEMBER").await,
            workspace.add_member(&server, "Cid", "MEMBER").await,
        );
        Self { server, workspace, ben, cid }
    }

    async fn feed(&self, user: &User) -> Feed {
        Feed::socket(&self.server, user, &self.workspace, self.workspace.seq(&self.server).await).await
    }

    /// Unread notifications of a user according to boot.
    async fn unread(&self, user: &User) -> i64 {
        let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications } }";
        number(
            &user.execute(&self.server, query, json!({ "id": self.workspace.id })).await,
            "/data/boot/unreadNotifications",
        )
    }

    /// Listed notifications of a user, newest first: `seq`, reason, read.
    async fn notifications(&self, user: &User) -> Vec<(i64, String, bool)> {
        let query = "query($id: ID!) { workspace(id: $id) { notifications(last: 50) { nodes { seq reason read } } } }";
        let response = user.execute(&self.server, query, json!({ "id": self.workspace.id })).await;
        let rows = response["data"]["workspace"]["notifications"]["nodes"].as_array().unwrap().iter().rev();
        rows.map(|row| (number(row, "/seq"), text(row, "/reason"), row["read"] == true)).collect()
    }

    async fn reply(&self, user: &User, root: &str, words: &str) -> i64 {
        let general = &self.workspace.general;
        let input = json!({ "channelId": general, "threadId": root, "text": words });
        number(&user.mutate(&self.server, "sendMessage", "{ seq }", input).await, "/seq")
    }

    async fn mention(&self, user: &User) -> (String, i64) {
        let words = format!("<@{}> look", user.member_id);
        self.workspace.owner.send_message(&self.server, &self.workspace.general, &words).await
    }
}

fn row(seq: i64, reason: &str, read: bool) -> (i64, String, bool) {
    (seq, reason.to_owned(), read)
}

/// The next item of a type.
async fn next_of_type(feed: &mut Feed, kind: &str) -> Value {
    loop {
        let item = feed.next().await.unwrap();
        if item["__typename"] == kind {
            return item;
        }
    }
}

async fn notifies_thread_participants_of_replies(store: &Store) {
    let fixture = Fixture::start(store).await;
    let general = fixture.workspace.general.clone();
    let (root, _) = fixture.workspace.owner.send_message(&fixture.server, &general, "root").await;
    fixture.reply(&fixture.ben, &root, "first").await;
    let mut feed = fixture.feed(&fixture.ben).await;
    let second = fixture.reply(&fixture.cid, &root, "second").await;
    let notification = next_of_type(&mut feed, "NotificationAdded").await;
    assert_eq!((&notification["reason"], &notification["messageSeq"]), (&json!("REPLY"), &json!(second)));
    assert_eq!(notification["unreadNotifications"], 1);
    // Authors are not notified of their own messages.
    assert_eq!(fixture.unread(&fixture.cid).await, 0);
    // Reading the channel does not read its threads.
    let input = json!({ "channelId": general, "seq": second, "epoch": 0 });
    fixture.ben.mutate(&fixture.server, "markRead", "{ readState { lastReadSeq } }", input).await;
    assert_eq!(fixture.unread(&fixture.ben).await, 1);
    fixture.server.stop().await;
}

async fn reading_a_channel_marks_its_notifications_read(store: &Store) {
    let fixture = Fixture::start(store).await;
    let mut feed = fixture.feed(&fixture.ben).await;
    let (_, first) = fixture.mention(&fixture.ben).await;
    assert_eq!(next_of_type(&mut feed, "NotificationAdded").await["unreadNotifications"], 1);
    fixture.mention(&fixture.ben).await;
    assert_eq!(next_of_type(&mut feed, "NotificationAdded").await["unreadNotifications"], 2);
    let input = json!({ "channelId": fixture.workspace.general, "seq": first, "epoch": 0 });
    fixture.ben.mutate(&fixture.server, "markRead", "{ readState { lastReadSeq } }", input).await;
    assert_eq!(next_of_type(&mut feed, "ReadStateChanged").await["unreadNotifications"], 1);
    assert_eq!(fixture.unread(&fixture.ben).await, 1);
    fixture.server.stop().await;
}

async fn deleting_a_message_removes_its_notifications(store: &Store) {
    let fixture = Fixture::start(store).await;
    let mut feed = fixture.feed(&fixture.ben).await;
    let (message, _) = fixture.mention(&fixture.ben).await;
    next_of_type(&mut feed, "NotificationAdded").await;
    let input = json!({ "messageId": message });
    let deleted = fixture.workspace.owner.mutate(&fixture.server, "deleteMessage", "{ message { id } }", input).await;
    assert_eq!(text(&deleted, "/message/id"), message);
    assert_eq!(next_of_type(&mut feed, "NotificationsChanged").await["unreadNotifications"], 0);
    assert_eq!(fixture.unread(&fixture.ben).await, 0);
    fixture.server.stop().await;
}

/// All affected members receive the new count instead of a request to reload.
async fn a_deletion_requires_no_boot(store: &Store) {
    let fixture = Fixture::start(store).await;
    let (owner, general) = (&fixture.workspace.owner, &fixture.workspace.general);
    let (root, _) = fixture.cid.send_message(&fixture.server, general, "root").await;
    let mut feeds = [fixture.feed(&fixture.ben).await, fixture.feed(&fixture.cid).await];
    let words = format!("<@{}> <!channel>", fixture.ben.member_id);
    let input = json!({ "channelId": general, "threadId": root, "text": words });
    let reply = owner.mutate(&fixture.server, "sendMessage", "{ message { id } }", input).await;
    for feed in &mut feeds {
        assert_eq!(next_of_type(feed, "NotificationAdded").await["unreadNotifications"], 1);
    }
    let input = json!({ "messageId": text(&reply, "/message/id") });
    owner.mutate(&fixture.server, "deleteMessage", "{ seq }", input).await;
    for feed in &mut feeds {
        let mut received = Vec::new();
        loop {
            let item = feed.next().await.unwrap();
            received.push(text(&item, "/__typename"));
            if item["__typename"] == "NotificationsChanged" {
                assert_eq!(item["unreadNotifications"], 0);
                break;
            }
        }
        assert!(!received.iter().any(|kind| kind == "PrivateChanged"), "{received:?}");
    }
    fixture.server.stop().await;
}

async fn editing_a_message_updates_its_notifications(store: &Store) {
    let fixture = Fixture::start(store).await;
    let (owner, general) = (&fixture.workspace.owner, &fixture.workspace.general);
    let [ben, cid] = [&fixture.ben, &fixture.cid].map(|user| format!("<@{}>", user.member_id));
    let edit = async |message: &str, words: &str| {
        let input = json!({ "messageId": message, "text": words });
        owner.mutate(&fixture.server, "editMessage", "{ seq }", input).await;
    };
    let (mut ben_feed, mut cid_feed) = (fixture.feed(&fixture.ben).await, fixture.feed(&fixture.cid).await);
    let (message, seq) = owner.send_message(&fixture.server, general, &format!("{ben} hi")).await;
    next_of_type(&mut ben_feed, "NotificationAdded").await;
    // Removing the mention removes the notification.
    edit(&message, "hi").await;
    assert_eq!(next_of_type(&mut ben_feed, "NotificationsChanged").await["unreadNotifications"], 0);
    assert_eq!((fixture.unread(&fixture.ben).await, fixture.notifications(&fixture.ben).await), (0, vec![]));
    // Adding a mention again notifies once, and each member whom an edit adds.
    edit(&message, &format!("{ben} hi")).await;
    assert_eq!(next_of_type(&mut ben_feed, "NotificationAdded").await["messageSeq"], json!(seq));
    edit(&message, &format!("{ben} {cid} hi")).await;
    assert_eq!(next_of_type(&mut cid_feed, "NotificationAdded").await["messageSeq"], json!(seq));
    let (_, last) = fixture.mention(&fixture.ben).await;
    assert_eq!(next_of_type(&mut ben_feed, "NotificationAdded").await["messageSeq"], json!(last));
    assert_eq!(fixture.notifications(&fixture.ben).await, [row(last, "MENTION", false), row(seq, "MENTION", false)]);
    assert_eq!(fixture.notifications(&fixture.cid).await, [row(seq, "MENTION", false)]);
    // A member with another reason keeps the notification with that reason.
    let (root, _) = fixture.ben.send_message(&fixture.server, general, "root").await;
    let input = json!({ "channelId": general, "threadId": root,
        "text": format!("{ben} {cid}") });
    let reply = owner.mutate(&fixture.server, "sendMessage", "{ seq message { id } }", input).await;
    next_of_type(&mut cid_feed, "NotificationAdded").await;
    edit(&text(&reply, "/message/id"), "nobody").await;
    assert_eq!(next_of_type(&mut cid_feed, "NotificationsChanged").await["unreadNotifications"], 1);
    assert_eq!(fixture.notifications(&fixture.ben).await[0], row(number(&reply, "/seq"), "REPLY", false));
    fixture.server.stop().await;
}

async fn a_channel_mention_is_one_row_for_its_members(store: &Store) {
    let fixture = Fixture::start(store).await;
    let Fixture { server, workspace, ben, cid } = &fixture;
    let channel = json!({ "channelId": workspace.general });
    let database = rows::open(store).await;
    let rows = async |table: &str| rows::query(&database, format!("SELECT 1 FROM {table}")).await.len();
    let (_, first) = workspace.owner.send_message(server, &workspace.general, "<!channel> one").await;
    assert_eq!((rows("mention").await, rows("notification").await), (1, 0));
    // Neither the author nor members who join later are notified.
    let dan = workspace.add_member(server, "Dan", "MEMBER").await;
    let counts =
        async || [fixture.unread(&workspace.owner).await, fixture.unread(ben).await, fixture.unread(&dan).await];
    assert_eq!(counts().await, [0, 1, 0]);
    assert_eq!(fixture.notifications(ben).await, [row(first, "CHANNEL_MENTION", false)]);
    assert_eq!(fixture.notifications(&dan).await, vec![]);
    // Former channel members see no mention, not even those sent during their absence. After rejoining, earlier ones
    // are read.
    ben.mutate(server, "leaveChannel", "{ seq }", channel.clone()).await;
    let (_, second) = workspace.owner.send_message(server, &workspace.general, "<!here> two").await;
    assert_eq!((fixture.unread(ben).await, fixture.notifications(ben).await), (0, vec![]));
    ben.mutate(server, "joinChannel", "{ seq }", channel.clone()).await;
    assert_eq!(
        (fixture.unread(ben).await, fixture.notifications(ben).await),
        (0, vec![row(first, "CHANNEL_MENTION", true)])
    );
    let both = [row(second, "CHANNEL_MENTION", false), row(first, "CHANNEL_MENTION", false)];
    assert_eq!((fixture.unread(cid).await, fixture.notifications(cid).await), (2, both.to_vec()));
    // Reading the channel reads them. Editing or deleting the message removes them.
    let mut read = channel;
    (read["seq"], read["epoch"]) = (json!(first), json!(0));
    cid.mutate(server, "markRead", "{ privateRev }", read).await;
    assert_eq!(fixture.unread(cid).await, 1);
    let (third, seq) = workspace.owner.send_message(server, &workspace.general, "<!channel> three").await;
    assert_eq!(fixture.notifications(cid).await[0], row(seq, "CHANNEL_MENTION", false));
    let input = json!({ "messageId": third, "text": "three" });
    workspace.owner.mutate(server, "editMessage", "{ seq }", input).await;
    assert_eq!((fixture.unread(cid).await, fixture.notifications(cid).await.len()), (1, 2));
    fixture.server.stop().await;
}

/// Changes during a disconnect raise the revision, so that a resuming client learns of them, and only then.
async fn reports_missed_changes_on_resume(store: &Store) {
    let fixture = Fixture::start(store).await;
    let mut feed = fixture.feed(&fixture.ben).await;
    fixture.mention(&fixture.ben).await;
    let seen = next_of_type(&mut feed, "NotificationAdded").await;
    let position = (fixture.workspace.seq(&fixture.server).await, number(&seen, "/privateRev"));
    feed.close().await;
    // Cid receives what Ben misses, which proves that the reader has written both.
    let mut cid_feed = fixture.feed(&fixture.cid).await;
    let both = format!("<@{}> <@{}>", fixture.ben.member_id, fixture.cid.member_id);
    fixture.workspace.owner.send_message(&fixture.server, &fixture.workspace.general, &both).await;
    next_of_type(&mut cid_feed, "NotificationAdded").await;
    let mut back = Feed::resumed(&fixture.server, &fixture.ben, &fixture.workspace, position).await;
    let changed = next_of_type(&mut back, "PrivateChanged").await;
    assert_eq!(number(&changed, "/privateRev"), position.1 + 1);
    assert_eq!(fixture.unread(&fixture.ben).await, 2);
    // With the current revision nothing is reloaded: the next item is the next change.
    let position = (fixture.workspace.seq(&fixture.server).await, position.1 + 1);
    let mut same = Feed::resumed(&fixture.server, &fixture.ben, &fixture.workspace, position).await;
    let (_, seq) = fixture.mention(&fixture.ben).await;
    let kinds: Vec<String> =
        [same.next().await, same.next().await].map(|item| text(&item.unwrap(), "/__typename")).into();
    assert_eq!(kinds, ["MessageSent", "NotificationAdded"], "{seq}");
    fixture.server.stop().await;
}

async fn the_channel_mentions_setting_is_enforced(store: &Store) {
    let fixture = Fixture::start(store).await;
    let Fixture { server, workspace, ben, cid } = &fixture;
    let mut feed = fixture.feed(ben).await;
    let set = json!({ "workspaceId": workspace.id, "channelMentions": "ADMINS" });
    assert_eq!(ben.try_mutate(server, "updateWorkspace", "{ seq }", set.clone()).await, Err("FORBIDDEN".into()));
    let (before, _) = ben.send_message(server, &workspace.general, "<!channel> one").await;
    let shown = workspace.owner.mutate(server, "updateWorkspace", "{ workspace { channelMentions name } }", set).await;
    assert_eq!(shown["workspace"], json!({ "channelMentions": "ADMINS", "name": "Acme" }));
    assert_eq!(next_of_type(&mut feed, "WorkspaceUpdated").await["workspace"]["channelMentions"], "ADMINS");
    let sends = async |user: &User, channel: &str, words: &str| {
        let input = json!({ "channelId": channel, "text": words });
        user.try_mutate(server, "sendMessage", "{ message { id } }", input).await
    };
    let edits = async |message: &str, words: &str| {
        let input = json!({ "messageId": message, "text": words });
        ben.try_mutate(server, "editMessage", "{ seq }", input).await.map(drop)
    };
    for words in ["<!channel>", "all of <!here>"] {
        assert_eq!(sends(ben, &workspace.general, words).await, Err("FORBIDDEN".into()));
        assert!(sends(&workspace.owner, &workspace.general, words).await.is_ok());
    }
    assert!(sends(ben, &workspace.general, "`<!channel>`").await.is_ok());
    let plain = text(&sends(ben, &workspace.general, "plain").await.unwrap(), "/message/id");
    assert_eq!(edits(&plain, "<!channel> plain").await, Err("FORBIDDEN".into()));
    // Messages that mentioned the channel already may be edited. The setting does not apply to direct channels.
    assert_eq!(edits(&before, "<!channel> won").await, Ok(()));
    let input = json!({ "workspaceId": workspace.id, "memberIds": [cid.member_id] });
    let direct = text(&ben.mutate(server, "openDirect", "{ channel { id } }", input).await, "/channel/id");
    assert!(sends(ben, &direct, "<!here>").await.is_ok());
    fixture.server.stop().await;
}

async fn counts_use_permits_of_the_causing_account(store: &Store) {
    const MENTIONS: i64 = 5;
    let fixture = Fixture::start(store).await;
    let app = &fixture.server.app;
    let (gate, owner) = (&app.semaphores.counts, owner_of(&fixture.server, &fixture.workspace.owner).await);
    let mut ben_feed = fixture.feed(&fixture.ben).await;
    let mut owner_feed = fixture.feed(&fixture.workspace.owner).await;
    let permits = hold_all_permits(gate, owner).await;
    let before = app.notifier.counts();
    for _ in 0..MENTIONS {
        fixture.mention(&fixture.ben).await;
    }
    // Another account is notified meanwhile, so the reader has passed the waiting messages.
    let words = format!("<@{}> look", fixture.workspace.owner.member_id);
    fixture.cid.send_message(&fixture.server, &fixture.workspace.general, &words).await;
    assert_eq!(next_of_type(&mut owner_feed, "NotificationAdded").await["unreadNotifications"], 1);
    wait_for_waiters(gate, owner, 1).await;
    assert_eq!(app.notifier.counts() - before, 1);
    drop(permits);
    for _ in 0..MENTIONS {
        assert_eq!(next_of_type(&mut ben_feed, "NotificationAdded").await["unreadNotifications"], MENTIONS);
    }
    assert_eq!(app.notifier.counts() - before, 2, "one count for all queued notifications");
    fixture.server.stop().await;
}
