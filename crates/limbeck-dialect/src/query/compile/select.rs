//! Queries.

use limbeck_schema::Dialect;

use super::expr::Typing;
use super::{Compiler, Written};
use crate::query::operator::Precedence;
use crate::query::{
    Compound, Distinct, Expr, Grouping, Lock, LockStrength, LockWait, Nulls, OrderBy, Query, QueryError,
    Select, SelectItem, SetOperation,
};

impl<'q> Compiler<'q> {
    pub(super) fn query(&mut self, query: &'q Query) -> Written {
        match query {
            Query::Select(select) => self.top_select(select),
            Query::Compound(compound) => self.compound(compound),
        }
    }

    pub(super) fn top_select(&mut self, select: &'q Select) -> Written {
        self.with(&select.with)?;
        self.scopes.push(Self::scope_of(None, &select.from, &select.joins)?);
        self.push("SELECT ");
        match &select.distinct {
            Distinct::No => {}
            Distinct::Rows => self.push("DISTINCT "),
            Distinct::On(exprs) => {
                self.postgresql_only("DISTINCT ON", "number the rows with a window and take the first")?;
                self.push("DISTINCT ON (");
                self.list(exprs)?;
                self.push(") ");
            }
        }
        self.items(&select.items)?;
        self.sources(" FROM ", &select.from, &select.joins)?;
        self.condition(" WHERE ", select.filter.as_ref())?;
        self.group_by(&select.group_by)?;
        self.condition(" HAVING ", select.having.as_ref())?;
        for (position, (name, window)) in select.windows.iter().enumerate() {
            self.push(if position == 0 { " WINDOW " } else { ", " });
            self.name(name);
            self.push(" AS ");
            self.window(window)?;
        }
        if !select.order_by.is_empty() {
            self.order_by(&select.order_by)?;
        }
        self.limit(select.limit.as_ref(), select.offset.as_ref(), select.with_ties)?;
        for lock in &select.locks {
            self.lock(lock)?;
        }
        self.scopes.pop();
        Ok(())
    }

    /// What is selected or returned. A column that an outer join can make NULL must be read into a type that knows NULL,
    /// or the first such row would be the one to tell.
    pub(super) fn items(&mut self, items: &'q [SelectItem]) -> Written {
        if items.is_empty() {
            return Err(QueryError::Empty("there is nothing to select"));
        }
        for (position, item) in items.iter().enumerate() {
            self.separator(position);
            if let Expr::Column(column) = &item.expr
                && let Some(table) = column.table.as_ref().filter(|_| column.not_null)
                && self.scopes.last().is_some_and(|scope| scope.contains(&(table.as_ref(), true)))
            {
                let (table, column) = (table.to_string(), column.name.to_string());
                return Err(QueryError::OuterColumn { table, column });
            }
            self.expr(&item.expr, Precedence::Or)?;
            if let Some(alias) = &item.alias {
                self.push(" AS ");
                self.name(alias);
            }
        }
        Ok(())
    }

    pub(super) fn condition(&mut self, word: &str, condition: Option<&'q Expr>) -> Written {
        match condition {
            None => Ok(()),
            Some(condition) => {
                self.push(word);
                self.expr(condition, Precedence::Or)
            }
        }
    }

    fn group_by(&mut self, groupings: &'q [Grouping]) -> Written {
        for (position, grouping) in groupings.iter().enumerate() {
            self.push(if position == 0 { " GROUP BY " } else { ", " });
            let (word, exprs) = match grouping {
                Grouping::By(expr) => {
                    self.expr(expr, Precedence::Or)?;
                    continue;
                }
                Grouping::Sets(sets) => {
                    self.several_groupings()?;
                    self.push("GROUPING SETS (");
                    for (position, set) in sets.iter().enumerate() {
                        self.separator(position);
                        self.push("(");
                        self.list(set)?;
                        self.push(")");
                    }
                    self.push(")");
                    continue;
                }
                Grouping::Rollup(exprs) => ("ROLLUP (", exprs),
                Grouping::Cube(exprs) => ("CUBE (", exprs),
            };
            self.several_groupings()?;
            self.push(word);
            self.list(exprs)?;
            self.push(")");
        }
        Ok(())
    }

    fn several_groupings(&self) -> Written {
        self.postgresql_only("GROUPING SETS, ROLLUP and CUBE", "put the groupings together with UNION ALL")
    }

