//! Invites: uses, expiry, what is stored of them, and who may create workspaces.

use std::collections::BTreeMap;

use api::ground::config::{Config, WorkspaceCreation};
use api::ground::id::{AccountId, InviteId, MemberId, WorkspaceId};
use futures_util::future::join_all;
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement, Value as Sql};
use serde_json::{Value, json};

use crate::support::{
    Member, PASSWORD, Request, Server, Setup, Store, Workspace, both, code, document, number, post, process, register,
    rows, sqlite, text,
};

both! {
    registers_no_more_accounts_than_max_uses
    a_failed_registration_returns_its_use
    closes_when_its_creator_loses_the_permission
    an_accepted_invite_does_not_readmit_removed_members
    the_migration_closes_invites_of_unauthorized_creators
}

sqlite! { checks_cheap_conditions_before_hashing_passwords stores_no_invite_secret }

const PREVIEW: &str = "query($t: String!) { invitePreview(token: $t) { workspaceName } }";

fn registration(name: &str, token: &str) -> Request {
    let input = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name,
                        "inviteToken": token });
    post(&json!({ "query": document("register", "token"), "variables": { "input": input } }))
}

/// Creates an invite. Returns its id and token.
async fn create_link(workspace: &Workspace, by: &Member, max_uses: Option<u32>) -> (String, String) {
    let input = json!({ "workspaceId": workspace.id, "maxUses": max_uses });
    let created = by.mutate("createInvite", input, "url invite { id }").await;
    (text(&created, "/invite/id"), text(&created, "/url").rsplit('/').next().unwrap().to_owned())
}

/// The open invites as the owner sees them: uses and creator by id.
async fn listed(workspace: &Workspace) -> BTreeMap<String, (i64, String)> {
    let query = "query($w: ID!) { workspace(id: $w) { invites { id uses createdBy { name } } } }";
    let seen = workspace.owner().execute(query, json!({ "w": workspace.id })).await;
    let seen = seen["data"]["workspace"]["invites"].as_array().unwrap().clone();
    seen.iter().map(|one| (text(one, "/id"), (number(one, "/uses"), text(one, "/createdBy/name")))).collect()
}

async fn accept(user: &Member, input: &Value) -> Value {
    user.execute(&document("acceptInvite", "workspace { id }"), json!({ "input": input })).await
}

async fn registers_no_more_accounts_than_max_uses(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let (id, token) = create_link(&workspace, workspace.owner(), Some(4)).await;
    let responses = join_all((0..20).map(|n| server.send(registration(&format!("guest{n}"), &token)))).await;
    let responses: Vec<Value> = responses.iter().map(crate::support::Response::json).collect();
    let (entered, refused): (Vec<&Value>, Vec<&Value>) =
        responses.iter().partition(|response| code(response).is_none());
    assert_eq!((entered.len(), refused.len()), (4, 16));
    assert!(refused.iter().all(|response| code(response).as_deref() == Some("NOT_FOUND")), "{refused:?}");
    // Accounts that exist already find no use left. Accounts that registered with the invite keep theirs.
    let other = workspace.register("Otto Other").await;
    let input = json!({ "token": token });
    assert_eq!(code(&accept(&other, &input).await).as_deref(), Some("NOT_FOUND"));
    let seen = server.graphql(PREVIEW, json!({ "t": token })).await;
    assert_eq!(code(&seen).as_deref(), Some("NOT_FOUND"));
    for response in entered {
        let guest = other.signed_in(&text(response, "/data/register/token"));
        assert_eq!(
            guest.execute(PREVIEW, json!({ "t": token })).await["data"]["invitePreview"]["workspaceName"],
            "Acme"
        );
        assert!(code(&accept(&guest, &input).await).is_none());
    }
    let uses = rows::query(&rows::open(store).await, "SELECT uses FROM invite ORDER BY id DESC LIMIT 1").await;
    assert_eq!(uses[0].try_get::<i32>("", "uses").unwrap(), 4);
    assert!(!listed(&workspace).await.contains_key(&id), "an exhausted invite is listed");
    server.stop().await;
    process::verify(store).await;
    assert_replay_matches(store).await;
}

/// Asserts that a replay rebuilds the rows of invites.
async fn assert_replay_matches(store: &Store) {
    let tables = ["invite", "invite_reservation"];
    let mut before = Vec::new();
    for table in tables {
        before.push(rows::dump(&rows::open(store).await, table).await);
    }
    assert!(process::run(store, &["replay"]).await.0);
    for (table, before) in tables.iter().zip(before) {
        assert_eq!(rows::dump(&rows::open(store).await, table).await, before, "{table}");
    }
}

async fn a_failed_registration_returns_its_use(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let (id, token) = create_link(&workspace, workspace.owner(), Some(5)).await;
    let responses = join_all((0..4).map(|_| server.send(registration("same", &token)))).await;
    let codes: Vec<Option<String>> = responses.iter().map(|response| code(&response.json())).collect();
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().flatten().filter(|code| *code == "CONFLICT").count(), 3, "{codes:?}");
    assert_eq!(listed(&workspace).await[&id].0, 1);
    server.stop().await;
    assert_replay_matches(store).await;
}

