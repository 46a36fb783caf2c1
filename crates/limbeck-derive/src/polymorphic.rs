//! `#[derive(Polymorphic)]`: the kinds of rows of a table as an enum.

use darling::FromMeta;
use darling::error::Accumulator;
use darling::{Error, util::SpannedValue};
use heck::ToSnakeCase as _;
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Data, DeriveInput, Fields, Path, Type, Variant, parse_quote};

use crate::options::ValueOptions;
use crate::report::compile_errors;
use crate::value::{FieldName, Text, plain_name};

/// `#[polymorphic(base = Payment, on = kind)]`.
#[derive(Debug, FromMeta)]
struct Options {
    base: Path,
    on: FieldName,
    #[darling(rename = "crate")]
    krate: Option<Path>,
}

/// A kind of rows.
struct Kind<'a> {
    variant: &'a Ident,
    /// The value of the column that says which kind it is.
    value: String,
    /// The models that the variant holds.
    models: Vec<&'a Type>,
}

/// The impl of `Polymorphic`, or everything that is wrong.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let options = errors.handle(options(input));
    let kinds = kinds(input, &mut errors);
    match (errors.finish(), options) {
        (Ok(()), Some(options)) => implementation(input, &options, &kinds),
        (Err(error), _) => compile_errors(error),
        _ => TokenStream::new(),
    }
}

fn options(input: &DeriveInput) -> darling::Result<Options> {
    let attribute = input.attrs.iter().find(|attribute| attribute.path().is_ident("polymorphic"));
    let Some(attribute) = attribute else {
        let message = "say which model the kinds have in common, and which of its fields tells them apart: \
                       `#[polymorphic(base = Payment, on = kind)]`";
        return Err(Error::custom(message).with_span(&input.ident));
    };
    Options::from_meta(&attribute.meta)
}

fn kinds<'a>(input: &'a DeriveInput, errors: &mut Accumulator) -> Vec<Kind<'a>> {
    let Data::Enum(data) = &input.data else {
        errors.push(Error::custom("the kinds of rows are an enum").with_span(&input.ident));
        return Vec::new();
    };
    data.variants.iter().filter_map(|variant| errors.handle(kind(variant))).collect()
}

fn kind(variant: &Variant) -> darling::Result<Kind<'_>> {
    let written = variant.attrs.iter().find(|attribute| attribute.path().is_ident("value"));
    let options = match written {
        Some(attribute) => SpannedValue::<ValueOptions>::from_meta(&attribute.meta)?.into_inner(),
        None => ValueOptions::default(),
    };
    let models: Vec<_> = match &variant.fields {
        Fields::Unnamed(fields) => fields.unnamed.iter().map(|field| &field.ty).collect(),
        Fields::Named(_) | Fields::Unit => Vec::new(),
    };
    if models.is_empty() {
        let message = "a kind holds its models: `Card(CardPayment)`, or `Card(Payment, CardPayment)` when it has a \
                       table of its own";
        return Err(Error::custom(message).with_span(variant));
    }
    let value = match options.text {
        Some(Text(text)) => text.value(),
        None => plain_name(&variant.ident).to_snake_case(),
    };
    Ok(Kind { variant: &variant.ident, value, models })
}

fn implementation(input: &DeriveInput, options: &Options, kinds: &[Kind<'_>]) -> TokenStream {
    let ident = &input.ident;
    let krate: Path = options.krate.clone().unwrap_or_else(|| parse_quote!(::limbeck));
    let (base, FieldName(on)) = (&options.base, &options.on);
    let name = ident.to_string();
    // Every model is read once, however many kinds hold it.
    let mut models = Vec::<&Type>::new();
    for model in kinds.iter().flat_map(|kind| &kind.models) {
        if !models.contains(model) {
            models.push(model);
        }
    }
    let width = |models: &[&Type]| quote!(1 #(+ <#models as __limbeck::Model>::COLUMNS.len())*);
    let all = width(&models);
    let arms = kinds.iter().map(|kind| {
        let (variant, value) = (kind.variant, &kind.value);
        let parts = kind.models.iter().map(|model| {
            let before: Vec<_> = models.iter().take_while(|other| other != &model).copied().collect();
            let at = width(&before);
            quote!(<#model as __limbeck::orm::Mapped>::decode(row, first + #at)?)
        });
        quote!(#value => Self::#variant(#(#parts),*),)
    });
    quote! {
        const _: () = {
            use #krate::__private as __limbeck;
            __limbeck::with_orm! {
                #[automatically_derived]
                impl __limbeck::orm::Polymorphic for #ident {
                    type Base = #base;
                    const WIDTH: usize = #all;
                    fn items(items: &mut ::std::vec::Vec<__limbeck::orm::derived::SelectItem>) {
                        items.push(__limbeck::orm::SqlExpression::into_expr(#base::#on).into());
                        #(__limbeck::orm::derived::kind_items::<#models>(items);)*
                    }
                    fn joined(select: __limbeck::orm::Select<#base>) -> __limbeck::orm::Select<#base> {
                        #(let select = __limbeck::orm::derived::join_kind::<#base, #models>(select);)*
                        select
                    }
                    fn decode(
                        row: &__limbeck::orm::derived::Row<'_>,
                        first: usize,
                    ) -> ::std::result::Result<Self, __limbeck::orm::derived::DecodeError> {
                        let kind: ::std::string::String = row.get(first)?;
                        ::std::result::Result::Ok(match kind.as_str() {
                            #(#arms)*
                            _ => {
                                return ::std::result::Result::Err(
                                    __limbeck::orm::derived::DecodeError::value(#name, kind),
                                );
                            }
                        })
                    }
                }
            }
        };
    }
}
