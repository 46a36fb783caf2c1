//! The values that options take: SQL texts, comments, field lists, index keys, actions.

use darling::ast::NestedMeta;
use darling::{Error, FromMeta, Result};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt as _;
use syn::spanned::Spanned as _;
use syn::{Expr, ExprCall, Lit, LitStr, Meta, Path};

/// A string literal that keeps its place.
#[derive(Clone, Debug)]
pub(crate) struct Text(pub(crate) LitStr);

impl FromMeta for Text {
    fn from_value(value: &Lit) -> Result<Self> {
        match value {
            Lit::Str(text) => Ok(Self(text.clone())),
            other => Err(Error::custom("expected a string literal").with_span(other)),
        }
    }
}

impl ToTokens for Text {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

/// SQL text: `option = "text"`, or `option("text", sqlite = "text", postgresql = "text")` where dialects differ.
#[derive(Clone, Debug)]
pub(crate) struct Sql {
    pub(crate) generic: LitStr,
    pub(crate) variants: Vec<(Ident, LitStr)>,
}

impl FromMeta for Sql {
    fn from_value(value: &Lit) -> Result<Self> {
        Ok(Self { generic: sql_literal(value)?, variants: Vec::new() })
    }

    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        let dialects = DialectTexts::from_list(items)?;
        let generic = dialects.generic.ok_or_else(|| {
            Error::custom("the text for all other dialects comes first: `(\"…\", sqlite = \"…\")`")
        })?;
        Ok(Self { generic, variants: dialects.variants })
    }
}

impl Sql {
    /// `sql("text", sqlite = "text")` inside an expression.
    fn from_call(call: &ExprCall) -> Result<Self> {
        let items = call.args.iter().map(|argument| syn::parse2(argument.to_token_stream()));
        let items = items.collect::<syn::Result<Vec<NestedMeta>>>()?;
        Self::from_list(&items).map_err(|error| error.with_span(call))
    }
}

