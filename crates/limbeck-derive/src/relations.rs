//! `relations!`: grammar, checks and code.
//!
//! ```text
//! relations   = { model "{" [ item { "," item } [ "," ] ] "}" }
//! item        = name ":" "one" model [ by ]
//!             | name ":" "has_one" model [ by ]
//!             | name ":" "many" model [ by ]
//!             | name ":" "many" model "via" model [ "(" fields "->" fields ")" ]
//!             | "cascade" "(" words ")"                  of the relation before it
//! by          = "by" fields
//! fields      = field | "(" field { "," field } ")"
//! ```

use darling::Error;
use darling::error::Accumulator;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream, Parser as _};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned as _;
use syn::{Path, Token, parenthesized, token};

use crate::report::compile_errors;
use crate::value::{did_you_mean, plain_name};

/// The impls of `Related`, or everything that is wrong.
pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let mut errors = Error::accumulator();
    let blocks = errors.handle(Input::parse.parse2(input).map_err(Error::from));
    let Some(Input { krate, blocks }) = blocks else {
        return errors.finish().map_or_else(compile_errors, |()| TokenStream::new());
    };
    let mut models = Vec::<Model>::new();
    for block in blocks {
        let name = path_text(&block.model);
        if models.iter().any(|model| path_text(&model.path) == name) {
            let message = format!("`{name}` has its relations already: put all into one block");
            errors.push(Error::custom(message).with_span(&block.model));
        }
        if let Some(relations) = errors.handle(relations.parse2(block.content).map_err(Error::from)) {
            let model = Model { path: block.model, relations };
            check(&model, &mut errors);
            models.push(model);
        }
    }
    match errors.finish() {
        Err(error) => compile_errors(error),
        Ok(()) => {
            let impls = models.iter().map(related);
            let handles = models.iter().map(handles);
            quote! {
                const _: () = {
                    use #krate::__private as __limbeck;
                    #(#impls)*
                    __limbeck::with_orm! {
                        #(#handles)*
                    }
                };
            }
        }
    }
}

/// What the macro is given: the path to the library, which the facade's `relations!` puts in front, and the blocks.
struct Input {
    krate: Path,
    blocks: Vec<Block>,
}

/// A model and its relations, not yet read: a mistake in one block shall not hide those in the next.
struct Block {
    model: Path,
    content: TokenStream,
}

struct Model {
    path: Path,
    relations: Vec<Relation>,
}

struct Relation {
    name: Ident,
    kind: Kind,
    target: Path,
    /// The fields that hold the foreign key, where they are named.
    by: Vec<Ident>,
    association: Option<Association>,
    cascade: Option<Vec<Ident>>,
}

impl Relation {
    /// Whether the rows it leads to are deleted with this one.
    fn deletes(&self) -> bool {
        self.cascade.iter().flatten().any(|word| word == "all" || word == "delete")
    }
}

/// How many rows a relation leads to, and who holds the foreign key.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// One, which this row's foreign key names.
    One,
    /// One, whose foreign key names this row.
    HasOne,
    /// Many.
    Many,
}

struct Association {
    model: Path,
    /// The fields that refer to this model and to the target, where they are named.
    fields: Option<(Vec<Ident>, Vec<Ident>)>,
}

impl Parse for Input {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let krate = input.call(Path::parse_mod_style)?;
        input.parse::<Token![;]>()?;
        let mut blocks = Vec::new();
        while !input.is_empty() {
            let model = input.call(Path::parse_mod_style)?;
            if !input.peek(token::Brace) {
                let message =
                    format!("expected the relations of `{}`: `{{ name: many Other }}`", path_text(&model));
                return Err(input.error(message));
            }
            let content;
            syn::braced!(content in input);
            blocks.push(Block { model, content: content.parse()? });
        }
        Ok(Self { krate, blocks })
    }
}

