//! Diesel.

use diesel::prelude::*;
use diesel::{PgConnection, SqliteConnection};

use super::{Case, Peer, age, email, name, next_balance};
use crate::Outcome;
use crate::data::{Database, PRAGMAS};

diesel::table! {
    users (id) { id -> Integer, name -> Text, email -> Text, age -> Nullable<Integer>, balance -> Double, }
}
diesel::table! {
    posts (id) { id -> Integer, user_id -> Integer, title -> Text, }
}
diesel::table! {
    comments (id) { id -> Integer, post_id -> Integer, body -> Text, }
}
diesel::allow_tables_to_appear_in_same_query!(users, posts, comments);

#[derive(Queryable, Selectable, Identifiable)]
#[diesel(table_name = users)]
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

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = posts, belongs_to(User))]
struct Post {
    id: i32,
    user_id: i32,
    #[allow(dead_code)]
    title: String,
}

#[derive(Queryable, Selectable, Identifiable, Associations)]
#[diesel(table_name = comments, belongs_to(Post))]
struct Comment {
    id: i32,
    post_id: i32,
    #[allow(dead_code)]
    body: String,
}

#[derive(Insertable)]
#[diesel(table_name = users)]
struct NewUser {
    name: String,
    email: String,
    age: Option<i32>,
    balance: f64,
}

fn new(number: usize) -> NewUser {
    NewUser { name: name(number), email: email(number), age: age(number), balance: 0.5 }
}

struct Diesel<C> {
    connection: C,
    loaded: Vec<User>,
}

pub fn open(database: &Database) -> Outcome<Box<dyn Peer>> {
    Ok(match database {
        Database::Postgresql(url) => {
            Box::new(Diesel { connection: PgConnection::establish(url)?, loaded: Vec::new() })
        }
        Database::Sqlite(path) => {
            let mut connection = SqliteConnection::establish(path)?;
            diesel::connection::SimpleConnection::batch_execute(&mut connection, PRAGMAS)?;
            Box::new(Diesel { connection, loaded: Vec::new() })
        }
    })
}

macro_rules! peer {
    ($connection:ty, |$link:ident, $rows:ident| $insert:expr) => {
        impl Peer for Diesel<$connection> {
            fn name(&self) -> &'static str {
                "Diesel"
            }

            fn run(&mut self, case: Case) -> Outcome<usize> {
                let connection = &mut self.connection;
                match case {
                    Case::Load => {
                        self.loaded = users::table.select(User::as_select()).load(connection)?;
                        Ok(self.loaded.len())
                    }
                    Case::Graph => {
                        let users = users::table
                            .filter(users::id.le(100))
                            .order(users::id)
                            .select(User::as_select())
                            .load(connection)?;
                        let posts =
                            Post::belonging_to(&users).select(Post::as_select()).load::<Post>(connection)?;
                        let comments =
                            Comment::belonging_to(&posts).select(Comment::as_select()).load::<Comment>(connection)?;
                        let comments = comments.grouped_by(&posts);
                        let posts = posts.into_iter().zip(comments).grouped_by(&users);
                        let pages: Vec<(User, Vec<(Post, Vec<Comment>)>)> = users.into_iter().zip(posts).collect();
                        let posts = pages.iter().flat_map(|(_, posts)| posts);
                        Ok(pages.len() + posts.map(|(_, comments)| 1 + comments.len()).sum::<usize>())
                    }
                    Case::Insert($rows) => {
                        let keys: Vec<i32> = connection.transaction(|$link| $insert)?;
                        Ok(keys.len())
                    }
                    Case::Update => {
                        let loaded = &mut self.loaded;
                        Ok(connection.transaction(|connection| {
                            let mut count = 0;
                            for user in loaded.iter_mut().take(1000) {
                                user.balance = next_balance(user.balance);
                                count += diesel::update(users::table.find(user.id))
                                    .set(users::balance.eq(user.balance))
                                    .execute(connection)?;
                            }
                            diesel::QueryResult::Ok(count)
                        })?)
                    }
                }
            }
        }
    };
}

peer!(PgConnection, |connection, rows| {
    let new: Vec<NewUser> = (0..rows).map(new).collect();
    diesel::insert_into(users::table).values(&new).returning(users::id).get_results(connection)
});

peer!(SqliteConnection, |connection, rows| {
    let mut keys = Vec::with_capacity(rows);
    for number in 0..rows {
        diesel::insert_into(users::table).values(&new(number)).execute(connection)?;
        let key = diesel::dsl::sql::<diesel::sql_types::Integer>("last_insert_rowid()");
        keys.push(diesel::select(key).get_result::<i32>(connection)?);
    }
    diesel::QueryResult::Ok(keys)
});