impl ToTokens for Sql {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let generic = &self.generic;
        let variants =
            self.variants.iter().map(|(dialect, text)| quote!(.variant(__limbeck::Dialect::#dialect, #text)));
        tokens.extend(quote!(__limbeck::Expression::new(#generic) #(#variants)*));
    }
}

/// The texts of an option by dialect, the generic one not required.
#[derive(Clone, Debug, Default)]
pub(crate) struct DialectTexts {
    pub(crate) generic: Option<LitStr>,
    /// The name of the `Dialect` variant, and its text.
    pub(crate) variants: Vec<(Ident, LitStr)>,
}

impl FromMeta for DialectTexts {
    fn from_value(value: &Lit) -> Result<Self> {
        Ok(Self { generic: Some(sql_literal(value)?), variants: Vec::new() })
    }

    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        let mut errors = Error::accumulator();
        let mut texts = Self::default();
        for (position, item) in items.iter().enumerate() {
            match item {
                NestedMeta::Lit(literal) if position == 0 => {
                    texts.generic = errors.handle(sql_literal(literal));
                }
                NestedMeta::Meta(meta @ Meta::NameValue(pair)) => {
                    let dialect = errors.handle(dialect_variant(&pair.path));
                    let text = errors.handle(Text::from_meta(meta));
                    if let (Some(dialect), Some(Text(text))) = (dialect, text) {
                        if texts.variants.iter().any(|(known, _)| *known == dialect) {
                            errors.push(Error::custom("this dialect has its text already").with_span(meta));
                        }
                        texts.variants.push((dialect, text));
                    }
                }
                other => errors.push(
                    Error::custom("expected `postgresql = \"…\"` or `sqlite = \"…\"`").with_span(other),
                ),
            }
        }
        errors.finish_with(texts)
    }
}

fn sql_literal(literal: &Lit) -> Result<LitStr> {
    match literal {
        Lit::Str(text) if text.value().trim().is_empty() => {
            Err(Error::custom("the SQL text is empty").with_span(text))
        }
        Lit::Str(text) => Ok(text.clone()),
        other => {
            let text = other.to_token_stream().to_string().replace('"', "");
            Err(Error::custom(format!("SQL is written as text: `\"{text}\"`")).with_span(other))
        }
    }
}

/// The `Dialect` variant of a dialect's name.
fn dialect_variant(path: &Path) -> Result<Ident> {
    let variant = match path.get_ident().map(ToString::to_string).as_deref() {
        Some("postgresql") => "Postgresql",
        Some("sqlite") => "Sqlite",
        _ => {
            let name = darling::util::path_to_string(path);
            let message = format!("unknown dialect `{name}`, expected `postgresql` or `sqlite`");
            return Err(Error::custom(message).with_span(path));
        }
    };
    Ok(Ident::new(variant, path.span()))
}

/// A generation expression: `generated = "…"` is stored, `generated("…", virtual)` is not.
#[derive(Clone, Debug)]
pub(crate) struct Generated {
    pub(crate) sql: Sql,
    pub(crate) persisted: bool,
}

impl FromMeta for Generated {
    fn from_value(value: &Lit) -> Result<Self> {
        Ok(Self { sql: Sql::from_value(value)?, persisted: true })
    }

    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        let is_virtual = |item: &NestedMeta| matches!(item, NestedMeta::Meta(Meta::Path(path)) if path.is_ident("virtual"));
        let (words, texts): (Vec<_>, Vec<_>) = items.iter().cloned().partition(is_virtual);
        Ok(Self { sql: Sql::from_list(&texts)?, persisted: words.is_empty() })
    }
}

/// `comment = "text"`, or `comment = doc` for the doc comment.
#[derive(Clone, Debug)]
pub(crate) enum Comment {
    Doc(Span),
    Text(LitStr),
}

impl FromMeta for Comment {
    fn from_value(value: &Lit) -> Result<Self> {
        Text::from_value(value).map(|Text(text)| Self::Text(text))
    }

    fn from_expr(expr: &Expr) -> Result<Self> {
        match expr {
            Expr::Path(path) if path.path.is_ident("doc") => Ok(Self::Doc(path.span())),
            Expr::Lit(literal) => Self::from_value(&literal.lit),
            Expr::Group(group) => Self::from_expr(&group.expr),
            other => {
                Err(Error::custom("expected a string literal, or `doc` for the doc comment").with_span(other))
            }
        }
    }
}

/// The name of a field.
#[derive(Clone, Debug)]
pub(crate) struct FieldName(pub(crate) Ident);

impl FromMeta for FieldName {
    fn from_expr(expr: &Expr) -> Result<Self> {
        field_name(expr).map(Self)
    }
}

/// Field names: one, or several in parentheses.
#[derive(Clone, Debug, Default)]
pub(crate) struct FieldNames(pub(crate) Vec<Ident>);

impl FromMeta for FieldNames {
    fn from_expr(expr: &Expr) -> Result<Self> {
        all(elements(expr), field_name).map(Self)
    }
}

/// The items of a parenthesised list; an expression that is no list is its only item.
fn elements(expr: &Expr) -> Vec<&Expr> {
    match expr {
        Expr::Tuple(tuple) => tuple.elems.iter().collect(),
        Expr::Paren(paren) => vec![&paren.expr],
        Expr::Group(group) => elements(&group.expr),
        other => vec![other],
    }
}

/// Converts every item, or reports all that cannot be converted.
fn all<I, T>(items: impl IntoIterator<Item = I>, convert: impl Fn(I) -> Result<T>) -> Result<Vec<T>> {
    let mut errors = Error::accumulator();
    let values = items.into_iter().filter_map(|item| errors.handle(convert(item))).collect();
    errors.finish_with(values)
}

fn field_name(expr: &Expr) -> Result<Ident> {
    match expr {
        Expr::Path(path) if path.qself.is_none() && path.path.get_ident().is_some() => {
            path.path.require_ident().cloned().map_err(Error::from)
        }
        Expr::Group(group) => field_name(&group.expr),
        other => Err(Error::custom("expected the name of a field").with_span(other)),
    }
}

/// A field's name as it is written in a struct literal, without `r#`.
pub(crate) fn plain_name(field: &Ident) -> String {
    field.unraw().to_string()
}

/// The keys of an index: `on = (a, b.desc().nulls_last(), sql("lower(c)").opclass("text_pattern_ops"))`.
#[derive(Clone, Debug)]
pub(crate) struct IndexKeys(pub(crate) Vec<IndexKey>);

impl FromMeta for IndexKeys {
    fn from_expr(expr: &Expr) -> Result<Self> {
        all(elements(expr), IndexKey::new).map(Self)
    }
}

/// One key of an index.
#[derive(Clone, Debug)]
pub(crate) struct IndexKey {
    pub(crate) target: IndexKeyTarget,
    pub(crate) descending: bool,
    /// The name of the `NullsOrder` variant.
    pub(crate) nulls: Option<Ident>,
    pub(crate) opclass: Option<LitStr>,
    pub(crate) collation: Option<LitStr>,
}

/// What an index key is made of.
#[derive(Clone, Debug)]
pub(crate) enum IndexKeyTarget {
    Field(Ident),
    Expression(Sql),
}

impl IndexKey {
    fn new(expr: &Expr) -> Result<Self> {
        let target = match expr {
            Expr::Group(group) => return Self::new(&group.expr),
            Expr::MethodCall(call) => return Self::new(&call.receiver)?.with(call),
            Expr::Call(call) if matches!(&*call.func, Expr::Path(path) if path.path.is_ident("sql")) => {
                IndexKeyTarget::Expression(Sql::from_call(call)?)
            }
            Expr::Path(_) => IndexKeyTarget::Field(field_name(expr)?),
            other => {
                let message = "expected a field, `field.desc()` or `sql(\"expression\")`";
                return Err(Error::custom(message).with_span(other));
            }
        };
        Ok(Self { target, descending: false, nulls: None, opclass: None, collation: None })
    }

    fn with(mut self, call: &syn::ExprMethodCall) -> Result<Self> {
        let text = || match call.args.first() {
            Some(Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. })) if call.args.len() == 1 => {
                Ok(text.clone())
            }
            _ => {
                let message = format!("expected one string literal: `{}(\"…\")`", call.method);
                Err(Error::custom(message).with_span(call))
            }
        };
        let name = call.method.to_string();
        let takes_text = matches!(name.as_str(), "opclass" | "collate");
        if let Some(argument) = call.args.first()
            && !takes_text
        {
            return Err(Error::custom(format!("`{name}` takes nothing")).with_span(argument));
        }
        match name.as_str() {
            "asc" => self.descending = false,
            "desc" => self.descending = true,
            "nulls_first" => self.nulls = Some(Ident::new("First", call.method.span())),
            "nulls_last" => self.nulls = Some(Ident::new("Last", call.method.span())),
            "opclass" => self.opclass = Some(text()?),
            "collate" => self.collation = Some(text()?),
            other => {
                let known = ["asc", "desc", "nulls_first", "nulls_last", "opclass", "collate"];
                let message = format!("an index key has no `{other}`{}", did_you_mean(other, &known));
                return Err(Error::custom(message).with_span(&call.method));
            }
        }
        Ok(self)
    }
}

/// What an exclusion constraint compares: `on = (room.with("="), sql("lower(name)").with("="), during.with("&&"))`.
#[derive(Clone, Debug)]
pub(crate) struct ExcludeKeys(pub(crate) Vec<ExcludeKey>);

impl FromMeta for ExcludeKeys {
    fn from_expr(expr: &Expr) -> Result<Self> {
        all(elements(expr), ExcludeKey::new).map(Self)
    }
}

/// One part of what an exclusion constraint compares.
#[derive(Clone, Debug)]
pub(crate) struct ExcludeKey {
    pub(crate) key: IndexKey,
    pub(crate) operator: LitStr,
}

impl ExcludeKey {
    fn new(expr: &Expr) -> Result<Self> {
        match expr {
            Expr::Group(group) => return Self::new(&group.expr),
            Expr::MethodCall(call) if call.method == "with" => {
                if let Some(Expr::Lit(syn::ExprLit { lit: Lit::Str(operator), .. })) = call.args.first()
                    && call.args.len() == 1
                {
                    return Ok(Self { key: IndexKey::new(&call.receiver)?, operator: operator.clone() });
                }
            }
            _ => {}
        }
        let message = "an element ends in the operator it is compared by: `field.with(\"=\")`";
        Err(Error::custom(message).with_span(expr))
    }
}

/// `, did you mean …`, for the candidate that is near enough; else what there is.
pub(crate) fn did_you_mean(name: &str, candidates: &[impl AsRef<str>]) -> String {
    let similarity = |candidate: &str| strsim::jaro_winkler(name, candidate);
    let near = candidates.iter().map(|c| (similarity(c.as_ref()), c.as_ref()));
    let near = near.filter(|(score, _)| *score > 0.8).max_by(|(a, _), (b, _)| a.total_cmp(b));
    match near {
        Some((_, candidate)) => format!(", did you mean `{candidate}`?"),
        None => {
            let all: Vec<_> = candidates.iter().map(|c| format!("`{}`", c.as_ref())).collect();
            format!(", there are {}", all.join(", "))
        }
    }
}

/// A word out of a fixed list.
fn keyword<T: Copy>(expr: &Expr, words: &[(&str, T)]) -> Result<T> {
    let written = match expr {
        Expr::Group(group) => return keyword(&group.expr, words),
        Expr::Path(path) => darling::util::path_to_string(&path.path),
        _ => String::new(),
    };
    let found = words.iter().find(|(word, _)| *word == written).map(|(_, value)| *value);
    found.ok_or_else(|| {
        let known: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let expected: Vec<_> = known.iter().map(|word| format!("`{word}`")).collect();
        let message = match written.as_str() {
            "" => format!("expected {}", expected.join(" or ")),
            other => format!("there is no `{other}` here{}", did_you_mean(other, &known)),
        };
        Error::custom(message).with_span(expr)
    })
}

/// `ON DELETE`, `ON UPDATE`: `cascade`, `set_null`, `set_null(a, b)` …
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// The name of a `ReferentialAction` variant without fields.
    Plain(&'static str),
    /// The name of a `ReferentialAction` variant over columns.
    OnFields(&'static str, Vec<Ident>),
}

impl FromMeta for Action {
    fn from_expr(expr: &Expr) -> Result<Self> {
        const OVER_FIELDS: [(&str, &str); 2] = [("set_null", "SetNull"), ("set_default", "SetDefault")];
        if let Expr::Call(call) = expr {
            let variant = keyword(&call.func, &OVER_FIELDS)?;
            return Ok(Self::OnFields(variant, all(&call.args, field_name)?));
        }
        let words = [
            ("cascade", "Cascade"),
            ("restrict", "Restrict"),
            ("set_null", "SetNull"),
            ("set_default", "SetDefault"),
            ("no_action", "NoAction"),
        ];
        Ok(match keyword(expr, &words)? {
            variant @ ("SetNull" | "SetDefault") => Self::OnFields(variant, Vec::new()),
            variant => Self::Plain(variant),
        })
    }
}

/// `match = full`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Match {
    Simple,
    Full,
}

impl FromMeta for Match {
    fn from_expr(expr: &Expr) -> Result<Self> {
        keyword(expr, &[("full", Self::Full), ("simple", Self::Simple)])
    }
}

/// `deferrable` alone, or `deferrable = initially_deferred`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Deferrable {
    InitiallyImmediate,
    InitiallyDeferred,
}

