//! Version control for data models: the crate an application adds.
//!
//! A model is a struct that says everything about its table. Relations are declared beside the structs, so a row
//! stays a plain value.
//!
//! ```
//! use limbeck::prelude::*;
//!
//! /// People who buy.
//! #[derive(Model)]
//! #[model(table = "customers", comment = doc)]
//! #[check(
//!     name = "email_has_at",
//!     sql("position('@' in email_address) > 1", sqlite = "instr(email_address, '@') > 1")
//! )]
//! pub struct Customer {
//!     #[key(identity(always))]
//!     pub customer_id: i32,
//!     pub first_name: String,
//!     #[column(renamed_from = "surname")]
//!     pub last_name: String,
//!     #[column(len = 320, unique)]
//!     pub email_address: String,
//!     pub phone: Option<String>, // nullable, as every `Option` and nothing else
//! }
//!
//! #[derive(Enum)]
//! pub enum OrderState {
//!     Open,
//!     Paid,
//!     #[value(renamed_from = "sent")]
//!     Shipped,
//! }
//!
//! #[derive(Model)]
//! #[model(table = "orders")]
//! #[index(on = (customer_id, state.desc()))]
//! pub struct Order {
//!     #[key(identity(always))]
//!     pub order_id: i32,
//!     #[references(Customer, on_delete = cascade)]
//!     pub customer_id: i32,
//!     #[column(server_default = "'open'")]
//!     pub state: OrderState,
//! }
//!
//! relations! {
//!     Customer { orders: many Order, cascade(all, delete_orphan) }
//!     Order { customer: one Customer }
//! }
//!
//! pub fn schema() -> MetaData {
//!     MetaData::new().models(models![Customer, Order])
//! }
//!
//! let schema = schema().resolve().unwrap();
//! let orders = schema.find_table(&"orders".into()).unwrap();
//! assert_eq!(orders.foreign_keys[0].name.as_deref(), Some("fk_orders_customer_id_customers"));
//! ```
//!
//! See [`derive@Model`], [`derive@Enum`] and [`derive@Domain`] for all attributes, and [`relations!`] for relations.
//!
//! # Features
//! - `postgres`, `sqlite` (default): the databases of `migrate`.
//! - `migrate`: revision graph and runner, as `limbeck::migrate`.
//! - `orm`: queries, sessions and relations, as `limbeck::orm`.
//! - `chrono`, `rust_decimal`, `uuid`: their types as column types.

#[doc(inline)]
pub use limbeck_schema::*;

pub use limbeck_derive::{Columns, Domain, Enum, FromRow, Model, Polymorphic, embed_migrations, sql_dir};

#[cfg(feature = "migrate")]
pub use limbeck_migrate as migrate;

#[cfg(feature = "orm")]
pub use limbeck_derive::Load;

#[cfg(feature = "orm")]
pub use limbeck_orm as orm;
#[cfg(feature = "orm")]
pub use limbeck_orm::engine;

mod print_schema;

pub use print_schema::print_schema;

/// What a module that declares models needs.
pub mod prelude {
    pub use crate::{
        ArrayElement, ColumnType, Columns, Dialect, Domain, Enum, FromRow, MetaData, Model, ModelDeclaration,
        NamingConvention, PgAggregate, PgExtension, PgFunction, PgMaterializedView, PgPolicy, PgProcedure,
        PgTrigger, PgView, Related, SqlSource, SqlType, embed_migrations, models, relations, sql_dir,
    };
    #[cfg(feature = "orm")]
    pub use limbeck_derive::Load;
    #[cfg(feature = "orm")]
    pub use limbeck_orm::{
        Condition, Executor, Level, Load, Mapped, New, Open, OrmError, Session, Slot, SqlExpression, Tracked,
        TransactionSettings, Transactions, alias, case, delete, excluded, func, insert, load, maybe_row,
        recursive, row, select, select_any, select_from, update, window,
    };
}

/// What the macros write refers to. Not part of the public interface.
#[doc(hidden)]
pub mod __private {
    pub use limbeck_derive::relations;
    #[cfg(feature = "orm")]
    pub use limbeck_orm as orm;
    pub use limbeck_schema::*;

    pub use crate::__with_orm as with_orm;
}

/// What the macros write for the ORM: they cannot see whether it is there.
#[cfg(feature = "orm")]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_orm {
    ($($items:item)*) => { $($items)* };
}

/// What the macros write for the ORM: they cannot see whether it is there.
#[cfg(not(feature = "orm"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __with_orm {
    ($($items:item)*) => {};
}

/// The declarations of models, for [`MetaData::models`]: `models![Customer, Order]`.
#[macro_export]
macro_rules! models {
    ($($model:ty),* $(,)?) => {
        ::std::vec![$($crate::ModelDeclaration::of::<$model>()),*]
    };
}

/// Declares how models hang together, and implements [`Related`] for them.
///
/// ```
/// # use limbeck::prelude::*;
/// # #[derive(Model)] struct Customer { #[key] id: i32 }
/// # #[derive(Model)] struct Product { #[key] id: i32 }
/// # #[derive(Model)] struct Order {
/// #     #[key] id: i32,
/// #     #[references(Customer)] buyer_id: i32,
/// #     #[references(Customer)] payer_id: i32,
/// # }
/// # #[derive(Model)] struct OrderProduct {
/// #     #[key] #[references(Order)] order_id: i32,
/// #     #[key] #[references(Product)] product_id: i32,
/// # }
/// relations! {
///     Customer {
///         orders: many Order by buyer_id, cascade(all, delete_orphan),
///         bills: many Order by payer_id,
///     }
///     Order {
///         buyer: one Customer by buyer_id,
///         products: many Product via OrderProduct,
///     }
/// }
/// assert_eq!(Order::relations()[1].name, "products");
/// ```
///
/// A relation has another name than the fields of its model: with the feature `orm` both are constants, `Order::buyer`.
///
/// - `name: one Other`: this model has a foreign key to `Other`.
/// - `name: has_one Other`: `Other` has a foreign key to this model, which is unique there.
/// - `name: many Other`: `Other` has a foreign key to this model.
/// - `name: many Other via Pair`: `Pair` has a foreign key to each of them.
///
/// The foreign key must exist, or the program does not compile. Where there are several, `by field` says which one
/// (`by (a, b)` for one of two fields), and for an association `via Pair(this_id -> other_id)`.
///
/// `cascade(…)` belongs to the relation before it and takes SQLAlchemy's words: `save_update`, `merge`, `delete`,
/// `all` (these three), `delete_orphan`. Without it, it is `cascade(save_update, merge)`.
#[macro_export]
macro_rules! relations {
    ($($tokens:tt)*) => {
        $crate::__private::relations! { $crate; $($tokens)* }
    };
}

/// The guide's examples compile.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/models.md")]
pub struct ModelsGuide;

/// So do those on entities.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/entities.md")]
pub struct EntitiesGuide;
