//! Products and the words to find them by.

use axum::Json;
use axum::extract::Query;
use axum::http::StatusCode;
use limbeck::prelude::*;
use serde::{Deserialize, Serialize};
use shop::{Product, ProductTag, Tag};
use utoipa::{IntoParams, ToSchema};

use crate::customers::Created;
use crate::error::{ApiError, Problem};
use crate::page::{Page, PageRequest};
use crate::unit_of_work::UnitOfWork;

#[derive(Debug, Load, Serialize, ToSchema)]
#[load(Product)]
pub(crate) struct ProductPage {
    product_id: i32,
    product_name: String,
    description: Option<String>,
    price: f64,
    #[load(order_by = Tag::tag_name)]
    tags: Vec<TagEntry>,
}

#[derive(Debug, Load, Serialize, ToSchema)]
#[load(Tag)]
pub(crate) struct TagEntry {
    tag_id: i32,
    tag_name: String,
}

/// What is looked for; what is left out does not matter.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct ProductFilter {
    /// A word of the product.
    tag: Option<String>,
    /// A part of the name.
    name: Option<String>,
    max_price: Option<f64>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewProduct {
    product_name: String,
    description: Option<String>,
    price: f64,
    /// Keys of tags.
    #[serde(default)]
    tag_ids: Vec<i32>,
}

#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewTag {
    tag_name: String,
}

#[utoipa::path(
    get,
    path = "/products",
    params(PageRequest, ProductFilter),
    responses((status = 200, body = Page<ProductPage>))
)]
pub(crate) async fn list(
    mut work: UnitOfWork,
    Query(page): Query<PageRequest>,
    Query(filter): Query<ProductFilter>,
) -> Result<Json<Page<ProductPage>>, ApiError> {
    let with_tag = filter.tag.map(|tag| {
        let tagged = select::<ProductTag>()
            .join::<Tag>(Tag::tag_id.eq(ProductTag::tag_id))
            .filter(Tag::tag_name.eq(tag))
            .columns(ProductTag::product_id);
        Product::product_id.in_select(tagged)
    });
    let products = load::<ProductPage>()
        .filter(Product::product_id.gt(page.after))
        .filter(with_tag)
        .filter(filter.name.map(|name| Product::product_name.contains(&name)))
        .filter(filter.max_price.map(|price| Product::price.le(price)))
        .order_by(Product::product_id)
        .limit(page.rows()?)
        .all(&mut *work)
        .await?;
    Ok(Json(page.of(products, |product| product.product_id)))
}

#[utoipa::path(
    post,
    path = "/products",
    responses((status = 201, body = Created), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn create(
    mut work: UnitOfWork,
    Json(new): Json<NewProduct>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    if !new.price.is_finite() || new.price < 0.0 {
        return Err(ApiError::unprocessable("price", "a price is not negative".to_owned()));
    }
    let product = Product::new(new.product_name, new.price).set(Product::description, new.description);
    let product = work.add(product)?;
    work.add_all(new.tag_ids.into_iter().map(|tag| ProductTag::new(product, tag)))?;
    work.flush().await?;
    let id = work.key(product)?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(Created { id })))
}

#[utoipa::path(
    post,
    path = "/tags",
    responses((status = 201, body = Created), (status = 409, body = Problem), (status = 422, body = Problem))
)]
pub(crate) async fn create_tag(
    mut work: UnitOfWork,
    Json(new): Json<NewTag>,
) -> Result<(StatusCode, Json<Created>), ApiError> {
    let tag = work.add(Tag::new(new.tag_name))?;
    work.flush().await?;
    let id = work.key(tag)?;
    work.commit().await?;
    Ok((StatusCode::CREATED, Json(Created { id })))
}