impl FromMeta for Deferrable {
    fn from_word() -> Result<Self> {
        Ok(Self::InitiallyImmediate)
    }

    fn from_expr(expr: &Expr) -> Result<Self> {
        let words = [
            ("initially_deferred", Self::InitiallyDeferred),
            ("initially_immediate", Self::InitiallyImmediate),
        ];
        keyword(expr, &words)
    }
}

impl ToTokens for Deferrable {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::InitiallyImmediate => quote!(__limbeck::Deferrable::InitiallyImmediate),
            Self::InitiallyDeferred => quote!(__limbeck::Deferrable::InitiallyDeferred),
        });
    }
}

/// What a foreign key refers to: `Other`, or `Other(x, y)` for other columns than its primary key.
#[derive(Clone, Debug)]
pub(crate) struct ReferenceTarget {
    pub(crate) model: Path,
    pub(crate) fields: Vec<Ident>,
}

impl FromMeta for ReferenceTarget {
    fn from_expr(expr: &Expr) -> Result<Self> {
        let path = |expr: &Expr| match expr {
            Expr::Path(path) => Ok(path.path.clone()),
            other => {
                Err(Error::custom("expected a model: `Other` or `Other(field, field)`").with_span(other))
            }
        };
        match expr {
            Expr::Group(group) => Self::from_expr(&group.expr),
            Expr::Call(call) => Ok(Self { model: path(&call.func)?, fields: all(&call.args, field_name)? }),
            other => Ok(Self { model: path(other)?, fields: Vec::new() }),
        }
    }
}

