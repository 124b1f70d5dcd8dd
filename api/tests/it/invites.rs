//! Invites: how often one works, when it ends, what is stored of it, and who may create workspaces.

use std::collections::BTreeMap;

use api::config::{Config, WorkspaceCreation};
use api::id::{AccountId, InviteId, MemberId, WorkspaceId};
use futures_util::future::join_all;
use migrations::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement, Value as Sql};
use serde_json::{Value, json};

use crate::people::{Company, PASSWORD, Person, code, mutation, number, register, server_of, server_on, text};
use crate::server::{Request, Server, post};
use crate::store::{Store, both};
use crate::{process, rows};

both!(
    an_invite_registers_no_more_accounts_than_it_has_uses
    who_did_not_register_gives_the_use_back
    an_invite_ends_with_its_creators_right
    an_invite_that_was_accepted_does_not_bring_back
    invites_from_before_end_with_their_creators_right
);

const PREVIEW: &str = "query($t: String!) { invitePreview(token: $t) { workspaceName } }";

fn registration(name: &str, token: &str) -> Request {
    let input = json!({ "email": format!("{name}@example.com"), "password": PASSWORD, "name": name,
                        "inviteToken": token });
    post(&json!({ "query": mutation("register", "{ token }"), "variables": { "input": input } }))
}

/// A new link: its id and token.
async fn link(server: &Server, company: &Company, by: &Person, max_uses: Option<u32>) -> (String, String) {
    let input = json!({ "workspaceId": company.workspace, "maxUses": max_uses });
    let made = by.does(server, "createInvite", "{ url invite { id } }", input).await;
    (text(&made, "/invite/id"), text(&made, "/url").rsplit('/').next().unwrap().to_owned())
}

/// What the owner sees of the invites that work: how often each was used, and who made it.
async fn listed(server: &Server, company: &Company) -> BTreeMap<String, (i64, String)> {
    let query = "query($w: ID!) { workspace(id: $w) { invites { id uses createdBy { name } } } }";
    let seen = company.owner.ask(server, query, json!({ "w": company.workspace })).await;
    let seen = seen["data"]["workspace"]["invites"].as_array().unwrap().clone();
    seen.iter().map(|one| (text(one, "/id"), (number(one, "/uses"), text(one, "/createdBy/name")))).collect()
}

async fn accept(server: &Server, person: &Person, input: &Value) -> Value {
    person.ask(server, &mutation("acceptInvite", "{ workspace { id } }"), json!({ "input": input })).await
}

async fn an_invite_registers_no_more_accounts_than_it_has_uses(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let (id, token) = link(&server, &company, &company.owner, Some(4)).await;
    let answers = join_all((0..20).map(|n| server.send(registration(&format!("guest{n}"), &token)))).await;
    let answers: Vec<Value> = answers.iter().map(crate::server::Reply::json).collect();
    let (entered, refused): (Vec<&Value>, Vec<&Value>) = answers.iter().partition(|answer| code(answer).is_none());
    assert_eq!((entered.len(), refused.len()), (4, 16));
    assert!(refused.iter().all(|answer| code(answer).as_deref() == Some("NOT_FOUND")), "{refused:?}");
    // Whoever has an account finds no use left; those who registered with it have theirs.
    let other = register(&server, "Otto Other", Some(&company.invite)).await;
    let input = json!({ "token": token });
    assert_eq!(code(&accept(&server, &other, &input).await).as_deref(), Some("NOT_FOUND"));
    let seen = server.graphql(None, PREVIEW, json!({ "t": token })).await;
    assert_eq!(code(&seen).as_deref(), Some("NOT_FOUND"));
    for answer in entered {
        let guest = Person { token: text(answer, "/data/register/token"), ..Person::default() };
        assert_eq!(
            guest.ask(&server, PREVIEW, json!({ "t": token })).await["data"]["invitePreview"]["workspaceName"],
            "Acme"
        );
        assert!(code(&accept(&server, &guest, &input).await).is_none());
    }
    let uses = rows::query(&rows::open(store).await, "SELECT uses FROM invite ORDER BY id DESC LIMIT 1").await;
    assert_eq!(uses[0].try_get::<i32>("", "uses").unwrap(), 4);
    assert!(!listed(&server, &company).await.contains_key(&id), "a link that is used up is listed");
    server.stop().await;
    process::verify(store).await;
    replays(store).await;
}

