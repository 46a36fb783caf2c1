//! `#[derive(Enum)]`: a fieldless enum as an enum type of the database.

use std::collections::BTreeSet;

use darling::error::Accumulator;
use darling::{Error, FromMeta};
use heck::{ToKebabCase as _, ToSnakeCase as _};
use proc_macro2::{Ident, TokenStream};
use quote::quote;
use syn::{Attribute, Data, DeriveInput, Fields, Path, Variant, parse_quote};

use crate::doc_comment::doc_comment;
use crate::options::{EnumTypeOptions, ValueOptions};
use crate::report::compile_errors;
use crate::value::{Comment, Text, did_you_mean, plain_name};

/// PostgreSQL docs, "Enumerated Types": a label is less than NAMEDATALEN bytes.
const MAX_LABEL_LENGTH: usize = 63;

/// The impls for an enum, or everything that is wrong with it.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut errors = Error::accumulator();
    let options = only::<EnumTypeOptions>(&input.attrs, "enum_type", &mut errors).unwrap_or_default();
    let case = errors.handle(Case::read(options.rename_all.as_ref())).unwrap_or(Case::Snake);
    let values = values(input, case, &mut errors);
    let comment = comment(&options, input, &mut errors);
    match errors.finish() {
        Ok(()) => impls(input, &options, &values, comment),
        Err(error) => compile_errors(error),
    }
}

/// A variant and its value.
struct Value {
    variant: Ident,
    text: String,
    renamed_from: Option<String>,
}

/// How a variant's name becomes a value.
#[derive(Clone, Copy)]
enum Case {
    Snake,
    Kebab,
    Lower,
    Upper,
    Verbatim,
}

impl Case {
    const NAMES: [(&str, Case); 5] = [
        ("snake_case", Case::Snake),
        ("kebab-case", Case::Kebab),
        ("lowercase", Case::Lower),
        ("UPPERCASE", Case::Upper),
        ("verbatim", Case::Verbatim),
    ];

    fn read(written: Option<&Text>) -> darling::Result<Self> {
        let Some(Text(text)) = written else { return Ok(Case::Snake) };
        let name = text.value();
        let found = Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, case)| *case);
        found.ok_or_else(|| {
            let known = Self::NAMES.map(|(known, _)| known);
            let message = format!("there is no case `{name}`{}", did_you_mean(&name, &known));
            Error::custom(message).with_span(text)
        })
    }

    fn apply(self, name: &str) -> String {
        match self {
            Case::Snake => name.to_snake_case(),
            Case::Kebab => name.to_kebab_case(),
            Case::Lower => name.to_lowercase(),
            Case::Upper => name.to_uppercase(),
            Case::Verbatim => name.to_owned(),
        }
    }
}

fn only<T: FromMeta>(attributes: &[Attribute], name: &str, errors: &mut Accumulator) -> Option<T> {
    let mut written = attributes.iter().filter(|attribute| attribute.path().is_ident(name));
    let first = written.next()?;
    for attribute in written {
        let message = format!("`#[{name}]` is written twice: put all options into one");
        errors.push(Error::custom(message).with_span(attribute));
    }
    errors.handle(T::from_meta(&first.meta))
}

fn values(input: &DeriveInput, case: Case, errors: &mut Accumulator) -> Vec<Value> {
    if !input.generics.params.is_empty() {
        let message = "an enum type has no type parameters or lifetimes";
        errors.push(Error::custom(message).with_span(&input.generics));
    }
    let Data::Enum(data) = &input.data else {
        let message = "an enum type is an enum without fields; `#[derive(Model)]` makes a table of a struct";
        errors.push(Error::custom(message).with_span(&input.ident));
        return Vec::new();
    };
    if data.variants.is_empty() {
        errors.push(Error::custom("an enum type has at least one value").with_span(&input.ident));
    }
    let mut taken = BTreeSet::new();
    let mut values = Vec::new();
    for variant in &data.variants {
        if !matches!(variant.fields, Fields::Unit) {
            let message = "a value of an enum type has no fields";
            errors.push(Error::custom(message).with_span(&variant.fields));
        }
        let value = value(variant, case, errors);
        let problem = match &value.text {
            text if text.is_empty() => Some("the value is empty".to_owned()),
            text if text.len() > MAX_LABEL_LENGTH => {
                Some(format!("the value has {} bytes, at most {MAX_LABEL_LENGTH} are allowed", text.len()))
            }
            text if !taken.insert(text.clone()) => {
                Some(format!("another variant has the value `{text}` already"))
            }
            _ => None,
        };
        if let Some(problem) = problem {
            errors.push(Error::custom(problem).with_span(variant));
        }
        values.push((variant, value));
    }
    for (variant, value) in &values {
        if let Some(former) = value.renamed_from.as_ref().filter(|former| taken.contains(*former)) {
            let message = format!("`{former}` is a value now, so nothing was renamed from it");
            errors.push(Error::custom(message).with_span(variant));
        }
    }
    values.into_iter().map(|(_, value)| value).collect()
}