/// An option without a value: set where it is written.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Word(Option<Span>);

impl Word {
    pub(crate) fn is_present(self) -> bool {
        self.0.is_some()
    }

    pub(crate) fn span(self) -> Span {
        self.0.unwrap_or_else(Span::call_site)
    }
}

impl FromMeta for Word {
    fn from_none() -> Option<Self> {
        Some(Self(None))
    }

    fn from_meta(item: &Meta) -> Result<Self> {
        match item {
            Meta::Path(path) => Ok(Self(Some(path.span()))),
            other => {
                let name = darling::util::path_to_string(other.path());
                let message = format!("`{name}` takes no value: write `{name}`, or leave it out");
                Err(Error::custom(message).with_span(other))
            }
        }
    }
}

/// A whole number, also a negative one, which is no literal for Rust.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Whole(pub(crate) i64);

impl FromMeta for Whole {
    fn from_expr(expr: &Expr) -> Result<Self> {
        number(expr, "expected a whole number").map(Self)
    }
}

/// A number of characters or digits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count(pub(crate) u32);

impl FromMeta for Count {
    fn from_expr(expr: &Expr) -> Result<Self> {
        number(expr, "expected a positive whole number").map(Self)
    }
}

fn number<T: std::str::FromStr>(expr: &Expr, message: &str) -> Result<T> {
    let text = expr.to_token_stream().to_string().replace([' ', '_'], "");
    text.parse().map_err(|_| Error::custom(message).with_span(expr))
}

/// Storage parameters: `with(fillfactor = 70, toast.autovacuum_enabled = false)`.
#[derive(Clone, Debug, Default)]
pub(crate) struct StorageParameters(pub(crate) Vec<(String, String)>);

impl FromMeta for StorageParameters {
    fn from_meta(item: &Meta) -> Result<Self> {
        let Meta::List(list) = item else {
            return Err(Error::custom("expected `with(name = value, …)`").with_span(item));
        };
        let parser = syn::punctuated::Punctuated::<Expr, syn::Token![,]>::parse_terminated;
        all(list.parse_args_with(parser)?, storage_parameter).map(Self)
    }
}

fn storage_parameter(expr: Expr) -> Result<(String, String)> {
    let Expr::Assign(assignment) = &expr else {
        return Err(Error::custom("expected `name = value`").with_span(&expr));
    };
    let name = assignment.left.to_token_stream().to_string().replace(' ', "");
    let value = match &*assignment.right {
        Expr::Lit(syn::ExprLit { lit: Lit::Str(text), .. }) => text.value(),
        other => other.to_token_stream().to_string().replace(' ', ""),
    };
    Ok((name, value))
}
