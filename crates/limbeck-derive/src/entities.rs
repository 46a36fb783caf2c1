//! Triggers, policies, privileges and the audit table that stand on a model: the body of `Model::declared()`.

use darling::ast::NestedMeta;
use darling::util::SpannedValue;
use darling::{Error, FromMeta, Result};
use proc_macro2::TokenStream;
use quote::quote;
use syn::{LitStr, Meta};

use crate::declaration::Declaration;
use crate::value::{FieldNames, Text, Word, plain_name};

/// `#[trigger(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct TriggerOptions {
    name: Text,
    on: Text,
    when: Option<Text>,
    execute: Option<Text>,
    body: Option<Text>,
    for_each_statement: Word,
    referencing: Option<Text>,
    constraint: Word,
    deferrable: Option<Text>,
    disabled: Word,
    comment: Option<Text>,
}

/// `#[policy(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct PolicyOptions {
    name: Text,
    #[darling(rename = "for")]
    command: Option<Text>,
    to: Option<Text>,
    using: Option<Text>,
    check: Option<Text>,
    restrictive: Word,
    comment: Option<Text>,
}

/// `#[grant(select, insert, to = "role")]` on a struct.
#[derive(Debug)]
pub(crate) struct GrantOptions {
    privileges: Vec<String>,
    options: GrantTarget,
}

/// What follows the privileges.
#[derive(Debug, FromMeta)]
struct GrantTarget {
    to: Text,
    #[darling(default)]
    columns: FieldNames,
    with_grant_option: Word,
}

impl FromMeta for GrantOptions {
    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        const PRIVILEGES: [&str; 8] =
            ["select", "insert", "update", "delete", "truncate", "references", "trigger", "all"];
        let (mut privileges, mut rest) = (Vec::new(), Vec::new());
        for item in items {
            match item {
                NestedMeta::Meta(Meta::Path(path)) if PRIVILEGES.iter().any(|word| path.is_ident(word)) => {
                    privileges.push(darling::util::path_to_string(path).to_uppercase());
                }
                other => rest.push(other.clone()),
            }
        }
        if privileges.is_empty() {
            return Err(Error::custom("say which privileges: `#[grant(select, insert, to = \"role\")]`"));
        }
        if privileges.iter().any(|privilege| privilege == "ALL") {
            privileges =
                PRIVILEGES.iter().filter(|word| **word != "all").map(|word| word.to_uppercase()).collect();
        }
        Ok(Self { privileges, options: GrantTarget::from_list(&rest)? })
    }
}

/// `#[audit]` on a struct.
#[derive(Debug, Default, FromMeta)]
#[darling(from_word = || Ok(Self::default()))]
pub(crate) struct AuditOptions {}

/// Everything that is declared on a model besides its table.
#[derive(Default)]
pub(crate) struct Entities {
    pub(crate) triggers: Vec<TriggerOptions>,
    pub(crate) policies: Vec<PolicyOptions>,
    pub(crate) grants: Vec<GrantOptions>,
    pub(crate) audit: Option<SpannedValue<AuditOptions>>,
}

