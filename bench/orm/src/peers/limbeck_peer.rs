//! Limbeck.

use limbeck::engine::{Engine, EngineOptions};
use limbeck::prelude::*;
use tokio::runtime::Runtime;

use super::{Case, Peer, age, email, name, next_balance};
use crate::Outcome;
use crate::data::{Database, PRAGMAS};

#[derive(Model, Clone)]
#[model(table = "users")]
pub struct User {
    #[key(identity)]
    pub id: i32,
    pub name: String,
    pub email: String,
    pub age: Option<i32>,
    pub balance: f64,
}

#[derive(Model, Clone)]
#[model(table = "posts")]
pub struct Post {
    #[key(identity)]
    pub id: i32,
    #[references(User)]
    pub user_id: i32,
    pub title: String,
}

#[derive(Model, Clone)]
#[model(table = "comments")]
pub struct Comment {
    #[key(identity)]
    pub id: i32,
    #[references(Post)]
    pub post_id: i32,
    pub body: String,
}

relations! {
    User { posts: many Post }
    Post { author: one User, comments: many Comment }
    Comment { post: one Post }
}

#[derive(Load)]
#[load(User)]
pub struct UserPage {
    pub id: i32,
    pub name: String,
    pub email: String,
    pub age: Option<i32>,
    pub balance: f64,
    pub posts: Vec<PostPage>,
}

#[derive(Load)]
#[load(Post)]
pub struct PostPage {
    pub id: i32,
    pub title: String,
    pub comments: Vec<CommentRow>,
}

#[derive(Load)]
#[load(Comment)]
pub struct CommentRow {
    pub id: i32,
    pub body: String,
}

struct Limbeck {
    runtime: Runtime,
    engine: Engine,
    users: Vec<Tracked<User>>,
}

pub fn open(database: &Database) -> Outcome<Box<dyn Peer>> {
    let runtime = super::runtime()?;
    let url = match database {
        Database::Postgresql(url) => url.clone(),
        Database::Sqlite(path) => format!("sqlite:///{path}"),
    };
    let options = EngineOptions { max_connections: 1, ..EngineOptions::default() };
    let engine = runtime.block_on(async {
        let engine = Engine::open(&url.parse()?, options).await?;
        if let limbeck::engine::Connection::Sqlite(connection) = &*engine.acquire().await? {
            connection.raw().execute_batch(PRAGMAS)?;
        }
        Ok::<_, Box<dyn std::error::Error>>(engine)
    })?;
    Ok(Box::new(Limbeck { runtime, engine, users: Vec::new() }))
}

impl Peer for Limbeck {
    fn name(&self) -> &'static str {
        "Limbeck"
    }

    fn run(&mut self, case: Case) -> Outcome<usize> {
        let Limbeck { runtime, engine, users } = self;
        runtime.block_on(async {
            match case {
                Case::Load => {
                    let rows = select::<User>().all(&mut engine.acquire().await?).await?;
                    let count = rows.len();
                    *users = rows.into_iter().take(1000).map(Tracked::new).collect();
                    Ok(count)
                }
                Case::Graph => {
                    let pages: Vec<UserPage> =
                        load().filter(User::id.le(100)).order_by(User::id).all(&mut *engine.acquire().await?).await?;
                    let posts = pages.iter().flat_map(|page| &page.posts);
                    Ok(pages.len() + posts.map(|post| 1 + post.comments.len()).sum::<usize>())
                }
                Case::Insert(rows) => {
                    let mut session = engine.session().await?;
                    let new = |number| User::new(name(number), email(number), 0.5).set(User::age, age(number));
                    let slots = session.add_all((0..rows).map(new))?;
                    session.flush().await?;
                    let keys = slots.into_iter().map(|slot| session.key(slot)).collect::<Result<Vec<_>, _>>()?;
                    session.commit().await?;
                    Ok(keys.len())
                }
                Case::Update => {
                    let mut session = engine.session().await?;
                    for user in users.iter_mut() {
                        user.balance = next_balance(user.balance);
                        session.save(user);
                    }
                    session.commit().await?;
                    Ok(users.len())
                }
            }
        })
    }
}
