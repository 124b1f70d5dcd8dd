//! Notifications: who is notified of a message, live delivery, and when a notification counts as read.

use serde_json::{Value, json};

use crate::support::setup::Given;
use crate::support::{
    Feed, Member, Server, Setup, Store, Workspace, both, hold_all_permits, number, owner_of, rows, text,
    wait_for_waiters,
};

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
    store: Store,
    server: Server,
    workspace: Workspace,
    ben: Member,
    cid: Member,
}

impl Given for Fixture {
    async fn prepare(store: Store) -> Self {
        let Setup { store, server, workspace } = Setup::prepare(store).await;
        let [ben, cid] = workspace.add_members(["Ben", "Cid"]).await;
        Self { store, server, workspace, ben, cid }
    }

    async fn end(self) {
        self.server.stop().await;
        self.store.remove().await;
    }
}

impl Fixture {
    async fn feed(&self, user: &Member) -> Feed {
        Feed::socket(user, &self.workspace, self.workspace.seq().await).await
    }

    /// Unread notifications of a user according to boot.
    async fn unread(&self, user: &Member) -> i64 {
        let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications } }";
        number(&user.execute(query, json!({ "id": self.workspace.id })).await, "/data/boot/unreadNotifications")
    }

    /// Listed notifications of a user, newest first: `seq`, reason, read.
    async fn notifications(&self, user: &Member) -> Vec<(i64, String, bool)> {
        let query = "query($id: ID!) { workspace(id: $id) { notifications(last: 50) { nodes { seq reason read } } } }";
        let response = user.execute(query, json!({ "id": self.workspace.id })).await;
        let rows = response["data"]["workspace"]["notifications"]["nodes"].as_array().unwrap().iter().rev();
        rows.map(|row| (number(row, "/seq"), text(row, "/reason"), row["read"] == true)).collect()
    }

    async fn reply(&self, user: &Member, root: &str, words: &str) -> i64 {
        let general = &self.workspace.general;
        let input = json!({ "channelId": general, "threadId": root, "text": words });
        number(&user.mutate("sendMessage", input, "seq").await, "/seq")
    }

    async fn mention(&self, user: &Member) -> (String, i64) {
        let words = format!("<@{}> look", user.id);
        self.workspace.owner().send_message(&self.workspace.general, &words).await
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

async fn notifies_thread_participants_of_replies(fixture: &Fixture) {
    let general = fixture.workspace.general.clone();
    let (root, _) = fixture.workspace.owner().send_message(&general, "root").await;
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
    fixture.ben.mutate("markRead", input, "readState { lastReadSeq }").await;
    assert_eq!(fixture.unread(&fixture.ben).await, 1);
}

async fn reading_a_channel_marks_its_notifications_read(fixture: &Fixture) {
    let mut feed = fixture.feed(&fixture.ben).await;
    let (_, first) = fixture.mention(&fixture.ben).await;
    assert_eq!(next_of_type(&mut feed, "NotificationAdded").await["unreadNotifications"], 1);
    fixture.mention(&fixture.ben).await;
    assert_eq!(next_of_type(&mut feed, "NotificationAdded").await["unreadNotifications"], 2);
    let input = json!({ "channelId": fixture.workspace.general, "seq": first, "epoch": 0 });
    fixture.ben.mutate("markRead", input, "readState { lastReadSeq }").await;
    assert_eq!(next_of_type(&mut feed, "ReadStateChanged").await["unreadNotifications"], 1);
    assert_eq!(fixture.unread(&fixture.ben).await, 1);
}

async fn deleting_a_message_removes_its_notifications(fixture: &Fixture) {
    let mut feed = fixture.feed(&fixture.ben).await;
    let (message, _) = fixture.mention(&fixture.ben).await;
    next_of_type(&mut feed, "NotificationAdded").await;
    let input = json!({ "messageId": message });
    let deleted = fixture.workspace.owner().mutate("deleteMessage", input, "message { id }").await;
    assert_eq!(text(&deleted, "/message/id"), message);
    assert_eq!(next_of_type(&mut feed, "NotificationsChanged").await["unreadNotifications"], 0);
    assert_eq!(fixture.unread(&fixture.ben).await, 0);
}

/// All affected members receive the new count instead of a request to reload.
async fn a_deletion_requires_no_boot(fixture: &Fixture) {
    let (owner, general) = (fixture.workspace.owner(), &fixture.workspace.general);
    let (root, _) = fixture.cid.send_message(general, "root").await;
    let mut feeds = [fixture.feed(&fixture.ben).await, fixture.feed(&fixture.cid).await];
    let words = format!("<@{}> <!channel>", fixture.ben.id);
    let input = json!({ "channelId": general, "threadId": root, "text": words });
    let reply = owner.mutate("sendMessage", input, "message { id }").await;
    for feed in &mut feeds {
        assert_eq!(next_of_type(feed, "NotificationAdded").await["unreadNotifications"], 1);
    }
    owner.mutate("deleteMessage", json!({ "messageId": text(&reply, "/message/id") }), "seq").await;
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
}

async fn editing_a_message_updates_its_notifications(fixture: &Fixture) {
    let (owner, general) = (fixture.workspace.owner(), &fixture.workspace.general);
    let [ben, cid] = [&fixture.ben, &fixture.cid].map(|user| format!("<@{}>", user.id));
    let edit = async |message: &str, words: &str| {
        owner.mutate("editMessage", json!({ "messageId": message, "text": words }), "seq").await;
    };
    let (mut ben_feed, mut cid_feed) = (fixture.feed(&fixture.ben).await, fixture.feed(&fixture.cid).await);
    let (message, seq) = owner.send_message(general, &format!("{ben} hi")).await;
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
    let (root, _) = fixture.ben.send_message(general, "root").await;
    let input = json!({ "channelId": general, "threadId": root, "text": format!("{ben} {cid}") });
    let reply = owner.mutate("sendMessage", input, "seq message { id }").await;
    next_of_type(&mut cid_feed, "NotificationAdded").await;
    edit(&text(&reply, "/message/id"), "nobody").await;
    assert_eq!(next_of_type(&mut cid_feed, "NotificationsChanged").await["unreadNotifications"], 1);
    assert_eq!(fixture.notifications(&fixture.ben).await[0], row(number(&reply, "/seq"), "REPLY", false));
}

async fn a_channel_mention_is_one_row_for_its_members(fixture: &Fixture) {
    let Fixture { store, workspace, ben, cid, .. } = fixture;
    let channel = json!({ "channelId": workspace.general });
    let database = rows::open(store).await;
    let rows = async |table: &str| rows::query(&database, format!("SELECT 1 FROM {table}")).await.len();
    let (_, first) = workspace.owner().send_message(&workspace.general, "<!channel> one").await;
    assert_eq!((rows("mention").await, rows("notification").await), (1, 0));
    // Neither the author nor members who join later are notified.
    let dan = workspace.add_member("Dan", "MEMBER").await;
    let counts =
        async || [fixture.unread(workspace.owner()).await, fixture.unread(ben).await, fixture.unread(&dan).await];
    assert_eq!(counts().await, [0, 1, 0]);
    assert_eq!(fixture.notifications(ben).await, [row(first, "CHANNEL_MENTION", false)]);
    assert_eq!(fixture.notifications(&dan).await, vec![]);
    // Former channel members see no mention, not even those sent during their absence. After rejoining, earlier ones
    // are read.
    ben.mutate("leaveChannel", channel.clone(), "seq").await;
    let (_, second) = workspace.owner().send_message(&workspace.general, "<!here> two").await;
    assert_eq!((fixture.unread(ben).await, fixture.notifications(ben).await), (0, vec![]));
    ben.mutate("joinChannel", channel.clone(), "seq").await;
    assert_eq!(
        (fixture.unread(ben).await, fixture.notifications(ben).await),
        (0, vec![row(first, "CHANNEL_MENTION", true)])
    );
    let both = [row(second, "CHANNEL_MENTION", false), row(first, "CHANNEL_MENTION", false)];
    assert_eq!((fixture.unread(cid).await, fixture.notifications(cid).await), (2, both.to_vec()));
    // Reading the channel reads them. Editing or deleting the message removes them.
    let mut read = channel;
    (read["seq"], read["epoch"]) = (json!(first), json!(0));
    cid.mutate("markRead", read, "privateRev").await;
    assert_eq!(fixture.unread(cid).await, 1);
    let (third, seq) = workspace.owner().send_message(&workspace.general, "<!channel> three").await;
    assert_eq!(fixture.notifications(cid).await[0], row(seq, "CHANNEL_MENTION", false));
    workspace.owner().mutate("editMessage", json!({ "messageId": third, "text": "three" }), "seq").await;
    assert_eq!((fixture.unread(cid).await, fixture.notifications(cid).await.len()), (1, 2));
}

/// Changes during a disconnect raise the revision, so that a resuming client learns of them, and only then.
async fn reports_missed_changes_on_resume(fixture: &Fixture) {
    let mut feed = fixture.feed(&fixture.ben).await;
    fixture.mention(&fixture.ben).await;
    let seen = next_of_type(&mut feed, "NotificationAdded").await;
    let position = (fixture.workspace.seq().await, number(&seen, "/privateRev"));
    feed.close().await;
    // Cid receives what Ben misses, which proves that the reader has written both.
    let mut cid_feed = fixture.feed(&fixture.cid).await;
    let both = format!("<@{}> <@{}>", fixture.ben.id, fixture.cid.id);
    fixture.workspace.owner().send_message(&fixture.workspace.general, &both).await;
    next_of_type(&mut cid_feed, "NotificationAdded").await;
    let mut back = Feed::resumed(&fixture.ben, &fixture.workspace, position).await;
    let changed = next_of_type(&mut back, "PrivateChanged").await;
    assert_eq!(number(&changed, "/privateRev"), position.1 + 1);
    assert_eq!(fixture.unread(&fixture.ben).await, 2);
    // With the current revision nothing is reloaded: the next item is the next change.
    let position = (fixture.workspace.seq().await, position.1 + 1);
    let mut same = Feed::resumed(&fixture.ben, &fixture.workspace, position).await;
    let (_, seq) = fixture.mention(&fixture.ben).await;
    let kinds: Vec<String> =
        [same.next().await, same.next().await].map(|item| text(&item.unwrap(), "/__typename")).into();
    assert_eq!(kinds, ["MessageSent", "NotificationAdded"], "{seq}");
}

async fn the_channel_mentions_setting_is_enforced(fixture: &Fixture) {
    let Fixture { workspace, ben, cid, .. } = fixture;
    let mut feed = fixture.feed(ben).await;
    let set = json!({ "workspaceId": workspace.id, "channelMentions": "ADMINS" });
    assert_eq!(ben.try_mutate("updateWorkspace", &set, "seq").await, Err("FORBIDDEN".into()));
    let (before, _) = ben.send_message(&workspace.general, "<!channel> one").await;
    let shown = workspace.owner().mutate("updateWorkspace", set, "workspace { channelMentions name }").await;
    assert_eq!(shown["workspace"], json!({ "channelMentions": "ADMINS", "name": "Acme" }));
    assert_eq!(next_of_type(&mut feed, "WorkspaceUpdated").await["workspace"]["channelMentions"], "ADMINS");
    let sends = async |user: &Member, channel: &str, words: &str| {
        let input = json!({ "channelId": channel, "text": words });
        user.try_mutate("sendMessage", &input, "message { id }").await
    };
    let edits = async |message: &str, words: &str| {
        let input = json!({ "messageId": message, "text": words });
        ben.try_mutate("editMessage", &input, "seq").await.map(drop)
    };
    for words in ["<!channel>", "all of <!here>"] {
        assert_eq!(sends(ben, &workspace.general, words).await, Err("FORBIDDEN".into()));
        assert!(sends(workspace.owner(), &workspace.general, words).await.is_ok());
    }
    assert!(sends(ben, &workspace.general, "`<!channel>`").await.is_ok());
    let plain = text(&sends(ben, &workspace.general, "plain").await.unwrap(), "/message/id");
    assert_eq!(edits(&plain, "<!channel> plain").await, Err("FORBIDDEN".into()));
    // Messages that mentioned the channel already may be edited. The setting does not apply to direct channels.
    assert_eq!(edits(&before, "<!channel> won").await, Ok(()));
    let input = json!({ "workspaceId": workspace.id, "memberIds": [cid.id] });
    let direct = text(&ben.mutate("openDirect", input, "channel { id }").await, "/channel/id");
    assert!(sends(ben, &direct, "<!here>").await.is_ok());
}

async fn counts_use_permits_of_the_causing_account(fixture: &Fixture) {
    const MENTIONS: i64 = 5;
    let app = &fixture.server.app;
    let (gate, owner) = (&app.semaphores.counts, owner_of(fixture.workspace.owner()).await);
    let mut ben_feed = fixture.feed(&fixture.ben).await;
    let mut owner_feed = fixture.feed(fixture.workspace.owner()).await;
    let permits = hold_all_permits(gate, owner).await;
    let before = app.notifier.counts();
    for _ in 0..MENTIONS {
        fixture.mention(&fixture.ben).await;
    }
    // Another account is notified meanwhile, so the reader has passed the waiting messages.
    let words = format!("<@{}> look", fixture.workspace.owner().id);
    fixture.cid.send_message(&fixture.workspace.general, &words).await;
    assert_eq!(next_of_type(&mut owner_feed, "NotificationAdded").await["unreadNotifications"], 1);
    wait_for_waiters(gate, owner, 1).await;
    assert_eq!(app.notifier.counts() - before, 1);
    drop(permits);
    for _ in 0..MENTIONS {
        assert_eq!(next_of_type(&mut ben_feed, "NotificationAdded").await["unreadNotifications"], MENTIONS);
    }
    assert_eq!(app.notifier.counts() - before, 2, "one count for all queued notifications");
}
