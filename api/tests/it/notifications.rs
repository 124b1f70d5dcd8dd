//! Notifications: who is told of a message, that it is told live, and when it counts as read.

use serde_json::{Value, json};

use crate::fair_turns::{all_turns, owner_of, waiting};
use crate::feed::Feed;
use crate::people::{Company, Person, number, server_on, text};
use crate::rows;
use crate::server::Server;
use crate::store::{Store, both};

both! {
    counts_are_made_by_the_turns_of_those_who_cause_them
    a_reply_is_told_to_all_who_wrote_in_the_thread
    reading_a_channel_reads_its_notifications
    a_deleted_message_takes_its_notifications_with_it
    a_deletion_makes_nobody_boot
    an_edit_leaves_what_was_written_so_from_the_beginning
    a_mention_of_a_channel_is_one_row_for_those_who_were_in_it
    what_was_missed_is_told_on_coming_back
    who_may_mention_a_channel_is_a_setting
}

/// A company, two colleagues, and what the second hears.
struct Office {
    server: Server,
    company: Company,
    ben: Person,
    cid: Person,
}

impl Office {
    async fn open(store: &Store) -> Self {
        let server = server_on(store).await;
        let company = Company::first(&server).await;
        let (ben, cid) = (company.hires(&server, "Ben", "MEMBER").await, company.hires(&server, "Cid", "MEMBER").await);
        Self { server, company, ben, cid }
    }

    async fn feed(&self, person: &Person) -> Feed {
        Feed::socket(&self.server, person, &self.company, self.company.seq(&self.server).await).await
    }

    /// What counts as unread for somebody, as boot has it.
    async fn unread(&self, person: &Person) -> i64 {
        let query = "query($id: ID!) { boot(workspaceId: $id) { unreadNotifications } }";
        number(
            &person.ask(&self.server, query, json!({ "id": self.company.workspace })).await,
            "/data/boot/unreadNotifications",
        )
    }

    /// The notifications of somebody as a list has them, the newest first: number, reason, whether it is read.
    async fn told(&self, person: &Person) -> Vec<(i64, String, bool)> {
        let query = "query($id: ID!) { workspace(id: $id) { notifications(last: 50) { nodes { seq reason read } } } }";
        let answer = person.ask(&self.server, query, json!({ "id": self.company.workspace })).await;
        let rows = answer["data"]["workspace"]["notifications"]["nodes"].as_array().unwrap().iter().rev();
        rows.map(|row| (number(row, "/seq"), text(row, "/reason"), row["read"] == true)).collect()
    }

    async fn replies(&self, person: &Person, root: &str, words: &str) -> i64 {
        let general = &self.company.general;
        let input =
            json!({ "workspaceId": self.company.workspace, "channelId": general, "threadId": root, "text": words });
        number(&person.does(&self.server, "sendMessage", "{ seq }", input).await, "/seq")
    }

    async fn mentions(&self, whom: &Person) -> (String, i64) {
        let words = format!("<@{}> look", whom.member);
        self.company.owner.sends(&self.server, &self.company, &self.company.general, &words).await
    }
}

fn told(seq: i64, reason: &str, read: bool) -> (i64, String, bool) {
    (seq, reason.to_owned(), read)
}

/// The next item of a kind.
async fn next(feed: &mut Feed, kind: &str) -> Value {
    loop {
        let item = feed.next().await.unwrap();
        if item["__typename"] == kind {
            return item;
        }
    }
}

async fn a_reply_is_told_to_all_who_wrote_in_the_thread(store: &Store) {
    let office = Office::open(store).await;
    let general = office.company.general.clone();
    let (root, _) = office.company.owner.sends(&office.server, &office.company, &general, "root").await;
    office.replies(&office.ben, &root, "first").await;
    let mut feed = office.feed(&office.ben).await;
    let second = office.replies(&office.cid, &root, "second").await;
    let told = next(&mut feed, "NotificationAdded").await;
    assert_eq!((&told["reason"], &told["messageSeq"]), (&json!("REPLY"), &json!(second)));
    assert_eq!(told["unreadNotifications"], 1);
    // The author of a message is not told of it.
    assert_eq!(office.unread(&office.cid).await, 0);
    // Reading the channel does not read its threads.
    let input = json!({ "workspaceId": office.company.workspace, "channelId": general, "seq": second, "epoch": 0 });
    office.ben.does(&office.server, "markRead", "{ reading { lastReadSeq } }", input).await;
    assert_eq!(office.unread(&office.ben).await, 1);
    office.server.stop().await;
}