fn value(variant: &Variant, case: Case, errors: &mut Accumulator) -> Value {
    let options = only::<ValueOptions>(&variant.attrs, "value", errors).unwrap_or_default();
    Value {
        text: match &options.text {
            Some(Text(text)) => text.value(),
            None => case.apply(&plain_name(&variant.ident)),
        },
        renamed_from: options.renamed_from.map(|Text(text)| text.value()),
        variant: variant.ident.clone(),
    }
}

fn comment(options: &EnumTypeOptions, input: &DeriveInput, errors: &mut Accumulator) -> Option<String> {
    match options.comment.as_ref()? {
        Comment::Text(text) => Some(text.value()),
        Comment::Doc(span) => {
            let doc = doc_comment(&input.attrs);
            if doc.is_none() {
                errors.push(Error::custom("there is no doc comment to take").with_span(span));
            }
            doc
        }
    }
}

fn impls(
    input: &DeriveInput,
    options: &EnumTypeOptions,
    values: &[Value],
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
    let variants: Vec<_> = values.iter().map(|value| &value.variant).collect();
    let texts: Vec<_> = values.iter().map(|value| &value.text).collect();
    let renamed = values.iter().filter_map(|value| {
        let (text, former) = (&value.text, value.renamed_from.as_ref()?);
        Some(quote! { enum_type.renamed_values.insert(::std::borrow::ToOwned::to_owned(#text), ::std::borrow::ToOwned::to_owned(#former)); })
    });
    let renamed: Vec<_> = renamed.collect();
    let comment =
        comment.map(|text| quote! { enum_type.comment = ::std::option::Option::Some(::std::borrow::ToOwned::to_owned(#text)); });
    let mutable = (comment.is_some() || !renamed.is_empty()).then(|| quote!(mut));
    quote! {
        const _: () = {
            use #krate::__private as __limbeck;
            #[automatically_derived]
            impl #ident {
                /// The values in the database, in their order.
                pub const VALUES: &'static [&'static str] = &[#(#texts),*];

                /// The value in the database.
                pub const fn as_str(&self) -> &'static str {
                    match self {
                        #(Self::#variants => #texts,)*
                    }
                }
            }
            #[automatically_derived]
            impl ::std::convert::TryFrom<&str> for #ident {
                type Error = __limbeck::UnknownEnumValue;
                fn try_from(value: &str) -> ::std::result::Result<Self, Self::Error> {
                    ::std::result::Result::Ok(match value {
                        #(#texts => Self::#variants,)*
                        _ => {
                            return ::std::result::Result::Err(__limbeck::UnknownEnumValue {
                                enum_type: #name,
                                value: ::std::borrow::ToOwned::to_owned(value),
                            });
                        }
                    })
                }
            }
            #[automatically_derived]
            impl __limbeck::ColumnType for #ident {
                fn sql_type() -> __limbeck::SqlType {
                    __limbeck::SqlType::Enum(#qualified)
                }
                fn enum_type() -> ::std::option::Option<__limbeck::EnumType> {
                    let #mutable enum_type = __limbeck::EnumType::new(#qualified, ::std::iter::Iterator::copied(Self::VALUES.iter()));
                    #(#renamed)*
                    #comment
                    ::std::option::Option::Some(enum_type)
                }
            }
            #[automatically_derived]
            impl __limbeck::ArrayElement for #ident {}
            __limbeck::with_orm! {
                #[automatically_derived]
                impl __limbeck::ToValue for #ident {
                    fn to_value(&self) -> __limbeck::Value {
                        __limbeck::Value::Text(::std::borrow::ToOwned::to_owned(self.as_str()))
                    }
                }
                #[automatically_derived]
                impl __limbeck::orm::derived::Decode for #ident {
                    fn decode(
                        column: __limbeck::orm::derived::RawColumn<'_>,
                    ) -> ::std::result::Result<Self, __limbeck::orm::derived::DecodeError> {
                        __limbeck::orm::derived::decode_enum(column, #name)
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