async fn checks_cheap_conditions_before_hashing_passwords(Setup { server, workspace, .. }: &Setup) {
    let (_, used) = create_link(workspace, workspace.owner(), Some(1)).await;
    register(server, "Gus Guest", Some(&used)).await;
    let before = server.app.passwords.computed();
    let known = workspace.owner().email.split('@').next().unwrap();
    for (request, wanted) in [
        (registration("new", &used), "NOT_FOUND"),
        (registration("new", "nonsense"), "NOT_FOUND"),
        (registration(known, &workspace.invite), "CONFLICT"),
        (registration("new@", &workspace.invite), "BAD_USER_INPUT"),
        (without_invite(), "FORBIDDEN"),
    ] {
        assert_eq!(server.send(request).await.code(), wanted);
    }
    assert_eq!(server.app.passwords.computed(), before);
    workspace.register("Nora New").await;
    assert_eq!(server.app.passwords.computed(), before + 1);
}

fn without_invite() -> Request {
    let input = json!({ "email": "new@example.com", "password": PASSWORD, "name": "New" });
    post(&json!({ "query": document("register", "token"), "variables": { "input": input } }))
}

/// Removal, leaving and demotion close every invite of the creator at once, and no other invite.
async fn closes_when_its_creator_loses_the_permission(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let guest = workspace.register("Gus Guest").await;
    for (number, end) in ["removeMember", "leaveWorkspace", "setMemberRole"].into_iter().enumerate() {
        let admin = workspace.add_member(&format!("Ben {number}"), "ADMIN").await;
        let (id, token) = create_link(&workspace, &admin, None).await;
        assert_eq!(listed(&workspace).await[&id].1, format!("Ben {number}"));
        // Registered with the invite, and has not joined yet.
        let early = register(&server, &format!("Early {number}"), Some(&token)).await;
        let about = json!({ "memberId": admin.id, "role": "MEMBER" });
        match end {
            "removeMember" => drop(remove(&workspace, &admin).await),
            "leaveWorkspace" => {
                drop(admin.mutate(end, json!({ "workspaceId": workspace.id }), "seq").await);
            }
            _ => drop(workspace.owner().mutate(end, about, "seq").await),
        }
        let input = json!({ "token": token });
        let responses = [
            server.graphql(PREVIEW, json!({ "t": token })).await,
            server.send(registration(&format!("late{number}"), &token)).await.json(),
            accept(&guest, &input).await,
            accept(&early, &input).await,
            accept(&admin, &input).await,
        ];
        let codes: Vec<Option<String>> = responses.iter().map(code).collect();
        let dead = Some("NOT_FOUND".to_owned());
        assert!(codes.iter().all(|code| *code == dead), "{end}: {codes:?}");
        assert!(!listed(&workspace).await.contains_key(&id), "{end}");
    }
    // Regaining the role does not reopen the invites.
    let admin = workspace.add_member("Ada Again", "ADMIN").await;
    let (_, token) = create_link(&workspace, &admin, None).await;
    for role in ["MEMBER", "ADMIN"] {
        workspace.owner().mutate("setMemberRole", json!({ "memberId": admin.id, "role": role }), "seq").await;
    }
    assert_eq!(code(&accept(&guest, &json!({ "token": token })).await).as_deref(), Some("NOT_FOUND"));
    // Invites of other creators stay open.
    assert!(code(&accept(&guest, &json!({ "token": workspace.invite })).await).is_none());
    server.stop().await;
    process::verify(store).await;
    assert_replay_matches(store).await;
}

async fn remove(workspace: &Workspace, user: &Member) -> Value {
    let input = json!({ "memberId": user.id });
    workspace.owner().mutate("removeMember", input, "seq").await
}

/// A retried `acceptInvite` returns its recorded outcome only.
async fn an_accepted_invite_does_not_readmit_removed_members(Setup { server, workspace, .. }: &Setup) {
    let (_, token) = create_link(workspace, workspace.owner(), Some(1)).await;
    let user = register(server, "Ben Back", Some(&token)).await;
    let input = json!({ "token": token, "commandId": "cmd_01h455vb4pex5vsknk084sn02q" });
    assert!(code(&accept(&user, &input).await).is_none());
    let me = "query($w: ID!) { workspace(id: $w) { me { id } } }";
    let seen = user.execute(me, json!({ "w": workspace.id })).await;
    let user = Member { id: text(&seen, "/data/workspace/me/id"), ..user };
    remove(workspace, &user).await;
    for again in [&input, &json!({ "token": token })] {
        assert_eq!(code(&accept(&user, again).await).as_deref(), Some("NOT_FOUND"));
    }
    let seen = user.execute(me, json!({ "w": workspace.id })).await;
    assert_eq!(code(&seen).as_deref(), Some("NOT_FOUND"));
}