async fn reading_a_channel_reads_its_notifications(store: &Store) {
    let office = Office::open(store).await;
    let mut feed = office.feed(&office.ben).await;
    let (_, first) = office.mentions(&office.ben).await;
    assert_eq!(next(&mut feed, "NotificationAdded").await["unreadNotifications"], 1);
    office.mentions(&office.ben).await;
    assert_eq!(next(&mut feed, "NotificationAdded").await["unreadNotifications"], 2);
    let input = json!({ "workspaceId": office.company.workspace, "channelId": office.company.general, "seq": first, "epoch": 0 });
    office.ben.does(&office.server, "markRead", "{ reading { lastReadSeq } }", input).await;
    assert_eq!(next(&mut feed, "ReadingChanged").await["unreadNotifications"], 1);
    assert_eq!(office.unread(&office.ben).await, 1);
    office.server.stop().await;
}

async fn a_deleted_message_takes_its_notifications_with_it(store: &Store) {
    let office = Office::open(store).await;
    let mut feed = office.feed(&office.ben).await;
    let (message, _) = office.mentions(&office.ben).await;
    next(&mut feed, "NotificationAdded").await;
    let input = json!({ "workspaceId": office.company.workspace, "messageId": message });
    let deleted = office.company.owner.does(&office.server, "deleteMessage", "{ message { id } }", input).await;
    assert_eq!(text(&deleted, "/message/id"), message);
    assert_eq!(next(&mut feed, "NotificationsChanged").await["unreadNotifications"], 0);
    assert_eq!(office.unread(&office.ben).await, 0);
    office.server.stop().await;
}

/// Everybody whom a message concerned hears what is left, and not that they should read everything again.
async fn a_deletion_makes_nobody_boot(store: &Store) {
    let office = Office::open(store).await;
    let (owner, general) = (&office.company.owner, &office.company.general);
    let (root, _) = office.cid.sends(&office.server, &office.company, general, "root").await;
    let mut feeds = [office.feed(&office.ben).await, office.feed(&office.cid).await];
    let words = format!("<@{}> <!channel>", office.ben.member);
    let input =
        json!({ "workspaceId": office.company.workspace, "channelId": general, "threadId": root, "text": words });
    let reply = owner.does(&office.server, "sendMessage", "{ message { id } }", input).await;
    for feed in &mut feeds {
        assert_eq!(next(feed, "NotificationAdded").await["unreadNotifications"], 1);
    }
    let input = json!({ "workspaceId": office.company.workspace, "messageId": text(&reply, "/message/id") });
    owner.does(&office.server, "deleteMessage", "{ seq }", input).await;
    for feed in &mut feeds {
        let mut heard = Vec::new();
        loop {
            let item = feed.next().await.unwrap();
            heard.push(text(&item, "/__typename"));
            if item["__typename"] == "NotificationsChanged" {
                assert_eq!(item["unreadNotifications"], 0);
                break;
            }
        }
        assert!(!heard.iter().any(|kind| kind == "PrivateChanged"), "{heard:?}");
    }
    office.server.stop().await;
}

async fn an_edit_leaves_what_was_written_so_from_the_beginning(store: &Store) {
    let office = Office::open(store).await;
    let (owner, general) = (&office.company.owner, &office.company.general);
    let [ben, cid] = [&office.ben, &office.cid].map(|person| format!("<@{}>", person.member));
    let edit = async |message: &str, words: &str| {
        let input = json!({ "workspaceId": office.company.workspace, "messageId": message, "text": words });
        owner.does(&office.server, "editMessage", "{ seq }", input).await;
    };
    let (mut of_ben, mut of_cid) = (office.feed(&office.ben).await, office.feed(&office.cid).await);
    let (message, seq) = owner.sends(&office.server, &office.company, general, &format!("{ben} hi")).await;
    next(&mut of_ben, "NotificationAdded").await;
    // Mentioned no more: all is as if it had never been.
    edit(&message, "hi").await;
    assert_eq!(next(&mut of_ben, "NotificationsChanged").await["unreadNotifications"], 0);
    assert_eq!((office.unread(&office.ben).await, office.told(&office.ben).await), (0, vec![]));
    // A mention that was forgotten, twice: it is told once, and to the other one with the other edit.
    edit(&message, &format!("{ben} hi")).await;
    assert_eq!(next(&mut of_ben, "NotificationAdded").await["messageSeq"], json!(seq));
    edit(&message, &format!("{ben} {cid} hi")).await;
    assert_eq!(next(&mut of_cid, "NotificationAdded").await["messageSeq"], json!(seq));
    let (_, last) = office.mentions(&office.ben).await;
    assert_eq!(next(&mut of_ben, "NotificationAdded").await["messageSeq"], json!(last));
    assert_eq!(office.told(&office.ben).await, [told(last, "MENTION", false), told(seq, "MENTION", false)]);
    assert_eq!(office.told(&office.cid).await, [told(seq, "MENTION", false)]);
    // Who is concerned for another reason keeps the notification for that one.
    let (root, _) = office.ben.sends(&office.server, &office.company, general, "root").await;
    let input = json!({ "workspaceId": office.company.workspace, "channelId": general, "threadId": root,
        "text": format!("{ben} {cid}") });
    let reply = owner.does(&office.server, "sendMessage", "{ seq message { id } }", input).await;
    next(&mut of_cid, "NotificationAdded").await;
    edit(&text(&reply, "/message/id"), "nobody").await;
    assert_eq!(next(&mut of_cid, "NotificationsChanged").await["unreadNotifications"], 1);
    assert_eq!(office.told(&office.ben).await[0], told(number(&reply, "/seq"), "REPLY", false));
    office.server.stop().await;
}

