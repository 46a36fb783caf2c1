//! `#[derive(FromRow)]`: a struct out of a tuple of its fields.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Data, DeriveInput, Fields};

/// The impl of `From` for a tuple of the fields' types, in their order.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) if !fields.named.is_empty() => &fields.named,
            _ => return refused(input),
        },
        _ => return refused(input),
    };
    let ident = &input.ident;
    let (generics, types, condition) = input.generics.split_for_impl();
    let names: Vec<_> = fields.iter().filter_map(|field| field.ident.as_ref()).collect();
    let field_types: Vec<_> = fields.iter().map(|field| &field.ty).collect();
    quote! {
        #[automatically_derived]
        impl #generics ::std::convert::From<(#(#field_types,)*)> for #ident #types #condition {
            fn from((#(#names,)*): (#(#field_types,)*)) -> Self {
                Self { #(#names),* }
            }
        }
    }
}

fn refused(input: &DeriveInput) -> TokenStream {
    let message = "a row becomes a struct with named fields, in the order of the selected columns";
    syn::Error::new_spanned(&input.ident, message).to_compile_error()
}