    pub(super) fn order_by(&mut self, order: &'q [OrderBy]) -> Written {
        self.push(" ORDER BY ");
        self.order_list(order)
    }

    pub(super) fn order_list(&mut self, order: &'q [OrderBy]) -> Written {
        for (position, element) in order.iter().enumerate() {
            self.separator(position);
            self.expr(&element.expr, Precedence::Or)?;
            if element.descending {
                self.push(" DESC");
            }
            self.push(match element.nulls {
                None => "",
                Some(Nulls::First) => " NULLS FIRST",
                Some(Nulls::Last) => " NULLS LAST",
            });
        }
        Ok(())
    }

    fn limit(&mut self, limit: Option<&'q Expr>, offset: Option<&'q Expr>, with_ties: bool) -> Written {
        // SQLite docs, "The LIMIT clause": a negative one is none, and OFFSET needs one.
        let without_limit = self.is_sqlite() && limit.is_none() && offset.is_some();
        if without_limit {
            self.push(" LIMIT -1");
        }
        if let Some(limit) = limit.filter(|_| !with_ties) {
            self.push(" LIMIT ");
            self.typed_expr(limit, Precedence::Atom, Typing::Known)?;
        }
        if let Some(offset) = offset {
            self.push(" OFFSET ");
            self.typed_expr(offset, Precedence::Atom, Typing::Known)?;
        }
        if let Some(limit) = limit.filter(|_| with_ties) {
            self.postgresql_only("WITH TIES", "rank the rows with a window")?;
            self.push(" FETCH FIRST ");
            self.typed_expr(limit, Precedence::Atom, Typing::Known)?;
            self.push(" ROWS WITH TIES");
        }
        Ok(())
    }

    fn lock(&mut self, lock: &'q Lock) -> Written {
        self.postgresql_only(
            "locks on rows",
            "leave it out: a transaction that writes has the database for itself",
        )?;
        self.push(match lock.strength {
            LockStrength::Update => " FOR UPDATE",
            LockStrength::NoKeyUpdate => " FOR NO KEY UPDATE",
            LockStrength::Share => " FOR SHARE",
            LockStrength::KeyShare => " FOR KEY SHARE",
        });
        if !lock.of.is_empty() {
            self.push(" OF ");
            self.names(&lock.of);
        }
        self.push(match lock.wait {
            LockWait::Wait => "",
            LockWait::Nowait => " NOWAIT",
            LockWait::SkipLocked => " SKIP LOCKED",
        });
        Ok(())
    }

    fn compound(&mut self, compound: &'q Compound) -> Written {
        self.with(&compound.with)?;
        self.operand(&compound.left, compound, true)?;
        self.push(match compound.operation {
            SetOperation::Union => " UNION ",
            SetOperation::Intersect => " INTERSECT ",
            SetOperation::Except => " EXCEPT ",
        });
        if compound.all {
            if compound.operation != SetOperation::Union {
                self.postgresql_only("INTERSECT ALL and EXCEPT ALL", "count the rows of each side")?;
            }
            self.push("ALL ");
        }
        self.operand(&compound.right, compound, false)?;
        if !compound.order_by.is_empty() {
            self.order_by(&compound.order_by)?;
        }
        self.limit(compound.limit.as_ref(), compound.offset.as_ref(), false)
    }

    /// One side of a compound. PostgreSQL takes it in parentheses, SQLite as a subquery alone.
    fn operand(&mut self, query: &'q Query, within: &Compound, left: bool) -> Written {
        let plain = match query {
            Query::Select(select) => {
                select.with.ctes.is_empty()
                    && select.order_by.is_empty()
                    && select.limit.is_none()
                    && select.offset.is_none()
                    && select.locks.is_empty()
            }
            // The same operation from left to right: (a UNION b) UNION c.
            Query::Compound(inner) => {
                left && inner.operation == within.operation
                    && inner.with.ctes.is_empty()
                    && inner.order_by.is_empty()
                    && inner.limit.is_none()
                    && inner.offset.is_none()
            }
        };
        match (plain, self.dialect) {
            (true, _) => self.query(query),
            (false, Dialect::Postgresql) => self.enclosed_query(query),
            (false, Dialect::Sqlite) => {
                self.push("SELECT * FROM ");
                self.enclosed_query(query)
            }
        }
    }
}
