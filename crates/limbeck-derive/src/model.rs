//! `#[derive(Model)]`: the code for a declaration.

use std::collections::BTreeMap;

use darling::Error;
use proc_macro2::TokenStream;
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{DeriveInput, Path, parse_quote};

use crate::check::{check, type_name};
use crate::declaration::Declaration;
use crate::entities::declared;
use crate::mapped::mapped;
use crate::report::compile_errors;
use crate::table::table;
use crate::value::{Action, plain_name};

/// The impls of `Model` and `References` for a struct, after everything that is wrong with it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let declaration = match Declaration::read(input, &mut errors) {
        Ok(declaration) => declaration,
        Err(error) => {
            errors.push(error);
            return written(errors);
        }
    };
    check(&declaration, &mut errors);
    crate::entities::check(&declaration, &mut errors);
    // The impls come out even when there are mistakes: code that uses the model shall not add errors of its own.
    let impls = impls(&declaration);
    let errors = written(errors);
    quote!(#errors #impls)
}

fn written(errors: darling::error::Accumulator) -> TokenStream {
    errors.finish().map_or_else(compile_errors, |()| TokenStream::new())
}

fn impls(declaration: &Declaration) -> TokenStream {
    let ident = &declaration.ident;
    let krate: Path = declaration.options.krate.clone().unwrap_or_else(|| parse_quote!(::limbeck));
    let (table_name, schema) = name(declaration);
    let declares_table = (declaration.is_view() || declaration.options.part_of.is_some()).then(|| {
        quote!(
            const DECLARES_TABLE: bool = false;
        )
    });
    let columns = columns(declaration);
    let key = declaration.key_fields().into_iter().map(|field| &field.column);
    let table = table(declaration);
    let (mut enum_types, mut domains) = named_types(declaration);
    if !declaration.groups.is_empty() {
        let groups: Vec<_> = declaration.groups.iter().map(|group| &group.ty).collect();
        enum_types = quote!([#enum_types, #(<#groups as __limbeck::ColumnGroup>::enum_types()),*].concat());
        domains = quote!([#domains, #(<#groups as __limbeck::ColumnGroup>::domains()),*].concat());
    }
    let references = references(declaration);
    let mapped = mapped(declaration);
    let declared = declared(declaration);
    quote! {
        const _: () = {
            use #krate::__private as __limbeck;
            #[allow(unused_imports)]
            use __limbeck::derived::AnyType as _;
            #[automatically_derived]
            // A literal may name every field and still be written with the rest.
            #[allow(clippy::needless_update)]
            impl __limbeck::Model for #ident {
                const TABLE_NAME: &'static str = #table_name;
                const SCHEMA: ::std::option::Option<&'static str> = #schema;
                const COLUMNS: &'static [(&'static str, &'static str)] = #columns;
                const PRIMARY_KEY: &'static [&'static str] = &[#(#key),*];
                #declares_table
                fn table() -> __limbeck::Table {
                    #table
                }
                fn enum_types() -> ::std::vec::Vec<__limbeck::EnumType> {
                    #enum_types
                }
                fn domains() -> ::std::vec::Vec<__limbeck::Domain> {
                    #domains
                }
                #declared
            }
            #references
            #mapped
        };
    }
}

/// The fields with their columns: the struct's own, and those of its groups.
fn columns(declaration: &Declaration) -> TokenStream {
    let own = own_columns(declaration);
    if declaration.groups.is_empty() {
        return own;
    }
    let groups: Vec<_> = declaration.groups.iter().map(|group| &group.ty).collect();
    quote! {{
        const OWN: &[(&str, &str)] = #own;
        const ALL: [(&str, &str); OWN.len() #(+ <#groups as __limbeck::ColumnGroup>::COLUMNS.len())*] =
            __limbeck::derived::joined_columns(&[OWN, #(<#groups as __limbeck::ColumnGroup>::COLUMNS),*]);
        &ALL
    }}
}

/// The struct's own fields with their columns.
pub(crate) fn own_columns(declaration: &Declaration) -> TokenStream {
    let columns = declaration.fields.iter().map(|field| {
        let (name, column) = (&field.name, &field.column);
        quote!((#name, #column))
    });
    quote!(&[#(#columns),*])
}

/// The table's name and schema: its own, or those of the model that it is a part of.
fn name(declaration: &Declaration) -> (TokenStream, TokenStream) {
    if let Some(model) = &declaration.options.part_of {
        return (
            quote_spanned!(model.span()=> <#model as __limbeck::Model>::TABLE_NAME),
            quote!(<#model as __limbeck::Model>::SCHEMA),
        );
    }
    let table_name = declaration.table_name();
    let schema = match &declaration.options.schema {
        Some(schema) => quote!(::std::option::Option::Some(#schema)),
        None => quote!(::std::option::Option::None),
    };
    (quote!(#table_name), schema)
}

/// The enum types and the domains of all fields; each Rust type is asked once, the primitive ones not at all.
pub(crate) fn named_types(declaration: &Declaration) -> (TokenStream, TokenStream) {
    const PRIMITIVE: [&str; 7] = ["i16", "i32", "i64", "f32", "f64", "bool", "String"];
    let fields = declaration.fields.iter().filter(|field| !field.has_own_type());
    let mut asked = Vec::<String>::new();
    let mut types = Vec::new();
    for field in fields.filter(|field| !PRIMITIVE.contains(&type_name(&field.ty).as_str())) {
        let text = field.ty.to_token_stream().to_string();
        if !asked.contains(&text) {
            asked.push(text);
            let ty = &field.ty;
            types.push(quote_spanned!(ty.span()=> __limbeck::derived::FieldType::<#ty>));
        }
    }
    if types.is_empty() {
        return (quote!(::std::vec::Vec::new()), quote!(::std::vec::Vec::new()));
    }
    (
        quote!(__limbeck::derived::enum_types([#(#types::enum_type()),*])),
        quote!([#(#types::domains()),*].concat()),
    )
}

/// One impl of `References` for each parent, with the fields of every foreign key to it.
fn references(declaration: &Declaration) -> TokenStream {
    let mut by_parent = BTreeMap::<String, (Path, Vec<Vec<String>>, Vec<bool>)>::new();
    let mut add = |model: &Path, fields: Vec<String>, on_delete: Option<&Action>| {
        let model = declaration.named(model);
        let text = model.to_token_stream().to_string();
        let (_, keys, outlives) = by_parent.entry(text).or_insert_with(|| (model, Vec::new(), Vec::new()));
        keys.push(fields);
        outlives.push(matches!(on_delete, Some(Action::OnFields(..))));
    };
    for field in &declaration.fields {
        for reference in &field.references {
            add(&reference.model, vec![field.name.clone()], reference.options.on_delete.as_ref());
        }
    }
    for foreign_key in &declaration.foreign_keys {
        let fields = foreign_key.on.0.iter().map(plain_name).collect();
        add(&foreign_key.references.model, fields, foreign_key.on_delete.as_ref());
    }
    let ident = &declaration.ident;
    let impls = by_parent.values().map(|(parent, keys, outlives)| {
        quote! {
            #[automatically_derived]
            impl __limbeck::References<#parent> for #ident {
                const FOREIGN_KEYS: &'static [&'static [&'static str]] = &[#(&[#(#keys),*]),*];
                const OUTLIVES_PARENT: &'static [bool] = &[#(#outlives),*];
            }
        }
    });
    quote!(#(#impls)*)
}