fn relations(input: ParseStream<'_>) -> syn::Result<Vec<Relation>> {
    let mut relations = Vec::<Relation>::new();
    while !input.is_empty() {
        let name = input.call(Ident::parse_any)?;
        if name == "cascade" && input.peek(token::Paren) {
            let content;
            parenthesized!(content in input);
            let words = Punctuated::<Ident, Token![,]>::parse_terminated(&content)?;
            let Some(relation) = relations.last_mut() else {
                return Err(syn::Error::new(name.span(), "`cascade` stands after the relation it is for"));
            };
            if relation.cascade.is_some() {
                let message = format!("the relation `{}` has its cascades already", relation.name);
                return Err(syn::Error::new(name.span(), message));
            }
            relation.cascade = Some(words.into_iter().collect());
        } else {
            relations.push(relation(name, input)?);
        }
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error("expected `,`, `by` or `via`"));
        }
        input.parse::<Option<Token![,]>>()?;
    }
    Ok(relations)
}

fn relation(name: Ident, input: ParseStream<'_>) -> syn::Result<Relation> {
    input.parse::<Token![:]>()?;
    let wrong = "expected `one`, `has_one` or `many`";
    let kind: Ident = input.call(Ident::parse_any).map_err(|error| syn::Error::new(error.span(), wrong))?;
    let span = kind.span();
    let kind = match kind.to_string().as_str() {
        "one" => Kind::One,
        "has_one" => Kind::HasOne,
        "many" => Kind::Many,
        _ => return Err(syn::Error::new(span, wrong)),
    };
    let target = input.call(Path::parse_mod_style)?;
    let mut relation = Relation { name, kind, target, by: Vec::new(), association: None, cascade: None };
    if keyword(input, "via") {
        let word: Ident = input.parse()?;
        if kind != Kind::Many {
            return Err(syn::Error::new(word.span(), "`via` leads to many rows: write `many`"));
        }
        relation.association = Some(association(input)?);
    }
    if keyword(input, "by") {
        let word: Ident = input.parse()?;
        if relation.association.is_some() {
            let message = "with `via`, the fields stand in parentheses: `via Other(this_id -> target_id)`";
            return Err(syn::Error::new(word.span(), message));
        }
        relation.by = fields(input)?;
    }
    Ok(relation)
}

fn keyword(input: ParseStream<'_>, word: &str) -> bool {
    input.fork().parse::<Ident>().is_ok_and(|ident| ident == word)
}

fn association(input: ParseStream<'_>) -> syn::Result<Association> {
    let model = input.call(Path::parse_mod_style)?;
    if !input.peek(token::Paren) {
        return Ok(Association { model, fields: None });
    }
    let content;
    parenthesized!(content in input);
    let from = fields(&content)?;
    content.parse::<Token![->]>()?;
    let to = fields(&content)?;
    if !content.is_empty() {
        return Err(content.error("expected nothing more"));
    }
    Ok(Association { model, fields: Some((from, to)) })
}

fn fields(input: ParseStream<'_>) -> syn::Result<Vec<Ident>> {
    if !input.peek(token::Paren) {
        return Ok(vec![input.parse()?]);
    }
    let content;
    parenthesized!(content in input);
    Ok(Punctuated::<Ident, Token![,]>::parse_terminated(&content)?.into_iter().collect())
}

/// The words of `cascade(…)`: SQLAlchemy's, where `all` means everything but `delete_orphan`.
const CASCADES: [&str; 5] = ["all", "save_update", "merge", "delete", "delete_orphan"];

fn check(model: &Model, errors: &mut Accumulator) {
    for (position, relation) in model.relations.iter().enumerate() {
        let earlier = model.relations.iter().take(position);
        if earlier.into_iter().any(|other| other.name == relation.name) {
            let message = format!("`{}` has a relation `{}` already", path_text(&model.path), relation.name);
            errors.push(Error::custom(message).with_span(&relation.name));
        }
        let words = relation.cascade.iter().flatten();
        for word in words.clone().filter(|word| !CASCADES.contains(&word.to_string().as_str())) {
            let hint = did_you_mean(&word.to_string(), &CASCADES);
            errors.push(Error::custom(format!("there is no cascade `{word}`{hint}")).with_span(word));
        }
        // SQLAlchemy docs, "delete-orphan": the rows belong to one parent, and are deleted with it.
        if let Some(orphan) = words.clone().find(|word| *word == "delete_orphan") {
            if relation.kind == Kind::One || relation.association.is_some() {
                let message = "`delete_orphan` is for rows that belong to this one alone: `many` without `via`, or `has_one`";
                errors.push(Error::custom(message).with_span(orphan));
            } else if !words.clone().any(|word| *word == "all" || *word == "delete") {
                let message = "`delete_orphan` needs `delete` (or `all`)";
                errors.push(Error::custom(message).with_span(orphan));
            }
        }
    }
}

