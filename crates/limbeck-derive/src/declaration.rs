//! A struct and its attributes, read into one value.

use std::collections::BTreeMap;

use darling::util::SpannedValue;
use darling::{Error, FromMeta, error::Accumulator};
use proc_macro2::Ident;
use syn::spanned::Spanned as _;
use syn::{Attribute, Data, DeriveInput, Fields, Meta, Path, Type, Visibility};

use crate::doc_comment::doc_comment;
use crate::entities::Entities;
use crate::options::{
    CheckOptions, ColumnOptions, ExcludeOptions, ForeignKeyOptions, IdentityOptions, IndexOptions,
    KeyOptions, ModelOptions, PrimaryKeyOptions, ReferenceOptions, ReferencesOptions, UniqueOptions,
};
use crate::value::{Comment, did_you_mean, plain_name};

/// A model as it is written.
pub(crate) struct Declaration {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    pub(crate) options: ModelOptions,
    pub(crate) comment: Option<String>,
    pub(crate) fields: Vec<Field>,
    /// The groups of columns that it shares with other models, which stand behind its own columns.
    pub(crate) groups: Vec<Group>,
    pub(crate) primary_key: Option<SpannedValue<PrimaryKeyOptions>>,
    pub(crate) uniques: Vec<UniqueOptions>,
    pub(crate) checks: Vec<CheckOptions>,
    pub(crate) foreign_keys: Vec<ForeignKeyOptions>,
    pub(crate) indexes: Vec<IndexOptions>,
    pub(crate) excludes: Vec<ExcludeOptions>,
    pub(crate) entities: Entities,
}

/// A field that holds columns of a shared group.
pub(crate) struct Group {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
}

/// A field of a model.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) visibility: Visibility,
    /// The name in Rust, without `r#`.
    pub(crate) name: String,
    /// The name in the database.
    pub(crate) column: String,
    pub(crate) ty: Type,
    pub(crate) key: Option<SpannedValue<KeyOptions>>,
    pub(crate) options: ColumnOptions,
    pub(crate) references: Vec<ReferencesOptions>,
    /// Whether it counts the row's versions.
    pub(crate) version: bool,
    pub(crate) comment: Option<String>,
}

impl Declaration {
    /// Reads a struct. What cannot be read is left out and reported, so that the rest can still be checked.
    ///
    /// # Errors
    /// When the item is nothing that could be a model.
    pub(crate) fn read(input: &DeriveInput, errors: &mut Accumulator) -> darling::Result<Self> {
        let (flattened, fields): (Vec<_>, Vec<_>) =
            named_fields(input)?.iter().partition(|field| is_group(field));
        let group = |field: &syn::Field| Some(Group { ident: field.ident.clone()?, ty: field.ty.clone() });
        let mut attributes = Attributes::read(&input.attrs, &STRUCT_ATTRIBUTES, errors);
        let options = attributes.only::<ModelOptions>("model", errors).map(SpannedValue::into_inner);
        let options = options.unwrap_or_default();
        Ok(Self {
            ident: input.ident.clone(),
            visibility: input.vis.clone(),
            comment: comment(options.comment.as_ref(), &input.attrs, errors),
            options,
            fields: fields.into_iter().filter_map(|field| Field::read(field, errors)).collect(),
            groups: flattened.into_iter().filter_map(group).collect(),
            primary_key: attributes.only("primary_key", errors),
            uniques: attributes.all("unique", errors),
            checks: attributes.all("check", errors),
            foreign_keys: attributes.all("foreign_key", errors),
            indexes: attributes.all("index", errors),
            excludes: attributes.all("exclude", errors),
            entities: Entities {
                triggers: attributes.all("trigger", errors),
                policies: attributes.all("policy", errors),
                grants: attributes.all("grant", errors),
                audit: attributes.only("audit", errors),
            },
        })
    }

    /// The table's name: snake case of the struct's name as it stands, without forming a plural.
    pub(crate) fn table_name(&self) -> String {
        match self.options.view.as_ref().or(self.options.table.as_ref()) {
            Some(text) => text.0.value(),
            None => heck::ToSnakeCase::to_snake_case(plain_name(&self.ident).as_str()),
        }
    }

    /// Whether it is read only: a view.
    pub(crate) fn is_view(&self) -> bool {
        self.options.view.is_some()
    }