async fn stores_no_invite_secret(store: &Store) {
    let server = Server::on(store).await;
    let workspace = Workspace::create(&server).await;
    let (_, token) = create_link(&workspace, workspace.owner(), None).await;
    server.stop().await;
    let bytes = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, &token).unwrap();
    let secret = &bytes[32..];
    let hidden = [secret.to_vec(), hex::encode(secret).into_bytes(), token.into_bytes()];
    let id = &bytes[16..32];
    let mut known = 0;
    for entry in std::fs::read_dir(store.directory.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let stored = std::fs::read(&path).unwrap();
            let holds = |text: &[u8]| stored.windows(text.len()).any(|window| window == text);
            known += usize::from(holds(id));
            for text in &hidden {
                assert!(!holds(text), "{}", path.display());
            }
        }
    }
    assert!(known > 0, "the id of the invite was not found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn workspace_creation_follows_the_setting() {
    for (setting, others_may) in [(WorkspaceCreation::Admins, false), (WorkspaceCreation::Everyone, true)] {
        let store = Store::sqlite();
        let server = Server::with_config(Config { workspace_creation: setting, ..store.config() }).await;
        let workspace = Workspace::create(&server).await;
        let other = workspace.register("Otto Other").await;
        for (user, may) in [(workspace.owner(), true), (&other, others_may)] {
            let viewer = user.execute("{ viewer { account { canCreateWorkspaces } } }", Value::Null).await;
            assert_eq!(viewer["data"]["viewer"]["account"]["canCreateWorkspaces"], may);
            let input = json!({ "input": { "name": "Another" } });
            let created = user.execute(&document("createWorkspace", "workspace { id }"), input).await;
            assert_eq!(code(&created).as_deref(), (!may).then_some("FORBIDDEN"), "{created}");
        }
    }
}

/// An invite creator as stored before the migration.
struct Creator {
    role: &'static str,
    active: bool,
    joined_at: i64,
    is_valid: bool,
}

async fn the_migration_closes_invites_of_unauthorized_creators(store: &Store) {
    let file = format!("sqlite://{}?mode=rwc", store.directory.path().join("confab.sqlite").display());
    let database = Database::connect(store.database_url().unwrap_or(file)).await.unwrap();
    Migrator::up(&database, Some(11)).await.unwrap();
    let workspace = WorkspaceId::mint();
    let creators = [
        Creator { role: "owner", active: true, joined_at: 1, is_valid: true },
        Creator { role: "admin", active: true, joined_at: 1, is_valid: true },
        Creator { role: "member", active: true, joined_at: 1, is_valid: false },
        Creator { role: "admin", active: false, joined_at: 1, is_valid: false },
        // Created during an earlier membership.
        Creator { role: "admin", active: true, joined_at: 6, is_valid: false },
    ];
    let mut created = Vec::new();
    for creator in &creators {
        created.push((insert_invite(&database, workspace, creator).await, creator.is_valid));
    }
    Migrator::up(&database, None).await.unwrap();
    database.close().await.unwrap();
    let rows = rows::query(
        &rows::open(store).await,
        "SELECT i.id, i.revoked, s.secret_hash FROM invite i \
        JOIN invite_secret s ON s.workspace_id = i.workspace_id AND s.invite_id = i.id ORDER BY i.id",
    )
    .await;
    assert_eq!(rows.len(), creators.len());
    for (row, (id, is_valid)) in rows.iter().zip(created) {
        assert_eq!(row.try_get::<uuid::Uuid>("", "id").unwrap(), id.0);
        assert_eq!(!row.try_get::<bool>("", "revoked").unwrap(), is_valid);
        let hash = <sha2::Sha256 as sha2::Digest>::digest([7_u8; 16]);
        assert_eq!(row.try_get::<Vec<u8>>("", "secret_hash").unwrap(), hash.to_vec());
    }
}

/// Inserts an invite that `creator` created at 5.
async fn insert_invite(database: &DatabaseConnection, workspace: WorkspaceId, creator: &Creator) -> InviteId {
    let (member, invite) = (MemberId::mint(), InviteId::mint());
    let insert = async |sql: &str, values: Vec<Sql>| {
        let statement = Statement::from_sql_and_values(database.get_database_backend(), sql, values);
        database.execute_raw(statement).await.unwrap();
    };
    let values = vec![
        workspace.0.into(),
        member.0.into(),
        AccountId::mint().0.into(),
        creator.role.into(),
        creator.active.into(),
        creator.joined_at.into(),
    ];
    insert(
        "INSERT INTO member (workspace_id, id, account_id, handle, name, role, active, joined_at, joined_seq) \
         VALUES ($1, $2, $3, '', '', $4, $5, $6, 1)",
        values,
    )
    .await;
    let values = vec![workspace.0.into(), invite.0.into(), member.0.into(), false.into()];
    insert(
        "INSERT INTO invite (workspace_id, id, created_by, created_at, uses, revoked) VALUES ($1, $2, $3, 5, 0, $4)",
        values,
    )
    .await;
    let values = vec![workspace.0.into(), invite.0.into(), "07".repeat(16).into()];
    insert("INSERT INTO invite_secret (workspace_id, invite_id, secret) VALUES ($1, $2, $3)", values).await;
    invite
}
