//! SeaORM.

use sea_orm::entity::prelude::*;
use sea_orm::{ConnectOptions, Database as SeaDatabase, QueryOrder as _, Set, TransactionTrait as _};
use tokio::runtime::Runtime;

use super::{Case, Peer, age, email, name, next_balance};
use crate::Outcome;
use crate::data::{Database, PRAGMAS};

mod user {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub email: String,
        pub age: Option<i32>,
        pub balance: f64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::post::Entity")]
        Post,
    }

    impl Related<super::post::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod post {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "posts")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub user_id: i32,
        pub title: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::user::Entity", from = "Column::UserId", to = "super::user::Column::Id")]
        User,
        #[sea_orm(has_many = "super::comment::Entity")]
        Comment,
    }

    impl Related<super::user::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::User.def()
        }
    }

    impl Related<super::comment::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Comment.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod comment {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "comments")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub post_id: i32,
        pub body: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(belongs_to = "super::post::Entity", from = "Column::PostId", to = "super::post::Column::Id")]
        Post,
    }

    impl Related<super::post::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Post.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

struct SeaOrm {
    runtime: Runtime,
    connection: sea_orm::DatabaseConnection,
    loaded: Vec<user::Model>,
}

pub fn open(database: &Database) -> Outcome<Box<dyn Peer>> {
    let runtime = super::runtime()?;
    let (url, pragmas) = match database {
        Database::Postgresql(url) => (url.clone(), None),
        Database::Sqlite(path) => (format!("sqlite://{path}"), Some(PRAGMAS)),
    };
    let connection = runtime.block_on(async {
        let mut options = ConnectOptions::new(url);
        options.max_connections(1).sqlx_logging(false);
        let connection = SeaDatabase::connect(options).await?;
        if let Some(pragmas) = pragmas {
            connection.execute_unprepared(pragmas).await?;
        }
        Ok::<_, DbErr>(connection)
    })?;
    Ok(Box::new(SeaOrm { runtime, connection, loaded: Vec::new() }))
}

impl Peer for SeaOrm {
    fn name(&self) -> &'static str {
        "SeaORM"
    }

    fn run(&mut self, case: Case) -> Outcome<usize> {
        let SeaOrm { runtime, connection, loaded } = self;
        runtime.block_on(async {
            match case {
                Case::Load => {
                    *loaded = user::Entity::find().all(&*connection).await?;
                    Ok(loaded.len())
                }
                Case::Graph => {
                    let users = user::Entity::find()
                        .filter(user::Column::Id.lte(100))
                        .order_by_asc(user::Column::Id)
                        .all(&*connection)
                        .await?;
                    let posts = users.load_many(post::Entity, &*connection).await?;
                    let all: Vec<post::Model> = posts.iter().flatten().cloned().collect();
                    let comments = all.load_many(comment::Entity, &*connection).await?;
                    Ok(users.len() + all.len() + comments.iter().map(Vec::len).sum::<usize>())
                }
                Case::Insert(rows) => {
                    let transaction = connection.begin().await?;
                    let new = (0..rows).map(|number| user::ActiveModel {
                        name: Set(name(number)),
                        email: Set(email(number)),
                        age: Set(age(number)),
                        balance: Set(0.5),
                        ..Default::default()
                    });
                    let keys = user::Entity::insert_many(new).exec_with_returning_keys(&transaction).await?;
                    transaction.commit().await?;
                    Ok(keys.len())
                }
                Case::Update => {
                    let transaction = connection.begin().await?;
                    let mut count = 0;
                    for user in loaded.iter_mut().take(1000) {
                        let mut active: user::ActiveModel = user.clone().into();
                        active.balance = Set(next_balance(user.balance));
                        *user = active.update(&transaction).await?;
                        count += 1;
                    }
                    transaction.commit().await?;
                    Ok(count)
                }
            }
        })
    }
}
