//! `#[derive(Domain)]`: a newtype as a domain of the database.

use darling::error::Accumulator;
use darling::{Error, FromMeta};
use heck::ToSnakeCase as _;
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Fields, Path, Type, parse_quote};

use crate::doc_comment::doc_comment;
use crate::options::{CheckOptions, DomainOptions};
use crate::report::compile_errors;
use crate::table::{check_constraint, literal, some, some_text};
use crate::type_name::{Dialect, sql_type};
use crate::value::{Comment, Count, Text, Whole, plain_name};

/// The impls for a newtype, or everything that is wrong with it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let options = options(input, &mut errors);
    let mut checks = Vec::new();
    for attribute in input.attrs.iter().filter(|attribute| attribute.path().is_ident("check")) {
        checks.extend(errors.handle(CheckOptions::from_meta(&attribute.meta)));
    }
    for check in checks.iter().filter(|check| check.no_inherit.is_present()) {
        let message = "a condition of a domain is not inherited";
        errors.push(Error::custom(message).with_span(&check.no_inherit.span()));
    }
    let inner = errors.handle(inner_type(input));
    let comment = comment(&options, &input.attrs, &mut errors);
    let base_type = inner.as_ref().map(|inner| base_type(inner, &options, &mut errors));
    match (errors.finish(), inner, base_type) {
        (Ok(()), Some(inner), Some(base_type)) => {
            impls(input, &options, &checks, &inner, &base_type, comment)
        }
        (Err(error), ..) => compile_errors(error),
        _ => TokenStream::new(),
    }
}

fn options(input: &DeriveInput, errors: &mut Accumulator) -> DomainOptions {
    let mut written = input.attrs.iter().filter(|attribute| attribute.path().is_ident("domain"));
    let first = written.next();
    for attribute in written {
        let message = "`#[domain]` is written twice: put all options into one";
        errors.push(Error::custom(message).with_span(attribute));
    }
    first.and_then(|attribute| errors.handle(DomainOptions::from_meta(&attribute.meta))).unwrap_or_default()
}

fn inner_type(input: &DeriveInput) -> darling::Result<Type> {
    if !input.generics.params.is_empty() {
        let message = "a domain has no type parameters or lifetimes";
        return Err(Error::custom(message).with_span(&input.generics));
    }
    let field = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => fields.unnamed.first(),
            _ => None,
        },
        _ => None,
    };
    let message = "a domain is a struct around one value: `struct Email(String);`";
    field.map(|field| field.ty.clone()).ok_or_else(|| Error::custom(message).with_span(&input.ident))
}

fn comment(options: &DomainOptions, attributes: &[Attribute], errors: &mut Accumulator) -> Option<String> {
    match options.comment.as_ref()? {
        Comment::Text(text) => Some(text.value()),
        Comment::Doc(span) => {
            let doc = doc_comment(attributes);
            if doc.is_none() {
                errors.push(Error::custom("there is no doc comment to take").with_span(span));
            }
            doc
        }
    }
}

fn base_type(inner: &Type, options: &DomainOptions, errors: &mut Accumulator) -> TokenStream {
    let sized = match (&options.len, &options.precision, &options.scale) {
        (Some(Count(length)), ..) => {
            quote_spanned!(inner.span()=> __limbeck::derived::sized::<#inner>(#length))
        }
        (None, Some(Count(precision)), None) => {
            quote_spanned!(inner.span()=> __limbeck::derived::precise::<#inner>(#precision))
        }
        (None, Some(Count(precision)), Some(Whole(scale))) => {
            let scale = proc_macro2::Literal::i64_unsuffixed(*scale);
            quote_spanned!(inner.span()=> __limbeck::derived::scaled::<#inner>(#precision, #scale))
        }
        (None, None, _) => quote_spanned!(inner.span()=> <#inner as __limbeck::ColumnType>::sql_type()),
    };
    let Some(Text(text)) = &options.sql_type else { return sized };
    match sql_type(&text.value(), Dialect::Postgresql) {
        Ok(sql_type) => sql_type,
        Err(message) => {
            errors.push(Error::custom(message).with_span(text));
            sized
        }
    }
}

fn impls(
    input: &DeriveInput,
    options: &DomainOptions,
    checks: &[CheckOptions],
    inner: &Type,
    base_type: &TokenStream,
    comment: Option<String>,
) -> TokenStream {
    let ident = &input.ident;
    let krate: Path = options.krate.clone().unwrap_or_else(|| parse_quote!(::limbeck));
    let name = match &options.name {
        Some(Text(text)) => text.value(),
        None => plain_name(ident).to_snake_case(),
    };
    let qualified = match &options.schema {
        Some(schema) => quote!(__limbeck::QualifiedName::in_schema(#schema, #name)),
        None => quote!(__limbeck::QualifiedName::new(#name)),
    };
    let unnamed = options.check.iter().map(|sql| quote!(__limbeck::CheckConstraint::new(#sql)));
    let checks: Vec<_> = unnamed.chain(checks.iter().map(check_constraint)).collect();
    let domain = literal(
        "Domain",
        [
            ("collation", options.collation.as_ref().map(some_text)),
            ("server_default", options.server_default.as_ref().map(some)),
            ("nullable", options.not_null.is_present().then(|| quote!(false))),
            ("checks", (!checks.is_empty()).then(|| quote!(::std::vec![#(#checks),*]))),
            ("comment", comment.map(some_text)),
            ("renamed_from", options.renamed_from.as_ref().map(some_text)),
        ],
        quote!(__limbeck::Domain::new(#qualified, #base_type)),
    );
    quote! {
        const _: () = {
            use #krate::__private as __limbeck;
            #[automatically_derived]
            impl __limbeck::ColumnType for #ident {
                fn sql_type() -> __limbeck::SqlType {
                    __limbeck::SqlType::Domain(#qualified)
                }
                fn enum_type() -> ::std::option::Option<__limbeck::EnumType> {
                    <#inner as __limbeck::ColumnType>::enum_type()
                }
                fn domains() -> ::std::vec::Vec<__limbeck::Domain> {
                    let mut domains = <#inner as __limbeck::ColumnType>::domains();
                    domains.push(#domain);
                    domains
                }
            }
            #[automatically_derived]
            impl __limbeck::ArrayElement for #ident {}
            __limbeck::with_orm! {
                #[automatically_derived]
                impl __limbeck::ToValue for #ident {
                    fn to_value(&self) -> __limbeck::Value {
                        __limbeck::ToValue::to_value(&self.0)
                    }
                }
                #[automatically_derived]
                impl __limbeck::orm::derived::Decode for #ident {
                    fn decode(
                        column: __limbeck::orm::derived::RawColumn<'_>,
                    ) -> ::std::result::Result<Self, __limbeck::orm::derived::DecodeError> {
                        __limbeck::orm::derived::Decode::decode(column).map(Self)
                    }
                }
                #[automatically_derived]
                impl __limbeck::orm::Maybe for #ident {
                    type Optional = ::std::option::Option<Self>;
                }
            }
        };
    }
}
