//! A company with its shop: twenty tables, with every kind of relation.

use limbeck::prelude::*;

/// One to many, with its children deleted by the session; a version.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "customers")]
pub struct Customer {
    #[key(identity)]
    pub customer_id: i32,
    pub name: String,
    #[column(len = 40, unique)]
    pub email: String,
    #[references(Region)]
    pub region_id: Option<i32>,
    #[version]
    pub revision: i32,
}

/// A natural key.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "regions")]
pub struct Region {
    #[key(identity)]
    pub region_id: i32,
    #[column(unique)]
    pub code: String,
}

/// One to one: its key is the foreign key.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "profiles")]
pub struct Profile {
    #[key]
    #[references(Customer, on_delete = cascade)]
    pub customer_id: i32,
    pub about: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "orders")]
pub struct Order {
    #[key(identity(always))]
    pub order_id: i64,
    #[references(Customer)]
    pub customer_id: i32,
    #[column(server_default = "'open'")]
    pub state: OrderState,
    pub note: Option<String>,
}

#[derive(Enum, Debug, Clone, Copy, PartialEq)]
pub enum OrderState {
    Open,
    Paid,
    Shipped,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "products")]
pub struct Product {
    #[key(identity)]
    pub product_id: i32,
    pub title: String,
    pub price: i32,
}

/// Many to many with columns of its own.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "order_lines")]
pub struct OrderLine {
    #[key]
    #[references(Order, on_delete = cascade)]
    pub order_id: i64,
    #[key]
    #[references(Product, on_delete = restrict)]
    pub product_id: i32,
    #[column(check = "quantity > 0")]
    pub quantity: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "tags")]
pub struct Tag {
    #[key(identity)]
    pub tag_id: i32,
    #[column(unique)]
    pub word: String,
}

/// A plain association; the database does nothing about it.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "product_tags")]
pub struct ProductTag {
    #[key]
    #[references(Product)]
    pub product_id: i32,
    #[key]
    #[references(Tag)]
    pub tag_id: i32,
}

/// Self-referential.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "categories")]
pub struct Category {
    #[key(identity)]
    pub category_id: i32,
    pub name: String,
    #[references(Self)]
    pub parent_id: Option<i32>,
}

/// Two tables that refer to each other.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "teams")]
pub struct Team {
    #[key(identity)]
    pub team_id: i32,
    pub name: String,
    #[references(Player)]
    pub captain_id: Option<i32>,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "players")]
pub struct Player {
    #[key(identity)]
    pub player_id: i32,
    pub name: String,
    #[references(Team)]
    pub team_id: i32,
}

/// A composite key.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "warehouses")]
pub struct Warehouse {
    #[key]
    pub country: String,
    #[key]
    pub number: i32,
    pub city: String,
}

/// A composite foreign key.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "shelves")]
#[foreign_key(on = (country, warehouse_number), references = Warehouse, on_delete = cascade)]
pub struct Shelf {
    #[key(identity)]
    pub shelf_id: i32,
    pub country: String,
    pub warehouse_number: i32,
    pub label: String,
}

/// Self-referential many to many.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "friendships")]
pub struct Friendship {
    #[key]
    #[references(Person, on_delete = cascade)]
    pub person_id: i32,
    #[key]
    #[references(Person, on_delete = cascade)]
    pub friend_id: i32,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "people")]
pub struct Person {
    #[key(identity)]
    pub person_id: i32,
    pub name: String,
}

/// Unique within its list.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "tasks")]
#[unique(on = (list_id, place))]
pub struct Task {
    #[key(identity)]
    pub task_id: i32,
    #[references(TaskList, on_delete = cascade)]
    pub list_id: i32,
    pub place: i32,
    pub text: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "task_lists")]
pub struct TaskList {
    #[key(identity)]
    pub list_id: i32,
    pub name: String,
}

/// Children that outlive their parent.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "articles")]
pub struct Article {
    #[key]
    pub slug: String,
    #[references(Author, on_delete = set_null)]
    pub author_id: Option<i32>,
    pub body: String,
}

#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "authors")]
pub struct Author {
    #[key(identity)]
    pub author_id: i32,
    pub name: String,
}

/// What the database computes.
#[derive(Model, Debug, Clone, PartialEq)]
#[model(table = "invoices")]
pub struct Invoice {
    #[key(identity(always))]
    pub invoice_id: i64,
    pub net: i32,
    #[column(generated = "net * 2")]
    pub gross: i32,
}

relations! {
    Region { customers: many Customer }
    Customer {
        region: one Region,
        profile: has_one Profile,
        orders: many Order, cascade(all, delete_orphan),
    }
    Profile { customer: one Customer }
    Order {
        customer: one Customer,
        lines: many OrderLine,
        products: many Product via OrderLine,
    }
    OrderLine { order: one Order, product: one Product }
    Product {
        lines: many OrderLine,
        tags: many Tag via ProductTag,
    }
    Tag { products: many Product via ProductTag }
    Category {
        parent: one Category,
        children: many Category, cascade(all),
    }
    Team {
        captain: one Player,
        players: many Player,
    }
    Player { team: one Team }
    Warehouse { shelves: many Shelf }
    Shelf { warehouse: one Warehouse }
    Person { friends: many Person via Friendship(person_id -> friend_id) }
    TaskList { tasks: many Task }
    Task { list: one TaskList }
    Author { articles: many Article }
    Article { author: one Author }
}

pub fn schema() -> MetaData {
    MetaData::new().models(models![
        Customer, Region, Profile, Order, Product, OrderLine, Tag, ProductTag, Category, Team, Player,
        Warehouse, Shelf, Friendship, Person, Task, TaskList, Article, Author, Invoice
    ])
}
