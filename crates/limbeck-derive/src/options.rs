//! The attributes of the derives, as data: one struct for each, one field for each option.

use darling::ast::NestedMeta;
use darling::util::{PathList, SpannedValue};
use darling::{Error, FromMeta, Result};
use syn::{Meta, Path};

use crate::value::{
    Action, Comment, Count, Deferrable, DialectTexts, ExcludeKeys, FieldName, FieldNames, Generated,
    IndexKeys, Match, ReferenceTarget, Sql, StorageParameters, Text, Whole, Word,
};

/// `#[model(…)]` on a struct.
#[derive(Debug, Default, FromMeta)]
pub(crate) struct ModelOptions {
    pub(crate) table: Option<Text>,
    pub(crate) view: Option<Text>,
    pub(crate) part_of: Option<Path>,
    pub(crate) schema: Option<Text>,
    pub(crate) comment: Option<Comment>,
    pub(crate) renamed_from: Option<Text>,
    pub(crate) unlogged: Word,
    pub(crate) tablespace: Option<Text>,
    pub(crate) using: Option<Text>,
    #[darling(default)]
    pub(crate) with: StorageParameters,
    pub(crate) partition_by: Option<Text>,
    #[darling(default)]
    pub(crate) inherits: PathList,
    pub(crate) row_security: Word,
    pub(crate) force_row_security: Word,
    pub(crate) strict: Word,
    pub(crate) without_rowid: Word,
    pub(crate) autoincrement: Word,
    pub(crate) schema_only: Word,
    pub(crate) constructor: Option<FieldName>,
    #[darling(rename = "crate")]
    pub(crate) krate: Option<Path>,
}

/// `#[primary_key(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct PrimaryKeyOptions {
    pub(crate) name: Option<Text>,
    pub(crate) on: Option<FieldNames>,
    #[darling(default)]
    pub(crate) include: FieldNames,
    pub(crate) deferrable: Option<Deferrable>,
    pub(crate) comment: Option<Text>,
}

/// `#[unique(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct UniqueOptions {
    pub(crate) name: Option<Text>,
    pub(crate) on: FieldNames,
    #[darling(default)]
    pub(crate) include: FieldNames,
    pub(crate) nulls_not_distinct: Word,
    pub(crate) deferrable: Option<Deferrable>,
    pub(crate) comment: Option<Text>,
}

/// `#[check(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct CheckOptions {
    pub(crate) name: Option<Text>,
    pub(crate) sql: Sql,
    pub(crate) no_inherit: Word,
    pub(crate) not_valid: Word,
    pub(crate) comment: Option<Text>,
}

/// `#[foreign_key(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct ForeignKeyOptions {
    pub(crate) name: Option<Text>,
    pub(crate) on: FieldNames,
    pub(crate) references: ReferenceTarget,
    pub(crate) on_delete: Option<Action>,
    pub(crate) on_update: Option<Action>,
    #[darling(rename = "match")]
    pub(crate) match_type: Option<Match>,
    pub(crate) deferrable: Option<Deferrable>,
    pub(crate) not_valid: Word,
    pub(crate) comment: Option<Text>,
}

/// `#[index(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct IndexOptions {
    pub(crate) name: Option<Text>,
    pub(crate) on: IndexKeys,
    pub(crate) unique: Word,
    pub(crate) using: Option<Text>,
    #[darling(default)]
    pub(crate) include: FieldNames,
    #[darling(rename = "where")]
    pub(crate) predicate: Option<Sql>,
    #[darling(default)]
    pub(crate) with: StorageParameters,
    pub(crate) nulls_not_distinct: Word,
    pub(crate) tablespace: Option<Text>,
    pub(crate) comment: Option<Text>,
}

/// `#[exclude(…)]` on a struct.
#[derive(Debug, FromMeta)]
pub(crate) struct ExcludeOptions {
    pub(crate) name: Option<Text>,
    pub(crate) on: ExcludeKeys,
    pub(crate) using: Option<Text>,
    #[darling(default)]
    pub(crate) include: FieldNames,
    #[darling(rename = "where")]
    pub(crate) predicate: Option<Sql>,
    #[darling(default)]
    pub(crate) with: StorageParameters,
    pub(crate) tablespace: Option<Text>,
    pub(crate) deferrable: Option<Deferrable>,
    pub(crate) comment: Option<Text>,
}

/// `#[domain(…)]` on a struct.
#[derive(Debug, Default, FromMeta)]
pub(crate) struct DomainOptions {
    pub(crate) name: Option<Text>,
    pub(crate) schema: Option<Text>,
    #[darling(rename = "type")]
    pub(crate) sql_type: Option<Text>,
    pub(crate) len: Option<Count>,
    pub(crate) precision: Option<Count>,
    pub(crate) scale: Option<Whole>,
    pub(crate) collation: Option<Text>,
    pub(crate) server_default: Option<Sql>,
    pub(crate) not_null: Word,
    pub(crate) check: Option<Sql>,
    pub(crate) comment: Option<Comment>,
    pub(crate) renamed_from: Option<Text>,
    #[darling(rename = "crate")]
    pub(crate) krate: Option<Path>,
}

