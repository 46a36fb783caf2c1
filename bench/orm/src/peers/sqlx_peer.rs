//! sqlx, with hand-written SQL: on PostgreSQL arrays, as its FAQ advises.

use std::collections::HashMap;

use sqlx::{Connection as _, FromRow, PgConnection, QueryBuilder, Row as _, Sqlite, SqliteConnection};
use tokio::runtime::Runtime;

use super::{Case, Peer, age, email, name, next_balance};
use crate::Outcome;
use crate::data::{Database, PRAGMAS};

#[derive(FromRow)]
struct User {
    id: i32,
    #[allow(dead_code)]
    name: String,
    #[allow(dead_code)]
    email: String,
    #[allow(dead_code)]
    age: Option<i32>,
    balance: f64,
}

#[derive(FromRow)]
struct Post {
    id: i32,
    user_id: i32,
    #[allow(dead_code)]
    title: String,
}

#[derive(FromRow)]
struct Comment {
    #[allow(dead_code)]
    id: i32,
    post_id: i32,
    #[allow(dead_code)]
    body: String,
}

struct Sqlx<C> {
    runtime: Runtime,
    connection: C,
    loaded: Vec<User>,
}

pub fn open(database: &Database) -> Outcome<Box<dyn Peer>> {
    let runtime = super::runtime()?;
    Ok(match database {
        Database::Postgresql(url) => {
            let connection = runtime.block_on(PgConnection::connect(url))?;
            Box::new(Sqlx { runtime, connection, loaded: Vec::new() })
        }
        Database::Sqlite(path) => {
            let connection = runtime.block_on(async {
                let mut connection = SqliteConnection::connect(&format!("sqlite://{path}")).await?;
                sqlx::raw_sql(PRAGMAS).execute(&mut connection).await?;
                Ok::<_, sqlx::Error>(connection)
            })?;
            Box::new(Sqlx { runtime, connection, loaded: Vec::new() })
        }
    })
}

const USER: &str = "SELECT id, name, email, age, balance FROM users";
const SOME_USERS: &str = "SELECT id, name, email, age, balance FROM users WHERE id <= 100 ORDER BY id";

fn count(users: Vec<User>, posts: Vec<Post>, comments: Vec<Comment>) -> usize {
    let mut of_post: HashMap<i32, Vec<Comment>> = HashMap::new();
    for comment in comments {
        of_post.entry(comment.post_id).or_default().push(comment);
    }
    let mut of_user: HashMap<i32, Vec<(Post, Vec<Comment>)>> = HashMap::new();
    for post in posts {
        let comments = of_post.remove(&post.id).unwrap_or_default();
        of_user.entry(post.user_id).or_default().push((post, comments));
    }
    let pages: Vec<_> = users
        .into_iter()
        .map(|user| {
            let posts = of_user.remove(&user.id).unwrap_or_default();
            (user, posts)
        })
        .collect();
    let posts = pages.iter().flat_map(|(_, posts)| posts);
    pages.len() + posts.map(|(_, comments)| 1 + comments.len()).sum::<usize>()
}