/// The method `declared`, where there is something for it to say.
pub(crate) fn declared(declaration: &Declaration) -> TokenStream {
    let Entities { triggers, policies, grants, audit } = &declaration.entities;
    let mut parts: Vec<TokenStream> = Vec::new();
    parts.extend(triggers.iter().map(|trigger| self::trigger(declaration, trigger)));
    parts.extend(policies.iter().map(|policy| self::policy(declaration, policy)));
    let mut more: Vec<TokenStream> = grants.iter().map(|grant| self::grant(declaration, grant)).collect();
    more.extend(audit.iter().map(|_| quote!(__limbeck::audit(&<Self as __limbeck::Model>::table()))));
    if parts.is_empty() && more.is_empty() {
        return TokenStream::new();
    }
    quote! {
        fn declared() -> ::std::vec::Vec<__limbeck::Declared> {
            let mut declared: ::std::vec::Vec<__limbeck::Declared> = ::std::vec![#(#parts),*];
            #(declared.extend(#more);)*
            declared
        }
    }
}

/// A name as SQL text. Quoted in any case: the database prints it back without quotes that it does not need.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The model's table as SQL text.
fn table(declaration: &Declaration) -> String {
    let schema = declaration.options.schema.as_ref().map(|text| quoted(&text.0.value()) + ".");
    schema.unwrap_or_default() + &quoted(&declaration.table_name())
}

fn by_attribute(declaration: &Declaration, attribute: &str, declared: &TokenStream) -> TokenStream {
    let model = declaration.ident.to_string();
    quote!(__limbeck::derived::by_attribute(#attribute, #model, #declared))
}

fn trigger(declaration: &Declaration, options: &TriggerOptions) -> TokenStream {
    let TriggerOptions { on, when, execute, body, referencing, deferrable, comment, .. } = options;
    let (name, table) = (quoted(&options.name.0.value()), table(declaration));
    if let Some(body) = body {
        let when = match when {
            Some(when) => quote!(::std::option::Option::Some(#when)),
            None => quote!(::std::option::Option::None),
        };
        let declared = quote!(__limbeck::derived::sqlite_trigger(#name, #table, #on, #when, #body));
        return by_attribute(declaration, "trigger", &declared);
    }
    let call = |method: TokenStream, value: Option<TokenStream>| value.map(|value| quote!(.#method(#value)));
    let text = |text: &Option<Text>| text.as_ref().map(|text| quote!(#text));
    let mut calls: Vec<TokenStream> = Vec::new();
    calls.extend(call(quote!(when), text(when)));
    calls.extend(call(quote!(referencing), text(referencing)));
    calls.extend(call(quote!(comment), text(comment)));
    if options.for_each_statement.is_present() {
        calls.push(quote!(.for_each_statement()));
    }
    if options.constraint.is_present() || deferrable.is_some() {
        let deferrable = deferrable.as_ref().map(|text| text.0.value()).unwrap_or_default();
        calls.push(quote!(.constraint(#deferrable)));
    }
    if options.disabled.is_present() {
        calls.push(quote!(.disabled()));
    }
    let execute = execute.as_ref().map(|text| text.0.value()).unwrap_or_default();
    by_attribute(
        declaration,
        "trigger",
        &quote!(__limbeck::PgTrigger::new(#name, #table, #on, #execute) #(#calls)*),
    )
}

fn policy(declaration: &Declaration, options: &PolicyOptions) -> TokenStream {
    let PolicyOptions { command, to, using, check, comment, .. } = options;
    let (name, table) = (quoted(&options.name.0.value()), table(declaration));
    let mut calls: Vec<TokenStream> = Vec::new();
    calls.extend(command.as_ref().map(|command| quote!(.for_command(#command))));
    calls.extend(to.as_ref().map(|roles| quote!(.to([#roles]))));
    calls.extend(using.as_ref().map(|condition| quote!(.using(#condition))));
    calls.extend(check.as_ref().map(|condition| quote!(.with_check(#condition))));
    calls.extend(comment.as_ref().map(|comment| quote!(.comment(#comment))));
    if options.restrictive.is_present() {
        calls.push(quote!(.restrictive()));
    }
    by_attribute(declaration, "policy", &quote!(__limbeck::PgPolicy::new(#name, #table) #(#calls)*))
}

fn grant(declaration: &Declaration, grant: &GrantOptions) -> TokenStream {
    let GrantTarget { to, columns, with_grant_option } = &grant.options;
    let (columns, privileges) = (declaration.columns(&columns.0), &grant.privileges);
    let option = with_grant_option.is_present();
    let columns = if columns.is_empty() { quote!(&[]) } else { quote!(&[#(#columns),*]) };
    quote! {
        __limbeck::derived::grants(
            &<Self as __limbeck::Model>::table_name(), #columns, &[#(#privileges),*], #to, #option
        )
    }
}

/// What is wrong with what is declared on a model.
pub(crate) fn check(declaration: &Declaration, errors: &mut darling::error::Accumulator) {
    let wrong = |text: &LitStr, message: &str| Error::custom(message).with_span(text);
    for trigger in &declaration.entities.triggers {
        match (&trigger.execute, &trigger.body) {
            (Some(_), None) | (None, Some(_)) => {}
            _ => errors.push(wrong(
                &trigger.name.0,
                "a trigger has either `execute = \"function()\"` (PostgreSQL) or `body = \"…\"` (SQLite)",
            )),
        }
    }
    for grant in &declaration.entities.grants {
        for name in &grant.options.columns.0 {
            if declaration.field(name).is_none() {
                let known = plain_name(name);
                errors.push(Error::custom(format!("the model has no field `{known}`")).with_span(name));
            }
        }
    }
}