async fn a_mention_of_a_channel_is_one_row_for_those_who_were_in_it(store: &Store) {
    let office = Office::open(store).await;
    let Office { server, company, ben, cid } = &office;
    let channel = json!({ "workspaceId": company.workspace, "channelId": company.general });
    let database = rows::open(store).await;
    let rows = async |table: &str| rows::query(&database, format!("SELECT 1 FROM {table}")).await.len();
    let (_, first) = company.owner.sends(server, company, &company.general, "<!channel> one").await;
    assert_eq!((rows("mention").await, rows("notification").await), (1, 0));
    // Not its author, and nobody who comes later.
    let dan = company.hires(server, "Dan", "MEMBER").await;
    let counts = async || [office.unread(&company.owner).await, office.unread(ben).await, office.unread(&dan).await];
    assert_eq!(counts().await, [0, 1, 0]);
    assert_eq!(office.told(ben).await, [told(first, "CHANNEL_MENTION", false)]);
    assert_eq!(office.told(&dan).await, vec![]);
    // Who is out sees none; who was away while it was written never does, and what was before is read.
    ben.does(server, "leaveChannel", "{ seq }", channel.clone()).await;
    let (_, second) = company.owner.sends(server, company, &company.general, "<!here> two").await;
    assert_eq!((office.unread(ben).await, office.told(ben).await), (0, vec![]));
    ben.does(server, "joinChannel", "{ seq }", channel.clone()).await;
    assert_eq!((office.unread(ben).await, office.told(ben).await), (0, vec![told(first, "CHANNEL_MENTION", true)]));
    let both = [told(second, "CHANNEL_MENTION", false), told(first, "CHANNEL_MENTION", false)];
    assert_eq!((office.unread(cid).await, office.told(cid).await), (2, both.to_vec()));
    // Reading the channel reads them; an edit takes the mention back, a deletion as well.
    let mut read = channel;
    (read["seq"], read["epoch"]) = (json!(first), json!(0));
    cid.does(server, "markRead", "{ privateRev }", read).await;
    assert_eq!(office.unread(cid).await, 1);
    let (third, seq) = company.owner.sends(server, company, &company.general, "<!channel> three").await;
    assert_eq!(office.told(cid).await[0], told(seq, "CHANNEL_MENTION", false));
    let input = json!({ "workspaceId": company.workspace, "messageId": third, "text": "three" });
    company.owner.does(server, "editMessage", "{ seq }", input).await;
    assert_eq!((office.unread(cid).await, office.told(cid).await.len()), (1, 2));
    office.server.stop().await;
}