impl Peer for Sqlx<PgConnection> {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn run(&mut self, case: Case) -> Outcome<usize> {
        let Sqlx { runtime, connection, loaded } = self;
        runtime.block_on(async {
            match case {
                Case::Load => {
                    *loaded = sqlx::query_as(USER).fetch_all(connection).await?;
                    Ok(loaded.len())
                }
                Case::Graph => {
                    let users: Vec<User> = sqlx::query_as(SOME_USERS).fetch_all(&mut *connection).await?;
                    let keys: Vec<i32> = users.iter().map(|user| user.id).collect();
                    let posts = "SELECT id, user_id, title FROM posts WHERE user_id = ANY($1)";
                    let posts: Vec<Post> = sqlx::query_as(posts).bind(keys).fetch_all(&mut *connection).await?;
                    let keys: Vec<i32> = posts.iter().map(|post| post.id).collect();
                    let comments = "SELECT id, post_id, body FROM comments WHERE post_id = ANY($1)";
                    let comments = sqlx::query_as(comments).bind(keys).fetch_all(&mut *connection).await?;
                    Ok(count(users, posts, comments))
                }
                Case::Insert(rows) => {
                    let mut transaction = connection.begin().await?;
                    let insert = "INSERT INTO users (name, email, age, balance)
                        SELECT * FROM unnest($1::varchar[], $2::varchar[], $3::integer[], $4::float8[]) RETURNING id";
                    let keys: Vec<i32> = sqlx::query_scalar(insert)
                        .bind((0..rows).map(name).collect::<Vec<_>>())
                        .bind((0..rows).map(email).collect::<Vec<_>>())
                        .bind((0..rows).map(age).collect::<Vec<_>>())
                        .bind(vec![0.5; rows])
                        .fetch_all(&mut *transaction)
                        .await?;
                    transaction.commit().await?;
                    Ok(keys.len())
                }
                Case::Update => {
                    let changed = loaded.iter_mut().take(1000).map(|user| {
                        user.balance = next_balance(user.balance);
                        (user.id, user.balance)
                    });
                    let (keys, balances): (Vec<i32>, Vec<f64>) = changed.unzip();
                    let mut transaction = connection.begin().await?;
                    let update = "UPDATE users SET balance = v.balance
                        FROM unnest($1::integer[], $2::float8[]) AS v (id, balance) WHERE users.id = v.id";
                    let done = sqlx::query(update).bind(keys).bind(balances).execute(&mut *transaction).await?;
                    transaction.commit().await?;
                    Ok(usize::try_from(done.rows_affected())?)
                }
            }
        })
    }
}

impl Peer for Sqlx<SqliteConnection> {
    fn name(&self) -> &'static str {
        "sqlx"
    }

    fn run(&mut self, case: Case) -> Outcome<usize> {
        let Sqlx { runtime, connection, loaded } = self;
        runtime.block_on(async {
            match case {
                Case::Load => {
                    *loaded = sqlx::query_as(USER).fetch_all(connection).await?;
                    Ok(loaded.len())
                }
                Case::Graph => {
                    let users: Vec<User> = sqlx::query_as(SOME_USERS).fetch_all(&mut *connection).await?;
                    let keys = list(users.iter().map(|user| user.id));
                    let posts =
                        "SELECT id, user_id, title FROM posts WHERE user_id IN (SELECT value FROM json_each(?1))";
                    let posts: Vec<Post> = sqlx::query_as(posts).bind(keys).fetch_all(&mut *connection).await?;
                    let keys = list(posts.iter().map(|post| post.id));
                    let comments =
                        "SELECT id, post_id, body FROM comments WHERE post_id IN (SELECT value FROM json_each(?1))";
                    let comments = sqlx::query_as(comments).bind(keys).fetch_all(&mut *connection).await?;
                    Ok(count(users, posts, comments))
                }
                Case::Insert(rows) => {
                    let mut transaction = connection.begin().await?;
                    let mut insert: QueryBuilder<Sqlite> =
                        QueryBuilder::new("INSERT INTO users (name, email, age, balance) ");
                    insert.push_values(0..rows, |mut row, number| {
                        row.push_bind(name(number)).push_bind(email(number)).push_bind(age(number)).push_bind(0.5);
                    });
                    insert.push(" RETURNING id");
                    let keys = insert.build().fetch_all(&mut *transaction).await?;
                    let keys: Vec<i32> = keys.iter().map(|row| row.get(0)).collect();
                    transaction.commit().await?;
                    Ok(keys.len())
                }
                Case::Update => {
                    let mut transaction = connection.begin().await?;
                    let mut count = 0;
                    for user in loaded.iter_mut().take(1000) {
                        user.balance = next_balance(user.balance);
                        let update = sqlx::query("UPDATE users SET balance = ?1 WHERE id = ?2");
                        let done = update.bind(user.balance).bind(user.id).execute(&mut *transaction).await?;
                        count += usize::try_from(done.rows_affected())?;
                    }
                    transaction.commit().await?;
                    Ok(count)
                }
            }
        })
    }
}

fn list(keys: impl Iterator<Item = i32>) -> String {
    let keys: Vec<String> = keys.map(|key| key.to_string()).collect();
    format!("[{}]", keys.join(","))
}