/// `#[key]`, `#[key(identity …)]` on a field.
#[derive(Debug, Default, FromMeta)]
#[darling(from_word = || Ok(Self::default()))]
pub(crate) struct KeyOptions {
    pub(crate) identity: Option<IdentityOptions>,
}

/// `identity`, `identity(always, start = 1000)`.
#[derive(Debug, Default, FromMeta)]
#[darling(from_word = || Ok(Self::default()))]
pub(crate) struct IdentityOptions {
    pub(crate) always: Word,
    pub(crate) start: Option<Whole>,
    pub(crate) increment: Option<Whole>,
    pub(crate) min_value: Option<Whole>,
    pub(crate) max_value: Option<Whole>,
    pub(crate) cache: Option<Whole>,
    pub(crate) cycle: Word,
}

/// `#[column(…)]` on a field.
#[derive(Debug, Default, FromMeta)]
pub(crate) struct ColumnOptions {
    pub(crate) name: Option<Text>,
    #[darling(rename = "type")]
    pub(crate) sql_type: Option<SpannedValue<DialectTexts>>,
    pub(crate) len: Option<SpannedValue<Count>>,
    pub(crate) precision: Option<SpannedValue<Count>>,
    pub(crate) scale: Option<SpannedValue<Whole>>,
    pub(crate) unique: Word,
    pub(crate) index: Word,
    pub(crate) server_default: Option<SpannedValue<Sql>>,
    pub(crate) identity: Option<SpannedValue<IdentityOptions>>,
    pub(crate) generated: Option<SpannedValue<Generated>>,
    pub(crate) collation: Option<Text>,
    pub(crate) comment: Option<Comment>,
    pub(crate) check: Option<Sql>,
    pub(crate) backfill: Option<SpannedValue<Sql>>,
    pub(crate) renamed_from: Option<Text>,
}

/// `#[references(Parent, …)]` on a field.
#[derive(Debug)]
pub(crate) struct ReferencesOptions {
    pub(crate) model: Path,
    pub(crate) options: ReferenceOptions,
}

/// What follows the model in `#[references(Parent, …)]`.
#[derive(Debug, Default, FromMeta)]
pub(crate) struct ReferenceOptions {
    pub(crate) column: Option<FieldName>,
    pub(crate) name: Option<Text>,
    pub(crate) on_delete: Option<Action>,
    pub(crate) on_update: Option<Action>,
    #[darling(rename = "match")]
    pub(crate) match_type: Option<Match>,
    pub(crate) deferrable: Option<Deferrable>,
    pub(crate) index: Word,
    pub(crate) not_valid: Word,
    pub(crate) comment: Option<Text>,
}

impl FromMeta for ReferencesOptions {
    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        match items.split_first() {
            Some((NestedMeta::Meta(Meta::Path(model)), options)) => {
                Ok(Self { model: model.clone(), options: ReferenceOptions::from_list(options)? })
            }
            Some((other, _)) => {
                Err(Error::custom("the model comes first: `#[references(Parent, …)]`").with_span(other))
            }
            None => Self::from_word(),
        }
    }

    fn from_word() -> Result<Self> {
        Err(Error::custom("say which model it refers to: `#[references(Parent)]`"))
    }
}

/// `#[enum_type(…)]` on an enum.
#[derive(Debug, Default, FromMeta)]
pub(crate) struct EnumTypeOptions {
    pub(crate) name: Option<Text>,
    pub(crate) schema: Option<Text>,
    pub(crate) rename_all: Option<Text>,
    pub(crate) comment: Option<Comment>,
    #[darling(rename = "crate")]
    pub(crate) krate: Option<Path>,
}

/// `#[value("text", renamed_from = "text")]` on a variant; either part alone will do.
#[derive(Debug, Default)]
pub(crate) struct ValueOptions {
    pub(crate) text: Option<Text>,
    pub(crate) renamed_from: Option<Text>,
}

impl FromMeta for ValueOptions {
    fn from_list(items: &[NestedMeta]) -> Result<Self> {
        #[derive(FromMeta)]
        struct Named {
            renamed_from: Option<Text>,
        }
        let (text, named) = match items.split_first() {
            Some((NestedMeta::Lit(literal), rest)) => (Some(Text::from_value(literal)?), rest),
            _ => (None, items),
        };
        Ok(Self { text, renamed_from: Named::from_list(named)?.renamed_from })
    }

    fn from_word() -> Result<Self> {
        Err(Error::custom("say which value: `#[value(\"…\")]`"))
    }
}
