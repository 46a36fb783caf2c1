//! Customers and what they order.

use axum::Json;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use limbeck::prelude::*;
use serde::{Deserialize, Serialize};
use shop::{Customer, Order, OrderProduct, Product};
use utoipa::ToSchema;

use crate::error::{ApiError, Problem};
use crate::page::{Page, PageRequest};
use crate::unit_of_work::UnitOfWork;

/// A customer in a list.
#[derive(Debug, Load, Serialize, ToSchema)]
#[load(Customer)]
pub(crate) struct CustomerEntry {
    pub(crate) customer_id: i32,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email_address: String,
}

/// A customer with all orders: read by one statement for each level.
#[derive(Debug, Load, Serialize, ToSchema)]
#[load(Customer)]
pub(crate) struct CustomerPage {
    pub(crate) customer_id: i32,
    pub(crate) first_name: String,
    pub(crate) last_name: String,
    pub(crate) email_address: String,
    #[load(order_by = Order::order_id.desc())]
    pub(crate) orders: Vec<OrderPage>,
}

#[derive(Debug, Load, Serialize, ToSchema)]
#[load(Order)]
pub(crate) struct OrderPage {
    pub(crate) order_id: i32,
    pub(crate) order_date: DateTime<Utc>,
    #[load(order_by = Product::product_name)]
    pub(crate) products: Vec<OrderedProduct>,
}

#[derive(Debug, Load, Serialize, ToSchema)]
#[load(Product)]
pub(crate) struct OrderedProduct {
    pub(crate) product_id: i32,
    pub(crate) product_name: String,
    pub(crate) price: f64,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewCustomer {
    first_name: String,
    last_name: String,
    email_address: String,
}

/// What is to be changed; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct CustomerChange {
    first_name: Option<String>,
    last_name: Option<String>,
    email_address: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewOrder {
    product_ids: Vec<i32>,
}

/// The key of what was made.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Created {
    pub(crate) id: i32,
}

#[utoipa::path(get, path = "/customers", params(PageRequest), responses((status = 200, body = Page<CustomerEntry>)))]
pub(crate) async fn list(
    mut work: UnitOfWork,
    Query(page): Query<PageRequest>,
) -> Result<Json<Page<CustomerEntry>>, ApiError> {
    let customers = load::<CustomerEntry>()
        .filter(Customer::customer_id.gt(page.after))
        .order_by(Customer::customer_id)
        .limit(page.rows()?)
        .all(&mut *work)
        .await?;
    Ok(Json(page.of(customers, |customer| customer.customer_id)))
}

#[utoipa::path(post, path = "/customers", responses((status = 201, body = Created), (status = 422, body = Problem)))]
pub(crate) async fn create(
    mut work: UnitOfWork,
    Json(new): Json<NewCustomer>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let customer = work.add(Customer::new(new.first_name, new.last_name, new.email_address))?;
    work.flush().await?;
    let id = work.key(customer)?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(Created { id })))
}

#[utoipa::path(
    get,
    path = "/customers/{id}",
    params(("id" = i32, Path)),
    responses((status = 200, body = CustomerPage), (status = 404, body = Problem))
)]
pub(crate) async fn read(mut work: UnitOfWork, Path(id): Path<i32>) -> Result<Json<CustomerPage>, ApiError> {
    let page = load::<CustomerPage>().filter(Customer::customer_id.eq(id)).one(&mut *work).await?;
    Ok(Json(page))
}

#[utoipa::path(
    patch,
    path = "/customers/{id}",
    params(("id" = i32, Path)),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(crate) async fn change(
    mut work: UnitOfWork,
    Path(id): Path<i32>,
    Json(change): Json<CustomerChange>,
) -> Result<StatusCode, ApiError> {
    let mut customer = work.get::<Customer>(id).await?;
    if let Some(name) = change.first_name {
        customer.first_name = name;
    }
    if let Some(name) = change.last_name {
        customer.last_name = name;
    }
    if let Some(address) = change.email_address {
        customer.email_address = address;
    }
    work.save(&mut customer);
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Removes a customer with all orders.
#[utoipa::path(
    delete,
    path = "/customers/{id}",
    params(("id" = i32, Path)),
    responses((status = 204), (status = 404, body = Problem))
)]
pub(crate) async fn remove(mut work: UnitOfWork, Path(id): Path<i32>) -> Result<StatusCode, ApiError> {
    let customer = work.get::<Customer>(id).await?;
    work.delete(customer);
    work.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

#[utoipa::path(
    post,
    path = "/customers/{id}/orders",
    params(("id" = i32, Path)),
    responses((status = 201, body = Created), (status = 404, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn order(
    mut work: UnitOfWork,
    Path(id): Path<i32>,
    Json(new): Json<NewOrder>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    if !select::<Customer>().filter(Customer::customer_id.eq(id)).exists(&mut *work).await? {
        return Err(OrmError::NotFound.into());
    }
    let known = select::<Product>()
        .columns(Product::product_id)
        .filter(Product::product_id.in_(new.product_ids.iter().copied()))
        .all(&mut *work)
        .await?;
    if let Some(unknown) = new.product_ids.iter().find(|product| !known.contains(product)) {
        return Err(ApiError::unprocessable("product_ids", format!("there is no product {unknown}")));
    }
    let order = work.add(Order::new(id))?;
    work.add_all(known.into_iter().map(|product| OrderProduct::new(order, product)))?;
    work.flush().await?;
    let id = work.key(order)?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(Created { id })))
}
