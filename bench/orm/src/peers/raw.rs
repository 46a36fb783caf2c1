//! The drivers under hand-written SQL.

use std::collections::HashMap;

use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls, Statement};

use super::{Case, Peer, age, email, name, next_balance};
use crate::Outcome;
use crate::data::{Database, PRAGMAS};

#[allow(dead_code, reason = "that they are read from the database is the point")]
pub struct User {
    pub id: i32,
    pub name: String,
    pub email: String,
    pub age: Option<i32>,
    pub balance: f64,
}

#[allow(dead_code, reason = "that they are read from the database is the point")]
pub struct Page {
    pub user: User,
    pub posts: Vec<(i32, String, Vec<(i32, String)>)>,
}

pub fn open(database: &Database) -> Outcome<Box<dyn Peer>> {
    Ok(match database {
        Database::Postgresql(url) => Box::new(Postgresql::open(url)?),
        Database::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path)?;
            connection.execute_batch(PRAGMAS)?;
            Box::new(Sqlite { connection, users: Vec::new() })
        }
    })
}

fn count(pages: &[Page]) -> usize {
    let posts = pages.iter().flat_map(|page| &page.posts);
    pages.len() + posts.map(|(_, _, comments)| 1 + comments.len()).sum::<usize>()
}

/// Puts rows under their parents, which come in the order of their keys' places.
fn nest(users: Vec<User>, posts: Vec<(i32, i32, String)>, comments: Vec<(i32, i32, String)>) -> Vec<Page> {
    let mut of_post: HashMap<i32, Vec<(i32, String)>> = HashMap::new();
    for (id, post, body) in comments {
        of_post.entry(post).or_default().push((id, body));
    }
    let mut of_user: HashMap<i32, Vec<(i32, String, Vec<(i32, String)>)>> = HashMap::new();
    for (id, user, title) in posts {
        of_user.entry(user).or_default().push((id, title, of_post.remove(&id).unwrap_or_default()));
    }
    users
        .into_iter()
        .map(|user| Page { posts: of_user.remove(&user.id).unwrap_or_default(), user })
        .collect()
}

struct Postgresql {
    runtime: Runtime,
    client: Client,
    load: Statement,
    users: Statement,
    posts: Statement,
    comments: Statement,
    insert: Statement,
    update: Statement,
    loaded: Vec<User>,
}

const USER: &str = "SELECT id, name, email, age, balance FROM users";

impl Postgresql {
    fn open(url: &str) -> Outcome<Postgresql> {
        let runtime = super::runtime()?;
        let (client, [load, users, posts, comments, insert, update]) = runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(url, NoTls).await?;
            tokio::spawn(connection);
            let statements = [
                client.prepare(USER).await?,
                client.prepare(&format!("{USER} WHERE id <= 100 ORDER BY id")).await?,
                client.prepare("SELECT id, user_id, title FROM posts WHERE user_id = ANY($1)").await?,
                client.prepare("SELECT id, post_id, body FROM comments WHERE post_id = ANY($1)").await?,
                client
                    .prepare(
                        "INSERT INTO users (name, email, age, balance)
                         SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::integer[], $4::float8[]) RETURNING id",
                    )
                    .await?,
                client
                    .prepare(
                        "UPDATE users SET balance = v.balance
                         FROM unnest($1::integer[], $2::float8[]) AS v (id, balance) WHERE users.id = v.id",
                    )
                    .await?,
            ];
            Ok::<_, tokio_postgres::Error>((client, statements))
        })?;
        let loaded = Vec::new();
        Ok(Postgresql { runtime, client, load, users, posts, comments, insert, update, loaded })
    }
}

fn user(row: &tokio_postgres::Row) -> User {
    User { id: row.get(0), name: row.get(1), email: row.get(2), age: row.get(3), balance: row.get(4) }
}