/// What came while nobody was connected raises the revision, so that coming back says so; and only then.
async fn what_was_missed_is_told_on_coming_back(store: &Store) {
    let office = Office::open(store).await;
    let mut feed = office.feed(&office.ben).await;
    office.mentions(&office.ben).await;
    let seen = next(&mut feed, "NotificationAdded").await;
    let position = (office.company.seq(&office.server).await, number(&seen, "/privateRev"));
    feed.close().await;
    // Somebody else hears what Ben misses: the reader has written both.
    let mut of_cid = office.feed(&office.cid).await;
    let both = format!("<@{}> <@{}>", office.ben.member, office.cid.member);
    office.company.owner.sends(&office.server, &office.company, &office.company.general, &both).await;
    next(&mut of_cid, "NotificationAdded").await;
    let mut back = Feed::resumed(&office.server, &office.ben, &office.company, position).await;
    let changed = next(&mut back, "PrivateChanged").await;
    assert_eq!(number(&changed, "/privateRev"), position.1 + 1);
    assert_eq!(office.unread(&office.ben).await, 2);
    // With the revision of now, nothing is to be read again: the next thing heard is the next thing done.
    let position = (office.company.seq(&office.server).await, position.1 + 1);
    let mut same = Feed::resumed(&office.server, &office.ben, &office.company, position).await;
    let (_, seq) = office.mentions(&office.ben).await;
    let kinds: Vec<String> =
        [same.next().await, same.next().await].map(|item| text(&item.unwrap(), "/__typename")).into();
    assert_eq!(kinds, ["MessageSent", "NotificationAdded"], "{seq}");
    office.server.stop().await;
}

async fn who_may_mention_a_channel_is_a_setting(store: &Store) {
    let office = Office::open(store).await;
    let Office { server, company, ben, cid } = &office;
    let mut feed = office.feed(ben).await;
    let set = json!({ "workspaceId": company.workspace, "channelMentions": "ADMINS" });
    assert_eq!(ben.tries(server, "updateWorkspace", "{ seq }", set.clone()).await, Err("FORBIDDEN".into()));
    let (before, _) = ben.sends(server, company, &company.general, "<!channel> one").await;
    let shown = company.owner.does(server, "updateWorkspace", "{ workspace { channelMentions name } }", set).await;
    assert_eq!(shown["workspace"], json!({ "channelMentions": "ADMINS", "name": "Acme" }));
    assert_eq!(next(&mut feed, "WorkspaceUpdated").await["workspace"]["channelMentions"], "ADMINS");
    let sends = async |person: &Person, channel: &str, words: &str| {
        let input = json!({ "workspaceId": company.workspace, "channelId": channel, "text": words });
        person.tries(server, "sendMessage", "{ message { id } }", input).await
    };
    let edits = async |message: &str, words: &str| {
        let input = json!({ "workspaceId": company.workspace, "messageId": message, "text": words });
        ben.tries(server, "editMessage", "{ seq }", input).await.map(drop)
    };
    for words in ["<!channel>", "all of <!here>"] {
        assert_eq!(sends(ben, &company.general, words).await, Err("FORBIDDEN".into()));
        assert!(sends(&company.owner, &company.general, words).await.is_ok());
    }
    assert!(sends(ben, &company.general, "`<!channel>`").await.is_ok());
    let plain = text(&sends(ben, &company.general, "plain").await.unwrap(), "/message/id");
    assert_eq!(edits(&plain, "<!channel> plain").await, Err("FORBIDDEN".into()));
    // What mentioned it already may be corrected. A direct channel is nobody's but its people's.
    assert_eq!(edits(&before, "<!channel> won").await, Ok(()));
    let input = json!({ "workspaceId": company.workspace, "memberIds": [cid.member] });
    let direct = text(&ben.does(server, "openDirect", "{ channel { id } }", input).await, "/channel/id");
    assert!(sends(ben, &direct, "<!here>").await.is_ok());
    office.server.stop().await;
}

async fn counts_are_made_by_the_turns_of_those_who_cause_them(store: &Store) {
    const MENTIONS: i64 = 5;
    let office = Office::open(store).await;
    let app = &office.server.app;
    let (gate, owner) = (&app.gates.counts, owner_of(&office.server, &office.company.owner).await);
    let mut of_ben = office.feed(&office.ben).await;
    let mut of_owner = office.feed(&office.company.owner).await;
    let turns = all_turns(gate, owner).await;
    let before = app.telling.counts();
    for _ in 0..MENTIONS {
        office.mentions(&office.ben).await;
    }
    // What another causes is told meanwhile, and so the reader is past the others.
    let words = format!("<@{}> look", office.company.owner.member);
    office.cid.sends(&office.server, &office.company, &office.company.general, &words).await;
    assert_eq!(next(&mut of_owner, "NotificationAdded").await["unreadNotifications"], 1);
    waiting(gate, owner, 1).await;
    assert_eq!(app.telling.counts() - before, 1);
    drop(turns);
    for _ in 0..MENTIONS {
        assert_eq!(next(&mut of_ben, "NotificationAdded").await["unreadNotifications"], MENTIONS);
    }
    assert_eq!(app.telling.counts() - before, 2, "one for all that had come until then");
    office.server.stop().await;
}
