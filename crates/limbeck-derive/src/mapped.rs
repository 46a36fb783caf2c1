//! What the ORM needs of a model: typed columns, the shape of a new row, how a row is read and written.
//!
//! The derive cannot see whether the ORM is there, so this stands in `with_orm!`, which drops it without. It is one
//! short function for each thing that depends on the fields' types; everything else works on values.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Path, Visibility};

use crate::check::type_name;
use crate::declaration::{Declaration, Field};
use crate::value::FieldName;

/// The columns, the constructor and the impl of `Mapped`.
pub(crate) fn mapped(declaration: &Declaration) -> TokenStream {
    if declaration.options.schema_only.is_present() {
        return TokenStream::new();
    }
    let ident = &declaration.ident;
    let columns = declaration.fields.iter().map(|field| column(declaration, field));
    let constructor = (!declaration.is_view()).then(|| constructor(declaration));
    let stored = (!declaration.is_view()).then(|| {
        quote! {
            #[automatically_derived]
            impl __limbeck::orm::Stored for #ident {}
        }
    });
    let Key { key_type, key, values: key_values, from_values } = key(declaration);
    let count_version = declaration.fields.iter().find(|field| field.version).map(|field| {
        let name = &field.ident;
        quote! {
            fn count_version(&mut self) {
                self.#name += 1;
            }
        }
    });
    let version = match declaration.fields.iter().find(|field| field.version) {
        Some(field) => {
            let column = &field.column;
            quote!(::std::option::Option::Some(#column))
        }
        None => quote!(::std::option::Option::None),
    };
    let values = values(declaration);
    let fields = fields(declaration);
    let flattens = declaration.groups.iter().map(|group| {
        let ty = &group.ty;
        quote! {
            #[automatically_derived]
            impl __limbeck::orm::Flattens<#ty> for #ident {}
        }
    });
    quote! {
        __limbeck::with_orm! {
            #[automatically_derived]
            #[allow(non_upper_case_globals, dead_code, clippy::too_many_arguments, clippy::new_ret_no_self)]
            impl #ident {
                #(#columns)*
                #constructor
            }
            #[automatically_derived]
            // The key of a model without one is a unit.
            #[allow(clippy::unused_unit)]
            impl __limbeck::orm::Mapped for #ident {
                type Key = #key_type;
                fn definition() -> &'static __limbeck::orm::ModelDefinition {
                    static DEFINITION: ::std::sync::OnceLock<__limbeck::orm::ModelDefinition> =
                        ::std::sync::OnceLock::new();
                    DEFINITION.get_or_init(|| {
                        __limbeck::orm::ModelDefinition::new(&<#ident as __limbeck::Model>::table(), #version)
                    })
                }
                fn relation_definitions() -> &'static [__limbeck::orm::RelationDefinition] {
                    #[allow(unused_imports)]
                    use __limbeck::orm::AnyModel as _;
                    __limbeck::orm::RelationsOf::<#ident>::definitions()
                }
                fn key(&self) -> Self::Key {
                    #key
                }
                fn key_values(key: &Self::Key) -> ::std::vec::Vec<__limbeck::Value> {
                    #key_values
                }
                fn key_from(
                    values: &[__limbeck::Value],
                ) -> ::std::result::Result<Self::Key, __limbeck::orm::derived::DecodeError> {
                    #from_values
                }
                #count_version
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
            #stored
            #(#flattens)*
        }
    }
}

