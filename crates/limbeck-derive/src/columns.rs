//! `#[derive(Columns)]`: columns that several models have in common.

use darling::Error;
use proc_macro2::TokenStream;
use quote::quote;
use syn::{DeriveInput, Path, parse_quote};

use crate::check::check;
use crate::declaration::Declaration;
use crate::mapped::{column, fields, values};
use crate::model::{named_types, own_columns};
use crate::report::compile_errors;
use crate::table::columns;

/// The impl of `ColumnGroup`, and what the ORM needs of it; or everything that is wrong.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let declaration = errors.handle_in(|| {
        let mut inner = Error::accumulator();
        let declaration = Declaration::read(input, &mut inner)?;
        check(&declaration, &mut inner);
        refuse(&declaration, &mut inner);
        inner.finish_with(declaration)
    });
    match (errors.finish(), declaration) {
        (Ok(()), Some(declaration)) => impls(&declaration),
        (Err(error), _) => compile_errors(error),
        _ => TokenStream::new(),
    }
}

/// Keys and references are a model's own: they have a name in its table.
fn refuse(declaration: &Declaration, errors: &mut darling::error::Accumulator) {
    for field in &declaration.fields {
        if field.key.is_some() || !field.references.is_empty() || field.version {
            let message =
                "shared columns are no keys, references or versions: write this one into each model";
            errors.push(Error::custom(message).with_span(&field.ident));
        }
    }
    for group in &declaration.groups {
        errors.push(Error::custom("shared columns have no groups of their own").with_span(&group.ident));
    }
}

fn impls(declaration: &Declaration) -> TokenStream {
    let ident = &declaration.ident;
    let krate: Path = declaration.options.krate.clone().unwrap_or_else(|| parse_quote!(::limbeck));
    let names = own_columns(declaration);
    let schema_columns = columns(declaration);
    let (enum_types, domains) = named_types(declaration);
    let typed = declaration.fields.iter().map(|field| column(declaration, field));
    let (values, fields) = (values(declaration), fields(declaration));
    quote! {
        const _: () = {
            use #krate::__private as __limbeck;
            #[allow(unused_imports)]
            use __limbeck::derived::AnyType as _;
            #[automatically_derived]
            #[allow(clippy::needless_update)]
            impl __limbeck::ColumnGroup for #ident {
                const COLUMNS: &'static [(&'static str, &'static str)] = #names;
                fn columns() -> ::std::vec::Vec<__limbeck::Column> {
                    #schema_columns
                }
                fn enum_types() -> ::std::vec::Vec<__limbeck::EnumType> {
                    #enum_types
                }
                fn domains() -> ::std::vec::Vec<__limbeck::Domain> {
                    #domains
                }
            }
            __limbeck::with_orm! {
                #[automatically_derived]
                #[allow(non_upper_case_globals, dead_code)]
                impl #ident {
                    #(#typed)*
                }
                #[automatically_derived]
                impl __limbeck::orm::MappedColumns for #ident {
                    fn value(&self, column: usize) -> __limbeck::Value {
                        #values
                    }
                    fn decode(
                        row: &__limbeck::orm::derived::Row<'_>,
                        first: usize,
                    ) -> ::std::result::Result<Self, __limbeck::orm::derived::DecodeError> {
                        ::std::result::Result::Ok(Self { #fields })
                    }
                }
            }
        };
    }
}