impl Peer for Postgresql {
    fn name(&self) -> &'static str {
        "raw driver"
    }

    fn run(&mut self, case: Case) -> Outcome<usize> {
        let Postgresql { runtime, client, load, users, posts, comments, insert, update, loaded } = self;
        runtime.block_on(async {
            match case {
                Case::Load => {
                    *loaded = client.query(load, &[]).await?.iter().map(user).collect();
                    Ok(loaded.len())
                }
                Case::Graph => {
                    let users: Vec<User> = client.query(users, &[]).await?.iter().map(user).collect();
                    let keys: Vec<i32> = users.iter().map(|user| user.id).collect();
                    let row = |row: &tokio_postgres::Row| (row.get(0), row.get(1), row.get(2));
                    let posts: Vec<(i32, i32, String)> =
                        client.query(posts, &[&keys]).await?.iter().map(row).collect();
                    let keys: Vec<i32> = posts.iter().map(|(id, _, _)| *id).collect();
                    let comments = client.query(comments, &[&keys]).await?.iter().map(row).collect();
                    Ok(count(&nest(users, posts, comments)))
                }
                Case::Insert(rows) => {
                    let names: Vec<String> = (0..rows).map(name).collect();
                    let emails: Vec<String> = (0..rows).map(email).collect();
                    let ages: Vec<Option<i32>> = (0..rows).map(age).collect();
                    let balances: Vec<f64> = vec![0.5; rows];
                    client.batch_execute("BEGIN").await?;
                    let keys = client.query(insert, &[&names, &emails, &ages, &balances]).await?;
                    let keys: Vec<i32> = keys.iter().map(|row| row.get(0)).collect();
                    client.batch_execute("COMMIT").await?;
                    Ok(keys.len())
                }
                Case::Update => {
                    let changed = loaded.iter_mut().take(1000);
                    let changed = changed.map(|user| {
                        user.balance = next_balance(user.balance);
                        (user.id, user.balance)
                    });
                    let (keys, balances): (Vec<i32>, Vec<f64>) = changed.unzip();
                    client.batch_execute("BEGIN").await?;
                    let count = client.execute(update, &[&keys, &balances]).await?;
                    client.batch_execute("COMMIT").await?;
                    Ok(usize::try_from(count)?)
                }
            }
        })
    }
}

struct Sqlite {
    connection: rusqlite::Connection,
    users: Vec<User>,
}

impl Sqlite {
    fn users(&self, condition: &str) -> rusqlite::Result<Vec<User>> {
        let mut statement = self.connection.prepare_cached(&format!("{USER} {condition}"))?;
        let users = statement.query_map([], |row| {
            Ok(User {
                id: row.get(0)?,
                name: row.get(1)?,
                email: row.get(2)?,
                age: row.get(3)?,
                balance: row.get(4)?,
            })
        })?;
        users.collect()
    }

    fn children(&self, sql: &str, keys: &[i32]) -> rusqlite::Result<Vec<(i32, i32, String)>> {
        let keys: Vec<String> = keys.iter().map(i32::to_string).collect();
        let mut statement = self.connection.prepare_cached(sql)?;
        let rows = statement.query_map([format!("[{}]", keys.join(","))], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })?;
        rows.collect()
    }
}

impl Peer for Sqlite {
    fn name(&self) -> &'static str {
        "raw driver"
    }

    fn run(&mut self, case: Case) -> Outcome<usize> {
        match case {
            Case::Load => {
                self.users = self.users("")?;
                Ok(self.users.len())
            }
            Case::Graph => {
                let users = self.users("WHERE id <= 100 ORDER BY id")?;
                let keys: Vec<i32> = users.iter().map(|user| user.id).collect();
                let posts = "SELECT id, user_id, title FROM posts WHERE user_id IN (SELECT value FROM json_each(?1))";
                let posts = self.children(posts, &keys)?;
                let keys: Vec<i32> = posts.iter().map(|(id, _, _)| *id).collect();
                let comments =
                    "SELECT id, post_id, body FROM comments WHERE post_id IN (SELECT value FROM json_each(?1))";
                let comments = self.children(comments, &keys)?;
                Ok(count(&nest(users, posts, comments)))
            }
            Case::Insert(rows) => {
                let transaction = self.connection.transaction()?;
                let mut keys = Vec::with_capacity(rows);
                {
                    let mut insert = transaction
                        .prepare_cached("INSERT INTO users (name, email, age, balance) VALUES (?1, ?2, ?3, ?4)")?;
                    for number in 0..rows {
                        insert.execute((name(number), email(number), age(number), 0.5))?;
                        keys.push(transaction.last_insert_rowid());
                    }
                }
                transaction.commit()?;
                Ok(keys.len())
            }
            Case::Update => {
                let transaction = self.connection.transaction()?;
                let mut count = 0;
                {
                    let mut update = transaction.prepare_cached("UPDATE users SET balance = ?1 WHERE id = ?2")?;
                    for user in self.users.iter_mut().take(1000) {
                        user.balance = next_balance(user.balance);
                        count += update.execute((user.balance, user.id))?;
                    }
                }
                transaction.commit()?;
                Ok(count)
            }
        }
    }
}