    /// The field of that name.
    pub(crate) fn field(&self, name: &Ident) -> Option<&Field> {
        let name = plain_name(name);
        self.fields.iter().find(|field| field.name == name)
    }

    /// The columns of fields. Fields that do not exist are left out: they are reported by the checks.
    pub(crate) fn columns(&self, names: &[Ident]) -> Vec<String> {
        names.iter().filter_map(|name| self.field(name)).map(|field| field.column.clone()).collect()
    }

    /// The fields of the primary key, in key order.
    pub(crate) fn key_fields(&self) -> Vec<&Field> {
        match self.primary_key.as_ref().and_then(|key| key.on.as_ref()) {
            Some(names) => names.0.iter().filter_map(|name| self.field(name)).collect(),
            None => self.fields.iter().filter(|field| field.key.is_some()).collect(),
        }
    }

    /// A path to a model, with `Self` replaced by the name: items inside the generated code cannot say `Self`.
    pub(crate) fn named(&self, model: &Path) -> Path {
        if model.is_ident("Self") { Path::from(self.ident.clone()) } else { model.clone() }
    }
}

impl Field {
    fn read(field: &syn::Field, errors: &mut Accumulator) -> Option<Self> {
        let ident = field.ident.clone()?;
        let mut attributes = Attributes::read(&field.attrs, &FIELD_ATTRIBUTES, errors);
        // A key with a mistake in its options is still a key.
        let is_key = attributes.contains("key");
        let key = attributes.only::<KeyOptions>("key", errors);
        let options = attributes.only::<ColumnOptions>("column", errors).map(SpannedValue::into_inner);
        let options = options.unwrap_or_default();
        let name = plain_name(&ident);
        Some(Self {
            column: options.name.as_ref().map_or_else(|| name.clone(), |text| text.0.value()),
            key: key.or_else(|| is_key.then(|| SpannedValue::new(KeyOptions::default(), ident.span()))),
            references: references(&mut attributes, errors),
            comment: comment(options.comment.as_ref(), &field.attrs, errors),
            ty: field.ty.clone(),
            visibility: field.vis.clone(),
            version: attributes.contains("version"),
            options,
            ident,
            name,
        })
    }

    /// The identity, wherever it is written.
    pub(crate) fn identity(&self) -> Option<&IdentityOptions> {
        let of_key = self.key.as_ref().and_then(|key| key.identity.as_ref());
        of_key.or(self.options.identity.as_deref())
    }

    /// Whether `#[column(type = "…")]` replaces the Rust type on every dialect.
    pub(crate) fn has_own_type(&self) -> bool {
        self.options.sql_type.as_ref().is_some_and(|texts| texts.generic.is_some())
    }
}

/// A reference with a mistake in its options is still a foreign key, for those who ask for `References`.
fn references(attributes: &mut Attributes<'_>, errors: &mut Accumulator) -> Vec<ReferencesOptions> {
    let read = |(attribute, errors): (&Attribute, &mut Accumulator)| {
        errors.handle(ReferencesOptions::from_meta(&attribute.meta)).or_else(|| {
            let Meta::List(list) = &attribute.meta else { return None };
            let model = list.parse_args_with(|input: syn::parse::ParseStream<'_>| {
                let model = input.call(Path::parse_mod_style)?;
                input.parse::<proc_macro2::TokenStream>().map(|_| model)
            });
            Some(ReferencesOptions { model: model.ok()?, options: ReferenceOptions::default() })
        })
    };
    let written = attributes.take("references");
    written.into_iter().filter_map(|attribute| read((attribute, &mut *errors))).collect()
}

fn named_fields(
    input: &DeriveInput,
) -> darling::Result<&syn::punctuated::Punctuated<syn::Field, syn::Token![,]>> {
    let mut errors = Error::accumulator();
    if !input.generics.params.is_empty() {
        let message = "a model has no type parameters or lifetimes: one struct is one table";
        errors.push(Error::custom(message).with_span(&input.generics));
    }
    let refused = |what: &str| {
        Error::custom(format!("a model is a struct with named fields, not {what}")).with_span(&input.ident)
    };
    let fields = match &input.data {
        Data::Struct(data) => match &data.fields {
            Fields::Named(fields) => Ok(&fields.named),
            Fields::Unnamed(_) => Err(refused("a tuple struct")),
            Fields::Unit => Err(refused("a unit struct")),
        },
        Data::Enum(_) => Err(refused("an enum; `#[derive(Enum)]` makes an enum type of one")),
        Data::Union(_) => Err(refused("a union")),
    };
    match errors.handle(fields) {
        Some(fields) => errors.finish_with(fields),
        None => Err(errors.finish().err().unwrap_or_else(|| refused("this"))),
    }
}

