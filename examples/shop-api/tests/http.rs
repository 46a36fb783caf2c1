//! The service over HTTP, on PostgreSQL and SQLite.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use limbeck::engine::{Connection, DatabaseUrl, Statement};
use limbeck_test::TestDatabase;
use limbeck_test_server::postgres_server_url;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// The service on a port of its own, with a database of its own.
struct Service {
    port: u16,
    database: TestDatabase,
}

async fn services() -> [Service; 2] {
    let start = async |server: &str| {
        let server: DatabaseUrl = server.parse().unwrap();
        let database = TestDatabase::create(&server, &shop_api::migrations().unwrap()).await.unwrap();
        let shop = shop_api::start(database.url()).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move { axum::serve(listener, shop_api::router(shop)).await });
        Service { port, database }
    };
    [start(&postgres_server_url()).await, start("sqlite://").await]
}

impl Service {
    async fn request(&self, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, serde_json::from_str(body).unwrap_or_else(|_| body.into()))
    }

    async fn get(&self, path: &str) -> (u16, Value) {
        self.request("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.request("POST", path, Some(body)).await
    }

    /// Makes something and gives its key.
    async fn create(&self, path: &str, body: Value) -> i64 {
        let (status, created) = self.post(path, body).await;
        assert_eq!(status, 201, "{created}");
        created["id"].as_i64().unwrap()
    }

    async fn customer(&self, name: &str) -> i64 {
        let address = format!("{name}@example.org");
        let body = json!({"first_name": name, "last_name": "Lovelace", "email_address": address});
        self.create("/customers", body).await
    }
}

