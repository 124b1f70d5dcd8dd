//! Notifications: who is told of a message, that it is told live, and when it counts as read.

use serde_json::{Value, json};

use crate::feed::Feed;
use crate::people::{Company, Person, number, server_on, text};
use crate::server::Server;
use crate::store::{Store, both};

both! {
    a_reply_is_told_to_all_who_wrote_in_the_thread
    reading_a_channel_reads_its_notifications
    a_deleted_message_takes_its_notifications_with_it
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
    next(&mut feed, "PrivateChanged").await;
    assert_eq!(office.unread(&office.ben).await, 0);
    office.server.stop().await;
}