fn comment(written: Option<&Comment>, attributes: &[Attribute], errors: &mut Accumulator) -> Option<String> {
    match written? {
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

const STRUCT_ATTRIBUTES: [&str; 11] = [
    "model",
    "primary_key",
    "unique",
    "check",
    "foreign_key",
    "index",
    "exclude",
    "trigger",
    "policy",
    "grant",
    "audit",
];
const FIELD_ATTRIBUTES: [&str; 4] = ["key", "references", "column", "version"];

/// The attributes of one struct or field that are meant for the derive, by name.
struct Attributes<'a>(BTreeMap<String, Vec<&'a Attribute>>);

impl<'a> Attributes<'a> {
    fn read(attributes: &'a [Attribute], known: &[&str], errors: &mut Accumulator) -> Self {
        let mut by_name = BTreeMap::<String, Vec<&Attribute>>::new();
        for attribute in attributes {
            let Some(name) = attribute.path().get_ident().map(ToString::to_string) else { continue };
            if known.contains(&name.as_str()) {
                by_name.entry(name).or_default().push(attribute);
            } else if let Some(message) = misplaced(&name) {
                errors.push(Error::custom(message).with_span(attribute));
            }
        }
        Self(by_name)
    }

    fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    fn take(&mut self, name: &str) -> Vec<&'a Attribute> {
        self.0.remove(name).unwrap_or_default()
    }

    fn all<T: FromMeta>(&mut self, name: &str, errors: &mut Accumulator) -> Vec<T> {
        let written = self.take(name);
        written.into_iter().filter_map(|attribute| errors.handle(options(attribute))).collect()
    }

    fn only<T: FromMeta>(&mut self, name: &str, errors: &mut Accumulator) -> Option<SpannedValue<T>> {
        let written = self.take(name);
        let (first, more) = written.split_first()?;
        for attribute in more {
            let message = format!("`#[{name}]` is written twice: put all options into one");
            errors.push(Error::custom(message).with_span(attribute));
        }
        errors.handle(options(first)).map(|value| SpannedValue::new(value, first.path().span()))
    }
}

fn options<T: FromMeta>(attribute: &Attribute) -> darling::Result<T> {
    match &attribute.meta {
        Meta::Path(path) if !path.is_ident("key") && !path.is_ident("audit") => {
            let name = darling::util::path_to_string(path);
            Err(Error::custom(format!("`#[{name}]` says nothing: write `#[{name}(…)]`")).with_span(path))
        }
        meta => T::from_meta(meta),
    }
}

/// What to say to an attribute of the derive in the wrong place.
fn misplaced(name: &str) -> Option<String> {
    match name {
        "unique" | "check" | "index" => {
            let value = if name == "check" { " = \"…\"" } else { "" };
            Some(format!("`#[{name}]` belongs to the struct; for one field write `#[column({name}{value})]`"))
        }
        "primary_key" => {
            Some("`#[primary_key]` belongs to the struct; mark a field with `#[key]`".to_owned())
        }
        "foreign_key" => {
            Some("`#[foreign_key]` belongs to the struct; mark a field with `#[references(…)]`".to_owned())
        }
        "exclude" | "trigger" | "policy" | "grant" | "audit" => {
            Some(format!("`#[{name}]` belongs to the struct"))
        }
        "model" => Some("`#[model]` belongs to the struct; for a field write `#[column(…)]`".to_owned()),
        "key" | "references" | "column" | "version" => Some(format!("`#[{name}]` belongs to a field")),
        _ => None,
    }
}

/// Whether a field holds the columns of a shared group.
fn is_group(field: &syn::Field) -> bool {
    field.attrs.iter().any(|attribute| attribute.path().is_ident("flatten"))
}

/// Reports a name that is no field of the model.
pub(crate) fn unknown_field(declaration: &Declaration, name: &Ident) -> Error {
    let fields: Vec<_> = declaration.fields.iter().map(|field| field.name.as_str()).collect();
    let written = plain_name(name);
    let hint = if fields.is_empty() { String::new() } else { did_you_mean(&written, &fields) };
    Error::custom(format!("`{}` has no field `{written}`{hint}", declaration.ident)).with_span(name)
}
