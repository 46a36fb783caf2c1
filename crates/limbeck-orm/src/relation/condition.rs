//! Conditions on what is at the other end of a relation.

use limbeck_dialect::query::{Expr, JoinKind, Name, Select, Source, TableName};

use super::{RelationDefinition, RelationPath, ToMany, ToOne};
use crate::rows::{column, table_name};
use crate::{Condition, IntoCondition, Mapped, ModelDefinition};

impl<M: Mapped, T: Mapped> ToMany<M, T> {
    /// That one of the rows meets a condition: `Customer::orders.any(Order::total.gt(100))`. `!` says that none does.
    pub fn any(self, condition: impl IntoCondition) -> Condition {
        leads_to::<M>(self.definition(), condition.into_condition())
    }

    /// That there is a row.
    pub fn exists(self) -> Condition {
        self.any(None::<Condition>)
    }

    /// That a row of `T` belongs to a row of `M`: for joins of both.
    pub fn on(self) -> Condition {
        pairs::<M>(self.definition())
    }
}

impl<M: Mapped, T: Mapped> ToOne<M, T> {
    /// That the row is there and meets a condition: `Order::customer.has(Customer::name.eq("Ada"))`.
    pub fn has(self, condition: impl IntoCondition) -> Condition {
        leads_to::<M>(self.definition(), condition.into_condition())
    }

    /// That the row is there.
    pub fn exists(self) -> Condition {
        self.has(None::<Condition>)
    }

    /// That a row of `T` belongs to a row of `M`: for joins of both.
    pub fn on(self) -> Condition {
        pairs::<M>(self.definition())
    }
}

/// The linking values are among those of the rows that meet the condition. Nothing in the subquery refers to what is
/// around it, so a model may lead to itself.
fn leads_to<M: Mapped>(relation: Option<&'static RelationDefinition>, condition: Option<Expr>) -> Condition {
    let Some(relation) = relation else { return Condition::never() };
    let own = columns(M::definition(), &table_name(M::definition()), relation.from());
    let target = (relation.target.definition)();
    let name = table_name(target);
    let (mut select, linking) = match &relation.path {
        RelationPath::One { to, .. } | RelationPath::HasOne { to, .. } | RelationPath::Many { to, .. } => {
            (Select::from(TableName::from(target.table.clone())), columns(target, &name, to))
        }
        RelationPath::Through { near, far, to, .. } => {
            let Some(association) = relation.target.association else { return Condition::never() };
            let between = table_name(association());
            let on = equal(columns(association(), &between, far), columns(target, &name, to));
            let select = Select::from(TableName::from(association().table.clone()));
            let target = Source::table(TableName::from(target.table.clone()));
            (select.join(JoinKind::Inner, target, Some(on)), columns(association(), &between, near))
        }
    };
    // NULL in the list would make the contrary of the condition true of no row.
    for column in &linking {
        select = select.filter(column.clone().is_null().negate());
    }
    if let Some(condition) = condition {
        select = select.filter(condition);
    }
    select.items = linking.into_iter().map(Into::into).collect();
    let mut all: Vec<Expr> = own.iter().map(|column| column.clone().is_null().negate()).collect();
    all.push(row(own).in_query(select));
    Condition(Expr::All(all))
}

fn pairs<M: Mapped>(relation: Option<&'static RelationDefinition>) -> Condition {
    let Some(relation) = relation else { return Condition::never() };
    let own = columns(M::definition(), &table_name(M::definition()), relation.from());
    let target = (relation.target.definition)();
    let name = table_name(target);
    match &relation.path {
        RelationPath::One { to, .. } | RelationPath::HasOne { to, .. } | RelationPath::Many { to, .. } => {
            Condition(equal(own, columns(target, &name, to)))
        }
        RelationPath::Through { near, far, to, .. } => {
            let Some(association) = relation.target.association else { return Condition::never() };
            let between = table_name(association());
            let mut select = Select::from(TableName::from(association().table.clone()));
            let linking = columns(association(), &between, near).into_iter();
            let linking = linking.chain(columns(association(), &between, far));
            select.items = linking.map(Into::into).collect();
            let both = own.into_iter().chain(columns(target, &name, to)).collect();
            Condition(row(both).in_query(select))
        }
    }
}

fn columns(model: &ModelDefinition, table: &Name, positions: &[usize]) -> Vec<Expr> {
    positions.iter().map(|position| column(model, table, *position)).collect()
}

fn equal(left: Vec<Expr>, right: Vec<Expr>) -> Expr {
    Expr::All(left.into_iter().zip(right).map(|(left, right)| left.equal(right)).collect())
}

fn row(mut columns: Vec<Expr>) -> Expr {
    match (columns.pop(), columns.is_empty()) {
        (Some(only), true) => only,
        (last, _) => {
            columns.extend(last);
            Expr::Row(columns)
        }
    }
}