fn related(model: &Model) -> TokenStream {
    let path = &model.path;
    let relations = model.relations.iter().map(|relation| relation_value(path, relation));
    quote_spanned! {path.span()=>
        #[automatically_derived]
        impl __limbeck::Related for #path {
            fn relations() -> ::std::vec::Vec<__limbeck::Relation> {
                ::std::vec![#(#relations),*]
            }
        }
    }
}

/// What the ORM needs: the relations with the models they lead to, and a constant for each by its name.
fn handles(model: &Model) -> TokenStream {
    let path = &model.path;
    let constants = model.relations.iter().map(|relation| {
        let (name, target, text) = (&relation.name, &relation.target, relation.name.unraw().to_string());
        let handle = if relation.kind == Kind::Many { quote!(ToMany) } else { quote!(ToOne) };
        let doc = format!("The relation `{text}`.");
        quote! {
            #[doc = #doc]
            pub const #name: __limbeck::orm::#handle<#path, #target> = __limbeck::orm::#handle::new(#text);
        }
    });
    let targets = model.relations.iter().map(|relation| {
        let target = &relation.target;
        let association = match &relation.association {
            Some(Association { model, .. }) => {
                quote!(::std::option::Option::Some(<#model as __limbeck::orm::Mapped>::definition))
            }
            None => quote!(::std::option::Option::None),
        };
        quote! {
            __limbeck::orm::RelationTarget {
                definition: <#target as __limbeck::orm::Mapped>::definition,
                relations: <#target as __limbeck::orm::Mapped>::relation_definitions,
                association: #association,
            }
        }
    });
    quote_spanned! {path.span()=>
        #[automatically_derived]
        impl __limbeck::orm::RelatedModel for #path {
            fn related() -> &'static [__limbeck::orm::RelationDefinition] {
                static RELATIONS: ::std::sync::OnceLock<::std::vec::Vec<__limbeck::orm::RelationDefinition>> =
                    ::std::sync::OnceLock::new();
                RELATIONS.get_or_init(|| {
                    __limbeck::orm::relation_definitions::<#path>(::std::vec![#(#targets),*])
                })
            }
        }
        #[allow(non_upper_case_globals, dead_code)]
        impl #path {
            #(#constants)*
        }
    }
}

