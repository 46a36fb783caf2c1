//! The query of one level: its columns, the rows joined to it, and how a result is read.

use limbeck_dialect::query::{
    Call, Expr, JoinKind, Name, OrderBy, Over, Select, SelectItem, Source, TableName, Window,
};
use limbeck_schema::Value;

use super::{Entry, Level, Many, One, Shape};
use crate::relation::RelationPath;
use crate::rows::{column, only_with, table_name};
use crate::{ModelDefinition, RelationDefinition};

/// How the query of a level is made and read.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) model: &'static ModelDefinition,
    items: Vec<SelectItem>,
    joins: Vec<(JoinKind, Source, Expr)>,
    /// The joined rows, in the order of the fields.
    pub(super) spans: Vec<Span>,
    /// The relations to many.
    pub(super) many: Vec<PlannedMany>,
    aliases: usize,
}

/// The columns of a joined row.
#[derive(Debug)]
pub(crate) struct Span {
    /// Whether its first column tells if there is a row.
    pub(super) has_marker: bool,
    /// The column behind it.
    pub(super) end: usize,
    /// The joined row behind it and those in it.
    pub(super) next: usize,
}

/// A relation to many.
#[derive(Debug)]
pub(super) struct PlannedMany {
    /// From field to field.
    pub(super) path: Vec<usize>,
    pub(super) many: Many,
    /// The columns of the result over which it leads.
    pub(super) link: Vec<usize>,
}

/// A relation to many whose linking columns are yet to be selected, of the table of that name.
struct Linked {
    path: Vec<usize>,
    many: Many,
    table: Name,
    model: &'static ModelDefinition,
}

impl Plan {
    pub(super) fn new(shape: Shape) -> Self {
        let model = shape.model;
        let (items, joins, spans) = (Vec::new(), Vec::new(), Vec::new());
        let mut plan = Self { model, items, joins, spans, many: Vec::new(), aliases: 0 };
        let mut linked = Vec::new();
        plan.shape(shape, &table_name(model), false, &mut Vec::new(), &mut linked);
        for Linked { path, many, table, model } in linked {
            let link = plan.select_all(model, &table, many.relation.from());
            plan.many.push(PlannedMany { path, many, link });
        }
        plan
    }

    fn shape(
        &mut self,
        shape: Shape,
        table: &Name,
        optional: bool,
        path: &mut Vec<usize>,
        linked: &mut Vec<Linked>,
    ) {
        let model = shape.model;
        for (field, entry) in shape.entries.into_iter().enumerate() {
            path.push(field);
            match entry {
                Entry::Column(position) => {
                    self.items.push(column(model, table, position).into());
                }
                Entry::One(one) => self.one(one, model, table, optional, path, linked),
                Entry::Many(many) => {
                    linked.push(Linked { path: path.clone(), many, table: table.clone(), model });
                }
            }
            path.pop();
        }
    }

    fn one(
        &mut self,
        one: One,
        model: &'static ModelDefinition,
        table: &Name,
        optional: bool,
        path: &mut Vec<usize>,
        linked: &mut Vec<Linked>,
    ) {
        let One { relation, shape, optional: is_option } = one;
        let (RelationPath::One { from, to } | RelationPath::HasOne { from, to }) = &relation.path else {
            return;
        };
        let target = (relation.target.definition)();
        self.aliases += 1;
        let alias = Name::Owned(format!("{}_{}", relation.name, self.aliases));
        let pairs = from
            .iter()
            .zip(to)
            .map(|(own, other)| column(model, table, *own).equal(column(target, &alias, *other)));
        // A row that must be there takes those without it out of the result, unless it hangs on one that need not be.
        let optional = optional || is_option;
        let kind = if optional { JoinKind::Left } else { JoinKind::Inner };
        let source = Source::table(TableName::from(target.table.clone())).alias(alias.clone());
        self.joins.push((kind, source, Expr::All(pairs.collect())));
        let span = self.spans.len();
        self.spans.push(Span { has_marker: is_option, end: 0, next: 0 });
        if is_option {
            // A column of the join is NULL only where no row was found.
            self.select_all(target, &alias, to.get(..1).unwrap_or_default());
        }
        self.shape(shape, &alias, optional, path, linked);
        let (end, next) = (self.items.len(), self.spans.len());
        if let Some(span) = self.spans.get_mut(span) {
            (span.end, span.next) = (end, next);
        }
    }

    fn select_all(&mut self, model: &ModelDefinition, table: &Name, columns: &[usize]) -> Vec<usize> {
        let first = self.items.len();
        self.items.extend(columns.iter().map(|position| SelectItem::from(column(model, table, *position))));
        (first..self.items.len()).collect()
    }

    /// Puts the columns and the joined rows into a query of the level's table.
    pub(super) fn complete(&self, mut select: Select) -> Select {
        select.items.extend(self.items.iter().cloned());
        for (kind, source, on) in &self.joins {
            select = select.join(*kind, source.clone(), Some(on.clone()));
        }
        select
    }

    /// The query of the children of rows with these values, and where in the result each child's parent is named.
    pub(super) fn children(
        &self,
        relation: &RelationDefinition,
        level: &Level,
        keys: Vec<Vec<Value>>,
    ) -> (Select, std::ops::Range<usize>) {
        let table = table_name(self.model);
        let from = Select::from(TableName::from(self.model.table.clone()));
        let (mut select, link_model, link_table, link) = match &relation.path {
            RelationPath::Through { near, far, to, .. } => {
                let association = relation.target.association.map_or(self.model, |association| association());
                let name = table_name(association);
                let pairs = far
                    .iter()
                    .zip(to)
                    .map(|(far, to)| column(association, &name, *far).equal(column(self.model, &table, *to)));
                let source = Source::table(TableName::from(association.table.clone()));
                let select = from.join(JoinKind::Inner, source, Some(Expr::All(pairs.collect())));
                (select, association, name, near)
            }
            RelationPath::One { to, .. }
            | RelationPath::HasOne { to, .. }
            | RelationPath::Many { to, .. } => (from, self.model, table, to),
        };
        select = self.complete(select);
        let named = select.items.len()..select.items.len() + link.len();
        let links: Vec<Expr> = link.iter().map(|place| column(link_model, &link_table, *place)).collect();
        select.items.extend(links.iter().cloned().map(SelectItem::from));
        select = only_with(select, link_model, &link_table, link, keys);
        if let Some(filter) = &level.filter {
            select = select.filter(filter.clone());
        }
        match level.limit {
            None => select.order_by.clone_from(&level.order_by),
            Some(limit) => select = limited(select, links, level.order_by.clone(), limit),
        }
        (select, named)
    }
}

/// The first rows of each parent: rows are counted within their parents.
fn limited(mut select: Select, parent: Vec<Expr>, order_by: Vec<OrderBy>, limit: u64) -> Select {
    const PLACE: &str = "limbeck_place";
    let window = Window { partition_by: parent, order_by, ..Window::default() };
    let mut place = Call::new("row_number", Vec::new());
    place.over = Some(Over::Window(window));
    // Names would clash in a subquery; the result is read by position.
    for (number, item) in select.items.iter_mut().enumerate() {
        item.alias = Some(Name::Owned(format!("c{number}")));
    }
    let columns = select.items.len();
    let select = select.column_as(place.into(), PLACE);
    let place = || Expr::column("ranked", PLACE);
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let mut outer = Select::from(Source::query(select, "ranked"))
        .filter(place().less_or_equal(Expr::value(limit)))
        .order_by(OrderBy::ascending(place()));
    outer.items = (0..columns).map(|number| Expr::column("ranked", format!("c{number}")).into()).collect();
    outer
}