/// The derived rows of invites are those of a replay.
async fn replays(store: &Store) {
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

async fn who_did_not_register_gives_the_use_back(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let (id, token) = link(&server, &company, &company.owner, Some(5)).await;
    let answers = join_all((0..4).map(|_| server.send(registration("same", &token)))).await;
    let codes: Vec<Option<String>> = answers.iter().map(|answer| code(&answer.json())).collect();
    assert_eq!(codes.iter().filter(|code| code.is_none()).count(), 1, "{codes:?}");
    assert_eq!(codes.iter().flatten().filter(|code| *code == "CONFLICT").count(), 3, "{codes:?}");
    assert_eq!(listed(&server, &company).await[&id].0, 1);
    server.stop().await;
    replays(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_costs_little_is_refused_before_a_password_is_hashed() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let (_, used) = link(&server, &company, &company.owner, Some(1)).await;
    register(&server, "Gus Guest", Some(&used)).await;
    let before = server.app.passwords.computed();
    let known = company.owner.email.split('@').next().unwrap();
    for (request, wanted) in [
        (registration("new", &used), "NOT_FOUND"),
        (registration("new", "nonsense"), "NOT_FOUND"),
        (registration(known, &company.invite), "CONFLICT"),
        (registration("new@", &company.invite), "BAD_USER_INPUT"),
        (without_invite(), "FORBIDDEN"),
    ] {
        assert_eq!(server.send(request).await.code(), wanted);
    }
    assert_eq!(server.app.passwords.computed(), before);
    register(&server, "Nora New", Some(&company.invite)).await;
    assert_eq!(server.app.passwords.computed(), before + 1);
}

fn without_invite() -> Request {
    let input = json!({ "email": "new@example.com", "password": PASSWORD, "name": "New" });
    post(&json!({ "query": mutation("register", "{ token }"), "variables": { "input": input } }))
}

/// Removed, gone, and an admin no longer: all ways in are closed, at once, and no other link is.
async fn an_invite_ends_with_its_creators_right(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let guest = register(&server, "Gus Guest", Some(&company.invite)).await;
    for (number, end) in ["removeMember", "leaveWorkspace", "setMemberRole"].into_iter().enumerate() {
        let admin = company.hires(&server, &format!("Ben {number}"), "ADMIN").await;
        let (id, token) = link(&server, &company, &admin, None).await;
        assert_eq!(listed(&server, &company).await[&id].1, format!("Ben {number}"));
        // One who registered with it has not joined yet.
        let early = register(&server, &format!("Early {number}"), Some(&token)).await;
        let about = json!({ "workspaceId": company.workspace, "memberId": admin.member, "role": "MEMBER" });
        match end {
            "removeMember" => drop(remove(&server, &company, &admin).await),
            "leaveWorkspace" => {
                drop(admin.does(&server, end, "{ seq }", json!({ "workspaceId": company.workspace })).await);
            }
            _ => drop(company.owner.does(&server, end, "{ seq }", about).await),
        }
        let input = json!({ "token": token });
        let answers = [
            server.graphql(None, PREVIEW, json!({ "t": token })).await,
            server.send(registration(&format!("late{number}"), &token)).await.json(),
            accept(&server, &guest, &input).await,
            accept(&server, &early, &input).await,
            accept(&server, &admin, &input).await,
        ];
        let codes: Vec<Option<String>> = answers.iter().map(code).collect();
        let dead = Some("NOT_FOUND".to_owned());
        assert!(codes.iter().all(|code| *code == dead), "{end}: {codes:?}");
        assert!(!listed(&server, &company).await.contains_key(&id), "{end}");
    }
    // Coming back as an admin does not bring the links back.
    let admin = company.hires(&server, "Ada Again", "ADMIN").await;
    let (_, token) = link(&server, &company, &admin, None).await;
    for role in ["MEMBER", "ADMIN"] {
        let input = json!({ "workspaceId": company.workspace, "memberId": admin.member, "role": role });
        company.owner.does(&server, "setMemberRole", "{ seq }", input).await;
    }
    assert_eq!(code(&accept(&server, &guest, &json!({ "token": token })).await).as_deref(), Some("NOT_FOUND"));
    // Those of others work on.
    assert!(code(&accept(&server, &guest, &json!({ "token": company.invite })).await).is_none());
    server.stop().await;
    process::verify(store).await;
    replays(store).await;
}

async fn remove(server: &Server, company: &Company, person: &Person) -> Value {
    let input = json!({ "workspaceId": company.workspace, "memberId": person.member });
    company.owner.does(server, "removeMember", "{ seq }", input).await
}

/// A retry of a command that was accepted before gets no further than its answer.
async fn an_invite_that_was_accepted_does_not_bring_back(store: &Store) {
    let server = server_on(store).await;
    let company = Company::first(&server).await;
    let (_, token) = link(&server, &company, &company.owner, Some(1)).await;
    let person = register(&server, "Ben Back", Some(&token)).await;
    let input = json!({ "token": token, "commandId": "cmd_01890000-0000-7000-8000-000000000001" });
    assert!(code(&accept(&server, &person, &input).await).is_none());
    let me = "query($w: ID!) { workspace(id: $w) { me { id } } }";
    let seen = person.ask(&server, me, json!({ "w": company.workspace })).await;
    let person = Person { member: text(&seen, "/data/workspace/me/id"), ..person };
    remove(&server, &company, &person).await;
    for again in [&input, &json!({ "token": token })] {
        assert_eq!(code(&accept(&server, &person, again).await).as_deref(), Some("NOT_FOUND"));
    }
    let seen = person.ask(&server, me, json!({ "w": company.workspace })).await;
    assert_eq!(code(&seen).as_deref(), Some("NOT_FOUND"));
    server.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_link_is_stored() {
    let store = Store::sqlite();
    let server = server_on(&store).await;
    let company = Company::first(&server).await;
    let (_, token) = link(&server, &company, &company.owner, None).await;
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
    assert!(known > 0, "not even the id of the invite was found");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_administrators_create_workspaces_unless_everyone_may() {
    for (setting, others_may) in [(WorkspaceCreation::Admins, false), (WorkspaceCreation::Everyone, true)] {
        let store = Store::sqlite();
        let server = server_of(Config { workspace_creation: setting, ..store.config() }).await;
        let company = Company::first(&server).await;
        let other = register(&server, "Otto Other", Some(&company.invite)).await;
        for (person, may) in [(&company.owner, true), (&other, others_may)] {
            let asked = person.ask(&server, "{ viewer { account { canCreateWorkspaces } } }", Value::Null).await;
            assert_eq!(asked["data"]["viewer"]["account"]["canCreateWorkspaces"], may);
            let input = json!({ "input": { "name": "Another" } });
            let made = person.ask(&server, &mutation("createWorkspace", "{ workspace { id } }"), input).await;
            assert_eq!(code(&made).as_deref(), (!may).then_some("FORBIDDEN"), "{made}");
        }
    }
}

/// The rows of a database before the migration: who made an invite, and since when they are a member.
struct Maker {
    role: &'static str,
    active: bool,
    joined_at: i64,
    works: bool,
}

async fn invites_from_before_end_with_their_creators_right(store: &Store) {
    let file = format!("sqlite://{}?mode=rwc", store.directory.path().join("confab.sqlite").display());
    let database = Database::connect(store.database_url().unwrap_or(file)).await.unwrap();
    Migrator::up(&database, Some(11)).await.unwrap();
    let workspace = WorkspaceId::mint();
    let makers = [
        Maker { role: "owner", active: true, joined_at: 1, works: true },
        Maker { role: "admin", active: true, joined_at: 1, works: true },
        Maker { role: "member", active: true, joined_at: 1, works: false },
        Maker { role: "admin", active: false, joined_at: 1, works: false },
        // Made in an earlier stay.
        Maker { role: "admin", active: true, joined_at: 6, works: false },
    ];
    let mut made = Vec::new();
    for maker in &makers {
        made.push((made_by(&database, workspace, maker).await, maker.works));
    }
    Migrator::up(&database, None).await.unwrap();
    database.close().await.unwrap();
    let rows = rows::query(
        &rows::open(store).await,
        "SELECT i.id, i.revoked, s.secret_hash FROM invite i \
        JOIN invite_secret s ON s.workspace_id = i.workspace_id AND s.invite_id = i.id ORDER BY i.id",
    )
    .await;
    assert_eq!(rows.len(), makers.len());
    for (row, (id, works)) in rows.iter().zip(made) {
        assert_eq!(row.try_get::<uuid::Uuid>("", "id").unwrap(), id.0);
        assert_eq!(!row.try_get::<bool>("", "revoked").unwrap(), works);
        let hash = <sha2::Sha256 as sha2::Digest>::digest([7_u8; 16]);
        assert_eq!(row.try_get::<Vec<u8>>("", "secret_hash").unwrap(), hash.to_vec());
    }
}

/// An invite, made at 5, with its maker.
async fn made_by(database: &DatabaseConnection, workspace: WorkspaceId, maker: &Maker) -> InviteId {
    let (member, invite) = (MemberId::mint(), InviteId::mint());
    let insert = async |sql: &str, values: Vec<Sql>| {
        let statement = Statement::from_sql_and_values(database.get_database_backend(), sql, values);
        database.execute_raw(statement).await.unwrap();
    };
    let values = vec![
        workspace.0.into(),
        member.0.into(),
        AccountId::mint().0.into(),
        maker.role.into(),
        maker.active.into(),
        maker.joined_at.into(),
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
