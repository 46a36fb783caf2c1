//! `#[derive(Load)]`: a struct that is read from columns and relations of a model.

use darling::{Error, FromField, FromMeta};
use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned as _;
use syn::{Data, DeriveInput, Expr, Fields, Ident, Path, Type, parse_quote};

use crate::report::compile_errors;

/// `#[load(Model)]`, `#[load(Model, crate = "path")]` on the struct.
struct StructOptions {
    model: Path,
    krate: Path,
}

/// `#[load(…)]` on a field.
#[derive(Debug, FromField)]
#[darling(attributes(load))]
struct Field {
    ident: Option<Ident>,
    ty: Type,
    /// Another column or relation than the field's name says.
    from: Option<Ident>,
    #[darling(default)]
    filter: Option<Expression>,
    #[darling(default)]
    order_by: Option<Expression>,
    #[darling(default)]
    limit: Option<Expression>,
    #[darling(default)]
    depth: Option<Expression>,
}

/// An expression as it stands.
#[derive(Debug)]
struct Expression(Expr);

impl FromMeta for Expression {
    fn from_expr(expr: &Expr) -> darling::Result<Self> {
        Ok(Self(expr.clone()))
    }
}

/// The impl of `Load`, or everything that is wrong.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    expand(input).unwrap_or_else(compile_errors)
}

fn expand(input: &DeriveInput) -> darling::Result<TokenStream> {
    let mut errors = Error::accumulator();
    if !input.generics.params.is_empty() {
        let message = "a shape has no type parameters or lifetimes";
        errors.push(Error::custom(message).with_span(&input.generics));
    }
    let options = errors.handle(StructOptions::read(input));
    let fields: Vec<Field> = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => {
                fields.named.iter().filter_map(|field| errors.handle(Field::from_field(field))).collect()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    if fields.is_empty() {
        let message = "a shape is a struct with named fields, each a column or a relation of the model";
        errors.push(Error::custom(message).with_span(&input.ident));
    }
    let Some(options) = options else { return errors.finish().map(|()| TokenStream::new()) };
    errors.finish_with(load(&input.ident, &options, &fields))
}

impl StructOptions {
    fn read(input: &DeriveInput) -> darling::Result<Self> {
        let missing = || {
            Error::custom("say which model the struct is read from: `#[load(Customer)]`")
                .with_span(&input.ident)
        };
        let attribute =
            input.attrs.iter().find(|attribute| attribute.path().is_ident("load")).ok_or_else(missing)?;
        let read = attribute.parse_args_with(|input: syn::parse::ParseStream<'_>| {
            let model = input.call(Path::parse_mod_style)?;
            let mut krate = parse_quote!(::limbeck);
            if input.parse::<Option<syn::Token![,]>>()?.is_some() && !input.is_empty() {
                input.parse::<syn::Token![crate]>()?;
                input.parse::<syn::Token![=]>()?;
                let text: syn::LitStr = input.parse()?;
                krate = text.parse_with(Path::parse_mod_style)?;
            }
            Ok(Self { model, krate })
        });
        read.map_err(Error::from)
    }
}

fn load(ident: &Ident, options: &StructOptions, fields: &[Field]) -> TokenStream {
    let StructOptions { model, krate } = options;
    let named: Vec<(&Ident, &Field)> =
        fields.iter().filter_map(|field| Some((field.ident.as_ref()?, field))).collect();
    let source = |field: &Field, name: &Ident| {
        let from = field.from.as_ref().unwrap_or(name);
        quote_spanned!(from.span()=> #model::#from)
    };
    let entries = named.iter().map(|(name, field)| {
        let (ty, source) = (&field.ty, source(field, name));
        let level = level(field).map(|level| quote!(.map(|entry| entry.with_level(#level))));
        quote_spanned! {ty.span()=>
            .with(__limbeck::orm::load::Reads::<#ty>::entry(#source)#level)
        }
    });
    let reads = named.iter().map(|(name, field)| {
        let (ty, source) = (&field.ty, source(field, name));
        quote_spanned!(ty.span()=> #name: __limbeck::orm::load::Reads::<#ty>::read(#source, cursor)?,)
    });
    let receives = named.iter().enumerate().map(|(place, (name, field))| {
        let (ty, source) = (&field.ty, source(field, name));
        quote_spanned! {ty.span()=>
            #place => __limbeck::orm::load::Reads::<#ty>::receive(#source, &mut self.#name, rest, child),
        }
    });
    quote! {
        const _: () = {
            use #krate::__private as __limbeck;
            #[automatically_derived]
            impl __limbeck::orm::Load for #ident {
                type Model = #model;
                fn shape() -> __limbeck::orm::load::Shape {
                    __limbeck::orm::load::Shape::new(<#model as __limbeck::orm::Mapped>::definition())
                        #(#entries)*
                }
                fn read(
                    cursor: &mut __limbeck::orm::load::Cursor<'_, '_>,
                ) -> ::std::result::Result<Self, __limbeck::orm::DecodeError> {
                    ::std::result::Result::Ok(Self { #(#reads)* })
                }
                fn receive(&mut self, path: &[usize], child: &mut dyn ::std::any::Any) {
                    let ::std::option::Option::Some((field, rest)) = path.split_first() else { return };
                    match *field {
                        #(#receives)*
                        _ => {}
                    }
                }
            }
        };
    }
}

/// What the field says of the rows of a relation to many.
fn level(field: &Field) -> Option<TokenStream> {
    let call = |name: &str, expression: &Option<Expression>| {
        let Expression(expression) = expression.as_ref()?;
        let name = Ident::new(name, expression.span());
        Some(quote_spanned!(expression.span()=> .#name(#expression)))
    };
    let calls: Vec<TokenStream> = [
        call("filter", &field.filter),
        call("order_by", &field.order_by),
        call("limit", &field.limit),
        call("depth", &field.depth),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!calls.is_empty()).then(|| quote!(__limbeck::orm::Level::new() #(#calls)*))
}