fn relation_value(model: &Path, relation: &Relation) -> TokenStream {
    let (target, name) = (&relation.target, relation.name.unraw().to_string());
    let kind = match (&relation.association, relation.kind) {
        (Some(association), _) => many_through(model, relation, association),
        (None, Kind::One) => {
            let written = format!("{name}: one {}", path_text(target));
            let key = foreign_key(model, target, &relation.by, target, &written, None);
            quote!(__limbeck::RelationKind::One { foreign_key: #key })
        }
        (None, kind) => {
            let (word, variant) = match kind {
                Kind::HasOne => ("has_one", quote!(HasOne)),
                _ => ("many", quote!(Many)),
            };
            let written = format!("{name}: {word} {}", path_text(target));
            let deleting = relation.deletes().then_some(relation);
            let key = foreign_key(target, model, &relation.by, target, &written, deleting);
            quote!(__limbeck::RelationKind::#variant { foreign_key: #key })
        }
    };
    let cascade = match &relation.cascade {
        None => quote!(::std::default::Default::default()),
        Some(words) => {
            let has = |name: &str| words.iter().any(|word| word == name);
            let all = has("all");
            let (save_update, merge, delete) =
                (all || has("save_update"), all || has("merge"), all || has("delete"));
            let delete_orphan = has("delete_orphan");
            quote!(__limbeck::Cascade {
                save_update: #save_update,
                merge: #merge,
                delete: #delete,
                delete_orphan: #delete_orphan,
            })
        }
    };
    quote! {
        __limbeck::Relation {
            name: ::std::borrow::ToOwned::to_owned(#name),
            target: <#target as __limbeck::Model>::table_name(),
            kind: #kind,
            cascade: #cascade,
        }
    }
}

fn many_through(model: &Path, relation: &Relation, association: &Association) -> TokenStream {
    let (target, via) = (&relation.target, &association.model);
    let (from, to) = association.fields.clone().unwrap_or_default();
    let written = format!("{}: many {} via {}", relation.name, path_text(target), path_text(via));
    let own = foreign_key(via, model, &from, via, &written, None);
    let other = foreign_key(via, target, &to, via, &written, None);
    quote! {
        __limbeck::RelationKind::ManyThrough {
            association: <#via as __limbeck::Model>::table_name(),
            foreign_key: #own,
            target_foreign_key: #other,
        }
    }
}

/// The columns of the foreign key from `child` to `parent`, found when the user's crate is compiled. Without such a
/// key the bound `Child: References<Parent>` fails, at `place`. `deleting` is the relation when it says that the children
/// are deleted with their parent.
fn foreign_key(
    child: &Path,
    parent: &Path,
    fields: &[Ident],
    place: &Path,
    written: &str,
    deleting: Option<&Relation>,
) -> TokenStream {
    let (child_text, parent_text) = (path_text(child), path_text(parent));
    let (child, parent) = (at(child, place), at(parent, place));
    let contradiction = deleting.map(|relation| contradiction(&child, &parent, relation));
    if fields.is_empty() {
        let choice = if written.contains(" via ") { "(this_id -> target_id)" } else { " by field" };
        let message = format!(
            "`{child_text}` has several foreign keys to `{parent_text}`: say which one, `{written}{choice}`"
        );
        return quote_spanned! {place.span()=> {
            const KEY: &[&str] = match __limbeck::derived::sole_foreign_key::<#child, #parent>() {
                ::std::option::Option::Some(key) => key,
                ::std::option::Option::None => ::std::panic!(#message),
            };
            #contradiction
            __limbeck::derived::columns_of::<#child>(KEY)
        }};
    }
    let names: Vec<_> = fields.iter().map(plain_name).collect();
    let message = format!("`{child_text}` has no foreign key to `{parent_text}` on `{}`", names.join("`, `"));
    let span = fields.first().map_or_else(|| place.span(), Ident::span);
    quote_spanned! {span=> {
        const KEY: &[&str] = match __limbeck::derived::foreign_key_by::<#child, #parent>(&[#(#names),*]) {
            ::std::option::Option::Some(key) => key,
            ::std::option::Option::None => ::std::panic!(#message),
        };
        #contradiction
        __limbeck::derived::columns_of::<#child>(KEY)
    }}
}

/// Rows that the session deletes with their parent must not be rows that the database keeps: who deletes the parent
/// would decide what becomes of them.
fn contradiction(child: &Path, parent: &Path, relation: &Relation) -> TokenStream {
    let message = format!(
        "`{}` is declared with `cascade(delete)`, but its foreign key says `on_delete = set_null` or `set_default`: \
         say the same in both places",
        relation.name
    );
    let span = relation.cascade.iter().flatten().next().map_or_else(|| relation.name.span(), Ident::span);
    quote_spanned! {span=>
        const {
            if __limbeck::derived::outlives_parent::<#child, #parent>(KEY) {
                ::std::panic!(#message);
            }
        }
    }
}

/// A path that errors show in another place.
fn at(path: &Path, place: &Path) -> Path {
    let mut path = path.clone();
    for segment in &mut path.segments {
        segment.ident.set_span(segment.ident.span().located_at(place.span()));
    }
    path
}

fn path_text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}