/// The value of a column: of the struct's own by position, of its groups behind them.
pub(crate) fn values(declaration: &Declaration) -> TokenStream {
    let own = declaration.fields.iter().zip(0_usize..).map(|(field, position)| {
        let (name, span) = (&field.ident, field.ty.span());
        quote_spanned!(span=> #position => __limbeck::ToValue::to_value(&self.#name),)
    });
    let count = declaration.fields.len();
    let groups = declaration.groups.iter().map(|group| {
        let (name, ty) = (&group.ident, &group.ty);
        quote! {
            match column.checked_sub(<#ty as __limbeck::ColumnGroup>::COLUMNS.len()) {
                ::std::option::Option::None => {
                    return __limbeck::orm::MappedColumns::value(&self.#name, column);
                }
                ::std::option::Option::Some(rest) => column = rest,
            }
        }
    });
    let others = match declaration.groups.as_slice() {
        [] => quote!(__limbeck::Value::Null),
        _ => quote! {{
            let mut column = column - #count;
            #(#groups)*
            let _ = column;
            __limbeck::Value::Null
        }},
    };
    quote! {
        match column {
            #(#own)*
            _ => #others,
        }
    }
}

/// The fields, each read from its place in the row.
pub(crate) fn fields(declaration: &Declaration) -> TokenStream {
    let own = declaration.fields.iter().zip(0_usize..).map(|(field, position)| {
        let (name, span) = (&field.ident, field.ty.span());
        quote_spanned!(span=> #name: row.get(first + #position)?,)
    });
    let count = declaration.fields.len();
    let groups = declaration.groups.iter().enumerate().map(|(position, group)| {
        let (name, ty) = (&group.ident, &group.ty);
        let before = declaration.groups.iter().take(position).map(|group| &group.ty);
        quote! {
            #name: <#ty as __limbeck::orm::MappedColumns>::decode(
                row,
                first + #count #(+ <#before as __limbeck::ColumnGroup>::COLUMNS.len())*,
            )?,
        }
    });
    quote!(#(#own)* #(#groups)*)
}

pub(crate) fn column(declaration: &Declaration, field: &Field) -> TokenStream {
    let model = &declaration.ident;
    let Field { ident, visibility, column, ty, .. } = field;
    let doc = format!("The column `{column}`.");
    let access = if declaration.is_view() || field.options.generated.is_some() {
        quote!(__limbeck::orm::ReadOnly)
    } else {
        quote!(__limbeck::orm::Writable)
    };
    quote_spanned! {ty.span()=>
        #[doc = #doc]
        #visibility const #ident: __limbeck::orm::Column<#model, #ty, #access> =
            __limbeck::orm::Column::new(#column, __limbeck::derived::FieldType::<#ty>::NULLABLE);
    }
}

/// Whether every new row must be given the field: nobody else makes it.
fn is_required(field: &Field) -> bool {
    let made = field.identity().is_some()
        || field.options.server_default.is_some()
        || field.options.generated.is_some()
        || field.version;
    !made && type_name(&field.ty) != "Option"
}

/// `new`, with an argument for every field that must be given. A version begins with 1.
fn constructor(declaration: &Declaration) -> TokenStream {
    let required: Vec<_> =
        declaration.fields.iter().enumerate().filter(|(_, field)| is_required(field)).collect();
    let arguments = required.iter().map(|(_, field)| {
        let (name, ty) = (&field.ident, &field.ty);
        let parent: Path = match field.references.first() {
            Some(reference) => declaration.named(&reference.model),
            None => return quote_spanned!(ty.span()=> #name: impl __limbeck::orm::Assign<#ty>),
        };
        quote_spanned!(ty.span()=> #name: impl __limbeck::orm::Assign<#ty, #parent>)
    });
    let given = required.iter().map(|(position, field)| {
        let name = &field.ident;
        quote!(.with(#position, __limbeck::orm::Assign::into_input(#name)))
    });
    let version =
        declaration.fields.iter().enumerate().find(|(_, field)| field.version).map(|(at, field)| {
            let ty = &field.ty;
            quote_spanned!(ty.span()=>
            .with(#at, __limbeck::orm::Assign::<#ty>::into_input(1)))
        });
    // It can be called where all that it takes can be seen.
    let hidden = required.iter().map(|(_, field)| &field.visibility);
    let visibility: Visibility = hidden
        .clone()
        .find(|visibility| !matches!(visibility, Visibility::Public(_)))
        .unwrap_or(&declaration.visibility)
        .clone();
    let name = match &declaration.options.constructor {
        Some(FieldName(name)) => name.clone(),
        None => Ident::new("new", Span::call_site()),
    };
    let doc = format!("A new row, of what every `{}` needs. The rest can be set.", declaration.ident);
    quote! {
        #[doc = #doc]
        #visibility fn #name(#(#arguments),*) -> __limbeck::orm::New<Self> {
            __limbeck::orm::New::open() #(#given)* #version
        }
    }
}

/// The primary key, in code.
struct Key {
    key_type: TokenStream,
    /// Of a row.
    key: TokenStream,
    /// As values.
    values: TokenStream,
    /// From values.
    from_values: TokenStream,
}

/// The key's type and value: the field's, or a tuple of several, or nothing.
fn key(declaration: &Declaration) -> Key {
    let fields = declaration.key_fields();
    let clone = |field: &Field| {
        let (name, span) = (&field.ident, field.ty.span());
        quote_spanned!(span=> ::std::clone::Clone::clone(&self.#name))
    };
    match fields.as_slice() {
        [only] => {
            let ty = &only.ty;
            Key {
                key_type: quote!(#ty),
                key: clone(only),
                values: quote_spanned!(ty.span()=> ::std::vec![__limbeck::ToValue::to_value(key)]),
                from_values: quote_spanned!(ty.span()=> __limbeck::orm::derived::key_part(values, 0)),
            }
        }
        several => {
            let (types, clones) = (several.iter().map(|field| &field.ty), several.iter().map(|f| clone(f)));
            let places = (0..several.len()).map(syn::Index::from);
            let numbers = 0..several.len();
            Key {
                key_type: quote!((#(#types,)*)),
                key: quote!((#(#clones,)*)),
                values: quote!(::std::vec![#(__limbeck::ToValue::to_value(&key.#places)),*]),
                from_values: quote! {
                    ::std::result::Result::Ok((#(__limbeck::orm::derived::key_part(values, #numbers)?,)*))
                },
            }
        }
    }
}