#[tokio::test]
async fn a_customer_orders() {
    for shop in services().await {
        let ada = shop.customer("Ada").await;
        let heavy = shop.create("/tags", json!({"tag_name": "heavy"})).await;
        let loom = json!({"product_name": "Loom", "price": 30.5, "tag_ids": [heavy]});
        let loom = shop.create("/products", loom).await;
        let yarn = shop.create("/products", json!({"product_name": "Yarn", "price": 2})).await;
        let order = json!({"product_ids": [yarn, loom]});
        let order = shop.create(&format!("/customers/{ada}/orders"), order).await;

        let (status, page) = shop.get(&format!("/customers/{ada}")).await;
        assert_eq!((status, &page["first_name"]), (200, &json!("Ada")));
        assert_eq!(page["orders"][0]["order_id"], order);
        let products = json!([
            {"product_id": loom, "product_name": "Loom", "price": 30.5},
            {"product_id": yarn, "product_name": "Yarn", "price": 2.0},
        ]);
        assert_eq!(page["orders"][0]["products"], products);

        let names = |list: &Value| {
            let items = list["items"].as_array().unwrap().iter();
            items.map(|item| item["product_name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(names(&shop.get("/products?tag=heavy").await.1), ["Loom"]);
        assert_eq!(names(&shop.get("/products?max_price=10").await.1), ["Yarn"]);
        assert_eq!(names(&shop.get("/products?name=oo&tag=heavy&max_price=10").await.1), [""; 0]);

        let path = format!("/customers/{ada}");
        let change = json!({"last_name": "King"});
        assert_eq!(shop.request("PATCH", &path, Some(change)).await.0, 204);
        assert_eq!(shop.get(&path).await.1["last_name"], "King");
        assert_eq!(shop.request("DELETE", &path, None).await.0, 204);
        assert_eq!(shop.get(&path).await.0, 404);
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    for shop in services().await {
        for number in 0..5 {
            shop.customer(&format!("c{number}")).await;
        }
        let (mut path, mut sizes) = ("/customers?limit=2".to_owned(), Vec::new());
        loop {
            let (status, page) = shop.get(&path).await;
            assert_eq!(status, 200);
            sizes.push(page["items"].as_array().unwrap().len());
            let Some(next) = page["next"].as_i64() else { break };
            path = format!("/customers?limit=2&after={next}");
        }
        assert_eq!(sizes, [2, 2, 1]);
        assert_eq!(shop.get("/customers?limit=0").await.0, 422);
    }
}

#[tokio::test]
async fn what_is_refused_says_why_and_leaves_nothing() {
    for shop in services().await {
        shop.create("/tags", json!({"tag_name": "heavy"})).await;
        let (status, problem) = shop.post("/tags", json!({"tag_name": "heavy"})).await;
        assert_eq!(status, 409);
        assert_eq!(
            problem,
            json!({
                "code": "engine.unique-violation",
                "message": "there is one already",
                "fields": ["tag_name"],
            })
        );

        // The product is new, its tag does not exist: neither is kept.
        let product = json!({"product_name": "Loom", "price": 1, "tag_ids": [99]});
        let (status, problem) = shop.post("/products", product).await;
        assert_eq!((status, &problem["code"]), (409, &json!("engine.foreign-key-violation")));
        assert_eq!(shop.get("/products").await.1["items"], json!([]));

        let ada = shop.customer("Ada").await;
        let orders = format!("/customers/{ada}/orders");
        let (status, problem) = shop.post(&orders, json!({"product_ids": [7]})).await;
        assert_eq!((status, &problem["fields"]), (422, &json!(["product_ids"])));
        assert_eq!(shop.post("/customers/99/orders", json!({"product_ids": []})).await.0, 404);
        assert_eq!(shop.post("/products", json!({"product_name": "Loom", "price": -1})).await.0, 422);
        assert_eq!(shop.post("/tags", json!({})).await.0, 422);
        assert_eq!(shop.get("/customers/nobody").await.0, 400);
    }
    // Only PostgreSQL counts the characters.
    let [shop, _] = services().await;
    let (status, problem) = shop.post("/tags", json!({"tag_name": "x".repeat(51)})).await;
    assert_eq!((status, &problem["code"]), (422, &json!("engine.invalid-value")));
}

#[tokio::test]
async fn requests_at_the_same_time_do_not_wait_for_ever() {
    for shop in services().await {
        let shop = std::sync::Arc::new(shop);
        let mut requests = tokio::task::JoinSet::new();
        for number in 0..30 {
            let shop = std::sync::Arc::clone(&shop);
            requests.spawn(async move { shop.customer(&format!("c{number}")).await });
        }
        requests.join_all().await;
        let (_, page) = shop.get("/customers?limit=100").await;
        assert_eq!(page["items"].as_array().unwrap().len(), 30);
    }
}

#[tokio::test]
async fn health_tells_when_somebody_altered_the_database() {
    for shop in services().await {
        let (status, health) = shop.get("/health").await;
        assert_eq!((status, &health["healthy"]), (200, &json!(true)), "{health}");
        let mut connection = Connection::open(shop.database.url()).await.unwrap();
        connection.execute(&Statement::from("ALTER TABLE customers ADD COLUMN fax text")).await.unwrap();
        let (status, health) = shop.get("/health").await;
        assert_eq!((status, &health["healthy"]), (503, &json!(false)));
        assert_eq!(health["drift"], json!(["Detected removed column 'customers.fax'"]));
    }
}

#[tokio::test]
async fn the_interface_describes_itself() {
    let [shop, _] = services().await;
    let (status, description) = shop.get("/openapi.json").await;
    assert_eq!(status, 200);
    for (path, method) in [
        ("/customers", "get"),
        ("/customers", "post"),
        ("/customers/{id}", "patch"),
        ("/customers/{id}/orders", "post"),
        ("/products", "get"),
        ("/tags", "post"),
        ("/health", "get"),
    ] {
        assert!(description["paths"][path][method].is_object(), "{method} {path}");
    }
    let schema = &description["components"]["schemas"]["CustomerPage"];
    assert_eq!(schema["properties"]["orders"]["type"], "array");
}
